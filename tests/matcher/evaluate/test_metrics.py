"""Metrics: worked examples, and the plain definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluate.metrics import bootstrap, dcg, first_rank, kendall_loss, ndcg, order, per_question, recall_at


def test_dcg_worked_example() -> None:
    # gains 3, 2, 3, 0, 1, 2: 3 + 2/log2(3) + 3/2 + 0 + 1/log2(6) + 2/log2(7) = 6.861
    # (the example of Wikipedia's article on discounted cumulative gain)
    assert dcg([3, 2, 3, 0, 1, 2]) == pytest.approx(6.861, abs=1e-3)


def test_ndcg_of_graded_judgements() -> None:
    grades = {"a": 4, "b": 3, "c": 2, "d": 1, "e": 1}
    assert ndcg({"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}, grades, graded=True) == pytest.approx(1.0)
    worst = ndcg({"e": 5, "d": 4, "c": 3, "b": 2, "a": 1}, grades, graded=True)
    ideal = 7 + 3 / math.log2(3) + 1 / math.log2(4)
    assert worst == pytest.approx((1 / math.log2(4) + 3 / math.log2(5) + 7 / math.log2(6)) / ideal)


@pytest.mark.parametrize("grades", [{"a": 4, "b": 3, "c": 2, "d": 1}, dict.fromkeys("abcde", 2)])
def test_ndcg_needs_five_judged_and_two_grades(grades: dict[str, int]) -> None:
    assert ndcg(dict.fromkeys(grades, 1.0), grades, graded=True) is None


def test_a_question_with_unrelated_candidates_only_has_no_recall() -> None:
    assert recall_at({"a": 1.0}, {"a": 1, "b": 1}, graded=True) is None
    assert recall_at({"a": 1.0, "b": 0.5}, {"a": 3, "c": 4}, graded=True) == 0.5


def test_ties_go_by_id_and_what_has_no_score_is_last() -> None:
    assert order({"b": 1.0, "a": 1.0, "c": 2.0}) == ["c", "a", "b"]
    assert order({"a": -1.0}, ["z", "a"]) == ["a", "z"]
    assert first_rank({"a": 1.0, "b": 1.0}, {"b": 1}) == 2
    assert first_rank({"a": 1.0}, {"b": 1}) is None


def test_binary_sets_have_hits_and_graded_sets_have_ndcg() -> None:
    binary = per_question({"q": {"a": 2.0, "b": 1.0}}, {}, {"q": {"b": 1}, "r": {"x": 1}})
    assert binary == {"hit@1": [0.0, 0.0], "hit@10": [1.0, 0.0], "MRR": [0.5, 0.0]}
    assert set(per_question({}, {}, {"q": {"a": 4}})) == {"nDCG@10", "R@100"}


def test_the_interval_holds_the_mean_and_shrinks_with_more_questions() -> None:
    few, many = (bootstrap(np.random.default_rng(1).random(n)) for n in (20, 2000))
    for value, low, high in (few, many):
        assert low <= value <= high
    assert many[2] - many[1] < few[2] - few[1]
    assert bootstrap([]) == (0.0, 0.0, 0.0)
    assert bootstrap([0.5] * 9) == (0.5, 0.5, 0.5)


def test_weighted_kendall_loss_worked_example() -> None:
    # a (1) over b (.5) is right; a over c (0) a tie, half of 1; b over c the wrong way round, all of .5
    assert kendall_loss([0.8, 0.3, 0.8], [1.0, 0.5, 0.0]) == (0.5 + 0.5, 0.5 + 1.0 + 0.5)
    assert kendall_loss([1.0, 2.0], [0.5, 0.5]) == (0.0, 0.0)  # nothing to tell apart
    assert kendall_loss([], []) == (0.0, 0.0)
    assert kendall_loss([-np.inf, -np.inf], [1.0, 0.0]) == (0.5, 1.0)  # neither has a score: a tie


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([-np.inf, 0.0, 0.1, 0.2, 0.7])), max_size=12))
def test_weighted_kendall_loss_is_a_loop_over_pairs(items: list[tuple[float, float]]) -> None:
    lost = weight = 0.0
    for grade, score in items:
        for other, beside in items:
            if grade > other:
                weight += grade - other
                lost += (grade - other) * (1.0 if beside > score else 0.5 if beside == score else 0.0)
    assert kendall_loss([score for _, score in items], [grade for grade, _ in items]) == pytest.approx((lost, weight))
