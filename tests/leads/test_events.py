"""The events of leads and meetings: each is told what the history of the thing shows, of the leads that it may list, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.streams import CONCERNS
from desk.events.feed import Feed
from desk.events.hooks import Hooks
from desk.events.secret import EventKey
from desk.journal.entries import Entry
from desk.journal.journal import Journal
from desk.process.principals import Actor, Role, Scope
from graph import Store, connect
from graph.documents import DocumentKind
from graph.errors import DovetailError
from leads.board.listing import Wanted, listed
from leads.leads import Leads
from leads.meetings.meetings import FOLDS as MEETING_FOLDS
from leads.meetings.meetings import Meetings
from tests.desk.events.test_feed import everything
from tests.leads.test_listing import random_world
from tests.leads.worlds import (
    AGENT,
    BROKER,
    EVERYBODY,
    FIRM,
    LAB,
    OPERATOR,
    RIVAL,
    STRANGER,
    begin,
    posted_demand,
    public_demand,
    suggest,
)

NOBODY = Actor(id="key:x", role=Role.CONSUMER, scopes=frozenset({Scope.READ, Scope.WRITE}))
Told = list[tuple[str, str, str]]


@pytest.fixture
def feed(store: Store, tmp_path: Path) -> Feed:
    return Feed(store, EventKey(store, tmp_path / "events.key"), CONCERNS)


def told(feed: Feed, actor: Actor, kind: str, limit: int = 100) -> Told:
    return [(one.kind, one.thing, one.at) for one in everything(feed, actor, limit) if one.kind.startswith(f"{kind}.")]


def entries(store: Store, kind: str) -> list[Entry]:
    """All entries of the streams of a type, in the order in which they were written."""
    found = map(Entry.from_document, store.documents_since(0, [DocumentKind.ENTRY]))
    return [one for one in found if one.stream.startswith(f"{kind}:")]


def shown(store: Store, actor: Actor) -> Told:
    """The steps of all leads that their histories show, lead by lead, in the order in which they were written."""
    by_lead = {}
    for id in {one.stream.partition(":")[2] for one in entries(store, "lead")}:
        try:
            by_lead[id] = {(one.kind, one.at) for one in Leads(store).history(actor, id)}
        except DovetailError:
            continue
    return [
        (f"lead.{one.kind}", id, one.at) for one in entries(store, "lead")
        if (one.kind, one.at) in by_lead.get(id := one.stream.partition(":")[2], ())
    ]  # fmt: skip


def kinds(found: Told) -> list[str]:
    return [kind.partition(".")[2] for kind, _id, _at in found]


@pytest.mark.parametrize("seed", range(12))
def test_each_is_told_of_leads_what_their_histories_show(store: Store, feed: Feed, seed: int) -> None:
    """In random worlds: every step of a lead that one may see, by the rule for one lead; and of none that is not in one's list."""
    random_world(store, seed)
    for actor in (*EVERYBODY, NOBODY):
        found = told(feed, actor, "lead", limit=1 + seed)
        assert found == shown(store, actor), actor.id
        page = listed(store, actor, Wanted(merged=True), limit=1000)
        assert {id for _kind, id, _at in found} <= {one.lead.id for one in page.data}, actor.id
    assert told(Feed(connect(store.url), feed._key, CONCERNS), FIRM, "lead") == shown(store, FIRM), "another process tells the same"


def test_the_side_that_offers_is_told_from_when_it_is_asked_and_never_of_notes(store: Store, feed: Feed) -> None:
    begin(store)
    leads, id = Leads(store), suggest(store, posted_demand(store, agent=True), hidden=True)
    leads.do(AGENT, id, "shortlist")
    leads.do(AGENT, id, "note", {"text": "they pay late"})
    assert told(feed, LAB, "lead") == [] == told(feed, BROKER, "lead"), "the demand is confidential, and nobody has asked them"
    assert kinds(told(feed, AGENT, "lead")) == ["shortlist", "note"] and kinds(told(feed, FIRM, "lead")) == ["shortlist"]
    behind = feed.after(LAB, "", 100).next
    leads.do(AGENT, id, "propose", {"side": "offer"})
    leads.do(AGENT, id, "meet", {"kind": "visit", "day": "2026-01-02"})
    leads.do(LAB, id, "interested", {"side": "offer"})
    assert [one.kind for one in feed.after(LAB, behind, 100).events if one.kind.startswith("lead")] == ["lead.propose", "lead.interested"]
    assert kinds(told(feed, AGENT, "lead")) == ["shortlist", "note", "propose", "meet", "interested"]
    for stranger in (BROKER, RIVAL, STRANGER, NOBODY):
        assert told(feed, stranger, "lead") == []
    leads.do(AGENT, id, "decline", {"side": "need", "reason": "price"})
    leads.do(AGENT, id, "reopen", {"text": "x"})
    assert told(feed, LAB, "lead") == [], "it is not asked any more, and the lead is not there for it"


