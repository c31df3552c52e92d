"""Who is told: the members that letters go to, and as whom a saved search looks.

In: a store with its members, the state of a saved search. Out: the ``Actor`` whose eyes it looks by, as that stands now. Next:
``leads.subscriptions.searches``, ``leads.subscriptions.follows`` and ``leads.notices.notify``.

A search sees what its member may see on the day it looks; one without a member what the key may that saved it, as long as that is good.
"""

from __future__ import annotations

from collections.abc import Iterator

from desk.journal.states import state, values
from desk.members.members import Members
from desk.people.sight import placed
from desk.process.act import STATE
from desk.process.key import KEY
from desk.process.member import MEMBER
from desk.process.principals import Actor, Role, Scope
from desk.process.table import Value, Who
from graph.errors import InvalidInput, NotSignedIn
from graph.language import _
from graph.store import Store


def member_of(actor: Actor) -> str:
    """The number of the member who acts; "" where it is none."""
    kind, _colon, id = actor.id.partition(":")
    return id if kind == MEMBER.name else ""


def recipient(members: Members, actor: Actor, named: str | None) -> str:
    """The member to whom letters go: who acts, or the one who is ``named``, of the same institution, by the operator any. Raises
    InvalidInput for another."""
    id = named or member_of(actor)
    if not id or id == member_of(actor):
        return id
    try:
        other = members.actor(id)
    except NotSignedIn:
        other = None
    if other is None or not (actor.runs or (other.institution and actor.is_of(other.institution))):
        raise InvalidInput(_("is no member of the institution"), field="member")
    return id


def eyes(store: Store, members: Members, value: Value, now: str) -> Actor | None:
    """As whom a saved search looks; None where nobody may look by it any more."""
    if value["member"]:
        try:
            return members.actor(value["member"])
        except NotSignedIn:
            return None
    kind, _colon, id = value["by"].partition(":")
    if kind == KEY.name:
        key = state(store, KEY.name, id)
        if key is None or key.value[STATE] != "active" or key.value["expires"] < now[:10]:
            return None
    scopes = frozenset(map(Scope, value["scopes"]))
    return placed(store, Actor(id=value["by"], role=Role(value["role"]), institution=value["institution"], scopes=scopes))


def active(store: Store) -> Iterator[str]:
    """The members who are there to be told."""
    return (id for id, value in values(store, MEMBER.name) if value[STATE] == "active")


def cares(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a saved search, or to what a member follows: its owner is who saved it or gets it, and the institution's
    people."""
    found = {Who.OPERATOR} if actor.runs else set()
    is_own = bool(value.get("member")) and member_of(actor) == value["member"]
    if is_own or actor.id == value.get("by") or (actor.is_of(value.get("institution")) and Scope.WRITE in actor.scopes):
        found.add(Who.OWNER)
    return frozenset(found)
