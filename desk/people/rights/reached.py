"""The contacts of a person: those kept about the person, and those of the person's institutions that name the person.

In: an expert, and the operator. Out: what the contact book says of the person, each reveal on record; or all of it erased. Next:
``desk.people.rights.known`` and ``api.cli.people.person``.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from desk.people.contacts import Contact, Contacts, Reached
from desk.people.rights.mentions import ids_of
from desk.process.act import STATE
from desk.process.principals import Actor
from graph.errors import StoreError
from graph.model import EdgeKind, Expert
from graph.store import Store
from ingest.persons import people_of
from ingest.resolve.names import person_key


class Opened(msgspec.Struct, frozen=True):
    """A contact with what it says; ``reached`` is None where it cannot be opened, ``why`` then says so."""

    id: str
    of: str
    purpose: str
    source: str
    reached: Reached | None
    why: str = ""


def contacts_of(store: Store, book: Contacts, actor: Actor, entity: Expert, reason: str) -> Iterator[Opened]:
    """The contacts of a person, opened, which puts on record that they were. Those of the person's institutions are opened to see whom they
    name."""
    people = people_of(store, entity)
    mine = ids_of(store, people)
    houses = {edge.target for edge in store.edges([one.id for one in people], kinds=[EdgeKind.AFFILIATED_WITH], direction="out")}
    for one in [*book.listed(actor)]:
        of = one.value["of"]
        if one.value[STATE] != "kept" or not (of in mine or of in houses):
            continue
        opened = _opened(book, actor, one, reason)
        if of in mine or (opened.reached and is_called(entity, opened.reached.name)):
            yield opened


def erase(store: Store, book: Contacts, actor: Actor, entity: Expert, reason: str) -> int:
    """Erase the contacts of a person; how many there were."""
    found = [*contacts_of(store, book, actor, entity, reason)]
    for one in found:
        book.erase(actor, one.id, reason)
    return len(found)


def is_called(entity: Expert, name: str) -> bool:
    """Whether ``name`` is one of a person's, as names of people are compared."""
    return bool(person_key(name)) and person_key(name) in {person_key(one) for one in (entity.name, *entity.aliases)}


def _opened(book: Contacts, actor: Actor, one: Contact, reason: str) -> Opened:
    value = one.value
    try:
        return Opened(one.id, value["of"], value["purpose"], value["source"], book.reveal(actor, one.id, reason))
    except StoreError as error:
        return Opened(one.id, value["of"], value["purpose"], value["source"], None, str(error))
