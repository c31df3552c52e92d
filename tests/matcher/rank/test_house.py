"""The asker's own house is no partner unless it is asked for, and the answer says how many were left out."""

from __future__ import annotations

import pytest

from graph import Batch
from graph.model import Achievement, EdgeKind, Expert
from matcher.question import Want
from matcher.rank.house import OWN
from tests.matcher.centre import COATING, Desk, demand, firm, wish
from tests.matcher.worlds import ASKER, QUESTIONS, edge, origin, party, person, work

PART, PART_OF_PART, ABOVE, SISTER = (party(n) for n in (6, 7, 8, 9))


@pytest.fixture
def house(own: Desk) -> Desk:
    """ASKER with a part, a part of that, a body above and a sister, and people of each; each has a result of its own."""
    bodies = {6: PART, 7: PART_OF_PART, 8: ABOVE, 9: SISTER}
    edges = [
        edge(EdgeKind.PART_OF, PART, ASKER), edge(EdgeKind.PART_OF, PART_OF_PART, PART), edge(EdgeKind.PART_OF, ASKER, ABOVE),
        edge(EdgeKind.PART_OF, SISTER, ABOVE), edge(EdgeKind.PART_OF, PART, PART_OF_PART),  # a circle
        edge(EdgeKind.PART_OF, ABOVE, ABOVE),
        edge(EdgeKind.POSTED, ASKER, demand(9)),
    ]  # fmt: skip
    nodes: list[object] = [firm(n) for n in bodies] + [wish(9, QUESTIONS[0])]
    for n, body in bodies.items():
        nodes.append(Expert(id=person(n), provenance=origin(f"e{n}"), name=f"person {n}"))
        edges += [edge(EdgeKind.AFFILIATED_WITH, person(n), body), edge(EdgeKind.OWNS, body, work(COATING))]
        edges.append(edge(EdgeKind.CREATED, person(n), work(COATING)))
    own.write(Batch(nodes=nodes, edges=edges))  # type: ignore[arg-type]
    return own


@pytest.mark.parametrize("asked", [{"asker": ASKER}, {"about": demand(9)}, {"about": demand(9), "asker": ASKER}])
def test_the_house_is_left_out_and_counted(house: Desk, asked: dict[str, str]) -> None:
    answer = house.ask(**asked)
    found = {match.candidate for match in answer.matches}
    assert not found & {ASKER, PART, PART_OF_PART, ABOVE}
    assert {party(0), SISTER} <= found
    assert answer.left_out.own_house == 3  # their people are named there
    inside = house.ask(**asked, own_house=True)
    assert {PART, PART_OF_PART, ABOVE} <= {match.candidate for match in inside.matches}
    assert ASKER not in {match.candidate for match in inside.matches}, "nobody is one's own partner"
    assert inside.left_out.own_house == 0
    assert house.ask().left_out.own_house == 0


def test_the_house_is_marked_where_it_is_listed(house: Desk) -> None:
    gaps = {match.candidate: match.gaps for match in house.ask(asker=ASKER, own_house=True).matches}
    for one in (PART, PART_OF_PART, ABOVE):
        assert OWN in gaps[one] and "new to you" not in gaps[one]
    assert "a sister of yours: institution 8 is above both" in gaps[SISTER]
    assert "new to you" in gaps[party(0)]


def test_the_people_of_the_house_are_of_it_wherever_else_they_work(house: Desk) -> None:
    house.write(Batch(edges=[edge(EdgeKind.AFFILIATED_WITH, person(6), party(0))]))
    answer = house.ask(want=Want.EXPERTS, asker=ASKER)
    found = {match.candidate for match in answer.matches}
    assert person(9) in found and not found & {person(6), person(7), person(8)}
    assert answer.left_out.own_house == 3
    assert person(6) in house.found(want=Want.EXPERTS, asker=ASKER, own_house=True)


def test_who_joins_the_house_later_is_a_partner_before(own: Desk) -> None:
    own.write(Batch(edges=[edge(EdgeKind.PART_OF, party(0), ASKER, "2024-06-01")]))
    assert party(0) in own.found(asker=ASKER, as_of="2024-05-31")
    assert party(0) not in own.found(asker=ASKER, as_of="2024-06-01")


def test_an_expert_who_asks_is_of_the_employer(house: Desk) -> None:
    found = house.found(want=Want.EXPERTS, asker=person(6))
    assert person(9) in found and not set(found) & {person(6), person(7)}
    assert party(0) in house.found(asker=person(6)) and PART not in house.found(asker=person(6))


def test_works_that_only_the_house_owns_are_left_out(house: Desk) -> None:
    assert work(COATING) in house.found(want=Want.ACHIEVEMENTS, asker=ASKER)  # owned by others too
    own = Achievement(id=work(30), provenance=origin("a30"), title="Zirconia coating", abstract="A coating.")
    house.write(Batch(nodes=[own], edges=[edge(EdgeKind.OWNS, PART, own.id), edge(EdgeKind.CREATED, person(9), own.id)]))
    answer = house.ask("zirconia coating", want=Want.ACHIEVEMENTS, asker=ASKER)
    assert work(30) not in {match.candidate for match in answer.matches}
    assert answer.left_out.own_house == 1
    assert work(30) in house.found("zirconia coating", want=Want.ACHIEVEMENTS, asker=ASKER, own_house=True)
    assert work(30) in house.found("zirconia coating", want=Want.ACHIEVEMENTS)


def test_only_who_would_have_been_listed_is_counted(house: Desk) -> None:
    assert house.ask("Which restaurant has the best pancakes?", asker=ASKER, include_weak=False).left_out.own_house == 0
    assert house.ask(asker=ASKER, include_weak=False).left_out.own_house == 3
