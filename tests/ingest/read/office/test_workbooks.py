"""Workbooks: what a spreadsheet program shows is what is read, row by row; openpyxl is the oracle for plain cells."""

from __future__ import annotations

import csv
import datetime
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Store
from graph.errors import InvalidInput
from graph.model import NodeKind
from ingest.load import ingest
from ingest.read.archives import Place
from ingest.read.office.grid import column_letters, column_number
from ingest.read.office.workbooks import sheets
from tests.ingest.conftest import institutions, nodes
from tests.ingest.read.office.books import first_sheet, rewrite, rows_of, write_book

SHEET = "xl/worksheets/sheet1.xml"


def test_sheets_are_tables_of_their_own_in_the_order_of_dependence(store: Store, tmp_path: Path) -> None:
    path = write_book(
        tmp_path / "centre.xlsx",
        成果汇总表=[["编号", "名称", "权属单位"], ["A1", "涂层", "I1"], ["A2", None, "I1"]],
        机构=[["编号", "名称"], ["I1", "甲公司"]],
        notes=[["free", "text"]],
    )
    report = ingest(store, [path], rejects=tmp_path / "bad")
    assert [Path(one.file).name for one in report.files] == ["机构", "成果汇总表"]
    assert report.files[1].file == f"{path}/成果汇总表"
    assert str(report.files[1].rejections[0]) == f"{path}/成果汇总表:3: 名称: one of title and abstract is required"
    assert [(Path(file).name, reason[:16]) for file, reason, *_ in report.skipped] == [("notes", "neither its name")]
    assert [one.name for one in institutions(store)] == ["甲公司"], "the owner is the institution of the other sheet"


def test_rejected_rows_of_a_sheet_are_mended_and_fed_again(store: Store, tmp_path: Path) -> None:
    rows = [["id", "title", "date", "trl"], ["A1", "=cmd|' /C calc'!A0", datetime.date(2024, 3, 1), 12], ["A2", "good", None, 3]]
    path = write_book(tmp_path / "achievements.xlsx", Sheet1=rows)
    rewrite(path, SHEET, lambda xml: re.sub(rb"<f>(.*?)</f><v\s*/?>(</v>)?", rb"<v>\1</v>", xml).replace(b'r="B2"', b'r="B2" t="str"', 1))
    report = ingest(store, [path], source="s", rejects=tmp_path / "bad")
    (file,) = [one.rejects_file for one in report.files]
    assert file and Path(file).name == "achievements.rejected.csv"
    content = Path(file).read_text("utf-8-sig")
    assert "2024-03-01" in content
    Path(file).write_text(content.replace(",12,", ",9,"), "utf-8")
    again = ingest(store, [file], source="s")
    assert (report.set_aside, again.rejected, again.set_aside, again.total("changed")) == (1, 0, 0, 1)
    assert {getattr(one, "title", "") for one in nodes(store, NodeKind.ACHIEVEMENT)} == {"cmd|' /C calc'!A0", "good"}


def test_the_header_is_the_first_row_that_fits(tmp_path: Path, store: Store) -> None:
    rows = [["2024 年成果汇总表"], [], ["制表：办公室"], ["编号", "名称"], ["A1", "涂层"], ["编号", "名称"]]
    report = ingest(store, [write_book(tmp_path / "成果.xlsx", Sheet1=rows)])
    assert (report.total("read"), report.total("added"), report.total("left_out")) == (2, 1, 1)
    assert report.files[0].no_records == [(6, "repeats the header")]
    assert {getattr(one, "title", "") for one in nodes(store, NodeKind.ACHIEVEMENT)} == {"涂层"}


def test_cells_merged_over_rows_count_in_each_of_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["t", None, "where"], [None, "sub", None], ["x", 1, "Hall"], [None, 2, None], ["y", 3, "Yard"], ["z", None, None]]:
        sheet.append(row)
    for cells in ("A1:A2", "B1:B1", "C1:C2", "A3:A4", "C5:C6", "A6:B6"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "a.xlsx")
    table = first_sheet(tmp_path / "a.xlsx")
    assert (table.heads[0].line, table.columns) == (2, ("t", "sub", "where"))
    assert [one.cells for one in table.rows()] == [
        {"t": "x", "sub": 1, "where": "Hall"},
        {"t": "x", "sub": 2},
        {"t": "y", "sub": 3, "where": "Yard"},
        {"t": "z", "where": "Yard"},
    ]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("yyyy-mm-dd", "2024-03-01"),
        ('yyyy"年"m"月"d"日"', "2024-03-01"),
        ("[$-804]yyyy-mm", "2024-03"),
        ('yyyy"年"', "2024"),
        ("d.m.yy", "2024-03-01"),
        ("General", 45352),
        ("0.00", 45352),
        ('#,##0 "days"', 45352),
        ("[Red]0", 45352),
    ],
)
def test_a_number_is_a_date_as_its_format_shows_it(tmp_path: Path, form: str, shown: object) -> None:
    book = openpyxl.Workbook()
    book.active.append(["d"])
    book.active["A2"] = 45352
    book.active["A2"].number_format = form
    book.save(tmp_path / "a.xlsx")
    assert rows_of(tmp_path / "a.xlsx")[0].cells == {"d": shown}


