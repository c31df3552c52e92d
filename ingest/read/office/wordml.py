"""WordprocessingML, streamed: the tables of a Word file (.docx), each with the paragraphs above it.

In: the XML of the document. Out: ``Found`` tables: cells with their place and what they are merged with. Next:
``ingest.read.office.docx`` makes tables and forms of them. Elements are those of ECMA-376, part 1, section 17.

The text of a cell is that of its paragraphs. Text that was deleted or moved away under tracked changes, text boxes, and the second
form that a program writes for older ones are left out. Ticked and empty boxes, however they were made (a letter of a symbol font, a
form field), become ``☑`` and ``□``. A table inside a cell is a table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from graph.language import Message
from ingest.read.office.markup import Handler, Unreadable, local, parsed

DOCUMENT_BYTES = 64 << 20
"""A longer document is not read: it is held in memory."""
CELLS, COLUMNS, DEPTH = 200_000, 1_000, 20
"""Cells in the tables of one document, columns of a table, tables inside one another."""
_TITLES = 20
_TITLE = 200
_SYMBOLS = {
    **dict.fromkeys((0xF0FE, 0xF052, 0xF0FD, 0xF053, 0xF054, 0xF078, 0xF051), "☑"),
    **dict.fromkeys((0xF0FC, 0xF050), "√"),
    **dict.fromkeys((0xF0A8, 0xF06F, 0xF071, 0xF072, 0xF0A3, 0xF02A, 0xF030), "□"),
}
"""Letters of the Wingdings fonts that forms use as boxes and ticks, where a document keeps them."""
_OUT = ("Fallback", "txbxContent", "moveFrom", "del", "pict", "object")


class Cell(NamedTuple):
    """``text`` at ``column`` (from 1), ``span`` columns wide; ``goes_on``: it belongs to the cell above it."""

    column: int
    span: int
    text: str
    goes_on: bool


@dataclass(slots=True)
class Found:
    """A table; ``above``: the paragraphs between it and the table before it, the nearest last."""

    above: tuple[str, ...]
    rows: list[list[Cell]] = field(default_factory=list)


class _Open:
    """A table that is not at its end yet, and the cell that it is in."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.column = self.span = 1
        self.goes_on = self.is_beside = False
        self.paragraphs: list[str] = []


class _Document(Handler):
    def __init__(self) -> None:
        self.found: list[Found] = []
        self._open: list[_Open] = []
        self._above: list[str] = []
        self._parts: list[str] = []
        self._runs = self._out = self._cells = 0
        self._is_text = False
        self._box: bool | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._out or name in _OUT:
            self._out += 1
        elif name == "tbl":
            self._paragraph()
            if len(self._open) == DEPTH:
                raise Unreadable(Message("has tables inside tables, more than {depth} deep", depth=DEPTH))
            found = Found(tuple(self._above))
            self._above.clear()
            self.found.append(found)
            self._open.append(_Open(found))
        elif name == "r":
            self._runs += 1
        elif name == "p":
            self._paragraph()
        elif self._runs:
            self._in_run(name, attributes)
        elif self._open:
            self._in_table(self._open[-1], name, attributes)

    def _in_run(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._is_text = True
        elif name in ("br", "cr"):
            self._parts.append("\n")
        elif name == "tab":
            self._parts.append("\t")
        elif name == "noBreakHyphen":
            self._parts.append("-")
        elif name == "sym":
            code = local(attributes).get("char", "")
            self._parts.append(_SYMBOLS.get(int(code, 16), "") if code.isalnum() and code.isascii() and len(code) == 4 else "")
        elif name == "checkBox":
            self._box = False
        elif name in ("default", "checked") and self._box is not None:
            self._box = local(attributes).get("val", "1") in ("1", "true", "on")

    def _in_table(self, table: _Open, name: str, attributes: dict[str, str]) -> None:
        if name == "tr":
            table.found.rows.append([])
            table.column = 1
        elif name == "gridBefore":
            table.column += _number(attributes)
        elif name == "tc":
            table.span, table.goes_on, table.is_beside = 1, False, False
            table.paragraphs.clear()
        elif name == "gridSpan":
            table.span = max(1, _number(attributes))
        elif name in ("vMerge", "hMerge") and local(attributes).get("val", "continue") != "restart":
            if name == "vMerge":
                table.goes_on = True
            else:
                table.is_beside = True

    def end(self, name: str) -> None:
        if self._out:
            self._out -= 1
        elif name == "r":
            self._runs = max(0, self._runs - 1)
        elif name == "t":
            self._is_text = False
        elif name == "checkBox" and self._box is not None:
            self._parts.append("☑" if self._box else "□")
            self._box = None
        elif name == "p":
            self._paragraph()
        elif name == "tc" and self._open:
            self._cell(self._open[-1])
        elif name == "tbl" and self._open:
            self._paragraph()
            self._open.pop()

    def _cell(self, table: _Open) -> None:
        self._paragraph()
        text = "\n".join(table.paragraphs).strip()
        table.paragraphs.clear()
        if not table.found.rows or table.column + table.span > COLUMNS:
            raise Unreadable(Message("a table has cells without a row, or more than {columns:,} columns", columns=COLUMNS))
        row = table.found.rows[-1]
        if table.is_beside and row:
            row[-1] = row[-1]._replace(span=row[-1].span + table.span)
        else:
            row.append(Cell(table.column, table.span, text, table.goes_on))
        table.column += table.span
        self._cells += 1
        if self._cells > CELLS:
            raise Unreadable(Message("has more than {cells:,} cells in its tables", cells=CELLS))

    def _paragraph(self) -> None:
        text = "".join(self._parts).strip()
        self._parts.clear()
        if text and self._open:
            self._open[-1].paragraphs.append(text)
        elif text and len(text) <= _TITLE:
            self._above = [*self._above[1 - _TITLES :], text]

    def data(self, text: str) -> None:
        if self._is_text and not self._out:
            self._parts.append(text.translate(_SYMBOLS))


def _number(attributes: dict[str, str]) -> int:
    text = local(attributes).get("val", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Unreadable("a cell has a width that is none")
    return int(text)


def read_tables(stream: BinaryIO) -> list[Found]:
    """The tables of a document in their order; one inside another comes after it. Raises Unreadable."""
    handler = _Document()
    for _ in parsed(stream, handler):
        pass
    return handler.found
