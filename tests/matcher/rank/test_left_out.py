"""Closed demands and prices in another currency: left out, said and counted, and nothing hidden is counted."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from graph import Batch
from graph.errors import InvalidInput
from graph.model import DemandStatus, EdgeKind, Expert, Visibility
from matcher.question import Filters, Viewer, Want
from matcher.rank.explain import closed
from tests.matcher.centre import BLADES, COATING, Desk, demand, result, wish
from tests.matcher.worlds import QUESTIONS, edge, origin, party, person, work


@pytest.mark.parametrize(
    ("more", "as_of", "told"),
    [
        ({}, "2026-01-01", ""),
        ({"deadline": "2026-01-01"}, "2026-01-01", ""),  # on its day it is open
        ({"deadline": "2025"}, "2025-12-31", ""),
        ({"deadline": "2025"}, "2026-01-01", "its deadline was 2025"),
        ({"status": DemandStatus.SOLVED}, "2026-01-01", "solved"),
        ({"status": DemandStatus.WITHDRAWN, "status_since": "2026-01-02"}, "2026-01-01", ""),
        ({"status": DemandStatus.WITHDRAWN, "status_since": "2026-01-02"}, "2026-01-02", "withdrawn since 2026-01-02"),
        ({"status": DemandStatus.IN_TALKS}, "2026-01-01", ""),
    ],
)
def test_when_a_demand_is_closed(own: Desk, more: dict[str, object], as_of: str, told: str) -> None:
    one = wish(9, QUESTIONS[0], **more)
    assert closed(one, as_of) == told
    own.write(Batch(nodes=[one]))
    assert own.ask("", about=demand(9), as_of=as_of).closed == told
    answer = own.ask(want=Want.DEMANDS, as_of=as_of)
    assert (demand(9) in {match.candidate for match in answer.matches}) == (not told)


def test_closed_demands_are_counted_as_far_as_they_are_seen(shared: Desk, own: Desk) -> None:
    answer = shared.ask(QUESTIONS[1], want=Want.DEMANDS, include_weak=False)
    assert answer.left_out.closed == 1  # demand 1; demand 2 is of something else
    assert shared.ask(QUESTIONS[1], want=Want.DEMANDS, filters=Filters(kinds=("development",)), include_weak=False).left_out.closed == 0
    assert shared.ask(QUESTIONS[1], include_weak=False).left_out.closed == 0
    hidden = msgspec.structs.replace(wish(1, QUESTIONS[1]), status=DemandStatus.SOLVED, visibility=Visibility.CONFIDENTIAL)
    own.write(Batch(nodes=[hidden]))
    assert own.ask(QUESTIONS[1], want=Want.DEMANDS, include_weak=False).left_out.closed == 0
    owner = Viewer(clearance=Visibility.CONFIDENTIAL)
    assert own.ask(QUESTIONS[1], want=Want.DEMANDS, include_weak=False, viewer=owner).left_out.closed == 1


def test_a_greeting_with_weak_ones_counts_without_a_bar(own: Desk) -> None:
    own.write(Batch(nodes=[msgspec.structs.replace(wish(1, QUESTIONS[1]), status=DemandStatus.SOLVED)]))
    with np.errstate(invalid="raise"):  # its bars are infinite, and 0 times that is no number
        assert own.ask("Hello, thank you!", want=Want.DEMANDS, include_weak=True).reason


def test_a_price_in_another_currency_is_left_out_and_counted(own: Desk) -> None:
    own.write(Batch(nodes=[msgspec.structs.replace(result(BLADES), price_min=10.0, currency="EUR")]))
    dear = Filters(price_max=1e6, currency="CNY")
    answer = own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS, filters=dear, include_weak=False)
    assert work(BLADES) not in {match.candidate for match in answer.matches}
    assert answer.left_out.other_currency == 1
    assert own.ask(QUESTIONS[2], filters=dear, include_weak=False).left_out.other_currency == 1
    in_euro = own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS, filters=Filters(price_max=10.0, currency="EUR"), include_weak=False)
    assert work(BLADES) in {match.candidate for match in in_euro.matches}
    own.write(Batch(nodes=[msgspec.structs.replace(result(BLADES), price_min=10.0, currency=None)]))
    assert work(BLADES) in own.found(QUESTIONS[2], want=Want.ACHIEVEMENTS, filters=dear), "a price in no currency is not known"
    own.write(Batch(nodes=[msgspec.structs.replace(result(BLADES), price_min=10.0, currency="EUR", visibility=Visibility.MEMBERS)]))
    assert own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS, filters=dear).left_out.other_currency == 0


def test_a_price_without_a_currency_is_no_question(shared: Desk) -> None:
    with pytest.raises(InvalidInput, match="names no currency"):
        shared.ask(filters=Filters(price_max=5.0))


def test_experts_are_filtered_by_who_employs_them(own: Desk) -> None:
    """Wei Chen works at institution 0 (CN, Zhejiang, university, large, C3512)."""
    one = person(0)

    def found(**filters: tuple[str, ...]) -> bool:
        return one in own.found(want=Want.EXPERTS, filters=Filters(**filters))

    assert found() and found(countries=("CN",)) and found(regions=("Zhejiang",))
    assert found(kinds=("university",)) and found(sizes=("large",))
    assert not found(countries=("DE",)) and not found(kinds=("enterprise",)) and not found(sizes=("small",))
    assert found(industries=("C35",)) and not found(industries=("C26",))
    assert found(qualifications=("x",))  # none of the employer is known
    own.write(Batch(edges=[edge(EdgeKind.AFFILIATED_WITH, one, party(1), "2024-03-01")]))  # DE, Bavaria, enterprise
    assert found(countries=("DE",)) and found(countries=("DE",), kinds=("enterprise",))
    assert not found(countries=("DE",), kinds=("university",)), "one employer must pass all"
    assert one not in own.found(want=Want.EXPERTS, filters=Filters(countries=("DE",)), as_of="2024-02-29")
    free = Expert(id=person(5), provenance=origin("e5"), name="Free")
    own.write(Batch(nodes=[free], edges=[edge(EdgeKind.CREATED, person(5), work(COATING))]))
    assert person(5) in own.found(want=Want.EXPERTS)
    assert person(5) not in own.found(want=Want.EXPERTS, filters=Filters(countries=("CN",)))
