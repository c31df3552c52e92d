"""Templates and the native rows that they make of a mapped file's cells.

In: a ``RowSpec`` and cells by column key. Out: ``RowPart``s. Next: ``ingest.mapping.mapped`` makes a row's parts by it, which
``ingest.row_reader`` gives to ``ingest.rows.aside``. Called for every row of every mapped file, so what can be known beforehand is
taken apart once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from graph.language import Message
from ingest.cells.broken import Broken
from ingest.cells.dates import date_text
from ingest.mapping.aliases import column_key
from ingest.mapping.native import RowPart
from ingest.mapping.patterns import Pattern
from ingest.mapping.specs import FileSpec, RowSpec, Split
from ingest.rows.models import DATES, LISTS, Kind

REMEMBERED = 100_000
"""Firms, agencies and people of a mapped file that are made once."""
MADE = 10_000
"""Texts that a template makes of a row whose columns hold several values each."""
UNIX = "unix"

PLACE = re.compile(r"\{([^{}]*)\}")
_NAMED = (Kind.INSTITUTIONS, Kind.EXPERTS)


class Template:
    """``{phase} {program}``. None where no column that it names has a value; ``whole``: where any has none."""

    __slots__ = ("_literals", "_pairs", "columns", "single")

    def __init__(self, text: str) -> None:
        self.columns = [column_key(one) for one in PLACE.findall(text)]
        self._literals = PLACE.split(text)[::2]
        self._pairs = list(zip(self.columns, self._literals[1:], strict=True))
        self.single = self.columns[0] if len(self.columns) == 1 and not any(self._literals) else None

    @property
    def is_plain(self) -> bool:
        """Whether it is a column, or a text without any."""
        return self.single is not None or not self.columns

    @property
    def constant(self) -> str:
        return self._literals[0]

    def fill(self, cells: Mapping[str, object], whole: bool, made: list[None] | None = None) -> object:
        """The value for ``cells``; ``made`` grows with the texts of columns of several values. Raises Broken for too many."""
        if self.single is not None:
            return cells.get(self.single)
        if not self.columns:
            return self._literals[0]
        several = next((one for one in self.columns if type(cells.get(one)) is list), None)
        if several is not None:  # a role before each of several parties
            parts = cells[several]
            made = [] if made is None else made
            made += [None] * len(parts) if isinstance(parts, list) else []
            if len(made) > MADE:
                raise Broken(Message("names more than {made:,} combinations of values", made=MADE))
            return [self.fill({**cells, several: part}, whole, made) for part in parts] if isinstance(parts, list) else None
        text, known = self._literals[0], False
        for one, after in self._pairs:
            if one in cells:
                text += f"{cells[one]}{after}"
                known = True
            elif whole:
                return None
            else:
                text += after
        return text.strip() if known else None


class First:
    """A column made of the first of several templates whose columns are all filled."""

    def __init__(self, column: str, texts: Iterable[str]) -> None:
        self._column = column_key(column)
        self._templates = [Template(text) for text in texts]

    def add(self, cells: dict[str, object]) -> None:
        value = next((found for one in self._templates if (found := one.fill(cells, True)) is not None), None)
        if value is not None:
            cells[self._column] = value


class Maker:
    """A ``RowSpec`` with its templates taken apart once."""

    def __init__(self, number: int, row: RowSpec, spec: FileSpec) -> None:
        self.kind = row.kind
        self.fields = row.fields
        self._number = number
        self._require = [column_key(one) for one in (*row.require, *row.when)]
        self._when = [(column_key(one), Pattern(form)) for one, form in row.when.items()]
        self._each = column_key(row.each) if row.each else None
        self._dates = tuple(spec.dates)
        self._words = {name: {key.casefold(): word for key, word in words.items()} for name, words in spec.words.items()}
        self._templates = {
            name: [Template(text) for text in ([value] if isinstance(value, str) else value)] for name, value in row.fields.items()
        }
        # one template, of one column or of none, whose value needs no second look
        self._plain = [
            (name, one.single, one.constant)
            for name, value in row.fields.items()
            for one in self._templates[name][:1]
            if isinstance(value, str) and one.is_plain and not self._is_read(name)
        ]
        plain = {name for name, _, _ in self._plain}
        self._templated = [(name, templates) for name, templates in self._templates.items() if name not in plain]
        self._as_list = {name for name, value in row.fields.items() if isinstance(value, list) and name in LISTS}
        self.columns = sorted({one for name in row.fields for one in self.columns_of(name)} | {*self._require})
        # those named beside a row's own part repeat from row to row; a cooperation does where each row is of one party
        self._repeats = number > 0 and (row.kind in _NAMED or (row.kind is Kind.COOPERATIONS and spec.rows[0].kind is Kind.PARTY_TO))
        self._made: dict[tuple[object, ...], RowPart] = {}

    def _is_read(self, name: str) -> bool:
        return name in self._words or (bool(self._dates) and name in DATES)

    def columns_of(self, field: str) -> list[str]:
        return [one for template in self._templates.get(field, ()) for one in template.columns]

    def make(self, cells: Mapping[str, object]) -> list[RowPart]:
        if self._each is None:
            return [self._part(cells)] if self._complete(cells) else []
        several = cells.get(self._each)
        made = [self._with(cells, value) for value in several] if isinstance(several, list) else []
        return [self._part(one) for one in made if self._complete(one)]

    def _complete(self, cells: Mapping[str, object]) -> bool:
        for one in self._require:
            if one not in cells:
                return False
        return not self._when or all(form.fits(str(cells[one])) for one, form in self._when)

    def _with(self, cells: Mapping[str, object], value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            return {**cells, str(self._each): value}
        return {**cells, **{f"{self._each}.{column_key(key)}": part for key, part in value.items()}}

    def _part(self, cells: Mapping[str, object]) -> RowPart:
        if not self._repeats:
            return RowPart(self.kind, self._fill(cells))
        key = (self._number, *[str(cells[one]) if one in cells else "" for one in self.columns])
        part = self._made.get(key)
        if part is None:
            if len(self._made) > REMEMBERED:
                self._made.clear()
            part = self._made[key] = RowPart(self.kind, self._fill(cells), key)
        return part

    def _fill(self, cells: Mapping[str, object]) -> dict[str, object]:
        filled: dict[str, object] = {}
        value: object
        for name, column, constant in self._plain:
            value = constant if column is None else cells.get(column)
            if value is not None and value != []:
                filled[name] = value
        for name, templates in self._templated:
            if name in self._as_list:
                value = _united([template.fill(cells, True) for template in templates])
            else:
                value = None
                for template in templates:
                    value = template.fill(cells, False)
                    if value is not None:
                        break
            if value is None or value == []:
                continue
            if isinstance(value, str):
                if name in self._words:
                    value = self._words[name].get(value.casefold(), value)
                elif self._dates and name in DATES:
                    value = _read_date(value, self._dates)
            filled[name] = value
        return filled


def _united(values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if isinstance(value, list):
            found += value
        elif value is not None:
            found.append(value)
    return found


def split_column(cells: dict[str, object], column: str, split: Split) -> None:
    """Add to ``cells`` the parts of ``column``."""
    value = cells.get(column)
    if not isinstance(value, str):
        return
    parts = [part.strip() for part in value.split(split.separator) if part.strip()]
    others = [part for part in dict.fromkeys(parts) if part != parts[0]]
    made = {split.first: parts[0], split.others: others, split.only: others[0] if len(others) == 1 else parts[0], split.all: parts}
    cells.update({column_key(name): part for name, part in made.items() if name and part})


def _read_date(value: str, forms: tuple[str, ...]) -> str:
    try:
        if UNIX in forms:
            return datetime.fromtimestamp(float(value), UTC).date().isoformat()
        return date_text(value, forms)
    except (Broken, ValueError, OverflowError, OSError):
        return value  # the native row names the rule
