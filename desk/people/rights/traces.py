"""What is derived from a person: the index, the vectors of the person's texts, the note of the last ingest, and the bytes that deletion
leaves in a store's files.

In: a store from which people are gone, and their passages. Out: the same without what was derived of them; in words what the operator has
left to do. Next: ``api.cli.people.person``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk.ingest import index
from graph.progress import Progress
from graph.store import Store
from ingest import unchanged

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder


def clear(
    store: Store, texts: Sequence[str], embedder: Embedder | None, *, rescale: bool = False, progress: Progress | None = None
) -> list[str]:  # fmt: skip
    """Leave nothing that was derived. With an ``embedder`` the index is made anew first, so that a service goes over to it; without one the
    store has none afterwards."""
    from matcher.embedding.embedder import forget
    from matcher.index import generations

    revision = store.cursor().revision
    try:
        if embedder:
            index(store, embedder, rescale=rescale, progress=progress)
    finally:
        generations.prune(store, revision)
        forget(texts)
        unchanged.forget(store)
        left = list(store.scrub())
    return left
