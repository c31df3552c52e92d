"""Forms: labels, boxes, and the rule that tells a form from a table of rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.office.forms import forms, is_form, is_label, plain_label, ticked
from ingest.read.office.wordml import Cell


def grid(*rows: tuple[str, ...]) -> list[list[Cell]]:
    return [[Cell(column, 1, text, False) for column, text in enumerate(row, 1)] for row in rows]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("☑技术开发 □技术转让", "技术开发"),
        ("□技术开发 ■技术转让 √技术入股", "技术转让;技术入股"),
        ("□ 技术开发\n□ 技术转让", ""),
        ("[x] joint work  [ ] licence", "joint work"),
        ("□√技术开发；□技术转让", "技术开发"),
        ("√□技术开发；□技术转让", "技术开发"),
        ("技术开发（√） 技术转让（ ）", "技术开发"),
        ("技术开发（是）、技术转让（否）", "技术开发"),
        ("☒是 ☐否", "是"),
        ("需求类型：□攻关 ☑转化", "转化"),
        ("直径小于 5（含）毫米", "直径小于 5（含）毫米"),
        ("甲（乙）", "甲（乙）"),
        ("精度达到 √2 倍", "精度达到 √2 倍"),
        ("□现状：" + "很长的文字" * 60, "□现状：" + "很长的文字" * 60),
        ("", ""),
    ],
)
def test_ticked_boxes_give_their_words(text: str, words: str) -> None:
    assert ticked(text) == words


@pytest.mark.parametrize(
    "text", ["企业名称", "1、企业名称：", "联系 电话", "Contact person", "自定义栏目：", "合作方式（可多选）", "（一）技术需求描述"]
)
def test_labels(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize(
    "text", ["", "甲公司生产的低温固化银浆产品", "13800000000", "张三", "我们需要这种产品。", "☑民营", "：", "2024-05-01"]
)
def test_what_is_no_label(text: str) -> None:
    assert not is_label(text)


def test_a_label_as_a_column() -> None:
    assert plain_label("1、企业名称（盖章）：") == "企业名称（盖章）"
    assert plain_label("（二）联 系\n人*") == "联 系 人"


@pytest.mark.parametrize(
    "rows",
    [
        (("编号", "名称"), ("D1", "银浆"), ("D2", "胶")),
        (("名称", "地区"), ("甲公司", "北京"), ("乙公司", "上海")),
        (("编号", "名称", "描述", "预算"), ("D1", "银浆", "低温", "50")),
        (("需求名称", "企业名称", "联系电话", "预算金额"), ("低温银浆技术需求", "甲公司", "138", "50万")),
        (("序号", "成果名称", "单位"), ("1", "银浆", "甲"), ("2", "胶", "乙")),
        (("企业名称", "甲公司"),),
    ],
)
def test_tables_of_rows_are_no_forms(rows: tuple[tuple[str, ...], ...]) -> None:
    assert not is_form(grid(*rows))


@pytest.mark.parametrize(
    "rows",
    [
        (("企业名称", "甲公司"), ("联系人", "张三"), ("需求描述", "我们要做一种低温银浆")),
        (("企业名称", ""), ("联系人", "")),
        (("甲：", "1"), ("乙：", "2")),
        (("名称", "低温银浆技术需求"), ("单位", "甲"), ("预算", "50"), ("电话", "138")),
        (("Company name", "Tarn"), ("Contact person", "Ann"), ("Description", "A sensor is needed.")),
    ],
)
def test_forms_are_forms(rows: tuple[tuple[str, ...], ...]) -> None:
    assert is_form(grid(*rows))


def test_labels_that_come_twice_bear_their_section() -> None:
    rows = [
        [Cell(1, 1, "企业", False), Cell(2, 1, "姓名", False), Cell(3, 1, "甲", False)],
        [Cell(1, 1, "", True), Cell(2, 1, "电话", False), Cell(3, 1, "1", False)],
        [Cell(1, 1, "联系人", False), Cell(2, 1, "职务", False), Cell(3, 1, "经理", False)],
        [Cell(1, 1, "", True), Cell(2, 1, "电话", False), Cell(3, 1, "2", False)],
        [Cell(1, 1, "", True), Cell(2, 1, "电话", False), Cell(3, 1, "3", False)],
    ]
    assert forms(rows)[0].values == {"姓名": "甲", "电话": "1", "职务": "经理", "联系人 电话": "2", "联系人 电话 2": "3"}


def test_a_text_in_the_row_below_its_label_is_its_value() -> None:
    text = "我们要做一种低温固化的银浆，用在光伏电池的正面。"
    rows = [
        [Cell(1, 1, "需求名称", False), Cell(2, 1, "银浆", False)],
        [Cell(1, 2, "技术需求描述", False)],
        [Cell(1, 2, text, False)],
        [Cell(1, 1, "预算", False), Cell(2, 1, "50 万", False)],
    ]
    assert forms(rows)[0].values == {"需求名称": "银浆", "技术需求描述": text, "预算": "50 万"}


_TEXT = st.text(st.sampled_from([*"名称电话：:（）□☑√[x] \n；。1甲"]), max_size=12)


@given(st.lists(st.lists(st.tuples(_TEXT, st.booleans(), st.integers(1, 3)), max_size=5), max_size=6))
def test_no_table_breaks_the_rule(table: list[list[tuple[str, bool, int]]]) -> None:
    rows: list[list[Cell]] = []
    for line in table:
        rows.append([])
        for text, goes_on, span in line:
            column = rows[-1][-1].column + rows[-1][-1].span if rows[-1] else 1
            rows[-1].append(Cell(column, span, text, goes_on))
    is_form(rows)
    found = forms(rows)
    assert [one.line for one in found] == sorted({one.line for one in found})
