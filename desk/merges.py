"""Which rows are one institution or expert: what was decided, and a person's word on it.

In: a store, and ids. Out: pairs of rows with score and reason, borderline first; what a decision changed. Next: ``api.cli.merges``.
"""

from __future__ import annotations

from itertools import islice

import msgspec

from desk.find import find
from graph.model import Decision, Record, Verdict
from graph.store import Store, Written
from graph.viewer import OWNER, Viewer
from ingest.resolve import decide as by_person
from ingest.resolve import similar_names
from ingest.resolve.records import fields_of
from ingest.resolve.similar_names import Passed

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


def listed(store: Store, limit: int, viewer: Viewer) -> tuple[list[Listed], int]:
    """The first ``limit`` pairs, borderline first, and how many there are: how rows were joined is the owner's to see."""
    if not viewer.is_owner:
        return [], 0
    pairs = similar_names.listed(store)
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


def decide(store: Store, left: str, right: str, verdict: Verdict, *, reason: str) -> tuple[Written, Passed]:
    """Store a person's word that two rows are one or two, and look at what follows for other rows. ``left`` and ``right``: ids of
    records, or whatever finds an institution or expert, which stands for the first of its records. Raises NotFound, InvalidInput."""
    written = by_person.decide(store, _record(store, left), _record(store, right), verdict, reason=reason)
    return written, similar_names.run(store)


def _record(store: Store, text: str) -> str:
    return text if isinstance(store.get([text]).get(text), Record) else find(store, text, OWNER)


def _row(record: Record) -> RowOf:
    return RowOf(record.id, fields_of(record)["name"], record.provenance.source, record.provenance.source_id)
