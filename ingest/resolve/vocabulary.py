"""What all names of a store teach about their words: how rare each is, and which institutions have campuses.

In: the names of a store (``ingest.resolve.forms``). Out: ``Vocabulary``, which a large store keeps from pass to pass. Next:
``ingest.resolve.compare`` weighs words by it, and reads a place behind a comma as part of the name where an institution has several.

A place alone does not say whether it is an address or a campus: ``University of Oslo, Oslo`` and ``University of California, Davis`` are
written alike. What tells them apart is whether the institution is told at one place or at several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import msgspec

from ingest.cells.nouns import DIVISION
from ingest.resolve.forms import COMMON, KINDS, PLAIN, Name

CAMPUSES = 2
"""An institution told at so many places has campuses, and the place is part of the name."""
_TOWN_WORDS = 2
"""Words within a name that may be a town of which no list and no address tells: Indian Institute of Technology Kharagpur."""
_NOUN_SHARE, _COMMON_SHARE = 0.1, 0.02
KNOWN = 1_000
"""How many names the shares above are worth against what the names at hand say."""

Seat = tuple[frozenset[str], bool | None]
"""The core of a name and where its noun stands."""


class Vocabulary(msgspec.Struct, frozen=True):
    """What all names of a store say about a word: in how many of ``total`` clusters it is; and which institutions have ``campuses``."""

    total: int
    spread: dict[str, int]
    campuses: tuple[tuple[Seat, frozenset[frozenset[str]]], ...]


def vocabulary(names: Sequence[Name]) -> Vocabulary:
    """What ``names``, all of a store, say about their words; faculties teach nothing."""
    names = [name for name in names if not name.part]
    places = frozenset().union(*(name.place | name.site for name in names)) - PLAIN
    campuses = _campuses(names, places)
    spread: dict[str, int] = {}
    for _, of_one in groupby(sorted(with_campuses(names, campuses), key=_cluster), key=_cluster):
        for word in frozenset().union(*(name.core | name.place for name in of_one)):
            spread[word] = spread.get(word, 0) + 1
    kept = tuple((core, frozenset(sites)) for core, sites in sorted(campuses.items(), key=lambda one: (sorted(one[0][0]), str(one[0][1]))))
    return Vocabulary(len({name.cluster for name in names}), dict(sorted(spread.items())), kept)


def _cluster(name: Name) -> int:
    return name.cluster


def _campuses(names: Sequence[Name], places: frozenset[str]) -> dict[Seat, set[frozenset[str]]]:
    """By the core of an institution that is told at CAMPUSES places or more: these places. They stand behind a comma, in brackets or
    behind a dash, or within the name: words that are places elsewhere, and any, where CAMPUSES names go on beside one with a comma."""
    cores = {_written(name.order, name.head) for name in names}
    campuses: dict[Seat, set[frozenset[str]]] = defaultdict(set)
    ends: dict[Seat, set[frozenset[str]]] = defaultdict(set)
    for name in names:
        if name.site:
            campuses[_seat(name)].add(name.site)
        for at in range(2, len(name.order)):
            if _written(name.order[:at], name.head) not in cores:
                continue
            seat, rest = (frozenset(name.order[:at]), name.head), frozenset(name.order[at:])
            if rest <= places or rest == name.extra:
                campuses[seat].add(rest)
            elif len(rest) <= _TOWN_WORDS and not rest & PLAIN and all(map(str.isalpha, rest)):
                ends[seat].add(rest)
    for seat, found in ends.items():
        if seat in campuses and len(found) >= CAMPUSES:
            campuses[seat] |= found
    return {core: sites for core, sites in campuses.items() if _several(sites)}


def _seat(name: Name) -> Seat:
    """``University of Washington`` is another institution than ``Washington University``."""
    return name.core, name.head


def _written(words: Sequence[str], head: bool | None) -> str:
    """A seat as a text, which takes a third of the memory."""
    return f"{head} {' '.join(sorted(words))}"


def _several(sites: Collection[frozenset[str]]) -> bool:
    """Whether there are CAMPUSES of ``sites`` of which none says more of another; a county is another place than its city."""
    apart = [one for one in sites if not any(other < one and "county" not in one - other for other in sites)]
    return len(apart) >= CAMPUSES


def with_campuses(names: Sequence[Name], campuses: Mapping[Seat, Collection[frozenset[str]]]) -> list[Name]:
    """``University of California, Davis`` as ``University of California Davis``, where several such places are told."""
    return [
        replace(
            name,
            place=name.place - name.site,
            order=(*name.order, *sorted(name.site)),
            extra=name.extra | name.site,
        )
        if name.site and name.site in campuses.get(_seat(name), ())
        else name
        for name in names
    ]


def share(word: str) -> float:
    """In what part of all names a word is taken to be, before any is counted."""
    if word in KINDS or word in DIVISION:
        return _NOUN_SHARE
    return _COMMON_SHARE if word in COMMON else 0.0
