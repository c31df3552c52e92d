"""The words signal: saturated BM25 of a query as asked or as translated, and what a text of the other language would have shared beyond.

In: a ``Query`` and a ``Segment``. Out: numbers in [0, 1) a text. Next: ``matcher.rank.recall``; ``matcher.index.calibration`` sets the
bars of credibility by it.
"""

from __future__ import annotations

import numpy as np

from matcher.score import DEFAULT, Weights
from matcher.signals.bm25 import bm25, saturate
from matcher.signals.query import Floats, Query
from matcher.signals.segment import Segment


def words(query: Query, segment: Segment, mean_length: float | Floats, weights: Weights = DEFAULT) -> Floats:
    """What every text of a segment shares, in [0, 1) and in float64: with the question as it is asked or as it is translated, whichever
    is more. Both are measured against the larger of the two attainable scores: what the dictionary could not translate counts as asked
    for all the same (else a question of which one word is left would find all it wants in a text that holds it), and a question whose
    translation has more terms than itself asks as much of a text in its own language."""
    readings = [bm25(segment.postings, terms.hashes, terms.weights, mean_length) for terms in query.terms]
    most = np.max(readings, axis=0) if readings else np.zeros(len(segment.ids))
    return saturate(most, max((terms.attainable for terms in query.terms), default=0.0), weights)


def rate(query: Query, segment: Segment) -> Floats:
    """What every text is taken to share beyond its words for each unit of its meaning: nothing in the question's own language, and
    ``query.unsaid`` in the other, for a dictionary finds less than a writer says."""
    return np.where(segment.languages == query.language, 0.0, query.unsaid)


def completed(shared: Floats, rates: Floats, meaning: Floats) -> Floats:
    """The words signal of texts with what they are taken to share beyond ``shared``; element by element, at most 1."""
    return np.minimum(1.0, shared + rates * meaning)
