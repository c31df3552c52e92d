"""Mappings: a small TOML file says how the columns of a flat format become native rows (docs/data-formats.md).

In: ``ingest/mappings/*.toml`` or a user's own file. Out: a ``MappedForm`` for each file that the mapping fits. What a mapping can
say is closed on purpose: templates, words, date forms, the parts of one column. A format that needs more needs code.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from graph.errors import InvalidInput
from ingest.cells import Broken, Tally, date_text, is_blank
from ingest.contacts import is_contact_column
from ingest.forms import NAMED_COLUMNS, Part, base_name
from ingest.readers import PROBLEM
from ingest.rows import DATES, LISTS, MODELS, Kind, column_key

REMEMBERED = 100_000
"""Firms, agencies and people of a mapped file that are made once."""

_PLACE = re.compile(r"\{([^{}]*)\}")


class Split(msgspec.Struct, forbid_unknown_fields=True):
    """New columns made of the parts of one. ``first``; the ``others``, each once; the ``only`` other (the first where there is
    none or more than one); ``all`` of them."""

    separator: str
    first: str | None = None
    others: str | None = None
    only: str | None = None
    all: str | None = None


class RowSpec(msgspec.Struct, forbid_unknown_fields=True):
    """One native row that a row of the file makes. Values are templates: text with columns in braces."""

    kind: Kind
    fields: dict[str, str | list[str]]
    require: list[str] = msgspec.field(default_factory=list)
    """Columns without which this row is not made."""
    each: str | None = None
    """A column of several values (made by ``split``): one row for each."""


class FileSpec(msgspec.Struct, forbid_unknown_fields=True):
    """One form of file: told by its columns and, where these do not tell it, its name."""

    columns: list[str]
    name: str = "*"
    skip: str | None = None
    """Why such a file holds nothing for the graph."""
    optional: list[str] = msgspec.field(default_factory=list)
    """Further columns that may be there; one that no row uses is left out without a word."""
    missing: list[str] = msgspec.field(default_factory=list)
    """Texts that mean "unknown"."""
    matches: dict[str, str] = msgspec.field(default_factory=dict)
    """By column: the form (a regular expression) of a value; anything else is read as unknown."""
    dates: list[str] = msgspec.field(default_factory=list)
    """Further forms of dates, as strptime reads them."""
    words: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """By native field: what the file's words mean."""
    split: dict[str, Split] = msgspec.field(default_factory=dict)
    rows: list[RowSpec] = msgspec.field(default_factory=list)


class Mapping_(msgspec.Struct, forbid_unknown_fields=True):
    """A mapping file; ``source`` names the rows' source instead of the folder."""

    name: str
    file: list[FileSpec]
    about: str = ""
    source: str | None = None


