"""What all tests share: the hypothesis profile and the stores that the contract is run over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from graph import Store, connect

# no deadline: the machine that runs the tests is shared, and a slow example is no failure
settings.register_profile("house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

STORES: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/contract.db",
}
"""Name -> the address of a new, empty store. A store that joins here runs the whole contract."""


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.neo4j] if name == "neo4j" else []) for name in STORES])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new store of each sort."""
    return STORES[request.param](tmp_path)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A new, empty store of each sort."""
    opened = connect(store_url)
    yield opened
    opened.close()
