"""Columns: what a question reads of nodes and edges besides their text, as numpy structured arrays.

In: nodes and edges from a store. Out: arrays sorted by id, small enough to map or to hold for a million nodes. Next:
``matcher.index.generations`` writes them into a generation, ``matcher.columns.network`` joins them.

Words of open lists (kinds, currencies) are kept as CRC-32 of their case-folded form, countries and regions as CRC-32 of their codes
(``matcher.columns.places``): enough to compare, not to show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.ids import WIDTH
from graph.model import (
    Achievement,
    Cooperation,
    Demand,
    DemandRoute,
    DemandStatus,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Institution,
    LegalStatus,
    LicenceForm,
    Maturity,
    Node,
    NodeKind,
    Outcome,
    Resource,
    Size,
    TransferForm,
)
from graph.viewer import level, level_of
from matcher.columns.places import place_codes, word_code
from matcher.text.passages import language, text_of

Table = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

ID = f"S{WIDTH}"
NODE = np.dtype([
    ("id", ID), ("kind", "i1"), ("date", "i4"), ("visibility", "i1"), ("language", "i1"), ("trl", "i1"), ("trl_since", "i4"),
    ("status", "i1"), ("status_since", "i4"), ("deadline", "i4"), ("started", "i4"), ("ended", "i4"), ("outcome", "i1"),
    ("price", "f8"), ("currency", "u4"), ("country", "u4"), ("region", "u4"), ("category", "u4"),
    ("maturity", "u1"), ("legal_status", "u1"), ("licences", "u1"), ("transfer_forms", "u1"), ("route", "u1"), ("size", "u1"),
])  # fmt: skip
EDGE = np.dtype([("id", ID), ("kind", "i1"), ("source", ID), ("target", ID), ("date", "i4"), ("category", "i1"), ("value", "f8"),
                 ("verified", "i1"), ("until", "i4"), ("visibility", "i1")])  # fmt: skip

NODE_CODE = {kind: code for code, kind in enumerate(NodeKind)}
EDGE_CODE = {kind: code for code, kind in enumerate(EdgeKind)}
STATUS_CODE = {status: code for code, status in enumerate(DemandStatus)}
OUTCOME_CODE = {outcome: code for code, outcome in enumerate(Outcome)}
EVIDENCE_CODE = {kind: code for code, kind in enumerate(EvidenceKind)}
LANGUAGE_CODE = {"": 0, "en": 1, "zh": 2}
BITS: dict[str, dict[str, int]] = {
    name: {word.value: 1 << place for place, word in enumerate(words)}
    for name, words in {
        "maturity": Maturity, "legal_status": LegalStatus, "licences": LicenceForm, "transfer_forms": TransferForm,
        "route": DemandRoute, "size": Size,
    }.items()
}  # fmt: skip
"""By column of a closed list of at most eight words: the bit of each word. A value is the bits of all its words, 0 where it is unknown."""

NODE_KINDS = (NodeKind.INSTITUTION, NodeKind.EXPERT, NodeKind.ACHIEVEMENT, NodeKind.DEMAND, NodeKind.RESOURCE, NodeKind.COOPERATION)
EDGE_KINDS = (
    EdgeKind.OWNS, EdgeKind.CREATED, EdgeKind.AFFILIATED_WITH, EdgeKind.PART_OF, EdgeKind.POSTED, EdgeKind.OFFERS, EdgeKind.PARTY_TO,
    EdgeKind.ADDRESSES, EdgeKind.USES, EdgeKind.EVIDENCE,
)  # fmt: skip
"""The kinds that a question reads."""


def bits(column: str, *words: str | None) -> int:
    """The bits of some words of a closed list; a word that it does not have, or None, has none."""
    return sum({BITS[column].get(word, 0) for word in words if word is not None})


def node_rows(nodes: Iterable[Node]) -> Table:
    """A NODE row for each node, sorted by id."""
    return np.sort(np.array([_node_row(node) for node in nodes], NODE), order="id")


def edge_rows(edges: Iterable[Edge]) -> Table:
    """An EDGE row for each edge, sorted by id."""
    return np.sort(np.array([_edge_row(edge) for edge in edges], EDGE), order="id")


@dataclass(frozen=True)
class Ties:
    """Some edges with the node rows at their ends (-1: no such node): parallel arrays. ``row``: that of the edge."""

    row: Rows
    source: Rows
    target: Rows
    edges: Table


@dataclass(frozen=True)
class Edit:
    """How a table sorted by id becomes the next one: rows that go, and the places, among those that stay, before which new ones come."""

    gone: Rows
    places: Rows

    @classmethod
    def of(cls, base: Table, gone: npt.NDArray[np.bytes_], new: Table) -> Edit:
        """For a table without the rows whose id is in ``gone``, and with ``new``; both sorted by id."""
        ids = base["id"]
        start, end = (np.searchsorted(ids, gone, side) for side in ("left", "right"))
        out = start[end > start]
        places = np.searchsorted(ids, new["id"])
        return cls(out, places - np.searchsorted(out, places))

    def __call__(self, column: npt.NDArray[Any], new: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A column, or the table itself, after the edit."""
        kept = np.delete(column, self.gone) if len(self.gone) else column
        return np.insert(kept, self.places, new) if len(self.places) else kept

    def __bool__(self) -> bool:
        return bool(len(self.gone) or len(self.places))

    @property
    def new(self) -> Rows:
        """The rows that the new ones have."""
        return self.places + np.arange(len(self.places))


