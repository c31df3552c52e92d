"""What tests of the routes of things share: a service on a small store that was fed, without a model, and keys for each role."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.service import Service
from api.settings import load
from desk.process.principals import Role, Scope
from graph import Store, connect
from graph.model import Institution, NodeKind
from ingest.fed.feed import feed
from ingest.rows.models import Kind
from tests.api.http.people.conftest import Caller, key_of

ROWS: dict[Kind, list[dict[str, Any]]] = {
    Kind.INSTITUTIONS: [
        {"id": "L1", "name": "Alba Laser Laboratory", "kind": "research_institute", "country": "DE", "region": "Bayern"},
        {"id": "F1", "name": "Beta Welding GmbH", "kind": "enterprise", "country": "DE", "description": "Welds. And cuts."},
        {"id": "R1", "name": "贝塔焊接有限公司", "kind": "enterprise", "country": "CN", "region": "浙江"},
        {"id": "M1", "name": "Members Only Institute", "kind": "university", "country": "CN", "visibility": "members"},
        {"id": "S1", "name": "Secret Works", "kind": "enterprise", "country": "FR", "visibility": "confidential"},
    ],
    Kind.EXPERTS: [{"id": "E1", "name": "Li Min", "institution": ["L1"], "bio": "Lasers. For years."}],
    Kind.ACHIEVEMENTS: [
        {"id": "A1", "title": "A nozzle", "abstract": "It is cold. It is fast.", "kind": "patent", "date": "2024-03", "owners": ["L1"]},
        {"id": "A2", "title": "A sensor", "kind": "software", "date": "2025-01-02", "owners": ["F1"], "visibility": "members"},
        {"id": "A3", "title": "A secret", "kind": "process", "owners": ["S1"], "visibility": "confidential"},
        {"id": "10.1234/a b", "title": "A paper", "kind": "paper", "retrieved_at": "2026-02-01", "owners": ["L1"]},
    ],
    Kind.DEMANDS: [{"id": "D1", "title": "Weld aluminium", "regions": ["浙江"], "posted_by": ["F1"], "kind": "development"}],
    Kind.RESOURCES: [{"id": "T1", "title": "Laser time", "kind": "instrument", "offered_by": ["L1"]}],
    Kind.COOPERATIONS: [
        {"id": "C1", "title": "Nozzles", "parties": ["L1", "F1"], "uses": ["A1"], "outcome": "completed", "ended": "2025"},
        {"id": "C2", "title": "Open", "parties": ["L1", "R1"], "visibility": "public"},
    ],
    Kind.EVIDENCE: [
        {"id": "V1", "source": "F1", "target": "L1", "kind": "delivery", "outcome": 1, "date": "2025-06-01"},
        {"id": "V2", "source": "R1", "target": "L1", "kind": "payment", "outcome": 0.5, "visibility": "public"},
    ],
}  # fmt: skip


def lines(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def when_ready(client: TestClient, **wanted: object) -> None:
    """Wait until a service answers questions, and is as wanted."""
    for _try in range(600):
        found = client.get("/readyz")
        if found.status_code == 200 and wanted.items() <= found.json().items():
            return
        time.sleep(0.1)
    raise AssertionError(client.get("/readyz").text)


def named(store: Store, name: str) -> str:
    """The id of an institution."""
    return next(one.id for one in store.scan(NodeKind.INSTITUTION) if isinstance(one, Institution) and one.name == name)


@pytest.fixture
def url(tmp_path: Any) -> str:
    return f"sqlite:///{tmp_path}/s.db"


@pytest.fixture
def things_store(url: str) -> Store:
    store = connect(url)
    for kind, rows in ROWS.items():
        report = feed(store, kind, "register", lines(*rows))
        assert report.rejected == 0 and not report.cells, report.rejections
    return store


@pytest.fixture
def client(things_store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    assert things_store.count()
    monkeypatch.setattr(Service, "_follow", lambda _self: None)  # nothing is matched here, so no model is loaded
    with TestClient(create_app(load(store=url, requests_per_minute=0)), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def callers(client: TestClient, things_store: Store) -> dict[str, Caller]:
    """By name: lab, firm, rival (with the scope ingest), reader (without), operator, and nobody."""
    scopes = (Scope.READ, Scope.WRITE, Scope.INGEST)
    found = {}
    for name, institution, role in (
        ("lab", "Alba Laser Laboratory", Role.PROVIDER), ("firm", "Beta Welding GmbH", Role.ENTERPRISE),
        ("rival", "贝塔焊接有限公司", Role.ENTERPRISE),
    ):  # fmt: skip
        found[name] = Caller(client, key_of(things_store, role, named(things_store, institution), *scopes))
    reader = key_of(things_store, Role.ENTERPRISE, named(things_store, "Beta Welding GmbH"))
    operator = key_of(things_store, Role.OPERATOR, "", *Scope)
    return found | {"reader": Caller(client, reader), "operator": Caller(client, operator), "nobody": Caller(client, "")}
