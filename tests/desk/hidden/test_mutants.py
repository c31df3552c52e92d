"""The rule of who may see what, broken on purpose: each way to break it is caught by a cell of docs/access.md or by a trick.

A mutant replaces one function, wherever it was imported. Whoever changes the rule so that nothing here notices has found a missing test.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec
import numpy as np
import pytest

from desk.journal import states
from desk.people import admissions, demands, keys, sight, teasers
from desk.process import demand as process
from desk.process import letting
from desk.process.admission import ADMISSION
from desk.process.demand import DEMAND
from desk.process.principals import Actor, Scope
from desk.process.table import Who
from graph import Batch, connect
from graph.errors import DovetailError
from graph.model import EdgeKind, Visibility
from graph.viewer import Viewer, level, level_of
from matcher.columns.network import Network
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from tests.desk.hidden import stages as of
from tests.desk.hidden import test_tricks as tricks
from tests.desk.hidden import test_tricks_on_the_desk as on_desk
from tests.desk.people import test_access as access
from tests.graph.samples import institution

EVERYBODY = 3
"""No node has this level."""


class Mutant(NamedTuple):
    """``name`` of ``place`` becomes what ``made`` makes of it. ``caught``: the trick that fails, None for a cell of the page."""

    why: str
    place: Any
    name: str
    made: Callable[[Any], Any]
    caught: Callable[..., None] | None = None


def _members_see_confidential(_sees: Any) -> Any:
    return lambda self, node: level_of(node) <= level(self.clearance) + (self.clearance is Visibility.MEMBERS) or node.id in self.lets


def _let_by(*wanted: str) -> Callable[[Any], Any]:
    def made(let_into: Any) -> Any:
        def more(store: Any, actor: Actor) -> Iterator[str]:
            yield from let_into(store, actor)
            found = {value["to"] for _id, value in states.values(store, ADMISSION.name)
                     if value["state"] in wanted and actor.is_of(value["guest"])}  # fmt: skip
            yield from found
            for id, value in states.values(store, DEMAND.name):
                if not found.isdisjoint(sight.nodes_of(id, value)):
                    yield from sight.nodes_of(id, value)

        return more

    return made


def _any_agent(let_into: Any) -> Any:
    def more(store: Any, actor: Actor) -> Iterator[str]:
        yield from let_into(store, actor)
        found = list(states.values(store, DEMAND.name))
        if any(actor.is_of(value["agent"]) for _id, value in found):
            yield from (node for id, value in found for node in sight.nodes_of(id, value))

    return more


def _what_it_answers(let_into: Any) -> Any:
    def more(store: Any, actor: Actor) -> Iterator[str]:
        yield from let_into(store, actor)
        works = [edge.target for edge in store.edges([actor.institution], kinds=[EdgeKind.PARTY_TO], direction="out")]
        yield from (edge.target for edge in store.edges(works, kinds=[EdgeKind.ADDRESSES], direction="out"))

    return more


def _no_scope(viewer_of: Any) -> Any:
    return lambda store, actor: viewer_of(store, actor and msgspec.structs.replace(actor, scopes=frozenset(Scope)))


def _one_more(*more: Who) -> Callable[[Any], Any]:
    """Everybody is one thing more to everything."""
    return lambda relations: lambda *given: relations(*given) | set(more)


def _public_edge(teaser: Any) -> Any:
    def made(*given: Any, **more: Any) -> Batch:
        batch: Batch = teaser(*given, **more)
        batch.edges = [msgspec.structs.replace(one, visibility=Visibility.PUBLIC) for one in batch.edges]
        return batch

    return made


def _told_whole(_admission: Any) -> Any:
    return lambda _self, _actor, id, state: admissions.Admission(id, state.at, state.value, [])


def _all_measured(read: Any) -> Any:
    def made(*given: Any) -> Any:
        rows, texts, marks = read(*given)
        return rows, [said._replace(is_hidden=False) for said in texts], marks

    return made


MUTANTS = [
    Mutant("members see what is confidential", Viewer, "sees", _members_see_confidential),
    Mutant("everybody sees everything", Viewer, "sees", lambda _sees: lambda _self, node: level_of(node) < EVERYBODY),
    Mutant("what one was let into is not seen", Viewer, "sees", lambda _s: lambda self, node: level_of(node) <= level(self.clearance)),
    Mutant("of an edge the visibility is not asked", Viewer, "sees_edge",
           lambda _sees: lambda self, edge, nodes: all(self.sees(nodes[end]) for end in (edge.source, edge.target))),
    Mutant("of an edge the ends are not asked", Viewer, "sees_edge",
           lambda _sees: lambda self, edge, _nodes: not self.lets.isdisjoint((edge.id, edge.source, edge.target))
           or level(edge.visibility) <= level(self.clearance), tricks.test_from_ones_own_cooperation_to_the_demand),
    Mutant("arrays let everybody see every node", Network, "sees", lambda _sees: lambda _self, _viewer, rows: np.asarray(rows >= 0),
           tricks.test_scores_of_other_answers),
    Mutant("an agent is not let into what it posts", sight, "_let_into",
           lambda let: lambda store, actor: (one for one in let(store, actor) if actor.id != "key:agent")),
    Mutant("who is let in is not", sight, "_let_into", lambda _let: lambda _store, _actor: iter(())),
    Mutant("an agent is let into every demand", sight, "_let_into", _any_agent, tricks.test_computed_ids),
    Mutant("a party is let into what its cooperation answers", sight, "_let_into", _what_it_answers, tricks.test_computed_ids),
    Mutant("who asks is let in before it is granted", sight, "_let_into", _let_by("asked"), on_desk.test_asking_shows_nothing),
    Mutant("who is offered it is let in without a promise", sight, "_let_into", _let_by("offered"),
           on_desk.test_an_offer_that_was_not_taken_up),
    Mutant("who was refused is let in", sight, "_let_into", _let_by("refused"), tricks.test_computed_ids),
    Mutant("who was let in stays", sight, "_let_into", _let_by("ended"), on_desk.test_a_guest_who_left),
    Mutant("a key without the scope read reads", sight, "viewer_of", _no_scope, tricks.test_computed_ids),
    Mutant("what one owns is not one's own", sight, "OWN", lambda _own: (EdgeKind.POSTED, EdgeKind.OWNS, EdgeKind.OFFERS)),
    Mutant("everybody is of every institution", Actor, "is_of", lambda _is_of: lambda self, *_of: bool(self.institution)),
    Mutant("everybody is of the owner's", Actor, "is_of",
           lambda is_of: lambda self, *of: is_of(self, *of) or (bool(self.institution) and "ins-owner" in of)),
    Mutant("drafts are the operator's", process, "relations",
           lambda relations: lambda actor, value: relations(actor, value) | ({Who.REVIEWER} if actor.reviews else set())),
    Mutant("everybody is something to a demand", demands, "relations", _one_more(Who.GUEST), on_desk.test_errors_of_the_process),
    Mutant("everybody is let into files and contacts", letting, "relations", _one_more(Who.LET_IN)),
    Mutant("everybody cares for every key", keys, "relations", _one_more(Who.OWNER)),
    Mutant("who asks by a teaser is told the owner", admissions.Admissions, "_admission", _told_whole, on_desk.test_a_refused_admission),
    Mutant("a key's institution is looked up as by the operator", keys, "viewer_of",
           lambda viewer_of: lambda store, _actor: viewer_of(store, access.WHO["operator"]), on_desk.test_lists_of_keys_and_members),
    Mutant("a teaser tells the budget", teasers, "budget_class", lambda _class: lambda low, high: (low, high),
           on_desk.test_what_a_teaser_says),
    Mutant("everybody sees who posted a teaser", demands, "teaser", _public_edge, on_desk.test_from_the_teaser_to_its_owner),
    Mutant("hidden words are counted", generations, "_read_nodes", _all_measured, tricks.test_scores_of_other_answers),
]  # fmt: skip
BUILT = ("budget_class", "teaser", "_read_nodes")
"""What works while a stage is made."""


@contextmanager
def mutated(one: Mutant) -> Iterator[None]:
    """``one`` in the place of the rule, in every module that has it."""
    original = getattr(one.place, one.name)
    made = one.made(original)
    with ExitStack() as patched:
        patched.enter_context(patch.object(one.place, one.name, made))
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in ("graph", "matcher", "desk", "leads", "api", "tests") and module is not one.place:
                for known, value in list(vars(module).items()):
                    if value is original and one.place not in (demands, keys):  # those stand for one caller
                        patched.enter_context(patch.object(module, known, made))
        yield


def cells() -> None:
    """Every cell of docs/access.md, each on a store of its own. One whose first steps a broken rule forbids is left out."""
    for cell in access.CELLS:
        with tempfile.TemporaryDirectory() as place:
            store = connect(f"sqlite:///{place}/s.db")
            store.write(Batch(nodes=[institution(who.institution) for who in access.WHO.values() if who and who.institution]))
            with closing(store), suppress(DovetailError):
                access.test_who_sees_what(store, Path(place), *cell.values)


def tried(trick: Callable[..., None], stages: dict[str, of.Stage], embedder: Embedder) -> None:
    trick(stages if "stages" in trick.__annotations__ else embedder)


QUICK = {"members see what is confidential", "arrays let everybody see every node", "who asks is let in before it is granted",
         "who was let in stays", "a key without the scope read reads", "an agent is let into every demand",
         "everybody is something to a demand", "who asks by a teaser is told the owner"}  # fmt: skip
"""One of each sort is tried every time, the others with the slow tests."""
EACH = [pytest.param(one, id=one.why.replace(" ", "_"), marks=[] if one.why in QUICK else [pytest.mark.slow]) for one in MUTANTS]


@pytest.mark.parametrize("one", EACH)
def test_a_broken_rule_is_caught(one: Mutant, stages: dict[str, of.Stage], embedder: Embedder) -> None:
    if one.caught is None:
        with mutated(one), pytest.raises(AssertionError):
            cells()
        return
    if one.name in BUILT:
        with mutated(one), of.stages(embedder) as made, pytest.raises(AssertionError):
            tried(one.caught, made, embedder)
        return
    with mutated(one), pytest.raises(AssertionError):
        tried(one.caught, stages, embedder)
    tried(one.caught, stages, embedder)  # it was the mutant that was caught


@pytest.mark.slow
def test_nothing_is_caught_where_nothing_is_broken(embedder: Embedder) -> None:
    cells()
    with of.stages(embedder) as made:
        for trick in dict.fromkeys(one.caught for one in MUTANTS if one.caught and one.name in BUILT):
            tried(trick, made, embedder)
