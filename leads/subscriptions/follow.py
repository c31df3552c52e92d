"""The process of following: somebody wants to be told how a thing goes on, until that is ended.

In: events on the following of a thing by a member. Out: its table and its fold. Next: ``leads.subscriptions.follows`` calls it.

Its number is made of the member, the thing and how often that was ended, so that nobody follows a thing twice at once. ``board`` is a thing
too: what is to be done with the leads that one works on. A broker is told of it without having asked, until the broker ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import STATE, folded
from desk.process.table import Process, Value, Who, transition
from graph.language import Message
from leads.subscriptions.search import CADENCES, DAILY

BOARD = "board"
"""What stands for the leads that one works on."""
_CARE = (Who.OWNER, Who.OPERATOR)


def _cadence(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("cadence") in CADENCES else Message("a cadence is one of {known}", known=", ".join(CADENCES))


def _rows() -> dict[str, Any]:
    return {
        "says": {"member": "who follows", "thing": "the id of what is followed, with lead: before that of a lead; or board",
                 "cadence": "at_once, daily or weekly"},
        "may_say": {"institution": "that the member is of"},
        "guards": {"the cadence is one of those": _cadence},
    }  # fmt: skip


FOLLOW = Process(
    name="follow",
    states={"following": "What changes is told.", "ended": "Nothing is told any more."},
    transitions=(
        transition("follow", "", "following", _CARE, "Wants to be told what changes.", **_rows()),
        transition("unfollow", "", "ended", (*_CARE, Who.PERSON), "Does not want to be told of what is to be done.",
                   says={"member": "who does not follow", "thing": "board"}, may_say={"institution": "that the member is of"}),
        transition("unfollow", "following", "ended", (*_CARE, Who.PERSON), "Ends it; the link in a letter does so too."),
    ),
)  # fmt: skip


def follow_id(member: str, thing: str, turn: int = 0) -> str:
    """The number of the following of a thing by a member, after it was ended ``turn`` times."""
    return blake2b(f"{len(member)}:{member}{thing}{f':{turn}' if turn else ''}".encode(), digest_size=6).hexdigest()


def latest(of: Callable[[str], Value | None], member: str, thing: str) -> tuple[str, int, Value | None]:
    """The following that goes on, or that would be begun next: its number, how many ended before it, its value if it is there. ``of``: the
    value of a number."""
    turn = 0
    while (held := of(follow_id(member, thing, turn))) and held[STATE] == "ended":
        turn += 1
    return follow_id(member, thing, turn), turn, held


def _update(value: Value, entry: Entry) -> Value:
    says: Mapping[str, Any] = entry.body
    value = dict(value) | {"since": entry.at}
    if entry.kind == "follow" or not value.get("member"):
        value |= {"member": says["member"], "thing": says["thing"], "institution": says.get("institution") or ""}
        value |= {"cadence": says.get("cadence") or DAILY, "begun": entry.at}
    return value


FOLD = folded(FOLLOW, _update)
