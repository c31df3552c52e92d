"""A network: the nodes and edges of a snapshot, joined by row numbers, with the evidence in them.

In: two tables sorted by id (``matcher.columns.tables``) and the EVIDENCE edges that came since. Out: who is tied to whom, by node and by
kind of edge, and ``EvidenceColumns``. Next: ``matcher.index.snapshot`` adds the texts; ``matcher.trust.fusion``, ``matcher.trust.stages``
and ``matcher.trust.derived_edges`` ask for nothing more than this.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from graph.ids import WIDTH
from graph.model import EdgeKind, EvidenceKind, NodeKind
from graph.viewer import Viewer
from matcher.columns import tables
from matcher.columns.evidence import EvidenceColumns
from matcher.columns.joins import Joins, Once
from matcher.columns.tables import Rows

LATE = 1000
"""How many changes of evidence stand beside the edges before all are put in order anew."""


@dataclass(frozen=True)
class Network:
    """Nodes and edges, each by its row."""

    nodes: tables.Table
    edges: tables.Table
    """In order of their ids."""
    joins: Joins
    """Of ``nodes`` and ``edges``."""
    anchors: tuple[str, ...] = field(default=(), kw_only=True)
    """Ids of the institutions that the operator vouches for: whom a newcomer hears."""
    late: tables.Table = field(default_factory=lambda: np.empty(0, tables.EDGE), kw_only=True)
    """EVIDENCE edges that came since ``edges`` was put in order; their rows follow those of ``edges``."""
    gone: Rows = field(default_factory=lambda: np.empty(0, np.int64), kw_only=True)
    """Rows of EVIDENCE edges that changed or went since."""
    items_of_evidence: Once[EvidenceColumns] = field(default_factory=Once, kw_only=True)

    @classmethod
    def of(cls, nodes: tables.Table, edges: tables.Table, anchors: tuple[str, ...] = ()) -> Network:
        """The network of two tables."""
        return Network(nodes, edges, Joins(nodes, edges), anchors=anchors)

    @property
    def evidence(self) -> EvidenceColumns:
        """Every item of evidence that anybody holds about anybody; made on first use."""
        return self.items_of_evidence.get(self._all_evidence)

    def _all_evidence(self) -> EvidenceColumns:
        parties, said = (self.ties_at(self.edges_of_kind(kind)) for kind in (EdgeKind.PARTY_TO, EdgeKind.EVIDENCE))
        return EvidenceColumns.of(self.nodes, parties, said)

    def seen_by(self, viewer: Viewer) -> Network:
        """This network as ``viewer`` sees it: the same nodes by row, and of the edges those that may be seen."""
        rows = np.concatenate([np.setdiff1d(np.arange(len(self.edges)), self.gone), self._late_rows])
        edges = np.sort(self.edges_at(rows[self.sees_edges(viewer, rows)]), order="id")
        anchors = np.array(self.anchors)[self.sees(viewer, self.node_rows(self.anchors))].tolist()
        return Network.of(self.nodes, edges, tuple(anchors))

    def sees(self, viewer: Viewer, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which node rows ``viewer`` may see: ``Viewer.sees`` for arrays. A row below zero stands for nothing, and is not seen."""
        seen = (rows >= 0) & viewer.sees_levels(self.nodes["visibility"][rows]) if len(self.nodes) else np.zeros(len(rows), bool)
        return seen | self._are_let(viewer, rows) if viewer.lets else seen

    def sees_edges(self, viewer: Viewer, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which edge rows ``viewer`` may see: ``Viewer.sees_edge`` for arrays."""
        edges, ends = self.edges_at(rows), (self.source_at(rows), self.target_at(rows))
        seen = viewer.sees_levels(edges["visibility"])
        if viewer.lets:
            seen = seen | np.isin(edges["id"], np.array([one.encode() for one in viewer.lets if one.isascii()], tables.ID))
            for end in ends:
                seen = seen | self._are_let(viewer, end)
        for end in ends:
            seen = seen & self.sees(viewer, end)
        return seen if viewer.is_owner else np.asarray(seen & ~self._are_personal(edges, ends))

    def _are_personal(self, edges: tables.Table, ends: tuple[Rows, Rows]) -> npt.NDArray[np.bool_]:
        """Which edges are ratings of or by persons: ``graph.viewer.is_personal`` for arrays."""
        rating = tables.EVIDENCE_CODE[EvidenceKind.RATING]
        is_rating = (edges["kind"] == tables.EDGE_CODE[EdgeKind.EVIDENCE]) & (edges["category"] == rating)
        found = np.zeros(len(edges), bool)
        for end in ends if is_rating.any() else ():
            found[end >= 0] |= self.nodes["kind"][end[end >= 0]] == tables.NODE_CODE[NodeKind.EXPERT]
        return np.asarray(found & is_rating)

    def _are_let(self, viewer: Viewer, rows: Rows) -> npt.NDArray[np.bool_]:
        let = self.node_rows(sorted(viewer.lets))
        return np.isin(rows, let[let >= 0])

    # -- look-ups

    def node_rows(self, ids: Iterable[str]) -> Rows:
        """The node row of each id, -1 where there is none, whatever the text."""
        # an array of ids cuts what is longer, and so would find the node that a longer text begins with
        known = [one.encode() if len(one) == WIDTH and one.isascii() else b"" for one in ids]
        return self.joins.rows(np.array(known, tables.ID))

    def row(self, node: str) -> int:
        """The node row of one id, -1 where there is none."""
        return int(self.node_rows([node])[0])

    def id_of(self, row: int) -> str:
        """The id of a node row."""
        return str(self.joins.node_ids[row].decode("ascii"))

    def edge_id(self, row: int) -> str:
        """The id of an edge row."""
        table, at = (self.edges, row) if row < len(self.edges) else (self.late, row - len(self.edges))
        return str(table["id"][at].decode("ascii"))

    def edges_at(self, rows: Rows) -> tables.Table:
        """The edges of some rows, those that came late among them."""
        return self._at(self.edges, self.late, rows)

    def source_at(self, rows: Rows) -> Rows:
        """The node rows that edges leave, -1 where there is none."""
        return self._at(self.joins.edge_source, self._late_ends[0], rows)

    def target_at(self, rows: Rows) -> Rows:
        """The node rows that edges reach, -1 where there is none."""
        return self._at(self.joins.edge_target, self._late_ends[1], rows)

    def ties_at(self, rows: Rows) -> tables.Ties:
        """The edges of some rows with both of their ends."""
        return tables.Ties(rows, self.source_at(rows), self.target_at(rows), self.edges_at(rows))

    def _at(self, settled: npt.NDArray[Any], late: npt.NDArray[Any], rows: Rows) -> npt.NDArray[Any]:
        is_late = rows >= len(self.edges)
        if not is_late.any():
            return settled[rows]
        out = np.empty(len(rows), settled.dtype)
        out[~is_late] = settled[rows[~is_late]]
        out[is_late] = late[rows[is_late] - len(self.edges)]
        return out

    @cached_property
    def _late_ends(self) -> tuple[Rows, Rows]:
        source, target = (self.joins.rows(np.ascontiguousarray(self.late[end])) for end in ("source", "target"))
        return source, target

    @cached_property
    def _late_rows(self) -> Rows:
        """The rows of late edges that still hold, in order of their ids."""
        rows = len(self.edges) + np.argsort(self.late["id"], kind="stable")
        return np.asarray(rows[~np.isin(rows, self.gone)])

    def rows_of_edges(self, ids: Iterable[bytes]) -> Rows:
        """The rows of the edges that are there of these ids."""
        late = {one: row for row, one in zip(self._late_rows.tolist(), self.edges_at(self._late_rows)["id"].tolist(), strict=True)}
        settled, gone = self.edges["id"], set(self.gone.tolist())
        found = []
        for one in ids:
            row = bisect_left(settled, one)  # np.searchsorted would copy the column
            held = row < len(settled) and settled[row] == one and row not in gone
            found += [row] if held else [late[one]] if one in late else []
        return np.array(found, np.int64)

    def edges_of_kind(self, *kinds: EdgeKind) -> Rows:
        """The edge rows of these kinds, in order of their ids."""
        rows = self.joins.edges_of_kind(*kinds)
        if EdgeKind.EVIDENCE not in kinds or not len(self.late) + len(self.gone):
            return rows
        rows = rows[~np.isin(rows, self.gone)]
        places = np.searchsorted(self.edges["id"][rows], self.edges_at(self._late_rows)["id"])
        return np.insert(rows, places, self._late_rows)

    def edges_of(self, row: int, *, incoming: bool = False) -> Rows:
        """The edge rows that leave (or reach) a node row, in order of their ids."""
        order, start = self.joins.by_target if incoming else self.joins.by_source
        rows = order[start[row] : start[row + 1]]
        if not len(self.late) + len(self.gone):
            return rows
        ends = self.target_at(self._late_rows) if incoming else self.source_at(self._late_rows)
        rows = np.concatenate([rows[~np.isin(rows, self.gone)], self._late_rows[ends == row]])
        return rows[np.argsort(self.edges_at(rows)["id"], kind="stable")]

    # -- edits

    def edited(self, gone: npt.NDArray[np.bytes_], nodes: tables.Table, edges: tables.Table) -> Self:
        """This network without the nodes and edges whose ids (sorted) are in ``gone``, and with these. Where only evidence changed it is
        put beside the rest, so that one item is there at once on a large platform too."""
        rows = self._rows_of_evidence(gone, edges) if not len(nodes) else None
        if rows is not None:
            return self._with_evidence(rows, edges)
        late = self._late_rows
        gone_edges = np.union1d(gone, self.edges_at(self.gone)["id"]) if len(self.gone) else gone
        kept = self.edges_at(late[~np.isin(self.edges_at(late)["id"], gone)])
        new = np.sort(np.concatenate([edges, kept]), order="id") if len(kept) else edges
        of_nodes, of_edges = tables.Edit.of(self.nodes, gone, nodes), tables.Edit.of(self.edges, gone_edges, new)
        nodes_after, edges_after = of_nodes(self.nodes, nodes), of_edges(self.edges, new)
        joins = self.joins.after(of_nodes, of_edges, nodes_after, edges_after, new)
        none = self.late[:0], self.gone[:0]
        return replace(self, nodes=nodes_after, edges=edges_after, joins=joins, late=none[0], gone=none[1], items_of_evidence=Once())

    def _rows_of_evidence(self, gone: npt.NDArray[np.bytes_], edges: tables.Table) -> Rows | None:
        """The rows of the edges whose ids are in ``gone``; None if these or the new ``edges`` are more than a little evidence."""
        evidence = tables.EDGE_CODE[EdgeKind.EVIDENCE]
        if len(gone) > LATE or len(self.late) + len(self.gone) + len(edges) > LATE or (edges["kind"] != evidence).any():
            return None
        rows = self.rows_of_edges(gone.tolist())
        if (self.joins.rows(gone) >= 0).any() or (self.edges_at(rows)["kind"] != evidence).any():
            return None
        return rows

    def _with_evidence(self, gone: Rows, new: tables.Table) -> Self:
        """This network less the EVIDENCE edges in the rows ``gone``, and with ``new`` ones."""
        late, rows = np.concatenate([self.late, new]), len(self.edges) + len(self.late) + np.arange(len(new))
        after = replace(self, late=late, gone=np.union1d(self.gone, gone), items_of_evidence=Once())
        items = self.items_of_evidence.made
        if items is not None:
            after.items_of_evidence.made = items.edited(after.ties_at(rows), self.ties_at(gone), after.edge_id)
        return after
