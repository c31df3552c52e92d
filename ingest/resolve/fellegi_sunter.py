"""The Fellegi-Sunter model: how likely two names mean one institution, by weights that are learnt without labels.

In: how often each outcome of the comparisons occurs among candidate pairs. Out: the probability that a pair of that outcome is a match.
Next: ``ingest.resolve.similar_names`` joins names by it; ``ingest.resolve.compare`` has the weights that learning begins with.

Each comparison has a few levels; m is how often a level occurs among matches, u among the rest, and the comparisons are taken as
independent of each other. P(match) = l prod(m) / (l prod(m) + (1 - l) prod(u)), l being the share of matches. I. P. Fellegi and A. B.
Sunter, A Theory for Record Linkage, JASA 64 (1969) 1183-1210; m, u and l by expectation-maximisation (W. E. Winkler, 1988). What is known
beforehand counts as ``PRIOR`` pairs, so that a store of ten institutions has weights too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Outcome = tuple[int, ...]
"""The level of each comparison."""

PRIOR = 2_000.0
"""The pairs that the weights one starts from are worth."""
ROUNDS = 200
_CHANGE = 1e-9


class Model(NamedTuple):
    """``share`` of matches among candidates; ``m`` and ``u``: a probability a level, by comparison."""

    share: float
    m: tuple[tuple[float, ...], ...]
    u: tuple[tuple[float, ...], ...]

    def probability(self, outcome: Outcome) -> float:
        """That a pair of this outcome is a match, 0 to 1."""
        odds = math.log(self.share / (1 - self.share)) + math.fsum(self.weights(outcome))
        return 1 / (1 + math.exp(-odds)) if odds > -500 else 0.0

    def weights(self, outcome: Outcome) -> list[float]:
        """What each comparison says for a match, as natural log of m / u."""
        return [math.log(self.m[at][level] / self.u[at][level]) for at, level in enumerate(outcome)]


def learn(counts: Mapping[Outcome, int], start: Model) -> Model:
    """The most probable model of ``counts``, ``start`` worth ``PRIOR`` pairs. Sums are exact, so order does not matter."""
    outcomes = sorted(counts)
    model = start
    for _ in range(ROUNDS):
        match = [counts[one] * model.probability(one) for one in outcomes]
        rest = [counts[one] - hit for one, hit in zip(outcomes, match, strict=True)]
        matches, others = math.fsum(match), math.fsum(rest)
        share = (matches + PRIOR * start.share) / (matches + others + PRIOR)
        u = _levels(outcomes, rest, start.u, PRIOR * (1 - start.share))
        after = Model(share, _on_its_side(_levels(outcomes, match, start.m, PRIOR * start.share), u, start), u)
        if abs(after.share - model.share) < _CHANGE:
            return after
        model = after
    return model


def _on_its_side(m: tuple[tuple[float, ...], ...], u: tuple[tuple[float, ...], ...], start: Model) -> tuple[tuple[float, ...], ...]:
    """``m`` where no level that speaks against a match in ``start`` speaks for one: the two classes of an unlabelled mixture have no
    names, and in a store where most pairs are strangers of one pattern the likeliest split is not the one into matches and the rest."""
    return tuple(
        tuple(min(a, b) if first < other else a for a, b, first, other in zip(*levels, strict=True))
        for levels in zip(m, u, start.m, start.u, strict=True)
    )


def _levels(
    outcomes: Sequence[Outcome], weights: Sequence[float], start: tuple[tuple[float, ...], ...], prior: float
) -> tuple[tuple[float, ...], ...]:
    total = math.fsum(weights) + prior
    return tuple(
        tuple(
            (math.fsum(weight for one, weight in zip(outcomes, weights, strict=True) if one[at] == level) + prior * known) / total
            for level, known in enumerate(levels)
        )
        for at, levels in enumerate(start)
    )
