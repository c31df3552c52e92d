"""A drafted mapping is valid as it is, works unedited for well-named files, and says what it does not know."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Store
from graph.errors import InvalidInput
from graph.model import Achievement, NodeKind
from ingest.load import ingest
from ingest.mapping.columns import assigned
from ingest.mapping.mapped import compiled
from ingest.mapping.profile import look
from ingest.mapping.suggest import suggest
from ingest.read.readers import RowFile
from ingest.rows.models import Kind
from tests.conftest import CENTRE
from tests.ingest.conftest import content, institutions, nodes, write_csv
from tests.ingest.read.office.books import write_book


def test_the_draft_for_the_example_comes_to_the_same_as_the_example(new_store: Callable[[], Store], tmp_path: Path) -> None:
    plain, drafted = new_store(), new_store()
    ingest(plain, [CENTRE])
    mapping = tmp_path / "centre.toml"
    mapping.write_text(suggest([CENTRE]), "utf-8")
    report = ingest(drafted, [CENTRE], mapping=mapping)
    assert report.rejected == 0
    assert {one.form for one in report.files} == {"2024-企业"}, "every file is read through the draft"
    assert content(drafted) == content(plain)


def test_a_centres_own_workbook_lands_through_its_draft(store: Store, tmp_path: Path) -> None:
    rows = [
        ["某中心 2024 年科技成果"],
        [],
        ["成果编号", "成果名称（必填）", "完成单位", "技术领域", "完成时间", "备注", "联系电话"],
        ["K1", "高温合金涂层", "甲大学", "材料、涂层", datetime.date(2024, 3, 1), "无", "13812345678"],
        ["K2", "低温银浆", "甲大学", "材料", datetime.date(2023, 1, 5), "已转让", "13812345679"],
    ]
    path = write_book(tmp_path / "中心.xlsx", 成果汇总表=rows, 企业名单=[["编号", "企业名称"], ["F1", "甲大学"]], 说明=[["勿改"]])
    text = suggest([path])
    assert "# 联系电话: contact data" in text
    assert "# 备注: not used; text" in text
    assert "13812345678" not in text and "13812345679" not in text, "the draft shows nobody's telephone"
    (tmp_path / "draft.toml").write_text(text, "utf-8")
    report = ingest(store, [path], mapping=tmp_path / "draft.toml")
    assert (report.rejected, report.total("added")) == (0, 3)
    found = {one.id: one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)}
    assert {(one.title, one.date, one.keywords) for one in found.values()} == {
        ("高温合金涂层", "2024-03-01", ("材料", "涂层")),
        ("低温银浆", "2023-01-05", ("材料",)),
    }
    assert len(institutions(store)) == 1


def test_forms_of_dates_blanks_and_strange_words_are_told(tmp_path: Path) -> None:
    rows = [
        {"Ref": f"R{n}", "Title": "x", "Year": f"{n + 12}/03/2021", "Type": "Erfindung", "Price": "N/A", "Text": "long " * 30}
        for n in range(5)
    ]
    text = suggest([write_csv(tmp_path / "achievements.csv", rows)])
    assert 'dates = ["%d/%m/%Y"]' in text
    assert '# words.kind = { "Erfindung" = "" }  # must be one of: patent' in text
    assert 'abstract = "{Text}"  # guessed from its contents: long text' in text
    assert "# of 5 rows looked at, 0 keep the rules; else: type: must be one of" in text


def test_dates_that_may_be_read_in_two_ways_are_left_to_a_person(tmp_path: Path) -> None:
    rows = [{"id": "1", "title": "x", "date": "03/04/2021"}, {"id": "2", "title": "y", "date": "05/06/2021"}]
    assert "or is it %m/%d/%Y? The values of date allow both" in suggest([write_csv(tmp_path / "achievements.csv", rows)])


def test_nothing_known_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no column has a name that is known; it has: foo, bar"):
        suggest([write_csv(tmp_path / "x.csv", [{"foo": "1", "bar": "2"}])])


@pytest.mark.parametrize(
    ("kind", "header", "name"),
    [
        (Kind.ACHIEVEMENTS, "成果名称（必填）", "title"),
        (Kind.ACHIEVEMENTS, "专利号", "application_numbers"),
        (Kind.ACHIEVEMENTS, "Patent Expiration Date", "expires"),
        (Kind.ACHIEVEMENTS, "合作方式", "transfer_forms"),
        (Kind.COOPERATIONS, "合同成交额", "amount"),
        (Kind.ACHIEVEMENTS, "发明人", "creators"),
        (Kind.INSTITUTIONS, "企业名称*", "name"),
        (Kind.DEMANDS, "需求单位", "posted_by"),
        (Kind.DEMANDS, "Demand Title", "title"),
        (Kind.EXPERTS, "专家姓名", "name"),
        (Kind.EXPERTS, "天气", None),
    ],
)
def test_names_of_columns(kind: Kind, header: str, name: str | None) -> None:
    found = assigned(kind, [header]).get(header)
    assert (found.field if found else None) == name


@pytest.mark.parametrize(
    ("values", "seems"),
    [
        (["2024-01-02", "2024年3月"], "date"),
        (["120万", "1,200.50", 3], "number or amount"),
        (["https://a.example/x", "http://b.example"], "web address"),
        (["中国", "Germany", "US"], "country"),
        (["K-1", "K-2"], "id"),
        (["word " * 30], "long text"),
        (["涂层", "涂层"], "text"),
        ([], "blank"),
        (["N/A", "-"], "blank"),
    ],
)
def test_what_contents_look_like(values: list[object], seems: str) -> None:
    assert look(values).seems == seems


_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(_words, min_size=1, max_size=4, unique_by=str.strip), st.lists(st.lists(_words, min_size=5, max_size=5), max_size=4))
def test_a_draft_is_a_mapping_whatever_the_columns(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], rows: list[list[str]]
) -> None:
    columns = ["名称", *[one for one in names if one.strip() not in ("名称", "")]]
    path = write_csv(tmp_path_factory.mktemp("any") / "成果.csv", [dict(zip(columns, row, strict=False)) for row in [columns, *rows]])
    try:
        table = RowFile(path)
    except InvalidInput:
        return
    (form,) = compiled(suggest([path]))
    assert form.fits("成果.csv", table.columns)


def test_a_file_of_edges_is_known_by_its_name(tmp_path: Path) -> None:
    text = suggest([write_csv(tmp_path / "owns.csv", [{"起点": "I1", "终点": "A1", "日期": "2024"}])])
    assert 'kind = "owns"' in text
    assert 'source = "{起点}"' in text
