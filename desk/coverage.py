"""The coverage of a store, what it knows and what it lacks: per source and field, which entities only one source knows, what external ids
would join, and what an empty field costs.

In: a store. Out: a ``Coverage`` of plain counts, and ``Loss``es. Next: ``api.cli.coverage`` and ``api.web.coverage`` show them. The store
is read once, in parts, so memory does not grow with it; only the costs need an index and a model.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from graph.errors import IndexMissing
from graph.model import NODE_TYPES, EdgeKind, Entity, Node, NodeKind, Outcome, Record
from graph.store import Direction, Store, chunks
from graph.viewer import Viewer

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.evaluate.losses import Loss

PART = 5_000
"""Nodes that are looked at together."""

_NOT_FIELDS = frozenset(
    ["id", "provenance", "version", "records", "former_ids", "visibility", "overlays", "mode", "status", "currency", "trl_since",
     "status_since", "licence_forms"]
)
"""What is no statement of a source, is stored alike whether it was said or not, or goes with another field."""


class _Tie(NamedTuple):
    kind: EdgeKind
    direction: Direction


_TIES: dict[NodeKind, dict[str, _Tie]] = {
    NodeKind.EXPERT: {"institution": _Tie(EdgeKind.AFFILIATED_WITH, "out")},
    NodeKind.ACHIEVEMENT: {"owners": _Tie(EdgeKind.OWNS, "in"), "creators": _Tie(EdgeKind.CREATED, "in")},
    NodeKind.DEMAND: {"posted_by": _Tie(EdgeKind.POSTED, "in")},
    NodeKind.RESOURCE: {"offered_by": _Tie(EdgeKind.OFFERS, "in")},
    NodeKind.COOPERATION: {
        "parties": _Tie(EdgeKind.PARTY_TO, "in"),
        "demands": _Tie(EdgeKind.ADDRESSES, "out"),
        "uses": _Tie(EdgeKind.USES, "out"),
    },
}
"""By kind: what a file says in a column and the graph in an edge."""


class Filled(msgspec.Struct, frozen=True):
    """In how many of the rows of a source a field says something."""

    source: str
    kind: NodeKind
    field: str
    filled: int
    rows: int

    @property
    def share(self) -> float:
        return self.filled / self.rows if self.rows else 0.0


class Islands(msgspec.Struct, frozen=True):
    """Entities of a kind by how many sources know them. ``islands``: how many entities only this source knows, by source;
    ``by_reference``: how many are known from mentions only, no row of their own."""

    kind: NodeKind
    entities: int
    shared: int
    by_reference: int
    islands: dict[str, int]


class Scheme(msgspec.Struct, frozen=True):
    """Entities that carry an external id of a scheme: how many of each source's, and how many several sources share already."""

    kind: NodeKind
    scheme: str
    sources: dict[str, int]
    entities: int
    joined: int


class Coverage(msgspec.Struct, frozen=True):
    """What is known. ``unidentified``: by source, the entities on which it puts no external id at all; ``revision``: None to whom
    something of the store is hidden."""

    revision: int | None
    nodes: dict[str, int]
    filled: tuple[Filled, ...]
    islands: tuple[Islands, ...]
    schemes: tuple[Scheme, ...]
    unidentified: dict[str, int]

    def empty(self, kind: NodeKind, field: str) -> tuple[int, int]:
        """In how many rows of all sources a field says nothing, and of how many rows."""
        own = [one for one in self.filled if (one.kind, one.field) == (kind, field)]
        return sum(one.rows - one.filled for one in own), sum(one.rows for one in own)


def coverage(store: Store, viewer: Viewer) -> Coverage:
    """Count what ``store`` holds that this viewer may see. Reads every node and the edges that stand for columns."""
    fields: dict[tuple[str, NodeKind], Counter[str]] = defaultdict(Counter)
    rows: Counter[tuple[str, NodeKind]] = Counter()
    islands, schemes = [], []
    unidentified: Counter[str] = Counter()
    counts = _counts(store) if viewer.is_owner else {}

    def parts(kind: NodeKind) -> Iterator[list[Node]]:
        seen = (node for node in cast("Iterable[Node]", store.scan(kind)) if viewer.sees(node))
        for part in chunks(seen, PART):
            if not viewer.is_owner:
                counts[kind.value] = counts.get(kind.value, 0) + len(part)
            yield part

    for kind in (NodeKind.INSTITUTION, NodeKind.EXPERT):
        tally = _Entities(kind)
        for part in parts(kind):
            records = store.get([one for node in part for one in cast("Entity", node).records])
            tied = _tied(store, part, kind, viewer)
            for node in part:
                every = [cast("Record", records[one]) for one in cast("Entity", node).records if one in records]
                own = [record for record in every if viewer.sees_record(record)]
                tally.add(own)
                _count_records(kind, own, {name for name, ids in tied.items() if node.id in ids}, rows, fields)
        islands.append(tally.islands())
        schemes += tally.schemes()
        unidentified.update(tally.unidentified)
    for kind in (NodeKind.ACHIEVEMENT, NodeKind.DEMAND, NodeKind.RESOURCE, NodeKind.COOPERATION):
        for part in parts(kind):
            tied = _tied(store, part, kind, viewer)
            for node in part:
                at = node.provenance.source, kind
                rows[at] += 1
                fields[at].update([name for name in _names(kind) if _says(node, name)])
                fields[at].update([name for name, ids in tied.items() if node.id in ids])
    filled = [
        Filled(source, kind, name, fields[source, kind][name], count)
        for (source, kind), count in sorted(rows.items(), key=lambda entry: (list(NodeKind).index(entry[0][1]), entry[0][0]))
        for name in [*_names(kind), *_TIES.get(kind, {})]
    ]
    revision = store.cursor().revision if viewer.is_owner else None
    return Coverage(revision, counts, tuple(filled), tuple(islands), tuple(schemes), dict(unidentified))


