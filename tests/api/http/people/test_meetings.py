"""Meetings and the report over HTTP: who may do and see what, tags, pages, and requests that are sent again."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from graph import Batch, Store
from graph.model import EdgeKind
from leads.leads import Leads
from tests.api.http.people.conftest import Caller
from tests.graph.samples import expert
from tests.leads.worlds import OPERATOR, edge, public_demand

Callers = dict[str, Caller]
PLAN = {"title": "Coatings day", "slots": ["09:00", "09:20"], "tables": [4, 2]}
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture
def lead(people_store: Store) -> str:
    people_store.write(Batch(nodes=[expert("exp-1")], edges=[edge(EdgeKind.AFFILIATED_WITH, "exp-1", "ins-lab")]))
    return Leads(people_store).begin(OPERATOR, public_demand(people_store), "exp-1").id


def planned(caller: Caller) -> str:
    made = caller("POST", "/v1/meetings", json=PLAN | {"day": TODAY})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/v1/meetings/{made.json()['id']}"
    return str(made.json()["id"])


def do(caller: Caller, path: str, status: int = 200, **said: Any) -> Any:
    done = caller("POST", f"/v1/meetings/{path}", json=said)
    assert done.status_code == status, done.text
    return done.json()


def test_from_a_plan_to_an_outcome(callers: Callers, lead: str) -> None:
    broker, firm, lab, rival = (callers[name] for name in ("broker", "firm", "lab", "rival"))
    id = planned(broker)
    assert rival("GET", f"/v1/meetings/{id}").status_code == 404
    assert callers["nobody"]("GET", f"/v1/meetings/{id}").status_code == 401
    assert do(broker, f"{id}/invitations", leads=[lead])["state"] == "invited"
    assert len(do(broker, f"{id}/invitations", leads=[lead])["talks"]) == 1  # sent again
    do(rival, f"{id}/invitations", 404, leads=[lead])
    do(firm, f"{id}/events", event="answer", lead=lead, side="need", answer="accepted", people=2)
    assert do(lab, f"{id}/events", 422, event="answer", lead=lead, side="need", answer="accepted")["code"] == "invalid"
    do(lab, f"{id}/events", event="answer", lead=lead, side="offer", answer="accepted")
    assert do(firm, f"{id}/events", 403, event="schedule")["code"] == "not_allowed"
    (talk,) = do(broker, f"{id}/events", event="schedule")["talks"]
    assert (talk["slot"], talk["table"], talk["need"]) == ("09:00", 1, "dem-1")
    seen = firm("GET", f"/v1/meetings/{id}").json()
    assert seen["tables"] == [] and seen["talks"][0]["slot"] == "09:00" and seen["events"] == ["answer"]
    do(broker, f"{id}/outcomes", 409, lead=lead)
    for side in ("need", "offer"):
        do(broker, f"{id}/events", event="attend", lead=lead, side=side, came=True)
    do(broker, f"{id}/events", 422, event="attend", lead=lead, side="need")
    says = {"side": "need", "reason": "price", "on_word": "visit"}
    (talk,) = do(broker, f"{id}/outcomes", lead=lead, move="decline", says=says)["talks"]
    assert talk["state"] == "declined" and talk["outcomes"]["0"]["move"] == "decline"
    assert broker("GET", f"/v1/meetings/{id}/history").json()[-1]["kind"] == "outcome"
    assert firm("GET", f"/v1/meetings/{id}/history").status_code == 404
    assert do(broker, f"{id}/events", event="close", reason="over")["state"] == "closed"


def test_tags_and_pages_and_requests_that_are_sent_again(callers: Callers, lead: str) -> None:
    broker, firm = callers["broker"], callers["firm"]
    first = broker("POST", "/v1/meetings", json=PLAN | {"day": TODAY}, headers={"Idempotency-Key": "k"})
    again = broker("POST", "/v1/meetings", json=PLAN | {"day": TODAY}, headers={"Idempotency-Key": "k"})
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first.json()["id"], "true")
    id, tag = first.json()["id"], first.headers["etag"]
    assert broker("GET", f"/v1/meetings/{id}", headers={"If-None-Match": tag}).status_code == 304
    do(broker, f"{id}/invitations", leads=[lead])
    late = broker("POST", f"/v1/meetings/{id}/events", json={"event": "cancel"}, headers={"If-Match": tag})
    assert late.status_code == 412
    other = planned(broker)
    page = broker("GET", "/v1/meetings", params={"limit": 1}).json()
    assert [one["id"] for one in page["data"]] == [other]
    assert [one["id"] for one in broker("GET", "/v1/meetings", params={"cursor": page["next"]}).json()["data"]] == [id]
    assert [one["id"] for one in firm("GET", "/v1/meetings").json()["data"]] == [id]


def test_the_report(callers: Callers, lead: str) -> None:
    operator, broker = callers["operator"], callers["broker"]
    month = TODAY[:7]
    found = operator("GET", "/v1/report", params={"month": month})
    assert (found.status_code, found.json()["month"], found.json()["is_over"]) == (200, month, False)
    assert {one["measure"] for one in found.json()["definitions"]} >= {"demands", "contracts.value"}
    same = operator("GET", "/v1/report", params={"month": month}, headers={"If-None-Match": found.headers["etag"]})
    assert same.status_code == 304
    assert broker("GET", "/v1/report", params={"month": month}).json()["view"] == "ins-broker"
    text = operator("GET", "/v1/report", params={"month": month, "form": "markdown"})
    assert text.headers["content-type"].startswith("text/markdown") and text.text.startswith(f"# Report of {month}")
    book = operator("GET", "/v1/report", params={"month": "2024-06", "form": "xlsx"})
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames[0] == "Notes"
    assert book.content == operator("GET", "/v1/report", params={"month": "2024-06", "form": "xlsx"}).content
    assert callers["firm"]("GET", "/v1/report", params={"month": month}).status_code == 403
    assert callers["nobody"]("GET", "/v1/report", params={"month": month}).status_code == 401
    for wrong in ("2999-01", "may", ""):
        assert operator("GET", "/v1/report", params={"month": wrong}).status_code == 422
    assert lead
