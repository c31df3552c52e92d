"""Candidates that stand on works, for the baselines: read plainly from a store, and apart from the product's snapshot.

In: a store and the kind of edge that ties candidates to works. Out: for a question, the scores of each baseline by candidate; and how many
works candidates have. Next: ``matcher.evaluate.partners`` and ``matcher.evaluate.experts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.model import Achievement, Edge, EdgeKind, NodeKind
from graph.store import Store
from matcher.evaluate.baselines import Bm25, Floats, best_works
from matcher.evaluate.files import Ranking

Rows = npt.NDArray[np.int64]


class Standing:
    """Who stands on which work, and since when."""

    def __init__(self, store: Store, kind: EdgeKind) -> None:
        """``kind``: OWNS or CREATED."""
        works = [cast("Achievement", node) for node in store.scan(NodeKind.ACHIEVEMENT)]
        edges = [cast("Edge", edge) for edge in store.scan(kind)]
        self.bm25 = Bm25({work.id: (work.title, work.abstract) for work in works})
        self.dates = np.array([ordinal(work.date) for work in works], np.int64)
        self.candidates = sorted({edge.source for edge in edges})
        rows = {one: row for row, one in enumerate(self.bm25.ids)}
        places = {one: row for row, one in enumerate(self.candidates)}
        self.work = np.array([rows[edge.target] for edge in edges], np.int64)
        self.candidate = np.array([places[edge.source] for edge in edges], np.int64)
        self.since = np.maximum(self.dates[self.work], np.array([ordinal(edge.date) for edge in edges], np.int64))

    def rankings(self, text: str, as_of: str, *, without: str = "") -> dict[str, Ranking]:
        """By the name of a baseline, the scores of the candidates with a work that is dated up to ``as_of``; ``without``: the id of
        a work that is no evidence."""
        rows, shapes = self.values(text, as_of, without=without)
        return {name: self.named(rows, values) for name, values in shapes.items()}

    def values(self, text: str, as_of: str, *, without: str = "") -> tuple[Rows, dict[str, Floats]]:
        """``rankings`` as arrays: the rows of the candidates with such a work, and by name the scores of all ``candidates``."""
        rows, shapes = self.pooled(self.bm25.scores(text), as_of, without=without)
        return rows, {f"BM25, {name}": values for name, values in shapes.items()}

    def pooled(self, scores: Floats, as_of: str, *, without: str = "") -> tuple[Rows, dict[str, Floats]]:
        """``values`` by any ``scores`` of the works, in the order of ``bm25.ids``; by the name of the shape."""
        seen = self.since <= ordinal(as_of)
        if without:
            seen &= self.work != self.bm25.ids.index(without)
        candidate = self.candidate[seen]
        rows = np.flatnonzero(np.bincount(candidate, minlength=len(self.candidates)))
        return rows, best_works(scores[self.work[seen]], candidate, len(self.candidates))

    def named(self, rows: Rows, values: Floats) -> Ranking:
        """The ``values`` of the candidates in these ``rows``, by id."""
        return {self.candidates[row]: float(values[row]) for row in rows.tolist()}

    def match(self, text: str, as_of: str) -> npt.NDArray[np.float64]:
        """The BM25 score of every work dated up to ``as_of`` over that of the best of these, in [0, 1] and in the order of
        ``bm25.ids``; 0 for a later work, and where none shares a word with ``text``."""
        scores = np.where(self.dates <= ordinal(as_of), self.bm25.scores(text), 0.0)
        return scores / (scores.max(initial=0.0) or 1.0)

    def works(self, as_of: str) -> dict[str, int]:
        """How many works up to ``as_of`` each candidate has that has any."""
        counts = np.bincount(self.candidate[self.since <= ordinal(as_of)], minlength=len(self.candidates))
        return {self.candidates[row]: int(counts[row]) for row in np.flatnonzero(counts).tolist()}


class Sizes:
    """Whether size alone brings anybody forward: the size of those that come first, that were taken, and of all."""

    def __init__(self, what: str = "earlier works") -> None:
        """``what`` size is measured by."""
        self._what = what
        self._found: dict[str, list[float]] = {"the first ten": [], "those taken": [], "all": []}

    def add(self, sizes: Mapping[str, float], first: Iterable[str], taken: Iterable[str]) -> None:
        """Count one question's; ``sizes``: of each candidate by then."""
        for name, some in zip(self._found, (first, taken, sizes), strict=True):
            self._found[name] += [sizes[one] for one in some if one in sizes]

    def told(self) -> tuple[str, ...]:
        """The quartiles in a sentence; nothing where nothing was counted."""
        if not all(self._found.values()):
            return ()
        quartiles = {name: np.percentile(found, (25, 50, 75)) for name, found in self._found.items()}
        parts = (f"{name} {', '.join(f'{round(value, 2):g}' for value in values)}" for name, values in quartiles.items())
        return (f"{self._what} of a candidate (quartiles): {'; '.join(parts)}",)
