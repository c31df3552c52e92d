"""What somebody is told of a talk: who holds the meeting all of it, a side its own part.

In: a talk as the journal has it, its lead as that somebody sees it. Out: a ``Talk``. Next: ``leads.meetings.meetings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.process.table import Value
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
        slot=value["slots"][slot] if slot >= 0 else "", table=table + 1, why=_why(why, talk, shown) if why else "",
        came={name: said for name, said in talk["came"].items() if name in own},
        intentions={name: said for name, said in talk["intentions"].items() if name in own},
        outcomes=dict(talk["outcomes"]) if not side else {}, due=tuple(day for day in due if day <= now[:10]),
    )  # fmt: skip


def _why(why: Mapping[str, str], talk: Mapping[str, Any], shown: Lead) -> str:
    """Why a talk has no table, in words; the side that needs is named only to who may know it."""
    is_need = why["who"] in talk[NEED]
    who = why["who"] if why["who"] and (not is_need or shown.about) else _(_ONE_SIDE)
    return _(_WORDS[why["why"]], who=who)
