"""The baselines that the product is measured against in the same run: a random order, BM25 with its usual constants, and plain cosines, of
texts or of candidates by their works.

In: questions and documents as titles and texts; for candidates, the scores of their works. Out: scores by id. Next:
``matcher.evaluate.match``, ``matcher.evaluate.experts`` and ``matcher.evaluate.partners`` make rows of them, the last two by
``matcher.evaluate.standing``.

Written plainly and apart from the product's own code (but for its list of function words, its passages and its models), so that one can be
wrong without the other.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from graph.model import Node
from graph.store import Store
from matcher.embedding.embedder import Embedder
from matcher.embedding.vectors import Embedded, Vectors
from matcher.text.passages import question_passages, text_of
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


class PlainCosines:
    """Cosines of unit means of passages, as the models give them: not centred, no sentences. Of two English texts it is the mean of both
    models' cosines, where there are two."""

    def __init__(self, store: Store, works: Sequence[str], embedder: Embedder) -> None:
        """``works``: the ids of those to be scored, in that order."""
        self._embedder = embedder
        nodes = store.get(works)
        texts = [text_of(cast("Node", nodes[one])) for one in works]
        passages = [text.passages if text else [] for text in texts]
        owner = np.repeat(np.arange(len(works)), [len(each) for each in passages])
        self._multilingual, self._english = unit_means(embedder.passages([one for each in passages for one in each]), owner, len(works))

    def scores(self, title: str, text: str) -> Floats:
        """The cosine of a question with every work, in [-1, 1]; 0 with a work without a text."""
        asked = self._embedder.query(question_passages(title, text)[0])
        (multilingual,), english = unit_means(asked, np.zeros(len(asked), np.int64), 1)
        found = np.asarray(self._multilingual @ multilingual, np.float64)
        if english.any() and self._english.any():
            read = self._english.any(axis=1)
            found[read] = (found[read] + self._english[read] @ english[0]) / 2
        return found


def unit_means(embedded: Embedded, owner: npt.NDArray[np.int64], count: int) -> tuple[Floats, Floats]:
    """The mean of each owner's vectors by either model, made unit, shape (count, dimension); zeros where a model read nothing of it.
    ``owner``: of each vector, from 0 to ``count`` - 1."""

    def mean(vectors: Vectors, of: npt.NDArray[np.int64]) -> Floats:
        sums = np.zeros((count, vectors.shape[1]))
        np.add.at(sums, of, vectors.astype(np.float64))
        return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), np.float64)

    return mean(embedded.vectors, owner), mean(embedded.english, owner[embedded.rows])
