"""Why a file, a sheet or a table is not read: the rule that it breaks, and which sort of reason that is.

In: a reason and its place. Out: ``Unread``, an InvalidInput. Next: ``ingest.read.tables`` gives it in place of a table; ``ingest.choose``
tells by ``kind`` what a person should hear about from what is passed over.
"""

from __future__ import annotations

from enum import StrEnum

from graph.errors import InvalidInput


class Why(StrEnum):
    """The sorts of reasons."""

    SYSTEM = "system"
    """A file that a system or a program left beside the user's own: ``Thumbs.db``, ``.DS_Store``, ``~$open.xlsx``."""
    HIDDEN = "hidden"
    """A file or a sheet that somebody hid."""
    EMPTY = "empty"
    """A table with nothing in it."""
    NO_TABLE = "no_table"
    """Something that is not a table: a picture, a chart, a text."""
    DAMAGED = "damaged"
    """A table that cannot be read: it is damaged, locked, or of a kind that has no reader here."""


class Unread(InvalidInput):
    """``file`` is not read; ``kind`` is the sort of the reason."""

    def __init__(
        self, rule: str, kind: Why = Why.DAMAGED, *, file: str | None = None, line: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(rule, file=file, line=line, field=field)
        self.kind = kind
