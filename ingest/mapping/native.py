"""Forms: how the columns of a file become rows of the native kinds.

In: a file's name, its columns and its raw rows. Out: for each raw row its ``RowPart``s (a native kind and cells by native field), of which
the first is the row's own. Next: ``ingest.choose`` picks the form of a table, and ``ingest.row_reader`` gives the parts to
``ingest.rows.aside``. A native file gives one part a row; a mapped one (``ingest.mapping.mapped``) may give several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import Protocol

import msgspec

from graph.language import Message
from graph.model import Visibility
from ingest.cells.broken import Broken
from ingest.cells.contacts import is_contact_column
from ingest.cells.identifiers import external_id_of
from ingest.cells.money import unit_of, with_unit
from ingest.cells.names import split_people
from ingest.cells.placeholders import is_placeholder
from ingest.cells.values import Tally, is_blank, parts_of
from ingest.cells.words import visibility
from ingest.mapping.aliases import CHINESE_NAMES, column_key, fields_of, plain_key
from ingest.mapping.columns import COLUMN_NAME, SEVERAL, SHARED, Column, assigned, implied_kind
from ingest.read.readers import OWN_COLUMNS, Raw
from ingest.rows.aside import shown
from ingest.rows.lists import ListReader
from ingest.rows.models import LISTS, REQUIRED, Kind, Problem

NAMED_COLUMNS = 100
"""Unknown columns that a report names; JSON Lines may hold any number."""
SAMPLE = 1_000
"""Rows that are looked at before a table is read."""
REMEMBERED_COLUMNS = 20_000
"""Columns whose meaning is remembered: JSON Lines may bring new ones in every row."""

_SUFFIX = re.compile(r"(?:\.(?:gz|csv|tsv|jsonl?|xlsx|xlsm|xls|et|ods|docx|docm|rejected(?:-\d+)?))+$")
_LISTING = re.compile("(?:汇总|信息|数据|清单|名单|列表|明细|一览|登记|征集|征集表|申报|推荐|调查|采集|台账|目录|共享|表|库|册)+$")
_BETWEEN_WORDS = re.compile(r"[^a-z\u4e00-\u9fff]+")
_EITHER = {Kind.ACHIEVEMENTS: ("title", "abstract"), Kind.DEMANDS: ("title", "description")}


class RowPart(msgspec.Struct, frozen=True):
    """One native row in the making: its cells by native field, blanks left out. Parts of one ``key`` are the same in every row
    of the file, so that what they come to can be remembered."""

    kind: Kind
    fields: dict[str, object]
    key: tuple[object, ...] | None = None
    aside: tuple[Problem, ...] = ()
    """Cells that could not be read already here, by the file's own columns."""


class Form(Protocol):
    """How one file is read."""

    @property
    def kind(self) -> Kind:
        """The kind of the rows' own part."""

    @property
    def name(self) -> str:
        """What a report calls the form."""

    @property
    def notes(self) -> Sequence[str]:
        """How columns are read where the header or the contents decide it: for the report."""

    @property
    def unknown(self) -> Sequence[str]:
        """Columns that were met and left out."""

    def prepare(self, rows: Iterable[Raw]) -> None:
        """Look through the rows of a file before they are read, where what one says depends on others."""

    def parts(self, row: Mapping[str, object], tally: Tally) -> list[RowPart]:
        """The native rows that a raw row makes, one or more; its contact columns are counted and dropped. Raises ``Broken``
        for a row of which nothing is to be kept."""

    def column(self, part: RowPart, field: str) -> str:
        """What the file calls ``field``: for messages."""

    def mendable(self, cells: Mapping[str, object]) -> dict[str, object]:
        """A raw row as the file that can be mended holds it: what the whole table told of a column, each cell says alone there."""

    @property
    def relabelled(self) -> Mapping[str, str]:
        """Headers that say more in the file that can be mended: the unit that a line above the table named."""

    def present(self, kind: Kind) -> frozenset[str]:
        """The fields of ``kind`` that this form fills where it can: an empty one means "none", another "not said"."""


def base_name(file_name: str) -> str:
    """A file's name in lower case without what tells its format: ``Demands.rejected.csv`` -> ``demands``."""
    return _SUFFIX.sub("", file_name.lower())


def native_kind(file_name: str) -> Kind | None:
    """The kind that a file's name tells: ``2024-achievements.jsonl.gz``, ``成果.csv``, ``成果汇总表``."""
    words = "_".join(part for part in _BETWEEN_WORDS.split(base_name(file_name)) if part)
    padded = f"_{words}_"
    ends = {kind: padded.rindex(f"_{kind.value}_") + len(kind.value) for kind in Kind if f"_{kind.value}_" in padded}
    if ends:
        return max(ends, key=lambda kind: (ends[kind], len(kind.value)))
    plain = _LISTING.sub("", words)
    return next((kind for kind, names in CHINESE_NAMES.items() if plain.endswith(names)), None)


def lacking(kind: Kind, fields: Set[str]) -> str | None:
    """What a table with columns of ``fields`` lacks to be of ``kind``; of two fields of which one is required, both."""
    either = _EITHER.get(kind)
    if either and fields.isdisjoint(either):
        return " or ".join(either)
    return next((one for one in REQUIRED[kind] if one not in fields), None)


