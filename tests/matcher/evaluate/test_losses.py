"""What an empty field costs: the same number as if the works really had been fed without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from graph import Batch, Store
from graph.ids import node_id
from graph.model import Achievement, Demand, Node, NodeKind, Visibility
from matcher.embedding.embedder import Embedder
from matcher.evaluate.losses import AS_OF, WEIGHTS, Loss, losses
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline
from tests.matcher.worlds import QUESTIONS, WORKS, origin, store_of, work


def demand(n: int, visibility: Visibility = Visibility.PUBLIC) -> Demand:
    one = node_id(NodeKind.DEMAND, "t", f"d{n}")
    return Demand(id=one, provenance=origin(f"d{n}"), title=QUESTIONS[n], visibility=visibility)


def achievements() -> list[Node]:
    return [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]


@pytest.fixture
def stored(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store with an index of its own."""
    assert embedder.cache
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    store = store_of(Batch(nodes=[*achievements(), demand(0), demand(2), demand(1, Visibility.CONFIDENTIAL)]), tmp_path)
    generations.build(store, embedder)
    yield store
    store.close()


def by_field(store: Store, embedder: Embedder) -> dict[str, Loss]:
    return {loss.field: loss for loss in losses(Snapshot.open(store, embedder), embedder)}


@pytest.mark.parametrize("field", ["abstract", "title"])
def test_a_loss_is_what_feeding_the_works_without_the_field_gives(stored: Store, embedder: Embedder, field: str) -> None:
    told = by_field(stored, embedder)[field]
    whole = {node.id for node in achievements() if isinstance(node, Achievement) and node.title and node.abstract}
    asked = [Question(as_of=AS_OF, about=demand(n).id, want=Want.ACHIEVEMENTS, k=11) for n in (0, 2)]

    def total() -> int:
        snapshot = Snapshot.open(stored, embedder)  # the Scale stays that of the index
        found = [pipeline.scores(question, snapshot, embedder, WEIGHTS) for question in asked]
        return sum(points for ranking in found for one, points in ranking.items() if one in whole)

    before = total()
    stored.write(Batch(nodes=[msgspec.structs.replace(node, **{field: ""}) for node in achievements() if node.id in whole]))
    assert told.kept == pytest.approx(total() / before, abs=1e-5)
    assert told.fallen == 0  # there are fewer than eleven works: nobody falls out
    assert "2 demands" in told.how  # the confidential one is not asked


def test_nothing_to_measure_is_said(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    store = store_of(Batch(nodes=achievements()), tmp_path)
    generations.build(store, embedder)
    found = by_field(store, embedder)
    assert (found["abstract"].kept, found["title"].fallen) == (None, None)
    assert found["date"].kept == pytest.approx(0.75)  # as if it were eight years old
    assert found["outcome"].kept == pytest.approx((0.2 / 2.2) / (1 / 3))
    store.close()
