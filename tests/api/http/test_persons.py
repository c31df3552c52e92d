"""People over HTTP: a notice with whoever is listed, who objected is not there, and what is asked is in no log, store, index or cache."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.people.rights.persons import Persons
from graph import connect
from matcher.embedding.embedder import cache_folder
from tests.api.cli.test_process import get, serving
from tests.api.conftest import invoke
from tests.desk.people.rights.conftest import EMPLOYER, NAME, OPERATOR, holding, written

ASKED = "Ventilqualle sucht Schweissnaht 独有的问题文字"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with its cache in one folder, fed and indexed."""
    folder = tmp_path / "home"
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / "models").symlink_to(cache_folder() / "models")
    monkeypatch.setenv("DOVETAIL_CACHE", str(folder / "cache"))
    address = f"sqlite:///{folder}/centre.db"
    assert invoke("ingest", *written(tmp_path / "sources"), store=address).exit_code == 0
    return address


def asked(address: str, text: str) -> dict[str, Any]:
    body = json.dumps({"text": text, "want": "experts", "include_weak": True}).encode()
    request = urllib.request.Request(f"{address}/v1/match", body, {"Content-Type": "application/json"})  # noqa: S310 - a loopback address
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - a loopback address
        found: dict[str, Any] = json.load(response)
        return found


def test_what_is_asked_is_kept_nowhere_and_no_name_is_in_the_log(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path / "home") as service:
        for _ in range(200):
            if get(f"{service.address}/readyz")[1]["ready"]:
                break
            time.sleep(0.2)
        answer = asked(service.address, ASKED)
        assert {match["name"] for match in answer["matches"]} >= {NAME}
        assert answer["notice"].startswith("people are known from files (alpha, beta); to see what is known, object or be forgotten, write")
        typed = urllib.parse.quote("没有这个人")
        assert get(f"{service.address}/v1/nodes/{typed}")[0] == 404
        assert get(f"{service.address}/v1/nodes/{typed}?as={typed}")[0] == 422
        log = service.log.read_text("utf-8")
    assert log.count("GET /v1/nodes/{id}") == 2 and "POST /v1/match" in log
    assert holding(tmp_path / "home", "Ventilqualle", "独有的问题文字", "没有这个人", typed) == {}


def test_a_person_is_sent_with_a_notice_and_who_objected_is_not_there(url: str) -> None:
    chosen = load(store=url, follow_seconds=0.05, operator_contact="privacy@example.org")
    with TestClient(create_app(chosen)) as client:
        name = f"{NAME} @ {EMPLOYER}"
        sent = client.get(f"/v1/nodes/{name}").json()
        assert "write to privacy@example.org" in sent["notice"] and "alpha, beta" in sent["notice"]
        assert client.get(f"/v1/nodes/{EMPLOYER}").json()["notice"] == ""
        with closing(connect(url)) as store:
            Persons(store).object_to(OPERATOR, name)
            revision = store.cursor().revision
        unknown = client.get("/v1/nodes/nobody @ nowhere").json()
        gone = client.get(f"/v1/nodes/{name}").json()
        assert gone | {"detail": "", "request_id": ""} == unknown | {"detail": "", "request_id": ""}
        for _ in range(400):
            if client.get("/readyz").json()["behind"] is False:
                break
            time.sleep(0.1)
        answer = client.post("/v1/match", json={"text": "低温烧结银浆", "want": "experts", "include_weak": True}).json()
        assert revision and NAME not in json.dumps(answer, ensure_ascii=False)
        partners = client.post("/v1/match", json={"text": "低温烧结银浆", "include_weak": True}).json()
        assert NAME not in json.dumps(partners, ensure_ascii=False) and "王伟" in json.dumps(partners, ensure_ascii=False)
