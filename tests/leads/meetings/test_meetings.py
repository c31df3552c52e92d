"""Meetings from a plan to the last follow-up, on every store: who does what, what each side sees, and how a lead moves by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk.journal.entries import Entry
from desk.journal.heads import verify
from desk.journal.journal import Journal
from desk.process.principals import Actor
from graph import Batch, Store
from graph.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from graph.model import Cooperation, EdgeKind, Expert, Visibility
from leads.leads import Leads
from leads.meetings.due import followups_due
from leads.meetings.meetings import FOLDS, Meetings
from leads.meetings.model import Meeting
from leads.meetings.process import MEETING
from leads.outcomes import cooperation_id
from tests.graph.samples import institution
from tests.leads import worlds
from tests.leads.worlds import (
    AGENT,
    BROKER,
    FIRM,
    LAB,
    OPERATOR,
    ORIGIN,
    RIVAL,
    STRANGER,
    begin,
    edge,
    posted_demand,
    public_demand,
    suggest,
)

SLOTS = ("09:00", "09:20", "09:40")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def to(self, day: str) -> str:
        self.at = datetime.fromisoformat(f"{day}T08:00:00+00:00")
        return self.at.isoformat()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(store: Store, clock: Clock) -> Journal:
    begin(store)
    return Journal(store, FOLDS, now=clock)


@pytest.fixture
def meetings(store: Store, journal: Journal) -> Meetings:
    return Meetings(store, journal)


def planned(meetings: Meetings, actor: Actor = BROKER, **more: Any) -> str:
    said = {"title": "Coatings day", "day": "2026-03-10", "slots": SLOTS, "tables": [4, 4], "place": "Hall 2"} | more
    return meetings.plan(actor, said.pop("title"), said.pop("day"), said.pop("slots"), said.pop("tables"), **said).id


def lead(store: Store, number: int = 1, lab: int = 1, **more: Any) -> str:
    """The lead of a public demand of the firm ``number`` and an expert of the laboratory ``lab``; of 1, those of ``worlds``."""
    firm, offer = f"ins-firm{number}" if number > 1 else "ins-firm", f"exp-{lab}"
    if not store.get([firm]):
        store.write(Batch(nodes=[institution(firm)]))
    if not store.get([offer]):
        house = f"ins-lab{lab}"
        expert = Expert(id=offer, provenance=ORIGIN, name=offer)
        store.write(Batch(nodes=[institution(house), expert], edges=[edge(EdgeKind.AFFILIATED_WITH, offer, house)]))
    return suggest(store, public_demand(store, f"dem-{number}{lab}", firm), offer, about=firm, **more)


def both(meetings: Meetings, id: str, one: str, actor: Actor = BROKER, **more: Any) -> Meeting:
    for side in ("need", "offer"):
        meetings.answer(actor, id, one, side, "accepted", on_word="phone", **more)
    return meetings.show(actor, id)


def came(meetings: Meetings, id: str, one: str, intention: str = "talks") -> Meeting:
    meetings.attend(BROKER, id, one, "need", came=True, intention=intention)
    return meetings.attend(BROKER, id, one, "offer", came=True)


def test_from_a_plan_to_the_last_follow_up(meetings: Meetings, store: Store, journal: Journal, clock: Clock) -> None:
    leads, one = Leads(store, journal), lead(store)
    id = planned(meetings)
    invited = meetings.invite(BROKER, id, one)
    assert (invited.state, invited.talks[0].answers) == ("invited", {"need": "", "offer": ""})
    assert leads.show(BROKER, one).value["sides"] == {"need": "proposed", "offer": "proposed"}  # the invitation asks them
    with pytest.raises(NotPossible, match="no talk to which both"):
        meetings.schedule(BROKER, id)
    assert meetings.answer(FIRM, id, one, "need", "accepted", people=2).talks[0].answers == {"need": "accepted"}
    meetings.answer(LAB, id, one, "offer", "accepted")
    (talk,) = meetings.schedule(BROKER, id).talks
    assert (talk.slot, talk.table, talk.people, talk.why) == ("09:00", 1, {"need": 2, "offer": 1}, "")
    with pytest.raises(NotPossible, match="2026-03-10, which is still to come"):
        meetings.attend(BROKER, id, one, "need", came=True)
    clock.to("2026-03-10")
    with pytest.raises(NotPossible):
        meetings.outcome(BROKER, id, one)
    assert meetings.attend(BROKER, id, one, "need", came=True, intention="trial").state == "held"
    with pytest.raises(InvalidInput, match="not on record that both sides came"):
        meetings.outcome(BROKER, id, one)
    meetings.attend(BROKER, id, one, "offer", came=True, intention="talks")
    meetings.outcome(BROKER, id, one, move="interested", says={"side": "need", "on_word": "visit"})
    assert leads.show(BROKER, one).value["sides"] == {"need": "interested", "offer": "proposed"}
    (talk,) = meetings.show(BROKER, id).talks
    assert talk.outcomes["0"]["move"] == "interested" and talk.intentions == {"need": "trial", "offer": "talks"}
    number = talk.outcomes["0"]["number"]
    assert [entry.kind for entry in leads.history(BROKER, one)][number - 1] == "interested"
    assert followups_due(store, clock.to("2026-04-08")) == []
    (due,) = followups_due(store, clock.to("2026-04-09"))
    assert (due.meeting, due.lead, due.after, due.due, due.organiser) == (id, one, 30, "2026-04-09", "ins-broker")
    with pytest.raises(InvalidInput, match="still to be followed up: 1"):
        meetings.do(BROKER, id, "close")
    meetings.outcome(BROKER, id, one, after=30, text="waits for samples")
    assert followups_due(store, clock.to("2026-06-07")) == []
    assert [one.after for one in followups_due(store, clock.to("2026-06-08"))] == [90]
    assert meetings.show(BROKER, id).talks[0].due == ("2026-06-08",)
    meetings.outcome(BROKER, id, one, after=90, move="decline", says={"side": "offer", "reason": "capacity", "on_word": "phone"})
    assert leads.show(BROKER, one).state == "declined"
    assert meetings.do(BROKER, id, "close").state == "closed"
    assert followups_due(store, clock.to("2027-01-01")) == []
    assert verify(store, worlds.FOLDS | FOLDS)[1] == []


def test_a_lead_that_was_declined_is_not_asked_after(meetings: Meetings, store: Store, clock: Clock) -> None:
    one, id = lead(store), planned(meetings)
    meetings.invite(BROKER, id, one)
    both(meetings, id, one)
    clock.to("2026-03-10")
    came(meetings, id, one)
    assert [due.after for due in followups_due(store, "2026-12-01")] == [90]  # the latest stands for those before
    meetings.outcome(BROKER, id, one, move="decline", says={"side": "broker", "reason": "no_route"})
    assert followups_due(store, "2026-12-01") == []


def test_who_did_not_come_is_not_followed_up(meetings: Meetings, store: Store, clock: Clock) -> None:
    one, id = lead(store), planned(meetings)
    meetings.invite(BROKER, id, one)
    clock.to("2026-03-10")
    meetings.attend(BROKER, id, one, "need", came=True)
    meetings.attend(BROKER, id, one, "offer", came=False)
    assert followups_due(store, "2026-12-01") == []
    assert meetings.do(BROKER, id, "close").state == "closed"


def test_what_is_refused(meetings: Meetings, store: Store) -> None:
    one = lead(store)
    for wrong, words in (
        ({"day": "2026-03"}, "whole day"), ({"day": "soon"}, "day: "), ({"slots": []}, "slots"), ({"slots": ["9", "9"]}, "one name"),
        ({"tables": [1]}, "2 at least"), ({"title": ""}, "needs title"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=words):
            planned(meetings, **wrong)
    with pytest.raises(NotAllowed):
        planned(meetings, Actor(id="key:none", role=BROKER.role))
    id = planned(meetings)
    with pytest.raises(NotFound):
        meetings.invite(BROKER, id, "0" * 16)
    meetings.invite(BROKER, id, one)
    with pytest.raises(InvalidInput, match="invited already"):
        meetings.invite(BROKER, id, one)
    with pytest.raises(InvalidInput, match="how its word was got"):
        meetings.answer(BROKER, id, one, "need", "accepted")
    with pytest.raises(InvalidInput, match="a side answers for itself"):
        meetings.answer(FIRM, id, one, "offer", "accepted", on_word="phone")
    with pytest.raises(InvalidInput, match="accepted, declined"):
        meetings.answer(FIRM, id, one, "need", "perhaps")
    with pytest.raises(InvalidInput, match="people is a number"):
        meetings.answer(FIRM, id, one, "need", "accepted", people=0)
    with pytest.raises(InvalidInput, match="close or cancel"):
        meetings.do(BROKER, id, "plan")
    with pytest.raises(NotAllowed):
        meetings.schedule(FIRM, id)
    with pytest.raises(NotAllowed):
        meetings.do(LAB, id, "cancel")
    assert meetings.do(BROKER, id, "cancel", "too few").state == "cancelled"


def test_a_guest_moves_no_lead_by_an_outcome(meetings: Meetings, store: Store, clock: Clock, journal: Journal) -> None:
    one, id = lead(store), planned(meetings)
    meetings.invite(BROKER, id, one)
    clock.to("2026-03-10")
    came(meetings, id, one)
    with pytest.raises(NotAllowed):
        meetings.outcome(FIRM, id, one, move="decline", says={"side": "need", "reason": "price"})
    with pytest.raises(NotFound):
        meetings.outcome(STRANGER, id, one, move="decline", says={"side": "need", "reason": "price"})
    assert Leads(store, journal).show(BROKER, one).value["sides"]["need"] == "proposed"


def test_an_outcome_that_the_lead_refuses_is_not_noted(meetings: Meetings, store: Store, clock: Clock) -> None:
    one, id = lead(store), planned(meetings)
    meetings.invite(BROKER, id, one)
    clock.to("2026-03-10")
    came(meetings, id, one)
    with pytest.raises(NotPossible, match="has no talk"):
        meetings.outcome(BROKER, id, one, move="talk")
    assert meetings.show(BROKER, id).talks[0].outcomes == {}


def test_what_is_paid_for_technology_is_a_part_of_the_amount(store: Store, journal: Journal) -> None:
    leads, one = Leads(store, journal), lead(store)
    for side in ("need", "offer"):
        leads.do(BROKER, one, "interested", {"side": side, "on_word": "phone"})
    leads.do(BROKER, one, "introduce", {"agency": "none"})
    says: dict[str, Any] = {"mode": "contract", "title": "x", "amount": 10, "currency": "CNY"}
    for wrong in (11, -1, True, "5"):
        with pytest.raises(InvalidInput, match="from 0 to the amount"):
            leads.do(BROKER, one, "agree", says | {"technology_amount": wrong})
    with pytest.raises(InvalidInput, match="from 0 to the amount"):
        leads.do(BROKER, one, "agree", {"mode": "contract", "title": "x", "technology_amount": 1})
    leads.do(BROKER, one, "agree", says | {"technology_amount": 4})
    made = store.get([cooperation_id(one)])[cooperation_id(one)]
    assert isinstance(made, Cooperation) and (made.amount, made.technology_amount) == (10.0, 4.0)


def test_a_move_whose_outcome_was_cut_off_is_noted_by_the_same_call(
    meetings: Meetings, store: Store, clock: Clock, journal: Journal
) -> None:
    one, id = lead(store), planned(meetings)
    meetings.invite(BROKER, id, one)
    clock.to("2026-03-10")
    came(meetings, id, one)
    leads, says = Leads(store, journal), {"side": "need", "reason": "other", "text": "sold elsewhere", "on_word": "visit"}
    leads.do(BROKER, one, "decline", says)  # and then the process is killed
    before = len(leads.history(BROKER, one))
    (talk,) = meetings.outcome(BROKER, id, one, move="decline", says=says).talks
    assert len(leads.history(BROKER, one)) == before == talk.outcomes["0"]["number"]
    with pytest.raises(NotPossible):  # it is noted: the same again is another move
        meetings.outcome(BROKER, id, one, after=30, move="decline", says=says)


def test_nobody_sits_at_two_tables_and_who_has_none_is_told_why(meetings: Meetings, store: Store) -> None:
    id = planned(meetings, slots=["09:00", "09:20"], tables=[2, 2])
    ours = [lead(store, 1, lab, fit=lab / 10) for lab in (1, 2, 3)]  # the firm has three talks, and there are two slots
    other, large, declined = lead(store, 2, 1, fit=0.1), lead(store, 3, 3, fit=0.9), lead(store, 4, 4)
    for one in (*ours, other, large):
        meetings.invite(BROKER, id, one)
        both(meetings, id, one, people=3 if one == large else 1)
    meetings.invite(BROKER, id, declined)
    meetings.answer(BROKER, id, declined, "need", "declined", on_word="mail")
    talks = {talk.lead: talk for talk in meetings.schedule(BROKER, id).talks}
    assert {one for one in talks if talks[one].slot} == {ours[1], ours[2], other}  # of as many, those that fit best
    assert talks[ours[1]].slot != talks[ours[2]].slot
    assert talks[ours[0]].why == "ins-firm has more talks than there are slots"
    assert talks[large].why == "more people than any table seats"
    assert (talks[declined].slot, talks[declined].why) == ("", "")
    meetings.answer(BROKER, id, ours[1], "offer", "declined", on_word="mail")
    again = {talk.lead: talk for talk in meetings.schedule(BROKER, id).talks}
    assert again[ours[2]].slot == talks[ours[2]].slot and again[ours[0]].slot  # who has a slot keeps it


def test_two_groups_of_one_house_sit_at_two_tables_at_once(meetings: Meetings, store: Store) -> None:
    id = planned(meetings, slots=["09:00"])
    for number, one in enumerate((lead(store, 1, 1), lead(store, 1, 2)), 1):
        meetings.invite(BROKER, id, one)
        meetings.answer(BROKER, id, one, "offer", "accepted", on_word="mail")
        meetings.answer(FIRM, id, one, "need", "accepted", delegation=number)
    assert [talk.slot for talk in meetings.schedule(BROKER, id).talks] == ["09:00", "09:00"]


def test_a_guest_sees_its_own_talks_alone(meetings: Meetings, store: Store) -> None:
    one, other = lead(store, 1, 1), lead(store, 2, 2)
    id = planned(meetings)
    alone = planned(meetings, title="Another day")
    for each in (one, other):
        meetings.invite(BROKER, id, each)
        meetings.answer(BROKER, id, each, "offer", "accepted", on_word="phone")
    seen = meetings.show(FIRM, id)
    assert [talk.lead for talk in seen.talks] == [one] and seen.events == ("answer",)
    assert seen.talks[0].answers == {"need": ""}  # what the other said is told when both have said yes
    assert seen.tables == ()
    meetings.answer(FIRM, id, one, "need", "accepted")
    assert meetings.show(FIRM, id).talks[0].answers == {"need": "accepted", "offer": "accepted"}
    assert [found.id for found in meetings.listed(LAB)] == [id]
    assert {found.id for found in meetings.listed(BROKER)} == {id, alone} == {found.id for found in meetings.listed(OPERATOR)}
    for stranger in (STRANGER, RIVAL):
        assert list(meetings.listed(stranger)) == []
        with pytest.raises(NotFound, match=f"there is no meeting {id}"):
            meetings.show(stranger, id)
        with pytest.raises(NotFound):
            meetings.answer(stranger, id, one, "need", "accepted", on_word="phone")
    with pytest.raises(NotFound):
        meetings.history(FIRM, id)
    assert [entry.kind for entry in meetings.history(BROKER, id)] == ["plan", "invite", "answer", "invite", "answer", "answer"]


def test_the_side_that_offers_learns_nothing_of_a_confidential_demand(meetings: Meetings, store: Store) -> None:
    need = posted_demand(store, agent=True)
    one = suggest(store, need, hidden=True)
    id = planned(meetings, AGENT)
    with pytest.raises(NotFound):
        meetings.invite(BROKER, planned(meetings), one)
    assert list(meetings.listed(LAB)) == []
    meetings.invite(AGENT, id, one)
    meetings.answer(AGENT, id, one, "need", "accepted")
    meetings.answer(AGENT, id, one, "offer", "accepted", on_word="phone")
    meetings.schedule(AGENT, id)
    (talk,) = meetings.show(LAB, id).talks
    assert (talk.need, talk.about, talk.offer, talk.slot) == ("", "", "exp-1", "09:00")
    assert need not in repr(meetings.show(LAB, id)) and "ins-firm" not in repr(meetings.show(LAB, id))
    assert meetings.show(FIRM, id).talks[0].need == need
    assert next(iter(meetings.listed(BROKER))).talks == ()


def test_who_holds_a_meeting_does_not_learn_by_it_whose_a_demand_is(meetings: Meetings, store: Store) -> None:
    hidden = public_demand(store, "dem-t")
    store.write(Batch(edges=[edge(EdgeKind.POSTED, "ins-firm", hidden, Visibility.CONFIDENTIAL)]))  # as of a teaser
    talks, id = [suggest(store, hidden, fit=0.1), lead(store, 1, 2, fit=0.9)], planned(meetings, slots=["09:00"])
    for one in talks:
        meetings.invite(BROKER, id, one)
        both(meetings, id, one)
    by_lead = {talk.lead: talk for talk in meetings.schedule(BROKER, id).talks}
    assert (by_lead[talks[0]].about, by_lead[talks[0]].why) == ("", "one side has more talks than there are slots")
    invited = next(one for one in meetings.history(BROKER, id) if one.body.get("lead") == talks[0])
    assert "ins-firm" not in repr(invited)
    meetings.schedule(BROKER, id, anew=True)
    told = repr([one for one in meetings.history(BROKER, id) if one.kind == "schedule"])
    assert talks[0] in told and "ins-firm" not in told
    Leads(store).do(OPERATOR, talks[0], "assign", {"broker": "ins-rival"})
    assert talks[0] not in repr(meetings.history(BROKER, id)) + repr(meetings.show(BROKER, id))


def test_the_operator_plans_for_another(meetings: Meetings) -> None:
    id = planned(meetings, OPERATOR, organiser="ins-broker")
    assert meetings.show(BROKER, id).organiser == "ins-broker"
    with pytest.raises(NotAllowed):
        planned(meetings, FIRM, organiser="ins-broker")
    own = planned(meetings, OPERATOR)
    assert meetings.show(OPERATOR, own).organiser == ""
    with pytest.raises(NotFound):
        meetings.show(BROKER, own)


def test_replaying_the_journal_gives_the_meeting(meetings: Meetings, store: Store, journal: Journal) -> None:
    one, id = lead(store), planned(meetings)
    meetings.invite(BROKER, id, one)
    both(meetings, id, one)
    meetings.schedule(BROKER, id)
    value: dict[str, Any] | None = None
    entries: list[Entry] = list(journal.entries(f"{MEETING.name}:{id}"))
    for entry in entries:
        value = FOLDS[MEETING.name](value, entry)
    state = journal.state(f"{MEETING.name}:{id}")
    assert state and value == state.value and len(entries) == 5
