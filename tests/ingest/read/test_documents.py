"""JSON documents: every object of a list with the line on which it starts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.documents import LISTS, documents
from ingest.read.readers import RowFile

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_ROWS = st.lists(st.dictionaries(st.text(max_size=5), _VALUES, max_size=4), max_size=6)


@given(rows=_ROWS, indent=st.sampled_from([None, 0, 1, 4]), inside=st.sampled_from([None, *LISTS]), mark=st.booleans())
def test_the_rows_of_a_document_are_its_objects_and_lines_rise(
    rows: list[dict[str, object]], indent: int | None, inside: str | None, mark: bool
) -> None:
    whole = rows if inside is None else {"before": "[1,\n2]", inside: rows, "after": [1]}
    data = (b"\xef\xbb\xbf" if mark else b"") + json.dumps(whole, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = list(documents(data))
    assert [json.loads(one) for _, one in found] == rows
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_lines_are_those_of_the_file() -> None:
    data = b'{\n"total": 2,\n"results": [\n  {"a": 1},\n\n  {"a":\n 1}, {"a": 1}\n]}'
    assert [line for line, _ in documents(data)] == [4, 6, 7]


def test_an_object_without_a_list_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "one.json.gz"
    path.write_bytes(gzip.compress(b'{"id": "1", "results": 3}'))
    assert [(raw.line, raw.cells) for raw in RowFile(path).rows()] == [(1, {"id": "1", "results": 3})]


@pytest.mark.parametrize("data", [b'[{"id": 1}', b"nothing", b'{"results": [}', b'[{"a": "\xff"}', b"[" * 100_000])
def test_what_is_no_document_is_one_rejected_row(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(data)
    (raw,) = RowFile(path).rows()
    assert raw.problem is not None
    assert "JSON document" in raw.problem.rule


def test_rows_that_are_no_objects_are_rejected_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "mixed.json"
    path.write_bytes(b'[{"id": 1}, 2, {"id": 3}]')
    assert [raw.problem is None for raw in RowFile(path).rows()] == [True, False, True]


def test_damage_is_told() -> None:
    with pytest.raises(msgspec.DecodeError):
        list(documents(b"[1, 2"))
