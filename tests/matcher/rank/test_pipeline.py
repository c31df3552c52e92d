"""What is done with whom was recalled: credibility, order, gaps."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch
from graph.dates import ordinal
from graph.ids import node_id
from graph.model import (
    Achievement,
    Cooperation,
    Edge,
    EdgeKind,
    EvidenceKind,
    Expert,
    Institution,
    Node,
    NodeKind,
    Outcome,
    Visibility,
)
from matcher.embedding.embedder import Embedder
from matcher.index import calibration, generations
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Filters, Question, Viewer, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT, Weights, aged
from matcher.signals.scale import background
from tests.matcher.centre import AS_OF, BLADES, COATING, OFF_TOPIC, ON_TOPIC, Desk, demand, firm, result, wish
from tests.matcher.worlds import ASKER, QUESTIONS, WORKS, edge, evidence, origin, party, party_to, person, store_of, work


@pytest.mark.parametrize("want", [Want.ACHIEVEMENTS, Want.PARTNERS, Want.EXPERTS])
def test_each_candidate_alone_is_found_alone(shared: Desk, want: Want) -> None:
    """Among one candidate there is that one, whichever row it has, the first of all included."""
    every = shared.found(want=want, viewer=Viewer(clearance=Visibility.CONFIDENTIAL))
    assert every
    for one in every:
        assert shared.found(want=want, among=(one,), viewer=Viewer(clearance=Visibility.CONFIDENTIAL)) == [one]


# -- credibility


@pytest.mark.parametrize("text", ON_TOPIC)
def test_what_a_work_answers_is_credible(shared: Desk, text: str) -> None:
    answer = shared.ask(text, include_weak=False, viewer=Viewer(clearance=Visibility.CONFIDENTIAL))
    assert answer.credible and answer.matches and not answer.reason


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_what_no_work_answers_is_told_as_such(shared: Desk, text: str) -> None:
    assert text not in background()
    answer = shared.ask(text, include_weak=False, viewer=Viewer(clearance=Visibility.CONFIDENTIAL))
    assert (answer.credible, answer.matches) == (False, ())
    assert answer.reason.startswith("no credible match: ")


def test_weak_matches_are_listed_if_asked_for(shared: Desk) -> None:
    weak = shared.ask(OFF_TOPIC[0])
    assert weak.matches and not weak.credible and weak.reason
    strong, every = shared.found(include_weak=False), shared.found()
    assert [one for one in every if one in strong] == strong


# -- order


def test_scores_descend_and_ties_go_by_id(own: Desk) -> None:
    title, abstract = WORKS[COATING]
    copies = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, date="2020") for n in range(20, 26)]
    owners = [firm(n) for n in range(20, 26)]
    own.write(Batch(nodes=[*copies, *owners], edges=[edge(EdgeKind.OWNS, party(n), work(n)) for n in range(20, 26)]))
    matches = own.ask(k=50).matches
    assert [(-match.score, match.candidate) for match in matches] == sorted((-match.score, match.candidate) for match in matches)
    same = [match.candidate for match in matches if match.candidate in {owner.id for owner in owners}]
    assert same == sorted(owner.id for owner in owners)
    assert own.found(k=3) == [match.candidate for match in matches[:3]]


@settings(max_examples=25)
@given(
    k=st.integers(1, 30),
    text=st.sampled_from([*ON_TOPIC, *OFF_TOPIC]),
    want=st.sampled_from(list(Want)),
    asker=st.sampled_from([None, ASKER]),
)
def test_fewer_are_the_first_of_more(shared: Desk, k: int, text: str, want: Want, asker: str | None) -> None:
    assert shared.ask(text, k=k, want=want, asker=asker).matches == shared.ask(text, k=30, want=want, asker=asker).matches[:k]
    question = Question(as_of=AS_OF, text=text, want=want, asker=asker, k=k, include_weak=True)
    scored = pipeline.scores(question, shared.snapshot, shared.embedder)
    assert list(scored.items()) == [(match.candidate, match.score) for match in shared.ask(text, k=k, want=want, asker=asker).matches]


def cooperations(partner: str, outcome: Outcome, count: int) -> Batch:
    ids = [node_id(NodeKind.COOPERATION, "t", f"{partner}{n}") for n in range(count)]
    told = {"title": "done together", "ended": "2024-06-30", "outcome": outcome, "visibility": Visibility.PUBLIC}
    nodes = [Cooperation(id=one, provenance=origin(one), **told) for one in ids]
    return Batch(nodes=list(nodes), edges=[party_to(end, one) for one in ids for end in (ASKER, partner)])


def test_trust_moves_the_order_within_its_weight(own: Desk) -> None:
    title, abstract = WORKS[BLADES]
    rival = Achievement(id=work(30), provenance=origin("a30"), title=title, abstract=abstract, date="2019")
    own.write(Batch(nodes=[rival], edges=[edge(EdgeKind.OWNS, party(4), rival.id)]))
    plain = {match.candidate: match for match in own.ask(QUESTIONS[2]).matches}
    ahead, behind = (one for one in plain if one in (party(3), party(4)))
    assert abs(plain[ahead].score - plain[behind].score) < 100_000
    own.write(cooperations(behind, Outcome.COMPLETED, 3))
    own.write(cooperations(ahead, Outcome.BREACHED, 2))
    answer = own.ask(QUESTIONS[2], asker=ASKER)
    assert [match.candidate for match in answer.matches if match.candidate in (ahead, behind)] == [behind, ahead]
    for match in answer.matches:
        assert abs(match.score - plain[match.candidate].score) <= 1e6 * sum(term.weight for term in DEFAULT.trust_terms)
    held = {match.candidate: match.trust for match in answer.matches}
    assert held[behind].belief > 0.3 and held[behind].items[0].title == "done together"
    assert held[ahead].disbelief > 0.3
    assert {match.candidate: match.score for match in own.ask(QUESTIONS[2]).matches} == {one: match.score for one, match in plain.items()}


def test_who_is_distrusted_is_listed_behind_the_credible_not_behind_the_rest(
    embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many have fresh works that do not fit quite: a partner whose old work does is shown, with what speaks against it."""
    count = 40
    nodes: list[Node] = [Institution(id=ASKER, provenance=origin("asker"), name="asker"), *(firm(n) for n in range(count))]
    texts = [(*WORKS[COATING], "1980"), *[(*WORKS[BLADES], "2024")] * (count - 1)]
    nodes += [
        Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=body, date=day)
        for n, (title, body, day) in enumerate(texts)
    ]
    edges = [edge(EdgeKind.OWNS, party(n), work(n)) for n in range(count)]
    edges += [evidence(ASKER, party(0), EvidenceKind.DISPUTE, -1.0, f"2024-12-{day}") for day in range(10, 20)]
    store = store_of(Batch(nodes=nodes, edges=edges), tmp_path)
    desk = Desk(store, embedder)
    everybody = desk.ask(k=count, asker=ASKER).matches
    assert everybody[-1].candidate == party(0)
    fits = {match.candidate: match.works[0].meaning * (1 + match.works[0].words) for match in (everybody[0], everybody[-1])}
    assert fits[everybody[0].candidate] < fits[party(0)]
    monkeypatch.setattr("matcher.signals.scale.Scale.bars", lambda _scale, _text, **_of: np.full(3, fits[party(0)] - 1e-6))
    assert desk.found(k=3, asker=ASKER, include_weak=False) == [party(0)]
    generations.forget(store)


