"""From a question to an answer: what it may see, what passes, in which order, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch, Store
from graph.errors import InvalidInput, NotFound
from graph.ids import node_id
from graph.model import (
    Achievement,
    AchievementKind,
    Cooperation,
    Demand,
    DemandStatus,
    EdgeKind,
    EvidenceKind,
    Expert,
    Institution,
    InstitutionKind,
    Node,
    NodeKind,
    Outcome,
    Resource,
    ResourceKind,
    Visibility,
)
from matcher import index, rank
from matcher.embed import Embedder
from matcher.question import Answer, Filters, Question, Viewer, Want
from matcher.scale import background
from matcher.snapshot import Snapshot
from tests.matcher.worlds import ASKER, QUESTIONS, WORKS, edge, evidence, origin, party, party_to, person, store_of, work

AS_OF = "2025-01-01"
REQUIRED = '["1200摄氏度", "quantum teleportation"]'
COATING, SEPARATOR, TOMATO, BLADES, SEWAGE, INFRARED = range(6)
ON_TOPIC = [
    *QUESTIONS[:2],
    "用摄像头识别番茄叶子上的病害",
    "How can we cut the energy that aeration uses in a sewage plant?",
    "我们想给镍基合金零件喷涂氧化锆热障涂层，要求1200摄氏度",
]
OFF_TOPIC = [
    "How do I knit a warm scarf for my grandmother?",
    "Which restaurant near the station has the best pancakes?",
    "What shall I name my new puppy?",
    "中秋节月饼送什么口味给亲戚合适？",
    "孩子不肯写作业，家长应该怎么沟通？",
]


def demand(n: int) -> str:
    return node_id(NodeKind.DEMAND, "t", f"d{n}")


def resource(n: int) -> str:
    return node_id(NodeKind.RESOURCE, "t", f"r{n}")


def firm(n: int, **more: Any) -> Institution:
    return Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}", **more)


def result(n: int, **more: Any) -> Achievement:
    title, abstract = WORKS[n]
    return Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, **more)


def wish(n: int, text: str, **more: Any) -> Demand:
    return Demand(id=demand(n), provenance=origin(f"d{n}"), title=text, **more)


def world() -> Batch:
    """Six works of six institutions, each with a value of every filter; two experts; demands in every state; two resources."""
    nodes: list[Node] = [
        Institution(id=ASKER, provenance=origin("asker"), name="asker"),
        firm(0, country="CN", region="Zhejiang", kind=InstitutionKind.UNIVERSITY),
        firm(1, country="DE", region="Bavaria", kind=InstitutionKind.ENTERPRISE),
        firm(2, country="CN", region="Jiangsu", kind=InstitutionKind.RESEARCH_INSTITUTE),
        firm(3, country="US", kind=InstitutionKind.ENTERPRISE),
        firm(4),
        Expert(id=person(0), provenance=origin("e0"), name="Wei Chen"),
        Expert(id=person(1), provenance=origin("e1"), name="Ada Braun"),
        result(COATING, trl=6, price_min=1000.0, currency="CNY", date="2020", kind=AchievementKind.PROCESS),
        result(SEPARATOR, trl=8, trl_since="2024-01-01", date="2021", kind=AchievementKind.PATENT),
        result(TOMATO, date="2022", visibility=Visibility.MEMBERS),
        result(BLADES, trl=3, price_min=9000.0, currency="CNY", date="2019"),
        result(SEWAGE, visibility=Visibility.CONFIDENTIAL, date="2020"),
        result(INFRARED, date="2030"),
        wish(0, QUESTIONS[0], regions=("Zhejiang",), trl_min=5, budget_max=500.0, currency="CNY", requirements=REQUIRED),
        wish(1, QUESTIONS[1], status=DemandStatus.SOLVED, status_since="2024-06-01"),
        wish(2, QUESTIONS[2], deadline="2023-12-31"),
        wish(3, WORKS[BLADES][0], visibility=Visibility.CONFIDENTIAL),
        Resource(id=resource(0), provenance=origin("r0"), title=WORKS[INFRARED][0], kind=ResourceKind.INSTRUMENT),
        Resource(id=resource(1), provenance=origin("r1"), title=WORKS[SEPARATOR][0], date="2030"),
    ]
    edges = [edge(EdgeKind.OWNS, party(n), work(n)) for n in range(4)]
    edges += [edge(EdgeKind.OWNS, party(4), work(n)) for n in (SEWAGE, INFRARED)]
    edges += [edge(EdgeKind.CREATED, person(0), work(COATING)), edge(EdgeKind.CREATED, person(1), work(BLADES))]
    edges.append(edge(EdgeKind.AFFILIATED_WITH, person(0), party(0)))
    edges += [edge(EdgeKind.POSTED, party(4), demand(n)) for n in range(4)]
    return Batch(nodes=nodes, edges=edges)


class Desk:
    """A store with its index, and questions to it."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self.store, self.embedder = store, embedder
        index.build(store, embedder)
        self.snapshot = Snapshot.open(store, embedder)

    def ask(self, text: str = QUESTIONS[0], **more: Any) -> Answer:
        question = Question(text=text, **({"as_of": AS_OF, "k": 20, "include_weak": True} | more))
        return rank.answer(question, self.snapshot, self.store, self.embedder)

    def found(self, text: str = QUESTIONS[0], **more: Any) -> list[str]:
        return [match.candidate for match in self.ask(text, **more).matches]

    def write(self, batch: Batch) -> None:
        self.store.write(batch)
        self.snapshot = self.snapshot.refreshed(self.store, self.embedder)


