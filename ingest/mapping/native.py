"""Forms: how the columns of a file become rows of the native kinds.

In: a file's name, its columns and its raw rows. Out: for each raw row its ``RowPart``s (a native kind and cells by native field), of which
the first is the row's own. Next: ``ingest.choose`` picks the form of a table, and ``ingest.load`` gives the parts to
``ingest.rows.models.validate``. A native file gives one part a row; a mapped one (``ingest.mapping.mapped``) may give several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from ingest.mapping.aliases import CHINESE_NAMES, COLUMNS, column_key
from ingest.read.readers import PROBLEM, Raw
from ingest.rows.cells import Tally, is_blank
from ingest.rows.contacts import is_contact_column
from ingest.rows.models import REQUIRED, Kind

NAMED_COLUMNS = 100
"""Unknown columns that a report names; JSON Lines may hold any number."""
COLUMN_NAME = 200
"""Characters of a column's name; a longer one is none that is known."""
REMEMBERED_COLUMNS = 20_000
"""Columns whose meaning is remembered: JSON Lines may bring new ones in every row."""

_SUFFIX = re.compile(r"(?:\.(?:gz|csv|tsv|jsonl?|xlsx|xlsm|rejected(?:-\d+)?))+$")
_LISTING = re.compile("(?:汇总|信息|数据|清单|名单|列表|明细|一览|登记|表|库)+$")
_BETWEEN_WORDS = re.compile(r"[^a-z\u4e00-\u9fff]+")
_EITHER = {Kind.ACHIEVEMENTS: ("title", "abstract"), Kind.DEMANDS: ("title", "description")}


class RowPart(msgspec.Struct, frozen=True):
    """One native row in the making: its cells by native field, blanks left out. Parts of one ``key`` are the same in every row
    of the file, so that what they come to can be remembered."""

    kind: Kind
    fields: dict[str, object]
    key: tuple[object, ...] | None = None


class Form(Protocol):
    """How one file is read."""

    @property
    def kind(self) -> Kind:
        """The kind of the rows' own part."""

    @property
    def name(self) -> str:
        """What a report calls the form."""

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


class NativeForm:
    """The columns of docs/data-formats.md. JSON Lines may bring further columns in any row."""

    def __init__(self, kind: Kind, columns: Sequence[str]) -> None:
        self.kind = kind
        self.name = kind.value
        self.unknown: list[str] = []
        self._table = COLUMNS[kind]
        self._fields: dict[str, str | None] = {}
        self._names: dict[str, str] = {}
        self._contacts: set[str] = set()
        for one in columns:
            self._field(one)

    def missing(self) -> str | None:
        """A required column that the header lacks; of two of which one is required, both."""
        either = _EITHER.get(self.kind)
        if either and not self._names.keys() & {*either}:
            return " or ".join(either)
        return next((one for one in REQUIRED[self.kind] if one not in self._names), None)

    def _field(self, name: str) -> str | None:
        if name in self._fields:
            return self._fields[name]
        if len(name) > COLUMN_NAME or len(self._fields) > REMEMBERED_COLUMNS:
            return None
        found = self._table.get(column_key(name))
        if found in self._names:
            found = None  # two columns of one meaning: the first is read, the second named as unknown
        self._fields[name] = found
        if found:
            self._names[found] = name
        elif is_contact_column(column_key(name)):
            self._contacts.add(name)
        elif name and name != PROBLEM and len(self.unknown) < NAMED_COLUMNS:
            self.unknown.append(name)
        return found

    def prepare(self, rows: Iterable[Raw]) -> None:
        """Every row of a native file stands for itself."""

    def parts(self, row: Mapping[str, object], tally: Tally) -> list[RowPart]:
        fields: dict[str, object] = {}
        for name, value in row.items():
            if is_blank(value):
                continue
            known = self._field(name)
            if known:
                fields[known] = value
            elif name in self._contacts:
                tally.contacts += 1
        return [RowPart(self.kind, fields)]

    def column(self, part: RowPart, field: str) -> str:  # noqa: ARG002 (the protocol's; a native file has one part a row)
        return self._names.get(field, field)

    def present(self, kind: Kind) -> frozenset[str]:  # noqa: ARG002
        return frozenset(self._names)
