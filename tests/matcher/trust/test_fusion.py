"""Opinions: worked examples with their sources, and the properties that trust must have."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import Batch
from graph.dates import ordinal
from graph.ids import node_id
from graph.model import Cooperation, Edge, EdgeKind, EvidenceKind, Expert, Institution, Node, NodeKind, Outcome, Visibility
from matcher.columns import tables
from matcher.columns.evidence import EVER, KINDS, cooperation_phases
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.score import DEFAULT
from matcher.trust.fusion import DIRECT, HEARD, WAYS, TrustOn
from matcher.trust.ledger import Ledger
from matcher.trust.opinion import opinion_of
from matcher.trust.settings import SETTINGS
from matcher.trust.weighing import good_and_bad
from tests.conftest import ROOT
from tests.matcher.worlds import ASKER, edge, evidence, opinion, origin, party, party_to, person, store_of


def test_worked_example_of_beta_9_2() -> None:
    # r = 8, s = 1, W = 2, a = .5: the mean of Beta(9, 2) is 9/11 (Josang, Subjective Logic, 2016)
    held = opinion_of(8.0, 1.0)
    assert (held.belief, held.disbelief, held.uncertainty, held.expectation) == pytest.approx((8 / 11, 1 / 11, 2 / 11, 9 / 11))


def test_no_evidence_is_uncertainty_and_not_distrust() -> None:
    held = opinion_of(0.0, 0.0)
    assert (held.belief, held.disbelief, held.uncertainty) == (0.0, 0.0, 1.0)


VALUES = st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 10)), max_size=8)


def summed(values: list[tuple[float, float]]) -> tuple[float, float]:
    r, s = good_and_bad([weight for _, weight in values], [value for value, _ in values])
    return float(r.sum()), float(s.sum())


@given(VALUES)
def test_an_opinion_sums_to_one_and_does_not_depend_on_order(values: list[tuple[float, float]]) -> None:
    held = opinion_of(*summed(values))
    assert held.belief + held.disbelief + held.uncertainty == pytest.approx(1.0)
    assert opinion_of(*summed(values[::-1])) == held


@given(VALUES, st.floats(0.001, 1), st.floats(0.001, 10))
def test_more_good_never_lowers_and_more_bad_never_raises(values: list[tuple[float, float]], value: float, weight: float) -> None:
    bad, before, good = (opinion_of(*summed([*values, *more])) for more in ([(-value, weight)], [], [(value, weight)]))
    points = [held.belief - held.disbelief for held in (bad, before, good)]
    assert points[0] <= points[1] + 1e-12 and points[1] <= points[2] + 1e-12


@pytest.mark.parametrize(
    ("started", "ended", "outcome", "as_of", "expected"),
    [
        ("2020", "2022", Outcome.COMPLETED, "2023-01-01", ("completed", "2022")),
        ("2020", "2022", Outcome.COMPLETED, "2022-12-30", ("took_part", "2020")),  # a year counts from its end
        ("2020", "2022", Outcome.COMPLETED, "2020-06-01", None),
        (None, "2022", Outcome.BREACHED, "2022-12-31", ("breached", "2022")),
        (None, "2022", Outcome.BREACHED, "2021-01-01", None),
        (None, None, Outcome.FAILED, "2021-01-01", ("failed", None)),
        ("2020", None, Outcome.ONGOING, "2021-01-01", ("took_part", "2020")),
        (None, None, Outcome.UNKNOWN, "2021-01-01", ("took_part", None)),
    ],
)
def test_what_a_cooperation_says_on_a_day(
    started: str | None, ended: str | None, outcome: Outcome, as_of: str, expected: tuple[str, str | None] | None
) -> None:
    phases = cooperation_phases(ordinal(started), ordinal(ended), tables.OUTCOME_CODE[outcome])
    said = [(KINDS[kind], date) for kind, date, since, until in phases if since <= ordinal(as_of) < until]
    assert said == ([] if expected is None else [(expected[0], ordinal(expected[1]))])
    assert phases[-1][-1] == EVER


def world(*, cooperations: list[tuple[str, Outcome, list[str]]] = (), edges: list[Edge] = ()) -> Batch:  # type: ignore[assignment]
    nodes: list[Node] = [Institution(id=one, provenance=origin(one), name=one) for one in (ASKER, *(party(n) for n in range(4)))]
    nodes.append(Expert(id=person(0), provenance=origin("e0"), name="person"))
    made = list(edges)
    for n, (ended, outcome, parties) in enumerate(cooperations):
        coop = node_id(NodeKind.COOPERATION, "t", f"c{n}")
        nodes.append(Cooperation(id=coop, visibility=Visibility.PUBLIC, provenance=origin(f"c{n}"), ended=ended, outcome=outcome))
        made += [party_to(one, coop) for one in parties]
    return Batch(nodes=nodes, edges=made)


def snapshot_of(batch: Batch, folder: Path, embedder: Embedder) -> Snapshot:
    store = store_of(batch, folder)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    generations.forget(store)
    return snapshot


def test_two_completions_with_a_halflife_of_three_years(embedder: Embedder, tmp_path: Path) -> None:
    # weights 1 and 2^(-1/3): r = 1.7937, b = .4728
    pair = [ASKER, party(0)]
    snapshot = snapshot_of(
        world(cooperations=[("2024-06-01", Outcome.COMPLETED, pair), ("2023-06-02", Outcome.COMPLETED, pair)]), tmp_path, embedder
    )
    held = opinion(ASKER, party(0), "2024-06-01", snapshot)
    assert sum(one.weight for one in held.items) == pytest.approx(1.7937, abs=2e-4)
    assert held.belief == pytest.approx(0.4728, abs=1e-4)


def test_in_a_project_of_n_parties_an_item_weighs_one_nth_minus_one(embedder: Embedder, tmp_path: Path) -> None:
    four = [ASKER, party(0), party(1), party(2)]
    snapshot = snapshot_of(world(cooperations=[("2024-01-01", Outcome.COMPLETED, four)]), tmp_path, embedder)
    assert opinion(ASKER, party(0), "2024-01-01", snapshot).items[0].weight == pytest.approx(1 / 3)
    assert opinion(ASKER, party(3), "2024-01-01", snapshot).items == ()


def test_a_lenient_rater_is_freed_of_its_leniency(embedder: Embedder, tmp_path: Path) -> None:
    # five ratings of +1: shrunken mean 5 / (5 + 20) = .2, so each says +.8
    ratings = [evidence(ASKER, party(n % 4), EvidenceKind.RATING, 1.0, f"2024-01-0{n + 1}") for n in range(5)]
    snapshot = snapshot_of(world(edges=ratings), tmp_path, embedder)
    assert {one.value for one in opinion(ASKER, party(1), "2024-02-01", snapshot).items} == {0.8}


def test_an_expert_inherits_the_experience_with_its_institution_at_a_discount(embedder: Embedder, tmp_path: Path) -> None:
    batch = world(
        cooperations=[("2024-01-01", Outcome.COMPLETED, [ASKER, party(0)])],
        edges=[edge(EdgeKind.AFFILIATED_WITH, person(0), party(0), "2020")],
    )
    snapshot = snapshot_of(batch, tmp_path, embedder)
    assert opinion(ASKER, person(0), "2024-01-01", snapshot).items[0].weight == pytest.approx(0.5)
    kinds = [term for term in DEFAULT.trust_terms if term.name in ("trust", "dealings")]
    trust, dealings = Ledger(snapshot.trust().on("2024-01-01")).terms(snapshot.row(ASKER), snapshot.row(person(0)), kinds)
    assert trust.points > 0 and dealings.points > 0
    # the cooperation, its two parties or the affiliation: without any of them, nothing
    assert {*trust.without.values(), *dealings.without.values()} == {0}


def test_facts_of_later_days_are_invisible(embedder: Embedder, tmp_path: Path) -> None:
    snapshot = snapshot_of(world(edges=[evidence(ASKER, party(0), EvidenceKind.DELIVERY, 1.0, "2024-05-02")]), tmp_path, embedder)
    assert opinion(ASKER, party(0), "2024-05-01", snapshot).items == ()
    assert len(opinion(ASKER, party(0), "2024-05-02", snapshot).items) == 1
    assert opinion(None, party(0), "2024-05-02", snapshot).items == ()
    assert opinion(party(0), party(0), "2024-05-02", snapshot).items == ()


def test_the_guide_prints_the_worked_examples() -> None:
    guide = (ROOT / "docs" / "trust.md").read_text("utf-8")
    held = opinion_of(8.0, 1.0)
    for value in (held.belief, held.disbelief, held.uncertainty, held.expectation):
        assert f"{value:.4f}".removeprefix("0") in guide
    r = 1.0 + 2.0 ** (-1 / 3)
    assert f"r = {r:.4f}, belief {r / (r + 2):.4f}".replace(" 0.", " .") in guide


def test_an_item_that_was_withdrawn_counts_only_before_that_day(embedder: Embedder, tmp_path: Path) -> None:
    one = msgspec.structs.replace(evidence(ASKER, party(0), EvidenceKind.DELIVERY, 1.0, "2024-01-01"), withdrawn="2024-06-01")
    snapshot = snapshot_of(world(edges=[one]), tmp_path, embedder)
    assert len(opinion(ASKER, party(0), "2024-05-31", snapshot).items) == 1
    assert opinion(ASKER, party(0), "2024-06-01", snapshot).items == ()


@pytest.mark.parametrize(("part_of", "heard"), [(0.0, 5.0), (0.5, 0.0), (0.0, 0.0)])
def test_each_ingredient_can_be_left_out(embedder: Embedder, tmp_path: Path, part_of: float, heard: float) -> None:
    told = [evidence(ASKER, party(0), EvidenceKind.DELIVERY, 1.0, "2024-01-01")]
    told += [evidence(one, party(2), EvidenceKind.DELIVERY, 1.0, "2024-01-01") for one in (party(0), party(1))]
    snapshot = snapshot_of(world(edges=[*told, edge(EdgeKind.PART_OF, ASKER, party(1))]), tmp_path, embedder)
    chosen = msgspec.structs.replace(SETTINGS, part_of=part_of, heard=heard)
    ways = {item.way for item in opinion(ASKER, party(2), "2024-01-01", snapshot, chosen).items}
    assert ways == ({"part_of"} if part_of else set()) | ({"heard"} if heard else set())
    alone = msgspec.structs.replace(chosen, direct=False)
    assert opinion(ASKER, party(0), "2024-01-01", snapshot, alone).items == ()


def everyone_is_the_sums(trusted: TrustOn, asker: int) -> None:
    """What is told of all nodes at once is what is told of each by itself."""
    for ways in (WAYS, DIRECT, (HEARD,)):
        r, s = trusted.everyone(asker, ways)
        assert [*zip(r.tolist(), s.tolist(), strict=True)] == [trusted.sums(asker, target, ways=ways) for target in range(len(r))]


def test_all_opinions_at_once_are_those_asked_for_one_by_one(embedder: Embedder, tmp_path: Path) -> None:
    """People of one's own house, of a partner and of two houses; relatives; witnesses who work at the place they speak of."""
    edges = [
        edge(EdgeKind.AFFILIATED_WITH, person(0), party(0)), edge(EdgeKind.AFFILIATED_WITH, person(0), party(1), "2023-06-01"),
        edge(EdgeKind.PART_OF, ASKER, party(3)),
        evidence(ASKER, party(0), EvidenceKind.DELIVERY, 1.0, "2023-01-01"),
        evidence(party(0), party(1), EvidenceKind.DELIVERY, 1.0, None),
        evidence(party(3), party(1), EvidenceKind.DISPUTE, -1.0, "2023-02-01"),
        evidence(party(0), person(0), EvidenceKind.RATING, 0.8, None),
        evidence(party(0), party(2), EvidenceKind.DELIVERY, -0.5, "2023-03-01"),
    ]  # fmt: skip
    snapshot = snapshot_of(world(cooperations=[("2023-01-01", Outcome.COMPLETED, [ASKER, party(2)])], edges=edges), tmp_path, embedder)
    for day in ("2023-05-31", "2024-01-01"):
        trusted = snapshot.trust().on(day)
        for asker in range(len(snapshot.nodes)):
            everyone_is_the_sums(trusted, asker)
    at = snapshot.row(ASKER), snapshot.row(person(0))
    own, with_second_house = (snapshot.trust().on(day).sums(*at) for day in ("2023-05-31", "2023-06-01"))
    assert own[0] > 0 and own[1] == 0 < with_second_house[1]  # the second house is in dispute with one's own larger body


def test_who_joined_later_is_no_party_yet(embedder: Embedder, tmp_path: Path) -> None:
    batch = world(cooperations=[("2023-12-31", Outcome.COMPLETED, [ASKER, party(0)])])
    coop = next(node.id for node in batch.nodes if isinstance(node, Cooperation))
    later = msgspec.structs.replace(party_to(party(1), coop), date="2024-02-01")
    snapshot = snapshot_of(Batch(nodes=batch.nodes, edges=[*batch.edges, later]), tmp_path, embedder)
    (before,) = opinion(ASKER, party(0), "2024-01-31", snapshot).items
    assert later.id not in before.facts
    assert set(before.facts) == {coop, party_to(ASKER, coop).id, party_to(party(0), coop).id}
    assert before.weight == pytest.approx(2 ** (-31 / (3 * 365.25)))
    (after,) = (one for one in opinion(ASKER, party(0), "2024-02-01", snapshot).items if one.way == "own")
    assert later.id in after.facts
    assert after.weight == pytest.approx(2 ** (-32 / (3 * 365.25)) / 2)
