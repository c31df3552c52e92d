"""What changed in a store since needs were asked, and which of them it can concern.

In: the feed of the store, a snapshot, and rows that were kept. Out: the ids of needs that are to be asked again; rows with what else is
found now. Next: ``leads.suggest.refresh``.

A need is asked again where it was written, where its own house is another, and where what it found cites something that was written or
deleted. Otherwise all that it found holds, and may only be joined by a text that is new, was written, or is tied to somebody anew: those
are few, and it is asked among them alone. Nothing else moves what is found: the Scale, the day and the model are the same, or all are
asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.errors import FeedTruncated
from graph.model import PREFIX, EdgeKind, NodeKind
from graph.store import Cursor, Store
from graph.viewer import Viewer
from leads.suggest.find import best_of, found
from leads.suggest.kept import Row
from leads.suggest.standing import among, concerns, unpacked
from matcher.columns import tables
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import Question
from matcher.rank.house import House

FACE = np.dtype([("id", tables.ID), ("visibility", "i1")])
_CANDIDATES = (NodeKind.INSTITUTION, NodeKind.EXPERT)
_TEXTS = frozenset(PREFIX[kind] for kind in (*_CANDIDATES, NodeKind.ACHIEVEMENT))
_TIES = (EdgeKind.OWNS, EdgeKind.CREATED)


@dataclass(frozen=True)
class Changed:
    """``touched``: all ids that were written or deleted; ``texts``: of nodes whose texts may be found where they were not; ``lost``: of
    candidates that are new, gone, or seen by others than before."""

    touched: frozenset[str]
    texts: frozenset[str]
    lost: frozenset[str]


def faces(snapshot: Snapshot) -> npt.NDArray[Any]:
    """The candidates of a snapshot, by id, and who may see them."""
    rows = np.flatnonzero(np.isin(snapshot.nodes["kind"], [tables.NODE_CODE[kind] for kind in _CANDIDATES]))
    out = np.empty(len(rows), FACE)
    out["id"], out["visibility"] = snapshot.nodes["id"][rows], snapshot.nodes["visibility"][rows]
    return out


def changed(store: Store, snapshot: Snapshot, since: int, before: bytes | None) -> Changed | None:
    """What changed after a revision, up to that of a snapshot; None where the feed no longer tells. ``before``: the ``faces`` of then, None
    where they are not known."""
    touched: set[str] = set()
    try:
        for change in store.changes(Cursor(snapshot.cursor.epoch, since)):
            if change.revision > snapshot.cursor.revision:
                break
            touched.update(change.written, change.deleted)
    except FeedTruncated:
        return None
    seen = _faces(faces(snapshot))
    had = _faces(np.frombuffer(before, FACE)) if before is not None else {}
    candidates = {one for one in touched if one.partition("-")[0] in {PREFIX[kind] for kind in _CANDIDATES}}
    other = {one for one in candidates if before is None or seen.get(one) != had.get(one)}
    texts = {one for one in touched if one.partition("-")[0] in _TEXTS} | _works_of(snapshot, other) | _tied(snapshot, touched)
    return Changed(frozenset(touched), frozenset(texts), frozenset(other))


def concerned(
    what: Changed, rows: Mapping[str, Row], questions: Mapping[str, Question], houses: Mapping[str, bytes]
) -> set[str]:
    """Which needs of ``questions`` are to be asked again, among all works: those of which no row is kept too."""
    again = {id for id in questions if id not in rows or id in what.touched or rows[id].house != houses[id]}
    return again | {id for id in questions if id not in again and _cites(rows[id], what)}


def met(
    what: Changed, rows: Mapping[str, Row], questions: Mapping[str, Question], snapshot: Snapshot, embedder: Embedder, bar: float,
    depth: int,
) -> Iterator[Row]:  # fmt: skip
    """The rows of needs that some of the changed works meet, with what is found for them now. All that each row has found before still
    holds."""
    few = among(snapshot, what.texts, embedder)
    for id, question in questions.items() if few else ():
        had = rows[id].found
        need = unpacked(rows[id].query, question)
        if few and concerns(need, few, had[-1].fit if len(had) >= depth else bar):
            now = best_of((*had, *found(need, few, bar=bar, most=depth)))[:depth]
            if now != had:
                yield msgspec.structs.replace(rows[id], found=now, revision=snapshot.cursor.revision)


def houses_of_needs(snapshot: Snapshot, questions: Mapping[str, Question], as_of: str) -> dict[str, bytes]:
    """Of each need a hash of the institutions and experts of its own house, which are left out."""
    made: dict[tuple[tuple[int, ...], Viewer], bytes] = {}
    found = {}
    for id, question in questions.items():
        house = House(question, snapshot, ordinal(as_of))
        key = (house.selves, question.viewer)
        if key not in made:
            members = snapshot.joins.node_ids[np.flatnonzero(house.members)] if house.selves else np.empty(0, tables.ID)
            made[key] = blake2b(members.tobytes(), digest_size=8).digest()
        found[id] = made[key]
    return found


def _faces(table: npt.NDArray[Any]) -> dict[str, int]:
    return {id.decode("ascii"): int(level) for id, level in table.tolist()}


def _cites(row: Row, what: Changed) -> bool:
    return any(one.work in what.touched or one.via in what.touched or one.offer in what.lost for one in row.found)


def _works_of(snapshot: Snapshot, candidates: Iterable[str]) -> set[str]:
    """The works that some candidates stand on."""
    rows = snapshot.node_rows(candidates)
    links = snapshot.texts.links
    text = links.text[np.isin(links.candidate, rows[rows >= 0])]
    return {one.decode("ascii") for one in np.unique(snapshot.texts.ids[text]).tolist()}


def _tied(snapshot: Snapshot, touched: Iterable[str]) -> set[str]:
    """The works at the ends of the edges among ``touched`` that tie somebody to them."""
    rows = snapshot.rows_of_edges(one.encode() for one in touched if one.startswith("edg-"))
    rows = rows[np.isin(snapshot.edges_at(rows)["kind"], [tables.EDGE_CODE[kind] for kind in _TIES])] if len(rows) else rows
    ends = snapshot.target_at(rows)
    return {snapshot.id_of(row) for row in np.unique(ends[ends >= 0]).tolist()}
