"""Voices and what is heard, against networkx and a plain double loop; and the properties that opinions of others must have."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import random_array

from graph.model import EdgeKind, EvidenceKind
from matcher.columns.network import Network
from matcher.score import DEFAULT
from matcher.trust.fusion import HEARD, Trust, TrustOn
from matcher.trust.ledger import Ledger
from matcher.trust.pagerank import FLOOR, TOLERANCE, personalised_pagerank, rounds, strongest_path
from matcher.trust.settings import SETTINGS
from tests.matcher.trust.towns import DAY, Said, town
from tests.matcher.worlds import edge, party

SIZE = 7
KINDS = st.sampled_from([EvidenceKind.DELIVERY, EvidenceKind.RATING, EvidenceKind.PAYMENT])
SAID = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1), KINDS, st.sampled_from([-1.0, -0.3, 0.2, 0.6, 1.0])).filter(
        lambda one: one[0] != one[1]
    ),
    max_size=20,
)
PARTS = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda one: one[0] < one[1]), max_size=3)


def on(network: Network) -> TrustOn:
    return Trust(network).on(DAY)


def rows(network: Network, count: int = SIZE) -> list[int]:
    return [network.row(party(n)) for n in range(count)]


@given(SAID, st.sampled_from([0.3, 0.5, 0.85]))
def test_voices_are_personalised_pagerank(said: list[Said], alpha: float) -> None:
    trusted = on(town(SIZE, said))
    steps = trusted.steps.toarray()
    graph = nx.DiGraph()
    graph.add_nodes_from(range(SIZE))
    graph.add_weighted_edges_from((i, j, float(steps[i, j])) for i in range(SIZE) for j in range(SIZE) if steps[i, j] > 0)
    restart = np.zeros(SIZE)
    restart[2] = 1.0
    found = personalised_pagerank(trusted.steps, restart, alpha)
    asked = {n: float(restart[n]) for n in range(SIZE)}
    expected = nx.pagerank(graph, alpha=alpha, personalization=asked, dangling=asked, tol=1e-14, max_iter=2000)
    assert found == pytest.approx([expected[n] for n in range(SIZE)], abs=1e-9)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    # and a plain double loop
    plain = restart.tolist()
    for _ in range(rounds(alpha) + 5):
        lost = sum(plain[i] for i in range(SIZE) if not steps[i].any())
        new = [(1 - alpha) * restart[j] + alpha * lost * restart[j] for j in range(SIZE)]
        for i in range(SIZE):
            for j in range(SIZE):
                new[j] += alpha * plain[i] * steps[i, j]
        plain = new
    assert found == pytest.approx(plain, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 4.0), st.sampled_from([0.3, 0.5, 0.85]))
def test_voices_over_many_nodes_are_those_of_the_linear_system(seed: int, ties: float, alpha: float) -> None:
    """The walk begins over the few nodes that it has reached, and over all of them later."""
    count = 400
    steps = random_array((count, count), density=ties / count, format="csr", rng=np.random.default_rng(seed))
    total = np.asarray(steps.sum(axis=1)).ravel()
    steps.data /= np.repeat(total, np.diff(steps.indptr))
    restart = np.zeros(count)
    restart[[3, 5]] = 0.25, 0.75
    plain = np.linalg.solve(np.eye(count) - alpha * steps.toarray().T, restart)
    assert np.abs(personalised_pagerank(steps, restart, alpha) - plain / plain.sum()).sum() <= TOLERANCE


@settings(max_examples=60)
@given(SAID, PARTS, st.integers(0, SIZE - 1))
def test_everyone_at_once_is_each_one_by_itself_and_a_plain_sum(said: list[Said], parts: set[tuple[int, int]], asker: int) -> None:
    more = [edge(EdgeKind.PART_OF, party(child), party(parent)) for child, parent in sorted(parts)]
    network = town(SIZE, said, anchors=[0], more=more)
    trusted, at = on(network), rows(network)
    r, s = trusted.everyone(at[asker])
    near = nx.Graph(sorted(parts))
    near.add_node(asker)
    steps = nx.single_source_shortest_path_length(near, asker, cutoff=2)
    hearing = trusted.hearing(at[asker])
    for target in range(SIZE):
        assert trusted.sums(at[asker], at[target]) == (r[at[target]], s[at[target]])
        if target == asker:
            continue
        for side, total in ((1, r), (-1, s)):
            expected = 0.0
            for giver in range(SIZE):
                said = trusted.pairs.of(at[giver])
                span = said.pairs.pair(at[giver], at[target])
                known = sum(max(side * w * v, 0.0) for w, v in zip(said.weight[span], said.value[span], strict=True))
                if giver in steps and giver != target:
                    expected += SETTINGS.part_of ** steps[giver] * known
                if giver not in (asker, target):
                    expected += SETTINGS.heard * float(hearing.pagerank[at[giver]]) * min(known, SETTINGS.cap)
            assert total[at[target]] == pytest.approx(expected, abs=1e-9)


@given(SAID, st.integers(1, SIZE - 1), st.integers(1, SIZE - 1), KINDS)
def test_with_voices_held_more_good_never_lowers_and_more_bad_never_raises(
    said: list[Said], giver: int, target: int, kind: EvidenceKind
) -> None:
    if giver == target or kind is EvidenceKind.RATING:  # a rating also tells how lenient its rater is
        return
    without = [one for one in said if one[:3] != (giver, target, kind)]
    before = town(SIZE, without)
    hearing = on(before).hearing(before.row(party(0)))
    nets = []
    for value in (-1.0, None, 1.0):
        after = town(SIZE, without if value is None else [*without, (giver, target, kind, value)])
        held = Trust(after).on(DAY, {party(0): hearing.moved(before, after)})
        ends = after.row(party(0)), after.row(party(target))
        nets.append([term.points(*held.sums(*ends, ways=term.ways)) for term in DEFAULT.trust_terms])
    assert all(bad <= none <= good for bad, none, good in zip(*nets, strict=True))


@given(SAID)
def test_the_breadth_of_an_asker_is_what_speaks_for_all_it_has_dealt_with(said: list[Said]) -> None:
    network = town(SIZE, said)
    trusted, asker = on(network), network.row(party(0))
    part = trusted.pairs.of(asker)
    plain = 0.0
    for at in range(len(part.items)):
        if part.items.source[at] == asker:
            plain += max(float(part.weight[at] * part.value[at]), 0.0)
    hearing = trusted.hearing(asker)
    assert hearing.breadth == pytest.approx(plain, abs=1e-8)
    for term in DEFAULT.trust_terms:
        weight = term.counted(hearing).weight
        if term.ways == (HEARD,) and hearing.from_anchors:
            assert weight == 0
        elif term.name in ("dealings", "heard"):
            assert weight == pytest.approx(term.weight * 3 / (3 + plain))  # as docs/scoring.md says it
        else:
            assert weight == term.weight


def test_a_newcomer_hears_the_anchors_and_nobody_hears_nothing() -> None:
    said: list[Said] = [(0, 1, EvidenceKind.DELIVERY, 1.0), (1, 2, EvidenceKind.DELIVERY, 1.0)]
    known = town(4, said, anchors=[0])
    held = Ledger(on(known)).opinion(known.row(party(3)), known.row(party(2)))
    assert held.from_anchors
    assert held.belief > 0
    assert [item.giver for item in held.items] == [party(1)]
    alone = town(4, said)
    assert Ledger(on(alone)).opinion(alone.row(party(3)), alone.row(party(2))).uncertainty == 1.0
    assert Ledger(on(alone)).opinion(-1, alone.row(party(2))).uncertainty == 1.0
    own = Ledger(on(known)).opinion(known.row(party(0)), known.row(party(2)))
    assert not own.from_anchors


def test_the_path_through_which_it_was_heard() -> None:
    said: list[Said] = [(0, 1, EvidenceKind.DELIVERY, 1.0), (1, 2, EvidenceKind.DELIVERY, 1.0), (0, 3, EvidenceKind.DELIVERY, 0.1)]
    said += [(3, 2, EvidenceKind.DELIVERY, 1.0), (2, 4, EvidenceKind.DELIVERY, 1.0)]
    network = town(6, said)
    at = rows(network, 6)
    assert on(network).path(at[0], at[2]) == [at[0], at[1], at[2]]
    assert strongest_path(on(network).steps, np.array([at[0]]), at[5]) == []


def test_a_path_may_lead_through_any_row() -> None:
    """Also through the first one, by whatever name it goes."""
    first = next(n for n in range(6) if party(n).encode() == town(6, []).joins.node_ids[0])
    a, b, c = [n for n in range(6) if n != first][:3]
    said: list[Said] = [(a, b, EvidenceKind.DELIVERY, 1.0), (b, first, EvidenceKind.DELIVERY, 1.0), (first, c, EvidenceKind.DELIVERY, 1.0)]
    network = town(6, said)
    at = rows(network, 6)
    assert at[first] == 0
    assert on(network).path(at[a], at[c]) == [at[a], at[b], 0, at[c]]


def test_a_voice_too_small_to_matter_is_not_heard() -> None:
    chain: list[Said] = [(n, n + 1, EvidenceKind.DELIVERY, 1.0) for n in range(30)]
    network = town(31, chain)
    voice = on(network).hearing(network.row(party(0))).pagerank
    assert voice[network.row(party(5))] == pytest.approx(2.0**-6, rel=1e-6)
    assert voice[network.row(party(25))] == 0.0 < FLOOR
