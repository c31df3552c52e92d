"""The monthly report: numbers by type, field and district, each with the documents behind it.

In: a store, who asks, a month. Out: a ``Report``: cells, and the definitions by which they were counted. Next: ``leads.report.markdown``
and ``leads.report.workbook`` lay it out; ``to_json`` is what programs read.

Nothing in it is of the moment at which it was made, so a month that is over gives the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from desk.process.principals import Actor, Role
from graph.codes import industry_within, within
from graph.errors import InvalidInput, NotAllowed
from graph.language import _, told
from graph.store import Store
from leads.report.definitions import COMMON, DEFINITIONS, DISTRICT, FIELD, TYPE, Definition, in_force
from leads.report.facts import Fact, Facts
from leads.report.period import month as month_of

OPERATOR = "operator"
_ENCODER = msgspec.json.Encoder(order="deterministic")
_KEY: dict[str, Callable[[Fact], str]] = {
    "": lambda _fact: "", TYPE: lambda fact: fact.kind, FIELD: lambda fact: fact.field, DISTRICT: lambda fact: fact.district,
}  # fmt: skip


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a number means: the version of its definition, and the day from which that holds. ``by``: by what it is parted."""

    measure: str
    version: int
    day: str
    text: str
    by: tuple[str, ...]
    is_money: bool


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A number. ``by``: "" for all, else type, field or district, of which ``key`` is the code, "" where it is not known; of money
    ``value`` is in minor units of ``currency``, which is "" where that is not told; ``documents``: nodes by their ids, entries of the
    journal as ``stream/number``, meetings as ``meeting:id``."""

    measure: str
    by: str
    key: str
    currency: str
    is_money: bool
    value: int
    documents: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """``view``: whose it is, the operator's or a broker's, by its institution; ``is_over``: whether the month is."""

    month: str
    view: str
    is_over: bool
    definitions: tuple[Meaning, ...]
    common: tuple[str, ...]
    cells: tuple[Cell, ...]

    def cell(self, measure: str, currency: str = "", by: str = "", key: str = "") -> Cell:
        """The number of a measure; of a field or a district also all that lies within it. One that nothing counts towards is 0."""
        found = [
            one for one in self.cells
            if (one.measure, one.by, one.currency) == (measure, by, currency) and (one.key == key or _lies_in(by, one.key, key))
        ]  # fmt: skip
        documents = tuple(sorted({one for cell in found for one in cell.documents}))
        value, is_money = sum(one.value for one in found), bool(self.is_money(measure))
        return Cell(measure=measure, by=by, key=key, currency=currency, is_money=is_money, value=value, documents=documents)

    def is_money(self, measure: str) -> bool | None:
        """Whether a measure is money; None where there is no such measure."""
        return next((one.is_money for one in self.definitions if one.measure == measure), None)

    def keys(self, by: str) -> list[str]:
        """What a table has rows for, by code; "" last."""
        return sorted({one.key for one in self.cells if one.by == by}, key=lambda key: (not key, key))

    def currencies(self, by: str = "", key: str = "") -> list[str]:
        """The currencies of the money of a row."""
        is_money = {one.measure for one in self.definitions if one.is_money}
        return sorted({one.currency for one in self.cells if one.measure in is_money and (one.by, one.key) == (by, key)})


def monthly(
    store: Store, actor: Actor, month: str, *, definitions: Sequence[Definition] = DEFINITIONS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:  # fmt: skip
    """The report of ``month`` (2026-06) as ``actor`` may see it. Raises NotAllowed for who is neither operator nor broker, InvalidInput for
    a month that is still to come."""
    if not actor.runs and not (actor.role is Role.BROKER and actor.institution):
        raise NotAllowed(_("the report is for the operator and for brokers"))
    period = month_of(month, now().astimezone(UTC).isoformat())
    used = in_force(period.first, definitions)
    facts, known = Facts(store, actor, period), dict[Callable[..., object], list[Fact]]()
    cells: list[Cell] = []
    for one in used:
        if one.facts not in known:
            known[one.facts] = sorted(one.facts(facts), key=lambda fact: fact.document)
        for by in ("", *one.by):
            cells += _cells(one, by, known[one.facts])
    return Report(
        month=period.name, view=OPERATOR if actor.runs else actor.institution, is_over=period.is_over, cells=tuple(cells),
        common=tuple(map(told, COMMON)),
        definitions=tuple(
            Meaning(measure=one.measure, version=one.version, day=one.day, text=_(one.text), by=one.by, is_money=one.is_money)
            for one in used
        ),
    )  # fmt: skip


def _cells(definition: Definition, by: str, facts: Sequence[Fact]) -> Iterator[Cell]:
    """The numbers of a measure, by currency and code. A count of all is there even where it is 0."""
    sums: dict[tuple[str, str], list[tuple[str, int]]] = {} if by or definition.is_money else {("", ""): []}
    for fact, currency, value in definition.counted(facts):
        sums.setdefault((_KEY[by](fact), currency), []).append((fact.document, value))
    for (key, currency), found in sorted(sums.items()):
        documents, values = tuple(one for one, _value in found), (value for _one, value in found)
        yield Cell(measure=definition.measure, by=by, key=key, currency=currency, is_money=definition.is_money, value=sum(values),
                   documents=documents)  # fmt: skip


def _lies_in(by: str, key: str, wanted: str) -> bool:
    if not key or not wanted:
        return False
    return within(key, wanted) if by == DISTRICT else industry_within(key, wanted) if by == FIELD else False


def to_json(report: Report) -> bytes:
    """The report as JSON, for programs."""
    return msgspec.json.format(_ENCODER.encode(report), indent=2) + b"\n"


def opened(report: Report, mark: str) -> Cell:
    """The number that a mark names, as ``contracts.value.CNY@district:330100``. Raises InvalidInput for what is none."""
    found = number(report, mark)
    if found is None:
        known = ", ".join(one.measure for one in report.definitions)
        raise InvalidInput(_("{mark} names no number; there is {known}", mark=mark, known=known))
    return found


def number(report: Report, mark: str) -> Cell | None:
    """The same; None for what names none."""
    name, _at, where = mark.partition("@")
    by, colon, key = where.partition(":")
    if where and (by not in (TYPE, FIELD, DISTRICT) or not colon):
        return None
    if report.is_money(name) is False:
        return report.cell(name, "", by, key)
    measure, _point, currency = name.rpartition(".")
    is_currency = len(currency) == 3 and currency.isascii() and currency.isupper()
    return report.cell(measure, currency, by, key) if report.is_money(measure) and is_currency else None
