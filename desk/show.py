"""One node for somebody to look at: its fields and its edges, as far as the viewer may see.

In: what a person typed for a node. Out: the public ``NodeOut``, and the records behind an institution or
expert. Next: ``api.cli.show`` and ``api.http.routes.nodes``.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from desk.facts import edge_in_words, name_of, source_notice
from desk.find import find
from desk.schemas import AlsoOut, EdgeOut, LicenceOut, NodeOut
from desk.sources.shown import Shown
from desk.sources.terms import terms_of
from graph.model import Achievement, Edge, Expert, Node, Record
from graph.store import Store
from graph.viewer import Viewer

EDGES = 100
_NOT_FIELDS = frozenset({"id", "version", "provenance", "records", "former_ids", "overlays"})


def describe(
    store: Store, name: str, *, viewer: Viewer, limit: int = EDGES, shown: Shown | None = None, contact: str = ""
) -> NodeOut:
    """The node called ``name``, with the edges that this viewer may see, and of its texts what may be ``shown``; ``contact``: whom people
    write to who object. Raises NotFound, and InvalidInput if the name is ambiguous."""
    one = find(store, name, viewer)
    node = viewer.view(cast("Node", store.get([one])[one]))
    told = shown or Shown(terms_of(store), viewer)
    node = told.node(store, node)
    edges = store.edges([node.id])
    ends = store.get({end for edge in edges for end in (edge.source, edge.target)})
    seen = [edge for edge in edges if viewer.sees_edge(edge, ends)]
    seen.sort(key=lambda edge: (edge.kind.value, edge.id))
    names = {end: name_of(viewer.view(other)) for end, other in ends.items() if isinstance(other, Node)}
    return NodeOut(
        id=node.id,
        kind=node.kind_of_node.value,
        version=node.version if viewer.is_owner else None,
        source=node.provenance.source,
        source_id=node.provenance.source_id,
        fields=fields_of(node),
        edges=[_edge(edge, node.id, names) for edge in seen[:limit]],
        edges_total=len(seen),
        also=_also(store, node, viewer),
        licence=licence_out(told, node.provenance.source),
        notice=notice_of(store, node, viewer, contact),
    )


def licence_out(shown: Shown, source: str) -> LicenceOut | None:
    """The terms of a source in their public shape."""
    terms = shown.licence(source)
    return LicenceOut.model_validate(terms) if terms else None


def notice_of(store: Store, node: Node, viewer: Viewer, contact: str) -> str:
    """What is said with a person who is known from files (``desk.facts.source_notice``), of those that the viewer sees; "" for what is
    nobody."""
    if not isinstance(node, Expert):
        return ""
    records = store.get(node.records).values()
    sources = {one.provenance.source for one in records if isinstance(one, Record) and viewer.sees_record(one)}
    return source_notice(sources, viewer, contact)


def fields_of(node: Node) -> dict[str, Any]:
    """What the node says, by field; unknown fields are null."""
    shown = {name: getattr(node, name) for name in node.__struct_fields__ if name not in _NOT_FIELDS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in msgspec.to_builtins(shown).items()}


def _also(store: Store, node: Node, viewer: Viewer) -> list[AlsoOut]:
    """Other achievements that carry an external id of ``node``, by source and id."""
    if not isinstance(node, Achievement) or not node.external_ids:
        return []
    holders = store.lookup([f"ext:{one}" for one in node.external_ids])
    others = store.get({one for ids in holders.values() for one in ids} - {node.id}).values()
    found = [one for one in others if isinstance(one, Achievement) and viewer.sees(one)]
    return [
        AlsoOut(
            id=one.id, name=name_of(one), source=one.provenance.source, source_id=one.provenance.source_id,
            shares=sorted({*node.external_ids} & {*one.external_ids}),
        )
        for one in sorted(found, key=lambda one: (one.provenance.source, one.id))
    ]  # fmt: skip


def records_of(store: Store, one: str, *, viewer: Viewer) -> list[dict[str, Any]]:
    """The sources' rows behind an institution or expert, in the order of their ids; they are the owner's to see."""
    if not viewer.is_owner:
        return []
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


def _edge(edge: Edge, one: str, names: dict[str, str]) -> EdgeOut:
    out = edge.source == one
    other = edge.target if out else edge.source
    return EdgeOut(
        id=edge.id, kind=edge.kind.value, direction="out" if out else "in", other=other, name=names.get(other, other),
        what=edge_in_words(edge, names), date=edge.date, source=edge.provenance.source, reply=None,
    )  # fmt: skip
