"""What all tests share: the hypothesis profile and the stores that the contract is run over."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from graph import Store, connect, language
from tests import servers

ROOT = Path(__file__).parents[1]
CENTRE = ROOT / "examples" / "centre"
BROKEN = ROOT / "examples" / "broken"

# no deadline: the machine that runs the tests is shared, and a slow example is no failure
settings.register_profile("house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

STORES: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/contract.db",
    "neo4j": lambda _folder: servers.new_graph(),
}
"""Name -> the address of a new, empty store. A store that joins here runs the whole contract."""
EACH_STORE = [pytest.param(name, marks=[pytest.mark.neo4j] if name == "neo4j" else []) for name in STORES]


@pytest.fixture(scope="session", autouse=True)
def known_host() -> Iterator[None]:
    """The services of the tests answer to the name that starlette's client uses."""
    before = os.environ.get("DOVETAIL_HOSTS")
    os.environ["DOVETAIL_HOSTS"] = "testserver"
    yield
    os.environ.pop("DOVETAIL_HOSTS", None)
    if before is not None:
        os.environ["DOVETAIL_HOSTS"] = before


@pytest.fixture(scope="session", autouse=True)
def no_locale() -> Iterator[None]:
    """The tests run in English, whatever the locale of whoever runs them."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE", language.VARIABLE)
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["LC_ALL"] = "C.UTF-8"
    yield
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(before)


@pytest.fixture(autouse=True)
def in_english() -> None:
    """A command that another test ran in this process leaves its language behind."""
    language.speak("en")


@contextmanager
def new_store(name: str, folder: Path) -> Iterator[str]:
    """The address of a new store of the sort ``name``; what a server keeps of it is deleted in the end."""
    url = STORES[name](folder)
    try:
        yield url
    finally:
        if name == "neo4j":
            servers.wipe(url)


@pytest.fixture(params=EACH_STORE)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new store of each sort."""
    with new_store(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A new, empty store of each sort."""
    opened = connect(store_url)
    yield opened
    opened.close()


@pytest.fixture
def neo4j_url() -> Iterator[str]:
    """The address of a new graph on the Neo4j server."""
    with new_store("neo4j", Path()) as url:
        yield url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped and why, each reason once."""
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ()))
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"{number} {reason.replace('Skipped:', 'skipped:')}")
