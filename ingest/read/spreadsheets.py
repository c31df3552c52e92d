"""The traces of spreadsheet programs in text: errors that they leave in cells, and texts that they would run as formulas.

In: cells. Out: the first cell that holds an error; a cell guarded against being run, and the same cell restored. Next:
``ingest.read.readers`` and ``ingest.read.office.odf_values`` look for errors and restore cells, ``ingest.rejects`` guards cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.rows.models import Problem

ERRORS = frozenset(["#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"])
"""What a formula that failed leaves in its cell."""
_SERIAL = re.compile("[1-9][0-9]{4}", re.ASCII)
_FORMULA = re.compile(r"((?:\A|[;\t\r\n])[\s']*)([=+\-@＝＋－＠])")
_GUARDED = re.compile(r"((?:\A|[;\t\r\n])[\s']*)'([=+\-@＝＋－＠])")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?%?", re.ASCII)


def error_cells(row: Mapping[str, object]) -> tuple[Problem, ...]:
    """What formulas that failed leave behind is no text: a problem for each such cell."""
    found = [(name, value.strip()) for name, value in row.items() if isinstance(value, str) and value.strip() in ERRORS]
    return tuple([Problem(name, "is an error of a spreadsheet", f" ({text})") for name, text in found])


def retyped(row: dict[str, object]) -> dict[str, object]:
    """A row of a file of rejected rows with its days as numbers again: a workbook's cell held 45108, text of CSV does not tell."""
    return {name: int(value) if isinstance(value, str) and _SERIAL.fullmatch(value) else value for name, value in row.items()}


def guarded(text: str) -> str:
    """``text`` as a file of rejected rows holds it: an apostrophe goes before what a spreadsheet program would take for a formula.

    That is a cell's first ``= + - @`` (full-width ones too), and one after ``;``, a tab or a line break, at which programs of
    other habits cut a line. Plain numbers stay. ``restored`` takes exactly these apostrophes away.
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'\2", text)


def restored(text: str) -> str:
    """``text`` without the apostrophes of ``guarded``."""
    return _GUARDED.sub(r"\1\2", text)
