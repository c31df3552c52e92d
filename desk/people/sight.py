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

from desk.journal.journal import values
from desk.process.act import STATE
from desk.process.admission import ADMISSION
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role, Scope
from graph.ids import node_id
from graph.model import EdgeKind, NodeKind, Visibility
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
    return Viewer(clearance=Visibility.MEMBERS, lets=frozenset(own | set(_let_into(store, actor.institution))))


def _let_into(store: Store, institution: str) -> Iterator[str]:
    """What an institution was let into, and the demands that it posts for others."""
    for kind, id, value in values(store, ADMISSION.name, DEMAND.name):
        if kind == ADMISSION.name and value["guest"] == institution and value[STATE] == "open":
            yield value["to"]
        elif kind == DEMAND.name and value.get("agent") == institution:
            yield node_id(NodeKind.DEMAND, SOURCE, id)
