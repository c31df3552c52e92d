"""Saved searches: what they find and tell, once; pausing, stopping, caps, and what is hidden."""

from __future__ import annotations

import re

import pytest

from desk.people.keys import Keys
from desk.process.principals import Role, Scope
from graph.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from graph.model import Visibility
from leads.notices import record
from leads.subscriptions.filters import Filters
from tests.leads.notices.conftest import Desk, body
from tests.leads.worlds import LAB, OPERATOR, posted_demand, public_demand, suggest


def test_what_comes_up_is_told_once_and_what_was_there_is_not(desk: Desk) -> None:
    broker = desk.joined["broker"]
    old = desk.lead(1)
    search = desk.searches.save(broker, Filters(text="coating LINE"), name="涂层 <b>", cadence="daily")
    assert [one.id for one in desk.searches.run(broker, search.id)] == [old]
    assert desk.round(days=1).sent == 0
    new = desk.lead(2)
    assert desk.round(hours=1).sent == 0, "the slot of the day was looked at already"
    assert desk.round(days=1).sent == 1
    (letter,) = desk.letters("broker")
    text, html = body(letter), body(letter, "html")
    assert letter["Subject"] == "Dovetail: 1 new lead" and new in text and old not in text and "Coating measured in line dem-2" in text
    assert "saved on 2026-03-02 by you" in text and "涂层 <b>" in text and "涂层 &lt;b&gt;" in html and "<b>" not in html
    for _day in range(3):
        assert desk.round(days=1).sent == 0
    assert len(desk.letters("broker")) == 1


def test_two_searches_of_one_member_tell_a_lead_once(desk: Desk) -> None:
    for name in ("one", "two"):
        desk.searches.save(desk.joined["broker"], Filters(), name=name, cadence="at_once")
    id = desk.lead(1)
    assert desk.round().sent == 1
    assert body(desk.letters("broker")[0]).count(id) == 1


def test_a_firm_that_floods_is_capped_and_counted(desk: Desk) -> None:
    desk.searches.save(desk.joined["broker"], Filters(side="need"), cadence="weekly", cap=3)
    for number in range(40):
        desk.lead(number, fit=0.5 + number / 100)
    other = desk.lead(99, owner="ins-stranger", fit=0.4)
    assert desk.round(days=6, hours=22).sent == 0, "not before Monday"
    assert desk.round(hours=3).sent == 1
    text = body(desk.letters("broker")[0])
    assert text.count("Coating measured in line") == 4 and other in text and "+37 more of ins-firm" in text
    assert "line dem-39\n" in text and "line dem-37\n" in text and "line dem-36\n" not in text, "the best of the firm"
    assert desk.letters("broker")[0]["Subject"] == "Dovetail: 41 new leads"
    assert desk.round(days=7).sent == 0, "what was counted is told"


def test_nobody_is_a_partner_of_its_own_house(desk: Desk) -> None:
    """A firm that says no side is told of all that is offered to it: its own house is on the one side of every lead."""
    desk.searches.save(desk.joined["firm"], Filters(), cadence="at_once", cap=1)
    offers = ("ins-stranger", "ins-rival", "ins-agent", "ins-lab")
    came = [desk.lead(number, offer, fit=0.5) for number, offer in enumerate(offers)]
    more = desk.lead(7, "ins-lab", fit=0.4)
    assert desk.round().sent == 1
    text = body(desk.letters("firm")[0])
    assert all(id in text for id in came) and more not in text and "+1 more of ins-lab" in text and "of ins-firm" not in text


def test_paused_it_tells_nothing_and_resumed_what_waited(desk: Desk) -> None:
    broker = desk.joined["broker"]
    search = desk.searches.save(broker, Filters(), cadence="daily")
    assert desk.searches.do(broker, search.id, "pause").value["state"] == "paused"
    id = desk.lead(1)
    assert desk.round(days=3).sent == 0
    desk.searches.do(broker, search.id, "resume")
    assert desk.round(days=1).sent == 1 and id in body(desk.letters("broker")[0])
    desk.searches.do(broker, search.id, "stop")
    desk.lead(2)
    assert desk.round(days=1).sent == 0
    with pytest.raises(NotPossible):
        desk.searches.do(broker, search.id, "resume")


