"""Vectors of texts by one model or by two, each apart.

In: what the models make of texts. Out: ``Embedded``. Next: ``matcher.signals.scale`` centres them, ``matcher.signals.segment`` keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Embedded:
    """Texts as vectors: unit rows of the first model in ``vectors``, shape (texts, its dimension); and what the English model, if there is
    one, read of them: unit rows ``english``, shape (len(rows), its dimension), of the texts at ``rows``, ascending."""

    vectors: Vectors
    rows: npt.NDArray[np.int64]
    english: Vectors

    @classmethod
    def of(cls, vectors: Vectors) -> Embedded:
        """Vectors of the first model alone."""
        return cls(vectors, np.empty(0, np.int64), np.empty((0, 0), np.float32))

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, kept: npt.NDArray[np.bool_]) -> Embedded:
        """Some of the texts, by a mask."""
        read = kept[self.rows]
        return Embedded(self.vectors[kept], np.cumsum(kept)[self.rows[read]] - 1, self.english[read])

    def spread(self, rows: npt.NDArray[np.int64] | slice = slice(None)) -> npt.NDArray[Any]:
        """A row of the English model for each of the texts (or of some), zeros for those that it did not read."""
        out = np.zeros((len(self), self.english.shape[1]), np.float32)
        out[self.rows] = self.english
        return out[rows]