@pytest.mark.parametrize(("number", "shown"), [(14, "2024-03-01"), (31, "2024-03-01"), (57, "2024-03"), (27, "2024-03"), (1, 45352)])
def test_formats_known_by_number(tmp_path: Path, number: int, shown: object) -> None:
    path = write_book(tmp_path / "a.xlsx", a=[["d"], [45352]])
    rewrite(path, "xl/styles.xml", lambda xml: re.sub(rb'(<cellXfs.*?numFmtId=)"0"', rb'\1"%d"' % number, xml, flags=re.DOTALL))
    assert rows_of(path)[0].cells == {"d": shown}


def test_days_of_1904_and_1900(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["d"])
    for number in (1, 59, 61, 45352.5):
        book.active.append([number])
        book.active.cell(book.active.max_row, 1).number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    assert [one.cells["d"] for one in rows_of(tmp_path / "a.xlsx")] == ["1900-01-01", "1900-02-28", "1900-03-01", "2024-03-01 12:00:00"]
    rewrite(tmp_path / "a.xlsx", "xl/workbook.xml", lambda xml: xml.replace(b"<workbookPr", b'<workbookPr date1904="1"', 1))
    assert next(one.cells["d"] for one in rows_of(tmp_path / "a.xlsx")) == "1904-01-02"


