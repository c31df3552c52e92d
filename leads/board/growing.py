"""Columns that grow: numpy arrays of one length, with room for more.

In: rows. Out: ``Growing``, by the name of a column its array. Next: ``leads.board.ends`` and ``leads.board.board``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

FIRST = 1024


class Growing:
    """Columns by name, of the given types; a row that is added has zeros where nothing is said."""

    def __init__(self, **types: Any) -> None:
        self._arrays: dict[str, npt.NDArray[Any]] = {name: np.zeros(FIRST, type_) for name, type_ in types.items()}
        self.length = 0

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name][: self.length]

    def add(self, **values: Any) -> int:
        """Add a row; its number."""
        row = self.length
        if row == len(next(iter(self._arrays.values()))):
            self._arrays = {name: np.concatenate([one, np.zeros_like(one)]) for name, one in self._arrays.items()}
        self.length += 1
        self.set(row, **values)
        return row

    def set(self, row: int, **values: Any) -> None:
        """Put values into a row."""
        for name, value in values.items():
            self._arrays[name][row] = value

    def put(self, rows: Sequence[int], values: Sequence[Mapping[str, Any]]) -> None:
        """Put values into several rows, of each the same columns."""
        if rows:
            for name in values[0]:
                self._arrays[name][rows] = [one[name] for one in values]
