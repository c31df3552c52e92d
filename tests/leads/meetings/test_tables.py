"""Seating: no clash over random meetings, as many talks as a plain search finds, and a reason for each that has no table."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from leads.meetings.tables import APART, BUSY, FULL, LARGE, Seating, Talk, Unplaced, seating


@st.composite
def meetings(draw: st.DrawFn, most: int = 25) -> tuple[list[Talk], int, list[int]]:
    """Talks between a few participants (of which one may be on either side), slots, and the seats of tables."""
    names = st.sampled_from("abcdefgh")
    ends = draw(st.lists(st.lists(names, min_size=2, max_size=3, unique=True).map(sorted).map(tuple), max_size=most))
    people, fits = st.integers(2, 6), st.floats(0, 1)
    talks = [Talk(id=f"t{number:02}", who=who, people=draw(people), fit=draw(fits)) for number, who in enumerate(ends)]
    return talks, draw(st.integers(1, 5)), draw(st.lists(st.integers(2, 6), min_size=1, max_size=4))


def is_sound(talks: Sequence[Talk], found: Seating, slots: int, tables: Sequence[int]) -> bool:
    """Nobody at two tables at once, no table twice, no talk at a table that is too small; each talk has a seat or a reason, not both."""
    by_id = {one.id: one for one in talks}
    assert {*found.seats} | {*found.unplaced} == {*by_id} and not {*found.seats} & {*found.unplaced}
    at_once = Counter((who, slot) for id, (slot, _table) in found.seats.items() for who in set(by_id[id].who))
    return (
        all(count == 1 for count in at_once.values())
        and len({*found.seats.values()}) == len(found.seats)
        and all(0 <= slot < slots and by_id[id].people <= tables[table] for id, (slot, table) in found.seats.items())
    )


def most_talks(talks: Sequence[Talk], slots: int, tables: Sequence[int]) -> int:
    """How many talks can be held at most: every way of giving each a slot or none is tried."""
    best = 0
    for given_ in product(range(-1, slots), repeat=len(talks)):
        held = [(slot, one) for slot, one in zip(given_, talks, strict=True) if slot >= 0]
        if len(held) <= best:
            continue
        at_once = Counter((slot, who) for slot, one in held for who in set(one.who))
        sizes = [sorted((one.people for at, one in held if at == slot), reverse=True) for slot in range(slots)]
        room = sorted(tables, reverse=True)
        fits = all(len(one) <= len(room) and all(need <= seats for need, seats in zip(one, room, strict=False)) for one in sizes)
        if fits and all(count == 1 for count in at_once.values()):
            best = len(held)
    return best


@given(meetings())
@settings(max_examples=60)
def test_nobody_is_at_two_tables_at_once(meeting: tuple[list[Talk], int, list[int]]) -> None:
    talks, slots, tables = meeting
    found = seating(talks, slots, tables)
    assert is_sound(talks, found, slots, tables)
    assert seating(random.Random(1).sample(talks, len(talks)), slots, tables) == found  # the order does not matter


@given(meetings(most=6).filter(lambda one: (one[1] + 1) ** len(one[0]) <= 5000))
@settings(max_examples=60)
def test_as_many_talks_are_held_as_can_be(meeting: tuple[list[Talk], int, list[int]]) -> None:
    talks, slots, tables = meeting
    found = seating(talks, slots, tables)
    assert found.is_best
    assert len(found.seats) == most_talks(talks, slots, tables)


@given(meetings(), st.data())
@settings(max_examples=40)
def test_a_talk_that_has_a_slot_keeps_it(meeting: tuple[list[Talk], int, list[int]], data: st.DataObject) -> None:
    talks, slots, tables = meeting
    some = [one for one in talks if data.draw(st.booleans())]
    before = {id: slot for id, (slot, _table) in seating(some, slots, tables).seats.items()}
    found = seating(talks, slots, tables, before)
    assert is_sound(talks, found, slots, tables)
    assert {id: found.seats[id][0] for id in before} == before


def test_what_cannot_be_kept_is_seated_anew() -> None:
    talks = [Talk(id="a", who=("x", "y")), Talk(id="b", who=("x", "z"))]
    found = seating(talks, 2, [2], {"a": 0, "b": 0})
    assert sorted(slot for slot, _table in found.seats.values()) == [0, 1]


def test_of_too_many_talks_those_are_held_that_fit_best() -> None:
    talks = [Talk(id=f"{fit}", who=("firm", f"lab{fit}"), fit=fit / 10) for fit in range(5)]
    found = seating(talks, 2, [4, 4])
    assert {*found.seats} == {"3", "4"}
    assert found.unplaced == dict.fromkeys(("0", "1", "2"), Unplaced(BUSY, "firm"))


def test_each_reason_is_told() -> None:
    crowd = seating([Talk(id="a", who=("x", "y"), people=5)], 3, [4])
    assert crowd.unplaced == {"a": Unplaced(LARGE)}
    full = seating([Talk(id=one, who=(one, one + one)) for one in "abc"], 1, [2, 2])
    assert [one.why for one in full.unplaced.values()] == [FULL]
    triangle = [Talk(id="ab", who=("a", "b")), Talk(id="bc", who=("b", "c")), Talk(id="ca", who=("c", "a"))]
    apart = seating(triangle, 2, [2, 2])  # each has two talks and there are two slots, but three pairs of three need three
    assert len(apart.seats) == 2
    assert [one.why for one in apart.unplaced.values()] == [APART]
    assert len(seating(triangle, 3, [2]).seats) == 3


def test_a_talk_takes_the_smallest_table_that_seats_it() -> None:
    talks = [Talk(id="big", who=("a", "b"), people=6), Talk(id="small", who=("c", "d"), people=2)]
    assert seating(talks, 1, [2, 8, 6]).seats == {"big": (0, 2), "small": (0, 0)}


def test_a_meeting_of_four_hundred_talks_is_seated() -> None:
    some = random.Random(7)
    pairs = sorted({(some.randrange(70), some.randrange(70)) for _ in range(400)})
    talks = [Talk(id=f"{a}-{b}", who=(f"need{a}", f"offer{b}"), people=some.choice((2, 3, 4)), fit=some.random()) for a, b in pairs]
    tables = [6] * 10 + [3] * 20
    found = seating(talks, 20, tables)
    assert found.is_best and len(found.seats) == len(talks)
    assert is_sound(talks, found, 20, tables)
