"""Every example of the OpenAPI document is answered by a service on the example centre: what it needs is made before by the examples of
other operations."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from leads.subscriptions.tokens import stop_token
from tests.api.http.people.conftest import Caller
from tests.api.http.test_openapi import DOCUMENT, OPERATIONS, box, keys, opened  # noqa: F401 - fixtures
from tests.desk.members.conftest import Mailbox

Callers = dict[str, Caller]
FIRMS = ("demands", "admissions", "contacts", "files", "things", "webhooks", "answers")
"""What the firm does; the operator does the rest."""
NOT_HERE = {
    "begin_openid": "there is no identity provider", "finish_openid": "the same",
    "enable_webhook": "none is disabled: that is done by the clock, after days in vain",
    "cancel_job": "a file of two rows is read before anybody can give it up",
}  # fmt: skip



def examples_of(body: dict[str, Any]) -> list[tuple[str, Any]]:
    """The examples of a request's body, with their media type."""
    found: list[tuple[str, Any]] = []
    for media, told in body["content"].items():
        schema = told["schema"]
        if schema.get("format") == "binary" and "example" not in told:
            found.append((media, b"%PDF-1.4 drawing"))
        if "$ref" in schema:
            schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        several = told.get("examples", {})
        found += [(media, one["value"] if isinstance(one, dict) and "value" in one else one) for one in several]
        found += [(media, told["example"])] if "example" in told else []
        found += [(media, one) for one in schema.get("examples", ())]
    return found


