"""Decay: the one rule of how what is dated halves with age.

In: days and half-lives. Out: how often each has halved. Next: ``matcher.trust.weighing`` for items of evidence, ``matcher.score`` for
works.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.trust.settings import TrustSettings

YEAR = 365.25
"""Days."""


def remaining(date: Any, day: Any, halflife: Any, settings: TrustSettings) -> npt.NDArray[np.float64]:
    """What is left on ``day`` of what is dated ``date`` (ordinals, 0: unknown) and halves every ``halflife`` years: 2^(-age / halflife),
    more than 1 for what is dated later. An unknown date is ``settings.unknown_age`` half-lives old."""
    age = np.where(np.asarray(date) > 0, (day - np.asarray(date, np.int64)) / (YEAR * halflife), settings.unknown_age)
    return np.asarray(np.exp2(-age))
