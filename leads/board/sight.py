"""Who may see which leads of a board: the rule of ``leads.parties.relations``, for columns.

In: a board, who looks. Out: ``Sight``: what somebody is to each lead. Next: ``leads.board.listing`` and every count of leads. A test holds
the two forms of the rule to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from desk.journal import states
from desk.people.sight import nodes_of
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role
from desk.process.table import Who
from graph.store import Store
from graph.viewer import Viewer
from leads.board.board import Board, Mask
from leads.board.ends import GONE

KEPT = 32
"""Sights that are kept of one version of a board, at most."""


@dataclass(frozen=True)
class Sight:
    """``is_seen``: by row of a lead, whether it is there for somebody; ``by``: by what they are to it; ``sees_end``: by row of an end,
    whether they may see it; ``knows_owner``: by row of an end, whether they may know whose it is."""

    is_seen: Mask
    by: dict[Who, Mask]
    sees_end: Mask
    knows_owner: Mask

    def related(self, row: int) -> frozenset[Who]:
        """What somebody is to a lead."""
        return frozenset(who for who, mask in self.by.items() if mask[row])


def sight(board: Board, store: Store, actor: Actor, viewer: Viewer) -> Sight:
    """What ``actor``, who is ``viewer``, may see of ``board``; kept until the board moves."""
    ours = frozenset({actor.institution, *actor.former} - {""})
    agents = frozenset(node for id, value in states.values(store, DEMAND.name) if value["agent"] in ours for node in nodes_of(id, value))
    key = (board.version, ours, actor.runs, actor.role, viewer, agents)
    if key not in board.sights:
        if len(board.sights) >= KEPT or any(one[0] != board.version for one in board.sights):
            board.sights.clear()
        board.sights[key] = _sight(board, actor, viewer, ours, agents)
    found: Sight = board.sights[key]
    return found


def _sight(board: Board, actor: Actor, viewer: Viewer, ours: frozenset[str], agents: frozenset[str]) -> Sight:
    ends, need, offer = board.ends, board.column("need"), board.column("offer")
    level: Any = ends.column("level")
    let = _rows(board, viewer.lets)
    sees_end = viewer.sees_levels(level) & (level != GONE)
    sees_end[let] = level[let] != GONE
    knows = viewer.sees_levels(ends.column("owner_level")) & sees_end
    knows[let] |= viewer.sees_levels(ends.column("behind_level")[let]) & sees_end[let]
    own = np.zeros(len(level), bool)
    own[[row for one in ours for row in ends.of_house.get(one, ())]] = True
    acts_for = np.zeros(len(level), bool)
    acts_for[_rows(board, agents)] = True
    is_there, is_node = board.column("is_there"), level != GONE
    is_seen = is_there & actor.runs
    by = {Who.OPERATOR: is_seen} if actor.runs else {}
    if own.any():
        is_whole = is_there & is_node[need] & is_node[offer]
        by[Who.OWNER] = is_whole & own[need] & sees_end[offer]
        by[Who.TARGET] = is_whole & own[offer] & board.column("is_asked")
    is_broker = actor.role is Role.BROKER and bool(actor.institution)
    if is_broker or acts_for.any():
        sees_both = is_there & sees_end[need] & sees_end[offer]
        by[Who.AGENT] = sees_both & acts_for[need]
    for mask in by.values():
        is_seen = is_seen | mask
    if is_broker:
        is_theirs = np.zeros(len(board.brokers.values), bool)
        is_theirs[board.brokers.known(ours)] = True
        is_free = (board.column("broker") == 0) & ~ends.column("is_confidential")[need]
        by[Who.BROKER] = sees_both & ~is_seen & (is_theirs[board.column("broker")] | is_free)
        is_seen = is_seen | by[Who.BROKER]
    return Sight(is_seen, by, sees_end, knows)


def _rows(board: Board, ids: Any) -> list[int]:
    """The rows of the ends that have these ids now."""
    by_id = board.ends.by_id
    return sorted({row for one in ids if one in by_id for row in by_id[one]})
