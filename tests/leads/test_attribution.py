"""Who is credited with an introduction: the stated rule by example, the operator's word, and proofs that are checked offline."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from desk.process.principals import Actor
from graph import Batch, Store
from graph.errors import InvalidInput, NotAllowed
from graph.model import EdgeKind
from leads.credit.attribution import Credit, attribute, computed, credits
from leads.credit.proof import Proof, proof, verify
from leads.leads import Leads
from tests.leads.worlds import BROKER, FIRM, LAB, OPERATOR, RIVAL, STRANGER, begin, edge, public_demand, suggest


@pytest.fixture
def leads(store: Store) -> Leads:
    begin(store)
    return Leads(store)


def made(leads: Leads, store: Store, who: Actor, demand: str, *, acknowledged: bool = True, offer: str = "exp-1") -> str:
    id = suggest(store, public_demand(store, demand), offer)
    leads.do(who, id, "interested", {"side": "need", "on_word": "phone"})
    leads.do(who, id, "interested", {"side": "offer", "on_word": "phone"})
    leads.do(who, id, "introduce", {"agency": "need", "fee": "3%"})
    if acknowledged:
        leads.do(FIRM, id, "acknowledge", {"side": "need"})
        leads.do(LAB, id, "acknowledge", {"side": "offer"})
    return id


def only(store: Store, actor: Actor = OPERATOR) -> Credit:
    (found,) = credits(store, actor)
    return found


def test_the_first_that_both_have_acknowledged(leads: Leads, store: Store) -> None:
    id = made(leads, store, BROKER, "dem-1", acknowledged=False)
    assert (only(store).basis, only(store).parts, only(store).claims[0].why) == ("none", {}, "not acknowledged")
    leads.do(FIRM, id, "acknowledge", {"side": "need"})
    assert only(store).basis == "none"
    leads.do(LAB, id, "acknowledge", {"side": "offer"})
    found = only(store)
    assert (found.need, found.offer, found.basis, found.parts) == ("ins-firm", "ins-lab", "first", {"ins-broker": 1})
    assert (found.claims[0].agency, found.claims[0].fee, found.claims[0].lead) == ("need", "3%", id)
    leads.do(BROKER, id, "decline", {"side": "broker", "reason": "no_answer"})
    leads.do(BROKER, id, "reopen", {"text": "they came back"})
    assert only(store) == found  # what was made stands


def test_two_share_and_each_sees_its_own(leads: Leads, store: Store) -> None:
    made(leads, store, BROKER, "dem-1")
    made(leads, store, RIVAL, "dem-2")
    assert (only(store).basis, only(store).parts) == ("shared", {"ins-broker": 1, "ins-rival": 1})
    assert [claim.broker for claim in only(store, RIVAL).claims] == ["ins-rival"]
    assert len(only(store, FIRM).claims) == len(only(store, LAB).claims) == 2
    assert credits(store, STRANGER) == []


@pytest.mark.parametrize(("days", "parts"), [(30, {"ins-a": 1, "ins-b": 1}), (31, {"ins-a": 1})])
def test_who_comes_later_than_the_days_gets_nothing(days: int, parts: dict[str, int]) -> None:
    def value(broker: str, day: str) -> dict[str, Any]:
        introduction = {"broker": broker, "needs": ["n"], "offers": ["o"], "related": [], "agency": "need", "fee": "", "at": day}
        return {"introduction": introduction, "received": {"need": day, "offer": day}}

    later = f"2026-01-{1 + days:02}" if days < 31 else "2026-02-01"
    leads = [("2", value("ins-b", f"{later}T00:00:00+00:00")), ("1", value("ins-a", "2026-01-01T00:00:00+00:00"))]
    (found,) = computed(leads, [], {}, 30)
    assert found.parts == parts and [claim.why for claim in found.claims] == ["", "" if len(parts) == 2 else "too late"]


def test_ones_own_house_and_circles_earn_nothing(leads: Leads, store: Store) -> None:
    store.write(Batch(edges=[edge(EdgeKind.PART_OF, "ins-broker", "ins-lab")]))
    made(leads, store, BROKER, "dem-1")
    assert (only(store).basis, only(store).claims[0].why) == ("none", "own house")
    store.write(Batch(edges=[edge(EdgeKind.PART_OF, "ins-firm", "ins-lab")]))
    made(leads, store, RIVAL, "dem-2")
    assert [claim.why for claim in only(store).claims] == ["own house", "circle"]


def test_the_operator_decides_with_a_reason(leads: Leads, store: Store) -> None:
    made(leads, store, BROKER, "dem-1")
    with pytest.raises(NotAllowed):
        attribute(store, BROKER, "ins-firm", "ins-lab", {"ins-broker": 1}, "x")
    with pytest.raises(InvalidInput, match="is no broker of it"):
        attribute(store, OPERATOR, "ins-firm", "ins-lab", {"ins-lab": 1}, "x")
    with pytest.raises(InvalidInput, match="whole numbers"):
        attribute(store, OPERATOR, "ins-firm", "ins-lab", {"ins-rival": 0}, "x")
    found = attribute(store, OPERATOR, "ins-firm", "ins-lab", {"ins-broker": 1, "ins-rival": 2}, "the rival led the talks")
    assert (found.basis, found.parts, found.reason) == ("decision", {"ins-broker": 1, "ins-rival": 2}, "the rival led the talks")
    assert only(store, RIVAL).claims == []


def test_a_proof_holds_and_every_change_of_it_shows(leads: Leads, store: Store) -> None:
    made(leads, store, BROKER, "dem-1")
    made(leads, store, RIVAL, "dem-2")
    attribute(store, OPERATOR, "ins-firm", "ins-lab", {"ins-rival": 1}, "why")
    with pytest.raises(NotAllowed):
        proof(store, BROKER)
    content = proof(store, OPERATOR)
    found, problems = verify(content)
    assert problems == [] and found.credits == credits(store, OPERATOR)

    def changed(**more: Any) -> list[str]:
        return verify(msgspec.json.encode(msgspec.structs.replace(found, **more)))[1]

    assert changed(entries=found.entries[1:]) and changed(entries=found.entries[:-1])
    for at, entry in enumerate(found.entries):
        forged = msgspec.structs.replace(entry, actor="key:other")
        assert changed(entries=[*found.entries[:at], forged, *found.entries[at + 1 :]]), at
    assert changed(credits=[]) and changed(lines=found.lines[1:]) and changed(share_days=0) == []
    decision = [one for one in found.entries if not one.stream.startswith("attribution:")]
    assert any("left out" in one for one in changed(entries=decision))
    with pytest.raises(InvalidInput, match="signature"):
        verify(msgspec.json.encode(msgspec.structs.replace(found, head=msgspec.structs.replace(found.head, root="0" * 64))))
    with pytest.raises(InvalidInput, match="is no proof"):
        verify(b"{}")
    assert isinstance(found, Proof)
