"""SpreadsheetML, streamed: the parts of an .xlsx file as sheets, texts, formats and rows of cells.

In: the XML streams of one workbook. Out: plain values by row and column. Next: ``ingest.read.office.workbooks`` makes tables
of them. Of the rows only a block of the stream and the row it is in are in memory; the shared texts are kept. Parts, elements and number
formats are those of ECMA-376, part 1, section 18, in both its namespaces.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from graph.language import Message
from ingest.read.office.grid import COLUMNS, ROW_TEXT, ROWS, Merges, Row, column_number
from ingest.read.office.markup import BLOCK, Handler, Unreadable, attributes, parsed
from ingest.read.office.serials import Failed
from ingest.read.office.shown import BUILT_IN_STYLES, Style, style_of, value_of

STRINGS = 256 << 20
"""Characters that the shared texts of a workbook may hold: they are kept in memory."""


class SheetInfo(NamedTuple):
    """A sheet as the workbook lists it."""

    title: str
    relation: str
    is_hidden: bool


def read_sheets(stream: BinaryIO) -> tuple[list[SheetInfo], bool]:
    """The sheets of ``workbook.xml`` in their order, and whether its days are counted from 1904."""
    sheets: list[SheetInfo] = []
    from_1904 = False
    for name, found in attributes(stream, "sheet", "workbookPr"):
        if name == "sheet":
            sheets.append(SheetInfo(found.get("name", ""), found.get("id", ""), found.get("state", "visible") != "visible"))
        else:
            from_1904 = found.get("date1904", "0") in ("1", "true", "on")
    return sheets, from_1904


def read_relations(stream: BinaryIO) -> dict[str, tuple[str, str]]:
    """By id: the kind of a related part (the last word of its type), and where it is."""
    return {
        found.get("Id", ""): (found.get("Type", "").rpartition("/")[2], found.get("Target", ""))
        for _, found in attributes(stream, "Relationship")
    }


# -- styles and texts


def read_styles(stream: BinaryIO) -> list[Style | None]:
    """By the number of a cell's style: what it shows instead of a number, or None."""
    formats: dict[int, Style | None] = dict(BUILT_IN_STYLES)
    styles: list[Style | None] = []
    handler = _Styles()
    for _ in parsed(stream, handler):
        pass
    try:
        for number, code in handler.formats:
            formats[int(number)] = style_of(code)
        styles = [formats.get(int(number)) for number in handler.cells]
    except ValueError as error:
        raise Unreadable("a number format has no number") from error
    return styles


