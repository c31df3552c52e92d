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


def halvings(date: Any, day: Any, halflife: Any, settings: TrustSettings) -> npt.NDArray[np.float64]:
    """How many times what is dated ``date`` has halved by ``day`` (ordinals, 0: unknown), with ``halflife`` in years."""
    return np.where(np.asarray(date) > 0, (day - np.asarray(date, np.int64)) / (YEAR * halflife), settings.unknown_age)
