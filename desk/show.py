"""One node for somebody to look at: its fields and its edges, as far as the viewer may see.

In: an id (or, for the command line, any name that finds a node). Out: the public ``NodeOut``, and the records behind an institution or
expert. Next: ``api.cli.show`` and ``api.http.routes.nodes``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from desk.facts import HIDDEN, edge_in_words, may_see, names_of
from desk.find import locate
from desk.schemas import EdgeOut, NodeOut
from graph.errors import NotFound
from graph.model import Edge, Node, Record, Visibility
from graph.store import Store

EDGES = 100
_NOT_FIELDS = frozenset({"id", "version", "provenance", "records", "former_ids"})


def describe(store: Store, name: str, *, clearance: Visibility, limit: int = EDGES, by_name: bool = False) -> NodeOut | None:
    """The node called ``name`` as this viewer may see it; None if it is not there or not for this viewer.

    ``by_name``: also found by source id and name. Raises InvalidInput if that is ambiguous.
    """
    node = _node(store, name, by_name=by_name)
    if node is None or not may_see(node, clearance):
        return None
    edges = store.edges([node.id])
    names = names_of(store, {end for edge in edges for end in (edge.source, edge.target)}, clearance)
    seen = [edge for edge in edges if HIDDEN not in (names.get(edge.source), names.get(edge.target))]
    seen.sort(key=lambda edge: (edge.kind.value, edge.id))
    return NodeOut(
        id=node.id,
        kind=node.kind_of_node.value,
        version=node.version,
        source=node.provenance.source,
        source_id=node.provenance.source_id,
        fields=fields_of(node),
        edges=[_edge(edge, node.id, names) for edge in seen[:limit]],
        edges_total=len(seen),
    )


def fields_of(node: Node) -> dict[str, Any]:
    """What the node says, by field; unknown fields are null."""
    shown = {name: getattr(node, name) for name in node.__struct_fields__ if name not in _NOT_FIELDS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in msgspec.to_builtins(shown).items()}


def records_of(store: Store, one: str) -> list[dict[str, Any]]:
    """The sources' rows behind an institution or expert, in the order of their ids."""
    node = store.get([one]).get(one)
    found = store.get(getattr(node, "records", ()))
    told = []
    for item in sorted(found.values(), key=lambda item: item.id):
        if isinstance(item, Record):
            told.append({
                "id": item.id, "source": item.provenance.source, "source_id": item.provenance.source_id,
                "known_by_reference_only": item.stub, "fields": msgspec.json.decode(item.fields),
            })  # fmt: skip
    return told


def _node(store: Store, name: str, *, by_name: bool) -> Node | None:
    item = store.get([name]).get(name)
    if isinstance(item, Node):
        return item
    if isinstance(item, Edge) or not by_name:
        return None
    try:
        found = locate(store, name, scan=True)
    except NotFound:
        return None
    item = store.get([found]).get(found)
    return item if isinstance(item, Node) else None


def _edge(edge: Edge, one: str, names: dict[str, str]) -> EdgeOut:
    out = edge.source == one
    other = edge.target if out else edge.source
    return EdgeOut(
        id=edge.id, kind=edge.kind.value, direction="out" if out else "in", other=other, name=names.get(other, other),
        what=edge_in_words(edge, names), date=edge.date, source=edge.provenance.source,
    )  # fmt: skip
