"""The words signal: saturated BM25 of a query as asked or as translated, whichever shares more with a text.

In: a ``Query`` and a ``Segment``. Out: a number in [0, 1) a text. Next: ``matcher.rank.recall``; ``matcher.index.calibration`` sets the
bars of credibility by it.
"""

from __future__ import annotations

import numpy as np

from matcher.score import DEFAULT, Weights
from matcher.signals.bm25 import bm25, saturate
from matcher.signals.query import Floats, Query
from matcher.signals.segment import Segment


def words(query: Query, segment: Segment, mean_length: float, weights: Weights = DEFAULT) -> Floats:
    """The words signal of every text of a segment, in [0, 1) and in float64: of the question as it is asked or as it is
    translated, whichever shares more with the text. What the dictionary could not translate counts as asked for all the same:
    else a question of which one word is left would find all it wants in a text that holds it."""
    out = np.zeros(len(segment.ids))
    attainable = 0.0
    for terms in query.terms:
        attainable = max(attainable, terms.attainable)
        out = np.maximum(out, saturate(bm25(segment.postings, terms.hashes, terms.weights, mean_length), attainable, weights))
    return out
