"""The store for more than one person: a graph in a Neo4j database, readable in Neo4j's own tools.

In: batches to write, and ids, keys and cursors to read by. Out: the values of ``graph.model``, and the reports of ``graph.store``. Next:
``graph.connect`` opens it.

A node is a node with its kind and ``Entity`` as labels, an edge is a relationship of its kind, fields are plain properties. Reads see whole
batches (``graph.neo4j.session`` says how), and a batch is written under the graph's lock.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate
from typing import Any

import msgspec

from graph.documents import Document, DocumentKind, checked
from graph.errors import FeedTruncated, InvalidInput, StoreError
from graph.language import _
from graph.model import Edge, EdgeKind, Expert, Institution, Node, NodeKind
from graph.neo4j import documents as kept
from graph.neo4j.check import examine
from graph.neo4j.rows import edge_of, indexed, kind_of, node_of
from graph.neo4j.schema import missing, open_graph
from graph.neo4j.session import Address, IncompleteCommit, Server, Transaction, Unreadable, credentials, rows
from graph.neo4j.spool import Spool
from graph.neo4j.write import NODES, Difference, kinds_there
from graph.store import Batch, Change, Check, Cursor, Direction, Written, chunks, encoded

_PART = 5000
_FEED_PAGE = 100
_FEED_IDS = 20_000
"""What a page of the feed holds in memory, if it is not one change alone that has more."""
_CURSOR = "MATCH (s:_Store {graph: $graph}) RETURN s.epoch, s.revision"
_CHANGES = "MATCH (c:_Change) WHERE c.graph = $graph AND $after < c.revision <= $until RETURN {} ORDER BY c.graph, c.revision"
_FEED = _CHANGES.format("c.revision, c.written, c.deleted")
_FEED_SIZES = _CHANGES.format("size(c.written) + size(c.deleted)")
# by both columns of the index, in its order: the server then streams, and sorts nothing
_SCAN: dict[NodeKind | EdgeKind, str] = {
    kind: f"MATCH (n:Entity) USING INDEX n:Entity(graph, id) WHERE n.graph = $graph AND n.id IS NOT NULL AND n:{kind.value} "
        "RETURN properties(n) ORDER BY n.graph, n.id"
    for kind in NodeKind
} | {
    kind: f"MATCH (a)-[r:{kind.value}]->(b) WHERE r.graph = $graph AND r.id IS NOT NULL "
        "RETURN properties(r), a.id, b.id ORDER BY r.graph, r.id"
    for kind in EdgeKind
}
_EDGES_BY_ID = {
    kind: f"MATCH (a)-[r:{kind.value}]->(b) WHERE r.graph = $graph AND r.id IN $ids RETURN properties(r), a.id, b.id"
    for kind in EdgeKind
}
_LOOKUP = (
    "MATCH (n:Entity) WHERE n.graph = $graph AND n.key IN $keys RETURN n.key AS key, n.id AS id "
    "UNION MATCH (k:_Key) WHERE k.graph = $graph AND k.key IN $keys RETURN k.key AS key, k.id AS id"
)


class Neo4jStore:
    """A ``graph.store.Store`` in a database of a Neo4j server."""

    def __init__(
        self,
        url: str,
        *,
        create: bool = True,
        auth: tuple[str, str] | None = None,
        wait_seconds: float = 60.0,
        transaction_seconds: float = 600.0,
    ) -> None:
        """Open the graph at ``url``, made first if ``create``. ``auth`` is user and password, by default those of the environment.

        Raises StoreError if the server does not answer or refuses, if there is no such graph, or if it is of another schema.
        """
        self._url = url
        self._address = Address.parse(url)
        self._graph = self._address.graph
        self._server = Server(
            self._address, url, auth or credentials(), wait_seconds=wait_seconds, transaction_seconds=transaction_seconds
        )
        self._often_new = False
        try:
            open_graph(self._server, self._address, url, create=create)
        except BaseException:
            self._server.close()
            raise

    def __repr__(self) -> str:
        return f"Neo4jStore({self._url!r})"

    @property
    def url(self) -> str:
        return self._url

    # -- reading

    def get(self, ids: Collection[str]) -> dict[str, Node | Edge]:
        wanted = _asked(ids)
        return self._server.read(lambda tx: self._get(tx, wanted)) if wanted else {}

    def _get(self, tx: Transaction, wanted: list[str]) -> dict[str, Node | Edge]:
        found: dict[str, Node | Edge] = {}
        for part in chunks(wanted, _PART):
            found.update(self._nodes(tx, part))
        rest = [one for one in wanted if one not in found]
        for kind in kinds_there(tx) if rest else ():
            for part in chunks(rest, _PART):
                for row, source, target in rows(tx, _EDGES_BY_ID[kind], graph=self._graph, ids=part):
                    edge = self._edge(kind, row, source, target)
                    found[edge.id] = edge
        former = self._lookup(tx, [one for one in rest if one not in found])
        holders = self._nodes(tx, sorted({one for hits in former.values() for one in hits}))
        for key, hits in former.items():
            # a lookup key of another sort (a name, a source's id) is no id: only entities answer to former ids
            entities = [node for node in map(holders.get, hits) if isinstance(node, Institution | Expert)]
            if entities:
                found[key] = entities[0]
        return found

    def _nodes(self, tx: Transaction, ids: list[str]) -> dict[str, Node]:
        found = rows(tx, NODES + "RETURN labels(n), properties(n)", graph=self._graph, ids=ids) if ids else []
        return {node.id: node for node in (self._node(kind_of(labels), row) for labels, row in found)}

    def _node(self, kind: NodeKind | None, row: Mapping[str, Any]) -> Node:
        try:
            if kind is None:
                raise ValueError("it has no label of the model, or several")
            return node_of(kind, row)
        except ValueError as error:
            raise Unreadable(
                _("{url}: {id} cannot be read (edited by hand?): {error}", url=self._url, id=row.get("id"), error=error)
            ) from error

    def _edge(self, kind: EdgeKind, row: Mapping[str, Any], source: str, target: str) -> Edge:
        try:
            return edge_of(kind, row, source, target)
        except ValueError as error:
            raise Unreadable(
                _("{url}: {id} cannot be read (edited by hand?): {error}", url=self._url, id=row.get("id"), error=error)
            ) from error

    def scan(self, kind: NodeKind | EdgeKind) -> Iterator[Node | Edge]:
        # set aside at once: the server keeps no old rows for a caller who takes his time while others write
        for content in self._server.read(lambda tx: self._set_aside(tx, kind)):
            row, *ends = msgspec.msgpack.decode(content)
            yield self._node(kind, row) if isinstance(kind, NodeKind) else self._edge(kind, row, *ends)

    def _set_aside(self, tx: Transaction, kind: NodeKind | EdgeKind) -> Spool:
        spool, encoder = Spool(), msgspec.msgpack.Encoder(enc_hook=repr)  # a hand may have put in a date or a point
        for record in tx.run(_SCAN[kind], graph=self._graph):
            spool.add(encoder.encode(record.values()))
        return spool

    def edges(
        self, nodes: Collection[str], *, kinds: Collection[EdgeKind] | None = None, direction: Direction = "both"
    ) -> list[Edge]:
        wanted = _asked(nodes)
        names = "|".join(sorted({kind.value for kind in (EdgeKind if kinds is None else kinds)}))
        if not wanted or not names:
            return []
        statements = [
            NODES + f"MATCH {pattern} WHERE r.graph = $graph RETURN type(r), properties(r), a.id, b.id"
            for way, pattern in (("out", f"(n)-[r:{names}]->(b) WITH n AS a, r, b"), ("in", f"(n)<-[r:{names}]-(a) WITH a, r, n AS b"))
            if direction in (way, "both")
        ]

        def work(tx: Transaction) -> dict[str, Edge]:
            found = (
                self._edge(EdgeKind(kind), row, source, target)
                for statement in statements
                for part in chunks(wanted, _PART)
                for kind, row, source, target in rows(tx, statement, graph=self._graph, ids=part)
            )
            return {edge.id: edge for edge in found}

        found = self._server.read(work)
        return [found[one] for one in sorted(found)]

    def lookup(self, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        wanted = _asked(keys)
        return self._server.read(lambda tx: self._lookup(tx, wanted))

    def _lookup(self, tx: Transaction, keys: list[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        asked = {indexed(key): key for key in keys}
        for part in chunks(asked, _PART):
            for key, one in rows(tx, _LOOKUP, graph=self._graph, keys=part):
                found.setdefault(asked[key], []).append(one)
        return {key: tuple(sorted(found[key])) for key in sorted(found)}

    def changes(self, since: Cursor) -> Iterator[Change]:
        now = self.cursor()
        if since.epoch != now.epoch or not 0 <= since.revision <= now.revision:
            raise FeedTruncated(_("{url}: the cursor is of another epoch", url=self._url))
        return self._changes(since.revision, now)

    def _changes(self, last: int, now: Cursor) -> Iterator[Change]:
        while last < now.revision:
            until, page = self._server.read(lambda tx, after=last: self._page(tx, after, now))  # type: ignore[misc]
            for revision, written, deleted in page:
                if revision != last + 1:
                    raise FeedTruncated(
                        _(
                            "{url}: the feed begins at revision {revision}, after the cursor's {last}",
                            url=self._url,
                            revision=revision,
                            last=last,
                        )
                    )
                yield Change(revision, tuple(written), tuple(deleted))
                last = revision
            if last != until:
                raise FeedTruncated(_("{url}: the feed ends at revision {last}", url=self._url, last=last))

    def _page(self, tx: Transaction, after: int, now: Cursor) -> tuple[int, list[list[Any]]]:
        """The next changes after revision ``after``, and the revision up to which they should be."""
        if rows(tx, _CURSOR, graph=self._graph)[0][0] != now.epoch:
            raise FeedTruncated(_("{url}: a new epoch was begun", url=self._url))
        asked = {"graph": self._graph, "after": after}
        sizes = rows(tx, _FEED_SIZES, **asked, until=min(after + _FEED_PAGE, now.revision))
        fit = sum(total <= _FEED_IDS for total in accumulate(size for (size,) in sizes))
        until = after + max(fit, 1)
        return until, rows(tx, _FEED, **asked, until=until)

    def cursor(self) -> Cursor:
        found = self._server.glance(lambda tx: rows(tx, _CURSOR, graph=self._graph))
        if not found:
            raise StoreError(_("{url}: the graph is gone (deleted by hand?)", url=self._url))
        return Cursor(*found[0])

    def count(self) -> dict[str, int]:
        def work(tx: Transaction) -> dict[str, int]:
            statement = "MATCH (n:Entity) WHERE n.graph = $graph AND n.id IS NOT NULL RETURN labels(n), count(*)"  # by the index
            labels = rows(tx, statement, graph=self._graph)
            found: dict[str, int] = {}
            for names, number in labels:
                kind = kind_of(names)
                if kind:
                    found[kind.value] = found.get(kind.value, 0) + number
            for edges in kinds_there(tx):
                statement = f"MATCH ()-[r:{edges.value}]->() WHERE r.graph = $graph AND r.id IS NOT NULL RETURN count(*)"
                found[edges.value] = rows(tx, statement, graph=self._graph)[0][0]
            return {name: found[name] for name in sorted(found) if found[name]}

        return self._server.read(work)

    def meta(self, key: str) -> bytes | None:
        statement = "MATCH (m:_Meta {graph: $graph, key: $key}) RETURN m.value"
        asked = indexed(*_asked([key]))
        found = self._server.glance(lambda tx: rows(tx, statement, graph=self._graph, key=asked))
        return bytes(found[0][0]) if found else None

    def documents(self, ids: Collection[str]) -> dict[str, Document]:
        wanted = _asked(ids)
        found = self._server.read(lambda tx: kept.held(tx, self._graph, wanted)) if wanted else []
        return {one.id: one for one in found if one.content}

    def documents_since(self, sequence: int, kinds: Collection[DocumentKind] | None = None) -> Iterator[Document]:
        wanted = list(DocumentKind) if kinds is None else kinds
        yield from map(kept.read, self._server.read(lambda tx: kept.since(tx, self._graph, sequence, wanted)))

    def sequence(self) -> int:
        return self._server.glance(lambda tx: kept.last(tx, self._graph))

    # -- writing

    def set_meta(self, key: str, value: bytes) -> None:
        statement = "MERGE (m:_Meta {graph: $graph, key: $key}) SET m.value = $value"
        asked = indexed(*_asked([key]))
        self._server.write(lambda tx: rows(tx, statement, graph=self._graph, key=asked, value=value))

    def write(self, batch: Batch, *, expect: Mapping[str, int | None] | None = None) -> Written:
        nodes, edges = encoded(batch)
        documents = checked(batch.documents)
        work = Difference(self._graph, secrets.token_hex(8), _asked(batch.delete), nodes, edges, expect or {}, documents)
        _asked(work.expect)
        # a batch that follows one without news has none either, as a rule: it is looked at first, and nothing is locked or written
        if not self._often_new and self._server.read(work.is_there):
            return Written(self.cursor().revision, frozenset(), frozenset(), frozenset())
        written = self._apply(work)
        self._often_new = bool(written.added or written.changed or written.deleted)
        return written

    def _apply(self, work: Difference) -> Written:
        done: list[Written] = []

        def apply(tx: Transaction) -> Written:
            done.append(work.apply(tx))
            return done[-1]

        def landed(tx: Transaction) -> Written | None:
            statement = "MATCH (c:_Change {graph: $graph, revision: $revision}) WHERE c.token = $token RETURN count(*)"
            there = rows(tx, statement, graph=self._graph, revision=done[-1].revision, token=work.token)[0][0]
            return done[-1] if there or kept.have_landed(tx, self._graph, work.documents, work.token) else None

        try:
            return self._server.locked(apply)
        except IncompleteCommit:
            # the lock is free again only when that commit is over, so what is seen under it is how it ended
            return self._server.locked(landed) or self._server.locked(apply)

    # -- care

    def check(self, *, deep: bool = False) -> Check:
        problems = [
            _("the constraint or index {name} is missing; open the store again to have it made", name=name)
            for name in missing(self._server)
        ]
        found = self._server.read(lambda tx: examine(tx, self._graph, deep=deep))
        return Check((*problems, *found.problems), found.content)

    def scrub(self) -> tuple[str, ...]:
        return (
            _(
                "{url}: the server keeps deleted content in its transaction logs and in free space of its files until it writes there anew;"
                " see its settings db.tx_log.rotation.retention_policy and db.tx_log.rotation.size, and neo4j-admin database copy",
                url=self._url,
            ),
        )

    def close(self) -> None:
        self._server.close()


def _asked(texts: Collection[str]) -> list[str]:
    """``texts``, each once and in order. Raises InvalidInput for one that no store can hold."""
    wanted = list(dict.fromkeys(texts))
    try:
        "".join(wanted).encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(_("text that cannot be stored: {error}", error=error)) from error
    return wanted
