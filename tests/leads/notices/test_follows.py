"""Following, reminders and stuck leads: what has changed or is to be done is told once, to who may see it."""

from __future__ import annotations

import msgspec
import pytest

from graph import Batch
from graph.errors import InvalidInput, NotAllowed, NotFound
from graph.model import Achievement, DemandStatus, EdgeKind, Visibility
from leads.board.hand_over import hand_over
from leads.notices import reminders
from leads.subscriptions.filters import Pool
from tests.leads.notices.conftest import Desk, body
from tests.leads.worlds import BROKER, FIRM, OPERATOR, ORIGIN, edge, posted_demand, public_demand, suggest


def change(desk: Desk, id: str, **fields: object) -> None:
    """Change a node as a file would."""
    node = desk.store.get([id])[id]
    desk.store.write(Batch(nodes=[msgspec.structs.replace(node, **fields)]))  # type: ignore[type-var]


def test_a_demand_its_status_and_deadline(desk: Desk) -> None:
    public_demand(desk.store)
    desk.follows.follow(desk.joined["broker"], "dem-1", cadence="at_once")
    assert desk.round(days=1).sent == 0
    change(desk, "dem-1", status=DemandStatus.IN_TALKS, deadline="2026-06-30")
    assert (desk.round(days=1).sent, desk.round(days=1).sent) == (1, 0)
    text = body(desk.letters("broker")[0])
    assert "status: open → in talks" in text and "deadline: none → 2026-06-30" in text
    assert "Coating measured in line dem-1" in text and "you follow it since 2026-03-02" in text
    change(desk, "dem-1", status=DemandStatus.WITHDRAWN)
    assert desk.round(days=1).sent == 1 and "in talks → withdrawn" in body(desk.letters("broker")[1])
    desk.follows.unfollow(desk.joined["broker"], "dem-1")
    change(desk, "dem-1", status=DemandStatus.OPEN)
    assert desk.round(days=1).sent == 0


def test_what_changes_while_it_is_hidden_is_not_told(desk: Desk) -> None:
    public_demand(desk.store)
    desk.follows.follow(desk.joined["broker"], "dem-1", cadence="at_once")
    change(desk, "dem-1", visibility=Visibility.CONFIDENTIAL, status=DemandStatus.SOLVED)
    assert desk.round(days=1).sent == 0
    change(desk, "dem-1", visibility=Visibility.PUBLIC)
    assert desk.round(days=1).sent == 1 and "open → solved" in body(desk.letters("broker")[0])
    with pytest.raises(NotFound):
        desk.follows.follow(desk.joined["broker"], posted_demand(desk.store))


def test_new_results_of_an_institution_that_one_may_see(desk: Desk) -> None:
    desk.follows.follow(desk.joined["broker"], "ins-lab", cadence="weekly")
    for id, visibility in (("ach-2", Visibility.PUBLIC), ("ach-3", Visibility.CONFIDENTIAL)):
        node = Achievement(id=id, provenance=ORIGIN, title=f"Result {id}", visibility=visibility)
        desk.store.write(Batch(nodes=[node], edges=[edge(EdgeKind.OWNS, "ins-lab", id)]))
    assert (desk.round(days=3).sent, desk.round(days=4).sent, desk.round(days=7).sent) == (0, 1, 0)
    text = body(desk.letters("broker")[0])
    assert "Result ach-2" in text and "ach-1" not in text and "ach-3" not in text


def test_a_lead_and_what_each_side_says(desk: Desk) -> None:
    id = desk.lead(1)
    desk.follows.follow(desk.joined["rival"], id, cadence="at_once")
    desk.leads.do(desk.joined["broker"], id, "propose", {"side": "need"})
    assert desk.round().sent == 1
    text = body(desk.letters("rival")[0])
    assert "state: suggested → proposed" in text and "the side that needs: none → proposed" in text
    desk.leads.do(desk.joined["broker"], id, "assign", {"broker": "ins-broker"})
    desk.leads.do(FIRM, id, "decline", {"side": "need", "reason": "price"})
    assert desk.round().sent == 0, "it is the other broker's by now"


def test_following_needs_a_member_and_a_thing(desk: Desk) -> None:
    public_demand(desk.store)
    with pytest.raises(InvalidInput, match="names no member"):
        desk.follows.follow(BROKER, "dem-1")
    with pytest.raises(NotFound):
        desk.follows.unfollow(desk.joined["broker"], "dem-1")
    member = desk.joined["broker"].id.partition(":")[2]
    one = desk.follows.follow(OPERATOR, "dem-1", member=member)
    assert [of.id for of in desk.follows.listed(desk.joined["broker"])] == [one.id]
    assert list(desk.follows.listed(desk.joined["rival"])) == []
    desk.follows.unfollow(desk.joined["broker"], "dem-1")
    assert desk.follows.show(desk.joined["broker"], one.id).value["state"] == "ended"
    assert desk.follows.follow(desk.joined["broker"], "dem-1").id != one.id


