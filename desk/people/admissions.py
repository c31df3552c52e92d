"""Admissions: letting an institution into something confidential, step by step, with both sides' consent on record.

In: who acts, what it is about, which institution. Out: the admission as it stands; who may see a thing, and why. Next:
``desk.people.sight`` reads the admissions that are open.

A confidential demand is not there for anybody but its owner, who acts for it, the operator and who was let in: asking to be let into
something that one cannot know of is answered like asking for what is not there. Where a teaser stands, one asks by the teaser, and learns
neither the demand nor whose it is before the owner has granted it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from desk.find import find_institution, nothing
from desk.journal.entries import Entry
from desk.journal.journal import Journal, State
from desk.journal.states import states, values
from desk.people.sight import OWN, SOURCE, demand_of, find_thing, nodes_of, viewer_of
from desk.process.act import STATE, Act, act, seen, value_of
from desk.process.admission import ADMISSION, FOLD
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.errors import InvalidInput
from graph.model import Demand
from graph.store import Store

FOLDS = {ADMISSION.name: FOLD}


class Admission(msgspec.Struct, frozen=True):
    """An admission as it stands; ``owner`` is left out for a guest who is not let in yet. ``at``: the instant of the last
    step; ``events``: what the one who looks can do."""

    id: str
    at: str
    value: Value
    events: list[str]


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who may see a thing, and why: ``owner``, ``agent``, ``let in``; ``since`` and ``until``: days, of who was let in, the second where
    that has ended."""

    institution: str
    why: str
    since: str = ""
    until: str = ""


class Admissions:
    """The admissions of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def offer(self, actor: Actor, to: str, guest: str) -> Admission:
        """Offer ``guest`` to be let into what ``to`` names. Raises NotFound for what is not the actor's, or not there."""
        thing = self._seen(actor, to)
        owner = self._owner(actor, thing)
        return self._begin(actor, "offer", thing, find_institution(self._store, guest, viewer_of(self._store, actor), "guest"), owner)

    def ask(self, actor: Actor, to: str, *, confidential: bool) -> Admission:
        """Ask to be let into what ``to`` names, which the actor must know of. Raises NotFound for what the actor may not know of."""
        if not actor.institution:
            raise InvalidInput("whoever is let in is an institution", field="actor")
        thing = self._seen(actor, to)
        owners = owners_of(self._store, thing)
        if not owners or actor.is_of(*owners) or not self._knows_owner(actor, thing):
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
        state, _related = seen(self._journal, ADMISSION, id, lambda value: self._relations(actor, value))
        return self._admission(actor, id, state)

    def listed(self, actor: Actor, to: str = "") -> Iterator[Admission]:
        """The admissions that are the actor's to see; of one thing only. Raises NotFound for one that is not there."""
        thing = self._seen(actor, to) if to else ""
        for id, state in states(self._store, ADMISSION.name):
            if self._relations(actor, state.value) and (not thing or state.value["to"] == thing):
                yield self._admission(actor, id, state)

    def who_sees(self, actor: Actor, to: str) -> list[Reason]:
        """Which institutions may see what ``to`` names, or could, beyond those who see everything of its visibility, and why. Raises
        NotFound for who does not own it."""
        thing = self._seen(actor, to)
        self._owner(actor, thing)
        found = [Reason(one, "owner") for one in sorted(owners_of(self._store, thing))]
        found += [Reason(one, "agent") for one in sorted(_agents(self._store, thing))]
        return found + let_in(self._store, self._journal, thing)

    def history(self, actor: Actor, to: str) -> list[Entry]:
        """Who asked, was offered and was let into what ``to`` names, and by whom, in order: for its owner. Raises NotFound for anybody
        else."""
        thing = self._seen(actor, to)
        self._owner(actor, thing)
        entries = [entry for id, _value in about(self._store, thing) for entry in self._journal.entries(f"{ADMISSION.name}:{id}")]
        return sorted(entries, key=lambda entry: (entry.at, entry.id))

    def _begin(self, actor: Actor, event: str, thing: str, guest: str, owner: str, says: Mapping[str, Any] | None = None) -> Admission:
        same = (value for _id, value in values(self._store, ADMISSION.name) if (value["to"], value["guest"]) == (thing, guest))
        if any(value[STATE] in ("asked", "offered", "open") for value in same):
            raise InvalidInput("is asked, offered or open already", field="guest")
        said = {"to": thing, "guest": guest, "owner": owner} | dict(says or {})
        id = secrets.token_hex(6)
        one = Act(id=id, event=event, actor=actor.id, relations=self._relations(actor, said), says=said)
        act(self._journal, ADMISSION, one)
        return self.show(actor, id)

    def _admission(self, actor: Actor, id: str, state: State) -> Admission:
        value = state.value
        related = self._relations(actor, value)
        if related == {Who.GUEST} and not value["entered"] and value["asked"]:
            value = {name: said for name, said in value.items() if name != "owner"}
        return Admission(id, state.at, value, ADMISSION.open_to(related, value, self._journal.now()))

    def _relations(self, actor: Actor, value: Value) -> frozenset[Who]:
        return relations(self._store, actor, value)

    def _knows_owner(self, actor: Actor, thing: str) -> bool:
        """Whether the actor may know that a thing is somebody's, by seeing whose it is or by its being a teaser: who may not is answered as
        if it were nobody's."""
        node = self._store.get([thing]).get(thing)
        if isinstance(node, Demand) and node.provenance.source == SOURCE:
            return True
        viewer = viewer_of(self._store, actor)
        edges = self._store.edges([thing], kinds=OWN, direction="in")
        ends = self._store.get({thing, *(edge.source for edge in edges)})
        return any(viewer.sees_edge(edge, ends) for edge in edges)

    def _seen(self, actor: Actor, to: str) -> str:
        return find_thing(self._store, actor, to)

    def _owner(self, actor: Actor, thing: str) -> str:
        """Whose a thing is, of whom the actor may let others in. Raises NotFound for anybody else."""
        owners = owners_of(self._store, thing)
        if actor.institution in owners:
            return actor.institution
        if owners and (actor.is_of(*_agents(self._store, thing)) or actor.runs):
            return min(owners)
        raise nothing(thing)


