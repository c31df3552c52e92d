"""Teasers: a public demand of its own that says field, region and class of budget, and leads nobody to the demand behind it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.journal.heads import verify
from desk.people.admissions import Admissions, Reason
from desk.people.demands import Demands, Posted
from desk.people.files import Files
from desk.people.sight import viewer_of
from desk.people.streams import FOLDS
from desk.people.teasers import CLASSES, budget_class
from desk.process.principals import Actor, Role
from desk.show import describe
from graph import Batch, Store
from graph.errors import InvalidInput, NotFound
from graph.model import Demand, DemandStatus
from graph.viewer import PUBLIC
from tests.graph.samples import institution

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
BROKER = Actor(id="key:broker", role=Role.BROKER, institution="ins-broker")
LAB = Actor(id="key:lab", role=Role.PROVIDER, institution="ins-lab")
RIVAL = Actor(id="key:rival", role=Role.ENTERPRISE, institution="ins-rival")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
SAID = {"title": "Lining of the Quillon reactor", "description": "It peels at 900 K.", "budget": "300万", "industry": "C26",
        "regions": ["Bavaria"], "deadline": "2027-03"}  # fmt: skip


@pytest.fixture
def demand(store: Store) -> Posted:
    """A confidential demand that the broker posts for the firm, published."""
    store.write(Batch(nodes=[institution(one.institution) for one in (FIRM, BROKER, LAB, RIVAL)]))
    demands = Demands(store)
    one = demands.draft(BROKER, SAID, owner="ins-firm", mandate="2026-01-15").id
    demands.do(FIRM, one, "confirm")
    demands.do(BROKER, one, "submit", {"no_secrets": True})
    demands.do(OPERATOR, one, "accept")
    return demands.do(BROKER, one, "publish", {"visibility": "confidential"})


def teased(store: Store, demand: Posted, **more: str) -> Demand:
    """The teaser as it lies in the graph."""
    after = Demands(store).do(FIRM, demand.id, "tease", {"field": "refractory linings", **more})
    found = store.get(store.lookup([f"ref:{after.value['teaser']}"])[f"ref:{after.value['teaser']}"])
    (node,) = found.values()
    assert isinstance(node, Demand)
    return node


def test_a_teaser_says_field_region_and_class_of_budget_alone(store: Store, demand: Posted) -> None:
    node = teased(store, demand, region="Bavaria")
    assert (node.title, node.regions, node.industry) == ("refractory linings", ("Bavaria",), ("C26",))
    assert (node.budget_min, node.budget_max, node.currency) == (1_000_000, 5_000_000, "CNY")
    assert (node.description, node.deadline, node.requirements) == ("", None, None)
    told = describe(store, node.id, viewer=PUBLIC).model_dump_json()
    hidden = store.get([demand.node])[demand.node]
    assert not [word for word in (demand.id, demand.node, "Quillon", "900 K", "ins-firm", "ins-broker", "3000000") if word in told]
    assert isinstance(hidden, Demand) and not PUBLIC.sees(hidden)
    assert describe(store, node.id, viewer=PUBLIC).edges == []
    assert [edge.other for edge in describe(store, node.id, viewer=viewer_of(store, BROKER)).edges] == ["ins-firm"]


def test_a_teaser_has_the_status_of_its_demand_from_the_first(store: Store, demand: Posted) -> None:
    Demands(store).do(FIRM, demand.id, "talk")
    assert teased(store, demand).status is DemandStatus.IN_TALKS


def test_without_a_budget_or_a_region_it_says_neither(store: Store) -> None:
    store.write(Batch(nodes=[institution("ins-firm")]))
    demands = Demands(store)
    one = demands.draft(FIRM, {"title": "x"}).id
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    demands.do(OPERATOR, one, "accept")
    last = demands.do(FIRM, one, "publish", {"visibility": "confidential"})
    node = teased(store, last)
    assert (node.regions, node.budget_min, node.budget_max, node.currency) == ((), None, None, None)


def test_who_asks_by_a_teaser_learns_whose_it_is_when_it_is_granted(store: Store, demand: Posted) -> None:
    node, demands, admissions = teased(store, demand), Demands(store), Admissions(store)
    asked = admissions.ask(LAB, node.id, confidential=True)
    assert "owner" not in asked.value and asked.value["to"] == node.id and asked.events == ["refuse"]
    assert "owner" not in admissions.show(LAB, asked.id).value and [one.value for one in admissions.listed(LAB)] == [asked.value]
    told = {"ins-firm", "ins-broker", demand.node, demand.id} & set(msgspec.json.encode(asked).decode().replace('"', " ").split())
    assert not told
    for one in (demand.id, demand.node, node.id):
        with pytest.raises(NotFound):
            demands.show(LAB, one)
    assert admissions.show(BROKER, asked.id).value["owner"] == "ins-firm"
    admissions.do(BROKER, asked.id, "grant")
    assert admissions.show(LAB, asked.id).value["owner"] == "ins-firm"
    for one in (demand.id, demand.node, node.id, node.provenance.source_id):
        seen = demands.show(LAB, one)
        assert (seen.id, seen.content["title"], seen.events) == (demand.id, SAID["title"], [])
        assert seen.value.keys() == {"state", "owner", "visibility", "since"}
    with pytest.raises(NotFound):
        demands.history(LAB, demand.id)
    with pytest.raises(NotFound):
        demands.show(RIVAL, node.id)
    assert admissions.who_sees(FIRM, demand.id)[-1].why == "let in"
    assert {one.institution for one in admissions.who_sees(FIRM, demand.node)} == {"ins-firm", "ins-broker", "ins-lab"}


def test_a_refused_guest_never_learns_whose_it_was(store: Store, demand: Posted) -> None:
    admissions = Admissions(store)
    asked = admissions.ask(LAB, teased(store, demand).id, confidential=True)
    admissions.do(FIRM, asked.id, "refuse", {"reason": "a rival"})
    assert "owner" not in admissions.show(LAB, asked.id).value
    with pytest.raises(NotFound):
        admissions.history(LAB, asked.value["to"])


def test_a_closed_demand_says_who_was_let_in(store: Store, demand: Posted) -> None:
    node, demands, admissions = teased(store, demand), Demands(store), Admissions(store)
    for guest in (LAB, RIVAL):
        admissions.do(FIRM, admissions.ask(guest, node.id, confidential=True).id, "grant")
    ended = next(one for one in admissions.listed(RIVAL))
    admissions.do(FIRM, ended.id, "end")
    never = admissions.offer(FIRM, demand.id, "ins-rival")
    admissions.do(RIVAL, never.id, "refuse")
    closed = demands.do(FIRM, demand.id, "withdraw", {"reason": "solved in house"})
    seen = {one.institution: one for one in msgspec.convert(closed.value["seen"], list[Reason])}
    assert seen.keys() == {"ins-lab", "ins-rival"}
    assert seen["ins-rival"].until and not seen["ins-lab"].until and seen["ins-lab"].since
    assert demands.history(FIRM, demand.id)[-1].body["seen"] == closed.value["seen"]
    assert verify(store, FOLDS)[1] == []


@pytest.mark.parametrize("end", ["untease", "withdraw", "solve"])
def test_a_teaser_ends_with_its_demand_or_before(store: Store, demand: Posted, end: str) -> None:
    node, demands = teased(store, demand), Demands(store)
    demands.do(FIRM, demand.id, end)
    after = store.get([node.id])[node.id]
    assert isinstance(after, Demand)
    assert after.status is (DemandStatus.SOLVED if end == "solve" else DemandStatus.WITHDRAWN)
    if end == "untease":
        second = teased(store, demand)
        assert second.id != node.id and second.status is DemandStatus.OPEN
        demands.do(FIRM, demand.id, "talk")
        statuses = [one.status for one in store.get([node.id, second.id]).values() if isinstance(one, Demand)]
        assert sorted(statuses) == [DemandStatus.IN_TALKS, DemandStatus.WITHDRAWN]


@pytest.mark.parametrize(
    ("says", "rule"),
    [
        ({}, "tease needs field"), ({"field": "x" * 61}, "at most 60 characters"), ({"field": "x", "seen": []}, "tease has no field seen"),
        ({"field": "x", "description": "y"}, "tease has no field description"),
    ],
)  # fmt: skip
def test_what_a_teaser_cannot_say(store: Store, demand: Posted, says: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidInput, match=rule):
        Demands(store).do(FIRM, demand.id, "tease", says)


def test_contact_data_stays_out_of_a_teaser(store: Store, demand: Posted) -> None:
    after = Demands(store).do(FIRM, demand.id, "tease", {"field": "linings, li@firm.example or 13800138000"})
    (entry,) = [one for one in Demands(store).history(FIRM, demand.id) if one.kind == "tease"]
    assert "linings" in entry.body["field"]
    assert not [word for word in ("li@firm.example", "13800138000") if word in entry.to_bytes().decode()]
    assert after.value["teaser"] == entry.body["teaser"]


def test_only_a_confidential_demand_has_a_teaser_and_only_one(store: Store, demand: Posted) -> None:
    demands = Demands(store)
    assert {"tease"} <= set(demand.events) and "untease" not in demand.events
    with pytest.raises(InvalidInput, match="no teaser of it stands"):
        demands.do(FIRM, demand.id, "untease")
    teased(store, demand)
    with pytest.raises(InvalidInput, match="stands already"):
        teased(store, demand)
    for actor in (LAB, OPERATOR):
        with pytest.raises((InvalidInput, NotFound)):
            demands.do(actor, demand.id, "untease")


def test_files_of_a_draft_are_for_whom_it_concerns(store: Store, demand: Posted, tmp_path: Any) -> None:
    assert demand.events
    demands, files = Demands(store), Files(store, tmp_path / "files")
    one = demands.draft(BROKER, {"title": "y"}, owner="ins-firm", mandate="2026-01-15").id
    (tmp_path / "m.txt").write_bytes(b"mandate")
    with (tmp_path / "m.txt").open("rb") as content:
        kept = files.attach(BROKER, one, "m.txt", content, purpose="mandate").id
    assert [file.id for file in files.listed(FIRM, one)] == [kept]
    reviewer = Actor(id="key:reviewer", role=Role.CONSUMER, institution="ins-centre", is_reviewer=True)
    for actor in (LAB, reviewer):
        with pytest.raises(NotFound):
            files.take(actor, kept)
        with pytest.raises(NotFound):
            list(files.listed(actor, one))
    demands.do(FIRM, one, "confirm")
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    assert files.take(reviewer, kept)[1].read_bytes() == b"mandate"
    with pytest.raises(InvalidInput):
        files.remove(reviewer, kept)
    with pytest.raises(NotFound):
        files.take(LAB, kept)


@given(st.one_of(st.none(), st.floats(0, 1e9)), st.one_of(st.none(), st.floats(0, 1e9)))
def test_a_class_of_budgets_holds_the_budget_and_says_no_more(low: float | None, high: float | None) -> None:
    told = high if high is not None else low
    begins, ends = budget_class(low, high)
    if told is None:
        assert (begins, ends) == (None, None)
    else:
        assert (begins or 0) <= told < (ends or float("inf"))
        assert {begins, ends} <= {None, *CLASSES}
        assert [one for one in CLASSES if (begins or 0) < one < (ends or float("inf"))] == []
