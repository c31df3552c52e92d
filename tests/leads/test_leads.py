"""Leads from a suggestion to an outcome, on every store: each act, who may do it, and what stands in the graph afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from desk.journal.heads import verify
from desk.people.admissions import Admissions
from desk.people.contacts import Reached, contact_book
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from graph import Store
from graph.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from graph.model import Cooperation, EdgeKind, NodeKind, Outcome, PartyTo, Visibility
from leads import capacity
from leads.leads import Leads
from leads.model import Lead
from tests.leads.worlds import (
    AGENT,
    BROKER,
    FIRM,
    FOLDS,
    LAB,
    OPERATOR,
    RIVAL,
    STRANGER,
    begin,
    posted_demand,
    public_demand,
    suggest,
)

NOBODY_SEES = (BROKER, RIVAL, STRANGER, LAB, AGENT)


@pytest.fixture
def leads(store: Store) -> Leads:
    begin(store)
    return Leads(store)


def introduced(leads: Leads, id: str, who: Actor = BROKER, **more: Any) -> Lead:
    """A lead that was proposed to both, who said yes, and introduced."""
    leads.do(who, id, "propose", {"side": "need"})
    leads.do(who, id, "propose", {"side": "offer"})
    leads.do(FIRM, id, "interested", {"side": "need"})
    leads.do(LAB, id, "interested", {"side": "offer"})
    return leads.do(who, id, "introduce", {"agency": "need", "fee": "3% of the contract"} | more)


def test_from_a_suggestion_to_an_outcome(leads: Leads, store: Store) -> None:
    id = suggest(store, public_demand(store))
    first = leads.show(BROKER, id)
    assert (first.state, first.since, first.about, first.houses, first.value) == ("suggested", "2026-01-05", "ins-firm", ("ins-lab",), {})
    assert "shortlist" in first.events and "introduce" not in first.events
    leads.do(BROKER, id, "shortlist")
    leads.do(BROKER, id, "note", {"text": "spoke with Dr. Wang"})
    with pytest.raises(NotPossible, match="both sides are interested before"):
        leads.do(BROKER, id, "introduce", {"agency": "need"})
    found = introduced(leads, id)
    assert (found.state, found.value["sides"]) == ("introduced", {"need": "interested", "offer": "interested"})
    assert found.value["introduction"]["needs"] == ["ins-firm"] and found.value["introduction"]["offers"] == ["ins-lab"]
    assert found.value["introduction"]["broker"] == "ins-broker"
    leads.do(FIRM, id, "acknowledge", {"side": "need"})
    leads.do(LAB, id, "acknowledge", {"side": "offer"})
    leads.do(LAB, id, "talk")
    says = {"mode": "contract", "title": "Gauge for coatings", "amount": 300000, "currency": "CNY", "started": "2026-02-01"}
    assert leads.do(BROKER, id, "agree", says).state == "agreement"
    (node,) = store.scan(NodeKind.COOPERATION)
    assert isinstance(node, Cooperation)
    assert (node.outcome, node.amount, node.started, node.visibility) == (Outcome.ONGOING, 300000.0, "2026-02-01", Visibility.CONFIDENTIAL)
    edges = store.edges([node.id])
    ties = {(edge.kind, edge.source if edge.kind is EdgeKind.PARTY_TO else edge.target) for edge in edges}
    assert ties == {
        (EdgeKind.PARTY_TO, "ins-firm"), (EdgeKind.PARTY_TO, "ins-lab"), (EdgeKind.ADDRESSES, "dem-1"), (EdgeKind.USES, "ach-1"),
    }  # fmt: skip
    assert {edge.role for edge in edges if isinstance(edge, PartyTo)} == {"need", "offer"}
    assert viewer_of(store, LAB).sees(node) and not viewer_of(store, BROKER).sees(node)
    closed = leads.do(BROKER, id, "close", {"outcome": "completed", "ended": "2026-06-30"})
    (node,) = store.scan(NodeKind.COOPERATION)
    assert isinstance(node, Cooperation) and (node.outcome, node.ended) == (Outcome.COMPLETED, "2026-06-30")
    assert (closed.state, closed.events) == ("closed", ())
    assert [state for state, _day in closed.value["path"]] == [
        "suggested", "shortlisted", "proposed", "introduced", "talks", "agreement", "closed",
    ]  # fmt: skip
    count, problems = verify(store, FOLDS)
    assert problems == [] and count == len(leads.history(BROKER, id)) == 12


def test_a_side_speaks_for_itself_and_a_noted_word_says_how_it_was_got(leads: Leads, store: Store) -> None:
    id = suggest(store, public_demand(store))
    leads.do(BROKER, id, "propose", {"side": "offer"})
    with pytest.raises(InvalidInput, match="a side answers for itself"):
        leads.do(FIRM, id, "interested", {"side": "offer"})
    with pytest.raises(InvalidInput, match="on_word says how"):
        leads.do(BROKER, id, "interested", {"side": "offer"})
    found = leads.do(BROKER, id, "interested", {"side": "offer", "on_word": "phone"})
    assert found.value["sides"] == {"offer": "interested"} and leads.history(BROKER, id)[-1].body["by"] == "broker"
    with pytest.raises(InvalidInput, match="offer has said so already"):
        leads.do(LAB, id, "interested", {"side": "offer"})
    with pytest.raises(InvalidInput, match="offer was asked already"):
        leads.do(BROKER, id, "propose", {"side": "offer"})
    leads.do(FIRM, id, "interested", {"side": "need"})
    leads.do(BROKER, id, "introduce", {"agency": "both"})
    with pytest.raises(InvalidInput, match="acknowledges for itself"):
        leads.do(BROKER, id, "acknowledge", {"side": "need", "on_word": "phone"})
    leads.do(OPERATOR, id, "acknowledge", {"side": "need", "on_word": "paper"})
    leads.do(LAB, id, "acknowledge", {"side": "offer"})
    with pytest.raises(InvalidInput, match="has acknowledged already"):
        leads.do(LAB, id, "acknowledge", {"side": "offer"})
    for name in ("by", "suggestion", "in_words", "needs", "broker"):
        with pytest.raises(InvalidInput, match="is not said by whoever acts"):
            leads.do(LAB, id, "talk", {name: "x"})


def test_a_decline_has_a_code_and_can_be_taken_up_again(leads: Leads, store: Store) -> None:
    id = suggest(store, public_demand(store))
    with pytest.raises(InvalidInput, match="a reason is one of too_early"):
        leads.do(BROKER, id, "decline", {"side": "broker", "reason": "rain"})
    with pytest.raises(InvalidInput, match="needs a text"):
        leads.do(BROKER, id, "decline", {"side": "broker", "reason": "other"})
    leads.do(BROKER, id, "propose", {"side": "offer"})
    found = leads.do(LAB, id, "decline", {"side": "offer", "reason": "other", "text": "no room in the laboratory"})
    assert (found.state, found.value["declines"][0]["reason"], found.value["sides"]) == ("declined", "other", {"offer": "declined"})
    assert "no room" not in str(leads.history(BROKER, id)) and "no room in the laboratory" in leads.texts(BROKER, id).values()
    assert leads.texts(FIRM, id) == {}
    again = leads.do(BROKER, id, "reopen", {"text": "they moved"})
    assert (again.state, again.value["sides"], len(again.value["declines"])) == ("shortlisted", {}, 1)
    assert verify(store, FOLDS)[1] == []


def test_a_lead_of_hidden_things_is_not_there(leads: Leads, store: Store) -> None:
    demand = posted_demand(store, agent=True)
    id = suggest(store, demand, hidden=True)
    for stranger in (BROKER, RIVAL, STRANGER, LAB):
        with pytest.raises(NotFound) as hidden:
            leads.show(stranger, id)
        with pytest.raises(NotFound) as missing:
            leads.show(stranger, "0" * 16)
        assert str(hidden.value).replace(id, "") == str(missing.value).replace("0" * 16, "")
        with pytest.raises(NotFound):
            leads.do(stranger, id, "note", {"text": "x"})
        with pytest.raises(NotFound):
            leads.begin(stranger, demand, "exp-1")
    for one in (FIRM, AGENT, OPERATOR):
        assert leads.show(one, id).suggestion.need == demand
    leads.do(AGENT, id, "propose", {"side": "offer"})
    seen = leads.show(LAB, id)
    assert (seen.suggestion.need, seen.about, seen.suggestion.offer, seen.events) == ("", "", "exp-1", ("interested", "decline"))
    assert demand not in str(seen) and "ins-firm" not in str(seen) and demand not in str(leads.history(LAB, id))
    with pytest.raises(NotFound):
        leads.show(BROKER, id)


def test_an_introduction_lets_in_and_shows_contacts(leads: Leads, store: Store) -> None:
    demand = posted_demand(store)
    id = suggest(store, demand, hidden=True)
    book = contact_book(store)
    kept = {one: book.keep(who, who.institution, Reached(name=one, phones=("1",)), purpose="p", consent="c", date="2026-01-01").id
            for one, who in (("need", FIRM), ("offer", LAB))}  # fmt: skip
    leads.do(FIRM, id, "propose", {"side": "offer"})
    with pytest.raises(NotFound):
        leads.do(LAB, id, "interested", {"side": "offer", "contact": kept["need"]})
    leads.do(LAB, id, "interested", {"side": "offer", "contact": kept["offer"]})
    leads.do(FIRM, id, "interested", {"side": "need", "contact": kept["need"]})
    assert "need" not in leads.show(LAB, id).value["contacts"] and "offer" not in leads.show(FIRM, id).value["contacts"]
    for who, other in ((FIRM, "offer"), (LAB, "need")):
        with pytest.raises(NotFound):
            book.reveal(who, kept[other], "to call")
    with pytest.raises(NotAllowed, match="its owner introduces"):
        leads.do(OPERATOR, id, "introduce", {"agency": "none"})
    leads.do(FIRM, id, "introduce", {"agency": "none"})
    assert book.reveal(FIRM, kept["offer"], "to call").name == "offer" and book.reveal(LAB, kept["need"], "to call").name == "need"
    assert not viewer_of(store, LAB).sees(store.get([demand])[demand])  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="nobody has promised"):
        leads.do(LAB, id, "acknowledge", {"side": "offer"})
    leads.do(LAB, id, "acknowledge", {"side": "offer", "confidential": True})
    assert viewer_of(store, LAB).sees(store.get([demand])[demand])  # type: ignore[arg-type]
    assert [one.value["state"] for one in Admissions(store).listed(FIRM, demand)] == ["open"]
    assert leads.show(LAB, id).suggestion.need == demand
    assert verify(store, FOLDS)[1] == []


def test_who_has_it_works_on_it(leads: Leads, store: Store) -> None:
    id = suggest(store, public_demand(store))
    leads.do(BROKER, id, "assign", {"broker": "ins-broker", "person": "key:li"})
    with pytest.raises(NotFound):
        leads.show(RIVAL, id)
    leads.do(BROKER, id, "next", {"action": "call Dr. Wang", "day": "2026-02-01"})
    assert leads.show(BROKER, id).value["next"] == "2026-02-01" and "next" not in leads.show(FIRM, id).value
    leads.do(BROKER, id, "meet", {"kind": "visit", "day": "2026-01-10", "text": "saw the line"})
    assert leads.show(BROKER, id).value["meetings"] == 1
    assert [one.kind for one in leads.history(FIRM, id)] == []
    leads.do(BROKER, id, "assign", {"broker": "ins-rival"})
    with pytest.raises(NotFound):
        leads.show(BROKER, id)
    leads.do(RIVAL, id, "release")
    assert leads.show(BROKER, id).value["broker"] == ""


def test_an_owner_or_target_does_not_do_a_brokers_work(leads: Leads, store: Store) -> None:
    id = suggest(store, public_demand(store))
    with pytest.raises(NotFound):
        leads.show(LAB, id)  # nothing was proposed to it
    with pytest.raises(NotAllowed):
        leads.do(FIRM, id, "note", {"text": "x"})
    with pytest.raises(NotFound):
        leads.show(STRANGER, id)


def test_by_hand_and_as_suggested_it_is_one_lead(leads: Leads, store: Store) -> None:
    demand = public_demand(store)
    made = leads.begin(BROKER, demand, "ach-1")
    assert made.state == "shortlisted" and made.suggestion.need == demand
    id = suggest(store, demand, "ach-1")
    assert id == made.id and leads.show(BROKER, id).suggestion.fit == 0.8
    with pytest.raises(InvalidInput, match="is nothing that has a lead"):
        leads.begin(BROKER, "exp-1", "ach-1")
    with pytest.raises(NotPossible):
        leads.begin(BROKER, demand, "ach-1")


def test_merged_and_undone(leads: Leads, store: Store) -> None:
    one, other = suggest(store, public_demand(store)), suggest(store, public_demand(store, "dem-2"))
    introduced(leads, one)
    assert capacity.all_taken(store) == {"exp-1": [one], "ins-lab": [one]}
    with pytest.raises(InvalidInput, match="is the same lead"):
        leads.do(BROKER, one, "merge", {"into": one})
    with pytest.raises(NotFound):
        leads.do(BROKER, one, "merge", {"into": "0" * 16})
    merged = leads.do(BROKER, one, "merge", {"into": other})
    assert (merged.state, merged.value["into"], merged.events) == ("introduced", other, ("unmerge",))
    assert capacity.all_taken(store) == {}
    with pytest.raises(InvalidInput, match="was merged itself"):
        leads.do(BROKER, other, "merge", {"into": one})
    with pytest.raises(NotPossible, match="merged into another"):
        leads.do(BROKER, one, "talk")
    assert leads.do(BROKER, one, "unmerge").value["into"] == ""
    assert capacity.all_taken(store) == {"exp-1": [one], "ins-lab": [one]}
    assert verify(store, FOLDS)[1] == []
