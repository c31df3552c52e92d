"""Entries of the journal: their one form in bytes, the chain of a stream, and the commitments that stand in for personal values.

In: what was done, and the entry before it in its stream. Out: an ``Entry`` with its hash, the documents that keep it and its personal
values. Next: ``desk.journal.journal`` writes them, ``desk.journal.heads`` verifies them.

    hash of an entry   = SHA-256 of its canonical JSON: stream, number, kind, actor, instant, body, and the hash of the entry before it
    commitment         = SHA-256 of salt and value; the value and its salt lie in a document of their own, which can be erased, and the
                         entry stays as it is. Without the salt (16 random bytes) the value cannot be guessed from the commitment.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from graph.documents import Document, DocumentKind
from graph.errors import StoreError
from graph.language import _

FIRST = ""
"""What stands for the hash before the first entry of a stream."""
COMMITMENT = "commitment"
_ENCODER = msgspec.json.Encoder(order="sorted")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done. ``stream``: the thing that it is about, as ``type:id``; ``number``: its place in the stream, from 1;
    ``kind``: what was done; ``actor``: who did it; ``at``: the instant, UTC, ISO 8601; ``previous``: the hash of the entry before."""

    stream: str
    number: int
    kind: str
    actor: str
    at: str
    body: dict[str, Any]
    previous: str

    @property
    def id(self) -> str:
        """The id of the document that keeps the entry; ids of a stream sort as its entries do."""
        return entry_id(self.stream, self.number)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The entry as canonical JSON."""
        return _ENCODER.encode(self)

    @staticmethod
    def from_document(document: Document) -> Entry:
        """Raises StoreError for bytes that are not the entry that belongs under the document's id."""
        try:
            entry = msgspec.json.decode(document.content, type=Entry)
        except msgspec.DecodeError as error:
            raise StoreError(_("journal entry {id} cannot be read: {error}", id=document.id, error=error)) from error
        if entry.id != document.id or entry.to_bytes() != document.content:
            raise StoreError(_("journal entry {id} is not in the form in which entries are written", id=document.id))
        return entry

    def document(self) -> Document:
        return Document(self.id, DocumentKind.ENTRY, self.to_bytes())


def entry_id(stream: str, number: int) -> str:
    """The id of the document that keeps the entry ``number`` of a stream."""
    return f"{stream}/{number:010d}"


class Personal(msgspec.Struct, frozen=True):
    """A personal value of an entry, and what its commitment was made with."""

    salt: str
    value: str

    @property
    def commitment(self) -> str:
        return hashlib.sha256(bytes.fromhex(self.salt) + self.value.encode()).hexdigest()


def personal_id(entry: str, field: str) -> str:
    """The id of the document that keeps a personal value of an entry."""
    return f"{entry}#{field}"


def committed(entry: str, personal: Mapping[str, str]) -> tuple[dict[str, Any], list[Document]]:
    """For personal values by field: what stands in the body of the entry with this id, and the documents that keep the values."""
    kept = {field: Personal(secrets.token_hex(16), value) for field, value in personal.items()}
    documents = [Document(personal_id(entry, field), DocumentKind.PERSONAL, _ENCODER.encode(one)) for field, one in kept.items()]
    return {field: {COMMITMENT: one.commitment} for field, one in kept.items()}, documents


def opened(document: Document) -> Personal:
    """The personal value that a document keeps."""
    return msgspec.json.decode(document.content, type=Personal)


def commitments(entry: Entry) -> dict[str, str]:
    """The commitments in the body of an entry, by field."""
    return {
        field: value[COMMITMENT]
        for field, value in entry.body.items()
        if isinstance(value, dict) and value.keys() == {COMMITMENT}
    }
