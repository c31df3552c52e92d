"""Ids of known schemes and their check characters, by slow plain oracles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells import identifiers
from ingest.cells.broken import Broken
from ingest.cells.identifiers import SCHEMES, damaged_number, external_id, external_id_of, is_placeholder_id

USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def _uscc(first: str) -> str:
    """GB 32100-2015: the weights are powers of 3, the sum with the check character is 0 modulo 31."""
    total = sum(USCC.index(mark) * pow(3, at, 31) for at, mark in enumerate(first))
    return next(mark for mark in USCC if (total + USCC.index(mark)) % 31 == 0)


def _mod_11_2(first: str) -> str:
    """ISO 7064: the weights are powers of 2, the sum is 1 modulo 11."""
    total = sum(int(digit) * 2 ** (15 - at) for at, digit in enumerate(first))
    return next(mark for mark in "0123456789X" if (total + (10 if mark == "X" else int(mark))) % 11 == 1)


def _mod_97(number: int) -> str:
    """ISO 7064 MOD 97-10: the number with its two check digits is 1 modulo 97."""
    return next(f"{check:02}" for check in range(2, 99) if (number * 100 + check) % 97 == 1)


@given(st.text(USCC, min_size=2, max_size=2), st.text("0123456789", min_size=6, max_size=6), st.text(USCC, min_size=9, max_size=9))
def test_credit_codes(authority: str, region: str, organisation: str) -> None:
    first = authority + region + organisation
    right = _uscc(first)
    if is_placeholder_id(first + right):
        return
    assert external_id_of("uscc", f" {first.lower()}{right} ") == f"uscc:{first}{right}"
    for wrong in set(USCC) - {right}:
        with pytest.raises(Broken, match="wrong check character"):
            external_id_of("uscc", first + wrong)


@given(st.text("0123456789", min_size=15, max_size=15))
def test_orcid_and_isni(first: str) -> None:
    right = first + _mod_11_2(first)
    if is_placeholder_id(right):
        return
    dashed = "-".join(right[at : at + 4] for at in range(0, 16, 4))
    assert external_id_of("orcid", right) == external_id_of("orcid", f"https://orcid.org/{dashed}") == f"orcid:{dashed}"
    assert external_id_of("isni", dashed.replace("-", " ")) == f"isni:{right}"
    wrong = first + ("0" if right[-1] != "0" else "1")
    for scheme in ("orcid", "isni") if not is_placeholder_id(wrong) else ():
        with pytest.raises(Broken, match="wrong check character"):
            external_id_of(scheme, wrong)


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18), st.text(CROCKFORD, min_size=6, max_size=6))
def test_lei_and_ror(first: str, rest: str) -> None:
    number = int("".join(str(int(mark, 36)) for mark in first))
    if not is_placeholder_id(first + _mod_97(number)):
        assert external_id_of("lei", first + _mod_97(number)) == f"lei:{first}{_mod_97(number)}"
        with pytest.raises(Broken, match="wrong check character"):
            external_id_of("lei", first + f"{(int(_mod_97(number)) + 1) % 100:02}")
    count = 0
    for mark in rest:
        count = count * 32 + CROCKFORD.index(mark)
    right = f"0{rest}{_mod_97(count)}"
    if not is_placeholder_id(right):
        assert external_id_of("ror", right.upper()) == external_id_of("ror", f"https://ror.org/{right}") == f"ror:{right}"
        with pytest.raises(Broken, match="wrong check character"):
            external_id_of("ror", f"0{rest}{(int(right[-2:]) + 1) % 100:02}")


@pytest.mark.parametrize(
    ("scheme", "value"),
    [
        ("ror", "05a28rw58"),
        ("ror", "00a2xv884"),
        ("orcid", "0000-0002-1825-0097"),
        ("uscc", "91110000600037341L"),
        ("isni", "000000012281955X"),
        ("lei", "213800KUD8LAJWSQ9D15"),
        ("doi", "10.1000/182"),
        ("duns", "081234567"),
        ("patent", "ZL201910123456.X"),
        ("patent", "CN110123456B"),
        ("patent", "US10123456B2"),
        ("application", "PCT/CN2019/123456"),
        ("application", "202310456789.X"),
    ],
)
def test_published_ids_are_read(scheme: str, value: str) -> None:
    assert external_id_of(scheme, value) == external_id_of(scheme, f"{scheme}:{value}") == f"{scheme}:{value}"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("value", ["0000-0000-0000-0000", "000000000000000000", "111111111", "123456789", "ＸＸＸＸＸＸ"])
def test_placeholders_are_no_ids(scheme: str, value: str) -> None:
    with pytest.raises(Broken, match=identifiers.PLACEHOLDER_RULE):
        external_id_of(scheme, value)


@pytest.mark.parametrize("value", [True, None, 1.5, [1], "", "无", "x" * 500, 1.2e17, "1.23457E+15", "12"])
def test_nothing_of_a_scheme(value: object) -> None:
    for scheme in SCHEMES:
        with pytest.raises(Broken):
            external_id_of(scheme, value)


@given(st.sampled_from(sorted(SCHEMES)), st.one_of(st.text(), st.integers(), st.floats()))
def test_whatever_comes_is_an_external_id_or_a_rule(scheme: str, value: object) -> None:
    try:
        found = external_id_of(scheme, value)
    except Broken as error:
        assert error.rule
    else:
        assert external_id(found) == found


@pytest.mark.parametrize("text", ["2.02310E+11", "2.02E+11", "1.23457e+15", "２.０E+11", " 2E+11 "])
def test_numbers_that_a_spreadsheet_cut(text: str) -> None:
    assert damaged_number(text)


@pytest.mark.parametrize("text", ["E+11", "1E5", "2.5", "A+B", "1E+5", "", "+"])
def test_other_texts_are_whole(text: str) -> None:
    assert not damaged_number(text)
