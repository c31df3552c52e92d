"""The report as a workbook: in a centre's own template, a workbook with marked cells, or in a plain one.

In: a ``Report``, the bytes of a template or none. Out: the bytes of a workbook. Next: ``api.cli.leads.report`` and
``api.http.routes.report``.

    {{month}}                                    a text
    {{introductions}}                            a number
    {{contracts.value.CNY@district:330100}}      of a district, a field or a type; of a district all that lies within it
    {{table:by_field}}  {{rows:by_field}}        from this cell to the right and down: with its header, or without

A cell that is a mark alone becomes a number; a mark within a text becomes a part of the text. Styles and formulas of the template are kept:
the lines of a table take the style of the line in which the mark stands. A text never becomes a formula, whatever it begins with. No time
is written: parts of the file are dated as the report's month ends.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from copy import copy
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from graph.errors import InvalidInput
from graph.language import N_, _
from leads.report.lines import TABLES, TITLES, Shown, header, lines
from leads.report.money import digits, major
from leads.report.period import Month
from leads.report.report import Cell, Report, number

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell as Box
    from openpyxl.worksheet.worksheet import Worksheet

LARGEST = 50_000_000
"""Bytes of a template, unpacked, at most."""
_MARK = re.compile(r"\{\{([^{}]*)\}\}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet program may take for the beginning of a formula."""
_CORE = "docProps/core.xml"
_DATED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_PARTS = ("xl/drawings/", "xl/media/", "xl/charts/", "xl/pivot", "xl/slicer", "xl/vbaProject", "xl/embeddings/", "xl/ctrlProps/")
"""Parts of a workbook that can be lost in it."""


def filled(report: Report, template: bytes, name: str = "") -> tuple[bytes, list[str]]:
    """A template with its marks replaced, and the parts of it that could not be kept. Raises InvalidInput for what is no workbook, and
    naming sheet and cell for a mark that is not known and for a table that has no room; ``name``: of the template's file."""
    book = _opened(template, name)
    for sheet in book.worksheets:
        boxes = [box for _place, box in sorted(sheet._cells.items())]  # those that are there: one far below makes no millions
        marked = [box for box in boxes if _MARK.search(_text(box))]
        for box in marked:
            _fill(report, sheet, box, name)
    book.calculation.fullCalcOnLoad = True  # what formulas came to before is not so any more
    made = _saved(book, report)
    return made, _lost(template, made)


