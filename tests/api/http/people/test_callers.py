"""Who asks over HTTP: keys, their scopes, and how many requests there may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.people.keys import Keys
from desk.process.principals import Role, Scope
from graph import Store
from tests.api.http.people.conftest import OPERATOR, SAID, Caller, key_of

READ = ("/v1/demands", "/v1/demands/x", "/v1/demands/x/history")


@pytest.mark.parametrize("shown", ["dvt_00000000_" + "A" * 43, "x", "0" * 24 + "_" + "A" * 43])
def test_a_key_that_is_not_good_is_refused_everywhere(client: TestClient, shown: str) -> None:
    for path in ("/v1/nodes/ins-firm", *READ):
        told = Caller(client, shown)("GET", path)
        assert (told.status_code, told.json()["code"], told.headers["www-authenticate"]) == (401, "not_signed_in", "Bearer")
        assert shown not in told.text


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer  "])
def test_another_form_of_authorization_is_no_public(client: TestClient, header: str) -> None:
    assert client.get("/v1/nodes/ins-firm", headers={"Authorization": header}).status_code == 401


def test_a_scope_is_asked_for(client: TestClient, people_store: Store) -> None:
    reads, writes = (Caller(client, key_of(people_store, Role.ENTERPRISE, "ins-firm", scope)) for scope in (Scope.READ, Scope.WRITE))
    assert reads("GET", "/v1/demands").status_code == 200
    refused = reads("POST", "/v1/demands", json={"content": SAID})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed") and "scope write" in refused.json()["detail"]
    assert writes("GET", "/v1/demands").status_code == 403
    for path in READ:
        assert client.get(path).status_code == 401


def test_a_revoked_key_opens_nothing(client: TestClient, people_store: Store) -> None:
    key = key_of(people_store, Role.ENTERPRISE, "ins-firm")
    assert Caller(client, key)("GET", "/v1/demands").status_code == 200
    Keys(people_store).revoke(OPERATOR, key[4:12])
    assert Caller(client, key)("GET", "/v1/demands").status_code == 401


def test_a_caller_may_send_so_many_requests_a_minute(people_store: Store, tmp_path: Path) -> None:
    key = key_of(people_store, Role.ENTERPRISE, "ins-firm")
    with TestClient(create_app(load(store=f"sqlite:///{tmp_path}/s.db", requests_per_minute=3))) as client:
        firm = Caller(client, key)
        left = [firm("GET", "/v1/demands").headers["ratelimit-remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        late = firm("GET", "/v1/demands")
        assert (late.status_code, late.json()["code"], late.headers["ratelimit-limit"]) == (429, "too_many_requests", "3")
        assert 1 <= int(late.headers["retry-after"]) <= 60
        assert client.get("/v1/nodes/ins-firm").status_code == 200  # another caller
        assert client.get("/livez").headers.get("ratelimit-limit") is None
