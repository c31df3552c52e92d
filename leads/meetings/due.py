"""Talks that are still to be followed up, 30 and 90 days after the meeting.

In: a store and an instant. Out: the ``FollowUp`` of each talk, by the day on which it was due. Next: reminders, and the list of meetings.
"""

from __future__ import annotations

from desk.journal import states
from desk.process.act import STATE
from graph.store import Store
from leads.meetings.model import FollowUp
from leads.meetings.process import MEETING, due_day, open_after
from leads.process import LEAD

OVER = ("declined", "closed")
"""The states of a lead of which nothing more is asked."""


def followups_due(store: Store, now: str) -> list[FollowUp]:
    """What is due by the instant ``now`` (UTC, ISO 8601): of each talk the latest of its days that has come."""
    found = []
    for id, value in states.values(store, MEETING.name):
        if value[STATE] != "held":
            continue
        for lead in value["talks"]:
            come = [days for days in open_after(value, lead) if days and due_day(value, days) <= now[:10]]
            state = states.state(store, LEAD.name, lead)
            if not come or state is None or state.value[STATE] in OVER or state.value.get("into"):
                continue
            found.append(FollowUp(
                meeting=id, title=value["title"], lead=lead, after=come[-1], due=due_day(value, come[-1]), organiser=value["organiser"],
                broker=state.value.get("broker") or "",
            ))  # fmt: skip
    return sorted(found, key=lambda one: (one.due, one.meeting, one.lead))