def test_trust_makes_nobody_relevant(own: Desk) -> None:
    before = own.ask(asker=ASKER, include_weak=False)
    own.write(cooperations(party(2), Outcome.COMPLETED, 9))
    own.write(Batch(edges=[evidence(ASKER, party(2), EvidenceKind.DELIVERY, 1.0, "2024-12-01")]))
    after = own.ask(asker=ASKER, include_weak=False)
    assert [match.candidate for match in after.matches] == [match.candidate for match in before.matches]
    for text in OFF_TOPIC:
        assert not own.ask(text, asker=ASKER, include_weak=False).matches
    assert party(2) not in own.found(asker=ASKER)  # its only work is for members


def test_the_works_shown_are_those_that_the_weights_chose(own: Desk) -> None:
    own.write(Batch(edges=[edge(EdgeKind.OWNS, party(0), work(n)) for n in range(6)]))
    question = Question(text=QUESTIONS[2], as_of="2031-01-01", k=20, include_weak=True)
    answer = pipeline.answer(question, own.snapshot, own.embedder, Weights(words=0.0))
    for match in answer.matches:
        assert [one.id for one in match.works] == [fact for fact in match.terms[0].facts if not fact.startswith("edg-")]
    plain = pipeline.answer(question, own.snapshot, own.embedder)
    assert [match.works for match in plain.matches if match.candidate == party(0)] != [
        match.works for match in answer.matches if match.candidate == party(0)
    ]


