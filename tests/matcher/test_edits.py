"""A snapshot that was edited is the one that would have been made anew, to the last bit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import EvidenceKind
from matcher import tables
from matcher.evidence import Evidence
from matcher.snapshot import Snapshot
from tests.matcher.towns import DAY, Said, town
from tests.matcher.worlds import evidence, party

SIZE = 5
KINDS = st.sampled_from([EvidenceKind.DELIVERY, EvidenceKind.RATING])
SAID = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), KINDS, st.sampled_from([-1.0, 0.2, 1.0])).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=14,
)


def same(left: Snapshot, right: Snapshot) -> None:
    assert left.nodes.tobytes() == right.nodes.tobytes()
    assert left.edges.tobytes() == right.edges.tobytes()
    assert left.edge_source.tolist() == right.edge_source.tolist()
    assert left.edge_target.tolist() == right.edge_target.tolist()
    for one, other in ((left.evidence.items, right.evidence.items), (left.evidence.pairs, right.evidence.pairs)):
        for field in fields(one):
            assert getattr(one, field.name).tolist() == getattr(other, field.name).tolist(), field.name
    for asker in range(SIZE):
        asked = [each.trust().on(DAY).everyone(each.row(party(asker))) for each in (left, right)]
        assert all(np.array_equal(one, other) for one, other in zip(*asked, strict=True))


@settings(max_examples=80)
@given(SAID, SAID)
def test_evidence_that_comes_changes_and_goes(before: list[Said], after: list[Said]) -> None:
    was, expected = town(SIZE, before), town(SIZE, after)
    assert len(was.edge_source) == len(was.edge_target) == len(was.edges)
    assert isinstance(was.evidence, Evidence)
    touched = sorted({evidence(party(s), party(t), kind, 0.0, DAY).id for s, t, kind, _ in [*before, *after]})
    gone = np.array([one.encode() for one in touched], tables.ID)
    changed = was.edited(gone, was.nodes[:0], expected.edges)
    assert "evidence" in vars(changed)  # taken over, not made anew
    same(changed, expected)


@given(SAID, st.sets(st.integers(0, SIZE - 1), max_size=2))
def test_nodes_that_come(said: list[Said], new: set[int]) -> None:
    expected = town(SIZE, said)
    arrive = np.isin(expected.nodes["id"], [party(one).encode() for one in new])
    nodes, late = expected.nodes[~arrive], expected.nodes[arrive]
    was = Snapshot(expected.cursor, expected.scale, (), expected.alive, nodes, expected.edges, "")
    assert len(was.evidence.items) <= len(said)
    same(was.edited(np.array(sorted(late["id"]), tables.ID), late, expected.edges[:0]), expected)