def test_the_link_of_a_letter_ends_the_search_and_looking_at_it_does_not(desk: Desk) -> None:
    search = desk.searches.save(desk.joined["broker"], Filters(), cadence="daily")
    desk.lead(1)
    desk.round(days=1)
    letter = desk.letters("broker")[0]
    tokens = re.findall(r"/v1/notices/stop/(\S+)", body(letter))
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"] == f"<https://match.example.org/v1/notices/stop/{tokens[-1]}>"
    assert "search" in desk.stops.look(tokens[0])
    assert desk.searches.show(desk.joined["broker"], search.id).value["state"] == "active"
    assert (desk.stops.stop(tokens[0]), desk.stops.stop(tokens[0])) == (1, 0)
    desk.lead(2)
    assert desk.round(days=1).sent == 0
    for wrong in ("", "x", tokens[0][:-1] + "0", tokens[0].replace("search", "follow"), tokens[-1].replace("all", "board")):
        if wrong not in tokens:
            with pytest.raises(NotFound):
                desk.stops.stop(wrong)
    assert desk.searches.history(desk.joined["broker"], search.id)[-1].actor == desk.joined["broker"].id


def test_the_header_ends_all_that_the_member_is_told(desk: Desk) -> None:
    broker = desk.joined["broker"]
    desk.searches.save(broker, Filters(), name="one", cadence="at_once")
    desk.searches.save(broker, Filters(), name="two", cadence="daily")
    lead = desk.lead(1)
    desk.follows.follow(broker, lead)
    desk.round()
    token = desk.letters("broker")[0]["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert desk.stops.stop(token) == 4, "two searches, a lead, the board"
    desk.leads.do(broker, lead, "next", {"action": "call", "day": "2026-03-02"})
    desk.lead(2)
    assert desk.round(days=10).sent == 0 and len(desk.letters("broker")) == 1


def test_a_confidential_lead_is_told_to_its_owner_alone(desk: Desk) -> None:
    for name in ("broker", "rival", "firm", "lab"):
        desk.searches.save(desk.joined[name], Filters(), cadence="at_once")
    id = suggest(desk.store, posted_demand(desk.store), hidden=True)
    assert desk.round().sent == 1
    assert id in body(desk.letters("firm")[0])
    for name in ("broker", "rival", "lab"):
        assert desk.letters(name) == [] and record.read(desk.store, desk.joined[name].id.partition(":")[2])[0].told == b""


def test_what_became_hidden_between_saving_and_sending_is_not_told(desk: Desk) -> None:
    broker = desk.joined["broker"]
    desk.searches.save(broker, Filters(), cadence="daily")
    kept, hidden = desk.lead(1), desk.lead(2)
    public_demand(desk.store, "dem-2", visibility=Visibility.CONFIDENTIAL)
    desk.round(days=1)
    text = body(desk.letters("broker")[0])
    assert kept in text and hidden not in text and "dem-2" not in text and desk.letters("broker")[0]["Subject"] == "Dovetail: 1 new lead"


def test_what_became_hidden_while_a_letter_waited_is_taken_out_of_it(desk: Desk) -> None:
    broker = desk.joined["broker"]
    desk.searches.save(broker, Filters(side="need"), cadence="daily", cap=1)
    kept, hidden, counted = desk.lead(1, fit=0.9), desk.lead(2, owner="ins-stranger"), desk.lead(3, fit=0.1)
    desk.people.mailbox.refuses = "451 later"
    assert desk.round(days=1).late == 1
    desk.people.mailbox.refuses = ""
    for one in ("dem-2", "dem-3"):
        public_demand(desk.store, one, visibility=Visibility.CONFIDENTIAL)
    assert (desk.round(minutes=1).sent, desk.round(minutes=5).sent) == (0, 1), "not tried again at once"
    text = body(desk.letters("broker")[0])
    assert kept in text and hidden not in text and counted not in text and "more" not in text.partition("You get this")[0]


def test_words_of_a_demand_that_one_does_not_see_find_nothing(desk: Desk) -> None:
    id = suggest(desk.store, posted_demand(desk.store), hidden=True)
    desk.leads.do(desk.joined["firm"], id, "propose", {"side": "offer"})
    lab = desk.joined["lab"]
    assert [one.need for one in desk.searches.run(lab, desk.searches.save(lab, Filters()).id)] == [""]
    wanted = ({"text": "secret"}, {"fit": 0.1}, {"firm": "ins-firm"}, {"field": "C34"}, {"region": "福建"})
    for filters in (Filters(**one) for one in wanted):  # type: ignore[arg-type]
        assert desk.searches.run(lab, desk.searches.save(lab, filters).id) == []


def test_filters(desk: Desk) -> None:
    broker = desk.joined["broker"]
    first, second = desk.lead(1, fit=0.9), desk.lead(2, "ach-1", owner="ins-stranger", fit=0.3)
    desk.leads.do(broker, second, "shortlist")

    def found(**said: object) -> list[str]:
        return [one.id for one in desk.searches.run(broker, desk.searches.save(broker, Filters(**said)).id)]  # type: ignore[arg-type]

    assert found() == [first, second]
    assert found(text="ＥＤＤＹ gauge") == [second] and found(text="eddy nothing") == []
    assert found(fit=0.5) == [first] and found(states=("shortlisted",)) == [second]
    assert found(firm="ins-stranger") == [second] and found(firm="ins-lab") == [first, second]
    assert found(need="dem-1") == [first] and found(offer="ach-1") == [second]
    assert found(region="福建") == [first, second] and found(region="广东") == [] and found(field="C34") == []
    desk.leads.do(broker, second, "decline", {"side": "broker", "reason": "price"})
    assert found() == [first] and found(states=("declined",)) == [second]
    for wrong in ({"side": "x"}, {"states": ("x",)}, {"region": "nowhere"}):
        with pytest.raises(InvalidInput):
            found(**wrong)
    with pytest.raises(NotFound):
        found(need="dem-9")
    for more in ({"cadence": "hourly"}, {"cap": 0}, {"cap": 51}, {"name": "x" * 201}):
        with pytest.raises(InvalidInput):
            desk.searches.save(broker, Filters(), **more)  # type: ignore[arg-type]


def test_a_search_is_its_institutions_own(desk: Desk) -> None:
    search = desk.searches.save(desk.joined["broker"], Filters(text="coating"), name="mine")
    for who in (desk.joined["rival"], desk.joined["firm"], LAB):
        assert list(desk.searches.listed(who)) == []
        for do in (desk.searches.show, desk.searches.run, desk.searches.open_feed):
            with pytest.raises(NotFound):
                do(who, search.id)
        with pytest.raises(NotFound):
            desk.searches.do(who, search.id, "stop")
    assert [one.name for one in desk.searches.listed(OPERATOR)] == ["mine"]
    with pytest.raises(InvalidInput):
        desk.searches.save(desk.joined["rival"], Filters(), member=desk.joined["broker"].id.partition(":")[2])


def test_a_key_that_is_revoked_looks_no_more(desk: Desk) -> None:
    key = Keys(desk.store).create(OPERATOR, Role.BROKER, "Li Min", institution="ins-broker", scopes=(Scope.READ, Scope.WRITE))
    actor = Keys(desk.store).actor(key)
    search = desk.searches.save(actor, Filters())
    token = desk.searches.open_feed(actor, search.id)
    id = desk.lead(1)
    assert [one.id for one in desk.searches.found(*desk.searches.by_feed(token))] == [id]
    assert desk.round(days=2).sent == 0, "a key gets no letters"
    Keys(desk.store).revoke(OPERATOR, actor.id.partition(":")[2])
    assert desk.searches.found(*desk.searches.by_feed(token)) == []


def test_who_is_no_member_any_more_is_told_nothing(desk: Desk) -> None:
    desk.searches.save(desk.joined["broker"], Filters(), cadence="at_once")
    desk.lead(1)
    desk.people.members.leave(desk.joined["broker"])
    assert desk.round(days=1).sent == 0


def test_a_reader_without_the_scope_saves_nothing_for_another(desk: Desk) -> None:
    with pytest.raises((NotAllowed, InvalidInput)):
        desk.searches.save(LAB, Filters(), member="000000000000")
