"""Saved searches, feeds, following and the links that end them, over HTTP."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from fastapi.testclient import TestClient

from desk.members.callers import services
from desk.members.post import Post
from graph import Batch, Store
from graph.model import Expert
from leads.subscriptions.tokens import stop_token
from tests.leads.worlds import ORIGIN, edge, public_demand, suggest

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def lead(people_store: Store) -> str:
    from graph.model import EdgeKind

    people_store.write(
        Batch(nodes=[Expert(id="exp-1", provenance=ORIGIN, name="Wang <i>")], edges=[edge(EdgeKind.AFFILIATED_WITH, "exp-1", "ins-lab")])
    )
    return suggest(people_store, public_demand(people_store))


def save(callers: dict[str, Any], who: str = "broker", **more: Any) -> Any:
    return callers[who]("POST", "/v1/searches", json={"name": "涂层", "filters": {"text": "coating"}} | more)


def test_a_search_from_saving_to_stopping(callers: dict[str, Any], lead: str) -> None:
    made = save(callers, cadence="weekly", cap=2)
    assert made.status_code == 201 and made.headers["Location"] == f"/v1/searches/{made.json()['id']}"
    path, broker = made.headers["Location"], callers["broker"]
    one = broker("GET", path).json()
    assert (one["state"], one["cadence"], one["cap"], one["filters"]["text"], one["member"]) == ("active", "weekly", 2, "coating", "")
    assert [found["id"] for found in broker("GET", f"{path}/leads").json()] == [lead]
    for event, state in (("pause", "paused"), ("resume", "active"), ("stop", "stopped")):
        assert broker("POST", f"{path}/events/{event}").json()["state"] == state
    assert broker("POST", f"{path}/events/resume").status_code == 409
    assert [found["id"] for found in broker("GET", "/v1/searches").json()["data"]] == [one["id"]]
    for who, status in (("rival", 404), ("lab", 404), ("nobody", 401)):
        for method, place in (("GET", path), ("GET", f"{path}/leads"), ("POST", f"{path}/events/stop"), ("POST", f"{path}/feed")):
            assert callers[who](method, place).status_code == status
    assert callers["rival"]("GET", "/v1/searches").json()["data"] == []


WRONG = ({"cap": 0}, {"cadence": "hourly"}, {"filters": {"region": "nowhere"}}, {"filters": {"x": 1}}, {"member": "nobody"})


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_saved_is_refused(callers: dict[str, Any], lead: str, wrong: dict[str, Any]) -> None:
    assert lead and save(callers, **wrong).status_code == 422
    assert callers["broker"]("GET", "/v1/searches").json()["data"] == []


def test_a_feed_as_atom_and_json(client: TestClient, callers: dict[str, Any], lead: str, people_store: Store) -> None:
    path = save(callers).headers["Location"]
    made = callers["broker"]("POST", f"{path}/feed")
    assert made.headers["Cache-Control"] == "no-store"
    atom, json_feed = (made.json()[name].partition("8000")[2] for name in ("atom", "json_feed"))
    sent = client.get(atom)
    assert sent.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = fromstring(sent.content)  # noqa: S314 - our own
    assert [one.text for one in root.iter(f"{ATOM}title")] == ["涂层", "Coating measured in line dem-1 ↔ Wang <i>"]
    assert root.findtext(f"{ATOM}entry/{ATOM}id") == f"urn:dovetail:lead:{lead}"
    assert root.findtext(f"{ATOM}updated") == "2026-01-05T00:00:00Z"
    again = client.get(atom, headers={"If-None-Match": sent.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    second = suggest(people_store, public_demand(people_store, "dem-2"), fit=0.9)
    assert client.get(atom, headers={"If-None-Match": sent.headers["ETag"]}).status_code == 200
    told = client.get(json_feed)
    assert told.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    assert [one["id"][-16:] for one in json.loads(told.content)["items"]] == [second, lead]
    assert client.get(f"{atom[:-6]}x/atom").status_code == 404
    callers["broker"]("POST", f"{path}/events/pause")
    assert json.loads(client.get(json_feed).content)["items"] == []
    callers["broker"]("POST", f"{path}/events/resume")
    newer = callers["broker"]("POST", f"{path}/feed").json()["atom"].partition("8000")[2]
    assert (client.get(atom).status_code, client.get(newer).status_code) == (404, 200)
    callers["broker"]("POST", f"{path}/events/close_feed")
    assert client.get(newer).status_code == 404


def test_a_link_to_stop_is_a_page_to_get_and_ends_by_post(client: TestClient, callers: dict[str, Any], people_store: Store) -> None:
    made = save(callers).json()
    token = stop_token(services(people_store, Post(None), "").accounts, "search", made["id"])
    page = client.get(f"/v1/notices/stop/{token}")
    assert page.status_code == 200 and '<form method="post"' in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert callers["broker"]("GET", f"/v1/searches/{made['id']}").json()["state"] == "active"
    pressed = client.post(f"/v1/notices/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert (pressed.status_code, pressed.json()) == (200, {"ended": 1})
    assert client.post(f"/v1/notices/stop/{token}").json() == {"ended": 0}
    assert callers["broker"]("GET", f"/v1/searches/{made['id']}").json()["state"] == "stopped"
    for method in ("GET", "POST"):
        assert client.request(method, f"/v1/notices/stop/{token[:-1]}").status_code == 404


def test_following_needs_a_member(callers: dict[str, Any], lead: str) -> None:
    refused = callers["broker"]("POST", "/v1/follows", json={"thing": lead})
    assert refused.status_code == 422 and callers["broker"]("GET", "/v1/follows").json()["data"] == []
    assert callers["nobody"]("POST", "/v1/follows", json={"thing": lead}).status_code == 401
    assert callers["broker"]("DELETE", "/v1/follows?thing=board").status_code == 422


def test_a_board_is_handed_over(callers: dict[str, Any], lead: str) -> None:
    done = callers["broker"]("POST", f"/v1/leads/{lead}/events", json={"event": "assign", "broker": "ins-broker"})
    assert done.status_code in (200, 201), done.text
    assert callers["lab"]("POST", "/v1/hand-overs", json={"to": "ins-rival", "of": "ins-broker"}).status_code == 403
    assert callers["broker"]("POST", "/v1/hand-overs", json={"to": "ins-rival"}).json() == {"moved": [lead], "kept": []}
