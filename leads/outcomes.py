"""What comes of a lead in the graph: a cooperation of both sides, and its outcome.

In: a lead on which both sides agreed, or whose cooperation is over. Out: the nodes and edges that are written with the event. Next:
``leads.leads``; the outcome counts as evidence as that of any other cooperation does (``matcher.columns.evidence``).

A cooperation is its parties' to see, whoever may see the demand: it is confidential until its source says otherwise (``graph.model``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from desk.people.sight import SOURCE
from graph.ids import edge_id, node_id
from graph.model import (
    Achievement,
    Cooperation,
    CooperationMode,
    Demand,
    Edge,
    EdgeKind,
    NodeKind,
    Outcome,
    PartyTo,
    Provenance,
    Visibility,
)
from graph.store import Batch, Store
from leads.model import Suggestion
from leads.parties import Parties

_HIDDEN = Visibility.CONFIDENTIAL


def cooperation_id(lead: str) -> str:
    """The id of the cooperation that comes of a lead."""
    return node_id(NodeKind.COOPERATION, SOURCE, f"lead:{lead}")


def agreed(store: Store, suggestion: Suggestion, of: Parties, says: Mapping[str, Any], at: str) -> Batch:
    """The cooperation of a lead, its parties, and what it answers and uses."""
    id, origin = cooperation_id(suggestion.id), Provenance(SOURCE, f"lead:{suggestion.id}")
    made = Cooperation(
        id=id, provenance=origin, title=says["title"], mode=CooperationMode(says["mode"]), started=says.get("started") or at[:10],
        amount=float(says["amount"]) if says.get("amount") else None, currency=says.get("currency"), outcome=Outcome.ONGOING,
        visibility=_HIDDEN,
    )  # fmt: skip
    edges: list[Edge] = []
    for role, institutions in (("need", of.owners), ("offer", of.houses)):
        for one in institutions:
            edge = edge_id(EdgeKind.PARTY_TO, one, id, SOURCE)
            edges.append(PartyTo(id=edge, kind=EdgeKind.PARTY_TO, source=one, target=id, provenance=origin, role=role, visibility=_HIDDEN))
    work = store.get([suggestion.work]).get(suggestion.work) if suggestion.work else of.offer
    for kind, node, type_ in ((EdgeKind.ADDRESSES, of.need, Demand), (EdgeKind.USES, work, Achievement)):
        if isinstance(node, type_):
            edge = edge_id(kind, id, node.id, SOURCE)
            edges.append(Edge(id=edge, kind=kind, source=id, target=node.id, provenance=origin, visibility=_HIDDEN))
    return Batch(nodes=[made], edges=list({edge.id: edge for edge in edges}.values()))


def version(store: Store, lead: str) -> dict[str, int | None]:
    """The version of the cooperation of a lead, as a write expects it; nothing where there is none."""
    node = store.get([cooperation_id(lead)]).get(cooperation_id(lead))
    return {node.id: node.version} if node else {}


def ended(store: Store, lead: str, says: Mapping[str, Any], at: str) -> Batch:
    """The cooperation of a lead with its outcome, dated the day on which it ended."""
    node = store.get([cooperation_id(lead)]).get(cooperation_id(lead))
    if not isinstance(node, Cooperation):
        return Batch()
    return Batch(nodes=[msgspec.structs.replace(node, outcome=Outcome(says["outcome"]), ended=says.get("ended") or at[:10])])