@pytest.fixture(scope="module")
def shared(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The world above. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("rank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOVETAIL_CACHE", str(folder / "cache"))
        desk = Desk(store_of(world(), folder), embedder)
        yield desk
        desk.store.close()


@pytest.fixture
def own(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The world above, to change."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    desk = Desk(store_of(world(), tmp_path), embedder)
    yield desk
    desk.store.close()


def works_of(answer: Answer) -> set[str]:
    return {one.id for match in answer.matches for one in match.works}


# -- what a question may see


@pytest.mark.parametrize(
    ("clearance", "seen"),
    [
        (Visibility.PUBLIC, {COATING, SEPARATOR, BLADES}),
        (Visibility.MEMBERS, {COATING, SEPARATOR, BLADES, TOMATO}),
        (Visibility.CONFIDENTIAL, {COATING, SEPARATOR, BLADES, TOMATO, SEWAGE}),
    ],
)
@pytest.mark.parametrize("want", [Want.PARTNERS, Want.ACHIEVEMENTS])
def test_nothing_above_the_viewer_is_seen(shared: Desk, clearance: Visibility, seen: set[int], want: Want) -> None:
    viewer = Viewer(clearance=clearance)
    shown = set().union(*(works_of(shared.ask(text, want=want, viewer=viewer)) for text in ON_TOPIC))
    assert shown == {work(n) for n in seen}


def test_a_hidden_demand_cannot_be_asked_about(shared: Desk) -> None:
    with pytest.raises(NotFound, match="there is no"):
        shared.ask("", about=demand(3))
    assert shared.ask("", about=demand(3), viewer=Viewer(clearance=Visibility.CONFIDENTIAL)).matches


def test_later_works_are_not_seen_earlier(shared: Desk) -> None:
    question = QUESTIONS[2]
    assert {work(COATING), work(BLADES)} <= works_of(shared.ask(question)) and work(INFRARED) not in works_of(shared.ask(question))
    assert work(COATING) not in works_of(shared.ask(question, as_of="2020-12-30"))  # a year counts from its end
    assert work(COATING) in works_of(shared.ask(question, as_of="2020-12-31"))
    assert works_of(shared.ask(question, as_of="2019-06-30")) == set()
    assert work(INFRARED) in works_of(shared.ask(question, as_of="2031-01-01"))


def test_later_edges_are_not_seen_earlier(own: Desk) -> None:
    own.write(Batch(edges=[edge(EdgeKind.OWNS, party(3), work(COATING), "2026-01-01", "later")]))

    def stands_on(as_of: str) -> set[str]:
        return {one.id for match in own.ask(as_of=as_of).matches if match.candidate == party(3) for one in match.works}

    assert stands_on("2025-12-31") == {work(BLADES)}
    assert stands_on("2026-01-01") == {work(BLADES), work(COATING)}


# -- filters


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        (Filters(), {0, 1, 3}),
        (Filters(countries=("CN",)), {0}),
        (Filters(countries=("cn", "us")), {0, 3}),
        (Filters(regions=("bavaria",)), {1, 3}),  # the region of institution 3 is not known
        (Filters(regions=("Nowhere",)), {3}),
        (Filters(kinds=("university",)), {0}),
        (Filters(kinds=("enterprise",)), {1, 3}),
        (Filters(trl_min=5), {0, 1}),
        (Filters(trl_min=7), {1}),
        (Filters(price_max=1000.0), {0, 1}),  # no price is no refusal
        (Filters(price_max=999.0), {1}),
        (Filters(language="zh"), {0}),
        (Filters(language="en"), {1, 3}),
        (Filters(language="fr"), set()),
        (Filters(countries=("CN",), language="en"), set()),
    ],
)
def test_filters(shared: Desk, filters: Filters, passing: set[int]) -> None:
    institutions = [party(n) for n in range(5)]
    found = {one for text in (*QUESTIONS, WORKS[SEPARATOR][0]) for one in shared.found(text, filters=filters) if one in institutions}
    assert found == {party(n) for n in passing}


