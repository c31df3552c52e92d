"""The Scale: the constants of a corpus that scores are measured against.

In: postings and vectors of the public texts (of those for members where none is public). Out: one record, named by its hash, kept in the
store's meta. Next: ``matcher.index.calibration`` completes it, ``matcher.index.generations`` keeps it, ``matcher.signals.prepare`` and
``matcher.signals.segment`` measure questions and texts by it.

``dovetail index`` makes it, and every process that answers reads it and none computes its own, so that a score does not depend on who asks
or on what was added since. It knows words and vectors, never outcomes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.store import Store
from matcher.arrays import read
from matcher.columns.tables import ID
from matcher.embedding.embedder import Embedder
from matcher.embedding.quantise import Quantised, quantise
from matcher.embedding.vectors import Embedded, Vectors
from matcher.signals.bm25 import idf
from matcher.signals.postings import Postings
from matcher.text.passages import language
from matcher.text.terms import TERMS

META = "scale"
LANGUAGES = ("en", "zh")
SAMPLE = 1024
"""Works of a corpus whose vectors stand for all of it where a field is looked for: up to so many."""
LEAST = 512
"""With fewer works a corpus has no sample: of a few dozen, the nearest to any question would be most of them, and each would be near
because it is one of them."""
PRIOR = 48.0
"""Passages that the background counts for in the centres, and demands that are taken for granted before the first: a corpus of a few
dozen texts has no mean of its own."""

Floats = npt.NDArray[np.float64]
Bars = tuple[tuple[float, float], tuple[float, float]]
"""A number by language of the question (a row) and of the text, each in the order of LANGUAGES."""
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Centres:
    """The mean vector of each of LANGUAGES by the first model, shape (2, its dimension), and by the English model: shape (2, 0) without
    one."""

    vectors: Floats
    english: Floats


@dataclass(frozen=True)
class Demands:
    """What the demands of a corpus have in common, and so tells nothing of what one of them is about ("our company", "urgently
    needed"). ``frequencies``: how many of them hold each term of the Scale; ``centres`` as the Scale's."""

    count: int
    mean_length: float
    frequencies: npt.NDArray[np.int32]
    centres: Centres
    credible: Bars = ((0.0, 0.0), (0.0, 0.0))
    """As the Scale's, of demands as answers."""


@dataclass(frozen=True)
class English:
    """What the English model made of texts, beside the first model: centred unit ``vectors`` of the texts at ``rows`` (ascending), shape
    (len(rows), its dimension), and their ``quantised`` copy."""

    rows: npt.NDArray[np.int64]
    vectors: Vectors
    quantised: Quantised

    @classmethod
    def of(cls, rows: npt.NDArray[np.int64], vectors: Vectors) -> English:
        return cls(rows, vectors, quantise(vectors))


@dataclass(frozen=True)
class Scale:
    """Constants of a corpus. ``credible``: by languages of the question and of the work, the closeness that a work must reach to answer it
    credibly (see ``matcher.index.calibration``)."""

    texts: int
    mean_length: float
    """Of the texts that are no demands; those have one of their own."""
    terms: npt.NDArray[np.uint64]
    frequencies: npt.NDArray[np.int32]
    centres: Centres
    """Of the passages of all texts but demands. One mean for all would leave the language as the strongest direction, and a partner
    who writes in the other language out of reach."""
    credible: Bars
    family: str
    """The family of the model (or of both) whose vectors ``centres`` and ``credible`` are of."""
    demands: Demands | None = None
    """None where the corpus has no demands."""
    sample: Embedded = field(default_factory=lambda: Embedded.of(np.empty((0, 0), np.float32)))
    """What LEAST to SAMPLE works say (``Segment.whole``): see ``matcher.signals.pseudo_feedback``. Empty where there are fewer."""
    sampled: npt.NDArray[np.bytes_] = field(default_factory=lambda: np.empty(0, ID))
    """The ids of those works."""
    written: tuple[int, int] = (0, 0)
    """How many texts are in each of LANGUAGES."""

    @cached_property
    def name(self) -> str:
        """A hash of the content."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:16]

    def bars(self, question: str, *, of_demands: bool = False) -> Floats:
        """The closeness at which a text (or a demand, where demands are the answers) answers a question of these words credibly, by
        language of the text."""
        credible = self.demands.credible if of_demands and self.demands else self.credible
        return np.array(credible[int(languages([question])[0])])

    def frequency(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """How many texts of the corpus hold each of the terms."""
        return self._of_each(self.frequencies, hashes)

    def _of_each(self, frequencies: npt.NDArray[np.int32], hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """The frequency of each of the terms, 0 for one that the Scale does not know."""
        if not len(self.terms):
            return np.zeros(len(hashes), np.int32)
        at = np.minimum(np.searchsorted(self.terms, hashes), len(self.terms) - 1)
        return np.asarray(np.where(self.terms[at] == hashes, frequencies[at], 0), np.int32)

    def idf(self, hashes: npt.NDArray[np.uint64]) -> Floats:
        """Inverse document frequency of each term; a term the Scale does not know is as rare as can be."""
        return np.array([idf(int(n), self.texts) for n in self.frequency(hashes)])

    def weighed(self, hashes: npt.NDArray[np.uint64], times: Floats) -> Floats:
        """The weight of each term that a question asks for so many times: n_t * idf_t, and less for what many demands hold."""
        return times * self.idf(hashes) * self.telling(hashes)

    def length(self, *, of_demands: bool) -> float:
        """The mean length in terms of the demands, or of all other texts."""
        return self.demands.mean_length if of_demands and self.demands else self.mean_length

    def telling(self, hashes: npt.NDArray[np.uint64]) -> Floats:
        """How much of its inverse document frequency each term keeps in a question, in (0, 1]: the root of its inverse frequency
        among demands, as a share of that of a term which one demand holds. 1 where no demand is known."""
        if not self.demands or not len(self.terms):
            return np.ones(len(hashes))
        df = self._of_each(self.demands.frequencies, hashes)
        count = self.demands.count + int(PRIOR)
        return np.array([min(1.0, idf(int(n), count) / idf(1, count)) ** 0.5 for n in df])

    def centred(self, embedded: Embedded, texts: Sequence[str], *, asked: bool = False) -> tuple[Vectors, English | None]:
        """``texts`` as they were ``embedded``, less the centre of each text's language (where they are ``asked``, that of the demands),
        made unit again: float32 rows of the first model, one a text, and what the English model read; None for nothing."""
        if not len(embedded):
            return np.empty((0, self.centres.vectors.shape[1]), np.float32), None
        centres = self.demands.centres if asked and self.demands else self.centres
        spoken, rows = languages(texts), embedded.rows
        vectors = made_unit(embedded.vectors - centres.vectors[spoken])
        return vectors, English.of(rows, made_unit(embedded.english - centres.english[spoken[rows]])) if len(rows) else None

    def to_bytes(self) -> bytes:
        """A stable binary form: arrays as .npy one after the other, the English model's beside the first model's."""
        out = io.BytesIO()
        demands = [0.0] * 6
        if self.demands:
            demands = [self.demands.count, self.demands.mean_length, *(bar for row in self.demands.credible for bar in row)]
        second = self.centres.vectors.shape[1] if self.centres.english.shape[1] else 0
        bars = [bar for row in self.credible for bar in row]
        scalars = np.array([TERMS, self.texts, self.mean_length, *bars, *self.written, second, *demands], np.float64)
        family = np.frombuffer(self.family.encode(), np.uint8)
        sample = np.hstack([self.sample.vectors, self.sample.spread()])
        arrays = [scalars, self.terms, self.frequencies, _beside(self.centres), family, sample, self.sampled]
        if self.demands:
            arrays += [self.demands.frequencies, _beside(self.demands.centres)]
        for array in arrays:
            np.lib.format.write_array(out, np.ascontiguousarray(array), allow_pickle=False)
        return out.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> Scale:
        """The inverse of ``to_bytes``. Raises ValueError if another version of Dovetail measured it, or on other terms
        (``matcher.text.terms.TERMS``)."""
        source = io.BytesIO(content)
        scalars = read(source)
        if len(scalars) != 16 or scalars[0] != TERMS:
            raise ValueError("this Scale counts other terms than this version of Dovetail does")
        terms, frequencies, centres, family, sample, sampled = (read(source) for _ in range(6))
        texts, mean_length, *levels = scalars.tolist()[1:]
        second, count, length, *theirs = levels[6:]
        cut = int(second) or None
        demands = None
        if count:
            demands = Demands(int(count), length, read(source), Centres(*_apart(read(source), cut)), _square(theirs))
        name = family.tobytes().decode()
        works, beside = _apart(sample, cut)
        rows = np.flatnonzero(beside.any(axis=1))
        said = Embedded(works, rows, beside[rows])
        bars = _square(levels)
        written = int(levels[4]), int(levels[5])
        middle = Centres(*_apart(centres, cut))
        return Scale(int(texts), mean_length, terms, frequencies, middle, bars, name, demands, said, sampled, written)


def stored_scale(store: Store) -> Scale | None:
    """The store's Scale, None before the first ``dovetail index`` and where it was measured on other terms."""
    content = store.meta(META)
    try:
        return Scale.from_bytes(content) if content else None
    except ValueError:
        return None


def _square(bars: Sequence[float]) -> Bars:
    """The first four numbers, row by row."""
    return (bars[0], bars[1]), (bars[2], bars[3])


def _beside(centres: Centres) -> Floats:
    return np.hstack([centres.vectors, centres.english])


def _apart(rows: npt.NDArray[Any], cut: int | None) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Rows as they are stored, cut where the English model's part begins."""
    return rows[:, :cut], rows[:, cut:] if cut else rows[:, :0]


def measure(
    postings: Postings, embedded: Embedded, passages: Sequence[str], owner: npt.NDArray[np.int64], demand: Bools, embedder: Embedder
) -> Scale:
    """A Scale of texts with these postings and passages, ``credible`` still zero. ``owner``: the text of each passage;
    ``demand``: which texts are demands."""
    everyday = background()
    posted = demand[owner]
    spoken = languages(passages)
    said = embedder.passages(everyday)
    nothing = Centres(*(np.zeros((len(LANGUAGES), each.shape[1])) for each in (said.vectors, said.english)))
    centres = _means(said, languages(everyday), nothing, 0.0)
    centres = _means(embedded[~posted], spoken[~posted], centres, PRIOR / len(LANGUAGES))
    order = np.argsort(postings.terms)
    lengths = postings.lengths[~demand] if not demand.all() else postings.lengths
    demands = None
    if demand.any():
        term = np.repeat(np.arange(len(postings.terms)), np.diff(postings.start))
        frequencies = np.bincount(term, demand[postings.rows], len(postings.terms)).astype(np.int32)[order]
        begun = posted & (np.arange(len(owner)) - np.searchsorted(owner, owner) < 2)  # a long demand counts as much as any
        theirs = _means(embedded[begun], spoken[begun], centres, PRIOR / len(LANGUAGES))
        demands = Demands(int(demand.sum()), float(postings.lengths[demand].mean()), frequencies, theirs)
    return Scale(
        texts=len(postings.lengths),
        mean_length=float(lengths.mean()) if len(lengths) else 1.0,
        terms=postings.terms[order],
        frequencies=np.diff(postings.start).astype(np.int32)[order],
        centres=centres,
        credible=((0.0, 0.0), (0.0, 0.0)),
        family=embedder.family,
        demands=demands,
    )


def languages(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """The place of each text's language in LANGUAGES."""
    return np.fromiter((LANGUAGES.index(language(text)) for text in texts), np.int64, len(texts))


def _means(embedded: Embedded, spoken: npt.NDArray[np.int64], prior: Centres, weight: float) -> Centres:
    """The mean vector of each language by either model, with ``weight`` vectors at the ``prior`` besides."""
    count = (np.bincount(spoken, minlength=len(LANGUAGES)) + weight)[:, None]

    def mean(vectors: Vectors, of: npt.NDArray[np.int64], before: Floats) -> Floats:
        sums = np.zeros(before.shape)
        for i in range(len(LANGUAGES) if len(vectors) else 0):
            sums[i] = vectors[of == i].sum(axis=0, dtype=np.float64)
        return (sums + weight * before) / count

    english = mean(embedded.english, spoken[embedded.rows], prior.english)
    return Centres(mean(embedded.vectors, spoken, prior.vectors), english)


def made_unit(rows: Floats) -> Vectors:
    """``rows`` made unit, in float32; one of zeros stays as it is."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)


def background() -> list[str]:
    """Everyday questions (recipes, poems, law, sport) in Chinese and English that no transfer centre can answer."""
    return (files("matcher.signals") / "background.txt").read_text("utf-8").split("\n")[:-1]
