"""Levels and stages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Maturity
from ingest.cells import maturity
from ingest.cells.broken import Broken
from ingest.cells.maturity import TRL_OF, WORDS, read_maturity

ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
LEVELS = st.integers(1, 9)


FORMS = st.sampled_from(["{}", "TRL {}", "TRL{}", "trl-{}", "{}级", "第{}级", "TRL:{}", "技术成熟度{}级", " {} "])


@given(LEVELS, FORMS, st.integers(0, 3))
def test_a_number_is_a_level_and_no_word(level: int, form: str, digits: int) -> None:
    written = [str(level), "一二三四五六七八九"[level - 1], ROMAN[level - 1], "１２３４５６７８９"[level - 1]][digits]
    assert read_maturity(form.format(written)) == (level, None)
    assert read_maturity(level) == read_maturity(float(level)) == (level, None)


@given(LEVELS, LEVELS, st.sampled_from(["-", "~", "至", "/", "、", "—", " to "]))
def test_of_two_levels_the_lower_counts(one: int, other: int, mark: str) -> None:
    assert read_maturity(f"TRL {one}{mark}{other}") == (min(one, other), None)


@given(st.sampled_from(sorted(WORDS)), st.sampled_from(sorted(WORDS)), st.sampled_from(["、", "/", "至"]))
def test_of_two_stages_the_lower_counts(one: str, other: str, mark: str) -> None:
    lower = min(WORDS[one], WORDS[other], key=lambda stage: TRL_OF[stage])
    assert read_maturity(f"{one}{mark}{other}") == (TRL_OF[lower], lower)


@given(LEVELS, st.sampled_from(["TRL {}（{}）", "{}级（{}）", "{}级 {}", "TRL{}，{}"]))
def test_a_number_beside_a_word_is_the_level(level: int, form: str) -> None:
    assert read_maturity(form.format(level, "中试")) == (level, Maturity.PILOT)


@pytest.mark.parametrize("value", ["0", "10", 0, 10, 6.5, "6.5", True, None, [6], "high", "", "级", "TRL", "中试前", "x" * 1000, "6级以下"])
def test_anything_else_is_broken(value: object) -> None:
    with pytest.raises(Broken) as caught:
        read_maturity(value)
    assert caught.value.rule == maturity.RULE


@given(st.one_of(st.text(), st.text(alphabet="TRL0123456789级第中试小、/-（） "), st.integers(), st.floats()))
def test_whatever_comes_is_a_level_or_the_rule(value: object) -> None:
    try:
        level, stage = read_maturity(value)
    except Broken as error:
        assert error.rule == maturity.RULE
    else:
        assert 1 <= level <= 9
        assert stage is None or stage in Maturity
