"""Stable ids: hashes over kind, source and source id, so that feeding the same row twice names the same node.

In: a kind, a source and the source's id; of an edge its kind, its ends and its origin; of a decision its two Records. Out: the id. Next:
``ingest.build``, ``ingest.resolve.records`` and ``desk.evidence`` give ids to nodes, Records and edges; ``matcher.columns.tables`` makes
its columns of ids as wide as these.

An id is a short prefix that tells the kind of a node (``edg`` for every edge) and 80 bits in base 32 hex: ``ach-0ab3...``. An entity's id
is its smallest record's with another prefix, so former ids of merged entities can always be told.
"""

from __future__ import annotations

from hashlib import blake2b

from graph.model import PREFIX, EdgeKind, NodeKind, Visibility

WIDTH = 20
"""Characters of an id: prefix, hyphen, 16 characters."""


_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


def _part(text: str) -> str:
    # each part with its length before it: no character of a source's id can shift the border between two parts
    return f"{len(text)}:{text}"


_KIND_PART: dict[str, str] = {kind: _part(kind.value) for enum in (NodeKind, EdgeKind) for kind in enum}


def node_id(kind: NodeKind, source: str, source_id: str) -> str:
    """The id of the node that ``source`` knows as ``source_id``."""
    return f"{PREFIX[kind]}-{_digest(kind, source, source_id)}"


def record_id(of: NodeKind, source: str, source_id: str, visibility: Visibility = Visibility.PUBLIC) -> str:
    """The id of the Record of an institution or expert row. Of one that not everybody may see it is another, so that what a hidden row
    says and what a public one says of the same source's id are two Records."""
    if visibility is not Visibility.PUBLIC:
        return f"{PREFIX[NodeKind.RECORD]}-{_hashed(_part(visibility) + _KIND_PART[of] + _part(source) + _part(source_id))}"
    return f"{PREFIX[NodeKind.RECORD]}-{_digest(of, source, source_id)}"


def entity_id(of: NodeKind, record: str) -> str:
    """The id of an entity whose smallest record is ``record``."""
    return PREFIX[of] + record[record.index("-") :]


def decision_id(left: str, right: str) -> str:
    """The id of the decision about two records; the order of the two does not matter."""
    left, right = sorted((left, right))
    return f"{PREFIX[NodeKind.DECISION]}-{_hashed(_part(left) + _part(right))}"


def edge_id(kind: EdgeKind, source: str, target: str, origin: str, *more: str) -> str:
    """The id of an edge between two nodes or Records, as the source ``origin`` says it; ``more`` tells parallel edges apart."""
    rest = "".join(map(_part, more)) if more else ""
    return f"edg-{_hashed(f'{_KIND_PART[kind]}{len(source)}:{source}{len(target)}:{target}{len(origin)}:{origin}{rest}')}"


def _digest(kind: NodeKind, source: str, source_id: str) -> str:
    return _hashed(f"{_KIND_PART[kind]}{len(source)}:{source}{len(source_id)}:{source_id}")


def _hashed(text: str) -> str:
    return _text(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).digest())


def _text(raw: bytes) -> str:
    # base64.b32hexencode in small letters, in a third of its time: an ingest makes ten ids a row
    high, low, pairs = int.from_bytes(raw[:5], "big"), int.from_bytes(raw[5:], "big"), _PAIRS
    return (
        f"{pairs[high >> 30]}{pairs[high >> 20 & 1023]}{pairs[high >> 10 & 1023]}{pairs[high & 1023]}"
        f"{pairs[low >> 30]}{pairs[low >> 20 & 1023]}{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )
