"""Nodes and edges as the flat properties that Neo4j holds, and back. No Cypher here.

In: an item with its canonical content (``graph.model.encode``). Out: a mapping of property to scalar or list of strings, as a person reads
it in Neo4j's browser: the model's field names, provenance as ``source``, ``source_id`` and ``retrieved_at``, defaults left out. Next:
``graph.neo4j.write`` stores the properties; ``graph.neo4j.store`` and ``graph.neo4j.check`` read nodes and edges back.

An edge's kind and ends are the relationship's own. Beside the fields stand the store's: ``graph``, ``version``, ``hash``, ``key``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from graph.model import EDGE_TYPES, NODE_TYPES, Edge, EdgeKind, Node, NodeKind, Provenance, content_hash

Properties = dict[str, Any]

KEY_CHARACTERS = 500
_ORIGIN = tuple(field.name for field in msgspec.structs.fields(Provenance))
_OWN = frozenset({"graph", "version", "hash", "key"})
_NODE_KINDS = {kind.value: kind for kind in NodeKind}


def _plain(type_: type[Node | Edge], *without: str) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(type_)) - {"provenance", *without} | set(_ORIGIN) | _OWN


_KNOWN: dict[NodeKind | EdgeKind, frozenset[str]] = {kind: _plain(type_) for kind, type_ in NODE_TYPES.items()}
_KNOWN |= {kind: _plain(type_, "kind", "target") - {"key"} for kind, type_ in EDGE_TYPES.items()}


def properties(item: Node | Edge, content: bytes, graph: str, version: int) -> Properties:
    """What is stored of ``item``. ``content`` has each value in its one form (a price of 5 as 5.0), so it is what is spread out."""
    row: Properties = msgspec.json.decode(content)
    if isinstance(item, Edge):
        del row["kind"], row["source"], row["target"]
    else:
        keys = item.lookup_keys()
        if keys:
            row["key"] = indexed(keys[0])
    row.update(row.pop("provenance"))
    row.update(graph=graph, version=version, hash=content_hash(content).hex())
    return row


def further_keys(node: Node) -> list[str]:
    """The lookup keys of ``node`` but its first, which is a property of its own: most nodes have just one."""
    keys = node.lookup_keys()
    return sorted({indexed(key) for key in keys[1:]} - {indexed(keys[0])}) if len(keys) > 1 else []


def indexed(key: str) -> str:
    """``key`` as it stands in an index, which takes some thousand bytes and no more: a long one by its hash."""
    if len(key) <= KEY_CHARACTERS:
        return key
    return f"blake2b:{hashlib.blake2b(key.encode(), digest_size=32).hexdigest()}"


def kind_of(labels: list[str]) -> NodeKind | None:
    """The model's label among ``labels``; None if there is none, or more than one (a person may add labels of another sort)."""
    found = [_NODE_KINDS[label] for label in labels if label in _NODE_KINDS]
    return found[0] if len(found) == 1 else None


def node_of(kind: NodeKind, row: Mapping[str, Any]) -> Node:
    """The node that ``row`` holds. Raises ValueError if a hand has made it something else."""
    node: Node = msgspec.convert(_fields(row), NODE_TYPES[kind])
    return node


def edge_of(kind: EdgeKind, row: Mapping[str, Any], source: str, target: str) -> Edge:
    """The edge that ``row`` holds. Raises ValueError if a hand has made it something else."""
    edge: Edge = msgspec.convert(_fields(row) | {"kind": kind.value, "source": source, "target": target}, EDGE_TYPES[kind])
    return edge


def strangers(kind: NodeKind | EdgeKind, row: Mapping[str, Any]) -> list[str]:
    """Properties that the model does not know."""
    return sorted(row.keys() - _KNOWN[kind])


def _fields(row: Mapping[str, Any]) -> Properties:
    origin = {name: row[name] for name in _ORIGIN if name in row}
    return {**row, "provenance": origin}
