"""TRUSTS edges: each relation's stage and opinion, stored for whoever draws or queries the graph. Derived, and never evidence.

In: a store and its network. Out: one TRUSTS edge for each pair with direct evidence, as of the day of its last evidence: the passing of
days writes nothing. Next: ``desk.ingest`` brings them up to date with each index, and ``desk.evidence`` with each item of evidence. No
score reads them.

The change feed tells which pairs to look at again. Who has only taken part with somebody, with no outcome known, gets none: its stage is
``forming`` by definition, PARTY_TO says so already, and a file of awards has nothing else.
"""

from __future__ import annotations

import msgspec
import numpy as np

from graph.errors import FeedTruncated
from graph.ids import edge_id
from graph.model import PREFIX, Edge, EdgeKind, NodeKind, Provenance, Trusts
from graph.store import Batch, Cursor, Store
from matcher.columns import tables
from matcher.columns.evidence import EVER, TOOK_PART
from matcher.columns.network import Network
from matcher.trust.opinion import opinion_of
from matcher.trust.stages import history, relation, replay, sums

META = "trusts.cursor"
SOURCE = "derived"
Pair = tuple[int, int]


class Refreshed(msgspec.Struct, frozen=True):
    """What a refresh did: pairs looked at, edges written and deleted."""

    pairs: int
    written: int
    deleted: int
    whole: bool
    """Whether everything was looked at: the first time, and after something was deleted."""


def refresh(store: Store, network: Network, now: Cursor) -> Refreshed:
    """Bring the TRUSTS edges to the revision ``now``, that of ``network``: what changed since the last time, or all of it."""
    raw = store.meta(META)
    since = Cursor(*msgspec.json.decode(raw, type=tuple[str, int])) if raw else None
    pairs = _touched(store, network, since, now) if since else None
    whole = pairs is None
    items = network.evidence.items
    if pairs is None:
        told = np.flatnonzero(items.kind != TOOK_PART)
        pairs = set(zip(items.source[told].tolist(), items.target[told].tolist(), strict=True))
    edges = {made.id: made for pair in sorted(pairs) if (made := _edge(network, pair)) is not None}
    before = {one.id for one in store.scan(EdgeKind.TRUSTS)} if whole else store.get([_id(network, pair) for pair in sorted(pairs)]).keys()
    gone = before - edges.keys()
    listed: list[Edge] = list(edges.values())
    written = 0
    for start in range(0, max(1, len(listed)), 5000):
        done = store.write(Batch(edges=listed[start : start + 5000], delete=sorted(gone) if start == 0 else []))
        written += len(done.added | done.changed)
    store.set_meta(META, msgspec.json.encode(tuple(now)))
    return Refreshed(len(pairs), written, len(gone), whole)


def _touched(store: Store, network: Network, since: Cursor, now: Cursor) -> set[Pair] | None:
    """The pairs whose evidence changed; None if only all of it will do (a deleted edge no longer tells its ends)."""
    written: set[str] = set()
    try:
        for change in store.changes(since):
            if any(one.startswith(("edg-", PREFIX[NodeKind.COOPERATION])) for one in change.deleted):
                return None
            if change.revision <= now.revision:
                written.update(change.written)
    except FeedTruncated:
        return None
    edges = network.rows_of_edges(one.encode() for one in sorted(written) if one.startswith("edg-"))
    kinds = network.edges_at(edges)["kind"]
    # a rating moves the leniency behind all of the rater's ratings
    sources = network.source_at(edges[kinds == tables.EDGE_CODE[EdgeKind.EVIDENCE]])
    nodes = network.node_rows(one for one in written if one.startswith(PREFIX[NodeKind.COOPERATION]))
    joint = np.concatenate([network.joins.edge_target[edges[kinds == tables.EDGE_CODE[EdgeKind.PARTY_TO]]], nodes])
    items = network.evidence.items
    hit = np.isin(items.source, sources) | np.isin(-1 - items.fact, joint[joint >= 0])
    return set(zip(items.source[hit].tolist(), items.target[hit].tolist(), strict=True))


def _id(network: Network, pair: Pair) -> str:
    return edge_id(EdgeKind.TRUSTS, *(network.id_of(row) for row in pair), SOURCE)


def _edge(network: Network, pair: Pair) -> Trusts | None:
    items = relation(network, *pair)
    days = [day for one in items for day in (one.since, one.until) if 0 < day < EVER]
    last = max(days, default=1)
    current = [one for one in items if one.since <= last < one.until]
    if not current or all(one.kind == TOOK_PART for one in items):
        return None
    stage = replay(history(items, last))
    opinion = opinion_of(*sums(current, last))
    source, target = (network.id_of(row) for row in pair)
    made = _id(network, pair)
    day = tables.iso(last) if days else None
    return Trusts(
        id=made, kind=EdgeKind.TRUSTS, source=source, target=target, provenance=Provenance(SOURCE, made), date=day, belief=opinion.belief,
        disbelief=opinion.disbelief, uncertainty=opinion.uncertainty, stage=stage.value, as_of=day or "",
    )  # fmt: skip
