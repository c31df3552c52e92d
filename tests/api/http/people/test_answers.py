"""``/v1/answers`` over a service with a model: kept, shown, asked again, handed out and checked without the store."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.find import find
from desk.process.principals import Role
from graph import Store, connect
from graph.viewer import OWNER
from tests.api.conftest import Run
from tests.api.http.people.conftest import Caller, key_of
from tests.conftest import CENTRE


@pytest.fixture
def centre_store(tmp_path: Path, run: Run) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/centre.db"
    assert run("ingest", CENTRE, "--store", url).exit_code == 0
    with contextlib.closing(connect(url)) as store:
        yield store


@pytest.fixture
def service(centre_store: Store) -> Iterator[TestClient]:
    with TestClient(create_app(load(store=centre_store.url, requests_per_minute=0, follow_seconds=0.1))) as client:
        for _ in range(600):
            if client.get("/readyz").status_code == 200:
                break
            time.sleep(0.1)
        yield client


def test_an_answer_is_kept_shown_asked_again_and_checked(service: TestClient, centre_store: Store, tmp_path: Path, run: Run) -> None:
    ids = {name: find(centre_store, id, OWNER) for name, id in (("firm", "I06"), ("lab", "I02"), ("rival", "I08"))}
    callers = {name: Caller(service, key_of(centre_store, Role.ENTERPRISE, id)) for name, id in ids.items()}
    firm = callers["firm"]
    request = {"text": "TiAlSiN coating of milling cutters", "k": 3, "include_weak": True, "as_of": "2026-06-30"}
    plain = firm("POST", "/v1/match", json=request)
    assert plain.status_code == 200 and firm("GET", "/v1/answers").json()["data"] == [], "a plain match writes nothing"
    made = firm("POST", "/v1/answers", json={"request": request, "purpose": "sent", "to": "I02"})
    assert made.status_code == 201, made.text
    kept, place = made.json(), made.headers["location"]
    assert kept["revision"] is None and kept["recipient"] == ids["lab"] and kept["answer"]["matches"] and kept["hash"]
    assert callers["lab"]("GET", place).json()["answer"] == kept["answer"]
    assert callers["rival"]("GET", place).json()["code"] == "not_found"
    assert [one["id"] for one in callers["lab"]("GET", "/v1/answers").json()["data"]] == [kept["id"]]
    told = callers["lab"]("GET", "/v1/events", params={"limit": 100}).json()["data"]
    assert ("answer.keep", place) in {(one["kind"], one["place"]) for one in told}
    again = firm("POST", f"{place}/replay").json()
    assert again["same"] is True and again["facts"] == [] and again["hash"] == kept["hash"]
    file = tmp_path / "answer.json"
    file.write_bytes(callers["lab"]("GET", f"{place}/export").content)
    checked = run("answers", "verify", file)
    assert checked.exit_code == 0 and kept["hash"] in checked.output and "nothing is wrong" in checked.output
    shown = json.loads(run("answers", "verify", file, "--json").stdout)
    assert shown["answer"] == kept["answer"]
    assert run("answers", "verify", file, "--key", "00").exit_code == 1
    file.write_text(file.read_text("utf-8").replace(kept["answer"]["matches"][0]["name"][:4], "Xxxx"), "utf-8")
    assert run("answers", "verify", file).exit_code == 1
    erased = firm("POST", f"{place}/erase", json={"reason": "asked for"}).json()
    assert (erased["state"], erased["answer"]) == ("erased", None)
    assert firm("POST", f"{place}/replay").status_code == 404
    assert firm("POST", "/v1/answers", json={"request": request, "purpose": "sent"}).status_code == 422
