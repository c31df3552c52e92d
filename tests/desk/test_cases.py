"""Situations that people who match have met, each by a small input of its own, asked by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Run
from tests.conftest import ROOT

CASES = ROOT / "tests" / "desk" / "cases"
Ask = Callable[..., Any]
HOUSE = ("--demand", "D1", "--weak", "-k", "10", "--as-of", "2026-11-27")


@pytest.fixture
def ask(run: Run, tmp_path: Path) -> Ask:
    """The answer of ``dovetail match`` on a case, as JSON or (``text=True``) as it is printed."""

    def asked(case: str | Path, *arguments: str, text: bool = False) -> Any:
        url = f"sqlite:///{tmp_path}/case.db"
        if not (tmp_path / "case.db").exists():
            assert run("ingest", CASES / case / "in", "--store", url).exit_code == 0
        done = run("match", *arguments, "--store", url, *(() if text else ("--json",)))
        assert done.exit_code == 0, done.output
        return done.stdout if text else json.loads(done.stdout)

    return asked


def names(answer: dict[str, Any]) -> list[str]:
    return [match["name"] for match in answer["matches"]]


def test_the_own_house_is_no_partner(ask: Ask) -> None:
    answer = ask("own-house", *HOUSE)
    assert names(answer) == ["University of Tarn", "Fenwick Polymers"]
    assert answer["matches"][0]["people"] == ["Tom Ashdown"]
    assert answer["left_out"] == {"own_house": 2, "closed": 0, "other_currency": 0, "other_ties": 0}
    assert "Left out: 2 of your own house (--own-house lists them)" in ask("own-house", *HOUSE, text=True)
    assert names(ask("own-house", *HOUSE, "--want", "experts")) == ["Tom Ashdown"]
    works = ask("own-house", *HOUSE, "--want", "achievements")
    assert {match["owners"][0] for match in works["matches"]} == {"University of Tarn", "Fenwick Polymers"}
    assert works["left_out"]["own_house"] == 2


def test_the_own_house_comes_in_if_asked_for(ask: Ask) -> None:
    answer = ask("own-house", *HOUSE, "--own-house")
    assert set(names(answer)) == {
        "University of Tarn", "Fenwick Polymers", "Hallbrook Instruments Research Centre", "Mara Ellison",
    }  # fmt: skip
    assert answer["question"]["own_house"] is True and answer["left_out"]["own_house"] == 0
    for match in answer["matches"]:
        is_own = match["name"] not in ("University of Tarn", "Fenwick Polymers")
        assert ("of your own house" in match["gaps"]) == is_own
        assert ("new to you" in match["gaps"]) != is_own


def test_the_poster_of_a_demand_is_no_partner_whoever_asks(ask: Ask) -> None:
    for asked in (("--about", "D1"), ("--about", "D1", "--asker", "I4")):
        found = names(ask("own-house", *asked, "--weak", "-k", "10"))
        assert "University of Tarn" in found and not [name for name in found if "Hallbrook" in name or name == "Mara Ellison"]


def test_to_list_a_result_three_times_is_no_more_than_once(ask: Ask) -> None:
    question = "sensor of the viscosity of molten polymer in line"
    scores = {match["name"]: match["score"] for match in ask("listed-thrice", question, "--weak")["matches"]}
    assert scores["Abbot Flow"] == scores["Crispin Melt Works"] > 0
    (abbot,) = (match for match in ask("listed-thrice", question, "--weak")["matches"] if match["name"] == "Abbot Flow")
    assert len(abbot["works"]) == 1 and len(abbot["works"][0]["also"]) == 2
    assert "listed 3 times" in ask("listed-thrice", question, "--weak", text=True)
    works = ask("listed-thrice", question, "--weak", "--want", "achievements")["matches"]
    assert [match["owners"] for match in works] == [["Zander Rheometry"], ["Abbot Flow", "Crispin Melt Works"]] or len(works) == 2
    assert {owner for match in works for owner in match["owners"]} == {"Zander Rheometry", "Abbot Flow", "Crispin Melt Works"}


def test_closed_demands_are_left_out_and_counted(ask: Ask) -> None:
    asked = ("--about", "A1", "--want", "demands", "--weak", "--as-of", "2026-11-27")
    answer = ask("closed-demands", *asked)
    assert [match["works"][0]["source_id"] for match in answer["matches"]] == ["D4"]
    assert answer["left_out"]["closed"] == 3
    assert "Left out: 3 closed demands" in ask("closed-demands", *asked, text=True)


@pytest.mark.parametrize(
    ("demand", "as_of", "told"),
    [
        ("D1", "2026-11-27", "its deadline was 2021-03-31"),
        ("D1", "2021-03-31", ""),
        ("D2", "2026-11-27", "withdrawn"),
        ("D3", "2026-11-27", "solved"),
        ("D4", "2026-11-27", ""),
    ],
)
def test_a_demand_that_is_closed_says_so(ask: Ask, demand: str, as_of: str, told: str) -> None:
    asked = ("--demand", demand, "--weak", "--as-of", as_of)
    assert ask("closed-demands", *asked)["closed"].split(" since")[0] == told
    text = ask("closed-demands", *asked, text=True)
    assert ("This demand is closed: " in text) == bool(told)