def test_the_next_action_is_told_on_its_day_once_and_again_when_another_is_set(desk: Desk) -> None:
    broker, id = desk.joined["broker"], desk.lead(1)
    desk.leads.do(broker, id, "next", {"action": "call Dr. Wang", "day": "2026-03-05"})
    assert desk.round(days=2).sent == 0
    assert desk.round(days=1).sent == 1
    text = body(desk.letters("broker")[0])
    assert "call Dr. Wang" in text and "due today" in text and "Coating measured in line dem-1 ↔ Wang" in text
    assert desk.round(days=1).sent == 0 and desk.letters("rival") == []
    desk.leads.do(broker, id, "next", {"action": "send the sample", "day": "2026-03-05"})
    assert desk.round(days=1).sent == 1 and "due 2026-03-05, 2 days late" in body(desk.letters("broker")[1])
    desk.leads.do(broker, id, "done")
    assert desk.round(days=1).sent == 0


def test_stuck_by_state_and_once_for_each_stay(desk: Desk) -> None:
    broker, id = desk.joined["broker"], desk.lead(1)
    desk.leads.do(broker, id, "shortlist")
    assert (desk.round(days=14).sent, desk.round(days=1).sent, desk.round(days=30).sent) == (0, 1, 0)
    assert "shortlisted for 15 days" in body(desk.letters("broker")[0])
    desk.leads.do(broker, id, "propose", {"side": "need"})
    assert (desk.round(days=21).sent, desk.round(days=1).sent) == (0, 1)


def test_whose_work_a_lead_is(desk: Desk) -> None:
    broker, id = desk.joined["broker"], desk.lead(1)
    desk.leads.do(broker, id, "assign", {"broker": "ins-broker", "person": "member:other"})
    desk.leads.do(broker, id, "next", {"action": "call", "day": "2026-03-01"})
    pool = Pool(desk.store, "2026-03-02")
    assert reminders.tasks(pool, broker) == []
    desk.leads.do(broker, id, "assign", {"broker": "ins-broker"})
    assert [one.id for one in reminders.tasks(pool, BROKER)] == [id]
    assert reminders.tasks(pool, desk.joined["rival"]) == []


def test_a_board_is_handed_over_one_act_a_lead(desk: Desk) -> None:
    mine = [desk.lead(number) for number in range(3)]
    theirs, closed = desk.lead(8), desk.lead(9)
    for id in mine:
        desk.leads.do(BROKER, id, "assign", {"broker": "ins-broker"})
    desk.leads.do(BROKER, closed, "note", {"text": "not assigned"})
    desk.leads.do(desk.joined["rival"], theirs, "assign", {"broker": "ins-rival"})
    with pytest.raises(InvalidInput):
        hand_over(desk.store, BROKER, "ins-broker")
    with pytest.raises(NotAllowed):
        hand_over(desk.store, BROKER, "ins-agent", of="ins-rival")
    done = hand_over(desk.store, BROKER, "ins-agent", leads=desk.leads)
    assert (sorted(done.moved), done.kept) == (sorted(mine), [])
    assert hand_over(desk.store, BROKER, "ins-agent").moved == []
    for id in mine:
        assert [one.kind for one in desk.leads.history(OPERATOR, id)] == ["assign", "assign"]
        assert desk.leads.show(OPERATOR, id).value["broker"] == "ins-agent"
    assert desk.leads.show(OPERATOR, theirs).value["broker"] == "ins-rival"
    assert hand_over(desk.store, OPERATOR, "ins-broker", of="ins-rival").moved == [theirs]


def test_a_result_its_readiness_and_price(desk: Desk) -> None:
    desk.follows.follow(desk.joined["firm"], "ach-1", cadence="at_once")
    change(desk, "ach-1", trl=6, price_min=100.0, currency="CNY")
    assert desk.round().sent == 1
    text = body(desk.letters("firm")[0])
    assert "TRL: none → 6" in text and "price: none → 100.0 CNY" in text


def test_reminders_of_a_confidential_lead_that_one_may_not_see_any_more(desk: Desk) -> None:
    id = desk.lead(1)
    desk.leads.do(desk.joined["broker"], id, "next", {"action": "call", "day": "2026-03-03"})
    change(desk, "dem-1", visibility=Visibility.CONFIDENTIAL)
    assert desk.round(days=5).sent == 0
    assert suggest(desk.store, "dem-1") == id
