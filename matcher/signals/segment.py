"""Segments: texts with their passages, vectors and postings, as arrays.

In: texts by id with the vectors of their passages, centred by the Scale. Out: a ``Segment``, of an index generation or of what came
since. Next: ``matcher.signals.meaning`` and ``matcher.signals.words`` measure a query against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matcher.columns.tables import ID, Rows
from matcher.embedding.quantise import Quantised, quantise
from matcher.embedding.vectors import Embedded, Vectors
from matcher.signals.postings import Postings, joined
from matcher.signals.scale import English, Scale, languages, made_unit
from matcher.text.passages import Text


@dataclass(frozen=True)
class Segment:
    """Texts with their passages. Row r of ``ids`` is text r; ``owner`` gives the text of each passage, ascending; ``vectors``
    are centred unit rows, shape (passages, dimension), and ``quantised`` is their copy in 8 bits; ``english`` has those of the English
    model, for what is in English: other passages cost it nothing; ``languages`` is the place of each text's language in
    ``matcher.signals.scale.LANGUAGES``."""

    ids: npt.NDArray[np.bytes_]
    owner: npt.NDArray[np.int32]
    vectors: Vectors
    quantised: Quantised
    postings: Postings
    languages: npt.NDArray[np.int8]
    english: English | None = None
    """None where no passage was read by it."""

    @classmethod
    def of(cls, ids: Iterable[str], texts: Sequence[Text], vectors: Vectors, postings: Postings, english: English | None = None) -> Segment:
        """A segment of ``texts``; ``vectors`` are those of their passages, one text's after the other's."""
        owner = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text.passages) for text in texts])
        spoken = languages([text.words for text in texts]).astype(np.int8)
        return cls(np.array([one.encode() for one in ids], ID), owner, vectors, quantise(vectors), postings, spoken, english)

    @classmethod
    def against(
        cls, scale: Scale, ids: Iterable[str], texts: Sequence[Text], passages: Sequence[str], embedded: Embedded, postings: Postings
    ) -> Segment:
        """The same of the ``passages`` of all texts as they were ``embedded``, centred by ``scale``."""
        vectors, english = scale.centred(embedded, passages)
        return cls.of(ids, texts, vectors, postings, english)

    def followed_by(self, other: Segment) -> Segment:
        """One segment of the texts of this one and then those of ``other``: the same as if all had been put into one."""
        first, second = self.english, other.english
        both = [part for part in (first, second) if part]
        english = None
        if both:
            offsets = [0] * bool(first) + [len(self.vectors)] * bool(second)
            rows = np.concatenate([part.rows + offset for part, offset in zip(both, offsets, strict=True)])
            english = English(rows, np.concatenate([part.vectors for part in both]), _beside([part.quantised for part in both]))
        vectors = [part.vectors for part in (self, other) if len(part.vectors)] or [self.vectors]
        copies = [part.quantised for part in (self, other) if len(part.vectors)] or [self.quantised]
        owner = np.concatenate([self.owner, other.owner + np.int32(len(self.ids))])
        ids = np.concatenate([self.ids, other.ids])
        spoken = np.concatenate([self.languages, other.languages])
        return Segment(ids, owner, np.concatenate(vectors), _beside(copies), joined(self.postings, other.postings), spoken, english)

    @cached_property
    def spoken(self) -> tuple[Rows, Rows]:
        """The texts that have a passage, and the first passage of each."""
        first = np.flatnonzero(np.diff(self.owner, prepend=-1))
        return self.owner[first].astype(np.int64), first

    def whole(self, texts: Rows) -> Embedded:
        """What ``texts`` that have passages say, as one text each: the sum of the vectors of their passages made unit, by either model."""
        passages = np.flatnonzero(np.isin(self.owner, texts))
        starts = np.flatnonzero(np.diff(self.owner[passages], prepend=-1))

        def summed(rows: Vectors) -> Vectors:
            return made_unit(np.add.reduceat(rows, starts, axis=0)) if len(starts) else rows

        vectors = summed(self.vectors[passages])
        if not self.english:
            return Embedded.of(vectors)
        kept = np.isin(self.english.rows, passages)
        at = np.searchsorted(passages, self.english.rows[kept])
        english = summed(Embedded(self.vectors[passages], at, self.english.vectors[kept]).spread())
        read = np.flatnonzero(english.any(axis=1))
        return Embedded(vectors, read, english[read])


def settled(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same texts in few segments: one that is less than twice as large as the next is joined with it, the first (a generation's, mapped
    and shared) never. What comes in a thousand portions then lies in some ten segments, and each text was copied as often."""
    out = list(segments)
    while len(out) > 2 and len(out[-2].ids) < 2 * len(out[-1].ids):
        last = out.pop()
        out[-1] = out[-1].followed_by(last)
    return tuple(out)


def _beside(copies: Sequence[Quantised]) -> Quantised:
    return Quantised(*(np.concatenate([getattr(copy, name) for copy in copies]) for name in ("codes", "steps", "lost")))
