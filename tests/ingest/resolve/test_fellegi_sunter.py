"""The Fellegi-Sunter model: weights by hand, and a known mixture found again."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from ingest.resolve.fellegi_sunter import Model, learn

TRUTH = Model(0.3, ((0.9, 0.1), (0.8, 0.2), (0.7, 0.2, 0.1)), ((0.1, 0.9), (0.3, 0.7), (0.1, 0.3, 0.6)))
START = Model(0.2, ((0.7, 0.3), (0.7, 0.3), (0.5, 0.3, 0.2)), ((0.3, 0.7), (0.4, 0.6), (0.2, 0.4, 0.4)))


def test_a_probability_is_bayes_rule() -> None:
    match, rest = 0.3 * 0.9 * 0.2 * 0.1, 0.7 * 0.1 * 0.7 * 0.6
    assert TRUTH.probability((0, 1, 2)) == pytest.approx(match / (match + rest))
    assert TRUTH.weights((0, 1, 2)) == pytest.approx([math.log(9), math.log(2 / 7), math.log(1 / 6)])


def test_a_known_mixture_is_found_again() -> None:
    chance = random.Random(0)
    counts: Counter[tuple[int, ...]] = Counter()
    for _ in range(200_000):
        side = TRUTH.m if chance.random() < TRUTH.share else TRUTH.u
        counts[tuple(chance.choices(range(len(levels)), levels)[0] for levels in side)] += 1
    found = learn(counts, START)
    assert found.share == pytest.approx(TRUTH.share, abs=0.03)
    for learnt, known in ((found.m, TRUTH.m), (found.u, TRUTH.u)):
        for one, other in zip(learnt, known, strict=True):
            assert one == pytest.approx(other, abs=0.04)
    again = learn(Counter(dict(reversed(counts.items()))), START)
    assert again == found, "to the last bit"


def test_what_speaks_against_a_match_never_speaks_for_one() -> None:
    # most pairs are strangers of two patterns: the likeliest split is between these
    found = learn({(1, 1, 2): 200_000, (1, 1, 1): 150_000, (1, 0, 2): 120_000, (0, 0, 0): 5_000}, START)
    for at, (m, u) in enumerate(zip(START.m, START.u, strict=True)):
        against = [level for level in range(len(m)) if m[level] < u[level]]
        assert all(found.m[at][level] <= found.u[at][level] for level in against)
    assert found.probability((1, 1, 2)) < 0.05
    assert found.probability((0, 0, 0)) > 0.9


def test_few_pairs_leave_what_is_known() -> None:
    found = learn({(0, 0, 0): 3}, START)
    assert found.share == pytest.approx(START.share, abs=0.002)
    assert all(sum(levels) == pytest.approx(1) for side in (found.m, found.u) for levels in side)
