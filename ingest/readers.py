"""Files -> raw rows, streamed: CSV, JSON Lines and JSON documents, plain or gzipped, UTF-8.

In: a path. Out: ``Raw`` rows with the physical line on which each starts, to ``ingest.forms``. A row that cannot be read (bytes
that are not UTF-8, invalid JSON, a quote that never closes, too many cells) carries its ``Problem`` and the next row is
read as if nothing had been; no row holds more than a bounded part of the file in memory.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from graph.errors import InvalidInput
from ingest.documents import documents
from ingest.rows import Problem

ROW_BYTES = 4 << 20
"""A longer line is not a row."""
ROW_LINES = 2_000
"""A quoted cell over more lines than this was never closed."""
PROBLEM = "_problem"
"""The column that a file of rejected rows has besides its own; ignored when the file is fed again."""
UNREADABLE = "_line"
"""Where a file of rejected rows keeps a line that was not JSON; read as that line when the file is fed again."""

_DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)
csv.field_size_limit(ROW_BYTES)


class Raw(NamedTuple):
    """One row as it lies in the file, cells by the file's own column names."""

    line: int
    cells: dict[str, object]
    problem: Problem | None = None


def data_format(path: Path) -> str | None:
    """``csv`` or ``jsonl`` (of a JSON document too) by the file's name, with or without ``.gz``; None for anything else."""
    suffix = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    return {"csv": "csv", "jsonl": "jsonl", "json": "jsonl"}.get(suffix)


def is_document(path: Path) -> bool:
    """Whether a file is one JSON document rather than lines of them."""
    return path.name.lower().removesuffix(".gz").endswith(".json")


