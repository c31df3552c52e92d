"""Texts that say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells.placeholders import PLACEHOLDERS, is_placeholder


@pytest.mark.parametrize("text", ["无", " 待定 ", "N/A", "ＮＡ", "na", "K. A.", "s.o.", "——", "─", "…", "（无）", "\\", "/", "？"])
def test_says_nothing(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["", " ", "Na", "无机材料", "0", "NAN Bio", "x", "()", "CN", "A/B", "-5", "none of them", "待定" * 20])
def test_says_something_or_is_blank(text: str) -> None:
    assert not is_placeholder(text)


@given(st.sampled_from(sorted(PLACEHOLDERS)), st.sampled_from(["{}", " {} ", "（{}）", "({})"]), st.booleans())
def test_in_any_dress(word: str, dress: str, upper: bool) -> None:
    assert is_placeholder(dress.format(word.upper() if upper else word))


@given(st.text(min_size=25))
def test_a_long_text_says_something(text: str) -> None:
    assert not is_placeholder(text)
