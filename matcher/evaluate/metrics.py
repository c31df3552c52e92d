"""Metrics of rankings, and how sure they are.

In: scores by candidate, and grades or who is relevant. Out: numbers; of values by question the mean with its bootstrap interval. Next: the
modules of ``matcher.evaluate`` make rows of them. Pure functions.

Ties are broken by the candidate's id, so a metric does not depend on the order in which candidates were listed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

RELEVANT = 3
"""The lowest grade of a graded set that counts as relevant (1 unrelated, 2 weak, 3 fair, 4 strong)."""

Values = Sequence[float] | npt.NDArray[np.float64]


def order(scores: Mapping[str, float], among: Iterable[str] | None = None) -> list[str]:
    """Candidates best first, ties by id; ``among`` restricts them, one without a score ranks last."""
    wanted = list(scores if among is None else among)
    return sorted(wanted, key=lambda one: (-scores.get(one, -np.inf), one))


def dcg(gains: Sequence[float], k: int = 10) -> float:
    """Discounted cumulative gain of the first ``k``: sum of gain_i / log2(i + 1) (Jarvelin & Kekalainen, TOIS 2002)."""
    return float(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(gains[:k])))


def ndcg(scores: Mapping[str, float], grades: Mapping[str, int], *, graded: bool, k: int = 10) -> float | None:
    """nDCG@k over the judged candidates, in [0, 1]; gain 2^(g-1) - 1 on graded sets, g on binary ones.

    None for a question with fewer than five judged candidates or fewer than two grades: there is nothing to order.
    """
    if len(grades) < 5 or len(set(grades.values())) < 2:
        return None
    gains = {one: float(2 ** (grade - 1) - 1) if graded else float(grade) for one, grade in grades.items()}
    ideal = dcg(sorted(gains.values(), reverse=True), k)
    return dcg([gains[one] for one in order(scores, grades)], k) / ideal if ideal else None


def recall_at(scores: Mapping[str, float], grades: Mapping[str, int], *, graded: bool, k: int = 100) -> float | None:
    """Share of the relevant candidates among the best ``k`` of all; relevant is grade >= 3 on graded sets, any on binary ones."""
    relevant = {one for one, grade in grades.items() if grade >= (RELEVANT if graded else 1)}
    if not relevant:
        return None
    return len(relevant & set(order(scores)[:k])) / len(relevant)


def first_rank(scores: Mapping[str, float], grades: Mapping[str, int]) -> int | None:
    """Rank (from 1) of the first candidate that a binary judgement names, among all; None if it has no score."""
    return next((rank for rank, one in enumerate(order(scores), start=1) if grades.get(one, 0) >= 1), None)


def per_question(
    scores: Mapping[str, Mapping[str, float]], judged: Mapping[str, Mapping[str, float]], grades: Mapping[str, Mapping[str, int]]
) -> dict[str, list[float]]:
    """Each metric's value for each question it is defined for. ``scores`` rank all candidates, ``judged`` the judged ones."""
    graded = any(grade > 1 for by_candidate in grades.values() for grade in by_candidate.values())
    found: dict[str, list[float]] = {"nDCG@10": [], "R@100": []} if graded else {"hit@1": [], "hit@10": [], "MRR": []}
    for question, by_candidate in grades.items():
        ranking = scores.get(question, {})
        if graded:
            for name, value in (
                ("nDCG@10", ndcg(judged.get(question, {}), by_candidate, graded=True)),
                ("R@100", recall_at(ranking, by_candidate, graded=True)),
            ):
                if value is not None:
                    found[name].append(value)
        else:
            rank = first_rank(ranking, by_candidate)
            found["hit@1"].append(float(rank == 1))
            found["hit@10"].append(float(rank is not None and rank <= 10))
            found["MRR"].append(1.0 / rank if rank else 0.0)
    return found


def auc(scores: Mapping[str, float], relevant: Collection[str], pool: Collection[str]) -> float | None:
    """Area under the ROC curve: how often a relevant candidate of the pool is above another, a tie counting half (Hanley & McNeil,
    Radiology 1982). None where all or none are relevant. A candidate without a score is below every other, and ties with its like."""
    good = np.array([scores.get(one, -np.inf) for one in pool if one in relevant])
    bad = np.sort([scores.get(one, -np.inf) for one in pool if one not in relevant])
    if not len(good) or not len(bad):
        return None
    below = np.searchsorted(bad, good, "left") + np.searchsorted(bad, good, "right")
    return float(below.mean() / 2 / len(bad))


def precision_at(ranking: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """Share of the relevant among the first ``k``, in [0, 1]; places that nobody holds count as misses."""
    return sum(one in relevant for one in ranking[:k]) / k


def average_precision(ranking: Sequence[str], relevant: Collection[str]) -> float | None:
    """Mean, over the relevant of a whole ranking, of the precision at each one's rank (Buckley & Voorhees, SIGIR 2000); None
    where none is relevant."""
    hits = [rank for rank, one in enumerate(ranking, start=1) if one in relevant]
    return sum(found / rank for found, rank in enumerate(hits, start=1)) / len(hits) if hits else None


def kendall_loss(scores: Values, grades: Values) -> tuple[float, float]:
    """Weighted Kendall loss of a list of judged items, as the weight lost and the weight of all its pairs (the loss is the one over the
    other, in [0, 1]; .5 is a random order).

    A pair of different grades weighs their difference: it is lost where ``scores`` order the pair the other way round, half lost where
    they tie (Stelmakh et al., *A Gold Standard Dataset for the Reviewer Assignment Problem*, 2023). ``scores`` and ``grades`` are parallel.
    """
    scored, graded = np.asarray(scores, np.float64), np.asarray(grades, np.float64)
    lost = weight = 0.0
    for grade in np.unique(graded):  # the items of a grade against all below it
        own, below = np.sort(scored[graded == grade]), scored[graded < grade]
        gap = grade - graded[graded < grade]
        wrong = (np.searchsorted(own, below, "left") + np.searchsorted(own, below, "right")) / 2
        lost += float(gap @ wrong)
        weight += float(gap.sum()) * len(own)
    return lost, weight


def bootstrap(
    values: Values, *, counts: Values | None = None, rounds: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """Mean and its percentile bootstrap 95 % interval over questions (Efron & Tibshirani 1993, ch. 13); zeros if empty.

    With ``counts``, each value is a question's sum over so many judged pairs (or over pairs of this weight), and the mean is over pairs;
    questions are drawn, since pairs of one question go together.
    """
    data = np.asarray(values, np.float64)
    weight = np.ones(len(data)) if counts is None else np.asarray(counts, np.float64)
    return bootstrap_of(lambda rows: float(data[rows].sum() / weight[rows].sum()), len(data), rounds=rounds, seed=seed)


def bootstrap_of(
    figure: Callable[[npt.NDArray[np.int64]], float], count: int, *, rounds: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """``figure`` of all ``count`` rows, and its percentile bootstrap 95 % interval over rows; zeros if there are none."""
    if not count:
        return 0.0, 0.0, 0.0
    draw = np.random.default_rng(seed)
    low, high = np.percentile([figure(draw.integers(0, count, count)) for _ in range(rounds)], [2.5, 97.5])
    return figure(np.arange(count)), float(low), float(high)
