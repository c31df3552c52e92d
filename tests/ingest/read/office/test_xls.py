"""Old workbooks: what xlwt writes is read as it is shown, and bytes that make the library loop or swell never reach it."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Store
from graph.errors import InvalidInput
from ingest.load import ingest
from ingest.read.office.biff import records, shared_texts
from ingest.read.office.grid import Sheet
from ingest.read.office.markup import Unreadable
from ingest.read.readers import Raw
from ingest.read.tables import tables
from ingest.read.unread import Unread, Why
from tests.ingest.conftest import institutions


def write_xls(path: Path, formats: dict[tuple[int, int], str] | None = None, **sheets: list[list[object]]) -> Path:
    """An old workbook; ``formats``: of cells of the first sheet, by row and column from 0."""
    book = xlwt.Workbook(encoding="utf-8")
    for title, rows in sheets.items():
        sheet = book.add_sheet(title, cell_overwrite_ok=True)
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if value is not None:
                    style = xlwt.easyxf(num_format_str=(formats or {}).get((row, column), "General"))
                    sheet.write(row, column, value, style)
        formats = None
    book.save(str(path))
    return path


def only(path: Path) -> Sheet:
    (found,) = tables(path)
    assert isinstance(found, Sheet), found
    return found


def rows(path: Path) -> list[Raw]:
    return list(only(path).rows())


def test_an_old_workbook_lands_as_a_new_one_does(store: Store, tmp_path: Path) -> None:
    rows = [["2024 年机构表"], [], ["编号", "名称"], ["I1", "甲公司"], [2, "乙大学"]]
    path = write_xls(tmp_path / "centre.xls", 机构=rows, notes=[["free"]])
    report = ingest(store, [path])
    assert (report.total("added"), report.rejected) == (2, 0)
    assert {one.name for one in institutions(store)} == {"甲公司", "乙大学"}
    assert report.files[0].file == f"{path}/机构"


def test_numbers_are_what_their_format_shows(tmp_path: Path) -> None:
    shown = {
        "yyyy-mm-dd": (45352, "2024-03-01"),
        'yyyy"年"m"月"': (45352, "2024-03"),
        "00000000": (12345, "00012345"),
        '"JD"0000': (12, "JD0012"),
        "0%": (0.6, "60%"),
        "#,##0.00": (1234.5, 1234.5),
        '"¥"#,##0.00': (12, 12),
        "General": (7, 7),
    }
    table = [[f"c{number}" for number in range(len(shown))], [value for value, _ in shown.values()]]
    path = write_xls(tmp_path / "a.xls", {(1, number): form for number, form in enumerate(shown)}, a=table)
    assert list(rows(path)[0].cells.values()) == [text for _, text in shown.values()]


def test_merged_cells_errors_and_kinds_of_values(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for column, name in enumerate(["t", "n", "b", "e"]):
        sheet.write(0, column, name)
    sheet.write_merge(1, 2, 0, 0, "both")
    sheet.write_merge(3, 3, 0, 1, "wide")
    sheet.write(1, 1, 1)
    sheet.write(2, 1, 2.5)
    sheet.write(2, 2, True)
    sheet.row(3).set_cell_error(3, 0x07)
    book.save(str(tmp_path / "a.xls"))
    found = rows(tmp_path / "a.xls")
    assert [(one.line, one.cells) for one in found] == [
        (2, {"t": "both", "n": 1}),
        (3, {"t": "both", "n": 2.5, "b": True}),
        (4, {"t": "wide", "e": "#DIV/0!"}),
    ]
    assert str(found[2].aside[0]) == "e: is an error of a spreadsheet (#DIV/0!)"


def test_hidden_and_empty_sheets_are_told(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("full").write(0, 0, "x")
    book.add_sheet("empty")
    book.add_sheet("hidden").visibility = 1
    book.save(str(tmp_path / "机构.xls"))
    found = list(tables(tmp_path / "机构.xls"))
    assert [(one.kind, str(one.file)[-6:]) for one in found if isinstance(one, Unread)] == [(Why.EMPTY, "/empty"), (Why.HIDDEN, "hidden")]
    (table,) = [one for one in found if isinstance(one, Sheet)]
    assert table.names == ("full",), "two visible sheets: the file's name speaks for neither"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.one_of(st.text(st.characters(codec="utf-16", exclude_categories=["Cs", "Cc"]), max_size=300).filter(str.strip),
    st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans(), st.none()),
    min_size=2, max_size=2), max_size=40))  # fmt: skip
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, table: list[list[object]]) -> None:
    path = write_xls(tmp_path_factory.mktemp("xls") / "a.xls", a=[["a", "b"], *table])
    expected = [
        (number, {name: int(value) if isinstance(value, float) and value.is_integer() else value
                  for name, value in zip("ab", row, strict=True) if value is not None})
        for number, row in enumerate(table, 2) if any(value is not None for value in row)
    ]  # fmt: skip
    assert [(one.line, one.cells) for one in rows(path)] == expected


def test_an_xlsx_and_a_text_under_the_name_of_an_xls(tmp_path: Path) -> None:
    from tests.ingest.read.office.books import write_book

    write_book(tmp_path / "a.xlsx", a=[["id"], [1]]).rename(tmp_path / "a.xls")
    assert rows(tmp_path / "a.xls")[0].cells == {"id": 1}
    write_xls(tmp_path / "b.xls", a=[["id"], [2]]).rename(tmp_path / "b.xlsx")
    assert rows(tmp_path / "b.xlsx")[0].cells == {"id": 2}
    for content, word in ((b"<html><table>", "a web page"), (b"id\tname\n1\tx\n", "a text")):
        (tmp_path / "c.xls").write_bytes(content)
        (told,) = tables(tmp_path / "c.xls")
        assert isinstance(told, Unread)
        assert word in told.rule


# -- what xlrd does not survive


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


BOF_GLOBALS = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x2000, 1997, 0, 6))
BOF_SHEET = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x2000, 1997, 0, 6))
END = record(0x000A)
CELL = record(0x0203, struct.pack("<HHHd", 0, 0, 0, 5.0))


def book_of(sheet: bytes, *before: bytes, names: int = 1) -> bytes:
    """A stream of records with one sheet, named ``names`` times."""
    bounds = [record(0x0085, struct.pack("<IBBBB", 0, 0, 0, 1, 0) + b"a")] * names
    start = len(BOF_GLOBALS + b"".join(before) + b"".join(bounds) + END)
    bounds = [record(0x0085, struct.pack("<IBBBB", start, 0, 0, 1, 0) + b"a")] * names
    return BOF_GLOBALS + b"".join(before) + b"".join(bounds) + END + BOF_SHEET + sheet + END


def told(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    started = time.process_time()
    (found,) = tables(path)
    assert time.process_time() - started < 2
    return found.rule if isinstance(found, InvalidInput) else ""


def test_links_over_all_cells_are_not_made(tmp_path: Path) -> None:
    kind = bytes.fromhex("D0C9EA79F9BACE118C8200AA004BA90B")
    links = record(0x01B8, struct.pack("<HHHH16sII", 0, 65_535, 0, 65_535, kind, 2, 0))
    widths = record(0x007D, struct.pack("<HHHHHH", 0, 65_535, 0, 0, 0, 0)) * 50
    assert told(tmp_path / "a.xls", book_of(links + widths + CELL)) == ""


def test_a_sheet_that_is_named_again_and_again_is_not_read_as_often(tmp_path: Path) -> None:
    assert "sheets overlap" in told(tmp_path / "a.xls", book_of(CELL, names=500))


def test_a_locked_workbook_is_told(tmp_path: Path) -> None:
    assert "locked with a password" in told(tmp_path / "a.xls", book_of(CELL, record(0x002F, bytes(6))))


def test_shared_texts_go_forward_only() -> None:
    plain = struct.pack("<HB", 2, 0) + b"ab"
    rich = struct.pack("<HBHI", 1, 1 | 4 | 8, 1, 3) + "中".encode("utf-16-le") + bytes(4) + b"xyz"
    head = struct.pack("<II", 3, 3)
    split = struct.pack("<HB", 4, 0) + b"ef"
    assert shared_texts([head + plain + rich + split, b"\x01" + "gh".encode("utf-16-le")]) == ["ab", "中", "efgh"]
    back = struct.pack("<HBi", 1, 4, -8) + b"a"
    with pytest.raises(Unreadable, match="impossible length"):
        shared_texts([struct.pack("<II", 2, 2) + back * 2])
    with pytest.raises(Unreadable, match="more texts than it has"):
        shared_texts([struct.pack("<II", 0, 2**31) + plain])
    with pytest.raises((Unreadable, IndexError)):
        shared_texts([head + plain + struct.pack("<HB", 9, 0) + b"a"])


def circle(path: Path) -> bytes:
    """A file whose workbook lies in short sectors, of which the first follows itself."""
    data = bytearray(write_xls(path, a=[["id"], [1]]).read_bytes())
    table = (len(data) - 512) // 512
    struct.pack_into("<II", data, 60, table, 1)
    struct.pack_into("<I", data, 512 * (1 + struct.unpack_from("<I", data, 76)[0]) + 4 * table, 0xFFFFFFFE)
    root = 512 * (1 + struct.unpack_from("<I", data, 48)[0])
    (stream,) = struct.unpack_from("<I", data, root + 128 + 116)
    struct.pack_into("<II", data, root + 116, stream, 4096)
    struct.pack_into("<II", data, root + 128 + 116, 0, 1_000)  # streams of less than 4,096 bytes are of short sectors
    return bytes(data) + struct.pack("<128I", *range(128))


def test_a_circle_of_short_sectors_ends(tmp_path: Path) -> None:
    assert told(tmp_path / "a.xls", circle(tmp_path / "b.xls"))


def test_older_kinds_are_told() -> None:
    with pytest.raises(Unreadable, match="older than Excel 5"):
        records(struct.pack("<HHHH", 0x0009, 4, 2, 0x10))
