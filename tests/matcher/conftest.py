"""The bundled model, loaded once; its vectors stay in the machine's cache between runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.embedding.embedder import Embedder
from tests.matcher.centre import Desk, world
from tests.matcher.worlds import store_of


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder(keeps_questions=True)


@pytest.fixture(scope="module")
def shared(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The world above. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("rank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOVETAIL_CACHE", str(folder / "cache"))
        desk = Desk(store_of(world(), folder), embedder)
        yield desk
        desk.store.close()


@pytest.fixture
def own(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The world above, to change."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    desk = Desk(store_of(world(), tmp_path), embedder)
    yield desk
    desk.store.close()
