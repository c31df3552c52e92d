"""Suggestions as they are kept: one document each, written many at a time, outside the journal.

In: suggestions that were found, and ids of those that hold no more. Out: the suggestions of a store. Next: ``leads.suggest`` writes them,
``leads.board`` reads them.

A suggestion is derived: it can be made anew from the graph at any time, so it makes no entry of the journal. One that is written as it
stands already is not written again, and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from graph.documents import Document, DocumentKind
from graph.store import Batch, Store, chunks
from leads.model import Suggestion

PREFIX = "suggestion:"
"""What the id of a suggestion's document begins with."""
AT_ONCE = 2000
"""Documents of one write, at most."""
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Suggestion)


def write(store: Store, made: Iterable[Suggestion], gone: Iterable[str] = ()) -> int:
    """Keep the suggestions ``made``, in place of what stood under their ids, and remove those of the ids ``gone``; how many changed. Raises
    Conflict where somebody else wrote one of them meanwhile; what was written before that stays, and the same call again completes it."""
    wanted = {one.id: _ENCODER.encode(one) for one in made}
    wanted |= {id: b"" for id in gone if id not in wanted}
    changed = 0
    for part in chunks(sorted(wanted), AT_ONCE):
        held = store.documents([PREFIX + id for id in part])
        documents = []
        for id in part:
            there = held.get(PREFIX + id)
            if wanted[id] != (there.content if there else b""):
                documents.append(Document(PREFIX + id, DocumentKind.SUGGESTION, wanted[id], there.version if there else 0))
        if documents:
            store.write(Batch(documents=documents))
            changed += len(documents)
    return changed


def read(store: Store) -> Iterator[Suggestion]:
    """All suggestions, in the order in which they were written."""
    return (decode(one.content) for one in store.documents_since(0, [DocumentKind.SUGGESTION]) if one.content)


def one(store: Store, id: str) -> Suggestion | None:
    """The suggestion of this id; None where there is none."""
    held = store.documents([PREFIX + id]).get(PREFIX + id)
    return decode(held.content) if held and held.kind is DocumentKind.SUGGESTION else None


def decode(content: bytes) -> Suggestion:
    """The suggestion that the content of a document says."""
    return _DECODER.decode(content)
