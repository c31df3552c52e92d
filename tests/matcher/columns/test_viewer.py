"""The rule of who may see what: its form for a node, its form for arrays, and what a question looks at, are one."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import (
    Achievement,
    Cooperation,
    Decision,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Expert,
    Institution,
    Node,
    NodeKind,
    Provenance,
    Record,
    Resource,
    Verdict,
    Visibility,
)
from graph.viewer import OWNER, PUBLIC, Viewer, level_of
from matcher.columns import tables
from matcher.columns.network import Network

ORIGIN = Provenance("t", "1")
LEVELS = list(Visibility)


def node(number: int, kind: NodeKind, visibility: Visibility) -> Node:
    """A node of a kind; of those that may be hidden, with this visibility."""
    one = f"{kind.value[:3].lower()}-{number:016}"
    match kind:
        case NodeKind.INSTITUTION:
            return Institution(id=one, provenance=ORIGIN, name="x")
        case NodeKind.EXPERT:
            return Expert(id=one, provenance=ORIGIN, name="x")
        case NodeKind.ACHIEVEMENT:
            return Achievement(id=one, provenance=ORIGIN, title="x", visibility=visibility)
        case NodeKind.DEMAND:
            return Demand(id=one, provenance=ORIGIN, title="x", visibility=visibility)
        case NodeKind.RESOURCE:
            return Resource(id=one, provenance=ORIGIN, title="x")
        case NodeKind.COOPERATION:
            return Cooperation(id=one, provenance=ORIGIN, title="x")
        case NodeKind.RECORD:
            return Record(id=one, provenance=ORIGIN, of=NodeKind.EXPERT, fields="{}")
        case NodeKind.DECISION:
            return Decision(id=one, provenance=ORIGIN, left="a", right="b", verdict=Verdict.SAME, rule="r", score=1.0, reason="")


GRAPHS = st.lists(st.tuples(st.sampled_from(NodeKind), st.sampled_from(Visibility)), max_size=30).map(
    lambda drawn: [node(number, kind, visibility) for number, (kind, visibility) in enumerate(drawn)]
)
VIEWERS = st.sampled_from([Viewer(clearance=one) for one in Visibility])


def oracle(viewer: Viewer, one: Node) -> bool:
    """The rule in words: internal nodes are nobody's to see, the others anybody's who stands as high as their visibility or was let in."""
    if isinstance(one, Record | Decision):
        return False
    hidden = getattr(one, "visibility", Visibility.PUBLIC)
    return LEVELS.index(hidden) <= LEVELS.index(viewer.clearance) or one.id in viewer.lets


@given(nodes=GRAPHS, viewer=VIEWERS)
def test_both_forms_are_one_rule(nodes: list[Node], viewer: Viewer) -> None:
    expected = {one.id: oracle(viewer, one) for one in nodes}
    assert {one.id: viewer.sees(one) for one in nodes} == expected
    levels = np.array([level_of(one) for one in nodes], np.int8)
    assert viewer.sees_levels(levels).tolist() == list(expected.values())


@given(nodes=GRAPHS.filter(bool), viewer=VIEWERS, data=st.data())
def test_who_is_let_in_sees_by_either_form_what_it_was_let_into(nodes: list[Node], viewer: Viewer, data: st.DataObject) -> None:
    strange = st.sampled_from(["dem-0000000000009999", "edg-1", "", "沈"])
    lets = data.draw(st.frozensets(st.sampled_from([one.id for one in nodes]) | strange, max_size=4))
    viewer = msgspec.structs.replace(viewer, lets=lets)
    kept = {one.id: one for one in nodes if one.kind_of_node in tables.NODE_KINDS}
    assert {one.id: viewer.sees(one) for one in nodes} == {one.id: oracle(viewer, one) for one in nodes}
    edges = []
    for number in range(data.draw(st.integers(0, 6)) if kept else 0):
        source, target = (data.draw(st.sampled_from(sorted(kept))) for _ in range(2))
        visibility = data.draw(st.sampled_from(Visibility))
        edges.append(Edge(id=f"edg-{number}", kind=EdgeKind.OWNS, source=source, target=target, provenance=ORIGIN, visibility=visibility))
    network = Network.of(tables.node_rows(list(kept.values())), tables.edge_rows(edges))
    ids = [one.decode() for one in network.nodes["id"].tolist()]
    assert network.sees(viewer, np.arange(len(ids))).tolist() == [viewer.sees(kept[one]) for one in ids]
    assert not network.sees(viewer, np.array([-1])).any()
    by_id = {edge.id: edge for edge in edges}
    named = [by_id[one.decode()] for one in network.edges["id"].tolist()]
    assert network.sees_edges(viewer, np.arange(len(named))).tolist() == [viewer.sees_edge(edge, kept) for edge in named]
    for edge in edges:  # in words: of both ends that may be seen, an edge of what one was let into, or as high as its visibility
        let = bool({edge.id, edge.source, edge.target} & lets)
        high = LEVELS.index(edge.visibility) <= LEVELS.index(viewer.clearance)
        assert viewer.sees_edge(edge, kept) == ((let or high) and oracle(viewer, kept[edge.source]) and oracle(viewer, kept[edge.target]))


@given(nodes=GRAPHS, viewer=VIEWERS, data=st.data())
def test_a_rating_of_or_by_a_person_is_the_owners_by_either_form_whoever_is_let_in(
    nodes: list[Node], viewer: Viewer, data: st.DataObject
) -> None:
    kept = {one.id: one for one in nodes if isinstance(one, Institution | Expert)}
    edges = []
    for number in range(data.draw(st.integers(0, 8)) if kept else 0):
        source, target = (data.draw(st.sampled_from(sorted(kept))) for _ in range(2))
        kind, visibility = data.draw(st.sampled_from([EvidenceKind.RATING, EvidenceKind.DELIVERY])), data.draw(st.sampled_from(Visibility))
        edges.append(Evidence(
            id=f"edg-{number}", kind=EdgeKind.EVIDENCE, source=source, target=target, provenance=ORIGIN, visibility=visibility,
            evidence=kind, outcome=1.0,
        ))  # fmt: skip
    viewer = msgspec.structs.replace(viewer, lets=frozenset({*(edge.id for edge in edges), *kept}))
    network = Network.of(tables.node_rows(list(kept.values())), tables.edge_rows(edges))
    named = {edge.id: edge for edge in edges}
    seen = dict(zip((one.decode() for one in network.edges["id"].tolist()), network.sees_edges(viewer, np.arange(len(edges))), strict=True))
    for one, edge in named.items():  # all were let in, so that this alone decides
        of_person = isinstance(kept[edge.source], Expert) or isinstance(kept[edge.target], Expert)
        may = viewer.is_owner or not (edge.evidence is EvidenceKind.RATING and of_person)
        assert bool(seen[one]) is viewer.sees_edge(edge, kept) is may


@given(nodes=GRAPHS, viewer=VIEWERS)
def test_the_columns_keep_what_the_rule_reads(nodes: list[Node], viewer: Viewer) -> None:
    kept = [one for one in nodes if one.kind_of_node in tables.NODE_KINDS]
    table = tables.node_rows(kept)
    found = dict(zip((one.decode() for one in table["id"].tolist()), viewer.sees_levels(table["visibility"]).tolist(), strict=True))
    assert found == {one.id: viewer.sees(one) for one in kept}


@given(nodes=GRAPHS.filter(bool), viewer=VIEWERS, data=st.data())
def test_an_edge_is_seen_by_who_may_see_it_and_both_ends(nodes: list[Node], viewer: Viewer, data: st.DataObject) -> None:
    source, target = (data.draw(st.sampled_from(nodes)) for _ in range(2))
    own = data.draw(st.sampled_from(Visibility))
    edge = Edge(id="edg-1", kind=EdgeKind.OWNS, source=source.id, target=target.id, provenance=ORIGIN, visibility=own)
    by_id = {one.id: one for one in nodes}
    may = LEVELS.index(own) <= LEVELS.index(viewer.clearance)
    assert viewer.sees_edge(edge, by_id) == (may and viewer.sees(source) and viewer.sees(target))
    del by_id[target.id]
    assert not viewer.sees_edge(edge, by_id)  # what is not there cannot be seen


@pytest.mark.parametrize("visibility", Visibility)
def test_who_owns_the_store_sees_all_of_it_but_its_workings(visibility: Visibility) -> None:
    for kind in NodeKind:
        assert OWNER.sees(node(1, kind, visibility)) == (kind not in (NodeKind.RECORD, NodeKind.DECISION))
    assert OWNER.is_owner
    assert not PUBLIC.is_owner
    assert not Viewer(clearance=Visibility.MEMBERS).is_owner
