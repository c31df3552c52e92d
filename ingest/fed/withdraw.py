"""Rows that their source takes back: they go, and with them what only they said.

In: the id of a row's node, Record or edge. Out: what was written. Next: ``desk.things.feeding``.

What is left is what the other rows come to without them: a party that no row names any more goes, an institution or expert that others
name is known by reference again, and what hangs on a node (owners, uses) goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from graph.errors import Conflict, NotFound
from graph.language import _
from graph.model import Edge, Node, Record
from graph.store import Store, Written
from ingest.resolve import similar_names
from ingest.resolve.resolver import Plan, Resolver
from ingest.retold import orphans

_TRIES = 5


def withdraw(store: Store, one: str, expect: Mapping[str, int | None] | None = None) -> Written:
    """Take a row back by the id of its node or Record. ``expect``: the versions that somebody decided upon. Raises NotFound where there is
    none, Conflict where versions are others by now."""
    for attempt in range(_TRIES):
        row = store.get([one]).get(one)
        if row is None or row.id != one:
            raise NotFound(_("{one}: there is no such row", one=one))
        plan = _without_record(store, row) if isinstance(row, Record) else _without_others(store, row)
        try:
            written = store.write(plan.batch, expect={**plan.expect, **(expect or {})})
            break
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    similar_names.run(store)
    return written


def _without_others(store: Store, row: Node | Edge) -> Plan:
    """Without a node and its edges, or an edge."""
    lost = [row] if isinstance(row, Edge) else store.edges([row.id])
    gone, ending = orphans(store, lost, {}, (), ())
    plan = Resolver(store).plan({}, gone)
    stale = {edge.id for edge in lost} | ending.keys()
    plan.batch.edges = [edge for edge in plan.batch.edges if edge.id not in stale]
    plan.batch.delete += [row.id, *sorted(ending)]
    plan.expect[row.id] = row.version
    return plan


def _without_record(store: Store, row: Record) -> Plan:
    gone, ending = orphans(store, (), {}, {row.id}, {row.id})
    resolver = Resolver(store)
    plan = resolver.plan({} if row.id in gone else {row.id: resolver.as_named(row.id)}, gone)
    plan.batch.edges = [edge for edge in plan.batch.edges if edge.id not in ending]
    plan.batch.delete += sorted(ending)
    return plan