def plain(report: Report) -> bytes:
    """The report in a workbook of its own: a sheet a table; each number leads to its documents."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.hyperlink import Hyperlink

    book, first = Workbook(), _first_lines(report)
    book.remove(book.worksheets[0])
    for table in TABLES:
        sheet = book.create_sheet(_(TITLES[table]))
        head: list[Shown] = [*header(report, table)]
        for down, line in enumerate([head, *lines(report, table)], 1):
            for right, value in enumerate(line, 1):
                box = sheet.cell(down, right)
                put(box, value)
                if down == 1:
                    box.font = Font(bold=True)
                elif isinstance(value, Cell) and value.documents and table != "documents":
                    box.hyperlink = Hyperlink(ref=box.coordinate, location=f"'{_(TITLES['documents'])}'!A{first[id(value)]}")
        sheet.freeze_panes = "A2"
        for right in range(1, len(head) + 1):
            sheet.column_dimensions[get_column_letter(right)].width = 60 if (table, right) == ("definitions", 4) else 20
    notes = book.create_sheet(_("Notes"), 0)
    for down, text in enumerate([_("Report of {month}", month=report.month), *_notes(report), *report.common], 1):
        put(notes.cell(down, 1), text)
    return _saved(book, report)


def put(box: Box, value: Shown) -> None:
    """Write a value into a cell: a number as a number, a text as a text, whatever it begins with."""
    if isinstance(value, Cell):
        amount = major(value.value, value.currency) if value.is_money else value.value
        box.value = amount
        if value.is_money and box.number_format == "General":
            box.number_format = "#,##0" + ("." + "0" * digits(value.currency) if digits(value.currency) else "")
    elif isinstance(value, str):
        box.value = _clean(value)
        box.data_type = "s"
        if value.startswith(_FORMULA):
            box.quotePrefix = True
    else:
        box.value = value


def _fill(report: Report, sheet: Worksheet, box: Box, name: str) -> None:
    """Replace the marks of a cell."""
    text, place = _text(box), f"{sheet.title}!{box.coordinate}"
    whole = _MARK.fullmatch(text.strip())
    if box.data_type == "f":
        raise InvalidInput(_("a mark within a formula is not replaced: let the formula name the cell of the mark"), file=name, field=place)
    kind, _colon, table = whole[1].strip().partition(":") if whole else ("", "", "")
    if whole and kind in ("table", "rows"):
        if table not in TABLES:
            known = ", ".join(TABLES)
            raise InvalidInput(_("{mark}: there is no such table; there is {known}", mark=text, known=known), file=name, field=place)
        head: list[list[Shown]] = [[*header(report, table)]] if kind == "table" else []
        _lay(sheet, box, [*head, *lines(report, table)], name, place)
    elif whole:
        put(box, _value(report, whole[1], name, place))
    else:
        put(box, _MARK.sub(lambda mark: _words(_value(report, mark[1], name, place)), text))


def _lay(sheet: Worksheet, box: Box, rows: list[list[Shown]], name: str, place: str) -> None:
    """Write lines from a cell on, in the styles of its line. Raises InvalidInput where something stands in their way."""
    from openpyxl.cell.cell import MergedCell

    width = max(map(len, rows), default=1)
    styles = [copy(sheet.cell(box.row, box.column + right)._style) for right in range(width)]
    box.value = None
    for down, row in enumerate(rows):
        for right, value in enumerate(row):
            at = sheet.cell(box.row + down, box.column + right)
            if isinstance(at, MergedCell) or at.value is not None:
                text = N_("the table needs {rows} rows and {columns} columns; {taken} is not empty")
                raise InvalidInput(_(text, rows=len(rows), columns=width, taken=at.coordinate), file=name, field=place)
            at._style = copy(styles[right])
            put(at, value)


def _value(report: Report, mark: str, name: str, place: str) -> Shown:
    """What a mark stands for. Raises InvalidInput naming sheet and cell for one that is not known."""
    mark = mark.strip()
    texts = {"month": report.month, "view": report.view, "first_day": f"{report.month}-01", "last_day": _last(report).date().isoformat()}
    if mark in texts:
        return texts[mark]
    found = number(report, mark)
    if found is None:
        known = ", ".join([*texts, *[f"{one.measure}{'.CNY' if one.is_money else ''}" for one in report.definitions]])
        raise InvalidInput(_("{{{{{mark}}}}} is no mark that is known; there is {known}", mark=mark, known=known), file=name, field=place)
    return found


def _words(value: Shown) -> str:
    if isinstance(value, Cell):
        return f"{major(value.value, value.currency) if value.is_money else value.value:,}"
    return str(value)


def _text(box: Any) -> str:
    """What a cell says, if it says something in letters."""
    value = box.value
    return str(value) if isinstance(value, str) or type(value).__name__ == "CellRichText" else getattr(value, "text", "") or ""


def _clean(text: str) -> str:
    """A text without the characters that a workbook cannot hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cleaned: str = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767]
    return cleaned


def _first_lines(report: Report) -> dict[int, int]:
    """The row of the sheet of documents at which those of each number begin, by the number's identity."""
    row, found = 2, {}
    for one in report.cells:
        found[id(one)] = row
        row += len(one.documents)
    return found


def _notes(report: Report) -> Iterator[str]:
    yield _("View: {view}.", view=report.view)
    if not report.is_over:
        yield _("The month is not over yet.")


def _opened(template: bytes, name: str) -> Workbook:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(template)) as parts:
            if sum(one.file_size for one in parts.infolist()) > LARGEST:
                raise InvalidInput(_("a template is at most {most} MB, unpacked", most=LARGEST // 1_000_000), file=name)
        return load_workbook(io.BytesIO(template), rich_text=True)
    except InvalidInput:
        raise
    except Exception as error:  # whatever is wrong with a file that is no workbook
        raise InvalidInput(_("cannot be read as a workbook (.xlsx): {error}", error=error), file=name) from error


def _last(report: Report) -> datetime:
    return datetime.combine(Month(report.month, True).last, time())


def _saved(book: Workbook, report: Report) -> bytes:
    """The bytes of a workbook, the same each time: its parts are dated as the month ends, whenever they are written."""
    written, made = io.BytesIO(), io.BytesIO()
    book.save(written)
    day = (_last(report) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(written) as parts, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for one in parts.infolist():
            content = parts.read(one)
            if one.filename == _CORE:
                content = _DATED.sub(rb"\g<1>" + day + rb"\g<3>", content)
            info = zipfile.ZipInfo(one.filename, _ZIP_DATE)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            out.writestr(info, content)
    return made.getvalue()


def _lost(template: bytes, made: bytes) -> list[str]:
    """The parts of a template that its copy has not: how many there are of each sort is compared, for they are numbered anew."""
    counts = []
    for content in (template, made):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = [one for one in parts.namelist() if not one.endswith((".rels", ".vml"))]
        counts.append({part: sum(one.startswith(part) for one in names) for part in _PARTS})
    return [part.removeprefix("xl/").rstrip("/") for part in _PARTS if counts[1][part] < counts[0][part]]
