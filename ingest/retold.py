"""Rows that are told anew: what is for other people to see now, and which Records nobody names any more.

In: rows with what they come to, and the store as it was. Out: the edges of other rows and columns at a node whose visibility changed, as
they are now; the Records that go with the last edge that named them. Next: ``ingest.load`` writes both with the batch that changed them.

A Record known by reference only is as visible as the rows that name it, and there as long as they are: so that a party that was named in
public by mistake is hidden with the row that named it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from graph.ids import record_id
from graph.model import Decision, Edge, EdgeKind, Evidence, Node, NodeKind, Record, Visibility
from graph.store import Store, chunks
from graph.viewer import strictest
from ingest.build import Built, Draft
from ingest.resolve.records import as_stub, fields_of, of_visibility
from ingest.row_reader import Pending
from ingest.rows.models import Kind

OF_A_RECORD = frozenset({EdgeKind.PART_OF, EdgeKind.AFFILIATED_WITH})
"""What a Record says of itself: it is not named by that."""


@dataclass(slots=True)
class Retold:
    """What other rows say anew: ``stale`` edges give way to those of ``built``, by the number of their row in the batch; ``unsaid``:
    Records of rows that came beside a row which is hidden now."""

    stale: dict[str, Edge] = field(default_factory=dict)
    built: dict[int, list[Built]] = field(default_factory=lambda: defaultdict(list))
    unsaid: set[str] = field(default_factory=set)


def retold(store: Store, batch: Sequence[Pending], present: Callable[[Pending, Kind], Collection[EdgeKind]]) -> Retold:
    """What follows from rows of ``batch`` whose node is stored with another visibility. ``present``: of a row's part of a kind,
    the edges that it says anew anyhow."""
    found = Retold()
    mine = {built.id: (number, built) for number, pending in enumerate(batch) for built in pending.built if built.node}
    moved: dict[str, Node] = {}
    for part in chunks(mine):
        for one, node in store.get(part).items():
            if isinstance(node, Node) and getattr(node, "visibility", None) is not mine[one][1].visibility:
                moved[one] = node
    if not moved:
        return found
    edges = store.edges(list(moved))
    records = _records(store, {end for edge in edges for end in (edge.source_record, edge.target_record) if end})
    for edge in edges:
        one = edge.target if edge.target in moved else edge.source
        number, built = mine[one]
        of_row = edge.provenance.row == moved[one].provenance.row
        if of_row and edge.kind in present(batch[number], built.kind):
            continue
        again = _again(edge, built, of_row, records)
        if again:
            found.stale[edge.id] = edge
            found.built[number].append(again)
    for one in moved:
        for beside in batch[mine[one][0]].built:
            if beside.record and beside.is_beside:
                ids = {record_id(beside.record.of, *beside.record.provenance.row, visibility) for visibility in Visibility}
                found.unsaid |= ids - {beside.id}
    return found


def _records(store: Store, ids: Collection[str]) -> dict[str, Record]:
    """The Records ``ids``, and those of the institutions of experts among them."""
    found = {one: record for one, record in store.get(ids).items() if isinstance(record, Record)}
    within = {part for record in found.values() for part in fields_of(record).get("institutions", ())}
    return found | {one: record for one, record in store.get(within).items() if isinstance(record, Record)}


def _again(edge: Edge, built: Built, of_row: bool, records: Mapping[str, Record]) -> Built | None:
    """``edge`` of a node as it is now that the node's row ``built`` is for other people to see, which says the edge too or not
    (``of_row``); None for one that names no Record."""
    named = edge.source_record or edge.target_record
    if named is None or named not in records or isinstance(edge, Evidence):
        return None
    says = built.visibility if of_row else edge.visibility
    seen_by = strictest((says, built.visibility))
    stubs: list[Record] = []
    drafts: list[Draft] = []
    end = _seen_by(records[named], seen_by, records, stubs, drafts)
    source, target = (end, edge.target) if edge.source_record else (edge.source, end)
    drafts.append(Draft.again(edge, source, target, says))
    kind = Kind(edge.kind.value.lower())
    return Built(edge.provenance.source_id, kind, edge.provenance, seen_by, stubs=tuple(stubs), drafts=tuple(drafts))


def _seen_by(record: Record, visibility: Visibility, records: Mapping[str, Record], stubs: list[Record], drafts: list[Draft]) -> str:
    """The id of ``record`` as rows of a visibility name it; what has to be made for it goes into ``stubs`` and ``drafts``."""
    if record.visibility is visibility:
        stubs.append(msgspec.structs.replace(record, version=0))  # as it is
        return record.id
    if not record.stub:  # other rows name its id, and know no more
        stubs.append(as_stub(record, visibility))
        return stubs[-1].id
    institutions = [records[one] for one in fields_of(record).get("institutions", ()) if one in records]
    places = [of_visibility(one, visibility) for one in institutions]
    made = of_visibility(record, visibility, [place.id for place in places])
    stubs += [made, *places]
    if record.of is NodeKind.EXPERT:
        said_by = made.provenance
        drafts += [Draft(EdgeKind.AFFILIATED_WITH, made.id, (place.id,), said_by, visibility) for place in places]
    return made.id


def orphans(
    store: Store,
    lost: Collection[Edge],
    drawn: Mapping[str, Edge],
    unsaid: Collection[str],
    replaced: Collection[str],
    brought: Collection[str] = (),
) -> tuple[set[str], dict[str, Edge]]:
    """The Records that nobody names once the edges ``lost`` are gone and those ``drawn`` there, and the edges that go with them.

    Looked at are stubs that ``lost`` edges end at, Records ``replaced`` by their row's own and those ``unsaid``; not those that rows
    have ``brought`` just now, which may be stored as references yet.
    """
    gone: set[str] = set()
    ending = {edge.id: edge for edge in lost}
    kept = _by_record(drawn.values())
    asked = {end for edge in lost for end in (edge.source_record, edge.target_record) if end} | {*replaced, *unsaid}
    while asked:
        found = {one: record for one, record in store.get(asked).items() if isinstance(record, Record)}
        asked = set()
        holders = store.lookup(list(found))
        by_person = _decided(store, found)
        edges = store.edges({entity for ids in holders.values() for entity in ids if not entity.startswith("rec-")})
        stored = _by_record(edge for edge in edges if edge.id not in drawn)
        by_hand = any(not edge.source_record and not edge.target_record and edge.kind is EdgeKind.EVIDENCE for edge in edges)
        for one, record in found.items():
            every = [*kept[one], *stored[one]]
            told = [edge for edge in every if edge.source_record == one and edge.kind in OF_A_RECORD]
            own = {edge.id: edge for edge in told if edge.provenance.row == record.provenance.row}
            named = any(edge.id not in own and edge.id not in ending for edge in every) or one in by_person or by_hand
            if not named and one not in brought and (record.stub or one in replaced or one in unsaid):
                gone.add(one)
            elif one not in replaced:
                continue
            ends = {edge_id: edge for edge_id, edge in own.items() if edge_id not in ending and (one in gone or edge_id not in drawn)}
            ending |= ends
            asked |= {edge.target_record for edge in ends.values() if edge.target_record}
    return gone, ending


def _by_record(edges: Iterable[Edge]) -> defaultdict[str, list[Edge]]:
    """Edges by the Records that they came with."""
    found: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        for end in {edge.source_record, edge.target_record}:
            if end:
                found[end].append(edge)
    return found


def _decided(store: Store, records: Iterable[str]) -> set[str]:
    """Those of ``records`` that a person has decided about."""
    hits = store.lookup([f"decision:{one}" for one in records])
    found = store.get({one for ids in hits.values() for one in ids})
    decided = [one for one in found.values() if isinstance(one, Decision) and one.by_person]
    return {end for one in decided for end in (one.left, one.right)}