def test_a_trl_holds_from_its_day(shared: Desk) -> None:
    def ask(as_of: str) -> Answer:
        return shared.ask(QUESTIONS[1], as_of=as_of, filters=Filters(trl_min=9), want=Want.ACHIEVEMENTS)

    assert work(SEPARATOR) in works_of(ask("2023-12-31"))  # unknown then
    assert work(SEPARATOR) not in works_of(ask("2024-01-01"))


def test_an_achievement_is_filtered_by_its_own_kind(shared: Desk) -> None:
    assert set(shared.found(want=Want.ACHIEVEMENTS, filters=Filters(kinds=("process",)))) == {work(COATING)}


# -- what is wanted


def test_among_ranks_exactly_these(shared: Desk) -> None:
    assert set(shared.found(QUESTIONS[0], among=(party(1), party(3)), include_weak=False)) == {party(1), party(3)}
    assert shared.found(among=("ins-0000000000000000", work(0), "ö", "\ud800", "", party(1) + "0", party(1)[:-1])) == []


def test_each_want_gives_its_kind(shared: Desk) -> None:
    kinds = {Want.PARTNERS: {"Institution", "Expert"}, Want.EXPERTS: {"Expert"}, Want.ACHIEVEMENTS: {"Achievement"}}
    for want, expected in (kinds | {Want.DEMANDS: {"Demand"}, Want.RESOURCES: {"Resource"}}).items():
        found = {match.kind for text in QUESTIONS for match in shared.ask(text, want=want).matches}
        assert found == expected, want


def test_partners_list_no_expert_beside_the_employer(shared: Desk) -> None:
    found = shared.found()
    assert party(0) in found and person(0) not in found
    assert person(1) in found  # of no institution
    assert person(0) in shared.found(want=Want.EXPERTS)
    assert person(0) in shared.found(filters=Filters(countries=("US",)))  # the employer is no candidate there


def test_the_people_behind_the_works_are_named(shared: Desk) -> None:
    people = {match.candidate: match.people for match in shared.ask().matches}
    assert people[party(0)] == ("Wei Chen",)
    assert people[party(3)] == ("Ada Braun",)
    assert people[person(1)] == ()


def test_demands_for_an_achievement(shared: Desk) -> None:
    assert shared.found("", about=work(COATING), want=Want.DEMANDS)[0] == demand(0)
    assert demand(3) in shared.found("", about=work(COATING), want=Want.DEMANDS, viewer=Viewer(clearance=Visibility.CONFIDENTIAL))


def test_closed_and_expired_demands_are_hidden(shared: Desk) -> None:
    def seen(as_of: str) -> set[str]:
        return {one for text in QUESTIONS for one in shared.found(text, want=Want.DEMANDS, as_of=as_of)}

    assert seen("2023-12-31") == {demand(0), demand(1), demand(2)}
    assert seen("2024-01-01") == {demand(0), demand(1)}
    assert seen("2024-06-01") == {demand(0)}


