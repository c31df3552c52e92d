"""docs/access.md: every cell of its tables of leads, meetings and what is told is asked of the functions of ``leads``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from desk.find import find
from desk.people.admissions import Admissions
from desk.people.contacts import Reached, contact_book
from desk.people.demands import Demands
from desk.process.principals import Actor, Role
from graph import Batch, Store, connect
from graph.errors import InvalidInput, NotAllowed, NotFound
from graph.model import Achievement, EdgeKind, Provenance
from graph.viewer import OWNER as VIEWER
from leads.board.export import rows as exported
from leads.board.funnel import funnel
from leads.board.listing import Wanted, listed
from leads.credit.attribution import attribute, credits
from leads.leads import Leads
from leads.model import Lead
from leads.report.report import monthly
from leads.settings import LeadSettings
from leads.subscriptions.faces import face
from leads.subscriptions.filters import Filters, Pool
from leads.subscriptions.filters import find as matches
from tests.conftest import ROOT
from tests.graph.samples import institution
from tests.leads.worlds import edge, suggest

PAGE = (ROOT / "docs" / "access.md").read_text("utf-8")
BROKERS = ("agent", "target's broker", "holder", "let in", "assigned", "broker", "other broker")
ROLES = dict.fromkeys(BROKERS, Role.BROKER) | {"owner": Role.ENTERPRISE, "consumer": Role.CONSUMER}
HOUSES = {"target's broker": "ins-target", "other broker": "ins-broker", "let in": "ins-let"}
NOBODY = Actor(id="nobody", role=Role.CONSUMER, scopes=frozenset())
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
HOLDS = {"holder": "ins-holder", "other broker": "ins-holder", "assigned": "ins-assigned"}
"""To whom a lead is assigned, by the column."""
TODAY = datetime.now(UTC).date().isoformat()
TEASER = "a teaser"
MANY = LeadSettings(institution_capacity=10**6)


def table(first: str) -> tuple[list[str], list[list[str]]]:
    """The columns and rows of the table whose first column is called ``first``."""
    found = re.search(rf"^\| {first} \|.*(?:\n\|.*\|)+", PAGE, re.MULTILINE)
    assert found, first
    columns, _line, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].split("\n")]
    assert all(len(row) == len(columns) for row in rows)
    return columns, rows


def cells(first: str, heads: int) -> Iterator[Any]:
    """The cells of a table, whose first ``heads`` columns say what is asked."""
    columns, rows = table(first)
    for row in rows:
        for who, cell in zip(columns[heads:], row[heads:], strict=True):
            if cell:
                yield pytest.param(*row[:heads], who, cell, id="-".join((*row[:heads], who)).replace(" ", "_"))


CELLS = list(cells("of a lead", 3))


def actor(who: str) -> Actor:
    """Who stands in a column."""
    if who in ("public", "operator"):
        return OPERATOR if who == "operator" else NOBODY
    house = HOUSES.get(who, f"ins-{who}")
    return Actor(id=f"key:{who}", role=ROLES.get(who, Role.PROVIDER), institution=house)


OWNER, AGENT, TARGET = actor("owner"), actor("agent"), actor("target")
COLUMNS = table("of a lead")[0][3:]


def answer(done: Callable[[], object]) -> str:
    """What somebody is answered, as a cell says it. What was done and shows nothing is as what is not there."""
    try:
        return "-" if done() in (False, "", []) else "yes"
    except NotFound:
        return "-"
    except (NotAllowed, InvalidInput):
        return "no"


@dataclass
class Place:
    """A platform for many cells: each has a lead of its own, and a demand of its own where somebody may be let into it."""

    store: Store
    leads: Leads
    demands: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def demand(self, visibility: str) -> str:
        """A demand of the owner, posted by the agent; of a confidential one two brokers are let in."""
        demands = Demands(self.store)
        one = demands.draft(AGENT, {"title": f"Coating that lasts {self.count}"}, owner=OWNER.institution, mandate="2026-01-01").id
        demands.do(OWNER, one, "confirm")
        demands.do(AGENT, one, "submit", {"no_secrets": True})
        demands.do(OPERATOR, one, "accept")
        node = demands.do(OWNER, one, "publish", {"visibility": "confidential" if visibility == TEASER else visibility}).node
        if visibility == TEASER:
            return find(self.store, demands.do(OWNER, one, "tease", {"field": "x"}).value["teaser"], VIEWER)
        for who in ("holder", "let in") if visibility == "confidential" else ():
            admissions = Admissions(self.store)
            made = admissions.offer(OWNER, node, actor(who).institution).id
            admissions.do(actor(who), made, "enter", {"confidential": True})
        return node

    def need(self, visibility: str, *, is_own: bool = False) -> str:
        self.count += 1
        if is_own:
            return self.demand(visibility)
        if visibility not in self.demands:
            self.demands[visibility] = self.demand(visibility)
        return self.demands[visibility]

    def offer(self) -> str:
        self.count += 1
        node = Achievement(id=f"ach-{self.count}", provenance=Provenance("t", str(self.count)), title=f"Gauge {self.count}")
        self.store.write(Batch(nodes=[node], edges=[edge(EdgeKind.OWNS, TARGET.institution, node.id)]))
        return node.id

    def lead(self, state: str, visibility: str, who: str = "") -> str:
        """A lead that is ``state``, assigned as the column ``who`` has it."""
        id = suggest(self.store, self.need(visibility, is_own=state in ("interested", "introduced")), self.offer(), about=OWNER.institution)
        if who in HOLDS:
            self.leads.do(OPERATOR, id, "assign", {"broker": HOLDS[who]})
        if state == "suggested":
            return id
        self.leads.do(OPERATOR, id, "note", {"text": "they were in a hurry"})
        for side in ("need", "offer"):
            self.leads.do(OPERATOR, id, "propose", {"side": side})
        if state != "proposed":
            for side in ("need", "offer"):
                self.leads.do(OPERATOR, id, "interested", {"side": side, "on_word": "phone"})
        if state == "introduced":
            self.leads.do(AGENT, id, "introduce", {"agency": "need"})
        return id


@contextmanager
def place() -> Iterator[Place]:
    with TemporaryDirectory() as folder:
        store = connect(f"sqlite:///{folder}/s.db")
        houses = {actor(who).institution for who in COLUMNS} - {""}
        store.write(Batch(nodes=[institution(one) for one in sorted(houses)]))
        yield Place(store, Leads(store, settings=MANY))
        store.close()


@pytest.fixture(scope="module")
def here() -> Iterator[Place]:
    with place() as made:
        yield made


def test_every_cell_says_something() -> None:
    _columns, rows = table("of a lead")
    assert {cell for row in rows for cell in row[3:]} == {"yes", "no", "-", ""}
    assert len(CELLS) > 600


@pytest.mark.parametrize(("what", "state", "visibility", "who", "cell"), CELLS)
def test_who_may_do_what_with_a_lead(here: Place, what: str, state: str, visibility: str, who: str, cell: str) -> None:
    check(here, what, state, visibility, who, cell)


def check(here: Place, what: str, state: str, visibility: str, who: str, cell: str) -> None:
    """Ask a cell."""
    if what in SEEN:
        assert SEEN[what](here, here.lead(state, visibility, who), actor(who), who) == cell
    elif what == "begin by hand":
        need, offer = here.need(visibility), here.offer()
        assert answer(lambda: here.leads.begin(actor(who), need, offer)) == cell
    elif what == "contact of the other side":
        assert reveals(here, state, visibility, who) == cell
    else:
        id = here.lead(state, visibility, who)
        before = here.leads.show(OPERATOR, id)
        assert answer(lambda: here.leads.do(actor(who), id, *event(here, what, state, visibility, who))) == cell
        assert (here.leads.show(OPERATOR, id) == before) is (cell != "yes")  # what was refused has left nothing


def event(here: Place, what: str, state: str, visibility: str, who: str) -> tuple[str, dict[str, Any]]:
    """The event of a row, with what is said by who stands in a column: a side for itself, others on its word."""
    side = "need" if who in ("owner", "agent") else "offer"
    word = {} if who in ("owner", "agent", "target", "target's broker") else {"on_word": "phone"}
    says: dict[str, dict[str, Any]] = {
        "propose": {"side": "offer"}, "accept": {"side": side} | word, "decline": {"side": side, "reason": "price"} | word,
        "introduce": {"agency": "none"}, "acknowledge": {"side": side, "confidential": True} | word, "note": {"text": "x"},
        "agree": {"mode": "contract", "title": "x"}, "assign": {"broker": "ins-broker" if who != "other broker" else "ins-member"},
        "merge": {"into": here.lead(state, visibility, who) if what == "merge" else ""},
    }  # fmt: skip
    return {"accept": "interested"}.get(what, what), says.get(what, {})


def sees(here: Place, id: str, who: Actor, _name: str) -> str:
    """Whether a lead is there: it is shown, listed, counted, exported, found by a search and followed, or none of these."""
    shown = answer(lambda: here.leads.show(who, id))
    offer = here.leads.show(OPERATOR, id).suggestion.offer
    wanted = Wanted(offer=offer)
    others = [
        [one.lead.id for one in listed(here.store, who, wanted).data], [row[0] for row in exported(here.store, who, wanted)],
        [one.id for one in matches(Pool(here.store, TODAY), who, Filters(offer=offer))],
    ]  # fmt: skip
    assert others == [[id] if shown == "yes" else []] * 3
    assert funnel(here.store, who, wanted).stages[0].reached == (shown == "yes")
    assert (face(here.store, who, f"lead:{id}") is not None) is (shown == "yes")
    with suppress(NotFound):
        here.leads.history(who, id)
        assert shown == "yes"
    return shown


def told(what: Callable[[Lead], object]) -> Callable[..., str]:
    """Whether a part of a lead is told, where it is shown and where it is listed."""

    def part(here: Place, id: str, who: Actor, _name: str) -> str:
        found = answer(lambda: what(here.leads.show(who, id)))
        offer = here.leads.show(OPERATOR, id).suggestion.offer
        page = [one.lead for one in listed(here.store, who, Wanted(offer=offer)).data]
        assert answer(lambda: [one for one in page if what(one)]) == found
        if found == "-" and page:
            hidden = what(here.leads.show(OPERATOR, id))
            assert hidden and all(str(hidden) not in str(one) for one in (page, here.leads.show(who, id), here.leads.history(who, id)))
        return found

    return part


def notes(here: Place, id: str, who: Actor, _name: str) -> str:
    here.leads.do(OPERATOR, id, "note", {"text": "spoke with Dr. Wang"})
    found = answer(lambda: [text for text in here.leads.texts(who, id).values() if "Wang" in text])
    assert answer(lambda: [one for one in here.leads.history(who, id) if one.kind == "note"]) == found
    return found


def credit(here: Place, id: str, who: Actor, _name: str) -> str:
    for side, one in (("need", OWNER), ("offer", TARGET)):
        here.leads.do(one, id, "acknowledge", {"side": side, "confidential": True})
    return answer(lambda: any(claim.lead == id for one in credits(here.store, who) for claim in one.claims))


def reported(here: Place, id: str, who: Actor, _name: str) -> str:
    return answer(lambda: f"lead:{id}/" in str(monthly(here.store, who, TODAY[:7]).cell("introductions").documents))


def decides(here: Place, _id: str, who: Actor, _name: str) -> str:
    return answer(lambda: attribute(here.store, who, OWNER.institution, TARGET.institution, {AGENT.institution: 1}, "agreed so"))


SEEN: dict[str, Callable[..., str]] = {
    "lead": sees, "which need it is": told(lambda lead: lead.suggestion.need), "whose need it is": told(lambda lead: lead.about),
    "its notes": notes, "credit of its pair": credit, "monthly report": reported, "decide a credit": decides,
}  # fmt: skip


def reveals(here: Place, state: str, visibility: str, who: str) -> str:
    """Whether somebody reads the contact that the other side named; who is of no side is asked for both."""
    book, kept = contact_book(here.store), {}
    id = here.lead("proposed", visibility, who)
    for side, one in (("need", OWNER), ("offer", TARGET)):
        kept[side] = book.keep(one, one.institution, Reached(name=side), purpose="p", consent="c", date="2026-01-01").id
        here.leads.do(one, id, "interested", {"side": side, "contact": kept[side]})
    if state == "introduced":
        here.leads.do(OWNER, id, "introduce", {"agency": "none"})
    of = {"owner": ["offer"], "agent": ["offer"], "target": ["need"], "target's broker": ["need"]}.get(who, ["need", "offer"])
    found = {answer(lambda side=side: book.reveal(actor(who), kept[side], "to call")) for side in of}  # type: ignore[misc]
    assert len(found) == 1
    return found.pop()
