"""docs/access.md: every cell of its table is asked of the desk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desk.answers.answers import Answers
from desk.events.hooks import Hooks
from desk.events.secret import EventKey
from desk.find import find
from desk.jobs.incoming import Incoming
from desk.jobs.jobs import Jobs
from desk.journal.journal import Journal
from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import Post
from desk.people import contacts, files, keys
from desk.people.demands import Demands
from desk.people.sight import viewer_of
from desk.people.streams import FOLDS
from desk.process.act import Act, act
from desk.process.principals import Actor, Role, Scope
from desk.process.programs.answer import ANSWER
from desk.process.table import Who
from desk.show import describe
from desk.trust import by_role
from desk.trust.objections import Objections
from desk.trust.schemas import TrustWordsListOut, TrustWordsOut
from graph import Batch, Store, connect
from graph.errors import NotFound, NotSignedIn
from graph.model import (
    Achievement,
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Expert,
    Node,
    PartyTo,
    Provenance,
    Resource,
    Visibility,
)
from graph.viewer import OWNER
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from tests.conftest import ROOT
from tests.desk.people.test_admissions import Admissions
from tests.graph.samples import institution

PAGE = (ROOT / "docs" / "access.md").read_text("utf-8")
LINES = re.findall(r"^\|.*\|$", PAGE.split("## Doing")[0], re.MULTILINE)
ROWS = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in LINES]
COLUMNS, TABLE = ROWS[0], ROWS[2:]
CELLS = [
    pytest.param(row[0], row[1], relation, cell == "yes", id=f"{row[0]}-{row[1]}-{relation}".replace(" ", "_"))
    for row in TABLE
    for relation, cell in zip(COLUMNS[2:], row[2:], strict=True)
    if cell
]
ORIGIN = Provenance("t", "1")
WHO = {
    "owner": Actor(id="key:owner", role=Role.ENTERPRISE, institution="ins-owner"),
    "target": Actor(id="key:target", role=Role.PROVIDER, institution="ins-target"),
    "agent": Actor(id="key:agent", role=Role.BROKER, institution="ins-agent"),
    "let in": Actor(id="key:guest", role=Role.PROVIDER, institution="ins-guest"),
    "member": Actor(id="key:member", role=Role.PROVIDER, institution="ins-member"),
    "public": None,
    "operator": Actor(id="shell", role=Role.OPERATOR),
}
NODES = {
    "achievement": (Achievement, Edge, EdgeKind.OWNS), "resource": (Resource, Edge, EdgeKind.OFFERS),
    "cooperation": (Cooperation, PartyTo, EdgeKind.PARTY_TO),
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = connect(f"sqlite:///{tmp_path}/s.db")
    made.write(Batch(nodes=[institution(one.institution) for one in WHO.values() if one and one.institution]))
    return made


def test_every_cell_says_something() -> None:
    assert len(TABLE) >= 29 and all(len(row) == len(COLUMNS) for row in TABLE)
    assert {cell for row in TABLE for cell in row[2:]} == {"yes", "-", ""}
    assert len(CELLS) > 100


@pytest.mark.parametrize(("thing", "visibility", "relation", "may"), CELLS)
def test_who_sees_what(store: Store, tmp_path: Path, thing: str, visibility: str, relation: str, may: bool) -> None:
    actor = WHO[relation]
    if thing in ("teaser", "whose a teaser is", "admission"):
        seen = sees_teaser(store, thing, actor, let_in=relation == "let in")
    elif thing.startswith("demand"):
        seen = sees_demand(store, thing, visibility, actor, let_in=relation == "let in")
    elif thing in NODES:
        seen = sees_node(store, thing, Visibility(visibility), actor, let_in=relation == "let in")
    elif thing == "expert":
        node = Expert(id="exp-1", provenance=ORIGIN, name="x", visibility=Visibility(visibility))
        seen = viewer_of(store, actor).sees(node)
    elif thing in ("evidence", "rating of or by a person", "reply", "grounds of an objection"):
        seen = sees_evidence(store, thing, visibility, actor)
    elif thing == "trust":
        seen = is_told(store, actor) == visibility
    else:
        seen = sees_document(store, tmp_path, thing, actor, let_in=relation == "let in")
    assert seen is may


def posted(store: Store, visibility: str) -> tuple[Demands, str]:
    demands = Demands(store)
    owner, agent = WHO["owner"], WHO["agent"]
    assert owner and agent
    one = demands.draft(agent, {"title": "x"}, owner="ins-owner", mandate="2026-01-01").id
    if visibility == "draft":
        return demands, one
    demands.do(owner, one, "confirm")
    demands.do(agent, one, "submit", {"no_secrets": True})
    if visibility == "handed in":
        return demands, one
    demands.do(operator(), one, "accept")
    demands.do(owner, one, "publish", {"visibility": visibility})
    return demands, one


def operator() -> Actor:
    found = WHO["operator"]
    assert found
    return found


def sees_demand(store: Store, thing: str, visibility: str, actor: Actor | None, *, let_in: bool) -> bool:
    state = thing.removeprefix("demand").strip() or visibility
    demands, one = posted(store, state)
    if visibility == "none yet":
        try:
            demands.show(actor or Actor(id="nobody", role=Role.CONSUMER), one)
        except NotFound:
            return False
        return True
    node = demands.show(WHO["owner"], one).node  # type: ignore[arg-type]
    if let_in:
        opened(store, node)
    found = store.get([node])[node]
    assert isinstance(found, Demand)
    return viewer_of(store, actor).sees(found)


def sees_teaser(store: Store, thing: str, actor: Actor | None, *, let_in: bool) -> bool:
    demands, one = posted(store, "confidential")
    teaser = demands.do(WHO["owner"], one, "tease", {"field": "x"}).value["teaser"]  # type: ignore[arg-type]
    node = find(store, teaser, OWNER)
    admissions = Admissions(store)
    asked = admissions.ask(WHO["let in"], node, confidential=True).id  # type: ignore[arg-type]
    if thing == "admission":
        return bool(list(admissions.listed(actor or Actor(id="nobody", role=Role.CONSUMER))))
    if let_in:
        admissions.do(WHO["owner"], asked, "grant")  # type: ignore[arg-type]
    if thing == "teaser":
        return viewer_of(store, actor).sees(store.get([node])[node])  # type: ignore[arg-type]
    return bool(describe(store, node, viewer=viewer_of(store, actor)).edges)


def opened(store: Store, node: str) -> None:
    admissions = Admissions(store)
    made = admissions.offer(WHO["owner"], node, "ins-guest").id  # type: ignore[arg-type]
    admissions.do(WHO["let in"], made, "enter", {"confidential": True})  # type: ignore[arg-type]


def sees_node(store: Store, thing: str, visibility: Visibility, actor: Actor | None, *, let_in: bool) -> bool:
    kind, edge_type, tie = NODES[thing]
    node: Node = kind(id="x-1", provenance=ORIGIN, title="x", visibility=visibility)
    edge = edge_type(id="edg-1", kind=tie, source="ins-owner", target="x-1", provenance=ORIGIN, visibility=visibility)
    store.write(Batch(nodes=[node], edges=[edge]))
    if let_in:
        opened(store, "x-1")
    viewer = viewer_of(store, actor)
    nodes = store.get(["x-1", "ins-owner"])
    assert viewer.sees_edge(edge, nodes) is viewer.sees(node)
    return viewer.sees(node)


def sees_evidence(store: Store, thing: str, visibility: str, actor: Actor | None) -> bool:
    who, owner, target = actor or Actor(id="nobody", role=Role.CONSUMER), WHO["owner"], WHO["target"]
    assert owner and target
    if thing.startswith("rating"):
        return any(sees_rating(store, actor, ends, one) for ends in PERSONAL for one in Visibility)
    edge = evidence("edg-1", "ins-owner", "ins-target", Visibility(visibility.split()[1] if " " in visibility else visibility))
    store.write(Batch(edges=[edge]))
    if thing == "evidence":
        return viewer_of(store, actor).sees_edge(edge, store.get(["ins-owner", "ins-target"]))
    objections = Objections(store)
    objections.reply(target, "edg-1", "it was agreed")
    objections.object(target, "edg-1", "another firm")
    try:
        shown = objections.show(who, "edg-1")
    except NotFound:
        return False
    return shown.reply == "it was agreed" if thing == "reply" else shown.grounds == "another firm"


PERSONAL = (("ins-owner", "exp-1"), ("exp-1", "ins-target"), ("exp-1", "ins-owner"), ("ins-target", "exp-1"))


def sees_rating(store: Store, actor: Actor | None, ends: tuple[str, str], visibility: Visibility) -> bool:
    edge = evidence("edg-1", *ends, visibility, EvidenceKind.RATING)
    store.write(Batch(nodes=[Expert(id="exp-1", provenance=ORIGIN, name="x")], edges=[edge]))
    return viewer_of(store, actor).sees_edge(edge, store.get(ends))


def evidence(id: str, source: str, target: str, visibility: Visibility, kind: EvidenceKind = EvidenceKind.DELIVERY) -> Evidence:
    return Evidence(
        id=id, kind=EdgeKind.EVIDENCE, source=source, target=target, provenance=ORIGIN, visibility=visibility, evidence=kind, outcome=-0.5,
        date="2026-01-01",
    )  # fmt: skip


def is_told(store: Store, actor: Actor | None) -> str:
    """How much is told of what the owner believes of the target; "" for nothing. The one and the list are told alike."""
    store.write(Batch(edges=[evidence("edg-1", "ins-owner", "ins-target", Visibility.MEMBERS)]))
    embedder = Embedder()
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    try:
        told = by_role.trust_of(actor, "ins-owner", "ins-target", "2026-02-01", snapshot=snapshot, store=store)
        listed = by_role.trust_list(actor, "ins-owner", "2026-02-01", snapshot=snapshot, store=store)
    except NotSignedIn:
        return ""
    finally:
        generations.forget(store)
    assert isinstance(told, TrustWordsOut) is isinstance(listed, TrustWordsListOut)
    return "in words" if isinstance(told, TrustWordsOut) else "in full"


def sees_document(store: Store, folder: Path, thing: str, actor: Actor | None, *, let_in: bool) -> bool:
    who, owner = actor or Actor(id="nobody", role=Role.CONSUMER), WHO["owner"]
    assert owner
    if thing == "key":
        made = keys.Keys(store)
        made.create(operator(), Role.ENTERPRISE, "x", institution="ins-owner", scopes=list(Scope))
        return bool(list(made.listed(who)))
    if thing == "member":
        members = Members(store, Accounts(store, folder / "mail.key"), Post(None), "https://match.example.org")
        says = {"role": "enterprise", "language": "zh", "institution": "ins-owner"}
        members._act(operator(), "1", "invite", says, {}, personal=members._personal("x", "x@firm.example"))  # without its letter
        return bool(list(members.listed(who)))
    if thing == "job":
        with Incoming(folder / "jobs", 1000) as content:
            content.add(b"id,name\n")
            jobs = Jobs(store, folder / "jobs")
            jobs.submit(owner, "institutions.csv", "t", content)
        return bool(list(jobs.listed(who)))
    if thing == "webhook":
        hooks = Hooks(store, EventKey(store, folder / "events.key"), resolve=lambda *_: ["93.184.216.34"])
        hooks.create(owner, "https://crm.example.org/")
        return bool(list(hooks.listed(who)))
    if thing == "answer":
        says = {"owner": "ins-owner", "recipient": "ins-guest", "purpose": "sent", "model": "m", "asks": {"k": 5}}
        personal = {"answer": "{}", "asked": "{}", "basis": "{}", "revision": "1"}
        one = Act(id="1", event="keep", actor="key:owner", relations={Who.OWNER}, says=says, personal=personal)
        act(Journal(store, FOLDS), ANSWER, one)
        return bool(list(Answers(store).listed(who)))
    if thing == "contact":
        book = contacts.Contacts(store, folder / "contacts.key")
        reached = contacts.Reached(name="x")
        one = book.keep(owner, "ins-owner", reached, purpose="p", consent="c", date="2026-01-01").id
        if let_in:
            book.let_in(owner, one, "ins-guest")
        try:
            return book.reveal(who, one, "why") == reached
        except NotFound:
            return False
    kept = files.Files(store, folder / "files")
    (folder / "a.txt").write_bytes(b"x")
    with (folder / "a.txt").open("rb") as content:
        one = kept.attach(owner, "ins-owner", "a.txt", content, purpose="other").id
    if let_in:
        kept.let_in(owner, one, "ins-guest")
    try:
        return kept.take(who, one)[1].read_bytes() == b"x"
    except NotFound:
        return False


def test_a_reviewer_is_not_told_who_was_let_in(store: Store) -> None:
    """An admission is its owner's to see, and stays so when the demand is closed with the list of who was let in."""
    demands, one = posted(store, "confidential")
    owner, reviewer = WHO["owner"], Actor(id="key:reviewer", role=Role.PROVIDER, institution="ins-member", is_reviewer=True)
    assert owner
    opened(store, demands.show(owner, one).node)
    assert demands.do(owner, one, "withdraw").value["seen"][0]["institution"] == "ins-guest"
    for who, is_told in ((owner, True), (reviewer, False)):
        told = (demands.show(who, one), next(each for each in demands.listed(who) if each.id == one), demands.history(who, one))
        assert ["ins-guest" in str(each) for each in told] == [is_told] * 3


def test_a_key_without_the_scope_sees_what_everybody_does(store: Store) -> None:
    blind = Actor(id="key:x", role=Role.OPERATOR, scopes=frozenset({Scope.INGEST}))
    assert viewer_of(store, blind) == viewer_of(store, None)
