"""What is suggested of what was found: bounded, so that nobody is flooded, and fair to newcomers.

In: pairs of all needs, settings, and how many more introductions candidates take. Out: ``Chosen``: the pairs that are suggested, and what
the bounds cost. Next: ``leads.suggest.refresh`` writes them. Pure functions; the order of the input does not matter.

Pairs are taken by fit, highest first, ties by ids, each if its need, its candidate and every house of the candidate have room left. Where
newcomers (candidates without any dealings) would have less than their share, the best of them are taken first.

What people made of leads comes before: a pair whose lead is open stands, whatever room there is, and every open lead takes room up, found
or not; a pair whose lead was declined or closed is not suggested and takes up nothing.

Needs that everybody may see come first and alone. Hidden needs come after, within what is left: they change nothing that others can see,
and exceed nothing either.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from graph.language import N_
from leads.settings import LeadSettings


class Pair(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A need and a candidate. ``houses``: the institutions that the candidate is, or works for."""

    need: str
    offer: str
    fit: float
    houses: tuple[str, ...] = ()
    is_newcomer: bool = False
    is_hidden: bool = False


class Bound(StrEnum):
    """Why a pair is not suggested."""

    CONFLICT = "conflict"
    OVER = "over"
    THROUGH = "through"
    NEED = "need"
    CANDIDATE = "candidate"
    FIRM = "firm"
    CAPACITY = "capacity"
    NEWCOMERS = "newcomers"


WORDS = {
    Bound.CONFLICT: N_("conflict of interest: of the house of whoever acts for the need, or for which one firm declined the other"),
    Bound.OVER: N_("its lead was declined or closed, or goes on as another"),
    Bound.THROUGH: N_("works for an institution that is suggested for the same need"),
    Bound.NEED: N_("the need has as many suggestions as one need gets"),
    Bound.CANDIDATE: N_("the candidate has as many suggestions as one candidate gets"),
    Bound.FIRM: N_("its institution has as many suggestions as one institution gets"),
    Bound.CAPACITY: N_("takes no further introduction at present"),
    Bound.NEWCOMERS: N_("gave its place to a newcomer"),
}


class Cost(msgspec.Struct, frozen=True):
    """What the bounds cost. ``wished`` and ``wished_fit``: of every need its open leads and its best, as many as one need gets, and
    their fit added up; ``kept`` and ``kept_fit``: of what is suggested; ``newcomers``: how many of these are; ``floor_fit``: what of the
    fit the newcomers' share alone costs; ``left``: by reason, how many of what was wished is not suggested."""

    wished: int
    wished_fit: float
    kept: int
    kept_fit: float
    newcomers: int
    floor_fit: float
    left: dict[Bound, int]


class Chosen(msgspec.Struct, frozen=True):
    """``kept``: what is suggested, best first. ``left``: what is not, and why."""

    kept: tuple[Pair, ...]
    left: dict[Pair, Bound]
    cost: Cost


class Limits(msgspec.Struct, frozen=True):
    """What bounds a candidate besides the settings. ``free``: how many more introductions a candidate or house takes, as far as others see;
    ``free_of_hidden``: with those that they do not see; whoever is not named is not bounded. ``barred``: of a need the institutions and
    experts with a conflict of interest. ``open``: the pairs with an open lead, found or not, ``over``: needs and offers whose lead is."""

    free: Mapping[str, int] = {}
    free_of_hidden: Mapping[str, int] = {}
    barred: Mapping[str, Collection[str]] = {}
    open: Collection[Pair] = ()
    over: Collection[tuple[str, str]] = ()


def choose(pairs: Iterable[Pair], settings: LeadSettings, limits: Limits | None = None) -> Chosen:
    """What is suggested of ``pairs``."""
    limits = limits or Limits()
    every = sorted(pairs, key=lambda pair: (-pair.fit, pair.need, pair.offer))
    stands = {_key(pair) for pair in limits.open}
    left = _excluded(every, limits, stands)
    able = [pair for pair in every if pair not in left]
    room = Room(settings, limits.free)
    kept: list[Pair] = []
    floor_fit = 0.0
    for is_hidden in (False, True):
        for pair in limits.open:
            if pair.is_hidden is is_hidden:
                room.count(pair)
        part = [pair for pair in able if pair.is_hidden is is_hidden]
        taken, refused, cost = _with_newcomers([pair for pair in part if _key(pair) not in stands], room)
        room.free = {**limits.free, **limits.free_of_hidden}
        kept += [*(pair for pair in part if _key(pair) in stands), *taken]
        left |= refused
        floor_fit += cost
    kept.sort(key=lambda pair: (-pair.fit, pair.need, pair.offer))
    able.sort(key=lambda pair: _key(pair) not in stands)  # what stands is wished first
    return Chosen(tuple(kept), left, _cost(able, kept, left, floor_fit, settings, stands))


