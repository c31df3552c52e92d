"""The edges of the graph: one class for most kinds, and a class of its own for each kind that says more.

In: values that ``ingest`` has checked, that ``desk.evidence`` files by hand, or that ``matcher.trust.derived_edges`` derives (TRUSTS). Out:
immutable values, stored as nodes are. Next: ``graph.model.codec`` encodes them; every package takes the classes from ``graph.model``.
"""

from __future__ import annotations

import msgspec

from graph.model.kinds import EdgeKind, EvidenceKind, Visibility
from graph.model.nodes import Provenance


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A relation. ``source_record`` and ``target_record`` name the Records it came with, so that a merge or a split of
    entities re-points it exactly. ``visibility`` is that of the row that says it; who may see it must see both ends too."""

    id: str
    kind: EdgeKind
    source: str
    target: str
    provenance: Provenance
    date: str | None = None
    source_record: str | None = None
    target_record: str | None = None
    visibility: Visibility = Visibility.PUBLIC
    version: int = 0


class PartyTo(Edge, frozen=True, kw_only=True, omit_defaults=True):
    """``role`` in the cooperation as the source words it; ``share`` of the amount, 0 to 1."""

    role: str | None = None
    share: float | None = None


class Evidence(Edge, frozen=True, kw_only=True, omit_defaults=True):
    """An item of trust evidence: ``outcome`` in [-1, 1]; who verified it and which document is behind it. ``withdrawn``: the day
    from which it counts no more; ``objected``: the day since which its target asks for its correction (it counts meanwhile). It is its
    parties' to see unless its source says otherwise."""

    visibility: Visibility = Visibility.CONFIDENTIAL
    evidence: EvidenceKind
    outcome: float
    verified_by: str | None = None
    document: str | None = None
    withdrawn: str | None = None
    withdrawn_for: str | None = None
    objected: str | None = None


class Trusts(Edge, frozen=True, kw_only=True, omit_defaults=True):
    """Derived: an opinion (belief + disbelief + uncertainty = 1) and the stage of a relation. Made of evidence, and as confidential."""

    visibility: Visibility = Visibility.CONFIDENTIAL
    belief: float
    disbelief: float
    uncertainty: float
    stage: str
    as_of: str


_OWN_TYPE: dict[EdgeKind, type[Edge]] = {EdgeKind.PARTY_TO: PartyTo, EdgeKind.EVIDENCE: Evidence, EdgeKind.TRUSTS: Trusts}
EDGE_TYPES: dict[EdgeKind, type[Edge]] = {kind: _OWN_TYPE.get(kind, Edge) for kind in EdgeKind}
