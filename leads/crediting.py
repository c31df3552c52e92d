"""The process of an attribution: the operator decides how the brokers of one pair of institutions share, with a reason.

In: events on a pair. Out: its table and its fold. Next: ``leads.credit.attribution`` calls it. Without a decision the stated rule holds
(``leads.credit.attribution``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.journal.entries import Entry
from desk.process.act import folded
from desk.process.table import Process, Value, Who, transition
from graph.language import N_

_ONLY = (Who.OPERATOR,)


def _parts(_value: Value, says: Mapping[str, Any], _at: str) -> str:
    parts = says.get("parts")
    is_right = isinstance(parts, dict) and all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in parts.values())
    return "" if is_right else N_("parts are whole numbers above 0, by institution")


_SAYS = {
    "need": "the institution that needs", "offer": "the institution that offers",
    "parts": "how they share: whole parts by institution", "reason": "why",
}  # fmt: skip
_GUARD = {"parts are whole numbers above 0": _parts}

ATTRIBUTION = Process(
    name="attribution",
    states={
        "decided": "The operator has said how the brokers of a pair share.",
        "withdrawn": "The decision was taken back for good; the stated rule holds.",
    },
    transitions=(
        transition("attribute", "", "decided", _ONLY, "Says how the brokers share.", says=_SAYS, guards=_GUARD),
        transition("attribute", "decided", "", _ONLY, "Says it anew.", says=_SAYS, guards=_GUARD),
        transition("withdraw", "decided", "withdrawn", _ONLY, "Takes it back.", says={"reason": "why"}),
    ),
)


def _update(value: Value, entry: Entry) -> Value:
    if entry.kind == "attribute":
        return dict(entry.body)
    return value | {"reason": entry.body["reason"]}


FOLD = folded(ATTRIBUTION, _update)
