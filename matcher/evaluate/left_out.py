"""Ratings that are left out one by one: what the opinion, or a baseline, would say of each without it.

In: the trust of a day and its ratings. Out: a foretold value a rating. Next: ``matcher.evaluate.ratings``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from graph.progress import Progress
from matcher.columns.evidence import RATING, Floats, Rows
from matcher.evaluate.rating_baselines import BASELINES, Ratings
from matcher.evaluate.rating_splits import FOLDS, Rating
from matcher.trust.opinion import net
from matcher.trust.pagerank import FLOOR, spread
from matcher.trust.settings import TrustSettings
from matcher.trust.weighing import freed

if TYPE_CHECKING:
    from matcher.trust.fusion import TrustOn

USUAL_PRIOR = 5.0
"""Ratings like those of all raters together that each rater is taken to have given, when its usual rating and spread are told."""
REACH = 0.5
"""Spreads by which the foretold rating may differ from the usual one."""
UNHEARD = 1e-4
"""How much of the uncertainty counts beside belief and disbelief: little, so that a few quiet voices are enough."""
TOGETHER = 128
"""Ratings of one rater whose walks are taken together."""


def foretold(r: Any, s: Any, usual: float, spread: float, settings: TrustSettings) -> Floats:
    """usual + REACH * spread * (b - d) / (b + d + UNHEARD * u), in [-1, 1]; shape of ``r`` and ``s``, which are >= 0.

    What is heard is freed of its raters' leniency: it says by how much the target is better or worse than what is usual. No
    evidence is ``usual``; more r never lowers it and more s never raises it. What adds at most m to r and s together moves it by at
    most 2 * REACH * spread * m / (m + r + s), so as much as its share of all that is heard."""
    balance = (r - s) / (r + s + UNHEARD * settings.prior)
    return np.asarray(np.clip(usual + REACH * spread * balance, -1.0, 1.0))


class Usual(msgspec.Struct, frozen=True):
    """What raters usually say, and how far they stray from it: counts, sums and sums of squares by rater, and those of all."""

    raters: dict[str, tuple[int, float, float]]
    everybody: tuple[int, float, float]

    @classmethod
    def of(cls, known: Sequence[Rating]) -> Usual:
        """From ratings."""
        raters: dict[str, tuple[int, float, float]] = {}
        everybody = (0, 0.0, 0.0)
        for rating in known:
            raters[rating.source] = _with(raters.get(rating.source, (0, 0.0, 0.0)), rating.weight)
            everybody = _with(everybody, rating.weight)
        return cls(raters, everybody)

    def of_rater(self, rater: str, without: float | None = None) -> tuple[float, float]:
        """The mean and the standard deviation of the rater's ratings, each shrunken to that of all by ``USUAL_PRIOR``; ``without``
        one of its own."""
        own, everybody = self.raters.get(rater, (0, 0.0, 0.0)), self.everybody
        if without is not None:
            own, everybody = _with(own, without, -1), _with(everybody, without, -1)
        mean, variance = _moments(*everybody)
        own_mean, own_variance = _moments(*own)
        count = own[0]
        usual = (count * own_mean + USUAL_PRIOR * mean) / (count + USUAL_PRIOR)
        return usual, math.sqrt((count * own_variance + USUAL_PRIOR * variance) / (count + USUAL_PRIOR))


def _with(told: tuple[int, float, float], value: float, times: int = 1) -> tuple[int, float, float]:
    count, total, squares = told
    return count + times, total + times * value, squares + times * value**2


def _moments(count: int, total: float, squares: float) -> tuple[float, float]:
    """Mean and variance; 0 of nothing."""
    mean = total / max(1, count)
    return mean, max(0.0, squares / max(1, count) - mean**2)


def left_out_opinions(
    known: Sequence[Rating], trusted: TrustOn, row_of: dict[str, int], usual: Usual, tell: Progress
) -> Floats:
    """What is foretold of each rating from all the others. Without it only its rater's own row of the walk changes: its leniency
    frees its other ratings, and nobody hears its own voice."""
    from scipy.sparse import csc_array

    day, heard, cap = trusted.pairs, trusted.settings.heard, trusted.settings.cap
    shape = (day.nodes, day.nodes)
    part = day.settled  # what was read at once is all there
    said = [csc_array((np.minimum(sums, cap), (part.pairs.source, part.pairs.target)), shape=shape) for sums in (part.r, part.s)]
    backwards = trusted.steps.T.tocsr()
    out = np.zeros(len(known))
    by_rater: dict[str, list[int]] = {}
    for at, rating in enumerate(known):
        by_rater.setdefault(rating.source, []).append(at)
    for done, (rater, places) in enumerate(by_rater.items()):
        tell("opinion", done, len(by_rater))
        asker = row_of[rater]
        for start in range(0, len(places), TOGETHER):
            some = places[start : start + TOGETHER]
            own = [_without(trusted, asker, row_of[known[at].target], known[at].weight) for at in some]
            rows = np.stack([row for row, _ in own])
            voice = _voices(trusted, backwards, asker, rows) if heard else np.zeros_like(rows.T)
            for column, at in enumerate(some):
                target = row_of[known[at].target]
                r, s = (
                    heard * float(voice[each.indices[span], column] @ each.data[span]) + own[column][1][side]
                    for side, each in enumerate(said)
                    for span in [slice(each.indptr[target], each.indptr[target + 1])]
                )
                out[at] = foretold(r, s, *usual.of_rater(rater, known[at].weight), trusted.settings)
    return out


def _without(trusted: TrustOn, asker: int, target: int, weight: float) -> tuple[Floats, tuple[float, float]]:
    """The asker's row of the walk without one rating (all 0 where it trusts nobody else), and what is left of its own about the target."""
    part = trusted.pairs.settled
    items = part.pairs.items(part.pairs.of_source(asker))
    rows = part.items[items]
    rates = rows.kind == RATING
    gone = np.flatnonzero(rates & (rows.target == target) & (rows.value == weight))[:1]  # none for a rating of oneself
    kept = np.ones(len(rows), bool)
    kept[gone] = False
    leniency = rows.value[rates & kept].sum() / ((rates & kept).sum() + trusted.settings.leniency_prior)
    value = np.where(rates, freed(rows.value, leniency), part.value[items])
    r, s = (np.bincount(rows.target[kept], each[kept], minlength=len(part.carries)) for each in part.good_and_bad(items, value))
    steps = np.maximum(net(r, s, trusted.settings), 0.0) * part.carries
    total = steps.sum()
    return (steps / total if total > 0 else steps), (float(r[target]), float(s[target]))


