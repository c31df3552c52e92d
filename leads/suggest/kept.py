"""What was found, kept beside the index of this machine: so that a refresh asks again only what has changed.

In: a store. Out: by need what was found for it, as of which revision, and its standing query. Next: ``leads.suggest.refresh``.

It is derived: where it is missing, or was made under another key (a Scale, a model, a day, a setting), everything is found anew. One SQLite
file a store; what is put in is committed in batches, so that a refresh that is stopped goes on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from graph import private
from graph.errors import NotPossible
from graph.language import _
from graph.store import Store, chunks
from leads.suggest.find import Found
from matcher.embedding.embedder import cache_folder

_TABLES = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS need (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, house BLOB NOT NULL, found BLOB NOT NULL, "
    "query BLOB NOT NULL)",
)
PATIENCE = 2.0
"""Seconds that are waited for a refresh of another process by who is to be answered at once."""
_KEY = "key"
_FOUND = msgspec.msgpack.Decoder(tuple[Found, ...])


class Row(msgspec.Struct, frozen=True):
    """A need as it was asked. ``revision``: of the snapshot; ``house``: a hash of who was left out; ``query``: see
    ``leads.suggest.standing``."""

    id: str
    revision: int
    house: bytes
    found: tuple[Found, ...]
    query: bytes


class Kept:
    """The file of a store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def holds(self, key: str) -> bool:
        """Whether what is kept was kept under ``key``."""
        return self.meta(_KEY) == key.encode()

    def under(self, key: str) -> None:
        """Forget all that was kept under another key."""
        if not self.holds(key):
            with self._database:
                self._database.execute("DELETE FROM need")
                self._database.execute("DELETE FROM meta")
                self._set(_KEY, key.encode())

    def is_of(self, scale: str, family: str) -> bool:
        """Whether what is kept was made with this Scale and this model, on whatever day."""
        key = self.meta(_KEY)
        return bool(key) and json.loads(key or b"[]")[1:3] == [scale, family]

    def rows(self) -> dict[str, Row]:
        """All needs."""
        found = self._database.execute("SELECT id, revision, house, found, query FROM need ORDER BY id")
        return {id: Row(id, revision, house, _FOUND.decode(content), query) for id, revision, house, content, query in found}

    def put(self, rows: Iterable[Row]) -> None:
        """Keep some needs, in one commit."""
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO need VALUES (?, ?, ?, ?, ?)",
                [(row.id, row.revision, row.house, msgspec.msgpack.encode(row.found), row.query) for row in rows],
            )

    def settle(self, needs: Collection[str], revision: int, faces: bytes) -> None:
        """All needs that are kept hold as of a revision, and those that are no longer asked are forgotten. ``faces``: see
        ``leads.suggest.changes``."""
        with self._database:
            gone = [id for (id,) in self._database.execute("SELECT id FROM need") if id not in needs]
            for part in chunks(gone):
                self._database.executemany("DELETE FROM need WHERE id = ?", [(one,) for one in part])
            self._database.execute("UPDATE need SET revision = ?", (revision,))
            self._set("faces", faces)

    def meta(self, name: str) -> bytes | None:
        """A named value; None if it was never set."""
        found = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return bytes(found[0]) if found else None

    def _set(self, name: str, value: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def path_of(store: Store) -> Path:
    """Where what was found of a store is kept."""
    return cache_folder() / "leads" / f"{store.cursor().epoch}.db"


@contextmanager
def opened(store: Store, *, waits: bool = True) -> Iterator[Kept]:
    """The file of a store, for one process at a time. ``waits``: for as long as another has it; else raises NotPossible after ``PATIENCE``
    seconds."""
    from filelock import FileLock, Timeout

    path = path_of(store)
    private.narrowed(private.folder(path.parent))
    lock = FileLock(path.with_suffix(".lock"), mode=private.FILE, timeout=-1 if waits else PATIENCE)
    try:
        lock.acquire()
    except Timeout as error:
        raise NotPossible(_("leads are being found for all demands; ask again when that is done")) from error
    try:
        database = _database(path)
        try:
            yield Kept(database)
        finally:
            database.close()
    finally:
        lock.release()


def _database(path: Path) -> sqlite3.Connection:
    """The file, made anew where it is damaged."""
    for is_last in (False, True):
        private.narrowed(private.claim(path))
        database = sqlite3.connect(path)
        try:
            for table in _TABLES:
                database.execute(table)
            if database.execute("PRAGMA quick_check").fetchone() == ("ok",) or is_last:
                return database
        except sqlite3.DatabaseError:
            if is_last:
                raise
        database.close()
        path.unlink()
    raise AssertionError("the last try returns or raises")
