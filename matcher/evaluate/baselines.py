"""The baselines that the product is measured against in the same run: a random order, and BM25 with its usual constants, of texts or of
candidates by their works.

In: questions and documents as titles and texts; for candidates, the scores of their works. Out: scores by id. Next:
``matcher.evaluate.match``, ``matcher.evaluate.experts`` and ``matcher.evaluate.partners`` make rows of them, the last two by
``matcher.evaluate.standing``.

Written plainly and apart from the product's own code (but for its list of function words), so that one can be wrong without the other.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from matcher.text.terms import FUNCTION_WORDS

Texts = Mapping[str, tuple[str, str]]
Floats = npt.NDArray[np.float64]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")


def plain_terms(text: str) -> list[str]:
    """Words as they stand, case-folded and without function words, and bigrams of CJK runs: no stems, no single characters."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if run[0] >= "\u3040":
            found.extend([run[at : at + 2] for at in range(len(run) - 1)] or [run])
        elif run not in FUNCTION_WORDS:
            found.append(run)
    return found


def random_scores(asked: Texts, documents: Texts) -> dict[str, dict[str, float]]:
    """A score in [0, 1) for every pair, by hash: the same in every run."""

    def score(question: str, document: str) -> float:
        return int.from_bytes(hashlib.blake2b(f"{question}\x1f{document}".encode(), digest_size=6).digest(), "big") / 2**48

    return {question: {document: score(question, document) for document in documents} for question in asked}


class Bm25:
    """Okapi BM25 over words and CJK bigrams of title and text, k1 = 1.2, b = .75, function words kept out as everywhere."""

    def __init__(self, documents: Texts, k1: float = 1.2, b: float = 0.75) -> None:
        self.ids = list(documents)
        held: dict[str, tuple[array[int], array[float]]] = defaultdict(lambda: (array("i"), array("d")))
        lengths = array("d")
        for row, (title, text) in enumerate(documents.values()):
            counts = Counter(plain_terms(f"{title}\n{text}"))
            lengths.append(counts.total())
            for term, n in counts.items():
                rows, times = held[term]
                rows.append(row)
                times.append(n)
        norms = k1 * (1 - b + b * np.asarray(lengths) / ((np.mean(lengths) if lengths else 0.0) or 1.0))
        self.postings: dict[str, tuple[npt.NDArray[np.int32], Floats]] = {}
        """Term -> rows of the texts that hold it, and what each holding adds."""
        for term, (rows, times) in held.items():
            at, count = np.asarray(rows, np.int32), np.asarray(times)
            idf = math.log1p((len(self.ids) - len(at) + 0.5) / (len(at) + 0.5))
            self.postings[term] = at, idf * count / (count + norms[at])

    def scores(self, text: str) -> Floats:
        """The score of every document, in the order of ``ids``."""
        out = np.zeros(len(self.ids))
        for term, n in Counter(plain_terms(text)).items():
            if term in self.postings:
                rows, added = self.postings[term]
                out[rows] += n * added
        return out

    def rank(self, text: str) -> dict[str, float]:
        """The score of every document that shares a term with ``text``."""
        scores = self.scores(text)
        return {self.ids[row]: float(scores[row]) for row in np.flatnonzero(scores)}

    def rank_all(self, asked: Texts) -> dict[str, dict[str, float]]:
        """``rank`` for every question, its title and text together."""
        return {question: self.rank(f"{title}\n{text}") for question, (title, text) in asked.items()}


def best_works(scores: Floats, candidate: npt.NDArray[np.int64], among: int) -> dict[str, Floats]:
    """What candidates come to by the scores of their works, three ways: the best work, the mean of the best three (of those there
    are), and the best and half of that mean. Parallel arrays of works and of whose they are (0 to ``among`` - 1)."""
    order = np.lexsort((-scores, candidate))
    scores, candidate = scores[order], candidate[order]
    starts = np.flatnonzero(np.diff(candidate, prepend=-1))
    place = np.arange(len(candidate)) - np.repeat(starts, np.diff(starts, append=len(candidate)))
    best = np.zeros(among)
    best[candidate[starts]] = scores[starts]
    three = place < 3
    sums = np.bincount(candidate[three], scores[three], among)
    mean = sums / np.maximum(1, np.bincount(candidate[three], minlength=among))
    return {"best work": best, "mean of three": mean, "best + half": best + mean / 2}
