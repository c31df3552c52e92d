"""Meaning and words of every text for one question.

In: a prepared question (``Asked``) and segments of an index. Out: one number a text and signal, for recall; and the exact signals
of a few texts in float64, for points. Next: ``matcher.recall`` and ``matcher.score``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.embed import Embedder, Vectors
from matcher.scale import Scale
from matcher.score import DEFAULT, Weights
from matcher.text import question_passages
from matcher.words import K1, B, Postings, term_hash, terms

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Segment:
    """Texts with their passages. Row r of ``ids`` is text r; ``owner`` gives the text of each passage, ascending; ``vectors``
    are centred unit rows, shape (passages, dimension)."""

    ids: npt.NDArray[np.bytes_]
    owner: npt.NDArray[np.int32]
    vectors: Vectors
    postings: Postings


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made ready: centred unit vectors (its windows first, then its sentences) and weighted terms."""

    vectors: Vectors
    windows: int
    """How many of the vectors are windows."""
    hashes: npt.NDArray[np.uint64]
    weights: Floats
    """How often each term is asked for, times its inverse document frequency."""

    @property
    def attainable(self) -> float:
        """The BM25 score that no text can exceed."""
        return float(self.weights.sum())


def ask(title: str, text: str, scale: Scale, embedder: Embedder, weights: Weights = DEFAULT) -> Asked:
    """Make a question ready. Embeds what is not in the vector cache."""
    windows, sentences = question_passages(title, text)
    passages = [*windows, *sentences] if weights.sentences else windows
    vectors = scale.centred(embedder.query(passages), passages)
    counts: dict[str, float] = dict(Counter(terms(text)))
    for term in terms(title):
        counts[term] = counts.get(term, 0.0) + 1.0 + weights.title
    hashes = np.fromiter(map(term_hash, counts), np.uint64, len(counts))
    return Asked(vectors, len(windows), hashes, np.fromiter(counts.values(), np.float64, len(counts)) * scale.idf(hashes))


def meaning(asked: Asked, segment: Segment) -> npt.NDArray[np.float32]:
    """The meaning signal of every text of a segment, in float32; zero for a text without a passage.

    The mean of three: the best cosine of a window, the best of a sentence, the mean of the best three sentences. Each is taken
    over the text's passages; where the question has no sentences (or fewer than three) the best window stands in.
    """
    out = np.zeros(len(segment.ids), np.float32)
    if len(asked.vectors) and len(segment.vectors):
        first = np.flatnonzero(np.diff(segment.owner, prepend=-1))
        best = np.maximum.reduceat(segment.vectors @ asked.vectors.T, first, axis=0)
        out[segment.owner[first]] = _mean_of_three(best, asked.windows)
    return out


def exact_meaning(asked: Asked, segment: Segment, row: int) -> float:
    """The meaning signal of one text in float64: the same number whatever else is asked or stored."""
    first, last = np.searchsorted(segment.owner, np.array([row, row + 1], np.int32))
    passages = segment.vectors[first:last].astype(np.float64)
    if not len(passages) or not len(asked.vectors):
        return 0.0
    best = np.array([(passages * query.astype(np.float64)).sum(axis=1).max() for query in asked.vectors])
    return float(_mean_of_three(best[None, :], asked.windows)[0])


def _mean_of_three(best: npt.NDArray[Any], windows: int) -> npt.NDArray[Any]:
    window = best[:, :windows].max(axis=1)
    sentences = best.shape[1] - windows
    sentence = best[:, windows:].max(axis=1) if sentences else window
    three = np.sort(best[:, windows:], axis=1)[:, -3:].mean(axis=1) if sentences >= 3 else window
    return np.asarray(np.maximum(0.0, (window + sentence + three) / 3))


def bm25(asked: Asked, segment: Segment, scale: Scale) -> Floats:
    """The BM25 score of every text of a segment (see ``matcher.words``), in float64, summed in the order of the terms asked."""
    postings = segment.postings
    out = np.zeros(len(segment.ids))
    norm = K1 * (1 - B + B * postings.lengths / scale.mean_length)
    for column, weight in zip(postings.columns(asked.hashes), asked.weights, strict=True):
        if column >= 0:
            span = slice(*postings.start[column : column + 2])
            rows, counts = postings.rows[span], postings.counts[span]
            out[rows] += weight * counts / (counts + norm[rows])
    return out


def saturate(scores: Floats, attainable: float, weights: Weights = DEFAULT) -> Floats:
    """The words signal of BM25 ``scores``, as ``matcher.score.saturated`` has it."""
    return scores / (scores + weights.saturation * attainable**weights.attainable) if attainable > 0 else np.zeros_like(scores)
