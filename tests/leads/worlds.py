"""A small world for tests of leads: a firm with a demand, a laboratory with an expert and a result, brokers, and whoever acts for each."""

from __future__ import annotations

from desk.people.demands import Demands
from desk.people.streams import FOLDS as DESK_FOLDS
from desk.process.principals import Actor, Role
from graph import Batch, Store
from graph.ids import edge_id
from graph.model import Achievement, Demand, Edge, EdgeKind, Expert, Provenance, Visibility
from leads.model import Suggestion
from leads.streams import FOLDS as LEAD_FOLDS
from leads.suggestions import write
from tests.graph.samples import institution

FOLDS = {**DESK_FOLDS, **LEAD_FOLDS}
ORIGIN = Provenance("t", "1")


def actor(name: str, role: Role) -> Actor:
    return Actor(id=f"key:{name}", role=role, institution=f"ins-{name}")


FIRM = actor("firm", Role.ENTERPRISE)
LAB = actor("lab", Role.PROVIDER)
BROKER = actor("broker", Role.BROKER)
RIVAL = actor("rival", Role.BROKER)
AGENT = actor("agent", Role.BROKER)
STRANGER = actor("stranger", Role.ENTERPRISE)
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
EVERYBODY = (FIRM, LAB, BROKER, RIVAL, AGENT, STRANGER, OPERATOR)


def edge(kind: EdgeKind, source: str, target: str, visibility: Visibility = Visibility.PUBLIC) -> Edge:
    return Edge(id=edge_id(kind, source, target, "t"), kind=kind, source=source, target=target, provenance=ORIGIN, visibility=visibility)


def begin(store: Store) -> None:
    """The institutions, an expert of the laboratory, and a result that it owns."""
    store.write(
        Batch(
            nodes=[
                *(institution(one.institution) for one in EVERYBODY if one.institution),
                Expert(id="exp-1", provenance=ORIGIN, name="Wang", capacity=2),
                Achievement(id="ach-1", provenance=ORIGIN, title="Eddy current gauge"),
            ],
            edges=[edge(EdgeKind.AFFILIATED_WITH, "exp-1", "ins-lab"), edge(EdgeKind.OWNS, "ins-lab", "ach-1")],
        )
    )


def public_demand(store: Store, id: str = "dem-1", owner: str = "ins-firm", visibility: Visibility = Visibility.PUBLIC) -> str:
    """A demand from a file."""
    node = Demand(id=id, provenance=Provenance("t", id), title=f"Coating measured in line {id}", visibility=visibility, regions=("福建",))
    store.write(Batch(nodes=[node], edges=[edge(EdgeKind.POSTED, owner, id, visibility)]))
    return id


def posted_demand(store: Store, visibility: str = "confidential", *, agent: bool = False) -> str:
    """A demand that the firm, or the agent on its behalf, posts on the platform; its node."""
    demands = Demands(store)
    who = AGENT if agent else FIRM
    more = {"owner": "ins-firm", "mandate": "2026-01-01"} if agent else {}
    one = demands.draft(who, {"title": "Secret coating"}, **more).id
    if agent:
        demands.do(FIRM, one, "confirm")
    demands.do(who, one, "submit", {"no_secrets": True})
    demands.do(OPERATOR, one, "accept")
    return demands.do(FIRM, one, "publish", {"visibility": visibility}).node


def suggest(store: Store, need: str, offer: str = "exp-1", *, hidden: bool = False, fit: float = 0.8, about: str = "ins-firm") -> str:
    """A suggestion of the two; the id of its lead."""
    said = {"work": "ach-1", "fit": fit, "points": int(fit * 1_000_000), "found": "2026-01-05"}
    made = Suggestion.of(need, offer, **said, model="m", about=about, hidden=hidden)
    write(store, [made])
    return made.id