class MappedForm:
    """One ``FileSpec`` of a mapping, ready to read rows of files that it fits."""

    def __init__(self, mapping: Mapping_, spec: FileSpec) -> None:
        self.name, self.source, self.skip = mapping.name, mapping.source, spec.skip
        self.kind = spec.rows[0].kind if spec.rows else Kind.INSTITUTIONS
        self.unknown: list[str] = []
        self._spec = spec
        self._missing = frozenset(spec.missing)
        self._matches = {column_key(one): re.compile(form) for one, form in spec.matches.items()}
        self._dates = tuple(spec.dates)
        self._splits = [(column_key(name), split) for name, split in spec.split.items()]
        self._rows = [_Maker(number, row, spec, self._dates) for number, row in enumerate(spec.rows)]
        used = {one for row in self._rows for one in row.columns} | {
            column_key(one) for one in (*spec.split, *spec.optional, *spec.columns)
        }
        self._used = used
        self._keys: dict[str, str | None] = {}

    def fits(self, file_name: str, columns: Sequence[str]) -> bool:
        keys = {column_key(one) for one in columns}
        named = fnmatchcase(base_name(file_name), self._spec.name.lower())
        return named and all(column_key(one) in keys for one in self._spec.columns)

    def describe(self) -> str:
        """What a file must be like, for messages."""
        return ", ".join(self._spec.columns)

    def parts(self, row: Mapping[str, object], tally: Tally) -> list[Part]:
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
            if key is None:
                tally.contacts += is_contact_column(column_key(name))
            elif key not in matches or matches[key].fullmatch(str(plain)):
                cells[key] = plain
        for column, split in self._splits:
            _split(cells, column, split)
        made: list[Part] = []
        for maker in self._rows:
            made += maker.make(cells)
        return made

    def _key(self, name: str) -> str | None:
        if name not in self._keys:
            key = column_key(name)
            self._keys[name] = key if key in self._used else None
            if key not in self._used and not is_contact_column(key) and name != PROBLEM and len(self.unknown) < NAMED_COLUMNS:
                self.unknown.append(name)
        return self._keys[name]

    def column(self, part: Part, field: str) -> str:
        maker = next(one for one in self._rows if one.kind is part.kind and field in {*one.fields, field})
        columns = maker.columns_of(field)
        return columns[0] if len(columns) == 1 else field

    def present(self, kind: Kind) -> frozenset[str]:
        return frozenset(field for maker in self._rows if maker.kind is kind for field in maker.fields)


