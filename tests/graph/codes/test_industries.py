"""Industries by code and name, and what lies in what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.codes import industry, industry_code, industry_within
from graph.codes.lists import fold, rows

COMPUTERS = "计算机、通信和其他电子设备制造业"
ELECTRONICS = "Manufacture of computer, electronic and optical products"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C39", "gbt4754:C39"), ("39", "gbt4754:C39"), ("c39", "gbt4754:C39"), (COMPUTERS, "gbt4754:C39"),
        (f"C39 {COMPUTERS}", "gbt4754:C39"),
        (f"C39{COMPUTERS}", "gbt4754:C39"), ("计算机,通信和其他电子设备制造业", "gbt4754:C39"),
        ("C3911", "gbt4754:C3911"), ("3911", "gbt4754:C3911"),
        ("C3911 计算机整机制造", "gbt4754:C3911"), ("GB/T 4754-2017 C39", "gbt4754:C39"), ("gbt4754:C", "gbt4754:C"),
        ("C 制造业", "gbt4754:C"),
        ("制造业", "gbt4754:C"), ("制造业/医药制造业", "gbt4754:C27"), ("制造业-医药制造业", "gbt4754:C27"), ("教育", "gbt4754:P"),
        ("P83 教育", "gbt4754:P83"),
        ("C26", "gbt4754:C26"), ("NACE C26", "nace:26"), ("NACE C26.1", "nace:26.1"), ("26.1", "nace:26.1"), ("26.11", "nace:26.11"),
        ("nace:26.1", "nace:26.1"), ("NACE Rev. 2: 26", "nace:26"), ("NACE C", "nace:C"), (ELECTRONICS, "nace:26"),
        (f"C26 {ELECTRONICS}", "nace:26"), ("C26.1 - Manufacture of electronic components", "nace:26.1"), ("Manufacturing", "nace:C"),
        ("J62", "nace:62"),  # J of GB/T 4754 is finance, 66 to 69
    ],
)  # fmt: skip
def test_an_industry_has_a_code(text: str, code: str) -> None:
    assert industry_code(text) == code


@pytest.mark.parametrize(
    "text",
    ["新材料", "人工智能", "C", "C99", "00", "39号", "3D打印", "B12 维生素", "I65 软件", f"C27 {COMPUTERS}", "C 医药制造业", "NACE",
     "NACE C62", "制造业/新材料", "医药制造业/制造业/教育", "", " ", "x" * 5000],
)  # fmt: skip
def test_what_is_no_industry_stays_as_written(text: str) -> None:
    assert industry_code(text) == text
    assert industry(text) is None


def test_an_industry_knows_its_name_and_section() -> None:
    for text in ("C3911", "C39"):
        found = industry(text)
        assert found is not None
        assert (found.scheme, found.code, found.zh, found.parents) == ("gbt4754", "gbt4754:C39", COMPUTERS, ("gbt4754:C",))
    found = industry("NACE C26.1")
    assert found is not None
    assert (found.scheme, found.code, found.en, found.parents) == ("nace", "nace:26", ELECTRONICS, ("nace:C",))


@pytest.mark.parametrize(
    ("code", "wanted", "lies"),
    [
        ("C3911", "制造业", True), ("gbt4754:C39", "C39", True), ("gbt4754:C3911", "gbt4754:C391", True),
        ("gbt4754:C", "gbt4754:C39", False),
        ("nace:26.11", "NACE C", True), ("nace:26.11", "26.1", True), ("nace:26.11", "nace:26", True), ("nace:26.11", "nace:26.2", False),
        ("C39", "nace:C", False), ("新材料", "新材料", True), ("Fintech", "fintech", True), ("新材料", "制造业", False),
        ("制造业", "新材料", False),
    ],
)  # fmt: skip
def test_what_lies_within(code: str, wanted: str, lies: bool) -> None:
    assert industry_within(code, wanted) is lies


def test_the_classifications_are_whole() -> None:
    chinese, european = list(rows("gbt4754.csv")), list(rows("nace.csv"))
    assert (sum(not row[1] for row in chinese), len(chinese)) == (20, 117)
    assert (sum(not row[1] for row in european), len(european)) == (21, 109)
    assert [row[0][1:] for row in chinese if row[1]] == [f"{n:02}" for n in range(1, 98)]


@pytest.mark.parametrize(("scheme", "file"), [("gbt4754", "gbt4754.csv"), ("nace", "nace.csv")])
def test_every_row_reads_back_by_code_and_name(scheme: str, file: str) -> None:
    first: dict[str, str] = {}
    for code, parent, name in sorted(rows(file), key=lambda row: bool(row[1])):
        first.setdefault(fold(name), f"{scheme}:{code}")  # a section before its only division
        assert industry_code(f"{scheme}:{code}") == f"{scheme}:{code}"
        assert industry_code(name) == first[fold(name)]
        assert not parent or industry_within(f"{scheme}:{code}", f"{scheme}:{parent}")


@given(st.one_of(st.text(max_size=40), st.from_regex(r"(NACE |gbt4754:)?[A-U]?[0-9]{0,4}(\.[0-9]{1,2})?[ 制造业]{0,4}", fullmatch=True)))
def test_any_text_is_a_code_or_itself(text: str) -> None:
    code = industry_code(text)
    assert industry_code(code) == code
    found = industry(text)
    assert (found is None) == (code == text and industry(code) is None)
    if found:
        assert industry_within(text, found.code)
        assert all(industry_within(text, above) for above in found.parents)
