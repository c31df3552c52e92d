"""What somebody is to a meeting, and is told of a talk: who holds the meeting all of it, a side its own part.

In: a meeting or a talk as the journal has it, its lead as that somebody sees it. Out: relations; a ``Talk``; the entries of a history, and
whether an entry is told as an event. Next: ``leads.meetings.meetings`` and ``leads.events.concerns``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from desk.journal.entries import Entry
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.language import N_, _
from leads.meetings.model import Talk
from leads.meetings.process import due_day, is_accepted, open_after
from leads.model import Lead
from leads.process import NEED, SIDES

_WORDS = {
    "large": N_("more people than any table seats"),
    "busy": N_("{who} has more talks than there are slots"),
    "full": N_("there are more talks than tables in all slots"),
    "apart": N_("no slot was left in which all of it is free"),
}
_ONE_SIDE = N_("one side")
_OF_ALL, _OF_SIDE = ("plan", "close", "cancel"), ("invite", "answer", "attend")
"""The events that every guest is told of, and those of which only those whose talk it is are."""


def holds(actor: Actor, value: Value) -> bool:
    """Whether somebody holds the meeting that has come to ``value``: its organiser, or the operator."""
    return actor.runs or bool(value.get("organiser") and actor.is_of(value["organiser"]))


def of_meeting(actor: Actor, value: Value, side: Callable[[str], str]) -> frozenset[Who]:
    """What somebody is to a meeting. ``side``: for which side of a lead that somebody speaks, "" for none."""
    found = {Who.OPERATOR} if actor.runs else set()
    if value.get("organiser") and actor.is_of(value["organiser"]):
        found.add(Who.OWNER)
    if not found and any(map(side, value.get("talks", {}))):
        found.add(Who.GUEST)
    return frozenset(found)


def tells_guest(kind: str, said: Callable[[], Mapping[str, Any]], side: Callable[[str], str]) -> bool:
    """Whether a guest is told of an entry of a meeting: of those about all of it, of its own invitations, of what its own side has
    answered and whether it came, and of a seating of its own talks; not of what came of a talk. ``said``: reads what the entry says;
    ``side`` as above."""
    if kind in _OF_ALL:
        return True
    if kind == "schedule":
        return any(map(side, (*said()["seats"], *(said().get("unplaced") or ()))))
    own = side(said()["lead"]) if kind in _OF_SIDE else ""
    return bool(own) and said().get("side", own) == own


def talk_of(value: Value, lead: str, talk: Mapping[str, Any], shown: Lead, side: str, now: str) -> Talk:
    """The talk of ``lead`` at the meeting that has come to ``value``. ``side``: of the guest who looks, "" for who holds the meeting."""
    own = (side,) if side else SIDES
    answers = dict(talk["answers"]) if not side or is_accepted(talk) else {side: talk["answers"][side]}
    slot, table = value["seats"].get(lead, (-1, -1))
    why = value["unplaced"].get(lead) if lead not in value["seats"] else None
    due = [due_day(value, days) for days in open_after(value, lead)] if not side else []
    return Talk(
        lead=lead, need=shown.suggestion.need, offer=shown.suggestion.offer, about=shown.about, houses=shown.houses, state=shown.state,
        answers=answers, people={name: many for name, many in talk["people"].items() if name in own},
        slot=value["slots"][slot] if slot >= 0 else "", table=table + 1, why=_why(why, shown) if why else "",
        came={name: said for name, said in talk["came"].items() if name in own},
        intentions={name: said for name, said in talk["intentions"].items() if name in own},
        outcomes=dict(talk["outcomes"]) if not side else {}, due=tuple(day for day in due if day <= now[:10]),
    )  # fmt: skip


def _why(why: Mapping[str, str], shown: Lead) -> str:
    """Why a talk has no table, in words; a participant is named only to who may know of it by the lead."""
    is_known = why["who"] in {shown.about, shown.suggestion.offer, *shown.houses} - {""}
    return _(_WORDS[why["why"]], who=why["who"] if is_known else _(_ONE_SIDE))


def entry_of(entry: Entry, leads: Mapping[str, Lead]) -> Entry | None:
    """An entry for who holds the meeting and sees ``leads``: without the leads that are not for its eyes, and without the side that needs
    where that is not for them; None for one that is about another lead."""
    body = dict(entry.body)
    if "lead" in body:
        shown = leads.get(body["lead"])
        if shown is None:
            return None
        if not shown.about:
            body.pop(NEED, None)
    for name in ("seats", "unplaced"):
        if name in body:
            body[name] = {lead: said for lead, said in body[name].items() if lead in leads}
    if "unplaced" in body:
        body["unplaced"] = {lead: {"why": said["why"]} for lead, said in body["unplaced"].items()}
    return msgspec.structs.replace(entry, body=body)