class Asked:
    """Who does something in this test, and what was made for it."""

    def __init__(self, path: str, callers: Callers, letters: Mailbox) -> None:
        self._box = letters
        self.caller = callers["enterprise" if path.split("/")[2:3] and path.split("/")[2] in FIRMS else "operator"]

    def made(self, path: str) -> str:
        """The id of a new thing of the kind that ``path`` names, made by the example of its list."""
        if path.startswith("/v1/evidence/"):
            return str(self.caller("GET", "/v1/evidence").json()["data"][0]["id"])
        if path.startswith(("/v1/feeds/", "/v1/notices/")):
            return self.secret(path)
        begun = path.partition("/{")[0] if "/{" in path else ""
        told = DOCUMENT["paths"].get(begun, {}).get("post")
        if not told or "requestBody" not in told:
            return ""
        made = self.sent("POST", begun, told)
        new = made.status_code in (201, 202)
        found = made.json() if new else self.caller("GET", begun).json()["data"][0]  # of an admission and of a lead there is one
        found = found.get("hook", found)
        if begun == "/v1/jobs":
            self.until_read(found["id"])
        return str(found.get("id") or found["prefix"])

    def secret(self, path: str) -> str:
        """What the address of a feed, or the link that stops a saved search, carries."""
        search = self.made("/v1/searches/{id}")
        if path.startswith("/v1/feeds/"):
            return str(self.caller("POST", f"/v1/searches/{search}/feed").json()["atom"].split("/")[-2])
        service = self.caller.client.app.state.service  # type: ignore[attr-defined]
        return stop_token(service.accounts(service.store), "search", search)

    def held(self) -> str:
        """The id of a meeting of today to whose one talk both sides came."""
        plan = examples_of(DOCUMENT["paths"]["/v1/meetings"]["post"]["requestBody"])[0][1]
        meeting = self.caller("POST", "/v1/meetings", json=plan | {"day": datetime.now(UTC).date().isoformat()}).json()["id"]
        lead = self.made("/v1/leads/{id}")
        steps: list[tuple[str, dict[str, Any]]] = [("invitations", {"leads": [lead]})]
        for said in ({"event": "answer", "answer": "accepted", "on_word": "phone"}, {"event": "attend", "came": True}):
            steps += [("events", said | {"lead": lead, "side": side}) for side in ("need", "offer")]
        for part, body in steps:
            done = self.caller("POST", f"/v1/meetings/{meeting}/{part}", json=body)
            assert done.status_code == 200, done.text
        return str(meeting)

    def until_read(self, job: str) -> None:
        """Wait until a file that was handed in is read."""
        for _ in range(300):
            if self.caller("GET", f"/v1/jobs/{job}").json()["state"] == "done":
                return
            time.sleep(0.1)
        raise AssertionError("it is not read")

    def sent(self, method: str, url: str, told: dict[str, Any], at: int = 0, **values: str) -> Any:
        """What the example is answered with. A letter's token and a lead take the place of the fictitious ones, each member has another
        address."""
        asked = [one for one in told.get("parameters", ()) if one["in"] == "query" and one["required"]]
        query = {one["name"]: one["schema"]["examples"][0] for one in asked}
        body: dict[str, Any] = {}
        if "requestBody" in told:
            media, example = examples_of(told["requestBody"])[at]
            if isinstance(example, dict) and "mail" in example:
                example = example | {"mail": f"{len(self._box.letters)}.{method.lower()}@{example['mail'].partition('@')[2]}"}
            if isinstance(example, dict) and "token" in example:
                example = {"token": self.token(url)}
            if isinstance(example, dict) and url.startswith("/v1/meetings/"):
                lead = self.made("/v1/leads/{id}")
                example = example | {name: said for name, said in (("lead", lead), ("leads", [lead])) if name in example}
            if isinstance(example, dict) and "url" in example and url == "/v1/webhooks":
                example = {"url": "http://127.0.0.1:9/hook"}  # the name of the example is nobody's here
            content = example if isinstance(example, str | bytes) else json.dumps(example)
            body = {"content": content, "headers": {"Content-Type": media}}
        return self.caller(method, url.format(**values), params=query, **body)

    def token(self, url: str) -> str:
        """The token of a letter that lets one do what ``url`` is for."""
        before = len(self._box.letters)
        if url == "/v1/sessions":
            mail = self.member()
            before = len(self._box.letters)
            self.caller("POST", "/v1/sessions/links", json={"mail": mail})
        else:
            at = "/v1/claims" if url.startswith("/v1/claims") else "/v1/members"
            assert self.sent("POST", at, DOCUMENT["paths"][at]["post"]).status_code < 300
        return self._box.token(before + 1)

    def member(self) -> str:
        """The address of a new member."""
        joined = self.sent("POST", "/v1/invitations/accepted", DOCUMENT["paths"]["/v1/invitations/accepted"]["post"]).json()
        return str(self.caller("GET", f"/v1/members/{joined['id']}").json()["mail"])

    def signed_in(self) -> Caller:
        """A new member with a session."""
        begun = self.sent("POST", "/v1/sessions", DOCUMENT["paths"]["/v1/sessions"]["post"]).json()
        return Caller(self.caller.client, begun["session"])


@pytest.mark.parametrize(
    ("method", "path", "told"),
    sorted(OPERATIONS, key=lambda one: (one[0] == "DELETE", one[1], one[0])),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_example_is_answered(method: str, path: str, told: dict[str, Any], keys: Callers, box: Mailbox) -> None:  # noqa: F811
    if told["operationId"] in NOT_HERE:
        return
    asked = Asked(path, keys, box)
    if told["operationId"] in ("end_session", "end_membership", "create_follow", "read_follow", "end_follow"):
        asked.caller = asked.signed_in()
    names = [one for one in told.get("parameters", ()) if one["in"] == "path"]
    values = {one["name"]: (one["schema"].get("examples") or [""])[0] for one in names}
    if not all(values.values()):
        made = asked.made(path)
        values = {name: value or made for name, value in values.items()}
    if path == "/v1/nodes/{id}":
        values = {"id": "A01"}
    if told["operationId"] == "note_meeting_outcome":
        values = {"id": asked.held()}
    if told["operationId"] == "end_follow":
        assert asked.sent("POST", path, DOCUMENT["paths"][path]["post"]).status_code == 201
    count = len(examples_of(told["requestBody"])) if "requestBody" in told else 1
    assert count, "a body without an example"
    for at in range(count):
        answer = asked.sent(method, path, told, at, **values)
        assert 200 <= answer.status_code < 300, answer.text
        assert str(answer.status_code) in told["responses"]
