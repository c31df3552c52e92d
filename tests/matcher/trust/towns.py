"""Trust without texts: parties and what they say of each other, as a network that lives in memory."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Edge, EvidenceKind, Institution, Node
from matcher.columns import tables
from matcher.columns.network import Network
from tests.matcher.worlds import evidence, origin, party

DAY = "2024-01-01"
Said = tuple[int, int, EvidenceKind, float]


def town(size: int, said: Sequence[Said], anchors: Sequence[int] = (), *, more: Sequence[Edge] = (), date: str | None = DAY) -> Network:
    """``size`` institutions; who says what of whom, once a pair and kind."""
    nodes: list[Node] = [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(size)]
    edges: dict[str, Edge] = {}
    for source, target, kind, outcome in said:
        one = evidence(party(source), party(target), kind, outcome, date)
        edges[one.id] = one
    listed = tables.edge_rows([*edges.values(), *more])
    return Network.of(tables.node_rows(nodes), listed, tuple(party(n) for n in anchors))
