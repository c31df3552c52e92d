"""The file beneath the SQLite store: its schema, how it is opened, and the connections that are lent out.

In: a path. Out: connections to the file, which has the schema. Next: ``graph.sqlite.store`` runs its statements over them.

A file in a folder where nobody may write, as on a disk that is mounted read-only, is read without the files that SQLite puts beside a
database in use.

A connection serves one call at a time and is then lent to the next, whatever its thread. (A connection kept by each thread
would stay open for every thread that ended, and closing the store would pull it from under a thread that is reading.)
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from graph import private
from graph.errors import InvalidInput, StoreError
from graph.language import _

SCHEMA = 1
# Rows lie in the order of their arrival, and only short keys are put at the random places that hashed ids ask for: with the
# rows themselves in a tree by id, 100,000 nodes and 200,000 edges took 22 s of CPU to write in place of 14.
_TABLES = """
CREATE TABLE node (number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
                   hash BLOB NOT NULL, content TEXT NOT NULL);
CREATE TABLE edge (number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
                   hash BLOB NOT NULL, content TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL);
CREATE TABLE key (key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE log (revision INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE UNIQUE INDEX node_id ON node (id);
CREATE UNIQUE INDEX edge_id ON edge (id);
CREATE INDEX node_kind ON node (kind, id);
CREATE INDEX edge_kind ON edge (kind, id);
CREATE INDEX edge_source ON edge (source, kind);
CREATE INDEX edge_target ON edge (target, kind);
CREATE INDEX key_id ON key (id);
"""
# beside the graph, and made where an older file has none
_DOCUMENTS = """
CREATE TABLE IF NOT EXISTS document (id TEXT PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL,
                                     content BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS document_version ON document (version, id);
INSERT OR IGNORE INTO meta VALUES ('sequence', 0);
"""
_CHECKPOINT = 10_000
"""Pages of the write-ahead log before they go into the file (40 MB): hashed ids touch the same pages batch after batch."""
_IDLE = 16
"""Connections kept open between calls, at most."""
_NO_ACCESS = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


class SqliteFile:
    """Opens the file at ``path``, made first if it is new, and lends connections to it."""

    def __init__(self, path: Path, url: str, *, busy_seconds: float) -> None:
        """Raises StoreError if the file cannot be opened, is not a store or is of another schema."""
        self._path = path.absolute()  # a later change of the working directory must not open another file
        self._url = url
        self._busy = busy_seconds
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._closed = False
        try:
            private.folder(self._path.parent)
            if self._may_write():
                private.claim(self._path)  # SQLite gives the files beside it the same mode
            with self.lend() as db:
                self._prepare(db)
        except OSError as error:
            raise StoreError(_("{url}: cannot be opened: {error}", url=url, error=error)) from error
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Close what is idle; a connection that is lent out is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    def _prepare(self, db: sqlite3.Connection) -> None:
        if not _is_empty(db):
            self._check_schema(db)  # before anything is written: the file may be another program's
        _set_wal(db, self._busy)
        if _is_empty(db):
            db.execute("BEGIN IMMEDIATE")
            if _is_empty(db):  # still: two may open a new file at once
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                first = {"schema": SCHEMA, "epoch": secrets.token_hex(8), "revision": 0}
                db.executemany("INSERT INTO meta VALUES (?, ?)", first.items())
            db.execute("COMMIT")
            self._check_schema(db)
        if self._may_write() and not db.execute("SELECT 1 FROM meta WHERE key = 'sequence'").fetchone():
            db.execute("BEGIN IMMEDIATE")
            for statement in _DOCUMENTS.split(";"):
                db.execute(statement)
            db.execute("COMMIT")

    def _check_schema(self, db: sqlite3.Connection) -> None:
        try:
            (schema,) = db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        except (sqlite3.OperationalError, TypeError) as error:
            if isinstance(error, sqlite3.OperationalError) and _code(error) != sqlite3.SQLITE_ERROR:  # no such table or column
                raise
            raise StoreError(_("{url}: an SQLite file, but not a store of Dovetail", url=self._url)) from error
        if schema != SCHEMA:
            raise StoreError(
                _(
                    "{url}: made by another version of Dovetail (schema {schema}, this one reads {schema2})",
                    url=self._url,
                    schema=schema,
                    schema2=SCHEMA,
                )
            )

    def _may_write(self) -> bool:
        return os.access(self._path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)

    def _state(self) -> tuple[int, int] | None:
        """Of a file that is read as if nobody could write to it: what tells that somebody did."""
        if self._may_write():
            return None
        with contextlib.suppress(OSError):
            found = self._path.stat()
            return found.st_size, found.st_mtime_ns
        return None

    def _how(self) -> str:
        """How SQLite is to open the file: as its address says it."""
        if self._may_write():
            return ""
        log = self._path.with_name(self._path.name + "-wal")
        return "?mode=ro" if log.exists() and log.stat().st_size else "?immutable=1"

    def _connect(self) -> sqlite3.Connection:
        address = self._path.as_uri() + self._how()
        db = sqlite3.connect(address, timeout=self._busy, isolation_level=None, check_same_thread=False, uri=True)
        try:
            db.execute("PRAGMA synchronous=NORMAL")  # with WAL: a power cut may lose the last batches, never half of one
            db.execute("PRAGMA cache_size=-65536")
            db.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")
        except sqlite3.Error:
            db.close()
            raise
        return db

    @contextlib.contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile; a transaction that it comes back with is rolled back."""
        with self._lock:
            if self._closed:
                raise StoreError(_("{url}: the store was closed", url=self._url))
            if self._process != os.getpid():
                raise StoreError(_("{url}: opened by another process; open the store again after a fork", url=self._url))
            db = self._idle.pop() if self._idle else None
        try:
            before = self._state()
            db = db or self._connect()
            try:
                yield db
            finally:
                self._give_back(db)
            if self._state() != before:
                raise StoreError(_("{url}: somebody wrote to it while it was read; ask again", url=self._url))
        except sqlite3.Error as error:
            hint = " (does its folder exist, and may you write there?)" if _code(error) in _NO_ACCESS else ""
            raise StoreError(f"{self._url}: {error}{hint}") from error
        except UnicodeEncodeError as error:
            raise InvalidInput(_("text that cannot be stored: {error}", error=error)) from error

    def _give_back(self, db: sqlite3.Connection) -> None:
        try:
            if db.in_transaction:  # not so after a COMMIT, nor where SQLite itself rolled back
                db.execute("ROLLBACK")
            with self._lock:
                # read as immutable, a file is trusted to stay as it is: the next call looks at it anew
                if not self._closed and len(self._idle) < _IDLE and self._may_write():
                    self._idle.append(db)
                    return
        except sqlite3.Error:
            pass  # the connection is of no more use; what went wrong is already on its way
        db.close()


def _is_empty(db: sqlite3.Connection) -> bool:
    return not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error of the Python module's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _set_wal(db: sqlite3.Connection, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # two that open a new file at once get in each other's way; a read-only file stays in the mode it is in
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                return
            time.sleep(0.01)
