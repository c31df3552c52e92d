"""Decay: the one rule of how what is dated halves with age, and of the day from which what it says against somebody counts no more.

In: days and half-lives. Out: how often each has halved; days of expiry. Next: ``matcher.trust.weighing`` and ``matcher.trust.stages`` for
items of evidence, ``matcher.score`` for works.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.columns.evidence import EVER
from matcher.trust.settings import TrustSettings

YEAR = 365.25
"""Days."""


def remaining(date: Any, day: Any, halflife: Any, settings: TrustSettings) -> npt.NDArray[np.float64]:
    """What is left on ``day`` of what is dated ``date`` (ordinals, 0: unknown) and halves every ``halflife`` years: 2^(-age / halflife),
    more than 1 for what is dated later. An unknown date is ``settings.unknown_age`` half-lives old."""
    age = np.where(np.asarray(date) > 0, (day - np.asarray(date, np.int64)) / (YEAR * halflife), settings.unknown_age)
    return np.asarray(np.exp2(-age))


def expiry(date: Any, settings: TrustSettings) -> npt.NDArray[np.int64]:
    """The day from which what is dated ``date`` (ordinals, 0: unknown) and speaks against somebody counts no more: the first day on which
    it is ``settings.negatives_expire`` years old. EVER where that is not set, and for an unknown date: nobody can say that it is old."""
    dates = np.asarray(date, np.int64)
    if settings.negatives_expire is None:
        return np.full(dates.shape, EVER, np.int64)
    return np.asarray(np.where(dates > 0, dates + math.ceil(YEAR * settings.negatives_expire), EVER))
