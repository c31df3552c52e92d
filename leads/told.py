"""What somebody is told of a lead: its owner and whom it was proposed to see less of it than who works on it.

In: a lead as the journal has it, what somebody is to it, what may be seen. Out: the ``Lead``, and the entries of its history. Next:
``leads.leads`` and ``leads.board``.

    who works on it   everything but the demand's text where that is hidden
    owner, target     state, answers, declines by code, the introduction and its receipts, the cooperation; nobody's notes, meetings or
    plans;
                      the other side's contact from the introduction on
    who may not see the need (it was proposed to them, and they are not let in yet)   not which need it is, nor whose
    who may not know whose the need is (it is a teaser)   not whose
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from desk.journal.entries import FIRST, Entry
from desk.process.table import Value, Who
from leads.model import Lead, Suggestion
from leads.process import LEAD, NEED, OFFER, SUGGESTION

WORKING = frozenset({Who.BROKER, Who.AGENT, Who.OPERATOR})
"""Who works on leads, and sees what is noted of them."""
_INTERNAL = ("next", "action", "meetings", "met", "person")
_NOTES = ("note", "meet", "next", "done", "assign", "release", "merge", "unmerge")
_MASKED = ("work", "about")
"""Of a suggestion, what is hidden from some who see the rest of it."""
_OF_NEED = ("need", "about", "fit", "points")


def told(
    related: Collection[Who], suggestion: Suggestion, value: Value, *, at: str, now: str, about: str, houses: tuple[str, ...],
    sees_need: bool, sees_work: bool,
) -> Lead:  # fmt: skip
    """The lead as somebody sees it who is ``related`` to it. ``about``: the institution that needs, "" where it is not to be known."""
    shown = dict(value)
    if not WORKING & set(related):
        shown = {name: said for name, said in value.items() if name not in _INTERNAL}
        shown |= _contacts(related, value)
    if not sees_need:
        suggestion = msgspec.structs.replace(suggestion, need="", about="", fit=0.0, points=0)
        shown = {name: said for name, said in shown.items() if name not in _OF_NEED}
    suggestion = msgspec.structs.replace(suggestion, about=about if sees_need else "", work=suggestion.work if sees_work else "")
    if not suggestion.about and not (sees_need and Who.OPERATOR in related):
        if "introduction" in shown:
            shown["introduction"] = _without_needs(shown["introduction"])
        if "earlier" in shown:
            shown["earlier"] = [_without_needs(one) for one in shown["earlier"]]
    shown |= {name: getattr(suggestion, name) for name in _MASKED if name in shown}
    events = LEAD.open_to(related, value, now) if value else first_events(related)
    return Lead(
        suggestion=suggestion, state=value.get("state", "suggested"), since=value.get("since") or suggestion.found, at=at,
        about=suggestion.about, houses=houses, value=shown, events=tuple(events),
    )  # fmt: skip


def _without_needs(introduction: Value) -> Value:
    return {name: said for name, said in introduction.items() if name != "needs"}


def first_events(related: Collection[Who]) -> list[str]:
    """What somebody can do with a suggestion that nobody has touched."""
    return [one.event for one in LEAD.transitions if "" in one.before and one.who & set(related)]


def tells(related: Collection[Who], kind: str) -> bool:
    """Whether somebody who is ``related`` to a lead is told of an entry of this kind: notes are for who works on it."""
    return bool(related) and (bool(WORKING & set(related)) or kind not in _NOTES)


def told_entries(related: Collection[Who], entries: list[Entry], lead: Lead) -> list[Entry]:
    """The history of a ``lead`` for somebody, who is told that much of it; for a side without what others noted, numbered by what is
    left."""
    if Who.OPERATOR in related:
        return entries
    told = [msgspec.structs.replace(one, body=_told_body(one.body, lead.suggestion)) for one in entries]
    if WORKING & set(related):
        return told
    left = [one for one in told if tells(related, one.kind)]
    return [msgspec.structs.replace(one, number=number, previous=FIRST) for number, one in enumerate(left, 1)]


def _told_body(body: Mapping[str, Any], told: Suggestion) -> dict[str, Any]:
    """What was said with an event, without what is not ``told`` of the need, of whose it is and of the work."""
    body = {name: said for name, said in body.items() if told.about or name != "needs"}
    if SUGGESTION in body:
        hidden = [name for name in _MASKED if not getattr(told, name)]
        body[SUGGESTION] = {name: said for name, said in body[SUGGESTION].items() if name not in hidden}
    if not told.need:
        body.pop(SUGGESTION, None)
    return body


def _contacts(related: Collection[Who], value: Value) -> Value:
    """One's own contact; the other's once they are introduced."""
    named = value.get("contacts")
    if not named or value.get("introduction"):
        return {"contacts": named} if named else {}
    own = NEED if Who.OWNER in related else OFFER
    return {"contacts": {side: one for side, one in named.items() if side == own}}
