"""Weights are chosen by judgements only where that holds on questions that had no part in the choice."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.evaluate.learn import SETTINGS, learnt
from matcher.score import DEFAULT, Weights

COUNT = 60


def test_a_setting_that_is_better_on_every_part_is_taken() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, COUNT)
    best = next(one for one in SETTINGS if one != DEFAULT)
    found = learnt(lambda weights: 0.5 + noise + 0.1 * (weights == best))
    assert found.weights is found.best is best
    assert found.gain == pytest.approx((0.1, 0.1, 0.1))
    assert "chance" not in str(found)


def test_chance_is_not_learnt() -> None:
    """The best of fifteen draws looks better than the first of them: not on questions it was not chosen by."""
    kept = 0
    for seed in range(40):
        draw = np.random.default_rng(seed)
        table = draw.normal(0, 1, (len(SETTINGS), COUNT))
        found = learnt(lambda weights, table=table: table[SETTINGS.index(weights)])  # type: ignore[misc]
        assert SETTINGS.index(found.best) == table.mean(axis=1).argmax()
        kept += found.weights is DEFAULT
    assert kept >= 36  # 95 % intervals: one in forty above zero by chance


def test_each_question_is_measured_by_what_others_chose() -> None:
    """A setting that is best for one fold alone must not be credited with it."""
    lucky = next(one for one in SETTINGS if one != DEFAULT)

    def measure(weights: Weights) -> list[float]:
        return [5.0 * (question % 5 == 0) - 1.0 if weights == lucky else 0.0 for question in range(COUNT)]

    found = learnt(measure)  # on average nothing is gained; without the fold it is good for, it is never chosen
    assert found.gain[0] < 0
    assert found.weights is DEFAULT


@pytest.mark.parametrize("count", [0, 3])
def test_too_few_questions_teach_nothing(count: int) -> None:
    found = learnt(lambda weights: [weights.words] * count)
    assert found.weights is DEFAULT
    assert found.gain == (0.0, 0.0, 0.0)
