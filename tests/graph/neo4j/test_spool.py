"""Rows set aside: the same rows again, and a disk that has no room."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.neo4j.spool import Spool


def test_rows_come_back_in_their_order_as_often_as_they_are_read() -> None:
    spool, rows = Spool(), [b"", b"one", b"\0" * 70_000]
    for row in rows:
        spool.add(row)
    assert [list(spool), list(spool)] == [rows, rows]


def test_a_folder_that_takes_no_more_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    monkeypatch.setattr(tempfile, "tempdir", str(gone))
    spool = Spool()
    with pytest.raises(StoreError, match="gone, the folder for temporary files: No such file"):
        for _ in range(40):
            spool.add(bytes(1 << 20))
