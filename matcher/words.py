"""Words and BM25.

In: texts of nodes and questions. Out: postings (which text holds which term how often) and, for a question, one BM25 score
a text. Next: ``matcher.index`` stores the postings, ``matcher.rank`` asks them. Terms are the stems of Latin words (Porter's
English stemmer, as Snowball has it), and the characters and bigrams of CJK runs.

    BM25(q, d) = sum_t  n_t * idf_t * tf / (tf + K1 * (1 - B + B * |d| / mean))      idf_t = ln(1 + (N - df + .5) / (df + .5))

(Robertson & Zaragoza, *The Probabilistic Relevance Framework*, 2009, eq. 3.15, without the constant factor K1 + 1; idf as in
Lucene, never negative.) N, df and the mean length come from the Scale, so a text's score does not move with its neighbours.
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import Stemmer

TERMS = 2
"""Raised when a text's terms change: a Scale and an index that counted others must be made anew."""
K1 = 1.5
B = 0.9

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
_TOKEN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_FIRST_CJK = "\u3040"
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and any are as at be been but by can could did do does for from had has have he her his how i "
        "if in into is it its may me my no not of on or our she should so such than that the their them then there these they "
        "this those to up us was we were what when where which while who why will with would you your",
    )
)
"""English words that tell nothing of a topic. A large corpus finds that out by itself; one of forty texts does not."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class _Stemmer(threading.local):
    """A stemmer a thread: one is not safe in two."""

    def __init__(self) -> None:
        self.stems = Stemmer.Stemmer("english").stemWords


_stemmer = _Stemmer()


def terms(text: str) -> list[str]:
    """The terms of ``text``: of Latin words the stems, case-folded and without English function words; of each CJK run the
    characters and then the bigrams. Two writers agree on a character more often than on the word it is in."""
    found: list[str] = []
    for part in _TOKEN.findall(_folded(text)):
        if part[0] >= _FIRST_CJK:
            found.extend(part)
            found.extend(part[i : i + 2] for i in range(len(part) - 1))
        elif part not in FUNCTION_WORDS:
            found.append(part)
    return list(_stemmer.stems(found))


def cjk_runs(text: str) -> list[str]:
    """The runs of CJK characters of ``text``, in order."""
    return [part for part in _TOKEN.findall(_folded(text)) if part[0] >= _FIRST_CJK]


def latin_terms(text: str) -> list[str]:
    """Those of ``terms`` that are stems of Latin words."""
    return [term for term in terms(text) if term[0] < _FIRST_CJK]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def term_hash(term: str) -> int:
    """64 bits of BLAKE2b: a term's name in the postings, the same in every process."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


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


def idf(df: int, n: int) -> float:
    """Robertson's inverse document frequency as Lucene has it: ln(1 + (n - df + .5) / (df + .5)), for df <= n above zero."""
    return float(np.log1p((n - df + 0.5) / (df + 0.5)))
