"""What a service does by itself: demands end on their day, records of requests go."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from api.http import housekeeping
from api.http.conventions import once
from graph import Store
from tests.api.http.people.conftest import SAID, Caller


def test_demands_end_on_their_day_and_records_go(callers: dict[str, Caller], people_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    firm, operator = callers["firm"], callers["operator"]
    monkeypatch.setattr(once, "LASTS", timedelta(0))
    id = firm("POST", "/v1/demands", json={"content": SAID}, headers={"Idempotency-Key": "k"}).json()["id"]
    steps: list[tuple[Caller, dict[str, Any]]] = [
        (firm, {"event": "submit", "no_secrets": True}), (operator, {"event": "accept"}),
        (firm, {"event": "publish", "visibility": "public"}),
    ]  # fmt: skip
    for who, said in steps:
        assert who("POST", f"/v1/demands/{id}/events", json=said).status_code == 200
    assert housekeeping.keep_house(people_store) == (0, 1) and housekeeping.keep_house(people_store) == (0, 0)
    monkeypatch.setattr("desk.process.demand._day", lambda _at: date(2999, 1, 1))
    assert housekeeping.keep_house(people_store) == (1, 0)
    assert firm("GET", f"/v1/demands/{id}").json()["state"] == "expired"
