"""What the asker believes of candidates, as terms of their scores.

In: a question, what recall found of its texts, and a snapshot. Out: ``Beliefs``: with whom the asker has a history, the points of the terms
of trust for every node at once, and, for a candidate that will be shown, the terms with their ledger and the opinion. Next:
``matcher.rank.recall`` lets in whom the asker has dealt with, ``matcher.rank.pipeline`` adds the points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matcher.columns.evidence import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Opinion, Question, Term
from matcher.rank.topic import Closeness, Topic
from matcher.score import Weights
from matcher.trust import fusion
from matcher.trust.ledger import Ledger
from matcher.trust.opinion import opinion_of
from matcher.trust.terms import TOPIC, TrustTerm


@dataclass(frozen=True)
class Beliefs:
    """Of a question without an asker every term is zero, and no trust is computed. ``closeness``: of text rows to the question;
    ``hearings`` (by asker): voices of an earlier revision to be held."""

    question: Question
    snapshot: Snapshot
    weights: Weights
    closeness: Closeness
    hearings: Mapping[str, fusion.Hearing] | None = None

    @cached_property
    def asker(self) -> int:
        """The node row of the asker; -1 for nobody."""
        return self.snapshot.row(self.question.asker) if self.question.asker else -1

    @cached_property
    def history(self) -> npt.NDArray[np.bool_]:
        """By node row, with whom the asker itself has any history."""
        return self._trusted.dealt_with(self.asker) if self.asker >= 0 else np.zeros(len(self.snapshot.nodes), bool)

    @cached_property
    def everyone(self) -> dict[str, Rows]:
        """By the name of a term its points about every node: each of shape (nodes,)."""
        return {term.name: self._points(term) for term in self._terms}

    def of(self, row: int) -> tuple[tuple[Term, ...], Opinion]:
        """The terms of a candidate with their ledger, and the opinion of it."""
        wanted = self._terms
        if self.asker < 0:
            return tuple(Term(name=term.name, points=0) for term in wanted), opinion_of(0.0, 0.0, (), self.weights.trust_settings)
        ledger = Ledger(self._trusted)
        found = {term.name: term for term in ledger.terms(self.asker, row, [term for term in wanted if term.name != TOPIC])}
        terms = tuple(found[term.name] if term.name != TOPIC else self._topic.term(row) for term in wanted)
        return terms, ledger.opinion(self.asker, row)

    def _points(self, term: TrustTerm) -> Rows:
        if self.asker >= 0 and term.name == TOPIC:
            return self._topic.everyone()
        if self.asker < 0:
            return np.zeros(len(self.snapshot.nodes), np.int64)
        return term.all_points(*self._trusted.everyone(self.asker, term.ways))

    @cached_property
    def _terms(self) -> tuple[TrustTerm, ...]:
        """The terms as they count for the asker."""
        terms = self.weights.trust_terms
        return tuple(term.counted(self._trusted.hearing(self.asker)) for term in terms) if self.asker >= 0 else terms

    @cached_property
    def _trusted(self) -> fusion.TrustOn:
        return self.snapshot.trust(self.weights.trust_settings, self.question.viewer).on(self.question.as_of, self.hearings)

    @cached_property
    def _topic(self) -> Topic:
        """Kept, since it looks at all that the asker's cooperations used, whoever is asked about."""
        term = next(one for one in self._terms if one.name == TOPIC)
        return Topic(self.question, self.snapshot, self._trusted, self.closeness, self.asker, term)
