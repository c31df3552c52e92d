"""Postings: which text holds which term how often.

In: the words of texts. Out: ``Postings``, term counts by term. Next: ``matcher.index.generations`` stores them, ``matcher.signals.bm25``
reads them, and ``matcher.signals.scale`` keeps their document frequencies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.text.terms import term_hash, terms


@dataclass(frozen=True, slots=True)
class Postings:
    """Term counts by term: ``rows[start[i]:start[i + 1]]`` hold ``terms[i]`` ``counts`` times. ``lengths``: terms a text."""

    terms: npt.NDArray[np.uint64]
    start: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]
    lengths: npt.NDArray[np.int32]

    def frequencies(self) -> dict[int, int]:
        """In how many texts each term occurs."""
        return dict(zip(self.terms.tolist(), np.diff(self.start).tolist(), strict=True))

    def columns(self, hashes: Iterable[int]) -> npt.NDArray[np.int64]:
        """Where each term stands in ``terms``, -1 where no text holds it."""
        wanted = np.fromiter(hashes, np.uint64)
        if not len(self.terms):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self.terms, wanted), len(self.terms) - 1)
        return np.where(self.terms[at] == wanted, at, -1)


def joined(one: Postings, two: Postings) -> Postings:
    """The postings of the texts of ``one`` and then those of ``two``: the same arrays as of all of them counted together."""
    terms_of = np.concatenate([np.repeat(part.terms, np.diff(part.start)) for part in (one, two)])
    order = np.argsort(terms_of, kind="stable")  # the rows of a term stay ascending, those of ``two`` after those of ``one``
    terms, sizes = np.unique(terms_of, return_counts=True)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = np.concatenate([one.rows, two.rows + np.int32(len(one.lengths))])[order]
    counts, lengths = np.concatenate([one.counts, two.counts])[order], np.concatenate([one.lengths, two.lengths])
    return Postings(terms, start, rows, counts, lengths)


def count_terms(texts: Iterable[str]) -> Postings:
    """The postings of ``texts`` in their order."""
    vocabulary: dict[str, int] = {}
    columns: list[npt.NDArray[np.int32]] = []
    counts: list[npt.NDArray[np.uint16]] = []
    lengths: list[int] = []
    for text in texts:
        counter = Counter(terms(text))
        columns.append(np.fromiter((vocabulary.setdefault(term, len(vocabulary)) for term in counter), np.int32, len(counter)))
        counts.append(np.fromiter((min(n, 65535) for n in counter.values()), np.uint16, len(counter)))
        lengths.append(counter.total())
    hashes = np.fromiter(map(term_hash, vocabulary), np.uint64, len(vocabulary))
    order = np.argsort(hashes)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    column = rank[np.concatenate(columns)] if columns else np.empty(0, np.int64)
    rows = np.repeat(np.arange(len(lengths), dtype=np.int32), [len(c) for c in columns])
    by_term = np.argsort(column, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(order)))]).astype(np.int64)
    all_counts = np.concatenate(counts) if counts else np.empty(0, np.uint16)
    return Postings(hashes[order], start, rows[by_term], all_counts[by_term], np.array(lengths, np.int32))
