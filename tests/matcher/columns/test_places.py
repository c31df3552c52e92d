"""Places in columns: what a filter lets pass is what lies in the place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.codes import country_code, region, regions_in, within
from matcher.columns.places import lies_in, place_codes, wanted_countries, wanted_regions, word_code

STORED = [
    (None, None), ("CN", "杭州"), (None, "浙江省杭州市余杭区"), (None, "Hangzhou, Zhejiang"), ("CN", "鼓楼区"), (None, "鼓楼区"),
    ("DE", "Oberbayern"),
    ("Germany", "Munich"), ("US", "CO"), (None, "CO"), ("US", "Colorado"), ("DE", None), (None, "Georgia"), ("GE", "Georgia"),
    (None, "somewhere"),
    ("Atlantis", "Somewhere"), ("CN", "Bavaria"), (None, "中国"), (None, "香港"), ("CN", "香港"),
]  # fmt: skip
WANTED = ["浙江", "Zhejiang", "杭州市", "DE2", "Bayern", "鼓楼区", "CO", "Colorado", "Georgia",
          "SOMEWHERE", "中国", "香港", "Bavaria", "江东省", "福建"]  # fmt: skip


def passes(stored: tuple[str | None, str | None], wanted: str) -> bool:
    """Plainly: an unknown region, the same text, or a place that lies in one of those that the word may mean."""
    country, place = stored
    found = region(place, country) if place else None
    if place is None or (found is None and place.casefold() == wanted.casefold()):
        return True
    return found is not None and any(within(found.code, one.code) for one in regions_in(wanted))


@pytest.mark.parametrize("wanted", WANTED)
def test_a_filter_is_the_set_of_all_that_lies_in_it(wanted: str) -> None:
    numbers = np.array([place_codes(*one)[1] for one in STORED], np.uint32)
    kept = np.isin(numbers, wanted_regions([wanted]))
    assert kept.tolist() == [passes(one, wanted) for one in STORED]


def test_the_same_text_passes_as_it_always_did() -> None:
    for country, place in STORED:
        assert place is None or place_codes(country, place)[1] in wanted_regions([place]), (country, place)


def test_a_single_country_tells_what_letters_are() -> None:
    como = place_codes("IT", "Como")[1]
    assert como in wanted_regions(["CO"]) and como not in wanted_regions(["CO"], ["US"]) and como in wanted_regions(["CO"], ["US", "IT"])
    assert place_codes("US", "Colorado")[1] in wanted_regions(["CO"], ["US"])


def test_a_region_brings_its_country_where_none_is_given() -> None:
    assert place_codes(None, "宁波")[0] == place_codes("中国", None)[0] == word_code("CN")
    assert place_codes("FR", "宁波")[0] == word_code("FR")
    assert place_codes(None, "nowhere")[0] == 0
    assert set(wanted_countries(["Germany", "cn"]).tolist()) == {0, word_code("DE"), word_code("CN")}


@given(st.sampled_from(STORED), st.lists(st.sampled_from(WANTED), min_size=1, max_size=3))
def test_the_gap_says_what_the_filter_does(stored: tuple[str | None, str | None], wanted: list[str]) -> None:
    country, place = stored
    lies = lies_in(country, place, wanted)
    if place and passes(stored, wanted[0]):
        assert lies
    if lies and place and not any(passes(stored, one) for one in wanted):
        known = country_code(country) if country else ""  # then it is the country that was asked for
        assert any(one.code == known for word in wanted for one in regions_in(word))