def _key(pair: Pair) -> tuple[str, str]:
    return pair.need, pair.offer


class Room:
    """What is left for needs, candidates and houses."""

    def __init__(self, settings: LeadSettings, free: Mapping[str, float], taken: Counter[tuple[str, str]] | None = None) -> None:
        self._settings, self.free = settings, free
        self._taken: Counter[tuple[str, str]] = Counter(taken or {})

    @property
    def share(self) -> float:
        """The newcomers'."""
        return self._settings.newcomers

    def copy(self) -> Room:
        """Another one with the same left."""
        return Room(self._settings, self.free, self._taken)

    def become(self, other: Room) -> None:
        """Be as ``other`` is."""
        self._taken = Counter(other._taken)

    def refuses(self, pair: Pair) -> Bound | None:
        """Why a pair has no room, None if it has."""
        settings, taken = self._settings, self._taken
        if taken["need", pair.need] >= settings.per_need:
            return Bound.NEED
        if taken["offer", pair.offer] >= settings.per_candidate:
            return Bound.CANDIDATE
        if any(taken["house", house] >= settings.per_firm for house in pair.houses):
            return Bound.FIRM
        if any(taken["introduction", one] >= self.free.get(one, math.inf) for one in {pair.offer, *pair.houses}):
            return Bound.CAPACITY
        return None

    def take(self, pair: Pair) -> None:
        """Use up what a pair needs, the introduction that may come of it too."""
        self.count(pair)
        self._taken.update(("introduction", one) for one in {pair.offer, *pair.houses})

    def count(self, pair: Pair) -> None:
        """Use up what an open lead needs; its introduction is no longer free."""
        self._taken.update([("need", pair.need), ("offer", pair.offer), *(("house", house) for house in pair.houses)])


def _excluded(pairs: Sequence[Pair], limits: Limits, stands: Collection[tuple[str, str]]) -> dict[Pair, Bound]:
    """Pairs that are not suggested whatever room there is. Who works for an institution whose lead is over is not found in its place."""
    left = {pair: Bound.CONFLICT for pair in pairs if not {pair.offer, *pair.houses}.isdisjoint(limits.barred.get(pair.need, ()))}
    there = {_key(pair) for pair in pairs if pair not in left}
    for pair in pairs:
        if pair not in left and _key(pair) in limits.over:
            left[pair] = Bound.OVER
        elif pair not in left and _key(pair) not in stands and any((pair.need, one) in there for one in pair.houses if one != pair.offer):
            left[pair] = Bound.THROUGH
    return left


def _with_newcomers(pairs: Sequence[Pair], room: Room) -> tuple[list[Pair], dict[Pair, Bound], float]:
    """What is taken of pairs in their order, what is not and why, and the fit that the newcomers' share costs. ``room`` is used up."""
    before = room.copy()
    plain, refused = _taken(pairs, room, len(pairs))
    share = math.ceil(room.share * len(plain) - 1e-9)
    if sum(pair.is_newcomer for pair in plain) >= share:
        return plain, refused, 0.0
    room.become(before)
    first, _ = _taken([pair for pair in pairs if pair.is_newcomer], room, share)
    had = set(first)
    rest, refused = _taken([pair for pair in pairs if pair not in had], room, len(plain) - len(first))
    taken = first + rest
    return taken, refused, sum(pair.fit for pair in plain) - sum(pair.fit for pair in taken)


def _taken(pairs: Sequence[Pair], room: Room, most: int) -> tuple[list[Pair], dict[Pair, Bound]]:
    taken: list[Pair] = []
    refused: dict[Pair, Bound] = {}
    for pair in pairs:
        bound = room.refuses(pair) or (Bound.NEWCOMERS if len(taken) >= most else None)
        if bound:
            refused[pair] = bound
        else:
            room.take(pair)
            taken.append(pair)
    return taken, refused


def _cost(
    able: Sequence[Pair], kept: Sequence[Pair], left: Mapping[Pair, Bound], floor_fit: float, settings: LeadSettings,
    stands: Collection[tuple[str, str]],
) -> Cost:  # fmt: skip
    of_need: Counter[str] = Counter()
    wished = []
    for pair in able:
        of_need[pair.need] += 1
        if of_need[pair.need] <= settings.per_need or _key(pair) in stands:
            wished.append(pair)
    refused = Counter(left[pair] for pair in wished if pair in left)
    refused.update(bound for bound in left.values() if bound in (Bound.CONFLICT, Bound.OVER, Bound.THROUGH))
    return Cost(
        wished=len(wished),
        wished_fit=_sum(wished),
        kept=len(kept),
        kept_fit=_sum(kept),
        newcomers=sum(pair.is_newcomer for pair in kept),
        floor_fit=round(floor_fit, 6),
        left=dict(sorted(refused.items())),
    )


def _sum(pairs: Iterable[Pair]) -> float:
    return round(math.fsum(pair.fit for pair in pairs), 6)
