"""Files -> raw rows: the line each starts on, and rows that cannot be read beside rows that can."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidInput
from ingest.read import delimited, readers
from ingest.read.readers import Raw, RowFile


def rows(path: Path, data: bytes) -> list[Raw]:
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return list(RowFile(path).rows())


def told(found: list[Raw]) -> list[tuple[int, str]]:
    return [(one.line, one.problem.rule if one.problem else "") for one in found]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_row_is_known_by_the_line_it_starts_on(tmp_path: Path, name: str, end: str, mark: bytes) -> None:
    text = end.join(['id,"na', 'me"', '1,"a', "", 'b"', "", "2,c", '3,"d ""e"""', ""])
    found = rows(tmp_path / name, mark + text.encode())
    assert [one.line for one in found] == [3, 7, 8]
    assert [one.cells["id"] for one in found] == ["1", "2", "3"]
    assert [one.cells[f"na{end}me"] for one in found] == [f"a{end}{end}b", "c", 'd "e"']


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", b'id,t\n1,"open\n2,b\n3,c\n')
    assert told(found) == [(2, "a quote is opened and never closed"), (3, ""), (4, "")]


def test_a_quote_that_closes_in_a_later_row_costs_one_row(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", b'id,t\n1,"open\n2,"b"\n3,c\n')
    assert told(found) == [(2, "quotes inside a cell must be doubled"), (3, ""), (4, "")]


def test_an_open_quote_does_not_swallow_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "ROW_LINES", 50)
    lines = b"".join(b"%d,x\n" % number for number in range(500))
    found = rows(tmp_path / "a.csv", b'id,t\nbad,"open\n' + lines)
    assert told(found)[:2] == [(2, "a quote is opened and never closed"), (3, "")]
    assert len(found) == 501
    assert all(one.problem is None for one in found[1:])


def test_too_many_and_too_few_cells(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.csv", b"id,t\n1\n2,a,b,c\n3,d\n,\n")
    assert told(found) == [(2, "has fewer cells than the header"), (3, "has more cells than the header"), (4, "")]
    assert found[1].cells == {"id": "2", "t": "a,b,c"}
    assert str(found[1].problem) == "has more cells than the header (4, not 2)"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_bytes_that_are_not_utf8_cost_their_row(tmp_path: Path, name: str) -> None:
    found = rows(tmp_path / name, b"id,t\n1,a\n2,caf\x81\n3,b\n")
    assert told(found) == [(2, ""), (3, "is not UTF-8"), (4, "")]
    assert found[1].cells["id"] == "2"
    assert "\ufffd" in str(found[1].cells["t"])


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("id,имя,год\n1,2,3\n".encode("cp1251"), "the header is not UTF-8: name the encoding"),
        (b"PK\x03\x04", "name it .xlsx or .zip"),
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"id,t,id\n", "names this column twice"),
        (b'id,"t"x\n', "the header is not CSV"),
    ],
)
def test_a_file_that_is_no_table_is_told_clearly(tmp_path: Path, data: bytes, rule: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=rule) as caught:
        RowFile(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines(tmp_path: Path, name: str) -> None:
    deep = b"[" * 100_000
    data = (
        b'\xef\xbb\xbf{"id": 1}\n\n{"id": "2", "t": ["a"]}\n{"id":\n[1]\n"x"\n{"id": "\xff"}\n{"id": "\\ud800"}\n' + deep + b'\n{"id": 3}'
    )
    found = rows(tmp_path / name, data)
    assert told(found) == [
        (1, ""),
        (3, ""),
        (4, "is not valid JSON"),
        (5, "must be a JSON object"),
        (6, "must be a JSON object"),
        (7, "is not UTF-8"),
        (8, ""),  # its cell is set aside
        (9, "is nested more than 64 deep"),
        (10, ""),
    ]
    assert found[2].cells == {"_line": '{"id":'}
    assert RowFile(tmp_path / name).columns == ("id", "t")


def test_a_line_that_was_not_json_is_read_again_once_mended(tmp_path: Path) -> None:
    found = rows(tmp_path / "a.jsonl", json.dumps({"_line": '{"id": "2"}', "_problem": "x"}).encode())
    assert found == [Raw(1, {"id": "2"})]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_a_damaged_archive_gives_what_is_whole(tmp_path: Path, name: str) -> None:
    noise = [hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(20_000)]  # what does not pack well
    lines = [b"id,t\n", *(b"%s,x\n" % one for one in noise)] if "csv" in name else [b'{"id": "%s"}\n' % one for one in noise]
    whole = gzip.compress(b"".join(lines))
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    found = list(RowFile(tmp_path / name).rows())
    assert len(found) > 5_000
    assert [one.problem.rule for one in found if one.problem] == ["the compressed file is damaged from here on"]
    assert found[-1].problem


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_what_is_no_archive_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"id,t\n1,2\n")
    with pytest.raises(InvalidInput, match="cannot be unpacked"):
        RowFile(tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_line_too_long_costs_itself(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "ROW_BYTES", 1 << 20)
    monkeypatch.setattr(delimited, "ROW_BYTES", 1 << 20)
    long = b"x" * 3_000_000
    data = b"id,t\n1,a\n2," + long + b"\n3,b\n" if name == "a.csv" else b'{"id": "1"}\n{"id": "' + long + b'"}\n{"id": "3"}\n'
    found = rows(tmp_path / name, data)
    assert [one.problem.rule if one.problem else "" for one in found] == ["", "is longer than 1 MiB", ""]
    assert found[-1].cells["id"] == "3"
    assert found[-1].line == found[0].line + 2


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,t\n" + "".join(f"{number},{'x' * 1000}\n" for number in range(10_000)), "utf-8")
    tracemalloc.start()
    count = sum(1 for _ in RowFile(path).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 2_000_000


_cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), max_size=8)


@settings(max_examples=50)
@given(st.lists(st.tuples(_cells, _cells), max_size=20))
def test_what_is_written_as_csv_is_read(tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("a", "b"), *table])
    found = rows(tmp_path_factory.mktemp("csv") / "a.csv", stream.getvalue().encode())
    assert [(one.cells["a"], one.cells["b"]) for one in found] == [row for row in table if any(row)]


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("a.csv", "a.jsonl", "a.csv.gz", "a.jsonl.gz"):
        try:
            found = rows(folder / name, b"id,t\n" + data)
        except InvalidInput:
            continue
        lines = [one.line for one in found]
        assert lines == sorted(set(lines))