def test_resources_of_later_days_are_hidden(shared: Desk) -> None:
    assert shared.found(QUESTIONS[2], want=Want.RESOURCES) == [resource(0)]
    assert resource(1) in shared.found(QUESTIONS[1], want=Want.RESOURCES, as_of="2030-12-31")


def test_nobody_is_matched_with_oneself(own: Desk) -> None:
    assert party(0) in own.found()
    assert party(0) not in own.found(asker=party(0))
    assert demand(0) not in own.found("", about=demand(0), want=Want.DEMANDS)


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
    own.write(Batch(nodes=list(copies)))
    matches = own.ask(want=Want.ACHIEVEMENTS, k=50).matches
    assert [(-match.score, match.candidate) for match in matches] == sorted((-match.score, match.candidate) for match in matches)
    same = [match.candidate for match in matches if match.candidate in {copy.id for copy in copies}]
    assert same == sorted(copy.id for copy in copies)
    assert own.found(want=Want.ACHIEVEMENTS, k=3) == [match.candidate for match in matches[:3]]


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
    scored = rank.scores(question, shared.snapshot, shared.store, shared.embedder)
    assert list(scored.items()) == [(match.candidate, match.score) for match in shared.ask(text, k=k, want=want, asker=asker).matches]


def cooperations(partner: str, outcome: Outcome, count: int) -> Batch:
    ids = [node_id(NodeKind.COOPERATION, "t", f"{partner}{n}") for n in range(count)]
    nodes = [Cooperation(id=one, provenance=origin(one), title="done together", ended="2024-06-30", outcome=outcome) for one in ids]
    return Batch(nodes=list(nodes), edges=[party_to(end, one) for one in ids for end in (ASKER, partner)])


def test_trust_moves_the_order_within_its_weight(own: Desk) -> None:
    title, abstract = WORKS[BLADES]
    rival = Achievement(id=work(30), provenance=origin("a30"), title=title, abstract=abstract, date="2019")
    own.write(Batch(nodes=[rival], edges=[edge(EdgeKind.OWNS, party(1), rival.id)]))
    plain = {match.candidate: match for match in own.ask(QUESTIONS[2]).matches}
    assert abs(plain[party(1)].score - plain[party(3)].score) < 100_000
    own.write(cooperations(party(3), Outcome.COMPLETED, 3))
    own.write(cooperations(party(1), Outcome.BREACHED, 2))
    answer = own.ask(QUESTIONS[2], asker=ASKER)
    order = [match.candidate for match in answer.matches if match.candidate in (party(1), party(3))]
    assert order == [party(3), party(1)]
    for match in answer.matches:
        assert abs(match.score - plain[match.candidate].score) <= 100_000
    held = {match.candidate: match.trust for match in answer.matches}
    assert held[party(3)].belief > 0.3 and held[party(3)].items[0].title == "done together"
    assert held[party(1)].disbelief > 0.3
    assert {match.candidate: match.score for match in own.ask(QUESTIONS[2]).matches} == {
        one: match.score for one, match in plain.items()
    }


def test_trust_makes_nobody_relevant(own: Desk) -> None:
    before = own.ask(asker=ASKER, include_weak=False)
    own.write(cooperations(party(2), Outcome.COMPLETED, 9))
    own.write(Batch(edges=[evidence(ASKER, party(2), EvidenceKind.DELIVERY, 1.0, "2024-12-01")]))
    after = own.ask(asker=ASKER, include_weak=False)
    assert [match.candidate for match in after.matches] == [match.candidate for match in before.matches]
    for text in OFF_TOPIC:
        assert not own.ask(text, asker=ASKER, include_weak=False).matches
    assert party(2) not in own.found(asker=ASKER)  # its only work is for members


# -- gaps


def gaps_of(answer: Answer, candidate: str) -> tuple[str, ...]:
    return next(match.gaps for match in answer.matches if match.candidate == candidate)


