"""docs/access.md: every cell of its tables of meetings, and of saved searches and follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desk.members.post import MailServer, Post, Tls
from desk.process.principals import Actor, Role, Scope
from graph import Batch
from graph.errors import DovetailError
from leads.meetings.meetings import Meetings
from leads.meetings.model import Talk
from leads.subscriptions.filters import Filters
from leads.subscriptions.follows import Follows
from leads.subscriptions.searches import Searches
from tests.desk.members.conftest import SENDER, made, mailboxes
from tests.graph.samples import institution
from tests.leads.test_access import NOBODY, OPERATOR, TODAY, Place, actor, answer, cells, place
from tests.leads.worlds import suggest

MEETING_CELLS, TOLD_CELLS = list(cells("of a meeting", 2)), list(cells("of what is told", 1))
ORGANISER = Actor(id="key:organiser", role=Role.BROKER, institution="ins-organiser")
WHO = {one: actor(one) for one in ("owner", "agent", "target", "broker", "member", "consumer")}
WHO |= {"organiser": ORGANISER, "public": NOBODY, "operator": OPERATOR}
WORD: dict[str, Any] = {"on_word": "phone"}


@dataclass
class Held:
    """A meeting of the organiser, with the talk of one lead where it was invited."""

    of: Meetings
    place: Place
    id: str
    lead: str

    def answered(self, *sides: str) -> None:
        for side in sides:
            self.of.answer(OPERATOR, self.id, self.lead, side, "accepted", **WORD)

    def attended(self) -> None:
        for side in ("need", "offer"):
            self.of.attend(OPERATOR, self.id, self.lead, side, came=True)

    def talks(self, who: Actor) -> list[Talk]:
        return [one for one in self.of.show(who, self.id).talks if one.lead == self.lead]


@pytest.fixture(scope="module")
def here() -> Iterator[Place]:
    with place() as one:
        houses(one)
        yield one


def houses(one: Place) -> None:
    """The institutions of meetings that are those of no lead of the owner's."""
    one.store.write(Batch(nodes=[institution(each) for each in ("ins-organiser", "ins-else", "ins-third")]))


def held(here: Place, visibility: str, *, is_invited: bool = True) -> Held:
    of = Meetings(here.store)
    id = of.plan(ORGANISER, "Coatings", TODAY, ["09:00", "09:20"], [4, 4]).id
    lead = here.lead("suggested", visibility)
    if is_invited:
        of.invite(OPERATOR, id, lead)
    return Held(of, here, id, lead)


def test_the_tables_say_something() -> None:
    assert len(MEETING_CELLS) > 200 and len(TOLD_CELLS) >= 40
    assert {cell.values[-1] for cell in (*MEETING_CELLS, *TOLD_CELLS)} == {"yes", "no", "-"}


@pytest.mark.parametrize(("what", "visibility", "who", "cell"), MEETING_CELLS)
def test_who_may_do_what_with_a_meeting(here: Place, what: str, visibility: str, who: str, cell: str) -> None:
    check(here, what, visibility, who, cell)


def check(here: Place, what: str, visibility: str, who: str, cell: str) -> None:
    """Ask a cell."""
    if what in ("plan", "plan for another"):
        own = {"organiser": "ins-organiser"} if what != "plan" else {}
        assert answer(lambda: Meetings(here.store).plan(WHO[who], "x", TODAY, ["09:00"], [2], **own)) == cell
        return
    one = held(here, visibility, is_invited=what != "invite")
    assert answer(lambda: ASKED[what](one, WHO[who], who)) == cell


def _sides(who: str) -> tuple[str, str]:
    """The side that somebody speaks for, or notes the word of, and the other one."""
    return ("need", "offer") if who in ("owner", "agent") else ("offer", "need")


def _noted(who: str) -> dict[str, Any]:
    return WORD if who in ("organiser", "operator") else {}


def _answer_of_the_other(one: Held, who: Actor, name: str) -> bool:
    other = _sides(name)[1]
    one.answered(other)
    return any(talk.answers.get(other) for talk in one.talks(who))


def _anothers_talk(one: Held, who: Actor, _name: str) -> bool:
    another = suggest(one.place.store, "ins-else", "ins-third", about="ins-else")
    one.of.invite(OPERATOR, one.id, another)
    return any(talk.lead == another for talk in one.of.show(who, one.id).talks)


def _answer(one: Held, who: Actor, name: str) -> object:
    return one.of.answer(who, one.id, one.lead, _sides(name)[0], "accepted", **_noted(name))


def _answer_for_the_other(one: Held, who: Actor, name: str) -> object:
    return one.of.answer(who, one.id, one.lead, _sides(name)[1], "accepted", **WORD)


def _schedule(one: Held, who: Actor, _name: str) -> object:
    one.answered("need", "offer")
    return one.of.schedule(who, one.id)


def _outcome(one: Held, who: Actor, _name: str) -> object:
    one.attended()
    return one.of.outcome(who, one.id, one.lead, text="waits for samples")


def _close(one: Held, who: Actor, _name: str) -> object:
    one.attended()
    return one.of.do(who, one.id, "close", "it is done")


