"""EvidenceColumns: who has been through what with whom, as items that weigh less as they age.

In: the nodes of a snapshot, and its edges that are evidence or tie parties to a cooperation. Out: ``EvidenceColumns``, every item that
anybody holds about anybody. Next: ``matcher.columns.network`` holds it; ``matcher.trust.weighing`` says what the items weigh on a day. The
anchors of a store, which ``desk.evidence`` names, are read and set here too.

A cooperation is an item for each ordered pair of its parties: its outcome dated ``ended``; before that day, and where the outcome is
unknown, a weak positive for having taken part. What a party says of itself is no evidence. TRUSTS edges are derived and never read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from graph.model import EvidenceKind, NodeKind, Outcome
from matcher.columns import tables

if TYPE_CHECKING:
    from graph.store import Store

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EVER = np.iinfo(np.int32).max
"""The day on which nothing ends."""
ANCHORS = "trust.anchors"
"""The meta value of a store that holds the anchors' ids."""


def stored_anchors(store: Store) -> tuple[str, ...]:
    """The ids of the institutions that the operator vouches for; none before they are named."""
    raw = store.meta(ANCHORS)
    return msgspec.json.decode(raw, type=tuple[str, ...]) if raw else ()


def set_anchors(store: Store, ids: Iterable[str]) -> None:
    """Name the institutions that newcomers hear, in place of those before. Takes no revision."""
    store.set_meta(ANCHORS, msgspec.json.encode(tuple(sorted(set(ids)))))


KINDS = ("completed", "failed", "breached", "took_part", *(kind.value for kind in EvidenceKind))
"""Kinds of items by their code."""
COMPLETED, FAILED, BREACHED, TOOK_PART = range(4)
RATING = KINDS.index(EvidenceKind.RATING.value)
_CODE_OF_OUTCOME = {Outcome.COMPLETED: COMPLETED, Outcome.FAILED: FAILED, Outcome.BREACHED: BREACHED}

ITEM = np.dtype([
    ("source", "i4"), ("target", "i4"), ("kind", "i1"), ("value", "f8"), ("date", "i4"), ("since", "i4"), ("until", "i4"),
    ("parties", "i4"), ("fact", "i4"),
])  # fmt: skip


@dataclass(frozen=True)
class EvidenceItems:
    """EvidenceItems of evidence, as parallel columns (a sum reads one column of a million, not rows).

    ``source`` and ``target``: node rows of the snapshot; an item holds from ``since`` up to, and without, ``until``; ``fact``: the row
    of an EVIDENCE edge, or -1 - the row of a cooperation, of which ``parties`` took part and whose ``value`` its kind says."""

    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int8]
    value: Floats
    date: npt.NDArray[np.int32]
    since: npt.NDArray[np.int32]
    until: npt.NDArray[np.int32]
    parties: npt.NDArray[np.int32]
    fact: npt.NDArray[np.int32]

    @classmethod
    def of(cls, table: npt.NDArray[Any]) -> EvidenceItems:
        """The columns of an array of ITEM."""
        return cls(*(np.ascontiguousarray(table[name]) for name in _COLUMNS))

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, at: Any) -> EvidenceItems:
        return EvidenceItems(*(getattr(self, name)[at] for name in _COLUMNS))

    @classmethod
    def joined(cls, *parts: EvidenceItems) -> EvidenceItems:
        """The items of each, one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS))


_COLUMNS = ITEM.names or ()


@dataclass(frozen=True)
class Pairs:
    """Who says something of whom, sorted by source and target: ``first[p]`` is the first item of pair p, ``begin[n]`` the first pair
    that node row n is the source of."""

    first: Rows
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    begin: npt.NDArray[np.int32]
    count: int
    """How many items there are."""

    @classmethod
    def of(cls, items: EvidenceItems, nodes: int) -> Pairs:
        """The pairs of items that are sorted by source and target."""
        differs = np.ones(len(items), bool)
        differs[1:] = (items.source[1:] != items.source[:-1]) | (items.target[1:] != items.target[:-1])
        first = np.flatnonzero(differs)
        source, target = items.source[first], items.target[first]
        return cls(first, source, target, begins(source, nodes), len(items))

    @cached_property
    def ends(self) -> tuple[Rows, Rows]:
        """``source`` and ``target`` in the width in which numpy gathers and counts: it would widen them at every sum."""
        return self.source.astype(np.int64), self.target.astype(np.int64)

    def of_source(self, source: int) -> slice:
        """The pairs that a node row is the source of."""
        return slice(int(self.begin[source]), int(self.begin[source + 1]))

    def items(self, pairs: slice) -> slice:
        """The items of consecutive pairs."""
        start, end = (int(self.first[pair]) if pair < len(self.first) else self.count for pair in (pairs.start, pairs.stop))
        return slice(start, end)

    def pair(self, source: int, target: int) -> slice:
        """The items that ``source`` holds about ``target``: none, if it knows nothing."""
        span = self.of_source(source)
        at = span.start + int(np.searchsorted(self.target[span], target))
        return self.items(slice(at, at + 1)) if at < span.stop and self.target[at] == target else slice(0, 0)

    @cached_property
    def by_target(self) -> tuple[Rows, npt.NDArray[np.int32]]:
        """The pairs ordered by target and source, and where each node's begin."""
        from scipy.sparse import csr_array

        nodes = len(self.begin) - 1
        turned = csr_array((np.arange(len(self.first)), self.target, self.begin), shape=(nodes, nodes)).T.tocsr()
        return turned.data, np.asarray(turned.indptr, np.int32)

    def about(self, target: int) -> Rows:
        """The pairs about a node row, by source."""
        order, begin = self.by_target
        return order[begin[target] : begin[target + 1]]


