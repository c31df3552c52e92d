"""The edges of a batch of rows: those that it makes, those of earlier forms of its rows, and those that are stored as they are.

In: rows with what they come to (``ingest.build``), the plan of their Records, and the store. Out: edges to write, and ids of edges to take
away. Next: ``ingest.load`` writes both with the batch's nodes in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from graph.model import Edge, EdgeKind, Evidence, Node, NodeKind
from graph.store import Direction, Store, chunks
from ingest.build import Built, Draft
from ingest.resolve.resolver import Plan, Resolver
from ingest.row_reader import Pending, RowReader
from ingest.rows.models import Kind

FROM_COLUMNS: dict[Kind, dict[str, tuple[EdgeKind, Direction]]] = {
    Kind.INSTITUTIONS: {"part_of": (EdgeKind.PART_OF, "out")},
    Kind.EXPERTS: {"institution": (EdgeKind.AFFILIATED_WITH, "out")},
    Kind.ACHIEVEMENTS: {"owners": (EdgeKind.OWNS, "in"), "creators": (EdgeKind.CREATED, "in")},
    Kind.DEMANDS: {"posted_by": (EdgeKind.POSTED, "in")},
    Kind.RESOURCES: {"offered_by": (EdgeKind.OFFERS, "in")},
    Kind.COOPERATIONS: {"parties": (EdgeKind.PARTY_TO, "in"), "demands": (EdgeKind.ADDRESSES, "out"), "uses": (EdgeKind.USES, "out")},
}
"""The edges that a column of a row makes: those that it no longer names are taken away."""
LABELS = {
    Kind.INSTITUTIONS: NodeKind.INSTITUTION.value,
    Kind.EXPERTS: NodeKind.EXPERT.value,
    Kind.ACHIEVEMENTS: NodeKind.ACHIEVEMENT.value,
    Kind.DEMANDS: NodeKind.DEMAND.value,
    Kind.RESOURCES: NodeKind.RESOURCE.value,
    Kind.COOPERATIONS: NodeKind.COOPERATION.value,
}
"""The label of the nodes that rows of a kind come to."""
_PROBE = 20
"""Nodes of a batch by which is told whether it was fed before."""


class _Ends(dict[str, str]):
    """Where edges of a batch end, by what drafts say: the entity of a Record, and any other node itself."""

    def __init__(self, plan: Plan, resolver: Resolver) -> None:
        super().__init__(plan.entity_of)
        self._resolver = resolver

    def __missing__(self, one: str) -> str:
        self[one] = end = (self._resolver.entity_of(one) or one) if one.startswith("rec-") else one
        return end


def drawn(
    batch: Iterable[Pending], nodes: Collection[str], known: Collection[str], meant: Mapping[str, str], plan: Plan, resolver: Resolver
) -> dict[str, Edge]:
    """The edges of ``batch`` by id; also fills in what each row says. ``nodes``: the batch's own, ``known``: those that are stored;
    ``meant``: by an id that no row has, the achievement that was named by its number instead."""
    edges: dict[str, Edge] = {}
    made: dict[int, list[Edge]] = {}  # by what they are made of: a firm's or a person's is the same object in many rows
    ends = _Ends(plan, resolver)

    def edge_of(draft: Draft) -> Edge:
        end = draft.targets[0]
        if len(draft.targets) > 1:
            end = next((one for one in draft.targets if one in nodes or one in known), end)
        if end in meant and end not in nodes and end not in known:
            end = meant[end]
        return draft.edge(ends[draft.source], ends[end], end)

    for pending in batch:
        ids: list[str] = []
        pending.ids = ids
        for built in pending.built:
            own = made.get(id(built))
            if own is None:
                own = made[id(built)] = [edge_of(draft) for draft in built.drafts]
            if built.node or built.record:
                ids.append(built.id)
            for edge in own:
                one = edge.id
                edges[one] = edge
                ids.append(one)
    return edges


class Earlier:
    """What earlier forms of rows left in the store, as far as columns of edges tell: asked for batch by batch."""

    def __init__(self, store: Store, kinds: Collection[str]) -> None:
        """``kinds``: those of nodes and edges that the store held before the run."""
        self._store, self._kinds = store, kinds

    def edges(
        self, batch: Iterable[Pending], edges: Mapping[str, Edge], settled: Collection[str], resolver: Resolver
    ) -> tuple[dict[str, Edge], set[str]]:
        """The edges, by id, that these rows no longer name, which the rows then say too, and the ids of ``edges`` that are stored as they
        are."""
        owners: dict[str, tuple[Built, Pending]] = {}
        asked: dict[Direction, tuple[set[EdgeKind], set[str]]] = {"in": (set(), set()), "out": (set(), set())}
        of_kind: dict[tuple[RowReader, Kind], set[tuple[EdgeKind, Direction]]] = {}
        for pending in batch:
            for built in pending.built:
                place = pending.reader, built.kind
                if place not in of_kind:
                    of_kind[place] = self._columns(*place)
                columns = of_kind[place]
                if not columns or built.id in settled:
                    continue  # new to the store, or looked at before
                end = built.id if built.node else resolver.entity_of(built.id)
                if end:
                    owners[built.id] = (built, pending)
                    for kind, direction in columns:
                        asked[direction][0].add(kind)
                        asked[direction][1].add(end)
        stale, same = dict[str, Edge](), set[str]()
        for direction, (kinds, ends) in asked.items():
            for edge in self._store.edges(ends, kinds=kinds, direction=direction) if ends else ():
                mine = edges.get(edge.id)
                if mine is not None:
                    if _is_stored(mine, edge):
                        same.add(edge.id)
                    continue
                own = edge.target if direction == "in" else edge.source_record or edge.source
                if own in owners and edge.provenance.row == owners[own][0].provenance.row:
                    stale[edge.id] = edge
                    owners[own][1].ids.append(edge.id)
        return stale, same

    def kept(self, edges: Mapping[str, Edge], stale: Mapping[str, Edge]) -> dict[str, Edge]:
        """Those items of evidence among ``edges`` that are stored with a withdrawal or an objection, which no row says, with these: what
        somebody had corrected is not put back by a file that still has it. So is one that takes the place of a ``stale`` one, whose row
        lets other people see it now."""
        held = EdgeKind.EVIDENCE.value in self._kinds
        items = {one: edge for one, edge in edges.items() if isinstance(edge, Evidence)} if held else {}
        before = {edge.provenance.row: edge for edge in stale.values() if isinstance(edge, Evidence)}
        found: dict[str, Edge] = {}
        for part in chunks(items):
            there = self._store.get(part)
            for one in part:
                stored = there.get(one) or before.get(items[one].provenance.row)
                if isinstance(stored, Evidence) and (stored.withdrawn or stored.objected):
                    done = {"withdrawn": stored.withdrawn, "withdrawn_for": stored.withdrawn_for, "objected": stored.objected}
                    found[one] = msgspec.structs.replace(items[one], **done)
        return found

    def _columns(self, reader: RowReader, kind: Kind) -> set[tuple[EdgeKind, Direction]]:
        """The edges that columns of a file's rows of ``kind`` say in full, where rows of it may be stored."""
        return _said(reader, kind) if kind in LABELS and LABELS[kind] in self._kinds else set()

    def nodes(self, batch: Sequence[Pending]) -> set[str]:
        """The ids of the batch's own nodes that are stored as they are. Asked for only where the first rows have been fed before."""
        mine = {built.id: built.node for pending in batch for built in pending.built if built.node and LABELS[built.kind] in self._kinds}
        probe = list(mine)[:_PROBE]
        if not probe or 2 * len(self._store.get(probe)) < len(probe):
            return set()
        same = set[str]()
        for part in chunks(mine):  # a part of a batch at a time lies in memory twice
            same.update(one for one, stored in self._store.get(part).items() if _is_stored(mine[one], stored))
        return same


def said_by(pending: Pending, kind: Kind) -> set[EdgeKind]:
    """The kinds of edges that columns of a row say in full of its part of ``kind``."""
    return {edge for edge, _ in _said(pending.reader, kind)}


def _said(reader: RowReader, kind: Kind) -> set[tuple[EdgeKind, Direction]]:
    columns = FROM_COLUMNS.get(kind, {})
    return {columns[name] for name in columns.keys() & reader.present(kind)}


def _is_stored(mine: Node | Edge, stored: Node | Edge) -> bool:
    return type(mine) is type(stored) and msgspec.structs.replace(mine, version=stored.version) == stored
