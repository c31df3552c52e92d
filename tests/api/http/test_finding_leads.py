"""``POST /v1/leads/refresh`` and ``/v1/leads/find``: what the commands of these names do, for the operator, at once."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient

from leads.suggest import refresh as module
from tests.api.conftest import invoke
from tests.api.http.people.conftest import Caller
from tests.api.http.test_openapi import box, keys, opened  # noqa: F401 - fixtures

NEED = {
    "title": "Inline measurement of coating thickness", "description": "Thickness of hard coatings on milling tools, measured in line.",
    "deadline": (date.today() + timedelta(days=90)).isoformat(),
}  # fmt: skip


def test_the_routes_do_what_the_commands_do(opened: TestClient, keys: dict[str, Caller]) -> None:  # noqa: F811
    operator, firm = keys["operator"], keys["enterprise"]
    first = operator("POST", "/v1/leads/refresh")
    assert first.status_code == 200, first.text
    assert first.json()["asked"] == first.json()["needs"] <= module.AT_ONCE and first.json()["is_whole"]
    url = opened.app.state.service.store.url  # type: ignore[attr-defined]
    printed = json.loads(invoke("leads", "refresh", "--json", store=url).stdout)
    assert (printed["asked"], printed["changed"]) == (0, 0), "the command goes on where the route has come to"
    again = operator("POST", "/v1/leads/refresh").json()
    assert again | {"seconds": 0} == printed | {"seconds": 0} and again["cost"] == first.json()["cost"]

    id = firm("POST", "/v1/demands", json={"content": NEED}).json()["id"]
    for event in ({"event": "submit", "no_secrets": True}, {"event": "accept"}, {"event": "publish", "visibility": "public"}):
        done = (operator if event["event"] == "accept" else firm)("POST", f"/v1/demands/{id}/events", json=event)
        assert done.status_code == 200, done.text
    node = done.json()["node"]
    for _try in range(300):  # until the follower has looked
        more = operator("POST", "/v1/leads/refresh").json()
        if more["needs"] > again["needs"]:
            break
        time.sleep(0.1)
    assert 1 <= more["asked"] < more["needs"] == again["needs"] + 1
    found = operator("POST", "/v1/leads/find", json={"about": node, "limit": 3}).json()
    printed = json.loads(invoke("leads", "find", node, "--limit", "3", "--json", store=url).stdout)
    assert [{name: said for name, said in one.items() if said} for one in found] == printed and {one["need"] for one in found} == {node}
    listed = operator("GET", "/v1/leads", params={"need": node}).json()["data"]
    assert {one["id"] for one in listed} & {one["id"] for one in found}
    back = operator("POST", "/v1/leads/find", json={"about": found[0]["offer"]}).json()
    assert found[0] in back


def test_a_new_day_with_many_demands_is_for_the_command(
    keys: dict[str, Caller], monkeypatch: pytest.MonkeyPatch,  # noqa: F811
) -> None:
    monkeypatch.setattr("api.http.routes.leads.AT_ONCE", -1)
    refused = keys["operator"]("POST", "/v1/leads/refresh")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_possible") and "dovetail leads refresh" in refused.text


@pytest.mark.parametrize(("who", "status"), [("broker", 403), ("enterprise", 403), ("nobody", 401)])
def test_it_is_for_the_operator(keys: dict[str, Caller], who: str, status: int) -> None:  # noqa: F811
    assert keys[who]("POST", "/v1/leads/refresh").status_code == status
    assert keys[who]("POST", "/v1/leads/find", json={"about": "D03"}).status_code == status


def test_what_is_not_there_and_what_offers_nothing_is_refused(keys: dict[str, Caller]) -> None:  # noqa: F811
    assert keys["operator"]("POST", "/v1/leads/find", json={"about": "nothing of that name"}).status_code == 404
    refused = keys["operator"]("POST", "/v1/leads/find", json={"about": "R01"})
    assert refused.status_code == 422 and "offers nothing" in refused.text, refused.text


def test_the_bounds_are_those_of_the_service(opened: TestClient, keys: dict[str, Caller], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    service = opened.app.state.service  # type: ignore[attr-defined]
    need = keys["operator"]("GET", "/v1/leads").json()["data"][0]["need"]
    assert keys["operator"]("POST", "/v1/leads/find", json={"about": need}).json()
    monkeypatch.setattr(service, "settings", service.settings.model_copy(update={"lead_bar": 1.0}))
    assert keys["operator"]("POST", "/v1/leads/find", json={"about": need}).json() == []