def relations(store: Store, actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to an admission."""
    found = set()
    if actor.is_of(value.get("owner")):
        found.add(Who.OWNER)
    if actor.is_of(value.get("guest")):
        found.add(Who.GUEST)
    if actor.is_of(*_agents(store, value.get("to", ""))):
        found.add(Who.AGENT)
    return frozenset(found)


def _agents(store: Store, thing: str) -> set[str]:
    """The institution that acts for the owner of a demand that was posted here, or of its teaser."""
    demand = demand_of(store, thing)
    return {demand[1]["agent"]} if demand and demand[1]["agent"] else set()


def owners_of(store: Store, thing: str) -> set[str]:
    """The institutions whose a node is."""
    return {edge.source for edge in store.edges([thing], kinds=OWN, direction="in")}


def about(store: Store, thing: str) -> list[tuple[str, Value]]:
    """The admissions to a thing; of a demand that was posted here, also those by its teasers."""
    demand = demand_of(store, thing)
    nodes = nodes_of(*demand) if demand else [thing]
    things = nodes if nodes[0] == thing else [thing]
    return [(id, value) for id, value in values(store, ADMISSION.name) if value["to"] in things]


def let_in(store: Store, journal: Journal, thing: str) -> list[Reason]:
    """Who was ever let into a thing, and from when until when, in the order of their admissions' last entries."""
    found = []
    for id, value in about(store, thing):
        if not value["entered"]:
            continue
        days = {entry.kind: entry.at[:10] for entry in journal.entries(f"{ADMISSION.name}:{id}")}
        found.append(Reason(value["guest"], "let in", days.get("grant") or days["enter"], days.get("end", "")))
    return found
