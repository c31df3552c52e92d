"""What happens in a random world, and what of it each person may know: an oracle of its own, written after docs/access.md.

A ``Plan`` is data. ``build`` does it in a world, as far as ``Known`` says: everything in one world, and in the other what somebody may know
alone, of a demand

    all        it happens as it does: owner, agent, who reviews it, who was let in
    its node   a node and its poster's edge are written by hand, and nothing of the journal
    its id     it happens, with another content and nothing that comes after it: who was offered it, or was let in once, knows of it
    nothing    its teaser, if it has one, is written by hand and belongs to an institution that is hidden
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from desk.merges import decide
from desk.people.contacts import Reached
from desk.process.principals import Actor, Role, Scope
from graph.ids import edge_id, node_id, record_id
from graph.model import (
    Cooperation,
    Demand,
    DemandStatus,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    NodeKind,
    Outcome,
    PartyTo,
    Provenance,
    Verdict,
    Visibility,
)
from leads.model import Suggestion
from tests.desk.hidden.leads_of_plans import LEAD_STATES, Led, led, suggestion_of
from tests.desk.hidden.worlds import INGEST_ONLY, MORNING, NAMES, NOBODY, OPERATOR, World, actor, ins, node_of, token

CONTENTS = (
    {"title": "Zirconia seal at 900 bar", "description": "Keeps hydrogen in for 10 years.", "budget_max": 700000.0, "currency": "EUR",
     "regions": ["Atlantis Bay"]},
    {"title": "光伏电池低温银浆", "description": "低于 180 度烧结。", "budget_max": 600000.0, "currency": "CNY"},
    {"title": "Laser for quantum sensors", "description": "Narrow line width.", "budget_min": 550000.0, "budget_max": 800000.0,
     "currency": "EUR"},
)  # fmt: skip
OTHER = {"title": "Something else", "description": "Of which nobody has heard.", "budget_max": 900000.0}
"""What stands for a content that is hidden; a teaser of it says the same as one of CONTENTS."""
CLASS = (500000.0, 1000000.0)
"""The class of all these budgets."""
LATER = {
    "published": (), "in_talks": ("talk",), "second_diagnosis": ("diagnose",), "long_tracking": ("track",), "solved": ("solve",),
    "withdrawn": ("withdraw",),
}  # fmt: skip
"""What comes after a demand is published, by the state that it leads to."""
UNTIL = {"draft": "draft", "taken back": "draft", "submitted": "submit", "returned": "submit", "accepted": "accept"}
STATUS = {"talk": DemandStatus.IN_TALKS, "solve": DemandStatus.SOLVED, "withdraw": DemandStatus.WITHDRAWN}
OFFERED = {"offered": (), "refused": ("refuse",), "entered": ("enter",), "left": ("enter", "end")}
ASKED = {"asked": (), "denied": ("refuse",), "granted": ("grant",), "ended": ("grant", "end")}
"""What is done with an admission, by how it ends."""
ENTERED = ("entered", "granted")
LOOKERS: dict[str, Actor] = {one: actor(one) for one in NAMES} | {
    "reviewer at the rival": actor("rival", is_reviewer=True), "key without read": actor("firm", scopes=INGEST_ONLY), "nobody": NOBODY,
    "operator": OPERATOR, "operator who reads": Actor(id="key:operator", role=Role.OPERATOR, scopes=frozenset({Scope.READ})),
}  # fmt: skip


@dataclass(frozen=True)
class Posted:
    owner: str
    agent: str
    content: int
    visibility: str
    state: str
    teaser: str
    was_public: bool


@dataclass(frozen=True)
class Admitted:
    demand: int
    guest: str
    way: str


@dataclass(frozen=True)
class Kept:
    """A file of a demand, or a contact where that is -1."""

    demand: int
    lets: tuple[str, ...]


@dataclass(frozen=True)
class Tie:
    """A cooperation of the firm and its partner that answers a demand, or a rating of one by the other where that is -1."""

    demand: int
    visibility: str
    is_good: bool


@dataclass(frozen=True)
class Plan:
    demands: tuple[Posted, ...]
    admissions: tuple[Admitted, ...]
    kept: tuple[Kept, ...]
    ties: tuple[Tie, ...]
    leads: tuple[Led, ...]
    is_merged: bool


guests = st.sampled_from(["lab", "rival"])
visible = st.sampled_from(["confidential", "confidential", "members", "public"])
posted = st.builds(
    Posted, owner=st.sampled_from(["firm", "firm", "partner"]), agent=st.sampled_from(["", "broker"]), content=st.integers(0, 2),
    visibility=visible, state=st.sampled_from([*LATER, *LATER, *UNTIL]), teaser=st.sampled_from(["", "stands", "taken back"]),
    was_public=st.booleans(),
)  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    demands = tuple(draw(st.lists(posted, min_size=1, max_size=3)))
    at = st.integers(0, len(demands) - 1)
    ways = st.sampled_from([*OFFERED, *ASKED])
    admissions = draw(st.lists(st.builds(Admitted, at, guests, ways), max_size=4, unique_by=lambda one: (one.demand, one.guest)))
    leads = draw(st.lists(st.builds(
        Led, at, st.sampled_from(["lab", "rival", "A1", "A3"]), st.sampled_from(LEAD_STATES), st.sampled_from(["", "", "broker", "press"])
    ), max_size=5, unique_by=lambda one: (one.demand, one.offer)))  # fmt: skip
    lets = st.lists(guests, max_size=2, unique=True).map(tuple)
    return Plan(
        demands,
        tuple(one for one in admissions if _possible(demands[one.demand], one)),
        tuple(draw(st.lists(st.builds(Kept, st.integers(-1, len(demands) - 1), lets), max_size=3))),
        tuple(draw(st.lists(st.builds(Tie, st.integers(-1, len(demands) - 1), visible, st.booleans()), max_size=3))),
        tuple(one for one in leads if demands[one.demand].state in LATER),
        draw(st.booleans()),
    )


def _possible(one: Posted, admission: Admitted) -> bool:
    return one.state in LATER and (admission.way in OFFERED or has_teaser(one))


def has_teaser(one: Posted) -> bool:
    return bool(one.teaser) and one.visibility == "confidential" and one.state in LATER


@dataclass(frozen=True)
class Known:
    """What of a plan ``looker`` may know; everything where there is none."""

    plan: Plan
    looker: str = ""

    @property
    def houses(self) -> set[str]:
        """The institutions that the looker is a member of."""
        who = LOOKERS.get(self.looker)
        if who is None or Scope.READ not in who.scopes:
            return set()
        found = {one for one in NAMES if ins(one) == who.institution}
        return found | {"partner", "other"} if self.plan.is_merged and found & {"partner", "other"} else found

    @property
    def is_operator(self) -> bool:
        return not self.looker or LOOKERS[self.looker].role is Role.OPERATOR

    def demand(self, at: int) -> str:
        one = self.plan.demands[at]
        reviews = self.is_operator or LOOKERS[self.looker].is_reviewer
        own = [admission for admission in self.plan.admissions if admission.demand == at and admission.guest in self.houses]
        if not self.looker or self.is_ours(at) or (reviews and one.state not in ("draft", "taken back")):
            return "all"
        if any(admission.way in ENTERED for admission in own):
            return "all"
        if one.state in LATER and (one.visibility == "public" or (one.visibility == "members" and self.houses)):
            return "its node"
        takes = any(kept.demand == at and self.houses & {*kept.lets} for kept in self.plan.kept)
        takes |= any(lead.demand == at and lead.is_asked and lead.house in self.houses for lead in self.plan.leads)
        if takes or any(admission.way in ("offered", "refused", "left", "ended") for admission in own):
            return "its id"
        return "nothing"

    def is_ours(self, at: int) -> bool:
        return not self.looker or bool(self.houses & {self.plan.demands[at].owner, self.plan.demands[at].agent})

    def admission(self, one: Admitted) -> bool:
        return self.is_ours(one.demand) or self.is_operator or one.guest in self.houses

    def kept(self, one: Kept) -> bool:
        """Whether a file or contact is there."""
        if one.demand < 0:
            return not self.looker or self._runs or bool(self.houses & {"firm", *one.lets})
        related = self.is_ours(one.demand) or self.is_operator or LOOKERS[self.looker].is_reviewer
        return bool(self.houses & {*one.lets}) or (related and self.demand(one.demand) == "all")

    def lets(self, one: Kept) -> list[str]:
        """Who is seen to be let into a file or contact: whoever is let in sees itself, whose it is and the operator see all."""
        is_ours = not self.looker or ("firm" in self.houses if one.demand < 0 else self.is_ours(one.demand))
        return [guest for guest in one.lets if is_ours or self._runs or guest in self.houses]

    def tie(self, one: Tie) -> bool:
        party = self.houses & ({"firm", "partner"} if one.demand >= 0 else {"firm", "lab"})  # whom a rating is about sees it
        return self.is_operator or one.visibility == "public" or bool(party) or (one.visibility == "members" and bool(self.houses))

    def lead(self, one: Led) -> bool:
        """Whether a lead is there, or takes up room that may be seen to be taken: an introduction to what is not confidential."""
        demand = self.plan.demands[one.demand]
        is_broker = not self.looker or (LOOKERS[self.looker].role is Role.BROKER and bool(self.houses))
        is_open = demand.visibility != "confidential" and self.demand(one.demand) in ("all", "its node")
        takes = is_open and one.state == "introduced"
        works = is_open and is_broker and (not one.holder or one.holder in self.houses)
        return self.is_ours(one.demand) or self.is_operator or (one.is_asked and one.house in self.houses) or takes or works

    @property
    def _runs(self) -> bool:
        return not self.looker or LOOKERS[self.looker].runs


def build(world: World, plan: Plan, known: Known) -> None:
    _demands(world, plan, known)
    for number, kept in enumerate(plan.kept):
        if known.kept(kept):
            _kept(world, number, kept, plan, known.lets(kept))
    for number, tie in enumerate(plan.ties):
        if known.tie(tie):
            _tied(world, number, tie)
    if plan.is_merged:
        rows = [record_id(NodeKind.INSTITUTION, "centre", one) for one in ("partner", "other")]
        decide(world.store, *rows, Verdict.SAME, reason="one house")


def _demands(world: World, plan: Plan, known: Known) -> None:
    """The demands, who was let into them, and how they end."""
    levels = [known.demand(at) for at in range(len(plan.demands))]
    for at, one in enumerate(plan.demands):
        if levels[at] in ("all", "its id"):
            _begun(world, at, one, OTHER if levels[at] == "its id" else {})
        elif levels[at] == "its node":
            _written(world, at, one)
        elif has_teaser(one):
            _teaser_written(world, at, one)
    for number, admission in enumerate(plan.admissions):
        if known.admission(admission):
            _admitted(world, number, admission, plan, "ghost" if levels[admission.demand] == "nothing" else "")
    for number, (lead, made) in enumerate(zip(plan.leads, suggestions(plan), strict=True)):
        if known.lead(lead):
            led(world, number, lead, made, plan.demands[lead.demand].owner)
    for at, one in enumerate(plan.demands):
        if levels[at] == "all" or (levels[at] == "its id" and has_teaser(one)):
            _ended(world, at, one)


def name(at: int) -> str:
    return f"demand {at}"


def number_of(at: int) -> str:
    return token(name(at))


def teaser_of(at: int) -> str:
    return token(f"{name(at)} tease {1000 * at + 50}")


def content_of(one: Posted) -> dict[str, Any]:
    return dict(CONTENTS[one.content])


def _begun(world: World, at: int, one: Posted, instead: dict[str, Any]) -> None:
    """From the draft to the teaser."""
    minute, content = 1000 * at, content_of(one)
    if instead:
        content = {**instead, "currency": content["currency"]}
    was_public = one.was_public and one.visibility == "confidential" and one.state in LATER
    until = UNTIL.get(one.state, "publish")
    world.post(
        name(at), content, owner=one.owner, agent=one.agent, visibility="public" if was_public else one.visibility, minute=minute,
        until=until,
    )  # fmt: skip
    boss = actor(one.owner)
    if one.state == "taken back":
        world.step(name(at), minute + 20, boss, "withdraw")
    if one.state == "returned":
        world.step(name(at), minute + 20, OPERATOR, "return", questions=["How hot?"])
    if was_public:
        world.step(name(at), minute + 21, boss, "diagnose")
        world.step(name(at), minute + 22, boss, "submit", no_secrets=True)
        world.step(name(at), minute + 23, OPERATOR, "accept")
        world.step(name(at), minute + 24, boss, "publish", visibility=one.visibility)
    if has_teaser(one):
        world.tease(name(at), minute + 50, owner=one.owner)


def _ended(world: World, at: int, one: Posted) -> None:
    """What comes after the admissions."""
    if has_teaser(one) and one.teaser == "taken back":
        world.step(name(at), 1000 * at + 300, actor(one.owner), "untease")
    for event in LATER.get(one.state, ()):
        world.step(name(at), 1000 * at + 400, actor(one.owner), event)


def _day(minute: int) -> str:
    return (MORNING + timedelta(minutes=minute)).date().isoformat()


def _status(at: int, one: Posted) -> tuple[DemandStatus, str]:
    """The status of a demand in the graph and of a teaser that stands, and since when it is another than the first ("" for never)."""
    for event in LATER[one.state]:
        if event in STATUS:
            return STATUS[event], _day(1000 * at + 400)
    return DemandStatus.OPEN, ""


def _written(world: World, at: int, one: Posted) -> None:
    status, since = _status(at, one)
    published = _day(1000 * at + (7 if one.agent else 6))
    said = {field: tuple(value) if isinstance(value, list) else value for field, value in content_of(one).items()}
    seen = Visibility(one.visibility)
    _node(world, number_of(at), one.owner, seen, **said, date=published, status=status, status_since=since or published, visibility=seen)


def _teaser_written(world: World, at: int, one: Posted) -> None:
    status, since = _status(at, one)
    if one.teaser == "taken back":
        status, since = DemandStatus.WITHDRAWN, _day(1000 * at + 300)
    day, currency = _day(1000 * at + 50), CONTENTS[one.content]["currency"]
    _node(
        world, teaser_of(at), "ghost", Visibility.CONFIDENTIAL, title="sealing technology", budget_min=CLASS[0], budget_max=CLASS[1],
        currency=currency, date=day, status=status, status_since=since or day,
    )  # fmt: skip


def _node(world: World, number: str, owner: str, edge: Visibility, **fields: Any) -> None:
    """A demand in the graph, and who posted it for whom ``edge`` is to see."""
    node, origin = node_of(number), Provenance("desk", number)
    posted = Edge(
        id=edge_id(EdgeKind.POSTED, ins(owner), node, "desk"), kind=EdgeKind.POSTED, source=ins(owner), target=node, provenance=origin,
        visibility=edge,
    )  # fmt: skip
    world.write(nodes=[Demand(id=node, provenance=origin, **fields)], edges=[posted])


def _admitted(world: World, number: int, one: Admitted, plan: Plan, owner: str) -> None:
    by = owner or plan.demands[one.demand].owner
    minute, named = 1000 * one.demand + 100 + 10 * number, f"admission {number}"
    if one.way in OFFERED:
        world.offer(named, minute, one.guest, node_of(number_of(one.demand)), owner=by)
    else:
        world.ask(named, minute, one.guest, node_of(teaser_of(one.demand)))
    for event in (OFFERED | ASKED)[one.way]:
        minute += 1
        theirs = event == "enter" or (event == "refuse" and one.way in OFFERED)
        world.answer(token(named), minute, one.guest if theirs else by, event)


def suggestions(plan: Plan) -> list[Suggestion]:
    """What each lead of a plan came from."""
    of = ((one, plan.demands[one.demand]) for one in plan.leads)
    return [
        suggestion_of(number, one, node_of(number_of(one.demand)), demand.owner, is_hidden=demand.visibility == "confidential")
        for number, (one, demand) in enumerate(of)
    ]


def _kept(world: World, number: int, one: Kept, plan: Plan, lets: list[str]) -> None:
    named, minute = f"kept {number}", 8000 + 10 * number
    if one.demand < 0:
        keeper, book = actor("firm"), world.contacts
        said = Reached(name="Zelda Nightingale", mails=("z@firm.example",))
        world.do(named, minute, lambda: book.keep(keeper, ins("firm"), said, purpose="talks", consent="asked", date="2026-01-01"))
        for guest in lets:
            world.do(f"{named} {guest}", minute, lambda guest=guest: book.let_in(keeper, token(named), ins(guest)))
        return
    keeper, files = actor(plan.demands[one.demand].owner), world.files
    content = io.BytesIO(f"drawing {number}".encode())
    world.do(named, minute, lambda: files.attach(keeper, number_of(one.demand), f"drawing {number}.txt", content, purpose="drawing"))
    for guest in lets:
        world.do(f"{named} {guest}", minute, lambda guest=guest: files.let_in(keeper, file_id(number), ins(guest)))


def file_id(number: int) -> str:
    """The id of a file: the first random text is the name under which its content is written."""
    return token(f"kept {number}", 6, 2)


def tie_ids(number: int) -> tuple[str, str]:
    """The ids that a tie has as a cooperation and as a rating."""
    return node_id(NodeKind.COOPERATION, "t", f"T{number}"), edge_id(EdgeKind.EVIDENCE, ins("firm"), ins("lab"), f"T{number}")


def _tied(world: World, number: int, one: Tie) -> None:
    seen, origin = Visibility(one.visibility), Provenance("t", f"T{number}")
    work_id, rating_id = tie_ids(number)
    if one.demand < 0:
        rated = Evidence(
            id=rating_id, kind=EdgeKind.EVIDENCE, source=ins("firm"), target=ins("lab"), provenance=origin, visibility=seen,
            evidence=EvidenceKind.RATING, outcome=0.8 if one.is_good else -0.8, date="2025-05-01",
        )  # fmt: skip
        world.write(edges=[rated])
        return
    work = Cooperation(
        id=work_id, provenance=origin, title="joint trial", ended="2025-06-01", visibility=seen,
        outcome=Outcome.COMPLETED if one.is_good else Outcome.BREACHED,
    )  # fmt: skip
    edges: list[Edge] = [
        PartyTo(
            id=edge_id(EdgeKind.PARTY_TO, ins(party), work.id, "t"), kind=EdgeKind.PARTY_TO, source=ins(party), target=work.id,
            provenance=origin, visibility=seen,
        )
        for party in ("firm", "partner")
    ]
    node = node_of(number_of(one.demand))
    if world.store.get([node]):  # a draft is no node; and where the demand never was, nothing answers it
        answers = edge_id(EdgeKind.ADDRESSES, work.id, node, "t")
        edges.append(Edge(id=answers, kind=EdgeKind.ADDRESSES, source=work.id, target=node, provenance=origin, visibility=seen))
    world.write(nodes=[work], edges=edges)
