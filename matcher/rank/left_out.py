"""What a question left out and counts: its own house, closed demands, works priced in another currency.

In: pairs of a candidate and a text that was left out, and the signals of recall. Out: ``LeftOut``, numbers. Next: ``matcher.rank.pipeline``
puts them into the answer. Only what the viewer may see is among the pairs.

Counted is who would answer credibly: one of the texts fits as well as the bar of credibility asks (at all, where weak matches are listed or
candidates named), and the candidate passes the filters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import LeftOut, Question, Want
from matcher.rank.copies import works_of
from matcher.rank.filters import candidates_pass
from matcher.rank.recall import Pairs, Recalled
from matcher.score import fit
from matcher.signals.meaning import exact
from matcher.signals.query import Query


def counted(question: Question, query: Query, snapshot: Snapshot, recalled: Recalled, bar: float) -> LeftOut:
    """How many were left out for each reason: candidates of the own house, demands, works."""
    weak = question.include_weak or question.among is not None

    def credible(pairs: Pairs) -> Pairs:
        if not len(pairs.text):
            return pairs
        texts, at = np.unique(pairs.text, return_inverse=True)
        kept = np.flatnonzero(_fitting(query, snapshot, recalled, texts, 0.0 if weak else bar)[at])
        candidates, at = np.unique(pairs.candidate[kept], return_inverse=True)
        kept = kept[candidates_pass(question, snapshot, candidates, ordinal(question.as_of))[at]] if len(kept) else kept
        return pairs[kept]

    aside = recalled.aside
    house, closed, dear = (credible(pairs) for pairs in (aside.own_house, aside.closed, aside.other_currency))
    return LeftOut(
        own_house=len(_listed(question, snapshot, house)),
        closed=len(np.unique(closed.candidate)),
        other_currency=len(np.unique(works_of(snapshot.texts.shared_marks, np.unique(dear.text)))),
    )


def _fitting(query: Query, snapshot: Snapshot, recalled: Recalled, texts: Rows, bar: float) -> npt.NDArray[np.bool_]:
    """Which texts fit as well as ``bar``, or better than not at all. Computed exactly only where the approximate fit is near the bar."""
    words = recalled.words[texts]
    about = fit(recalled.meaning[texts].astype(np.float64), words)
    near = np.flatnonzero(np.abs(about - bar) <= 2 * recalled.slack)
    about[near] = fit(exact(query, snapshot.segments, texts[near]), words[near])
    return np.asarray((about >= bar) & (about > 0), bool)


def _listed(question: Question, snapshot: Snapshot, house: Pairs) -> Rows:
    """Who of the house would have had a line: a person of an institution that has one is named there."""
    found = np.unique(house.candidate)
    if question.want is Want.ACHIEVEMENTS:
        return np.unique(works_of(snapshot.texts.shared_marks, np.unique(house.text)))
    return found[~snapshot.employed(found, ordinal(question.as_of))] if question.want is Want.PARTNERS else found
