"""A snapshot: one immutable projection of a store at one revision, the only thing that recall, ranking and trust read.

In: the newest index generation (mapped) and the changes since it (read from the store, kept in memory). Out: texts with their signals' raw
material, and who stands on which text, joined by row numbers. Next: ``matcher.rank.recall``, ``matcher.rank.pipeline`` and
``matcher.trust.fusion``; ``api.cli.match`` and ``api.cli.trust`` open one, ``api.http.service`` keeps one fresh.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from graph.errors import IndexMissing, ModelError
from graph.model import PREFIX, EdgeKind, Node, NodeKind
from graph.store import Cursor, Reader, Store
from matcher.columns import tables
from matcher.columns.evidence import stored_anchors
from matcher.columns.network import Network
from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.items import Display, Items
from matcher.signals.scale import Scale
from matcher.signals.segment import Segment
from matcher.text.passages import text_of
from matcher.trust.fusion import Trust
from matcher.trust.settings import SETTINGS, TrustSettings

TRIES = 20
"""How often an index is looked for that is whole."""
LATE = 1000
"""How many changes of evidence stand beside the edges before all are put in order anew."""

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
class Snapshot(Network):
    """The projection: a network and its texts, which are numbered through the segments one after the other; ``alive`` marks those that
    still hold."""

    cursor: Cursor
    scale: Scale
    segments: tuple[Segment, ...]
    alive: npt.NDArray[np.bool_]
    generation: str
    """The name of the generation it stands on; the changes since are kept in memory."""
    items: Items = field(default_factory=Items)
    url: str = ""
    """The store's."""

    @classmethod
    def open(cls, store: Store, embedder: Embedder) -> Snapshot:
        """The store as it is now. Raises IndexMissing before the first ``dovetail index``, ModelError if the index was made with
        another model than the embedder's."""
        for _ in range(TRIES):
            folder, manifest = generations.newest(store)
            if manifest.family != embedder.family:
                raise ModelError(
                    f"{store.url} is indexed with the model {manifest.model}, not {embedder.name};"
                    " name that one, or change over with: dovetail index --rescale"
                )
            try:
                scale, segment, nodes, edges, packed = generations.load(folder, manifest)
                break
            except (OSError, ValueError, EOFError):
                time.sleep(0.01)  # it is damaged, or was removed meanwhile for a newer one
        else:
            raise IndexMissing(f"{store.url}: its index is damaged; make it anew with: dovetail index")
        base = Cursor(manifest.epoch, manifest.revision)
        alive = np.ones(len(segment.ids), bool)
        snapshot = cls(nodes, edges, base, scale, (segment,), alive, folder.name, items=Items(packed), url=store.url)
        return snapshot._followed(store, embedder)

    def refreshed(self, store: Store, embedder: Embedder) -> Snapshot:
        """This snapshot if nothing changed since, or a new one with the changes. Embeds the texts that are new."""
        if store.cursor().epoch != self.cursor.epoch or generations.current(self.cursor.epoch) != self.generation:
            return Snapshot.open(store, embedder)
        return self._followed(store, embedder)

    def _followed(self, store: Store, embedder: Embedder) -> Snapshot:
        now, anchors = store.cursor(), stored_anchors(store)
        if now == self.cursor:
            return self if anchors == self.anchors else self._with_anchors(anchors)
        touched: set[str] = set()
        for change in store.changes(self.cursor):
            touched.update(change.written, change.deleted)
            now = Cursor(now.epoch, change.revision)
        return self._changed(now, touched, store, embedder)

    def _with_anchors(self, anchors: tuple[str, ...]) -> Snapshot:
        after = replace(self, anchors=anchors)
        vars(after).update({name: value for name, value in vars(self).items() if name in {*_JOINS, "evidence"}})
        return after

    def _changed(self, now: Cursor, touched: set[str], store: Store, embedder: Embedder) -> Snapshot:
        node_ids = [one for one in touched if one.partition("-")[0] in _SHOWN_PREFIXES]
        edge_ids = [one for one in touched if one.startswith("edg-")]
        found = store.get(node_ids)
        shown = [node for one, node in found.items() if node.id == one and isinstance(node, Node)]
        nodes = [node for node in shown if node.kind_of_node is not NodeKind.RECORD]
        edges = [edge for edge in store.get(edge_ids).values() if not isinstance(edge, Node) and edge.kind in tables.EDGE_KINDS]
        gone = np.array([one.encode() for one in sorted(touched)], tables.ID)
        texts = dict(sorted((node.id, text) for node in nodes if (text := text_of(node))))
        tails = (generations.segment_of(texts, self.scale, embedder),) if texts else ()
        alive = np.concatenate([self.alive & ~np.isin(self.text_ids, gone), np.ones(len(texts), bool)])
        items = self.items.changed((*node_ids, *edge_ids), (*shown, *edges))
        segments = (*self.segments, *tails)
        texts_after = replace(self, cursor=now, segments=segments, alive=alive, anchors=stored_anchors(store), items=items)
        return self.edited(gone, tables.node_rows(nodes), tables.edge_rows(edges), texts_after)

    def edited(self, gone: npt.NDArray[np.bytes_], nodes: tables.Table, edges: tables.Table, said: Snapshot | None = None) -> Snapshot:
        """This snapshot (or ``said``, its next one by texts) without the nodes and edges whose ids (sorted) are in ``gone``, and with
        these. Where only evidence changed it is put beside the rest, so that one item is there at once on a large platform too."""
        rows = self._rows_of_evidence(gone, edges) if not len(nodes) else None
        if rows is not None:
            return self._with_evidence(said or self, rows, edges)
        late = self._late_rows
        gone_edges = np.union1d(gone, self.edges_at(self.gone)["id"]) if len(self.gone) else gone
        kept = self.edges_at(late[~np.isin(self.edges_at(late)["id"], gone)])
        new = np.sort(np.concatenate([edges, kept]), order="id") if len(kept) else edges
        of_nodes, of_edges = tables.Edit.of(self.nodes, gone, nodes), tables.Edit.of(self.edges, gone_edges, new)
        nodes_after, edges_after = of_nodes(self.nodes, nodes), of_edges(self.edges, new)
        after = replace(said or self, nodes=nodes_after, edges=edges_after, late=self.late[:0], gone=self.gone[:0])
        for name in ("edge_source", "edge_target") if not of_nodes else ():
            if name in vars(self):
                ends = after._rows(np.ascontiguousarray(new[name.removeprefix("edge_")]))
                vars(after)[name] = of_edges(vars(self)[name], ends)
        return after

    def _rows_of_evidence(self, gone: npt.NDArray[np.bytes_], edges: tables.Table) -> Rows | None:
        """The rows of the edges whose ids are in ``gone``; None if these or the new ``edges`` are more than a little evidence."""
        evidence = tables.EDGE_CODE[EdgeKind.EVIDENCE]
        if len(gone) > LATE or len(self.late) + len(self.gone) + len(edges) > LATE or (edges["kind"] != evidence).any():
            return None
        rows = self.rows_of_edges(gone.tolist())
        if (self._rows(gone) >= 0).any() or (self.edges_at(rows)["kind"] != evidence).any():
            return None
        return rows

    def _with_evidence(self, after: Snapshot, gone: Rows, new: tables.Table) -> Snapshot:
        """``after`` with the edges of this one, less the rows ``gone`` and with ``new``, and all that was read of the rest."""
        after = replace(after, late=np.concatenate([self.late, new]), gone=np.union1d(self.gone, gone))
        vars(after).update({name: value for name, value in vars(self).items() if name in _JOINS})
        if "evidence" in vars(self):
            rows = len(self.edges) + len(self.late) + np.arange(len(new))
            vars(after)["evidence"] = self.evidence.edited(after.ties_at(rows), self.ties_at(gone), after.edge_id)
            vars(after)["_trusts"] = {key: one.followed(after) for key, one in self._trusts.items()}
        return after

    # -- trust, read on first use

    def trust(self, settings: TrustSettings = SETTINGS) -> Trust:
        """The trust of this snapshot under ``settings``; kept ready."""
        return self._trusts.setdefault(msgspec.json.encode(settings), Trust(self, settings))

    def make_ready(self, as_of: str) -> None:
        """Read now what questions of a day would read first. Told again, it has nothing left to do."""
        for name in sorted(_JOINS):
            getattr(self, name)
        for kind in (EdgeKind.PART_OF, EdgeKind.AFFILIATED_WITH, EdgeKind.PARTY_TO):
            for incoming in (False, True):
                self.ties_of(0, kind, incoming=incoming)
        self.trust().on(as_of).make_ready()

    @cached_property
    def _trusts(self) -> dict[bytes, Trust]:
        return {}

    @cached_property
    def display(self) -> Reader:
        """Nodes and edges as this snapshot has them: what an answer shows, without the store."""
        return Display(self, self.items, self.url)

    # -- joins, made on first use

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
    def node_text(self) -> Rows:
        """The text row of each node, -1 where it says nothing."""
        out = np.full(len(self.nodes), -1, np.int64)
        rows = np.flatnonzero(self.text_node >= 0)
        out[self.text_node[rows]] = rows
        return out

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


_JOINS = {name for layer in (Network, Snapshot) for name, value in vars(layer).items() if isinstance(value, cached_property)} - {
    "evidence", "_trusts", "display", "_late_ends", "_late_rows",
}  # fmt: skip
"""What is read of nodes, texts and the edges in order."""
