"""The documents of an SQLite store: how they are read, written and checked.

In: a connection. Out: documents, or problems in words. Next: ``graph.sqlite.store``. A file that an older version made, in a folder where
nobody may write, has no table of them: it holds none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from graph.documents import Document, DocumentKind, damage, stale
from graph.errors import Conflict
from graph.model import content_hash
from graph.store import chunks

_SEQUENCE = "SELECT value FROM meta WHERE key = 'sequence'"


def last(db: sqlite3.Connection) -> int:
    """The number that the last batch with documents took."""
    row = db.execute(_SEQUENCE).fetchone()
    return int(row[0]) if row else 0


def held(db: sqlite3.Connection, ids: Collection[str]) -> Iterator[Document]:
    """The documents under ``ids``, those that were removed too."""
    if last(db):
        marks = ",".join("?" * len(ids))
        rows = db.execute(f"SELECT id, kind, content, version FROM document WHERE id IN ({marks})", list(ids))
        yield from map(_document, rows)


def since(db: sqlite3.Connection, sequence: int, kinds: Collection[DocumentKind]) -> Iterator[Document]:
    """See ``Store.documents_since``."""
    if last(db) > sequence:
        marks = ",".join("?" * len(kinds))
        statement = f"SELECT id, kind, content, version FROM document WHERE version > ? AND kind IN ({marks}) ORDER BY version, id"
        yield from map(_document, db.execute(statement, (sequence, *(kind.value for kind in kinds))))


def put(db: sqlite3.Connection, documents: Mapping[str, Document]) -> int:
    """Write documents, all at the next number of the sequence, which is returned. Raises Conflict for those that are stored at another
    version than they name."""
    if wrong := stale(documents, (one for part in chunks(sorted(documents)) for one in held(db, part))):
        raise Conflict(wrong)
    (number,) = db.execute("UPDATE meta SET value = value + 1 WHERE key = 'sequence' RETURNING value").fetchone()
    rows = [(one.id, one.kind.value, number, content_hash(one.content), one.content) for one in documents.values()]
    db.executemany("INSERT OR REPLACE INTO document (id, kind, version, hash, content) VALUES (?, ?, ?, ?, ?)", rows)
    return int(number)


def document_damage(db: sqlite3.Connection) -> list[str]:
    """Documents that are not what was written, and numbers beyond the sequence."""
    if not (number := last(db)):
        return []
    rows = db.execute("SELECT id, hash, CAST(content AS BLOB), version FROM document ORDER BY id")
    problems = list[str]()
    for one, digest, content, version in rows:
        problems += damage(one, version, number, is_whole=content_hash(content) == digest)
    return problems


def _document(row: tuple[Any, ...]) -> Document:
    one, kind, content, version = row
    return Document(one, DocumentKind(kind), content, version)
