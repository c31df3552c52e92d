"""One batch in one Neo4j transaction that holds the graph's lock: what is there, what changes, and the statements for it.

In: a batch with its items encoded (``graph.store.encoded``). Out: ``Written``. Next: ``graph.neo4j.store`` applies it. The labels of kinds
and the types of relationships come from the model's enums, all values are parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec

from graph.documents import Document
from graph.errors import Conflict, InvalidInput
from graph.language import _
from graph.model import DERIVED, ENDS, Edge, EdgeKind, Node, NodeKind, content_hash
from graph.neo4j import documents
from graph.neo4j.rows import further_keys, kind_of, properties
from graph.neo4j.session import RolledBack, Transaction, rows
from graph.store import Written, check_ends


def _end(name: str, place: int, kinds: Iterable[NodeKind]) -> str:
    # by the index at all times: of a graph that is almost empty, a plan by labels looks as good and is kept
    # (XOR, not OR: that is planned as a search for each of two labels)
    labels = " XOR ".join(f"{name}:{kind}" for kind in sorted(kinds))
    return f"MATCH ({name}:Entity {{graph: $graph, id: row[{place}]}}) USING INDEX {name}:Entity(graph, id) WHERE {labels}"


NODES = "MATCH (n:Entity) WHERE n.graph = $graph AND n.id IN $ids "
_NODES_NOW = NODES + "RETURN n.id, labels(n), n.hash, n.version"
_COUNTS = "RETURN " + ", ".join(f"COUNT {{ ()-[:{kind.value}]->() }}" for kind in EdgeKind)
_EDGES_NOW = {
    kind: f"MATCH ()-[r:{kind.value}]->() WHERE r.graph = $graph AND r.id IN $ids RETURN r.id, r.hash, r.version" for kind in EdgeKind
}
_DELETE_EDGES = {kind: f"MATCH ()-[r:{kind.value}]->() WHERE r.graph = $graph AND r.id IN $ids DELETE r" for kind in EdgeKind}
_ADD_NODES = {kind: f"UNWIND $rows AS row CREATE (n:Entity:{kind.value}) SET n = row" for kind in NodeKind}
_ADD_EDGES = {
    kind: f"UNWIND $rows AS row {_end('s', 0, ENDS[kind][0])} {_end('t', 1, ENDS[kind][1])} "
    f"CREATE (s)-[r:{kind.value}]->(t) SET r = row[2] RETURN count(r)"
    for kind in EdgeKind
}
# ids of one sort lie together in an index, so one look between the first and the last of them tells that no item of another sort has any
_NEAR = "UNWIND $spans AS span WITH span[0] AS first, span[1] AS last WHERE {} RETURN first"
_NEAR_NODES = _NEAR.format("EXISTS { MATCH (n:Entity) WHERE n.graph = $graph AND first <= n.id <= last }")
_NEAR_EDGES = {
    kind: _NEAR.format(f"EXISTS {{ MATCH ()-[r:{kind.value}]->() WHERE r.graph = $graph AND first <= r.id <= last }}") for kind in EdgeKind
}
_RENEW_NODES = "UNWIND $rows AS row MATCH (n:Entity {graph: $graph, id: row.id}) SET n = row"
_ATTACHED = NODES + "OPTIONAL MATCH (n)-[r]-() WHERE r.graph = $graph RETURN n.id, collect(DISTINCT [r.id, type(r)])"
_COMMIT = (
    "MATCH (s:_Store {graph: $graph}) SET s.revision = s.revision + 1 "
    "CREATE (:_Change {graph: $graph, revision: s.revision, token: $token, written: $written, deleted: $deleted}) RETURN s.revision"
)


class Stored(NamedTuple):
    """What the store holds under an id."""

    kind: NodeKind | EdgeKind | None
    hash: str
    version: int


class Difference(msgspec.Struct, frozen=True):
    """A batch that is ready to be applied to ``graph``; the change it makes carries ``token``."""

    graph: str
    token: str
    delete: list[str]
    nodes: dict[str, tuple[Node, bytes]]
    edges: dict[str, tuple[Edge, bytes]]
    expect: Mapping[str, int | None]
    documents: Mapping[str, Document]

    def is_there(self, tx: Transaction) -> bool:
        """Whether all of it is stored already: no documents, nothing to delete, nothing new or different, all versions as expected."""
        if self.documents:
            return False
        either = {*self.delete, *self.expect}
        now = stored(tx, self.graph, {*self.nodes, *either}, {*self.edges, *either})
        if any(one in now for one in self.delete) or self._stale(now):
            return False
        items: list[tuple[str, tuple[Node | Edge, bytes]]] = [*self.nodes.items(), *self.edges.items()]
        return all(one in now and now[one].kind is _kind(item) and now[one].hash == _hash(content) for one, (item, content) in items)

    def apply(self, tx: Transaction) -> Written:
        """Make it so, under the lock. Raises Conflict, InvalidInput, and RolledBack with the Written of nothing."""
        if self.expect:
            stale = self._stale(stored(tx, self.graph, self.expect, self.expect))
            if stale:
                raise Conflict(stale)
        before = int(rows(tx, "MATCH (s:_Store {graph: $graph}) RETURN s.revision", graph=self.graph)[0][0])
        sequence = documents.put(tx, self.graph, self.documents, self.token) if self.documents else 0
        gone, gone_derived = delete(tx, self.graph, self.delete) if self.delete else (set[str](), set[str]())
        now = stored(tx, self.graph, self.nodes, self.edges)
        now |= self._of_another_sort(tx, now)
        facts = {one: edge for one, edge in self.edges.items() if edge[0].kind not in DERIVED}
        derived = {one: edge for one, edge in self.edges.items() if one not in facts}
        new_nodes, other_nodes = _sorted_out(self.nodes, now)
        new_facts, other_facts = _sorted_out(facts, now)
        new_derived, other_derived = _sorted_out(derived, now)
        added, changed = {*new_nodes, *new_facts}, {*other_nodes, *other_facts}
        written, lost = added | changed, gone - added
        revision = before + bool(written or lost)
        self._put_nodes(tx, new_nodes, other_nodes, revision)
        self._put_edges(tx, {*new_facts, *new_derived}, {one: now[one].kind for one in (*other_facts, *other_derived)}, revision)
        if written or lost:
            rows(tx, _COMMIT, graph=self.graph, token=self.token, written=sorted(written), deleted=sorted(lost))
        elif not (new_derived or other_derived or gone_derived or sequence):
            raise RolledBack(Written(revision, frozenset(), frozenset(), frozenset()))
        added |= new_derived
        deleted = gone | gone_derived
        again = deleted & added  # deleted and written in one batch: a change
        changed |= other_derived | again
        return Written(revision, frozenset(added - again), frozenset(changed), frozenset(deleted - again), sequence)

    def _of_another_sort(self, tx: Transaction, now: Mapping[str, Stored]) -> dict[str, Stored]:
        """The edges that are under the new nodes' ids, and the nodes that are under the new edges'."""
        nodes, edges = self.nodes.keys() - now.keys(), self.edges.keys() - now.keys()
        looks = [_NEAR_EDGES[kind] for kind in kinds_there(tx)] if nodes else []
        return stored(tx, self.graph, _near(tx, [_NEAR_NODES], self.graph, edges), _near(tx, looks, self.graph, nodes))

    def _stale(self, now: Mapping[str, Stored]) -> list[str]:
        return sorted(one for one, version in self.expect.items() if (now[one].version if one in now else None) != version)

    def _put_nodes(self, tx: Transaction, new: set[str], changed: set[str], revision: int) -> None:
        by_kind: dict[NodeKind, list[object]] = {}
        for one in sorted(new):
            node, content = self.nodes[one]
            by_kind.setdefault(node.kind_of_node, []).append(properties(node, content, self.graph, revision))
        for kind, made in by_kind.items():
            tx.run(_ADD_NODES[kind], rows=made).consume()
        if changed:
            renewed = [properties(*self.nodes[one], self.graph, revision) for one in sorted(changed)]
            tx.run(_RENEW_NODES, graph=self.graph, rows=renewed).consume()
            tx.run("MATCH (k:_Key) WHERE k.graph = $graph AND k.id IN $ids DELETE k", graph=self.graph, ids=sorted(changed)).consume()
        keys = [(key, one) for one in sorted(new | changed) for key in further_keys(self.nodes[one][0])]
        if keys:
            statement = "UNWIND $rows AS row CREATE (:_Key {graph: $graph, key: row[0], id: row[1]})"
            tx.run(statement, graph=self.graph, rows=keys).consume()

    def _put_edges(self, tx: Transaction, new: set[str], changed: Mapping[str, object], revision: int) -> None:
        _delete_edges(tx, self.graph, changed)  # a relationship cannot be given other ends
        by_kind: dict[EdgeKind, list[object]] = {}
        for one in sorted({*new, *changed}):
            edge, content = self.edges[one]
            row = properties(edge, content, self.graph, revision)
            by_kind.setdefault(edge.kind, []).append((edge.source, edge.target, row))
        for kind, made in by_kind.items():
            ((number,),) = rows(tx, _ADD_EDGES[kind], graph=self.graph, rows=made)
            if number < len(made):
                self._refuse(tx, kind, {*new, *changed})

    def _refuse(self, tx: Transaction, kind: EdgeKind, ids: Iterable[str]) -> None:
        """Raise InvalidInput for the first of these edges that is of ``kind`` and lacks an end, or has one of a kind not allowed."""
        edges = [self.edges[one][0] for one in sorted(ids) if self.edges[one][0].kind is kind]
        ends = {end for edge in edges for end in (edge.source, edge.target)}
        kinds = {one: str(held.kind) for one, held in stored(tx, self.graph, ends, ()).items()}
        for edge in edges:
            check_ends(edge, kinds)


def stored(tx: Transaction, graph: str, nodes: Iterable[str], edges: Iterable[str]) -> dict[str, Stored]:
    """The nodes that are stored under the ids ``nodes`` and the edges that are under ``edges``."""
    found: dict[str, Stored] = {}
    wanted = sorted(nodes)
    for one, labels, digest, version in rows(tx, _NODES_NOW, graph=graph, ids=wanted) if wanted else ():
        found[one] = Stored(kind_of(labels), digest, version)
    wanted = sorted(edges)
    for kind in kinds_there(tx) if wanted else ():
        for one, digest, version in rows(tx, _EDGES_NOW[kind], graph=graph, ids=wanted):
            found[one] = Stored(kind, digest, version)
    return found


def _near(tx: Transaction, looks: Iterable[str], graph: str, ids: Iterable[str]) -> set[str]:
    """Those of ``ids`` that begin like others with which they lie around an item that one of ``looks`` finds; and all that are not ASCII:
    the server compares by UTF-16 in one place and by UTF-8 in another, which differ beyond U+FFFF."""
    near, groups = set[str](), dict[str, list[str]]()
    for one in ids:
        if one.isascii():
            groups.setdefault(one[:4], []).append(one)
        else:
            near.add(one)
    groups = {min(group): group for group in groups.values()}
    spans = [(first, max(group)) for first, group in groups.items()]
    for look in looks if spans else ():
        near.update(one for (first,) in rows(tx, look, graph=graph, spans=spans) for one in groups[first])
    return near


def kinds_there(tx: Transaction) -> list[EdgeKind]:
    """The kinds of edges that the database holds at all, by the counts that it keeps: one that is not there need not be asked for."""
    return [kind for kind, number in zip(EdgeKind, rows(tx, _COUNTS)[0], strict=True) if number]


def delete(tx: Transaction, graph: str, ids: Collection[str]) -> tuple[set[str], set[str]]:
    """Delete nodes, their edges and edges; the ids that went, those of derived edges apart."""
    wanted = sorted(set(ids))
    gone: dict[str, EdgeKind] = {}
    nodes = []
    for one, attached in rows(tx, _ATTACHED, graph=graph, ids=wanted):
        nodes.append(one)
        gone.update((edge, EdgeKind(kind)) for edge, kind in attached if edge is not None)
    if nodes:
        tx.run(NODES + "DETACH DELETE n", graph=graph, ids=nodes).consume()
        tx.run("MATCH (k:_Key) WHERE k.graph = $graph AND k.id IN $ids DELETE k", graph=graph, ids=nodes).consume()
    single = {one: held.kind for one, held in stored(tx, graph, (), wanted).items() if isinstance(held.kind, EdgeKind)}
    _delete_edges(tx, graph, single)
    gone |= single
    derived = {one for one, kind in gone.items() if kind in DERIVED}
    return {*nodes, *gone} - derived, derived


def _delete_edges(tx: Transaction, graph: str, edges: Mapping[str, object]) -> None:
    for kind in {kind for kind in edges.values() if isinstance(kind, EdgeKind)}:
        tx.run(_DELETE_EDGES[kind], graph=graph, ids=sorted(one for one in edges if edges[one] is kind)).consume()


def _sorted_out(items: Mapping[str, tuple[Node | Edge, bytes]], now: Mapping[str, Stored]) -> tuple[set[str], set[str]]:
    """The ids that are new and those whose content differs. Raises InvalidInput for an id that is of another kind."""
    new, changed = set[str](), set[str]()
    for one, (item, content) in items.items():
        held = now.get(one)
        if held is None:
            new.add(one)
        elif held.kind is not _kind(item):
            is_now = held.kind.value if held.kind else _("of no kind")
            raise InvalidInput(_("{one}: cannot be stored as {kind}: it is {other}", one=one, kind=_kind(item).value, other=is_now))
        elif held.hash != _hash(content):
            changed.add(one)
    return new, changed


def _kind(item: Node | Edge) -> NodeKind | EdgeKind:
    return item.kind_of_node if isinstance(item, Node) else item.kind


def _hash(content: bytes) -> str:
    return content_hash(content).hex()