class NativeForm:
    """The columns of docs/data-formats.md. JSON Lines may bring further columns in any row."""

    def __init__(self, kind: Kind, columns: Sequence[str], qualification: str | None = None, unit: str | None = None) -> None:
        """``qualification``: what the institutions of the table hold, as its name says; ``unit``: of amounts, as a line above it says."""
        self.kind = kind
        self.qualification = qualification if kind is Kind.INSTITUTIONS else None
        self.name = kind.value
        self.unknown: list[str] = []
        self._notes: list[str] = []
        self._columns: dict[str, Column | None] = dict(assigned(kind, columns, unit))
        self._names: dict[str, str] = {}
        self._contacts: set[str] = set()
        self._doubled: dict[str, str] = {}
        """Columns of one meaning, each with the nearer one that says it."""
        self._instead: dict[str, Column | None] = {}
        """Those of them that rows of JSON name in place of the nearer one."""
        self._readers: dict[str, ListReader] = {}
        self._namer = next((one.of for one in self._columns.values() if one and one.of), None) or ""
        self._implied = next((one.implies for one in self._columns.values() if one and one.implies), None)
        for column in self._columns.values():
            if column and not column.of:
                self._names.setdefault(column.field, column.header)
                if column.is_id:
                    self._names["id"] = column.header
        namer = plain_key(self._names.get(self._namer, ""))
        self._implied_beside = implied_kind(Kind.INSTITUTIONS, namer)
        for one in columns:
            if one not in self._columns:
                self._left_out(one)

    def missing(self) -> str | None:
        """A required column that the header lacks; of two of which one is required, both."""
        return lacking(self.kind, self._names.keys())

    def _column(self, name: str) -> Column | None:
        if name in self._columns:
            return self._columns[name]
        if len(name) > COLUMN_NAME or len(self._columns) > REMEMBERED_COLUMNS:
            return None
        column = assigned(self.kind, [name]).get(name)  # JSON Lines: a column that the first row does not have
        if column is None or (not column.of and column.field in self._names and column.field not in SHARED):
            self._left_out(name)
            return None
        self._columns[name] = column
        if not column.of:
            self._names.setdefault(column.field, name)
        return column

    def _left_out(self, name: str) -> None:
        """Contact data, or a column that is not known; of two columns of one meaning the farther."""
        self._columns[name] = None
        if is_contact_column(column_key(name)):
            self._contacts.add(name)
        elif twin := next((self._names[field] for field in fields_of(self.kind, name) if field in self._names), None):
            self._doubled[name] = twin
        elif name and name not in OWN_COLUMNS and len(self.unknown) < NAMED_COLUMNS:
            self.unknown.append(name)

    @property
    def notes(self) -> list[str]:
        """Those of the table, and which of two columns of one meaning counts."""
        told = [
            Message(
                "{column}: read where a row has no {other}" if self._instead.get(name) else "{column}: left out, {other} says the same",
                column=line(name),
                other=line(twin),
            )
            for name, twin in self._doubled.items()
        ]
        return [*self._notes, *told[:NAMED_COLUMNS]]

    def prepare(self, rows: Iterable[Raw]) -> None:
        """Look at the names in the first rows: which separators stand between several in a cell is decided for a whole column."""
        columns = [one for one in self._columns.values() if one]
        notes: list[str] = (
            [Message("read as a list of holders of the qualification {name}", name=self.qualification)] if self.qualification else []
        )
        for one in columns:
            if one.is_alike:
                notes.append(Message("{column}: read as {field}, by the form of its name", column=line(one.header), field=one.field))
        for one in columns:
            if one.unit:
                notes.append(Message("{column}: a number without a unit is read in {unit}", column=line(one.header), unit=one.unit))
        for one in columns:
            if one.implies:
                notes.append(
                    Message("{column}: read as of kind {kind}, where a row says no other", column=line(one.header), kind=one.implies)
                )
        self._notes = notes
        names = [one for one in columns if one.field in SEVERAL]
        if not names:
            return
        sample = [raw.cells for raw in islice(rows, SAMPLE)]
        for one in names:
            texts = [text for cells in sample if isinstance(text := cells.get(one.header), str)]
            reader = self._readers[one.header] = ListReader(SEVERAL[one.field], texts)
            if reader.separators:
                separators = reader.told
                notes.append(
                    Message(
                        "{column}: several names in a cell are also separated by {separators}",
                        column=line(one.header),
                        separators=separators,
                    )
                )

    def parts(self, row: Mapping[str, object], tally: Tally) -> list[RowPart]:
        fields: dict[str, object] = {}
        beside: dict[str, object] = {}
        aside: list[Problem] = []
        for name, value in row.items():
            if is_blank(value):
                continue
            column = self._column(name)
            if column is None and name in self._doubled and self._doubled[name] not in row:
                column = self._stands_in(name)
            if column is None:
                if name in self._contacts:
                    tally.drop(name, value)
            elif not (isinstance(value, str) and is_placeholder(value)) or _says_something(column.field, value):
                try:
                    self._add(beside if column.of else fields, column, value)
                except Broken as broken:
                    aside.append(Problem(name, broken.rule, f" ({shown(value)})"))
        if self._implied and fields:
            fields.setdefault("kind", self._implied)
        if self.qualification and fields:
            fields["qualifications"] = _united("qualifications", fields.get("qualifications", []), [self.qualification])
        own = RowPart(self.kind, fields, aside=tuple(aside))
        people = _people(fields) if self.kind is Kind.EXPERTS else []
        if people:
            return [msgspec.structs.replace(own, fields={**fields, "name": one}) for one in people]
        named = parts_of(fields.get(self._namer, [])) if beside else []
        if self._implied_beside and named:
            beside.setdefault("kind", self._implied_beside)
        # whose credit code it is only a single institution can tell
        return [own, RowPart(Kind.INSTITUTIONS, {"name": named[0], **beside})] if len(named) == 1 else [own]

    def _stands_in(self, name: str) -> Column | None:
        """What a column means in a row of JSON that does not have the nearer one of its meaning."""
        if name not in self._instead:
            self._instead[name] = assigned(self.kind, [name]).get(name)
        return self._instead[name]

    def _add(self, fields: dict[str, object], column: Column, value: object) -> None:
        field, written = column.field, value
        if column.unit:
            value = with_unit(value, column.unit)
        elif column.is_negated:
            value = NEGATIONS.get(str(value).strip().casefold(), value)
        elif column.scheme:
            value = self._ids(fields, column, column.scheme, value)
        elif field in SEVERAL and isinstance(value, str) and not column.of:
            reader = self._readers.get(column.header) or ListReader(SEVERAL[field], [value])
            value = [f"{column.role}={one}" if column.role else one for one in reader.read(value)]
        fields[field] = _united(field, fields[field], value) if field in fields else value
        if column.is_id:
            fields["id"] = written

    def _ids(self, fields: dict[str, object], column: Column, scheme: str, value: object) -> list[str]:
        """The external ids of a cell. Raises Broken where one is bad, and leaves the others in ``fields``."""
        found: list[str] = []
        bad: Broken | None = None
        for part in parts_of(value):
            try:
                found.append(external_id_of(scheme, part))
            except Broken as broken:
                bad = bad or broken
        if bad:
            if found:
                fields[column.field] = _united(column.field, fields.get(column.field, []), found)
            raise bad
        return found

    def mendable(self, cells: Mapping[str, object]) -> dict[str, object]:
        return said_alone(cells, self._readers)

    @property
    def relabelled(self) -> Mapping[str, str]:
        return {one.header: f"{one.header}（{one.unit}）" for one in self._columns.values() if one and one.unit and not unit_of(one.header)}

    def column(self, part: RowPart, field: str) -> str:
        if part.kind is self.kind:
            return self._names.get(field, field)
        columns = (one.header for one in self._columns.values() if one and one.of and one.field == field)
        return next(columns, self._names.get(self._namer, field))

    def present(self, kind: Kind) -> frozenset[str]:
        return frozenset(self._names) if kind is self.kind else frozenset()


