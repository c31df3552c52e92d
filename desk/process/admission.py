"""The process of an admission: an institution is let into something confidential, by its owner's will and its own promise.

In: events on an admission. Out: its table and its fold. Next: ``desk.people.admissions`` calls it; ``desk.people.sight`` makes of the
admissions that are open what an institution may see. Who looks at something confidential has promised to keep it so, on a day that is on
record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition
from graph.language import N_

_OURS = (Who.OWNER, Who.AGENT)


def _promised(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("confidential") is True else N_("nobody has promised to keep it confidential")


ADMISSION = Process(
    name="admission",
    states={
        "asked": "An institution has asked to be let in.",
        "offered": "The owner would let it in.",
        "open": "Let in: both have said so.",
        "refused": "One of the two has said no.",
        "ended": "Not let in any more; that it was, stays on record.",
    },
    transitions=(
        transition("ask", "", "asked", (Who.GUEST,), "Asks to be let in, promising to keep it confidential.",
                   says={"to": "what it is let into", "guest": "the institution", "owner": "whose it is",
                         "confidential": "true: it will be kept confidential"},
                   guards={"it is promised to keep it confidential": _promised}),
        transition("offer", "", "offered", _OURS, "Offers to let an institution in.",
                   says={"to": "what it is let into", "guest": "the institution", "owner": "whose it is"}),
        transition("grant", "asked", "open", _OURS, "Lets it in."),
        transition("enter", "offered", "open", (Who.GUEST,), "Accepts, promising to keep it confidential.",
                   says={"confidential": "true: it will be kept confidential"},
                   guards={"it is promised to keep it confidential": _promised}),
        transition("refuse", "asked offered", "refused", (*_OURS, Who.GUEST), "Says no.", may_say={"reason": "why"}),
        transition("end", "open", "ended", (*_OURS, Who.GUEST), "Ends it.", may_say={"reason": "why"}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    if entry.kind in ("ask", "offer"):
        return {name: entry.body[name] for name in ("to", "guest", "owner")} | {"asked": entry.kind == "ask", "entered": False}
    return value | {"entered": value["entered"] or entry.kind in ("grant", "enter")}


FOLD = folded(ADMISSION, _update)
