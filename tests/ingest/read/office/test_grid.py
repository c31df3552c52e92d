"""Sheets as tables: headers over several rows, and what is no header."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.ingest.read.office.books import first_sheet, rewrite


def book(path: Path, rows: list[list[object]], *merged: str) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    made.save(path)
    return path


def test_a_name_under_a_group_has_the_groups_name_before_it(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["2024 年需求汇总表"],
        ["编号", "名称", "预算", None, "联系", None, "备注"],
        [None, None, "最低", "最高", "人", "电话", None],
        ["D1", "银浆", 1, 2, "张三", "138", "x"],
    ]
    path = book(tmp_path / "a.xlsx", rows, "A1:G1", "A2:A3", "B2:B3", "C2:D2", "E2:F2", "G2:G3")
    table = first_sheet(path)
    joined = ("编号", "名称", "预算 最低", "预算 最高", "联系 人", "联系 电话", "备注")
    plain = ("编号", "名称", "最低", "最高", "人", "电话", "备注")
    assert [(one.line, one.columns) for one in table.heads[:3]] == [(1, ("2024 年需求汇总表",)), (3, joined), (3, plain)]
    table.use(table.heads[1])
    assert [one.cells for one in table.rows()] == [dict(zip(joined, ["D1", "银浆", 1, 2, "张三", "138", "x"], strict=True))]


def test_groups_over_groups(tmp_path: Path) -> None:
    rows = [["编号", "预算", None, None], [None, "内部", None, "外部"], [None, "低", "高", "低"], ["D1", 1, 2, 3]]
    table = first_sheet(book(tmp_path / "a.xlsx", rows, "A1:A3", "B1:D1", "B2:C2"))
    assert table.heads[0].columns == ("编号", "预算 内部 低", "预算 内部 高", "预算 低")


def test_a_title_is_no_group(tmp_path: Path) -> None:
    rows = [["汇总表", None, None, "单位：万元"], ["编号", "名称", "最低", "最高"], ["D1", "银浆", 1, 2]]
    table = first_sheet(book(tmp_path / "a.xlsx", rows, "A1:C1"))
    assert [one.columns for one in table.heads[1:2]] == [("编号", "名称", "最低", "最高")]


def test_names_that_are_there_twice_are_told_apart_by_their_groups(tmp_path: Path) -> None:
    rows = [[None, "甲方", None, "乙方", None], ["编号", "名称", "地址", "名称", "地址"], ["K1", "a", "b", "c", "d"]]
    table = first_sheet(book(tmp_path / "a.xlsx", rows, "B1:C1", "D1:E1"))
    assert table.heads[1].columns == ("编号", "甲方 名称", "甲方 地址", "乙方 名称", "乙方 地址")
    table.use(table.heads[1])
    assert next(iter(table.rows())).cells["乙方 名称"] == "c"


def test_digits_that_a_float_would_round_stay_exact(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["id"], [41], ["00012345"], [7.0]])
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<v>41</v>", b"<v>123456789012345678</v>"))
    table = first_sheet(path)
    assert [one.cells["id"] for one in table.rows()] == [123456789012345678, "00012345", 7]


def test_ids_and_per_cent_are_as_they_are_seen(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["id", "share", "n"], [12345, 0.6, 12]])
    made = openpyxl.load_workbook(path)
    for cell, form in (("A2", "00000000"), ("B2", "0%"), ("C2", '"JD"0000')):
        made.active[cell].number_format = form
    made.save(path)
    assert next(iter(first_sheet(path).rows())).cells == {"id": "00012345", "share": "60%", "n": "JD0012"}