def costs(store: Store, embedder: Embedder) -> tuple[list[Loss], str]:
    """What empty fields cost in matching: texts by the store's own demands, dates and outcomes by the scoring rule; and why not, where
    there is no index yet."""
    from matcher.evaluate.losses import losses
    from matcher.index.snapshot import Snapshot

    try:
        return losses(Snapshot.open(store, embedder), embedder), ""
    except IndexMissing as error:
        return [], str(error)


def _counts(store: Store) -> dict[str, int]:
    return {kind: count for kind, count in store.count().items() if kind in {one.value for one in NODE_TYPES}}


class _Entities:
    """The entities of one kind: who knows them, and by which external ids."""

    def __init__(self, kind: NodeKind) -> None:
        self._kind = kind
        self._count = self._shared = self._by_reference = 0
        self._islands: Counter[str] = Counter()
        self._carry: dict[str, Counter[str]] = defaultdict(Counter)
        self._entities: Counter[str] = Counter()
        self._joined: Counter[str] = Counter()
        self.unidentified: Counter[str] = Counter()

    def add(self, records: Collection[Record]) -> None:
        sources = {record.provenance.source for record in records}
        self._count += 1
        self._shared += len(sources) > 1
        self._by_reference += all(record.stub for record in records)
        if len(sources) == 1:
            self._islands[min(sources)] += 1
        by_scheme: dict[str, set[str]] = defaultdict(set)
        for record in records:
            for one in _fields(record).get("external_ids", ()):
                by_scheme[one.partition(":")[0]].add(record.provenance.source)
        for scheme, known in by_scheme.items():
            self._carry[scheme].update(known)
            self._entities[scheme] += 1
            self._joined[scheme] += len(known) > 1
        self.unidentified.update(sources - set().union(*by_scheme.values()))

    def islands(self) -> Islands:
        return Islands(self._kind, self._count, self._shared, self._by_reference, dict(sorted(self._islands.items())))

    def schemes(self) -> list[Scheme]:
        return [
            Scheme(self._kind, scheme, dict(sorted(carry.items())), self._entities[scheme], self._joined[scheme])
            for scheme, carry in sorted(self._carry.items())
        ]


def _count_records(
    kind: NodeKind, records: Collection[Record], tied: set[str], rows: Counter[tuple[str, NodeKind]], fields: dict[Any, Counter[str]]
) -> None:
    """Count the rows of an entity by source: what was only mentioned is no row. A tie of the entity counts for each of its rows."""
    for record in records:
        if record.stub:
            continue
        at = record.provenance.source, kind
        rows[at] += 1
        said = _fields(record)
        fields[at].update([name for name in _names(kind) if said.get(name)])
        fields[at].update(tied)


def _tied(store: Store, part: Collection[Node], kind: NodeKind, viewer: Viewer) -> dict[str, set[str]]:
    """By the column that an edge stands for: which nodes of ``part`` have one that may be seen."""
    found: dict[str, set[str]] = {}
    for name, tie in _TIES.get(kind, {}).items():
        edges = store.edges([node.id for node in part], kinds=[tie.kind], direction=tie.direction)
        if not viewer.is_owner:
            ends = store.get({end for edge in edges for end in (edge.source, edge.target)})
            edges = [edge for edge in edges if viewer.sees_edge(edge, ends)]
        found[name] = {edge.source if tie.direction == "out" else edge.target for edge in edges}
    return found


def _says(node: Node, name: str) -> bool:
    """Whether a field holds more than its default. A Cooperation that is not over has no outcome to tell."""
    value = getattr(node, name)
    return value not in (None, "", (), Outcome.UNKNOWN) and value != _defaults(type(node)).get(name)


_DEFAULTS: dict[type, dict[str, object]] = {}


def _defaults(type_: type[Node]) -> dict[str, object]:
    if type_ not in _DEFAULTS:
        _DEFAULTS[type_] = {one.name: one.default for one in msgspec.structs.fields(type_)}
    return _DEFAULTS[type_]


def _names(kind: NodeKind) -> list[str]:
    return [name for name in _defaults(NODE_TYPES[kind]) if name not in _NOT_FIELDS]


_DECODE = msgspec.json.Decoder(dict[str, Any]).decode


def _fields(record: Record) -> dict[str, Any]:
    return _DECODE(record.fields)
