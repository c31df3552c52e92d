"""Decisions on which rows are one, for somebody to look at. Used by ``dovetail merges``.

In: a store. Out: pairs of rows with score and reason, borderline first.
"""

from __future__ import annotations

from itertools import islice

import msgspec

from graph.model import Decision, Record
from graph.store import Store
from ingest.merges import listed as all_listed
from ingest.records import fields_of

PROPOSED = "PROPOSED"
"""The verdict on a pair that no rule dared to decide."""


class RowOf(msgspec.Struct, frozen=True):
    """One side of a pair: the record, the name it gives and where it comes from."""

    id: str
    name: str
    source: str
    source_id: str


class Listed(msgspec.Struct, frozen=True):
    """A pair of records with what was decided, by which rule or person, how sure (0 to 1) and why."""

    left: RowOf
    right: RowOf
    verdict: str
    rule: str
    score: float
    reason: str
    by_person: bool


def listed(store: Store, limit: int) -> tuple[list[Listed], int]:
    """The first ``limit`` pairs, borderline first, and how many there are."""
    pairs = all_listed(store)
    shown = list(islice(pairs, limit))
    records = store.get({end for one in shown for end in (one.left, one.right)})
    rows = {one: _row(record) for one, record in records.items() if isinstance(record, Record)}
    found = [
        Listed(
            rows[one.left], rows[one.right], str(one.verdict) if isinstance(one, Decision) else PROPOSED,
            one.rule if isinstance(one, Decision) else "similar name", one.score, one.reason, isinstance(one, Decision) and one.by_person,
        )
        for one in shown
        if one.left in rows and one.right in rows
    ]  # fmt: skip
    return found, len(pairs)


def _row(record: Record) -> RowOf:
    return RowOf(record.id, fields_of(record)["name"], record.provenance.source, record.provenance.source_id)
