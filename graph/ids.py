"""Stable ids: hashes over kind, source and source id, so that feeding the same row twice names the same node.

An id is a short prefix that tells the kind and 80 bits in base 32 hex: ``ach-0ab3...``. An entity's id is its smallest
record's with another prefix, so former ids of merged entities can always be told.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from graph.model import EdgeKind, NodeKind

PREFIX = {
    NodeKind.INSTITUTION: "ins",
    NodeKind.EXPERT: "exp",
    NodeKind.ACHIEVEMENT: "ach",
    NodeKind.DEMAND: "dem",
    NodeKind.RESOURCE: "res",
    NodeKind.COOPERATION: "coo",
    NodeKind.RECORD: "rec",
    NodeKind.DECISION: "dec",
}
WIDTH = 20
"""Characters of an id: prefix, hyphen, 16 characters."""


def node_id(kind: NodeKind, source: str, source_id: str) -> str:
    """The id of the node that ``source`` knows as ``source_id``."""
    return f"{PREFIX[kind]}-{_digest(kind, source, source_id)}"


def record_id(of: NodeKind, source: str, source_id: str) -> str:
    """The id of the Record of an institution or expert row."""
    return f"{PREFIX[NodeKind.RECORD]}-{_digest(of, source, source_id)}"


def entity_id(of: NodeKind, record: str) -> str:
    """The id of an entity whose smallest record is ``record``."""
    return PREFIX[of] + record[record.index("-") :]


def decision_id(left: str, right: str) -> str:
    """The id of the decision about two records; the order of the two does not matter."""
    return f"{PREFIX[NodeKind.DECISION]}-{_digest(*sorted((left, right)))}"


def edge_id(kind: EdgeKind, source: str, target: str, origin: str, *more: str) -> str:
    """The id of an edge between two nodes or Records, as the source ``origin`` says it; ``more`` tells parallel edges apart."""
    return f"edg-{_digest(kind, source, target, origin, *more)}"


def new_id(kind: NodeKind) -> str:
    """A random id, for a node made by a person and not by a source."""
    return f"{PREFIX[kind]}-{_text(secrets.token_bytes(10))}"


def _digest(*parts: str) -> str:
    # each part with its length before it: no character of a source's id can shift the border between two parts
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return _text(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).digest())


def _text(raw: bytes) -> str:
    return base64.b32hexencode(raw).decode("ascii").lower()
