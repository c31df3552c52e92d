"""What is suggested, told slowly: nothing is carried along, every count is made anew from what was taken so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from leads.settings import LeadSettings
from leads.suggest.bounds import Limits, Pair


def slowly(pairs: Sequence[Pair], settings: LeadSettings, limits: Limits) -> set[Pair]:
    able = [
        pair
        for pair in pairs
        if pair.offer not in limits.barred.get(pair.need, ()) and not set(pair.houses) & set(limits.barred.get(pair.need, ()))
    ]
    standing = [pair for pair in able if has_lead(pair, limits)]
    others = [
        pair for pair in able
        if pair not in standing and (pair.need, pair.offer) not in limits.over
        and not any(other.need == pair.need and other.offer in pair.houses and other.offer != pair.offer for other in able)
    ]  # fmt: skip
    leads = [one for one in limits.open if not one.is_hidden]
    shown = _part([pair for pair in others if not pair.is_hidden], [], leads, settings, limits.free)
    free = dict(limits.free) | dict(limits.free_of_hidden)
    hidden = _part([pair for pair in others if pair.is_hidden], shown, list(limits.open), settings, free)
    return {*standing, *shown, *hidden}


def has_lead(pair: Pair, limits: Limits) -> bool:
    return any((one.need, one.offer) == (pair.need, pair.offer) for one in limits.open)


def has_room(pair: Pair, taken: Sequence[Pair], leads: Sequence[Pair], settings: LeadSettings, free: Mapping[str, float]) -> bool:
    """``taken``: what is suggested so far; ``leads``: those that are open, whose introductions are not free any more."""
    every = [*taken, *leads]
    if sum(one.need == pair.need for one in every) >= settings.per_need:
        return False
    if sum(one.offer == pair.offer for one in every) >= settings.per_candidate:
        return False
    if any(sum(house in one.houses for one in every) >= settings.per_firm for house in pair.houses):
        return False
    if sum(one.offer == pair.offer for one in taken) >= free.get(pair.offer, math.inf):
        return False
    return all(sum(house in one.houses for one in taken) < free.get(house, math.inf) for house in pair.houses)


def _part(
    pairs: Sequence[Pair], before: Sequence[Pair], leads: Sequence[Pair], settings: LeadSettings, free: Mapping[str, float]
) -> list[Pair]:
    def greedily(some: Sequence[Pair], had: Sequence[Pair], most: int) -> list[Pair]:
        taken: list[Pair] = []
        for pair in sorted(some, key=lambda one: (-one.fit, one.need, one.offer)):
            if len(taken) < most and has_room(pair, [*had, *taken], leads, settings, free):
                taken.append(pair)
        return taken

    plain = greedily(pairs, before, len(pairs))
    share = math.ceil(settings.newcomers * len(plain) - 1e-9)
    if sum(pair.is_newcomer for pair in plain) >= share:
        return plain
    first = greedily([pair for pair in pairs if pair.is_newcomer], before, share)
    rest = greedily([pair for pair in pairs if pair not in first], [*before, *first], len(plain) - len(first))
    return first + rest
