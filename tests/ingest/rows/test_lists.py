"""Several people, institutions or words in one cell, by what the whole column shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rows.lists import ListReader, Several

WORDS = st.text(alphabet="abcde 水泵阀光学", min_size=1, max_size=8).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("银浆；光伏", ["银浆", "光伏"]),
        ("银浆、光伏，电池|硅;锗", ["银浆", "光伏", "电池", "硅", "锗"]),
        ("银浆/光伏", ["银浆", "光伏"]),
        ("TCP/IP", ["TCP/IP"]),
        ("5G/光通信", ["5G/光通信"]),
        ("silver, paste", ["silver", "paste"]),
        ("1,4-butanediol", ["1,4-butanediol"]),
        ("银浆；无；——；;", ["银浆"]),
        ("无", []),
        ("银浆\n光伏", ["银浆", "光伏"]),
    ],
)
def test_words_are_separated_by_marks(text: str, words: list[str]) -> None:
    assert ListReader(Several.WORDS, []).read(text) == words


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from(["；", ";", "|", "、", "，"]))
def test_words_come_back_whatever_mark_is_between_them(words: list[str], mark: str) -> None:
    assert ListReader(Several.WORDS, []).read(mark.join(words)) == words


def test_words_need_no_column_to_be_told_apart() -> None:
    assert ListReader(Several.WORDS, ["a b", "c d"]).separators == ""


@pytest.mark.parametrize(
    ("column", "text", "names"),
    [
        (["林小满 周颖", "高远 苏小河"], "林小满 周颖", ["林小满", "周颖"]),
        (["林小满/周颖", "高远"], "林小满/周颖", ["林小满", "周颖"]),
        (["Finch, Ada", "Holm, Ben"], "Finch, Ada", ["Finch, Ada"]),
        (["Ada Finch, Ben Holm", "Cleo Marsh"], "Ada Finch, Ben Holm", ["Ada Finch", "Ben Holm"]),
        (["林小满；无"], "林小满；无", ["林小满"]),
    ],
)
def test_what_separates_people_is_decided_for_a_column(column: list[str], text: str, names: list[str]) -> None:
    assert ListReader(Several.PEOPLE, column).read(text) == names


@pytest.mark.parametrize(
    ("column", "text", "names"),
    [
        (["甲州大学/乙州研究院", "丙州科技有限公司"], "甲州大学/乙州研究院", ["甲州大学", "乙州研究院"]),
        (["Alfa/Beta Systems GmbH", "Gamma Ltd"], "Alfa/Beta Systems GmbH", ["Alfa/Beta Systems GmbH"]),
        (["甲州大学；待定"], "甲州大学；待定", ["甲州大学"]),
    ],
)
def test_what_separates_institutions_is_decided_for_a_column(column: list[str], text: str, names: list[str]) -> None:
    assert ListReader(Several.INSTITUTIONS, column).read(text) == names


def test_the_separators_are_told_in_words() -> None:
    reader = ListReader(Several.PEOPLE, ["林小满 周颖", "高远 苏小河", "林小满/高远"])
    assert set(reader.told.split(", ")) == {"a space", "/"}
    assert ListReader(Several.PEOPLE, ["林小满；周颖"]).told == ""


@given(st.sampled_from(Several), st.lists(st.text(max_size=20), max_size=4), st.text(max_size=40))
def test_whatever_is_in_a_cell_no_part_says_nothing(several: Several, column: list[str], text: str) -> None:
    assert all(part.strip() for part in ListReader(several, column).read(text))
