"""CSV: the records of a text with the line on which each starts, and the delimiter that a text has.

In: decoded text. Out: records; of a record that does not parse, the rule that it breaks. Next: ``ingest.read.readers`` makes raw rows of
them. What does not parse costs its own record and no other.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from graph.language import Message
from ingest.read.archives import DAMAGE, Oversized

ROW_BYTES = 4 << 20
"""A longer line is not a row."""
ROW_LINES = 2_000
"""A quoted cell over more lines than this was never closed."""
HEADS = 20
"""Rows at the beginning of a table among which its header is: titles and remarks may stand above it."""

_DELIMITERS = ",;\t"
_NAMED = re.compile(r"\ufeff?\s*sep=(.)\s*", re.IGNORECASE)
csv.field_size_limit(ROW_BYTES)


def delimiter_of(text: str) -> str:
    """The delimiter of a text, by its first rows: the one that a first line ``sep=;`` names, or else the one that cuts the most rows
    to one width, of several the one with the most cells. A title above the header may hold another one, and so may the texts in the
    cells."""
    first = text.partition("\n")[0]
    if named := named_delimiter(first):
        return named
    best, most = ",", (0, 0)
    for one in _DELIMITERS:
        widths: Counter[int] = Counter()
        with suppress(csv.Error):  # a cell without an end, of the longest that may be
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=one)
            widths.update(len(row) for row in islice(rows, HEADS))
        count = max(((rows, rows * (width - 1)) for width, rows in widths.items() if width > 1), default=(0, 0))
        if count > most:
            best, most = one, count
    return best


def named_delimiter(line: str) -> str | None:
    """What a line such as ``sep=;``, which Excel reads and does not show, names as the delimiter."""
    found = _NAMED.fullmatch(line)
    return found[1] if found and not found[1].isalnum() and found[1] != '"' else None


def damage_of(error: Exception) -> str:
    """What a reader says where an archive cannot be read on."""
    return str(error) if isinstance(error, Oversized) else Message("the compressed file is damaged from here on")


class Records:
    """CSV records with the line each starts on. What follows a record that does not parse is read afresh from its next line."""

    def __init__(self, text: io.TextIOWrapper, delimiter: str) -> None:
        self._text, self._delimiter = text, delimiter
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[tuple[int, list[str], str | None]]:
        reader: Iterator[list[str]] = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
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
                cells, rule, reader = self._first_only(Message("a quote is opened and never closed"))
            except csv.Error as error:
                unclosed = "unexpected end of data" in str(error)
                cells, rule, reader = self._first_only(
                    Message("a quote is opened and never closed") if unclosed else Message("quotes inside a cell must be doubled")
                )
            except DAMAGE as error:
                yield line, [], damage_of(error)
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
            rule, part = Message("is longer than {size} MiB", size=ROW_BYTES >> 20), first
            while part and not part.endswith(("\n", "\r")):
                part = self._text.readline(ROW_BYTES)
            first = first[:1000]
        self._again.extendleft(reversed(rest))
        self._taken[:] = [first]
        cells = next(csv.reader([first.rstrip("\r\n").replace('"', "")], delimiter=self._delimiter), [])
        return cells, rule, csv.reader(self._lines(), delimiter=self._delimiter, strict=True)


class _Endless(Exception):
    """A record takes more lines or bytes than a row may."""
