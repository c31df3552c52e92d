"""The bundled model, loaded once; its vectors stay in the machine's cache between runs."""

from __future__ import annotations

import pytest

from matcher.embed import Embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder()
