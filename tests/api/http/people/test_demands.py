"""Demands over HTTP: the whole way, who sees what of it, tags, pages, and requests that are done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from api.http.conventions import once
from desk.journal.heads import verify
from desk.people.streams import FOLDS
from graph import Store
from graph.documents import DocumentKind
from tests.api.http.people.conftest import SAID, Caller

Callers = dict[str, Caller]


def drafted(caller: Caller, **more: Any) -> Any:
    made = caller("POST", "/v1/demands", json={"content": SAID, **more})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/v1/demands/{made.json()['id']}"
    return made.json()


def do(caller: Caller, id: str, event: str, status: int = 200, headers: dict[str, str] | None = None, **says: Any) -> Any:
    done = caller("POST", f"/v1/demands/{id}/events", json={"event": event, **says}, headers=headers or {})
    assert done.status_code == status, done.text
    return done.json()


def test_from_a_draft_to_a_solution(callers: Callers, people_store: Store) -> None:
    firm, broker, operator, rival = (callers[name] for name in ("firm", "broker", "operator", "rival"))
    one = drafted(broker, owner="ins-firm", mandate="2026-01-15")
    assert (one["state"], one["agent"], one["node"]) == ("draft", "ins-broker", "")
    id = one["id"]
    for stranger in (rival, operator):
        assert stranger("GET", f"/v1/demands/{id}").json()["code"] == "not_found"
    assert callers["nobody"]("GET", f"/v1/demands/{id}").status_code == 401
    assert do(broker, id, "publish", 409, visibility="public")["code"] == "not_possible"
    assert do(broker, id, "confirm", 403)["code"] == "not_allowed"
    assert do(firm, id, "confirm")["confirmed"] is True
    assert do(broker, id, "submit", 422)["code"] == "invalid"
    do(broker, id, "submit", no_secrets=True)
    assert do(operator, id, "return", questions=["In line?"])["questions"] == ["In line?"]
    do(broker, id, "revise", content=SAID | {"description": "In line."})
    do(broker, id, "submit", no_secrets=True)
    do(operator, id, "accept")
    do(firm, id, "confirm")
    published = do(broker, id, "publish", visibility="confidential")
    assert published["visibility"] == "confidential" and published["node"]
    assert rival("GET", f"/v1/nodes/{published['node']}").status_code == 404
    assert callers["nobody"]("GET", f"/v1/nodes/{published['node']}").status_code == 404
    assert firm("GET", f"/v1/nodes/{published['node']}").json()["fields"]["title"] == SAID["title"]
    solved = do(firm, id, "solve", by="ins-lab")
    assert (solved["state"], solved["solved_by"], solved["seen"], solved["events"]) == ("solved", "ins-lab", [], [])
    kinds = [entry["kind"] for entry in firm("GET", f"/v1/demands/{id}/history").json()]
    assert kinds == ["draft", "confirm", "submit", "return", "revise", "submit", "accept", "confirm", "publish", "solve"]
    assert rival("GET", f"/v1/demands/{id}/history").status_code == 404
    assert verify(people_store, FOLDS)[1] == []


def test_pages_begin_with_what_was_moved_last(callers: Callers) -> None:
    firm = callers["firm"]
    ids = [drafted(firm)["id"] for _ in range(5)]
    do(firm, ids[1], "withdraw")
    first = firm("GET", "/v1/demands", params={"limit": 2}).json()
    assert [one["id"] for one in first["data"]] == [ids[1], ids[4]]
    do(firm, ids[4], "withdraw")  # what moves is not sent again, and nothing is left out
    rest, cursor = [], first["next"]
    while cursor:
        page = firm("GET", "/v1/demands", params={"limit": 2, "cursor": cursor}).json()
        rest += [one["id"] for one in page["data"]]
        cursor = page["next"]
    assert rest == [ids[3], ids[2], ids[0]]
    states = firm("GET", "/v1/demands", params={"state": ["withdrawn"]}).json()["data"]
    assert [one["id"] for one in states] == [ids[4], ids[1]]
    for bad in ({"cursor": "x!"}, {"cursor": "WzFd"}, {"limit": 0}, {"limit": 101}, {"state": "none"}):
        assert firm("GET", "/v1/demands", params=bad).json()["code"] == "invalid"
    assert callers["rival"]("GET", "/v1/demands").json() == {"data": [], "next": None}


def test_a_tag_is_of_what_the_caller_sees_and_guards_a_change(callers: Callers) -> None:
    firm = callers["firm"]
    id = drafted(firm)["id"]
    shown = firm("GET", f"/v1/demands/{id}")
    tag = shown.headers["etag"]
    same = firm("GET", f"/v1/demands/{id}", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    revised = do(firm, id, "revise", headers={"If-Match": tag}, content=SAID | {"title": "another"})
    assert revised["content"]["title"] == "another"
    stale = do(firm, id, "withdraw", 412, headers={"If-Match": tag})
    assert stale["code"] == "changed_since"
    assert do(firm, id, "withdraw", headers={"If-Match": "*"})["state"] == "withdrawn"


def test_the_same_key_makes_one_thing_however_often_it_is_sent(callers: Callers, people_store: Store) -> None:
    firm, key = callers["firm"], {"Idempotency-Key": "order-1"}

    def send(_n: int) -> Any:
        return firm("POST", "/v1/demands", json={"content": SAID}, headers=key)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(100)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {201, 409, 503} and 201 in codes  # 503: a store that is too busy for a moment
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"still_running"}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1 == len(firm("GET", "/v1/demands").json()["data"])
    again = send(0)
    assert again.status_code == 201 and again.headers["idempotent-replayed"] == "true"
    assert again.json() == firm("GET", f"/v1/demands/{made.pop()}").json()
    other = firm("POST", "/v1/demands", json={"content": SAID | {"title": "x"}}, headers=key)
    assert other.status_code == 422 and "another request" in other.json()["detail"]
    assert callers["broker"]("POST", "/v1/demands", json={"content": SAID}, headers=key).status_code == 201  # a caller's own keys
    assert not [one for one in people_store.documents_since(0, [DocumentKind.ONCE]) if b"Coating" in one.content]


def test_what_wrote_nothing_may_be_sent_again_with_the_same_key(callers: Callers) -> None:
    firm, key = callers["firm"], {"Idempotency-Key": "k"}
    for _ in range(2):
        assert firm("POST", "/v1/demands", json={"content": {"title": ""}}, headers=key).status_code == 422
    assert firm("POST", "/v1/demands", json={"content": SAID}, headers=key).status_code == 201


def test_a_record_rides_in_the_write_that_it_is_of(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after the write and before the answer is kept: the same request is not done again."""
    firm, key = callers["firm"], {"Idempotency-Key": "k"}
    monkeypatch.setattr(once.Record, "finish", lambda _self, _response: None)
    made = firm("POST", "/v1/demands", json={"content": SAID}, headers=key).json()
    monkeypatch.undo()
    again = firm("POST", "/v1/demands", json={"content": SAID}, headers=key)
    assert again.json() == made and again.headers["idempotent-replayed"] == "true"


