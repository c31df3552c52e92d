"""The reader of text files: CSV, JSON Lines and JSON documents, in any encoding that ``ingest.read.encodings`` tells, plain, gzipped or in
a zip archive.

In: a place (``ingest.read.archives``). Out: a table of ``Raw`` rows with the physical line on which each starts. Next:
``ingest.read.tables`` lists the tables, ``ingest.choose`` picks a form for each, and ``ingest.row_reader`` takes the rows;
``ingest.read.office`` makes rows of the same type.

A row that cannot be read (bytes that are none of the encoding's, invalid JSON, a quote that never closes, too many cells) carries its
``Problem`` and the next row is read as if nothing had been. All are streamed: no row holds more than a bounded part of the
file in memory.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from graph.errors import InvalidInput
from graph.language import N_, Message
from ingest.read.archives import DAMAGE, Place
from ingest.read.delimited import HEADS, ROW_BYTES, Records, damage_of, delimiter_of, named_delimiter
from ingest.read.documents import NO_DOCUMENT, Broken, documents
from ingest.read.encodings import BROKEN, encoding_of, spoken
from ingest.read.json_rows import HALF, is_text, json_row, printable
from ingest.read.spreadsheets import error_cells, restored, retyped
from ingest.read.unread import Unread, Why
from ingest.rows.models import Problem

COLUMNS = 16_384
"""More than a spreadsheet can have are no header."""
PROBLEM = "_problem"
"""The column that a file of rejected rows has besides its own; ignored when the file is fed again."""
LANDED = "_row"
"""The column that a file of rejected rows has for rows without an id of their own: the id under which the row landed."""
OWN_COLUMNS = frozenset([PROBLEM, LANDED])
BLOCK = 1 << 18
"""Bytes, or characters, of a JSON document that are read at once."""

JSON_ROWS = 100
"""Rows of JSON Lines that tell which columns there are; a later row may bring more."""
_SAMPLE = 1 << 16


class Raw(NamedTuple):
    """One row as it lies in the file, cells by the file's own column names. ``problem``: of the row as a whole; ``aside``: of cells that
    hold no value."""

    line: int
    cells: dict[str, object]
    problem: Problem | None = None
    aside: tuple[Problem, ...] = ()


class Head(NamedTuple):
    """A row that may be the header: where it starts, and its cells."""

    line: int
    columns: tuple[str, ...]


class Table(Protocol):
    """Rows under one header: a file, a member of an archive, a sheet of a workbook."""

    @property
    def place(self) -> Place:
        """Where its bytes lie."""

    @property
    def format(self) -> str:
        """The format of its rejected rows: ``csv`` or ``jsonl``."""

    @property
    def encoding(self) -> str:
        """The codec in which it is read."""

    @property
    def heads(self) -> Sequence[Head]:
        """The rows that may be its header, in order; the first is used until ``use`` says otherwise."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The header in use."""

    @property
    def size(self) -> int:
        """Bytes of the file on disk."""

    @property
    def label(self) -> str:
        """What messages call it: ``data/results.csv``, ``data/2024.zip/results.csv``, ``data/2024.xlsx/Results``."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names that may tell what it holds, the nearest first: of the sheet, of the file."""

    def use(self, head: Head) -> None:
        """Make ``head`` the header. Raises InvalidInput if it names a column twice."""

    def done(self) -> int:
        """Bytes of the file on disk that are read."""

    def rows(self) -> Iterator[Raw]:
        """The rows below the header, in order."""


def data_format(name: str) -> str | None:
    """``csv`` or ``jsonl`` (of a JSON document too) by a file's name, with or without ``.gz``; None for anything else."""
    name = name.lower().removesuffix(".gz")
    forms = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "json": "jsonl"}
    return forms.get(name.rpartition(".")[2]) if "." in name else None


def is_document(name: str) -> bool:
    """Whether a file is one JSON document rather than lines of them."""
    return name.lower().removesuffix(".gz").endswith(".json")


def check_header(head: Head, label: str) -> tuple[str, ...]:
    """The columns of ``head``. Raises InvalidInput if there are too many, or one is there twice."""
    if len(head.columns) > COLUMNS:
        raise InvalidInput(Message("the header has more than {columns:,} columns", columns=COLUMNS), file=label, line=head.line)
    seen: set[str] = set()
    for one in head.columns:
        if one and one in seen:
            raise InvalidInput(Message("the header names this column twice"), file=label, line=head.line, field=one[:100])
        seen.add(one)
    return head.columns