def test_gaps_of_a_demand(shared: Desk) -> None:
    answer = shared.ask("", about=demand(0), asker=ASKER)
    assert gaps_of(answer, party(0)) == (
        "asks from 1,000 CNY for 耐高温陶瓷涂层制备工艺; the budget ends at 500",
        "no work of it mentions: quantum teleportation",
        "no history with you",
    )
    blades = gaps_of(answer, party(3))
    assert "most mature work is TRL 3 (TRL 5 is asked for)" in blades
    assert "based in US (Zhejiang is asked for)" in blades
    assert any(gap.startswith("asks from 9,000 CNY") for gap in blades)
    separator = gaps_of(shared.ask("ceramic", about=demand(0)), party(1))
    assert "based in Bavaria, DE (Zhejiang is asked for)" in separator


def test_gaps_of_maturity_dates_and_results(own: Desk) -> None:
    own.write(Batch(nodes=[msgspec.structs.replace(result(COATING), trl=None), firm(5, description=WORKS[COATING][1])]))
    answer = own.ask(filters=Filters(trl_min=4))
    assert "maturity unknown (TRL 4 is asked for)" in gaps_of(answer, party(0))
    assert "its works carry no date" in gaps_of(answer, party(0))
    assert "no result on file: it only speaks of itself" in gaps_of(answer, party(5))
    assert not any("history" in gap for match in answer.matches for gap in match.gaps)


def test_history_is_no_gap(own: Desk) -> None:
    own.write(cooperations(party(0), Outcome.COMPLETED, 1))
    assert "no history with you" not in gaps_of(own.ask(asker=ASKER), party(0))
    assert "no history with you" in gaps_of(own.ask(asker=ASKER), party(3))


# -- what cannot be asked


@pytest.mark.parametrize(
    ("text", "more", "field"),
    [
        ("", {}, "text"), (" \t\n", {}, "text"), ("\0\0", {}, "text"), ("\ud800", {}, "text"), ("", {"about": party(0)}, "text"),
        ("x", {"as_of": "tomorrow"}, "as_of"), ("x", {"as_of": "2025-02-30"}, "as_of"), ("x", {"as_of": ""}, "as_of"),
        ("x", {"k": 0}, "k"), ("x", {"k": -3}, "k"), ("x", {"asker": work(COATING)}, "asker"),
    ],
)  # fmt: skip
def test_wrong_questions_name_their_field(shared: Desk, text: str, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as failed:
        shared.ask(text, **more)
    assert failed.value.field == field


@pytest.mark.parametrize("field", ["about", "asker"])
@pytest.mark.parametrize("one", ["ins-0000000000000000", "nobody", "\0", "中文", "edg-", "x" * 5000])
def test_unknown_ids_are_not_found(shared: Desk, field: str, one: str) -> None:
    with pytest.raises(NotFound):
        shared.ask("x", **{field: one})


@pytest.mark.parametrize("field", ["about", "asker"])
def test_an_id_that_is_no_text_is_refused(shared: Desk, field: str) -> None:
    with pytest.raises((NotFound, InvalidInput)):
        shared.ask("x", **{field: "\ud800"})


@pytest.mark.parametrize(
    "text",
    [
        "耐高温\0涂层", "coating \ud800\udfff for blades", "\u202ecoating\u202c \u200b", "{}[]()\"'; DROP TABLE node; --", "%s %n ${x} {0}",
        "1" * 3000, "。" * 500, "\U0001f525" * 300, "́" * 2000, "a",
    ],
)  # fmt: skip
def test_odd_texts_are_answered(shared: Desk, text: str) -> None:
    answer = shared.ask(text, title=text[:50])
    assert msgspec.json.decode(msgspec.json.encode(answer.matches), type=list[Any]) is not None


@pytest.mark.parametrize("text", ["耐高温涂层。coating. " * 50_000, "x" * 1_000_000, "涂" * 350_000, "\n" * 999_999 + "coating"])
def test_a_megabyte_is_answered(shared: Desk, text: str) -> None:
    assert shared.ask(text).question.text == text


# -- finding


def test_finding_a_node_by_what_a_person_has(shared: Desk) -> None:
    assert rank.find(shared.store, work(0)) == work(0)
    assert rank.find(shared.store, "d0") == demand(0)
    with pytest.raises(NotFound, match="nothing in"):
        rank.find(shared.store, "no such thing")
