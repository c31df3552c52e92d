"""Leads of a plan: of which demand and with whom, how far each came and who holds it, and how that is done in a world."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from desk.process.principals import Actor
from graph.ids import node_id
from graph.model import NodeKind
from leads.capacity import NoCapacity
from leads.model import Suggestion
from leads.suggestions import write
from tests.desk.hidden.worlds import OPERATOR, WORKS, World, actor, ins

LEAD_STATES = ("suggested", "shortlisted", "proposed", "interested", "introduced")


@dataclass(frozen=True)
class Led:
    """A lead of a demand: ``offer``, an institution or a work; how far it came; who holds it, "" for nobody."""

    demand: int
    offer: str
    state: str
    holder: str

    @property
    def house(self) -> str:
        return WORKS[self.offer][2] if self.offer in WORKS else self.offer

    @property
    def is_asked(self) -> bool:
        return LEAD_STATES.index(self.state) >= LEAD_STATES.index("proposed")


def suggestion_of(number: int, one: Led, need: str, owner: str, *, is_hidden: bool) -> Suggestion:
    """What a lead came from."""
    offer = node_id(NodeKind.ACHIEVEMENT, "centre", one.offer) if one.offer in WORKS else ins(one.offer)
    return Suggestion.of(
        need, offer, fit=0.9 - number / 10, points=900_000 - number, found="2026-03-02", model="m", about=ins(owner), hidden=is_hidden,
    )  # fmt: skip


def led(world: World, number: int, one: Led, made: Suggestion, owner: str) -> None:
    """A lead from its suggestion to its state, by the operator; to a confidential demand its owner introduces."""
    steps, word = LEAD_STATES.index(one.state), {"on_word": "phone"}
    write(world.store, [made])
    todo: list[tuple[Actor, str, dict[str, Any]]] = [(OPERATOR, "assign", {"broker": ins(one.holder)})] if one.holder else []
    todo += [(OPERATOR, "shortlist", {}), (OPERATOR, "note", {"text": "a secret of the demand"})] if steps else []
    todo += [(OPERATOR, "propose", {"side": "offer"})] if steps > 1 else []
    todo += [(OPERATOR, "interested", {"side": side} | word) for side in ("need", "offer")] if steps > 2 else []
    todo += [(actor(owner) if made.hidden else OPERATOR, "introduce", {"agency": "none"})] if steps > 3 else []
    for at, (who, event, says) in enumerate(todo):
        done = lambda who=who, event=event, says=says: world.leads.do(who, made.id, event, says)  # noqa: E731
        with suppress(NoCapacity):  # it stays as it is where nobody has the time
            world.do(f"lead {number} {at}", 1000 * one.demand + 200 + 10 * number + at, done)
