"""The process of an objection: what the party that an item of evidence is about says to it, and whether the item is corrected or upheld.

In: events on an objection; it has the id of its item. Out: its table and its fold. Next: ``desk.trust.objections`` calls it. What the party
says lies beside the entries and can be erased.

While an objection is open the item counts as before, and is shown as objected to, with the reply: else anybody could suspend whatever
speaks against it by objecting.
"""

from __future__ import annotations

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition

REPLY, GROUNDS = "reply", "grounds"
"""The personal fields: what the target says to an item, and why it is to be corrected."""
_DECIDE = (Who.GIVER, Who.OPERATOR)
_ERASE = (Who.TARGET, Who.OPERATOR)

OBJECTION = Process(
    name="objection",
    states={
        "replied": "Its target has said something to the item, and asks for nothing.",
        "objected": "Its target asks for its correction; it counts meanwhile, and is shown as objected to.",
        "retracted": "Its target asks for that no more.",
        "upheld": "Whoever looked it over found the item to be right.",
        "corrected": "The item is withdrawn: it counts no more from that day on.",
        "erased": "Corrected, and what its target said to it is gone for good.",
    },
    transitions=(
        transition("reply", "", "replied", (Who.TARGET,), "Says something to the item, which is shown beside it.",
                   says={REPLY: "what it says"}),
        transition("reply", "replied objected retracted upheld", "", (Who.TARGET,), "Says something else in its place.",
                   says={REPLY: "what it says"}),
        transition("erase", "replied objected retracted upheld", "", _ERASE, "Erases all that the target has said to it, for good."),
        transition("erase", "corrected", "erased", _ERASE, "Erases all that the target has said to it, for good."),
        transition("object", "", "objected", (Who.TARGET,), "Asks for its correction.", says={GROUNDS: "what is wrong with it"}),
        transition("object", "replied retracted", "objected", (Who.TARGET,), "Asks for its correction.",
                   says={GROUNDS: "what is wrong with it"}),
        transition("retract", "objected", "retracted", (Who.TARGET,), "Asks for that no more."),
        transition("uphold", "objected", "upheld", (Who.REVIEWER,), "Finds the item to be right.", says={"reason": "why it stands"}),
        transition("correct", "replied objected retracted upheld", "corrected", _DECIDE, "Withdraws the item.",
                   says={"reason": "why it is withdrawn"}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    value = dict(value)
    if entry.kind == "reply":
        value["replied"] = entry.number
    if entry.kind == "object":
        value["objected"] = entry.number
    if entry.kind in ("uphold", "correct"):
        value["reason"] = entry.body["reason"]
    return value | {"since": entry.at[:10]}


FOLD = folded(OBJECTION, _update)
