"""Word files (.docx): one table for each table of rows, and for each table that is a form.

In: a place (``ingest.read.archives``). Out: ``Sheet``s (``ingest.read.office.grid``) of tables with a header, ``FormTable``s of
forms: one row for each form, its labels the columns. Next: ``ingest.read.tables`` lists them. ``ingest.read.office.wordml`` reads
the XML, ``ingest.read.office.forms`` tells forms.

What a table holds is told by the title above it and by the file's name. A document is held in memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Generator, Iterator, Sequence

from graph.language import N_, Message
from ingest.read.archives import Place, check_size, shown
from ingest.read.office.forms import Form, forms, is_form, ticked
from ingest.read.office.grid import BOOK_BYTES, Merges, Row, Sheet
from ingest.read.office.markup import PACKED_DAMAGE, Unreadable, attributes, told
from ingest.read.office.wordml import DOCUMENT_BYTES, Cell, Found, read_tables
from ingest.read.readers import Head, Raw, check_header, unchanged
from ingest.read.unread import Unread, Why

_TITLE = 50
_NO_TITLE = re.compile(r"[：:。；;，,]|^附[件录表]?\s*[一二三四五六七八九十\d]*$")


class _Rows:
    """The rows of a table that has a header."""

    def __init__(self, place: Place, stamp: tuple[int, int, int], rows: Sequence[Sequence[Cell]]) -> None:
        """Raises Unreadable for too many merged cells."""
        self.place, self.stamp = place, stamp
        self.merges = Merges()
        self._rows = rows
        begun: dict[int, tuple[int, Cell]] = {}
        for number, row in enumerate(rows, 1):
            at = {cell.column: cell for cell in row}
            for column in [one for one in begun if one not in at or not at[one].goes_on]:
                self._merge(*begun.pop(column), number - 1)
            for cell in row:
                if cell.column not in begun:
                    begun[cell.column] = number, cell
        for top, cell in begun.values():
            self._merge(top, cell, len(rows))

    def _merge(self, top: int, cell: Cell, bottom: int) -> None:
        if bottom > top or cell.span > 1:
            self.merges.add(top, cell.column, bottom, cell.column + cell.span - 1)

    def rows(self) -> Generator[Row, None, None]:
        return self.merges.filled(self._filled())

    def _filled(self) -> Generator[Row, None, None]:
        for number, row in enumerate(self._rows, 1):
            cells: dict[int, object] = {one.column: text for one in row if not one.goes_on and (text := ticked(one.text))}
            if cells:
                yield number, cells

    def done(self) -> int:
        return self.stamp[1]


class FormTable:
    """The forms of one table of a document, as rows. A row's line is the row of the table where the form starts."""

    format = "csv"
    encoding = "utf-8-sig"

    def __init__(self, place: Place, stamp: tuple[int, int, int], found: list[Form], label: str, names: tuple[str, ...]) -> None:
        """Raises InvalidInput if it is no table."""
        self.place, self.size = place, stamp[1]
        self.label, self.names = label, names
        self._stamp, self._forms = stamp, found
        labels = tuple(dict.fromkeys(one for form in found for one in form.values))
        self.heads = [Head(1, labels)]
        self.columns: tuple[str, ...] = check_header(self.heads[0], label)

    def use(self, head: Head) -> None:
        """There is no other."""

    def done(self) -> int:
        return self.size

    def rows(self) -> Iterator[Raw]:
        """One row a form; labels without a value are left out."""
        line = 0
        for form in self._forms:
            line = form.line
            cells: dict[str, object] = {label: value for label, value in form.values.items() if value}
            if cells:
                yield Raw(line, cells)
        yield from unchanged(self.place, self._stamp, line + 1)


def _read(place: Place, size: int) -> list[Found]:
    """Raises one of ``PACKED_DAMAGE``, or InvalidInput for a bomb."""
    with place.open_whole(BOOK_BYTES) as stream, zipfile.ZipFile(stream) as archive:
        check_size(archive.infolist(), size, place.label)
        root = [one for _, one in attributes(archive.open("_rels/.rels"), "Relationship")]  # type: ignore[arg-type]
        main = next((one.get("Target", "") for one in root if one.get("Type", "").endswith("/officeDocument")), "")
        part = archive.getinfo(posixpath.normpath(main.lstrip("/")))
        if part.file_size > DOCUMENT_BYTES:
            raise Unreadable(Message("it is longer than {document_bytes} MiB", document_bytes=DOCUMENT_BYTES >> 20))
        return read_tables(archive.open(part))  # type: ignore[arg-type]


def tables_in(place: Place) -> Iterator[Sheet | FormTable | Unread]:
    """The tables of a document, or why one is not read. Raises InvalidInput for what is no document, and OSError."""
    stamp = place.stamp()
    try:
        found = _read(place, stamp[1])
    except PACKED_DAMAGE as error:
        raise Unread(Message("the Word file cannot be read: {error}", error=told(error)), file=place.label) from error
    if not found:
        raise Unread("is a text without a table", Why.NO_TABLE, file=place.label)
    title = ""
    for number, one in enumerate(found, 1):
        title = _title(one) or title
        label = f"{place.label}/table {number}"
        names = (shown(title), place.base) if title else (place.base,)
        try:
            yield _table(place, stamp, one.rows, label, names)
        except Unreadable as error:
            yield Unread(Message("the table cannot be read: {error}", error=error), file=label)
        except Unread as error:
            yield error


def _table(
    place: Place, stamp: tuple[int, int, int], rows: list[list[Cell]], label: str, names: tuple[str, ...]
) -> Sheet | FormTable:
    if not any(cell.text for row in rows for cell in row):
        raise Unread("the table is empty", Why.EMPTY, file=label)
    if is_form(rows) and (found := forms(rows)):
        return FormTable(place, stamp, found, label, names)
    if sum(any(cell.text for cell in row) for row in rows) < 2 or all(len(row) == 1 for row in rows):
        raise Unread("is a frame around a text, not a table", Why.NO_TABLE, file=label)
    return Sheet(_Rows(place, stamp, rows), label, names, N_("table"))


def _title(found: Found) -> str:
    """The last paragraph above a table that may be a title: short, and no remark such as ``填报单位：``."""
    return next((one for one in reversed(found.above) if len(one) <= _TITLE and not _NO_TITLE.search(one)), "")
