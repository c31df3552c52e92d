"""Texts that ask nothing are told from technical words, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.text.small_talk import asks_nothing, word_count
from matcher.text.terms import FUNCTION_WORDS

NOTHING = ["", "?!", "您好，在吗？", "谢谢！", "HELLO", "Hi there,", "Good morning to you all", "test", "测试一下", "how are you"]


@pytest.mark.parametrize("text", NOTHING)
def test_a_greeting_asks_nothing(text: str) -> None:
    assert asks_nothing(text)


@pytest.mark.parametrize("text", ["laser", "焊接", "TiAlN", "你好，我想焊接钛合金", "Hello, a laser please", "抗菌测试", "test bench"])
def test_a_technical_word_is_a_question(text: str) -> None:
    assert not asks_nothing(text)


@given(first=st.sampled_from(NOTHING), second=st.sampled_from(NOTHING), word=st.sampled_from(["laser", "焊接", "PFAS"]))
def test_greetings_make_no_question_and_take_none_away(first: str, second: str, word: str) -> None:
    assert asks_nothing(f"{first} {second}")
    assert not asks_nothing(f"{first} {word} {second}")


@pytest.mark.parametrize(("text", "count"), [("", 0), ("the laser of a", 1), ("焊接", 1), ("热失控", 2), ("LFP 正极再生", 3)])
def test_words_are_counted(text: str, count: int) -> None:
    assert word_count(text) == count


def test_function_words_are_no_words() -> None:
    assert word_count(" ".join(FUNCTION_WORDS)) == 0
