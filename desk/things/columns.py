"""What lists of the graph's things are made from: by kind, their ids in order and what filters ask of each, kept in memory by the feed.

In: a store. Out: columns of it as it is now; what changed since they were asked last is read, nothing else. Next: ``desk.things.lists``.

What filters ask of an institution or expert is kept once for each clearance: who sees less of it finds it by less.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from graph.errors import FeedTruncated
from graph.model import (
    PREFIX,
    Achievement,
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    Expert,
    Institution,
    Node,
    NodeKind,
    Record,
    Resource,
    Visibility,
)
from graph.store import Cursor, OnePerStore, Store, chunks
from graph.viewer import Viewer, level, level_of

KINDS = (NodeKind.INSTITUTION, NodeKind.EXPERT, NodeKind.ACHIEVEMENT, NodeKind.DEMAND, NodeKind.RESOURCE, NodeKind.COOPERATION)
CLEARANCES = [Viewer(clearance=visibility) for visibility in Visibility]


class Said(msgspec.Struct, frozen=True, gc=False):
    """What filters ask of a thing, as far as somebody may see it. ``sources``: those that have a row of it; ``places``: a country and a
    region each, as they are written; ``retrieved`` and ``date``: partial days."""

    sources: tuple[str, ...] = ()
    category: str = ""
    places: tuple[tuple[str | None, str | None], ...] = ()
    retrieved: str = ""
    date: str = ""


class Row(msgspec.Struct, frozen=True, gc=False):
    """A thing. ``said``: by clearance, the lowest first; ``ends``: of an item of evidence."""

    level: int
    said: tuple[Said, ...]
    ends: tuple[str, ...] = ()
    source_id: str = ""


class Columns:
    """The columns of a store as of ``cursor``."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None
        self.lock = threading.Lock()
        self._rows: dict[str, dict[str, Row]] = {}
        self._ids: dict[str, list[str]] = {}
        self._records: dict[str, tuple[str, str]] = {}
        """By Record of a row: its source, and the day on which that was retrieved."""

    def rows(self, kind: NodeKind | EdgeKind, after: str = "") -> Iterator[tuple[str, Row]]:
        """The things of a kind whose ids come behind ``after``, in order."""
        ids, rows = self._ids.get(kind.value, []), self._rows.get(kind.value, {})
        for at in range(bisect_right(ids, after), len(ids)):
            row = rows.get(ids[at])
            if row:
                yield ids[at], row

    def follow(self, store: Store) -> None:
        """Take in what changed; all of it at first, and where the feed does not reach back."""
        now = store.cursor()
        if now == self.cursor:
            return
        touched: set[str] | None = None
        if self.cursor and self.cursor.epoch == now.epoch:
            try:
                changes = list(store.changes(self.cursor))
                touched = {one for change in changes for one in (*change.written, *change.deleted)}
                now = Cursor(now.epoch, changes[-1].revision if changes else now.revision)
            except FeedTruncated:
                touched = None
        if touched is None:
            self._read_all(store)
        else:
            self._take_in(store, touched)
        self.cursor = now

    def _read_all(self, store: Store) -> None:
        self._records = {one.id: _of_row(one) for one in store.scan(NodeKind.RECORD) if isinstance(one, Record) and not one.stub}
        rows: dict[str, dict[str, Row]] = {}
        for kind in (*KINDS, EdgeKind.EVIDENCE):
            rows[kind.value] = {one.id: self._row(one) for one in store.scan(kind)}
        self._rows, self._ids = rows, {kind: sorted(found) for kind, found in rows.items()}

    def _take_in(self, store: Store, touched: set[str]) -> None:
        records = [one for one in touched if one.startswith(PREFIX[NodeKind.RECORD])]
        for part in chunks(records):
            found = store.get(part)
            for one in part:
                self._records.pop(one, None)
                record = found.get(one)
                if isinstance(record, Record) and not record.stub:
                    self._records[one] = _of_row(record)
            touched |= {entity for ids in store.lookup(part).values() for entity in ids}
        changed: set[str] = set()
        for part in chunks(sorted(touched)):
            found = store.get(part)
            for one in part:
                item = found.get(one)
                kind = _kind_of(one, item)
                if kind is None:
                    continue
                rows = self._rows.setdefault(kind, {})
                before = one in rows
                if item is not None and item.id == one:
                    rows[one] = self._row(item)
                else:
                    rows.pop(one, None)
                if before != (one in rows):
                    changed.add(kind)
        for kind in changed:
            self._ids[kind] = sorted(self._rows[kind])

    def _row(self, item: Node | Edge) -> Row:
        if not isinstance(item, Node):
            kind = item.evidence.value if isinstance(item, Evidence) else ""
            said = Said((item.provenance.source,), kind, (), item.provenance.retrieved_at or "", item.date or "")
            return Row(level(item.visibility), (said,) * len(CLEARANCES), (item.source, item.target), item.provenance.source_id)
        if isinstance(item, Institution | Expert) and item.overlays is not None:
            return Row(level_of(item), tuple(self._said(viewer.view(item)) for viewer in CLEARANCES))
        return Row(level_of(item), (self._said(item),) * len(CLEARANCES))

    def _said(self, node: Node) -> Said:
        category, places, date = _told(node)
        if isinstance(node, Institution | Expert):
            rows = [self._records[one] for one in node.records if one in self._records]
            retrieved = max((day for _source, day in rows), default="")
            return Said(tuple(sorted({source for source, _day in rows})), category, places, retrieved, date)
        return Said((node.provenance.source,), category, places, node.provenance.retrieved_at or "", date)


def _told(node: Node) -> tuple[str, tuple[tuple[str | None, str | None], ...], str]:
    """The kind, the places and the day of a node."""
    match node:
        case Institution():
            return node.kind.value, ((node.country, node.region),) if node.country or node.region else (), ""
        case Achievement():
            return node.kind.value, (), node.date or ""
        case Demand():
            return (node.kind or ""), tuple((None, one) for one in node.regions), node.date or ""
        case Resource():
            return node.kind.value, (), node.date or ""
        case Cooperation():
            return node.mode.value, (), node.started or ""
        case _:
            return "", (), ""


def _of_row(record: Record) -> tuple[str, str]:
    return record.provenance.source, record.provenance.retrieved_at or ""


_OF_PREFIX = {PREFIX[kind]: kind.value for kind in KINDS}


def _kind_of(id: str, item: Node | Edge | None) -> str | None:
    """The list that an id belongs to; of an edge that is gone, that of evidence, which may have had it."""
    if id.startswith("edg-"):
        return EdgeKind.EVIDENCE.value if item is None or isinstance(item, Evidence) else None
    return _OF_PREFIX.get(id.partition("-")[0])


_kept = OnePerStore(Columns)


def columns_of(store: Store) -> Columns:
    """The columns of a store as it is now."""
    kept = _kept(store)
    with kept.lock:
        kept.follow(store)
    return kept

