"""Teasers: what a firm tells everybody of a confidential demand, as a public demand of its own that leads nobody to the first.

In: a demand as it stands, its field in a few words, a region. Out: the nodes and edges of the teaser. Next: ``desk.people.demands`` writes
them with the event; ``desk.people.admissions`` lets whoever asks by a teaser into the demand behind it.

The budget is told as a class. The teaser's number is random, its own day is its date, and who posted it is for the owner's eyes: nothing of
it can be counted back to the demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.people.sight import SOURCE, node_of
from graph.ids import edge_id
from graph.model import Demand, DemandStatus, Edge, EdgeKind, Provenance, Visibility
from graph.store import Batch

CLASSES = (100_000.0, 500_000.0, 1_000_000.0, 5_000_000.0, 10_000_000.0)
"""Where one class of budgets ends and the next begins, in whole units of the demand's currency."""


def budget_class(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """The bounds of the class that a budget falls into, by its upper end where that is known; None is open."""
    told = high if high is not None else low
    if told is None:
        return None, None
    below = [bound for bound in CLASSES if bound <= told]
    above = [bound for bound in CLASSES if bound > told]
    return (below[-1] if below else None), (above[0] if above else None)


def teaser(owner: str, number: str, said: Mapping[str, Any], *, field: str, region: str, status: DemandStatus, day: str) -> Batch:
    """The teaser ``number`` of a demand of ``owner`` that says ``said``."""
    id = node_of(number)
    low, high = budget_class(said.get("budget_min"), said.get("budget_max"))
    made = Demand(
        id=id, provenance=Provenance(SOURCE, number), title=field, industry=tuple(said.get("industry", ())), budget_min=low,
        budget_max=high, currency=said.get("currency") if (low, high) != (None, None) else None, date=day, status=status, status_since=day,
        regions=(region,) if region else (), visibility=Visibility.PUBLIC,
    )  # fmt: skip
    posted = Edge(
        id=edge_id(EdgeKind.POSTED, owner, id, SOURCE), kind=EdgeKind.POSTED, source=owner, target=id, provenance=made.provenance,
        visibility=Visibility.CONFIDENTIAL,
    )  # fmt: skip
    return Batch(nodes=[made], edges=[posted])
