"""Everything that somebody can ask of a world, and everything that can be tried on it: the answers, by the question.

Each question is put as the doors put it: what reads asks for the scope ``read``, what acts for ``write``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from desk.ask import ask, document, of_poster
from desk.coverage import coverage
from desk.find import find
from desk.people.contacts import Reached
from desk.people.sight import placed, viewer_of
from desk.process.admission import ADMISSION
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Role, Scope
from desk.schemas import FiltersIn, MatchRequest
from desk.show import describe, fields_of
from desk.trust.opinions import trust_list, trust_of
from graph.ids import edge_id
from graph.model import Demand, EdgeKind
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import Want
from tests.desk.hidden.asking_of_leads import Answers, of_leads, tries_of_leads
from tests.desk.hidden.plans import CONTENTS, Plan, file_id, number_of, teaser_of, tie_ids
from tests.desk.hidden.worlds import NAMES, WORKS, World, ins, node_of, token

DAY = "2026-12-01"
SAYS: dict[str, dict[str, Any]] = {
    "submit": {"no_secrets": True}, "return": {"questions": ["?"]}, "publish": {"visibility": "public"}, "tease": {"field": "seals"},
    "enter": {"confidential": True}, "solve": {"by": "Quillon Optics Institute"},
}  # fmt: skip
"""What is said with an event that needs it."""


def things(plan: Plan) -> Iterator[str]:
    """Every text by which a demand or its teaser could be named."""
    for at, one in enumerate(plan.demands):
        for number in (number_of(at), teaser_of(at)):
            yield from (number, node_of(number), f"demand:{number}", f"demand:{number}/0000000001")
            yield edge_id(EdgeKind.POSTED, ins(one.owner), node_of(number), "desk")
        yield str(CONTENTS[one.content]["title"])


def names(plan: Plan) -> Iterator[str]:
    """Every text by which anything could be named."""
    yield from dict.fromkeys(things(plan))
    yield from NAMES.values()
    yield from map(ins, NAMES)
    yield from WORKS
    for number in range(len(plan.ties)):
        yield from (*tie_ids(number), f"T{number}")
    yield from admissions(plan)
    yield from files(plan)


def admissions(plan: Plan) -> list[str]:
    return [token(f"admission {number}") for number in range(len(plan.admissions))]


def files(plan: Plan) -> list[str]:
    """The ids of the files and contacts."""
    return [one for number in range(len(plan.kept)) for one in (file_id(number), token(f"kept {number}"))]


def everything(world: World, snapshot: Snapshot, embedder: Embedder, plan: Plan, actor: Actor) -> Answers:
    """What is answered: reading first, then trying everything, then reading what came of it."""
    answers = Answers(world, placed(world.store, actor))
    _graph(answers, plan)
    _questions(answers, snapshot, embedder, plan)
    _desk(answers, plan, "")
    of_leads(answers, plan, "")
    _tries(answers, plan)
    tries_of_leads(answers, plan)
    _desk(answers, plan, "afterwards: ")
    of_leads(answers, plan, "afterwards: ")
    return answers


def _graph(answers: Answers, plan: Plan) -> None:
    store, viewer = answers.world.store, viewer_of(answers.world.store, answers.actor)
    for one in names(plan):
        answers.add(f"find {one}", None, lambda one=one: find(store, one, viewer))
        answers.add(f"show {one}", None, lambda one=one: describe(store, one, viewer=viewer).model_dump_json())
    answers.add("coverage", None, lambda: coverage(store, viewer))


def _questions(answers: Answers, snapshot: Snapshot, embedder: Embedder, plan: Plan) -> None:
    store, viewer = answers.world.store, viewer_of(answers.world.store, answers.actor)
    plain = MatchRequest(text="hydrogen seal 光伏电池银浆 laser", k=20, include_weak=True, as_of=DAY, explain=True)

    def answered(request: MatchRequest) -> str:
        answer = ask(request, snapshot, embedder, viewer=viewer)
        return document(answer, snapshot.display, viewer=viewer, explained=range(1, 30)).model_dump_json()

    asked = [plain.model_copy(update={"want": want}) for want in (Want.PARTNERS, Want.DEMANDS, Want.ACHIEVEMENTS)]
    asked += [plain.model_copy(update={"asker": NAMES["firm"], **more}) for more in ({}, {"own_house": True, "want": Want.DEMANDS})]
    asked += [plain.model_copy(update={"filters": FiltersIn(regions=["Atlantis"]), "want": Want.DEMANDS})]
    for at in range(len(plan.demands)):
        asked += [plain.model_copy(update={"text": "", "about": node_of(number)}) for number in (number_of(at), teaser_of(at))]
        of = node_of(number_of(at))
        answers.add(f"poster of {at}", None, lambda of=of: of_poster(plain, of, store, viewer=viewer).model_dump_json())
    for request in asked:
        answers.add(request.model_dump_json(), None, lambda request=request: answered(request))
    for one in ("firm", "partner"):
        answers.add(f"trusts {one}", None, lambda one=one: trust_list(ins(one), DAY, snapshot, store, viewer).model_dump_json())
        believed = lambda one=one: trust_of(ins(one), ins("lab"), DAY, snapshot, store, viewer).public.model_dump_json()  # noqa: E731
        answers.add(f"trust {one}", None, believed)


def _desk(answers: Answers, plan: Plan, when: str) -> None:
    """What the lists say, and of everything that could be there what is shown of it."""
    world, actor = answers.world, answers.actor

    def read(question: str, answer: Callable[[], Any]) -> None:
        answers.add(f"{when}{question}", Scope.READ, answer)

    read("demands", lambda: list(world.demands.listed(actor)))
    read("admissions", lambda: list(world.admissions.listed(actor)))
    read("files", lambda: list(world.files.listed(actor)))
    read("contacts", lambda: list(world.contacts.listed(actor)))
    read("keys", lambda: list(world.keys.listed(actor)))
    read("members", lambda: list(world.members.listed(actor)))
    for one in things(plan):
        for question, answer in (
            ("show", lambda who, one: _as_known(world, who, one)), ("history", world.demands.history), ("who", world.admissions.who_sees),
            ("admissions to", lambda who, to: list(world.admissions.listed(who, to))), ("steps of", world.admissions.history),
            ("files of", lambda who, to: list(world.files.listed(who, to))),
            ("contacts of", lambda who, of: list(world.contacts.listed(who, of))),
        ):  # fmt: skip
            read(f"{question} {one}", lambda answer=answer, one=one: answer(actor, one))
    for one in admissions(plan):
        read(f"admission {one}", lambda one=one: world.admissions.show(actor, one))
    for one in files(plan):
        read(f"file {one}", lambda one=one: world.files.show(actor, one))
        read(f"contact {one}", lambda one=one: world.contacts.show(actor, one))
        read(f"of contact {one}", lambda one=one: world.contacts.history(actor, one))


def _as_known(world: World, actor: Actor, one: str) -> Any:
    """A demand as it is shown. What is shown to who has nothing to do with it tells what its node tells, and nothing else: it is answered
    here as if there were the node alone."""
    shown = world.demands.show(actor, one)
    if shown.at:
        return shown
    node = world.store.get([shown.node])[shown.node]
    assert isinstance(node, Demand) and viewer_of(world.store, actor).sees(node)
    fields = {name: said for name, said in fields_of(node).items() if said not in (None, "", [])}
    assert shown.content.items() <= fields.items() and shown.events == [] and shown.id == node.provenance.source_id
    assert shown.value.keys() == {"state", "owner", "visibility", "since"}
    assert (shown.value["visibility"], shown.value["since"]) == (node.visibility, node.status_since)
    assert shown.value["owner"] in {edge.source for edge in world.store.edges([node.id], kinds=[EdgeKind.POSTED], direction="in")}
    raise DEMAND.missing(one)


def _tries(answers: Answers, plan: Plan) -> None:
    """Everything that can be done, tried on everything."""
    world, actor, minute = answers.world, answers.actor, 20000

    def attempt(question: str, done: Callable[[], Any]) -> None:
        with world.act(question, minute):
            answers.add(question, Scope.WRITE, done)

    for one in [node_of(number_of(0)), *things(plan)]:
        attempt(f"ask {one}", lambda one=one: world.admissions.ask(actor, one, confidential=True))
        attempt(f"offer {one}", lambda one=one: world.admissions.offer(actor, one, ins("press")))
        drawing = io.BytesIO(b"drawing 0")
        attach = lambda one=one, drawing=drawing: world.files.attach(actor, one, "d.txt", drawing, purpose="other")  # noqa: E731
        attempt(f"attach {one}", attach)
        keep = lambda one=one: world.contacts.keep(  # noqa: E731
            actor, one, Reached(name="x"), purpose="p", consent="c", date="2026-01-01"
        )
        attempt(f"keep {one}", keep)
        create = lambda one=one: world.keys.create(actor, Role.CONSUMER, "x", institution=one, expires="2030-01-01")[:3]  # noqa: E731
        attempt(f"key for {one}", create)
    for one in admissions(plan):
        for event in dict.fromkeys(row.event for row in ADMISSION.transitions):
            attempt(f"{event} {one}", lambda one=one, event=event: world.admissions.do(actor, one, event, SAYS.get(event)))
    for one in files(plan):
        attempt(f"take {one}", lambda one=one: world.files.take(actor, one)[0])
        attempt(f"let into {one}", lambda one=one: world.files.let_in(actor, one, ins("press")))
        attempt(f"remove {one}", lambda one=one: world.files.remove(actor, one))
        attempt(f"reveal {one}", lambda one=one: world.contacts.reveal(actor, one, "why"))
        attempt(f"let into contact {one}", lambda one=one: world.contacts.let_in(actor, one, ins("press")))
        attempt(f"erase {one}", lambda one=one: world.contacts.erase(actor, one))
    for at in range(len(plan.demands)):
        for event in dict.fromkeys(row.event for row in DEMAND.transitions):
            for number in (number_of(at), teaser_of(at)):
                given = SAYS.get(event, {}) | ({"owner": actor.institution} if event == "draft" else {})
                content = {"title": "x"} if event in ("draft", "revise") else None
                done = lambda one=number, event=event, given=given, content=content: world.demands.do(  # noqa: E731
                    actor, one, event, given, content
                )
                attempt(f"{event} demand {number}", done)


