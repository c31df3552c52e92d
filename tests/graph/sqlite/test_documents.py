"""Documents in a file that an older version made, in one that nobody may write to, and after a hand was in them."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

import pytest

from graph import Batch
from graph.documents import Document, DocumentKind
from graph.sqlite.store import SqliteStore
from tests.graph.samples import institution
from tests.graph.sqlite.test_store import by_hand, nobody


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A store's file from before there were documents."""
    made = tmp_path / "older.db"
    store = SqliteStore(made)
    store.write(Batch(nodes=[institution("ins-a")]))
    store.close()
    by_hand(made, "DROP TABLE document", "DELETE FROM meta WHERE key = 'sequence'")
    return made


def test_an_older_file_gets_its_table_when_it_is_opened(older: Path) -> None:
    store = SqliteStore(older)
    assert (store.sequence(), store.documents(["a"]), list(store.documents_since(0))) == (0, {}, [])
    assert store.write(Batch(documents=[Document("a", DocumentKind.ENTRY, b"1")])).sequence == 1
    assert store.check(deep=True).problems == () and list(store.get(["ins-a"])) == ["ins-a"]
    store.close()


def test_an_older_file_that_nobody_may_write_to_holds_none(older: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "there.db"
        shutil.copy(older, there)
        there.chmod(0o444)
        there.parent.chmod(0o555)
        with nobody():
            store = SqliteStore(there, create=False)
            assert (store.sequence(), store.documents(["a"]), list(store.documents_since(0))) == (0, {}, [])
            assert store.check(deep=True).problems == ()
            store.close()
        there.parent.chmod(0o755)


def test_what_was_acknowledged_is_on_the_disk_where_documents_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        db = connect(*arguments, **options)
        db.set_trace_callback(said.append)
        return db

    monkeypatch.setattr(sqlite3, "connect", traced)
    store = SqliteStore(tmp_path / "s.db")

    def how(batch: Batch) -> str:
        said.clear()
        store.write(batch)
        return next(one for one in reversed(said[: said.index("BEGIN IMMEDIATE")]) if "synchronous" in one)

    for version in range(2):
        assert how(Batch(documents=[Document("a", DocumentKind.ENTRY, b"1", version)])) == "PRAGMA synchronous=FULL"
        assert how(Batch(nodes=[institution(f"ins-{version}")])) == "PRAGMA synchronous=NORMAL"
    store.close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [("UPDATE document SET content = 'other'", "document a: its content does not match its hash"),
     ("UPDATE document SET version = 7", "document a: its version 7 is not in the sequence, which is at 1")],
)  # fmt: skip
def test_a_deep_check_finds_a_hand_edit(tmp_path: Path, statement: str, problem: str) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.write(Batch(documents=[Document("a", DocumentKind.ENTRY, b"1")]))
    by_hand(tmp_path / "s.db", statement)
    (found,) = store.check(deep=True).problems
    assert found.startswith(problem)
    store.close()