NEGATIONS = {
    "是": "confidential", "保密": "confidential", "yes": "confidential", "true": "confidential",
    "否": "public", "不保密": "public", "no": "public", "false": "public",
}  # fmt: skip
"""What the words of a column 是否保密 say of who may see a row."""


def _stricter(before: object, value: object) -> object:
    """Of two columns that say who may see a row the one that fewer may; a word that cannot be read goes before all others."""
    levels = [*Visibility]
    found = []
    for one in (before, value):
        try:
            found.append((levels.index(visibility(one)), one))
        except Broken:
            return one
    return max(found, key=lambda one: one[0])[1]


def line(header: str) -> str:
    """A header in one line, as messages show it."""
    return " ".join(header.split())


def _people(fields: Mapping[str, object]) -> list[str]:
    """The people of a row of experts that names several, as if each had a row; none where there is one, or an id, which is of one."""
    name = fields.get("name")
    found = split_people(name, "") if isinstance(name, str) and "id" not in fields else []
    return found if len(found) > 1 else []


def said_alone(cells: Mapping[str, object], readers: Mapping[str, ListReader]) -> dict[str, object]:
    """``cells`` with ``；`` between names where the column showed that another sign separates them."""
    said = dict(cells)
    for name, reader in readers.items():
        text = said.get(name)
        if reader.separators and isinstance(text, str) and len(parts := reader.read(text)) > 1:
            said[name] = "；".join(parts)
    return said


def _says_something(field: str, value: object) -> bool:
    """Whether a text that elsewhere means "unknown" is a value here: NA is Namibia; who may see a row is never left to a dash."""
    return field == "visibility" or (field == "country" and str(value).strip().upper() == "NA")


def _united(field: str, before: object, value: object) -> object:
    if field == "visibility":
        return _stricter(before, value)
    if field in LISTS:
        return list(dict.fromkeys([*map(str, parts_of(before)), *map(str, parts_of(value))]))
    left, right = str(before), str(value)
    return left if right in left else right if left in right else left + right
