"""The funnel: how many leads come how far, how long they stay in each state, why they end, by field, place, broker and month.

In: a store, who looks, which leads. Out: a ``Funnel``. Next: ``api.cli.leads``, ``api.http.routes.leads``; ``leads.board.picture`` draws
it.

A lead *reached* a state if it was in that or in a later one; a declined one reached what it came to before. Days in a state run until the
next one, or
until today. The month is that in which the lead was found. A lead has several fields, or places, where its need has; it counts in each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import msgspec

from desk.process.principals import Actor
from graph.store import Store
from leads.board.board import Board, board_of
from leads.board.listing import Wanted, seen_rows
from leads.board.sight import Sight
from leads.told import WORKING

STAGES = ("suggested", "shortlisted", "proposed", "introduced", "talks", "agreement", "closed")


class Stage(msgspec.Struct, frozen=True):
    """A state of the funnel: how many leads ``reached`` it, how many are in it ``now``, the median of the ``days`` in it (None where
    nobody was), and the ``reasons`` for which leads were declined in it."""

    name: str
    reached: int
    now: int
    days: float | None
    reasons: dict[str, int]


class Funnel(msgspec.Struct, frozen=True):
    """``stages`` in their order; ``by``: for ``field``, ``place``, ``broker`` and ``month`` of each value how many leads reached each
    stage, in the order of the stages."""

    day: str
    stages: list[Stage]
    by: dict[str, dict[str, list[int]]]


def funnel(store: Store, actor: Actor, wanted: Wanted | None = None, *, today: str = "") -> Funnel:
    """The funnel of the leads that the actor may see. Raises InvalidInput as a list does."""
    today = today or datetime.now(UTC).date().isoformat()
    reached, now, days = Counter[str](), Counter[str](), dict[str, list[int]]()
    reasons: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
    by: dict[str, dict[str, list[int]]] = {"field": {}, "place": {}, "broker": {}, "month": {}}
    with board_of(store) as board:
        seen, rows = seen_rows(board, store, actor, wanted or Wanted(), today)
        for row in rows.tolist():
            value = board.value(row)
            path = value.get("path") or [["suggested", _day(int(board.column("found")[row]) or date.fromisoformat(today).toordinal())]]
            last = max(STAGES.index(state) for state, _since in path if state in STAGES)
            for stage in STAGES[: last + 1]:
                reached[stage] += 1
            if path[-1][0] in STAGES:
                now[path[-1][0]] += 1
            _count_days(path, today, days)
            _count_reasons(path, value.get("declines", ()), reasons)
            for name, keys in _groups(board, seen, row, path[0][1]).items():
                for key in keys:
                    counts = by[name].setdefault(key, [0] * len(STAGES))
                    for stage_number in range(last + 1):
                        counts[stage_number] += 1
    stages = []
    for one in STAGES:
        middle = float(median(days[one])) if days.get(one) else None
        stages.append(Stage(one, reached[one], now[one], middle, dict(sorted(reasons[one].items()))))
    return Funnel(today, stages, {name: dict(sorted(found.items())) for name, found in by.items()})


def _count_days(path: list[list[str]], today: str, days: dict[str, list[int]]) -> None:
    for (state, since), (_next, until) in zip(path, [*path[1:], ["", today]], strict=True):
        if state in STAGES[:-1]:
            days.setdefault(state, []).append(max(0, (date.fromisoformat(until) - date.fromisoformat(since)).days))


def _count_reasons(path: list[list[str]], declines: Iterable[dict[str, Any]], reasons: dict[str, Counter[str]]) -> None:
    """The declines of a lead, each in the state that it was in."""
    before = [path[at - 1][0] for at in range(1, len(path)) if path[at][0] == "declined"]
    if path[0][0] == "declined":
        before.insert(0, "suggested")
    for state, said in zip(before, declines, strict=False):
        reasons[state if state in reasons else "suggested"][said["reason"]] += 1


def _groups(board: Board, seen: Sight, row: int, found: str) -> dict[str, tuple[str, ...]]:
    """What a lead counts under. Of a need that may not be seen neither field nor place; the broker for who works on it."""
    ends, need = board.ends, int(board.column("need")[row])
    groups: dict[str, tuple[str, ...]] = {"month": (found[:7],)}
    if seen.sees_end[need]:
        own = ends.places.values[ends.column("place")[need]]
        owners = ends.places.values[ends.column("owner_place")[need]] if seen.knows_owner[need] else ()
        groups |= {"field": ends.fields.values[ends.column("field")[need]], "place": own or owners}
    broker = board.value(row).get("broker") or board.value(row).get("introduction", {}).get("broker", "")
    if broker and WORKING & seen.related(row):
        groups["broker"] = (broker,)
    return groups


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
