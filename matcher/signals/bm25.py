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

Floats = npt.NDArray[np.float64]


def idf(df: int, n: int) -> float:
    """Robertson's inverse document frequency as Lucene has it: ln(1 + (n - df + .5) / (df + .5)), for df <= n above zero."""
    return float(np.log1p((n - df + 0.5) / (df + 0.5)))


def bm25(postings: Postings, hashes: npt.NDArray[np.uint64], weights: Floats, mean_length: float | Floats) -> Floats:
    """The BM25 score of every text of ``postings``, in float64, summed in the order of the terms. ``hashes``: the terms asked for;
    ``weights``: n_t * idf_t of each; ``mean_length``: in terms, of the texts that are looked for, one or by text."""
    out = np.zeros(len(postings.lengths))
    norm = K1 * (1 - B + B * postings.lengths / mean_length)
    columns = postings.columns(hashes)
    for at in np.flatnonzero(columns >= 0).tolist():
        span = slice(*postings.start[columns[at] : columns[at] + 2])
        rows, counts = postings.rows[span], postings.counts[span]
        out[rows] += weights[at] * counts / (counts + norm[rows])
    return out


def saturate(scores: Floats, attainable: float, weights: Weights = DEFAULT) -> Floats:
    """The words signal, in [0, 1), of BM25 ``scores`` for a question whose attainable score is ``attainable`` (see ``matcher.score``)."""
    return scores / (scores + weights.saturation * attainable**weights.attainable) if attainable > 0 else np.zeros_like(scores)
