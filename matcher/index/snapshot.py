"""A snapshot: one immutable projection of a store at one revision, the only thing that recall, ranking and trust read.

In: the newest index generation (mapped) and the changes since it (read from the store, kept in memory). Out: texts with their signals' raw
material, and who stands on which text, joined by row numbers. Next: ``matcher.rank.recall``, ``matcher.rank.pipeline`` and
``matcher.trust.fusion``; ``api.cli.match`` and ``api.cli.trust`` open one, ``api.http.service`` keeps one fresh.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt

from graph.errors import IndexDamaged, ModelError
from graph.language import _
from graph.model import PREFIX, EdgeKind, Node, NodeKind
from graph.store import Cursor, Reader, Store
from graph.viewer import OWNER, Viewer
from matcher.columns import same, tables
from matcher.columns.evidence import stored_anchors
from matcher.columns.joins import Joins
from matcher.columns.network import Network
from matcher.embedding.embedder import Counted, Embedder
from matcher.index import generations
from matcher.index.blocks import mend
from matcher.index.items import Display, Items
from matcher.index.one_embeds import embedding
from matcher.index.text_joins import TextJoins
from matcher.index.unread import all_of, next_of
from matcher.signals.scale import Scale
from matcher.signals.segment import Segment, settled
from matcher.text.passages import text_of
from matcher.trust.fusion import Trust
from matcher.trust.settings import SETTINGS, TrustSettings

TRIES = 20
"""How often an index is looked for that is whole."""
STEP_IDS = 20_000
"""Nodes and edges that a step takes in, or one change of the store, however large."""
STEP_PASSAGES = 96
"""Passages that a step embeds, besides those that are in the vector cache: seconds on an idle core."""

_TEXT_PREFIXES = frozenset(PREFIX[kind] for kind in tables.NODE_KINDS if kind is not NodeKind.COOPERATION)
_SHOWN_PREFIXES = frozenset(PREFIX[kind] for kind in (*tables.NODE_KINDS, NodeKind.RECORD))


class _GivesWay(Exception):
    """An index is being made now: what is new is embedded for it."""


def _giving_way(store: Store, progress: Counted | None) -> Counted:
    """``progress``, which ends a step that had begun when the making of an index begins."""

    def told(done: int, total: int) -> None:
        if progress:
            progress(done, total)
        if done < total and generations.is_being_made(store):
            raise _GivesWay

    return told


VIEWERS = 16
"""Viewers for whom trust is kept ready, at most; whoever asked first goes first."""


@dataclass(frozen=True)
class Snapshot(Network):
    """The projection: a network and its texts, which are numbered through the segments one after the other; ``alive`` marks those that
    still hold."""

    cursor: Cursor
    scale: Scale
    segments: tuple[Segment, ...]
    alive: npt.NDArray[np.bool_]
    texts: TextJoins
    """Of the network, ``segments`` and ``alive``."""
    marks: tables.Table
    """By which works are the same (``matcher.columns.same``)."""
    generation: str
    """The name of the generation it stands on; the changes since are kept in memory."""
    items: Items = field(default_factory=Items)
    url: str = ""
    """The store's."""
    unread: tuple[str, ...] = ()
    """Nodes whose texts are still to be embedded, by id: no question finds them by their text. Empty but between steps."""
    trusts: dict[tuple[Viewer, bytes], Trust] = field(default_factory=dict)
    """Trust that was asked for, by who may see what it is made of, and its settings."""

    @classmethod
    def open(cls, store: Store, embedder: Embedder, *, whole: bool = False) -> Snapshot:
        """The store as it is now. Of the index, what one question reads is checked as it is read; ``whole``: all of it now, once for many
        questions. Raises IndexMissing before the first ``dovetail index``, IndexDamaged (as a question may later), and ModelError if the
        index was made with another model than the embedder's."""
        return cls.of_index(store, embedder, whole=whole)._followed(store, embedder)

    @classmethod
    def of_index(cls, store: Store, embedder: Embedder, *, whole: bool = False) -> Snapshot:
        """The store as its index knows it, without the changes since. Raises as ``open`` does."""
        for _try in range(TRIES):
            folder, manifest = generations.newest(store)
            if manifest.family != embedder.family:
                raise ModelError(
                    _(
                        "{url} is indexed with the model {model}, not {name}; name that one, or change over with: dovetail index --rescale",
                        url=store.url,
                        model=manifest.model,
                        name=embedder.name,
                    )
                )
            try:
                scale, segment, nodes, edges, marks, packed = generations.load(folder, manifest, mend(store), whole=whole)
                break
            except IndexDamaged:
                if folder.name == generations.current(manifest.epoch):
                    raise
            except (OSError, ValueError):
                time.sleep(0.01)  # it is damaged, or was removed meanwhile for a newer one
        else:
            raise IndexDamaged(_("{url}: its index is damaged; {mend}", url=store.url, mend=mend(store)))
        base = Cursor(manifest.epoch, manifest.revision)
        alive = np.ones(len(segment.ids), bool)
        joins = Joins(nodes, edges)
        texts = TextJoins(joins, (segment,), alive, marks)
        items, anchors = Items(packed), stored_anchors(store)
        return cls(
            nodes, edges, joins, base, scale, (segment,), alive, texts, marks, folder.name, items=items, url=store.url, anchors=anchors
        )

    def refreshed(self, store: Store, embedder: Embedder) -> Snapshot:
        """This snapshot if nothing changed since, or a new one with the changes. Embeds the texts that are new."""
        if self._is_outdated(store):
            return Snapshot.open(store, embedder, whole=True)
        return self._followed(store, embedder)

    def stepped(self, store: Store, embedder: Embedder, progress: Counted | None = None) -> Snapshot:
        """As ``refreshed``, but one step of bounded size: at most STEP_IDS of what changed (or one change), then the texts that are in the
        vector cache and at most STEP_PASSAGES that are not (none while an index is being made). This snapshot if nothing can be done now.

        The network of a step is that of its revision, but for nodes and edges that were written again since, which are as they are
        now. A text that replaces another is embedded in the step that takes the change in, so that no answer loses what it knew."""
        if self._is_outdated(store):
            after = Snapshot.of_index(store, embedder, whole=True)
            while after.cursor.epoch == self.cursor.epoch and after.cursor.revision < self.cursor.revision:
                after = after._changed(*after._changes(store, STEP_IDS), store, embedder, progress, in_steps=True)
            return after._read(embedder, 0, progress)  # all that this snapshot had read is in the vector cache
        now, touched = self._changes(store, STEP_IDS)
        after = self
        if now != self.cursor:
            after = self._changed(now, touched, store, embedder, progress, in_steps=True)
        elif (anchors := stored_anchors(store)) != self.anchors:
            after = self._with_anchors(anchors)
        if not after.unread:
            return after
        # what another process embeds comes from the vector cache: two that embed the same take twice the cores
        with embedding(store) as is_turn:
            try:
                most = STEP_PASSAGES if is_turn and not generations.is_being_made(store) else 0
                return after._read(embedder, most, _giving_way(store, progress))
            except _GivesWay:
                return after._read(embedder, 0, progress)  # what the step had embedded is in the vector cache

    def texts_behind(self, store: Store) -> int:
        """How many nodes' texts the store has, as far as its changes tell, that this snapshot has not read."""
        touched = {one for change in store.changes(self.cursor) for one in change.written}
        return len(self.unread) + sum(one.partition("-")[0] in _TEXT_PREFIXES for one in touched)

    def _is_outdated(self, store: Store) -> bool:
        return store.cursor().epoch != self.cursor.epoch or generations.current(self.cursor.epoch) != self.generation

    def _followed(self, store: Store, embedder: Embedder) -> Snapshot:
        now, touched = self._changes(store)
        if now != self.cursor:
            return self._changed(now, touched, store, embedder)._read(embedder)
        anchors = stored_anchors(store)
        return (self if anchors == self.anchors else self._with_anchors(anchors))._read(embedder)

    def _changes(self, store: Store, most: int | None = None) -> tuple[Cursor, set[str]]:
        """Where the changes lead (of about ``most`` ids, if it is given), and the ids that they touch."""
        now, touched = self.cursor, set[str]()
        for change in store.changes(self.cursor):
            ids = (*change.written, *change.deleted)
            if most is not None and touched and len(touched) + len(ids) > most:
                break
            touched.update(ids)
            now = Cursor(now.epoch, change.revision)
        return now, touched

    def _read(self, embedder: Embedder, most: int | None = None, progress: Counted | None = None) -> Snapshot:
        """This snapshot with texts that were unread: all of them, or those in the vector cache and about ``most`` passages beside."""
        if not self.unread:
            return self
        texts, left = (all_of(self.items, self.unread), ()) if most is None else next_of(self.items, self.unread, embedder, most)
        if not texts:
            return self if len(left) == len(self.unread) else replace(self, unread=left)
        tail = generations.segment_of(texts, self.scale, embedder, progress)
        segments = settled((*self.segments, tail))
        alive = np.concatenate([self.alive, np.ones(len(texts), bool)])
        joins = TextJoins(self.joins, segments, alive, self.marks)
        return replace(self, segments=segments, alive=alive, unread=left, texts=joins)

    def _with_anchors(self, anchors: tuple[str, ...]) -> Snapshot:
        return replace(self, anchors=anchors, trusts={})

    def with_texts(self, *segments: Segment) -> Snapshot:
        """This snapshot as if these were all its texts."""
        alive = np.ones(sum(len(segment.ids) for segment in segments), bool)
        return replace(self, segments=segments, alive=alive, texts=TextJoins(self.joins, segments, alive, self.marks))

    def _changed(
        self, now: Cursor, touched: set[str], store: Store, embedder: Embedder, progress: Counted | None = None, *, in_steps: bool = False
    ) -> Snapshot:
        """This snapshot after the changes that ``touched`` some ids. Of texts ``in_steps``, those that are new are left unread."""
        node_ids = [one for one in touched if one.partition("-")[0] in _SHOWN_PREFIXES]
        edge_ids = [one for one in touched if one.startswith("edg-")]
        found = store.get(node_ids)
        shown = [node for one, node in found.items() if node.id == one and isinstance(node, Node)]
        nodes = [node for node in shown if node.kind_of_node is not NodeKind.RECORD]
        edges = [edge for edge in store.get(edge_ids).values() if not isinstance(edge, Node) and edge.kind in tables.EDGE_KINDS]
        gone = np.array([one.encode() for one in sorted(touched)], tables.ID)
        texts = dict(sorted((node.id, text) for node in nodes if (text := text_of(node))))
        replaced = self.alive & np.isin(self.texts.ids, gone)
        known = {one.decode("ascii") for one in self.texts.ids[replaced].tolist()}
        at_once = {one: text for one, text in texts.items() if not in_steps or one in known}
        unread = tuple(sorted({one for one in self.unread if one not in touched} | (texts.keys() - at_once.keys())))
        tails = (generations.segment_of(at_once, self.scale, embedder, progress),) if at_once else ()
        alive = np.concatenate([self.alive & ~replaced, np.ones(len(at_once), bool)])
        items = self.items.changed((*node_ids, *edge_ids), (*shown, *edges))
        segments = settled((*self.segments, *tails))
        marks = self.marks
        if node_ids:
            marks = same.edited(marks, gone, same.mark_rows((mark, node.id) for node in nodes for mark in same.marks_of(node)))
        after = replace(
            self, cursor=now, segments=segments, alive=alive, marks=marks, anchors=stored_anchors(store), items=items, unread=unread
        )
        return after.edited(gone, tables.node_rows(nodes), tables.edge_rows(edges))

    def edited(self, gone: npt.NDArray[np.bytes_], nodes: tables.Table, edges: tables.Table) -> Snapshot:
        """As of a network; what was read of the texts, and weighed, is carried over where only evidence changed."""
        after = super().edited(gone, nodes, edges)
        if after.joins is not self.joins:
            return replace(after, texts=TextJoins(after.joins, self.segments, self.alive, self.marks), trusts={})
        after = replace(after, trusts={})
        if after.items_of_evidence.made is not None:
            after.trusts.update({asked: trust.followed(after) for asked, trust in self.trusts.items() if asked[0].is_owner})
        return after

    def employed(self, rows: tables.Rows, today: int) -> npt.NDArray[np.bool_]:
        """Which of some node rows are experts of an institution that is among them, by ties dated up to a day."""
        among = np.zeros(len(self.nodes), bool)
        among[rows] = True
        edges = self.joins.affiliations
        inside = among[edges.target] & (edges.target >= 0) & (edges.source >= 0) & (edges.date <= today)
        among[:] = False
        among[edges.source[inside]] = True
        return among[rows]

    # -- trust, read on first use

    def trust(self, settings: TrustSettings = SETTINGS, viewer: Viewer = OWNER) -> Trust:
        """The trust of this snapshot under ``settings``, made of what ``viewer`` may see; kept ready."""
        asked = viewer, msgspec.json.encode(settings)
        found = self.trusts.get(asked)
        if found is None:  # several threads ask one snapshot: what is kept may be let go by another meanwhile
            kept = list(self.trusts)
            for other in [one for one in kept if not one[0].is_owner][: max(0, len(kept) - VIEWERS + 1)]:
                self.trusts.pop(other, None)
            found = self.trusts[asked] = Trust(self if viewer.is_owner else self.seen_by(viewer), settings)
        return found

    def make_ready(self, as_of: str) -> None:
        """Read now what questions of a day would read first. Told again, it has nothing left to do."""
        self.joins.make_ready()
        self.texts.make_ready()
        for kind in (EdgeKind.PART_OF, EdgeKind.AFFILIATED_WITH, EdgeKind.PARTY_TO, EdgeKind.POSTED, EdgeKind.OWNS):
            for incoming in (False, True):
                self.joins.ties_of(0, kind, incoming=incoming)
        self.trust().on(as_of).make_ready()

    @cached_property
    def display(self) -> Reader:
        """Nodes and edges as this snapshot has them: what an answer shows, without the store."""
        return Display(self, self.items, self.url)
