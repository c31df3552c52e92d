"""The process of a person whom the graph tells of: objects, is forgotten, or takes it back.

In: events on a person. Out: its table and its fold. Next: ``desk.people.rights.persons`` calls it. No entry names the person: a commitment
to the name stands in each, and what opens it is handed to the person alone.
"""

from __future__ import annotations

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition

WHO = "who"
"""The field that holds the commitment to the name."""
_SAYS = {WHO: "a commitment to the person's name"}
_MAY = {"reason": "why, without a name"}

PERSON = Process(
    name="person",
    states={
        "objected": "In the graph for the operator alone; nobody else is shown the person, whatever is fed again.",
        "forgotten": "Gone from the graph; what is fed again brings nothing of the person back.",
        "allowed": "Not on the list any more; the next feed says what is known.",
    },
    transitions=(
        transition("object", "", "objected", (Who.OPERATOR,), "Hides the person from everybody but the operator.",
                   says=_SAYS, may_say=_MAY),
        transition("forget", "", "forgotten", (Who.OPERATOR,), "Takes the person out for good.", says=_SAYS, may_say=_MAY),
        transition("forget", "objected", "forgotten", (Who.OPERATOR,), "The same, of who objected before.", says=_SAYS, may_say=_MAY),
        transition("forget_again", "forgotten", "", (Who.OPERATOR,), "Takes out what a restored backup brought back."),
        transition("allow", "objected forgotten", "allowed", (Who.OPERATOR,), "Takes the person off the list.", may_say=_MAY),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    return {**value, "since": entry.at} | ({WHO: entry.body[WHO]} if WHO in entry.body else {})


FOLD = folded(PERSON, _update)
