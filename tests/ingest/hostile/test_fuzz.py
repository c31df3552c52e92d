"""Rows that nobody would write, in every format that is read: no unexpected error, every row accounted for, memory and time bounded.

FUZZ_ROWS rows (10,000 take one to two minutes on a busy machine) from FUZZ_SEED on, printed: a file's seed makes it again.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from graph import connect
from graph.errors import InvalidInput
from ingest.load import ingest
from tests.ingest.read.office.books import write_book

ROWS = int(os.environ.get("FUZZ_ROWS", "10000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
BATCH = 10_000
MEGABYTES = 400
"""What the memory of the process may grow by over all rows of a batch."""
SECONDS = 600
"""Seconds of CPU that a batch may take on a slow machine with other work beside it: 20 to 120 are usual."""

FIELDS = {
    "institutions": "id name aliases kind country region industry size qualifications description external_ids visibility part_of",
    "experts": "id name aliases institution headline broker bio keywords capacity external_ids visibility",
    "achievements": "id title abstract kind trl date keywords price currency licence legal_status filed ipc dois owners creators",
    "demands": "id title description kind industry route budget date deadline trl_min regions requirements status visibility posted_by",
    "resources": "id title description kind terms date visibility offered_by",
    "cooperations": "id title mode contract_type started ended amount currency payments outcome visibility parties demands uses",
    "evidence": "id source target kind outcome date verified_by document visibility",
    "party_to": "id source target role share date",
}
TEXTS = [
    "", " ", "无", "-", "N/A", "同上", "〃", "合计", "备注：x", "Total", "null", "NaN", "inf", "-0", "1e400",
    "9" * 400, "0x10", "1,2,3", "50万", "30-50万元", "2023年上半年", "2024-02-30", "9999-99-99", "0000-00-00", "=1+1",
    "@SUM(A1)", "'; DROP TABLE nodes; --", "<script>", "&lt;", 'a;b\uff1bc|d\ne', "张三、李四", "\u202eabc", "\u200b",
    "\x00", "\x1b[31m", "\ufeff", "\ufffd", "\U0001f600", "é" * 300, "x" * 3_000, "{}", "[]", "{\"a\": [1, {\"b\": null}]}",
    "[" * 200, "[" * 90 + "]" * 90, "\"", "'", "\\", "\\ud800", "_xD83D_", "_x0000_", "{0}", "%s", "I1", "I2", "甲公司",
    "rec-1", "ror:05a28rw58", "uscc:91330000", "me@example.org", "13800138000", "confidential", "保密", "public", "yes",
    "patent", "TRL 5", "中试", "甲方=I1；乙方=I2", "funder=", "A @ B", "CN", "浙江省", "rating", "1", "0.5", "-1",
    "2", "rating;payment", "\t", "\r\n", 'a\r', "/", "\u2026", "C39",
]  # fmt: skip
Value = object
Rows = list[dict[str, Value]]


class Json(str):
    """A value that only JSON has, as it is written."""


def nested(chance: random.Random) -> Json:
    """Numbers, lists and objects, some of them deep."""
    value = chance.choice(["null", "true", "1" + "0" * 30, "-1e308", "1e999", "1.5", '"\\ud83d"', '["a", null, 3]', '{"a": 1}', "[]", "{}"])
    depth = chance.choice([0, 0, 0, 1, 1, 3, 60, 63, 200, 2_000])
    before, after = chance.choice([("[", "]"), ('{"k": ', "}")])
    return Json(before * depth + value + after * depth)


def made(chance: random.Random, kind: str, count: int, *, is_json: bool) -> Rows:
    """Rows of ``kind``: an id and a name in most of them, anything in the other cells."""
    names = [*FIELDS[kind].split(), "retrieved_at", "电话", "what"]
    rows: Rows = []
    for number in range(count):
        row: dict[str, Value] = {}
        for name in names:
            row[name] = nested(chance) if is_json and rows and chance.random() < 0.08 else chance.choice(TEXTS)
        row["id"] = f"{kind[0]}{chance.randrange(count)}" if chance.random() < 0.9 else chance.choice([*TEXTS, "z"]) or "z"
        for name in ("name", "title"):
            if name in row and chance.random() < 0.8:
                row[name] = f"{chance.choice(TEXTS)[:40]} {kind} {number}"
        if is_json and rows:  # the first names all columns, so that the file is one of its kind
            row = {name: value for name, value in row.items() if name == "id" or chance.random() < 0.8}
        rows.append(row)
    return rows


def _csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def _jsonl(rows: Rows) -> bytes:
    return b"\n".join(map(_json_text, rows))


def _json(rows: Rows) -> bytes:
    return b'{"total": 1, "items": [' + b",\n".join(map(_json_text, rows)) + b"]}"


def _json_text(row: dict[str, Value]) -> bytes:
    cells = (f"{json.dumps(name)}: {value if isinstance(value, Json) else json.dumps(value)}" for name, value in row.items())
    return f"{{{', '.join(cells)}}}".encode()


def _plain(value: Value) -> str:
    """What a file of an office program can hold of a text."""
    return "".join(one for one in str(value) if one.isprintable() or one == "\n")[:2_000]


def _sheet(rows: Rows) -> list[list[str]]:
    return [list(rows[0]), *[[_plain(value) for value in row.values()] for row in rows]]


def _xlsx(path: Path, rows: Rows) -> None:
    write_book(path, Sheet1=[[cell.replace("=", "＝", 1) for cell in row] for row in _sheet(rows)])


def _xls(path: Path, rows: Rows) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for at, row in enumerate(_sheet(rows)):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    book.save(str(path))


def _ods(path: Path, rows: Rows) -> None:
    book = OpenDocumentSpreadsheet()
    table = Table(name="Sheet1")
    for row in _sheet(rows):
        line = TableRow()
        for cell in row:
            made = TableCell(valuetype="string")
            made.addElement(P(text=cell))
            line.addElement(made)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))


def _docx(path: Path, rows: Rows) -> None:
    document = docx.Document()
    cells = _sheet(rows)
    table = document.add_table(len(cells), len(cells[0]))
    every = table._cells
    for at, row in enumerate(cells):
        for column, cell in enumerate(row):
            every[at * len(row) + column].text = cell
    document.save(str(path))


TEXT: dict[str, Callable[[Rows], bytes]] = {"csv": _csv, "jsonl": _jsonl, "json": _json}
OFFICE: dict[str, tuple[Callable[[Path, Rows], None], int]] = {
    "xlsx": (_xlsx, 500),
    "xls": (_xls, 500),
    "ods": (_ods, 150),
    "docx": (_docx, 60),
}
"""By format of an office program, its writer and the rows that it writes fast."""
FORMATS = [*TEXT, "csv.gz", "jsonl.gz", "json.gz", "zip", *OFFICE]


def written(folder: Path, seed: str) -> tuple[Path, int, bool]:
    """The file of a seed, its rows, and whether bytes of it were changed."""
    chance = random.Random(seed)
    form, kind = chance.choice(FORMATS), chance.choice(list(FIELDS))
    name = form.removesuffix(".gz") if form != "zip" else chance.choice(list(TEXT))
    count = min(chance.choice([1, 20, 200, 600]), OFFICE[form][1] if form in OFFICE else 600)
    rows = made(chance, kind, count, is_json=name.startswith("json"))
    path = folder / f"{kind}.{form}"
    is_damaged = form not in OFFICE and chance.random() < 0.1
    if form in OFFICE:
        OFFICE[form][0](path, rows)
        return path, count, False
    data = bytearray(TEXT[name](rows))
    for _ in range(chance.randint(1, 9) if is_damaged else 0):
        at = chance.randrange(len(data))
        data[at : at + chance.randint(0, 3)] = chance.choice([b'"', b"\xff", b"\n", b"}", b"[", b"", b"\x00", b"\\"])
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{kind}.{name}", bytes(data))
    else:
        path.write_bytes(gzip.compress(bytes(data)) if form.endswith(".gz") else bytes(data))
    return path, count, is_damaged


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("batch", range(max(1, ROWS // BATCH)))
def test_rows_that_nobody_would_write(tmp_path: Path, batch: int) -> None:
    store = connect(f"sqlite:///{tmp_path}/fuzz.db")
    told: Counter[str] = Counter()
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    number = 0
    while told["read"] < min(BATCH, ROWS):
        seed = f"{SEED}/{batch}/{number}"
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        path, count, is_damaged = written(folder, seed)
        try:
            report = ingest(store, [path], source="fuzz", rejects=folder / "bad", strict=number % 5 == 0)
        except InvalidInput as error:
            assert is_damaged, f"{seed}: {error}"
            continue
        except Exception as error:
            raise AssertionError(f"{seed}: unexpected {type(error).__name__}: {error}") from error
        for one in report.files:
            assert one.read == one.added + one.changed + one.unchanged + one.rejected + one.left_out, seed
            assert is_damaged or one.read == count, f"{seed}: {one.read} rows read of {count}"
            told.update({name: getattr(one, name) for name in ("read", "added", "changed", "rejected", "left_out", "set_aside")})
        assert report.files, f"{seed}: {report.skipped}"
    grown, took = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, time.process_time() - began
    print(f"seeds {SEED}/{batch}/0 to {number - 1}: {dict(told)}; {took:.0f} s of CPU, memory +{grown:.0f} MB")  # noqa: T201 (the seeds are to be seen)
    assert store.check(deep=True).problems == ()
    assert told["added"] > told["read"] // 20, "most rows are not refused at the door"
    assert grown < MEGABYTES
    assert took < SECONDS
    store.close()
