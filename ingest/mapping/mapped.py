"""The forms of mappings: a small TOML file says how the columns of a flat format become native rows (docs/data-formats.md).

In: ``ingest/mappings/*.toml`` or a user's own file. Out: a ``MappedForm`` for each form of file that the mapping names. Next:
``ingest.choose`` takes the form that fits a table; ``ingest.mapping.suggest`` tries its draft on the rows that it read.

What a mapping can say is closed on purpose (``ingest.mapping.specs``): templates, words, date forms, the parts of one column, and a few
more. A nested format is made flat first, by a function of ``ingest.sources``.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice
from pathlib import Path

import msgspec

from graph.errors import InvalidInput
from graph.language import Message
from ingest.cells.broken import Broken
from ingest.cells.contacts import is_contact_column
from ingest.cells.money import with_unit
from ingest.cells.placeholders import is_placeholder
from ingest.cells.values import Tally, is_blank
from ingest.mapping.aliases import column_key
from ingest.mapping.columns import COLUMN_NAME
from ingest.mapping.native import NAMED_COLUMNS, REMEMBERED_COLUMNS, SAMPLE, RowPart, base_name, line, said_alone
from ingest.mapping.patterns import Pattern, nested
from ingest.mapping.specs import FileSpec, Mapping_, RowSpec
from ingest.mapping.templates import PLACE, First, Maker, split_column
from ingest.read.readers import OWN_COLUMNS, Raw
from ingest.rows.aside import shown
from ingest.rows.lists import ListReader
from ingest.rows.models import Kind, Problem, columns_of
from ingest.sources import FLATTEN


class MappedForm:
    """One ``FileSpec`` of a mapping, ready to read rows of files that it fits."""

    def __init__(self, mapping: Mapping_, spec: FileSpec) -> None:
        self.name, self.source, self.skip = mapping.name, mapping.source, spec.skip
        self._mapping = mapping
        self.kind = spec.rows[0].kind if spec.rows else Kind.INSTITUTIONS
        self.unknown: list[str] = []
        self._doubled: dict[str, str] = {}
        self._spec = spec
        self._missing = frozenset(spec.missing)
        self._matches = {column_key(one): Pattern(form) for one, form in spec.matches.items()}
        self._flatten = FLATTEN[spec.flatten] if spec.flatten else None
        self._commas = [column_key(one) for one in spec.decimal_comma]
        self._units = [(name, column_key(name), unit) for name, unit in spec.units.items()]
        self._readers = {column_key(name): ListReader(several, ()) for name, several in spec.several.items()}
        self._divide = [(column_key(name), by) for name, by in spec.divide.items()]
        self._splits = [(column_key(name), split) for name, split in spec.split.items()]
        self._firsts = [First(name, texts) for name, texts in spec.first.items()]
        self._totals: dict[str, dict[str, int]] = {}
        self._rows = [Maker(number, row, spec) for number, row in enumerate(spec.rows)]
        self._used = {one for row in self._rows for one in row.columns} | {
            column_key(one) for one in (*spec.split, *spec.optional, *spec.columns)
        }
        self._keys: dict[str, str | None] = {}
        self._several: set[str] = set()
        """Columns that two headers name."""
        self._kept = {one for row in self._rows for field in ("country", "visibility") for one in row.columns_of(field)}
        """Columns in which a text that elsewhere means "unknown" may be a value."""

    def fresh(self) -> MappedForm:
        """The same form before it read anything: what it learns of a file is that file's."""
        return MappedForm(self._mapping, self._spec)

    def fits(self, file_name: str, columns: Sequence[str]) -> bool:
        keys = _keys(tuple(columns))
        named = fnmatchcase(base_name(file_name), self._spec.name.lower())
        return named and all(column_key(one) in keys for one in self._spec.columns)

    def describe(self) -> str:
        """What a file must be like, for messages."""
        return ", ".join(self._spec.columns)

    def prepare(self, rows: Iterable[Raw]) -> None:
        shares, several = self._spec.share, self._spec.several
        if several:
            rows = [*rows] if shares else [*islice(rows, SAMPLE)]
            for name, sort in several.items():
                key = column_key(name)
                texts = [text for raw in rows[:SAMPLE] for one, text in raw.cells.items() if column_key(one) == key]
                self._readers[key] = ListReader(sort, [one for one in texts if isinstance(one, str)])
        self._totals = {name: {} for name in shares}
        for raw in rows if shares else ():
            cells = self._cells(raw.cells, Tally())
            for name, share in shares.items():
                part = _millionths(cells.get(column_key(share.of)))
                if part is not None:
                    key = str(cells.get(column_key(share.by), ""))
                    self._totals[name][key] = self._totals[name].get(key, 0) + part

    def parts(self, row: Mapping[str, object], tally: Tally) -> list[RowPart]:
        cells = self._cells(self._flatten(row) if self._flatten else row, tally)
        for column, split in self._splits:
            split_column(cells, column, split)
        for name, share in self._spec.share.items():
            part = _millionths(cells.get(column_key(share.of)))
            total = self._totals[name].get(str(cells.get(column_key(share.by), "")), 0) if name in self._totals else 0
            if part is not None and total:
                cells[column_key(name)] = part / total
        aside = self._give_units(cells)
        for column, reader in self._readers.items():
            if isinstance(text := cells.get(column), str):
                parts = reader.read(text)
                cells[column] = parts[0] if len(parts) == 1 else parts
        for column, by in self._divide:
            if column in cells:
                cells[column] = _divided(cells[column], by)
        for first in self._firsts:
            first.add(cells)
        made: list[RowPart] = []
        for maker in self._rows:
            made += maker.make(cells)
        if not made:
            raise Broken(Message("says nothing that {name} keeps", name=self.name))
        return [RowPart(made[0].kind, made[0].fields, aside=tuple(aside)), *made[1:]] if aside else made

    def _give_units(self, cells: dict[str, object]) -> list[Problem]:
        """Write the unit of each column behind its numbers; a cell that it does not fit is taken out and told."""
        aside = []
        for name, column, unit in self._units:
            if column in cells:
                try:
                    cells[column] = with_unit(cells[column], unit)
                except Broken as broken:
                    aside.append(Problem(name, broken.rule, f" ({shown(cells.pop(column))})"))
        return aside

    def _cells(self, row: Mapping[str, object], tally: Tally) -> dict[str, object]:
        """The cells of a raw or flattened row by column key, without what is unknown."""
        cells: dict[str, object] = {}
        keys, missing, matches = self._keys, self._missing, self._matches
        for name, value in row.items():
            if isinstance(value, str):
                plain: object = value.strip()
                if not plain or plain in missing:
                    continue
            elif is_blank(value):
                continue
            else:
                plain = value
            key = keys[name] if name in keys else self._key(name)
            if type(plain) is str and is_placeholder(plain) and not self._says_something(key, plain):
                continue
            if key is None:
                if len(name) <= COLUMN_NAME and is_contact_column(column_key(name)):
                    tally.drop(name, plain)
            elif key in cells and key in self._several:
                self._double(name, key, row)
            elif key not in matches or matches[key].fits(str(plain)):
                cells[key] = plain
        for column in self._commas:
            plain = cells.get(column)
            if isinstance(plain, str):
                cells[column] = plain.replace(",", ".")
        return cells

    def _double(self, name: str, key: str, row: Mapping[str, object]) -> None:
        """Note that two columns of one row mean the same."""
        if len(self._doubled) < NAMED_COLUMNS:
            self._doubled.setdefault(name, next(one for one in row if self._keys.get(one) == key))

    @property
    def notes(self) -> list[str]:
        return [
            Message("{column}: left out, {other} says the same", column=line(name), other=line(twin))
            for name, twin in self._doubled.items()
        ]

    def _says_something(self, key: str | None, text: str) -> bool:
        return key in self._kept and (text.upper() == "NA" or not any(key in row.columns_of("country") for row in self._rows))

    def _key(self, name: str) -> str | None:
        if name not in self._keys:
            if len(name) > COLUMN_NAME or len(self._keys) > REMEMBERED_COLUMNS:
                return None
            key = column_key(name)
            self._several |= {key} & {*self._keys.values()}
            self._keys[name] = key if key in self._used else None
            if key not in self._used and not is_contact_column(key) and name not in OWN_COLUMNS and len(self.unknown) < NAMED_COLUMNS:
                self.unknown.append(name)
        return self._keys[name]

    def mendable(self, cells: Mapping[str, object]) -> dict[str, object]:
        names = {name: self._readers[key] for name in cells if (key := column_key(name)) in self._readers}
        return said_alone(cells, names)

    @property
    def relabelled(self) -> Mapping[str, str]:
        return {}

    def column(self, part: RowPart, field: str) -> str:
        maker = next(one for one in self._rows if one.kind is part.kind and field in {*one.fields, field})
        columns = maker.columns_of(field)
        return columns[0] if len(columns) == 1 else field

    def present(self, kind: Kind) -> frozenset[str]:
        return frozenset(field for maker in self._rows if maker.kind is kind for field in maker.fields)


