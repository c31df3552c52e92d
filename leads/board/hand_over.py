"""The hand-over of a board: all leads that are assigned to a broker go to another, each by an act of its own in the journal.

In: who acts, the two brokers. Out: which leads went over, and which could not, with the reason. Next: ``dovetail leads hand-over`` and
``POST /v1/hand-overs``.

Begun again after it was broken off, it goes on with what is left: what went over is the other's already.
"""

from __future__ import annotations

import msgspec

from desk.find import find_institution
from desk.journal.states import values
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotPossible
from graph.language import _
from graph.store import Store
from leads.leads import Leads
from leads.process import LEAD, OPEN

_HANDED = (*OPEN, "declined")
"""The states of leads that go over: what is closed stays with who closed it."""


class Kept(msgspec.Struct, frozen=True):
    """A lead that did not go over, and why."""

    id: str
    reason: str


class HandOver(msgspec.Struct, frozen=True):
    """What went over, and what did not."""

    moved: list[str]
    kept: list[Kept]


def hand_over(store: Store, actor: Actor, to: str, *, of: str = "", person: str = "", leads: Leads | None = None) -> HandOver:
    """Assign to the broker ``to``, there to ``person`` if one is named, all leads of the actor's own institution; for the operator those of
    ``of``. Raises NotFound for a broker who is not there, InvalidInput for one who hands over to itself, NotAllowed for another's board."""
    viewer = viewer_of(store, actor)
    giver = find_institution(store, of, viewer, "of") if of else actor.institution
    taker = find_institution(store, to, viewer, "to")
    if not giver:
        raise InvalidInput(_("names no broker whose board it is"), field="of")
    if not actor.runs and not actor.is_of(giver):
        raise NotAllowed(_("a board is handed over by its broker, or by the operator"), field="of")
    if giver == taker:
        raise InvalidInput(_("hands over to itself"), field="to")
    desk, moved, kept = leads or Leads(store), list[str](), list[Kept]()
    theirs = {giver, *(actor.former if actor.is_of(giver) else ())}
    for id, value in list(values(store, LEAD.name)):
        if value.get("broker") not in theirs or value["state"] not in _HANDED or value.get("into"):
            continue
        try:
            desk.do(actor, id, "assign", {"broker": taker} | ({"person": person} if person else {}))
            moved.append(id)
        except (NotFound, NotAllowed, NotPossible, Conflict) as error:
            kept.append(Kept(id, str(error)))
    return HandOver(moved, kept)
