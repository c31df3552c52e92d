"""A copy to try things on: it holds what the store holds, and not a byte beside the store changes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph import connect
from graph.errors import InvalidInput, StoreError
from graph.scratch import scratch
from tests.conftest import CENTRE, ROOT

WRITE = """
import os, sys
from graph import connect
from ingest.load import ingest
store = connect(sys.argv[1])
ingest(store, sys.argv[2:])
os._exit(0)
"""


def files(folder: Path) -> dict[str, str]:
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}


@pytest.mark.parametrize("left_open", [False, True])
def test_a_copy_holds_the_same_and_the_store_does_not_change(tmp_path: Path, left_open: bool) -> None:
    """``left_open``: the last writer died and its log lies beside the file."""
    url = f"sqlite:///{tmp_path}/x.db"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", WRITE, url, str(CENTRE)], check=True, env=environment)
    if not left_open:
        connect(url).close()
    assert (tmp_path / "x.db-wal").exists() == left_open
    before = files(tmp_path)
    with scratch(url) as copy:
        copy.set_meta("tried", b"1")
        found = copy.check(deep=True)
        kinds = copy.count()
    before.pop("x.db-shm", None)  # the index of the log: SQLite's own, made anew by whoever opens the file
    after = files(tmp_path)
    after.pop("x.db-shm", None)
    assert after == before
    store = connect(url)
    assert (store.count(), store.check(deep=True).content, store.meta("tried")) == (kinds, found.content, None)
    store.close()


def test_where_there_is_no_store_the_copy_is_empty_and_none_is_made(tmp_path: Path) -> None:
    with scratch(f"sqlite:///{tmp_path}/none/x.db") as copy:
        assert copy.count() == {}
    assert not list(tmp_path.iterdir())


def test_what_is_no_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("hello " * 1000)
    with pytest.raises(StoreError, match=r"x\.db"), scratch(f"sqlite:///{tmp_path}/x.db"):
        pass
    with pytest.raises(InvalidInput, match="not a store address"), scratch("nowhere://x"):
        pass
