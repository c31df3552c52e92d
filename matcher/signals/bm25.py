"""BM25: its formula, its idf and its saturation.

In: the weighted terms of a query and postings. Out: a score a text, and the same saturated in [0, 1). Next: ``matcher.signals.words``;
``matcher.signals.scale`` takes the idf.

    BM25(q, d) = sum_t  n_t * idf_t * tf / (tf + K1 * (1 - B + B * |d| / mean))      idf_t = ln(1 + (N - df + .5) / (df + .5))
    saturated  = s / (s + a * S^p)      s: BM25 of q and d; S: what no text can exceed (every tf infinite); a, p: ``matcher.score.Weights``

(Robertson & Zaragoza, *The Probabilistic Relevance Framework*, 2009, eq. 3.15, without the constant factor K1 + 1; idf as in
Lucene, never negative.) N, df and the mean length come from the Scale, so a text's score does not move with its neighbours.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matcher.score import DEFAULT, Weights
from matcher.signals.postings import Postings

K1 = 1.5
B = 0.9
AT_ONCE = 1 << 14
"""Postings up to which all terms are summed at once, which is quicker for a few texts; either way adds in the same order."""

Floats = npt.NDArray[np.float64]


def idf(df: int, n: int) -> float:
    """Robertson's inverse document frequency as Lucene has it: ln(1 + (n - df + .5) / (df + .5)), for df <= n above zero."""
    return float(np.log1p((n - df + 0.5) / (df + 0.5)))


def bm25(postings: Postings, hashes: npt.NDArray[np.uint64], weights: Floats, mean_length: float | Floats) -> Floats:
    """The BM25 score of every text of ``postings``, in float64, summed in the order of the terms. ``hashes``: the terms asked for;
    ``weights``: n_t * idf_t of each; ``mean_length``: in terms, of the texts that are looked for, one or by text."""
    norm = K1 * (1 - B + B * postings.lengths / mean_length)
    columns = postings.columns(hashes)
    held, of_held = columns[columns >= 0], weights[columns >= 0]
    first, sizes = postings.start[held], postings.start[held + 1] - postings.start[held]
    if sizes.sum() > AT_ONCE:
        out = np.zeros(len(postings.lengths))
        for begin, size, weight in zip(first.tolist(), sizes.tolist(), of_held.tolist(), strict=True):
            rows, counts = postings.rows[begin : begin + size], postings.counts[begin : begin + size]
            out[rows] += weight * counts / (counts + norm[rows])
        return out
    spans = np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    rows, counts = postings.rows[spans], postings.counts[spans]
    each = np.repeat(of_held, sizes) * counts / (counts + norm[rows])
    return np.bincount(rows, each, len(postings.lengths)).astype(np.float64)


def saturate(scores: Floats, attainable: float, weights: Weights = DEFAULT) -> Floats:
    """The words signal, in [0, 1), of BM25 ``scores`` for a question whose attainable score is ``attainable`` (see ``matcher.score``)."""
    return scores / (scores + weights.saturation * attainable**weights.attainable) if attainable > 0 else np.zeros_like(scores)
