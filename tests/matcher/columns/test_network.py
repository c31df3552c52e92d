"""A network that was edited, and the trust that followed it, are those that would have been made anew, to the last bit."""

from __future__ import annotations

from dataclasses import fields

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.ids import node_id
from graph.model import Edge, EdgeKind, EvidenceKind, NodeKind
from matcher.columns import network as module
from matcher.columns import tables
from matcher.columns.evidence import EvidenceColumns
from matcher.columns.network import Network
from matcher.score import DEFAULT
from matcher.trust.fusion import Trust
from matcher.trust.ledger import Ledger
from matcher.trust.terms import TOPIC
from tests.matcher.trust.towns import DAY, Said, town
from tests.matcher.worlds import edge, evidence, party, party_to

SIZE = 5
KINDS = st.sampled_from([EvidenceKind.DELIVERY, EvidenceKind.RATING])
SAID = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), KINDS, st.sampled_from([-1.0, 0.2, 1.0])).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=14,
)
CHANGES = st.lists(st.lists(SAID.map(lambda said: said[:3]), max_size=2), min_size=1, max_size=4)
NONE = np.empty(0, tables.EDGE)


def items_of(network: Network) -> list[tuple[object, ...]]:
    """Every item in its order, facts by their ids."""
    items = network.evidence.items
    order = np.argsort(items.source, kind="stable")
    facts = [network.id_of(-1 - one) if one < 0 else network.edge_id(one) for one in items.fact[order].tolist()]
    columns = [getattr(items, field.name)[order].tolist() for field in fields(items) if field.name != "fact"]
    return list(zip(*columns, facts, strict=True))


def same(left: Network, right: Network, trust: Trust | None = None) -> None:
    """``trust``: of ``left``, if it is not to be made anew."""
    assert left.nodes.tobytes() == right.nodes.tobytes()
    every = [each.edges_at(each.edges_of_kind(*EdgeKind)) for each in (left, right)]
    assert every[0].tobytes() == every[1].tobytes()
    assert items_of(left) == items_of(right)
    trusted = [(trust or Trust(left)).on(DAY), Trust(right).on(DAY)]
    assert np.array_equal(trusted[0].steps.toarray(), trusted[1].steps.toarray())
    assert np.array_equal(trusted[0].pairs.leniency, trusted[1].pairs.leniency)
    for asker in range(SIZE):
        row = left.row(party(asker))
        for incoming in (False, True):
            ids = [[each.edge_id(one) for one in each.edges_of(row, incoming=incoming).tolist()] for each in (left, right)]
            assert ids[0] == ids[1]
        asked = [each.everyone(row) for each in trusted]
        assert all(np.array_equal(one, other) for one, other in zip(*asked, strict=True))
    ends = left.row(party(0)), left.row(party(1))
    ledgers = [Ledger(each) for each in trusted]
    by_ways = [term for term in DEFAULT.trust_terms if term.name != TOPIC]
    terms = [(each.terms(*ends, by_ways), each.opinion(*ends)) for each in ledgers]
    assert msgspec.json.encode(terms[0]) == msgspec.json.encode(terms[1])


def id_of(said: Said) -> str:
    source, target, kind, _ = said
    return evidence(party(source), party(target), kind, 0.0, DAY).id


def together() -> list[Edge]:
    """Three parties of one cooperation, and who belongs to whom."""
    joint = node_id(NodeKind.COOPERATION, "t", "c")
    return [*(party_to(party(one), joint) for one in range(3)), edge(EdgeKind.PART_OF, party(3), party(0))]


@pytest.mark.parametrize("late", [module.LATE, 4], ids=["beside", "put in order now and then"])
@settings(max_examples=40, deadline=None)
@given(said=SAID, changes=CHANGES)
def test_evidence_that_comes_changes_and_goes(late: int, said: list[Said], changes: list[list[list[Said]]]) -> None:
    """Change after change, of some items that come or change and some that go; asked in between and only in the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LATE", late)
        held = {id_of(one): one for one in said}
        seen = unseen = town(SIZE, list(held.values()), more=together())
        assert isinstance(seen.evidence, EvidenceColumns)
        trust = Trust(seen)
        trust.on(DAY).make_ready()
        for change in changes:
            come, go = (change[0] if change else []), [*held][: len(change[1])] if len(change) > 1 else []
            touched = sorted({*go, *(id_of(one) for one in come)})
            held = {one: what for one, what in held.items() if one not in touched} | {id_of(one): one for one in come}
            expected = town(SIZE, list(held.values()), more=together())
            arrive = expected.edges[np.isin(expected.edges["id"], [id_of(one).encode() for one in come])]
            gone = np.array([one.encode() for one in touched], tables.ID)
            seen, unseen = (each.edited(gone, seen.nodes[:0], arrive) for each in (seen, unseen))
            if late > 4:
                assert seen.items_of_evidence.made
            trust = trust.followed(seen)
            same(seen, expected, trust)
        same(unseen, expected)


@settings(deadline=None)
@given(SAID, SAID, st.sets(st.integers(0, SIZE - 1), max_size=2))
def test_nodes_that_come(said: list[Said], more: list[Said], new: set[int]) -> None:
    whole = {id_of(one): one for one in [*said, *more]}
    expected = town(SIZE, list(whole.values()))
    arrive = np.isin(expected.nodes["id"], [party(one).encode() for one in new])
    nodes, late = expected.nodes[~arrive], expected.nodes[arrive]
    early = np.isin(expected.edges["id"], sorted({id_of(one).encode() for one in said} - {id_of(one).encode() for one in more}))
    was = Network.of(nodes, expected.edges[early])
    assert len(was.evidence.items) <= len(said)
    beside = was.edited(expected.edges["id"][~early], late[:0], expected.edges[~early])
    same(beside.edited(np.array(sorted(late["id"]), tables.ID), late, NONE), expected)


def test_one_new_item_reads_nothing_anew() -> None:
    was = town(SIZE, [(0, 1, EvidenceKind.DELIVERY, 1.0), (1, 2, EvidenceKind.RATING, 1.0)], more=together())
    ends = was.row(party(0)), was.row(party(2))
    trust = Trust(was)
    heard = trust.on(DAY).everyone(ends[0])[0][ends[1]]
    new = town(SIZE, [(0, 2, EvidenceKind.DELIVERY, 1.0)]).edges
    after = was.edited(np.ascontiguousarray(new["id"]), was.nodes[:0], new)
    assert after.edges is was.edges
    assert after.evidence.settled is was.evidence.settled
    later = trust.followed(after).on(DAY)
    assert later.pairs.settled is trust.on(DAY).pairs.settled
    assert later.everyone(ends[0])[0][ends[1]] > heard > 0
    assert trust.on(DAY).sums(*ends)[0] == heard
