"""Every candidate of a question with every work that it may see, none left out by recall.

In: a question of partners, its ``Query``, and a snapshot. Out: ``Everyone``: the signals of all texts, and who stands on which. Next:
``leads.suggest.find`` takes the best of them. A question that a person asks looks at what recall reaches (``matcher.rank.recall``), which
is enough to list a few; here what is found for one candidate depends on no other, so that it can be kept while others change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.dates import ordinal
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Question
from matcher.rank.filters import Bools
from matcher.rank.house import House
from matcher.rank.recall import Signals, visible
from matcher.rank.standing import factors
from matcher.score import DEFAULT, Weights
from matcher.signals.query import Floats, Query


@dataclass(frozen=True)
class Everyone:
    """``signals`` of every text for a question. ``candidate``, ``text``, ``edge`` and ``factor``: parallel arrays of who stands on which
    text, by which edge (-1: it is their own profile), and what it counts."""

    query: Query
    snapshot: Snapshot
    signals: Signals
    candidate: Rows
    text: Rows
    edge: Rows
    factor: Floats

    @classmethod
    def of(cls, question: Question, query: Query, snapshot: Snapshot, weights: Weights = DEFAULT) -> Everyone:
        """Of a question of partners that sets no filter, among the texts of a snapshot."""
        signals = Signals.of(question, query, snapshot, weights)
        today = ordinal(question.as_of)
        house = House(question, snapshot, today)
        _seen, links, _aside = visible(question, snapshot, house, np.zeros(len(snapshot.nodes), bool), today)
        factor = factors(question, links.text, links.edge, snapshot, weights)
        return cls(query, snapshot, signals, links.candidate, links.text, links.edge, factor)

    def credible(self, texts: Rows, bars: tuple[float, float]) -> Bools:
        """Which of some text rows answer as closely as ``bars`` ask, by the language of the text."""
        each, at = np.unique(texts, return_inverse=True)
        return self.signals.close(each, np.array(bars)[self.snapshot.texts.languages[each]])[at]
