"""The embedded store: one SQLite file in WAL mode.

In: batches to write, and ids, keys and cursors to read by. Out: the values of ``graph.model``, and the reports of ``graph.store``. Next:
``graph.connect`` opens it.

Every call reads over a connection of its own (``graph.sqlite.file``); writes take one locked writer and BEGIN IMMEDIATE, so a reader never
blocks a writer and two processes never interleave a batch.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import secrets
import shlex
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from graph import private
from graph.documents import Document, DocumentKind, checked
from graph.errors import Conflict, FeedTruncated, InvalidInput, StoreMissing
from graph.language import _
from graph.model import (
    DERIVED,
    NODE_TYPES,
    Edge,
    EdgeKind,
    Expert,
    Institution,
    Node,
    NodeKind,
    content_hash,
    decode_edge,
)
from graph.sqlite.check import SUM, VALUE, change_damage, content_damage, decode, log_damage, meta_damage
from graph.sqlite.documents import document_damage, held, last, put, since
from graph.sqlite.file import SqliteFile
from graph.store import Batch, Change, Check, Cursor, Direction, Written, check_ends, chunks, encoded

_COLUMNS = {"node": ("id", "kind", "version", "hash", "content"), "edge": ("id", "kind", "version", "hash", "content", "source", "target")}
_LABELS: dict[object, str] = {type_: kind.value for kind, type_ in NODE_TYPES.items()} | {kind: kind.value for kind in EdgeKind}
_OTHER = {"node": "edge", "edge": "node"}
_NODE_KINDS = frozenset(NodeKind)
_FEED_PAGE = 100
_FEED_BYTES = 1 << 20
"""A page of the feed ends with the change that reaches this."""
_Row = tuple[Any, ...]
_Put = tuple[set[str], set[str]]
_T = TypeVar("_T")


class SqliteStore:
    """A ``graph.store.Store`` in one file."""

    def __init__(self, path: Path | str, *, create: bool = True, busy_seconds: float = 60.0) -> None:
        """Open ``path``, made first if ``create``. Raises StoreError if it is not there, not a store, or of another schema."""
        self._path = Path(path)
        self._writer = threading.Lock()
        self._known_well: set[str] = set()
        """The tables in which the last batch, if there was one, found most of what it brought. Held by the writer."""
        if not create and not self._path.exists():
            raise StoreMissing(
                _(
                    "{url}: there is no store; make one with: dovetail ingest FILES --store {address}",
                    url=self.url,
                    address=shlex.quote(self.url),
                )
            )
        self._file = SqliteFile(self._path, self.url, busy_seconds=busy_seconds)

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    # -- reading

    def get(self, ids: Collection[str]) -> dict[str, Node | Edge]:
        with self._reading() as db:
            found = self._get(db, ids)
            former = self._lookup(db, [one for one in ids if one not in found])
            holders = self._get(db, {one for hits in former.values() for one in hits})
        for key, hits in former.items():
            # a lookup key of another sort (a name, a source's id) is no id: only entities answer to former ids
            entities = [node for node in map(holders.get, hits) if isinstance(node, Institution | Expert)]
            if entities:
                found[key] = entities[0]
        return found

    def _get(self, db: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Node | Edge]:
        found: dict[str, Node | Edge] = {}
        for part in chunks(ids):
            for table in ("node", "edge"):
                rows = db.execute(f"SELECT id, kind, version, content FROM {table} WHERE id IN ({_marks(part)})", part)
                found.update((row[0], decode(*row[1:])) for row in rows)
        return found

    def scan(self, kind: NodeKind | EdgeKind) -> Iterator[Node | Edge]:
        table = "node" if kind in _NODE_KINDS else "edge"
        with self._reading() as db:  # its transaction pins one revision while the caller takes its time
            for row in db.execute(f"SELECT kind, version, content FROM {table} WHERE kind = ? ORDER BY id", (kind.value,)):
                yield decode(*row)

    def edges(self, nodes: Collection[str], *, kinds: Collection[EdgeKind] | None = None, direction: Direction = "both") -> list[Edge]:
        found: dict[str, Edge] = {}
        wanted = [kind.value for kind in (EdgeKind if kinds is None else kinds)]
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
        found: dict[str, list[str]] = {}
        for part in chunks(dict.fromkeys(keys)):
            for key, one in db.execute(f"SELECT key, id FROM key WHERE key IN ({_marks(part)}) ORDER BY key, id", part):
                found.setdefault(key, []).append(one)
        return {key: tuple(ids) for key, ids in found.items()}

    def changes(self, since: Cursor) -> Iterator[Change]:
        now = self.cursor()
        if since.epoch != now.epoch or not 0 <= since.revision <= now.revision:
            raise FeedTruncated(_("{url}: the cursor is of another epoch", url=self.url))
        return self._changes(since.revision, now.revision)

    def _changes(self, last: int, now: int) -> Iterator[Change]:
        rows: list[_Row] = []
        while last < now or len(rows) == _FEED_PAGE:
            with self._reading() as db:
                statement = f"SELECT revision, content FROM log WHERE revision > ? ORDER BY revision LIMIT {_FEED_PAGE}"
                rows, size = [], 0
                for row in db.execute(statement, (last,)):
                    rows.append(row)
                    size += len(row[1])
                    if size >= _FEED_BYTES:
                        break
            if last < now and not rows:
                raise FeedTruncated(_("{url}: the feed ends at revision {last}", url=self.url, last=last))
            for revision, content in rows:
                if revision != last + 1:
                    raise FeedTruncated(
                        _(
                            "{url}: the feed begins at revision {revision}, after the cursor's {last}",
                            url=self.url,
                            revision=revision,
                            last=last,
                        )
                    )
                yield msgspec.json.decode(content, type=Change)
                last = revision

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
            row = db.execute("SELECT value FROM meta WHERE key = ?", (f"{VALUE}{key}",)).fetchone()
        return bytes(row[0]) if row else None

    def documents(self, ids: Collection[str]) -> dict[str, Document]:
        with self._reading() as db:
            return {one.id: one for part in chunks(ids) for one in held(db, part) if one.content}

    def documents_since(self, sequence: int, kinds: Collection[DocumentKind] | None = None) -> Iterator[Document]:
        with self._reading() as db:
            yield from since(db, sequence, list(DocumentKind) if kinds is None else kinds)

    def sequence(self) -> int:
        with self._reading() as db:
            return last(db)

    # -- writing

    def set_meta(self, key: str, value: bytes) -> None:
        rows = [(f"{VALUE}{key}", value), (f"{SUM}{key}", content_hash(value))]
        self._transaction(lambda db: db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows))

    def write(self, batch: Batch, *, expect: Mapping[str, int | None] | None = None) -> Written:
        nodes, edges = encoded(batch)
        documents = checked(batch.documents)

        def work(db: sqlite3.Connection) -> Written:
            written = self._apply(db, batch.delete, nodes, edges, expect or {})
            return msgspec.structs.replace(written, sequence=put(db, documents)) if documents else written

        return self._transaction(work, lasting=bool(documents))

    def _apply(
        self,
        db: sqlite3.Connection,
        delete: list[str],
        nodes: dict[str, tuple[Node, bytes]],
        edges: dict[str, tuple[Edge, bytes]],
        expect: Mapping[str, int | None],
    ) -> Written:
        self._check_versions(db, expect)
        now = int(db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0])
        gone, gone_derived = self._delete(db, delete)
        facts = {one: edge for one, edge in edges.items() if edge[0].kind not in DERIVED}
        derived = {one: edge for one, edge in edges.items() if one not in facts}
        added, changed = set[str](), set[str]()
        kinds: dict[str, str] = {}
        for table, items in (("node", nodes), ("edge", facts)):
            more_added, more_changed = self._put(db, table, items, kinds, now + 1)
            added |= more_added
            changed |= more_changed
        written, lost = added | changed, gone - added
        if written or lost:
            # one statement, under the lock that BEGIN IMMEDIATE took: no revision is lost or used twice
            db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
            now += 1
            change = Change(now, tuple(sorted(written)), tuple(sorted(lost)))
            db.execute("INSERT INTO log VALUES (?, ?)", (now, msgspec.json.encode(change)))
        more_added, more_changed = self._put(db, "edge", derived, kinds, now)
        added |= more_added
        deleted = gone | gone_derived
        again = deleted & added  # deleted and written in one batch: a change
        return Written(now, frozenset(added - again), frozenset(changed | more_changed | again), frozenset(deleted - again))

    def _check_versions(self, db: sqlite3.Connection, expect: Mapping[str, int | None]) -> None:
        now: dict[str, int] = {}
        for part in chunks(expect):
            for table in ("node", "edge"):
                now.update(db.execute(f"SELECT id, version FROM {table} WHERE id IN ({_marks(part)})", part))
        stale = sorted(one for one, version in expect.items() if now.get(one) != version)
        if stale:
            raise Conflict(stale)

    def _delete(self, db: sqlite3.Connection, ids: list[str]) -> tuple[set[str], set[str]]:
        """Delete nodes, their edges and edges; the ids that went, those of derived edges apart."""
        gone: dict[str, str] = {}
        for part in chunks(dict.fromkeys(ids)):
            marks = _marks(part)
            gone.update(db.execute(f"DELETE FROM node WHERE id IN ({marks}) RETURNING id, kind", part).fetchall())
            db.execute(f"DELETE FROM key WHERE id IN ({marks})", part)
            for column in ("id", "source", "target"):
                gone.update(db.execute(f"DELETE FROM edge WHERE {column} IN ({marks}) RETURNING id, kind", part).fetchall())
        derived = {one for one, kind in gone.items() if kind in DERIVED}
        return gone.keys() - derived, derived

    def _put(self, db: sqlite3.Connection, table: str, items: Mapping[str, tuple[Any, bytes]], kinds: dict[str, str], now: int) -> _Put:
        """Write what is new or different, at revision ``now``; the ids of each. Adds the items' kinds to ``kinds``."""
        rows: list[_Row] = []
        if table == "node":
            for one in sorted(items):
                node, content = items[one]
                kinds[one] = kind = _LABELS[type(node)]
                rows.append((one, kind, now, content_hash(content), content.decode()))
        else:
            for one in sorted(items):
                edge, content = items[one]
                rows.append((one, _LABELS[edge.kind], now, content_hash(content), content.decode(), edge.source, edge.target))
        added, before = self._insert(db, table, rows)
        changed: set[str] = set()
        renewed: list[_Row] = []
        for row in rows if before else ():
            one = row[0]
            if one not in before or before[one] == (row[1], row[3]):
                continue
            if before[one][0] != row[1]:
                raise InvalidInput(_("{one}: cannot be stored as {kind}: it is {other}", one=one, kind=row[1], other=before[one][0]))
            changed.add(one)
            renewed.append((*row[2:], one))
        if table == "edge":  # those that are unchanged have their ends, or a deletion would have taken them along
            self._check_ends(db, [items[row[0]][0] for row in rows if row[0] in added or row[0] in changed], kinds)
        db.executemany(f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in _COLUMNS[table][2:])} WHERE id = ?", renewed)
        if table == "node":
            db.executemany("DELETE FROM key WHERE id = ?", ((one,) for one in sorted(changed)))
            written = (items[row[0]][0] for row in rows if row[0] in added or row[0] in changed)
            db.executemany("INSERT OR IGNORE INTO key VALUES (?, ?)", [(key, node.id) for node in written for key in node.lookup_keys()])
        return added, changed

    def _insert(self, db: sqlite3.Connection, table: str, rows: list[_Row]) -> tuple[set[str], dict[str, tuple[str, bytes]]]:
        """Insert those of ``rows`` (sorted by id) whose ids are new: their ids, and the kind and hash stored of each of the others."""
        if not rows:
            return set(), {}
        (last,) = db.execute(f"SELECT coalesce(max(number), 0) FROM {table}").fetchone()
        columns = _COLUMNS[table]
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({_marks(columns)}) ON CONFLICT (id) DO NOTHING"
        added = {row[0] for row in rows}
        before: dict[str, tuple[str, bytes]] = {}
        # of a first ingest almost all is new, of a second one hardly anything: the table is asked before the rows are put where the batch
        # before this one brought little, else after it and for those only that were there (what is new comes after all others)
        if table in self._known_well:
            before = self._hashes(db, table, [row[0] for row in rows])
            added -= before.keys()
            db.executemany(insert, [row for row in rows if row[0] in added])
        elif db.executemany(insert, rows).rowcount < len(rows):
            new = {one for (one,) in db.execute(f"SELECT id FROM {table} WHERE number > ?", (last,))}
            before = self._hashes(db, table, sorted(added - new))
            added = new
        (self._known_well.discard if 2 * len(added) > len(rows) else self._known_well.add)(table)
        self._check_apart(db, table, sorted(added))
        return added, before

    def _hashes(self, db: sqlite3.Connection, table: str, ids: list[str]) -> dict[str, tuple[str, bytes]]:
        found: dict[str, tuple[str, bytes]] = {}
        for part in chunks(ids):
            rows = db.execute(f"SELECT id, kind, hash FROM {table} WHERE id IN ({_marks(part)})", part)
            found.update([(one, (kind, digest)) for one, kind, digest in rows])
        return found

    def _check_apart(self, db: sqlite3.Connection, table: str, added: list[str]) -> None:
        """No id is both a node's and an edge's. Ids of one prefix lie together, so one look tells that the other table has none."""
        other = _OTHER[table]
        for _prefix, group in itertools.groupby(added, key=lambda one: one[:4]):
            ids = list(group)
            if db.execute(f"SELECT 1 FROM {other} WHERE id BETWEEN ? AND ? LIMIT 1", (ids[0], ids[-1])).fetchone():
                for part in chunks(ids):
                    for (one,) in db.execute(f"SELECT id FROM {other} WHERE id IN ({_marks(part)})", part):
                        raise InvalidInput(_("{one}: cannot be stored: this id is the {other}'s of another item", one=one, other=other))

    def _check_ends(self, db: sqlite3.Connection, edges: list[Edge], kinds: dict[str, str]) -> None:
        """Every end is in the store, of a kind that the edge allows. ``kinds`` are known of the batch's own nodes."""
        for part in chunks({end for edge in edges for end in (edge.source, edge.target) if end not in kinds}):
            kinds.update(db.execute(f"SELECT id, kind FROM node WHERE id IN ({_marks(part)})", part))
        right: set[tuple[EdgeKind, str | None, str | None]] = set()
        for edge in edges:
            between = (edge.kind, kinds.get(edge.source), kinds.get(edge.target))
            if between not in right:
                check_ends(edge, kinds)
                right.add(between)

    # -- care

    def check(self, *, deep: bool = False) -> Check:
        problems: list[str] = []
        total = hashlib.sha256()
        with self._reading() as db:
            try:
                pragma = "integrity_check" if deep else "quick_check"
                problems += [row[0] for row in db.execute(f"PRAGMA {pragma}") if row[0] != "ok"]
                problems += log_damage(db)
                if deep:
                    problems += content_damage(db, total) + change_damage(db) + meta_damage(db) + document_damage(db)
            except sqlite3.DatabaseError as error:
                problems.append(f"cannot be read: {error}")
        return Check(tuple(problems), total.hexdigest() if deep else None)

    def save_to(self, path: Path) -> None:
        """Write the store as it is now, one state whole, into a file that is not there yet. Readers and writers go on meanwhile. What was
        deleted or erased is not in it: no page is copied, each row is written anew."""
        with self._file.lend() as db:
            db.execute("VACUUM INTO ?", (str(private.claim(path.absolute())),))

    def begin_epoch(self) -> None:
        """Begin a new epoch, as a store that was set back must: whoever followed the feed rebuilds."""
        self._transaction(lambda db: db.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (secrets.token_hex(8),)), lasting=True)
    def scrub(self) -> tuple[str, ...]:
        with self._writer, self._file.lend() as db:
            db.execute("VACUUM")  # the file is made anew of what is there: pages let go and gaps in pages hold what was
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return (_("{url}: somebody reads it, so its write-ahead log was not emptied; run this again", url=self.url),) if busy else ()

    def close(self) -> None:
        self._file.close()

    # -- transactions

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._file.lend() as db:
            db.execute("BEGIN")  # several statements, one revision
            yield db

    def _transaction(self, work: Callable[[sqlite3.Connection], _T], *, lasting: bool = False) -> _T:
        """``lasting``: what was acknowledged survives a power cut too (a file can be fed again, what a person did cannot)."""
        with self._writer, self._file.lend() as db:
            db.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            result = work(db)
            db.execute("COMMIT")
            return result


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
