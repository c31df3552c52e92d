"""What is to be done on the leads that somebody works on: next actions that are due, and leads that have been in a state for too long.

In: the board of a store, who works on it, the day. Out: a ``Task`` for each lead. Next: ``leads.notices.compose`` and
``dovetail leads due``.

A lead is somebody's work who is of the house that it is assigned to, the person where one is named; one that is assigned to nobody is that
of whoever did the last thing with it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from desk.journal.entries import Entry, entry_id
from desk.journal.journal import Journal
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from desk.process.table import Value
from graph.model import Node
from leads.board.board import Board, board_of
from leads.board.listing import Wanted, seen_rows
from leads.board.sight import Sight
from leads.leads import FOLDS
from leads.process import ACTION, LEAD
from leads.subscriptions.filters import Pool, title
from leads.told import WORKING


class Task(NamedTuple):
    """A lead on which something is to be done. ``day``: by when, or since when it has been in its ``state``; ``action``: what, in the words
    of who set it; ``between``: the ends that may be seen;
    ``key``: what it goes by among what was told; ``is_stuck``: nothing is due, but nothing has moved for too long."""

    id: str
    key: str
    state: str
    day: str
    days: int
    action: str
    between: list[str]
    is_stuck: bool


def tasks(pool: Pool, actor: Actor, among: Collection[str] | None = None) -> list[Task]:
    """What is due, the longest first, then what is stuck, of all leads or ``among`` these."""
    with board_of(pool.store) as board:
        seen, due = seen_rows(board, pool.store, actor, Wanted(due=pool.day), pool.day)
        _seen, stuck = seen_rows(board, pool.store, actor, Wanted(stuck=True), pool.day)
        rows = [
            row for row in {*due.tolist(), *stuck.tolist()} if WORKING & seen.related(row) and (among is None or board.ids[row] in among)
        ]
        held = [(board.ids[row], board.value(row), _ends(board, seen, row)) for row in rows]
    found = [_task(pool, actor, id, value, ends) for id, value, ends in held]
    return sorted((one for one in found if one), key=lambda one: (one.is_stuck, -one.days, one.id))


def _ends(board: Board, seen: Sight, row: int) -> list[str]:
    """The ids of the two ends, of which those that may be seen."""
    lead = board.suggestion(row)
    return [id for id, name in ((lead.need, "need"), (lead.offer, "offer")) if seen.sees_end[board.column(name)[row]]]


def _task(pool: Pool, actor: Actor, id: str, value: Value, ends: list[str]) -> Task | None:
    """What is to be done on a lead; None where that is another's work, or the next action of one that is stuck has a day to come."""
    stream, due, state = f"{LEAD.name}:{id}", value.get("next") or "", value["state"]
    if due > pool.day:
        return None
    viewer = viewer_of(pool.store, actor)
    nodes = pool.get(ends)
    between = [title(viewer.view(node)) for end in ends if isinstance(node := nodes[end], Node)]
    journal = Journal(pool.store, FOLDS)
    last = journal.state(stream)
    if last is None or not _is_work_of(pool, actor, stream, value, value["action"] if due else last.number):
        return None
    if due:
        action = journal.personal(stream, value["action"], ACTION) or ""
        return Task(id, f"next:{id}:{value['action']}", state, due, _days(due, pool.day), action, between, is_stuck=False)
    since = value["since"]
    return Task(id, f"stuck:{id}:{state}:{since}", state, since, _days(since, pool.day), "", between, is_stuck=True)


def _is_work_of(pool: Pool, actor: Actor, stream: str, value: Value, number: int) -> bool:
    """Whether a lead is an actor's work; ``number``: the entry that says whose, where it is assigned to nobody."""
    if value.get("broker"):
        return actor.is_of(value["broker"]) and value.get("person") in ("", None, actor.id)
    held = pool.store.documents([entry_id(stream, number)]).get(entry_id(stream, number))
    return held is not None and Entry.from_document(held).actor == actor.id


def _days(since: str, day: str) -> int:
    return (date.fromisoformat(day) - date.fromisoformat(since)).days
