"""OpenDocument spreadsheets (.ods), streamed: one table for each sheet.

In: a place (``ingest.read.archives``). Out: ``Sheet``s (``ingest.read.office.grid``), as of .xlsx. Next: ``ingest.read.tables``
lists them. Elements are those of OpenDocument 1.3, part 3.

All sheets lie in one part. It is gone through once for the sheets, where each begins and which cells are merged; a sheet is then
read from where it begins. Rows and cells may be repeated by a number: blank ones are stepped over, and of filled ones only so many
are made as a person could have meant.
"""

from __future__ import annotations

import zipfile
from bisect import bisect_right
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from graph.language import Message
from ingest.read.archives import Place, check_size
from ingest.read.office.grid import BOOK_BYTES, COLUMNS, ROW_TEXT, ROWS, Merges, Row, Sheet, sheet_label, sheet_names
from ingest.read.office.markup import PACKED_DAMAGE, Handler, Unreadable, local, parsed, told
from ingest.read.office.odf_values import Styles, read_styles, value_of
from ingest.read.unread import Unread, Why

REPEATED = 1_000_000
"""Filled cells that a sheet may hold by repetition."""
SHEETS = 10_000
_CONTENT, _MANIFEST = "content.xml", "META-INF/manifest.xml"
_CELLS = ("table-cell", "covered-table-cell")
_ASIDE = ("annotation", "frame", "custom-shape", "rect", "ellipse", "line", "g", "connector", "caption", "control", "ruby-text")
"""Elements in a cell whose text is not the cell's."""


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Unreadable("a number of repetitions is none")
    return max(1, int(text))


@dataclass(slots=True)
class _Found:
    """A sheet as the first pass finds it."""

    title: str
    style: str
    start: int
    is_linked: bool = False
    merges: Merges = field(default_factory=Merges)


