"""The embedded store: one SQLite file in WAL mode.

In and out: the values of ``graph.model``. Every thread reads over a connection of its own; writes take one locked writer
and BEGIN IMMEDIATE, so a reader never blocks a writer and two processes never interleave a batch.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from graph.errors import Conflict, FeedTruncated, InvalidInput, StoreError
from graph.model import (
    DERIVED,
    ENDS,
    Edge,
    EdgeKind,
    Node,
    NodeKind,
    content_hash,
    decode_edge,
    decode_node,
    encode,
)
from graph.store import Batch, Change, Check, Cursor, Direction, Written, chunks

SCHEMA = 1
_TABLES = """
CREATE TABLE node (id TEXT PRIMARY KEY, kind TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE edge (id TEXT PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, version INTEGER NOT NULL,
                   hash BLOB NOT NULL, content TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE key (key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID;
CREATE TABLE log (revision INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX node_kind ON node (kind, id);
CREATE INDEX edge_kind ON edge (kind, id);
CREATE INDEX edge_source ON edge (source, kind);
CREATE INDEX edge_target ON edge (target, kind);
CREATE INDEX key_id ON key (id);
"""
_NODE_KINDS = frozenset(NodeKind)
_Row = tuple[Any, ...]
_T = TypeVar("_T")


class SqliteStore:
    """A ``graph.store.Store`` in one file."""

    def __init__(self, path: Path | str, *, create: bool = True, busy_seconds: float = 60.0) -> None:
        """Open ``path``, made first if ``create``. Raises StoreError if it is not there, not a store, or of a newer schema."""
        self._path = Path(path)
        self._busy = busy_seconds
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        if not create and not self._path.exists():
            raise StoreError(f"{self.url}: there is no store; make one with: dovetail ingest FILES --store {self.url}")
        try:
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.url}: cannot be opened: {error}") from error

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    # -- reading

    def get(self, ids: Collection[str]) -> dict[str, Node | Edge]:
        with self._reading() as db:
            found = self._get(db, ids)
            former = [one for one in ids if one not in found]
            entities = {key: hits[-1] for key, hits in self._lookup(db, former).items()}
            now = self._get(db, set(entities.values()))
        return found | {key: now[one] for key, one in entities.items()}

    def _get(self, db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Node | Edge]:
        found: dict[str, Node | Edge] = {}
        for part in chunks(ids):
            marks = _marks(part)
            for table in ("node", "edge"):
                rows = db.execute(f"SELECT id, kind, version, content FROM {table} WHERE id IN ({marks})", part)
                found.update((row[0], _decode(*row[1:])) for row in rows)
        return found

    def scan(self, kind: NodeKind | EdgeKind) -> Iterator[Node | Edge]:
        # a connection of its own: its read transaction pins one revision while the caller takes its time
        db = self._connect()
        try:
            table = "node" if kind in _NODE_KINDS else "edge"
            rows = db.execute(f"SELECT kind, version, content FROM {table} WHERE kind = ? ORDER BY id", (kind.value,))
            for row in rows:
                yield _decode(*row)
        except sqlite3.Error as error:
            raise StoreError(f"{self.url}: {error}") from error
        finally:
            self._all.remove(db)
            db.close()

    def edges(
        self, nodes: Collection[str], *, kinds: Collection[EdgeKind] | None = None, direction: Direction = "both"
    ) -> list[Edge]:
        found: dict[str, Edge] = {}
        wanted = [kind.value for kind in kinds or EdgeKind]
        columns = {"out": ("source",), "in": ("target",), "both": ("source", "target")}[direction]
        with self._reading() as db:
            for part in chunks(nodes):
                for column in columns:
                    rows = db.execute(
                        f"SELECT id, kind, version, content FROM edge WHERE {column} IN ({_marks(part)}) AND kind IN ({_marks(wanted)})",
                        (*part, *wanted),
                    )
                    found.update((row[0], decode_edge(EdgeKind(row[1]), row[3], row[2])) for row in rows)
        return [found[one] for one in sorted(found)]

    def lookup(self, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        with self._reading() as db:
            return self._lookup(db, keys)

    def _lookup(self, db: sqlite3.Connection, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for part in chunks(keys):
            for key, one in db.execute(f"SELECT key, id FROM key WHERE key IN ({_marks(part)}) ORDER BY key, id", part):
                found[key] = (*found.get(key, ()), one)
        return found

    def changes(self, since: Cursor) -> Iterator[Change]:
        now = self.cursor()
        if since.epoch != now.epoch or since.revision > now.revision:
            raise FeedTruncated(f"{self.url}: the cursor is of another epoch")
        last = since.revision
        while True:
            with self._reading() as db:
                rows = db.execute("SELECT revision, content FROM log WHERE revision > ? ORDER BY revision LIMIT 100", (last,)).fetchall()
            for revision, content in rows:
                yield msgspec.json.decode(content, type=Change)
                last = revision
            if len(rows) < 100:
                return

    def cursor(self) -> Cursor:
        with self._reading() as db:
            values = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('epoch', 'revision')"))
        return Cursor(str(values["epoch"]), int(values["revision"]))

    def count(self) -> dict[str, int]:
        with self._reading() as db:
            rows = db.execute("SELECT kind, count(*) FROM node GROUP BY kind UNION ALL SELECT kind, count(*) FROM edge GROUP BY kind")
            return dict(sorted(rows))

    def meta(self, key: str) -> bytes | None:
        with self._reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key = ?", (f"user:{key}",)).fetchone()
        return bytes(row[0]) if row else None

    # -- writing

    def set_meta(self, key: str, value: bytes) -> None:
        self._transaction(lambda db: db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"user:{key}", value)))

    def write(self, batch: Batch, *, expect: Mapping[str, int | None] | None = None) -> Written:
        try:
            nodes = {node.id: (node, encode(node)) for node in batch.nodes}
            edges = {edge.id: (edge, encode(edge)) for edge in batch.edges}
        except (ValueError, TypeError) as error:
            raise InvalidInput(f"text that cannot be stored: {error}") from error
        return self._transaction(lambda db: self._apply(db, batch.delete, nodes, edges, expect or {}))

    def _apply(
        self,
        db: sqlite3.Connection,
        delete: list[str],
        nodes: dict[str, tuple[Node, bytes]],
        edges: dict[str, tuple[Edge, bytes]],
        expect: Mapping[str, int | None],
    ) -> Written:
        self._check_versions(db, expect)
        revision = int(db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0]) + 1
        deleted = self._delete(db, delete)
        added, changed = self._put(db, "node", nodes, revision)
        self._check_ends(db, [edge for edge, _ in edges.values()])
        derived = {one for one, (edge, _) in edges.items() if edge.kind in DERIVED}
        more_added, more_changed = self._put(db, "edge", edges, revision)
        added |= more_added
        changed |= more_changed
        again = deleted & added  # deleted and written in one batch: a change to whoever follows the feed
        deleted, added, changed = deleted - again, added - again, changed | again
        logged = (added | changed) - derived
        if not logged and not deleted:
            return Written(revision - 1, frozenset(added), frozenset(changed), frozenset())
        # one statement, under the lock that BEGIN IMMEDIATE took: no revision is lost or used twice
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
        change = Change(revision, tuple(sorted(logged)), tuple(sorted(deleted)))
        db.execute("INSERT INTO log VALUES (?, ?)", (revision, msgspec.json.encode(change)))
        return Written(revision, frozenset(added), frozenset(changed), frozenset(deleted))

    def _check_versions(self, db: sqlite3.Connection, expect: Mapping[str, int | None]) -> None:
        now: dict[str, int] = {}
        for part in chunks(expect):
            for table in ("node", "edge"):
                now.update(db.execute(f"SELECT id, version FROM {table} WHERE id IN ({_marks(part)})", part))
        stale = sorted(one for one, version in expect.items() if now.get(one) != version)
        if stale:
            raise Conflict(stale)

    def _delete(self, db: sqlite3.Connection, ids: list[str]) -> set[str]:
        deleted: set[str] = set()
        for part in chunks(dict.fromkeys(ids)):
            marks = _marks(part)
            gone = {row[0] for row in db.execute(f"DELETE FROM node WHERE id IN ({marks}) RETURNING id", part)}
            db.execute(f"DELETE FROM key WHERE id IN ({marks})", part)
            for column in ("id", "source", "target"):
                gone |= {row[0] for row in db.execute(f"DELETE FROM edge WHERE {column} IN ({marks}) RETURNING id", part)}
            deleted |= gone
        return deleted

    def _put(self, db: sqlite3.Connection, table: str, items: Mapping[str, tuple[Any, bytes]], revision: int) -> tuple[set[str], set[str]]:
        before: dict[str, bytes] = {}
        for part in chunks(items):
            before.update(db.execute(f"SELECT id, hash FROM {table} WHERE id IN ({_marks(part)})", part))
        hashes = {one: content_hash(content) for one, (_, content) in items.items()}
        added = {one for one in items if one not in before}
        changed = {one for one in items if one in before and before[one] != hashes[one]}
        rows: list[_Row] = []
        keys: list[_Row] = []
        for one, (item, content) in items.items():
            if one in added or one in changed:
                if isinstance(item, Node):
                    rows.append((one, item.kind_of_node.value, revision, hashes[one], content.decode()))
                    keys.extend((key, one) for key in item.lookup_keys())
                else:
                    rows.append((one, item.kind.value, item.source, item.target, revision, hashes[one], content.decode()))
        if table == "node":
            db.executemany("DELETE FROM key WHERE id = ?", ((one,) for one in sorted(changed)))
            db.executemany("INSERT OR IGNORE INTO key VALUES (?, ?)", keys)
        if rows:
            db.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({_marks(rows[0])})", rows)
        return added, changed

    def _check_ends(self, db: sqlite3.Connection, edges: list[Edge]) -> None:
        kinds: dict[str, str] = {}
        for part in chunks({end for edge in edges for end in (edge.source, edge.target)}):
            kinds.update(db.execute(f"SELECT id, kind FROM node WHERE id IN ({_marks(part)})", part))
        for edge in edges:
            for end, allowed, name in zip((edge.source, edge.target), ENDS[edge.kind], ("source", "target"), strict=True):
                if end not in kinds:
                    raise InvalidInput(f"{edge.kind.value} {edge.id}: its {name} {end} is not in the store")
                if kinds[end] not in allowed:
                    raise InvalidInput(f"{edge.kind.value} {edge.id}: its {name} {end} is a {kinds[end]}")

    # -- care

    def check(self, *, deep: bool = False) -> Check:
        problems: list[str] = []
        total = hashlib.sha256()
        with self._reading() as db:
            pragma = "integrity_check" if deep else "quick_check"
            problems += [row[0] for row in db.execute(f"PRAGMA {pragma}") if row[0] != "ok"]
            if deep:
                problems += self._check_content(db, total)
        return Check(tuple(problems), total.hexdigest() if deep else None)

    def _check_content(self, db: sqlite3.Connection, total: hashlib._Hash) -> list[str]:
        problems = []
        derived = _marks(DERIVED)
        for row in db.execute("SELECT id, hash, content FROM node ORDER BY id"):
            problems += _damage(row, total)
        for row in db.execute(f"SELECT id, hash, content FROM edge WHERE kind NOT IN ({derived}) ORDER BY id", [*DERIVED]):
            problems += _damage(row, total)
        for end in ("source", "target"):
            rows = db.execute(f"SELECT id, {end} FROM edge WHERE NOT EXISTS (SELECT 1 FROM node WHERE node.id = edge.{end})")
            problems += [f"edge {one}: its {end} {node} is missing" for one, node in rows]
        for (one,) in db.execute("SELECT DISTINCT id FROM key WHERE NOT EXISTS (SELECT 1 FROM node WHERE node.id = key.id)"):
            problems.append(f"lookup key of {one}, which is missing")
        return problems

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for db in self._all:
                db.close()
            self._all.clear()

    # -- connections

    def _prepare(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = self._connect()
        with contextlib.suppress(sqlite3.OperationalError):  # a read-only file stays in the mode it is in
            db.execute("PRAGMA journal_mode=WAL")
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            db.execute("BEGIN IMMEDIATE")
            if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:  # still: two may open a new file at once
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                first = {"schema": SCHEMA, "epoch": secrets.token_hex(8), "revision": 0}
                db.executemany("INSERT INTO meta VALUES (?, ?)", first.items())
            db.execute("COMMIT")
        row = db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        if int(row[0]) != SCHEMA:
            raise StoreError(f"{self.url}: made by another version of Dovetail (schema {row[0]}, this one reads {SCHEMA})")
        self._local.db = db

    def _connect(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"{self.url}: the store was closed")
        db = sqlite3.connect(self._path, timeout=self._busy, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous=NORMAL")  # with WAL: a power cut may lose the last batches, never half of one
        db.execute("PRAGMA cache_size=-65536")
        with self._lock:
            self._all.append(db)
        return db

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            db = getattr(self._local, "db", None)
            if db is None or self._closed:
                db = self._local.db = self._connect()
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN")  # several statements, one revision
            try:
                yield db
            finally:
                db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StoreError(f"{self.url}: {error}") from error

    def _transaction(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            db = getattr(self._local, "db", None)
            if db is None or self._closed:
                db = self._local.db = self._connect()
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise
            return result
        except sqlite3.Error as error:
            raise StoreError(f"{self.url}: {error}") from error


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


def _decode(kind: str, version: int, content: str) -> Node | Edge:
    if kind in _NODE_KINDS:
        return decode_node(NodeKind(kind), content, version)
    return decode_edge(EdgeKind(kind), content, version)


def _damage(row: _Row, total: hashlib._Hash) -> list[str]:
    one, stored, content = row
    raw = content.encode()
    total.update(raw + b"\n")
    return [] if content_hash(raw) == stored else [f"{one}: its content does not match its hash (edited by hand?)"]
