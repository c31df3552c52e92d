"""Matching: embeddings, words, trust, and the pipeline from a question to an answer. Imports ``graph`` only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.store import Store
    from matcher.question import Answer


def ask(store: Store, text: str, *, as_of: str, model: str | None = None, **more: Any) -> Answer:
    """Index what is new in ``store`` and answer one question; ``more`` are fields of ``matcher.question.Question``.

    For a script: it opens everything anew. A program that asks often keeps a ``Snapshot`` and calls ``matcher.rank.answer``.
    English is read with the second model that the store was indexed with, if any.
    Raises what ``matcher.index.build`` and ``matcher.rank.answer`` raise.
    """
    from matcher import index, rank
    from matcher.embed import Embedder
    from matcher.question import Question
    from matcher.snapshot import Snapshot

    embedder = Embedder(model, english=index.stored_english(store))
    index.build(store, embedder)
    return rank.answer(Question(text=text, as_of=as_of, **more), Snapshot.open(store, embedder), embedder)
