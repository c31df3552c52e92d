"""Tables and slots: which talk is held when and where, so that nobody is at two tables at once.

In: talks with who takes part, the number of slots, the seats of each table. Out: a ``Seating``: the slot and table of each talk, and why
the others have none. Next: ``leads.meetings.meetings`` writes it into the journal.

Colouring the edges of a graph with the slots as colours, each used at most as often as there are tables, is an integer program, which
scipy's solver (HiGHS) does exactly:

    x[t, s] = 1 where talk t is held in slot s
    maximise   sum over t, s of (1 + (fit[t] - s EARLY / slots) / (1 + talks)) x[t, s]
                                                                         as many talks as can be; of as many, those that fit best; early
    subject to sum over s of x[t, s] <= 1                                no talk twice
               sum over talks t of p of x[t, s] <= 1                     for each participant p and slot s
               sum over talks t with more than c people of x[t, s] <= tables with more than c seats      for each slot s and each size c

The last line is enough for there to be a table for each talk: sizes are nested, so each talk, the largest first, takes the smallest table
that seats it. The solver stops after a fixed number of nodes, never after a time, so the same input has the same seating.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_NODES = 2_000
"""Nodes of the solver's search, at most: what it has found by then is taken."""
EARLY = 0.01
"""What the last slot counts less than the first, as a difference of fits."""
LARGE, BUSY, FULL, APART = "large", "busy", "full", "apart"
WHY = (LARGE, BUSY, FULL, APART)
"""Why a talk has no table: more people than any table seats; somebody has more talks than there are slots; there are more talks than
tables in all slots; no slot was left that is free for all of it."""


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """``who``: the participants, none of whom can be at two tables at once; ``people``: how many sit down; ``fit``: 0 to 1."""

    id: str
    who: tuple[str, ...]
    people: int = 2
    fit: float = 0.0


class Unplaced(msgspec.Struct, frozen=True):
    """``why``: one of ``WHY``; ``who``: the participant who has too many talks, "" otherwise."""

    why: str
    who: str = ""


class Seating(msgspec.Struct, frozen=True):
    """``seats``: by talk its slot and its table, each from 0; ``unplaced``: by talk why it has none; ``is_best``: whether it is proved that
    no more talks can be held."""

    seats: dict[str, tuple[int, int]]
    unplaced: dict[str, Unplaced]
    is_best: bool


def seating(talks: Sequence[Talk], slots: int, tables: Sequence[int], kept: Mapping[str, int] = MappingProxyType({})) -> Seating:
    """The seating of ``talks`` over ``slots`` at ``tables``, each given by its seats. The order of ``talks`` does not matter. ``kept``: by
    talk the slot that it has already and keeps, unless all of them cannot be kept any more."""
    largest = max(tables, default=0)
    ordered = sorted(talks, key=lambda one: one.id)
    fitting = [one for one in ordered if one.people <= largest]
    held, is_best = _slots(fitting, slots, tables, kept) if fitting and slots else ({}, True)
    seats: dict[str, tuple[int, int]] = {}
    for slot in range(slots):
        free = sorted(range(len(tables)), key=lambda number: (tables[number], number))
        for one in sorted((one for one in fitting if held.get(one.id) == slot), key=lambda one: (-one.people, one.id)):
            table = next(number for number in free if tables[number] >= one.people)
            free.remove(table)
            seats[one.id] = (slot, table)
    return Seating(seats, dict(_unplaced(ordered, seats, slots, tables)), is_best)


def _slots(talks: Sequence[Talk], slots: int, tables: Sequence[int], kept: Mapping[str, int]) -> tuple[dict[str, int], bool]:
    """The slot of each talk that has one, and whether no more can have one beside those that are kept."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    rows, most = [], []
    for row, limit in _limits(talks, slots, tables):
        rows.append(row)
        most.append(limit)
    at = np.concatenate(rows)
    of = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    matrix = csr_array((np.ones(len(at)), (of, at)), shape=(len(rows), len(talks) * slots))
    many = len(talks)
    worth = np.add.outer([1 + one.fit / (1 + many) for one in talks], -np.arange(slots) * EARLY / (slots * (1 + many))).ravel()
    least = np.array([kept.get(one.id) == slot for one in talks for slot in range(slots)], float)
    found = milp(
        -worth, integrality=np.ones(len(worth), np.int64), bounds=Bounds(least, 1),
        constraints=LinearConstraint(matrix, ub=np.array(most, float)),
        options={"node_limit": MOST_NODES, "mip_rel_gap": 0.0},
    )  # fmt: skip
    if found.x is None:
        return _slots(talks, slots, tables, {}) if least.any() else ({}, False)
    chosen = np.argwhere(found.x.reshape(len(talks), slots) > 0.5)
    return {talks[int(talk)].id: int(slot) for talk, slot in chosen}, found.status == 0


def _limits(talks: Sequence[Talk], slots: int, tables: Sequence[int]) -> Iterator[tuple[npt.NDArray[np.intp], int]]:
    """The rows of the program: which of the x they add up, and to how much at most."""
    import numpy as np

    places = np.arange(len(talks) * slots).reshape(len(talks), slots)
    yield from ((row, 1) for row in places)
    for who in sorted({who for one in talks for who in one.who}):
        of = [number for number, one in enumerate(talks) if who in one.who]
        if len(of) > 1:
            yield from ((places[of, slot], 1) for slot in range(slots))
    for size in sorted({0, *tables}):
        of = [number for number, one in enumerate(talks) if one.people > size]
        larger = sum(seats > size for seats in tables)
        if len(of) > larger:
            yield from ((places[of, slot], larger) for slot in range(slots))


def _unplaced(
    talks: Sequence[Talk], seats: Mapping[str, tuple[int, int]], slots: int, tables: Sequence[int]
) -> Iterator[tuple[str, Unplaced]]:
    """Why each talk without a table has none: the first reason that holds."""
    often = Counter(who for one in talks for who in set(one.who))
    for one in talks:
        if one.id in seats:
            continue
        busiest = max(sorted(one.who), key=lambda who: often[who], default="")
        fitting = sum(other.people <= max(tables, default=0) for other in talks)
        if one.people > max(tables, default=0):
            yield one.id, Unplaced(LARGE)
        elif often[busiest] > slots:
            yield one.id, Unplaced(BUSY, busiest)
        elif fitting > slots * len(tables):
            yield one.id, Unplaced(FULL)
        else:
            yield one.id, Unplaced(APART)
