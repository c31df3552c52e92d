"""What all streams of some types have come to, kept in memory by the store's sequence of documents.

In: a store. Out: the values of its streams, in the order of their last entries; nothing is read twice. Next: the lists of ``desk.people``,
and ``desk.people.sight``, which asks for them with every viewer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from desk.journal.journal import State
from graph.documents import DocumentKind
from graph.store import OnePerStore, Store

Keys = Callable[[str, dict[str, Any]], Iterable[str]]
"""The keys of a stream: of what is behind the colon, and its value."""


class _Kept:
    """The states of the streams of a store up to ``sequence``, by type and by what is behind the colon."""

    def __init__(self) -> None:
        self.sequence = 0
        self.states: dict[str, dict[str, State]] = {}
        self.indexes: dict[tuple[str, Keys], dict[str, str]] = {}
        self.lock = threading.Lock()

    def follow(self, store: Store) -> None:
        for one in store.documents_since(self.sequence, [DocumentKind.STATE]):
            kind, _colon, id = one.id.partition(":")
            states = self.states.setdefault(kind, {})
            states.pop(id, None)  # a stream that was acted on goes to the end
            states[id] = state = msgspec.json.decode(one.content, type=State)
            for (of, keys), found in self.indexes.items():
                if of == kind:
                    found.update(dict.fromkeys(keys(id, state.value), id))
            self.sequence = one.version


_kept_of = OnePerStore(_Kept)


def states(store: Store, kind: str) -> Iterator[tuple[str, State]]:
    """What the streams of a type have come to, in the order of their last entries: what is behind the colon, and the state, which is not to
    be changed."""
    with _kept(store) as kept:
        found = list(kept.states.get(kind, {}).items())
    yield from found


def values(store: Store, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same, of each state its value."""
    return ((id, state.value) for id, state in states(store, kind))


def state(store: Store, kind: str, id: str) -> State | None:
    """What one stream has come to; None where there is none."""
    with _kept(store) as kept:
        return kept.states.get(kind, {}).get(id)


def having(store: Store, kind: str, key: str, keys: Keys) -> str | None:
    """The stream of a type that has ``key`` among its ``keys``: what is behind the colon; None where there is none. An index of it is kept
    from the first time on, so ``keys`` is a function of a module, and a stream loses no key."""
    with _kept(store) as kept:
        if (kind, keys) not in kept.indexes:
            found = kept.states.get(kind, {}).items()
            kept.indexes[kind, keys] = {one: id for id, state in found for one in keys(id, state.value)}
        return kept.indexes[kind, keys].get(key)


@contextmanager
def _kept(store: Store) -> Iterator[_Kept]:
    kept = _kept_of(store)
    with kept.lock:
        kept.follow(store)
        yield kept
