"""The parties of a lead: whose the need is, who acts for it, which institutions offer, and what somebody is to the lead.

In: a store, the two ends of a lead. Out: its ``Parties``; the relations of an actor to it. Next: ``leads.leads``.

A lead of a confidential demand is there for its owner, for who acts for the owner and for the operator alone, until it was proposed to the
side that offers; a broker who was let into such a demand works on its leads only where they were assigned to that broker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from desk.people.sight import demand_of
from desk.process.principals import Actor, Role
from desk.process.table import Value, Who
from graph.model import Achievement, Edge, EdgeKind, Expert, Institution, Node, Visibility
from graph.store import Reader, Store
from graph.viewer import Viewer, strictest
from leads.process import BROKER, NEED, OFFER, OPERATOR

TIES = (EdgeKind.POSTED, EdgeKind.OWNS, EdgeKind.AFFILIATED_WITH, EdgeKind.CREATED)
"""The edges that say whose a need or an offer is."""


@dataclass(frozen=True, kw_only=True)
class Parties:
    """``owners``: the institutions that need, ``shown_owners`` those whom everybody may know by; ``houses``: the institutions that offer;
    ``agent``: who acts for the owner of the need. ``need`` and ``offer``: the two nodes, None for one that is gone."""

    need: Node | None
    offer: Node | None
    owners: tuple[str, ...]
    posted: tuple[Edge, ...]
    houses: tuple[str, ...]
    agent: str

    @property
    def visibility(self) -> Visibility:
        """Who may see what arises from the lead: as few as may see either end."""
        return strictest(getattr(one, "visibility", Visibility.PUBLIC) for one in (self.need, self.offer) if one)

    def sees_owner(self, viewer: Viewer, nodes: Mapping[str, Any]) -> bool:
        """Whether a viewer may know whose the need is."""
        return isinstance(self.need, Institution) or any(viewer.sees_edge(edge, nodes) for edge in self.posted)


def parties(store: Store, need: str, offer: str) -> Parties:
    """The parties of the lead of two nodes, as the graph has them now. For nodes that are not there as much is read, so that the time
    tells nothing."""
    nodes = store.get([need, offer])
    wants, gives = (one if isinstance(one, Node) else None for one in (nodes.get(need), nodes.get(offer)))
    posted = () if isinstance(wants, Institution) else tuple(store.edges([need], kinds=[EdgeKind.POSTED], direction="in"))
    owners = (wants.id,) if isinstance(wants, Institution) else tuple(sorted({edge.source for edge in posted}))
    demand = demand_of(store, wants.id if wants else need)
    works_at = [] if gives else store.edges([offer], kinds=[EdgeKind.AFFILIATED_WITH], direction="out")
    houses = houses_of(store, gives) if gives else tuple(edge.target for edge in works_at)
    return Parties(need=wants, offer=gives, owners=owners, posted=posted, houses=houses,
                   agent=(demand[1]["agent"] or "") if demand else "")  # fmt: skip


def houses_of(store: Reader, offer: Node | None) -> tuple[str, ...]:
    """The institutions that stand behind an offer: itself; who owns a result, else where those who created it work; where an expert
    works."""
    return all_houses(store, [offer])[offer.id] if offer else ()


def all_houses(store: Reader, offers: Collection[Node]) -> dict[str, tuple[str, ...]]:
    """``houses_of`` of several, by id, read together."""
    results = [one.id for one in offers if isinstance(one, Achievement)]
    owners = _sources(store, results, EdgeKind.OWNS)
    creators = _sources(store, [one for one in results if one not in owners], EdgeKind.CREATED)
    experts = {one.id for one in offers if isinstance(one, Expert)} | {one for some in creators.values() for one in some}
    works_at: defaultdict[str, set[str]] = defaultdict(set)
    for edge in store.edges(sorted(experts), kinds=[EdgeKind.AFFILIATED_WITH], direction="out") if experts else []:
        works_at[edge.source].add(edge.target)
    found: dict[str, set[str]] = {one.id: {one.id} if isinstance(one, Institution) else works_at[one.id] for one in offers}
    for id in results:
        found[id] = owners.get(id) or {house for one in creators.get(id, ()) for house in works_at[one]}
    return {id: tuple(sorted(some)) for id, some in found.items()}


def _sources(store: Reader, targets: list[str], kind: EdgeKind) -> dict[str, set[str]]:
    """By target the sources of the edges of a kind, of those that have some."""
    found: dict[str, set[str]] = {}
    for edge in store.edges(targets, kinds=[kind], direction="in") if targets else []:
        found.setdefault(edge.target, set()).add(edge.source)
    return found


def relations(actor: Actor, viewer: Viewer, of: Parties, value: Value) -> frozenset[Who]:
    """What somebody is to a lead; nothing where the lead is not there for them."""
    if of.need is None or of.offer is None:
        return frozenset({Who.OPERATOR}) if actor.runs else frozenset()
    sees_need, sees_offer = viewer.sees(of.need), viewer.sees(of.offer)
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(*of.owners) and sees_offer:
        found.add(Who.OWNER)
    if of.agent and actor.is_of(of.agent) and sees_need and sees_offer:
        found.add(Who.AGENT)
    if actor.is_of(*of.houses) and value.get("sides", {}).get(OFFER):
        found.add(Who.TARGET)
    if not found and actor.role is Role.BROKER and actor.institution and sees_need and sees_offer:
        is_confidential = getattr(of.need, "visibility", Visibility.PUBLIC) is Visibility.CONFIDENTIAL
        assigned = value.get("broker") or ""
        if actor.is_of(assigned) if assigned or is_confidential else True:
            found.add(Who.BROKER)
    return frozenset(found)


def speaks_as(found: frozenset[Who]) -> str:
    """As what somebody speaks who is ``found`` to a lead: for the side that needs, for the one that offers, as its broker, or as the
    operator."""
    if found & {Who.OWNER, Who.AGENT}:
        return NEED
    if Who.TARGET in found:
        return OFFER
    return BROKER if Who.BROKER in found else OPERATOR
