"""The meaning signal: cosines of a query's vectors with the passages of texts.

In: a ``Query`` and a ``Segment``. Out: for recall, about the signal of every text, from codes of 8 bits, with a bound on the error; for
order and points, the exact signal of a few texts in float64. Next: ``matcher.rank.recall``, which hands the exact signal on to
``matcher.rank.pipeline``; ``matcher.index.calibration`` sets the bars of credibility by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.columns.tables import Rows
from matcher.embedding.quantise import cosines
from matcher.embedding.vectors import Vectors
from matcher.signals.query import Floats, Query
from matcher.signals.segment import Segment

_BLOCK = 256
"""Texts computed at a time: their float64 rows stay in a core's cache, which takes a third of the time of all at once."""


def approximate_meaning(query: Query, segment: Segment) -> tuple[npt.NDArray[np.float32], float]:
    """About the meaning signal of every text of a segment, zero for a text without a passage; and the most that any of them
    differs from ``exact_meaning``."""
    out, slack = _approximate(query, segment)
    other = np.flatnonzero(segment.languages != query.language)
    if not len(other):
        return out, slack
    if query.gloss:
        glossed, lost = _approximate(query.gloss, segment)
        out[other] = (out[other] + glossed[other]) / 2
        slack = max(slack, lost)
    out[other] = np.minimum(out[other] * np.float32(query.across), np.float32(1.0))
    return out, slack * max(1.0, query.across)


def exact_meaning(query: Query, segment: Segment, texts: Rows) -> Floats:
    """The meaning signal of some texts in float64: the same numbers whatever else is asked or stored.

    A cosine is that of the model, or the mean of both models' where both read the two texts.
    The mean of three: the best cosine of a window, the best of a sentence, the mean of the best three sentences. Each is taken
    over the text's passages; where the question has no sentences (or fewer than three) the best window stands in. Zero for a
    text without a passage. Of a text in the other language it is the mean of that of the question and that of its gloss, times
    ``query.across``, up to 1.
    """
    out = _exact(query, segment, texts)
    other = np.flatnonzero(segment.languages[texts] != query.language)
    if len(other):
        if query.gloss:
            out[other] = (out[other] + _exact(query.gloss, segment, texts[other])) / 2
        out[other] = np.minimum(out[other] * query.across, 1.0)
    return out


def exact(query: Query, segments: Sequence[Segment], texts: Rows) -> Floats:
    """``exact_meaning`` of some texts of several segments, whose rows are numbered through them one after the other."""
    out = np.zeros(len(texts))
    start = 0
    for segment in segments:
        here = np.flatnonzero((texts >= start) & (texts < start + len(segment.ids)))
        out[here] = exact_meaning(query, segment, texts[here] - start)
        start += len(segment.ids)
    return out


def _approximate(query: Query, segment: Segment) -> tuple[npt.NDArray[np.float32], float]:
    """About the mean of three of every text of a segment as it is asked, and the bound on its error."""
    out = np.zeros(len(segment.ids), np.float32)
    if not len(query.vectors) or not len(segment.vectors):
        return out, 0.0
    found, slack = cosines(segment.quantised, query.vectors)
    if query.english and segment.english:
        english, lost = cosines(segment.english.quantised, query.english.vectors)
        average(found, english, query.english.rows, segment.english.rows)
        slack = max(slack, (slack + lost) / 2)
    texts, first = segment.spoken
    out[texts] = mean_of_three(np.maximum.reduceat(found, first, axis=1), query.windows)
    return out, slack


def _exact(query: Query, segment: Segment, texts: Rows) -> Floats:
    """The mean of three of some texts as it is asked."""
    out = np.zeros(len(texts))
    if not len(query.vectors):
        return out
    for start in range(0, len(texts), _BLOCK):
        part = texts[start : start + _BLOCK].astype(segment.owner.dtype)
        first, last = np.searchsorted(segment.owner, part), np.searchsorted(segment.owner, part, side="right")
        spoken = np.flatnonzero(last > first)
        sizes = (last - first)[spoken]
        begin = np.cumsum(sizes) - sizes
        rows = np.repeat(first[spoken] - begin, sizes) + np.arange(sizes.sum())
        if len(rows):
            found = _products(segment.vectors[rows], query.vectors)
            if query.english and segment.english:
                places = np.minimum(np.searchsorted(segment.english.rows, rows), len(segment.english.rows) - 1)
                read = np.flatnonzero(segment.english.rows[places] == rows)
                english = _products(segment.english.vectors[places[read]], query.english.vectors)
                average(found, english, query.english.rows, read)
            out[start + spoken] = mean_of_three(np.maximum.reduceat(found, begin, axis=1), query.windows)
    return out


def _products(passages: Vectors, queries: Vectors) -> Floats:
    """The product of each query with each passage in float64, each by itself: what else is computed does not move it."""
    rows = passages.astype(np.float64)
    return np.stack([(rows * query.astype(np.float64)).sum(axis=1) for query in queries])


def average(found: npt.NDArray[Any], english: npt.NDArray[Any], asked: Rows, said: Rows) -> None:
    """Put into ``found``, the first model's cosines, the mean of both models' where both read both texts: at the rows ``asked``
    and the columns ``said``."""
    columns = slice(None) if len(said) == found.shape[1] else said
    for row, cosines_of_one in zip(asked, english, strict=True):
        found[row, columns] = (found[row, columns] + cosines_of_one) / 2


def mean_of_three(best: npt.NDArray[Any], windows: int) -> npt.NDArray[Any]:
    """See ``exact_meaning``; ``best`` has a row a vector that is asked (the windows first) and a column a text."""
    window = best[:windows].max(axis=0)
    sentences = len(best) - windows
    sentence = best[windows:].max(axis=0) if sentences else window
    three = np.sort(best[windows:], axis=0)[-3:].mean(axis=0) if sentences >= 3 else window
    return np.asarray(np.maximum(0.0, (window + sentence + three) / 3))
