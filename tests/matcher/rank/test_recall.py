"""Who is recalled: what a question may see, the filters, and what is wanted."""

from __future__ import annotations

import pytest

from graph import Batch
from graph.errors import InvalidInput, NotFound
from graph.model import (
    EdgeKind,
    Visibility,
)
from matcher.question import Answer, Filters, Opinion, Viewer, Want
from tests.matcher.centre import BLADES, COATING, INFRARED, ON_TOPIC, SEPARATOR, SEWAGE, TOMATO, Desk, demand, firm, resource, works_of
from tests.matcher.worlds import QUESTIONS, WORKS, edge, opinion, party, person, work

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
        (Filters(regions=("浙江",)), {0, 3}),
        (Filters(regions=("浙江省杭州市",)), {3}),  # Zhejiang is not in Hangzhou
        (Filters(regions=("DE2",)), {1, 3}),
        (Filters(regions=("DE21",)), {3}),
        (Filters(regions=("Germany",)), {1, 3}),
        (Filters(regions=("江苏", "CN")), {0, 3}),
        (Filters(countries=("Germany",)), {1}),
        (Filters(kinds=("university",)), {0}),
        (Filters(kinds=("enterprise",)), {1, 3}),
        (Filters(trl_min=5), {0, 1}),
        (Filters(trl_min=7), {1}),
        (Filters(price_max=1000.0, currency="CNY"), {0, 1}),  # no price is no refusal
        (Filters(price_max=999.0, currency="CNY"), {1}),
        (Filters(price_max=1e9, currency="EUR"), {1}),  # a price in another currency is no lower
        (Filters(language="zh"), {0}),
        (Filters(language="en"), {1, 3}),
        (Filters(language="fr"), set()),
        (Filters(countries=("CN",), language="en"), set()),
        (Filters(maturities=("pilot",)), {0, 3}),  # nothing is known of the stage of work 3
        (Filters(maturities=("pilot", "industrial")), {0, 1, 3}),
        (Filters(maturities=("lab",)), {3}),
        (Filters(legal_statuses=("lapsed",)), {0, 3}),
        (Filters(licences=("simple",)), {0, 3}),
        (Filters(licences=("exclusive", "sole")), {0, 1, 3}),
        (Filters(transfer_forms=("transfer",)), {1, 3}),
        (Filters(routes=("open_call",)), {0, 1, 3}),  # of demands only
        (Filters(sizes=("small",)), {1, 3}),
        (Filters(sizes=("small", "large")), {0, 1, 3}),
        (Filters(sizes=("no such size",)), {3}),
        (Filters(industries=("c35",)), {0, 3}),
        (Filters(industries=("C3512", "C26")), {0, 1, 3}),
        (Filters(industries=("C351200",)), {3}),
        (Filters(industries=("制造",)), {3}),  # a name is compared from its beginning
        (Filters(qualifications=("高新技术企业",)), {0, 3}),  # that of institution 1 ended with 2024
        (Filters(qualifications=("iso",)), {0, 1, 3}),
        (Filters(qualifications=("a@b",)), {0, 1, 3}),
        (Filters(industries=("C26",), qualifications=("x",)), {3}),
    ],
)
def test_filters(shared: Desk, filters: Filters, passing: set[int]) -> None:
    institutions = [party(n) for n in range(5)]
    found = {one for text in (*QUESTIONS, WORKS[SEPARATOR][0]) for one in shared.found(text, filters=filters) if one in institutions}
    assert found == {party(n) for n in passing}


def test_a_qualification_holds_to_its_day(shared: Desk) -> None:
    def found(as_of: str) -> bool:
        return party(1) in shared.found(QUESTIONS[1], as_of=as_of, filters=Filters(qualifications=("高新技术",)))

    assert found("2024-12-31")
    assert not found("2025-01-01")


def test_demands_are_filtered_by_kind_route_and_industry(shared: Desk) -> None:
    def seen(**filters: tuple[str, ...]) -> set[str]:
        asked = {"want": Want.DEMANDS, "as_of": "2023-12-31", "filters": Filters(**filters)}
        return {one for text in QUESTIONS for one in shared.found(text, **asked)}

    assert seen() == {demand(0), demand(1), demand(2)}
    assert seen(kinds=("testing",)) == {demand(1), demand(2)}  # of demand 2 nothing is known
    assert seen(routes=("open_call",)) == {demand(0), demand(2)}
    assert seen(industries=("C26",)) == {demand(0), demand(1), demand(2)}
    assert seen(industries=("C35",)) == {demand(1), demand(2)}


def test_a_region_stands_for_all_that_lies_in_it_and_brings_its_country(own: Desk) -> None:
    own.write(
        Batch(
            nodes=[
                firm(0, region="浙江省宁波市"), firm(1, region="Hangzhou, Zhejiang", country="China"), firm(3, region="Oberbayern"),
            ]
        )
    )  # fmt: skip

    def found(**filters: tuple[str, ...]) -> set[str]:
        asked = (*QUESTIONS[:2], WORKS[BLADES][0])
        return {one for text in asked for one in own.found(text, filters=Filters(**filters)) if one in {party(n) for n in (0, 1, 3)}}

    assert found() == {party(0), party(1), party(3)}
    for word in ("浙江", "浙江省", "Zhejiang", "330000", "中国"):
        assert found(regions=(word,)) == {party(0), party(1)}, word
    assert found(regions=("杭州",)) == {party(1)}
    assert found(regions=("DE2",)) == found(regions=("Bayern",)) == found(countries=("DE",)) == {party(3)}
    assert found(countries=("CN",)) == found(countries=("PRC",)) == {party(0), party(1)}
    assert found(countries=("CN",), regions=("宁波",)) == {party(0)}


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


def test_an_asker_among_those_to_rank_is_refused(shared: Desk) -> None:
    with pytest.raises(InvalidInput, match="among: the asker cannot be ranked for itself"):
        shared.ask(QUESTIONS[0], asker=party(1), among=(party(3), party(1)))


@pytest.mark.parametrize("one", ["", "ö", "ö" * 20, "\ud800" * 20, party(1) + "0", party(1)[:-1], party(1)[:-1] + "\0", party(1) * 50])
def test_what_is_no_id_is_no_row(shared: Desk, one: str) -> None:
    assert shared.snapshot.row(one) == -1
    rows = shared.snapshot.node_rows([one, party(1), one]).tolist()
    assert rows == [-1, shared.snapshot.row(party(1)), -1]
    assert shared.snapshot.id_of(rows[1]) == party(1)
    assert opinion(one, party(1), "2025-01-01", shared.snapshot) == Opinion()


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
    assert person(0) in shared.found(filters=Filters(countries=("CN",)), want=Want.EXPERTS)
    assert shared.found(filters=Filters(countries=("US",)), want=Want.EXPERTS) == []  # of no institution, none passes


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
