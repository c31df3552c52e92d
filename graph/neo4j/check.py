"""The check of a graph in Neo4j, behind ``Neo4jStore.check``: a feed with holes, and edits by hand in the database past the store.

In: a transaction and the graph's name. Out: a ``graph.store.Check``: problems in words and, where everything is read, the hash of the
content. Next: ``graph.neo4j.store`` adds the missing constraints and indexes to the problems.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from typing import Any

import msgspec

from graph.language import _
from graph.model import DERIVED, EdgeKind, NodeKind, content_hash, encode
from graph.neo4j.documents import document_damage
from graph.neo4j.rows import edge_of, further_keys, indexed, kind_of, node_of, strangers
from graph.neo4j.session import Transaction, rows
from graph.neo4j.spool import Spool
from graph.store import Check

_ALL_NODES = (
    "MATCH (n:Entity) WHERE n.graph = $graph AND n.id IS NOT NULL RETURN n.id, labels(n), properties(n) ORDER BY n.graph, n.id"
)
_ALL_EDGES = {
    kind: f"MATCH (a)-[r:{kind.value}]->(b) WHERE r.graph = $graph AND r.id IS NOT NULL "
        "RETURN r.id, type(r), properties(r), a.graph, a.id, b.graph, b.id ORDER BY r.graph, r.id"
    for kind in EdgeKind
}
_ALL_KEYS = (
    "MATCH (k:_Key) USING INDEX k:_Key(graph, id) WHERE k.graph = $graph AND k.id IS NOT NULL RETURN k.id, k.key ORDER BY k.graph, k.id"
)
_UNKNOWN = (
    "MATCH (n:Entity)-[r]->() WHERE n.graph = $graph AND (r.graph IS NULL OR r.graph <> $graph OR r.id IS NULL) "
    "RETURN n.id, type(r) ORDER BY n.id, type(r) LIMIT 100"
)
_NAMELESS = "MATCH (n:Entity) WHERE n.graph = $graph AND n.id IS NULL RETURN count(*)"


def examine(tx: Transaction, graph: str, *, deep: bool) -> Check:
    """Problems in words; with ``deep`` everything is read, every hash recomputed, and the content's hash given."""
    problems = _log_damage(tx, graph)
    if not deep:
        return Check(tuple(problems))
    total = hashlib.sha256()
    problems += _node_damage(tx, graph, total)
    problems += _edge_damage(tx, graph, total)
    problems += document_damage(tx, graph)
    problems += [
        _("{one}: a relationship {kind} that is not the store's (made by hand?)", one=one, kind=kind)
        for one, kind in rows(tx, _UNKNOWN, graph=graph)
    ]
    ((nameless,),) = rows(tx, _NAMELESS, graph=graph)
    if nameless:
        problems.append(_("{nameless} nodes of the graph have no id (edited by hand?)", nameless=nameless))
    return Check(tuple(problems), total.hexdigest())


def _log_damage(tx: Transaction, graph: str) -> list[str]:
    statement = (
        "MATCH (s:_Store {graph: $graph}) OPTIONAL MATCH (c:_Change) WHERE c.graph = $graph AND c.revision IS NOT NULL "
        "RETURN s.revision, count(c), coalesce(min(c.revision), 1), coalesce(max(c.revision), 0)"
    )
    found = rows(tx, statement, graph=graph)
    if not found:
        return [_("the graph is gone (deleted by hand?)")]
    revision, number, first, last = found[0]
    if last != revision or number != last - first + 1:
        return [
            _(
                "the change feed has {number} entries from {first} to {last}, the store is at revision {revision}",
                number=number,
                first=first,
                last=last,
                revision=revision,
            )
        ]
    return []


def _node_damage(tx: Transaction, graph: str, total: hashlib._Hash) -> list[str]:
    problems: list[str] = []
    keys = _Keys(_spooled(tx, _ALL_KEYS, graph))
    for one, labels, row in _spooled(tx, _ALL_NODES, graph):
        stray, stored = keys.until(one)
        problems += [_("lookup key of {other}, which is missing", other=other) for other in stray]
        kind = kind_of(labels)
        if kind is None:
            problems.append(_("{one}: it has no label of the model, or several (edited by hand?)", one=one))
            continue
        problem, content = _damage(kind, one, row, ())
        total.update(content + b"\n")
        if not problem:
            node = node_of(kind, row)
            first = node.lookup_keys()[:1]
            if row.get("key") != (indexed(first[0]) if first else None) or stored != further_keys(node):
                problem = _("{one}: its lookup keys do not match its content (edited by hand?)", one=one)
        problems += [problem] if problem else []
    stray, _own = keys.until(None)
    return problems + [_("lookup key of {other}, which is missing", other=other) for other in stray]


def _edge_damage(tx: Transaction, graph: str, total: hashlib._Hash) -> list[str]:
    problems = []
    streams = [_spooled(tx, statement, graph) for statement in _ALL_EDGES.values()]
    before = None
    for one, kind, row, source_graph, source, target_graph, target in heapq.merge(*streams, key=lambda found: found[0]):
        if one == before:
            problems.append(_("{one}: two relationships have this id (made by hand?)", one=one))
        before = one
        if (source_graph, target_graph) != (graph, graph):
            problems.append(_("{one}: it does not run between two nodes of the graph (edited by hand?)", one=one))
            continue
        problem, content = _damage(EdgeKind(kind), one, row, (source, target))
        if EdgeKind(kind) not in DERIVED:
            total.update(content + b"\n")
        problems += [problem] if problem else []
    return problems


def _damage(kind: NodeKind | EdgeKind, one: str, row: dict[str, Any], ends: tuple[str, ...]) -> tuple[str | None, bytes]:
    try:
        content = encode(node_of(kind, row) if isinstance(kind, NodeKind) else edge_of(kind, row, *ends))
    except ValueError as error:
        return _("{one}: cannot be read as {kind}: {error}", one=one, kind=kind.value, error=error), b""
    if content_hash(content).hex() != row.get("hash"):
        return _("{one}: its content does not match its hash (edited by hand?)", one=one), content
    if strangers(kind, row):
        return _(
            "{one}: it has properties that are not the model's: {names} (edited by hand?)", one=one, names=", ".join(strangers(kind, row))
        ), content
    return None, content


def _spooled(tx: Transaction, statement: str, graph: str) -> Iterator[list[Any]]:
    """The rows of a statement, set aside: a transaction answers one statement at a time, and several are read side by side."""
    spool = Spool()
    for record in tx.run(statement, graph=graph):
        spool.add(msgspec.msgpack.encode(record.values(), enc_hook=repr))
    return (msgspec.msgpack.decode(row) for row in spool)


class _Keys:
    """Rows (id, key) by ascending id, read along with the nodes."""

    def __init__(self, found: Iterator[list[Any]]) -> None:
        self._found = found
        self._next = next(found, None)

    def until(self, one: str | None) -> tuple[list[str], list[str]]:
        """The ids before ``one`` that keys name, and the keys of ``one`` itself; with None, all ids that are left."""
        stray, own = list[str](), list[str]()
        while self._next is not None and (one is None or self._next[0] <= one):
            (own if self._next[0] == one else stray).append(self._next[1] if self._next[0] == one else self._next[0])
            self._next = next(self._found, None)
        return list(dict.fromkeys(stray)), sorted(own)
