"""Leads over HTTP: from a suggestion to an introduction, what others are told, and the counts."""

from __future__ import annotations

from graph import Batch, Store
from graph.ids import edge_id
from graph.model import Achievement, Demand, Edge, EdgeKind, Provenance
from leads.model import Suggestion
from leads.suggestions import write
from tests.api.http.people.conftest import Caller

ORIGIN = Provenance("t", "1")


def suggested(store: Store) -> str:
    edges = [
        Edge(id=edge_id(kind, source, target, "t"), kind=kind, source=source, target=target, provenance=ORIGIN)
        for kind, source, target in ((EdgeKind.POSTED, "ins-firm", "dem-1"), (EdgeKind.OWNS, "ins-lab", "ach-1"))
    ]
    nodes = [Demand(id="dem-1", provenance=ORIGIN, title="Coating"), Achievement(id="ach-1", provenance=ORIGIN, title="Gauge")]
    store.write(Batch(nodes=list(nodes), edges=edges))
    one = Suggestion.of("dem-1", "ach-1", work="ach-1", fit=0.7, points=7, found="2026-01-05", about="ins-firm")
    write(store, [one])
    return one.id


def test_from_a_suggestion_to_an_introduction(callers: dict[str, Caller], people_store: Store) -> None:
    id = suggested(people_store)
    broker, firm, lab = callers["broker"], callers["firm"], callers["lab"]
    page = broker("GET", "/v1/leads?sort=turns&state=suggested").json()
    assert (page["count"], page["next"], page["data"][0]["id"], page["data"][0]["about"]) == (1, None, id, "ins-firm")
    assert lab("GET", "/v1/leads").json()["count"] == 0 and callers["rival"]("GET", f"/v1/leads/{id}").status_code == 404
    assert callers["nobody"]("GET", "/v1/leads").status_code == 401

    def do(who: Caller, **body: object) -> int:
        status: int = who("POST", f"/v1/leads/{id}/events", json=body).status_code
        return status

    assert do(broker, event="note", text="spoke with them") == 200
    assert do(broker, event="propose", side="offer") == 200 and do(broker, event="introduce", agency="need") == 409
    assert do(lab, event="interested", side="offer") == 200 and do(lab, event="note", text="x") == 403
    assert do(firm, event="interested", side="need") == 200
    shown = broker("GET", f"/v1/leads/{id}")
    headers = {"If-Match": shown.headers["etag"], "Idempotency-Key": "a"}
    sent = {"json": {"event": "introduce", "agency": "need", "fee": "3%"}, "headers": headers}
    made = broker("POST", f"/v1/leads/{id}/events", **sent)
    assert (made.status_code, made.json()["state"]) == (200, "introduced")
    again = broker("POST", f"/v1/leads/{id}/events", **sent)
    assert again.headers["idempotent-replayed"] == "true" and again.json()["state"] == "introduced"
    assert broker("POST", f"/v1/leads/{id}/events", json={"event": "talk"}, headers={"If-Match": shown.headers["etag"]}).status_code == 412
    assert do(firm, event="acknowledge", side="need") == 200 and do(lab, event="acknowledge", side="offer") == 200
    (credit,) = broker("GET", "/v1/leads/credits").json()
    assert (credit["basis"], credit["parts"]) == ("first", {"ins-broker": 1})
    assert [one["kind"] for one in lab("GET", f"/v1/leads/{id}/history").json()][:1] == ["propose"]
    assert broker("GET", f"/v1/leads/{id}/texts").json() == {"1": "spoke with them"} and lab("GET", f"/v1/leads/{id}/texts").json() == {}
    stages = broker("GET", "/v1/leads/funnel").json()["stages"]
    assert [one["reached"] for one in stages] == [1, 1, 1, 1, 0, 0, 0]
    assert broker("GET", "/v1/leads/funnel.svg").headers["content-type"] == "image/svg+xml"
    assert broker("GET", "/v1/leads/duplicates").json() == []
    assert broker("GET", "/v1/leads/export?format=xlsx").content.startswith(b"PK")
    assert id in broker("GET", "/v1/leads/export").text
    decision = {"need": "ins-firm", "offer": "ins-lab", "parts": {"ins-rival": 1}, "reason": "why"}
    assert broker("POST", "/v1/leads/credits", json=decision).status_code == 403
    assert callers["operator"]("POST", "/v1/leads/credits", json=decision).json()["basis"] == "decision"
    made = broker("POST", "/v1/leads", json={"need": "dem-1", "offer": "ins-lab"})
    assert made.status_code == 201 and made.json()["state"] == "shortlisted"
    assert broker("GET", "/v1/leads?region=Atlantis").status_code == 422 and broker("GET", "/v1/leads?firm=nobody").status_code == 404
