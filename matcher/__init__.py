"""Matching: embeddings, words, trust, and the pipeline from a question to an answer. Imports ``graph`` only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.store import Store
    from matcher.question import Answer


def ask(store: Store, text: str, *, as_of: str, model: str | None = None, **more: Any) -> Answer:
    """Index what is new in ``store`` and answer one question; ``more`` are fields of ``matcher.question.Question``.

    For a script: it opens everything anew. A program that asks often keeps a ``Snapshot`` and calls ``matcher.rank.pipeline.answer``.
    What is in English is read by a second model too, unless the store was indexed without.
    Raises what ``matcher.index.generations.build`` and ``matcher.rank.pipeline.answer`` raise.
    """
    from matcher.embedding.embedder import Embedder, default_english
    from matcher.index import generations
    from matcher.index.snapshot import Snapshot
    from matcher.question import Question
    from matcher.rank import pipeline

    english = generations.stored_english(store)
    embedder = Embedder(model, english=default_english(model) if english is None else english)
    generations.build(store, embedder)
    return pipeline.answer(Question(text=text, as_of=as_of, **more), Snapshot.open(store, embedder), embedder)
