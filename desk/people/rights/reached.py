"""The contacts of a person: those kept about the person, and those of the person's institutions that name the person.

In: an expert, and the operator. Out: what the contact book says of the person, each reveal on record; or all of it erased. Next:
``desk.people.rights.known`` and ``api.cli.people.person``.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from desk.people.contacts import Contact, Contacts, Reached
from desk.process.act import STATE
from desk.process.principals import Actor
from graph.errors import StoreError
from graph.ids import entity_id, record_id
from graph.model import EdgeKind, Expert, NodeKind, Record, Visibility
from graph.store import Store
from ingest.resolve.names import person_key


class Opened(msgspec.Struct, frozen=True):
    """A contact with what it says; ``reached`` is None where it cannot be opened, ``why`` then says so."""

    id: str
    of: str
    purpose: str
    source: str
    reached: Reached | None
    why: str = ""


def ids_of(store: Store, entity: Expert) -> set[str]:
    """The ids that a person has had: one for each Record, as each might have been hidden."""
    found = {entity.id, *entity.former_ids}
    for record in store.get(entity.records).values():
        if isinstance(record, Record):
            found |= {entity_id(NodeKind.EXPERT, record_id(record.of, *record.provenance.row, one)) for one in Visibility}
    return found


def contacts_of(store: Store, book: Contacts, actor: Actor, entity: Expert, reason: str) -> Iterator[Opened]:
    """The contacts of a person, opened, which puts on record that they were. Those of the person's institutions are opened to see whom they
    name."""
    mine = ids_of(store, entity)
    houses = {edge.target for edge in store.edges([entity.id], kinds=[EdgeKind.AFFILIATED_WITH], direction="out")}
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