class _Maker:
    """A ``RowSpec`` with its templates taken apart once."""

    def __init__(self, number: int, row: RowSpec, spec: FileSpec, dates: tuple[str, ...]) -> None:
        self.kind = row.kind
        self.fields = row.fields
        self._number = number
        self._require = [column_key(one) for one in row.require]
        self._each = column_key(row.each) if row.each else None
        self._dates = dates
        self._words = {name: {key.casefold(): word for key, word in words.items()} for name, words in spec.words.items()}
        self._templates = {
            name: [_Template(text) for text in ([value] if isinstance(value, str) else value)] for name, value in row.fields.items()
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
        # those named beside a row's own part repeat from row to row
        self._repeats = number > 0 and row.kind in (Kind.INSTITUTIONS, Kind.EXPERTS)
        self._made: dict[tuple[object, ...], Part] = {}

    def _is_read(self, name: str) -> bool:
        return name in self._words or (bool(self._dates) and name in DATES)

    def columns_of(self, field: str) -> list[str]:
        return [one for template in self._templates.get(field, ()) for one in template.columns]

    def make(self, cells: Mapping[str, object]) -> list[Part]:
        for one in self._require:
            if one not in cells:
                return []
        if self._each is None:
            return [self._part(cells)]
        several = cells.get(self._each)
        return [self._part({**cells, self._each: value}) for value in several] if isinstance(several, list) else []

    def _part(self, cells: Mapping[str, object]) -> Part:
        if not self._repeats:
            return Part(self.kind, self._fill(cells))
        key = (self._number, *[str(cells[one]) if one in cells else "" for one in self.columns])
        part = self._made.get(key)
        if part is None:
            if len(self._made) > REMEMBERED:
                self._made.clear()
            part = self._made[key] = Part(self.kind, self._fill(cells), key)
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
                value = [one for template in templates if (one := template.fill(cells, True)) is not None]
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


class _Template:
    """``{phase} {program}``. None where no column that it names has a value; ``whole``: where any has none."""

    __slots__ = ("_literals", "columns", "single")

    def __init__(self, text: str) -> None:
        self.columns = [column_key(one) for one in _PLACE.findall(text)]
        self._literals = _PLACE.split(text)[::2]
        self.single = self.columns[0] if len(self.columns) == 1 and not any(self._literals) else None

    @property
    def is_plain(self) -> bool:
        """Whether it is a column, or a text without any."""
        return self.single is not None or not self.columns

    @property
    def constant(self) -> str:
        return self._literals[0]

    def fill(self, cells: Mapping[str, object], whole: bool) -> object:
        if self.single is not None:
            return cells.get(self.single)
        if not self.columns:
            return self._literals[0]
        known = sum(one in cells for one in self.columns)
        if not known or (whole and known < len(self.columns)):
            return None
        text = self._literals[0]
        for one, after in zip(self.columns, self._literals[1:], strict=True):
            text += f"{cells.get(one, '')}{after}"
        return text.strip()


def _split(cells: dict[str, object], column: str, split: Split) -> None:
    value = cells.get(column)
    if not isinstance(value, str):
        return
    parts = [part.strip() for part in value.split(split.separator) if part.strip()]
    others = [part for part in dict.fromkeys(parts) if part != parts[0]]
    made = {split.first: parts[0], split.others: others, split.only: others[0] if len(others) == 1 else parts[0], split.all: parts}
    cells.update({column_key(name): part for name, part in made.items() if name and part})


def _read_date(value: str, forms: tuple[str, ...]) -> str:
    try:
        return date_text(value, forms)
    except Broken:
        return value  # the native row names the rule


# -- reading mapping files


def read_mapping(path: Path) -> list[MappedForm]:
    """The forms of a mapping file. Raises InvalidInput with the place and the rule."""
    return _compile(_decode(_text(path), str(path)), str(path))


@cache
def bundled_specs() -> tuple[Mapping_, ...]:
    """The mappings that come with Dovetail, by name."""
    found = sorted((one for one in (files("ingest") / "mappings").iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return tuple(_decode(one.read_text("utf-8"), one.name) for one in found)


def bundled_forms() -> list[MappedForm]:
    """Fresh forms of the mappings that come with Dovetail."""
    return [form for mapping in bundled_specs() for form in _compile(mapping, mapping.name)]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the mapping cannot be read: {error}", file=str(path)) from error


def _decode(text: str, file: str) -> Mapping_:
    try:
        return msgspec.convert(tomllib.loads(text), Mapping_)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"the mapping is not TOML: {error}", file=file) from error
    except msgspec.ValidationError as error:
        raise InvalidInput(f"the mapping breaks a rule: {error}; see docs/data-formats.md, Mappings", file=file) from error


def _compile(mapping: Mapping_, file: str) -> list[MappedForm]:
    for number, spec in enumerate(mapping.file, 1):
        place = f"file {number}"
        if bool(spec.rows) == bool(spec.skip):
            raise InvalidInput("needs either rows or a reason to skip such files", file=file, field=place)
        made = {column_key(one) for split in spec.split.values() for one in (split.first, split.others, split.only, split.all) if one}
        known = {column_key(one) for one in (*spec.columns, *spec.split, *spec.optional)} | made
        for form in spec.matches.values():
            _regex(form, file, place)
        for row in spec.rows:
            _check_row(row, known, file, place)
    return [MappedForm(mapping, spec) for spec in mapping.file]


def _regex(form: str, file: str, place: str) -> None:
    try:
        re.compile(form)
    except re.error as error:
        raise InvalidInput(f"{form!r} is not a regular expression: {error}", file=file, field=f"{place}, matches") from error


def _check_row(row: RowSpec, known: set[str], file: str, place: str) -> None:
    for name, value in row.fields.items():
        here = f"{place}, {row.kind.value}.{name}"
        if name not in MODELS[row.kind].model_fields:
            fields = ", ".join(MODELS[row.kind].model_fields)
            raise InvalidInput(f"there is no such field; {row.kind.value} have: {fields}", file=file, field=here)
        for text in [value] if isinstance(value, str) else value:
            if re.search(r"[{}]", _PLACE.sub("", text)) or "{}" in text:
                raise InvalidInput(f"{text!r}: braces must stand around a column's name", file=file, field=here)
            strange = sorted({column_key(one) for one in _PLACE.findall(text)} - known)
            if strange:
                raise InvalidInput(f"column {strange[0]!r} must be listed in columns, optional or split", file=file, field=here)