# -- age


def test_age_takes_half_of_what_it_takes_every_eight_years() -> None:
    day = ordinal("2025-01-01")
    dates = np.array([day, day - 2922, day - 5844, 1, 0, day + 9], np.int32)  # 2922 days are eight years of 365.25
    assert aged(dates, day, Weights()) == pytest.approx([1.0, 0.75, 0.625, 0.5, 0.75, 1.0], abs=1e-12)
    assert (aged(dates, day, Weights(lasting=1.0)) == 1.0).all()


def test_of_two_who_did_the_same_the_later_comes_first(own: Desk) -> None:
    title, abstract = WORKS[BLADES]
    dates = {work(30): "2004", work(31): "2024"}
    same = [Achievement(id=one, provenance=origin(one), title=title, abstract=abstract, date=date) for one, date in dates.items()]
    makers = (party(6), party(7))
    nodes = [Institution(id=one, provenance=origin(one), name=f"Maker {one}") for one in makers]
    own.write(Batch(nodes=[*same, *nodes], edges=[edge(EdgeKind.OWNS, one, made.id) for one, made in zip(makers, same, strict=True)]))
    old, new = (next(match for match in own.ask(QUESTIONS[2]).matches if match.candidate == one) for one in makers)
    assert new.score > old.score
    assert [match.works[0].factor for match in (old, new)] == pytest.approx(
        [0.5 + 0.5 * 2 ** (-(ordinal(AS_OF) - ordinal(d)) / 365.25 / 8) for d in dates.values()], abs=1e-12
    )
    for match in (old, new):  # what is shown is enough to add up the points
        (only,) = match.works
        assert match.terms[0].points == round(1_000_000 * only.factor * only.meaning)
        assert match.terms[1].points == round(1_800_000 * only.factor * only.words)
    found = {match.candidate: match.score for match in own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS).matches}
    own.write(Batch(nodes=[msgspec.structs.replace(one, date="2001") for one in (*same, result(BLADES))]))
    now = {match.candidate: match.score for match in own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS).matches}
    assert now == found  # a result is no worse for its age


# -- gaps


def gaps_of(answer: Answer, candidate: str) -> tuple[str, ...]:
    return next(match.gaps for match in answer.matches if match.candidate == candidate)


def test_gaps_of_a_demand(shared: Desk) -> None:
    answer = shared.ask("", about=demand(0), asker=ASKER)
    assert gaps_of(answer, party(0)) == (
        "asks from 1,000 CNY for 耐高温陶瓷涂层制备工艺; the budget ends at 500",
        "no work of it mentions: quantum teleportation",
        "new to you",
    )
    blades = gaps_of(answer, party(3))
    assert "most mature work is TRL 3 (TRL 5 is asked for)" in blades
    assert "based in US; its region is not known (Zhejiang is asked for)" in blades
    assert any(gap.startswith("asks from 9,000 CNY") for gap in blades)
    separator = gaps_of(shared.ask("ceramic", about=demand(0)), party(1))
    assert "based in Bavaria, DE (Zhejiang is asked for)" in separator


def test_a_place_within_the_region_asked_for_is_no_gap(own: Desk) -> None:
    def places(region: str | None, country: str | None, *wanted: str) -> list[str]:
        asked = wish(0, QUESTIONS[0], regions=wanted)
        own.write(Batch(nodes=[asked, firm(0, region=region, country=country)]))
        return [gap for gap in gaps_of(own.ask("", about=demand(0)), party(0)) if "is asked for" in gap]

    assert places("浙江省宁波市", None, "浙江") == places("Ningbo", "CN", "Jiangsu", "浙江省") == []
    assert places("Ningbo", None, "China") == places(None, "Germany", "DE") == []
    assert places("宁波", "CN", "杭州") == ["based in 宁波, CN (杭州 is asked for)"]
    assert places(None, "CN", "浙江") == ["based in CN; its region is not known (浙江 is asked for)"]
    assert places("Somewhere", None, "somewhere") == []


