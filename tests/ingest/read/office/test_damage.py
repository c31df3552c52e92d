"""Good files damaged at random bytes: tables, rows with a problem or a reason come of them, and nothing else, in little time."""

from __future__ import annotations

import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from graph.errors import InvalidInput
from ingest.read.tables import tables
from ingest.read.unread import Unread
from tests.ingest.read.office.test_docx import add
from tests.ingest.read.office.test_ods import cell, number, row, table, write_ods
from tests.ingest.read.office.test_xls import write_xls
from tests.ingest.test_hostile import damaged, packed, read_whole

_ROWS: list[list[object]] = [["编号", "名称", "价格"], *[[f"A{line}", f"成果 {line}", line / 3] for line in range(30)]]


def xls(path: Path) -> None:
    write_xls(path, {(2, 2): "0%", (3, 2): "yyyy-mm-dd"}, 成果=_ROWS, 机构=[["id", "name"], [1, True]])


def ods(path: Path) -> None:
    lines = [row(cell(f"A{line}", 'table:number-rows-spanned="2"'), cell("x"), number(line, str(line))) for line in range(30)]
    repeated = row(cell("y", 'table:number-columns-repeated="3"'), attributes='table:number-rows-repeated="3"')
    body = table("成果", row(cell("编号"), cell("名称"), cell("价格")), *lines, repeated) + table("b", row(cell("id")), row(cell("1")))
    write_ods(path, body, '<style:style style:name="a" style:family="table-cell"/>')


def word(path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("成果表")
    add(document, [[str(one) for one in line] for line in _ROWS], (1, 0, 2, 0), (3, 0, 3, 1))
    add(document, [["企业名称", "甲"], ["需求名称", "☑乙 □丙"], ["备注：", "丁"]])
    document.save(str(path))


_TOKENS = [b"\0\0", b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff", b"\x09\x08\x10\0", b"\x0a\0\0\0", b"\x3c\0\x04\0", b"PK\x03\x04"]
_XML = [b"<table:table>", b'table:number-rows-repeated="999999"', b"</w:tc>", b"<w:tc>", b"<w:tbl>", b'w:val="-1"', b"&x;", b"<text:p>"]


@pytest.mark.parametrize(("make", "suffix"), [(xls, "xls"), (ods, "ods"), (word, "docx")])
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_no_damage_breaks_a_reader(tmp_path: Path, make: Callable[[Path], None], suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"成果.{suffix}"
    make(path)
    whole = path.read_bytes()
    assert read_whole(path) > 30
    parts: dict[str, bytes] = {}
    if suffix != "xls":
        with zipfile.ZipFile(path) as archive:
            parts = {one: archive.read(one) for one in archive.namelist() if "theme" not in one}
    read = 0
    for count in range(200):
        chance = random.Random(f"{suffix}/{count}")
        if parts and count % 4:
            main = "content.xml" if suffix == "ods" else "word/document.xml"
            part = main if count % 2 else chance.choice(list(parts))
            path.write_bytes(packed(parts | {part: damaged(parts[part], chance, _TOKENS + _XML)}))
        elif count % 2:
            path.write_bytes(damaged(whole, chance, _TOKENS))
        else:
            changed = bytearray(whole)
            for _ in range(chance.randint(1, 5)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            path.write_bytes(changed)
        started = time.process_time()
        for found in tables(path):
            assert not isinstance(found, InvalidInput) or isinstance(found, Unread)
        read += read_whole(path)
        assert time.process_time() - started < 5, f"case {count} takes its time"
    assert read > 500, "most cases are not refused at the door"
    assert capfd.readouterr() == ("", ""), "nothing is printed"
