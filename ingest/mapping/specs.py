"""The types of a mapping file: the TOML of ``ingest/mappings`` and of users (docs/data-formats.md, Mappings).

In: decoded TOML, checked by msgspec. Out: a ``Mapping_`` with a ``FileSpec`` for each form of file. Next: ``ingest.mapping.mapped`` and
``ingest.mapping.templates`` read files by it. What a mapping can say is closed on purpose.
"""

from __future__ import annotations

import msgspec

from ingest.rows.lists import Several
from ingest.rows.models import Kind


class Split(msgspec.Struct, forbid_unknown_fields=True):
    """New columns made of the parts of one. ``first``; the ``others``, each once; the ``only`` other (the first where there is
    none or more than one); ``all`` of them."""

    separator: str
    first: str | None = None
    others: str | None = None
    only: str | None = None
    all: str | None = None


class Share(msgspec.Struct, forbid_unknown_fields=True):
    """A new column: the part that a row's number in ``of`` is of the sum over all rows of the file with the same ``by``."""

    of: str
    by: str


class RowSpec(msgspec.Struct, forbid_unknown_fields=True):
    """One native row that a row of the file makes. Values are templates: text with columns in braces."""

    kind: Kind
    fields: dict[str, str | list[str]]
    require: list[str] = msgspec.field(default_factory=list)
    """Columns without which this row is not made."""
    when: dict[str, str] = msgspec.field(default_factory=dict)
    """By column: the form (a regular expression) of the values for which this row is made."""
    each: str | None = None
    """A column of several values: one row for each. Of a value that is an object, ``{column.key}`` are the parts."""


class FileSpec(msgspec.Struct, forbid_unknown_fields=True):
    """One form of file: told by its columns and, where these do not tell it, its name."""

    columns: list[str]
    name: str = "*"
    skip: str | None = None
    """Why such a file holds nothing for the graph."""
    optional: list[str] = msgspec.field(default_factory=list)
    """Further columns that may be there; one that no row uses is left out without a word."""
    flatten: str | None = None
    """Of a nested format: the function of ``ingest.sources`` that makes flat columns of a row."""
    missing: list[str] = msgspec.field(default_factory=list)
    """Texts that mean "unknown"."""
    matches: dict[str, str] = msgspec.field(default_factory=dict)
    """By column: the form (a regular expression) of a value; anything else is read as unknown."""
    dates: list[str] = msgspec.field(default_factory=list)
    """Further forms of dates, as strptime reads them; ``unix``: seconds since 1970."""
    decimal_comma: list[str] = msgspec.field(default_factory=list)
    """Columns of numbers whose decimal sign is a comma."""
    units: dict[str, str] = msgspec.field(default_factory=dict)
    """By column of amounts: the unit of a number that says none, such as ``万元``."""
    several: dict[str, Several] = msgspec.field(default_factory=dict)
    """By column: what a cell names several of; it is read as in a native file."""
    divide: dict[str, float] = msgspec.field(default_factory=dict)
    """By column: what its numbers are divided by."""
    words: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    """By native field: what the file's words mean."""
    split: dict[str, Split] = msgspec.field(default_factory=dict)
    share: dict[str, Share] = msgspec.field(default_factory=dict)
    first: dict[str, list[str]] = msgspec.field(default_factory=dict)
    """New columns: the first of these templates whose columns are all filled."""
    rows: list[RowSpec] = msgspec.field(default_factory=list)

    def made(self) -> set[str]:
        """The columns, as written, that are made of others."""
        parts = (one for split in self.split.values() for one in (split.first, split.others, split.only, split.all) if one)
        return {*parts, *self.share, *self.first}


class Mapping_(msgspec.Struct, forbid_unknown_fields=True):
    """A mapping file; ``source`` names the rows' source instead of the folder."""

    name: str
    file: list[FileSpec]
    about: str = ""
    source: str | None = None
