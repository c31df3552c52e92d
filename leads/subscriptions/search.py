"""The process of a saved search: what somebody wants to be told of as it comes up, until it is stopped.

In: events on a saved search. Out: its table and its fold. Next: ``leads.subscriptions.searches`` calls it. What it looks for, and what it
is called, lies beside its entry: it may be what a firm wants nobody to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition
from graph.language import Message

CONTENT = "content"
"""The personal field that holds what it looks for, and its name: JSON."""
AT_ONCE, DAILY, WEEKLY = "at_once", "daily", "weekly"
CADENCES = (AT_ONCE, DAILY, WEEKLY)
CAP, MOST = 3, 50
"""Leads of one partner in a letter, if nobody says otherwise, and at most."""
_CARE = (Who.OWNER, Who.OPERATOR)


def _cadence(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("cadence") in CADENCES else Message("a cadence is one of {known}", known=", ".join(CADENCES))


def _cap(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    cap = says.get("cap")
    is_right = isinstance(cap, int) and not isinstance(cap, bool) and 1 <= cap <= MOST
    return "" if is_right else Message("a cap is a whole number from 1 to {most}", most=MOST)


SEARCH = Process(
    name="search",
    states={
        "active": "What comes up is told.",
        "paused": "Nothing is told; what comes up meanwhile waits.",
        "stopped": "Nothing is told any more.",
    },
    transitions=(
        transition("save", "", "active", _CARE, "Wants to be told of the leads that come up for it.",
                   says={CONTENT: "what it looks for, and its name", "cadence": "at_once, daily or weekly",
                         "cap": "how many leads of one partner a letter names", "role": "of whoever saves it",
                         "scopes": "of whoever saves it"},
                   may_say={"institution": "whose search it is", "member": "the member to whom letters go"},
                   guards={"the cadence is one of those": _cadence, "the cap is a number": _cap}),
        transition("pause", "active", "paused", _CARE, "Wants to be told nothing for a while."),
        transition("resume", "paused", "active", _CARE, "Wants to be told again, of what waits too."),
        transition("open_feed", "active paused", "", _CARE, "Makes an address where a program reads it; an earlier one is good no more.",
                   says={"hash": "SHA-256 of the secret in the address"}),
        transition("close_feed", "active paused", "", _CARE, "Ends that address."),
        transition("stop", "active paused", "stopped", (*_CARE, Who.PERSON), "Ends it; the link in a letter does so too."),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says: Mapping[str, Any] = entry.body
    value = dict(value) | {"since": entry.at}
    if entry.kind == "save":
        value |= {"by": entry.actor, "created": entry.at, "feed": ""}
        value |= {name: says[name] for name in ("cadence", "cap", "role", "scopes")}
        value |= {name: says.get(name) or "" for name in ("institution", "member")}
    if entry.kind == "open_feed":
        value["feed"] = says["hash"]
    if entry.kind in ("close_feed", "stop"):
        value["feed"] = ""
    return value


FOLD = folded(SEARCH, _update)
