"""Lists of the graph's things and single ones: who sees what, filters, pages, and one rule for columns and for nodes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.process.principals import Actor, Role, Scope
from desk.things.columns import KINDS, Columns, columns_of
from desk.things.feeding import Feeding, RowKind
from desk.things.lists import Filters, things
from desk.trust.objections import Objections
from graph import Batch, Store, connect
from graph.model import EdgeKind, Node, NodeKind, Visibility
from graph.viewer import OWNER, Viewer
from ingest.fed.feed import feed
from ingest.fed.stored import row_of
from ingest.load import ingest
from ingest.rows.models import Kind
from tests.api.http.people.conftest import OPERATOR, Caller
from tests.api.http.things.conftest import lines, named
from tests.conftest import CENTRE

Callers = dict[str, Caller]
LISTS = ("institutions", "experts", "achievements", "published-demands", "resources", "cooperations", "evidence")


def names(caller: Caller, list_: str, **params: Any) -> set[str]:
    found = caller("GET", f"/v1/{list_}", params=params)
    assert found.status_code == 200, found.text
    return {one["source_id"].removeprefix("evidence:") for one in found.json()["data"]}


def test_a_list_has_what_one_may_see(callers: Callers) -> None:
    nobody, lab, firm, rival, operator = (callers[name] for name in ("nobody", "lab", "firm", "rival", "operator"))
    assert names(nobody, "institutions") == {"L1", "F1", "R1"}
    assert names(firm, "institutions") == {"L1", "F1", "R1", "M1"}
    assert names(operator, "institutions") == {"L1", "F1", "R1", "M1", "S1"}
    assert names(nobody, "achievements") == {"A1", "10.1234/a b"}
    assert names(rival, "achievements") == {"A1", "A2", "10.1234/a b"}
    assert names(operator, "achievements") == {"A1", "A2", "A3", "10.1234/a b"}
    assert names(nobody, "cooperations") == {"C2"}
    assert names(rival, "cooperations") == {"C2"}
    assert names(firm, "cooperations") == {"C1", "C2"}
    assert names(nobody, "evidence") == {"V2"}
    assert names(firm, "evidence") == {"V1", "V2"}
    assert names(lab, "evidence") == {"V1", "V2"}  # it is about the lab, which may reply
    assert names(rival, "evidence") == {"V2"}
    assert names(nobody, "published-demands") == {"D1"} and names(nobody, "experts") == {"E1"} and names(nobody, "resources") == {"T1"}


def test_filters_pass_what_is_known_to_fit(callers: Callers) -> None:
    operator = callers["operator"]
    assert names(operator, "institutions", kind="企业") == {"F1", "R1", "S1"}
    assert names(operator, "institutions", country=["Germany", "FR"]) == {"L1", "F1", "S1"}
    assert names(operator, "institutions", region="Germany") == {"L1", "F1"}
    assert names(operator, "institutions", region="Bavaria") == {"L1"}
    assert names(operator, "achievements", kind=["patent", "软件"]) == {"A1", "A2"}
    assert names(operator, "achievements", dated_since="2024-03-31") == {"A1", "A2"}
    assert names(operator, "achievements", dated_until="2024-03-30") == set()
    assert names(operator, "achievements", dated_until="2024-12-31") == {"A1"}
    assert names(operator, "achievements", retrieved_since="2026-01-01") == {"10.1234/a b"}
    assert names(operator, "achievements", source="register") != set() and names(operator, "achievements", source="else") == set()
    assert names(operator, "published-demands", region="China") == {"D1"}
    assert names(operator, "cooperations", mode="supermarket") == set()
    assert names(operator, "evidence", kind="payment") == {"V2"}
    for list_, bad in (("institutions", {"kind": "wolf"}), ("institutions", {"country": "Atlantis"}), ("institutions", {"region": "Qq"}),
                       ("achievements", {"dated_since": "2024"}), ("achievements", {"dated_since": "2024-02-30"})):  # fmt: skip
        refused = operator("GET", f"/v1/{list_}", params=bad)
        assert refused.status_code == 422 and refused.json()["errors"][0]["field"] in bad
    misspelt = operator("GET", "/v1/institutions", params={"contry": "CN"})
    assert misspelt.status_code == 422 and misspelt.json()["errors"][0]["field"] == "contry"
    told = callers["nobody"]("GET", "/v1/institutions", params={"region": "Frankreic"}).json()
    assert "FR" not in str(told["errors"])  # no word of what is hidden is suggested


@pytest.mark.parametrize("list_", LISTS)
def test_pages_are_the_list_in_parts(callers: Callers, list_: str) -> None:
    for caller in callers.values():
        whole = [one["id"] for one in caller("GET", f"/v1/{list_}", params={"limit": 100}).json()["data"]]
        assert whole == sorted(whole)
        parts, cursor = [], ""
        while True:
            page = caller("GET", f"/v1/{list_}", params={"limit": 1, "cursor": cursor}).json()
            parts += [one["id"] for one in page["data"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert parts == whole
    other = "experts" if list_ != "experts" else "resources"
    first = callers["operator"]("GET", f"/v1/{list_}", params={"limit": 1}).json()["next"]
    if first:
        assert callers["operator"]("GET", f"/v1/{other}", params={"cursor": first}).status_code == 422
    assert callers["operator"]("GET", f"/v1/{list_}", params={"cursor": "x!"}).status_code == 422


def test_one_thing_by_id_source_id_and_name(callers: Callers, things_store: Store) -> None:
    nobody = callers["nobody"]
    one = named(things_store, "Alba Laser Laboratory")
    for text in (one, "L1", "Alba Laser Laboratory"):
        assert nobody("GET", f"/v1/institutions/{text}").json()["id"] == one
    assert nobody("GET", "/v1/experts/L1").status_code == 404  # of another kind
    assert nobody("GET", "/v1/institutions/S1").json()["detail"] == nobody("GET", "/v1/institutions/S1").json()["detail"]
    hidden, absent = (nobody("GET", f"/v1/achievements/{one}").json() for one in ("A3", "A9"))
    assert hidden["detail"].replace("A3", "A9") == absent["detail"]
    shown = callers["operator"]("GET", "/v1/achievements/A3")
    again = callers["operator"]("GET", "/v1/achievements/A3", headers={"If-None-Match": shown.headers["etag"]})
    assert (shown.status_code, again.status_code) == (200, 304)
    item = callers["firm"]("GET", "/v1/evidence").json()["data"][0]
    assert callers["firm"]("GET", f"/v1/evidence/{item['id']}").json() == item
    secret = next(one["id"] for one in callers["firm"]("GET", "/v1/evidence").json()["data"] if one["source_id"].endswith("V1"))
    assert callers["rival"]("GET", f"/v1/evidence/{secret}").status_code == 404


def test_people_come_with_a_notice_and_evidence_with_what_is_said_to_it(callers: Callers, things_store: Store) -> None:
    nobody, one = callers["nobody"], named(things_store, "Alba Laser Laboratory")
    (person,) = nobody("GET", "/v1/experts").json()["data"]
    assert person["notice"].startswith("people are known from files (register)") and "write to" in person["notice"]
    assert nobody("GET", "/v1/experts/E1").json()["notice"] == nobody("GET", "/v1/nodes/E1").json()["notice"] == person["notice"]
    assert {one["notice"] for one in nobody("GET", "/v1/institutions").json()["data"]} == {""}
    (item,) = nobody("GET", "/v1/evidence").json()["data"]
    assert (item["objected"], item["reply"]) == (None, None)
    objections = Objections(things_store)
    lab = Actor(id="key:lab", role=Role.PROVIDER, institution=one, scopes=frozenset({Scope.READ, Scope.WRITE}))
    objections.reply(lab, item["id"], "We were paid late.")
    objections.object(lab, item["id"], "It was another firm.")
    (told,) = nobody("GET", "/v1/evidence").json()["data"]
    assert told["reply"] == "We were paid late." and told["objected"]
    assert nobody("GET", f"/v1/evidence/{item['id']}").json() == told
    edges = nobody("GET", f"/v1/institutions/{one}").json()["edges"]
    assert [edge["reply"] for edge in edges if edge["kind"] == "EVIDENCE"] == ["We were paid late."]
    row = callers["operator"]("GET", "/v1/rows/evidence/register/V2").json()["fields"]
    callers["operator"]("PUT", "/v1/rows/evidence/register/V2", json=row | {"outcome": 0.75})
    (again,) = nobody("GET", "/v1/evidence").json()["data"]
    assert again == told | {"outcome": 0.75}  # what is fed again does not put aside what was said to it


def plain(store: Store, viewer: Viewer, kind: NodeKind) -> list[str]:
    """The oracle: a scan of all nodes."""
    return [one.id for one in store.scan(kind) if isinstance(one, Node) and viewer.sees(one)]


def test_columns_follow_the_store(store: Store) -> None:
    columns_of(store)
    ingest(store, [CENTRE])
    nodes = {kind: list(store.scan(kind)) for kind in KINDS}
    some = [nodes[NodeKind.ACHIEVEMENT][0].id, nodes[NodeKind.DEMAND][0].id]
    store.write(Batch(delete=some))
    feed(store, Kind.INSTITUTIONS, "late", lines({"id": "Z", "name": "Late Comer", "visibility": "members"}))
    for viewer in (Viewer(), Viewer(clearance=Visibility.MEMBERS), OWNER, Viewer(lets=frozenset(one.id for one in nodes[NodeKind.DEMAND]))):
        for kind in KINDS:
            found, more = things(store, viewer, kind, Filters(), 10_000, "")
            assert ([one.id for one in found], more) == (plain(store, viewer, kind), False)
    followed = {kind: list(columns_of(store).rows(kind)) for kind in (*KINDS, EdgeKind.EVIDENCE)}
    fresh = Columns()
    fresh.follow(store)
    assert {kind: list(fresh.rows(kind)) for kind in (*KINDS, EdgeKind.EVIDENCE)} == followed


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]), st.sampled_from(["1", "2", "3"]), st.sampled_from([*Visibility]),
            st.sampled_from(["CN", "DE", None]), st.booleans(),
        ), max_size=12,
    )
)  # fmt: skip
def test_what_is_hidden_changes_no_list(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, Visibility, str | None, bool]]
) -> None:
    """Rows of three sources about three firms, fed and taken back: the public's list is that of a store which never had the hidden rows."""
    folder = tmp_path_factory.mktemp("hidden")
    both, public = connect(f"sqlite:///{folder}/both.db"), connect(f"sqlite:///{folder}/public.db")
    for source, number, visibility, country, goes in steps:
        row = {"name": f"Firma Nummer {number}", "visibility": visibility.value} | ({"country": country} if country else {})
        for store in (both, public):
            feeding = Feeding(store, OPERATOR, RowKind.INSTITUTIONS, source)
            there = row_of(store, Kind.INSTITUTIONS, source, number) is not None
            if there and (goes or (store is public and visibility is not Visibility.PUBLIC)):
                feeding.withdraw(number)
            if not goes and (store is both or visibility is Visibility.PUBLIC):
                feeding.put(number, row)
    for filters in (Filters(), Filters(countries=("CN",)), Filters(sources=("a",))):
        left, right = (things(store, Viewer(), NodeKind.INSTITUTION, filters, 100, "")[0] for store in (both, public))
        assert [(one.id, getattr(one, "country", None)) for one in left] == [(one.id, getattr(one, "country", None)) for one in right]
