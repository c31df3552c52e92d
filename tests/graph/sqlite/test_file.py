"""The file of an SQLite store: who may read it, and what the deep check finds in one that a disk damaged."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.sqlite.store import SqliteStore
from graph.store import Batch
from tests.graph.samples import institution


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_a_new_store_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = SqliteStore(tmp_path / "a" / "b" / "new.db")
        store.write(Batch(nodes=[institution("ins-a")]))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").rglob("*")}
        store.close()
    finally:
        os.umask(before)
    assert modes == {"b": 0o700, "new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_the_deep_check_finds_every_zeroed_page(tmp_path: Path) -> None:
    """As a disk leaves them that lost a write: also where SQLite's own check sees nothing, at the end of a long value."""
    store = SqliteStore(tmp_path / "whole.db")
    for n in range(3):
        nodes = [institution(f"ins-{n}-{i}", name="a long name " * 40) for i in range(60)]
        store.write(Batch(nodes=nodes))
    store.set_meta("scale", os.urandom(20_000))
    assert store.check(deep=True).problems == ()
    store.close()
    whole = (tmp_path / "whole.db").read_bytes()
    for start in range(0, len(whole), 4096):
        file = tmp_path / "damaged.db"
        file.write_bytes(whole[:start] + bytes(4096) + whole[start + 4096 :])
        try:
            damaged = SqliteStore(file, create=False)
        except StoreError:
            continue
        assert damaged.check(deep=True).problems, f"page {start // 4096 + 1}"
        damaged.close()
        for left in tmp_path.glob("damaged.db*"):
            left.unlink()
