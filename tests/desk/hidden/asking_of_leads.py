"""What somebody can ask and try of the leads of a world: lists, counts, exports, reports, searches and feeds, and every event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from desk.process.principals import Actor, Scope
from graph.errors import DovetailError
from leads.board.duplicates import duplicates
from leads.board.export import rows, to_csv
from leads.board.funnel import funnel
from leads.board.listing import Sort, Wanted, listed
from leads.credit.attribution import credits
from leads.notices.feeds import atom, feed
from leads.process import LEAD
from leads.report.report import monthly
from leads.subscriptions.faces import face
from leads.subscriptions.filters import Filters, Pool
from leads.subscriptions.filters import find as matches
from tests.desk.hidden.plans import CONTENTS, Plan, node_of, number_of, suggestions, teaser_of
from tests.desk.hidden.worlds import World, ins
from tests.desk.test_hidden import told

DAY = "2026-12-01"
SAYS: dict[str, dict[str, Any]] = {
    "propose": {"side": "offer"}, "interested": {"side": "offer", "on_word": "phone"}, "introduce": {"agency": "none"},
    "decline": {"side": "offer", "reason": "price", "on_word": "phone"}, "acknowledge": {"side": "offer"},
    "note": {"text": "x"}, "meet": {"kind": "call", "day": "2026-03-02"}, "next": {"action": "call", "day": "2026-04-01"},
    "agree": {"mode": "contract", "title": "x"}, "reopen": {"text": "x"}, "assign": {"broker": ins("other")}, "merge": {"into": "0" * 16},
}  # fmt: skip
"""What is said with an event that needs it; without the promise that lets into a demand, after which it is seen."""
ORDER = ("shortlist", "note", "meet", "next", "done", "propose", "interested", "introduce", "acknowledge", "talk", "merge", "decline",
         "reopen", "agree", "close", "unmerge", "assign", "release")  # fmt: skip


class Answers(dict[str, str]):
    """What was answered, an error too, by the question."""

    def __init__(self, world: World, actor: Actor) -> None:
        super().__init__()
        self.world, self.actor = world, actor

    def add(self, question: str, scope: Scope | None, answer: Callable[[], Any]) -> None:
        try:
            if scope:
                self.actor.require(scope)
            self[question] = told(answer())
        except DovetailError as error:
            self[question] = f"{type(error).__name__}: {error}".replace(self.world.store.url, "STORE")


def filters(plan: Plan) -> list[Wanted]:
    """Lists that could tell something of a demand, of whose it is, or of how well something fits it."""
    found = [Wanted(), Wanted(merged=True), Wanted(states=("suggested", "proposed")), Wanted(fit=0.5), Wanted(fit=0.75), Wanted(stuck=True)]
    found += [Wanted(firm=ins(one)) for one in ("firm", "partner", "lab")] + [Wanted(broker=ins("broker")), Wanted(due="2026-12-01")]
    found += [Wanted(offer=ins("lab")), Wanted(region="Germany"), Wanted(since="2026-03-01"), Wanted(reason="price")]
    return found + [Wanted(need=node_of(of(at))) for at in range(len(plan.demands)) for of in (number_of, teaser_of)]


def ids(plan: Plan) -> list[str]:
    """The leads."""
    return [one.id for one in suggestions(plan)]


def of_leads(answers: Answers, plan: Plan, when: str) -> None:
    """What is told of leads."""
    world, who = answers.world, answers.actor
    store = world.store

    def read(question: str, answer: Callable[[], Any]) -> None:
        answers.add(f"{when}{question}", Scope.READ, answer)

    for wanted in filters(plan):
        read(f"leads {wanted}", lambda wanted=wanted: listed(store, who, wanted, today=DAY))
    for sort in Sort:
        read(f"leads by {sort}", lambda sort=sort: listed(store, who, sort=sort, limit=2, today=DAY))
    read("funnel", lambda: funnel(store, who, today=DAY))
    read("export", lambda: to_csv(rows(store, who, today=DAY)))
    read("duplicates", lambda: duplicates(store, who))
    read("credits", lambda: credits(store, who))
    read("report", lambda: msgspec.json.encode(monthly(store, who, "2026-03", now=lambda: datetime(2026, 12, 1, tzinfo=UTC))))
    for text in ("", *(str(one["title"]).split()[0] for one in CONTENTS), "seal"):
        for side in ("need", "offer"):
            read(f"matches {text} {side}", lambda text=text, side=side: matches(Pool(store, DAY), who, Filters(text=text, side=side)))
    for one in ids(plan):
        read(f"lead {one}", lambda one=one: world.leads.show(who, one))
        read(f"history of lead {one}", lambda one=one: world.leads.history(who, one))
        read(f"texts of lead {one}", lambda one=one: world.leads.texts(who, one))
        read(f"face of lead {one}", lambda one=one: face(store, who, f"lead:{one}"))


def tries_of_leads(answers: Answers, plan: Plan) -> None:
    """Everything that can be done with leads, tried on every lead, and begun by hand with every demand and teaser."""
    world, who = answers.world, answers.actor

    def attempt(question: str, done: Callable[[], Any]) -> None:
        with world.act(question, 21000):
            answers.add(question, Scope.WRITE, done)

    def read_by_feed() -> bytes:
        search = world.searches.save(who, Filters())
        return atom(feed(world.searches, world.searches.open_feed(who, search.id)), "https://match.example.org/feed")

    attempt("feed", read_by_feed)
    for at in range(len(plan.demands)):
        for of in (number_of, teaser_of):
            node = node_of(of(at))
            attempt(f"begin {node}", lambda node=node: world.leads.begin(who, node, ins("press")))
    for one in ids(plan):
        for event in ORDER:
            attempt(f"{event} lead {one}", lambda one=one, event=event: world.leads.do(who, one, event, SAYS.get(event)))
    assert set(ORDER) == {row.event for row in LEAD.transitions}
