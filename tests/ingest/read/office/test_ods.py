"""OpenDocument spreadsheets: odfpy writes plain ones, the rest is XML; repetitions cost what a person could mean."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table as OdfTable
from odf.table import TableCell, TableRow
from odf.text import P

from graph import Store
from graph.errors import InvalidInput
from ingest.load import ingest
from ingest.read.office.grid import Sheet
from ingest.read.office.ods import REPEATED
from ingest.read.readers import Raw
from ingest.read.tables import tables
from ingest.read.unread import Unread, Why
from tests.ingest.conftest import institutions

_NAMES = ("office", "table", "text", "style", "number", "calcext", "draw")
_OPEN = "<office:document-content {}>".format(" ".join(f'xmlns:{one}="urn:{one}"' for one in _NAMES))


def write_ods(path: Path, body: str, styles: str = "", **parts: str) -> Path:
    """A spreadsheet of the XML of its sheets."""
    content = f"{_OPEN}<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{body}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"{content}</office:spreadsheet></office:body></office:document-content>")
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return path


def cell(text: str = "", attributes: str = "") -> str:
    return f"<table:table-cell {attributes}>{f'<text:p>{text}</text:p>' if text else ''}</table:table-cell>"


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def table(name: str, *rows: str, attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{"".join(rows)}</table:table>'


def number(value: object, shown: str, kind: str = "float") -> str:
    return cell(shown, f'office:value-type="{kind}" office:value="{value}"')


def rows(path: Path) -> list[Raw]:
    (found,) = tables(path)
    assert isinstance(found, Sheet), found
    return list(found.rows())


def test_what_odfpy_writes_lands(store: Store, tmp_path: Path) -> None:
    book = OpenDocumentSpreadsheet()
    for title, lines in {"机构": [["编号", "名称"], ["I1", "甲公司"], ["I2", "乙 大学\n二院"]], "notes": [["free"]]}.items():
        sheet = OdfTable(name=title)
        for line in lines:
            made = TableRow()
            for text in line:
                one = TableCell(valuetype="string")
                for part in text.split("\n"):
                    one.addElement(P(text=part))
                made.addElement(one)
            sheet.addElement(made)
        book.spreadsheet.addElement(sheet)
    book.save(str(tmp_path / "centre.ods"))
    report = ingest(store, [tmp_path / "centre.ods"])
    assert report.files[0].file == f"{tmp_path}/centre.ods/机构"
    assert {one.name for one in institutions(store)} == {"甲公司", "乙 大学 二院"}


def test_values_are_those_of_the_cells_or_what_is_seen_of_them(tmp_path: Path) -> None:
    cells = [
        (number(12345, "00012345"), "00012345"),
        (number(12, "JD0012"), "JD0012"),
        (number(0.6, "60%", "percentage"), "60%"),
        (number(0.6, "", "percentage"), "60.0%"),
        (number("1234.5", "1,234.50"), 1234.5),
        (number(500, "¥500.00", "currency"), 500),
        (number(500, "USD 500"), 500),
        (number(12.5, "12.5万元"), "12.5万元"),
        (number(12, "12 days"), 12),
        (number("123456789012345678", "1.23E+17"), 123456789012345678),
        (cell("2024年3月", 'office:value-type="date" office:date-value="2024-03-01" table:style-name="month"'), "2024-03"),
        (cell("x", 'office:value-type="date" office:date-value="2024-03-01T12:30:00"'), "2024-03-01 12:30:00"),
        (cell("x", 'office:value-type="date" office:date-value="2024-03-01T00:00:00" table:style-name="child"'), "2024"),
        (cell("", 'office:value-type="time" office:time-value="PT09H05M00S"'), "09:05:00"),
        (cell("TRUE", 'office:value-type="boolean" office:boolean-value="true"'), True),
        (cell("a<text:s text:c='2'/>b<text:line-break/>c", 'office:value-type="string"'), "a  b\nc"),
        (cell("shown") .replace("<text:p>", "<office:annotation><text:p>remark</text:p></office:annotation><text:p>"), "shown"),
        (cell("typed without a kind"), "typed without a kind"),
    ]  # fmt: skip
    styles = (
        '<number:date-style style:name="N1"><number:year/><number:text>年</number:text><number:month/></number:date-style>'
        '<style:style style:name="month" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="child" style:family="table-cell" style:parent-style-name="named"/>'
    )
    named = (
        '<office:document-styles><number:date-style style:name="N2"><number:year/></number:date-style>'
        '<style:style style:name="named" style:family="table-cell" style:data-style-name="N2"/></office:document-styles>'
    )
    head = row(*(cell(f"c{place}") for place in range(len(cells))))
    path = write_ods(tmp_path / "a.ods", table("a", head, row(*(one for one, _ in cells))), styles, **{"styles.xml": named})
    assert list(rows(path)[0].cells.values()) == [value for _, value in cells]


def test_errors_merges_rows_and_styles_of_columns(tmp_path: Path) -> None:
    body = table(
        "a",
        '<table:table-column table:number-columns-repeated="3"/><table:table-column table:default-cell-style-name="month"/>',
        row(attributes='table:number-rows-repeated="4"'),
        row(cell("t"), cell("n"), cell("e"), cell("d")),
        row(
            cell("both", 'table:number-rows-spanned="2"'),
            number(1, "1"),
            cell("#N/A", 'office:value-type="string" calcext:value-type="error" table:formula="of:=x"'),
            cell("x", 'office:value-type="date" office:date-value="2024-03-01"'),
        ),
        row("<table:covered-table-cell><text:p>old</text:p></table:covered-table-cell>", number(2, "2")),
        row(cell("same", 'table:number-columns-repeated="2"'), attributes='table:number-rows-repeated="2"'),
        row(cell("", 'table:formula="of:=1"'), cell("", 'table:number-columns-repeated="16380"')),
        row(attributes='table:number-rows-repeated="1048000"'),
    )
    styles = (
        '<number:date-style style:name="N1"><number:year/><number:month/></number:date-style>'
        '<style:style style:name="month" style:family="table-cell" style:data-style-name="N1"/>'
    )
    found = rows(write_ods(tmp_path / "a.ods", body, styles))
    assert [(one.line, one.cells) for one in found] == [
        (6, {"t": "both", "n": 1, "e": "#N/A", "d": "2024-03"}),
        (7, {"t": "both", "n": 2}),
        (8, {"t": "same", "n": "same"}),
        (9, {"t": "same", "n": "same"}),
        (10, {"t": "#VALUE!"}),
    ]
    assert [one.aside[0].rule if one.aside else "" for one in found] == [
        "is an error of a spreadsheet", "", "", "", "is a formula that was never computed: open the file and save it",
    ]  # fmt: skip


def test_each_sheet_begins_where_it_begins(tmp_path: Path) -> None:
    hidden = '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>'
    body = "".join(
        table(f"表{place}", row(cell("id")), row(cell(f"值{place}")), attributes=f'table:style-name="ta{place}"') for place in range(4)
    ) + table("'file:///other.ods'#a", "<table:table-source/>", row(cell("id")))
    found = list(tables(write_ods(tmp_path / "a.ods", body, hidden)))
    assert [(one.file, one.kind) for one in found if isinstance(one, Unread)] == [(f"{tmp_path}/a.ods/表2", Why.HIDDEN)]
    assert [[raw.cells for raw in one.rows()] for one in found if isinstance(one, Sheet)] == [[{"id": f"值{place}"}] for place in (0, 1, 3)]


@pytest.mark.parametrize(
    "body",
    [
        row(cell("x", 'table:number-columns-repeated="16000"'), attributes='table:number-rows-repeated="1048576"'),
        row(cell("x", 'table:number-columns-repeated="16000"')) * 2_000,
        row(cell("x"), attributes='table:number-rows-repeated="999999999"'),
        row(cell("x", 'table:number-columns-repeated="20000"')),
        row(cell("x", 'table:number-columns-repeated="-1"')),
        row(cell("x", 'table:number-columns-repeated="9999999999999"')),
        row(cell("x", 'table:number-rows-spanned="999999999" table:number-columns-spanned="2"')) * 210_000,
        row(cell("x")) * 2 + row(cell("y")) + "</table:table-row>",
    ],
)
def test_what_no_person_made_is_refused_in_little_time_and_memory(tmp_path: Path, body: str) -> None:
    path = write_ods(tmp_path / "a.ods", table("a", row(cell("id")), row(cell("1")), body))
    started = time.process_time()
    (found,) = tables(path)
    if isinstance(found, InvalidInput):
        assert "cannot be read" in found.rule
    else:
        last = [one for one in found.rows() if one.problem]
        assert "damaged from here on" in str(last[-1].problem)
    assert time.process_time() - started < 60  # 1 to 3 s; the tracing of coverage takes several times as long


def test_a_row_repeated_often_is_made_when_it_is_asked_for(tmp_path: Path) -> None:
    often = row(cell("x"), attributes=f'table:number-rows-repeated="{REPEATED // 10}"')
    path = write_ods(tmp_path / "a.ods", table("a", row(cell("id")), often))
    tracemalloc.start()
    (found,) = tables(path)
    assert isinstance(found, Sheet)
    count = sum(1 for _ in found.rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == REPEATED // 10
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"META-INF__manifest.xml": "<x><manifest:encryption-data/></x>"}, "locked with a password"),
        ({"styles.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x/>'}, "declares a document type"),
    ],
)
def test_what_is_no_spreadsheet_is_told(tmp_path: Path, parts: dict[str, str], rule: str) -> None:
    (found,) = tables(write_ods(tmp_path / "a.ods", table("a", row(cell("id"))), **parts))
    assert isinstance(found, Unread)
    assert rule in found.rule
    (tmp_path / "b.ods").write_bytes(b"PK")
    (broken,) = tables(tmp_path / "b.ods")
    assert isinstance(broken, Unread)
    assert broken.kind == Why.DAMAGED
