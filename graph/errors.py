"""The errors that Dovetail raises on purpose: one root, and children that each carry the exit code of the command line.

In: a message; of ``InvalidInput`` the rule and its place, of ``Conflict`` the ids. Out: an exception that tells a person what is wrong.
Next: every package raises them; ``api.cli.frame`` turns them into a line and an exit code, ``api.http.problems`` into a status.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph.language import _, told


class DovetailError(Exception):
    """Root of every error that Dovetail raises on purpose. ``exit_code`` is what a command that fails by it returns."""

    exit_code = 1


class InvalidInput(DovetailError):
    """A file, a row or an argument breaks a rule; the message names file, line, field and rule where they are known.

    A ``rule`` that is a ``Message`` or a marked constant is told in the message, and stays English in ``rule``.
    """

    exit_code = 2

    def __init__(self, rule: str, *, file: str | None = None, line: int | None = None, field: str | None = None) -> None:
        self.rule, self.file, self.line, self.field = rule, file, line, field
        place = ":".join(str(part) for part in (file, line) if part is not None)
        super().__init__(": ".join(part for part in (place, field, told(rule)) if part))


class RowRejected(InvalidInput):
    """A row that does not land; ``broken``: each of its fields that breaks a rule, and the rule in words."""

    def __init__(self, broken: Iterable[tuple[str, str]]) -> None:
        self.broken = tuple(broken)
        field, rule = self.broken[0] if self.broken else ("", "")
        super().__init__(rule, field=field or None)


class NotAllowed(InvalidInput):
    """What is asked for is not for whoever asks; the message says why, in words that anybody may read."""


class NotPossible(InvalidInput):
    """What is asked for cannot be done with the thing as it stands."""


class NotFound(DovetailError):
    """Nothing in the store answers to the id or name that was asked for."""

    exit_code = 3


class Conflict(DovetailError):
    """A node is not at the version the writer expected; ``ids`` are the nodes concerned, nothing was written."""

    exit_code = 4

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        super().__init__(_("changed by somebody else meanwhile: {ids}", ids=", ".join(self.ids)))


class NotSignedIn(DovetailError):
    """Nobody is known by what was shown, or it is not good any more."""

    exit_code = 9


class StoreError(DovetailError):
    """The store cannot be opened, read or written; the message names the store."""

    exit_code = 5


class StoreMissing(StoreError):
    """There is no store at an address that is otherwise good."""


class StoreAway(StoreError):
    """The store's server does not answer, or not yet: the same call may go well later."""


class FeedTruncated(StoreError):
    """The cursor is of another epoch or older than what the change feed keeps: its owner rebuilds from a scan."""


class ServiceAway(DovetailError):
    """A server that Dovetail asks, of mail or of identities, does not do its part; the message is in words that anybody may read."""


class ModelError(DovetailError):
    """The embedding model is missing, damaged or not the one the index was made with."""

    exit_code = 6


class IndexMissing(DovetailError):
    """There is no index for this store that can be asked; ``dovetail index`` makes it."""

    exit_code = 7


class IndexDamaged(IndexMissing):
    """A file of the index is not what was written; ``dovetail index`` makes it anew."""
