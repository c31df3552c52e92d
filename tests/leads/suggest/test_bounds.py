"""How many suggestions there are, and to whom: nobody has more than its share, and what is hidden moves nothing that others see."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.settings import LeadSettings
from leads.suggest.bounds import Bound, Limits, Pair, choose
from tests.leads.suggest.oracle import has_lead, has_room, slowly

NEVER = (Bound.CONFLICT, Bound.OVER, Bound.THROUGH)
HOUSES = ("ins-a", "ins-b", "ins-c")
OFFERS = {"ins-a": ("ins-a",), "ins-b": ("ins-b",), "ins-c": ("ins-c",), "exp-a": ("ins-a",), "exp-ab": ("ins-a", "ins-b"), "exp-0": ()}


@st.composite
def boards(draw: st.DrawFn) -> tuple[list[Pair], LeadSettings, Limits]:
    needs = {f"dem-{n}": draw(st.booleans()) for n in range(draw(st.integers(1, 5)))}
    newcomers = {offer: draw(st.booleans()) for offer in OFFERS}
    listed = draw(st.sets(st.tuples(st.sampled_from(sorted(needs)), st.sampled_from(sorted(OFFERS)))))
    fits = st.sampled_from([0.2, 0.3, 0.3000001, 0.5, 0.9])
    pairs = [Pair(need, offer, draw(fits), OFFERS[offer], newcomers[offer], needs[need]) for need, offer in sorted(listed)]
    free = draw(st.dictionaries(st.sampled_from(sorted(OFFERS)), st.integers(0, 3)))
    fewer = {one: draw(st.integers(0, count)) for one, count in free.items()}
    barred = draw(st.dictionaries(st.sampled_from(sorted(needs)), st.sets(st.sampled_from(HOUSES))))
    every = [(need, offer) for need in sorted(needs) for offer in sorted(OFFERS)]
    leads = draw(st.dictionaries(st.sampled_from(every), st.sampled_from(["open", "over"]), max_size=4))  # found or not
    going = [Pair(need, offer, 0.0, OFFERS[offer], False, needs[need]) for (need, offer), how in leads.items() if how == "open"]
    over = {key for key, how in leads.items() if how == "over"}
    chosen = LeadSettings(
        per_need=draw(st.integers(1, 3)), per_candidate=draw(st.integers(1, 3)), per_firm=draw(st.integers(1, 4)),
        newcomers=draw(st.sampled_from([0.0, 0.2, 1 / 3, 0.5, 1.0])),
    )  # fmt: skip
    return pairs, chosen, Limits(free, fewer, barred, going, over)


@settings(max_examples=200, deadline=None)
@given(boards(), st.randoms(use_true_random=False))
def test_what_is_suggested_is_what_is_told_slowly_in_whatever_order(board, random) -> None:  # type: ignore[no-untyped-def]
    pairs, bounds, limits = board
    chosen = choose(pairs, bounds, limits)
    assert set(chosen.kept) == slowly(pairs, bounds, limits)
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert choose(shuffled, bounds, limits) == chosen
    assert set(chosen.kept) | chosen.left.keys() == set(pairs)
    assert chosen.left.keys().isdisjoint(chosen.kept)


@settings(max_examples=100, deadline=None)
@given(boards())
def test_nobody_has_more_than_its_share(board) -> None:  # type: ignore[no-untyped-def]
    pairs, bounds, limits = board
    kept = choose(pairs, bounds, limits).kept
    # what stands is there whatever room there is, and nothing new beside it beyond the bound
    new = [pair for pair in kept if not has_lead(pair, limits)]
    shown = [pair for pair in new if not pair.is_hidden]
    leads = [pair for pair in limits.open if not pair.is_hidden]
    for of, most in ((0, bounds.per_need), (1, bounds.per_candidate)):
        for one in {_told(pair)[of] for pair in shown}:
            assert sum(_told(pair)[of] == one for pair in (*shown, *leads)) <= most
    for house in {one for pair in shown for one in pair.houses}:
        assert sum(house in pair.houses for pair in (*shown, *leads)) <= bounds.per_firm
    for part, free in (([pair for pair in new if not pair.is_hidden], limits.free), (new, limits.free_of_hidden)):
        hidden = {pair.offer for pair in new if pair.is_hidden} | {house for pair in new if pair.is_hidden for house in pair.houses}
        for one, count in free.items():
            if free is limits.free or one in hidden:
                assert sum(pair.offer == one for pair in part) <= count
                assert sum(one in pair.houses for pair in part) <= count
    assert not any({pair.offer, *pair.houses} & set(limits.barred.get(pair.need, ())) for pair in kept)


@settings(max_examples=100, deadline=None)
@given(boards())
def test_what_is_hidden_moves_nothing_that_others_see(board) -> None:  # type: ignore[no-untyped-def]
    pairs, bounds, limits = board
    shown = [pair for pair in pairs if not pair.is_hidden]
    leads = [one for one in limits.open if not one.is_hidden]
    without = choose(shown, bounds, Limits(limits.free, {}, limits.barred, leads, limits.over))
    with_them = choose(pairs, bounds, limits)
    assert [pair for pair in with_them.kept if not pair.is_hidden] == list(without.kept)
    assert {pair: why for pair, why in with_them.left.items() if not pair.is_hidden} == without.left


@settings(max_examples=100, deadline=None)
@given(boards())
def test_newcomers_have_their_share_or_all_that_there_is_room_for(board) -> None:  # type: ignore[no-untyped-def]
    pairs, bounds, limits = board
    shown = [pair for pair in pairs if not pair.is_hidden]
    chosen = choose(shown, bounds, limits)
    able = [pair for pair in shown if chosen.left.get(pair) not in NEVER and not has_lead(pair, limits)]
    alone = choose([pair for pair in able if pair.is_newcomer], bounds, limits)
    new = [pair for pair in chosen.kept if not has_lead(pair, limits)]
    newcomers = sum(pair.is_newcomer for pair in new)
    assert newcomers >= min(len(alone.kept), math.ceil(bounds.newcomers * len(new) - 1e-9))


@settings(max_examples=100, deadline=None)
@given(boards())
def test_without_a_share_for_newcomers_nothing_is_left_that_has_room(board) -> None:  # type: ignore[no-untyped-def]
    pairs, bounds, limits = board
    shown = [pair for pair in pairs if not pair.is_hidden]
    chosen = choose(shown, LeadSettings(per_need=bounds.per_need, per_candidate=bounds.per_candidate, newcomers=0.0), limits)
    plain = LeadSettings(per_need=bounds.per_need, per_candidate=bounds.per_candidate)
    left = [pair for pair, why in chosen.left.items() if why not in NEVER]
    new = [pair for pair in chosen.kept if not has_lead(pair, limits)]
    leads = [one for one in limits.open if not one.is_hidden]
    assert not any(has_room(pair, new, leads, plain, limits.free) for pair in left)
    assert chosen.cost.floor_fit == 0


def test_a_worked_example() -> None:
    """Two needs, a firm that is best for both, its expert, and a newcomer; one suggestion a need and one a firm."""
    pairs = [
        Pair("dem-1", "ins-a", 0.9, ("ins-a",)), Pair("dem-1", "exp-a", 0.8, ("ins-a",)), Pair("dem-1", "ins-new", 0.3, ("ins-new",), True),
        Pair("dem-2", "ins-a", 0.7, ("ins-a",)), Pair("dem-2", "ins-b", 0.6, ("ins-b",)), Pair("dem-2", "ins-c", 0.65, ("ins-c",)),
    ]  # fmt: skip
    bounds = LeadSettings(per_need=1, per_firm=1, newcomers=0.0)
    chosen = choose(pairs, bounds, Limits(barred={"dem-2": {"ins-c"}}))
    assert [(pair.need, pair.offer) for pair in chosen.kept] == [("dem-1", "ins-a"), ("dem-2", "ins-b")]
    assert {pair.offer: why for pair, why in chosen.left.items() if pair.need == "dem-2"} == {
        "ins-a": Bound.FIRM, "ins-c": Bound.CONFLICT,
    }  # fmt: skip
    assert chosen.left[pairs[1]] is Bound.THROUGH
    # wished: .9 and .7; kept: .9 and .6; of what was wished the firm's second one is left
    assert (chosen.cost.wished_fit, chosen.cost.kept_fit) == (pytest.approx(1.6), pytest.approx(1.5))
    assert chosen.cost.left == {Bound.FIRM: 1, Bound.CONFLICT: 1, Bound.THROUGH: 1}

    fair = choose(pairs, LeadSettings(per_need=1, per_firm=1, newcomers=0.5), Limits(barred={"dem-2": {"ins-c"}}))
    assert [(pair.need, pair.offer) for pair in fair.kept] == [("dem-2", "ins-a"), ("dem-1", "ins-new")]
    assert (fair.cost.newcomers, fair.cost.floor_fit) == (1, pytest.approx(0.5))  # .9 + .6 was given for .7 + .3


@settings(max_examples=100, deadline=None)
@given(boards())
def test_what_is_over_takes_up_nothing_and_what_is_open_stands(board) -> None:  # type: ignore[no-untyped-def]
    pairs, bounds, limits = board
    chosen = choose(pairs, bounds, limits)
    barred = {pair for pair, why in chosen.left.items() if why is Bound.CONFLICT}
    assert {pair for pair in pairs if has_lead(pair, limits)} <= {*chosen.kept, *barred}
    assert not {_told(pair) for pair in chosen.kept} & set(limits.over)
    # as if the pairs whose lead is over had not been found, but that nobody is found through them
    through = {pair for pair in pairs if chosen.left.get(pair) is Bound.THROUGH}
    rest = [pair for pair in pairs if _told(pair) not in limits.over and pair not in through]
    assert choose(rest, bounds, limits).kept == chosen.kept


def test_a_lead_that_somebody_works_on_has_its_place_and_a_declined_one_has_none() -> None:
    """One need gets two, one candidate two."""
    bounds = LeadSettings(per_need=2, per_candidate=2, newcomers=0.0)
    firms = {one: (one,) for one in ("ins-a", "ins-b", "ins-c")}
    pairs = [Pair("dem-1", one, fit, firms[one]) for one, fit in (("ins-a", 0.9), ("ins-b", 0.8), ("ins-c", 0.7))]
    kept = choose(pairs, bounds, Limits(over={("dem-1", "ins-a")})).kept
    assert [pair.offer for pair in kept] == ["ins-b", "ins-c"]
    works_on = Pair("dem-1", "ins-c", 0.0, ("ins-c",))
    assert [pair.offer for pair in choose(pairs, bounds, Limits(open=[works_on])).kept] == ["ins-a", "ins-c"]
    by_hand = Pair("dem-1", "exp-0", 0.0)  # which is not found
    chosen = choose(pairs, bounds, Limits(open=[by_hand]))
    assert ([pair.offer for pair in chosen.kept], chosen.left[pairs[1]]) == (["ins-a"], Bound.NEED)
    # the introduction of an open lead is not free: one more is, and it is that of the next
    others = [Pair("dem-2", "ins-a", 0.6, ("ins-a",)), Pair("dem-3", "ins-a", 0.5, ("ins-a",))]
    going = Pair("dem-9", "ins-a", 0.0, ("ins-a",))
    chosen = choose(others, LeadSettings(per_candidate=9, newcomers=0.0), Limits(free={"ins-a": 1}, open=[going]))
    assert ([pair.need for pair in chosen.kept], chosen.left[others[1]]) == (["dem-2"], Bound.CAPACITY)


def _told(pair: Pair) -> tuple[str, str]:
    return pair.need, pair.offer
