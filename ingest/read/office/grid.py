"""A sheet as a table: rows numbered as the program shows them, merged cells in each of their rows, a header of several rows as one.

In: a ``Source`` of rows (of an .xlsx, .xls or .ods sheet, or of a table in a Word file). Out: ``Sheet``, read as a CSV file is. Next:
``ingest.read.tables`` lists sheets; ``ingest.choose`` picks one of their heads.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import islice
from typing import Protocol

from graph.language import N_, Message
from ingest.cells.money import unit_of
from ingest.read.archives import Place, shown
from ingest.read.delimited import HEADS
from ingest.read.json_rows import HALF, is_text
from ingest.read.office.markup import Unreadable
from ingest.read.office.serials import Failed
from ingest.read.readers import Head, Raw, check_header, unchanged
from ingest.read.unread import Unread, Why
from ingest.rows.models import Problem

ROWS, COLUMNS = 1 << 20, 1 << 14
"""What a sheet may have."""
ROW_TEXT = 4 << 20
"""Characters that one row may hold."""
MERGES = 200_000
"""Merged cells of a sheet that are remembered; more are no table that a person made."""
HEADER_ROWS = 5
"""A header has no more rows than these; a cell merged over more of them stands at the side of the whole table."""
BOOK_BYTES = 64 << 20
"""A book inside an archive is unpacked into memory first, if it has no more bytes than this."""

Row = tuple[int, dict[int, object]]
"""A row's number and its cells by column, both from 1."""


class Merges:
    """The merged cells of a sheet, of which the first alone has a value."""

    def __init__(self) -> None:
        self.down: dict[int, list[tuple[int, int]]] = {}
        """By first row, the column and the last row of those that stand for rows below too."""
        self.across: dict[int, list[tuple[int, int, int]]] = {}
        """By first row, the first column, the last column and the last row of those that stand for columns beside too."""
        self._count = 0

    def add(self, top: int, left: int, bottom: int, right: int) -> None:
        """Raises Unreadable for the one too many."""
        if bottom > top:
            self.down.setdefault(top, []).append((left, bottom))
        if right > left:
            self.across.setdefault(top, []).append((left, right, bottom))
        self._count += 1
        if self._count > MERGES:
            raise Unreadable(Message("has more than {merges:,} merged cells", merges=MERGES))

    def filler(self) -> Callable[[Row], Row]:
        """A function that puts the values of cells merged over several rows into each of them; rows must come to it in order."""
        spread: dict[int, tuple[int, object]] = {}

        def fill(row: Row) -> Row:
            number, cells = row
            for column, (bottom, value) in [*spread.items()]:
                if number > bottom:
                    del spread[column]
                else:
                    cells.setdefault(column, value)
            for column, bottom in self.down.get(number, ()):
                if column in cells:
                    spread[column] = (bottom, cells[column])
            return number, cells

        return fill

    def filled(self, rows: Generator[Row, None, None]) -> Generator[Row, None, None]:
        """``rows`` with the values of cells merged over several rows in each of them."""
        fill = self.filler()
        with closing(rows):
            for row in rows:
                yield fill(row)


class Source(Protocol):
    """The rows of one sheet."""

    @property
    def place(self) -> Place:
        """The file."""

    @property
    def stamp(self) -> tuple[int, int, int]:
        """What the file was when it was opened."""

    @property
    def merges(self) -> Merges:
        """Its merged cells."""

    def rows(self) -> Generator[Row, None, None]:
        """The rows that hold something, in order, merged cells in each of their rows. Raises Unreadable after the rows that are whole,
        and OSError."""

    def done(self) -> int:
        """Bytes of the file that are read."""


class Sheet:
    """The rows of a ``Source`` under a header."""

    format = "csv"
    encoding = "utf-8-sig"

    def __init__(self, source: Source, label: str, names: tuple[str, ...], what: str = N_("sheet")) -> None:
        """Look at the first rows. ``what`` it is in messages. Raises Unread if it is no table."""
        self.place = source.place
        self.size = source.stamp[1]
        self.label, self.names = label, names
        self._source, self._what = source, Message(what)
        try:
            with closing(source.rows()) as rows:
                first = list(islice(rows, HEADS))
        except Unreadable as error:
            raise Unread(Message("the {what} cannot be read: {error}", what=self._what, error=error), file=label) from error
        self.heads = list(_heads(first, source.merges))
        if not self.heads:
            raise Unread(Message("the {what} is empty", what=self._what), Why.EMPTY, file=label)
        self.columns: tuple[str, ...] = self.heads[0].columns
        self._header_line = self.heads[0].line

    def use(self, head: Head) -> None:
        self.columns = check_header(head, self.label)
        self._header_line = head.line

    def done(self) -> int:
        return self._source.done()

    def rows(self) -> Iterator[Raw]:
        """The rows below the header that hold something."""
        line, columns = self._header_line, self.columns
        try:
            for number, cells in self._source.rows():
                if number > self._header_line:
                    line = number
                    yield _raw(number, cells, columns)
        except Unreadable as error:
            yield Raw(line + 1, {}, Problem("", Message("the {what} is damaged from here on", what=self._what), f" ({error})"))
        yield from unchanged(self.place, self._source.stamp, line + 1)


