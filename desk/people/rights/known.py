"""What is known of a person and from where, for the person to read.

In: an expert, and the operator. Out: ``Known``: fields, the sources' rows, edges, contacts, who else is called so, where else the name
stands, and what was not searched. Next: ``api.cli.people.person``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from desk.people.contacts import Contacts
from desk.people.rights.mentions import Mention, ids_of, mentions, namesakes
from desk.people.rights.reached import Opened, contacts_of
from desk.process.principals import Actor
from desk.schemas import EdgeOut
from desk.show import describe, records_of
from graph.language import N_
from graph.model import Expert
from graph.store import Store
from graph.viewer import OWNER
from ingest.persons import people_of

EVERY = 1_000_000
"""Edges that are told: all of them."""
REASON = "told to the person"
NOT_SEARCHED = (
    N_("members and keys of this name: whether they are the same person, only the person can say"),
    N_("the content of attached files, and contacts of institutions that the person is not tied to"),
    N_("source files, files of rejected rows, and backups: they lie where the operator keeps them"),
)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known. ``records``: what each source says, word for word; ``edges``: works, employers and evidence, each with its source."""

    id: str
    fields: dict[str, Any]
    records: list[dict[str, Any]]
    edges: list[EdgeOut]
    contacts: list[Opened]
    namesakes: list[Mention]
    mentions: list[Mention]
    not_searched: list[str]


def known(store: Store, book: Contacts, actor: Actor, entity: Expert) -> Known:
    """Everything that the store knows of ``entity``. That contacts were opened for it is put on record."""
    mine = ids_of(store, people_of(store, entity))
    told = describe(store, entity.id, viewer=OWNER, limit=EVERY)
    return Known(
        id=entity.id, fields=told.fields, records=records_of(store, entity.id, viewer=OWNER), edges=told.edges,
        contacts=[*contacts_of(store, book, actor, entity, REASON)], namesakes=namesakes(store, entity, mine),
        mentions=mentions(store, entity), not_searched=[*NOT_SEARCHED],
    )  # fmt: skip
