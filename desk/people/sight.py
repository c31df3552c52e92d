"""What somebody may see: the one place where an actor becomes a viewer.

In: a store and an actor. Out: a ``Viewer``, by which every read is made. Next: every door. docs/access.md says the same as a table.

    operator                  all of the store
    member of an institution  what is public or for members; what is its institution's own (demands that it posted, results that it owns,
                              resources that it offers, cooperations that it is a party to, evidence that it gave or that is about it);
                              the demands that it posts for others; what it was let into
    anybody else              what is public
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from desk.find import find
from desk.journal import states
from desk.process.act import STATE
from desk.process.admission import ADMISSION
from desk.process.demand import DEMAND, relations
from desk.process.principals import Actor, Role, Scope
from desk.process.table import Value
from graph.ids import node_id
from graph.model import EdgeKind, Institution, NodeKind, Visibility
from graph.store import Store
from graph.viewer import OWNER, PUBLIC, Viewer

OWN = (EdgeKind.POSTED, EdgeKind.OWNS, EdgeKind.OFFERS, EdgeKind.PARTY_TO)
"""The edges from an institution to what is its own."""
SOURCE = "desk"
"""The source of what is posted on the platform."""


def viewer_of(store: Store, actor: Actor | None) -> Viewer:
    """What ``actor`` may see; nobody sees what is public. Reads the edges of the actor's institution, and the states of admissions."""
    if actor is None or Scope.READ not in actor.scopes:
        return PUBLIC
    if actor.role is Role.OPERATOR:
        return OWNER
    if not actor.institution:
        return PUBLIC
    edges = store.edges([actor.institution], kinds=[*OWN, EdgeKind.EVIDENCE], direction="out")
    own = {edge.id if edge.kind is EdgeKind.EVIDENCE else edge.target for edge in edges if edge.visibility is not Visibility.PUBLIC}
    own |= {edge.target for edge in edges if edge.kind in OWN}
    about = store.edges([actor.institution], kinds=[EdgeKind.EVIDENCE], direction="in")
    own |= {edge.id for edge in about if edge.visibility is not Visibility.PUBLIC}
    return Viewer(clearance=Visibility.MEMBERS, lets=frozenset(own | set(_let_into(store, actor))))


def placed(store: Store, actor: Actor) -> Actor:
    """``actor`` with the id that its institution has now, and those that it had before: institutions merge, and what was written of one
    keeps the id of then."""
    node = store.get([actor.institution]).get(actor.institution) if actor.institution else None
    if not isinstance(node, Institution):
        return actor
    former = {actor.institution, *node.former_ids, *node.records} - {node.id}
    return msgspec.structs.replace(actor, institution=node.id, former=frozenset(former))


def find_thing(store: Store, actor: Actor, text: str) -> str:
    """The id of the node that ``text`` names, as ``find`` does it; of a demand that is not in the graph yet, by its number in the journal,
    the id that it will have there. Raises NotFound for what is not there, or not for the actor's eyes."""
    known = states.state(store, DEMAND.name, text)
    if known and relations(actor, known.value):
        return node_of(text)
    return find(store, text, viewer_of(store, actor))


def _let_into(store: Store, actor: Actor) -> Iterator[str]:
    """What the actor's institution was let into, itself or by a teaser, and the demands that it posts for others."""
    ours = {actor.institution, *actor.former}
    entered = {value["to"] for _id, value in states.values(store, ADMISSION.name) if value[STATE] == "open" and value["guest"] in ours}
    yield from entered
    demands = [demand_of(store, one) for one in entered]
    demands += [(id, value) for id, value in states.values(store, DEMAND.name) if value["agent"] in ours]
    yield from (node for demand in demands if demand for node in nodes_of(*demand))


def node_of(number: str) -> str:
    """The id that a demand of the journal, or a teaser, has in the graph."""
    return node_id(NodeKind.DEMAND, SOURCE, number)


def nodes_of(id: str, value: Value) -> list[str]:
    """The ids that a demand of the journal and its teasers have in the graph, its own first."""
    return [node_of(one) for one in (id, *value["teasers"])]


def demand_of(store: Store, node: str) -> tuple[str, Value] | None:
    """The demand of the journal that has this id in the graph, itself or by a teaser; None for any other node. Both are read for any
    node, so that the time it takes tells nothing."""
    id = states.having(store, DEMAND.name, node, nodes_of)
    state = states.state(store, DEMAND.name, id or "")
    return (id, state.value) if id and state else None
