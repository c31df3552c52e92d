"""What the product is measured against in the same run: a random order, and BM25 with its usual constants.

Written plainly and apart from the product's own code, so that one can be wrong without the other.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Mapping

from matcher.words import terms

Texts = Mapping[str, tuple[str, str]]


def random_scores(asked: Texts, documents: Texts) -> dict[str, dict[str, float]]:
    """A score in [0, 1) for every pair, by hash: the same in every run."""

    def score(question: str, document: str) -> float:
        return int.from_bytes(hashlib.blake2b(f"{question}\x1f{document}".encode(), digest_size=6).digest(), "big") / 2**48

    return {question: {document: score(question, document) for document in documents} for question in asked}


class Bm25:
    """Okapi BM25 over words and CJK bigrams of title and text, k1 = 1.2, b = .75, function words kept out as everywhere."""

    def __init__(self, documents: Texts, k1: float = 1.2, b: float = 0.75) -> None:
        self.postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        counts = {one: Counter(terms(f"{title}\n{text}")) for one, (title, text) in documents.items()}
        mean = sum(counter.total() for counter in counts.values()) / max(1, len(counts)) or 1.0
        for one, counter in counts.items():
            norm = k1 * (1 - b + b * counter.total() / mean)
            for term, n in counter.items():
                self.postings[term].append((one, n / (n + norm)))
        self.idf = {term: math.log1p((len(counts) - len(held) + 0.5) / (len(held) + 0.5)) for term, held in self.postings.items()}

    def rank(self, text: str) -> dict[str, float]:
        """The score of every document that shares a term with ``text``."""
        scores: dict[str, float] = defaultdict(float)
        for term, n in Counter(terms(text)).items():
            for one, saturation in self.postings.get(term, ()):
                scores[one] += n * self.idf[term] * saturation
        return dict(scores)

    def rank_all(self, asked: Texts) -> dict[str, dict[str, float]]:
        """``rank`` for every question, its title and text together."""
        return {question: self.rank(f"{title}\n{text}") for question, (title, text) in asked.items()}
