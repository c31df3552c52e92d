"""Suggestions over the whole graph: step by step as all at once, whatever changes; stopped, it goes on; what is hidden moves nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.journal.states import values
from graph import Batch, Store
from graph.errors import DovetailError, NotPossible
from graph.model import Achievement, Demand, EdgeKind, Expert, Institution, Node, NodeKind, Visibility
from graph.viewer import OWNER, PUBLIC
from leads import suggestions
from leads.leads import Leads
from leads.model import Suggestion, lead_id
from leads.settings import LeadSettings
from leads.suggest import kept
from leads.suggest import refresh as module
from leads.suggest.bounds import Bound
from leads.suggest.find import found, need_of
from leads.suggest.kept import path_of
from leads.suggest.offers import for_need, for_offer
from leads.suggest.refresh import Refreshed, refresh
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from tests.leads.worlds import OPERATOR
from tests.matcher.worlds import QUESTIONS, WORKS, demand, edge, origin, party, person, store_of, work, worlds

AS_OF = "2024-06-01"
WIDE = LeadSettings(bar=0.03, depth=3, per_need=2)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder(keeps_questions=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    return tmp_path


def kept_of(store: Store) -> list[Suggestion]:
    return sorted(suggestions.read(store), key=lambda one: one.id)


def acts() -> st.SearchStrategy[list[tuple[int, int, int]]]:
    """What is done with leads: a demand, an institution, and the number of the act."""
    return st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, len(ACTS) - 1)), max_size=4)


@st.composite
def edits(draw: st.DrawFn) -> Batch:
    """A change: works that are new, say something else or are gone; owners, posters and parents that are new or gone; a demand that is
    withdrawn; an institution that is hidden."""
    nodes: list[Node] = []
    edges, delete = [], []
    for _ in range(draw(st.integers(1, 3))):
        what = draw(st.sampled_from(["work", "new work", "gone", "owner", "no owner", "demand", "poster", "part", "employee", "hidden"]))
        n, said = draw(st.integers(0, 5)), draw(st.integers(0, 5))
        title, abstract = WORKS[said]
        if what in ("work", "new work"):
            n = n if what == "work" else n + 6
            day = draw(st.none() | st.just("2023"))
            nodes.append(Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, date=day))
            edges.append(edge(EdgeKind.OWNS, party(said % 4), work(n)))
        elif what == "gone":
            delete.append(work(n))
        elif what in ("owner", "no owner"):
            made = edge(EdgeKind.OWNS, party(said % 4), work(n), None, "0")
            delete.append(made.id) if what == "no owner" else edges.append(made)
        elif what == "demand":
            said %= 3
            closed = {"status": "withdrawn", "status_since": "2024-01-01"} if draw(st.booleans()) else {}
            nodes.append(msgspec.convert({
                "label": "Demand", "id": demand(said), "provenance": {"source": "t", "source_id": f"d{said}"}, "title": QUESTIONS[said],
                "description": WORKS[n][1], "visibility": draw(st.sampled_from(["public", "confidential"])), **closed,
            }, Demand, strict=False))  # fmt: skip
        elif what == "poster":
            edges.append(edge(EdgeKind.POSTED, party(n % 4), demand(said % 3)))
        elif what == "part" and n % 4 != said % 4:
            edges.append(edge(EdgeKind.PART_OF, party(n % 4), party(said % 4)))
        elif what == "employee":
            edges.append(edge(EdgeKind.AFFILIATED_WITH, person(n % 2), party(said % 4)))
        elif what == "hidden":
            seen = draw(st.sampled_from(list(Visibility)))
            nodes.append(Institution(id=party(n % 4), provenance=origin("i"), name=f"institution {n % 4}", visibility=seen))
    return Batch(nodes=nodes, edges=edges, delete=delete)


ACTS: list[tuple[str, dict[str, str]]] = [
    ("shortlist", {}), ("propose", {"side": "offer"}), ("reopen", {"text": "x"}),
    *(("decline", {"side": side, "on_word": "phone", "reason": reason}) for side in ("need", "offer") for reason in ("conflict", "price")),
    ("decline", {"side": "broker", "reason": "conflict"}),
]  # fmt: skip


def acted(store: Store, acts: list[tuple[int, int, int]]) -> None:
    """Somebody does something with leads, found or not, as far as it can be done."""
    leads = Leads(store)
    for need, offer, what in acts:
        id = lead_id(demand(need), party(offer))
        try:
            if leads_of_journal(store).get(id) or suggestions.one(store, id):
                leads.do(OPERATOR, id, *ACTS[what])
            else:
                leads.begin(OPERATOR, demand(need), party(offer), *ACTS[what])
        except DovetailError:
            continue


def leads_of_journal(store: Store) -> dict[str, dict[str, Any]]:
    return dict(values(store, "lead"))


def written(store: Store, batch: Batch) -> None:
    """Write what of a change can stand: an edge needs its ends."""
    there = {node.id for kind in NodeKind for node in store.scan(kind)} | {node.id for node in batch.nodes}
    there -= set(batch.delete) - {node.id for node in batch.nodes}
    edges = {one.id: one for one in batch.edges if {one.source, one.target} <= there}
    store.write(Batch(nodes=batch.nodes, edges=list(edges.values()), delete=batch.delete))


def test_who_waits_is_answered_at_once_or_refused_and_then_nothing_is_changed(
    folder: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    demands = [
        Demand(id=demand(n), provenance=origin(f"d{n}"), title=text, description=text, visibility=Visibility.PUBLIC)
        for n, text in enumerate(QUESTIONS)
    ]
    works = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    firm = Institution(id=party(0), provenance=origin("i"), name="institution 0")
    owned = [edge(EdgeKind.OWNS, party(0), one.id) for one in works]
    store = store_of(Batch(nodes=[*demands, *works, firm], edges=owned), folder)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder, whole=True)
    done = refresh(store, snapshot, embedder, WIDE, AS_OF, most=len(demands))
    assert done.asked == len(demands) and kept_of(store)
    suggested, kept_file = kept_of(store), path_of(store).read_bytes()
    with pytest.raises(NotPossible, match=f"{len(demands)} demands are to be asked, more than the 1 that"):
        refresh(store, snapshot, embedder, WIDE, "2024-06-02", most=1)
    assert (kept_of(store), path_of(store).read_bytes()) == (suggested, kept_file)
    assert refresh(store, snapshot, embedder, WIDE, AS_OF, most=0).asked == 0, "what was kept of the other day stands"
    monkeypatch.setattr(kept, "PATIENCE", 0.05)
    with kept.opened(store):
        for at_once in (
            lambda: refresh(store, snapshot, embedder, WIDE, AS_OF, most=0),
            lambda: for_offer(party(0), store, snapshot, embedder, WIDE, AS_OF, OWNER),
        ):
            with pytest.raises(NotPossible, match="ask again when that is done"):
                at_once()
    assert for_offer(party(0), store, snapshot, embedder, WIDE, AS_OF, OWNER)
    store.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    world=worlds(), changes=st.lists(st.tuples(edits(), acts()), min_size=1, max_size=3), bar=st.sampled_from([0.03, 0.2, 0.4]),
    depth=st.integers(1, 3), per_firm=st.sampled_from([1, 2, 20]),
)  # fmt: skip
def test_step_by_step_is_as_all_at_once(
    world: Batch, changes: list[tuple[Batch, list[tuple[int, int, int]]]], bar: float, depth: int, per_firm: int, embedder: Embedder
) -> None:
    bounds = LeadSettings(bar=bar, depth=depth, per_firm=per_firm)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOVETAIL_CACHE", f"{name}/cache")
        store = store_of(world, Path(name))
        generations.build(store, embedder)
        snapshot = Snapshot.open(store, embedder, whole=True)
        refresh(store, snapshot, embedder, bounds, AS_OF)
        for change, done in changes:
            written(store, change)
            acted(store, done)
            snapshot = snapshot.refreshed(store, embedder)
            refresh(store, snapshot, embedder, bounds, AS_OF)
        step_by_step = kept_of(store)
        # the oracle: every need asked, all of its works looked at
        again = refresh(store, snapshot, embedder, bounds, AS_OF, every=True)
        assert again.asked == again.needs
        assert kept_of(store) == step_by_step
        assert again.changed == 0
        over = {id for id, value in leads_of_journal(store).items() if value["state"] == "declined"}
        assert over.isdisjoint(one.id for one in step_by_step)
        store.close()


def filled(folder: Path, embedder: Embedder) -> tuple[Store, Snapshot]:
    nodes: list[Node] = [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(4)]
    nodes += [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    nodes += [Demand(id=demand(n), provenance=origin(f"d{n}"), title=text) for n, text in enumerate(QUESTIONS)]
    edges = [edge(EdgeKind.OWNS, party(n % 3), work(n)) for n in range(len(WORKS))]
    edges += [edge(EdgeKind.POSTED, party(3), demand(n)) for n in range(len(QUESTIONS))]
    store = store_of(Batch(nodes=nodes, edges=edges), folder)
    generations.build(store, embedder)
    return store, Snapshot.open(store, embedder, whole=True)


@pytest.fixture
def made(folder: Path, embedder: Embedder) -> Iterator[tuple[Store, Snapshot]]:
    store, snapshot = filled(folder, embedder)
    yield store, snapshot
    store.close()


def test_only_what_a_change_can_concern_is_asked_again(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    strict = LeadSettings(bar=0.4)
    first = refresh(store, snapshot, embedder, strict, AS_OF)
    assert (first.asked, first.is_whole) == (3, True)
    assert first.found >= 1
    assert refresh(store, snapshot, embedder, strict, AS_OF).asked == 0
    far = Achievement(id=work(9), provenance=origin("a9"), title=WORKS[2][0], abstract=WORKS[2][1])  # leaves of tomatoes
    store.write(Batch(nodes=[far], edges=[edge(EdgeKind.OWNS, party(0), work(9))]))
    snapshot = snapshot.refreshed(store, embedder)
    assert refresh(store, snapshot, embedder, strict, AS_OF).asked == 0
    near = Achievement(id=work(8), provenance=origin("a8"), title=WORKS[1][0], abstract=WORKS[1][1])
    store.write(Batch(nodes=[near], edges=[edge(EdgeKind.OWNS, party(0), work(8))]))
    snapshot = snapshot.refreshed(store, embedder)
    after = refresh(store, snapshot, embedder, strict, AS_OF)
    assert (after.asked, after.joined >= 1) == (0, True)
    assert not after.is_whole
    assert (demand(1), party(0)) in {(one.need, one.offer) for one in kept_of(store)}
    assert refresh(store, snapshot, embedder, strict, "2024-06-02").asked == 3  # another day: everything is older


def step(store: Store, snapshot: Snapshot, embedder: Embedder, bounds: LeadSettings, batch: Batch) -> tuple[Snapshot, set[str]]:
    """The snapshot after a change and who is suggested then, which is who would be if every need were asked."""
    store.write(batch)
    snapshot = snapshot.refreshed(store, embedder)
    refresh(store, snapshot, embedder, bounds, AS_OF)
    after = kept_of(store)
    refresh(store, snapshot, embedder, bounds, AS_OF, every=True)
    assert kept_of(store) == after
    return snapshot, {one.offer for one in after}


def test_who_no_longer_has_a_work_is_no_candidate_by_it(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    assert party(1) in {one.offer for one in kept_of(store)}
    gone = [edge(EdgeKind.OWNS, party(1), work(n)).id for n in (1, 4)]
    snapshot, offers = step(store, snapshot, embedder, WIDE, Batch(delete=gone))
    assert party(1) not in offers
    # and who is tied to a work that was there already is one
    _, offers = step(store, snapshot, embedder, WIDE, Batch(edges=[edge(EdgeKind.OWNS, party(1), work(1), None, "again")]))
    assert party(1) in offers


def test_who_comes_into_the_house_of_a_need_leaves_its_list_and_comes_back(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    part = edge(EdgeKind.PART_OF, party(1), party(3))
    snapshot, offers = step(store, snapshot, embedder, WIDE, Batch(edges=[part]))
    assert party(1) not in offers
    _, offers = step(store, snapshot, embedder, WIDE, Batch(delete=[part.id]))
    assert party(1) in offers


def test_who_is_hidden_is_suggested_to_nobody_and_is_again_when_shown(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    shown = store.get([party(1)])[party(1)]
    assert isinstance(shown, Institution)
    hidden = msgspec.structs.replace(shown, visibility=Visibility.CONFIDENTIAL)
    snapshot, offers = step(store, snapshot, embedder, WIDE, Batch(nodes=[hidden]))
    assert party(1) not in offers
    _, offers = step(store, snapshot, embedder, WIDE, Batch(nodes=[shown]))
    assert party(1) in offers


def asked_again(
    store: Store, snapshot: Snapshot, embedder: Embedder, bounds: LeadSettings = WIDE
) -> tuple[set[tuple[str, str]], Refreshed]:
    """The pairs that are suggested now, which is what asking every need again comes to."""
    told = refresh(store, snapshot, embedder, bounds, AS_OF)
    after = kept_of(store)
    refresh(store, snapshot, embedder, bounds, AS_OF, every=True)
    assert kept_of(store) == after
    return {(one.need, one.offer) for one in after}, told


def declined(reason: str, side: str = "offer") -> dict[str, str]:
    return {"side": side, "reason": reason} | ({} if side == "broker" else {"on_word": "phone"})


def test_firms_with_a_conflict_of_interest_are_not_suggested_to_each_other_until_it_is_taken_back(
    made: tuple[Store, Snapshot], embedder: Embedder
) -> None:
    store, snapshot = made
    every, told = asked_again(store, snapshot, embedder)
    need, offer = next(pair for pair in sorted(every) if sum(other[1] == pair[1] for other in every) > 1)
    assert Bound.CONFLICT not in told.cost.left
    leads, id = Leads(store), lead_id(need, offer)
    leads.do(OPERATOR, id, "decline", declined("conflict"))
    found, told = asked_again(store, snapshot, embedder)
    assert offer not in {one for _need, one in found}
    assert told.cost.left[Bound.CONFLICT] == sum(one == offer for _need, one in every)
    leads.do(OPERATOR, id, "reopen", {"text": "a mistake"})
    assert asked_again(store, snapshot, embedder)[0] == every
    # a broker's own conflict is none of the two, and another reason is of this need alone
    for said in (declined("conflict", "broker"), declined("price")):
        leads.do(OPERATOR, id, "decline", said)
        found, told = asked_again(store, snapshot, embedder)
        assert every - {(need, offer)} <= found and (need, offer) not in found
        assert told.cost.left[Bound.OVER] == 1 and Bound.CONFLICT not in told.cost.left
        leads.do(OPERATOR, id, "reopen", {"text": "again"})


def test_a_conflict_of_interest_is_of_both_firms(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    """Who offers posts a need of its own, and a person of the house that needs would meet it."""
    store, snapshot = made
    offer = min(one for _need, one in asked_again(store, snapshot, embedder)[0] if one != party(3))
    own = Demand(id=demand(7), provenance=origin("d7"), title=QUESTIONS[0])
    other = Achievement(id=work(7), provenance=origin("a7"), title=WORKS[3][0], abstract=WORKS[3][1])
    ann = Expert(id=person(0), provenance=origin("e0"), name="Ann")
    edges = [
        edge(EdgeKind.POSTED, offer, demand(7)), edge(EdgeKind.CREATED, person(0), work(7)),
        edge(EdgeKind.AFFILIATED_WITH, person(0), party(3)),
    ]  # fmt: skip
    store.write(Batch(nodes=[own, other, ann], edges=edges))
    snapshot = snapshot.refreshed(store, embedder)
    every = asked_again(store, snapshot, embedder)[0]
    assert (demand(7), person(0)) in every
    need = min(one for one, who in every if who == offer)
    Leads(store).do(OPERATOR, lead_id(need, offer), "decline", declined("conflict", "need"))
    found = asked_again(store, snapshot, embedder)[0]
    assert (demand(7), person(0)) not in found and offer not in {who for _need, who in found}
    assert {need for need, _who in found} >= {demand(7)}, "others may meet it"


def test_a_conflict_of_interest_stays_with_a_firm_that_is_merged(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    every = asked_again(store, snapshot, embedder)[0]
    assert {party(0), party(1)} <= {offer for _need, offer in every}
    need = min(need for need, offer in every if offer == party(1))
    Leads(store).do(OPERATOR, lead_id(need, party(1)), "decline", declined("conflict"))
    found = {offer for _need, offer in asked_again(store, snapshot, embedder)[0]}
    assert party(0) in found and party(1) not in found
    one = Institution(id=party(0), provenance=origin("i0"), name="institution 0", former_ids=(party(1),))
    store.write(Batch(nodes=[one], delete=[party(1)]))
    snapshot = snapshot.refreshed(store, embedder)
    assert party(0) not in {offer for _need, offer in asked_again(store, snapshot, embedder)[0]}


def test_a_conflict_told_on_a_hidden_need_bars_hidden_needs_alone(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    hidden = [
        Demand(id=demand(n), provenance=origin(f"d{n}"), title=QUESTIONS[n - 7], visibility=Visibility.CONFIDENTIAL) for n in (7, 8)
    ]
    posted = [edge(EdgeKind.POSTED, party(3), demand(n)) for n in (7, 8)]
    store.write(Batch(nodes=list(hidden), edges=posted))
    snapshot = snapshot.refreshed(store, embedder)
    every = asked_again(store, snapshot, embedder)[0]
    offer = next(one for need, one in sorted(every) if need == demand(7) and (demand(8), one) in every)
    Leads(store).do(OPERATOR, lead_id(demand(7), offer), "decline", declined("conflict"))
    found = asked_again(store, snapshot, embedder)[0]
    assert {one for need, one in every - found if need in (demand(7), demand(8))} == {offer}
    assert {pair for pair in every if pair[0] not in (demand(7), demand(8))} == {
        pair for pair in found if pair[0] not in (demand(7), demand(8))
    }, "nobody else sees a difference"


def test_a_declined_lead_makes_room_and_one_taken_up_by_hand_takes_it(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    one_each = LeadSettings(bar=0.03, depth=3, per_need=1)
    every, _told = asked_again(store, snapshot, embedder, one_each)
    need, offer = min(every)
    leads = Leads(store)
    leads.do(OPERATOR, lead_id(need, offer), "decline", declined("price"))
    found = asked_again(store, snapshot, embedder, one_each)[0]
    (second,) = (who for one, who in found if one == need)
    assert second != offer
    leads.do(OPERATOR, lead_id(need, offer), "reopen", {"text": "again"})
    assert asked_again(store, snapshot, embedder, one_each)[0] == every
    by_hand = leads.begin(OPERATOR, need, second)  # the need has two that somebody works on: both stand, nothing is suggested beside them
    assert {who for one, who in asked_again(store, snapshot, embedder, one_each)[0] if one == need} == {offer, second}
    leads.do(OPERATOR, by_hand.id, "decline", declined("price", "broker"))
    assert asked_again(store, snapshot, embedder, one_each)[0] == every


def test_who_takes_one_introduction_is_suggested_once_and_not_beside_a_lead_that_may_come_to_it(
    made: tuple[Store, Snapshot], embedder: Embedder
) -> None:
    store, snapshot = made
    other = Achievement(id=work(7), provenance=origin("a7"), title=WORKS[3][0], abstract=WORKS[3][1])
    ann = Expert(id=person(0), provenance=origin("e0"), name="Ann", capacity=1)
    store.write(Batch(nodes=[other, ann], edges=[edge(EdgeKind.CREATED, person(0), work(7))]))
    snapshot = snapshot.refreshed(store, embedder)

    def of_ann() -> set[str]:
        return {need for need, offer in asked_again(store, snapshot, embedder)[0] if offer == person(0)}

    (first,) = of_ann()
    second = next(demand(n) for n in (0, 2) if demand(n) != first)
    leads = Leads(store)
    id = leads.begin(OPERATOR, second, person(0)).id
    assert of_ann() == {second}
    for side in ("need", "offer"):
        leads.do(OPERATOR, id, "interested", {"side": side, "on_word": "phone"})
    for event, says in (("introduce", {"agency": "none"}), ("talk", {})):
        leads.do(OPERATOR, id, event, says)
        assert of_ann() == {second}
    leads.do(OPERATOR, id, "decline", declined("price"))
    assert of_ann() == {first}


def test_a_work_that_says_something_else_is_no_reason_any_more(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    strict = LeadSettings(bar=0.4)
    refresh(store, snapshot, embedder, strict, AS_OF)
    before = {one.work for one in kept_of(store)}
    assert work(1) in before
    other = Achievement(id=work(1), provenance=origin("a1"), title=WORKS[2][0], abstract=WORKS[2][1])
    step(store, snapshot, embedder, strict, Batch(nodes=[other]))
    assert work(1) not in {one.work for one in kept_of(store)}


def test_stopped_it_goes_on(made: tuple[Store, Snapshot], embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    store, snapshot = made
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    whole = kept_of(store)
    suggestions.write(store, (), [one.id for one in whole])
    path_of(store).unlink()
    monkeypatch.setattr(module, "BATCH", 1)
    told = []

    def stop(label: str, done: int, _total: int) -> None:
        told.append(label)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(store, snapshot, embedder, WIDE, AS_OF, progress=stop)
    assert kept_of(store) == []
    again = refresh(store, snapshot, embedder, WIDE, AS_OF)
    assert again.asked == 1
    assert kept_of(store) == whole


def test_a_file_that_is_damaged_is_made_anew(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    whole = kept_of(store)
    path_of(store).write_bytes(b"no database, but some bytes that are long enough to be read as one" * 20)
    again = refresh(store, snapshot, embedder, WIDE, AS_OF)
    assert (again.asked, again.changed) == (3, 0)
    assert kept_of(store) == whole


def test_both_directions_find_the_same_leads(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    wide = LeadSettings(bar=0.03)
    by_need = {one.id: one for n in range(3) for one in for_need(demand(n), snapshot, embedder, wide, AS_OF, PUBLIC)}
    for kept_before in (False, True):
        by_offer = {one.id: one for n in range(3) for one in for_offer(party(n), store, snapshot, embedder, wide, AS_OF, PUBLIC)}
        assert by_offer == by_need
        if not kept_before:
            refresh(store, snapshot, embedder, wide, AS_OF)
    of_work = for_offer(work(1), store, snapshot, embedder, wide, AS_OF, PUBLIC)
    assert {(one.need, one.offer) for one in of_work} >= {(demand(1), party(1))}
    assert {one.work for one in of_work} == {work(1)}


def test_a_hidden_need_is_found_by_those_who_see_it_and_moves_nothing(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    store, snapshot = made
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    before = kept_of(store)
    hidden = Demand(id=demand(7), provenance=origin("d7"), title=QUESTIONS[0], visibility=Visibility.CONFIDENTIAL)
    store.write(Batch(nodes=[hidden]))
    snapshot = snapshot.refreshed(store, embedder)
    refresh(store, snapshot, embedder, WIDE, AS_OF)
    after = kept_of(store)
    assert [one for one in after if not one.hidden] == before
    assert {one.need for one in after if one.hidden} == {demand(7)}
    needs = {one.need for one in for_offer(party(0), store, snapshot, embedder, WIDE, AS_OF, PUBLIC)}
    assert demand(7) not in needs
    assert demand(7) in {one.need for one in for_offer(party(0), store, snapshot, embedder, WIDE, AS_OF, OWNER)}


def test_what_is_found_is_what_looking_at_every_work_finds(made: tuple[Store, Snapshot], embedder: Embedder) -> None:
    """The best ``most`` by the approximate signals and a bound are the first of all by the exact ones."""
    _store, snapshot = made
    for node in snapshot.display.scan(NodeKind.DEMAND):
        assert isinstance(node, Demand)
        need = need_of(node, snapshot, embedder, AS_OF)
        every = found(need, snapshot, bar=0.01, most=1000)
        for most in (1, 2, 3):
            assert found(need, snapshot, bar=0.01, most=most) == every[:most]
        assert found(need, snapshot, bar=0.1, most=1000) == tuple(one for one in every if one.fit >= 0.1)