@lru_cache(maxsize=64)
def _keys(columns: tuple[str, ...]) -> frozenset[str]:
    """The column keys of a header, which every form is asked about."""
    return frozenset(map(column_key, columns))


def _millionths(value: object) -> int | None:
    """A number as an integer, so that sums do not depend on the order of rows."""
    try:
        return round(float(str(value)) * 1e6)
    except (ValueError, OverflowError):
        return None


def _divided(value: object, by: float) -> object:
    try:
        return float(str(value)) / by
    except ValueError:
        return value  # the native row names the rule


# -- reading mapping files


def read_mapping(path: Path) -> list[MappedForm]:
    """The forms of a mapping file. Raises InvalidInput with the place and the rule."""
    return _compile(_decode(_text(path), str(path)), str(path))


def compiled(text: str) -> list[MappedForm]:
    """The forms of a mapping's text. Raises InvalidInput with the place and the rule."""
    return _compile(_decode(text, "mapping"), "mapping")


@cache
def bundled_specs() -> tuple[Mapping_, ...]:
    """The mappings that come with Dovetail, by name."""
    found = sorted((one for one in (files("ingest") / "mappings").iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return tuple(_decode(one.read_text("utf-8"), one.name) for one in found)


@cache
def bundled_forms() -> tuple[MappedForm, ...]:
    """The forms of the mappings that come with Dovetail; a file is read by a ``fresh`` one."""
    return tuple(form for mapping in bundled_specs() for form in _compile(mapping, mapping.name))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(Message("the mapping cannot be read: {error}", error=error), file=str(path)) from error


def _decode(text: str, file: str) -> Mapping_:
    try:
        if rule := nested(text):
            raise InvalidInput(rule, file=file)
        return msgspec.convert(tomllib.loads(text), Mapping_)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(Message("the mapping is not TOML: {error}", error=error), file=file) from error
    except msgspec.ValidationError as error:
        raise InvalidInput(
            Message("the mapping breaks a rule: {error}; see docs/data-formats.md, Mappings", error=error), file=file
        ) from error


def _compile(mapping: Mapping_, file: str) -> list[MappedForm]:
    for number, spec in enumerate(mapping.file, 1):
        place = f"file {number}"
        if bool(spec.rows) == bool(spec.skip):
            raise InvalidInput(Message("needs either rows or a reason to skip such files"), file=file, field=place)
        if spec.flatten and spec.flatten not in FLATTEN:
            raise InvalidInput(Message("flatten must be one of: {flatten}", flatten=", ".join(sorted(FLATTEN))), file=file, field=place)
        known = {column_key(one) for one in (*spec.columns, *spec.split, *spec.optional, *spec.made())}
        for name, texts in spec.first.items():
            for text in texts:
                _check_text(text, known, file, f"{place}, first.{name}")
        _check_columns(spec, known, file, place)
        _check_values(spec, file, place)
        for form in spec.matches.values():
            _regex(form, file, f"{place}, matches")
        for row in spec.rows:
            _check_row(row, known, file, place)
    return [MappedForm(mapping, spec) for spec in mapping.file]


def _check_columns(spec: FileSpec, known: set[str], file: str, place: str) -> None:
    """Columns that an option names must be there; a number that nothing would change is not divided."""
    options: list[tuple[str, Iterable[str]]] = [("units", spec.units), ("several", spec.several), ("decimal_comma", spec.decimal_comma)]
    for option, columns in [*options, ("divide", spec.divide)]:
        for name in columns:
            _check_text("{" + name + "}", known, file, f"{place}, {option}")
    used = {one for row in spec.rows for value in row.fields.values() for text in _texts(value) for one in PLACE.findall(text)}
    used = {column_key(one) for one in (*used, *(one for texts in spec.first.values() for text in texts for one in PLACE.findall(text)))}
    for name, by in spec.divide.items():
        if by in (0, 1) or not math.isfinite(by):
            raise InvalidInput(
                Message("dividing {name!r} by {by:g} has no effect or no meaning", name=name, by=by), file=file, field=f"{place}, divide"
            )
        if column_key(name) not in used:
            raise InvalidInput(Message("dividing {name!r} has no effect: no field uses it", name=name), file=file, field=f"{place}, divide")


def _check_values(spec: FileSpec, file: str, place: str) -> None:
    """Forms of dates that no date has, and separators that separate nothing."""
    for name, split in spec.split.items():
        if not split.separator:
            raise InvalidInput(Message("a separator must not be empty"), file=file, field=f"{place}, split.{name}")
    for form in spec.dates:
        try:
            datetime.strptime("", form)
        except re.error:
            raise InvalidInput(Message("{form!r} names a part of the date twice", form=form), file=file, field=f"{place}, dates") from None
        except ValueError as error:
            if "directive" in str(error) or "stray" in str(error):
                raise InvalidInput(
                    Message("{form!r} is no form of dates: {error}", form=form, error=error), file=file, field=f"{place}, dates"
                ) from None


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _regex(form: str, file: str, place: str) -> None:
    try:
        Pattern(form)
    except ValueError as error:
        raise InvalidInput(
            Message("{form!r} is not a regular expression: {error}", form=form, error=error), file=file, field=place
        ) from error


def _check_row(row: RowSpec, known: set[str], file: str, place: str) -> None:
    here = f"{place}, {row.kind.value}"
    for one in (*row.require, *row.when, *([row.each] if row.each else [])):
        _check_text("{" + one + "}", known, file, here)
    for form in row.when.values():
        _regex(form, file, f"{here}.when")
    for name, value in row.fields.items():
        here = f"{place}, {row.kind.value}.{name}"
        if name not in columns_of(row.kind):
            fields = ", ".join(columns_of(row.kind))
            raise InvalidInput(
                Message("there is no such field; {kind} have: {fields}", kind=row.kind.value, fields=fields), file=file, field=here
            )
        for text in _texts(value):
            _check_text(text, known, file, here)


def _check_text(text: str, known: set[str], file: str, here: str) -> None:
    if re.search(r"[{}]", PLACE.sub("", text)) or "{}" in text:
        raise InvalidInput(Message("{text!r}: braces must stand around a column's name", text=text), file=file, field=here)
    strange = sorted({column_key(one) for one in PLACE.findall(text)} - known)
    if strange:
        raise InvalidInput(
            Message("column {strange!r} must be listed in columns, optional or split", strange=strange[0]), file=file, field=here
        )
