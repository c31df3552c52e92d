"""Whom a pair concerns: the houses of a candidate, who is a newcomer, who has an interest of its own, and how much room each has.

In: a snapshot and what was found for needs; the introductions and demands of the journal. Out: pairs and ``Limits``. Next:
``leads.suggest.refresh`` chooses by them.

A newcomer is a candidate without any dealings: neither itself nor one of its houses is a party to a cooperation, or an end of evidence,
that every member may see and that has happened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from desk.journal import states
from desk.people.sight import nodes_of
from desk.process.demand import DEMAND
from graph.dates import ordinal
from graph.model import Demand, EdgeKind, Expert, Institution, NodeKind, Visibility
from graph.store import Store
from graph.viewer import Viewer
from leads import capacity
from leads.settings import LeadSettings
from leads.suggest.bounds import Limits, Pair
from leads.suggest.find import Found
from matcher.columns import tables
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot

MEMBER = Viewer(clearance=Visibility.MEMBERS)
"""Whose sight decides what bounds see: what some may not see changes no suggestion of theirs."""
_DEALINGS = (EdgeKind.PARTY_TO, EdgeKind.EVIDENCE)


def pairs_of(
    snapshot: Snapshot, demands: Mapping[str, Demand], result: Mapping[str, tuple[Found, ...]], as_of: str
) -> Iterator[Pair]:
    """The pairs that were found for needs."""
    today = ordinal(as_of)
    offers = sorted({one.offer for each in result.values() for one in each})
    houses = _houses(snapshot, offers, today)
    known = _known(snapshot, today)
    for need, each in result.items():
        hidden = demands[need].visibility is Visibility.CONFIDENTIAL
        for one in each:
            yield Pair(need, one.offer, one.fit, houses[one.offer], known.isdisjoint({one.offer, *houses[one.offer]}), hidden)


def about_of(snapshot: Snapshot, needs: Collection[str]) -> dict[str, str]:
    """The institution that posted each need, the first by id, where whoever sees the need as a member may know."""
    rows = snapshot.edges_of_kind(EdgeKind.POSTED)
    rows = rows[np.isin(snapshot.target_at(rows), snapshot.node_rows(needs))]
    seen = rows[snapshot.sees_edges(Viewer(clearance=Visibility.MEMBERS, lets=frozenset(needs)), rows)]
    found: dict[str, str] = {}
    for source, target in zip(snapshot.source_at(seen).tolist(), snapshot.target_at(seen).tolist(), strict=True):
        need, poster = snapshot.id_of(target), snapshot.id_of(source)
        found[need] = min(poster, found.get(need, poster))
    return found


def limits_of(store: Store, snapshot: Snapshot, settings: LeadSettings, demands: Mapping[str, Demand]) -> Limits:
    """What bounds a candidate besides the settings: introductions that it is in, and interests of who acts for a need. Introductions for
    hidden needs take up room for hidden needs alone."""
    taken = capacity.all_taken(store)
    shown = capacity.shown(store, {lead for leads in taken.values() for lead in leads})
    free, free_of_hidden = {}, {}
    nodes = snapshot.display.get(sorted(taken))
    for id, leads in taken.items():
        node = nodes.get(id)
        if isinstance(node, Expert | Institution):
            limit = capacity.limit_of(node, settings)
            free[id] = max(0, limit - sum(lead in shown for lead in leads))
            free_of_hidden[id] = max(0, limit - len(leads))
    experts = (node for node in snapshot.display.scan(NodeKind.EXPERT) if isinstance(node, Expert) and node.capacity is not None)
    for node in experts:
        free.setdefault(node.id, node.capacity or 0)
    return Limits(free, free_of_hidden, _barred(store, snapshot, demands))


def _barred(store: Store, snapshot: Snapshot, demands: Mapping[str, Demand]) -> dict[str, frozenset[str]]:
    """Of each need that somebody acts for, the house of whoever does."""
    barred = {}
    for id, value in states.values(store, DEMAND.name):
        agent = str(value.get("agent") or "")
        for need in nodes_of(id, value) if agent else ():
            if need in demands:
                barred[need] = _body(snapshot, agent)
    return barred


def _body(snapshot: Snapshot, institution: str) -> frozenset[str]:
    """An institution with its parts and what it is part of."""
    found = set(snapshot.node_rows([institution]).tolist()) - {-1}
    for incoming in (False, True):
        todo = set(found)
        while todo:
            edges = [snapshot.joins.ties_of(row, EdgeKind.PART_OF, incoming=incoming) for row in todo]
            ends = (snapshot.joins.edge_source if incoming else snapshot.joins.edge_target)[np.concatenate(edges)]
            todo = set(ends[ends >= 0].tolist()) - found
            found |= todo
    return frozenset(map(snapshot.id_of, found))


def _houses(snapshot: Snapshot, offers: Collection[str], today: int) -> dict[str, tuple[str, ...]]:
    """The institutions that each candidate is, or works for."""
    rows = snapshot.node_rows(offers)
    found: dict[int, set[str]] = {row: set() for row in rows.tolist()}
    institution = tables.NODE_CODE[NodeKind.INSTITUTION]
    for id, row in zip(offers, rows.tolist(), strict=True):
        if snapshot.nodes["kind"][row] == institution:
            found[row].add(id)
    ties = snapshot.joins.affiliations
    mine = np.flatnonzero(np.isin(ties.source, rows) & (ties.target >= 0) & (ties.date <= today))
    for source, target in zip(ties.source[mine].tolist(), ties.target[mine].tolist(), strict=True):
        if snapshot.sees(MEMBER, np.array([target]))[0]:
            found[source].add(snapshot.id_of(target))
    return {id: tuple(sorted(found[row])) for id, row in zip(offers, rows.tolist(), strict=True)}


def _known(snapshot: Snapshot, today: int) -> frozenset[str]:
    """Who has dealings."""
    rows: Rows = snapshot.edges_of_kind(*_DEALINGS)
    seen = snapshot.sees_edges(MEMBER, rows) & (snapshot.edges_at(rows)["date"] <= today) if len(rows) else np.zeros(0, bool)
    ends = np.concatenate([snapshot.source_at(rows[seen]), snapshot.target_at(rows[seen])])
    return frozenset(snapshot.id_of(row) for row in np.unique(ends[ends >= 0]).tolist())
