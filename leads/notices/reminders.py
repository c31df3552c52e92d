"""What is to be done on the leads that somebody works on: next actions that are due, and leads that have been in a state for too long.

In: the leads of a store, who works on them, the day. Out: ``Due`` and ``Stuck`` leads. Next: ``leads.notices.compose`` and
``dovetail leads due``.

A lead is somebody's work who is of the house that it is assigned to, the person where one is named; one that is assigned to nobody is that
of whoever did the last thing with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from desk.journal.entries import Entry, entry_id
from desk.journal.journal import Journal
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph.model import Node
from leads.leads import FOLDS
from leads.process import ACTION, LEAD
from leads.settings import STUCK_DAYS
from leads.subscriptions.filters import Pool, title
from leads.told import WORKING


class Task(NamedTuple):
    """A lead on which something is to be done. ``day``: by when, or since when it has been in its ``state``; ``action``: what, in the words
    of who set it; ``key``: what it goes by among what was told; ``is_stuck``: nothing is due, but nothing has moved for too long."""

    id: str
    key: str
    state: str
    day: str
    days: int
    action: str
    need: str
    offer: str
    is_stuck: bool


def tasks(pool: Pool, actor: Actor, day: str) -> list[Task]:
    """What is due up to ``day``, the longest first, then what is stuck on it."""
    found = list(_tasks(pool, actor, day))
    return sorted(found, key=lambda one: (one.is_stuck, -one.days, one.id))


def _tasks(pool: Pool, actor: Actor, day: str) -> Iterator[Task]:
    viewer = viewer_of(pool.store, actor)
    journal = Journal(pool.store, FOLDS)
    for id, state in pool.states.items():
        value = state.value
        due, limit = value.get("next") or "", STUCK_DAYS.get(value["state"])
        is_due = bool(due) and due <= day
        waited = _days(value["since"], day)
        is_stuck = not due and limit is not None and waited >= limit
        if (
            value.get("into")
            or not (is_due or is_stuck)
            or not _is_work_of(pool, actor, id, value.get("action", 0) if is_due else state.number)
        ):
            continue
        if not WORKING & pool.related(actor, viewer, id):
            continue
        lead = pool.leads[id]
        ends = (pool.nodes.get(one) for one in (lead.need, lead.offer))
        need, offer = (title(viewer.view(one)) if isinstance(one, Node) and viewer.sees(one) else "" for one in ends)
        if is_due:
            stream = f"{LEAD.name}:{id}"
            action = journal.personal(stream, value["action"], ACTION) or ""
            yield Task(id, f"next:{id}:{value['action']}", value["state"], due, _days(due, day), action, need, offer, is_stuck=False)
        else:
            yield Task(
                id, f"stuck:{id}:{value['state']}:{value['since']}", value["state"], value["since"], waited, "", need, offer, is_stuck=True
            )


def _is_work_of(pool: Pool, actor: Actor, id: str, number: int) -> bool:
    """Whether a lead is an actor's work; ``number``: the entry that says whose, where it is assigned to nobody."""
    value = pool.value(id)
    if value.get("broker"):
        return actor.is_of(value["broker"]) and value.get("person") in ("", None, actor.id)
    one = entry_id(f"{LEAD.name}:{id}", number)
    held = pool.store.documents([one]).get(one)
    return held is not None and Entry.from_document(held).actor == actor.id


def _days(since: str, day: str) -> int:
    return (date.fromisoformat(day) - date.fromisoformat(since)).days
