"""A client that another program generates from the OpenAPI document does the whole round against a service in a process of its own."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.http.app import create_app
from api.settings import load
from desk.copy import copy
from desk.ingest import index
from desk.people.keys import Keys
from desk.process.principals import Actor, Role, Scope
from graph import connect
from matcher.embedding.embedder import Embedder, default_english
from tests.api.cli.test_process import serving

OPERATOR = Actor(id="shell", role=Role.OPERATOR)
ALL = (Scope.READ, Scope.WRITE, Scope.INGEST, Scope.ADMIN)
WARNED = [  # of the first two it makes calls that give the bytes: it knows neither SVG nor Atom; of lines (NDJSON) it can make no body
    "WARNING parsing GET /v1/feeds/{token}/atom within notices.", "WARNING parsing GET /v1/leads/funnel.svg within leads.",
    "WARNING parsing POST /v1/rows/{kind}/{source} within rows. Endpoint will not be generated.",
]  # fmt: skip
DAY = date(2026, 6, 30)
WORDS = {"title": "Wear-resistant coating", "description": "Wear-resistant coating."}


class Client:
    """The generated client with one caller's key; ``do`` calls an operation by its tag and name and gives what it answers."""

    def __init__(self, package: str, address: str, key: str) -> None:
        self._package = package
        made = importlib.import_module(f"{package}.client").AuthenticatedClient
        self._client = made(base_url=address, token=key, raise_on_unexpected_status=True)

    def model(self, name: str, told: dict[str, Any]) -> Any:
        """A body: the model ``name`` of what a dictionary tells."""
        return getattr(importlib.import_module(f"{self._package}.models"), name).from_dict(told)

    def do(self, operation: str, *path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """What the operation answers, as a dictionary. A problem fails the test."""
        call = importlib.import_module(f"{self._package}.api.{operation}").sync
        given = query | ({"body": body} if body is not None else {})
        answer = call(*path, client=self._client, **given)
        assert type(answer).__name__ != "Problem", answer
        return dict(answer.to_dict())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The package that the generator makes of the document."""
    folder = tmp_path_factory.mktemp("client")
    document = folder / "openapi.json"
    document.write_text(json.dumps(create_app(load(store=f"sqlite:///{folder}/none.db")).openapi()), "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "none"]
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # it has ruff tidy what it wrote
    made = subprocess.run(
        [*command, "--output-path", str(folder / "dovetail_client")], capture_output=True, text=True, check=True, env=os.environ | path
    )  # fmt: skip
    warned = [line for line in (made.stdout + made.stderr).splitlines() if line.startswith("WARNING")]
    assert sorted(warned) == WARNED, made.stderr
    sys.path.insert(0, str(folder))
    yield "dovetail_client"
    sys.path.remove(str(folder))


@pytest.fixture
def own_centre(centre_url: str, tmp_path: Path) -> str:
    """A copy of the example centre that a test may change, indexed."""
    url = f"sqlite:///{tmp_path}/centre.db"
    source, target = connect(centre_url), connect(url)
    copy(source, target)
    index(target, Embedder(english=default_english(None)))
    source.close()
    target.close()
    return url


def until(right: Callable[[], Any]) -> Any:
    """What ``right`` gives once it gives something: a service takes in within seconds what is written."""
    for _ in range(120):
        if found := right():
            return found
        time.sleep(0.5)
    raise AssertionError(f"it did not come: {right()}")


@pytest.mark.timeout(300)
def test_a_demand_goes_the_whole_round(package: str, own_centre: str, tmp_path: Path) -> None:
    store = connect(own_centre)
    keys = Keys(store)
    firm = keys.create(OPERATOR, Role.ENTERPRISE, "Purchasing", institution="I08", scopes=(Scope.READ, Scope.WRITE))
    desk = keys.create(OPERATOR, Role.OPERATOR, "The desk", scopes=ALL, reviews=True)
    store.close()
    with serving(own_centre, tmp_path) as service:
        asks, looks_over = Client(package, service.address, firm), Client(package, service.address, desk)
        until(lambda: ready(asks))
        demand = asks.do("demands.create_demand", body=asks.model("DemandIn", {"content": WORDS}))["id"]
        step = lambda who, told: who.do("demands.create_demand_event", demand, body=who.model("EventIn", told))  # noqa: E731
        assert step(asks, {"event": "submit", "no_secrets": True})["state"] == "submitted"
        assert step(looks_over, {"event": "accept"})["state"] == "accepted"
        published = step(asks, {"event": "publish", "visibility": "members"})
        assert published["state"] == "published"
        question = asks.model("MatchRequestType2", {"about": published["node"], "as_of": DAY.isoformat(), "explain": True})
        before = until(lambda: ranked(asks, question))
        first, second = before["matches"][:2]
        assert sum(term["points"] for term in second["terms"]) == second["score"] < first["score"]
        asker = before["question"]["asker"]
        assert asks.do("trust.read_trust", asker=asker, target=second["candidate"], as_of=DAY)["opinion"]
        row = {
            "title": "Trial of a coating", "mode": "contract", "started": "2025-02-01", "ended": "2026-02-01", "outcome": "completed",
            "parties": ["I08", second["name"]],
        }  # fmt: skip
        fed = looks_over.do(
            "rows.put_row", "cooperations", "centre", "C90", body=looks_over.model("PutRowBody", row)
        )  # fmt: skip
        assert fed["source_id"] == "C90"
        after = until(lambda: moved(asks, question, second["candidate"]))
        assert {term["name"]: term["points"] for term in after["terms"]}["dealings"] > 0
        told = asks.do("trust.read_trust", asker=asker, target=second["candidate"], as_of=DAY)
        assert any(fed["id"] in item["facts"] for item in told["opinion"]["items"])


def ready(client: Client) -> bool:
    """Whether the service answers."""
    try:
        return bool(client.do("probes.read_readyz")["ready"])
    except Exception:  # the generated client raises what its own library does while nobody listens
        return False


def ranked(client: Client, question: Any) -> dict[str, Any] | None:
    """The answer once the service knows the demand."""
    try:
        answer = client.do("match.match", body=question)
    except AssertionError:  # the snapshot does not know the demand yet
        return None
    return answer if answer["credible"] and len(answer["matches"]) > 1 else None


def moved(client: Client, question: Any, candidate: str) -> dict[str, Any] | None:
    """The match of ``candidate`` once it has come first."""
    answer = ranked(client, question)
    first = answer["matches"][0] if answer else None
    return first if first and first["candidate"] == candidate else None
