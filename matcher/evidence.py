"""Evidence: who has been through what with whom, as items that weigh less as they age.

In: the node and edge tables of a snapshot. Out: ``Evidence`` (every item that anybody holds about anybody) and ``Day`` (what
the items weigh on one day, summed by pair). Next: ``matcher.opinion`` and ``matcher.voices``.

    weight of an item  w = w_kind * 2^(-(t - date) / halflife_kind), times 1/(n - 1) in a cooperation of n parties
    value of a rating  v - (sum of the rater's ratings) / (their number + leniency_prior): freed of how lenient the rater is
    r = sum w * max(v, 0)      s = sum w * max(-v, 0)

A cooperation is an item for each ordered pair of its parties: its outcome dated ``ended``; before that day, and where the outcome is
unknown, a weak positive for having taken part. What a party says of itself is no evidence. TRUSTS edges are derived and never read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from graph.model import EdgeKind, EvidenceKind, NodeKind, Outcome
from matcher import tables

if TYPE_CHECKING:
    from graph.store import Store
    from matcher.snapshot import Snapshot

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

YEAR = 365.25
EVER = np.iinfo(np.int32).max
"""The day on which nothing ends."""
GRAIN = 2.0**-36
"""Weights times values are whole multiples of this (1.5e-11), so that sums of up to 100,000 are exact in float64: the same in any
order, and the same whether a fact was taken out or never there."""


ANCHORS = "trust.anchors"
"""The meta value of a store that holds the anchors' ids."""


def stored_anchors(store: Store) -> tuple[str, ...]:
    """The ids of the institutions that the operator vouches for; none before they are named."""
    raw = store.meta(ANCHORS)
    return msgspec.json.decode(raw, type=tuple[str, ...]) if raw else ()


def set_anchors(store: Store, ids: Iterable[str]) -> None:
    """Name the institutions that newcomers hear, in place of those before. Takes no revision."""
    store.set_meta(ANCHORS, msgspec.json.encode(tuple(sorted(set(ids)))))


class Kind(msgspec.Struct, frozen=True):
    """How much an item of a kind weighs when it is fresh, what it says in [-1, 1], and the years in which it halves.
    An item that brings its own value has 0 here."""

    weight: float
    value: float
    halflife: float


class TrustSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every constant of the trust model. ``heard`` and ``part_of`` at 0 leave these ingredients out; ``direct`` at False, one's own."""

    kinds: dict[str, Kind] = msgspec.field(
        default_factory=lambda: {
            "completed": Kind(1.0, 1.0, 3.0),
            "failed": Kind(1.0, -0.5, 3.0),
            "breached": Kind(2.0, -1.0, 5.0),
            "took_part": Kind(0.2, 1.0, 3.0),
            EvidenceKind.RATING.value: Kind(0.5, 0.0, 2.0),
            EvidenceKind.PAYMENT.value: Kind(0.5, 0.0, 3.0),
            EvidenceKind.DELIVERY.value: Kind(1.0, 0.0, 3.0),
            EvidenceKind.CONTRACT.value: Kind(0.5, 0.0, 5.0),
            EvidenceKind.HARM_CHECK.value: Kind(0.5, 0.0, 2.0),
            EvidenceKind.DISPUTE.value: Kind(1.0, 0.0, 3.0),
        }
    )
    prior: float = 2.0
    """W: how much evidence it takes to halve the uncertainty."""
    base_rate: float = 0.5
    """a: what is expected where nothing is known."""
    leniency_prior: float = 5.0
    """Ratings of value 0 that every rater is taken to have given: a mean of two ratings says little about a rater."""
    institution_discount: float = 0.5
    """How much of the experience with an expert's institution counts for the expert."""
    unknown_age: float = 1.0
    """Half-lives that an item without a date is taken to be old."""
    direct: bool = True
    """Whether the asker's own experience counts."""
    part_of: float = 0.5
    """What each step of PART_OF leaves of a relative's experience: a parent's or an institute's counts half, a sister's a quarter."""
    heard: float = 5.0
    """kappa: how much the voices of all others together count."""
    cap: float = 1.0
    """c: the most that one witness may say, before its voice is applied: as much as one fresh completion."""
    walk: float = 0.5
    """alpha: the chance that a walk over positive trust goes on. A set of fakes holds at most alpha/(1 - alpha) of what flows into it."""


