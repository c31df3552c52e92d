"""The report as a workbook, opened again: in a centre's template and in one of its own."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from graph import connect
from graph.errors import InvalidInput
from graph.language import speaking
from leads.report.report import Cell, Report
from leads.report.workbook import filled, plain, put
from tests.leads.report.months import Spring

MAY = "2026-05"


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Spring:
    store = connect(f"sqlite:///{tmp_path_factory.mktemp('spring')}/s.db")
    made = Spring(store)
    made.held("dem-4", "2026-05-10")
    made.introduced("dem-5", "2026-05-20")
    return made


@pytest.fixture(scope="module")
def report(spring: Spring) -> Report:
    return spring.report(MAY)


def book(fill: Callable[[Any], None]) -> bytes:
    """A workbook whose first sheet is filled."""
    made, out = openpyxl.Workbook(), io.BytesIO()
    made.active.title = "月报"
    fill(made.active)
    made.save(out)
    return out.getvalue()


def sheet_of(content: bytes, name: str = "月报") -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))[name]


def centres(sheet: Any) -> None:
    """A centre's own form: a title over merged cells, marks, a sum, a table with its own headings."""
    sheet["A1"] = "{{month}} 技术转移月报"
    sheet.merge_cells("A1:D1")
    sheet["A1"].font = Font(name="SimHei", size=16, bold=True)
    sheet["A2"], sheet["B2"] = "对接", "{{introductions}}"
    sheet["A3"], sheet["B3"] = "合同额", "{{contracts.value.CNY}}"
    sheet["B3"].number_format = '"¥"#,##0.00'
    sheet["A4"], sheet["B4"] = "福州", "{{ contracts.value.CNY@district:350100 }}"
    sheet["A5"], sheet["B5"] = "合计", "=B2+SUM(B3:B4)"
    sheet["A6"] = "需求 {{demands}} 项，会议 {{meetings}} 场，合同额 {{contracts.value.CNY}} 元"
    sheet["A8"] = "{{rows:by_field}}"
    sheet["C8"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet["C8"].alignment = Alignment(horizontal="right")
    sheet.column_dimensions["A"].width = 33
    sheet["D2"].comment = Comment("checked by the centre", "clerk")


def test_marks_become_numbers_and_styles_and_formulas_are_kept(report: Report) -> None:
    made, lost = filled(report, book(centres))
    sheet = sheet_of(made)
    assert lost == []
    assert sheet["A1"].value == "2026-05 技术转移月报"
    assert (sheet["A1"].font.name, sheet["A1"].font.size, sheet["A1"].font.bold) == ("SimHei", 16, True)
    assert [str(one) for one in sheet.merged_cells.ranges] == ["A1:D1"]
    assert (sheet["B2"].value, sheet["B2"].data_type) == (1, "n")
    assert sheet["B3"].value == pytest.approx(1_000_005.10) and sheet["B3"].number_format == '"¥"#,##0.00'
    assert sheet["B4"].value == pytest.approx(1_000_000.10)
    assert (sheet["B5"].value, sheet["B5"].data_type) == ("=B2+SUM(B3:B4)", "f")
    assert sheet["A6"].value == "需求 2 项，会议 1 场，合同额 1,000,005.10 元"
    assert sheet.column_dimensions["A"].width == 33 and sheet["D2"].comment.text == "checked by the centre"
    rows = [[box.value for box in row] for row in sheet["A8:C11"]]
    assert [row[0] for row in rows] == ["gbt4754:C33", "gbt4754:C39", "gbt4754:M73", None]
    for row in (8, 9, 10):  # the lines take the style of the line of the mark
        assert sheet.cell(row, 3).fill.fgColor.rgb == "00FFFF00" and sheet.cell(row, 3).alignment.horizontal == "right"


def test_the_exact_amount_is_in_the_file(report: Report) -> None:
    made, _lost = filled(report, book(lambda sheet: sheet.__setitem__("A1", "{{contracts.value.CNY}}")))
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert b"<v>1000005.1</v>" in parts.read("xl/worksheets/sheet1.xml")


def test_the_same_month_again_gives_the_same_bytes(spring: Spring, monkeypatch: pytest.MonkeyPatch) -> None:
    template = book(centres)
    first = filled(spring.report(MAY), template)[0], plain(spring.report(MAY))
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2031, 2, 3, 4, 5, 6, 0, 34, 0)))  # what zipfile dates parts by
    time.sleep(1.1)  # what openpyxl dates a workbook by has seconds
    assert (filled(spring.report(MAY), template)[0], plain(spring.report(MAY))) == first
    for content in first:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            assert {one.date_time for one in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert parts.read("docProps/core.xml").count(b"2026-06-01T00:00:00Z") == 2


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("{{introduction}}", "no mark that is known"), ("{{contracts.value}}", "no mark that is known"), ("{{}}", "no mark that is known"),
        ("{{demands.CNY}}", "no mark that is known"), ("{{table:by_colour}}", "no such table"), ("of {{table:by_field}}", "no mark that"),
        ("={{demands}}*2", "within a formula"), ("{{demands@street:1}}", "no mark that is known"),
    ],
)  # fmt: skip
def test_an_unknown_mark_is_told_with_its_sheet_and_cell(report: Report, mark: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as told:
        filled(report, book(lambda sheet: sheet.__setitem__("C7", mark)), "form.xlsx")
    assert str(told.value).startswith("form.xlsx: 月报!C7: ")


def test_a_table_without_room_is_refused(report: Report) -> None:
    def fill(sheet: Any) -> None:
        sheet["A1"], sheet["B3"] = "{{table:by_field}}", "signed"

    with pytest.raises(InvalidInput, match="月报!A1: the table needs 5 rows and 10 columns; B3 is not empty"):
        filled(report, book(fill))

    def merge(sheet: Any) -> None:
        sheet["A1"] = "{{table:by_field}}"
        sheet.merge_cells("A2:B2")

    with pytest.raises(InvalidInput, match="B2 is not empty"):
        filled(report, book(merge))


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04"])
def test_what_is_no_workbook_is_told(report: Report, content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"form.xlsx: cannot be read as a workbook"):
        filled(report, content, "form.xlsx")


def test_a_template_that_unpacks_to_too_much_is_refused(report: Report) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b"0" * 60_000_000)
    with pytest.raises(InvalidInput, match="50 MB"):
        filled(report, out.getvalue())


