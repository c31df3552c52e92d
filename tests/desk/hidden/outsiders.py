"""Who has nothing to do with the demand of the stages, and what each gets to see: the same as where the demand never was.

In: a trick, a function of a stage and of who tries it. Out: what everybody is answered, compared byte for byte with the stage without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desk.find import find
from desk.process.principals import Actor, Scope
from desk.show import describe
from desk.trust.opinions import trust_list, trust_of
from tests.desk.hidden.asking import SAYS
from tests.desk.hidden.stages import DAY, Stage
from tests.desk.hidden.worlds import INGEST_ONLY, NAMES, NOBODY, actor, ins

OUTSIDERS: dict[str, Actor | None] = {
    "rival": actor("rival"), "party to a cooperation": actor("partner"), "agent for another": actor("other"),
    "reviewer at the rival": actor("rival", is_reviewer=True), "key without read": actor("firm", scopes=INGEST_ONLY), "nobody": None,
}  # fmt: skip
"""Who has nothing to do with the demand, though some may think so."""
KNOWING: dict[str, Actor | None] = {"guest who left": actor("lab"), "consumer who was offered it": actor("press")}
"""Who knows that there is one, and no more."""
WITHOUT = {"party to a cooperation": "its cooperation"} | dict.fromkeys(KNOWING, "other words")
"""The stage whose answers somebody must have, if it is not ``never``."""
Trick = Callable[[Stage, Actor | None], Any]


def same(stages: dict[str, Stage], trick: Trick, *, known: bool = True, but: tuple[str, ...] = ()) -> dict[str, str]:
    """What ``trick`` comes to for everybody, which is the same with and without the demand; ``known``: for those too who know of it."""
    found = {}
    for name, who in (OUTSIDERS | (KNOWING if known else {})).items():
        if name not in but:
            there, without = (
                stages[which].says(lambda which=which: trick(stages[which], who))  # noqa: B023
                for which in ("there", WITHOUT.get(name, "never"))
            )
            assert there == without, name
            found[name] = there
    return found


def signed(who: Actor | None) -> Actor:
    """Who acts, as a door has it: a key without the scope is refused there."""
    if who:
        who.require(Scope.READ)
    return who or NOBODY


def acted(stage: Stage, name: str, done: Callable[[], Any]) -> Any:
    """What comes of an act, under ids that are the same on every stage."""
    with stage.world.act(name, 900):
        return done()


def looked_up(stage: Stage, who: Actor | None, text: str) -> list[str]:
    viewer, store = stage.viewer(who), stage.world.store
    return [
        stage.says(lambda: find(store, text, viewer)), stage.says(lambda: describe(store, text, viewer=viewer).model_dump_json())
    ]  # fmt: skip


def believed(stage: Stage, who: Actor | None) -> list[str]:
    viewer, store = stage.viewer(who), stage.world.store
    pairs = [(ins(a), ins(b)) for a in ("firm", "partner", "rival") for b in ("firm", "partner", "lab") if a != b]
    told = [stage.says(lambda a=a, b=b: trust_of(a, b, DAY, stage.snapshot, store, viewer).public.model_dump_json()) for a, b in pairs]
    return told + [stage.says(lambda a=a: trust_list(ins(a), DAY, stage.snapshot, store, viewer).model_dump_json()) for a in NAMES]


def tried(stage: Stage, who: Actor | None, number: str, event: str) -> Any:
    content = {"title": "x"} if event in ("draft", "revise") else None
    return stage.world.demands.do(signed(who), number, event, SAYS.get(event), content)
