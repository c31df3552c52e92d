"""A network: the nodes and edges of a snapshot, joined by row numbers, with the evidence in them.

In: two tables sorted by id (``matcher.columns.tables``) and the EVIDENCE edges that came since. Out: who is tied to whom, by node and by
kind of edge, and ``Evidence``. Next: ``matcher.index.snapshot`` adds the texts; ``matcher.trust.fusion``, ``matcher.trust.stages`` and
``matcher.trust.derived_edges`` ask for nothing more than this.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.ids import WIDTH
from graph.model import EdgeKind
from matcher.columns import tables
from matcher.columns.evidence import Evidence
from matcher.columns.tables import Rows


@dataclass(frozen=True)
class Affiliations:
    """Experts and their institutions: parallel arrays of node rows (-1 for one that is not there) and days."""

    source: Rows
    target: Rows
    date: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Network:
    """Nodes and edges, each by its row."""

    nodes: tables.Table
    edges: tables.Table
    """In order of their ids."""
    anchors: tuple[str, ...] = field(default=(), kw_only=True)
    """Ids of the institutions that the operator vouches for: whom a newcomer hears."""
    late: tables.Table = field(default_factory=lambda: np.empty(0, tables.EDGE), kw_only=True)
    """EVIDENCE edges that came since ``edges`` was put in order; their rows follow those of ``edges``."""
    gone: Rows = field(default_factory=lambda: np.empty(0, np.int64), kw_only=True)
    """Rows of EVIDENCE edges that changed or went since."""

    @cached_property
    def evidence(self) -> Evidence:
        """Every item of evidence that anybody holds about anybody."""
        parties, said = (self.ties_at(self.edges_of_kind(kind)) for kind in (EdgeKind.PARTY_TO, EdgeKind.EVIDENCE))
        return Evidence.of(self.nodes, parties, said)

    # -- joins, made on first use

    @cached_property
    def node_ids(self) -> npt.NDArray[np.bytes_]:
        return np.ascontiguousarray(self.nodes["id"])

    @cached_property
    def affiliations(self) -> Affiliations:
        """Which expert is of which institution."""
        rows = self.edges_of_kind(EdgeKind.AFFILIATED_WITH)
        return Affiliations(self.edge_source[rows], self.edge_target[rows], self.edges["date"][rows])

    @cached_property
    def edge_source(self) -> Rows:
        return self._rows(self.edges["source"])

    @cached_property
    def edge_target(self) -> Rows:
        return self._rows(self.edges["target"])

    @cached_property
    def by_source(self) -> tuple[Rows, Rows]:
        """Edge rows ordered by source row, and where each node's begin."""
        return _grouped(self.edge_source, len(self.nodes))

    @cached_property
    def by_target(self) -> tuple[Rows, Rows]:
        """Edge rows ordered by target row, and where each node's begin."""
        return _grouped(self.edge_target, len(self.nodes))

    # -- look-ups

    def node_rows(self, ids: Iterable[str]) -> Rows:
        """The node row of each id, -1 where there is none, whatever the text."""
        # an array of ids cuts what is longer, and so would find the node that a longer text begins with
        known = [one.encode() if len(one) == WIDTH and one.isascii() else b"" for one in ids]
        return self._rows(np.array(known, tables.ID))

    def _rows(self, wanted: npt.NDArray[np.bytes_]) -> Rows:
        if not len(self.nodes):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self.node_ids, wanted), len(self.nodes) - 1)
        return np.where(self.node_ids[at] == wanted, at, -1)

    def row(self, node: str) -> int:
        """The node row of one id, -1 where there is none."""
        return int(self.node_rows([node])[0])

    def id_of(self, row: int) -> str:
        """The id of a node row."""
        return str(self.node_ids[row].decode("ascii"))

    def edge_id(self, row: int) -> str:
        """The id of an edge row."""
        table, at = (self.edges, row) if row < len(self.edges) else (self.late, row - len(self.edges))
        return str(table["id"][at].decode("ascii"))

    def edges_at(self, rows: Rows) -> tables.Table:
        """The edges of some rows, those that came late among them."""
        return self._at(self.edges, self.late, rows)

    def source_at(self, rows: Rows) -> Rows:
        """The node rows that edges leave, -1 where there is none."""
        return self._at(self.edge_source, self._late_ends[0], rows)

    def target_at(self, rows: Rows) -> Rows:
        """The node rows that edges reach, -1 where there is none."""
        return self._at(self.edge_target, self._late_ends[1], rows)

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
        source, target = (self._rows(np.ascontiguousarray(self.late[end])) for end in ("source", "target"))
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
        rows = np.flatnonzero(np.isin(self._edge_kinds, [tables.EDGE_CODE[kind] for kind in kinds]))
        if EdgeKind.EVIDENCE not in kinds or not len(self.late) + len(self.gone):
            return rows
        rows = rows[~np.isin(rows, self.gone)]
        places = np.searchsorted(self.edges["id"][rows], self.edges_at(self._late_rows)["id"])
        return np.insert(rows, places, self._late_rows)

    @cached_property
    def _edge_kinds(self) -> npt.NDArray[np.int8]:
        return np.ascontiguousarray(self.edges["kind"])

    def ties_of(self, row: int, kind: EdgeKind, *, incoming: bool = False) -> Rows:
        """The edge rows of one kind (other than EVIDENCE) that leave (or reach) a node row, ascending."""
        if (kind, incoming) not in self._ties:
            rows = self.edges_of_kind(kind)
            ends = (self.edge_target if incoming else self.edge_source)[rows]
            order = np.argsort(ends, kind="stable")
            self._ties[kind, incoming] = ends[order], rows[order]
        ends, rows = self._ties[kind, incoming]
        return rows[slice(*np.searchsorted(ends, (row, row + 1)))]

    @cached_property
    def _ties(self) -> dict[tuple[EdgeKind, bool], tuple[Rows, Rows]]:
        return {}

    def edges_of(self, row: int, *, incoming: bool = False) -> Rows:
        """The edge rows that leave (or reach) a node row, in order of their ids."""
        order, start = self.by_target if incoming else self.by_source
        rows = order[start[row] : start[row + 1]]
        if not len(self.late) + len(self.gone):
            return rows
        ends = self.target_at(self._late_rows) if incoming else self.source_at(self._late_rows)
        rows = np.concatenate([rows[~np.isin(rows, self.gone)], self._late_rows[ends == row]])
        return rows[np.argsort(self.edges_at(rows)["id"], kind="stable")]


def _grouped(rows: Rows, count: int) -> tuple[Rows, Rows]:
    order = np.argsort(rows, kind="stable")
    return order, np.searchsorted(rows[order], np.arange(count + 1))
