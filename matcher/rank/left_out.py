"""What a question left out and counts: its own house, closed demands, works priced in another currency, candidates of other ties.

In: pairs of a candidate and a text that was left out, and the signals of recall. Out: ``LeftOut``, numbers. Next: ``matcher.rank.pipeline``
puts them into the answer. Only what the viewer may see is among the pairs.

Counted is who would answer credibly: one of the texts is as close as the bar of credibility asks (at all, where weak matches are listed or
candidates named), and the candidate passes the filters.
"""

from __future__ import annotations

import numpy as np

from graph.dates import ordinal
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import LeftOut, Question, Want
from matcher.rank.copies import works_of
from matcher.rank.filters import candidates_pass
from matcher.rank.recall import Pairs, Recalled
from matcher.signals.query import Floats


def counted(question: Question, snapshot: Snapshot, recalled: Recalled, bars: Floats) -> LeftOut:
    """How many were left out for each reason: candidates, demands, works. ``bars``: by text row."""
    weak = question.include_weak or question.among is not None

    def credible(pairs: Pairs) -> Pairs:
        if not len(pairs.text):
            return pairs
        texts, at = np.unique(pairs.text, return_inverse=True)
        kept = np.flatnonzero(recalled.signals.close(texts, np.zeros(len(texts)) if weak else bars[texts])[at])
        candidates, at = np.unique(pairs.candidate[kept], return_inverse=True)
        kept = kept[candidates_pass(question, snapshot, candidates, ordinal(question.as_of))[at]] if len(kept) else kept
        return pairs[kept]

    aside = recalled.aside
    house, closed, dear, ties = (credible(pairs) for pairs in (aside.own_house, aside.closed, aside.other_currency, aside.other_ties))
    return LeftOut(
        own_house=len(_listed(question, snapshot, house)),
        closed=len(np.unique(closed.text)),
        other_currency=len(np.unique(works_of(snapshot.texts.shared_marks, np.unique(dear.text)))),
        other_ties=len(_listed(question, snapshot, ties)),
    )


def _listed(question: Question, snapshot: Snapshot, left: Pairs) -> Rows:
    """Who of those left out would have had a line: a person of an institution that has one is named there."""
    found = np.unique(left.candidate)
    if question.want is Want.ACHIEVEMENTS:
        return np.unique(works_of(snapshot.texts.shared_marks, np.unique(left.text)))
    return found[~snapshot.employed(found, ordinal(question.as_of))] if question.want is Want.PARTNERS else found
