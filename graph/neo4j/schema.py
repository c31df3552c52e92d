"""The schema that a Neo4j database has to have before it holds a graph: constraints, indexes and the graph's own root.

In: a ``graph.neo4j.session.Server`` and an address. Out: a database that has the schema, and the names of constraints and indexes that are
missing. Next: ``graph.neo4j.store`` opens its graph by it.

One database may hold several graphs, told apart by the property ``graph``: Community Edition has a single database, and a copy, a trial
or a test has to stand beside the graph that people work with. Every model node carries its kind and ``Entity``; what is the store's own
(``_Store``, ``_Change``, ``_Key``, ``_Meta``, ``_Document``) is no ``Entity`` and has no relationships, so it is in nobody's way in the
browser.
"""

from __future__ import annotations

import secrets
import shlex

from graph.errors import StoreError, StoreMissing
from graph.language import _
from graph.model import EdgeKind
from graph.neo4j.session import Address, Server, Transaction, rows

SCHEMA = 1
_EDGES: dict[str, str] = {
    f"dovetail_{kind.value.lower()}_id": f"CONSTRAINT dovetail_{kind.value.lower()}_id IF NOT EXISTS "
    f"FOR ()-[r:{kind.value}]-() REQUIRE (r.graph, r.id) IS UNIQUE"
    for kind in EdgeKind
}
NEEDED: dict[str, str] = {
    "dovetail_entity_id": "CONSTRAINT dovetail_entity_id IF NOT EXISTS FOR (n:Entity) REQUIRE (n.graph, n.id) IS UNIQUE",
    "dovetail_entity_key": "INDEX dovetail_entity_key IF NOT EXISTS FOR (n:Entity) ON (n.graph, n.key)",
    "dovetail_key": "CONSTRAINT dovetail_key IF NOT EXISTS FOR (k:_Key) REQUIRE (k.graph, k.key, k.id) IS UNIQUE",
    "dovetail_key_id": "INDEX dovetail_key_id IF NOT EXISTS FOR (k:_Key) ON (k.graph, k.id)",
    "dovetail_change": "CONSTRAINT dovetail_change IF NOT EXISTS FOR (c:_Change) REQUIRE (c.graph, c.revision) IS UNIQUE",
    "dovetail_meta": "CONSTRAINT dovetail_meta IF NOT EXISTS FOR (m:_Meta) REQUIRE (m.graph, m.key) IS UNIQUE",
    "dovetail_store": "CONSTRAINT dovetail_store IF NOT EXISTS FOR (s:_Store) REQUIRE s.graph IS UNIQUE",
    "dovetail_document": "CONSTRAINT dovetail_document IF NOT EXISTS FOR (d:_Document) REQUIRE (d.graph, d.id) IS UNIQUE",
    "dovetail_document_version": "INDEX dovetail_document_version IF NOT EXISTS FOR (d:_Document) ON (d.graph, d.version)",
    **_EDGES,
}
"""Every constraint and index by its name."""


def open_graph(server: Server, address: Address, url: str, *, create: bool) -> None:
    """See that the graph is there, made first if ``create``, and of the schema that this version reads. Raises StoreError."""

    def schema(tx: Transaction) -> list[list[object]]:
        return rows(tx, "MATCH (s:_Store {graph: $graph}) RETURN s.schema", graph=address.graph)

    found = server.glance(schema)
    if not found and not create:
        raise StoreMissing(
            _("{url}: there is no store; make one with: dovetail ingest FILES --store {address}", url=url, address=shlex.quote(url))
        )
    if found and found[0][0] != SCHEMA:
        raise StoreError(
            _(
                "{url}: made by another version of Dovetail (schema {found}, this one reads {schema})",
                url=url,
                found=found[0][0],
                schema=SCHEMA,
            )
        )
    _complete(server, url)
    if not found:
        server.write(lambda tx: _make(tx, address.graph))


def _make(tx: Transaction, graph: str) -> None:
    rows(
        tx,
        "MERGE (s:_Store {graph: $graph}) ON CREATE SET s.schema = $schema, s.epoch = $epoch, s.revision = 0",
        graph=graph,
        schema=SCHEMA,
        epoch=secrets.token_hex(8),
    )


def missing(server: Server) -> list[str]:
    """Names of constraints and indexes that are not there or not of use."""
    there = server.glance(lambda tx: rows(tx, "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name"))
    return sorted(NEEDED.keys() - {name for (name,) in there})


def _complete(server: Server, url: str) -> None:
    wanted = missing(server)
    for name in wanted:
        try:
            server.write(lambda tx, name=name: rows(tx, f"CREATE {NEEDED[name]}"))  # type: ignore[misc]
        except StoreError as error:
            if "AlreadyExists" not in str(getattr(error.__cause__, "code", None)):  # IF NOT EXISTS does not see one that is being made
                raise
    if wanted:
        server.glance(lambda tx: rows(tx, "CALL db.awaitIndexes(600)"))
        still = missing(server)
        if still:
            raise StoreError(
                _(
                    "{url}: the index {still} is not made: is there one of another name that does the same? See SHOW INDEXES",
                    url=url,
                    still=still[0],
                )
            )
