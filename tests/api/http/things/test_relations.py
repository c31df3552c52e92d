"""TRUSTS edges follow what is fed over HTTP, as they follow ``dovetail ingest``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import Settings, embedder, load
from desk.ingest import refresh
from desk.process.principals import Role, Scope
from graph import Store, connect
from graph.copy import copy
from graph.model import EdgeKind, Trusts
from tests.api.conftest import invoke
from tests.api.http.people.conftest import Caller, key_of
from tests.api.http.things.conftest import when_ready
from tests.api.http.things.test_rows import done

AT = "/v1/rows/evidence/centre/"


@pytest.fixture
def opened(centre_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Caller, Settings]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('relations')}/r.db"
    copy(connect(centre_url), store := connect(url))
    assert invoke("index", store=url).exit_code == 0
    chosen = load(store=url, follow_seconds=0.05, requests_per_minute=0)
    with TestClient(create_app(chosen), raise_server_exceptions=False) as client:
        when_ready(client)
        yield store, Caller(client, key_of(store, Role.OPERATOR, "", *Scope)), chosen


def until(holds: Callable[[], bool]) -> None:
    for _try in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("the relations were not brought up to date")


def trusts(store: Store) -> dict[tuple[str, str], float]:
    return {(one.source, one.target): one.belief for one in store.scan(EdgeKind.TRUSTS) if isinstance(one, Trusts)}


def test_relations_follow_what_is_fed_and_taken_back(opened: tuple[Store, Caller, Settings]) -> None:
    store, operator, chosen = opened
    before = trusts(store)
    cells = {"source": "I06", "target": "I24", "kind": "delivery", "outcome": 1, "date": "2026-01-15"}
    row = done(operator("PUT", f"{AT}NEW", json=cells), 201)
    item = operator("GET", f"/v1/evidence/{row['id']}").json()
    pair = item["giver"], item["about"]
    assert pair not in before
    until(lambda: pair in trusts(store))
    good = trusts(store)
    assert good == before | {pair: good[pair]}
    done(operator("PATCH", f"{AT}NEW", json={"outcome": -1}))
    until(lambda: trusts(store)[pair] < good[pair])
    done(operator("DELETE", f"{AT}NEW", params={"reason": "given twice", "date": "2026-01-15"}), 204)
    until(lambda: trusts(store) == before)
    assert refresh(store, embedder(chosen, store)) is None  # nothing is left for `dovetail ingest` to bring up to date
