"""Word files, written by python-docx: tables of rows, and forms."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.table import Table as WordTable

from graph import Store
from graph.model import NodeKind
from ingest.load import ingest
from ingest.read.office.docx import FormTable
from ingest.read.office.grid import Sheet
from ingest.read.readers import Table
from ingest.read.tables import tables
from ingest.read.unread import Unread, Why
from tests.ingest.conftest import nodes

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def add(document: Document, rows: list[list[str | None]], *merged: tuple[int, int, int, int]) -> WordTable:
    """A table; ``merged``: top, left, bottom and right of cells that are one."""
    table = document.add_table(len(rows), max(map(len, rows)))
    for top, left, bottom, right in merged:
        table.cell(top, left).merge(table.cell(bottom, right))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text is not None:
                table.cell(number, column).text = text
    return table


def write(path: Path, make: Callable[[Document], object]) -> list[Table | Unread]:
    document = docx.Document()
    make(document)
    document.save(str(path))
    return list(tables(path))


def form(found: list[Table | Unread]) -> dict[str, object]:
    (table,) = found
    assert isinstance(table, FormTable), table
    (row,) = table.rows()
    return row.cells


def test_a_table_of_rows_under_its_title(store: Store, tmp_path: Path) -> None:
    def make(document: Document) -> None:
        document.add_paragraph("各单位：")
        document.add_paragraph("2024 年成果汇总表")
        document.add_paragraph("填报日期：2024 年 5 月")
        add(
            document,
            [["编号", "名称", "权属单位"], ["A1", "银浆", "甲公司"], ["A2", "涂层", None], ["A3", "胶", "乙公司"]],
            (1, 2, 2, 2),
        )

    (table,) = write(tmp_path / "附件.docx", make)
    assert isinstance(table, Sheet)
    assert (table.label, table.names) == (f"{tmp_path}/附件.docx/table 1", ("2024 年成果汇总表", "附件.docx"))
    assert [(one.line, one.cells["权属单位"]) for one in table.rows()] == [(2, "甲公司"), (3, "甲公司"), (4, "乙公司")]
    report = ingest(store, [tmp_path / "附件.docx"])
    assert {getattr(one, "title", "") for one in nodes(store, NodeKind.ACHIEVEMENT)} == {"银浆", "涂层", "胶"}
    assert report.rejected == 0


def test_a_form_of_four_columns_with_sections_boxes_and_long_texts(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [
        ["企业基本信息", None, None, None, None],
        ["基本\n信息", "企业名称", "甲公司", "企业性质", "☑民营 □国有 □外资"],
        [None, "联系人", "张三", "联系电话", "13800000000"],
        ["需求", "需求名称", "低温银浆", "技术领域", "□电子信息 ■新材料 √新能源"],
        [None, "合作方式（可多选）", "□技术开发 ☑技术转让\n☑其他（请注明：____）", None, None],
        ["技术需求描述：目前银浆的固化温度太高。\n希望降到 120 度以下。", None, None, None, None],
        ["主要技术指标（500 字以内）\n电阻率小于 5 微欧厘米。", None, None, None, None],
        ["填表人：李四    填表日期：2024年5月1日", None, None, None, None],
    ]
    merged = [(0, 0, 0, 4), (1, 0, 2, 0), (3, 0, 4, 0), (4, 2, 4, 4), *((line, 0, line, 4) for line in (5, 6, 7))]
    found = write(tmp_path / "技术需求征集表.docx", lambda document: add(document, rows, *merged))
    assert form(found) == {
        "企业名称": "甲公司",
        "企业性质": "民营",
        "联系人": "张三",
        "联系电话": "13800000000",
        "需求名称": "低温银浆",
        "技术领域": "新材料;新能源",
        "合作方式（可多选）": "技术转让;其他（请注明：）",
        "技术需求描述": "目前银浆的固化温度太高。\n希望降到 120 度以下。",
        "主要技术指标（500 字以内）": "电阻率小于 5 微欧厘米。",
        "填表人": "李四",
        "填表日期": "2024年5月1日",
    }


def test_a_form_lands_as_a_demand(store: Store, tmp_path: Path) -> None:
    rows: list[list[str | None]] = [["名称", "低温银浆"], ["描述", "固化温度低于 120 度"], ["最高预算", "50"], ["发布单位", "甲公司"]]
    write(tmp_path / "需求.docx", lambda document: add(document, rows))
    report = ingest(store, [tmp_path / "需求.docx"])
    assert (report.total("added"), report.rejected) == (1, 0)
    (demand,) = nodes(store, NodeKind.DEMAND)
    assert getattr(demand, "title", "") == "低温银浆"


def test_several_forms_are_several_rows(tmp_path: Path) -> None:
    def make(document: Document) -> None:
        document.add_paragraph("企业技术需求表")
        add(document, [["企业名称：", "甲公司"], ["需求名称：", "银浆"], ["企业名称：", "乙公司"], ["需求名称：", "胶"], ["备注：", "急"]])
        document.add_paragraph("x" * 300)
        add(document, [["企业名称", "丙公司"], ["需求名称", ""]])

    found = write(tmp_path / "a.docx", make)
    assert [one.names for one in found if isinstance(one, FormTable)] == [("企业技术需求表", "a.docx")] * 2
    assert [[(raw.line, raw.cells) for raw in one.rows()] for one in found if isinstance(one, FormTable)] == [
        [(1, {"企业名称": "甲公司", "需求名称": "银浆"}), (3, {"企业名称": "乙公司", "需求名称": "胶", "备注": "急"})],
        [(1, {"企业名称": "丙公司"})],
    ]


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    def make(document: Document) -> None:
        add(document, [["只有一句话"]])
        add(document, [["", ""], ["", ""]])

    assert [one.kind for one in write(tmp_path / "a.docx", make) if isinstance(one, Unread)] == [Why.NO_TABLE, Why.EMPTY]
    (none,) = write(tmp_path / "b.docx", lambda document: document.add_paragraph("text"))
    assert isinstance(none, Unread)
    assert (none.kind, none.rule) == (Why.NO_TABLE, "is a text without a table")


def test_a_table_inside_a_frame_and_text_that_does_not_count(tmp_path: Path) -> None:
    def make(document: Document) -> None:
        inner = add(document, [["企业名称", ""], ["需求名称", "银浆"]])
        paragraph = inner.cell(0, 1).paragraphs[0]._p
        paragraph.append(parse_xml(f'<w:ins {W} w:id="1" w:author="x"><w:r><w:t>甲</w:t></w:r></w:ins>'))
        paragraph.append(parse_xml(f'<w:del {W} w:id="2" w:author="x"><w:r><w:delText>乙</w:delText></w:r></w:del>'))
        paragraph.append(parse_xml(f'<w:moveFrom {W} w:id="3" w:author="x"><w:r><w:t>丙</w:t></w:r></w:moveFrom>'))
        paragraph.append(parse_xml(f"<w:r {W}><w:t>公</w:t><w:noBreakHyphen/><w:t>司</w:t></w:r>"))
        frame = document.add_table(1, 1)
        frame.cell(0, 0)._tc.insert(0, inner._tbl)

    found = write(tmp_path / "a.docx", make)
    assert isinstance(found[0], Unread)
    assert form(found[1:]) == {"企业名称": "甲公-司", "需求名称": "银浆"}


def test_boxes_of_fields_and_symbol_fonts(tmp_path: Path) -> None:
    field = "<w:r {}><w:fldChar><w:ffData><w:checkBox><w:default w:val='{}'/>{}</w:checkBox></w:ffData></w:fldChar></w:r>"
    marks = [
        f'<w:r {W}><w:sym w:font="Wingdings 2" w:char="F052"/></w:r>',
        f'<w:r {W}><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>',
        field.format(W, 0, "<w:checked/>"),
        field.format(W, 1, "<w:checked w:val='0'/>"),
        field.format(W, 1, ""),
    ]

    def make(document: Document) -> None:
        table = add(document, [["企业名称", "甲"], ["合作方式", ""]])
        paragraph = table.cell(1, 1).paragraphs[0]
        for number, mark in enumerate(marks):
            paragraph._p.append(parse_xml(mark))
            paragraph.add_run(f"第{number}种 ")

    assert form(write(tmp_path / "a.docx", make))["合作方式"] == "第0种;第2种;第4种"


# -- files that nobody would write


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> Unread:
    """The one reason why a document whose XML is changed is not read."""
    write(path, lambda document: add(document, [["企业名称", "甲"], ["需求名称", "乙"]]))
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    parts["word/document.xml"] = change(parts["word/document.xml"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    (found,) = tables(path)
    assert isinstance(found, Unread), found
    return found


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda xml: re.sub(rb"<w:document", b'<!DOCTYPE x [<!ENTITY a "b">]><w:document', xml, count=1), "declares a document type"),
        (lambda xml: xml.replace(b"<w:tc>", b"<w:tc>" + b"<w:tbl><w:tr><w:tc>" * 30, 1), "more than 20 deep"),
        (lambda xml: xml.replace(b"</w:tr>", b"<w:tc/>" * 2_000 + b"</w:tr>", 1), "more than 1,000 columns"),
        (lambda xml: xml.replace(b"</w:tbl>", b"<w:tr><w:tc/><w:tc/></w:tr>" * 110_000 + b"</w:tbl>", 1), "more than 200,000 cells"),
        (lambda xml: xml.replace(b"<w:tcPr>", b'<w:tcPr><w:gridSpan w:val="99999999"/>', 1), "a width that is none"),
        (lambda xml: xml[:-20], "the XML is damaged"),
    ],
)
def test_a_document_that_nobody_made_is_refused(tmp_path: Path, change: Callable[[bytes], bytes], rule: str) -> None:
    assert rule in rewrite(tmp_path / "a.docx", change).rule


def test_a_long_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.read.office.docx.DOCUMENT_BYTES", 100)
    assert "it is longer than" in rewrite(tmp_path / "a.docx", lambda xml: xml + b" ").rule


def test_an_old_word_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (told,) = tables(tmp_path / "a.doc")
    assert isinstance(told, Unread)
    assert told.rule == "is an old Word file: save it as .docx"
