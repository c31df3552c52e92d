"""What the tests of ingest share: a new store, and folders of rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from graph import Store, connect
from graph.model import Edge, EdgeKind, Expert, Institution, Node, NodeKind

Rows = Iterable[Mapping[str, object]]


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Makes new, empty stores."""
    opened: list[Store] = []

    def make() -> Store:
        opened.append(connect(f"sqlite:///{tmp_path}/store-{len(opened)}.db"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    """A new, empty store."""
    return new_store()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes files of rows: ``folder("centre", institutions=[{...}])`` makes ``centre/institutions.csv``."""

    def write(name: str, **files: Rows) -> Path:
        place = tmp_path / name
        place.mkdir(exist_ok=True)
        for kind, rows in files.items():
            write_csv(place / f"{kind}.csv", rows)
        return place

    return write


def write_csv(path: Path, rows: Rows) -> Path:
    """``rows`` as a CSV file; the columns are those of all rows."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def institutions(store: Store) -> list[Institution]:
    return [one for one in store.scan(NodeKind.INSTITUTION) if isinstance(one, Institution)]


def experts(store: Store) -> list[Expert]:
    return [one for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert)]


def nodes(store: Store, kind: NodeKind) -> list[Node]:
    return [one for one in store.scan(kind) if isinstance(one, Node)]


def edges(store: Store, kind: EdgeKind) -> list[Edge]:
    return [one for one in store.scan(kind) if isinstance(one, Edge)]


def content(store: Store) -> str:
    """The hash of everything in ``store``, which must be sound."""
    found = store.check(deep=True)
    assert found.problems == ()
    assert found.content
    return found.content
