"""A copy of the vectors in 8 bits: all of them are looked through in a quarter of the memory, and how far off that is, is known.

In: centred unit vectors. Out: their codes and, for a question, a cosine with every one of them and the most it can be wrong by. Next:
``matcher.signals.segment`` keeps the codes; ``matcher.signals.meaning`` takes the cosines, and computes in float64 what they leave in
doubt, so that the codes decide no order and no point.

Each row has a step of its own, the largest value it holds being 127 steps (scalar quantisation):

    v = step * code + r      |v.q - v'.q'|  <=  |r_v| |q| + |v'| |r_q|      (Cauchy-Schwarz; v', q' without their r)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

LEVELS = 127
ROUNDING = 1e-5
"""What float32 may add to an error: of a length near 1 and of sums of 384 products."""
_BLOCK = 16384


@dataclass(frozen=True, slots=True)
class Quantised:
    """Vectors in 8 bits, a row each. ``codes``: shape (n, dimension); ``steps``: what one of a row's codes stands for; ``lost``:
    the length of what rounding took from a row."""

    codes: npt.NDArray[np.int8]
    steps: npt.NDArray[np.float32]
    lost: npt.NDArray[np.float32]


def quantise(vectors: Vectors) -> Quantised:
    """The codes of ``vectors``, each row by itself."""
    codes = np.empty(vectors.shape, np.int8)
    steps, lost = np.empty(len(vectors), np.float32), np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        part = slice(start, start + _BLOCK)
        rows = vectors[part]
        steps[part] = np.maximum(np.abs(rows).max(axis=1, initial=0.0), 1e-12) / LEVELS
        rounded = np.rint(rows / steps[part, None])
        codes[part] = rounded
        lost[part] = np.linalg.norm(rows - rounded * steps[part, None], axis=1)
    return Quantised(codes, steps, lost)


def cosines(quantised: Quantised, queries: Vectors) -> tuple[npt.NDArray[np.float32], float]:
    """The cosine of each of ``queries`` (unit rows) with each quantised vector, shape (queries, vectors), and the most that any of
    them differs from that of the vectors themselves."""
    import simsimd

    asked = quantise(queries)
    products = np.asarray(simsimd.cdist(asked.codes, quantised.codes, "dot"))  # of integers, and so the same on every machine
    found = np.asarray(products, np.float32)
    found *= quantised.steps
    found *= asked.steps[:, None]
    lost, asked_lost = float(quantised.lost.max(initial=0.0)), float(asked.lost.max(initial=0.0))
    return found, lost + (1.0 + lost) * asked_lost + ROUNDING