ASKED: dict[str, Callable[[Held, Actor, str], object]] = {
    "invite": lambda one, who, _name: one.of.invite(who, one.id, one.lead),
    "meeting": lambda one, who, _name: one.of.show(who, one.id),
    "listed": lambda one, who, _name: any(each.id == one.id for each in one.of.listed(who)),
    "its talk": lambda one, who, _name: one.talks(who),
    "need of its talk": lambda one, who, _name: any(talk.need and talk.about for talk in one.talks(who)),
    "answer of the other side": _answer_of_the_other, "another's talk": _anothers_talk,
    "its history": lambda one, who, _name: one.of.history(who, one.id), "answer": _answer,
    "answer for the other side": _answer_for_the_other, "schedule": _schedule,
    "attend": lambda one, who, name: one.of.attend(who, one.id, one.lead, _sides(name)[0], came=True),
    "outcome": _outcome, "close": _close, "cancel": lambda one, who, _name: one.of.do(who, one.id, "cancel"),
}  # fmt: skip


def test_a_meeting_that_is_hidden_answers_as_none(here: Place) -> None:
    """The same words for a meeting of others, for a talk of others at one's own, and for what never was."""
    one, rival = held(here, "confidential"), WHO["broker"]
    calls: list[Callable[[Actor, str, str], object]] = [
        lambda who, id, lead: one.of.answer(who, id, lead, "need", "accepted", on_word="phone"),
        lambda who, id, lead: one.of.attend(who, id, lead, "need", came=True),
        one.of.outcome, one.of.invite,
    ]  # fmt: skip
    for call in calls:
        assert refused(call, rival, one.id, one.lead) == refused(call, rival, "0" * 12, one.lead)
        assert refused(call, ORGANISER, one.id, one.lead) == refused(call, ORGANISER, one.id, "0" * 16)


def refused(call: Callable[[Actor, str, str], object], who: Actor, id: str, lead: str) -> str:
    try:
        call(who, id, lead)
    except DovetailError as error:
        return f"{type(error).__name__}: {error}".replace(id, "ID").replace(lead, "LEAD")
    return "done"


@dataclass
class Told:
    """The services of what is told, and who stands in the columns."""

    place: Place
    searches: Searches
    follows: Follows
    who: dict[str, Actor]

    @property
    def member(self) -> str:
        return self.who["owner"].id.partition(":")[2]

    def search(self) -> str:
        return self.searches.save(self.who["owner"], Filters(side="offer")).id


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder: Path = tmp_path_factory.mktemp("told")
    with place() as one:
        for box in mailboxes():
            post = Post(MailServer(host="127.0.0.1", port=box.port, sender=SENDER, tls=Tls.NONE))
            people = made(one.store, folder / "mail.key", post, box)
            who = {"owner": people.joined("owner@example.org", Role.ENTERPRISE, "ins-owner"),
                   "another": people.joined("another@example.org", Role.PROVIDER, "ins-member"), "operator": OPERATOR}  # fmt: skip
            who |= {"colleague": actor("owner"), "colleague who reads": Actor(
                id="key:reads", role=Role.ENTERPRISE, institution="ins-owner", scopes=frozenset({Scope.READ}))}  # fmt: skip
            yield Told(one, Searches(one.store, people.members), Follows(one.store, people.members), who)
            post.close()


@pytest.mark.parametrize(("what", "who", "cell"), TOLD_CELLS)
def test_who_may_do_what_with_what_is_told(told: Told, what: str, who: str, cell: str) -> None:
    check_told(told, what, who, cell)


def check_told(told: Told, what: str, who: str, cell: str) -> None:
    """Ask a cell."""
    one = told.who[who]
    assert answer(lambda: TOLD[what](told, one)) == cell


def _follow(told: Told, who: Actor) -> object:
    who.require(Scope.WRITE)
    return told.follows.follow(who, told.place.lead("suggested", "public"), member=told.member)


def _followed(told: Told) -> tuple[str, str]:
    lead = told.place.lead("suggested", "public")
    return lead, told.follows.follow(told.who["owner"], lead).id


def _shown(told: Told, who: Actor) -> object:
    lead, id = _followed(told)
    is_listed = any(one.id == id for one in told.follows.listed(who))
    assert answer(lambda: told.follows.show(who, id)) == ("yes" if is_listed else "-") and lead
    return is_listed


def _search(told: Told, who: Actor) -> object:
    id = told.search()
    is_listed = any(one.id == id for one in told.searches.listed(who))
    assert answer(lambda: told.searches.show(who, id)) == ("yes" if is_listed else "-")
    return is_listed


def _save(told: Told, who: Actor) -> object:
    who.require(Scope.WRITE)
    return told.searches.do(OPERATOR, told.searches.save(who, Filters(), member=told.member).id, "stop")


def _acts(event: str) -> Callable[[Told, Actor], object]:
    def act(told: Told, who: Actor) -> object:
        who.require(Scope.WRITE)
        return told.searches.do(who, told.search(), event)

    return act


def _feed(told: Told, who: Actor) -> object:
    who.require(Scope.WRITE)
    return told.searches.open_feed(who, told.search())


def _unfollow(told: Told, who: Actor) -> object:
    who.require(Scope.WRITE)
    told.follows.unfollow(who, _followed(told)[0], member=told.member)
    return True


def _found(told: Told, who: Actor) -> object:
    told.place.lead("suggested", "public")
    return told.searches.run(who, told.search())


TOLD: dict[str, Callable[[Told, Actor], object]] = {
    "save a search for a member": _save, "search": _search, "what it finds": _found,
    "its history": lambda told, who: told.searches.history(who, told.search()), "open its feed": _feed, "pause": _acts("pause"),
    "stop": _acts("stop"), "follow for a member": _follow, "follow": _shown, "end a follow": _unfollow,
}  # fmt: skip
