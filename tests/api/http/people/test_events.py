"""``/v1/events`` and ``/v1/webhooks``: what concerns the caller, after a cursor; addresses that it is pushed to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http import background
from api.http.app import create_app
from api.http.service import Service
from api.settings import hook_networks, load
from graph import Store
from graph.errors import InvalidInput
from tests.api.http.people.conftest import SAID, Caller
from tests.desk.events.receivers import Receiver

Callers = dict[str, Caller]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def client(people_store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    assert people_store.count()
    monkeypatch.setattr(Service, "_follow", lambda _self: None)
    monkeypatch.setattr(background, "PAUSE_SECONDS", 0.05)
    with TestClient(create_app(load(store=url, requests_per_minute=0, hook_networks="127.0.0.0/8"))) as opened:
        yield opened


def told(caller: Caller, after: str = "", limit: int = 100) -> Any:
    found = caller("GET", "/v1/events", params={"after": after, "limit": limit})
    assert found.status_code == 200, found.text
    return found.json()


def test_a_caller_reads_what_concerns_it(callers: Callers) -> None:
    firm, rival = callers["firm"], callers["rival"]
    one = firm("POST", "/v1/demands", json={"content": SAID}).json()["id"]
    rival("POST", "/v1/demands", json={"content": SAID})
    firm("POST", f"/v1/demands/{one}/events", json={"event": "submit", "no_secrets": True})
    page = told(firm)
    mine = [event for event in page["data"] if event["kind"].startswith("demand")]
    assert [(event["kind"], event["place"]) for event in mine] == [
        ("demand.draft", f"/v1/demands/{one}"), ("demand.submit", f"/v1/demands/{one}"),
    ]  # fmt: skip
    assert set(mine[0]) == {"id", "kind", "thing", "place", "at"} and "Coating" not in str(page)
    assert firm("GET", mine[0]["place"]).status_code == 200
    assert told(firm, page["next"]) | {"next": ""} == {"data": [], "next": "", "more": False}
    first = told(firm, limit=1)
    assert first["more"] and [*first["data"], *told(firm, first["next"])["data"]] == page["data"]
    assert one not in {event["thing"] for event in told(rival)["data"]}
    assert {event["thing"] for event in told(callers["operator"])["data"]} > {one}
    assert callers["nobody"]("GET", "/v1/events").status_code == 401
    assert firm("GET", "/v1/events", params={"after": "x"}).json()["errors"][0]["field"] == "after"


def test_a_webhook_is_pushed_to_and_rotated_and_removed(callers: Callers, receiver: Receiver) -> None:
    firm = callers["firm"]
    made = firm("POST", "/v1/webhooks", json={"url": receiver.url})
    assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
    hook, receiver.secret = made.json()["hook"], made.json()["secret"]
    place = made.headers["location"]
    one = firm("POST", "/v1/demands", json={"content": SAID}).json()["id"]
    for _ in range(200):
        if len(receiver.got) >= 2:
            break
        time.sleep(0.05)
    assert [body["data"]["thing"] for _id, body in receiver.got] == [hook["id"], one] and receiver.unverified == 0
    ids = [event["id"] for event in told(firm)["data"]]
    assert [id for id, _body in receiver.got] == ids[-2:]
    for _ in range(100):
        attempts = firm("GET", f"{place}/attempts").json()
        if len(attempts) == 2:
            break
        time.sleep(0.05)
    assert [attempt["status"] for attempt in attempts] == [204, 204] and attempts[0]["event"] == ids[-1]
    lead = firm("POST", "/v1/leads", json={"need": "ins-firm", "offer": "ins-lab"}).json()["id"]
    callers["broker"]("POST", f"/v1/leads/{lead}/events", json={"event": "note", "text": "pays late"})
    callers["broker"]("POST", f"/v1/leads/{lead}/events", json={"event": "propose", "side": "offer"})
    for _ in range(200):
        if len(receiver.got) >= 4:
            break
        time.sleep(0.05)
    assert [(body["type"], body["data"]["place"]) for _id, body in receiver.got[2:]] == [
        ("lead.shortlist", f"/v1/leads/{lead}"), ("lead.propose", f"/v1/leads/{lead}"),
    ]  # fmt: skip
    assert {one["kind"] for one in told(callers["broker"])["data"]} >= {"lead.note"} and firm("GET", f"/v1/leads/{lead}").status_code == 200
    assert [one["kind"] for one in told(callers["lab"])["data"] if one["thing"] == lead] == ["lead.shortlist", "lead.propose"]
    rotated = firm("POST", f"{place}/rotate").json()
    assert rotated["secret"] != receiver.secret and "secret" not in firm("GET", place).json()
    assert [one["id"] for one in firm("GET", "/v1/webhooks").json()["data"]] == [hook["id"]]
    assert callers["rival"]("GET", place).status_code == 404 and callers["rival"]("DELETE", place).status_code == 404
    assert firm("POST", f"{place}/enable").json()["code"] == "not_possible"
    assert firm("DELETE", place, headers={"Idempotency-Key": "d"}).status_code == 204
    again = firm("DELETE", place, headers={"Idempotency-Key": "d"})
    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (204, b"", "true")
    assert firm("GET", place).json()["url"] == ""


@pytest.mark.parametrize("address", ["http://crm.example.org/", "https://10.0.0.1/", "https://[::1]/", "http://169.254.169.254/", "x"])
def test_what_is_no_receiver_is_refused(callers: Callers, address: str) -> None:
    refused = callers["firm"]("POST", "/v1/webhooks", json={"url": address})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "url"


def test_a_secret_is_shown_once(callers: Callers, receiver: Receiver) -> None:
    firm, key = callers["firm"], {"Idempotency-Key": "h"}
    made = firm("POST", "/v1/webhooks", json={"url": receiver.url}, headers=key).json()
    again = firm("POST", "/v1/webhooks", json={"url": receiver.url}, headers=key)
    assert again.status_code == 201 and again.json()["id"] == made["hook"]["id"] and made["secret"] not in again.text


def test_a_network_that_is_none_is_told_of(url: str) -> None:
    with pytest.raises(InvalidInput, match="DOVETAIL_HOOK_NETWORKS"):
        hook_networks(load(store=url, hook_networks="10.0.0.1/8"))
