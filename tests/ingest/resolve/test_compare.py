"""Names compared: the bits of words and each level, against the rules written out slowly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolve.compare import LEVELS, Comparer
from ingest.resolve.forms import name_of

COUNTRY = frozenset({"PL"})


def comparer(names: Sequence[str], countries: Sequence[frozenset[str]] | None = None) -> Comparer:
    """A Comparer of ``names``, each a cluster of its own."""
    parsed = [one for at, text in enumerate(names) if (one := name_of(text, at))]
    assert len(parsed) == len(names)
    return Comparer(parsed, countries or [frozenset()] * len(names))


def levels(names: Sequence[str], countries: Sequence[frozenset[str]] | None = None) -> dict[str, int]:
    """How the first two of ``names`` compare."""
    made = comparer(names, countries)
    return dict(zip(LEVELS, made.compare(made.names[0], made.names[1]), strict=True))


def test_bits_of_a_word_by_hand() -> None:
    """Two names, both with 'alba', one with 'gromar'; 'digital' is taken to be in 2 % of a thousand others, 'university' in 10 %."""
    bits = comparer(["Alba Gromar Digital", "University of Alba"]).bits
    assert bits == {
        "alba": round(256 * log2(1002 / 3)),
        "gromar": round(256 * log2(1002 / 2)),
        "digital": round(256 * log2(1002 / 22)),
        "university": round(256 * log2(1002 / 102)),
    }


WORDS = ("alba", "brun", "cirk", "dorl", "elvo", "fard", "gelk", "humb", "energy", "digital")


@given(st.lists(st.sets(st.sampled_from(WORDS), min_size=1, max_size=7).map(sorted).map(" ".join), min_size=2, max_size=6, unique=True))
def test_left_over_words_by_a_plain_count(names: list[str]) -> None:
    made = comparer(names)
    one, other = made.names[:2]
    left, right = set(names[0].split()), set(names[1].split())
    found = dict(zip(LEVELS, made.compare(one, other), strict=True))["words"]
    both, lone = sum(made.bits[word] for word in left & right), sum(made.bits[word] for word in left ^ right)
    share = Fraction(both, both + lone)
    degree = 0 if share >= Fraction(8, 10) else 1 if share >= Fraction(6, 10) else 2
    assert found == (0 if left == right else degree + (4 if left - right and right - left else 1))


def test_left_over_words_of_each_kind() -> None:
    """Each level of 'words', by names of words that are equally rare."""
    filler = [f"{start}{end}" for start in ("alb", "brun", "cirk", "dorl") for end in ("esk", "ovan", "umir", "yto")]
    many = " ".join(filler)
    found = [
        levels([many, many])["words"],
        levels([many, f"{many} ilmo"])["words"],
        levels([" ".join(filler[:5]), " ".join(filler[:7])])["words"],
        levels([" ".join(filler[:2]), many])["words"],
        levels([f"{many} ilmo", f"{many} jard"])["words"],
        levels([f"{' '.join(filler[:5])} ilmo", f"{' '.join(filler[:5])} jard"])["words"],
        levels([f"{filler[0]} ilmo", f"{filler[0]} jard"])["words"],
    ]
    assert found == list(range(len(LEVELS["words"])))


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("University of Alba", "Alba University", 0),
        ("University of Alba", "Alba University Hospital", 1),
        ("Alba University Hospital", "University of Alba", 1),
        ("Alba University", "Alba Hospital", 2),
        ("Alba", "University of Alba", 1),
    ],
)
def test_kinds(left: str, right: str, level: int) -> None:
    assert levels([left, right])["kind"] == level


@pytest.mark.parametrize(
    ("left", "right", "level"), [(COUNTRY, COUNTRY, 0), (COUNTRY, frozenset(), 1), (frozenset(), frozenset(), 1), (COUNTRY, {"DE"}, 2)]
)
def test_countries(left: frozenset[str], right: frozenset[str], level: int) -> None:
    assert levels(["Alba Gromar", "Alba Gromars"], [left, frozenset(right)])["country"] == level


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("University of Alba", "University of Brun", 0),
        ("University of Alba", "Brun University", 2),
        ("Brun University", "University of Alba", 2),
        ("Alba", "Brun University", 1),
        ("Alba University Foundry", "University of Brun", 1),
    ],
)
def test_order_of_the_noun(left: str, right: str, level: int) -> None:
    assert levels([left, right])["order"] == level


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("University of Alba", "University of Alba", 0),
        ("University of Alba, Brun", "University of Alba, Brun, Cirkland", 1),
        ("University of Alba, Brun", "University of Alba", 2),
        ("University of Alba, USA, Brun", "University of Alba, Norway, Cirk", 3),
        ("University of Alba, Brun", "University of Alba, Cirk", 0),
    ],
)
def test_places(left: str, right: str, level: int) -> None:
    assert levels([left, right])["place"] == level


def test_telling_grows_with_the_words_shared() -> None:
    found = [levels(["Digital Alba", "Digital Brun"]), levels(["Alba", "Alba Inc"]), levels(["Alba Brun", "Brun Alba"])]
    found.append(levels(["Alba Brun Cirk", "Cirk Brun Alba"]))
    assert [one["telling"] for one in found] == [0, 1, 2, 3]
