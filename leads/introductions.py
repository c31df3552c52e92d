"""What both sides may see of each other once they are introduced: contacts, and a confidential demand.

In: a lead that was introduced. Out: nothing of its own: contacts are opened by ``desk.people.contacts``, the demand by
``desk.people.admissions``, each with its entry on record. Next: ``leads.leads`` calls it after ``introduce`` and ``acknowledge``, with
a ``journal`` of the desk by its own clock.

A side names, with its interest, the contact that the other may see; from the introduction on it does. Who is introduced to a confidential
demand is offered to be let in, and is, with the promise to keep it confidential that the acknowledgement takes.
"""

from __future__ import annotations

from collections.abc import Iterable

from desk.journal.journal import Journal
from desk.people.admissions import Admissions
from desk.people.contacts import Contacts, contact_book
from desk.people.contacts import relations as relations_to_contact
from desk.process.letting import CARE
from desk.process.principals import Actor, Role
from desk.process.table import Value, Who
from graph.errors import NotAllowed, NotFound
from graph.language import _
from graph.model import Demand, Visibility
from graph.store import Store
from leads.parties import Parties
from leads.process import NEED, OFFER


def check_contact(store: Store, actor: Actor, contact: str) -> None:
    """Raises NotFound for a contact that is not the actor's to see, NotAllowed for one that is another's to show."""
    value = contact_book(store).show(actor, contact).value
    if not relations_to_contact(actor, value) & {*CARE}:
        raise NotAllowed(_("whoever cares for a contact says who may see it"), field="contact")


def check_introducer(of: Parties, related: Iterable[Who]) -> None:
    """Raises NotAllowed for who would introduce somebody to a confidential demand without being its owner or acting for it."""
    if is_confidential(of) and not {Who.OWNER, Who.AGENT} & set(related):
        raise NotAllowed(_("to a confidential demand its owner introduces, or who acts for the owner"))


def is_confidential(of: Parties) -> bool:
    """Whether the need of a lead is one that its owner lets others into: a confidential demand, or one of which it is confidential whose
    it is, as of a teaser."""
    is_owner_hidden = bool(of.posted) and all(edge.visibility is Visibility.CONFIDENTIAL for edge in of.posted)
    return isinstance(of.need, Demand) and (of.need.visibility is Visibility.CONFIDENTIAL or is_owner_hidden)


def open_contacts(store: Store, journal: Journal, actor: Actor, of: Parties, value: Value) -> None:
    """Let each side see the contact that the other named. What is open already stays as it is, so that it can be done again."""
    platform = Actor(id=actor.id, role=Role.OPERATOR)  # by the word of the side that named it, which is on record
    book: Contacts | None = None
    for side, others in ((NEED, of.houses), (OFFER, of.owners)):
        contact = value.get("contacts", {}).get(side)
        if not contact:
            continue
        book = book or contact_book(store, journal)
        try:
            kept = book.show(platform, contact).value
        except NotFound:
            continue
        if kept["state"] == "kept":
            for other in others:
                if other not in kept["let_in"]:
                    book.let_in(platform, contact, other)


def offer_demand(store: Store, journal: Journal, actor: Actor, of: Parties) -> None:
    """Offer whoever is introduced to be let into a confidential demand; who was offered or is in already is passed over."""
    if not is_confidential(of) or of.need is None:
        return
    admissions = Admissions(store, journal)
    there = {one.value["guest"] for one in admissions.listed(actor, of.need.id) if one.value["state"] in ("asked", "offered", "open")}
    for house in of.houses:
        if house not in there:
            admissions.offer(actor, of.need.id, house)


def enter_demand(store: Store, journal: Journal, actor: Actor, of: Parties) -> None:
    """Accept what was offered, with the promise to keep it confidential."""
    if not is_confidential(of) or of.need is None:
        return
    admissions = Admissions(store, journal)
    for one in admissions.listed(actor):
        if one.value["to"] == of.need.id and actor.is_of(one.value["guest"]) and one.value["state"] == "offered":
            admissions.do(actor, one.id, "enter", {"confidential": True})
