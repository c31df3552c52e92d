"""Being let into something confidential: by both sides' word, on record, and until then it is not there; who may see a thing, and why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.find import find
from desk.journal.heads import verify
from desk.journal.states import values
from desk.people.admissions import Admissions, Reason
from desk.people.demands import Demands
from desk.people.sight import viewer_of
from desk.people.streams import FOLDS
from desk.process.admission import ADMISSION
from desk.process.principals import CLOCK, Actor, Role, Scope
from graph import Batch, Store, connect
from graph.errors import DovetailError, InvalidInput, NotFound
from graph.model import Achievement, Cooperation, Edge, EdgeKind, Evidence, EvidenceKind, PartyTo, Provenance, Visibility
from graph.viewer import OWNER, PUBLIC
from tests.graph.samples import institution

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
BROKER = Actor(id="key:broker", role=Role.BROKER, institution="ins-broker")
LAB = Actor(id="key:lab", role=Role.PROVIDER, institution="ins-lab")
RIVAL = Actor(id="key:rival", role=Role.ENTERPRISE, institution="ins-rival")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
ACTORS = [FIRM, BROKER, LAB, RIVAL, OPERATOR]
ORIGIN = Provenance("t", "1")


def world(store: Store, visibility: str = "confidential") -> str:
    """A store with a demand that the broker posted for the firm; its node's id."""
    store.write(Batch(nodes=[institution(one.institution) for one in ACTORS if one.institution]))
    demands = Demands(store)
    one = demands.draft(BROKER, {"title": "reactor lining"}, owner="ins-firm", mandate="2026-01-15").id
    demands.do(FIRM, one, "confirm")
    demands.do(BROKER, one, "submit", {"no_secrets": True})
    demands.do(OPERATOR, one, "accept")
    return demands.do(BROKER, one, "publish", {"visibility": visibility}).node


@pytest.fixture
def demand(store: Store) -> str:
    return world(store)


@pytest.fixture
def admissions(store: Store) -> Admissions:
    return Admissions(store)


def sees(store: Store, actor: Actor | None, node: str) -> bool:
    try:
        return find(store, node, viewer_of(store, actor)) == node
    except NotFound:
        return False


def test_a_confidential_demand_is_there_for_whom_it_concerns(store: Store, demand: str) -> None:
    assert [actor.id for actor in ACTORS if sees(store, actor, demand)] == ["key:firm", "key:broker", "shell"]
    assert not sees(store, None, demand) and not sees(store, CLOCK, demand)
    assert not sees(store, msgspec.structs.replace(FIRM, scopes=frozenset({Scope.INGEST})), demand)


def test_let_in_by_both_sides_and_out_again(store: Store, demand: str, admissions: Admissions) -> None:
    one = admissions.offer(FIRM, demand, "ins-lab").id
    assert not sees(store, LAB, demand)  # offered is not yet open
    with pytest.raises(InvalidInput, match="promised to keep it confidential"):
        admissions.do(LAB, one, "enter", {"confidential": False})
    with pytest.raises(InvalidInput, match="enter is for the guest"):
        admissions.do(FIRM, one, "enter", {"confidential": True})
    admissions.do(LAB, one, "enter", {"confidential": True})
    assert sees(store, LAB, demand) and not sees(store, RIVAL, demand)
    reasons = admissions.who_sees(FIRM, demand)
    assert [(one.institution, one.why) for one in reasons] == [("ins-firm", "owner"), ("ins-broker", "agent"), ("ins-lab", "let in")]
    assert reasons[2].since == admissions.history(FIRM, demand)[-1].at[:10] and isinstance(reasons[0], Reason)
    with pytest.raises(InvalidInput, match="open already"):
        admissions.offer(BROKER, demand, "ins-lab")
    admissions.do(BROKER, one, "end")
    assert not sees(store, LAB, demand)
    assert [entry.kind for entry in admissions.history(FIRM, demand)] == ["offer", "enter", "end"]
    assert verify(store, FOLDS)[1] == []


def test_asking_for_what_one_cannot_know_of_is_asking_for_what_is_not_there(store: Store, demand: str, admissions: Admissions) -> None:
    for stranger in (LAB, RIVAL):
        said = []
        for ask in (
            lambda to, who=stranger: admissions.ask(who, to, confidential=True),
            lambda to, who=stranger: admissions.offer(who, to, "ins-lab"),
            lambda to, who=stranger: admissions.who_sees(who, to),
            lambda to, who=stranger: admissions.history(who, to),
        ):
            for to in (demand, "dem-0000000000000000"):
                with pytest.raises(NotFound) as refused:
                    ask(to)
                said.append(str(refused.value).replace(to, ""))
        assert len(set(said)) == 1
        assert list(admissions.listed(stranger)) == []
    before = store.sequence()
    offered = admissions.offer(FIRM, demand, "ins-lab").id
    with pytest.raises(NotFound):
        admissions.do(RIVAL, offered, "refuse")
    assert store.sequence() == before + 1


