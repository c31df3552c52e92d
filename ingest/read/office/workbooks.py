"""Workbooks (.xlsx): one table for each sheet.

In: a place (``ingest.read.archives``). Out: ``Sheet``s (``ingest.read.office.grid``): rows with their number, formulas as their computed
values, dates as ISO dates, cells merged over several rows in each of those rows. Next: ``ingest.read.tables`` lists them.
``ingest.read.office.sheetml`` reads the XML.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import BinaryIO

from graph.language import Message
from ingest.read.archives import Place, check_size
from ingest.read.office.grid import BOOK_BYTES, Merges, Row, Sheet, sheet_label, sheet_names
from ingest.read.office.markup import PACKED_DAMAGE, Unreadable, told
from ingest.read.office.sheetml import (
    SheetInfo,
    Values,
    read_merges,
    read_relations,
    read_rows,
    read_sheets,
    read_strings,
    read_styles,
)
from ingest.read.unread import Unread, Why


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
            raise Unread("is not a workbook", file=place.label) from None
        except PACKED_DAMAGE as error:
            raise Unread(Message("the workbook cannot be read: {error}", error=told(error)), file=place.label) from error

    @contextmanager
    def archive(self) -> Iterator[zipfile.ZipFile]:
        """The workbook as the archive that it is."""
        with self.place.open_whole(BOOK_BYTES) as stream, zipfile.ZipFile(stream) as archive:
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


class _Part:
    """The rows of one sheet."""

    def __init__(self, book: Workbook, part: str) -> None:
        """Read the merged cells. Raises Unreadable."""
        self.place, self.stamp = book.place, book.stamp
        self._book, self._part = book, part
        self._raw: BinaryIO | None = None
        try:
            with book.archive() as archive, archive.open(part) as stream:
                self.merges: Merges = read_merges(stream)  # type: ignore[arg-type]
        except PACKED_DAMAGE as error:
            raise Unreadable(told(error)) from error

    def rows(self) -> Generator[Row, None, None]:
        try:
            values = self._book.values()
            with self._book.archive() as archive, archive.open(self._part) as stream:
                self._raw = archive.fp  # type: ignore[assignment]
                yield from read_rows(stream, values, self.merges)  # type: ignore[arg-type]
        except PACKED_DAMAGE as error:
            raise Unreadable(told(error)) from error

    def done(self) -> int:
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.stamp[1]


def sheets(place: Place) -> Iterator[Sheet | Unread]:
    """The sheets of a workbook, or why one is not read. Raises InvalidInput for what is no workbook."""
    book = Workbook(place)
    is_only = sum(not one.is_hidden for one in book.sheets) == 1
    for info in book.sheets:
        label = sheet_label(place, info.title)
        part = book.part(info)
        if info.is_hidden:
            yield Unread("is a hidden sheet", Why.HIDDEN, file=label)
        elif part is None:
            yield Unread("is a chart, not a table", Why.NO_TABLE, file=label)
        else:
            try:
                yield Sheet(_Part(book, part), label, sheet_names(place, info.title, is_only=is_only))
            except Unreadable as error:
                yield Unread(Message("the sheet cannot be read: {error}", error=error), file=label)
            except Unread as error:
                yield error
