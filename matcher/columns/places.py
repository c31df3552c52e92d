"""Places in columns: the numbers of an institution's country and region, and those that a filter lets pass.

In: countries and regions as they are stored, and as a filter has them. Out: CRC-32 of codes, or of the text where no list knows it. Next:
``matcher.columns.tables`` keeps them, ``matcher.rank.filters`` filters by them; ``matcher.rank.explain`` asks ``lies_in`` for gaps.

A region is kept as the code of its place, so that a filter is a set of numbers: the codes of all that lies in what is wanted. What is
stored stays as it was written; only the column knows that 杭州 is a place in 浙江 and in CN.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

from graph.codes import country_code, inside, region, regions_in

Numbers = npt.NDArray[np.uint32]


def word_code(word: str | None) -> int:
    """CRC-32 of the case-folded word; 0 where it is unknown."""
    return crc32(word.casefold().encode()) if word else 0


def place_codes(country: str | None, place: str | None) -> tuple[int, int]:
    """The numbers of a country and a region, 0 where they are unknown; a known region brings the country that is not given."""
    found = region(place, country) if place else None
    if not country:
        country = found.country if found else None
    return word_code(country_code(country) if country else None), word_code(found.code if found else place)


def wanted_countries(wanted: Sequence[str]) -> Numbers:
    """The numbers that pass a filter of countries, sorted: 0, which is unknown, among them."""
    return np.unique(np.array([0, *(word_code(country_code(one)) for one in wanted)], np.uint32))


def wanted_regions(wanted: Sequence[str], countries: Sequence[str] = ()) -> Numbers:
    """The numbers that pass a filter of regions, sorted: of every place in one of ``wanted``, of the words as they are, and 0.

    A word for several places stands for all of them. ``countries`` are those of the same question: a single one tells what ``CO`` is.
    """
    near = countries[0] if len(countries) == 1 else None
    return np.unique(np.concatenate([np.zeros(1, np.uint32), *(_inside(one, near) for one in wanted)]))


@lru_cache(maxsize=256)
def _inside(wanted: str, country: str | None) -> Numbers:
    codes = {code for found in regions_in(wanted, country) for code in inside(found.code)}
    return np.array([word_code(wanted), *map(word_code, codes)], np.uint32)


def lies_in(country: str | None, place: str | None, wanted: Sequence[str]) -> bool:
    """Whether a country or region as stored is one of the ``wanted`` regions or lies in one."""
    words = {one.casefold() for one in (country, place) if one}
    found = region(place, country) if place else None
    codes = {found.code, *found.parents} if found else set()
    if country:
        codes.add(country_code(country))
    return any(one.casefold() in words or any(each.code in codes for each in regions_in(one)) for one in wanted)
