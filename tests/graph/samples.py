"""Nodes and edges to test with: a few by hand, and hypothesis strategies for every kind."""

from __future__ import annotations

from typing import Any, get_type_hints

from hypothesis import strategies as st

from graph import Batch, Store
from graph.model import (
    EDGE_TYPES,
    NODE_TYPES,
    Achievement,
    Edge,
    EdgeKind,
    EvidenceKind,
    Expert,
    Institution,
    Node,
    NodeKind,
    Provenance,
    Trusts,
)
from graph.store import Change, Cursor

HOSTILE = [
    "",
    " ",
    "a\x00b",
    "\u202eright to left\u2066 marks\u2069",
    "'; DROP TABLE node; --",
    '" OR 1=1 --',
    "MATCH (n) DETACH DELETE n //",
    "$param {key: 'value'} `label` \\u0027",
    "%s ? :name",
    "复合材料 с кириллицей 🧪",
    "e\u0301 is not \u00e9",
    "\ufeffmark",
    "1\n2\r\n3\u2028",
    "x" * 1_000_000,
]
LONE = "\ud800"

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    float: _NUMBERS,
    float | None: st.none() | _NUMBERS,
    int | None: st.none() | st.integers(-(2**63), 2**63 - 1),
    Provenance: st.builds(Provenance, source=st.text(), source_id=st.text(), retrieved_at=st.none() | st.text()),
}


def _any(type_: type[Any], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any value of ``type_``, not yet stored: every field drawn by its type."""
    fields = {name: _BY_TYPE[hint] if hint in _BY_TYPE else st.from_type(hint) for name, hint in get_type_hints(type_).items()}
    return st.builds(type_, **(fields | {"version": st.just(0)} | fixed))


def any_node(kind: NodeKind) -> st.SearchStrategy[Node]:
    """Any node of ``kind``."""
    return _any(NODE_TYPES[kind])


def any_edge(kind: EdgeKind) -> st.SearchStrategy[Edge]:
    """Any edge of ``kind``."""
    return _any(EDGE_TYPES[kind], kind=st.just(kind))


def origin(source_id: str) -> Provenance:
    """A provenance."""
    return Provenance("tests", source_id)


def institution(one: str, **more: Any) -> Institution:
    """An institution with an id."""
    return Institution(id=one, provenance=origin(one), **({"name": one} | more))


def expert(one: str, **more: Any) -> Expert:
    """An expert with an id."""
    return Expert(id=one, provenance=origin(one), **({"name": one} | more))


def achievement(one: str, **more: Any) -> Achievement:
    """An achievement with an id."""
    return Achievement(id=one, provenance=origin(one), **({"title": one} | more))


def edge(one: str, kind: EdgeKind, source: str, target: str, **more: Any) -> Edge:
    """An edge; what its kind requires is filled in."""
    needed: dict[EdgeKind, dict[str, Any]] = {
        EdgeKind.EVIDENCE: {"evidence": EvidenceKind.RATING, "outcome": 0.5},
        EdgeKind.TRUSTS: {"belief": 0.5, "disbelief": 0.25, "uncertainty": 0.25, "stage": "swift", "as_of": "2024"},
    }
    values = {"id": one, "kind": kind, "source": source, "target": target, "provenance": origin(one)}
    return EDGE_TYPES[kind](**(values | needed.get(kind, {}) | more))


def owns(one: str, source: str, target: str, **more: Any) -> Edge:
    """An OWNS edge."""
    return edge(one, EdgeKind.OWNS, source, target, **more)


def trusts(one: str, source: str, target: str, **more: Any) -> Trusts:
    """A derived TRUSTS edge."""
    made = edge(one, EdgeKind.TRUSTS, source, target, **more)
    assert isinstance(made, Trusts)
    return made


def feed(store: Store, since: int = 0) -> list[Change]:
    """Every change after ``since``."""
    return list(store.changes(Cursor(store.cursor().epoch, since)))


def state(store: Store) -> tuple[object, ...]:
    """All that a reader can see."""
    kinds = [*NodeKind, *EdgeKind]
    return store.cursor(), store.count(), [list(store.scan(kind)) for kind in kinds], feed(store), store.check(deep=True)


def small() -> Batch:
    """Two institutions, an expert, two achievements and the edges between them."""
    return Batch(
        nodes=[institution("ins-a"), institution("ins-b"), expert("exp-a"), achievement("ach-1"), achievement("ach-2")],
        edges=[
            owns("edg-1", "ins-a", "ach-1"),
            owns("edg-2", "ins-b", "ach-2"),
            edge("edg-3", EdgeKind.CREATED, "exp-a", "ach-1"),
            edge("edg-4", EdgeKind.EVIDENCE, "ins-a", "ins-b"),
            edge("edg-5", EdgeKind.PART_OF, "ins-a", "ins-a"),
        ],
    )
