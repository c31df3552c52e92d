"""Who worked with whom and on what, for the baselines: read plainly from a store, and apart from the product's snapshot.

In: a store with cooperations, their parties and the achievements they use. Out: for an asker and a day, values of every institution by
popularity, by dealings, and by the partners of partners; and the asker's partners so far. Next: ``matcher.evaluate.ties.baselines``
ranks by the values, ``matcher.evaluate.partners`` tells old ties from new ones.

A cooperation of n institutions is n(n - 1) dealings, one for each ordered pair, of weight 1/(n - 1) each; a weight halves with every four
years of its age. What is dated after the day does not exist. A day counts as past once its whole period is (``graph.dates``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.model import Achievement, Cooperation, Edge, EdgeKind, NodeKind
from graph.store import Store

HALFLIFE = 4 * 365.25
"""Days in which the weight of a dealing or a work halves."""

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Dealings:
    """The dealings of all institutions. Values are arrays parallel to ``institutions``."""

    def __init__(self, store: Store, texts: Sequence[str] = ()) -> None:
        """``texts``: ids of achievements; ``by_topic`` takes their matches in this order."""
        done = {node.id: ordinal(cast("Achievement", node).date) for node in store.scan(NodeKind.ACHIEVEMENT)}
        uses = {edge.source: edge.target for edge in _edges(store, EdgeKind.USES) if edge.target in done}
        done |= {node.id: ordinal(cast("Cooperation", node).started) for node in store.scan(NodeKind.COOPERATION)}
        parties: defaultdict[str, set[str]] = defaultdict(set)
        for edge in _edges(store, EdgeKind.PARTY_TO):
            parties[edge.target].add(edge.source)
        # the cooperation that uses a work, and the work: one work of the institution
        shares = {(edge.source, edge.target) for edge in _edges(store, EdgeKind.OWNS)}
        shares |= {(one, uses.get(cooperation, cooperation)) for cooperation, members in parties.items() for one in members}
        self.institutions = sorted({one for one, _work in shares})
        self.row = {one: row for row, one in enumerate(self.institutions)}
        listed = sorted(shares)
        self._who = np.array([self.row[one] for one, _work in listed], np.int64)
        self._done = np.array([done.get(work, 0) for _one, work in listed], np.int64)
        self._pairs(parties, done, {work: row for row, work in enumerate(texts)}, uses)

    def _pairs(self, parties: dict[str, set[str]], since: dict[str, int], texts: dict[str, int], uses: dict[str, str]) -> None:
        parts: list[tuple[Rows, Rows, int, int, int]] = []
        for cooperation in sorted(parties):
            members = np.array(sorted(self.row[one] for one in parties[cooperation]), np.int64)
            n = len(members)
            apart = ~np.eye(n, dtype=bool).ravel()
            text = texts.get(uses.get(cooperation, ""), -1)
            parts.append((np.repeat(members, n)[apart], np.tile(members, n)[apart], n, since[cooperation], text))
        lengths = [len(part[0]) for part in parts]
        source = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0, np.int64)
        order = np.argsort(source, kind="stable")
        self._target = np.concatenate([part[1] for part in parts])[order] if parts else source
        self._share = np.repeat([1.0 / max(1, part[2] - 1) for part in parts], lengths)[order]
        self._since = np.repeat(np.array([part[3] for part in parts], np.int64), lengths)[order]
        self._text = np.repeat(np.array([part[4] for part in parts], np.int64), lengths)[order]
        self._start = np.searchsorted(source[order], np.arange(len(self.institutions) + 1))
        self.topical = bool((self._text >= 0).any())
        """Whether any dealing has a text."""

    def partners(self, asker: str | None, as_of: str) -> frozenset[str]:
        """The institutions that ``asker`` had a dealing with up to a day."""
        rows, _ages = self._of([self.row.get(asker or "", -1)], as_of)
        return frozenset(self.institutions[row] for row in np.unique(self._target[rows]).tolist())

    def seen(self, as_of: str) -> npt.NDArray[np.bool_]:
        """Which institutions have any work up to a day."""
        return self._sum(self._who, self._done <= ordinal(as_of), np.ones(len(self._who))) > 0

    def popularity(self, as_of: str) -> Floats:
        """ln(1 + n), n the number of an institution's works up to a day, each halved with every four years of its age."""
        return np.log1p(self._sum(self._who, self._done <= ordinal(as_of), self._decayed(ordinal(as_of) - self._done)))

    def decayed(self, asker: str | None, as_of: str, match: Floats | None = None) -> Floats:
        """The sum of the weights of the dealings of ``asker`` with each institution. With ``match``, in [0, 1] and parallel to
        ``texts``, each weight is multiplied by the match of the achievement it is about, and counts 0 if it is about none."""
        rows, ages = self._of([self.row.get(asker or "", -1)], as_of)
        weights = self._share[rows] * self._decayed(ages)
        if match is not None:
            weights *= np.append(match, 0.0)[self._text[rows]]
        return np.bincount(self._target[rows], weights, len(self.institutions)).astype(np.float64)

    def partners_of_partners(self, asker: str | None, as_of: str) -> Floats:
        """For each institution q other than the asker a: the sum over partners p of w(a, p) * w(p, q) / W(p).

        w is ``decayed``, and W(p) the sum of w(p, .) over the partners of p: so a partner hands on its own weight, shared out over
        whom it works with, and one with many partners says no more than one with few.
        """
        own = self.decayed(asker, as_of)
        known = np.flatnonzero(own)
        rows, ages = self._of(known.tolist(), as_of)
        source = np.searchsorted(self._start, rows, "right") - 1
        weights = self._share[rows] * self._decayed(ages)
        total = np.bincount(source, weights, len(self.institutions))
        found = np.bincount(self._target[rows], own[source] * weights / total[source], len(self.institutions)).astype(np.float64)
        if asker in self.row:
            found[self.row[asker]] = 0.0
        return found

    def _of(self, sources: Iterable[int], as_of: str) -> tuple[Rows, Rows]:
        """The rows of the dealings that ``sources`` had up to a day, and how many days old each is."""
        spans = [np.arange(self._start[one], self._start[one + 1]) for one in sources if one >= 0]
        rows = np.concatenate(spans) if spans else np.zeros(0, np.int64)
        ages = ordinal(as_of) - self._since[rows]
        return rows[ages >= 0], ages[ages >= 0]

    def _decayed(self, ages: Rows) -> Floats:
        return np.asarray(2.0 ** (-ages / HALFLIFE), np.float64)

    def _sum(self, rows: Rows, seen: npt.NDArray[np.bool_], values: Floats) -> Floats:
        return np.bincount(rows[seen], values[seen], len(self.institutions)).astype(np.float64)


def _edges(store: Store, kind: EdgeKind) -> list[Edge]:
    return [cast("Edge", edge) for edge in store.scan(kind)]