SETTINGS = TrustSettings()

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
class Items:
    """Items of evidence, as parallel columns (a sum reads one column of a million, not rows).

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
    def of(cls, table: npt.NDArray[Any]) -> Items:
        """The columns of an array of ITEM."""
        return cls(*(np.ascontiguousarray(table[name]) for name in _COLUMNS))

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, at: Any) -> Items:
        return Items(*(getattr(self, name)[at] for name in _COLUMNS))


_COLUMNS = ITEM.names or ()


@dataclass(frozen=True)
class Pairs:
    """Who says something of whom, sorted by source and target: ``first[p]`` is the first item of pair p, ``begin[n]`` the first pair
    that node row n is the source of."""

    first: Rows
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    begin: npt.NDArray[np.int32]

    @classmethod
    def of(cls, items: Items, nodes: int) -> Pairs:
        """The pairs of items that are sorted by source and target."""
        differs = np.ones(len(items), bool)
        differs[1:] = (items.source[1:] != items.source[:-1]) | (items.target[1:] != items.target[:-1])
        first = np.flatnonzero(differs)
        source, target = items.source[first], items.target[first]
        return cls(first, source, target, begins(source, nodes))

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
class Evidence:
    """Every item of a snapshot, sorted by source and target, and in each pair by row of the cooperation or edge."""

    items: Items
    pairs: Pairs
    nodes: int
    """How many nodes the snapshot has."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Evidence:
        """The items that the tables of ``snapshot`` come to."""
        table = np.concatenate([_of_cooperations(snapshot), _of_edges(snapshot, snapshot.edges_of_kind(EdgeKind.EVIDENCE))])
        order = np.argsort(_key(table["source"], table["target"], len(snapshot.nodes)), kind="stable")
        items = Items.of(table[order])
        return cls(items, Pairs.of(items, len(snapshot.nodes)), len(snapshot.nodes))

    def edited(self, snapshot: Snapshot, edit: tables.Edit) -> Evidence:
        """The items of a later ``snapshot`` with the same nodes and cooperations, in whose edges no more than EVIDENCE changed."""
        kept = self.items if not len(edit.gone) else self.items[~np.isin(self.items.fact, edit.gone)]
        kept = replace(kept, fact=np.where(kept.fact < 0, kept.fact, edit.moved(kept.fact)).astype(np.int32))
        new = edit.new[snapshot.edges["kind"][edit.new] == tables.EDGE_CODE[EdgeKind.EVIDENCE]]
        table = _of_edges(snapshot, new)
        more = Items.of(table[np.argsort(_key(table["source"], table["target"], self.nodes), kind="stable")])
        places = []
        for source, target, fact in zip(more.source.tolist(), more.target.tolist(), more.fact.tolist(), strict=True):
            first, last = np.searchsorted(kept.source, np.array([source, source + 1], np.int32))
            start, end = first + np.searchsorted(kept.target[first:last], np.array([target, target + 1], np.int32))
            places.append(int(start) + int((kept.fact[start:end] < fact).sum()))
        items = Items(*(np.insert(getattr(kept, name), places, getattr(more, name)) for name in _COLUMNS))
        return Evidence(items, Pairs.of(items, self.nodes), self.nodes)

    def on(self, day: int, settings: TrustSettings = SETTINGS) -> Day:
        """What the items weigh on a day (an ordinal)."""
        held, pairs = self.items, self.pairs
        holds = (held.since <= day) & (day < held.until)
        if not holds.all():
            held = held[holds]
            pairs = Pairs.of(held, self.nodes)
        rates = np.flatnonzero(held.kind == RATING)
        raters = held.source[rates]
        given = np.bincount(raters, minlength=self.nodes)
        total = np.bincount(raters, held.value[rates], minlength=self.nodes)
        leniency = total / (given + settings.leniency_prior)
        says = np.array([settings.kinds[name].value for name in KINDS])
        value = held.value.copy()
        joint = np.flatnonzero(held.fact < 0)
        value[joint] = says[held.kind[joint]]
        value[rates] = freed(held.value[rates], leniency[raters])
        weight = weights(held.kind, held.date, held.parties, day, settings)
        for_it, against = (np.add.reduceat(said, pairs.first) if len(held) else said for said in good_and_bad(weight, value))
        return Day(day, settings, held, pairs, value, weight, leniency, for_it, against)


