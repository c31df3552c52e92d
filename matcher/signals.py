"""Meaning and words of every text for one question.

In: a prepared question (``Asked``) and segments of an index. Out: one number a text and signal, for recall (of meaning a coarse
one); and the exact meaning of a few texts in float64, for order and points. Next: ``matcher.recall`` and ``matcher.score``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.coarse import Coarse, coarsened, cosines
from matcher.dictionary import dictionary
from matcher.embed import Embedder, Vectors
from matcher.scale import English, Scale, made_unit
from matcher.score import DEFAULT, Weights
from matcher.tables import ID
from matcher.text import Text, question_passages
from matcher.words import K1, B, Postings, term_hash, terms

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

FIELD_SHARE = 16
"""A field is made of one in so many of the works of a sample."""

_BLOCK = 256
"""Texts computed at a time: their float64 rows stay in a core's cache, which takes a third of the time of all at once."""


@dataclass(frozen=True)
class Segment:
    """Texts with their passages. Row r of ``ids`` is text r; ``owner`` gives the text of each passage, ascending; ``vectors``
    are centred unit rows, shape (passages, dimension), and ``coarse`` is their copy in 8 bits; ``english`` has those of the English
    model, for what is in English: other passages cost it nothing."""

    ids: npt.NDArray[np.bytes_]
    owner: npt.NDArray[np.int32]
    vectors: Vectors
    coarse: Coarse
    postings: Postings
    english: English | None = None
    """None where no passage was read by it."""

    @classmethod
    def of(cls, ids: Iterable[str], texts: Sequence[Text], vectors: Vectors, postings: Postings, english: English | None = None) -> Segment:
        """A segment of ``texts``; ``vectors`` are those of their passages, one text's after the other's."""
        owner = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text.passages) for text in texts])
        return cls(np.array([one.encode() for one in ids], ID), owner, vectors, coarsened(vectors), postings, english)

    @classmethod
    def against(
        cls, scale: Scale, ids: Iterable[str], texts: Sequence[Text], passages: Sequence[str], vectors: Vectors, postings: Postings
    ) -> Segment:
        """The same of an embedder's ``vectors`` of the ``passages`` of all texts, centred by ``scale``."""
        first, english = scale.centred(vectors, passages)
        return cls.of(ids, texts, first, postings, english)

    @cached_property
    def spoken(self) -> tuple[Rows, Rows]:
        """The texts that have a passage, and the first passage of each."""
        first = np.flatnonzero(np.diff(self.owner, prepend=-1))
        return self.owner[first].astype(np.int64), first

    def whole(self, texts: Rows) -> Vectors:
        """What ``texts`` that have passages say, a row each: the sum of the vectors of their passages made unit, and after it the same
        of the English model, zeros where it read none; the first alone where it read nothing at all."""
        passages = np.flatnonzero(np.isin(self.owner, texts))
        starts = np.flatnonzero(np.diff(self.owner[passages], prepend=-1))
        whole = [self.vectors[passages]]
        if self.english:
            beside = np.zeros((len(passages), self.english.vectors.shape[1]), np.float32)
            kept = np.isin(self.english.rows, passages)
            beside[np.searchsorted(passages, self.english.rows[kept])] = self.english.vectors[kept]
            whole.append(beside)
        return np.hstack([made_unit(np.add.reduceat(each, starts, axis=0)) if len(starts) else each for each in whole])