def test_a_claim_that_says_nothing_runs_out(callers: Callers, people_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    firm, key = callers["firm"], {"Idempotency-Key": "k"}
    monkeypatch.setattr(once.Record, "release", lambda _self: None)  # killed before it wrote
    assert firm("POST", "/v1/demands", json={"content": {"title": ""}}, headers=key).status_code == 422
    assert firm("POST", "/v1/demands", json={"content": {"title": ""}}, headers=key).status_code == 409
    monkeypatch.undo()
    monkeypatch.setattr(once, "RUNNING", timedelta(0))
    monkeypatch.setattr(once, "LASTS", timedelta(0))
    assert once.sweep(people_store) == 0
    people_store_ids = [one.id for one in people_store.documents_since(0, [DocumentKind.ONCE])]
    assert len(people_store_ids) == 1


def test_records_that_have_run_out_are_swept(callers: Callers, people_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    firm, key = callers["firm"], {"Idempotency-Key": "k"}
    monkeypatch.setattr(once, "LASTS", timedelta(0))
    first = firm("POST", "/v1/demands", json={"content": SAID}, headers=key).json()["id"]
    assert firm("POST", "/v1/demands", json={"content": SAID}, headers=key).json()["id"] != first  # a new request by now
    assert once.sweep(people_store) == 1 and once.sweep(people_store) == 0
    monkeypatch.undo()
    assert firm("POST", "/v1/demands", json={"content": SAID}, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["x" * 201, "\x01"])
def test_a_key_of_another_form_is_refused(callers: Callers, key: str) -> None:
    assert callers["firm"]("POST", "/v1/demands", json={"content": SAID}, headers={"Idempotency-Key": key}).status_code == 422