def _voices(trusted: TrustOn, backwards: Any, asker: int, own: Floats) -> Floats:
    """The voices that the asker hears with each of several rows of its own: shape (nodes, len(own)); its own voice is 0.

    With row o, y = e + alpha * y_a * M o for the walk M in which the asker passes nothing on; what comes back to it starts anew.
    """
    alpha, trusts = trusted.settings.damping, own.sum(axis=1) > 0
    start = own.T.copy()
    anchors = trusted.anchors()
    if len(anchors):
        start[np.ix_(anchors, np.flatnonzero(~trusts))] = 1.0 / len(anchors)
    reached = spread(backwards, start, alpha, silent=asker)
    comes_back = alpha * reached[asker]
    total = np.where(trusts, (1 - comes_back) / alpha + reached.sum(axis=0), np.maximum(reached.sum(axis=0), 1e-300))
    voice = reached / total
    voice[voice < FLOOR] = 0.0
    voice[asker] = 0.0
    return np.asarray(voice)


def closed_form(name: str, known: Ratings) -> Floats:
    """A closed-form baseline of each rating from all the others."""
    ends = {"mean": np.zeros_like(known.source), "rater's mean": known.source, "goodness": known.target}
    mean = (known.weight.sum() - known.weight) / max(1, len(known.weight) - 1)
    if name == "reciprocal":  # a rating is never its own answer, but it is in the mean of all
        given = set(zip(known.source.tolist(), known.target.tolist(), strict=True))
        answered = np.array([pair in given for pair in zip(known.target.tolist(), known.source.tolist(), strict=True)])
        return np.where(answered, BASELINES[name](known, known.source, known.target), mean)
    rows = ends[name]
    prior = 5.0 if name == "rater's mean" else 0.0
    count = np.bincount(rows, minlength=known.people)[rows] - 1 + prior
    total = np.bincount(rows, known.weight, minlength=known.people)[rows] - known.weight + prior * mean
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1e-300), mean))


def in_folds(name: str, known: Ratings, predict: Callable[[Ratings, Rows, Rows], Floats], tell: Progress) -> Floats:
    """Each rating from the nine tenths of the others that its fold leaves (folds by a seeded permutation)."""
    fold = np.random.default_rng(0).permutation(len(known.weight)) % FOLDS
    out = np.zeros(len(known.weight))
    for one in range(FOLDS):
        tell(name, one, FOLDS)
        rest, mine = fold != one, fold == one
        part = Ratings(known.source[rest], known.target[rest], known.weight[rest], known.people)
        out[mine] = predict(part, known.source[mine], known.target[mine])
    return out
