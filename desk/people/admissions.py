"""Admissions: letting an institution into something confidential, step by step, with both sides' consent on record.

In: who acts, what it is about, which institution. Out: the admission as it stands; who may see a thing, and why. Next:
``desk.people.sight`` reads the admissions that are open.

A confidential demand is not there for anybody but its owner, who acts for it, the operator and who was let in: asking to be let into
something that one cannot know of is answered like asking for what is not there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from desk.find import find, find_institution, nothing
from desk.journal.entries import Entry
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.sight import OWN, SOURCE, viewer_of
from desk.process.act import STATE, Act, act, value_of
from desk.process.admission import ADMISSION, FOLD
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role
from desk.process.table import Value, Who
from graph.errors import InvalidInput
from graph.model import Demand
from graph.store import Store
from graph.viewer import OWNER

FOLDS = {ADMISSION.name: FOLD}


class Admission(msgspec.Struct, frozen=True):
    """An admission as it stands."""

    id: str
    value: Value


class Reason(msgspec.Struct, frozen=True):
    """Who may see a thing, and why: ``owner``, ``agent``, ``let in``; ``since``: the day, of who was let in."""

    institution: str
    why: str
    since: str = ""


class Admissions:
    """The admissions of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def offer(self, actor: Actor, to: str, guest: str) -> Admission:
        """Offer ``guest`` to be let into what ``to`` names. Raises NotFound for what is not the actor's, or not there."""
        thing = self._seen(actor, to)
        owner = self._owner(actor, thing)
        return self._begin(actor, "offer", thing, find_institution(self._store, guest, OWNER, "guest"), owner)

    def ask(self, actor: Actor, to: str, *, confidential: bool) -> Admission:
        """Ask to be let into what ``to`` names, which the actor must know of. Raises NotFound for what the actor may not know of."""
        if not actor.institution:
            raise InvalidInput("whoever is let in is an institution", field="actor")
        thing = self._seen(actor, to)
        owners = self._owners(thing)
        if not owners or actor.institution in owners:
            raise InvalidInput("is nobody else's to let in", field="to")
        return self._begin(actor, "ask", thing, actor.institution, min(owners), {"confidential": confidential})

    def do(self, actor: Actor, id: str, event: str, says: Mapping[str, Any] | None = None) -> Admission:
        """Grant, enter, refuse or end. Raises NotFound for an admission that is not the actor's to see."""
        related = self._relations(actor, value_of(self._journal, ADMISSION, id))
        one = Act(id=id, event=event, actor=actor.id, relations=related, says=says or {})
        act(self._journal, ADMISSION, one)
        return self.show(actor, id)

    def show(self, actor: Actor, id: str) -> Admission:
        """An admission as it stands. Raises NotFound for one that is not the actor's to see."""
        value = value_of(self._journal, ADMISSION, id)
        if not self._relations(actor, value):
            raise ADMISSION.missing(id)
        return Admission(id, value)

    def listed(self, actor: Actor, to: str = "") -> Iterator[Admission]:
        """The admissions that are the actor's to see; of one thing only."""
        for id, value in values(self._store, ADMISSION.name):
            if self._relations(actor, value) and (not to or value["to"] == to):
                yield Admission(id, value)

    def who_sees(self, actor: Actor, to: str) -> list[Reason]:
        """Which institutions may see what ``to`` names beyond those who see everything of its visibility, and why. Raises NotFound for who
        does not own it."""
        thing = self._seen(actor, to)
        self._owner(actor, thing)
        found = [Reason(one, "owner") for one in sorted(self._owners(thing))]
        found += [Reason(one, "agent") for one in sorted(self._agents(thing))]
        for id, value in values(self._store, ADMISSION.name):
            if value["to"] == thing and value[STATE] == "open":
                entered = [entry for entry in self._journal.entries(f"{ADMISSION.name}:{id}") if entry.kind in ("grant", "enter")]
                found.append(Reason(value["guest"], "let in", entered[-1].at[:10]))
        return found

    def history(self, actor: Actor, to: str) -> list[Entry]:
        """Who was ever let into what ``to`` names, and by whom, in order: for its owner, when the list is closed."""
        thing = self._seen(actor, to)
        self._owner(actor, thing)
        streams = [f"{ADMISSION.name}:{id}" for id, value in values(self._store, ADMISSION.name) if value["to"] == thing]
        return sorted((entry for stream in streams for entry in self._journal.entries(stream)), key=lambda entry: (entry.at, entry.id))

    def _begin(self, actor: Actor, event: str, thing: str, guest: str, owner: str, says: Mapping[str, Any] | None = None) -> Admission:
        same = (value for _id, value in values(self._store, ADMISSION.name) if (value["to"], value["guest"]) == (thing, guest))
        if any(value[STATE] in ("asked", "offered", "open") for value in same):
            raise InvalidInput("is asked, offered or open already", field="guest")
        said = {"to": thing, "guest": guest, "owner": owner} | dict(says or {})
        id = secrets.token_hex(6)
        one = Act(id=id, event=event, actor=actor.id, relations=self._relations(actor, said), says=said)
        act(self._journal, ADMISSION, one)
        return self.show(actor, id)

    def _relations(self, actor: Actor, value: Value) -> frozenset[Who]:
        found = set()
        if actor.institution:
            if actor.institution == value["owner"]:
                found.add(Who.OWNER)
            if actor.institution == value["guest"]:
                found.add(Who.GUEST)
            if actor.institution in self._agents(value["to"]):
                found.add(Who.AGENT)
        return frozenset(found)

    def _seen(self, actor: Actor, to: str) -> str:
        return find(self._store, to, viewer_of(self._store, actor))

    def _owner(self, actor: Actor, thing: str) -> str:
        """Whose a thing is, of whom the actor may let others in. Raises NotFound for anybody else."""
        owners = self._owners(thing)
        if actor.institution in owners:
            return actor.institution
        if owners and (actor.institution in self._agents(thing) or actor.role is Role.OPERATOR):
            return min(owners)
        raise nothing(thing)

    def _owners(self, thing: str) -> set[str]:
        return {edge.source for edge in self._store.edges([thing], kinds=OWN, direction="in")}

    def _agents(self, thing: str) -> set[str]:
        """The institution that acts for the owner of a demand that was posted here."""
        node = self._store.get([thing]).get(thing)
        if not isinstance(node, Demand) or node.provenance.source != SOURCE:
            return set()
        state = self._journal.state(f"{DEMAND.name}:{node.provenance.source_id}")
        return {state.value["agent"]} if state and state.value.get("agent") else set()

