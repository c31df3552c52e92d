"""Old workbooks (.xls, and .et of WPS): one table for each sheet, read through xlrd.

In: a place (``ingest.read.archives``). Out: ``Sheet``s (``ingest.read.office.grid``), as of .xlsx: dates as ISO dates, formulas as
the values that the file keeps, cells merged over several rows in each of them. Next: ``ingest.read.tables`` lists them.
``ingest.read.office.biff`` makes the bytes safe to read.

The file is in memory whole, with the sheets that were read; only one file at a time.
"""

from __future__ import annotations

import io
import math
from collections.abc import Generator, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from graph.language import N_, Message
from ingest.read.archives import DAMAGE, Place
from ingest.read.office.biff import CONTINUE, records, shared_texts
from ingest.read.office.grid import BOOK_BYTES, Merges, Row, Sheet, sheet_label, sheet_names
from ingest.read.office.markup import Unreadable
from ingest.read.office.serials import Failed
from ingest.read.office.shown import BUILT_IN_STYLES, Style, style_of, value_of
from ingest.read.unread import Unread, Why

if TYPE_CHECKING:
    import xlrd
    import xlrd.sheet

GLOBALS, FIRST_READ = 0x5, 50
"""The part of a file that its sheets share; the version (5.0) that is the first to have such a part."""


class _Silence(io.TextIOBase):
    """Takes what xlrd prints about odd files."""

    def write(self, text: str) -> int:
        return len(text)


def _opened(content: bytes) -> xlrd.Book:
    """What ``xlrd.open_workbook`` does, with a reader of shared texts that checks what it reads.

    Raises Unreadable: xlrd lets through whatever damaged bytes make Python raise (struct.error, IndexError, AssertionError, KeyError,
    UnicodeDecodeError, MemoryError, ...), and so does olefile, so everything is caught here.
    """
    from xlrd.book import Book

    class Checked(Book):  # type: ignore[misc]
        def handle_sst(self, data: bytes) -> None:
            blocks = [data]
            while (found := self.get_record_parts_conditional(CONTINUE))[0] is not None:
                blocks.append(found[2])
            self._sharedstrings = shared_texts(blocks)

    book = Checked()
    try:
        book.biff2_8_load(file_contents=records(content), logfile=_Silence(), formatting_info=True, on_demand=True, ragged_rows=True)
        book.biff_version = book.getbof(GLOBALS)
        if book.biff_version < FIRST_READ:
            raise Unreadable("it is older than Excel 5")
        book.parse_globals()
        book.nsheets = len(book._sheet_names)
        book._sheet_list = [None] * book.nsheets
    except Exception as error:
        raise Unreadable(_told(error)) from error
    return book


def _told(error: Exception) -> str:
    text = str(error)
    if "encrypted" in text:
        return N_("it is locked with a password")
    return text if isinstance(error, Unreadable) else N_("it is damaged")


class _Book:
    """One file; its parts are read again when another was read meanwhile, so that one is in memory at a time."""

    def __init__(self, place: Place) -> None:
        self.place, self.stamp = place, place.stamp()

    def open(self) -> tuple[xlrd.Book, list[Style | None]]:
        """The workbook, and by the number of a cell's style what that shows. Raises Unreadable and OSError."""
        return _book(self)


@lru_cache(maxsize=1)
def _book(book: _Book) -> tuple[xlrd.Book, list[Style | None]]:
    try:
        with book.place.open_whole(BOOK_BYTES) as stream:
            content = stream.read(BOOK_BYTES + 1)
    except DAMAGE as error:
        raise Unreadable(str(error)) from error
    if len(content) > BOOK_BYTES:
        raise Unreadable(Message("it is larger than {book_bytes} MiB: save it as .xlsx", book_bytes=BOOK_BYTES >> 20))
    found = _opened(content)
    styles: dict[int, Style | None] = {}
    for key, form in found.format_map.items():
        styles[key] = BUILT_IN_STYLES.get(key) or style_of(form.format_str or "")
    return found, [styles.get(xf.format_key, BUILT_IN_STYLES.get(xf.format_key)) for xf in found.xf_list]


class _Rows:
    """The rows of one sheet."""

    def __init__(self, book: _Book, number: int) -> None:
        """Read the merged cells. Raises Unreadable."""
        self.place, self.stamp = book.place, book.stamp
        self._book, self._number = book, number
        self._share = 1.0
        self.merges = Merges()
        _, sheet = self._sheet()
        self.is_hidden = bool(sheet.visibility)
        for top, bottom, left, right in sheet.merged_cells:
            self.merges.add(top + 1, left + 1, bottom, right)

    def _sheet(self) -> tuple[list[Style | None], xlrd.sheet.Sheet]:
        book, styles = self._book.open()
        try:
            return styles, book.sheet_by_index(self._number)
        except Exception as error:
            raise Unreadable(_told(error)) from error

    def rows(self) -> Generator[Row, None, None]:
        styles, sheet = self._sheet()
        from_1904 = bool(self._book.open()[0].datemode)
        return self.merges.filled(self._filled(sheet, styles, from_1904))

    def _filled(self, sheet: xlrd.sheet.Sheet, styles: list[Style | None], from_1904: bool) -> Generator[Row, None, None]:
        for row in range(sheet.nrows):
            self._share = row / sheet.nrows
            cells: dict[int, object] = {}
            for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
                if kind in (0, 6) or value == "":
                    continue
                held = _value(kind, value, styles, sheet.cell_xf_index(row, column) if kind in (2, 3) else 0, from_1904)
                cells[column + 1] = held
            if cells:
                yield row + 1, cells
        self._share = 1.0

    def done(self) -> int:
        return int(self.stamp[1] * self._share)


def _value(kind: int, value: object, styles: list[Style | None], style: int, from_1904: bool) -> object:
    """Kinds of xlrd: 1 text, 2 number, 3 date, 4 boolean, 5 error."""
    if kind == 5:
        from xlrd import error_text_from_code

        return Failed("is an error of a spreadsheet", error_text_from_code.get(value, "#VALUE!"))
    if kind == 4:
        return bool(value)
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return Failed("holds no value of its type", str(value))
    shows = styles[style] if 0 <= style < len(styles) else None
    if shows is not None:
        return value_of(value, shows, from_1904)
    return int(value) if value.is_integer() else value


def sheets(place: Place) -> Iterator[Sheet | Unread]:
    """The sheets of an old workbook, or why one is not read. Raises Unread for what is none, and OSError."""
    book = _Book(place)
    try:
        titles = [str(one) for one in book.open()[0].sheet_names()]
    except Unreadable as error:
        raise Unread(Message("the workbook cannot be read: {error}", error=error), file=place.label) from error
    found: list[tuple[str, _Rows | Unreadable]] = []
    for number, title in enumerate(titles):
        try:
            found.append((title, _Rows(book, number)))
        except Unreadable as error:
            found.append((title, error))
    is_only = sum(isinstance(one, Unreadable) or not one.is_hidden for _, one in found) == 1
    for title, rows in found:
        label = sheet_label(place, title)
        if isinstance(rows, Unreadable):
            yield Unread(Message("the sheet cannot be read: {rows}", rows=rows), file=label)
        elif rows.is_hidden:
            yield Unread("is a hidden sheet", Why.HIDDEN, file=label)
        else:
            try:
                yield Sheet(rows, label, sheet_names(place, title, is_only=is_only))
            except Unread as error:
                yield error