def test_formulas_are_their_values_and_errors_are_errors(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", a=[["id", "t"], [1, "x"], [2, "x"], [3, "x"], [4, "x"], [5, "x"]])
    cells = {
        b"B2": b'<c r="B2" t="str"><f>A1&amp;"!"</f><v>id!</v></c>',
        b"B3": b'<c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        b"B4": b'<c r="B4"><f>SUM(A1)</f></c>',
        b"B5": b'<c r="B5" t="inlineStr"><is><r><t>=1</t></r><r><t>+1</t></r><rPh><t>no</t></rPh></is></c>',
        b"B6": b'<c r="B6"><f>1+1</f><v>2</v></c>',
    }
    rewrite(path, SHEET, lambda xml: re.sub(rb'<c r="(B[2-6])".*?</c>', lambda found: cells[found[1]], xml))
    found = rows_of(path)
    assert [one.cells["t"] for one in found] == ["id!", "#DIV/0!", "#VALUE!", "=1+1", 2]
    assert ["; ".join(map(str, one.aside)) for one in found] == [
        "",
        "t: is an error of a spreadsheet (#DIV/0!)",
        "t: is a formula that was never computed: open the file and save it (#VALUE!)",
        "",
        "",
    ]


_values = st.one_of(
    st.text(
        st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
    ).filter(lambda one: one[0] not in "=#" and not re.search("_x[0-9A-Fa-f]{4}_", one)),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.datetimes(datetime.datetime(1901, 1, 1), datetime.datetime(2199, 1, 1)).map(lambda one: one.replace(microsecond=0)),
    st.none(),
)


def _plain(value: object) -> object:
    """What ``openpyxl`` gives, as it is said here."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    return int(value) if isinstance(value, float) and value.is_integer() else value


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_values, min_size=3, max_size=3), max_size=8))
def test_plain_cells_are_what_openpyxl_reads(tmp_path_factory: pytest.TempPathFactory, table: list[list[object]]) -> None:
    path = write_book(tmp_path_factory.mktemp("book") / "a.xlsx", a=[["a", "b", "c"], *table])
    expected = []
    for row in openpyxl.load_workbook(path, data_only=True).active.iter_rows(min_row=2, max_col=3):
        cells = {
            name: _plain(cell.value) for name, cell in zip("abc", row, strict=True) if cell.value is not None and cell.data_type != "e"
        }
        if cells:
            expected.append((row[0].row, cells))
    assert [(one.line, one.cells) for one in rows_of(path) if one.problem is None] == expected


@settings(max_examples=200)
@given(st.integers(1, 16_384))
def test_columns_by_letter(number: int) -> None:
    assert column_letters(number) == openpyxl.utils.get_column_letter(number)
    assert column_number(column_letters(number)) == number


def test_cells_beside_the_header_are_named_by_their_letter(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "institutions.xlsx", a=[["id", "name"], ["1", "A", None, "aside"]])
    report = ingest(store, [path])
    assert report.files[0].unknown_columns == ("[D]",)


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "empty"
    book.create_sheet("hidden").sheet_state = "hidden"
    book.create_chartsheet("chart")
    book.create_sheet("full")["A1"] = "x"
    book.save(tmp_path / "a.xlsx")
    found = [str(one) if isinstance(one, InvalidInput) else one.label for one in sheets(Place.of(tmp_path / "a.xlsx"))]
    place = tmp_path / "a.xlsx"
    assert sorted(found) == [
        f"{place}/chart: is a chart, not a table",
        f"{place}/empty: the sheet is empty",
        f"{place}/full",
        f"{place}/hidden: is a hidden sheet",
    ]


def _archive(**parts: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name.replace("__", "/"), content)

    return write


@pytest.mark.parametrize(
    ("write", "rule"),
    [
        (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)), "cannot be read"),
        (lambda path: path.write_bytes(b"id,t\n1,2\n"), "cannot be read"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (_archive(a=b"x"), "a part is missing"),
        (_archive(_rels__0=b""), "a part is missing"),
    ],
)
def test_what_is_no_workbook_is_told(tmp_path: Path, write: Callable[[Path], None], rule: str) -> None:
    write(tmp_path / "a.xlsx")
    with pytest.raises(InvalidInput, match=rule):
        list(sheets(Place.of(tmp_path / "a.xlsx")))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (rb'<row r="3"', b'<row r="2"', "rows are out of order"),
        (rb'<row r="3"', b'<row r="99999999999"', "rows are out of order"),
        (rb'<c r="B3"', b'<c r="A3"', "cells out of order"),
        (rb'<c r="B3"', b'<c r="XFE3"', "more than 16,384 cells"),
        (rb"</row></sheetData>", b"<c></row></sheetData>", "the XML is damaged"),
        (rb"\A.*?<worksheet", b'<?xml version="1.0" encoding="klingon"?><worksheet', "the XML is damaged"),
        (rb"\A.*?<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', "declares a document type"),
    ],
)
def test_a_damaged_sheet_gives_what_is_whole(tmp_path: Path, old: bytes, new: bytes, rule: str) -> None:
    path = write_book(tmp_path / "a.xlsx", a=[["id", "t"], ["1", "a"], ["2", "b"]])
    rewrite(path, SHEET, lambda xml: re.sub(old, new, xml, count=1, flags=re.DOTALL))
    found = next(iter(sheets(Place.of(path))))
    assert isinstance(found, InvalidInput)
    assert rule in found.rule


def test_a_sheet_that_breaks_off_late_lands_as_far_as_it_is_whole(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", a=[["id"], *[[number] for number in range(50)]])
    rewrite(path, SHEET, lambda xml: xml.replace(b'<row r="40"', b'<row r="4"', 1))
    found = rows_of(path)
    assert [one.line for one in found] == [*range(2, 40), 40]
    assert found[-1].problem
    assert "the sheet is damaged from here on (its rows are out of order after row 39)" in str(found[-1].problem)


def test_a_cell_that_is_not_of_its_type_is_set_aside(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", a=[["id", "t"], [1, "a"], [2, "b"]])
    rewrite(path, SHEET, lambda xml: xml.replace(b'<c r="B2" t="s"><v>2<', b'<c r="B2" t="s"><v>99<'))
    assert ["; ".join(map(str, one.aside)) for one in rows_of(path)] == ["t: holds no value of its type (99)", ""]


def test_strict_workbooks_are_read(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", a=[["id", "d"], ["1", "2024-03-01"]])
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"):
        rewrite(
            path,
            part,
            lambda xml: xml.replace(b"http://schemas.openxmlformats.org/officeDocument/2006", b"http://purl.oclc.org/ooxml/officeDocument"),
        )
    assert rows_of(path)[0].cells == {"id": "1", "d": "2024-03-01"}


def test_the_rejected_rows_of_two_sheets_do_not_meet(store: Store, tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", institutions=[["id", "name"], ["1"]], **{"my institutions": [["id", "name"], ["2"]]})
    report = ingest(store, [path], rejects=tmp_path / "bad")
    files = [one.rejects_file for one in report.files]
    assert len(set(files)) == 2
    for file in files:
        assert file
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            assert len(list(csv.DictReader(stream))) == 1
