"""A snapshot: one immutable projection of a store at one revision, the only thing that recall, trust and score read.

In: the newest index generation (mapped) and the changes since it (read from the store, kept in memory). Out: texts with their
signals' raw material, and who stands on which text, joined by row numbers. Next: ``matcher.recall`` and ``matcher.trust``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from graph.errors import IndexMissing, ModelError
from graph.ids import PREFIX, WIDTH
from graph.model import EdgeKind, Node, NodeKind
from graph.store import Cursor, Reader, Store
from matcher import index, tables
from matcher.display import Display, Items
from matcher.embed import Embedder
from matcher.evidence import SETTINGS, Evidence, TrustSettings, stored_anchors
from matcher.scale import Scale
from matcher.signals import Rows, Segment
from matcher.text import text_of

if TYPE_CHECKING:
    from matcher.trust import Trust

TRIES = 20
"""How often an index is looked for that is whole."""

_TEXT_COLUMNS = ("kind", "date", "visibility", "language", "trl", "trl_since", "status", "status_since", "ended", "price")
_SHOWN_PREFIXES = frozenset(PREFIX[kind] for kind in (*tables.NODE_KINDS, NodeKind.RECORD))


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
class Affiliations:
    """Experts and their institutions: parallel arrays of node rows (-1 for one that is not there) and days."""

    source: Rows
    target: Rows
    date: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Snapshot:
    """The projection. Texts are numbered through the segments one after the other; ``alive`` marks those that still hold."""

    cursor: Cursor
    scale: Scale
    segments: tuple[Segment, ...]
    alive: npt.NDArray[np.bool_]
    nodes: tables.Table
    edges: tables.Table
    generation: str
    """The name of the generation it stands on; the changes since are kept in memory."""
    anchors: tuple[str, ...] = ()
    """Ids of the institutions that the operator vouches for: whom a newcomer hears."""
    items: Items = field(default_factory=Items)
    url: str = ""
    """The store's."""

    @classmethod
    def open(cls, store: Store, embedder: Embedder) -> Snapshot:
        """The store as it is now. Raises IndexMissing before the first ``dovetail index``, ModelError if the index was made with
        another model than the embedder's."""
        for _ in range(TRIES):
            folder, manifest = index.newest(store)
            if manifest.family != embedder.family:
                raise ModelError(
                    f"{store.url} is indexed with the model {manifest.model}, not {embedder.name};"
                    " name that one, or change over with: dovetail index --rescale"
                )
            try:
                scale, segment, nodes, edges, packed = index.load(folder, manifest)
                break
            except (OSError, ValueError, EOFError):
                time.sleep(0.01)  # it is damaged, or was removed meanwhile for a newer one
        else:
            raise IndexMissing(f"{store.url}: its index is damaged; make it anew with: dovetail index")
        base = Cursor(manifest.epoch, manifest.revision)
        alive = np.ones(len(segment.ids), bool)
        snapshot = cls(base, scale, (segment,), alive, nodes, edges, folder.name, items=Items(packed), url=store.url)
        return snapshot._followed(store, embedder)

    def refreshed(self, store: Store, embedder: Embedder) -> Snapshot:
        """This snapshot if nothing changed since, or a new one with the changes. Embeds the texts that are new."""
        if store.cursor().epoch != self.cursor.epoch or index.current(self.cursor.epoch) != self.generation:
            return Snapshot.open(store, embedder)
        return self._followed(store, embedder)

    def _followed(self, store: Store, embedder: Embedder) -> Snapshot:
        now, anchors = store.cursor(), stored_anchors(store)
        if now == self.cursor:
            return self if anchors == self.anchors else replace(self, anchors=anchors)
        touched: set[str] = set()
        for change in store.changes(self.cursor):
            touched.update(change.written, change.deleted)
            now = Cursor(now.epoch, change.revision)
        return self._changed(now, touched, store, embedder)

    def _changed(self, now: Cursor, touched: set[str], store: Store, embedder: Embedder) -> Snapshot:
        node_ids = [one for one in touched if one.partition("-")[0] in _SHOWN_PREFIXES]
        edge_ids = [one for one in touched if one.startswith("edg-")]
        found = store.get(node_ids)
        shown = [node for one, node in found.items() if node.id == one and isinstance(node, Node)]
        nodes = [node for node in shown if node.kind_of_node is not NodeKind.RECORD]
        edges = [edge for edge in store.get(edge_ids).values() if not isinstance(edge, Node) and edge.kind in tables.EDGE_KINDS]
        gone = np.array([one.encode() for one in sorted(touched)], tables.ID)
        texts = dict(sorted((node.id, text) for node in nodes if (text := text_of(node))))
        tail = index.segment_of(texts, self.scale, embedder)
        alive = np.concatenate([self.alive & ~np.isin(self.text_ids, gone), np.ones(len(tail.ids), bool)])
        items = self.items.changed((*node_ids, *edge_ids), (*shown, *edges))
        texts_after = replace(
            self, cursor=now, segments=(*self.segments, tail), alive=alive, anchors=stored_anchors(store), items=items
        )
        return self.edited(gone, tables.node_rows(nodes), tables.edge_rows(edges), texts_after)

    def edited(self, gone: npt.NDArray[np.bytes_], nodes: tables.Table, edges: tables.Table, said: Snapshot | None = None) -> Snapshot:
        """This snapshot (or ``said``, its next one by texts) without the nodes and edges whose ids (sorted) are in ``gone``, and with
        these. What was read of the edges is taken over: an item of evidence is there at once, on a large platform too."""
        of_nodes, of_edges = tables.Edit.of(self.nodes, gone, nodes), tables.Edit.of(self.edges, gone, edges)
        after = replace(said or self, nodes=of_nodes(self.nodes, nodes), edges=of_edges(self.edges, edges))
        if not of_nodes:
            after._take_over(self, of_edges)
        return after

    def _take_over(self, before: Snapshot, edit: tables.Edit) -> None:
        """What ``before``, with the same nodes, has read of its edges."""
        known, new = vars(before), self.edges[edit.new]
        for name in ("edge_source", "edge_target"):
            if name in known:
                vars(self)[name] = edit(known[name], self._rows(np.ascontiguousarray(new[name.removeprefix("edge_")])))
        of_parties = tables.EDGE_CODE[EdgeKind.PARTY_TO]
        if "evidence" in known and not (new["kind"] == of_parties).any() and not (before.edges["kind"][edit.gone] == of_parties).any():
            vars(self)["evidence"] = before.evidence.edited(self, edit)

    # -- trust, read on first use

    @cached_property
    def evidence(self) -> Evidence:
        """Every item of evidence that anybody holds about anybody."""
        return Evidence.of(self)

    def trust(self, settings: TrustSettings = SETTINGS) -> Trust:
        """The trust of this snapshot under ``settings``; kept ready."""
        from matcher.trust import Trust

        return self._trusts.setdefault(msgspec.json.encode(settings), Trust(self, settings))

    @cached_property
    def _trusts(self) -> dict[bytes, Trust]:
        return {}

    @cached_property
    def display(self) -> Reader:
        """Nodes and edges as this snapshot has them: what an answer shows, without the store."""
        return Display(self)

    # -- joins, made on first use

    @cached_property
    def node_ids(self) -> npt.NDArray[np.bytes_]:
        return np.ascontiguousarray(self.nodes["id"])

    @cached_property
    def text_ids(self) -> npt.NDArray[np.bytes_]:
        return np.concatenate([segment.ids for segment in self.segments])

    @cached_property
    def text_node(self) -> Rows:
        """The node row of each text; -1 where the text no longer holds."""
        return np.where(self.alive, self._rows(self.text_ids), -1)

    @cached_property
    def text_columns(self) -> dict[str, npt.NDArray[Any]]:
        """What is asked of the node behind each text, by column; that of some other node where the text no longer holds."""
        rows = np.maximum(self.text_node, 0)
        return {name: self.nodes[name][rows] if len(self.nodes) else np.empty(len(rows)) for name in _TEXT_COLUMNS}

    @cached_property
    def affiliations(self) -> Affiliations:
        """Which expert is of which institution."""
        rows = self.edges_of_kind(EdgeKind.AFFILIATED_WITH)
        return Affiliations(self.edge_source[rows], self.edge_target[rows], self.edges["date"][rows])

    @cached_property
    def node_text(self) -> Rows:
        """The text row of each node, -1 where it says nothing."""
        out = np.full(len(self.nodes), -1, np.int64)
        rows = np.flatnonzero(self.text_node >= 0)
        out[self.text_node[rows]] = rows
        return out

    @cached_property
    def edge_source(self) -> Rows:
        return self._rows(self.edges["source"])

    @cached_property
    def edge_target(self) -> Rows:
        return self._rows(self.edges["target"])

    @cached_property
    def links(self) -> Links:
        """Institutions and experts with the achievements they own or created and their own profiles, by candidate."""
        rows = self.edges_of_kind(EdgeKind.OWNS, EdgeKind.CREATED)
        text = np.where(self.edge_target[rows] >= 0, self.node_text[self.edge_target[rows]], -1)
        rows, text = rows[text >= 0], text[text >= 0]
        speaks = np.isin(self.nodes["kind"], [tables.NODE_CODE[kind] for kind in (NodeKind.INSTITUTION, NodeKind.EXPERT)])
        own = np.flatnonzero(speaks & (self.node_text >= 0))
        candidate = np.concatenate([self.edge_source[rows], own])
        order = np.argsort(candidate, kind="stable")
        edge = np.concatenate([rows, np.full(len(own), -1, np.int64)])
        date = np.concatenate([self.edges["date"][rows], np.zeros(len(own), np.int32)])
        kind = self.nodes["kind"][candidate] if len(self.nodes) else np.empty(0, np.int8)
        return Links(candidate[order], np.concatenate([text, self.node_text[own]])[order], edge[order], kind[order], date[order])

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
        return str(self.edges["id"][row].decode("ascii"))

    def edges_of_kind(self, *kinds: EdgeKind) -> Rows:
        """The edge rows of these kinds."""
        return np.flatnonzero(np.isin(self._edge_kinds, [tables.EDGE_CODE[kind] for kind in kinds]))

    @cached_property
    def _edge_kinds(self) -> npt.NDArray[np.int8]:
        return np.ascontiguousarray(self.edges["kind"])

    def ties_of(self, row: int, kind: EdgeKind, *, incoming: bool = False) -> Rows:
        """The edge rows of one kind that leave (or reach) a node row, ascending."""
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
        """The edge rows that leave (or reach) a node row."""
        order, start = self.by_target if incoming else self.by_source
        return order[start[row] : start[row + 1]]


def _grouped(rows: Rows, count: int) -> tuple[Rows, Rows]:
    order = np.argsort(rows, kind="stable")
    return order, np.searchsorted(rows[order], np.arange(count + 1))