class _Styles(Handler):
    def __init__(self) -> None:
        self.formats: list[tuple[str, str]] = []
        self.cells: list[str] = []
        self._is_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.formats.append((attributes.get("numFmtId", ""), attributes.get("formatCode", "")))
        elif name == "cellXfs":
            self._is_cells = True
        elif name == "xf" and self._is_cells:
            self.cells.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_cells = False


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Strings(Handler):
    """Shared texts; phonetic readings (``rPh``) are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_text = False
        self._phonetic = 0
        self._size = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if name == "si":
            self._parts.clear()
        elif name == "rPh":
            self._phonetic += 1
        elif name == "t":
            self._is_text = not self._phonetic

    def end(self, name: str) -> None:
        if name == "si":
            self.texts.append(_unescaped("".join(self._parts)))
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "t":
            self._is_text = False

    def data(self, text: str) -> None:
        if self._is_text:
            self._size += len(text)
            if self._size > STRINGS:
                raise Unreadable(
                    Message("its texts are longer than {strings} million characters in all: save it as CSV", strings=STRINGS >> 20)
                )
            self._parts.append(text)


def read_strings(stream: BinaryIO) -> list[str]:
    """The shared texts of a workbook, by number."""
    handler = _Strings()
    for _ in parsed(stream, handler):
        pass
    return handler.texts


# -- rows

_DIGITS = 40
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")


def read_merges(stream: BinaryIO) -> Merges:
    """The merged cells of a sheet.

    They are listed after the rows that they concern, so the part is searched for them before it is parsed.
    """
    merges = Merges()
    kept = b""
    while block := stream.read(BLOCK):
        text = kept + block
        last = 0
        for one in _MERGED.finditer(text):
            last = one.end()
            merges.add(int(one[2]), column_number(one[1].decode()), int(one[4]), column_number(one[3].decode()))
        kept = text[max(last, len(text) - 200) :]
    return merges


class Values(NamedTuple):
    """What the cells of a sheet refer to: shared texts, styles, and where days are counted from."""

    strings: list[str]
    styles: list[Style | None]
    from_1904: bool


class _Rows(Handler):
    """Collects rows in ``done``."""

    def __init__(self, values: Values) -> None:
        self.done: list[Row] = []
        self._strings, self._styles, self._from_1904 = values
        self._row = self._column = self._size = 0
        self._cells: dict[int, object] = {}
        self._type, self._style = "n", ""
        self._parts: list[str] = []
        self._is_text = self._is_formula = False
        self._phonetic = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell(attributes)
        elif name in ("v", "t"):
            self._is_text = not self._phonetic
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._phonetic += 1
        elif name == "row":
            number = attributes.get("r", str(self._row + 1))
            if not (number.isascii() and number.isdecimal() and self._row < int(number[:9]) <= ROWS):
                raise Unreadable(Message("its rows are out of order after row {row}", row=self._row))
            self._row, self._column, self._size = int(number), 0, 0
            self._cells = {}

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        column = self._column + 1
        if reference is not None:
            found = _REFERENCE.fullmatch(reference)
            if not found or (column := column_number(found[1])) <= self._column:
                raise Unreadable(Message("row {row} has its cells out of order", row=self._row))
        if column > COLUMNS:
            raise Unreadable(Message("row {row} has more than {columns:,} cells", row=self._row, columns=COLUMNS))
        self._column = column
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._parts.clear()
        self._is_formula = False

    def end(self, name: str) -> None:
        if name == "c":
            value = self._value("".join(self._parts))
            if value is not None and value != "":
                self._cells[self._column] = value
        elif name in ("v", "t"):
            self._is_text = False
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "row" and self._cells:
            self.done.append((self._row, self._cells))

    def data(self, text: str) -> None:
        if self._is_text:
            self._size += len(text)
            if self._size > ROW_TEXT:
                raise Unreadable(Message("row {row} holds more than {row_text} million characters", row=self._row, row_text=ROW_TEXT >> 20))
            self._parts.append(text)

    def _value(self, text: str) -> object:
        kind = self._type
        try:
            if kind == "s":
                return self._strings[int(text)] if text else None
            if kind in ("str", "inlineStr"):
                return _unescaped(text)
            if kind == "e":
                return Failed("is an error of a spreadsheet", text)
            if not text:
                return Failed("is a formula that was never computed: open the file and save it", "#VALUE!") if self._is_formula else None
            if kind == "b":
                return text in ("1", "true")
            if kind == "d":
                return text
            return self._number(text)
        except (ValueError, IndexError, OverflowError):
            return Failed("holds no value of its type", text[:50])

    def _number(self, text: str) -> object:
        style = int(self._style) if self._style else 0
        shows = self._styles[style] if 0 <= style < len(self._styles) else None
        if text.isdecimal() and text.isascii() and len(text) < _DIGITS:  # a float would round an id of more than fifteen digits
            return int(text) if shows is None else value_of(int(text), shows, self._from_1904)
        number = float(text)
        if not math.isfinite(number):
            raise ValueError
        if shows is not None:
            return value_of(number, shows, self._from_1904)
        return int(number) if number.is_integer() else number


def read_rows(stream: BinaryIO, values: Values, merges: Merges) -> Iterator[Row]:
    """The rows of a sheet that hold something, with the values of cells merged over several rows in each of them.

    Raises Unreadable, after the rows before, where the sheet is damaged.
    """
    handler = _Rows(values)
    fill = merges.filler()
    try:
        for _ in parsed(stream, handler):
            rows, handler.done = handler.done, []
            yield from map(fill, rows) if merges.down else rows
    except Unreadable:
        yield from map(fill, handler.done) if merges.down else handler.done
        raise
