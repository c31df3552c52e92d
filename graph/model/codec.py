"""The codec of nodes and edges: their one canonical form in bytes, and back.

In: a node or an edge, or its bytes. Out: canonical JSON and its hash, the same in every store; or the node or edge. Next: ``graph.store``
encodes batches by it; ``graph.sqlite.store`` keeps the JSON, ``graph.neo4j.rows`` makes properties of it, and both keep the hash.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from graph.model.edges import EDGE_TYPES, Edge
from graph.model.kinds import EdgeKind, NodeKind
from graph.model.nodes import NODE_TYPES, Node

Stored = TypeVar("Stored", Node, Edge)

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS: dict[StrEnum, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(type_) for kind, type_ in NODE_TYPES.items()}
_DECODERS.update((kind, msgspec.json.Decoder(type_)) for kind, type_ in EDGE_TYPES.items())


def _exact(type_: type[Node | Edge]) -> list[tuple[str, type]]:
    """The fields in which one value can be written in two ways (5 and 5.0, ``"public"`` and its enum), and their types."""
    found = []
    for one in msgspec.structs.fields(type_):
        if get_origin(one.type) is tuple:
            continue  # a word in a list is written as it is
        plain = next(part for part in (*get_args(one.type), one.type) if part is not type(None))
        if plain is float or (isinstance(plain, type) and issubclass(plain, StrEnum) and not one.required):  # a default is left out
            found.append((one.name, plain))
    return found


def _whole(type_: type[Node | Edge]) -> list[str]:
    return [one.name for one in msgspec.structs.fields(type_) if int in (one.type, *get_args(one.type))]


_CODES = {type_: (_DECODERS[kind].decode, _exact(type_), _whole(type_)) for kind, type_ in NODE_TYPES.items()}
_EDGE_CODES = {kind: (_DECODERS[kind].decode, _exact(type_), _whole(type_)) for kind, type_ in EDGE_TYPES.items()}
ID_BYTES = 4096
"""Bytes of an id in UTF-8, at most: what every store can index."""


def encode(item: Node | Edge) -> bytes:
    """The content of a node or edge as canonical JSON, ``version`` left out.

    Raises ValueError for what would not read back as it is: a lone surrogate, NaN or infinity (JSON has neither), a value of
    another type than its field's; and for what not every store can hold: an id of more than ID_BYTES, a whole number of more than
    64 bits. A whole number in a field of floats is written as a float, so that one content has one form.
    """
    bare = item if item.version == 0 else msgspec.structs.replace(item, version=0)
    decode, exact, whole = _CODES[type(item)] if isinstance(item, Node) else _EDGE_CODES[item.kind]
    if len(item.id) > ID_BYTES // 4 and len(item.id.encode()) > ID_BYTES:
        raise ValueError(f"{item.id[:40]}...: an id of more than {ID_BYTES} bytes")
    for name in whole:
        number = getattr(item, name)
        if isinstance(number, int) and not -(2**63) <= number < 2**63:
            raise ValueError(f"{item.id}: {name} of more than 64 bits")
    content = _ENCODER.encode(bare)
    back: Node | Edge = decode(content)
    if back != bare:
        raise ValueError(f"{item.id}: a value that would not read back as it is")
    for name, type_ in exact:
        value = getattr(bare, name)
        if value is not None and type(value) is not type_:
            return _ENCODER.encode(back)
    return content


def decode_node(kind: NodeKind, content: bytes | str, version: int) -> Node:
    """The inverse of ``encode`` for a node; ``version`` as the store knows it."""
    node: Node = _DECODERS[kind].decode(content)
    msgspec.structs.force_setattr(node, "version", version)
    return node


def decode_edge(kind: EdgeKind, content: bytes | str, version: int) -> Edge:
    """The inverse of ``encode`` for an edge; ``version`` as the store knows it."""
    edge: Edge = _DECODERS[kind].decode(content)
    msgspec.structs.force_setattr(edge, "version", version)
    return edge


def content_hash(content: bytes) -> bytes:
    """BLAKE2b-128 of an encoded node or edge: equal content, equal hash, in every store."""
    return hashlib.blake2b(content, digest_size=16).digest()
