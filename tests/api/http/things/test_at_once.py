"""Rows that several change at the same time: no patch is lost, and of those who decided upon one row one wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from graph import Store
from tests.api.http.people.conftest import Caller
from tests.api.http.things.test_rows import done

Callers = dict[str, Caller]
AT = "/v1/rows/achievements/register/"
FIELDS: dict[str, Any] = {
    "abstract": "It is colder.", "trl": 7, "date": "2023", "keywords": ["nozzle"], "owners": ["F1"], "creators": ["Hu Yan @ L1"],
}  # fmt: skip


@pytest.fixture
def url(store_url: str) -> str:
    """A store of each sort."""
    return store_url


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What calls come to that begin together."""
    found: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(at: int) -> None:
        start.wait()
        found[at] = calls[at]()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(calls))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


def test_of_patches_at_once_none_is_lost(callers: Callers, things_store: Store) -> None:
    operator = callers["operator"]
    for number in range(5):
        done(operator("PUT", f"{AT}N{number}", json={"title": "A nozzle"}), 201)
        parts = [{name: value} for name, value in FIELDS.items()]
        answers = at_once(*(partial(operator, "PATCH", f"{AT}N{number}", json=part) for part in parts))
        assert {one.status_code for one in answers} <= {200, 409}
        for part in (part for part, one in zip(parts, answers, strict=True) if one.status_code == 409):  # many times in a row too late
            done(operator("PATCH", f"{AT}N{number}", json=part))
        fields = done(operator("GET", f"{AT}N{number}"))["fields"]
        assert {name: fields[name] for name in FIELDS} == FIELDS
    assert things_store.check(deep=True).problems == ()


def test_of_those_who_decided_upon_one_row_one_wins(callers: Callers) -> None:
    operator = callers["operator"]
    for number, method in enumerate(("PUT", "PATCH", "DELETE")):
        made = operator("PUT", f"{AT}N{number}", json={"title": "A nozzle"})
        tag = {"If-Match": made.headers["etag"]}
        bodies = [{} if method == "DELETE" else {"json": {"title": f"By {one}"}} for one in range(4)]
        answers = at_once(*(partial(operator, method, f"{AT}N{number}", headers=tag, **body) for body in bodies))
        codes = sorted(one.status_code for one in answers)
        assert codes[0] in (200, 204) and set(codes[1:]) <= ({404, 409, 412} if method == "DELETE" else {409, 412}), codes
        told = {one.status_code: one.json()["code"] for one in answers if one.status_code in (409, 412)}
        assert told.items() <= {409: "changed_meanwhile", 412: "changed_since"}.items()


def test_a_tag_of_a_row_that_is_not_there_changes_nothing(callers: Callers) -> None:
    refused = callers["operator"]("PUT", f"{AT}N9", json={"title": "A"}, headers={"If-Match": '"x"'})
    assert refused.status_code == 404
    assert callers["operator"]("GET", f"{AT}N9").status_code == 404


def test_an_item_of_evidence_is_withdrawn_as_it_was_decided_upon(callers: Callers) -> None:
    operator, at = callers["operator"], "/v1/rows/evidence/register/V2"
    tag = {"If-Match": operator("GET", at).headers["etag"]}
    done(operator("PATCH", at, json={"outcome": 0.25}))
    assert operator("DELETE", at, params={"reason": "given twice"}, headers=tag).json()["code"] == "changed_since"
    tag = {"If-Match": operator("GET", at).headers["etag"]}
    assert operator("DELETE", at, params={"reason": "given twice"}, headers=tag).status_code == 204