def test_what_members_see_may_be_asked_for(store: Store, admissions: Admissions) -> None:
    demand = world(store, "members")
    with pytest.raises(InvalidInput, match="promised"):
        admissions.ask(LAB, demand, confidential=False)
    one = admissions.ask(LAB, demand, confidential=True).id
    with pytest.raises(InvalidInput, match="grant is for the agent or the owner"):
        admissions.do(LAB, one, "grant")
    assert admissions.do(FIRM, one, "grant").value["state"] == "open"
    with pytest.raises(InvalidInput, match="nobody else's"):
        admissions.ask(FIRM, demand, confidential=True)


def test_who_may_not_see_whose_a_thing_is_asks_as_if_it_were_nobodys(store: Store, demand: str, admissions: Admissions) -> None:
    assert demand
    node = Achievement(id="ach-x", provenance=ORIGIN, title="x", visibility=Visibility.PUBLIC)
    store.write(Batch(nodes=[node]))
    for owned in (False, True):
        if owned:
            hidden = {"provenance": ORIGIN, "visibility": Visibility.CONFIDENTIAL}
            edge = Edge(id="edg-x", kind=EdgeKind.OWNS, source="ins-firm", target="ach-x", **hidden)  # type: ignore[arg-type]
            store.write(Batch(edges=[edge]))
        with pytest.raises(InvalidInput, match="nobody else's to let in"):
            admissions.ask(RIVAL, "ach-x", confidential=True)


def test_a_member_sees_its_own_and_of_a_cooperation_its_part(store: Store, demand: str) -> None:
    hidden = Visibility.CONFIDENTIAL
    work = Cooperation(id="coo-1", provenance=ORIGIN, title="trial", visibility=hidden)
    parties = [
        PartyTo(id=f"edg-{n}", kind=EdgeKind.PARTY_TO, source=one, target="coo-1", provenance=ORIGIN, visibility=hidden)
        for n, one in enumerate(("ins-firm", "ins-lab"))
    ]
    given_by = Evidence(
        id="edg-9", kind=EdgeKind.EVIDENCE, source="ins-firm", target="ins-lab", provenance=ORIGIN, visibility=hidden,
        evidence=EvidenceKind.RATING, outcome=0.5,
    )  # fmt: skip
    store.write(Batch(nodes=[work], edges=[*parties, given_by]))
    nodes = store.get(["coo-1", "ins-firm", "ins-lab"])
    for actor, may in ((FIRM, True), (LAB, True), (RIVAL, False), (BROKER, False), (OPERATOR, True)):
        viewer = viewer_of(store, actor)
        assert viewer.sees(nodes["coo-1"]) is may  # type: ignore[arg-type]
        assert all(viewer.sees_edge(edge, nodes) is may for edge in parties)
        assert viewer.sees_edge(given_by, nodes) is may  # who gave it, and whom it is about
    assert viewer_of(store, None) == PUBLIC and viewer_of(store, OPERATOR) == OWNER
    assert demand not in viewer_of(store, LAB).lets


EVENTS = ["grant", "enter", "refuse", "end"]
MOVES = st.one_of(
    st.tuples(st.just("offer"), st.sampled_from(ACTORS), st.sampled_from(["ins-lab", "ins-rival"])),
    st.tuples(st.just("ask"), st.sampled_from(ACTORS), st.just("")),
    st.tuples(st.sampled_from(EVENTS), st.sampled_from(ACTORS), st.sampled_from("01")),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, max_size=12))
def test_nobody_sees_it_but_by_an_open_admission(moves: list[tuple[str, Actor, str]], tmp_path_factory: Any) -> None:
    store = connect(f"sqlite:///{tmp_path_factory.mktemp('let')}/s.db")
    demand = world(store)
    admissions = Admissions(store)
    made: list[str] = []
    for event, actor, more in moves:
        try:
            if event == "offer":
                made.append(admissions.offer(actor, demand, more).id)
            elif event == "ask":
                made.append(admissions.ask(actor, demand, confidential=True).id)
            elif int(more) < len(made):
                admissions.do(actor, made[int(more)], event, {"confidential": True} if event == "enter" else {})
        except DovetailError:
            pass
        is_open = {value["guest"] for _id, value in values(store, ADMISSION.name) if value["state"] == "open"}
        for guest in (LAB, RIVAL):
            assert sees(store, guest, demand) is (guest.institution in is_open)
        assert {one.institution for one in admissions.who_sees(FIRM, demand) if one.why == "let in"} == is_open
    for entry in admissions.history(FIRM, demand):  # nobody enters who has not promised
        assert entry.kind not in ("ask", "enter") or entry.body["confidential"] is True
    assert verify(store, FOLDS)[1] == []
    store.close()
