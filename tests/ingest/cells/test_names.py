"""Several people or institutions in one cell. docs/cells.md has the plain cases; here are the hard ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells.names import CANDIDATES, separators_of, split_institutions, split_people
from ingest.resolve.records import expert_reference

HAN = st.text("王张李赵刘陈杨黄周吴芳敏静丽强磊军洋勇艳平和", min_size=2, max_size=3)
LATIN = st.builds("{} {}".format, *[st.sampled_from(["Anna", "Otto", "Mara", "Jean-Luc", "O'Neil", "Zoë", "A."])] * 2)


@given(st.lists(HAN, min_size=1, max_size=5, unique=True), st.sampled_from("；;、，|\n"), st.booleans())
def test_people_between_marks_that_always_separate(names: list[str], mark: str, numbered: bool) -> None:
    assert split_people(mark.join(f"{at}.{name}" if numbered else name for at, name in enumerate(names, 1))) == names


@given(st.lists(LATIN, min_size=3, max_size=4, unique=True), st.sampled_from(",/&"))
def test_people_between_marks_that_their_column_shows(names: list[str], mark: str) -> None:
    text = f"{mark} ".join(names) if mark == "," else f" {mark} ".join(names)
    shown = separators_of([text], people=True)
    assert shown == mark
    assert split_people(text, shown) == names
    assert split_people(text) != names


@given(st.lists(HAN, min_size=2, max_size=4, unique=True))
def test_people_between_spaces(names: list[str]) -> None:
    text = " ".join(names)
    assert split_people(text, separators_of([text, "周 颖"], people=True)) == names


@pytest.mark.parametrize(
    ("text", "separators", "people"),
    [
        ("王芳 周 颖", " ", ["王芳", "周颖"]),
        ("王芳 教授 赵敏 博士", " ", ["王芳", "赵敏"]),
        ("李和平和王芳", "&", ["李和平", "王芳"]),
        ("张和平", "&", ["张和平"]),
        ("丽丽 和丽丽", "& ", ["丽丽", "和丽丽"]),
        ("王芳 和 赵敏", "&", ["王芳", "赵敏"]),
        ("张伟,项目组", ",", ["张伟,项目组"]),
        ("John Smith, Jane Doe and Ann Roe", ",&", ["John Smith", "Jane Doe", "Ann Roe"]),
        ("Smith, J., Doe, A. and Roe, B.-C.", "", ["Smith, J.", "Doe, A.", "Roe, B.-C."]),
        ("Smith, J., Doe, Anna", "", ["Smith, J., Doe, Anna"]),
        ("买买提•艾力；古丽·努尔", "", ["买买提·艾力", "古丽·努尔"]),
        ("张伟（江东大学；教授）、李四", "", ["张伟 @ 江东大学", "李四"]),
        ("Mara Ellison (University of Tarn)", "", ["Mara Ellison @ University of Tarn"]),
        ("Prof. Dr. Anna Berg; Otto Hahn, Jr.", "", ["Prof. Dr. Anna Berg", "Otto Hahn, Jr."]),
        ("欧阳 锋", "", ["欧阳锋"]),
        ("张伟、张伟", "", ["张伟"]),
        ("张伟等3人", "", ["张伟"]),
        ("E01; E02", "", ["E01", "E02"]),
        ("", "", []),
        ("；、 ", "", []),
    ],
)
def test_people(text: str, separators: str, people: list[str]) -> None:
    assert split_people(text, separators) == people


def test_an_affiliation_is_what_a_reference_says() -> None:
    (found,) = split_people("张伟（江东大学）")
    assert expert_reference(found, "江东精工") == ("张伟 @ 江东大学", "张伟", "江东大学")


@pytest.mark.parametrize(
    "column",
    [
        ["Smith, John", "John Smith, Jane Doe"],
        ["van der Berg, Anna Maria"],
        ["张三/项目组", "张三/李四"],
        ["张伟（江东大学,教授）"],
        ["周 颖"],
        ["张伟 @ 江东大学"],
        ["Jean-Luc Moreau"],
        ["E01,E02"],
        [],
    ],
)
def test_a_column_that_does_not_separate(column: list[str]) -> None:
    assert separators_of(column, people=True) == ""


@pytest.mark.parametrize(
    ("text", "separators", "institutions"),
    [
        ("江东大学/江东精工（双聘）", "/", ["江东大学", "江东精工"]),
        ("江东大学/环境学院", "/", ["江东大学/环境学院"]),
        ("Novo Nordisk A/S", "/", ["Novo Nordisk A/S"]),
        ("江东精工（集团）有限公司（杭州分公司）；江东大学（威海）", "", ["江东精工（集团）有限公司（杭州分公司）", "江东大学（威海）"]),
        ("环境学院；江东大学", "", ["江东大学环境学院"]),
        ("江东大学、宁波工程学院", "", ["江东大学", "宁波工程学院"]),
        ("江东大学 宁波工程学院", "", ["江东大学 宁波工程学院"]),
        ("中国科学院 化学研究所", " ", ["中国科学院化学研究所"]),
        ("Quill Photonics, Inc.; Barrow Ltd", ",", ["Quill Photonics, Inc.", "Barrow Ltd"]),
        ("University of Tarn, Quill Photonics Ltd", ",", ["University of Tarn", "Quill Photonics Ltd"]),
        ("1.江东大学 2.江东精工装备有限公司", "", ["江东大学", "江东精工装备有限公司"]),
        ("材料学院", "", ["材料学院"]),
        ("", "", []),
    ],
)
def test_institutions(text: str, separators: str, institutions: list[str]) -> None:
    assert split_institutions(text, separators) == institutions


MIXED = st.text("张伟江东大学院公司环境和与（）()[],/& ;；、1.等\n·AbJ@", max_size=60)


@given(st.lists(MIXED, max_size=4), st.booleans())
def test_whatever_comes_is_names_each_once(texts: list[str], people: bool) -> None:
    shown = separators_of(texts, people=people)
    assert set(shown) <= set(CANDIDATES)
    for text in texts:
        for found in (split_people(text, shown), split_institutions(text, shown), split_people(text, CANDIDATES)):
            assert len(found) == len(set(found))
            assert all(name.strip() for name in found)


@pytest.mark.parametrize("piece", ["(", "王芳和", ", ", "等", " ", "a,", "张伟（", "1.", "A. B, ", "大学", "\n", "、(江东大学)"])
def test_long_cells_take_no_longer_than_their_length(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    separators_of([text], people=True)
    separators_of([text], people=False)
    split_people(text, CANDIDATES)
    split_institutions(text, CANDIDATES)
    assert time.process_time() - began < 10