def _node_row(node: Node) -> tuple[Any, ...]:
    text = text_of(node)
    common: dict[str, Any] = {
        "id": node.id,
        "kind": NODE_CODE[node.kind_of_node],
        "visibility": level_of(node),
        "language": LANGUAGE_CODE[language(text.words) if text else ""],
    }
    match node:
        case Achievement():
            own = {
                "date": ordinal(node.date), "trl": node.trl or 0,
                "trl_since": ordinal(node.trl_since),
                "price": node.price_min if node.price_min is not None else np.nan, "currency": word_code(node.currency),
                "category": word_code(node.kind),
                "maturity": bits("maturity", node.maturity), "legal_status": bits("legal_status", node.legal_status),
                "licences": bits("licences", *node.licence_forms), "transfer_forms": bits("transfer_forms", *node.transfer_forms),
            }  # fmt: skip
        case Demand():
            own = {
                "date": ordinal(node.date), "status": STATUS_CODE[node.status],
                "status_since": ordinal(node.status_since), "deadline": ordinal(node.deadline),
                "region": place_codes(None, node.regions[0] if node.regions else None)[1],
                "category": word_code(node.kind), "route": bits("route", node.route),
            }  # fmt: skip
        case Cooperation():
            own = {"started": ordinal(node.started), "ended": ordinal(node.ended), "outcome": OUTCOME_CODE[node.outcome]}
        case Institution():
            country, region = place_codes(node.country, node.region)
            own = {"country": country, "region": region, "category": word_code(node.kind), "size": bits("size", node.size)}
        case Resource():
            own = {"date": ordinal(node.date), "category": word_code(node.kind)}
        case _:
            own = {}
    values = {"price": np.nan} | common | own
    return tuple(values.get(name, 0) for name in NODE.names or ())


def _edge_row(edge: Edge) -> tuple[Any, ...]:
    code, value, verified, until = 0, 0.0, False, 0
    if isinstance(edge, Evidence):
        code, value, verified = EVIDENCE_CODE[edge.evidence], edge.outcome, bool(edge.verified_by)
        until = ordinal(edge.withdrawn)
    seen_from = level(edge.visibility)
    return (edge.id, EDGE_CODE[edge.kind], edge.source, edge.target, ordinal(edge.date), code, value, verified, until, seen_from)


def iso(day: int) -> str | None:
    """An ordinal as an ISO date, None for 0."""
    return date.fromordinal(day).isoformat() if day else None
