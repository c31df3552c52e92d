"""The documents of a graph in Neo4j: how they are read, written and checked.

In: a transaction and the graph's name. Out: documents, or problems in words. Next: ``graph.neo4j.store`` and ``graph.neo4j.write``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from graph.documents import Document, DocumentKind, damage, stale
from graph.errors import Conflict
from graph.model import content_hash
from graph.neo4j.session import Transaction, rows
from graph.neo4j.spool import Spool

_FIELDS = "RETURN d.id, d.kind, d.content, d.version"
_HELD = f"MATCH (d:_Document) WHERE d.graph = $graph AND d.id IN $ids {_FIELDS}"
_SINCE = (
    "MATCH (d:_Document) USING INDEX d:_Document(graph, version) WHERE d.graph = $graph AND d.version > $after AND d.kind IN $kinds "
    f"{_FIELDS} ORDER BY d.version, d.id"
)
_ALL = (
    "MATCH (d:_Document) WHERE d.graph = $graph AND d.id IS NOT NULL RETURN d.id, d.hash, d.content, d.version ORDER BY d.graph, d.id"
)
_NEXT = "MATCH (s:_Store {graph: $graph}) SET s.sequence = coalesce(s.sequence, 0) + 1 RETURN s.sequence"
_PUT = (
    "UNWIND $rows AS row MERGE (d:_Document {graph: $graph, id: row.id}) "
    "SET d.kind = row.kind, d.content = row.content, d.hash = row.hash, d.version = $version, d.token = $token"
)


def last(tx: Transaction, graph: str) -> int:
    """The number that the last batch with documents took."""
    return int(rows(tx, "MATCH (s:_Store {graph: $graph}) RETURN coalesce(s.sequence, 0)", graph=graph)[0][0])


def held(tx: Transaction, graph: str, ids: Collection[str]) -> list[Document]:
    """The documents under ``ids``, those that were removed too."""
    return [_document(row) for row in rows(tx, _HELD, graph=graph, ids=list(ids))]


def since(tx: Transaction, graph: str, sequence: int, kinds: Collection[DocumentKind]) -> Spool:
    """The rows of ``Store.documents_since``, set aside."""
    spool = Spool()
    for record in tx.run(_SINCE, graph=graph, after=sequence, kinds=[kind.value for kind in kinds]):
        spool.add(msgspec.msgpack.encode(record.values()))
    return spool


def read(row: bytes) -> Document:
    """A document of such a row."""
    return _document(msgspec.msgpack.decode(row))


def put(tx: Transaction, graph: str, documents: Mapping[str, Document], token: str) -> int:
    """Write documents under the graph's lock, all at the next number of the sequence, which is returned. Raises Conflict for those that are
    stored at another version than they name."""
    if wrong := stale(documents, held(tx, graph, sorted(documents))):
        raise Conflict(wrong)
    ((number,),) = rows(tx, _NEXT, graph=graph)
    made = [
        {"id": one.id, "kind": one.kind.value, "content": one.content, "hash": content_hash(one.content).hex()}
        for one in documents.values()
    ]
    tx.run(_PUT, graph=graph, rows=made, version=number, token=token).consume()
    return int(number)


def have_landed(tx: Transaction, graph: str, documents: Collection[str], token: str) -> bool:
    """Whether the batch that carried ``token`` wrote these documents."""
    statement = "MATCH (d:_Document) WHERE d.graph = $graph AND d.id IN $ids AND d.token = $token RETURN count(*)"
    return bool(documents) and rows(tx, statement, graph=graph, ids=list(documents), token=token)[0][0] == len(documents)


def document_damage(tx: Transaction, graph: str) -> list[str]:
    """Documents that are not what was written, and numbers beyond the sequence."""
    number, problems = last(tx, graph), list[str]()
    for record in tx.run(_ALL, graph=graph):
        one, digest, content, version = record.values()
        problems += damage(one, version or 0, number, is_whole=content_hash(bytes(content or b"")).hex() == digest)
    return problems


def _document(row: list[Any]) -> Document:
    one, kind, content, version = row
    return Document(one, DocumentKind(kind), bytes(content), version)
