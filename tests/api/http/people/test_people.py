"""Admissions, files, contacts, keys and members over HTTP: each way once, and what others learn of it: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.service import Service
from api.settings import load
from desk.journal.heads import verify
from desk.people.streams import FOLDS
from desk.process.principals import Role, Scope
from graph import Batch, Store
from tests.api.http.people.conftest import SAID, Caller, key_of
from tests.desk.members.conftest import SITE, USCC, Mailbox, mailbox, registered  # noqa: F401 - a fixture

Callers = dict[str, Caller]
PDF = b"%PDF-1.4 drawing"


def published(callers: Callers) -> str:
    firm, operator = callers["firm"], callers["operator"]
    id = firm("POST", "/v1/demands", json={"content": SAID}).json()["id"]
    for who, said in (
        (firm, {"event": "submit", "no_secrets": True}), (operator, {"event": "accept"}),
        (firm, {"event": "publish", "visibility": "confidential"}), (firm, {"event": "tease", "field": "thin coatings"}),
    ):  # fmt: skip
        done = who("POST", f"/v1/demands/{id}/events", json=said)
        assert done.status_code == 200, done.text
    return str(id)


def test_let_in_by_a_teaser(callers: Callers) -> None:
    firm, lab, rival = callers["firm"], callers["lab"], callers["rival"]
    demand = published(callers)
    teaser = firm("GET", f"/v1/demands/{demand}").json()["teaser"]
    assert lab("POST", "/v1/admissions", json={"to": teaser}).status_code == 422
    assert lab("POST", "/v1/admissions", json={"to": demand, "confidential": True}).status_code == 404
    asked = lab("POST", "/v1/admissions", json={"to": teaser, "confidential": True})
    id = asked.json()["id"]
    assert (asked.status_code, asked.json()["owner"], asked.json()["events"]) == (201, None, ["refuse"])
    assert rival("GET", f"/v1/admissions/{id}").status_code == 404 and rival("GET", "/v1/admissions").json()["data"] == []
    assert lab("GET", f"/v1/demands/{teaser}").status_code == 404
    tag = firm("GET", f"/v1/admissions/{id}").headers["etag"]
    assert lab("POST", f"/v1/admissions/{id}/events", json={"event": "grant"}).status_code == 403
    granted = firm("POST", f"/v1/admissions/{id}/events", json={"event": "grant"}, headers={"If-Match": tag})
    assert granted.json()["state"] == "open"
    assert firm("POST", f"/v1/admissions/{id}/events", json={"event": "end"}, headers={"If-Match": tag}).status_code == 412
    assert lab("GET", f"/v1/demands/{teaser}").json()["content"]["title"] == SAID["title"]
    assert [one["why"] for one in firm("GET", f"/v1/things/{demand}/let-in").json()] == ["owner", "let in"]
    assert [one["kind"] for one in firm("GET", f"/v1/things/{demand}/admissions").json()] == ["ask", "grant"]
    assert lab("GET", f"/v1/things/{demand}/let-in").status_code == 404
    assert firm("GET", "/v1/admissions", params={"to": teaser}).json()["data"][0]["id"] == id


def test_files_come_out_byte_for_byte_and_on_record(callers: Callers, people_store: Store) -> None:
    firm, lab = callers["firm"], callers["lab"]
    draft = firm("POST", "/v1/demands", json={"content": SAID}).json()["id"]
    said = {"to": draft, "name": "图 1.pdf", "purpose": "drawing"}
    made = firm("POST", "/v1/files", params=said, content=PDF, headers={"Idempotency-Key": "f"})
    id = made.json()["id"]
    assert (made.status_code, made.json()["name"], made.json()["size"]) == (201, "图 1.pdf", len(PDF))
    again = firm("POST", "/v1/files", params=said, content=PDF, headers={"Idempotency-Key": "f"})
    assert again.json()["id"] == id and again.headers["idempotent-replayed"] == "true"
    for wrong, status in (({"name": "x.exe"}, 422), ({"purpose": "none"}, 422), ({"to": "nothing"}, 404)):
        assert firm("POST", "/v1/files", params=said | wrong, content=PDF).status_code == status
    assert lab("POST", f"/v1/files/{id}/take").status_code == 404 == lab("GET", f"/v1/files/{id}").status_code
    assert firm("POST", f"/v1/files/{id}/let-in", json={"institution": "ins-lab"}).json()["let_in"] == ["ins-lab"]
    taken = lab("POST", f"/v1/files/{id}/take")
    assert taken.content == PDF and taken.headers["content-type"] == "application/octet-stream"
    assert taken.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%9B%BE%201.pdf"
    assert taken.headers["x-content-type-options"] == "nosniff"
    assert [one["id"] for one in lab("GET", "/v1/files").json()["data"]] == [id]
    assert firm("POST", f"/v1/files/{id}/shut-out", json={"institution": "ins-lab"}).json()["let_in"] == []
    assert lab("POST", f"/v1/files/{id}/take").status_code == 404
    assert firm("DELETE", f"/v1/files/{id}", params={"reason": "old"}).status_code == 204
    assert firm("POST", f"/v1/files/{id}/take").json()["code"] == "not_possible"
    assert verify(people_store, FOLDS)[1] == []


def test_a_file_may_be_longer_than_other_bodies_and_not_without_end(callers: Callers) -> None:
    firm = callers["firm"]
    said = {"to": "ins-firm", "name": "a.txt", "purpose": "other"}
    long = firm("POST", "/v1/files", params=said, content=b"x" * (2 << 20), headers={"Idempotency-Key": "long"})
    assert long.status_code == 201 and long.json()["size"] == 2 << 20
    assert firm("POST", "/v1/files", params=said, content=b"x" * ((50 << 20) + 1)).status_code == 413
    assert firm("POST", "/v1/demands", content=b"x" * (2 << 20)).status_code == 413


def test_contacts_are_revealed_on_record(callers: Callers) -> None:
    firm, lab, operator = callers["firm"], callers["lab"], callers["operator"]
    said = {"of": "ins-firm", "name": "Li", "mails": ["li@firm.example"], "purpose": "talks", "consent": "by mail", "date": "2026-01-01"}
    made = firm("POST", "/v1/contacts", json=said)
    id = made.json()["id"]
    assert made.status_code == 201 and "li@firm.example" not in made.text
    assert lab("POST", f"/v1/contacts/{id}/reveal", json={"reason": "x"}).status_code == 404
    firm("POST", f"/v1/contacts/{id}/let-in", json={"institution": "ins-lab"})
    assert lab("POST", f"/v1/contacts/{id}/reveal", json={}).status_code == 422
    shown = lab("POST", f"/v1/contacts/{id}/reveal", json={"reason": "to invite"})
    assert shown.json()["mails"] == ["li@firm.example"] and shown.headers["cache-control"] == "no-store"
    assert [one["kind"] for one in firm("GET", f"/v1/contacts/{id}/history").json()] == ["keep", "let_in", "reveal"]
    assert [one["kind"] for one in lab("GET", f"/v1/contacts/{id}/history").json()] == ["reveal"]
    assert "li@firm.example" not in firm("GET", "/v1/contacts").text + operator("GET", f"/v1/contacts/{id}").text
    assert firm("DELETE", f"/v1/contacts/{id}").status_code == 204
    assert firm("GET", f"/v1/contacts/{id}").json()["state"] == "erased"


def test_keys_are_made_shown_once_and_revoked(callers: Callers, client: TestClient) -> None:
    operator, firm, rival = callers["operator"], callers["firm"], callers["rival"]
    said = {"role": "provider", "person": "Gu", "institution": "ins-lab", "scopes": ["read", "write"]}
    assert firm("POST", "/v1/keys", json=said).status_code == 403
    made = operator("POST", "/v1/keys", json=said, headers={"Idempotency-Key": "k"})
    key, prefix = made.json()["key"], made.json()["prefix"]
    assert made.status_code == 201 and made.headers["cache-control"] == "no-store"
    again = operator("POST", "/v1/keys", json=said, headers={"Idempotency-Key": "k"})
    assert again.json()["prefix"] == prefix and "key" not in again.json()
    lab = Caller(client, key)
    assert [one["prefix"] for one in lab("GET", "/v1/keys").json()["data"]].count(prefix) == 1
    assert rival("DELETE", f"/v1/keys/{prefix}").status_code == 404 == rival("GET", f"/v1/keys/{prefix}").status_code
    assert lab("DELETE", f"/v1/keys/{prefix}", params={"reason": "lost"}).json()["state"] == "revoked"
    assert lab("GET", "/v1/keys").status_code == 401
    assert key not in operator("GET", "/v1/keys", params={"limit": 100}).text


@pytest.fixture
def lettered(people_store: Store, url: str, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:  # noqa: F811
    """A service that sends letters."""
    people_store.write(Batch(nodes=registered("ins-registered", USCC, name="恒岬精密")))
    monkeypatch.setattr(Service, "_follow", lambda _self: None)
    said: dict[str, Any] = {"site": SITE, "smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_tls": "none", "smtp_from": "d@x.org"}
    with TestClient(create_app(load(store=url, **said)), raise_server_exceptions=False) as opened:
        yield opened


def test_members_join_and_sign_in(lettered: TestClient, people_store: Store, mailbox: Mailbox, tmp_path: Path) -> None:  # noqa: F811
    operator, nobody = Caller(lettered, key_of(people_store, Role.OPERATOR, "", *Scope)), Caller(lettered, "")
    claim = {"mail": "li@firm.example", "name": "Li", "role": "enterprise", "number": USCC}
    assert nobody("POST", "/v1/claims", json=claim).status_code == 202
    id = nobody("POST", "/v1/claims/confirmed", json={"token": mailbox.token(1)}).json()["id"]
    assert nobody("POST", "/v1/claims/confirmed", json={"token": mailbox.token(1)}).status_code == 401
    assert operator("POST", f"/v1/members/{id}/events", json={"event": "approve"}).json()["state"] == "active"
    mailbox.wait(2)
    known, unknown = (nobody("POST", "/v1/sessions/links", json={"mail": mail}) for mail in ("li@firm.example", "no@firm.example"))
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (202, {"sent": True})
    opened = nobody("POST", "/v1/sessions", json={"token": mailbox.token(3)})
    firm = Caller(lettered, opened.json()["session"])
    assert opened.status_code == 201 and firm("GET", "/v1/demands").status_code == 200
    invited = firm("POST", "/v1/members", json={"mail": "wu@firm.example", "name": "Wu", "role": "enterprise"}).json()["id"]
    assert firm("POST", "/v1/members", json=claim | {"appointed": True}).status_code == 422
    appoint = {"mail": "x@firm.example", "name": "X", "role": "operator", "appointed": True}
    assert firm("POST", "/v1/members", json=appoint).status_code == 403
    assert nobody("POST", "/v1/invitations/accepted", json={"token": mailbox.token(4)}).json()["state"] == "active"
    assert {one["id"] for one in firm("GET", "/v1/members").json()["data"]} == {id, invited}
    assert firm("POST", f"/v1/members/{invited}/events", json={"event": "remove"}).json()["state"] == "ended"
    assert firm("POST", f"/v1/members/{invited}/events", json={"event": "erase"}).json()["mail"] == ""
    assert [one["kind"] for one in firm("GET", f"/v1/members/{id}/history").json()] == ["claim", "approve"]
    assert firm("DELETE", "/v1/sessions").status_code == 204 and firm("GET", "/v1/demands").status_code == 401
    nobody("POST", "/v1/sessions/links", json={"mail": "li@firm.example"})
    last = Caller(lettered, nobody("POST", "/v1/sessions", json={"token": mailbox.token(5)}).json()["session"])
    assert last("DELETE", "/v1/membership").status_code == 204 and last("GET", "/v1/demands").status_code == 401
    assert nobody("GET", "/v1/openid").json()["code"] == "not_found"
    assert verify(people_store, FOLDS)[1] == [] and (tmp_path / "s.db").exists()


def test_without_a_mail_server_nobody_is_invited(callers: Callers) -> None:
    said = {"mail": "a@b.example", "name": "A", "role": "broker", "institution": "ins-broker"}
    told = callers["operator"]("POST", "/v1/members", json=said)
    assert told.status_code == 422 and "mail server" in told.json()["detail"]
