"""Duplicates on a board: leads of the same two, because entities were merged or because a demand was listed twice.

In: a store, who looks. Out: groups of leads, the one that is furthest first. Next: ``api.cli.leads``, ``api.http.routes.leads``; ``merge``
of the process lets the first go on in place of the others, and ``unmerge`` undoes it.
"""

from __future__ import annotations

from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.store import Store
from leads.board.board import board_of
from leads.board.sight import sight
from leads.process import OPEN


def duplicates(store: Store, actor: Actor) -> list[list[str]]:
    """The groups of leads of the same two that the actor may see, of those that were not merged: of each group the ids, the one that has
    come furthest first, then the oldest."""
    with board_of(store) as board:
        seen = sight(board, store, actor, viewer_of(store, actor))
        is_merged, need, since = board.column("is_merged"), board.column("need"), board.column("since")
        found = []
        for rows in board.same()[1].values():
            there = [row for row in rows if seen.is_seen[row] and not is_merged[row] and seen.sees_end[need[row]]]
            if len(there) > 1:
                order = sorted(there, key=lambda row: (-_progress(board.value(row).get("state", "")), int(since[row]), board.ids[row]))
                found.append([board.ids[row] for row in order])
        return sorted(found)


def _progress(state: str) -> int:
    return OPEN.index(state) + 1 if state in OPEN else 0
