"""Every candidate of a question with every work that it may see, none left out by recall.

In: a question of partners, its ``Query``, and a snapshot. Out: ``Everyone``: the signals of all texts, and who stands on which. Next:
``leads.suggest.find`` takes the best of them. A question that a person asks looks at what recall reaches (``matcher.rank.recall``), which is
quicker and enough to list a few; here what is found for one candidate depends on no other, so that it can be kept while others change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.dates import ordinal
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Question
from matcher.rank.copies import works_of
from matcher.rank.filters import Bools
from matcher.rank.house import House
from matcher.rank.pipeline import bars_of, points_by_text
from matcher.rank.recall import Aside, Recalled, Signals, visible
from matcher.rank.standing import factors
from matcher.score import DEFAULT, Weights
from matcher.signals.query import Floats, Query


@dataclass(frozen=True)
class Everyone:
    """``signals`` of every text for a question. ``candidate``, ``text``, ``edge`` and ``factor``: parallel arrays of who stands on which text,
    by which edge (-1: it is their own profile), and what it counts."""

    question: Question
    query: Query
    snapshot: Snapshot
    weights: Weights
    signals: Signals
    candidate: Rows
    text: Rows
    edge: Rows
    factor: Floats
    house: House

    @classmethod
    def of(cls, question: Question, query: Query, snapshot: Snapshot, weights: Weights = DEFAULT) -> Everyone:
        """Of a question of partners that sets no filter, among the texts of a snapshot."""
        signals = Signals.of(question, query, snapshot, weights)
        today = ordinal(question.as_of)
        house = House(question, snapshot, today)
        _seen, links, _aside = visible(question, snapshot, house, np.zeros(len(snapshot.nodes), bool), today)
        factor = factors(question, links.text, links.edge, snapshot, weights)
        return cls(question, query, snapshot, weights, signals, links.candidate, links.text, links.edge, factor, house)

    def credible(self, texts: Rows, asked: str) -> Bools:
        """Which of some text rows answer credibly, if these are the words of the question."""
        each, at = np.unique(texts, return_inverse=True)
        return self.signals.close(each, bars_of(self.snapshot, asked)[each])[at]

    def points(self, candidates: Rows) -> dict[str, int]:
        """The points of the terms of text of some candidates (node rows), by id, as an answer has them."""
        chosen = np.unique(candidates)
        mine = np.zeros(len(self.snapshot.nodes), bool)
        mine[chosen] = True
        at = np.flatnonzero(mine[self.candidate])
        candidate, text, edge = self.candidate[at], self.text[at], self.edge[at]
        work = works_of(self.snapshot.texts.shared_marks, text, candidate)
        recalled = Recalled(self.signals, chosen, candidate, text, edge, work, self.house, Aside())
        return points_by_text(self.question, self.query, recalled, self.snapshot, self.weights)
