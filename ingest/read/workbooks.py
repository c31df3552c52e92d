"""Workbooks (.xlsx): one table for each sheet.

In: a place (``ingest.read.archives``). Out: ``Sheet``s, read as CSV files are (``ingest.read.readers``): rows with their number, formulas
as their computed values, dates as ISO dates, cells merged over several rows in each of those rows. Next: ``ingest.read.tables`` lists them.
``ingest.read.sheetml`` reads the XML.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import BinaryIO

from graph.errors import InvalidInput
from ingest.read.archives import DAMAGE, Place, check_size, shown
from ingest.read.delimited import HEADS
from ingest.read.readers import Head, Raw, check_header, unchanged
from ingest.read.serials import Failed
from ingest.read.sheetml import (
    Row,
    SheetInfo,
    Unreadable,
    Values,
    column_letters,
    read_merges,
    read_relations,
    read_rows,
    read_sheets,
    read_strings,
    read_styles,
)
from ingest.rows.models import Problem

WORKBOOK_BYTES = 64 << 20
"""A workbook inside an archive is unpacked into memory first, if it has no more bytes than this."""

_DAMAGE = (*DAMAGE, Unreadable, KeyError, ValueError, RuntimeError, struct.error)
"""What zipfile raises, too, where an index lies."""


class Workbook:
    """The parts of one workbook that its sheets share."""

    def __init__(self, place: Place) -> None:
        """Read its list of sheets. Raises InvalidInput for what is no workbook, and OSError."""
        self.place = place
        self.stamp = place.stamp()
        try:
            with self.archive() as archive:
                check_size(archive.infolist(), self.stamp[1], place.label)
                root = read_relations(archive.open("_rels/.rels"))  # type: ignore[arg-type]
                main = next(target for kind, target in root.values() if kind == "officeDocument").lstrip("/")
                folder, name = posixpath.split(main)
                relations = read_relations(archive.open(f"{folder}/_rels/{name}.rels".lstrip("/")))  # type: ignore[arg-type]
                self._parts = {key: (kind, _target(folder, target)) for key, (kind, target) in relations.items()}
                self.sheets, self.from_1904 = read_sheets(archive.open(main))  # type: ignore[arg-type]
        except StopIteration:
            raise InvalidInput("is not a workbook", file=place.label) from None
        except _DAMAGE as error:
            raise InvalidInput(f"the workbook cannot be read: {_told(place, error)}", file=place.label) from error

    @contextmanager
    def archive(self) -> Iterator[zipfile.ZipFile]:
        """The workbook as the archive that it is."""
        with self.place.open_whole(WORKBOOK_BYTES) as stream, zipfile.ZipFile(stream) as archive:
            yield archive

    def part(self, sheet: SheetInfo) -> str | None:
        """Where the rows of ``sheet`` are; None for a chart."""
        kind, target = self._parts.get(sheet.relation, ("", ""))
        return target if kind == "worksheet" else None

    def values(self) -> Values:
        """What cells refer to."""
        return _values(self)

    def _read_values(self, archive: zipfile.ZipFile) -> Values:
        found = {kind: target for kind, target in self._parts.values() if target in archive.namelist()}
        strings = read_strings(archive.open(found["sharedStrings"])) if "sharedStrings" in found else []  # type: ignore[arg-type]
        styles = read_styles(archive.open(found["styles"])) if "styles" in found else []  # type: ignore[arg-type]
        return Values(strings, styles, self.from_1904)


@lru_cache(maxsize=1)
def _values(book: Workbook) -> Values:
    with book.archive() as archive:
        return book._read_values(archive)


def _target(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _told(place: Place, error: BaseException) -> str:
    if isinstance(error, zipfile.BadZipFile):
        with place.open() as (stream, _):
            if stream.read(4) == b"\xd0\xcf\x11\xe0":
                return "it is locked with a password, or an old .xls under a new name"
    return "a part is missing" if isinstance(error, KeyError) else str(error)


class Sheet:
    """One sheet of a workbook, as a table. Rows are numbered as the program shows them."""

    format = "csv"
    encoding = "utf-8-sig"

    def __init__(self, book: Workbook, info: SheetInfo, *, is_only: bool) -> None:
        """Look at the first rows. ``is_only``: the file's name speaks for its one sheet. Raises InvalidInput if it is no table."""
        self.place = book.place
        self.size = book.stamp[1]
        self.label = f"{book.place.label}/{shown(info.title)}"
        self.names = (info.title, book.place.base) if is_only else (info.title,)
        self._book = book
        part = book.part(info)
        if part is None:
            raise InvalidInput("is a chart, not a table", file=self.label)
        self._part = part
        self._merges: dict[int, list[tuple[int, int]]] = {}
        self._raw: BinaryIO | None = None
        try:
            with book.archive() as archive, archive.open(part) as stream:
                self._merges = read_merges(stream)  # type: ignore[arg-type]
            with self._rows() as rows:
                first = list(islice(rows, HEADS))
        except _DAMAGE as error:
            raise InvalidInput(f"the sheet cannot be read: {_told(self.place, error)}", file=self.label) from error
        self.heads = [head for number, cells in first if (head := self._head(number, cells))]
        if not self.heads:
            raise InvalidInput("the sheet is empty", file=self.label)
        self.columns: tuple[str, ...] = self.heads[0].columns
        self._header_line = self.heads[0].line

    def use(self, head: Head) -> None:
        self.columns = check_header(head, self.label)
        self._header_line = head.line

    def done(self) -> int:
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size

    def rows(self) -> Iterator[Raw]:
        """The rows below the header that hold something."""
        line, columns = self._header_line, self.columns
        try:
            with self._rows() as rows:
                for number, cells in rows:
                    if number > self._header_line:
                        line = number
                        yield _raw(number, cells, columns)
        except _DAMAGE as error:
            yield Raw(line + 1, {}, Problem("", "the sheet is damaged from here on", f" ({_told(self.place, error)})"))
        yield from unchanged(self.place, self._book.stamp, line + 1)

    @contextmanager
    def _rows(self) -> Iterator[Iterator[Row]]:
        values = self._book.values()
        with self._book.archive() as archive, archive.open(self._part) as stream:
            self._raw = archive.fp  # type: ignore[assignment]
            yield read_rows(stream, values, self._merges)  # type: ignore[arg-type]

    def _head(self, number: int, cells: dict[int, object]) -> Head | None:
        if any(bottom > number for _, bottom in self._merges.get(number, ())):
            return None  # a header of several rows: the last of them has its names, those above in what is merged down to it
        return Head(number, tuple([str(cells.get(one, "")).strip() for one in range(1, max(cells) + 1)]))


def _raw(number: int, cells: dict[int, object], columns: tuple[str, ...]) -> Raw:
    row: dict[str, object] = {}
    failed: Problem | None = None
    width = len(columns)
    for column, value in cells.items():
        name = (columns[column - 1] if column <= width else "") or f"[{column_letters(column)}]"
        if isinstance(value, Failed):
            failed = failed or Problem(name, value.rule, f" ({value.shown})")
            row[name] = value.shown
        else:
            row[name] = value
    return Raw(number, row, failed)


def sheets(place: Place) -> Iterator[Sheet | InvalidInput]:
    """The sheets of a workbook, or why one is not read. Raises InvalidInput for what is no workbook."""
    book = Workbook(place)
    visible = [one for one in book.sheets if not one.is_hidden]
    for info in book.sheets:
        label = f"{place.label}/{shown(info.title)}"
        if info.is_hidden:
            yield InvalidInput("is a hidden sheet", file=label)
            continue
        try:
            yield Sheet(book, info, is_only=len(visible) == 1)
        except InvalidInput as error:
            yield error
