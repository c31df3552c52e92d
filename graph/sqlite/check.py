"""The check of an SQLite store, behind ``SqliteStore.check``: a feed with holes, and rows that were edited by hand.

In: a connection, and the hash that takes in the content. Out: problems in words; a row as the node or edge that it holds. Next:
``graph.sqlite.store`` reports the problems, and decodes rows by it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import msgspec

from graph.language import _
from graph.model import DERIVED, Edge, EdgeKind, Node, NodeKind, content_hash, decode_edge, decode_node, encode
from graph.store import Change

VALUE, SUM = "user:", "sum:"
"""Before the name of a value in the table meta: the value itself, and the hash of its bytes."""
_NODE_KINDS = frozenset(NodeKind)
_Row = tuple[Any, ...]


def decode(kind: str, version: int, content: bytes | str) -> Node | Edge:
    """A row of either table as the node or edge it holds."""
    if kind in _NODE_KINDS:
        return decode_node(NodeKind(kind), content, version)
    return decode_edge(EdgeKind(kind), content, version)


def log_damage(db: sqlite3.Connection) -> list[str]:
    """Holes in the change feed."""
    (revision,) = db.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
    rows, first, last = db.execute("SELECT count(*), coalesce(min(revision), 1), coalesce(max(revision), 0) FROM log").fetchone()
    if last != revision or rows != last - first + 1:
        return [
            _(
                "the change feed has {rows} entries from {first} to {last}, the store is at revision {revision}",
                rows=rows,
                first=first,
                last=last,
                revision=revision,
            )
        ]
    return []


def content_damage(db: sqlite3.Connection, total: hashlib._Hash) -> list[str]:
    """Rows that do not say what they said when they were written; ``total`` takes in the content of all facts."""
    problems = []
    for row in db.execute("SELECT kind, hash, CAST(content AS BLOB), id FROM node ORDER BY id"):
        total.update(row[2] + b"\n")
        keys = db.execute("SELECT key FROM key WHERE id = ?", (row[3],)).fetchall()
        problems += _damage(row, {key for (key,) in keys})
    for row in db.execute("SELECT kind, hash, CAST(content AS BLOB), id, source, target FROM edge ORDER BY id"):
        if row[0] not in DERIVED:
            total.update(row[2] + b"\n")
        problems += _damage(row, set())
    for end in ("source", "target"):
        rows = db.execute(f"SELECT id, {end} FROM edge WHERE NOT EXISTS (SELECT 1 FROM node WHERE node.id = edge.{end}) ORDER BY id")
        problems += [_("edge {one}: its {end} {node} is missing", one=one, end=end, node=node) for one, node in rows]
    for (one,) in db.execute("SELECT DISTINCT id FROM key WHERE NOT EXISTS (SELECT 1 FROM node WHERE node.id = key.id)"):
        problems.append(_("lookup key of {one}, which is missing", one=one))
    return problems


def change_damage(db: sqlite3.Connection) -> list[str]:
    """Changes of the feed that cannot be read."""
    problems = []
    for revision, content in db.execute("SELECT revision, content FROM log ORDER BY revision"):
        try:
            is_right = msgspec.json.decode(content, type=Change).revision == revision
        except (msgspec.DecodeError, TypeError):
            is_right = False
        if not is_right:
            problems.append(_("the change feed cannot be read at revision {revision}", revision=revision))
    return problems


def meta_damage(db: sqlite3.Connection) -> list[str]:
    """Named values that are not what was written, as far as a hash was written with them."""
    rows = dict(db.execute("SELECT key, CAST(value AS BLOB) FROM meta"))
    names = [key.removeprefix(SUM) for key in rows if key.startswith(SUM)]
    return [
        _("the value {name} is not what was written", name=name)
        for name in names
        if content_hash(rows.get(VALUE + name, b"")) != rows[SUM + name]
    ]


def _damage(row: _Row, keys: set[str]) -> list[str]:
    kind, stored, content, one, *ends = row
    if content_hash(content) != stored:
        return [_("{one}: its content does not match its hash (edited by hand?)", one=one)]
    try:
        item = decode(kind, 0, content)
    except ValueError as error:
        return [_("{one}: cannot be read as {kind}: {error}", one=one, kind=kind, error=error)]
    said = [item.id, *((item.source, item.target) if isinstance(item, Edge) else ())]
    if said != [one, *ends] or encode(item) != content:
        return [_("{one}: its columns do not match its content (edited by hand?)", one=one)]
    if isinstance(item, Node) and keys != set(item.lookup_keys()):
        return [_("{one}: its lookup keys do not match its content (edited by hand?)", one=one)]
    return []
