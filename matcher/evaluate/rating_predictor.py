"""The rating predictor: a rating foretold by what was learned from other ratings. A row of the trust benchmark, never of the ranking.

In: known ratings and the pairs asked for. Out: a prediction a pair. Next: ``matcher.evaluate.ratings``.

Every feature of a known rating leaves that rating out (but for the mean of all, to which it shrinks), so that what is learned from is what
will be known when a rating is asked for. Fitting raters and targets together would let a thousand fakes change what an honest rating of a
third party says; so it stays here, where nothing is decided by it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from matcher.evaluate.rating_baselines import Floats, Predict, Ratings, Rows

PRIOR = 5.0
SEEDS = 3
"""Boosted models whose mean is taken."""


def supervised() -> dict[str, Predict]:
    """The rows that are trained inside the fold, by name: a linear model and boosted trees on the same features."""
    return {"ridge": _fitted("ridge"), "calibrated": _fitted("trees")}


def _fitted(model: str) -> Predict:
    def predict(known: Ratings, source: Rows, target: Rows) -> Floats:
        learned = features(known, known.source, known.target, known.weight)
        asked = features(known, source, target)
        made = [_model(model, seed) for seed in range(SEEDS if model == "trees" else 1)]
        told = [one.fit(learned, known.weight).predict(asked) for one in made]
        return np.asarray(np.clip(np.mean(told, axis=0), -1.0, 1.0))

    return predict


def _model(name: str, seed: int) -> Any:
    if name == "ridge":
        from sklearn.linear_model import Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), Ridge(alpha=10.0))
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        learning_rate=0.04, max_iter=400, max_leaf_nodes=24, min_samples_leaf=25, l2_regularization=5.0, max_features=0.5, random_state=seed
    )


def features(known: Ratings, source: Rows, target: Rows, own: Floats | None = None) -> Floats:
    """What is known of each pair: shape (pairs, features). ``own``: the pairs are the known ratings themselves, of these weights,
    and each is left out of what is known of it."""
    columns = [*_ends(known, source, target, own), *_two_hops(known, source, target), _back(known, source, target)]
    return np.stack(columns, axis=1)


def _ends(known: Ratings, source: Rows, target: Rows, own: Floats | None) -> list[Floats]:
    """Rater and target by themselves: shrunken means, counts, shares of distrust, extremes, as giver and as taker."""
    mean, people = known.mean, known.people
    columns: list[Floats] = []
    weight = known.weight
    lenient = known.mean_by(known.source, weight, PRIOR, mean)
    good = known.mean_by(known.target, weight - lenient[known.source], PRIOR)
    roles = ((known.source, source, True), (known.target, source, False), (known.target, target, True), (known.source, target, False))
    count: Floats
    bad: Floats
    total: Floats
    square: Floats
    for rows, at, holds in roles:
        count = np.asarray(np.bincount(rows, minlength=people)[at], np.float64)
        total = np.asarray(np.bincount(rows, weight, minlength=people)[at], np.float64)
        square = np.asarray(np.bincount(rows, weight**2, minlength=people)[at], np.float64)
        bad = np.asarray(np.bincount(rows, weight < 0, minlength=people)[at], np.float64)
        if own is not None and holds:
            count, total, square = count - 1.0, total - own, square - own**2
            bad = bad - (own < 0).astype(np.float64)
        columns += [(total + PRIOR * mean) / (count + PRIOR), np.log1p(count), bad / (count + 1)]
        columns.append(np.sqrt(np.maximum(square / np.maximum(count, 1) - (total / np.maximum(count, 1)) ** 2, 0)))
    # the target's goodness, freed of its raters' leniency; the rater's leniency freed of its targets' goodness
    for rows, at, rest in ((known.target, target, weight - lenient[known.source]), (known.source, source, weight - good[known.target])):
        count = np.asarray(np.bincount(rows, minlength=people)[at], np.float64)
        total = np.asarray(np.bincount(rows, rest, minlength=people)[at], np.float64)
        if own is not None:  # a rating goes as it came: what was taken from it is taken from it again
            count, total = count - 1.0, total - rest
        columns.append(total / (count + PRIOR))
    return columns


def _two_hops(known: Ratings, source: Rows, target: Rows) -> list[Floats]:
    """What those whom the rater trusts (or who trust it) say of the target, and the other three ways over one person between."""
    from scipy.sparse import csr_array

    shape = (known.people, known.people)
    given: Any = csr_array((known.weight, (known.source, known.target)), shape=shape)
    some: Any = csr_array((np.ones(len(known.weight)), (known.source, known.target)), shape=shape)
    good = given.maximum(0)
    columns: list[Floats] = []
    taken, taken_some = given.T.tocsr(), some.T.tocsr()
    ways = ((good, given, some), (good.T.tocsr(), given, some), (good, taken, taken_some), (given, taken, taken_some))
    for first, second, there in ways:
        left = first[source]
        weighted = _products(left, second, target)
        share = _products(abs(left), there, target)
        columns += [weighted / (share + 0.2), np.log1p(share), weighted]
    return columns


def _products(left: Any, right: Any, target: Rows) -> Floats:
    """Row by row, ``left`` times the column ``target`` of ``right``."""
    return np.asarray(left.multiply(right.T.tocsr()[target]).sum(axis=1)).ravel()


def _back(known: Ratings, source: Rows, target: Rows) -> Floats:
    """What the target gave the rater; 0 where it gave nothing."""
    given = dict(zip(zip(known.source.tolist(), known.target.tolist(), strict=True), known.weight.tolist(), strict=True))
    return np.array([given.get(pair, 0.0) for pair in zip(target.tolist(), source.tolist(), strict=True)])
