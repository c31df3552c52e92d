"""A run that repeats the last one reads nothing again, and says what reading everything again would say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desk.ingest import Files, ingest
from graph import Store, connect
from graph.language import speaking, told
from graph.model import NodeKind
from graph.store import Batch
from ingest import load
from tests.conftest import CENTRE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = connect(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


@pytest.fixture
def feed(store: Store, tmp_path: Path) -> Callable[..., tuple[dict[str, Any], bool]]:
    """Feeds files; what the report says without the time, and whether they were read."""

    def run(files: Files) -> tuple[dict[str, Any], bool]:
        seen: list[object] = []
        report = ingest(store, files, rejects=tmp_path / "bad", progress=lambda *told: seen.append(told))
        told = report.to_dict()
        del told["seconds"]
        return told, bool(seen)

    return run


def test_a_repetition_says_what_reading_again_would(store: Store, feed: Callable[..., tuple[dict[str, Any], bool]]) -> None:
    files = Files([CENTRE])
    assert feed(files)[1]
    again, was_read = feed(files)
    assert not was_read
    in_full = load.ingest(store, [CENTRE]).to_dict()
    del in_full["seconds"]
    assert again == in_full
    assert again["total"]["unchanged"] == again["total"]["read"] > 0


def test_a_repetition_tells_in_the_language_of_its_own_run(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "centre"
    folder.mkdir()
    (folder / "institutions.csv").write_text("id,name\n1,Hollin Foundry\n", "utf-8")
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")
    (folder / "odd.csv").write_text("colour,weight\nred,2\n", "utf-8")
    first, again = (ingest(store, Files([folder]), rejects=tmp_path / "bad") for _ in range(2))
    assert first is not again and [one.file for one in first.skipped] == [one.file for one in again.skipped] != []
    with speaking("zh"):
        reasons = [told(one.reason) for one in again.skipped]
        assert reasons == [told(one.reason) for one in first.skipped]
    assert not any(one.isascii() for one in reasons)


def test_what_differs_is_read(store: Store, feed: Callable[..., tuple[dict[str, Any], bool]], tmp_path: Path) -> None:
    path = tmp_path / "centre" / "institutions.csv"
    path.parent.mkdir()
    path.write_text("id,name\n1,Hollin Foundry\n", "utf-8")
    files = Files([path])
    assert feed(files)[1]
    assert not feed(files)[1]
    os.utime(path, (1, 1))
    assert not feed(files)[1], "its bytes are the same"
    assert feed(files._replace(source="other"))[1]
    assert feed(files)[1], "another run was the last one"
    path.write_text("id,name\n1,Hollin Foundries\n", "utf-8")
    assert feed(files)[1]
    store.write(Batch(delete=[one.id for one in store.scan(NodeKind.INSTITUTION)][:1]))
    assert feed(files)[1], "somebody wrote to the store"


def test_a_run_with_rows_to_mend_is_read_again(feed: Callable[..., tuple[dict[str, Any], bool]], tmp_path: Path) -> None:
    path = tmp_path / "institutions.csv"
    path.write_text("id,name,kind\n1,Hollin Foundry,guild\n2,,\n", "utf-8")
    assert feed(Files([path]))[1]
    (tmp_path / "bad" / "institutions.rejected.csv").unlink()
    told, was_read = feed(Files([path]))
    assert was_read
    assert Path(told["files"][0]["rejects_file"]).exists()
