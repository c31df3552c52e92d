"""The baselines of the trust benchmark, as the literature has them.

In: ratings (raters, targets, weights in [-1, 1]) and the pairs asked for. Out: a prediction a pair. Next: ``matcher.evaluate.ratings``
makes rows of them, ``matcher.evaluate.left_out`` where each rating is left out; ``matcher.evaluate.rating_predictor`` takes its types from
here.

Written plainly and apart from the product's own code. Nobody known: raters and targets without a rating get the mean, or what the formula
says of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

ROUNDS = 100
"""Iterations of a fixed point at most; they stop when nothing moves by 1e-9."""


@dataclass(frozen=True)
class Ratings:
    """Who rated whom: parallel arrays; ``people`` are numbered from 0 to ``people`` - 1."""

    source: Rows
    target: Rows
    weight: Floats
    people: int

    def mean_by(self, rows: Rows, values: Floats, prior: float = 0.0, of: float = 0.0) -> Floats:
        """The mean of ``values`` by person, shrunken to ``of`` by ``prior`` ratings; ``of`` where there is none."""
        count = np.bincount(rows, minlength=self.people) + prior
        total = np.bincount(rows, values, minlength=self.people) + prior * of
        return np.where(count > 0, total / np.maximum(count, 1e-300), of)

    @property
    def mean(self) -> float:
        return float(self.weight.mean()) if len(self.weight) else 0.0


Predict = Callable[[Ratings, Rows, Rows], Floats]


def mean(known: Ratings, source: Rows, _target: Rows) -> Floats:
    """The mean of all ratings."""
    return np.full(len(source), known.mean)


def rater(known: Ratings, source: Rows, _target: Rows) -> Floats:
    """The mean of the rater's ratings, shrunken to the mean of all by five."""
    return known.mean_by(known.source, known.weight, 5.0, known.mean)[source]


def goodness(known: Ratings, _source: Rows, target: Rows) -> Floats:
    """The mean of the target's ratings."""
    return known.mean_by(known.target, known.weight, of=known.mean)[target]


def reciprocal(known: Ratings, source: Rows, target: Rows) -> Floats:
    """What the target gave the rater, else the mean."""
    given = dict(zip(zip(known.source.tolist(), known.target.tolist(), strict=True), known.weight.tolist(), strict=True))
    pairs = zip(target.tolist(), source.tolist(), strict=True)
    return np.array([given.get(pair, known.mean) for pair in pairs])


def fairness_goodness(known: Ratings, source: Rows, target: Rows) -> Floats:
    """Fairness x Goodness (Kumar et al., ICDM 2016): g(v) = mean of f(u) W(u, v), f(u) = 1 - mean of |W(u, v) - g(v)| / 2."""
    fair, good = np.ones(known.people), np.zeros(known.people)
    for _ in range(ROUNDS):
        before = fair
        good = known.mean_by(known.target, fair[known.source] * known.weight)
        fair = 1 - known.mean_by(known.source, np.abs(known.weight - good[known.target]) / 2)
        if np.abs(fair - before).max() < 1e-9:
            break
    return np.asarray(fair[source] * good[target])


def bias_deserve(known: Ratings, _source: Rows, target: Rows) -> Floats:
    """Bias and Deserve (Mishra & Bhattacharya, WWW 2011): deserve(v) = mean of W(u, v) (1 - max(0, bias(u) sign W)),
    bias(u) = half the mean of W(u, v) - deserve(v)."""
    bias, deserve = np.zeros(known.people), np.zeros(known.people)
    for _ in range(ROUNDS):
        before = deserve
        seen = known.weight * (1 - np.maximum(0.0, bias[known.source] * np.sign(known.weight)))
        deserve = known.mean_by(known.target, seen)
        bias = known.mean_by(known.source, known.weight - deserve[known.target]) / 2
        if np.abs(deserve - before).max() < 1e-9:
            break
    return np.asarray(deserve[target])


def pagerank(known: Ratings, source: Rows, target: Rows, alpha: float = 0.85) -> Floats:
    """Personalised PageRank over positive ratings (Page et al. 1999): the target's share of walks from the rater."""
    from scipy.sparse import csr_array

    good = known.weight > 0
    shape = (known.people, known.people)
    steps = csr_array((known.weight[good], (known.source[good], known.target[good])), shape=shape)
    total: Floats = np.asarray(steps.sum(axis=1)).ravel()
    steps.data /= np.repeat(total, np.diff(steps.indptr))
    out = np.zeros(len(source))
    askers, place = np.unique(source, return_inverse=True)
    for start in range(0, len(askers), 500):
        part = askers[start : start + 500]
        restart = np.zeros((known.people, len(part)))
        restart[part, np.arange(len(part))] = 1.0
        flow, rank = restart, (1 - alpha) * restart
        for _ in range(50):
            flow = alpha * (steps.T @ flow + restart * flow[total <= 0].sum(axis=0))
            rank = rank + (1 - alpha) * flow
        asked = (place >= start) & (place < start + len(part))
        out[asked] = rank[target[asked], place[asked] - start]
    return out


def joint_effects(known: Ratings, source: Rows, target: Rows, prior: float = 5.0) -> Floats:
    """Rater leniency and target goodness fitted together by alternating shrunken means (a two-way random effect)."""
    lenient, good = np.zeros(known.people), np.zeros(known.people)
    rest = known.weight - known.mean
    for _ in range(ROUNDS):
        before = good
        good = known.mean_by(known.target, rest - lenient[known.source], prior)
        lenient = known.mean_by(known.source, rest - good[known.target], prior)
        if np.abs(good - before).max() < 1e-9:
            break
    return np.clip(known.mean + lenient[source] + good[target], -1.0, 1.0)


BASELINES: dict[str, Predict] = {
    "mean": mean,
    "rater's mean": rater,
    "goodness": goodness,
    "reciprocal": reciprocal,
    "fairness x goodness": fairness_goodness,
    "bias and deserve": bias_deserve,
    "personalised PageRank": pagerank,
    "joint effects": joint_effects,
}
"""Every row of the table that knows nothing of the product."""
CLOSED_FORM = ("mean", "rater's mean", "goodness", "reciprocal")
"""Those that can be left one out exactly."""