def sheet_label(place: Place, title: str) -> str:
    """What messages call a sheet."""
    return f"{place.label}/{shown(title)}"


def sheet_names(place: Place, title: str, *, is_only: bool) -> tuple[str, ...]:
    """The names that tell what a sheet holds; ``is_only``: the file's name speaks for its one sheet."""
    return (title, place.base) if is_only else (title,)


def column_number(letters: str) -> int:
    """``A`` -> 1, ``XFD`` -> 16,384."""
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - 64
    return number


def column_letters(number: int) -> str:
    """1 -> ``A``, 16,384 -> ``XFD``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _raw(number: int, cells: dict[int, object], columns: tuple[str, ...]) -> Raw:
    row: dict[str, object] = {}
    failed: list[Problem] = []
    width = len(columns)
    for column, value in cells.items():
        name = (columns[column - 1] if column <= width else "") or f"[{column_letters(column)}]"
        if isinstance(value, Failed):
            failed.append(Problem(name, value.rule, f" ({value.shown})"))
            row[name] = value.shown
        elif isinstance(value, str) and not is_text(value):
            failed.append(Problem(name, HALF))
            row[name] = value.encode("utf-8", "replace").decode()
        else:
            row[name] = value
    return Raw(number, row, None, tuple(failed))


# -- headers


def _heads(rows: list[Row], merges: Merges) -> Iterator[Head]:
    """The rows that may be the header. Of a header of several rows it is the last: it has its own names and those merged down to it, and
    before a name goes that of a group above it (``预算`` over ``最低`` and ``最高``: ``预算 最低``).

    Where rows stand above a header without a cell that is merged down from them, they may as well be a title, so that a group counts
    only where the header's own names are there twice. Else the names without their groups are offered too, as the second choice.
    """
    before: dict[int, dict[int, object]] = {}
    for number, cells in rows:
        before[number] = cells
        if any(bottom > number for _, bottom in merges.down.get(number, ())) or _goes_on(number, before, merges):
            continue
        plain = _names(cells)
        if not any(plain):
            continue
        top = min((row for row in before if any(row < number <= bottom for _, bottom in merges.down.get(row, ()))), default=number)
        is_twice = _is_twice(plain)
        if top == number and is_twice:
            top = number - 1
        joined = _joined(plain, top, number, before, merges)
        if joined != plain:
            yield Head(number, joined)
        if joined == plain or not is_twice:
            yield Head(number, _with_units(plain, joined))


def _with_units(names: tuple[str, ...], joined: tuple[str, ...]) -> tuple[str, ...]:
    """``names`` without their groups, but with the unit that a group gives them: ``转让价格（万元）`` over ``最低价``."""
    units = [unit_of(whole) if whole != name and not unit_of(name) else None for name, whole in zip(names, joined, strict=True)]
    return tuple([f"{name}（{unit}）" if unit else name for name, unit in zip(names, units, strict=True)])


def _goes_on(number: int, before: dict[int, dict[int, object]], merges: Merges) -> bool:
    """Whether a row holds groups of a header whose last row is below it."""
    return number in merges.across and any(
        row < number < bottom <= row + HEADER_ROWS for row in before for _, bottom in merges.down.get(row, ())
    )


def _names(cells: dict[int, object]) -> tuple[str, ...]:
    texts = {column: (one.shown if isinstance(one, Failed) else str(one)).strip() for column, one in cells.items()}
    # a name that is no text names nothing: the column is left out, known by its letter
    return tuple([one if is_text(one := texts.get(at, "")) else "" for at in range(1, max(texts, default=0) + 1)])


def _is_twice(names: tuple[str, ...]) -> bool:
    filled = [one for one in names if one]
    return len(filled) > len(set(filled))


def _joined(
    names: tuple[str, ...], top: int, number: int, before: dict[int, dict[int, object]], merges: Merges
) -> tuple[str, ...]:
    """``names`` of row ``number``, each after those of the groups in the rows from ``top`` on that stand above it."""
    made = [*names]
    for row in range(number - 1, top - 1, -1):
        for left, right, bottom in merges.across.get(row, ()):
            group = str(before.get(row, {}).get(left, "")).strip()
            if bottom < number and group and is_text(group):
                made[left - 1 : right] = [f"{group} {one}" if one else one for one in made[left - 1 : right]]
    return tuple(made)
