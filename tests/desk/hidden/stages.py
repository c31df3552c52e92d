"""Stages for the tricks: one small platform in which a confidential demand is there, and the same without it.

On the stage ``there`` the firm has a confidential demand, posted by its broker, with a teaser, a file, an offer that the lab entered and
left, an offer that the press has not taken up, and a confidential cooperation with the partner that answers it. The rival has asked by the
teaser and was refused. On ``never`` there is the same teaser, of an institution that nobody sees, and the rival asked and was refused; of
all else there is nothing. ``its cooperation`` is ``never`` with the cooperation, which is a party's own to see, and answers nothing.
``other words`` is ``there`` with a demand that says something else and goes on otherwise, for whoever knows that there is one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from desk.ask import ask, document
from desk.people.contacts import Reached
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from desk.schemas import MatchRequest
from graph.errors import DovetailError
from graph.ids import edge_id, node_id
from graph.model import (
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    NodeKind,
    Outcome,
    PartyTo,
    Provenance,
    Visibility,
)
from graph.viewer import Viewer
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from tests.desk.hidden.worlds import OPERATOR, World, actor, indexed, ins, node_of, token, world
from tests.desk.test_hidden import told

SECRET = {
    "title": "Zirconia gasket for 900 bar", "description": "A gasket of zirconia that survives the kryptonite bath.",
    "budget_min": 612345.0, "budget_max": 654321.0, "currency": "EUR", "date": "2026-02-17", "regions": ["Atlantis Bay"],
}  # fmt: skip
WORDS = {"title": "A quiet compressor", "description": "It hums.", "budget_max": 700000.0, "currency": "EUR", "date": "2026-01-05"}
NUMBER, TEASER = token("secret"), token("secret tease 50")
NODE, TEASED = node_of(NUMBER), node_of(TEASER)
POSTED = edge_id(EdgeKind.POSTED, ins("firm"), NODE, "desk")
FILE, LEFT, OFFERED, REFUSED = token("secret file", 6, 2), token("lab offer"), token("press offer"), token("rival ask")
WORK = node_id(NodeKind.COOPERATION, "t", "C-SECRET")
ANSWERS = edge_id(EdgeKind.ADDRESSES, WORK, NODE, "t")
DRAFT, ONCE = token("draft"), token("once public")
GUESSES = (
    NODE, NUMBER, f"demand:{NUMBER}", f"demand:{NUMBER}/0000000001", f"demand:{NUMBER}/0000000001#content", POSTED, FILE, f"file:{FILE}",
    LEFT, OFFERED, f"admission:{OFFERED}", DRAFT, node_of(DRAFT), ONCE, node_of(ONCE), WORK, "C-SECRET", ANSWERS,
    str(SECRET["title"]), str(SECRET["title"]).lower(), str(WORDS["title"]), "Draft of the firm", "Once for everybody",
)  # fmt: skip
"""By what the demand, and what belongs to it, could be named."""
DAY = "2026-12-01"


@dataclass
class Stage:
    world: World
    snapshot: Snapshot
    embedder: Embedder

    def viewer(self, who: Actor | None) -> Viewer:
        return viewer_of(self.world.store, who)

    def says(self, answer: Callable[[], Any]) -> str:
        """What is answered, or how it is refused."""
        try:
            return told(answer())
        except DovetailError as error:
            return f"{type(error).__name__}: {error}".replace(self.world.store.url, "STORE")

    def asked(self, who: Actor | None, **more: Any) -> str:
        """The answer to a question of ``who``, every weak match and every cited fact with it."""
        viewer = self.viewer(who)
        given: dict[str, Any] = {"k": 20, "include_weak": True, "as_of": DAY, "explain": True} | more
        request = MatchRequest(**given)

        def answer() -> Any:
            found = ask(request, self.snapshot, self.embedder, viewer=viewer)
            return document(found, self.snapshot.display, viewer=viewer, explained=range(1, 30)).model_dump_json()

        return self.says(answer)


def _secret(made: World, said: dict[str, Any], *, is_told: bool) -> None:
    """The demand with what belongs to it; ``is_told``: with what comes after anybody else has heard of it."""
    made.post("secret", said, agent="broker", visibility="confidential")
    made.tease("secret")
    made.offer("lab offer", 60, "lab", NODE)
    made.answer(LEFT, 61, "lab", "enter")
    made.answer(LEFT, 62, "firm", "end")
    made.offer("press offer", 63, "press", NODE)
    if not is_told:
        return
    drawing = io.BytesIO(b"ISO-10303-21; the gasket")
    attach = lambda: made.files.attach(actor("firm"), NUMBER, "gasket.step", drawing, purpose="drawing")  # noqa: E731
    made.do("secret file", 64, attach)
    made.step("secret", 65, actor("firm"), "track")  # a teaser reads the same
    _cooperation(made, answers=True)
    made.post("draft", {"title": "Draft of the firm"}, until="draft", minute=70)
    made.post("once public", {"title": "Once for everybody", "description": "A kiln."}, visibility="public", minute=80)
    for event, who, says in (
        ("diagnose", actor("firm"), {}), ("submit", actor("firm"), {"no_secrets": True}), ("accept", OPERATOR, {}),
        ("publish", actor("firm"), {"visibility": "confidential"}),
    ):  # fmt: skip
        made.step("once public", 90, who, event, **says)


def _cooperation(made: World, *, answers: bool) -> None:
    hidden, origin = Visibility.CONFIDENTIAL, Provenance("t", "C-SECRET")
    work = Cooperation(
        id=WORK, provenance=origin, title="gasket trial", visibility=hidden, outcome=Outcome.COMPLETED, ended="2026-02-01"
    )
    edges: list[Edge] = [
        PartyTo(
            id=edge_id(EdgeKind.PARTY_TO, ins(one), work.id, "t"), kind=EdgeKind.PARTY_TO, source=ins(one), target=work.id,
            provenance=origin, visibility=hidden,
        )
        for one in ("firm", "partner")
    ]
    if answers:
        edges.append(Edge(id=ANSWERS, kind=EdgeKind.ADDRESSES, source=work.id, target=NODE, provenance=origin, visibility=hidden))
    made.write(nodes=[work], edges=edges)


def _ghost(made: World) -> None:
    """A teaser as the one of the demand is, of which nobody sees whose it is."""
    origin = Provenance("desk", TEASER)
    node = Demand(
        id=TEASED, provenance=origin, title="sealing technology", budget_min=500000.0, budget_max=1000000.0, currency="EUR",
        date="2026-03-02", status_since="2026-03-02",
    )  # fmt: skip
    edge = Edge(
        id=edge_id(EdgeKind.POSTED, ins("ghost"), TEASED, "desk"), kind=EdgeKind.POSTED, source=ins("ghost"), target=TEASED,
        provenance=origin, visibility=Visibility.CONFIDENTIAL,
    )  # fmt: skip
    made.write(nodes=[node], edges=[edge])


def _ordinary(made: World, owner: str) -> None:
    """What there is on every stage: the rival's question by the teaser, demands of others, their files and contacts."""
    made.ask("rival ask", 100, "rival", TEASED)
    made.answer(REFUSED, 101, owner, "refuse")
    made.post("rival's own", {"title": "A cheaper mould", "description": "For castings."}, owner="rival", minute=110)
    made.post("for partner", {"title": "Vacuum furnace"}, owner="partner", agent="other", visibility="members", minute=120)
    made.post("for everybody", {"title": "A pump that starts in the cold"}, owner="firm", visibility="public", minute=130)
    drawing = io.BytesIO(b"of the rival")
    attach = lambda: made.files.attach(actor("rival"), token("rival's own"), "mould.txt", drawing, purpose="drawing")  # noqa: E731
    made.do("rival's file", 140, attach)
    said = Reached(name="Tom Ashdown")
    keep = lambda: made.contacts.keep(actor("rival"), ins("rival"), said, purpose="p", consent="c", date="2026-01-01")  # noqa: E731
    made.do("rival's contact", 150, keep)


@contextmanager
def stage(which: str, embedder: Embedder) -> Iterator[Stage]:
    is_never = which in ("never", "its cooperation")
    with world(ghost=is_never) as made:
        if is_never:
            _ghost(made)
        else:
            _secret(made, SECRET if which == "there" else WORDS, is_told=which == "there")
        if which == "its cooperation":
            _cooperation(made, answers=False)
        _ordinary(made, "ghost" if is_never else "firm")
        yield Stage(made, indexed(made, embedder), embedder)


STAGES = ("there", "never", "its cooperation", "other words")


@contextmanager
def stages(embedder: Embedder) -> Iterator[dict[str, Stage]]:
    with ExitStack() as opened:
        yield {which: opened.enter_context(stage(which, embedder)) for which in STAGES}
