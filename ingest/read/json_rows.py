"""A row of JSON: its cells, or why it is none.

In: the bytes of an object, a line of JSON Lines or an element of a JSON document. Out: cells by the row's own names, a problem of the row,
problems of cells. Next: ``ingest.read.readers`` makes raw rows of them.

What is nested too deep (``ingest.cells.broken``) is no row: whatever walks through a cell may go as deep as that and need not count.
Half a character (``"\\ud83d"`` alone) is no text that can be stored: its cell is set aside, a name that holds it is left out.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import msgspec

from graph.language import N_
from ingest.cells.broken import TOO_DEEP, is_deep
from ingest.read.documents import Broken, members
from ingest.rows.models import Problem

HALF = N_("holds half a character, which is no text")
UNREADABLE = "_line"
"""Where a file of rejected rows keeps a line that was not JSON; read as that line when the file is fed again."""

_decode = msgspec.json.Decoder().decode
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_MENDED = rb"\ufffd"
_HALF = re.compile("[\ud800-\udfff]")


class Cells(NamedTuple):
    """What a row says."""

    cells: dict[str, object]
    problem: Problem | None = None
    aside: tuple[Problem, ...] = ()


def json_row(line: bytes) -> Cells:
    """The cells of a row."""
    aside: tuple[Problem, ...] = ()
    try:
        if is_deep(line):
            return _too_deep(line)
        try:
            cells = _decode(line)
        except msgspec.DecodeError:
            cells, aside = _without_halves(line)
        if isinstance(cells, dict) and isinstance(cells.get(UNREADABLE), str):
            line = cells[UNREADABLE].encode()
            if is_deep(line):
                return _too_deep(line)
            cells = _decode(line)
    except (ValueError, RecursionError):  # a DecodeError, bytes that are no text, a number of more digits than Python reads
        rule = N_("is not valid JSON") if is_text(_decoded(line)) else N_("is not UTF-8")
        return Cells({UNREADABLE: printable(_decoded(line)).strip()}, Problem("", rule))
    if not isinstance(cells, dict):
        return Cells({UNREADABLE: printable(_decoded(line)).strip()}, Problem("", "must be a JSON object"))
    return Cells(cells, None, aside)


def _too_deep(line: bytes) -> Cells:
    field = ""
    with suppress(Broken):
        for key in members(line):
            field = printable(_decoded(key[0].strip(b'"'))) if is_deep(key[1]) else field
    return Cells({UNREADABLE: printable(_decoded(line)).strip()}, Problem(field, TOO_DEEP))


def _without_halves(line: bytes) -> tuple[object, tuple[Problem, ...]]:
    """A row whose texts hold halves of characters, with a replacement character for each, and the cells that hold them. Raises
    ``msgspec.DecodeError`` for a row that is no JSON without them."""
    whole, other = _decode(_ESCAPE.sub(partial(_mended, _MENDED), line)), _decode(_ESCAPE.sub(partial(_mended, b"?"), line))
    if not isinstance(whole, dict) or not isinstance(other, dict):
        return whole, ()
    return whole, tuple([Problem(name, HALF) for name, value in whole.items() if name in other and other[name] != value])


def _mended(sign: bytes, found: re.Match[bytes]) -> bytes:
    return sign if found["half"] else found[0]


def is_text(text: str) -> bool:
    """Whether all its bytes were of the encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """``text`` with bytes that are not UTF-8, and halves of characters, replaced by the replacement character."""
    return _HALF.sub("\ufffd", text)


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
