"""What a member was told, on record: a document for each who gets letters, so that nothing is told twice.

In: a member. Out: its ``Record`` and the document that keeps it. Next: ``leads.notices.notify``.

A letter is put on record before it goes: what it tells counts as told from then on, in one write with the letter itself, which waits until
the mail server has taken it. A process that dies in between leaves it waiting, and the next run sends it again under the same Message-ID.
So each thing is in one letter alone; that one comes twice where a process died between the server's answer and the note of it, and mail
programs show a letter of one Message-ID once. The other order would lose it.
"""

from __future__ import annotations

import msgspec

from graph.documents import Document, DocumentKind
from graph.store import Store
from leads.subscriptions.marks import Change

_ENCODER = msgspec.msgpack.Encoder()


class Part(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a letter tells for one search or one thing that is followed. ``of``: the type of the stream and its number, parted by a colon;
    ``leads``: their ids; ``more``: partners of whom there are more, each with the leads that are counted alone; ``rest``: those of
    others; ``thing``: what is followed, with its ``changes``; ``tasks``: ids of leads on which something is to be done."""

    of: str
    leads: tuple[str, ...] = ()
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rest: tuple[str, ...] = ()
    thing: str = ""
    changes: tuple[Change, ...] = ()
    tasks: tuple[str, ...] = ()


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A letter that waits to be sent. ``number``: of the member's letters; ``at``: the instant for which it was made; ``tries`` in vain;
    ``due``: the instant before which it is not tried again."""

    number: int
    at: str
    parts: tuple[Part, ...]
    tries: int = 0
    due: str = ""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """``number``: letters so far; ``slots``: by search or following, the day up to which it was looked at; ``told``: marks of what was
    told; ``waiting``: the letter on its way; ``dropped``: letters that could not be delivered."""

    number: int = 0
    slots: dict[str, str] = {}
    told: bytes = b""
    waiting: Letter | None = None
    dropped: int = 0


def read(store: Store, member: str) -> tuple[Record, int]:
    """The record of a member and its version; an empty one where nothing was told yet."""
    held = store.documents([_id(member)]).get(_id(member))
    return (
        (msgspec.msgpack.decode(held.content, type=Record), held.version)
        if held and held.content
        else (Record(), held.version if held else 0)
    )


def document(member: str, record: Record, version: int) -> Document:
    """What keeps ``record``, in place of that ``version``."""
    return Document(_id(member), DocumentKind.NOTICE, _ENCODER.encode(record), version)


def _id(member: str) -> str:
    return f"notices:{member}"
