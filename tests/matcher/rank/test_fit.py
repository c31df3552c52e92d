"""The technical fit: a plain oracle, how it moves, and that neither trust nor anybody else in the list has a part in it."""

from __future__ import annotations

import math
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Outcome
from matcher.question import MILLION, Answer, Match, Want
from matcher.score import DEFAULT, FIT_BANDS, band, fit
from matcher.trust.terms import TRUST_TERMS
from tests.conftest import ROOT
from tests.matcher.centre import ON_TOPIC, Desk
from tests.matcher.rank.test_pipeline import cooperations
from tests.matcher.worlds import ASKER, QUESTIONS

TEXT = ("meaning", "words", "field")
POINTS = st.integers(0, 5 * MILLION)
WANTS = st.sampled_from(list(Want))


def by_hand(match: Match, want: Want) -> float:
    """The formula of docs/scoring.md, from the terms that the match shows."""
    slope, level = DEFAULT.experts_fit if want is Want.EXPERTS else DEFAULT.fit
    points = sum(term.points for term in match.terms if term.name in TEXT) / 1_000_000
    return math.exp(slope * points + level) / (1 + math.exp(slope * points + level))


@given(one=POINTS, other=POINTS, want=WANTS)
def test_more_points_are_never_a_lower_fit_and_all_lie_between_0_and_1(one: int, other: int, want: Want) -> None:
    low, high = (fit(points, DEFAULT.wanting(want)) for points in sorted((one, other)))
    assert 0 < low <= high <= 1
    assert FIT_BANDS[0][0] == band(1.0) and FIT_BANDS[-1][0] == band(0.0)
    order = [name for name, _ in FIT_BANDS]
    assert order.index(band(high)) <= order.index(band(low))


def test_a_fit_worked_out() -> None:
    weights = msgspec.structs.replace(DEFAULT, fit=(2.0, -3.0))
    assert fit(1_500_000, weights) == 0.5  # 1 / (1 + e^0)
    assert fit(2_000_000, weights) == pytest.approx(0.731059, abs=1e-6)  # 1 / (1 + e^-1)


@settings(max_examples=15)
@given(text=st.sampled_from(ON_TOPIC), want=WANTS, k=st.integers(1, 8))
def test_the_fit_is_that_of_the_terms_of_text(shared: Desk, text: str, want: Want, k: int) -> None:
    every = shared.ask(text, want=want, asker=ASKER).matches
    for match in every:
        assert match.fit == pytest.approx(by_hand(match, want), abs=1e-6)
        assert match.fit_band == band(match.fit)
    told = {match.candidate: match.fit for match in every}
    assert [match.fit for match in shared.ask(text, want=want, asker=ASKER, k=k).matches] == list(told.values())[:k]
    some = [one for one in list(told)[::2] if one != ASKER]
    alone = shared.ask(text, want=want, asker=ASKER, among=tuple(some))
    assert {match.candidate: match.fit for match in alone.matches} == {one: told[one] for one in some}


def test_trust_moves_the_score_and_not_the_fit(own: Desk) -> None:
    def told(answer: Answer) -> dict[str, tuple[float, str]]:
        return {match.candidate: (match.fit, match.fit_band) for match in answer.matches}

    before = told(own.ask(QUESTIONS[2], asker=ASKER))
    one = next(one for one in before if one.startswith("ins"))
    scores = {match.candidate: match.score for match in own.ask(QUESTIONS[2], asker=ASKER).matches}
    own.write(cooperations(one, Outcome.BREACHED, 2))
    answer = own.ask(QUESTIONS[2], asker=ASKER)
    moved = {match.candidate: match for match in answer.matches}[one]
    assert any(term.points < 0 for term in moved.terms if term.name in TRUST_TERMS)
    assert moved.score < scores[one]
    assert told(answer) == before == told(own.ask(QUESTIONS[2]))


def test_the_page_states_the_formula_and_the_bands() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "docs" / "scoring.md").read_text("utf-8"))
    for name, (slope, level) in (("partners, results, demands and resources", DEFAULT.fit), ("experts", DEFAULT.experts_fit)):
        assert f"| {name} | {slope:g} | {level:g} |" in page
    for name, least in FIT_BANDS:
        assert f"| {name} | {least:g} |" in page
