"""The lists of regions in memory: their rows, their names and what lies in what.

In: the data files. Out: a ``Table``, made at the first question and kept. Next: ``graph.codes.regions`` reads texts by it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from graph.codes.countries import countries
from graph.codes.lists import BETWEEN, fold, rows

FILES = ("china.csv", "nuts.csv", "subdivisions.csv")
LONGEST_NAME = 16
"""Characters of the longest Chinese name."""
MUNICIPALITIES = frozenset(["11", "12", "31", "50"])
"""Provinces that are a city: their districts have the rank of cities."""
UNDER_CHINA = ("HK", "MO", "TW")
"""They have codes of their own in ISO 3166-1 that GB/T 2260 and ISO 3166-2 list under CN too."""

PARTS_OF_BRITAIN = frozenset(["england", "scotland", "wales", "northern ireland", "英格兰", "苏格兰", "威尔士", "北爱尔兰"])
"""Words for GB in a column of countries, and places within it elsewhere."""


@dataclass(frozen=True, slots=True)
class Table:
    """``rows``: parent, English and Chinese name by code; ``names``: the codes of each folded name; ``children``: codes by that of what
    they lie in."""

    rows: dict[str, tuple[str, str, str]]
    names: dict[str, list[str]]
    children: dict[str, list[str]]


@lru_cache(maxsize=1)
def table() -> Table:
    """The lists, read once."""
    lists: dict[str, tuple[str, str, str]] = {}
    names: dict[str, list[str]] = {}
    children: defaultdict[str, list[str]] = defaultdict(list)
    for file in FILES:
        for code, parent, en, zh, more in rows(file):
            lists[code] = (parent, en, zh)
            children[parent].append(code)
            for name in (en, zh, *more.split(BETWEEN)) if more else (en, zh):
                if name:
                    codes = names.setdefault(fold(name), [])
                    if code not in codes:
                        codes.append(code)
    children["CN"] += UNDER_CHINA
    return Table(lists, names, children)


def is_municipal_district(code: str) -> bool:
    """Whether a code is that of a district of Beijing, Tianjin, Shanghai or Chongqing."""
    return code[:2] in MUNICIPALITIES and table().rows[code][2].endswith("区")


@lru_cache(maxsize=20_000)
def parents(code: str) -> tuple[str, ...]:
    """The codes of what a place lies in, from the nearest to the country; none for a code that the lists do not have."""
    if code in UNDER_CHINA:
        return ("CN",)
    row = table().rows.get(code)
    return (row[0], *parents(row[0])) if row else ()


def by_letters(letters: str, country: str) -> list[str]:
    """The places that ISO 3166-2 gives these letters, in one country or, without one, in any."""
    found: list[str] = []
    for one in (country,) if country else countries():
        code = f"{one}-{letters}"
        found += [code] if code in table().rows else table().names.get(fold(code), [])
    return found
