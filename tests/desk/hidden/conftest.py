"""One model, and the stages of the tricks, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from matcher.embedding.embedder import Embedder
from tests.desk.hidden import stages as made
from tests.desk.hidden.stages import Stage


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def stages(embedder: Embedder) -> Iterator[dict[str, Stage]]:
    with made.stages(embedder) as opened:
        yield opened
