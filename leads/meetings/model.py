"""A meeting as it stands for whoever looks, a talk of it, and what is still to be followed up.

In: what the journal says of a meeting. Out: ``Meeting``, ``Talk``, ``FollowUp``. Next: ``leads.meetings.meetings`` makes them.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """A lead at a meeting. ``need`` and ``offer``: the nodes, "" for one that is not for one's eyes; ``about`` and ``houses``: the
    institutions; ``answers``: by side, the other side's once both have said yes; ``slot``: the time, ``table``: its number from 1, 0 as
    long as there is none; ``why``: why there is none, in words; ``came``, ``intentions``: by side; ``outcomes``: by days after the meeting;
    ``due``: the days on which it was to be followed up, and was not."""

    lead: str
    need: str
    offer: str
    about: str
    houses: tuple[str, ...]
    state: str
    answers: dict[str, str]
    people: dict[str, int]
    slot: str = ""
    table: int = 0
    why: str = ""
    came: dict[str, bool] = {}
    intentions: dict[str, str] = {}
    outcomes: dict[str, dict[str, Any]] = {}
    due: tuple[str, ...] = ()


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """``slots``: the times at which talks begin; ``tables``: the seats of each, empty for a guest; ``talks``: those that are for one's
    eyes; ``is_best``: whether no more talks can be held; ``held``: the
    instant at which it was noted that somebody came, "" before; ``events``: what the one who looks can do; ``at``: the instant of the last
    step."""

    id: str
    at: str
    state: str
    title: str
    day: str
    place: str
    organiser: str
    slots: tuple[str, ...]
    tables: tuple[int, ...]
    talks: tuple[Talk, ...]
    is_best: bool
    held: str
    events: tuple[str, ...]


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """A talk of which nobody has said what came of it. ``after``: so many days after the meeting; ``due``: the day on which that was to be
    asked; ``organiser``: the institution that holds the meeting, "" for the operator; ``broker``: to whom the lead is assigned."""

    meeting: str
    title: str
    lead: str
    after: int
    due: str
    organiser: str
    broker: str