class RowFile:
    """A file of rows. ``columns`` are its header (of JSON Lines: the keys of the first row that can be read)."""

    def __init__(self, path: Path) -> None:
        """Look at the head of ``path``. Raises InvalidInput if it cannot be read as a table at all."""
        self.path = path
        self.size = path.stat().st_size
        self.format = data_format(path)
        self._delimiter = ","
        self._raw: BinaryIO | None = None
        with self._open() as stream:
            head = self._head(stream)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head[:1000]:
            raise InvalidInput("the file is UTF-16, not UTF-8: save it as UTF-8", file=str(path), line=1)
        self.columns = self._csv_columns(head) if self.format == "csv" else self._json_columns()

    def done(self) -> int:
        """Bytes of the file read so far (of a gzipped file: compressed bytes)."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size

    def rows(self) -> Iterator[Raw]:
        """All rows in order; blank lines are passed over and counted as lines."""
        with self._open() as stream:
            yield from (self._csv_rows if self.format == "csv" else self._json_rows)(stream)

    def _open(self) -> BinaryIO | gzip.GzipFile:
        raw = self.path.open("rb")  # closed by the caller, through the reader put around it
        self._raw = raw
        if self.path.name.lower().endswith(".gz"):
            return _OwningGzip(raw)
        return raw

    def _head(self, stream: BinaryIO | gzip.GzipFile) -> bytes:
        try:
            head = stream.read(1 << 16)
        except _DAMAGE as error:
            raise InvalidInput(f"the file cannot be unpacked: {error}", file=str(self.path)) from error
        if not head.strip():
            raise InvalidInput("the file is empty", file=str(self.path))
        return head

    # -- CSV

    def _csv_columns(self, head: bytes) -> tuple[str, ...]:
        text = _decoded(head.removeprefix(b"\xef\xbb\xbf"))
        first = text.partition("\n")[0]
        self._delimiter = max(",;\t", key=first.count)
        lines = io.StringIO(text, newline="")
        try:
            header = tuple(cell.strip() for cell in next(csv.reader(lines, strict=True, delimiter=self._delimiter)))
        except (csv.Error, StopIteration) as error:
            raise InvalidInput(f"the header is not CSV: {error}", file=str(self.path), line=1) from error
        if not _is_utf8("".join(header)):
            rule = "the header is not UTF-8: save the file as UTF-8 (Chinese spreadsheets often write GBK)"
            raise InvalidInput(rule, file=str(self.path), line=1)
        twice = sorted({cell for cell in header if cell and header.count(cell) > 1})
        if twice:
            raise InvalidInput("the header names this column twice", file=str(self.path), line=1, field=twice[0])
        return header

    def _csv_rows(self, stream: BinaryIO | gzip.GzipFile) -> Iterator[Raw]:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        records = _Records(text, self._delimiter)
        header = self.columns
        width = len(header)
        for number, (line, cells, rule) in enumerate(records):
            if number == 0 or (not rule and not any(cells)):
                continue
            problem = Problem("", rule) if rule else None
            if rule is None and len(cells) != width:
                problem = Problem(
                    "", f"has {'more' if len(cells) > width else 'fewer'} cells than the header", f" ({len(cells)}, not {width})"
                )
            row: dict[str, object] = dict(zip(header, cells))  # noqa: B905 (a row may be short: it is rejected, with what it has)
            if len(cells) > width and width:
                row[header[-1]] = ",".join(cells[width - 1 :])
            if not _is_utf8("".join(cells)):
                yield Raw(line, {name: _shown(str(cell)) for name, cell in row.items()}, Problem("", "is not UTF-8"))
            else:
                yield Raw(line, row, problem)

    # -- JSON Lines

    def _json_columns(self) -> tuple[str, ...]:
        for number, raw in enumerate(self.rows()):
            if raw.problem is None or number == 100:
                return tuple(raw.cells)
        return ()

    def _json_rows(self, stream: BinaryIO | gzip.GzipFile) -> Iterator[Raw]:
        decode: Callable[[bytes], object] = msgspec.json.Decoder().decode
        if is_document(self.path):
            yield from _document_rows(stream, decode)
            return
        number = 0
        try:
            while line := stream.readline(ROW_BYTES + 1):
                number += 1
                if len(line) > ROW_BYTES:
                    yield Raw(number, {}, Problem("", f"is longer than {ROW_BYTES >> 20} MiB"))
                    while line and not line.endswith(b"\n"):
                        line = stream.readline(ROW_BYTES)
                    continue
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if not line.isspace():
                    yield _json_row(number, line, decode)
        except _DAMAGE:
            yield Raw(number + 1, {}, Problem("", "the compressed file is damaged from here on"))


def _document_rows(stream: BinaryIO | gzip.GzipFile, decode: Callable[[bytes], object]) -> Iterator[Raw]:
    try:
        for line, one in documents(stream.read()):
            yield _json_row(line, one, decode)
    except _DAMAGE:
        yield Raw(1, {}, Problem("", "the compressed file is damaged"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield Raw(1, {}, Problem("", "is not a JSON document: a list of objects, or an object that holds one"))


def _json_row(number: int, line: bytes, decode: Callable[[bytes], object]) -> Raw:
    try:
        cells = decode(line)
        if isinstance(cells, dict) and isinstance(cells.get(UNREADABLE), str):
            line = cells[UNREADABLE].encode()
            cells = decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rule = "is not valid JSON" if _is_utf8(_decoded(line)) else "is not UTF-8"
        return Raw(number, {UNREADABLE: _shown(_decoded(line)).strip()}, Problem("", rule))
    if not isinstance(cells, dict):
        return Raw(number, {UNREADABLE: _shown(_decoded(line)).strip()}, Problem("", "must be a JSON object"))
    return Raw(number, cells)


class _Records:
    """CSV records with the line each starts on. What follows a record that does not parse is read afresh from its next line."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[tuple[int, list[str], str | None]]:
        reader: Iterator[list[str]] = csv.reader(self._lines(), strict=True, delimiter=self._delimiter)
        line = 1
        while True:
            self._taken.clear()
            self._size = 0
            rule: str | None = None
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _Endless:
                cells, rule, reader = self._first_only("a quote is opened and never closed")
            except csv.Error as error:
                unclosed = "unexpected end of data" in str(error)
                cells, rule, reader = self._first_only(
                    "a quote is opened and never closed" if unclosed else "quotes inside a cell must be doubled"
                )
            except _DAMAGE:
                yield line, [], "the compressed file is damaged from here on"
                return
            yield line, cells, rule
            line += len(self._taken)

    def _lines(self) -> Iterator[str]:
        while True:
            one = self._again.popleft() if self._again else self._text.readline(ROW_BYTES + 1)
            if not one:
                return
            self._taken.append(one)
            self._size += len(one)
            if self._size > ROW_BYTES or len(self._taken) > ROW_LINES:
                raise _Endless
            yield one

    def _first_only(self, rule: str) -> tuple[list[str], str, Iterator[list[str]]]:
        first, *rest = self._taken
        if len(first) > ROW_BYTES:
            rule, part = f"is longer than {ROW_BYTES >> 20} MiB", first
            while part and not part.endswith(("\n", "\r")):
                part = self._text.readline(ROW_BYTES)
            first = first[:1000]
        self._again.extendleft(reversed(rest))
        self._taken[:] = [first]
        cells = next(csv.reader([first.rstrip("\r\n").replace('"', "")], delimiter=self._delimiter), [])
        return cells, rule, csv.reader(self._lines(), strict=True, delimiter=self._delimiter)


class _Endless(Exception):
    """A record takes more lines or bytes than a row may."""


class _OwningGzip(gzip.GzipFile):
    """A gzip reader that closes the file under it."""

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._under = raw

    def close(self) -> None:
        super().close()
        self._under.close()


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    """``text`` with bytes that are not UTF-8 replaced by the replacement character."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
