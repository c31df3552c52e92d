"""Demands as people post them: on every store, from a draft to a solution, with what others see of it at each step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.journal.heads import verify
from desk.people.demands import FOLDS, Demands, Posted
from desk.process.demand import DEMAND, _later
from desk.process.principals import CLOCK, Actor, Role
from graph import Batch, Store, connect
from graph.errors import Conflict, DovetailError, InvalidInput, NotFound
from graph.model import Demand, DemandStatus, Edge, EdgeKind, NodeKind, Visibility
from tests.graph.samples import institution

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
BROKER = Actor(id="key:broker", role=Role.BROKER, institution="ins-broker")
OTHER = Actor(id="key:other", role=Role.ENTERPRISE, institution="ins-other")
OPERATOR = Actor(id="key:operator", role=Role.OPERATOR)
CONTENT = {"title": "刀具涂层的在线检测", "description": "单件检测不超过 10 s。", "budget_max": 500000.0, "currency": "CNY"}


@pytest.fixture
def demands(store: Store) -> Demands:
    store.write(Batch(nodes=[institution(one) for one in ("ins-firm", "ins-broker", "ins-other")]))
    return Demands(store)


def submitted(demands: Demands, actor: Actor = FIRM, **more: Any) -> str:
    one = demands.draft(actor, CONTENT, **more).id
    demands.do(actor, one, "submit", {"no_secrets": True})
    return one


def published(demands: Demands, visibility: str = "public") -> Posted:
    one = submitted(demands)
    demands.do(OPERATOR, one, "accept")
    return demands.do(FIRM, one, "publish", {"visibility": visibility})


def in_graph(store: Store) -> list[Demand]:
    return [node for node in store.scan(NodeKind.DEMAND) if isinstance(node, Demand)]


def test_from_a_draft_to_a_solution(demands: Demands, store: Store) -> None:
    draft = demands.draft(FIRM, CONTENT)
    assert (draft.value["state"], draft.node, draft.content) == ("draft", "", CONTENT)
    assert in_graph(store) == []
    one = draft.id
    with pytest.raises(InvalidInput, match="no state secret"):
        demands.do(FIRM, one, "submit", {"no_secrets": False})
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    with pytest.raises(InvalidInput, match="for the reviewer"):
        demands.do(FIRM, one, "accept")
    returned = demands.do(OPERATOR, one, "return", {"questions": ["在线还是离线？"]})
    assert returned.value["questions"] == ["在线还是离线？"]
    demands.do(FIRM, one, "revise", content=CONTENT | {"title": "刀具涂层的在线逐支检测"})
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    demands.do(OPERATOR, one, "accept")
    assert in_graph(store) == []
    posted = demands.do(FIRM, one, "publish", {"visibility": "members"})
    (node,) = in_graph(store)
    assert (node.id, node.title) == (posted.node, "刀具涂层的在线逐支检测")
    assert (node.visibility, node.status) == (Visibility.MEMBERS, DemandStatus.OPEN)
    (edge,) = (edge for edge in store.edges([node.id]) if isinstance(edge, Edge))
    assert (edge.kind, edge.source, edge.visibility) == (EdgeKind.POSTED, "ins-firm", Visibility.MEMBERS)
    demands.do(FIRM, one, "talk")
    assert in_graph(store)[0].status is DemandStatus.IN_TALKS
    solved = demands.do(FIRM, one, "solve", {"by": "ins-other"})
    assert in_graph(store)[0].status is DemandStatus.SOLVED and solved.value["solved_by"] == "ins-other"
    assert solved.events == []
    assert [entry.kind for entry in demands.history(FIRM, one)] == [
        "draft", "submit", "return", "revise", "submit", "accept", "publish", "talk", "solve",
    ]  # fmt: skip
    assert verify(store, FOLDS) == (9, [])


def test_what_is_said_anew_shows_once_it_is_reviewed(demands: Demands, store: Store) -> None:
    one = published(demands).id
    demands.do(FIRM, one, "diagnose")
    demands.do(FIRM, one, "revise", content=CONTENT | {"title": "nobody has looked at this"})
    for event, status in (("reconfirm", DemandStatus.OPEN), ("talk", DemandStatus.IN_TALKS), ("solve", DemandStatus.SOLVED)):
        demands.do(FIRM, one, event)
        (node,) = in_graph(store)
        assert (node.title, node.status, node.visibility) == (CONTENT["title"], status, Visibility.PUBLIC)
    assert verify(store, FOLDS) == (9, [])


def test_a_draft_that_was_never_handed_in_is_no_reviewers(demands: Demands) -> None:
    one = demands.draft(FIRM, CONTENT).id
    demands.do(FIRM, one, "withdraw")
    with pytest.raises(NotFound):
        demands.show(OPERATOR, one)
    assert list(demands.listed(OPERATOR)) == []
    handed_in = submitted(demands)
    demands.do(FIRM, handed_in, "withdraw")
    assert [posted.id for posted in demands.listed(OPERATOR)] == [handed_in]


def test_what_solves_it_is_an_institution(demands: Demands) -> None:
    one = published(demands)
    with pytest.raises(InvalidInput, match=f"by: {one.node} is no institution"):
        demands.do(FIRM, one.id, "solve", {"by": one.node})


def test_what_is_not_ones_own_is_not_there(demands: Demands) -> None:
    one = demands.draft(FIRM, CONTENT).id
    for stranger in (OTHER, BROKER, OPERATOR, Actor(id="key:none", role=Role.CONSUMER)):  # an operator sees what is handed in
        with pytest.raises(NotFound) as hidden:
            demands.show(stranger, one)
        with pytest.raises(NotFound) as missing:
            demands.show(stranger, "0" * 12)
        assert str(hidden.value).replace(one, "") == str(missing.value).replace("0" * 12, "")
        with pytest.raises(NotFound):
            demands.do(stranger, one, "withdraw")
        assert list(demands.listed(stranger)) == []
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    assert [posted.id for posted in demands.listed(OPERATOR)] == [one]
    assert list(demands.listed(OPERATOR, ["published"])) == []


def test_a_broker_posts_for_a_firm_that_confirms(demands: Demands) -> None:
    for mandate, rule in ((None, "names the day of its mandate"), ("soon", "names the day"), ("2999-01-01", "still to come")):
        with pytest.raises(InvalidInput, match=rule):
            demands.draft(BROKER, CONTENT, owner="ins-firm", mandate=mandate)
    one = submitted(demands, BROKER, owner="ins-firm", mandate="2026-01-15")
    demands.do(OPERATOR, one, "accept")
    with pytest.raises(InvalidInput, match="has not confirmed"):
        demands.do(BROKER, one, "publish", {"visibility": "public"})
    with pytest.raises(InvalidInput, match="confirm is for the owner"):
        demands.do(BROKER, one, "confirm")
    demands.do(FIRM, one, "confirm")
    assert demands.do(BROKER, one, "publish", {"visibility": "public"}).value["agent"] == "ins-broker"


def test_what_is_said_anew_must_be_confirmed_anew(demands: Demands) -> None:
    one = demands.draft(BROKER, CONTENT, owner="ins-firm", mandate="2026-01-15").id
    demands.do(FIRM, one, "confirm")
    assert demands.do(BROKER, one, "revise", content=CONTENT | {"title": "another"}).value["confirmed"] is False


def test_it_stands_until_a_day_and_longer_if_its_owner_says_so(demands: Demands, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    posted = published(demands)
    with pytest.raises(InvalidInput, match="it stands until"):
        demands.do(CLOCK, posted.id, "expire")
    with pytest.raises(InvalidInput, match="for the clock"):
        demands.do(FIRM, posted.id, "expire")
    monkeypatch.setattr("desk.process.demand._day", lambda _at: __import__("datetime").date(2999, 1, 1))
    demands.do(CLOCK, posted.id, "expire")
    assert in_graph(store)[0].status is DemandStatus.WITHDRAWN
    demands.do(FIRM, posted.id, "reconfirm")
    assert in_graph(store)[0].status is DemandStatus.OPEN


@pytest.mark.parametrize(
    ("content", "rule"),
    [({}, "needs a title"), ({"title": "  "}, "needs a title"), ({"title": "x", "status": "solved"}, "no field status"),
     ({"title": "x", "budget_max": "much"}, "budget_max: must be an amount"), ({"title": "x", "date": "soon"}, "date: must be a date"),
     ({"title": "x", "trl_min": 10}, "trl_min: must be a TRL"), ({"title": "x", "budget_max": -5}, "budget_max: must be an amount"),
     ({"title": "x", "date": "2026-02", "deadline": "2026-01"}, "deadline: "),
     ({"title": "x", "visibility": "public"}, "no field visibility")],
)  # fmt: skip
def test_what_a_demand_cannot_say_is_refused(demands: Demands, store: Store, content: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidInput, match=rule):
        demands.draft(FIRM, content)
    assert store.sequence() == 0


def test_it_is_read_as_a_file_is_without_contact_data(demands: Demands) -> None:
    said = {
        "title": "刀具检测 13812345678", "budget": "30-50万", "kind": "检测", "deadline": "2026年9月", "regions": "浙江；江苏",
        "industry": [],
    }  # fmt: skip
    assert demands.draft(FIRM, said).content == {
        "title": "刀具检测 [contact removed]", "budget_min": 300000.0, "budget_max": 500000.0, "currency": "CNY", "kind": "testing",
        "deadline": "2026-09", "regions": ["浙江", "江苏"],
    }  # fmt: skip


def test_what_comes_with_an_event_is_checked(demands: Demands) -> None:
    one = submitted(demands)
    for event, says, rule in (
        ("return", {}, "return needs questions"), ("return", {"questions": [" "]}, "one at least"),
        ("accept", {"why": "x"}, "accept has no field why"), ("publish", {"visibility": "public"}, "that is submitted has no publish"),
        ("jump", {}, "there is no jump"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=rule):
            demands.do(OPERATOR, one, event, says)
    demands.do(OPERATOR, one, "accept")
    with pytest.raises(InvalidInput, match="visibility is one of"):
        demands.do(FIRM, one, "publish", {"visibility": "all"})


def test_of_two_who_act_at_once_one_wins(demands: Demands, monkeypatch: pytest.MonkeyPatch) -> None:
    one = submitted(demands)
    append = demands._journal.append

    def meanwhile(step: Any) -> Any:
        monkeypatch.setattr(demands._journal, "append", append)
        demands.do(FIRM, one, "withdraw")
        return append(step)

    monkeypatch.setattr(demands._journal, "append", meanwhile)
    with pytest.raises(Conflict):
        demands.do(OPERATOR, one, "accept")
    assert demands.show(FIRM, one).value["state"] == "withdrawn"


ACTORS = [FIRM, BROKER, OTHER, OPERATOR, CLOCK]
EVENTS = sorted({one.event for one in DEMAND.transitions} - {"draft"})
SAID = {"submit": {"no_secrets": True}, "return": {"questions": ["?"]}, "publish": {"visibility": "public"}}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.tuples(st.sampled_from(ACTORS), st.sampled_from(EVENTS)), max_size=40))
def test_whatever_is_tried_the_journal_holds_and_the_graph_follows(walk: list[tuple[Actor, str]], tmp_path_factory: Any) -> None:
    store = connect(f"sqlite:///{tmp_path_factory.mktemp('walk')}/s.db")
    store.write(Batch(nodes=[institution(one) for one in ("ins-firm", "ins-broker", "ins-other")]))
    demands = Demands(store)
    one = demands.draft(FIRM, CONTENT).id
    state = "draft"
    for actor, event in walk:
        row = next((row for row in DEMAND.transitions if row.event == event and state in row.before), None)
        content = CONTENT if event == "revise" else None
        try:
            state = demands.do(actor, one, event, SAID.get(event), content).value["state"]
            assert row is not None and state == (row.after or state)
        except DovetailError:
            pass
        shown = demands.show(FIRM, one).value["state"]
        assert shown == state
    status = {"published": "open", "second_diagnosis": "open", "long_tracking": "open", "in_talks": "in_talks", "solved": "solved"}
    for node in in_graph(store):
        assert state not in ("draft", "submitted", "returned", "accepted") or any(e.kind == "publish" for e in demands.history(FIRM, one))
        assert node.status.value == status.get(state, node.status.value)
    count, problems = verify(store, FOLDS)
    assert (problems, count) == ([], len(demands.history(FIRM, one)))
    store.close()


def test_months_end_where_they_end() -> None:
    from datetime import date

    ends = [_later(date(2026, month, day), 6).isoformat() for month, day in ((1, 15), (8, 31), (12, 31))]
    assert ends == ["2026-07-15", "2027-02-28", "2027-06-30"]