@dataclass(frozen=True)
class EvidencePart:
    """All that some sources say: items sorted by source and target, in each pair cooperations first, then edges by id."""

    items: EvidenceItems
    pairs: Pairs
    carries: npt.NDArray[np.bool_]
    """Which node rows carry a voice: institutions do, persons do not."""

    @classmethod
    def of(cls, items: EvidenceItems, carries: npt.NDArray[np.bool_]) -> EvidencePart:
        """The part of sorted items."""
        return cls(items, Pairs.of(items, len(carries)), carries)

    def of_source(self, source: int) -> EvidenceItems:
        """What a node row says of anybody."""
        return self.items[self.pairs.items(self.pairs.of_source(source))]


@dataclass(frozen=True)
class EvidenceColumns:
    """Every item of a snapshot, in two parts: a source whose evidence changed since ``settled`` was made has all of its own in
    ``late``, so that one new item moves one source, and not a million items."""

    settled: EvidencePart
    late: EvidencePart
    moved: npt.NDArray[np.bool_]
    """Whose items are those of ``late``, by node row."""

    @classmethod
    def of(cls, nodes: tables.Table, parties: tables.Ties, said: tables.Ties) -> EvidenceColumns:
        """The items of the edges PARTY_TO (``parties``) and EVIDENCE (``said``), each in order of their ids."""
        carries = np.asarray(nodes["kind"] == tables.NODE_CODE[NodeKind.INSTITUTION])
        table = np.concatenate([_of_cooperations(nodes, parties), _of_edges(said)])
        items = EvidenceItems.of(table[np.argsort(_key(table["source"], table["target"], len(nodes)), kind="stable")])
        return cls(EvidencePart.of(items, carries), EvidencePart.of(EvidenceItems.of(table[:0]), carries), np.zeros(len(nodes), bool))

    @property
    def items(self) -> EvidenceItems:
        """All items; those of a pair stand together."""
        settled = self.settled.items
        return EvidenceItems.joined(settled[~self.moved[settled.source]], self.late.items) if self.moved.any() else settled

    def of_source(self, source: int) -> EvidenceItems:
        """What a node row says of anybody, by target."""
        return (self.late if self.moved[source] else self.settled).of_source(source)

    def edited(self, new: tables.Ties, gone: tables.Ties, edge_id: Callable[[int], str]) -> EvidenceColumns:
        """The items with some ``new`` EVIDENCE edges and without some that are ``gone``; ``edge_id`` tells the id of an edge row."""
        fresh = EvidenceItems.of(_of_edges(new))
        sources = np.concatenate([fresh.source, gone.source])
        sources = np.unique(sources[sources >= 0])
        before = [self.settled.of_source(one) for one in sources[~self.moved[sources]].tolist()]
        held = EvidenceItems.joined(self.late.items, *before)
        items = EvidenceItems.joined(held[~np.isin(held.fact, gone.row)], fresh)
        key = _key(items.source, items.target, len(self.moved))
        order = np.argsort(key, kind="stable")
        items, key = items[order], key[order]
        for pair in np.unique(_key(fresh.source, fresh.target, len(self.moved))).tolist():
            span = slice(*np.searchsorted(key, (pair, pair + 1)))
            _by_id(items, span, edge_id)
        moved = self.moved.copy()
        moved[sources] = True
        return EvidenceColumns(self.settled, EvidencePart.of(items, self.settled.carries), moved)


def _by_id(items: EvidenceItems, span: slice, edge_id: Callable[[int], str]) -> None:
    """Put the items of a pair in order: cooperations as they stand, then edges by id."""
    facts = items.fact[span].tolist()
    ids = [edge_id(fact) if fact >= 0 else "" for fact in facts]
    order = sorted(range(len(ids)), key=lambda at: ids[at])
    for name in _COLUMNS:
        getattr(items, name)[span] = getattr(items, name)[span][order]


def _key(source: Any, target: Any, nodes: int) -> npt.NDArray[np.int64]:
    """A number that orders pairs by source, then target."""
    return np.asarray(np.asarray(source, np.int64) * nodes + target)


