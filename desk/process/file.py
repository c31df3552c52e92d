"""The process of a file: attached to something, handed out to whom its owner lets in, and removed.

In: events on a file. Out: its table and its fold. Next: ``desk.people.files`` calls it. What a file is called lies beside its entry and can
be erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.letting import CARE, let_in_after, letting
from desk.process.table import Process, Value, Who, transition
from graph.language import Message

NAME = "name"
"""The personal field that holds what a file is called."""
PURPOSES = ("drawing", "nda", "mandate", "contract", "acceptance", "other")


def _purpose(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    return "" if says.get("purpose") in PURPOSES else Message("purpose is one of {known}", known=", ".join(PURPOSES))


FILE = Process(
    name="file",
    states={
        "attached": "Kept by the hash of its content, beside the store.",
        "removed": "Gone; that it was here, and who took it, stays on record.",
    },
    transitions=(
        transition("attach", "", "attached", (Who.OWNER,), "Attaches a file to a demand, a result or a cooperation.",
                   says={"to": "what it belongs to", "purpose": "what it is", "digest": "SHA-256 of its content", "size": "its bytes",
                         "type": "its media type", NAME: "what it is called", "owner": "the institution whose it is"},
                   guards={"the purpose is known": _purpose}),
        *letting("attached", let_in="Lets an institution take it.", shut_out="Ends that."),
        transition("take", "attached", "", (*CARE, Who.LET_IN), "Hands it out, and puts on record to whom."),
        transition("remove", "attached", "removed", CARE, "Removes it.", may_say={"reason": "why"}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says, value = entry.body, dict(value)
    if entry.kind == "attach":
        value |= {name: says[name] for name in ("to", "purpose", "digest", "size", "type", "owner")} | {"let_in": []}
    return let_in_after(value, entry)


FOLD = folded(FILE, _update)
