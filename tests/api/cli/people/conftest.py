"""What tests of the desk's commands share: a store of three institutions, and the command line on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.api.conftest import invoke

FIRMS = "id,name,kind\nF1,Alfa Coatings GmbH,enterprise\nB1,Beta Brokers,transfer_service\nO1,Gamma Works,enterprise\n"
SAID = {"title": "Coating thickness measured in line", "description": "Every tool in 10 s.", "budget_max": 500000, "currency": "CNY"}
Do = Callable[..., Result]



@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store of three institutions."""
    (tmp_path / "firms").mkdir()
    (tmp_path / "firms" / "institutions.csv").write_text(FIRMS, "utf-8")
    address = f"sqlite:///{tmp_path}/s.db"
    assert invoke("ingest", tmp_path / "firms", "--no-index", store=address).exit_code == 0
    return address


@pytest.fixture
def do(url: str) -> Do:
    """The command line on that store; what fails is shown."""

    def on_store(*arguments: object, key: str = "", **more: Any) -> Result:
        return invoke(*arguments, *(("--key", key) if key else ()), store=url, **more)

    return on_store


def good(done: Result) -> Any:
    """What a command printed as JSON, if it went well."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def key_of(do: Do, role: str, institution: str = "", *scopes: str) -> str:
    more = [*(("--institution", institution) if institution else ()), *(word for one in scopes for word in ("--scope", one))]
    made: str = good(do("keys", "create", "--role", role, "--person", "Li Min", *more, "--json"))["key"]
    return made


def drafted(do: Do, *more: str, **given: Any) -> str:
    made: str = good(do("demands", "draft", "-", *more, "--json", stdin=json.dumps(SAID), **given))["id"]
    return made