def begins(source: npt.NDArray[np.int32], nodes: int) -> npt.NDArray[np.int32]:
    """Where each node's pairs begin, of pairs sorted by source."""
    begin = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(source, minlength=nodes), out=begin[1:], dtype=np.int32)
    return begin


def cooperation_phases(started: int, ended: int, outcome: int) -> list[tuple[int, int, int, int]]:
    """What a cooperation says: (kind, date, since, until), one phase after the other. An outcome is dated ``ended``; before that
    day, and where it is unknown, to have taken part is all that is known. Days are ordinals, 0 is unknown."""
    kind = _CODE_OF_OUTCOME.get(list(Outcome)[outcome])
    if kind is None or (started and not ended):
        day = started or ended
        return [(TOOK_PART, day, day, EVER)]
    if not ended:
        return [(kind, 0, 0, EVER)]
    before = [(TOOK_PART, started, started, ended)] if 0 < started < ended else []
    return [*before, (kind, ended, ended, EVER)]


def _of_edges(said: tables.Ties) -> npt.NDArray[Any]:
    kept = (said.source >= 0) & (said.target >= 0) & (said.source != said.target)
    table = said.edges[kept]
    out = np.zeros(len(table), ITEM)
    out["source"], out["target"], out["fact"] = said.source[kept], said.target[kept], said.row[kept]
    codes = np.zeros(len(EvidenceKind), np.int8)
    for kind, code in tables.EVIDENCE_CODE.items():
        codes[code] = KINDS.index(kind.value)
    out["kind"] = codes[table["category"]]
    out["value"], out["date"], out["since"] = table["value"], table["date"], table["date"]
    out["until"], out["parties"] = np.where(table["until"] > 0, table["until"], EVER), 2
    return out


def _of_cooperations(nodes: tables.Table, parties: tables.Ties) -> npt.NDArray[Any]:
    """An item for each ordered pair of parties, each phase and each number of parties (they may join on different days)."""
    party, joint, joined = parties.source, parties.target, parties.edges["date"].astype(np.int64)
    kept = (party >= 0) & (joint >= 0)
    order = np.lexsort((joined[kept], party[kept], joint[kept]))
    party, joint, joined = (each[kept][order] for each in (party, joint, joined))
    fresh = (np.diff(joint, prepend=-1) != 0) | (np.diff(party, prepend=-1) != 0)  # of two edges to one cooperation, the earlier
    party, joint, joined = party[fresh], joint[fresh], joined[fresh]
    phases = _phases(nodes, np.unique(joint), joint, joined)
    if not len(phases):
        return np.zeros(0, ITEM)
    # each phase with every ordered pair of those who had joined when it began
    begin = np.searchsorted(joint, phases["joint"], side="left")
    count = np.searchsorted(joint, phases["joint"], side="right") - begin
    phase = np.repeat(np.arange(len(phases)), count * count)
    place = np.arange(len(phase)) - np.repeat(np.cumsum(count * count) - count * count, count * count)
    left, right = begin[phase] + place // count[phase], begin[phase] + place % count[phase]
    since = phases["since"][phase]
    kept = (left != right) & (joined[left] <= since) & (joined[right] <= since)
    phase, left, right = phase[kept], left[kept], right[kept]
    out = np.zeros(len(phase), ITEM)
    out["source"], out["target"], out["fact"] = party[left], party[right], -1 - phases["joint"][phase]
    for name in ("kind", "date", "since", "until", "parties"):
        out[name] = phases[name][phase]
    return out


_PHASE = np.dtype([("joint", "i4"), ("kind", "i1"), ("date", "i4"), ("since", "i4"), ("until", "i4"), ("parties", "i4")])


def _phases(nodes: tables.Table, cooperations: Rows, joint: Rows, joined: Rows) -> npt.NDArray[Any]:
    """The phases of cooperations, cut where somebody joins later."""
    found = []
    table = nodes[cooperations]
    ends = np.searchsorted(joint, cooperations, side="right")
    starts = np.searchsorted(joint, cooperations, side="left")
    named = zip(cooperations.tolist(), *(table[name].tolist() for name in ("kind", "started", "ended", "outcome")), strict=True)
    code = tables.NODE_CODE[NodeKind.COOPERATION]
    latest = np.maximum.reduceat(joined, starts).tolist() if len(starts) else []
    for (row, kind, started, ended, outcome), start, end, last in zip(named, starts.tolist(), ends.tolist(), latest, strict=True):
        if kind != code:
            continue
        for says, date, since, until in cooperation_phases(started, ended, outcome):
            if last <= since:
                found.append((row, says, date, since, until, end - start))
                continue
            days = joined[start:end]
            cuts = [since, *sorted({int(day) for day in days if since < day < until}), until]
            for begun, over in itertools.pairwise(cuts):
                found.append((row, says, date, begun, over, int((days <= begun).sum())))
    return np.array(found, _PHASE)
