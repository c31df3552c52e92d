"""JSON documents: the rows of an array of objects, or of an answer of an API that holds an array.

In: the bytes of a ``.json`` file, block by block. Out: its objects one by one with the line on which each starts, undecoded. Next:
``ingest.read.readers`` has them decoded by ``ingest.read.json_rows``.

Only the signs that divide rows are looked at, by regular expressions that never go back: a row and a block are in memory and no more,
nesting of any depth costs nothing but its row, and so does a row that is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from graph.language import N_
from ingest.read.delimited import ROW_BYTES

LISTS = ("results", "items", "data", "hits")
"""Where the answers of known APIs keep their rows, the likeliest first."""
NO_DOCUMENT = N_("is not a JSON document: a list of objects, or an object that holds one")
CUT_OFF = N_("the JSON document is broken from here on")

_KEYS = {f'"{one}"'.encode(): at for at, one in enumerate(LISTS)}
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+', re.DOTALL)
_TO_END = re.compile(rb'[^"\[\]{},:]*+(?:' + _STRING + rb'[^"\[\]{},:]*+)*+', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")

Blocks = Callable[[], Iterable[bytes]]
"""Begins the document anew."""


class Broken(Exception):
    """A document ends or breaks off; ``line``: where."""

    def __init__(self, line: int, rule: str) -> None:
        super().__init__(rule)
        self.line, self.rule = line, rule


def documents(blocks: Blocks) -> Iterator[tuple[int, bytes | None]]:
    """(line, JSON) of each row of a document, None for one that is longer than a row may be; an object without a list of rows is a row
    itself. Raises ``Broken`` where the document breaks off, after the rows before."""
    key = None
    text = _Text(blocks())
    match text.next():
        case 0x5B:  # [
            pass
        case 0x7B:  # {
            key = _list_in(text)
            text = _Text(blocks())
            text.next()
            if key is None:
                yield text.line, text.value()
                text.ended()
                return
            _go_to(text, key)
        case _:
            raise Broken(1, NO_DOCUMENT)
    yield from _rows(text)
    if key is not None:
        for _ in _pairs(text, more=True):
            text.value(keep=False)
    text.ended()


def members(row: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of an object, as they are written. Raises ``Broken`` where it breaks off."""
    text = _Text([row])
    if text.next() == 0x7B:
        for key in _pairs(text):
            text.next()
            yield key or b"", text.value() or b""


def _rows(text: _Text) -> Iterator[tuple[int, bytes | None]]:
    """The elements of the list that begins here."""
    text.at += 1
    if text.next() == 0x5D:
        text.at += 1
        return
    while True:
        if text.next() in (0x2C, 0x5D, -1):
            raise text.broken()
        yield text.line, text.value()
        if not text.goes_on(0x5D):
            return


def _pairs(text: _Text, *, more: bool = False) -> Iterator[bytes | None]:
    """The keys of the object that begins here, or goes on (``more``); whoever takes one reads its value before the next."""
    if not more:
        text.at += 1
        if text.next() == 0x7D:
            text.at += 1
            return
    while True:
        if more and not text.goes_on(0x7D):
            return
        if text.next() != 0x22:
            raise text.broken()
        key = text.value()
        if text.next() != 0x3A:
            raise text.broken()
        text.at += 1
        yield key
        more = True


def _list_in(text: _Text) -> bytes | None:
    """The key under which an object keeps its rows, the likeliest of several; None where it keeps none, or breaks off before."""
    best: bytes | None = None
    try:
        for key in _pairs(text):
            if key in _KEYS and text.next() == 0x5B and (best is None or _KEYS[key] < _KEYS[best]):
                best = key
                if _KEYS[key] == 0:
                    break
            text.value(keep=False)
    except Broken:
        pass  # told when its rows are read
    return best


def _go_to(text: _Text, wanted: bytes) -> None:
    for key in _pairs(text):
        if key == wanted and text.next() == 0x5B:
            return
        text.value(keep=False)


class _Text:
    """The bytes of a document from ``at`` on. ``line``: that of the sign which ``next`` found."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._data, self._counted, self.at, self.line = b"", 0, 0, 1
        self._kept: int | None = None
        while len(self._data) < 3 and self._more():
            pass
        self._data = self._data.removeprefix(b"\xef\xbb\xbf")

    def _more(self) -> bool:
        block = next(self._blocks, b"")
        start = self.at if self._kept is None else self._kept
        self._count(start)
        self._data = self._data[start:] + block
        self.at -= start
        self._counted -= start
        self._kept = None if self._kept is None else 0
        return bool(block)

    def _count(self, to: int) -> None:
        if to > self._counted:
            self.line += self._data.count(b"\n", self._counted, to)
            self._counted = to

    def next(self) -> int:
        """The next sign that is no white space; -1 at the end."""
        while True:
            self.at = _SPACE.match(self._data, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self._data):
                self._count(self.at)
                return self._data[self.at]
            if not self._more():
                return -1

    def value(self, *, keep: bool = True) -> bytes | None:
        """The value that begins here, up to the sign that ends it; None if it is too long, or is not to be kept."""
        self._kept = self.at if keep else None
        depth, in_string = 0, False
        while True:
            pattern = _IN_STRING if in_string else _TO_BRACKET if depth else _TO_END
            self.at = pattern.match(self._data, self.at).end()  # type: ignore[union-attr]
            sign = self._data[self.at] if self.at < len(self._data) else -1
            if in_string:
                if sign != 0x22:  # the end of the block, perhaps in the middle of an escape
                    self._go_on(whole=False)
                    continue
                in_string = False
            elif sign == -1:
                if not self._go_on(whole=depth == 0):
                    break
                continue
            elif sign == 0x22:
                in_string = True
            elif sign in b"[{":
                depth += 1
            elif depth == 0:
                break
            elif sign in b"]}":
                depth -= 1
            self.at += 1
            if depth == 0 and sign in b"]}":
                break
        start, self._kept = self._kept, None
        return self._data[start : self.at] if start is not None and self.at - start <= ROW_BYTES else None

    def _go_on(self, *, whole: bool) -> bool:
        """Read on inside a value, which is given up once it is too long. Raises ``Broken`` at the end where a value is not ``whole``."""
        if self._kept is not None and self.at - self._kept > ROW_BYTES:
            self._kept = None
        if self._more():
            return True
        if not whole:
            raise self.broken()
        return False

    def goes_on(self, end: int) -> bool:
        """Step over the sign behind an element: whether it is a comma. Raises ``Broken`` if it is not the ``end`` either."""
        sign = self.next()
        if sign not in (0x2C, end):
            raise self.broken()
        self.at += 1
        return sign == 0x2C

    def ended(self) -> None:
        """Raise ``Broken`` if anything follows."""
        if self.next() != -1:
            raise self.broken()

    def broken(self) -> Broken:
        self._count(self.at)
        return Broken(self.line, CUT_OFF)
