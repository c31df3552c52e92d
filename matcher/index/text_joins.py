"""Joins of texts with the network: which node says a text, and who stands on it.

In: the joins of a network (``matcher.columns.joins``), the segments of its texts, which of these still hold, and the marks by which works
are the same (``matcher.columns.same``). Out: ``TextJoins``, each part made on first use and kept. Next: ``matcher.rank.recall`` and
``matcher.rank.pipeline`` read them through the snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.model import EdgeKind, InstitutionKind, NodeKind
from matcher.columns import same, tables
from matcher.columns.joins import Joins
from matcher.columns.places import word_code
from matcher.columns.tables import Rows, Table
from matcher.signals.segment import Segment

_COLUMNS = ("kind", "date", "language", "trl", "trl_since", "status", "status_since", "deadline", "price")
USERS = (0, *(word_code(kind.value) for kind in (InstitutionKind.ENTERPRISE, InstitutionKind.OTHER)))
"""Categories of institutions whose profile may speak of a use for a technology; 0 is an unknown kind. A university or an institute speaks
of what it does itself."""


@dataclass(frozen=True)
class Links:
    """Who stands on which text: parallel arrays over (candidate row, text row, edge row); edge -1 is a node's own profile. ``kind``
    is the candidate's, ``date`` the edge's (0 where it has none)."""

    candidate: Rows
    text: Rows
    edge: Rows
    kind: npt.NDArray[np.int8]
    date: npt.NDArray[np.int32]


@dataclass(frozen=True)
class SharedMarks:
    """The marks that several texts share: parallel arrays of text rows, ascending, and numbers of marks. ``has``: by text row, whether it
    has any; ``count``: how many such marks there are."""

    text: Rows
    mark: Rows
    has: npt.NDArray[np.bool_]
    count: int

    def of(self, texts: Rows) -> tuple[Rows, Rows]:
        """Every mark of some text rows: which of ``texts`` has it (by its place there), and its number."""
        start, end = (np.searchsorted(self.text, texts, side) for side in ("left", "right"))
        sizes = end - start
        pair = np.repeat(start - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
        return np.repeat(np.arange(len(texts)), sizes), self.mark[pair]


class TextJoins:
    """The texts of some segments, numbered through them one after the other; ``alive`` marks those that still hold."""

    def __init__(self, joins: Joins, segments: Sequence[Segment], alive: npt.NDArray[np.bool_], marks: Table) -> None:
        self._joins, self._segments, self._alive, self._marks = joins, segments, alive, marks

    def make_ready(self) -> None:
        """Make now what questions ask for first."""
        _ = self.ids, self.languages, self.node, self.columns, self.of_node, self.links, self.shared_marks

    @cached_property
    def ids(self) -> npt.NDArray[np.bytes_]:
        return np.concatenate([segment.ids for segment in self._segments])

    @cached_property
    def languages(self) -> npt.NDArray[np.int8]:
        """The place of each text's language in ``matcher.signals.scale.LANGUAGES``."""
        return np.concatenate([segment.languages for segment in self._segments])

    @cached_property
    def node(self) -> Rows:
        """The node row of each text; -1 where the text no longer holds."""
        return np.where(self._alive, self._joins.rows(self.ids), -1)

    @cached_property
    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """What is asked of the node behind each text, by column; that of some other node where the text no longer holds."""
        rows, nodes = np.maximum(self.node, 0), self._joins.nodes
        return {name: nodes[name][rows] if len(nodes) else np.empty(len(rows)) for name in _COLUMNS}

    def column(self, name: str) -> npt.NDArray[Any]:
        """A column that few questions ask for: read when one does, and kept."""
        if name not in self.columns:
            rows, nodes = np.maximum(self.node, 0), self._joins.nodes
            self.columns[name] = nodes[name][rows] if len(nodes) else np.zeros(len(rows), nodes.dtype[name])
        return self.columns[name]

    @cached_property
    def of_node(self) -> Rows:
        """The text row of each node, -1 where it says nothing."""
        out = np.full(len(self._joins.nodes), -1, np.int64)
        rows = np.flatnonzero(self.node >= 0)
        out[self.node[rows]] = rows
        return out

    @cached_property
    def shared_marks(self) -> SharedMarks:
        """Which texts may be the same work as another, whoever may see it."""
        rows = same.repeated(self._marks)
        node = self._joins.rows(np.ascontiguousarray(rows["id"]))
        text = np.where(node >= 0, self.of_node[node], -1) if len(self.of_node) else np.full(len(rows), -1, np.int64)
        marks, mark = np.unique(rows["mark"][text >= 0], return_inverse=True)
        text = text[text >= 0]
        order = np.lexsort((mark, text))
        has = np.zeros(len(self._alive), bool)
        has[text] = True
        return SharedMarks(text[order], mark[order], has, len(marks))

    @cached_property
    def links(self) -> Links:
        """Institutions and experts with the achievements they own or created and their own profiles, by candidate."""
        return self._links(EdgeKind.OWNS, EdgeKind.CREATED)

    @cached_property
    def adopters(self) -> Links:
        """Institutions with the demands they posted and, all but those of a kind that takes no technology into use (USERS), their own
        profiles, by candidate."""
        found = self._links(EdgeKind.POSTED)
        category = self._joins.nodes["category"][found.candidate]
        kept = (found.kind == tables.NODE_CODE[NodeKind.INSTITUTION]) & ((found.edge >= 0) | np.isin(category, USERS))
        return Links(*(each[kept] for each in (found.candidate, found.text, found.edge, found.kind, found.date)))

    def _links(self, *kinds: EdgeKind) -> Links:
        """Institutions and experts with the texts that edges of these kinds tie to them, and their own profiles."""
        joins, nodes = self._joins, self._joins.nodes
        rows = joins.plain_edges_of_kind(*kinds)
        text = np.where(joins.edge_target[rows] >= 0, self.of_node[joins.edge_target[rows]], -1)
        rows, text = rows[text >= 0], text[text >= 0]
        speaks = np.isin(nodes["kind"], [tables.NODE_CODE[kind] for kind in (NodeKind.INSTITUTION, NodeKind.EXPERT)])
        own = np.flatnonzero(speaks & (self.of_node >= 0))
        candidate = np.concatenate([joins.edge_source[rows], own])
        order = np.argsort(candidate, kind="stable")
        edge = np.concatenate([rows, np.full(len(own), -1, np.int64)])
        date = np.concatenate([joins.edges["date"][rows], np.zeros(len(own), np.int32)])
        kind = nodes["kind"][candidate] if len(nodes) else np.empty(0, np.int8)
        return Links(candidate[order], np.concatenate([text, self.of_node[own]])[order], edge[order], kind[order], date[order])
