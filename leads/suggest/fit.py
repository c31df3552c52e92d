"""The fit of a lead: how well the work that speaks most for it answers the need, in [0, 1], comparable across needs.

In: a need as a ``Query``, and the meaning and words of works for it. Out: numbers. Next: ``leads.suggest.find`` takes the best of each
candidate, ``leads.suggest.bounds`` orders what is suggested across needs by them. Pure functions.

    level(d)   = mean, and spread(d) = standard deviation, of the meaning of the sampled works of the Scale for the demand d
    x(d, w)    = (factor * meaning(d, w) - level(d)) / spread(d) + WORDS * factor * words(d, w)
    fit(d, w)  = 1 / (1 + e^-(SLOPE * x + LEVEL))

Points say which work answers one demand best. Across demands they mislead: a demand that is near to everything (a broad field, plain words)
has many points for any work. So meaning counts in deviations from what the demand has in common with any work. The sample is part of the
Scale: the fit of a pair moves with no other work, and with no other demand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.signals.pseudo_feedback import nearness
from matcher.signals.query import Query
from matcher.signals.scale import Scale

Floats = npt.NDArray[np.float64]

WORDS = 4.0
"""What words count beside a deviation of meaning."""
SLOPE, LEVEL = 0.57, -3.7
"""Of the logistic curve, fitted on half of the demands of a judged set (docs/leads.md)."""
USUAL = (0.04, 0.056)
"""Level and spread where the Scale has no sample: the middle of those demands."""
LEAST = 0.01
"""No spread is less: a demand that is equally far from everything says nothing."""


class Background(NamedTuple):
    """What a need has in common with any work: the ``level`` and ``spread`` of meaning."""

    level: float
    spread: float

    @classmethod
    def of(cls, query: Query, scale: Scale) -> Background:
        """Of a need, by the sample of the Scale."""
        if not len(scale.sample) or not len(query.vectors):
            return cls(*USUAL)
        near = nearness(query, scale)
        return cls(float(near.mean()), max(LEAST, float(near.std())))

    def distinct(self, meaning: Floats, words: Floats, factor: Floats) -> Floats:
        """``x`` of works: how far each stands out for the need."""
        return np.asarray((factor * meaning - self.level) / self.spread + WORDS * factor * words)

    def wrong(self, slack: float, rate: float = 0.0) -> float:
        """The most that ``x`` is wrong by where meaning is wrong by ``slack``; ``rate``: what words take of meaning."""
        return slack / self.spread + WORDS * rate * slack


def fit(x: Floats) -> Floats:
    """``x`` as a fit, in six decimals."""
    return np.asarray((1.0 / (1.0 + np.exp(-(SLOPE * x + LEVEL)))).round(6))


def least(bar: float) -> float:
    """The least ``x`` whose fit is ``bar``, in (0, 1), or a little less: what is below it does not reach the bar."""
    bar = min(max(bar - 1e-6, 1e-9), 1 - 1e-9)
    return float((np.log(bar / (1 - bar)) - LEVEL) / SLOPE)
