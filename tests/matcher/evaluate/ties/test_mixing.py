"""The best mix: its fit against every point of the grid, and that no question is scored by weights it helped to choose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.evaluate.ties.mixing import GRID, Mix, half_of

VALUES = st.lists(st.integers(0, 4), min_size=4, max_size=4)
TWO = st.lists(st.tuples(VALUES, VALUES, st.integers(0, 3)), min_size=1, max_size=12)


def filled(questions: list[tuple[list[int], list[int], int]]) -> Mix:
    mix = Mix(("text", "other"))
    for number, (text, other, taken) in enumerate(questions):
        mix.add(f"q{number}", [np.array(text, float), np.array(other, float)], [taken])
    return mix


def worth(questions: list[tuple[list[int], list[int], int]], half: int, weights: tuple[float, ...]) -> float:
    """hit@10 + MRR over the questions of one half, by sorting."""
    total = 0.0
    for number, (text, other, taken) in enumerate(questions):
        if half_of(f"q{number}") == half:
            parts = [np.array(each, np.float32) / np.float32(max(*each, 1e-30)) for each in (text, other)]
            values = [np.float32(0) + np.float32(weights[0]) * a + np.float32(weights[1]) * b for a, b in zip(*parts, strict=True)]
            rank = sorted(range(4), key=lambda one: (-values[one], one)).index(taken) + 1
            total += 1 + 1 / rank
    return total


@given(TWO)
@settings(max_examples=60, deadline=None)
def test_two_baselines_are_weighed_as_the_whole_grid_says(questions: list[tuple[list[int], list[int], int]]) -> None:
    fitted = filled(questions).fit()
    for half, weights in fitted.items():
        best = max(worth(questions, 1 - half, (1.0, value)) for value in GRID)
        assert worth(questions, 1 - half, weights) == pytest.approx(best)


def test_a_question_does_not_choose_its_own_weights() -> None:
    names = [f"q{number}" for number in range(40)]
    assert {half_of(name) for name in names} == {0, 1}

    def fitted(kind: dict[int, str]) -> dict[int, tuple[float, ...]]:
        mix = Mix(("text", "other"))
        for name in names:
            text, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
            mix.add(name, [text, other], [1 if kind[half_of(name)] == "other" else 0])
        return mix.fit()

    found = fitted({0: "text", 1: "other"})
    assert found[1][1] == 0.0  # half 1 is scored by what half 0 says: text alone
    assert found[0][1] > 1.0  # and half 0 by what half 1 says
    assert fitted({0: "other", 1: "other"})[0] == found[0]  # half 0's own outcomes changed nothing for it


def test_ties_take_the_smallest_weight_and_are_broken_by_order() -> None:
    mix = Mix(("text", "other"))
    for number in range(20):
        mix.add(f"q{number}", [np.array([1.0, 1.0]), np.array([0.0, 0.0])], [0])
    assert mix.fit() == {0: (1.0, 0.0), 1: (1.0, 0.0)}
    assert mix.values("q0", (1.0, 2.0)).tolist() == [1.0, 1.0]
    assert "text 1; other 0" in mix.told(mix.fit())


def test_every_weight_of_three_is_found_from_a_start_of_text_alone() -> None:
    # the taken candidate is above the second by the third weight alone, and above the first by the second weight alone
    mix = Mix(("text", "second", "third"))
    for number in range(20):
        mix.add(f"q{number}", [np.array([1.0, 1.0, 0.0]), np.array([0.9, 0.0, 1.0]), np.array([0.0, 0.9, 1.0])], [2])
    assert mix.fit() == {0: (1.0, 1.5, 1.0), 1: (1.0, 1.5, 1.0)}
    assert mix.values("q0", (1.0, 1.5, 1.0)).argmax() == 2
