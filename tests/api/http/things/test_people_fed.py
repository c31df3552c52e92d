"""People who are not to be kept or shown, and rows over HTTP: what is fed brings nobody back, and tells nobody of whoever objected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desk.people.rights.persons import Persons
from graph import Store
from graph.model import EdgeKind, Expert, NodeKind, Visibility
from tests.api.http.people.conftest import OPERATOR, Caller
from tests.api.http.things.conftest import lines, named

Callers = dict[str, Caller]
PERSON = "Li Min @ Alba Laser Laboratory"
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def url(store_url: str) -> str:
    """A store of each sort."""
    return store_url


def people(store: Store) -> set[str]:
    return {one.name for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert)}


def created(store: Store, work: str) -> dict[str, Visibility]:
    """By name, who a work says has made it, and who may see that."""
    edges = store.edges([work], kinds=[EdgeKind.CREATED])
    ends = store.get({edge.source for edge in edges})
    return {getattr(ends[edge.source], "name", ""): edge.visibility for edge in edges}


def test_who_is_forgotten_is_not_fed_again(callers: Callers, things_store: Store) -> None:
    operator, lab, one = callers["operator"], callers["lab"], named(things_store, "Alba Laser Laboratory")
    Persons(things_store).forget(OPERATOR, PERSON)
    before = things_store.check(deep=True).content
    row: dict[str, Any] = {"name": "Li Min", "institution": ["L1"], "bio": "Lasers."}
    refused = operator("PUT", "/v1/rows/experts/register/E1", json=row)
    assert refused.status_code == 422 and refused.json()["errors"] == [{"field": "", "rule": "is about a person who is not to be kept"}]
    row["institution"] = ["Alba Laser Laboratory"]
    body = lines({"id": "E9", "name": "Hu Yan", "institution": row["institution"]}, {"id": "E8", **row})
    told = operator("POST", "/v1/rows/experts/else", content=body, headers=NDJSON).json()
    assert [(one["line"], one["result"]) for one in told["lines"]] == [(1, "added"), (2, "suppressed")]
    assert (told["suppressed"], told["added"], told["unnamed"]) == (1, 1, 0)
    assert operator("GET", "/v1/rows/experts/register/E1").status_code == 404
    made = lab("PUT", f"/v1/rows/achievements/{one}/A1", json={"title": "Ours", "creators": ["Li Min", "Zhou Yi"]})
    assert made.status_code == 201 and made.json()["fields"]["creators"] == ["Zhou Yi"]
    other = operator("POST", "/v1/rows/achievements/else", content=lines({"id": "X", "title": "T", "creators": [PERSON]}), headers=NDJSON)
    assert (other.json()["unnamed"], other.json()["added"]) == (1, 1)
    assert people(things_store) == {"Hu Yan", "Zhou Yi"}
    for path in (f"/v1/rows/achievements/{one}/A1", "/v1/rows/achievements/else/X", "/v1/rows/experts/else/E9"):
        assert operator("DELETE", path).status_code == 204
    assert things_store.check(deep=True).content == before


def test_who_objected_is_fed_hidden(callers: Callers, things_store: Store) -> None:
    operator, lab, one = callers["operator"], callers["lab"], named(things_store, "Alba Laser Laboratory")
    at = f"/v1/rows/achievements/{one}/A1"
    made = lab("PUT", at, json={"title": "Ours", "creators": ["Li Min", "Zhou Yi"]}).json()
    assert made["fields"]["creators"] == ["Li Min", "Zhou Yi"]
    Persons(things_store).object_to(OPERATOR, PERSON)
    row = {"name": "Li Min", "institution": ["L1"], "bio": "Lasers. For many years."}
    assert operator("PUT", "/v1/rows/experts/register/E1", json=row).json()["fields"]["bio"] == row["bio"]
    again = lab("PUT", at, json={"title": "Ours", "creators": ["Li Min", "Zhou Yi"]})
    for fed in (again, lab("PATCH", at, json={"trl": 4}), lab("GET", at)):
        assert fed.status_code == 200 and fed.json()["fields"]["creators"] == ["Zhou Yi"]
    assert [one.partition(" @ ")[0] for one in operator("GET", at).json()["fields"]["creators"]] == ["Li Min", "Zhou Yi"]
    assert created(things_store, made["id"]) == {"Li Min": Visibility.CONFIDENTIAL, "Zhou Yi": Visibility.PUBLIC}
    for name in ("nobody", "lab", "firm"):
        found = [callers[name]("GET", path) for path in ("/v1/experts", f"/v1/achievements/{made['id']}", "/v1/experts/E1")]
        assert "Li Min" not in json.dumps([one.json() for one in found[:2]]) and found[2].status_code == 404
    assert "Li Min" in operator("GET", "/v1/experts").text