def unchanged(place: Place, stamp: tuple[int, int, int], line: int) -> Iterator[Raw]:
    """A row with a problem if the file is not what it was when its header was read."""
    try:
        same = place.stamp() == stamp
    except OSError:
        same = False
    if not same:
        yield Raw(line, {}, Problem("", "the file was changed while it was read: feed it again"))


class RowFile:
    """A file of rows. ``columns`` are its header (of JSON Lines: the keys of the first row that can be read)."""

    def __init__(self, place: Path | Place, encoding: str | None = None) -> None:
        """Look at the beginning of the file; ``encoding`` is a codec where a person names it.

        Raises InvalidInput if it cannot be read as a table at all.
        """
        self.place = place if isinstance(place, Place) else Place.of(place)
        self._stamp = self.place.stamp()
        self.size = self._stamp[1]
        self.format = data_format(self.place.name) or "csv"
        self._raw: BinaryIO | None = None
        try:
            with self.place.open() as (stream, _):
                sample = self._sample(stream)
        except (*DAMAGE, NotImplementedError) as error:
            raise InvalidInput(Message("the file cannot be unpacked: {error}", error=error), file=self.label) from error
        try:
            self.encoding = encoding or encoding_of(sample)
        except InvalidInput as error:
            raise Unread(error.rule, file=self.label) from error
        self._delimiter = ","
        self.heads: list[Head] = []
        self._header_line = 0
        self._is_rejects = False
        if self.format == "csv":
            self._delimiter = delimiter_of(sample.decode(self.encoding, BROKEN))
            self.heads = self._csv_heads(sample)
            self.use(self.heads[0])
        else:
            self.columns = self._json_columns()
            self.heads = [Head(1, self.columns)]

    @property
    def label(self) -> str:
        return self.place.label

    @property
    def names(self) -> tuple[str, ...]:
        return (self.place.base,)

    def use(self, head: Head) -> None:
        if self.format == "jsonl":
            return  # every row names its own columns
        self.columns = check_header(head, self.label)
        self._header_line = head.line
        self._is_rejects = PROBLEM in head.columns
        if self._is_rejects:
            self.columns = tuple(map(restored, head.columns))

    def done(self) -> int:
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size

    def rows(self) -> Iterator[Raw]:
        """All rows in order; blank lines are passed over and counted as lines."""
        line = 0
        with self.place.open() as (stream, self._raw):
            for raw in (self._csv_rows if self.format == "csv" else self._json_rows)(stream):
                line = raw.line
                yield raw
        yield from unchanged(self.place, self._stamp, line + 1)

    def _sample(self, stream: BinaryIO) -> bytes:
        """The first block; of a CSV file the first that holds more than ASCII, for its encoding, after the first lines."""
        sample = head = stream.read(_SAMPLE)
        if not head.strip():
            raise Unread("the file is empty", Why.EMPTY, file=self.label)
        if head.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
            raise InvalidInput(Message("is a workbook or an archive, not text: name it .xlsx or .zip"), file=self.label)
        with suppress(*DAMAGE):  # told when the rows are read
            while self.format == "csv" and sample.isascii() and (more := stream.read(_SAMPLE)):
                sample = more
        return head if sample is head else head + sample[sample.find(b"\n") + 1 :]

    def widen(self) -> bool:
        """Look at the names of all rows of JSON, not of the first alone; whether there are more."""
        before = len(self.columns)
        if self.format == "jsonl":
            self.columns = self._json_columns(None)
            self.heads = [Head(1, self.columns)]
        return len(self.columns) > before

    # -- CSV

    def _text(self, stream: BinaryIO) -> io.TextIOWrapper:
        return io.TextIOWrapper(stream, encoding=self.encoding, errors=BROKEN, newline="")

    @property
    def _has_halves(self) -> bool:
        """Whether what is broken is half a character, rather than bytes of another encoding."""
        return self.encoding.startswith("utf-16")

    def _csv_heads(self, sample: bytes) -> list[Head]:
        heads: list[Head] = []
        with ExitStack() as stack:
            stream = io.BytesIO(sample) if len(sample) < _SAMPLE else stack.enter_context(self.place.open()).stream
            for line, found, rule in islice(Records(self._text(stream), self._delimiter), HEADS):
                cells = list(map(printable, found)) if self._has_halves and not rule else found
                if line == 1 and named_delimiter(self._delimiter.join(cells)) == self._delimiter:
                    continue
                if not heads and rule:
                    raise InvalidInput(Message("the header is not CSV: {rule}", rule=rule), file=self.label, line=line)
                if not rule and any(cells) and is_text("".join(cells)):
                    heads.append(Head(line, tuple([cell.strip() for cell in cells])))
                elif not heads and any(cells):
                    name = spoken(self.encoding)
                    raise InvalidInput(
                        Message("the header is not {name}: name the encoding with --encoding", name=name), file=self.label, line=line
                    )
        if not heads:
            raise Unread("the file is empty", Why.EMPTY, file=self.label)
        return heads

    def _csv_rows(self, stream: BinaryIO) -> Iterator[Raw]:
        header, header_line, is_rejects = self.columns, self._header_line, self._is_rejects
        foreign = Message("is not {encoding}", encoding=spoken(self.encoding))
        width = len(header)
        for line, found, rule in Records(self._text(stream), self._delimiter):
            if line <= header_line or (not rule and not any(found)):
                continue
            cells = [restored(cell) for cell in found] if is_rejects else found
            problem = Problem("", rule) if rule else None
            if rule is None and len(cells) != width:
                problem = Problem(
                    "",
                    N_("has more cells than the header") if len(cells) > width else N_("has fewer cells than the header"),
                    Message(" ({count}, not {width})", count=len(cells), width=width),
                )
            row: dict[str, object] = dict(zip(header, cells))  # noqa: B905 (a row may be short: it is rejected, with what it has)
            if len(cells) > width and width:
                row[header[-1]] = self._delimiter.join(cells[width - 1 :])
            text = "".join(cells)
            if not is_text(text) and self._has_halves:
                halves = tuple([Problem(name, HALF) for name, cell in row.items() if not is_text(str(cell))])
                yield Raw(line, {name: printable(str(cell)) for name, cell in row.items()}, problem, halves)
            elif not is_text(text):
                yield Raw(line, {name: printable(str(cell)) for name, cell in row.items()}, Problem("", foreign))
            elif "#" in text and problem is None:
                yield Raw(line, row, None, error_cells(row))
            else:
                yield Raw(line, retyped(row) if is_rejects else row, problem)

    # -- JSON Lines

    def _json_columns(self, rows: int | None = JSON_ROWS) -> tuple[str, ...]:
        """The columns of the first rows: each row names its own."""
        columns: dict[str, None] = {}
        for raw in islice(self.rows(), rows):
            if raw.problem is None and len(columns) < COLUMNS:
                columns.update(dict.fromkeys(raw.cells))
        return tuple(islice(columns, COLUMNS))

    def _json_rows(self, stream: BinaryIO) -> Iterator[Raw]:
        if is_document(self.place.name):
            yield from self._document_rows()
            return
        readline = stream.readline if self.encoding == "utf-8-sig" else _utf8_lines(self._text(stream))
        number = 0
        try:
            while line := readline(ROW_BYTES + 1):
                number += 1
                if len(line) > ROW_BYTES:
                    yield _too_long(number)
                    while line and not line.endswith(b"\n"):
                        line = readline(ROW_BYTES)
                    continue
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if not line.isspace():
                    yield Raw(number, *json_row(line))
        except DAMAGE as error:
            yield Raw(number + 1, {}, Problem("", damage_of(error)))

    def _document_rows(self) -> Iterator[Raw]:
        line = 0
        with ExitStack() as stack:

            def blocks() -> Iterator[bytes]:
                stream, self._raw = stack.enter_context(self.place.open())
                if self.encoding == "utf-8-sig":
                    yield from iter(partial(stream.read, BLOCK), b"")
                else:
                    text = self._text(stream)
                    yield from (part.encode("utf-8", "surrogateescape") for part in iter(partial(text.read, BLOCK), ""))

            try:
                for line, one in documents(blocks):
                    yield Raw(line, *json_row(one)) if one is not None else _too_long(line)
            except Broken as broken:
                yield Raw(broken.line, {}, Problem("", broken.rule if line else NO_DOCUMENT))
            except DAMAGE as error:
                yield Raw(line + 1, {}, Problem("", damage_of(error)))


def _too_long(line: int) -> Raw:
    return Raw(line, {}, Problem("", Message("is longer than {size} MiB", size=ROW_BYTES >> 20)))


def _utf8_lines(text: io.TextIOWrapper) -> Callable[[int], bytes]:
    return lambda size: text.readline(size).encode("utf-8", "surrogateescape")
