"""The tables of a report, as lines of cells that each layout writes its own way.

In: a ``Report``. Out: the names of its tables; the header and the lines of each. Next: ``leads.report.markdown`` and
``leads.report.workbook``.

    by_type, by_field, by_district   a line a code and currency; counts stand in the first line of a code alone, so that a column adds up
    totals                           a line a measure and currency
    definitions                      a line a measure
    documents                        a line a number and document
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.codes import industry
from graph.codes.regions import known as place
from graph.language import N_, _, language, word
from graph.model import CooperationMode
from leads.report.definitions import DISTRICT, FIELD, TYPE
from leads.report.report import Cell, Report

TABLES = ("totals", "by_type", "by_field", "by_district", "definitions", "documents")
Shown = str | int | Cell | None
"""A text, a number without documents, a number with its documents, or nothing."""
NAMES: Mapping[str, str] = {
    "demands": N_("demands posted"),
    "results": N_("results published"),
    "meetings": N_("meetings held"),
    "introductions": N_("introductions"),
    "contracts": N_("contracts"),
    "contracts.value": N_("contract value"),
    "contracts.technology": N_("technology value"),
    "contracts.untold": N_("contracts without an amount"),
}
TITLES: Mapping[str, str] = {
    "totals": N_("Totals"), "by_type": N_("By type"), "by_field": N_("By field"), "by_district": N_("By district"),
    "definitions": N_("Definitions"), "documents": N_("Documents"),
}  # fmt: skip
_UNKNOWN = N_("not known")


def measure_name(measure: str) -> str:
    """A measure in the language of the place."""
    return _(NAMES.get(measure, measure))


def code_name(by: str, key: str) -> str:
    """What a code stands for, in the language of the place, in the other where that has no name for it."""
    if not key:
        return _(_UNKNOWN)
    if by == TYPE:
        return word(key, "CooperationMode") if key in tuple(CooperationMode) else key
    found = industry(key) if by == FIELD else None
    if by == DISTRICT:
        try:
            found_place = place(key)
        except KeyError:
            return key
        return _either(found_place.zh, found_place.en) or key
    return _either(found.zh, found.en) if found else key


def header(report: Report, table: str) -> list[str]:
    """The header of a table."""
    by = table.removeprefix("by_")
    if table == "totals":
        return [_("number"), _("currency"), _("value")]
    if table == "definitions":
        return [_("number"), _("version"), _("since"), _("definition")]
    if table == "documents":
        return [_("number"), _("by"), _("code"), _("currency"), _("value"), _("document")]
    counts, money = _measures(report, by)
    return [_("code"), _("name"), *map(measure_name, counts), _("currency"), *map(measure_name, money)]


def lines(report: Report, table: str) -> Iterator[list[Shown]]:
    """The lines of a table, each as long as its header."""
    if table == "totals":
        for one in report.cells:
            if not one.by:
                yield [measure_name(one.measure), one.currency, one]
    elif table == "definitions":
        for meaning in report.definitions:
            yield [measure_name(meaning.measure), meaning.version, meaning.day, meaning.text]
    elif table == "documents":
        for one in report.cells:
            for document in one.documents:
                yield [measure_name(one.measure), one.by, one.key, one.currency, one, document]
    else:
        yield from _by(report, table.removeprefix("by_"))


def _by(report: Report, by: str) -> Iterator[list[Shown]]:
    counts, money = _measures(report, by)
    for key in report.keys(by):
        exact = {(one.measure, one.currency): one for one in report.cells if (one.by, one.key) == (by, key)}
        for number, currency in enumerate(report.currencies(by, key) or [""]):
            shown: list[Shown] = [exact.get((one, "")) or 0 if not number else None for one in counts]
            yield [key, code_name(by, key), *shown, currency, *[exact.get((one, currency)) for one in money]]


def _measures(report: Report, by: str) -> tuple[list[str], list[str]]:
    """The counts and the sums of money that stand in the table of a division: those that are parted by it at all."""
    found = [one for one in report.definitions if by in one.by]
    return [one.measure for one in found if not one.is_money], [one.measure for one in found if one.is_money]


def _either(zh: str, en: str) -> str:
    return (zh or en) if language() == "zh" else (en or zh)
