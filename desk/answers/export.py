"""The export of an answer: a document by which anybody can check, without the store, that the answer was given so and on that day.

In: an answer that was kept. Out: a JSON document; of such a document what it proves, or what is wrong with it. Next:
``api.http.routes.answers`` hands it out, ``dovetail answers verify`` checks it.

    entries    the chain of the answer's stream, each entry as it was hashed
    personal   what the commitments in the entries stand for: the salt and the value of each that the receiver may see
    head       stream, number and hash of the last entry and the instant, signed (Ed25519, RFC 8032) by the store's key over the canonical
               JSON of the head without its signature
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from desk.answers.answers import FOLDS, Answers, relations
from desk.journal.entries import FIRST, Entry, Personal, commitments, opened, personal_id
from desk.journal.journal import Journal
from desk.process.act import STATE
from desk.process.principals import Actor
from desk.process.programs.answer import ANSWER, ANSWER_TEXT, PERSON, REVISION
from desk.process.table import Who
from graph.errors import InvalidInput
from graph.language import _
from graph.store import Store

FORMAT = "dovetail-answer/1"
_ENCODER = msgspec.json.Encoder(order="sorted")


class StreamHead(msgspec.Struct, frozen=True, kw_only=True):
    """The last entry of a stream at an instant, and who says so: the public key and the signature, both hex."""

    stream: str
    number: int
    hash: str
    at: str
    key: str
    signature: str = ""

    def to_bytes(self) -> bytes:
        """What is signed, where the signature is empty."""
        return _ENCODER.encode(self)


class Export(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See the module's text. ``personal``: by entry and field."""

    format: str
    entries: list[Entry]
    personal: dict[str, dict[str, Personal]]
    head: StreamHead


class Proven(msgspec.Struct, frozen=True):
    """What an export proves. ``answer``: as it was given, None where it was erased; ``problems``: what is wrong, in words."""

    id: str
    kept: str
    hash: str
    state: str
    answer: dict[str, Any] | None
    key: str
    signed: str
    problems: list[str]


def export(store: Store, answers: Answers, actor: Actor, id: str, key: Ed25519PrivateKey, *, now: datetime | None = None) -> Export:
    """The export of an answer. Raises NotFound for one that is not the actor's to see."""
    related = relations(actor, answers.show(actor, id).value)
    may_see = {ANSWER_TEXT} | ({PERSON} if related - {Who.LET_IN} else set()) | ({REVISION} if Who.OPERATOR in related else set())
    entries = list(Journal(store, FOLDS).entries(f"{ANSWER.name}:{id}"))
    held = store.documents([personal_id(one.id, field) for one in entries for field in commitments(one) if field in may_see])
    personal = {
        one.id: {field: opened(held[personal_id(one.id, field)]) for field in commitments(one) if personal_id(one.id, field) in held}
        for one in entries
    }
    last, at = entries[-1], (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    bare = StreamHead(stream=last.stream, number=last.number, hash=last.hash, at=at, key=key.public_key().public_bytes_raw().hex())
    head = msgspec.structs.replace(bare, signature=key.sign(bare.to_bytes()).hex())
    return Export(format=FORMAT, entries=entries, personal={one: kept for one, kept in personal.items() if kept}, head=head)


def proven(content: bytes, *, key: str = "") -> Proven:
    """What an export proves, checked by itself. ``key``: the public key (hex) that must have signed it, if it is known. Raises InvalidInput
    for what is no export."""
    try:
        given = msgspec.json.decode(content, type=Export)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(_("not an export of an answer: {error}", error=error), field="file") from error
    if given.format != FORMAT or not given.entries or not given.entries[0].stream.startswith(f"{ANSWER.name}:"):
        raise InvalidInput(_("not an export of an answer: {error}", error=given.format[:40]), field="file")
    problems = [*_chain(given), *_personal(given), *_signature(given, key)]
    value: dict[str, Any] = {}
    try:
        for one in given.entries:
            value = FOLDS[ANSWER.name](value or None, one)
    except (InvalidInput, LookupError, TypeError, ValueError) as error:
        problems.append(_("{id}: its stream cannot be folded: {error}", id=given.entries[0].stream, error=error))
    first = given.entries[0]
    kept = given.personal.get(first.id, {}).get(ANSWER_TEXT)
    return Proven(
        first.stream.partition(":")[2], first.at, value.get("hash", ""), value.get(STATE, ""), _answer(kept, problems), given.head.key,
        given.head.at, problems,
    )  # fmt: skip


def _chain(given: Export) -> list[str]:
    found, before = [], FIRST
    for number, one in enumerate(given.entries, 1):
        if (one.stream, one.number, one.previous) != (given.entries[0].stream, number, before):
            found.append(_("{id}: it does not follow entry {number} of its stream", id=one.id, number=number - 1))
        before = one.hash
    return found


def _personal(given: Export) -> list[str]:
    """Every value that is given is the one committed to; a commitment may be without its value."""
    entries = {one.id: commitments(one) for one in given.entries}
    return [
        _("{id}: the value kept of {field} is not the one that was committed to", id=one, field=field)
        for one, fields in given.personal.items()
        for field, value in fields.items()
        if not _is_committed(value, entries.get(one, {}).get(field))
    ]


def _is_committed(value: Personal, commitment: str | None) -> bool:
    try:
        return commitment is not None and value.commitment == commitment
    except ValueError:
        return False


def _signature(given: Export, key: str) -> list[str]:
    head, last, found = given.head, given.entries[-1], list[str]()
    if (head.stream, head.number, head.hash) != (last.stream, last.number, last.hash):
        found.append(_("the head is not of the last entry"))
    try:
        bare = msgspec.structs.replace(head, signature="")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key)).verify(bytes.fromhex(head.signature), bare.to_bytes())
    except (InvalidSignature, ValueError):
        found.append(_("the head's signature does not match it"))
    if key and key.lower() != head.key.lower():
        found.append(_("the head is signed by another key than the one that is named"))
    return found


def _answer(kept: Personal | None, problems: list[str]) -> dict[str, Any] | None:
    if kept is None:
        return None
    try:
        return dict(msgspec.json.decode(kept.value))
    except (msgspec.DecodeError, TypeError, ValueError) as error:
        problems.append(_("not an export of an answer: {error}", error=error))
        return None