@dataclass(frozen=True, slots=True)
class Wanted:
    """The terms that a question asks for in one language."""

    hashes: npt.NDArray[np.uint64]
    weights: Floats
    """How often each term is asked for, times its inverse document frequency and how telling it is in a question."""

    @classmethod
    def of(cls, counts: Mapping[int, float], scale: Scale) -> Wanted:
        """Terms by hash, with how often each is asked for."""
        hashes = np.fromiter(counts, np.uint64, len(counts))
        return cls(hashes, np.fromiter(counts.values(), np.float64, len(counts)) * scale.idf(hashes) * scale.telling(hashes))

    @property
    def attainable(self) -> float:
        """The BM25 score that no text can exceed."""
        return float(self.weights.sum())


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made ready: centred unit vectors (its windows first, then its sentences), and its terms: as they are asked and
    then, where any text is in the other language, as the dictionary translates them."""

    vectors: Vectors
    windows: int
    """How many of the vectors are windows."""
    wanted: tuple[Wanted, ...]
    english: English | None = None
    """As in ``Segment``: of the parts that are in English."""
    field: Asked | None = None
    """The field that the question lies in, asked as one vector; None where it does not count."""


def ask(title: str, text: str, scale: Scale, embedder: Embedder, weights: Weights = DEFAULT) -> Asked:
    """Make a question ready. Embeds what is not in the vector cache."""
    scale = scale if weights.demands else replace(scale, demands=None)
    windows, sentences = question_passages(title, text)
    passages = [*windows, *sentences] if weights.sentences else windows
    vectors, english = scale.centred(embedder.query(passages), passages, asked=True)
    own = _added(Counter(map(term_hash, terms(text))), Counter(map(term_hash, terms(title))), weights)
    translate = dictionary(embedder.cache).translate
    other = _added(translate(text, scale.knows), translate(title, scale.knows), weights)
    wanted = tuple(Wanted.of(counts, scale) for counts in (own, other) if counts)
    asked = Asked(vectors, len(windows), wanted, english)
    return replace(asked, field=field_of(asked, scale)) if weights.field else asked


def field_of(asked: Asked, scale: Scale) -> Asked | None:
    """The field of a question: the mean of what those works of the Scale's sample say that are nearest to it in meaning, made unit.
    None where there is no sample.

    That is pseudo-relevance feedback (Rocchio 1971; with vectors Yu et al., CIKM 2021), but from a sample that is part of the
    Scale: so what a work gets for it depends on no other work that is stored.
    """
    if not len(scale.sample) or not len(asked.vectors):
        return None
    width = asked.vectors.shape[1]
    first, english = scale.sample[:, :width].astype(np.float64), scale.sample[:, width:].astype(np.float64)
    found = asked.vectors.astype(np.float64) @ first.T
    read = np.flatnonzero(english.any(axis=1))
    if asked.english and len(read):
        _average(found, asked.english.vectors.astype(np.float64) @ english[read].T, asked.english.rows, read)
    near = _mean_of_three(found, asked.windows).round(9)  # what is equal is so on every machine
    nearest = np.argsort(-near, kind="stable")[: max(1, len(near) // FIELD_SHARE)]
    of_both = asked.english and english[nearest].any()
    return Asked(
        made_unit(first[nearest].mean(axis=0, keepdims=True)),
        1,
        (),
        English.of(np.zeros(1, np.int64), made_unit(english[nearest].mean(axis=0, keepdims=True))) if of_both else None,
    )


def _added(text: Mapping[int, float], title: Mapping[int, float], weights: Weights) -> dict[int, float]:
    """How often each term is asked for; one of the title counts more."""
    added = dict(text)
    for term, times in title.items():
        added[term] = added.get(term, 0.0) + (1.0 + weights.title) * times
    return added


def coarse_meaning(asked: Asked, segment: Segment) -> tuple[npt.NDArray[np.float32], float]:
    """About the meaning signal of every text of a segment, zero for a text without a passage; and the most that any of them
    differs from ``exact_meaning``."""
    out = np.zeros(len(segment.ids), np.float32)
    if not len(asked.vectors) or not len(segment.vectors):
        return out, 0.0
    found, slack = cosines(segment.coarse, asked.vectors)
    if asked.english and segment.english:
        english, lost = cosines(segment.english.coarse, asked.english.vectors)
        _average(found, english, asked.english.rows, segment.english.rows)
        slack = max(slack, (slack + lost) / 2)
    texts, first = segment.spoken
    out[texts] = _mean_of_three(np.maximum.reduceat(found, first, axis=1), asked.windows)
    return out, slack


def exact_meaning(asked: Asked, segment: Segment, texts: Rows) -> Floats:
    """The meaning signal of some texts in float64: the same numbers whatever else is asked or stored.

    A cosine is that of the model, or the mean of both models' where both read the two texts.
    The mean of three: the best cosine of a window, the best of a sentence, the mean of the best three sentences. Each is taken
    over the text's passages; where the question has no sentences (or fewer than three) the best window stands in. Zero for a
    text without a passage.
    """
    out = np.zeros(len(texts))
    if not len(asked.vectors):
        return out
    for start in range(0, len(texts), _BLOCK):
        part = texts[start : start + _BLOCK].astype(segment.owner.dtype)
        first, last = np.searchsorted(segment.owner, part), np.searchsorted(segment.owner, part, side="right")
        spoken = np.flatnonzero(last > first)
        sizes = (last - first)[spoken]
        begin = np.cumsum(sizes) - sizes
        rows = np.repeat(first[spoken] - begin, sizes) + np.arange(sizes.sum())
        if len(rows):
            found = _products(segment.vectors[rows], asked.vectors)
            if asked.english and segment.english:
                places = np.minimum(np.searchsorted(segment.english.rows, rows), len(segment.english.rows) - 1)
                read = np.flatnonzero(segment.english.rows[places] == rows)
                english = _products(segment.english.vectors[places[read]], asked.english.vectors)
                _average(found, english, asked.english.rows, read)
            out[start + spoken] = _mean_of_three(np.maximum.reduceat(found, begin, axis=1), asked.windows)
    return out


def _products(passages: Vectors, queries: Vectors) -> Floats:
    """The product of each query with each passage in float64, each by itself: what else is computed does not move it."""
    rows = passages.astype(np.float64)
    return np.stack([(rows * query.astype(np.float64)).sum(axis=1) for query in queries])


def _average(found: npt.NDArray[Any], english: npt.NDArray[Any], asked: Rows, said: Rows) -> None:
    """Put into ``found``, the first model's cosines, the mean of both models' where both read both texts: at the rows ``asked``
    and the columns ``said``."""
    columns = slice(None) if len(said) == found.shape[1] else said
    for row, cosines_of_one in zip(asked, english, strict=True):
        found[row, columns] = (found[row, columns] + cosines_of_one) / 2


def _mean_of_three(best: npt.NDArray[Any], windows: int) -> npt.NDArray[Any]:
    """See ``exact_meaning``; ``best`` has a row a vector that is asked (the windows first) and a column a text."""
    window = best[:windows].max(axis=0)
    sentences = len(best) - windows
    sentence = best[windows:].max(axis=0) if sentences else window
    three = np.sort(best[windows:], axis=0)[-3:].mean(axis=0) if sentences >= 3 else window
    return np.asarray(np.maximum(0.0, (window + sentence + three) / 3))


def words(asked: Asked, segment: Segment, mean_length: float, weights: Weights = DEFAULT) -> Floats:
    """The words signal of every text of a segment, in [0, 1) and in float64: of the question as it is asked or as it is
    translated, whichever shares more with the text. What the dictionary could not translate counts as asked for all the same:
    else a question of which one word is left would find all it wants in a text that holds it."""
    out = np.zeros(len(segment.ids))
    attainable = 0.0
    for wanted in asked.wanted:
        attainable = max(attainable, wanted.attainable)
        out = np.maximum(out, saturate(bm25(wanted, segment, mean_length), attainable, weights))
    return out


def bm25(wanted: Wanted, segment: Segment, mean_length: float) -> Floats:
    """The BM25 score of every text of a segment (see ``matcher.words``), in float64, summed in the order of the terms asked.
    ``mean_length``: of the texts that are looked for."""
    postings = segment.postings
    out = np.zeros(len(segment.ids))
    norm = K1 * (1 - B + B * postings.lengths / mean_length)
    for column, weight in zip(postings.columns(wanted.hashes), wanted.weights, strict=True):
        if column >= 0:
            span = slice(*postings.start[column : column + 2])
            rows, counts = postings.rows[span], postings.counts[span]
            out[rows] += weight * counts / (counts + norm[rows])
    return out


def saturate(scores: Floats, attainable: float, weights: Weights = DEFAULT) -> Floats:
    """The words signal, in [0, 1), of BM25 ``scores`` for a question whose attainable score is ``attainable`` (see ``matcher.score``)."""
    return scores / (scores + weights.saturation * attainable**weights.attainable) if attainable > 0 else np.zeros_like(scores)