def test_a_lead_that_is_given_to_another_broker_is_told_to_that_one(store: Store, feed: Feed) -> None:
    begin(store)
    leads, id = Leads(store), suggest(store, public_demand(store))
    leads.do(BROKER, id, "note", {"text": "x"})
    assert kinds(told(feed, RIVAL, "lead")) == ["note"], "it is nobody's yet"
    leads.do(BROKER, id, "assign", {"broker": "ins-rival"})
    assert kinds(told(feed, RIVAL, "lead")) == ["note", "assign"] and told(feed, BROKER, "lead") == []


def test_a_webhook_gets_what_its_maker_s_role_sees(store: Store, feed: Feed) -> None:
    begin(store)
    leads, id = Leads(store), suggest(store, public_demand(store))
    hooks = Hooks(store, feed._key, resolve=lambda *_: ["93.184.216.34"])
    for actor in (BROKER, STRANGER, FIRM):
        hook, _secret = hooks.create(actor, "https://crm.example.org/")
        leads.do(BROKER, id, "note", {"text": "x"})
        viewer = hooks.viewer(hook.id, hook.value)
        assert told(feed, viewer, "lead") == shown(store, actor) and viewer.role is actor.role
    runs = Actor(id="key:o", role=Role.OPERATOR, institution="ins-stranger")
    viewer = hooks.viewer("h", hooks.create(runs, "https://crm.example.org/")[0].value)
    assert viewer.role is Role.CONSUMER and told(feed, viewer, "lead") == []
    before = {name: said for name, said in hook.value.items() if name != "role"}
    assert hooks.viewer("h", before).role is Role.CONSUMER, "webhooks that were made before say no role"


def test_who_holds_a_meeting_is_told_its_history_and_a_guest_its_own_part(store: Store, feed: Feed) -> None:
    begin(store)
    meetings, leads = Meetings(store, Journal(store, MEETING_FOLDS)), Leads(store)
    one = suggest(store, public_demand(store))
    other = suggest(store, public_demand(store, "dem-2", "ins-stranger"), "ach-1", about="ins-stranger")
    id = meetings.plan(BROKER, "Coatings day", "2020-03-10", ["09:00"], [4, 4]).id
    meetings.plan(BROKER, "Another day", "2020-03-11", ["09:00"], [4])
    meetings.invite(BROKER, id, one)
    meetings.answer(BROKER, id, one, "offer", "accepted", on_word="phone")
    meetings.answer(FIRM, id, one, "need", "accepted")
    meetings.schedule(BROKER, id)
    meetings.invite(BROKER, id, other)
    meetings.answer(STRANGER, id, other, "need", "declined")
    meetings.attend(BROKER, id, one, "need", came=True)
    meetings.attend(BROKER, id, one, "offer", came=True)
    meetings.outcome(BROKER, id, one)
    of = ["plan", "invite", "answer", "schedule", "attend"]
    assert kinds(told(feed, FIRM, "meeting")) == of
    assert kinds(told(feed, STRANGER, "meeting")) == ["plan", "invite", "answer"], "of the other talk it knows nothing, nor of the tables"
    assert kinds(told(feed, LAB, "meeting")) == ["plan", "invite", "answer", "schedule", "invite", "attend"], "it sits in both talks"
    assert told(feed, RIVAL, "meeting") == [] == told(feed, NOBODY, "meeting")
    assert told(feed, BROKER, "meeting", limit=2) == told(feed, OPERATOR, "meeting") and len(entries(store, "meeting")) == 11
    assert len(told(feed, OPERATOR, "meeting")) == 11
    leads.do(OPERATOR, other, "assign", {"broker": "ins-rival"})
    mine = [(kind, at) for kind, meeting, at in told(feed, BROKER, "meeting") if meeting == id]
    assert mine == [(f"meeting.{entry.kind}", entry.at) for entry in meetings.history(BROKER, id)]
    assert len(mine) == len(entries(store, "meeting")) - 3, "nothing of the lead that is another's; and there is the other meeting"
