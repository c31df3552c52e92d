"""What candidates stand on: their best works, each counted once, and what these add up to.

In: entries of a candidate and a text with their values. Out: ``Standing`` by arrays, for all candidates at once; a ``Candidate`` with its
best works; for one that will be shown, every row of these. Next: ``matcher.rank.pipeline`` ranks by it, ``matcher.rank.display`` shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from graph.dates import ordinal
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Opinion, Question, Term
from matcher.rank.filters import Bools
from matcher.rank.recall import STANDING, Recalled
from matcher.score import Scored, Weights, aged
from matcher.signals.meaning import exact
from matcher.signals.query import Floats, Query

FEW = 16
"""Works of a candidate that are looked at exactly: the pool, what could step into it, and what may answer credibly beside it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """``works`` are its best, each by one row and still without the edges, and ``texts`` their text rows. ``key`` is what recall calls
    it: of an achievement any of its rows, where ``row`` is the one that stands for it."""

    row: int
    key: int
    texts: Sequence[int]
    works: tuple[Scored, ...]
    score: int
    text_points: int
    text_rank: int = 0
    beliefs: tuple[Term, ...] = ()
    opinion: Opinion = field(default_factory=Opinion)


class Standing:
    """Works of candidates, best first. ``group`` says, ascending, which of ``count`` candidates each entry is of; ``stands``, which entries
    count (``matcher.rank.copies``)."""

    def __init__(self, group: Rows, values: Floats, count: int, weights: Weights, stands: Bools | None = None) -> None:
        kept = np.arange(len(group)) if stands is None or stands.all() else np.flatnonzero(stands)
        group = group[kept]
        self.order = kept[np.lexsort((-values[kept], group))]
        self.start = np.searchsorted(group, np.arange(count + 1))
        place = np.arange(len(group)) - self.start[group]
        share = np.append(weights.pool, 0.0)[np.minimum(place, len(weights.pool))]
        self.pooled: Floats = np.bincount(group, share * values[self.order], count).astype(np.float64)
        """What the ``pool`` best of each candidate add up to."""
        self.least = np.full(count, -np.inf)
        """The value of the last of each candidate's FEW best."""
        self.least[group[place == FEW - 1]] = values[self.order[place == FEW - 1]]

    def best(self, candidate: int) -> Rows:
        """Which are the FEW best of a candidate."""
        return self.order[self.start[candidate] : self.start[candidate + 1]][:FEW]


def factors(question: Question, text: Rows, edge: Rows, snapshot: Snapshot, weights: Weights) -> Floats:
    """What each work counts. Age and speaking of oneself are discounted only where works stand for whoever did them."""
    if question.want not in STANDING:
        return np.ones(len(text))
    fresh = aged(snapshot.texts.columns["date"][text], ordinal(question.as_of), weights)
    return np.where(edge < 0, weights.profile * fresh, fresh)  # a profile has no date


def meanings(query: Query, snapshot: Snapshot, text: Rows) -> Floats:
    """The exact meaning of each text; one that several candidates stand on is computed once."""
    texts, at = np.unique(text, return_inverse=True)
    return np.asarray(exact(query, snapshot.segments, texts)[at])


def rows_of_works(candidate: Candidate, recalled: Recalled) -> Rows:
    """The text rows of all that list one of a candidate's best works, its own stand-ins among them, ascending."""
    span = slice(*np.searchsorted(recalled.candidate, (candidate.key, candidate.key + 1)))
    text, work = recalled.text[span], recalled.work[span]
    if not (text != work).any():
        return np.sort(np.array(candidate.texts, np.int64))
    return np.unique(text[np.isin(work, work[np.isin(text, candidate.texts)])])


def with_edges(
    candidate: Candidate, question: Question, query: Query, recalled: Recalled, snapshot: Snapshot, weights: Weights
) -> tuple[Scored, ...]:
    """The works of a candidate, and the further rows that list one of them, with the edges that tie each to it."""
    span = slice(*np.searchsorted(recalled.candidate, (candidate.key, candidate.key + 1)))
    edge, text = recalled.edge[span], recalled.text[span]
    works = dict(zip(candidate.texts, candidate.works, strict=True))
    lists_again = question.want in STANDING and bool((recalled.work[span] != text).any())
    rows = rows_of_works(candidate, recalled) if lists_again else np.empty(0, np.int64)
    if len(rows) > len(works):
        others = rows[~np.isin(rows, candidate.texts)]
        works |= dict(zip(others.tolist(), _scored(others, question, query, recalled, snapshot, weights), strict=True))
    marks = snapshot.texts.shared_marks if len(rows) > len(candidate.works) else None
    found = []
    for row, work in works.items():
        via = tuple(sorted(map(snapshot.edge_id, edge[(text == row) & (edge >= 0)].tolist())))
        own = tuple(marks.of(np.array([row]))[1].tolist()) if marks else ()
        found.append(msgspec.structs.replace(work, via=via, marks=own))
    return tuple(found)


def _scored(text: Rows, question: Question, query: Query, recalled: Recalled, snapshot: Snapshot, weights: Weights) -> list[Scored]:
    """Texts that are no profiles, with their exact signals."""
    field = meanings(query.feedback, snapshot, text) if query.feedback else np.zeros(len(text))
    factor = factors(question, text, np.zeros(len(text), np.int64), snapshot, weights)
    meaning = meanings(query, snapshot, text)
    signals = zip(
        snapshot.texts.ids[text].tolist(),
        *(each.tolist() for each in (meaning, recalled.signals.completed(text, meaning), factor, field)),
        strict=True,
    )
    return [Scored(id=one.decode("ascii"), meaning=m, words=w, factor=f, field=near_by) for one, m, w, f, near_by in signals]
