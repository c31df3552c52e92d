"""The contact book: names, phones and mail addresses, encrypted, apart from graph, index and journal.

In: how somebody can be reached, with the purpose, the ground and the day of it. Out: the same for whom the process lets in, each reveal on
record. Next: ``api.cli.people.contacts``. Encrypted by Fernet (AES-128-CBC with HMAC-SHA256) under a key in a file beside the store: who
copies the store alone reads nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from desk.find import find, find_institution
from desk.journal.entries import FIRST, Entry
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.secret_files import CONTACTS, key_file
from desk.people.sight import viewer_of
from desk.process import letting
from desk.process.act import Act, act, seen, value_of
from desk.process.contact import CONTACT, FOLD
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph import private
from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, StoreError
from graph.language import _
from graph.model import Expert, Institution
from graph.store import Batch, Store

FOLDS = {CONTACT.name: FOLD}


class Reached(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How somebody can be reached."""

    name: str = ""
    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    note: str = ""


class Contact(msgspec.Struct, frozen=True):
    """A contact without what it says: its ``id``, the instant of the last step, what it is kept for, who cares for it and, for them, who
    may see it."""

    id: str
    at: str
    value: Value


class Contacts:
    """The contact book of a store. ``key``: the file of its key."""

    def __init__(self, store: Store, key: Path, journal: Journal | None = None) -> None:
        self._store, self._key, self._journal = store, key, journal or Journal(store, FOLDS)

    def keep(
        self, actor: Actor, of: str, reached: Reached, *, purpose: str, consent: str, date: str, source: str = "", id: str = "",
    ) -> Contact:  # fmt: skip
        """Keep how the institution or expert ``of`` can be reached, cared for by the actor's institution. ``id``: of a contact that is kept
        once, whoever offers it again. Raises InvalidInput where it
        says nothing, or not what for, on what ground and since when; NotFound for who is not there."""
        if not (reached.phones or reached.mails or reached.name):
            raise InvalidInput("a contact needs a name, a phone or a mail address", field="name")
        found = find(self._store, of, viewer_of(self._store, actor))
        if not isinstance(self._store.get([found]).get(found), Institution | Expert):
            raise InvalidInput(_("{name} is neither an institution nor an expert", name=of), field="of")
        id = id or secrets.token_hex(6)
        says = {"of": found, "purpose": purpose, "consent": consent, "date": date, "source": source, "owner": actor.institution or found}
        value = {"owner": says["owner"]}
        sealed = Document(f"sealed:{id}", DocumentKind.CONTACT, self._fernet(make=True).encrypt(msgspec.json.encode(reached)))
        said = {name: text for name, text in says.items() if text}
        self._act(actor, id, "keep", said, value, Batch(documents=[sealed]))
        return self.show(actor, id)

    def show(self, actor: Actor, id: str) -> Contact:
        """A contact without what it says. Raises NotFound for one that is not the actor's to see."""
        state, related = seen(self._journal, CONTACT, id, lambda value: relations(actor, value))
        return Contact(id, state.at, letting.told(actor, related, state.value))

    def listed(self, actor: Actor, of: str = "") -> Iterator[Contact]:
        """The contacts that are the actor's to see; those of one institution or expert only. Raises NotFound for one that is not there."""
        of = find(self._store, of, viewer_of(self._store, actor)) if of else ""
        for id, value in values(self._store, CONTACT.name):
            if relations(actor, value) and (not of or value["of"] == of):
                yield self.show(actor, id)

    def reveal(self, actor: Actor, id: str, reason: str) -> Reached:
        """What a contact says, put on record with the ``reason``. Raises NotFound for one that is not the actor's to see, StoreError where
        the key is not the one that it was kept with."""
        value = value_of(self._journal, CONTACT, id)
        held = self._store.documents([f"sealed:{id}"]).get(f"sealed:{id}")
        opened = self._opened(held) if held and relations(actor, value) else Reached()
        self._act(actor, id, "reveal", {"reason": reason}, value)  # on record before it is shown, or it is not shown
        return opened

    def let_in(self, actor: Actor, id: str, institution: str, *, out: bool = False) -> Contact:
        """Let an institution see it, or, with ``out``, see it no more."""
        says = {"institution": find_institution(self._store, institution, viewer_of(self._store, actor), "institution")}
        self._act(actor, id, "shut_out" if out else "let_in", says, value_of(self._journal, CONTACT, id))
        return self.show(actor, id)

    def erase(self, actor: Actor, id: str, reason: str = "") -> None:
        """Erase it for good: what it says is gone, who saw it stays on record."""
        held = self._store.documents([f"sealed:{id}"]).get(f"sealed:{id}")
        gone = [Document(held.id, held.kind, b"", held.version)] if held else []
        self._act(actor, id, "erase", {"reason": reason} if reason else {}, value_of(self._journal, CONTACT, id), Batch(documents=gone))

    def history(self, actor: Actor, id: str) -> list[Entry]:
        """Who kept, saw and erased it. Raises NotFound as ``show`` does; who was let in sees their own entries, numbered by
        themselves: what others did between them does not show."""
        related = relations(actor, self.show(actor, id).value)
        entries = list(self._journal.entries(f"{CONTACT.name}:{id}"))
        if related & {*letting.CARE}:
            return entries
        own = [entry for entry in entries if entry.actor == actor.id]
        return [msgspec.structs.replace(entry, number=number, previous=FIRST) for number, entry in enumerate(own, 1)]

    def _act(self, actor: Actor, id: str, event: str, says: Mapping[str, str], value: Value, batch: Batch | None = None) -> None:
        one = Act(id=id, event=event, actor=actor.id, relations=relations(actor, value), says=says)
        act(self._journal, CONTACT, one, lambda *_: batch or Batch())

    def _fernet(self, *, make: bool = False) -> Fernet:
        if make and not self._key.exists():
            self._make()
        try:
            return Fernet(private.narrowed(self._key).read_bytes().strip())
        except (OSError, ValueError) as error:
            raise StoreError(_("{path}: cannot be read as the key of the contact book: {error}", path=self._key, error=error)) from error

    def _make(self) -> None:
        """Put a new key in its place. Raises StoreError where contacts are there already: another key would open none of them."""
        is_used = next(self._store.documents_since(0, [DocumentKind.CONTACT]), None) is not None
        if self._key.exists():  # made meanwhile, as it is before the first contact
            return
        if is_used:
            raise StoreError(_("{path}: missing, and the contacts of the store need it; take it from a backup", path=self._key))
        private.begin(self._key, Fernet.generate_key() + b"\n")

    def _opened(self, sealed: Document) -> Reached:
        try:
            return msgspec.json.decode(self._fernet().decrypt(sealed.content), type=Reached)
        except InvalidToken as error:
            raise StoreError(_("{path}: not the key that the contact book was kept with", path=self._key)) from error


def contact_book(store: Store, journal: Journal | None = None) -> Contacts:
    """The contact book of a store, by the key that lies beside the store."""
    return Contacts(store, key_file(store, CONTACTS), journal)


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a contact."""
    return letting.relations(actor, value, value.get("owner"), value.get("of"))
