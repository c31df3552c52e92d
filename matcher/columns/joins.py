"""Joins of a network's tables by row number: which node is at either end of an edge, which edges leave or reach a node.

In: tables of nodes and of edges, each sorted by id. Out: ``Joins``, each part made on first use and kept; after an edit, the joins of the
edited tables, with what could be carried over. Next: ``matcher.columns.network`` and ``matcher.index.text_joins``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from graph.model import EdgeKind
from matcher.columns import tables
from matcher.columns.tables import Edit, Rows, Table

_T = TypeVar("_T")


class Once(Generic[_T]):
    """A value that is made on first use, and kept. ``made``: None before."""

    def __init__(self, made: _T | None = None) -> None:
        self.made = made

    def get(self, make: Callable[[], _T]) -> _T:
        """The value, made now if it is not there yet."""
        if self.made is None:
            self.made = make()
        return self.made


@dataclass(frozen=True)
class Affiliations:
    """Experts and their institutions: parallel arrays of node rows (-1 for one that is not there) and days."""

    source: Rows
    target: Rows
    date: npt.NDArray[np.int32]


class Joins:
    """The joins of two tables."""

    def __init__(self, nodes: Table, edges: Table, ends: tuple[Rows, Rows] | None = None) -> None:
        """``ends``: what ``ends`` would give, if it is known already."""
        self.nodes, self.edges = nodes, edges
        self._ends: Once[tuple[Rows, Rows]] = Once(ends)
        self._ties: dict[tuple[EdgeKind, bool], tuple[Rows, Rows]] = {}

    def after(self, of_nodes: Edit, of_edges: Edit, nodes: Table, edges: Table, new: Table) -> Joins:
        """The joins of the edited tables ``nodes`` and ``edges``, of which ``new`` are the edges that came. Where the nodes are as they
        were, the ends of old edges are carried over."""
        after = Joins(nodes, edges)
        if not of_nodes and self._ends.made:
            came = (after.rows(np.ascontiguousarray(new[end])) for end in ("source", "target"))
            source, target = (of_edges(old, fresh) for old, fresh in zip(self._ends.made, came, strict=True))
            after._ends = Once((source, target))
        return after

    def make_ready(self) -> None:
        """Make now what questions ask for first."""
        _ = self.node_ids, self.edge_kinds, self.ends, self.affiliations, self.by_source, self.by_target

    @cached_property
    def node_ids(self) -> npt.NDArray[np.bytes_]:
        return np.ascontiguousarray(self.nodes["id"])

    def rows(self, wanted: npt.NDArray[np.bytes_]) -> Rows:
        """The node row of each id, -1 where there is none."""
        if not len(self.nodes):
            return np.full(len(wanted), -1, np.int64)
        at = np.minimum(np.searchsorted(self.node_ids, wanted), len(self.nodes) - 1)
        return np.where(self.node_ids[at] == wanted, at, -1)

    @property
    def ends(self) -> tuple[Rows, Rows]:
        """The node rows at the source and at the target of each edge, -1 where there is none."""
        return self._ends.get(self._found_ends)

    def _found_ends(self) -> tuple[Rows, Rows]:
        return self.rows(np.ascontiguousarray(self.edges["source"])), self.rows(np.ascontiguousarray(self.edges["target"]))

    @property
    def edge_source(self) -> Rows:
        return self.ends[0]

    @property
    def edge_target(self) -> Rows:
        return self.ends[1]

    @cached_property
    def edge_kinds(self) -> npt.NDArray[np.int8]:
        return np.ascontiguousarray(self.edges["kind"])

    @cached_property
    def by_source(self) -> tuple[Rows, Rows]:
        """Edge rows ordered by source row, and where each node's begin."""
        return _grouped(self.edge_source, len(self.nodes))

    @cached_property
    def by_target(self) -> tuple[Rows, Rows]:
        """Edge rows ordered by target row, and where each node's begin."""
        return _grouped(self.edge_target, len(self.nodes))

    def plain_edges_of_kind(self, *kinds: EdgeKind) -> Rows:
        """Those of ``edges_of_kind`` that are no more hidden than what they tie: whoever sees both ends may see them. What a hidden row
        adds between two that more may see plays no part in what is found, for whoever may see it neither."""
        rows = self.edges_of_kind(*kinds)
        source, target = self.edge_source[rows], self.edge_target[rows]
        rows, source, target = (each[(source >= 0) & (target >= 0)] for each in (rows, source, target))
        levels = self.nodes["visibility"]
        return rows[self.edges["visibility"][rows] <= np.maximum(levels[source], levels[target])] if len(rows) else rows

    @cached_property
    def affiliations(self) -> Affiliations:
        """Which expert is of which institution."""
        rows = self.plain_edges_of_kind(EdgeKind.AFFILIATED_WITH)
        return Affiliations(self.edge_source[rows], self.edge_target[rows], self.edges["date"][rows])

    def edges_of_kind(self, *kinds: EdgeKind) -> Rows:
        """The edge rows of these kinds, in order of their ids."""
        return np.flatnonzero(np.isin(self.edge_kinds, [tables.EDGE_CODE[kind] for kind in kinds]))

    def ties_of(self, row: int, kind: EdgeKind, *, incoming: bool = False) -> Rows:
        """The edge rows of one kind that leave (or reach) a node row, ascending."""
        if (kind, incoming) not in self._ties:
            rows = self.edges_of_kind(kind)
            ends = (self.edge_target if incoming else self.edge_source)[rows]
            order = np.argsort(ends, kind="stable")
            self._ties[kind, incoming] = ends[order], rows[order]
        ends, rows = self._ties[kind, incoming]
        return rows[slice(*np.searchsorted(ends, (row, row + 1)))]


def _grouped(rows: Rows, count: int) -> tuple[Rows, Rows]:
    order = np.argsort(rows, kind="stable")
    return order, np.searchsorted(rows[order], np.arange(count + 1))
