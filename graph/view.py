"""A read-only networkx view of a neighbourhood. In: a store and a few ids. Out: a frozen MultiDiGraph for drawing and exploring.

The whole graph is never loaded: a breadth-first walk stops at ``limit`` nodes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from graph.model import EdgeKind, Node
from graph.store import Store

if TYPE_CHECKING:
    import networkx as nx


def neighbourhood(
    store: Store, ids: Collection[str], *, hops: int = 1, kinds: Collection[EdgeKind] | None = None, limit: int = 500
) -> nx.MultiDiGraph[Any]:
    """The nodes within ``hops`` edges of ``ids`` and the edges between them.

    Nodes are ids with attribute ``node``, edges are keyed by id with attribute ``edge``. Nodes nearer to ``ids`` come first
    where ``limit`` cuts, then smaller ids; ids that are not in the store are left out.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    found = store.get(ids)
    seen = dict.fromkeys(sorted({node.id for node in found.values() if isinstance(node, Node)})[:limit])
    frontier = list(seen)
    for _ in range(hops):
        near = {end for edge in store.edges(frontier, kinds=kinds) for end in (edge.source, edge.target)}
        frontier = sorted(near - seen.keys())[: max(0, limit - len(seen))]
        seen.update(dict.fromkeys(frontier))
    graph.add_nodes_from((one, {"node": node}) for one, node in store.get(list(seen)).items())
    for edge in store.edges(list(seen), kinds=kinds):
        if edge.source in graph and edge.target in graph:
            graph.add_edge(edge.source, edge.target, key=edge.id, edge=edge)
    frozen: nx.MultiDiGraph[Any] = nx.freeze(graph)
    return frozen
