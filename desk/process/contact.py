"""The process of a contact: kept for a purpose, shown to whom its institution lets in, each time on record, and erased.

In: events on a contact. Out: its table and its fold. Next: ``desk.people.contacts`` calls it. Names, phones and addresses are in no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.letting import CARE, let_in_after, letting
from desk.process.table import Process, Value, Who, transition
from graph.dates import check_date
from graph.language import N_, Message


def _consent(_value: Value, says: Mapping[str, Any], at: str) -> str:
    try:
        return "" if check_date(str(says.get("date"))) <= at[:10] else N_("the consent is of a day that is still to come")
    except ValueError as error:
        return Message("the day of the consent: {error}", error=error)


CONTACT = Process(
    name="contact",
    states={
        "kept": "Encrypted, apart from graph, index and journal.",
        "erased": "Gone; that it was here, and who saw it, stays on record.",
    },
    transitions=(
        transition("keep", "", "kept", CARE, "Keeps how somebody can be reached.",
                   says={"of": "the institution or expert that it is of", "purpose": "what it may be used for",
                         "consent": "on what ground it is kept", "date": "the day of that"},
                   may_say={"source": "the file or person that it came from", "owner": "the institution that cares for it"},
                   guards={"there is a day, not one to come, of the consent": _consent}),
        *letting("kept", let_in="Lets an institution see it.", shut_out="Ends that."),
        transition("reveal", "kept", "", (*CARE, Who.LET_IN), "Shows it, and puts on record to whom and what for.",
                   says={"reason": "what for"}),
        transition("erase", "kept", "erased", CARE, "Erases it for good.", may_say={"reason": "why"}),
    ),
)  # fmt: skip


def _update(value: Value, entry: Entry) -> Value:
    says, value = entry.body, dict(value)
    if entry.kind == "keep":
        value |= {name: says[name] for name in ("of", "purpose", "consent", "date")}
        value |= {"owner": says.get("owner") or says["of"], "source": says.get("source") or "", "let_in": []}
    return let_in_after(value, entry)


FOLD = folded(CONTACT, _update)
