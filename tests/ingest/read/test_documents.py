"""JSON documents: every object of a list with the line on which it starts."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.delimited import ROW_BYTES
from ingest.read.documents import LISTS, Broken, documents
from ingest.read.readers import RowFile

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_ROWS = st.lists(st.dictionaries(st.text(max_size=5), _VALUES, max_size=4), max_size=6)


def split(data: bytes, size: int = 1 << 16) -> list[tuple[int, bytes | None]]:
    """What the document comes to when it is read in blocks of ``size`` bytes."""
    return list(documents(lambda: (data[at : at + size] for at in range(0, len(data), size))))


@given(
    size=st.integers(1, 40),
    rows=_ROWS,
    indent=st.sampled_from([None, 0, 1, 4]),
    inside=st.sampled_from([None, *LISTS]),
    mark=st.booleans(),
)
def test_the_rows_of_a_document_are_its_objects_and_lines_rise(
    size: int, rows: list[dict[str, object]], indent: int | None, inside: str | None, mark: bool
) -> None:
    whole = rows if inside is None else {"before": "[1,\n2]", inside: rows, "after": [1]}
    data = (b"\xef\xbb\xbf" if mark else b"") + json.dumps(whole, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = split(data, size)
    assert [json.loads(one or b"") for _, one in found] == rows
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_lines_are_those_of_the_file() -> None:
    data = b'{\n"total": 2,\n"results": [\n  {"a": 1},\n\n  {"a":\n 1}, {"a": 1}\n]}'
    assert [line for line, _ in split(data)] == [4, 6, 7]


def test_an_object_without_a_list_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "one.json.gz"
    path.write_bytes(gzip.compress(b'{"id": "1", "results": 3}'))
    assert [(raw.line, raw.cells) for raw in RowFile(path).rows()] == [(1, {"id": "1", "results": 3})]


@pytest.mark.parametrize("data", [b"nothing", b'{"results": [}', b"[" * 100_000, b'{"id": 1} {"id": 2}'])
def test_what_is_no_document_is_one_rejected_row(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(data)
    raw = [*RowFile(path).rows()][-1]
    assert raw.problem is not None
    assert "JSON document" in raw.problem.rule


@pytest.mark.parametrize(
    "data",
    [b'[{"id": 1}', b'[{"id": 1},\n{"id": ', b'{"results": [{"id": 1}', b'[{"id": 1}] {', b'[{"id": 1},]', b'[{"id": 1} 2]'],
)
def test_the_rows_before_a_break_are_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(data)
    first, last = RowFile(path).rows()
    assert (first.cells, first.problem) == ({"id": 1}, None)
    assert last.problem
    assert "broken from here on" in last.problem.rule


def test_the_likeliest_of_several_lists_counts_wherever_it_stands() -> None:
    assert split(b'{"data": [1], "items": [[2]], "hits": [3], "x": {"results": [4]}}') == [(1, b"[2]")]
    assert split(b'{"data": [1], "results": 5, "results": [6], "y": 7}') == [(1, b"6")]


def test_a_row_longer_than_a_row_may_be_costs_itself_and_no_memory() -> None:
    def blocks() -> Iterator[bytes]:
        yield b'[{"id": 1}, {"id": "'
        for _ in range(64):
            yield b'[x\\"' * (1 << 18)
        yield b'"}, {"id": 3}]'

    tracemalloc.start()
    found = list(documents(blocks))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(1, b'{"id": 1}'), (1, None), (1, b'{"id": 3}')]
    assert peak < 4 * ROW_BYTES


def test_a_document_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "institutions.json"
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"meta": {}, "results": [')
        for number in range(100_000):
            stream.write(f'{"," if number else ""}\n{{"id": "I{number}", "name": "Firm {number}", "description": "{"x" * 100}"}}')
        stream.write("]}")
    tracemalloc.start()
    count = sum(1 for one in RowFile(path).rows() if one.problem is None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 4_000_000

def test_rows_that_are_no_objects_are_rejected_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "mixed.json"
    path.write_bytes(b'[{"id": 1}, 2, {"id": 3}]')
    assert [raw.problem is None for raw in RowFile(path).rows()] == [True, False, True]


def test_damage_is_told() -> None:
    with pytest.raises(Broken):
        split(b"[1, 2")