def test_gaps_of_maturity_dates_and_results(own: Desk) -> None:
    own.write(Batch(nodes=[msgspec.structs.replace(result(COATING), trl=None), firm(5, description=WORKS[COATING][1])]))
    answer = own.ask(filters=Filters(trl_min=4))
    assert "maturity unknown (TRL 4 is asked for)" in gaps_of(answer, party(0))
    assert "its works carry no date" in gaps_of(answer, party(0))
    assert "no result on file: it only speaks of itself" in gaps_of(answer, party(5))
    assert not any("history" in gap for match in answer.matches for gap in match.gaps)


def test_history_is_no_gap(own: Desk) -> None:
    own.write(cooperations(party(0), Outcome.COMPLETED, 1))
    assert "new to you" not in gaps_of(own.ask(asker=ASKER), party(0))
    assert "new to you" in gaps_of(own.ask(asker=ASKER), party(3))


def test_a_work_counts_once_however_often_it_is_tied(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "LEAST", 2)
    nodes: list[Node] = [Expert(id=person(n), provenance=origin(f"e{n}"), name=f"person {n}") for n in range(2)]
    edges: list[Edge] = []
    for n in range(18):
        title, abstract = WORKS[n % len(WORKS)]
        nodes.append(Achievement(id=work(n), provenance=origin(f"a{n}"), title=f"{title} {n}", abstract=abstract))
        edges += [edge(EdgeKind.CREATED, person(who), work(n), None, str(times)) for who in range(2) for times in range(1 + who)]
    store = store_of(Batch(nodes=nodes, edges=edges), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    question = Question(as_of="2025-01-01", text=QUESTIONS[0], want=Want.EXPERTS, include_weak=True)
    once, twice = sorted(pipeline.answer(question, snapshot, embedder).matches, key=lambda match: match.candidate != person(0))
    assert [term.name for term in once.terms[:3]] == ["meaning", "words", "field"]
    assert len(once.works) == len(DEFAULT.experts)
    assert [work.id for work in once.works] == [work.id for work in twice.works]
    assert [term.points for term in once.terms] == [term.points for term in twice.terms]
    assert all(len(work.via) == 2 for work in twice.works)

    best = once.works[0].id
    store.write(Batch(delete=[best]))
    for after in pipeline.answer(question, snapshot.refreshed(store, embedder), embedder).matches:
        before = once if after.candidate == once.candidate else twice
        assert {term.name: term.points for term in after.terms if term.facts} == {
            term.name: term.without[best] for term in before.terms if term.facts
        }
    generations.forget(store)
    store.close()


def test_trust_brings_up_who_is_far_down_by_text(embedder: Embedder, tmp_path: Path) -> None:
    """Many candidates, each a little older: the last one is the one that the asker trusts."""
    count = 20
    title, abstract = WORKS[COATING]
    dates = [date.fromordinal(ordinal(AS_OF) - 10 * (n + 1)).isoformat() for n in range(count)]
    nodes: list[Node] = [Institution(id=ASKER, provenance=origin("asker"), name="asker"), *(firm(n) for n in range(count))]
    nodes += [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, date=day) for n, day in enumerate(dates)]
    edges = [edge(EdgeKind.OWNS, party(n), work(n)) for n in range(count)]
    edges += [evidence(ASKER, party(count - 1), EvidenceKind.DELIVERY, 1.0, f"2024-12-{day}") for day in range(10, 20)]
    store = store_of(Batch(nodes=nodes, edges=edges), tmp_path)
    desk = Desk(store, embedder)
    assert desk.found(k=1) == [party(0)]
    assert desk.found(k=count)[-1] == party(count - 1)
    assert desk.found(k=1, asker=ASKER) == desk.found(k=count, asker=ASKER)[:1] == [party(count - 1)]
    generations.forget(store)
