"""Whom the streams of ``leads`` concern: leads and meetings by the rules by which they are listed, saved searches and what is followed by
their states.

In: an actor. Out: ``CONCERNS``. Next: ``api.streams`` adds them to those of ``desk``, for the feed of events.

The leads that somebody may see are found in the columns of the board, as for a list: no lead is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from desk.events.concerns import Concern, Step, named
from desk.journal import states
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.store import Store
from leads.board.board import board_of
from leads.board.sight import Sight, sight
from leads.meetings.process import MEETING
from leads.meetings.told import holds, of_meeting, tells_guest
from leads.parties import speaks_as
from leads.process import LEAD, SIDES
from leads.subscriptions.follow import FOLLOW
from leads.subscriptions.search import SEARCH
from leads.subscriptions.subscribers import cares
from leads.told import tells


class _Seen(NamedTuple):
    """What somebody sees of a board. ``rows``: by id of a lead, ``begun``: the ids of the leads that are there and have a stream."""

    rows: Mapping[str, int]
    by: Sight
    begun: list[str]


class _Leads:
    """The leads as they concern an actor."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self._store, self._actor = store, actor

    def related(self, id: str, _value: Value) -> frozenset[Who]:
        return self.of(id)

    def of(self, id: str) -> frozenset[Who]:
        """What the actor is to a lead; nothing where the lead is not there for it."""
        if self._actor.runs:
            return frozenset({Who.OPERATOR})
        seen = self._seen
        row = seen.rows.get(id, len(seen.by.is_seen)) if seen else 0
        return seen.by.related(row) if seen and row < len(seen.by.is_seen) else frozenset()

    def found(self) -> Iterable[str]:
        return self._seen.begun if self._seen else ()

    def tells(self, step: Step) -> bool:
        return tells(step.who, step.kind)

    @cached_property
    def _seen(self) -> _Seen | None:
        if not self._actor.institution:
            return None
        with board_of(self._store) as board:
            by = sight(board, self._store, self._actor, viewer_of(self._store, self._actor))
            rows = np.flatnonzero(by.is_seen & board.column("is_begun"))
            return _Seen(board.row, by, [board.ids[row] for row in rows])


class _Meetings:
    """The meetings as they concern an actor."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self._store, self._actor, self._leads = store, actor, _Leads(store, actor)

    def related(self, _id: str, value: Value) -> frozenset[Who]:
        return of_meeting(self._actor, value, self._side)

    def found(self) -> Iterable[str]:
        return (id for id, value in states.values(self._store, MEETING.name) if self.related(id, value))

    def tells(self, step: Step) -> bool:
        if self._actor.runs:
            return True
        if not step.who:
            return False
        if not holds(self._actor, step.value):
            return tells_guest(step.kind, step.said, self._side)
        lead = step.said().get("lead")
        return lead is None or bool(self._leads.of(lead))

    def _side(self, lead: str) -> str:
        who = self._leads.of(lead)
        side = speaks_as(who) if who else ""
        return side if side in SIDES else ""


CONCERNS = {
    LEAD.name: Concern("/v1/leads/", _Leads),
    MEETING.name: Concern("/v1/meetings/", _Meetings),
    SEARCH.name: named("/v1/searches/", lambda _store, actor, _id, value: cares(actor, value)),
    FOLLOW.name: named("/v1/follows/", lambda _store, actor, _id, value: cares(actor, value)),
}
