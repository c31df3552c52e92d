"""Standing queries: needs kept ready to be asked again, against what has changed alone.

In: needs with what was found for them. Out: their bytes, and back; and which of them some texts can concern. Next: ``leads.suggest.kept``
keeps the bytes, ``leads.suggest.refresh`` and ``leads.suggest.offers`` ask which needs are concerned.

A text concerns a need if its fit can reach the last of what was found for it, or the bar where that is not full. By approximate signals,
their error added: what is not concerned is not found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import msgspec
import numpy as np

from graph.dates import ordinal
from graph.model import Node
from leads.suggest.find import ROUNDED, Need
from leads.suggest.fit import Background, least
from matcher.embedding.embedder import Embedder
from matcher.embedding.vectors import Vectors
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question
from matcher.rank.recall import Signals
from matcher.score import closeness
from matcher.signals.query import Query, QueryTerms
from matcher.signals.scale import English
from matcher.text.passages import text_of


class _Vectors(msgspec.Struct, array_like=True):
    dimension: int
    content: bytes

    @classmethod
    def of(cls, rows: Vectors) -> _Vectors:
        return cls(rows.shape[1], np.ascontiguousarray(rows, np.float32).tobytes())

    def rows(self) -> Vectors:
        return np.frombuffer(self.content, np.float32).reshape(-1, self.dimension) if self.dimension else np.empty((0, 0), np.float32)


class _Query(msgspec.Struct, array_like=True):
    vectors: _Vectors
    windows: int
    terms: list[tuple[bytes, bytes]]
    english: tuple[bytes, _Vectors] | None
    language: int
    across: float
    unsaid: float
    gloss: _Query | None
    few: bool


class _Need(msgspec.Struct, array_like=True):
    asked: str
    query: _Query
    background: tuple[float, float]
    bars: tuple[float, float]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Need)


def packed(need: Need) -> bytes:
    """A need as bytes, but for its question."""
    return _ENCODER.encode(_Need(need.asked, _packed(need.query), (need.background.level, need.background.spread), need.bars))


def unpacked(content: bytes, question: Question) -> Need:
    """The inverse of ``packed``."""
    made = _DECODER.decode(content)
    return Need(question, made.asked, _unpacked(made.query), Background(*made.background), made.bars)


def _packed(query: Query) -> _Query:
    english = (query.english.rows.astype(np.int64).tobytes(), _Vectors.of(query.english.vectors)) if query.english else None
    terms = [(one.hashes.tobytes(), one.weights.astype(np.float64).tobytes()) for one in query.terms]
    gloss = _packed(query.gloss) if query.gloss else None
    vectors = _Vectors.of(query.vectors)
    return _Query(vectors, query.windows, terms, english, query.language, query.across, query.unsaid, gloss, query.few)


def _unpacked(made: _Query) -> Query:
    terms = tuple(QueryTerms(np.frombuffer(hashes, np.uint64), np.frombuffer(weights)) for hashes, weights in made.terms)
    english = English.of(np.frombuffer(made.english[0], np.int64), made.english[1].rows()) if made.english else None
    query = Query(
        made.vectors.rows(), made.windows, terms, english, language=made.language, across=made.across, unsaid=made.unsaid, few=made.few
    )
    return replace(query, gloss=_unpacked(made.gloss)) if made.gloss else query


def among(snapshot: Snapshot, ids: Collection[str], embedder: Embedder) -> Snapshot | None:
    """The snapshot as if the texts of these nodes were all that there are; None where they say nothing."""
    nodes = snapshot.display.get(sorted(ids))
    texts = {one: text for one, node in sorted(nodes.items()) if isinstance(node, Node) and (text := text_of(node))}
    return snapshot.with_texts(generations.segment_of(texts, snapshot.scale, embedder)) if texts else None


def concerns(need: Need, few: Snapshot, bar: float) -> bool:
    """Whether one of the texts of a snapshot can be credible and have a fit of ``bar`` or more for a need."""
    signals = Signals.of(need.question, need.query, few)
    meaning = np.minimum(signals.meaning.astype(np.float64) + signals.slack, 1.0)
    words = np.minimum(1.0, signals.words + signals.rates * meaning)
    most = need.background.distinct(meaning, words, np.ones(len(meaning)))  # no work counts more than 1
    close = signals.credit * closeness(meaning, words) >= np.array(need.bars)[few.texts.languages] - ROUNDED
    happened = few.texts.columns["date"] <= ordinal(need.question.as_of)
    return bool((happened & close & (most >= least(bar) - ROUNDED)).any())
