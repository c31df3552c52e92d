"""What was told, or need not be, by marks: 64 bits for each thing.

In: what a thing goes by. Out: ``Marks``; the leads that a search knew of when it was saved; a ``Change``. Next: ``leads.notices.record``
keeps what was told, ``leads.subscriptions.faces`` what a thing has.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from graph.documents import Document, DocumentKind
from graph.store import Store

_WIDTH = 8


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changed of a thing: a field with what it was and is, or ``new``: ids of what came to it."""

    field: str
    before: str = ""
    after: str = ""
    new: tuple[str, ...] = ()


class Marks(frozenset[bytes]):
    """What was told, by marks of 64 bits."""

    @classmethod
    def of(cls, packed: bytes) -> Marks:
        return cls(packed[at : at + _WIDTH] for at in range(0, len(packed), _WIDTH))

    def packed(self, keys: Iterable[str] = ()) -> bytes:
        """The marks, with those of ``keys``, as they are kept."""
        return b"".join(sorted(self.union(mark(one) for one in keys)))

    def has(self, key: str) -> bool:
        return mark(key) in self


def mark(key: str) -> bytes:
    """What stands for a thing that was told."""
    return blake2b(key.encode(), digest_size=_WIDTH).digest()


def known(store: Store, search: str) -> Marks:
    """The leads that a search found when it was saved: they are not told."""
    held = store.documents([_known_id(search)]).get(_known_id(search))
    return Marks.of(held.content if held else b"")


def known_document(search: str, ids: Iterable[str]) -> Document:
    """What keeps them."""
    return Document(_known_id(search), DocumentKind.NOTICE, Marks().packed(map(lead_key, ids)) or b"\0" * _WIDTH)


def lead_key(id: str) -> str:
    """What a lead goes by among what was told."""
    return f"lead:{id}"


def _known_id(search: str) -> str:
    return f"known:{search}"
