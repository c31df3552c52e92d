"""What tests of the routes of people share: a service on a store of three institutions, and keys for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.service import Service
from api.settings import load
from desk.people.keys import Keys
from desk.process.principals import Actor, Role, Scope
from graph import Batch, Store, connect
from tests.graph.samples import institution

OPERATOR = Actor(id="shell", role=Role.OPERATOR)
SAID = {"title": "Coating thickness measured in line", "description": "Every tool in 10 s.", "budget": "30-50万"}


class Caller:
    """Somebody with a key who calls a service."""

    def __init__(self, client: TestClient, key: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {key}"} if key else {}

    def __call__(self, method: str, path: str, **more: Any) -> Any:
        headers = self.headers | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, follow_redirects=False, **more)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/s.db"


@pytest.fixture
def people_store(url: str) -> Store:
    store = connect(url)
    store.write(Batch(nodes=[institution(one) for one in ("ins-firm", "ins-broker", "ins-lab", "ins-rival")]))
    return store


@pytest.fixture
def client(people_store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    assert people_store.count()
    monkeypatch.setattr(Service, "_follow", lambda _self: None)  # nothing is matched here, so no model is loaded
    with TestClient(create_app(load(store=url, requests_per_minute=0)), raise_server_exceptions=False) as opened:
        yield opened


def key_of(store: Store, role: Role, institution: str = "", *scopes: Scope) -> str:
    return Keys(store).create(OPERATOR, role, "Li Min", institution=institution or None, scopes=scopes or (Scope.READ, Scope.WRITE))


@pytest.fixture
def callers(client: TestClient, people_store: Store) -> dict[str, Caller]:
    """By name: firm, broker, lab, rival, operator, and nobody."""
    roles = {"firm": Role.ENTERPRISE, "broker": Role.BROKER, "lab": Role.PROVIDER, "rival": Role.ENTERPRISE}
    found = {name: Caller(client, key_of(people_store, role, f"ins-{name}")) for name, role in roles.items()}
    operator = key_of(people_store, Role.OPERATOR, "", *Scope)
    return found | {"operator": Caller(client, operator), "nobody": Caller(client, "")}
