"""Both stores give the same: nodes, edges and feed after the same ingest, and from the same vectors the same bytes of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli.output import json_text
from desk import ask
from desk.schemas import MatchRequest
from graph import Store, connect
from graph.model import EdgeKind, NodeKind
from graph.store import Change, Cursor
from graph.viewer import OWNER
from ingest.load import ingest
from matcher.embedding.embedder import Embedder
from matcher.index.generations import build
from matcher.index.snapshot import Snapshot
from tests.conftest import CENTRE, new_store

pytestmark = pytest.mark.neo4j
QUESTIONS = [
    {"about": "D01", "asker": "I06"}, {"about": "D17"}, {"about": "A01", "want": "demands"}, {"about": "D03", "want": "experts"},
    {"about": "D05", "want": "achievements", "filters": {"trl_min": 5}},
    {"text": "recover lithium from spent batteries", "include_weak": True},
    {"text": "低温烧结银浆", "want": "resources", "include_weak": True}, {"text": "a sonnet about autumn"},
]  # fmt: skip
ON_GENERATED = [
    {"text": "a ceramic coating for turbines", "k": 100, "include_weak": True}, {"text": "陶瓷涂层", "asker": "I7", "include_weak": True},
    {"about": "A14", "want": "achievements", "k": 50}, {"text": "coating method 7", "want": "achievements", "filters": {"trl_min": 5}},
]  # fmt: skip


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """A new store in a file and one on the server."""
    with new_store("neo4j", tmp_path) as url:
        stores = connect(f"sqlite:///{tmp_path}/one.db"), connect(url)
        yield stores
        for store in stores:
            store.close()


def contents(store: Store) -> tuple[object, ...]:
    """All that a reader sees but the epoch."""
    feed: list[Change] = list(store.changes(Cursor(store.cursor().epoch, 0)))
    items = [list(store.scan(kind)) for kind in (*NodeKind, *EdgeKind)]
    return items, feed, store.count(), store.cursor().revision, store.check(deep=True)


def answers(store: Store, embedder: Embedder, questions: list[dict[str, Any]]) -> list[str]:
    """The documents that ``dovetail match --json`` prints, with what each match cites from the store."""
    build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    told = []
    for question in questions:
        request = MatchRequest.model_validate({"as_of": "2026-06-30", "k": 10} | question)
        answer = ask.ask(request, snapshot, embedder, viewer=OWNER)
        every = range(1, len(answer.matches) + 1)
        document = ask.document(answer, store, viewer=OWNER, explained=every)
        told.append(json_text(document.model_dump(mode="json")))
    return told


def test_the_example_centre(both: tuple[Store, Store]) -> None:
    for store in both:
        for _ in range(2):
            ingest(store, [CENTRE])
    one, other = both
    assert contents(one) == contents(other)
    embedder = Embedder(None)
    assert answers(one, embedder, QUESTIONS) == answers(other, embedder, QUESTIONS)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_some_thousand_generated_rows_fed_twice_with_changes(both: tuple[Store, Store], tmp_path: Path) -> None:
    folder = tmp_path / "generated"
    folder.mkdir()
    firms = [f"I{i},Firm {i % 700} Systems {'Ltd' if i % 3 else 'GmbH'},enterprise,register:{i % 900:06}" for i in range(1000)]
    texts = ("ceramic coating", "陶瓷涂层")
    # 150 texts, each in twenty works: what is alike in all but its id is ranked by that
    works = [f"A{i},Coating method {i % 150},{texts[i % 2]} number {i % 150},I{i * 37 % 1000},{1 + i % 9}" for i in range(3000)]
    heads = ("id,name,kind,external_ids", "id,title,abstract,owners,trl")
    for round_ in range(2):
        changed = [works[i].replace("method", f"process {round_}") if i % 7 == 0 else works[i] for i in range(len(works))]
        for name, head, rows in (("institutions", heads[0], firms), ("achievements", heads[1], changed)):
            (folder / f"{name}.csv").write_text("\n".join((head, *rows)) + "\n", "utf-8")
        for store in both:
            report = ingest(store, [folder])
            assert not report.rejected, report.to_text()
        one, other = (contents(store) for store in both)
        assert one == other
        assert (both[1].count()["Achievement"], both[1].count()["OWNS"]) == (3000, 3000)
    embedder = Embedder(None)
    told, same = (answers(store, embedder, ON_GENERATED) for store in both)
    assert told == same
    assert all(json.loads(one)["matches"] for one in told)
