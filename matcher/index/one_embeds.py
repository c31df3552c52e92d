"""One of the processes that follow a store embeds what is new in it, and the others take its vectors from the cache.

In: a store. Out: whether it is this process's turn. Next: ``matcher.index.snapshot`` asks it before each step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graph import private
from graph.store import Store
from matcher.embedding.embedder import cache_folder


@contextmanager
def embedding(store: Store) -> Iterator[bool]:
    """Whether this process is the one that embeds, of those on this machine that follow the store; its turn ends with the context."""
    from filelock import FileLock, Timeout

    folder = private.folder(cache_folder() / "index" / store.cursor().epoch)
    lock = FileLock(folder / "embedding", mode=private.FILE)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
