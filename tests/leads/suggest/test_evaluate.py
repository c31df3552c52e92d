"""The list over all demands: worked examples of its figures."""

from __future__ import annotations

import pytest

from leads.suggest.evaluate import Pair, by_fit, capped, half, rows
from tests.matcher.worlds import QUESTIONS, WORKS


def figures(pairs: list[Pair]) -> dict[str, dict[str, float]]:
    return {row.name: {name: value for name, (value, _low, _high) in row.metrics.items()} for row in rows(pairs)}


def test_a_demand_that_is_near_to_everything_floods_a_list_by_points() -> None:
    """Demand A has forty poor works with many points; twenty others have one good work each. By fit those stand first."""
    flood = [Pair("A", f"a{n:02}", 0.3, 900.0 + n, False) for n in range(40)]
    good = [Pair(f"B{n:02}", "b", 0.8, 500.0, True) for n in range(20)]
    found = figures([*flood, *good])
    assert found["fit"]["P@20"] == 1.0
    assert found["points"]["P@20"] == 0.0
    assert found["fit less points"]["P@20"] == 1.0
    assert (found["fit"]["AUC"], found["points"]["AUC"]) == (1.0, 0.0)
    # five of A, then fifteen of the others
    assert found["points, 5 a demand"]["P@20"] == 15 / 20
    # twenty-one demands give their best by turns, in any order: twenty of twenty-one are good
    assert found["by turns"]["P@20"] == pytest.approx(20 / 21)


def test_a_cap_keeps_the_first_of_each_demand() -> None:
    pairs = [Pair("A", "1", 0.9, 0, True), Pair("A", "2", 0.8, 0, True), Pair("B", "3", 0.7, 0, True)]
    assert [one.work for one in capped(by_fit(pairs), 1)] == ["1", "3"]


def test_the_halves_part_what_is_said_and_not_who_says_it() -> None:
    sides = {half((title, "")) for title in [*QUESTIONS, *(text for text, _said in WORKS)]}
    assert sides == {0, 1}
