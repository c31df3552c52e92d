"""The parts of the pipeline that a small world does not put to the test, each beside a plain twin."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Achievement, Demand, LegalStatus
from matcher.question import Opinion, Question, Work
from matcher.rank import explain, recall
from matcher.rank.explain import COVERED, best_sentence, gaps
from matcher.rank.standing import FEW, Standing
from matcher.score import DEFAULT
from matcher.signals.postings import count_terms
from matcher.signals.scale import Centres, Scale
from tests.matcher.worlds import origin, work

VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0]), max_size=30)


def scale_of(*texts: str) -> Scale:
    postings = count_terms(texts)
    counts = np.diff(postings.start).astype(np.int32)
    return Scale(len(texts), 1.0, postings.terms, counts, Centres(np.zeros((2, 1)), np.zeros((2, 0))), ((0.0, 0.0), (0.0, 0.0)), "")


@given(VALUES, st.integers(1, 12), st.sampled_from([0.0, 0.05, 0.3]))
def test_who_can_be_among_the_highest(values: list[float], count: int, slack: float) -> None:
    found = set(recall.within(np.array(values), count, slack).tolist())
    bar = sorted(values, reverse=True)[:count][-1] if len(values) > count else -1.0
    assert found == {at for at, value in enumerate(values) if value >= bar - slack}


@given(st.lists(st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.9]), max_size=20), max_size=6))
def test_what_the_best_works_of_each_candidate_add_up_to(by_candidate: list[list[float]]) -> None:
    group = np.repeat(np.arange(len(by_candidate)), [len(one) for one in by_candidate])
    values = np.array([value for one in by_candidate for value in one], np.float64)
    standing = Standing(group, values, len(by_candidate), DEFAULT)
    for candidate, own in enumerate(by_candidate):
        best = sorted(own, reverse=True)
        assert standing.pooled[candidate] == pytest.approx(sum(share * value for share, value in zip(DEFAULT.pool, best, strict=False)))
        assert values[standing.best(candidate)].tolist() == best[: FEW]
        assert standing.least[candidate] == (best[FEW - 1] if len(best) >= FEW else -np.inf)


@given(VALUES, st.integers(1, 12))
def test_fusing_by_rank(values: list[float], depth: int) -> None:
    """1 / (60 + rank) for each of the ``depth`` highest above zero, ties by row (Cormack et al., SIGIR 2009)."""
    points = np.zeros(len(values))
    recall._rank_points(points, np.arange(len(values)), np.array(values), depth)
    ranked = sorted((at for at, value in enumerate(values) if value > 0), key=lambda at: (-values[at], at))[:depth]
    expected = {at: 1 / (60 + rank) for rank, at in enumerate(ranked, 1)}
    assert points.tolist() == pytest.approx([expected.get(at, 0.0) for at in range(len(values))])


def shown(text: str) -> Achievement:
    return Achievement(id=work(0), provenance=origin("a0"), title="", abstract=text)


def test_the_sentence_that_shares_most_for_its_length() -> None:
    scale = scale_of("kiln lining", "kiln", "sea", "lining of a boat", "poems")
    short = "The kiln lining lasts."
    long = "A kiln lining is one of a great many things that poets, sailors, and people who build boats by the sea may well write of."
    assert best_sentence("kiln lining", shown(f"{long} {short}"), scale) == short
    both = "The kiln has a lining."
    assert best_sentence("kiln lining", shown(f"The kiln is old. {both}"), scale) == both
    assert best_sentence("molten glass", shown(f"{short} {both}"), scale) == short  # nothing is shared: the first
    a, b = "Kiln.", "Kiln and lining and many words that nobody asked for here."
    assert best_sentence("kiln", shown(f"{b} {a}"), scale) == a


@pytest.mark.parametrize(
    ("text", "share"), [("alpha", 1 / 3), ("alpha beta", 2 / 3), ("alpha beta gamma", 1.0), ("delta", 0.0)]
)
def test_a_requirement_is_a_gap_where_the_works_hold_little_of_it(text: str, share: float) -> None:
    """Three words as rare as each other: a third of them is below the bar of .35, two thirds are above."""
    scale = scale_of("alpha", "beta", "gamma", "delta")
    assert explain._cover("alpha beta gamma", text, scale) == pytest.approx(share)
    assert COVERED == 0.35
    assert (share < COVERED) == (text in ("alpha", "delta"))


def test_a_requirement_without_words_is_no_gap() -> None:
    assert explain._cover("!!!", "anything", scale_of("alpha")) == 1.0


@pytest.mark.parametrize(
    ("status", "expires", "told"),
    [
        (None, None, []),
        (LegalStatus.PENDING, None, []),
        (LegalStatus.GRANTED, "2025-01-01", []),
        (LegalStatus.GRANTED, "2024-12-31", ["no right in force: a kiln (expired)"]),
        (None, "2024", ["no right in force: a kiln (expired)"]),
        (None, "2025", []),
        (LegalStatus.LAPSED, "2030", ["no right in force: a kiln (lapsed)"]),
        *((status, None, [f"no right in force: a kiln ({status.value})"]) for status in list(LegalStatus)[2:]),
    ],
)
def test_a_right_that_is_not_in_force_is_a_gap(status: LegalStatus | None, expires: str | None, told: list[str]) -> None:
    node = Achievement(id=work(0), provenance=origin("a0"), title="a kiln", legal_status=status, expires=expires)
    works = [(Work(id=work(0), kind="Achievement", title="", meaning=1.0, words=1.0, date="2020"), node)]
    assert list(gaps(Question(as_of="2025-01-01"), None, node, works, Opinion(), scale_of("alpha"))) == told


def test_the_bar_of_a_gap_decides_what_is_named() -> None:
    scale = scale_of("alpha", "beta", "gamma", "delta")
    about = Demand(id="dem-1", provenance=origin("d"), title="x", requirements='["alpha beta", "alpha beta gamma"]')
    works = [(Work(id=work(0), kind="Achievement", title="", meaning=1.0, words=1.0), shown("alpha"))]
    named = gaps(Question(as_of="2025-01-01"), about, shown("alpha"), works, Opinion(), scale)
    assert [one for one in named if one.startswith("no work")] == ["no work of it mentions: alpha beta gamma"]


@given(nearest=st.floats(0, 2), bar=st.floats(0, 2), listed=st.booleans())
def test_the_reason_says_no_two_numbers_that_look_alike(nearest: float, bar: float, listed: bool) -> None:
    said = explain.too_far(nearest, bar, listed=listed)
    numbers = re.findall(r"\d\.\d\d", said)
    assert numbers in ([], [f"{nearest:.2f}", f"{bar:.2f}"])
    assert len(set(numbers)) == len(numbers) and bool(numbers) == (f"{nearest:.2f}" != f"{bar:.2f}")
    assert ("--weak" in said, "include_weak" in said) == (not listed, not listed)
