"""Which kind of table it is, under which header: by its name, by its columns, and where neither tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from graph import Store
from graph.model import NodeKind
from ingest.load import ingest
from ingest.mapping.recognise import Recognised, recognised
from ingest.read.readers import Head
from ingest.rows.models import Kind
from tests.ingest.conftest import nodes

CONTRACTS = ("合同编号", "合同名称", "甲方", "乙方", "合同金额（万元）", "签订日期")
RESULTS = ("成果名称", "完成单位", "完成人", "成果简介")
DEMANDS = ("需求名称", "需求单位", "需求描述", "截止时间")


def told(name: str, *rows: Sequence[str], sheet: str = "") -> Recognised | None:
    """What a table is taken for whose first rows are ``rows``."""
    names = [sheet, name] if sheet else [name]
    return recognised([Head(number, tuple(row)) for number, row in enumerate(rows, 1)], names)


def kind_of(name: str, *rows: Sequence[str]) -> Kind | None:
    found = told(name, *rows)
    return found.form.kind if found else None


@pytest.mark.parametrize(
    ("name", "header", "kind"),
    [
        ("成果.csv", ("编号", "名称"), Kind.ACHIEVEMENTS),
        ("2024-demands.csv", ("id", "title"), Kind.DEMANDS),
        ("owns.csv", ("source", "target"), Kind.OWNS),
        ("list.csv", ("source", "target"), None),
        ("export.csv", RESULTS, Kind.ACHIEVEMENTS),
        ("export.csv", DEMANDS, Kind.DEMANDS),
        ("Sheet1", ("姓名", "职称", "工作单位"), Kind.EXPERTS),
        ("Sheet1", ("仪器名称", "规格型号", "收费标准"), Kind.RESOURCES),
        ("Sheet1", ("单位全称", "单位性质", "注册地"), Kind.INSTITUTIONS),
        ("Sheet1", CONTRACTS, Kind.COOPERATIONS),
        ("Sheet1", ("Title", "Inventors", "Abstract"), Kind.ACHIEVEMENTS),
        ("Gesuche", ("Titel", "Beschreibung", "Frist"), Kind.DEMANDS),
    ],
)
def test_a_name_tells_the_kind_and_else_the_columns_do(name: str, header: tuple[str, ...], kind: Kind | None) -> None:
    assert kind_of(name, header) is kind


@pytest.mark.parametrize("name", ["成果转化台账.xlsx", "专利合作.csv", "技术成果.csv", "企业.csv"])
def test_a_register_of_contracts_is_one_whatever_it_is_called(name: str) -> None:
    assert kind_of(name, CONTRACTS) is Kind.COOPERATIONS


@pytest.mark.parametrize(
    ("name", "header", "kind"),
    [
        ("成果.csv", ("编号", "名称", "甲方"), Kind.ACHIEVEMENTS),
        ("成果.csv", ("成果名称", "完成人", "合同金额"), Kind.ACHIEVEMENTS),
        ("需求.csv", ("名称", "需求单位", "成果名称"), Kind.DEMANDS),
    ],
)
def test_a_name_is_right_unless_the_columns_are_plainly_of_another_kind(name: str, header: tuple[str, ...], kind: Kind) -> None:
    assert kind_of(name, header) is kind


@pytest.mark.parametrize(
    "header",
    [
        ("id", "title", "description"),
        ("id", "text", "entity"),
        ("id", "name", "country"),
        ("query", "document", "grade"),
        ("年份", "数量", "金额"),
        ("1", "2", "3"),
        ("备注", "说明"),
        ("合同名称", "备注"),
        ("",),
        ("成果名称",),
        ("部门", "电话", "邮箱"),
    ],
)
def test_a_table_that_nothing_tells_is_not_guessed(header: tuple[str, ...]) -> None:
    assert told("list.csv", header) is None


@pytest.mark.parametrize("titles", [[("江东市技术成果汇总表", "", "", "")], [("汇总", "", "", ""), ("填报日期：2024年", "", "", "")]])
def test_a_title_above_the_header_is_passed_over(titles: list[tuple[str, ...]]) -> None:
    found = told("Sheet1", *titles, RESULTS, ("胶", "甲州大学", "林小满", "成果简介"))
    assert found
    assert found.head.line == len(titles) + 1
    assert found.form.kind is Kind.ACHIEVEMENTS


def test_of_rows_that_may_be_the_header_the_one_that_says_most_is() -> None:
    found = told("需求.csv", ("名称", "需求单位", "", ""), DEMANDS)
    assert found
    assert (found.head.line, found.form.kind) == (2, Kind.DEMANDS)
    again = told("需求.csv", DEMANDS, DEMANDS)
    assert again
    assert again.head.line == 1, "of two alike the first"


def test_the_name_that_tells_is_the_table_s_name() -> None:
    by_file = told("成果.xlsx", RESULTS, sheet="Sheet1")
    assert by_file
    assert by_file.name == "成果.xlsx"
    by_columns = told("a.xlsx", RESULTS, sheet="Sheet1")
    assert by_columns
    assert by_columns.name == "Sheet1"


def test_a_name_may_say_what_the_firms_of_a_table_hold() -> None:
    found = told("2023年高新技术企业.xlsx", ("序号", "企业名称", "注册地"))
    assert found
    assert (found.form.kind, found.form.qualification) == (Kind.INSTITUTIONS, "高新技术企业")
    other = told("2023年高新技术企业需求.xlsx", DEMANDS)
    assert other
    assert other.form.qualification is None


def test_a_header_of_two_rows_is_read(store: Store, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows = [
        ["江东市成果登记表", None, None, None, None],
        ["成果名称", "完成情况", None, "转让价格（万元）", None],
        [None, "完成单位", "完成人", "最低价", "最高价"],
        ["低温银浆", "甲州大学", "林小满", 30, 50],
    ]
    for row in rows:
        sheet.append(row)
    for area in ("A1:E1", "A2:A3", "B2:C2", "D2:E2"):
        sheet.merge_cells(area)
    book.save(tmp_path / "登记.xlsx")
    report = ingest(store, [tmp_path])
    assert report.skipped_tables == []
    (one,) = nodes(store, NodeKind.ACHIEVEMENT)
    assert (getattr(one, "title", None), getattr(one, "price_max", None)) == ("低温银浆", 500_000)
    assert {getattr(end, "name", None) for end in nodes(store, NodeKind.INSTITUTION)} == {"甲州大学"}
