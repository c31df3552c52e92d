"""The OpenAPI document is true: operation ids, and shapes no looser and no stricter than the code; examples are in test_examples.py.

schemathesis makes requests of the document, good ones and bad ones, with the key of each role; what it finds is a status that the document
does not name, an answer that is none of its shapes, a good request that is refused or a bad one that is not, or an error of the service.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from api.http.app import create_app
from api.settings import Settings, load
from desk.find import find
from desk.process.principals import Role, Scope
from graph import connect
from graph.copy import copy
from graph.viewer import OWNER
from tests.api.conftest import invoke
from tests.api.http.people.conftest import Caller, key_of
from tests.api.http.things.conftest import when_ready
from tests.desk.members.conftest import SITE, Mailbox, mailboxes

DOCUMENT = create_app(Settings()).openapi()
OPERATIONS = [
    (method.upper(), path, told) for path, methods in DOCUMENT["paths"].items() for method, told in methods.items()
]  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    """Where letters come in."""
    yield from mailboxes()


@pytest.fixture(scope="module")
def opened(centre_url: str, tmp_path_factory: pytest.TempPathFactory, box: Mailbox) -> Iterator[TestClient]:
    """A service on a copy of the example centre that is ready, and sends letters."""
    url = f"sqlite:///{tmp_path_factory.mktemp('openapi')}/o.db"
    copy(connect(centre_url), connect(url))
    assert invoke("index", store=url).exit_code == 0
    letters: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none", "smtp_from": "d@x.org", "site": SITE}
    told = load(store=url, requests_per_minute=0, hook_networks="127.0.0.0/8", **letters)
    with TestClient(create_app(told), raise_server_exceptions=False) as client:
        when_ready(client)
        yield client


@pytest.fixture(scope="module")
def keys(opened: TestClient) -> dict[str, Caller]:
    """The operator, a firm, a lab that may feed, a consumer, and nobody."""
    store = opened.app.state.service.store  # type: ignore[attr-defined]
    every = (Scope.READ, Scope.WRITE, Scope.INGEST)
    firm = find(store, "I06", OWNER)
    held = {
        "operator": key_of(store, Role.OPERATOR, "", *Scope), "enterprise": key_of(store, Role.ENTERPRISE, firm),
        "provider": key_of(store, Role.PROVIDER, firm, *every), "broker": key_of(store, Role.BROKER, firm, *every),
        "consumer": key_of(store, Role.CONSUMER, firm, Scope.READ), "nobody": "",
    }  # fmt: skip
    return {role: Caller(opened, key) for role, key in held.items()}


def test_every_operation_is_a_verb_and_what_it_is_done_with() -> None:
    ids = [told["operationId"] for _method, _path, told in OPERATIONS]
    assert len(set(ids)) == len(ids)
    for one in ids:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", one) or one == "match", one


def test_no_two_schemas_are_of_one_name() -> None:
    assert not [name for name in DOCUMENT["components"]["schemas"] if "__" in name], "the framework parts two classes of one name by it"
    assert not re.search(r'"[gl]e":', json.dumps(DOCUMENT)), "a bound has the names of JSON Schema: minimum, maximum"


BEYOND = {
    r"list_.*": "a cursor is opaque; words of open lists (countries, regions, kinds) are looked up, and unknown ones refused",
    r"read_.*": "a name that fits several things is refused",
    r"match": "words of filters are looked up, an amount is read; an id that has no text asks nothing",
    r"match_batch": "the same",
    r".*_row": "cells are read by the rules of docs/data-formats.md; a source is the caller's or the platform's",
    r"feed_rows": "the same",
    r"hand_in_job": "a source's name is its own rule; how a file is read is told by its name and its bytes",
    r"keep_answer": "words of filters are looked up, an institution that gets it is found by name",
    r"create_webhook": "an address is looked up, and is everybody's; a webhook is an institution's",
    r"list_events": "a cursor is opaque",
    r"put_source_terms": "a source's name has no blanks around it",
    r"decide_merge": "both sides must be two institutions or two experts",
    r"(create|keep)_contact|create_file|create_key|create_member|create_claim|request_session_link":
        "numbers, addresses, days, files and what goes with a role are read by rules of their own (docs/accounts.md)",
    r"create_admission.*|create_member_event|.*_session|(confirm|accept)_.*": "what may be said and done depends on the thing's state",
    r"create_lead": "both ends are looked up: the one needs something, the other offers something",
    r"export_leads": "words of filters are looked up, and unknown ones refused",
    r"decide_credit": "parts are looked up by name; a side of a pair is no broker of it",
    r"save_search": "words of filters are looked up; letters go to a member of the institution",
    r"(create|end)_follow": "who follows is a member: a key names one of its institution",
    r"hand_over_board": "whose board it is depends on the caller, and it goes to somebody else",
    r"create_meeting": "no two slots have one name, blanks around it taken off",
    r"create_demand.*": "what may be said and done depends on the demand (docs/processes.md) and on the caller's institution",
}
"""Where a schema cannot say all of what is refused: by operation, why a request that keeps to it may be answered 422."""
NOTHING_TO_BREAK = {
    "read_livez", "read_readyz", "read_metrics", "read_scoring", "read_coverage", "list_sources", "begin_openid", "refresh_leads",
}  # fmt: skip
"""Operations whose requests cannot be bad: they take nothing, or a key alone."""


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context: Any, value: Any) -> bytes:
    """Lines as they are sent."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()


EXAMPLES = int(os.environ.get("DOVETAIL_TEST_EXAMPLES", "2"))
"""Requests of each operation, as many good ones and bad ones: 40 are 10,000 with the key of a role, which take a quarter of an hour."""
ROLES = ("operator", "provider", "enterprise", "broker", "consumer", "nobody")


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("role", [pytest.param(role, marks=[pytest.mark.slow] if role != "operator" else []) for role in ROLES])
def test_the_document_is_no_looser_and_no_stricter_than_the_code(opened: TestClient, keys: dict[str, Caller], role: str) -> None:
    document = schemathesis.openapi.from_asgi("/openapi.json", _running(opened.app))
    wrong: dict[str, str] = {}
    for result in document.get_all_operations():
        operation = result.ok()
        name = operation.definition.raw["operationId"]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(0)
            @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def asked(case: schemathesis.Case) -> None:
                response = case.call(headers=keys[role].headers)
                named = case.operation.definition.raw["operationId"]
                is_beyond = response.status_code == 422 and any(re.fullmatch(one, named) for one in BEYOND)
                parts = case.meta.components if case.meta else {}
                broken = {place for place, part in parts.items() if part.mode is GenerationMode.NEGATIVE}
                left_out = ["positive_data_acceptance"] if is_beyond else []
                # a good key is put into headers; whatever is sent as lines is lines, and each is answered
                left_out += ["negative_data_rejection"] if {one.value for one in broken} <= {"header"} or named == "feed_rows" else []
                case.validate_response(response, excluded_checks=[CHECKS.get_one(one) for one in left_out])

            try:
                asked()
            except Unsatisfiable:
                if mode is GenerationMode.POSITIVE or name not in NOTHING_TO_BREAK:
                    wrong[f"{operation.label} {mode.value}"] = "no request can be made of it"
            except (Exception, BaseExceptionGroup) as error:
                wrong[f"{operation.label} {mode.value}"] = str(error)[:1500]
    assert not wrong, "\n\n".join(f"{name}: {error}" for name, error in wrong.items())


def _running(app: Any) -> Any:
    """An app that is running already, for a client that would start it."""

    async def plain(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)
            return
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})

    return plain