def test_a_cell_far_below_costs_nothing(report: Report) -> None:
    def fill(sheet: Any) -> None:
        sheet["A1"], sheet["XFD1048576"] = "{{demands}}", "end"

    began = time.monotonic()
    assert sheet_of(filled(report, book(fill))[0])["A1"].value == 2
    assert time.monotonic() - began < 20


def test_what_is_lost_of_a_template_is_told(report: Report) -> None:
    content = book(lambda sheet: sheet.__setitem__("A1", "{{demands}}"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w") as more:
        for one in parts.infolist():
            more.writestr(one, parts.read(one))
        more.writestr("xl/media/image1.png", b"x")
    assert filled(report, out.getvalue())[1] == ["media"]


@given(st.sampled_from("=+-@"), st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20))
@settings(max_examples=40)
def test_no_text_becomes_a_formula(first: str, rest: str) -> None:
    made, out = openpyxl.Workbook(), io.BytesIO()
    put(made.active["A1"], first + rest)
    made.save(out)
    box = openpyxl.load_workbook(io.BytesIO(out.getvalue())).active["A1"]
    assert (box.data_type, bool(box.quotePrefix), box.value) == ("s", True, first + rest)


def test_a_document_whose_id_looks_like_a_formula_is_a_text(report: Report) -> None:
    evil = '=HYPERLINK("http://x","y")'
    cells = tuple(Cell(measure="demands", by="field", key=evil, currency="", is_money=False, value=1, documents=(evil,)) for _ in range(1))
    changed = Report(month=MAY, view=evil, is_over=True, definitions=report.definitions, common=(), cells=cells)
    for content in (plain(changed), filled(changed, book(lambda sheet: sheet.__setitem__("A1", "{{table:documents}}")))[0],
                    filled(changed, book(lambda sheet: sheet.__setitem__("A1", "{{view}}")))[0]):  # fmt: skip
        made = openpyxl.load_workbook(io.BytesIO(content))
        said = [box for sheet in made.worksheets for row in sheet.iter_rows() for box in row if box.value == evil]
        assert said and all(box.data_type == "s" and box.quotePrefix for box in said)


def test_a_workbook_of_its_own_leads_from_numbers_to_documents(report: Report, tmp_path: Path) -> None:
    (tmp_path / "r.xlsx").write_bytes(plain(report))
    made = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert made.sheetnames == ["Notes", "Totals", "By type", "By field", "By district", "Definitions", "Documents"]
    totals, documents = made["Totals"], made["Documents"]
    for row in range(2, totals.max_row + 1):
        number = totals.cell(row, 3)
        if number.value:
            line = int(number.hyperlink.location.partition("'Documents'!A")[2])
            assert documents.cell(line, 1).value == totals.cell(row, 1).value
            assert documents.cell(line, 5).value == number.value
    with speaking("zh"):
        assert openpyxl.load_workbook(io.BytesIO(plain(report))).sheetnames[0] != ""
