"""What people have made of leads so far, as it bounds what is suggested: which go on, which are over, who has a conflict of interest.

In: the leads of the journal, a snapshot. Out: a ``Lead`` for each, under the ids that its ends have now; conflicts by need. Next:
``leads.suggest.parties`` makes ``Limits`` of it.

A decline is of its need and its offer alone, but for one with the reason ``conflict`` that a side gave: that is between the two firms, so
neither is suggested for a need of the other until the lead is taken up again. (A broker's own conflict is no matter between the two.) What
came of a hidden need bounds hidden needs alone, and whose a need is counts as far as every member may know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from desk.journal import states
from desk.process.act import STATE
from desk.process.table import Value
from graph.model import Demand, EdgeKind, Institution, Node, Visibility
from graph.store import Store
from graph.viewer import Viewer
from leads.parties import all_houses
from leads.process import LEAD, OPEN, SIDES
from matcher.index.snapshot import Snapshot

MEMBER = Viewer(clearance=Visibility.MEMBERS)
"""Whose sight decides what bounds see: what some may not see changes no suggestion of theirs."""
CONFLICT = "conflict"
"""The reason of a decline that is between the firms."""
_EARLY = ("suggested", "shortlisted", "proposed")


class Lead(NamedTuple):
    """A lead of the journal. ``houses``: the institutions that offer, as far as members see them."""

    id: str
    need: str
    offer: str
    houses: tuple[str, ...]
    state: str
    is_merged: bool
    is_conflict: bool
    is_hidden: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN and not self.is_merged

    @property
    def is_early(self) -> bool:
        """Whether an introduction may still come of it."""
        return self.state in _EARLY and not self.is_merged

    @property
    def side(self) -> set[str]:
        """Who offers: the institutions, and the expert."""
        return {self.offer, *self.houses}


def leads_so_far(store: Store, snapshot: Snapshot) -> list[Lead]:
    """The leads of the journal, by id."""
    values = dict(sorted(states.values(store, LEAD.name)))
    found = snapshot.display.get(sorted({str(value[end]) for value in values.values() for end in ("need", "offer")}))
    nodes = {id: node for id, node in found.items() if isinstance(node, Node)}
    offers = {node.id: node for value in values.values() if (node := nodes.get(value["offer"]))}
    houses = all_houses(snapshot.display, list(offers.values()))
    institutions = sorted({one for some in houses.values() for one in some})
    rows = snapshot.node_rows(institutions)
    seen = {one for one, row in zip(institutions, rows.tolist(), strict=True) if row >= 0 and snapshot.sees(MEMBER, np.array([row]))[0]}
    made = []
    for id, value in values.items():
        need, offer = nodes.get(value["need"]), nodes.get(value["offer"])
        is_hidden = getattr(need, "visibility", None) is Visibility.CONFIDENTIAL if need else bool(value.get("hidden"))
        behind = tuple(one for one in houses[offer.id] if one in seen) if offer else ()
        made.append(
            Lead(
                id, need.id if need else value["need"], offer.id if offer else value["offer"], behind, value[STATE],
                bool(value.get("into")), _is_conflict(value), is_hidden,
            )
        )  # fmt: skip
    return made


def conflicts(snapshot: Snapshot, demands: Mapping[str, Demand], leads: Iterable[Lead]) -> dict[str, set[str]]:
    """Of each need of ``demands`` the institutions and experts with which its owner has a conflict of interest."""
    told = [one for one in leads if one.is_conflict]
    if not told:
        return {}
    hidden = {id for id, demand in demands.items() if demand.visibility is Visibility.CONFIDENTIAL}
    hidden |= {one.need for one in told if one.is_hidden}
    owners = owners_of(snapshot, {*demands, *(one.need for one in told)}, hidden)
    of_need: defaultdict[str, set[str]] = defaultdict(set)
    of_firm: defaultdict[tuple[str, bool], set[str]] = defaultdict(set)
    for one in told:
        of_need[one.need] |= one.side
        for owner in owners.get(one.need, ()):
            of_firm[owner, one.is_hidden] |= one.side
        for other in one.side:
            of_firm[other, one.is_hidden] |= owners.get(one.need, set())
    for need in demands:
        for owner in owners.get(need, ()):
            of_need[need] |= of_firm[owner, False] | (of_firm[owner, True] if need in hidden else set())
    return {need: barred for need, barred in of_need.items() if need in demands and barred}


def owners_of(snapshot: Snapshot, needs: Collection[str], hidden: Collection[str]) -> dict[str, set[str]]:
    """Whose needs are, by need: as far as every member may know, and of the ``hidden`` ones whoever sees them."""
    rows = snapshot.edges_of_kind(EdgeKind.POSTED)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for viewer, some in ((MEMBER, set(needs) - set(hidden)), (Viewer(clearance=Visibility.MEMBERS, lets=frozenset(hidden)), set(hidden))):
        targets = snapshot.node_rows(sorted(some))
        mine = rows[np.isin(snapshot.target_at(rows), targets[targets >= 0])]
        mine = mine[snapshot.sees_edges(viewer, mine)]
        for source, target in zip(snapshot.source_at(mine).tolist(), snapshot.target_at(mine).tolist(), strict=True):
            found[snapshot.id_of(target)].add(snapshot.id_of(source))
    for id, node in snapshot.display.get(sorted(needs)).items():
        if isinstance(node, Institution):  # it needs itself
            found[id].add(node.id)
    return found


def _is_conflict(value: Value) -> bool:
    declines = value.get("declines") or ()
    return bool(value[STATE] == "declined" and declines and declines[-1]["reason"] == CONFLICT and declines[-1]["side"] in SIDES)
