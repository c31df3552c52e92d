"""Leads as a table: CSV and XLSX, in which no cell is ever a formula.

In: a list of leads. Out: the bytes of a file. Next: ``api.cli.leads``, ``api.http.routes.leads``.

What others wrote stands in the cells. A program that opens the file takes a text that begins with ``=``, ``+``, ``-``, ``@``, a tabulator
or a return for a formula: in CSV an apostrophe stands before it; in XLSX every text is stored as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from desk.facts import names_of
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.store import Store
from leads.board.listing import MOST, Listed, Sort, Wanted, listed

COLUMNS = (
    "id", "state", "since", "need", "need_name", "firm", "firm_name", "offer", "offer_name", "house", "house_name", "work", "work_name",
    "fit", "points", "found", "broker", "next", "declined", "declined_on", "stuck",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | float


def rows(store: Store, actor: Actor, wanted: Wanted | None = None, sort: Sort = Sort.FIT, *, today: str = "") -> Iterator[list[Cell]]:
    """All leads of a list, a row each, by the names that the actor may see; what is not for the actor is empty."""
    viewer, cursor = viewer_of(store, actor), ""
    while True:
        page = listed(store, actor, wanted, sort, limit=MOST, cursor=cursor, today=today)
        ids = {one for each in page.data for one in _nodes(each) if one}
        called = names_of(store, ids, viewer) if ids else {}
        for each in page.data:
            yield _row(each, called)
        if page.next is None:
            return
        cursor = page.next


def _nodes(one: Listed) -> tuple[str, ...]:
    suggestion = one.lead.suggestion
    return (suggestion.need, one.lead.about, suggestion.offer, one.lead.houses[0] if one.lead.houses else "", suggestion.work)


def _row(one: Listed, called: dict[str, str]) -> list[Cell]:
    lead = one.lead
    said: list[Cell] = [lead.id, lead.state, lead.since]
    for id in _nodes(one):
        said += [id, called.get(id, "")]
    declined = one.declined
    said += [lead.suggestion.fit, lead.suggestion.points, lead.suggestion.found]
    said += [str(lead.value.get("broker", "")), str(lead.value.get("next", ""))]
    return [*said, declined.reason if declined else "", declined.day if declined else "", int(one.is_stuck)]


def to_csv(table: Iterator[list[Cell]]) -> bytes:
    """The table as CSV (UTF-8 with its mark, so that spreadsheet programs read Chinese)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_safe(cell) for cell in row] for row in table)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(table: Iterator[list[Cell]]) -> bytes:
    """The table as a workbook. It is read before the book is begun: a sheet that is left half written cannot be closed."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    every = list(table)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("leads")
    sheet.append(list(COLUMNS))
    for row in every:
        cells = []
        for said in row:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", said) if isinstance(said, str) else said)
            if isinstance(said, str):
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
