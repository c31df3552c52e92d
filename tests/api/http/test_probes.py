"""What whoever runs a service asks it: whether it is up, whether it can be sent questions, and what it counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.http.app import create_app
from api.http.shapes.probes import Readiness
from api.settings import load
from desk.people.keys import Keys
from desk.people.streams import verified
from desk.process.principals import Actor, Role, Scope
from graph import Batch, Store, connect
from graph.model import NodeKind, Visibility
from tests.api.conftest import invoke
from tests.api.http.test_http import problem, wait_until
from tests.conftest import CENTRE
from tests.graph.samples import achievement

OPERATOR = Actor(id="shell", role=Role.OPERATOR)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of the example centre that these tests write to."""
    made = f"sqlite:///{tmp_path_factory.mktemp('probes')}/centre.db"
    assert invoke("ingest", CENTRE, store=made).exit_code == 0
    return made


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[Store]:
    opened = connect(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def operator_key(store: Store) -> str:
    return Keys(store).create(OPERATOR, Role.OPERATOR, "monitoring", scopes=[Scope.ADMIN])


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load(store=url, follow_seconds=0.1)), raise_server_exceptions=False) as opened:
        wait_until(opened, ready=True, behind=False)
        yield opened


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def counted(client: TestClient, key: str) -> Samples:
    """The samples of ``/metrics`` by their names and labels."""
    response = client.get("/metrics", headers=bearer(key))
    assert (response.status_code, response.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8"), response.text
    families = text_string_to_metric_families(response.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def requests(samples: Samples) -> dict[tuple[str, str, str], float]:
    """Of the samples, the requests by route, method and status."""
    return {
        (labels["route"], labels["method"], labels["status"]): value
        for (name, pairs), value in samples.items()
        if name == "dovetail_requests_total" and (labels := dict(pairs))
    }


def test_a_process_without_its_store_is_alive_and_not_ready() -> None:
    with TestClient(create_app(load(store="bolt://127.0.0.1:1")), raise_server_exceptions=False) as client:
        assert client.get("/livez").json() == {"live": True}
        response = client.get("/readyz")
        told = problem(response, 503)
        assert int(response.headers["retry-after"]) > 0
        assert Readiness.model_validate({name: told[name] for name in Readiness.model_fields}).ready is False
        assert (told["answers"], told["behind"], told["texts_behind"]) == (False, None, None)
        assert "127.0.0.1" not in response.text
        problem(client.get("/metrics", headers=bearer("dvt_0a0a0a0a_" + "x" * 43)), 503)


def test_readiness_tells_no_number_of_what_is_hidden(client: TestClient, store: Store) -> None:
    """Neither a revision nor how many changes or texts there are: only that there are some."""
    before = client.get("/readyz").json()
    store.write(Batch(nodes=[achievement(f"ach-hidden{n}", visibility=Visibility.CONFIDENTIAL, title=f"hidden {n}") for n in range(7)]))
    seen = [client.get("/readyz").json() for _ in range(30)]
    wait_until(client, behind=False, texts_behind=False)
    assert before.keys() == Readiness.model_fields.keys()
    said = [{name: value for name, value in one.items() if name not in ("stale_seconds", "model")} for one in (before, *seen)]
    assert not any(digit in json.dumps(one) for one in said for digit in "0123456789")


def test_metrics_are_for_the_operator_with_the_scope_admin(client: TestClient, store: Store, operator_key: str) -> None:
    firm = next(store.scan(NodeKind.INSTITUTION)).id
    keys = Keys(store)
    assert problem(client.get("/metrics"), 401)
    assert client.get("/metrics").headers["www-authenticate"] == "Bearer"
    for wrong in ("", "Bearer", "Bearer x", f"Basic {operator_key}", f"Bearer {operator_key[:-1]}", operator_key, "Bearer 张三".encode()):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 401, wrong
    problem(client.get("/metrics", headers=bearer(keys.create(OPERATOR, Role.OPERATOR, "reader", scopes=[Scope.READ]))), 403)
    problem(client.get("/metrics", headers=bearer(keys.create(OPERATOR, Role.BROKER, "b", institution=firm, scopes=list(Scope)))), 403)
    revoked = keys.create(OPERATOR, Role.OPERATOR, "gone", scopes=[Scope.ADMIN])
    assert client.get("/metrics", headers=bearer(revoked)).status_code == 200
    keys.revoke(OPERATOR, revoked[4:12])
    problem(client.get("/metrics", headers=bearer(revoked)), 401)
    assert client.get("/metrics", headers=bearer(operator_key)).status_code == 200
    assert client.head("/metrics", headers=bearer(operator_key)).content == b""


def test_counts_are_of_what_was_asked(client: TestClient, store: Store, operator_key: str) -> None:
    before = counted(client, operator_key)
    for number in range(5):
        assert client.post("/v1/match", json={"text": f"coating {number}"}).status_code == 200
    client.get("/v1/nodes/none")
    client.head("/v1/nodes/none")
    client.post("/v1/match", json={})
    client.request("BREW", "/v1/match")
    after = counted(client, operator_key)
    told = {one: value - requests(before).get(one, 0) for one, value in requests(after).items()}
    assert told[("/v1/match", "POST", "2xx")] == 5
    assert told[("/v1/match", "POST", "4xx")] == 1
    assert told[("/v1/match", "other", "4xx")] == 1
    assert told[("/v1/nodes/{id}", "GET", "4xx")] == told[("/v1/nodes/{id}", "HEAD", "4xx")] == 1
    name = ("dovetail_request_seconds_count", (("route", "/v1/match"),))
    assert after[name] - before.get(name, 0) == 7
    assert after[("dovetail_requests_in_flight", ())] == 1
    assert after[("dovetail_journal_entries", ())] == verified(store)[0] > 0
    assert after[("dovetail_changes_behind", ())] == after[("dovetail_texts_behind", ())] == 0
    assert 0 <= after[("dovetail_snapshot_age_seconds", ())] < 10
    Keys(store).create(OPERATOR, Role.OPERATOR, "one more", scopes=[Scope.READ])
    assert counted(client, operator_key)[("dovetail_journal_entries", ())] == verified(store)[0]


def _requests_of(client: TestClient, described: dict[str, Any]) -> None:
    for path, methods in described["paths"].items():
        for method in methods:
            client.request(method, path.replace("{id}", "D01").replace("{asker}", "I06"))


def test_labels_are_few_whatever_is_asked_and_nothing_asked_is_one(client: TestClient, operator_key: str) -> None:
    described = client.app.openapi()  # type: ignore[attr-defined]
    _requests_of(client, described)
    before = counted(client, operator_key)
    routes = {labels["route"] for _name, pairs in before if "route" in (labels := dict(pairs))}
    assert routes - {"none", "/docs", "/openapi.json"} <= set(described["paths"]) <= routes
    for number in range(60):
        client.get(f"/v1/nodes/secret{number}")
        client.get(f"/secret{number}/v1?secret={number}")
        client.request(f"SECRET{number}", "/v1/match")
        client.get("/livez", headers={"host": f"secret{number}.example", "x-request-id": f"secret{number}"})
        client.post("/v1/match", json={"text": f"secret{number}", "asker": f"secret{number}"})
    after = counted(client, operator_key)
    new = {name for name in after if name not in before}
    assert len(new) < 60 and not any("secret" in str(name).lower() for name in after)
    assert {label for _name, pairs in after for label, _value in pairs} == {"route", "method", "status", "le"}


def test_while_the_store_cannot_be_read_who_was_known_goes_on_reading(client: TestClient, store: Store, operator_key: str) -> None:
    other = Keys(store).create(OPERATOR, Role.OPERATOR, "another", scopes=[Scope.ADMIN])
    before = counted(client, operator_key)
    client.app.state.service.store.close()  # type: ignore[attr-defined]
    assert client.get("/v1/nodes/none").status_code == 503
    after = counted(client, operator_key)
    name = ("dovetail_store_errors_total", ())
    assert after[name] > before[name]
    problem(client.get("/metrics", headers=bearer(other)), 503)
    assert client.get("/metrics", headers=bearer(operator_key + "x")).status_code in (401, 503)
