"""The best linear mix of baselines, fitted on one half of the questions and measured on the other.

In: for each question, the values of several baselines over the same candidates, and which candidates were taken. Out: for each question,
the values of the mix under the weights that do best on the half it is not in. Next: ``matcher.evaluate.ties.baselines`` ranks by them.

A baseline's values are divided by their greatest in the question, so they are in [0, 1]; the mix is their weighted sum. The first
baseline has weight 1; the others start at 0 and are set one after the other to the value of ``GRID`` that does best, until none changes
(coordinate ascent). Best is the greatest mean of hit@10 + MRR over the questions of the half; of equals the smallest weight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from matcher.evaluate.ties.blocks import CUT, of_question

GRID = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
SWEEPS = 5
"""Rounds over all weights after which the ascent stops even if a weight still changes."""

Values = npt.NDArray[np.float32]
Weights = tuple[float, ...]


def half_of(question: str) -> int:
    """0 or 1 by a hash of the question's id: the same in every run."""
    return hashlib.blake2b(question.encode(), digest_size=1).digest()[0] & 1


class Mix:
    """The questions of a run with their baselines' values."""

    def __init__(self, names: Sequence[str]) -> None:
        """``names`` of the baselines, the one with weight 1 first."""
        self._names = tuple(names)
        self._values: dict[str, Values] = {}
        self._taken: dict[str, list[int]] = {}
        self._nowhere: dict[str, int] = {}

    def add(self, question: str, values: Sequence[npt.NDArray[np.float64]], taken: Sequence[int | None]) -> None:
        """``values``: of each baseline, not negative, over the candidates, in the order that breaks ties; ``taken``: who was, by
        place in that order, None for somebody who is no candidate."""
        greatest = [max(float(each.max(initial=0.0)), 1e-30) for each in values]
        self._values[question] = np.array([each / top for each, top in zip(values, greatest, strict=True)], np.float32)
        self._taken[question] = [one for one in taken if one is not None]
        self._nowhere[question] = len(taken) - len(self._taken[question])

    def fit(self) -> dict[int, Weights]:
        """For each half, the weights that do best on the questions of the other."""
        return {half: self._fitted([one for one in self._values if half_of(one) != half]) for half in (0, 1)}

    def values(self, question: str, weights: Weights) -> Values:
        """The value of each candidate of a question."""
        held = self._values[question]
        out = np.zeros(held.shape[1], np.float32)
        for weight, each in zip(weights, held, strict=True):
            if weight:
                out += np.float32(weight) * each
        return out

    def told(self, fitted: dict[int, Weights]) -> str:
        """The weights in a sentence."""
        named = ["; ".join(f"{name} {weight:g}" for name, weight in zip(self._names, fitted[half], strict=True)) for half in (0, 1)]
        sizes = [sum(half_of(one) == half for one in self._values) for half in (0, 1)]
        return (
            f"best mix: each question is scored by weights fitted on the half that it is not in;"
            f" for {sizes[0]} questions {named[0]}, for the other {sizes[1]} {named[1]}"
        )

    def _fitted(self, questions: Sequence[str]) -> Weights:
        weights = [1.0] + [0.0] * (len(self._names) - 1)
        best = self._worth(questions, weights)
        for _sweep in range(SWEEPS):
            before = list(weights)
            for place in range(1, len(weights)):
                tried = {value: self._worth(questions, [*weights[:place], value, *weights[place + 1 :]]) for value in GRID}
                value = max(tried, key=lambda one: (tried[one], -one))
                if tried[value] > best:
                    weights[place], best = value, tried[value]
            if weights == before:
                break
        return tuple(weights)

    def _worth(self, questions: Sequence[str], weights: Sequence[float]) -> float:
        """The sum of hit@10 + MRR over ``questions``."""
        return sum(self._worth_of(one, tuple(weights)) for one in questions)

    def _worth_of(self, question: str, weights: Weights) -> float:
        taken = self._taken[question]
        values = self.values(question, weights)
        ranks = [1 + int((values > values[one]).sum()) + int((values[:one] == values[one]).sum()) for one in taken]
        found = of_question([rank if rank <= CUT else 0 for rank in ranks] + [0] * self._nowhere[question])
        return found["hit@10"] + found["MRR"]
