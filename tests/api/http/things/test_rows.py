"""Rows over HTTP: put, changed, taken back, sent by the hundred; who may feed which source."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desk.sources.terms import Redisplay, Terms, set_terms, terms_of
from desk.things.feeding import OF_PLATFORM, ROWS, RowKind
from graph import Store, connect
from graph.errors import StoreError
from graph.model import EdgeKind, NodeKind
from tests.api.http.people.conftest import Caller
from tests.api.http.things.conftest import lines, named

Callers = dict[str, Caller]
AT = "/v1/rows/achievements/register/"
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def url(store_url: str) -> str:
    """A store of each sort."""
    return store_url


def done(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def test_a_row_is_put_read_changed_and_taken_back(callers: Callers, things_store: Store) -> None:
    operator, nobody = callers["operator"], callers["nobody"]
    before = things_store.check(deep=True).content
    made = operator("PUT", f"{AT}N/1", json={"title": "A laser", "trl": "6", "owners": "New Optics Ltd", "creators": ["Wang Fang"]})
    row = done(made, 201)
    assert made.headers["location"] == f"{AT}N/1"
    assert row["fields"] == {
        "title": "A laser", "trl": 6, "owners": ["New Optics Ltd"], "creators": ["Wang Fang @ New Optics Ltd"], "visibility": "public",
    }  # fmt: skip
    shown = operator("GET", f"{AT}N/1")
    assert (done(shown), shown.headers["etag"]) == (row, made.headers["etag"])
    assert nobody("GET", f"/v1/achievements/{row['id']}").json()["fields"]["trl"] == 6
    assert done(operator("PUT", f"{AT}N/1", json=row["fields"]), 200) == row
    changed = operator("PATCH", f"{AT}N/1", json={"trl": None, "title": "A better laser"}, headers={"If-Match": made.headers["etag"]})
    assert done(changed)["fields"] == {name: value for name, value in row["fields"].items() if name != "trl"} | {"title": "A better laser"}
    assert operator("PATCH", f"{AT}N/1", json={"trl": 3}, headers={"If-Match": made.headers["etag"]}).status_code == 412
    assert operator("DELETE", f"{AT}N/1", headers={"If-Match": made.headers["etag"]}).status_code == 412
    done(operator("DELETE", f"{AT}N/1"), 204)
    for method in ("GET", "DELETE", "PATCH"):
        assert operator(method, f"{AT}N/1", **({"json": {"trl": 2}} if method == "PATCH" else {})).status_code == 404
    assert nobody("GET", "/v1/institutions/New Optics Ltd").status_code == 404  # whom it alone named
    assert things_store.check(deep=True).content == before


def test_what_breaks_rules_does_not_land(callers: Callers, things_store: Store) -> None:
    operator, before = callers["operator"], things_store.check(deep=True).content
    bad = done(operator("PUT", f"{AT}N1", json={"title": "A", "trl": "many", "price_min": "x"}), 422)
    assert {one["field"] for one in bad["errors"]} == {"trl", "price_min"} and all(one["rule"] for one in bad["errors"])
    for cells, field in (
        ({"title": "A", "colour": "red"}, "colour"), ({"title": "A", "id": "N2"}, "id"), ({"title": "A", "_row": "x"}, "_row"),
        ({"title": "\ud800"}, "title"), ({}, "title"), ({"trl": 3}, "title"),
    ):  # fmt: skip
        refused = operator("PUT", f"{AT}N1", content=json.dumps(cells), headers={"Content-Type": "application/json"})
        assert [one["field"] for one in done(refused, 422)["errors"]] == [field], cells
    assert done(operator("PUT", f"{AT}a@example.org", json={"title": "A"}), 422)["errors"][0]["field"] == "source_id"
    for body in ([], "x", 3, None):
        done(operator("PUT", f"{AT}N1", json=body), 422)
    assert things_store.check(deep=True).content == before


def test_contact_data_does_not_land(callers: Callers) -> None:
    row = done(callers["operator"]("PUT", f"{AT}N1", json={"title": "A", "abstract": "Ask a@example.org", "email": "a@example.org"}), 201)
    assert "example.org" not in str(row)


def test_every_line_is_answered(callers: Callers) -> None:
    operator = callers["operator"]
    rows = {"id": "B1", "title": "One"}, {"id": "B2"}, {"id": "B3", "title": "Three", "trl": "many", "colour": "red"}
    body = lines(*rows) + b"\n\n{nope\n"
    told = done(operator("POST", "/v1/rows/achievements/register", content=body, headers=NDJSON))
    assert [(one["line"], one["result"], [problem["field"] for problem in one["problems"]]) for one in told["lines"]] == [
        (1, "added", []), (2, "rejected", ["title"]), (3, "added", ["trl"]), (5, "rejected", [""]),
    ]  # fmt: skip
    assert (told["added"], told["rejected"], told["unknown_fields"]) == (2, 2, ["colour"])
    assert operator("GET", f"/v1/achievements/{told['lines'][0]['id']}").json()["source_id"] == "B1"
    again = done(operator("POST", "/v1/rows/achievements/register?strict=true", content=body, headers=NDJSON))
    assert [one["result"] for one in again["lines"]] == ["unchanged", "rejected", "rejected", "rejected"]
    firms = lines({"id": "N1", "name": "Neu GmbH"}, {"id": "F1", "name": "Beta Welding GmbH", "country": "AT"})
    told = done(operator("POST", "/v1/rows/institutions/register", content=firms, headers=NDJSON))
    assert [one["result"] for one in told["lines"]] == ["added", "changed"]
    assert all(one["id"].startswith("ins-") for one in told["lines"])


def test_what_a_request_of_lines_may_be(callers: Callers) -> None:
    operator = callers["operator"]
    at = "/v1/rows/resources/register"
    assert operator("POST", at, content=b"{}", headers={"Content-Type": "application/json"}).status_code == 415
    assert operator("POST", at, content=b"\n", headers=NDJSON).status_code == 422
    rows = [{"id": f"T{number}", "title": f"Hour {number}"} for number in range(ROWS + 1)]
    assert operator("POST", at, content=lines(*rows), headers=NDJSON).status_code == 422
    told = done(operator("POST", at, content=lines(*rows[:ROWS]), headers=NDJSON))
    assert (told["added"] + told["changed"], len(told["lines"])) == (ROWS, ROWS)
    assert operator("POST", at, content=b" " * (1 << 20) + b"{}", headers=NDJSON).status_code == 413
    assert operator("POST", "/v1/rows/resources/register?strict=yes", content=b"{}", headers=NDJSON).status_code == 422


def test_an_institution_feeds_what_is_its_own_under_its_own_id(callers: Callers, things_store: Store) -> None:
    lab, one = callers["lab"], named(things_store, "Alba Laser Laboratory")
    rival = named(things_store, "贝塔焊接有限公司")
    row = done(lab("PUT", f"/v1/rows/achievements/{one}/A1", json={"title": "Ours", "creators": ["Li Min", "Zhou Yi"]}), 201)
    assert row["fields"] == {"title": "Ours", "creators": ["Li Min", "Zhou Yi"], "visibility": "public"}
    owners = [edge.source for edge in things_store.edges([row["id"]], kinds=[EdgeKind.OWNS])]
    assert owners == [one]
    assert done(lab("PATCH", f"/v1/rows/achievements/{one}/A1", json={"trl": 5}))["fields"]["trl"] == 5
    hidden = done(lab("PUT", f"/v1/rows/achievements/{one}/A2", json={"title": "Ours alone", "visibility": "confidential"}), 201)
    assert lab("GET", f"/v1/achievements/{hidden['id']}").status_code == 200
    assert callers["rival"]("GET", f"/v1/achievements/{hidden['id']}").status_code == 404
    for kind, cells in (("resources", {"title": "Laser hours"}), ("demands", {"title": "A better laser"})):
        done(lab("PUT", f"/v1/rows/{kind}/{one}/X", json=cells), 201)
    for kind, cells in (("achievements", {"owners": ["Rival"]}), ("resources", {"offered_by": "R1"}), ("demands", {"posted_by": "R1"}),
                        ("achievements", {"creators": ["Hu @ Rival"]})):  # fmt: skip
        refused = done(lab("PUT", f"/v1/rows/{kind}/{one}/Y", json={"title": "T"} | cells), 422)
        assert refused["errors"][0]["field"] in cells
    for kind in ("institutions", "experts", "cooperations", "evidence"):
        assert lab("PUT", f"/v1/rows/{kind}/{one}/Y", json={"title": "T"}).json()["code"] == "not_allowed"
    for source in ("register", rival, "else"):
        for method, more in (("GET", {}), ("PUT", {"json": {"title": "T"}}), ("PATCH", {"json": {}}), ("DELETE", {})):
            assert lab(method, f"/v1/rows/achievements/{source}/A1", **more).status_code == 403
        assert lab("POST", f"/v1/rows/achievements/{source}", content=b"{}", headers=NDJSON).status_code == 403
        assert lab("PUT", f"/v1/sources/{source}", json={"licence": "x"}).status_code == 403


@pytest.mark.parametrize("source", sorted(OF_PLATFORM))
def test_nobody_feeds_what_is_done_on_the_platform(callers: Callers, source: str) -> None:
    for kind in RowKind:
        assert callers["operator"]("PUT", f"/v1/rows/{kind}/{source}/X", json={"title": "T"}).status_code == 403


def test_feeding_needs_its_scope(callers: Callers) -> None:
    assert callers["reader"]("PUT", f"{AT}A1", json={"title": "T"}).status_code == 403
    assert callers["nobody"]("PUT", f"{AT}A1", json={"title": "T"}).status_code == 401


def test_evidence_of_other_parties_takes_the_place_of_the_row_before(callers: Callers, things_store: Store) -> None:
    operator, at = callers["operator"], "/v1/rows/evidence/register/V1"
    row = done(operator("GET", at))
    assert row["fields"] == {
        "source": "F1", "target": "L1", "source_kind": "institution", "target_kind": "institution", "kind": "delivery", "outcome": 1.0,
        "date": "2025-06-01", "visibility": "confidential",
    }  # fmt: skip
    moved = done(operator("PATCH", at, json={"target": "R1"}))
    assert moved["id"] != row["id"] and len(list(things_store.scan(EdgeKind.EVIDENCE))) == 2
    assert done(operator("DELETE", at), 422)["errors"][0]["field"] == "reason"
    done(operator("DELETE", at, params={"reason": "given twice", "date": "2026-01-01"}), 204)
    item = operator("GET", f"/v1/evidence/{moved['id']}").json()
    assert (item["withdrawn"], item["withdrawn_for"]) == ("2026-01-01", "given twice")
    assert done(operator("GET", at))["withdrawn"] == "2026-01-01"
    done(operator("DELETE", at, params={"reason": "again"}), 204)


def test_a_row_of_an_institution_that_others_name_leaves_a_reference(callers: Callers, things_store: Store) -> None:
    operator = callers["operator"]
    done(operator("DELETE", "/v1/rows/institutions/register/L1"), 204)
    left = operator("GET", "/v1/achievements/A1").json()["edges"]
    assert [edge["name"] for edge in left if edge["kind"] == "OWNS"] == ["L1"]
    assert things_store.check(deep=True).problems == ()
    done(operator("PUT", "/v1/rows/institutions/register/L1", json={"name": "Alba Laser Laboratory"}), 201)
    assert named(things_store, "Alba Laser Laboratory")


def test_a_request_is_done_once(callers: Callers, things_store: Store) -> None:
    once = {"Idempotency-Key": "k1"}
    first = callers["operator"]("PUT", f"{AT}N1", json={"title": "A"}, headers=once)
    again = callers["operator"]("PUT", f"{AT}N1", json={"title": "A"}, headers=once)
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (201, 201, "true")
    assert again.json() == first.json()
    assert len([one for one in things_store.scan(NodeKind.ACHIEVEMENT) if one.provenance.source_id == "N1"]) == 1


def test_the_terms_of_a_source_are_carried_along(callers: Callers) -> None:
    operator, nobody = callers["operator"], callers["nobody"]
    terms = {"licence": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
    set_ = done(operator("PUT", "/v1/sources/register", json=terms))
    assert set_ == {"source": "register", **terms, "redisplay": "yes"}
    assert done(nobody("GET", "/v1/sources")) == [set_]
    listed = nobody("GET", "/v1/achievements").json()["data"]
    assert all(one["licence"] == set_ for one in listed)
    for path in ("achievements/A1", "nodes/A1"):
        assert nobody("GET", f"/v1/{path}").json()["licence"] == set_
    assert nobody("GET", "/v1/evidence").json()["data"][0]["licence"] == set_

    def texts(caller: Caller) -> tuple[Any, ...]:
        listed = next(one for one in caller("GET", "/v1/achievements").json()["data"] if one["source_id"] == "A1")
        one = caller("GET", "/v1/nodes/A1").json()
        assert one["fields"] == listed["fields"] and one["fields"]["title"] == "A nozzle"
        return one["fields"]["abstract"], caller("GET", "/v1/institutions/F1").json()["fields"]["description"]

    done(operator("PUT", "/v1/sources/register", json=terms | {"redisplay": "summary"}))
    assert texts(nobody) == ("It is cold.", "Welds.")
    done(operator("PUT", "/v1/sources/register", json={"redisplay": "no"}))
    assert texts(nobody) == texts(callers["firm"]) == ("", None)
    assert texts(operator) == ("It is cold. It is fast.", "Welds. And cuts.")
    done(operator("PUT", "/v1/rows/institutions/open/F1", json={"name": "Beta Welding GmbH", "description": "Welds. And cuts."}), 201)
    told = nobody("GET", "/v1/institutions/Beta Welding GmbH").json()["fields"]
    assert told["description"] == "Welds. And cuts."  # an open source says it
    for bad in ({"url": "ftp://x"}, {"redisplay": "maybe"}, {"licence": 3}, {"more": 1}):
        done(operator("PUT", "/v1/sources/register", json=bad), 422)


def test_who_feeds_a_source_sees_its_texts(callers: Callers, things_store: Store) -> None:
    lab, one = callers["lab"], named(things_store, "Alba Laser Laboratory")
    row = done(lab("PUT", f"/v1/rows/achievements/{one}/A1", json={"title": "Ours", "abstract": "All of it."}), 201)
    done(lab("PUT", f"/v1/sources/{one}", json={"redisplay": "no", "licence": "proprietary"}))
    for name, text in (("lab", "All of it."), ("operator", "All of it."), ("firm", ""), ("nobody", "")):
        assert callers[name]("GET", f"/v1/achievements/{row['id']}").json()["fields"]["abstract"] == text


def test_terms_hold_while_the_store_cannot_be_read(things_store: Store, url: str) -> None:
    put = set_terms(things_store, Terms(source="register", redisplay=Redisplay.NO))
    never_read = connect(url)
    assert terms_of(things_store) == {"register": put}
    for store in (things_store, never_read):
        store.close()
    assert terms_of(things_store) == {"register": put}
    with pytest.raises(StoreError):
        terms_of(never_read)
