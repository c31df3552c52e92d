"""Persons: who objects is hidden, who asks to be forgotten is taken out, and neither comes back with the next feed.

In: a name or an id, and the operator. Out: what was done, with what is left for the operator to do. Next: ``api.cli.people.person``.

The list (``ingest.suppression``), the entry of the journal and the change of the graph are one write. What is derived goes after it
(``desk.people.rights.traces``); whoever is stopped in between runs ``Persons.again``, which finishes it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from desk.find import find
from desk.journal.entries import COMMITMENT
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.rights.mentions import Mention, ids_of, mentions, namesakes
from desk.people.rights.passages import passages_of
from desk.process.act import STATE, Act, act
from desk.process.person import FOLD, PERSON, WHO
from desk.process.principals import Actor, Scope
from desk.process.table import Who
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput, NotFound
from graph.language import _
from graph.model import Expert
from graph.store import Batch, Store
from graph.viewer import OWNER
from ingest.persons import Change, Keys, concealed, keys_of_person, on_list, people_of, removed
from ingest.suppression import PREFIX, Listed, Suppression, Wish, stored

FOLDS = {PERSON.name: FOLD}
_TRIES = 5
_CHECK = "check"
"""What is hashed to see that a list was made under the same key."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. ``person``: the number of the journal's stream; ``receipt``: salt of the commitment in the entry, by which the person
    can show that it is about them (SHA-256 of salt and name); ``keys``: how many are on the list; ``shared``: names beside an employer that
    somebody else has too, which are not; ``namesakes`` and ``mentions``: what the operator should look at; ``left``: what is left to be
    done by hand."""

    person: str
    wish: Wish
    name: str
    receipt: str
    keys: int
    shared: int
    records: int
    contacts: int = 0
    namesakes: list[Mention] = []
    mentions: list[Mention] = []
    left: list[str] = []


class Wished(msgspec.Struct, frozen=True, kw_only=True):
    """A person on the list, or who was: without a name."""

    person: str
    state: str
    since: str
    keys: int
    who: Any = None


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """The list as it is carried to a restored store: hashes, and what the key makes of a known text."""

    check: str
    persons: list[Wished]
    listed: dict[str, Listed]


class Persons:
    """The persons of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def find(self, actor: Actor, name: str) -> Expert:
        """The expert called ``name``. Raises NotFound, and InvalidInput for somebody else's name or for who is not the operator."""
        actor.require(Scope.ADMIN)
        found = self._store.get([find(self._store, name, OWNER)])
        entity = next(iter(found.values()))
        if not isinstance(entity, Expert):
            raise InvalidInput(_("{name} is no expert; people are who these rights are of", name=name), field="name")
        return entity

    def object_to(self, actor: Actor, name: str, reason: str = "") -> Done:
        """Hide a person from everybody but the operator, for good. Raises as ``find`` does."""
        return self._wish(actor, self.find(actor, name), Wish.OBJECTED, reason)

    def forget(self, actor: Actor, name: str, reason: str = "") -> tuple[Done, list[str]]:
        """Take a person out of the graph, for good; also the texts that were embedded of the person. What is derived from the graph is to
        go afterwards (``desk.people.rights.traces``). Raises as ``find`` does."""
        entity = self.find(actor, name)
        texts = passages_of(self._store, people_of(self._store, entity))
        return self._wish(actor, entity, Wish.FORGOTTEN, reason), texts

    def allow(self, actor: Actor, person: str, reason: str = "") -> Wished:
        """Take a person off the list; the next feed of the files says what is known. ``person``: the number of the stream, or for who
        objected a name. Raises NotFound."""
        actor.require(Scope.ADMIN)
        suppression = stored(self._store)
        if not any(one.person == person for one in suppression.listed.values()):
            person = self._known(keys_of_person(self._store, [self.find(actor, person)]), suppression)
        if not person:
            raise NotFound(_("nobody on the list is called so; see: dovetail person list"))
        mine = {one for one, held in suppression.listed.items() if held.person == person}
        gone = [Document(one, DocumentKind.SUPPRESSION, b"", version) for one, version in self._versions(mine).items()]
        self._act(actor, person, "allow", {"reason": reason} if reason else {}, Batch(documents=gone))
        return next(one for one in self.listed(actor) if one.person == person)

    def listed(self, actor: Actor) -> Iterator[Wished]:
        """The people on the list, and who were, by when."""
        actor.require(Scope.ADMIN)
        counts: dict[str, int] = defaultdict(int)
        for held in stored(self._store).listed.values():
            counts[held.person] += 1
        for person, value in values(self._store, PERSON.name):
            yield Wished(person=person, state=value[STATE], since=value["since"], keys=counts[person], who=value.get(WHO))

    def exported(self, actor: Actor) -> Exported:
        """The list, to be kept with the backups."""
        suppression = stored(self._store, make=True)
        return Exported(check=suppression.hash(_CHECK), persons=[*self.listed(actor)], listed=suppression.listed)

    def again(self, actor: Actor, carried: Exported | None = None) -> tuple[list[str], list[str]]:
        """Take in a list that was ``carried`` here, and let the graph be as the list says: after a restored backup, or a stop. The numbers
        of the persons that had come back, and the texts embedded of them. Raises InvalidInput for a list made under another key."""
        actor.require(Scope.ADMIN)
        if carried:
            self._take_in(actor, carried)
        suppression = stored(self._store)
        by_person: dict[str, list[str]] = defaultdict(list)
        wishes: dict[str, Wish] = {}
        texts: list[str] = []
        for one, record in on_list(self._store, suppression).items() if suppression else ():
            held = suppression.of(record)
            if held and (held.wish is Wish.FORGOTTEN or record.visibility.value != "confidential"):
                by_person[held.person].append(one)
                wishes[held.person] = held.wish
        for person, records in sorted(by_person.items()):
            if wishes[person] is Wish.OBJECTED:
                change = concealed(self._store, records)
                self._store.write(change.batch, expect=change.expect)
                continue
            holders = self._store.get({one for ids in self._store.lookup(records).values() for one in ids})
            texts += passages_of(self._store, [one for one in holders.values() if isinstance(one, Expert)])
            change = removed(self._store, records)
            self._act(actor, person, "forget_again", {}, change.batch, change.expect)
        return sorted(by_person), texts

    def _take_in(self, actor: Actor, carried: Exported) -> None:
        suppression = stored(self._store, make=True)
        if suppression.hash(_CHECK) != carried.check:
            raise InvalidInput(_("the list was made under another key; put the key of its store in place first"), field="FILE")
        bare = {key: held for key, held in carried.listed.items() if not held.person and key not in suppression.listed}
        if bare:
            self._store.write(Batch(documents=self._documents(bare)))
        states = {person: value[STATE] for person, value in values(self._store, PERSON.name)}
        for one in sorted(carried.persons, key=lambda one: (one.since, one.person)):
            mine = {key: held for key, held in carried.listed.items() if held.person == one.person}
            documents = self._documents({key: held for key, held in mine.items() if suppression.listed.get(key) != held})
            here = states.get(one.person)
            if (here is None and mine) or (here, one.state) == (Wish.OBJECTED, Wish.FORGOTTEN):
                event = "forget" if one.state == Wish.FORGOTTEN else "object"
                self._act(actor, one.person, event, {WHO: one.who}, Batch(documents=documents))
            elif here in [*Wish] and one.state not in [*Wish]:
                self.allow(actor, one.person)
            elif here == one.state and documents:
                self._store.write(Batch(documents=documents))

    def _wish(self, actor: Actor, entity: Expert, wish: Wish, reason: str) -> Done:
        salt = secrets.token_hex(16)
        commitment = hashlib.sha256(bytes.fromhex(salt) + entity.name.encode()).hexdigest()
        says = {WHO: {COMMITMENT: commitment}} | ({"reason": reason} if reason else {})
        event = "forget" if wish is Wish.FORGOTTEN else "object"
        for attempt in range(_TRIES):
            suppression = stored(self._store, make=True)
            people = people_of(self._store, entity)
            keys, mine = keys_of_person(self._store, people), ids_of(self._store, people)
            person = self._known(keys, suppression) or secrets.token_hex(6)
            change = self._change(people, wish)
            listed = _listed(suppression, keys, person, wish)
            change.batch.documents += self._documents(listed)
            try:
                self._act(actor, person, event, says, change.batch, change.expect)
                break
            except Conflict:  # somebody fed the store meanwhile
                if attempt == _TRIES - 1:
                    raise
                entity = self.find(actor, entity.id)
        alike = namesakes(self._store, entity, mine)
        return Done(
            person=person, wish=wish, name=entity.name, receipt=salt, keys=len(listed), shared=len(keys.shared),
            records=sum(len(one.records) for one in people), namesakes=alike, mentions=mentions(self._store, entity),
        )  # fmt: skip

    def _change(self, people: list[Expert], wish: Wish) -> Change:
        records = [one for person in people for one in person.records]
        return removed(self._store, records) if wish is Wish.FORGOTTEN else concealed(self._store, records)

    def _known(self, keys: Keys, suppression: Suppression) -> str:
        """The number of a person who is on the list already."""
        every = (key for several in (*keys.records.values(), keys.names) for key in several)
        return next((held.person for key in every if (held := suppression.of_key(key))), "")

    def _documents(self, listed: Mapping[str, Listed]) -> list[Document]:
        versions = self._versions(listed)
        return [Document(one, DocumentKind.SUPPRESSION, listed[one[len(PREFIX) :]].to_bytes(), at) for one, at in versions.items()]

    def _versions(self, hashes: Mapping[str, object] | set[str]) -> dict[str, int]:
        """The documents of these hashes, each with its version, 0 for one that is not on the list."""
        wanted = [f"{PREFIX}{one}" for one in sorted(hashes)]
        there = self._store.documents(wanted)
        return {one: there[one].version if one in there else 0 for one in wanted}

    def _act(
        self, actor: Actor, person: str, event: str, says: Mapping[str, Any], batch: Batch, expect: Mapping[str, int | None] | None = None
    ) -> None:
        one = Act(id=person, event=event, actor=actor.id, relations={Who.OPERATOR}, says=says, expect=expect or {})
        act(self._journal, PERSON, one, lambda *_: batch)


def _listed(suppression: Suppression, keys: Keys, person: str, wish: Wish) -> dict[str, Listed]:
    """The entries of the list for a person, by hash."""
    plain = Listed(person=person, wish=wish)
    named = Listed(
        person=person, wish=wish, schemes=tuple(keys.schemes), sources=tuple(sorted(map(suppression.source_hash, keys.sources)))
    )
    found = {suppression.hash(key): plain for several in keys.records.values() for key in several}
    found |= {suppression.hash(key): Listed(person="", wish=wish) for key in keys.called}
    return {suppression.hash(key): named for key in keys.names} | found

