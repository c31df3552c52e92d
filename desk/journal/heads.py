"""Heads of the journal: one signed hash over all streams, by which a tail that was cut off shows; and the check of the whole.

In: a store with a journal, a signing key. Out: a ``Head``, or what is wrong in words. Next: ``desk.people.streams``.

A chain of hashes shows an entry that was changed, not the last ones that were taken away. So the head over all streams is signed and handed
out, and ``verify`` takes an earlier one: the first ``entries`` of the journal must still come to its ``root``.

    root = SHA-256 over the lines ``stream number hash`` of the last entry of each stream, streams in order
    signature = Ed25519 (RFC 8032) of the head's canonical JSON without it
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from desk.journal.entries import FIRST, Entry, commitments, opened, personal_id
from desk.journal.journal import Fold, State
from graph import private
from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, StoreError
from graph.language import N_, _
from graph.store import Store, chunks

_ENCODER = msgspec.json.Encoder(order="sorted")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The journal at a moment: how many ``entries`` it has, the ``root`` over its streams, the instant, and who signed: the public key and
    the signature, both hex."""

    entries: int
    root: str
    at: str
    key: str = ""
    signature: str = ""

    def to_bytes(self) -> bytes:
        """The head as JSON, as it is handed out."""
        return _ENCODER.encode(self)

    @staticmethod
    def from_bytes(content: bytes) -> Head:
        """The inverse. Raises InvalidInput for what is no head, or is signed by another key than it names."""
        try:
            head = msgspec.json.decode(content, type=Head)
            bare = msgspec.structs.replace(head, signature="")
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key)).verify(bytes.fromhex(head.signature), bare.to_bytes())
        except (msgspec.DecodeError, ValueError) as error:
            raise InvalidInput(_("not a head of a journal: {error}", error=error), field="--head") from error
        except InvalidSignature as error:
            raise InvalidInput("the head's signature does not match it", field="--head") from error
        return head


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key at ``path``, made there at first use, for its owner alone (mode 600). Raises StoreError for a file that holds none."""
    if not path.exists():
        private.begin(path, Ed25519PrivateKey.generate().private_bytes_raw().hex().encode() + b"\n")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private.narrowed(path).read_text("ascii").strip()))
    except (OSError, ValueError) as error:
        raise StoreError(_("{path}: cannot be read as a signing key: {error}", path=path, error=error)) from error


def head(store: Store, key: Ed25519PrivateKey, *, now: datetime | None = None) -> Head:
    """The signed head of the journal as it is now."""
    last: dict[str, tuple[int, str]] = {}
    count = 0
    for entry in _entries(store):
        count += 1
        last[entry.stream] = (entry.number, entry.hash)
    at = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    bare = Head(entries=count, root=_root(last), at=at, key=key.public_key().public_bytes_raw().hex())
    return msgspec.structs.replace(bare, signature=key.sign(bare.to_bytes()).hex())


def verify(store: Store, folds: Mapping[str, Fold], *, earlier: Head | None = None, key: str = "") -> tuple[int, list[str]]:
    """How many entries there are, and what is wrong in words: a broken chain, a state that its entries do not come to, a personal value
    that is not the one committed to, and a journal that is not a continuation of the ``earlier`` head. ``key``: who must have signed it
    (the public key, hex), if it is known."""
    problems: list[str] = []
    states: dict[str, State] = {}
    last: dict[str, tuple[int, str]] = {}
    count = 0
    root_then = _root({}) if earlier and not earlier.entries else ""
    for part in chunks(_read(store, problems)):
        kept = store.documents([personal_id(entry.id, field) for entry in part for field in commitments(entry)])
        for entry in part:
            count += 1
            number, before = last.get(entry.stream, (0, FIRST))
            if (entry.number, entry.previous) != (number + 1, before):
                problems.append(_("{id}: it does not follow entry {number} of its stream", id=entry.id, number=number))
            last[entry.stream] = (entry.number, entry.hash)
            problems += _fold(entry, states, folds)
            problems += _commitments(entry, kept)
            if earlier and count == earlier.entries:
                root_then = _root(last)
    if earlier and earlier.root != root_then:
        text = N_("the journal does not continue the head of {at} with {entries} entries: they come to another root")
        if count < earlier.entries:
            text = N_("the journal does not continue the head of {at} with {entries} entries: it has {count} of them")
        problems.append(_(text, at=earlier.at, entries=earlier.entries, count=count))
    if earlier and key and earlier.key != key:
        problems.append(_("the head of {at} is signed by another key than this store's", at=earlier.at))
    return count, problems + _states(store, states)


def _entries(store: Store) -> Iterator[Entry]:
    """All entries in the order in which they were written."""
    return (Entry.from_document(one) for one in store.documents_since(0, [DocumentKind.ENTRY]))


def _read(store: Store, problems: list[str]) -> Iterator[Entry]:
    """The same, where one that cannot be read is a problem and no end."""
    for one in store.documents_since(0, [DocumentKind.ENTRY]):
        try:
            yield Entry.from_document(one)
        except StoreError as error:
            problems.append(str(error))


def _root(last: Mapping[str, tuple[int, str]]) -> str:
    lines = (f"{stream} {number} {digest}\n" for stream, (number, digest) in sorted(last.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _fold(entry: Entry, states: dict[str, State], folds: Mapping[str, Fold]) -> list[str]:
    fold = folds.get(entry.stream.partition(":")[0])
    if fold is None:
        return [_("{stream}: there is no such type of stream", stream=entry.stream)]
    before = states.get(entry.stream)
    try:
        states[entry.stream] = State(entry.number, entry.hash, entry.at, fold(before.value if before else None, entry))
    except (InvalidInput, LookupError, TypeError, ValueError) as error:
        return [_("{id}: its stream cannot be folded: {error}", id=entry.id, error=error)]
    return []


def _commitments(entry: Entry, kept: Mapping[str, Document]) -> list[str]:
    found = []
    for field, commitment in commitments(entry).items():
        held = kept.get(personal_id(entry.id, field))
        if held and not _is_kept(held, commitment):
            found.append(_("{id}: the value kept of {field} is not the one that was committed to", id=entry.id, field=field))
    return found


def _is_kept(held: Document, commitment: str) -> bool:
    try:
        return opened(held).commitment == commitment
    except (msgspec.DecodeError, ValueError):
        return False


def _states(store: Store, states: Mapping[str, State]) -> list[str]:
    stored = {one.id: one.content for one in store.documents_since(0, [DocumentKind.STATE])}
    wrong = [stream for stream in sorted(states) if stored.get(stream) != states[stream].to_bytes()]
    problems = [_("{stream}: its state is not what its entries come to", stream=stream) for stream in wrong]
    return problems + [_("{stream}: a state without entries", stream=stream) for stream in sorted(stored.keys() - states.keys())]
