"""A question as the signals read it: vectors and weighted terms.

In: what ``matcher.signals.prepare`` makes of a question's text. Out: a ``Query``. Next: ``matcher.signals.meaning`` and
``matcher.signals.words``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.embedding.vectors import Vectors
from matcher.signals.scale import English, Scale

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms that a question asks for in one language, by hash."""

    hashes: npt.NDArray[np.uint64]
    weights: Floats
    """How often each term is asked for, times its inverse document frequency and how telling it is in a question."""

    @classmethod
    def of(cls, counts: Mapping[int, float], scale: Scale) -> QueryTerms:
        """Terms by hash, with how often each is asked for."""
        hashes = np.fromiter(counts, np.uint64, len(counts))
        return cls(hashes, scale.weighed(hashes, np.fromiter(counts.values(), np.float64, len(counts))))

    @property
    def attainable(self) -> float:
        """The BM25 score that no text can exceed."""
        return float(self.weights.sum())


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready: centred unit vectors (its windows first, then its sentences), and its terms: as they are asked and
    then, where any text is in the other language, as the dictionary translates them."""

    vectors: Vectors
    windows: int
    """How many of the vectors are windows."""
    terms: tuple[QueryTerms, ...]
    english: English | None = None
    """As in ``Segment``: of the parts that are in English."""
    language: int = 0
    """Its place in ``matcher.signals.scale.LANGUAGES``."""
    across: float = 1.0
    """What its meaning counts for a text of the other language (``matcher.score.Weights.across``)."""
    unsaid: float = 0.0
    """What a text of the other language is taken to share beyond its translation, for each unit of meaning
    (``matcher.score.Weights.unsaid``)."""
    gloss: Query | None = None
    """The question put into the other language word by word, asked of texts in that language; None where there are none, or nothing of
    the question can be put so."""
    feedback: Query | None = None
    """The field that the question lies in, asked as one vector; None where it does not count."""
    few: bool = False
    """Whether the question has so few words that meaning alone is no evidence: then only a work that shares one of them, as asked or as
    translated, is credible."""