@dataclass(frozen=True)
class Day:
    """The items that hold on a day with their ``value`` and ``weight``, and the sums ``r`` and ``s`` of each pair. ``leniency`` is by
    node row."""

    day: int
    settings: TrustSettings
    items: Items
    pairs: Pairs
    value: Floats
    weight: Floats
    leniency: Floats
    r: Floats
    s: Floats

    @property
    def nodes(self) -> int:
        return len(self.pairs.begin) - 1

    def pair(self, source: int, target: int) -> slice:
        """The items that ``source`` holds about ``target``: none, if it knows nothing."""
        pairs = self.pairs
        start, end = int(pairs.begin[source]), int(pairs.begin[source + 1])
        at = start + int(np.searchsorted(pairs.target[start:end], target))
        if at >= end or pairs.target[at] != target:
            return slice(0, 0)
        return slice(int(pairs.first[at]), self._end(at))

    def items_of(self, source: int) -> slice:
        """The items that ``source`` holds about anybody."""
        start, end = int(self.pairs.begin[source]), int(self.pairs.begin[source + 1])
        return slice(int(self.pairs.first[start]), self._end(end - 1)) if end > start else slice(0, 0)

    def _end(self, pair: int) -> int:
        return int(self.pairs.first[pair + 1]) if pair + 1 < len(self.pairs.first) else len(self.items)


def _key(source: Any, target: Any, nodes: int) -> npt.NDArray[np.int64]:
    """A number that orders pairs by source, then target."""
    return np.asarray(np.asarray(source, np.int64) * nodes + target)


def begins(source: npt.NDArray[np.int32], nodes: int) -> npt.NDArray[np.int32]:
    """Where each node's pairs begin, of pairs sorted by source."""
    begin = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(source, minlength=nodes), out=begin[1:])
    return begin


def weights(kind: Any, date: Any, parties: Any, day: int, settings: TrustSettings) -> Floats:
    """The weight of items on a day; arrays of one length."""
    fresh = np.array([settings.kinds[name].weight for name in KINDS])[kind]
    halflife = np.array([settings.kinds[name].halflife for name in KINDS])[kind]
    age = np.where(np.asarray(date) > 0, (day - np.asarray(date, np.int64)) / (YEAR * halflife), settings.unknown_age)
    return np.asarray(fresh * np.exp2(-age) / np.maximum(np.asarray(parties) - 1, 1))


def freed(value: Any, leniency: Any) -> Floats:
    """A rating freed of the rater's leniency, in [-1, 1]."""
    return np.asarray(np.clip(np.asarray(value) - leniency, -1.0, 1.0))


def good_and_bad(weight: Any, value: Any) -> tuple[Floats, Floats]:
    """What items say for and against, in whole grains."""
    said = np.rint(np.asarray(weight) * np.asarray(value) * (1 / GRAIN)) * GRAIN  # a power of two: exact
    return np.maximum(said, 0.0), np.maximum(-said, 0.0)


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


def _of_edges(snapshot: Snapshot, rows: Rows) -> npt.NDArray[Any]:
    source, target = snapshot.edge_source[rows], snapshot.edge_target[rows]
    kept = (source >= 0) & (target >= 0) & (source != target)
    rows, table = rows[kept], snapshot.edges[rows[kept]]
    out = np.zeros(len(rows), ITEM)
    out["source"], out["target"], out["fact"] = source[kept], target[kept], rows
    codes = np.zeros(len(EvidenceKind), np.int8)
    for kind, code in tables.EVIDENCE_CODE.items():
        codes[code] = KINDS.index(kind.value)
    out["kind"] = codes[table["category"]]
    out["value"], out["date"], out["since"] = table["value"], table["date"], table["date"]
    out["until"], out["parties"] = np.where(table["until"] > 0, table["until"], EVER), 2
    return out


def _of_cooperations(snapshot: Snapshot) -> npt.NDArray[Any]:
    """An item for each ordered pair of parties, each phase and each number of parties (they may join on different days)."""
    rows = snapshot.edges_of_kind(EdgeKind.PARTY_TO)
    party, joint, joined = snapshot.edge_source[rows], snapshot.edge_target[rows], snapshot.edges["date"][rows].astype(np.int64)
    kept = (party >= 0) & (joint >= 0)
    order = np.lexsort((joined[kept], party[kept], joint[kept]))
    party, joint, joined = (each[kept][order] for each in (party, joint, joined))
    fresh = (np.diff(joint, prepend=-1) != 0) | (np.diff(party, prepend=-1) != 0)  # of two edges to one cooperation, the earlier
    party, joint, joined = party[fresh], joint[fresh], joined[fresh]
    phases = _phases(snapshot, np.unique(joint), joint, joined)
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


def _phases(snapshot: Snapshot, cooperations: Rows, joint: Rows, joined: Rows) -> npt.NDArray[Any]:
    """The phases of cooperations, cut where somebody joins later."""
    found = []
    table = snapshot.nodes[cooperations]
    ends = np.searchsorted(joint, cooperations, side="right")
    starts = np.searchsorted(joint, cooperations, side="left")
    named = zip(cooperations.tolist(), *(table[name].tolist() for name in ("kind", "started", "ended", "status")), strict=True)
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