class _Cursor(Handler):
    """Knows in which row and column of a sheet the part is; tables inside cells are stepped over."""

    def __init__(self) -> None:
        self.row = self.times = self.column = self.depth = 0
        """The row, how often it is repeated, and the last column that is gone through."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self.depth += 1
            if self.depth == 1:
                self.row = self.times = 0
                self.opens(attributes)
        elif self.depth == 1 and name == "table-row":
            self.row, self.column = self.row + max(1, self.times), 0
            self.times = _count(local(attributes), "number-rows-repeated")
        else:
            self.inside(name, attributes)

    def end(self, name: str) -> None:
        if name == "table":
            self.depth -= 1

    def opens(self, attributes: dict[str, str]) -> None:
        """A sheet begins."""

    def inside(self, name: str, attributes: dict[str, str]) -> None:
        """Any other element begins."""


class _Listing(_Cursor):
    """The sheets of the part, with where they begin and their merged cells."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Found] = []

    def opens(self, attributes: dict[str, str]) -> None:
        own = local(attributes)
        self.found.append(_Found(own.get("name", ""), own.get("style-name", ""), self.parser.CurrentByteIndex))
        if len(self.found) > SHEETS:
            raise Unreadable(Message("has more than {sheets:,} sheets", sheets=SHEETS))

    def inside(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth != 1:
            return
        if name == "table-source":
            self.found[-1].is_linked = True
        elif name in _CELLS:
            own = local(attributes)
            down, across = _count(own, "number-rows-spanned"), _count(own, "number-columns-spanned")
            if (down > 1 or across > 1) and self.row <= ROWS and self.column < COLUMNS:
                left = self.column + 1
                self.found[-1].merges.add(self.row, left, min(self.row + down - 1, ROWS), min(left + across - 1, COLUMNS))
            self.column += _count(own, "number-columns-repeated")


class _End(Exception):
    """The sheet that is read is at its end."""


class _Rows(_Cursor):
    """Collects the rows of one sheet in ``done``: number, repetitions, cells."""

    def __init__(self, styles: Styles) -> None:
        super().__init__()
        self.done: list[tuple[int, int, dict[int, object]]] = []
        self._styles = styles
        self._cells: dict[int, object] = {}
        self._cell: dict[str, str] | None = None
        self._row_style = ""
        self._column_ends: list[int] = []
        self._column_styles: list[str] = []
        self._size = self._made = self._times = 0
        self._parts: list[str] = []
        self._skip = self._text = 0
        self._is_seen = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        if self.depth == 1 and name == "table-row":
            self._cells, self._size = {}, 0
            self._row_style = local(attributes).get("default-cell-style-name", "")

    def inside(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth != 1:
            return
        if name in _CELLS:
            self._cell, self._skip, self._text = attributes, 0, 0
            self._is_seen = name == "table-cell"
            self._times = _count(local(attributes), "number-columns-repeated")
            self._parts.clear()
        elif self._cell is None:
            if name == "table-column":
                own = local(attributes)
                if len(self._column_ends) < COLUMNS:
                    before = self._column_ends[-1] if self._column_ends else 0
                    self._column_ends.append(before + _count(own, "number-columns-repeated"))
                    self._column_styles.append(own.get("default-cell-style-name", ""))
        elif self._skip or name in _ASIDE:
            self._skip += 1
        elif name == "p":
            if self._parts:
                self._parts.append("\n")
            self._text += 1
        elif self._text and name in ("s", "tab", "line-break"):
            count = min(_count(local(attributes), "c"), 1_000) if name == "s" else 1
            self.data(" " * count if name == "s" else "\n" if name == "line-break" else "\t")

    def end(self, name: str) -> None:
        if self.depth == 1:
            if self._skip:
                self._skip -= 1
            elif name in _CELLS:
                self._finish()
            elif name == "p" and self._text:
                self._text -= 1
            elif name == "table-row" and self._cells:
                self._count_repeated((self.times - 1) * len(self._cells))
                if self.row + self.times - 1 > ROWS:
                    raise Unreadable(Message("has more than {rows:,} rows", rows=ROWS))
                self.done.append((self.row, self.times, self._cells))
        super().end(name)
        if not self.depth:
            raise _End

    def data(self, text: str) -> None:
        if self._text and not self._skip and self.depth == 1:
            self._size += len(text)
            if self._size > ROW_TEXT:
                raise Unreadable(Message("row {row} holds more than {row_text} million characters", row=self.row, row_text=ROW_TEXT >> 20))
            self._parts.append(text)

    def _finish(self) -> None:
        attributes, self._cell, times = self._cell or {}, None, self._times
        own = local(attributes)
        precision = self._styles.precision(own.get("style-name") or self._default()) if "date-value" in own else ""
        value = value_of(attributes, own, "".join(self._parts), precision)
        if self._is_seen and value is not None and value != "":
            if self.column + times > COLUMNS:
                raise Unreadable(Message("row {row} has more than {columns:,} cells", row=self.row, columns=COLUMNS))
            self._count_repeated(times - 1)
            self._cells.update(dict.fromkeys(range(self.column + 1, self.column + times + 1), value))
        self.column += times

    def _default(self) -> str:
        number = bisect_right(self._column_ends, self.column)
        return self._row_style or (self._column_styles[number] if number < len(self._column_styles) else "")

    def _count_repeated(self, count: int) -> None:
        self._made += count
        if self._made > REPEATED:
            raise Unreadable(Message("repeats more than {repeated:,} cells", repeated=REPEATED))


class Spreadsheet:
    """The parts of one file that its sheets share."""

    def __init__(self, place: Place) -> None:
        """Go through its sheets. Raises InvalidInput for what is no spreadsheet, and OSError."""
        self.place, self.stamp = place, place.stamp()
        listing = _Listing()
        try:
            with self.archive() as archive:
                check_size(archive.infolist(), self.stamp[1], place.label)
                names = archive.namelist()
                if _MANIFEST in names and b"encryption-data" in archive.open(_MANIFEST).read(1 << 20):
                    raise Unreadable("it is locked with a password")
                self.styles = read_styles(archive.open(one) for one in ("styles.xml", _CONTENT) if one in names)  # type: ignore[misc]
                for _ in parsed(archive.open(_CONTENT), listing):  # type: ignore[arg-type]
                    pass
        except PACKED_DAMAGE as error:
            raise Unread(Message("the workbook cannot be read: {error}", error=told(error)), file=place.label) from error
        self.sheets = listing.found

    @contextmanager
    def archive(self) -> Iterator[zipfile.ZipFile]:
        """The file as the archive that it is."""
        with self.place.open_whole(BOOK_BYTES) as stream, zipfile.ZipFile(stream) as archive:
            yield archive


class _Part:
    """The rows of one sheet."""

    def __init__(self, book: Spreadsheet, found: _Found) -> None:
        self.place, self.stamp, self.merges = book.place, book.stamp, found.merges
        self._book, self._start = book, found.start
        self._raw: BinaryIO | None = None

    def rows(self) -> Generator[Row, None, None]:
        return self.merges.filled(self._rows())

    def _rows(self) -> Generator[Row, None, None]:
        handler = _Rows(self._book.styles)
        try:
            with self._book.archive() as archive, archive.open(_CONTENT) as stream:
                self._raw = archive.fp  # type: ignore[assignment]
                stream.seek(self._start)
                for _ in parsed(stream, handler, b"<sheets>"):  # type: ignore[arg-type]
                    yield from _expanded(handler)
        except _End:
            yield from _expanded(handler)
        except PACKED_DAMAGE as error:
            yield from _expanded(handler)
            raise Unreadable(told(error)) from error

    def done(self) -> int:
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.stamp[1]


def _expanded(handler: _Rows) -> Generator[Row, None, None]:
    rows, handler.done = handler.done, []
    for number, times, cells in rows:
        for one in range(number, number + times):
            yield one, cells.copy()


def sheets(place: Place) -> Iterator[Sheet | Unread]:
    """The sheets of a spreadsheet, or why one is not read. Raises InvalidInput for what is none."""
    book = Spreadsheet(place)
    own = [one for one in book.sheets if not one.is_linked]  # what is linked is a copy of a sheet of another file
    is_only = sum(one.style not in book.styles.hidden for one in own) == 1
    for found in own:
        label = sheet_label(place, found.title)
        if found.style in book.styles.hidden:
            yield Unread("is a hidden sheet", Why.HIDDEN, file=label)
            continue
        try:
            yield Sheet(_Part(book, found), label, sheet_names(place, found.title, is_only=is_only))
        except Unread as error:
            yield error
