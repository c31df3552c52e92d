"""Capacity is never exceeded: by random boards, and by a hundred who race for the last place."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from desk.journal.heads import verify
from desk.journal.states import values
from desk.process.principals import Actor, Role
from graph import Batch, Store, connect
from graph.errors import Conflict, DovetailError
from graph.model import EdgeKind, Expert, Verdict
from ingest.load import ingest
from ingest.resolve.decide import decide
from leads import capacity
from leads.capacity import NoCapacity
from leads.leads import Leads
from leads.process import HOLDING
from leads.settings import LeadSettings
from tests.ingest.conftest import write_csv
from tests.leads.worlds import BROKER, FIRM, FOLDS, OPERATOR, ORIGIN, begin, edge, posted_demand, public_demand, suggest

MANY = [pytest.param(16, id="16"), pytest.param(100, id="100", marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
EVENTS = ("introduce", "talk", "agree", "decline", "reopen", "merge", "unmerge", "ready")
FEW = LeadSettings(expert_capacity=2, institution_capacity=3)


def racer(number: int) -> Actor:
    return Actor(id=f"key:racer{number}", role=Role.BROKER, institution="ins-broker")


def ready(leads: Leads, id: str) -> str:
    """A lead of which both sides are interested."""
    for side in ("need", "offer"):
        leads.do(OPERATOR, id, "interested", {"side": side, "on_word": "phone"})
    return id


@pytest.mark.parametrize("many", MANY)
def test_of_all_who_race_for_the_last_places_as_many_win(store_url: str, many: int) -> None:
    """Each introduces the same expert, who takes two, to a firm of their own; half of them by another connection."""
    store = connect(store_url)
    begin(store)
    ids = [ready(Leads(store), suggest(store, public_demand(store, f"dem-{number}"))) for number in range(many)]
    stores = [store, connect(store_url)]
    boards = [Leads(one) for one in stores]
    barrier, won, lost, wrong = threading.Barrier(many), list[str](), list[str](), list[str]()

    def race(number: int) -> None:
        barrier.wait()
        try:
            boards[number % 2].do(racer(number), ids[number], "introduce", {"agency": "need"})
            won.append(ids[number])
        except NoCapacity:
            lost.append(ids[number])
        except DovetailError as error:
            wrong.append(str(error))

    threads = [threading.Thread(target=race, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(won), len(lost)) == ([], 2, many - 2)
    taken = {id: sorted(ids) for id, ids in capacity.all_taken(store).items()}
    assert taken == {"exp-1": sorted(won), "ins-lab": sorted(won)}
    assert {id for id, value in values(store, "lead") if value["state"] == "introduced"} == set(won)
    assert verify(store, FOLDS)[1] == []
    stores[1].close()


@pytest.mark.parametrize("many", MANY)
def test_of_all_who_introduce_one_lead_one_does(store_url: str, many: int) -> None:
    store = connect(store_url)
    begin(store)
    id = ready(Leads(store), suggest(store, public_demand(store)))
    boards, barrier, won = [Leads(store), Leads(connect(store_url))], threading.Barrier(many), list[int]()

    def race(number: int) -> None:
        barrier.wait()
        try:
            boards[number % 2].do(racer(number), id, "introduce", {"agency": "need"})
            won.append(number)
        except (Conflict, DovetailError):
            pass

    threads = [threading.Thread(target=race, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and capacity.all_taken(store) == {"exp-1": [id], "ins-lab": [id]}
    assert [one.actor for one in boards[0].history(OPERATOR, id) if one.kind == "introduce"] == [racer(won[0]).id]


def test_a_merged_expert_keeps_what_both_were_in(store: Store) -> None:
    begin(store)
    twin = Expert(id="exp-2", provenance=ORIGIN, name="Wang", capacity=2)
    store.write(Batch(nodes=[twin], edges=[edge(EdgeKind.AFFILIATED_WITH, "exp-2", "ins-lab")]))
    leads = Leads(store)
    ids = [ready(leads, suggest(store, public_demand(store, f"dem-{n}"), offer)) for n, offer in enumerate(["exp-1", "exp-2", "exp-1"])]
    for id in ids[:2]:
        leads.do(BROKER, id, "introduce", {"agency": "need"})
    store.write(Batch(delete=["exp-2"], nodes=[Expert(id="exp-1", provenance=ORIGIN, name="Wang", capacity=2, former_ids=("exp-2",))]))
    with pytest.raises(NoCapacity, match="Wang takes no further introduction"):
        leads.do(BROKER, ids[2], "introduce", {"agency": "need"})
    leads.do(BROKER, ids[1], "decline", {"side": "broker", "reason": "no_answer"})
    assert leads.do(BROKER, ids[2], "introduce", {"agency": "need"}).state == "introduced"


def test_after_a_merge_is_undone_each_has_its_own_introductions(store: Store, tmp_path: Path) -> None:
    """Two laboratories are taken for one and told apart again: what both were in counts for the one, and for each its own afterwards,
    whatever began or ended in between."""
    a, b, works = two_laboratories(store, tmp_path)
    leads = Leads(store, settings=FEW)
    ids = [ready(leads, suggest(store, public_demand(store, f"dem-{n}"), works[n % 2])) for n in range(8)]
    for id in ids[:2]:
        leads.do(BROKER, id, "introduce", {"agency": "need"})
    assert capacity.all_taken(store) == {a: [ids[0]], b: [ids[1]]}
    decide(store, a, b, Verdict.SAME, reason="one house")
    leads.do(BROKER, ids[3], "introduce", {"agency": "need"})  # of the work of b
    one = min(a, b)
    assert capacity.all_taken(store) == {one: sorted([ids[0], ids[1], ids[3]])}
    with pytest.raises(NoCapacity):
        leads.do(BROKER, ids[2], "introduce", {"agency": "need"})
    records = store.get([one])[one].records  # type: ignore[union-attr]
    decide(store, *records, Verdict.NOT_SAME, reason="two houses after all")
    assert capacity.all_taken(store) == {a: [ids[0]], b: sorted([ids[1], ids[3]])}
    leads.do(BROKER, ids[5], "introduce", {"agency": "need"})
    with pytest.raises(NoCapacity):
        leads.do(BROKER, ids[7], "introduce", {"agency": "need"})  # b is in three
    leads.do(BROKER, ids[3], "decline", {"side": "broker", "reason": "no_answer"})
    assert leads.do(BROKER, ids[7], "introduce", {"agency": "need"}).state == "introduced"
    for id in (ids[2], ids[4]):
        leads.do(BROKER, id, "introduce", {"agency": "need"})
    assert {one: len(taken) for one, taken in capacity.all_taken(store).items()} == {a: 3, b: 3}


def test_an_introduction_counts_for_the_house_that_an_expert_works_for_now(store: Store) -> None:
    begin(store)
    leads = Leads(store)
    id = ready(leads, suggest(store, public_demand(store)))
    leads.do(BROKER, id, "introduce", {"agency": "need"})
    works_at = edge(EdgeKind.AFFILIATED_WITH, "exp-1", "ins-lab")
    store.write(Batch(edges=[edge(EdgeKind.AFFILIATED_WITH, "exp-1", "ins-stranger")], delete=[works_at.id]))
    assert capacity.all_taken(store) == {"exp-1": [id], "ins-stranger": [id]}
    leads.do(BROKER, id, "decline", {"side": "broker", "reason": "no_answer"})
    assert capacity.all_taken(store) == {}, "nobody is left with it"


def two_laboratories(store: Store, folder: Path) -> tuple[str, str, tuple[str, str]]:
    """Two laboratories from a file, and a work of each."""
    begin(store)
    write_csv(folder / "institutions.csv", [{"id": "1", "name": "Laboratory of coatings"}, {"id": "2", "name": "Institute for gauges"}])
    write_csv(
        folder / "achievements.csv",
        [{"id": "1", "title": "A coating", "institution": "1"}, {"id": "2", "title": "A gauge", "institution": "2"}],
    )
    ingest(store, [folder])
    owned = {store.get([one.target])[one.target].title: one for one in store.scan(EdgeKind.OWNS) if one.target != "ach-1"}  # type: ignore[union-attr]
    first, second = owned["A coating"], owned["A gauge"]
    return first.source, second.source, (first.target, second.target)  # type: ignore[union-attr]


def test_what_is_confidential_takes_no_room_that_others_see(store: Store) -> None:
    """Two introductions to confidential demands, and an expert who takes two: others introduce two more, as if there were none; a third
    confidential one finds no room."""
    begin(store)
    leads = Leads(store)
    secret = [ready(leads, suggest(store, posted_demand(store))) for _ in range(3)]
    others = [ready(leads, suggest(store, public_demand(store, f"dem-{number}"))) for number in range(3)]
    for id in secret[:2]:
        leads.do(FIRM, id, "introduce", {"agency": "none"})
    for id in others[:2]:
        assert leads.do(BROKER, id, "introduce", {"agency": "need"}).state == "introduced"
    assert capacity.shown(store, [*secret, *others]) == set(others)
    for who, id in ((FIRM, secret[2]), (BROKER, others[2])):
        with pytest.raises(NoCapacity, match="Wang takes no further introduction"):
            leads.do(who, id, "introduce", {"agency": "none"})
    leads.do(BROKER, others[0], "decline", {"side": "broker", "reason": "no_answer"})
    assert leads.do(BROKER, others[2], "introduce", {"agency": "need"}).state == "introduced"


class Boards(RuleBasedStateMachine):
    """Anybody does anything with the leads of two experts, who change their house; what is counted is what the states come to."""

    @initialize()
    def start(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp())
        self.store = connect(f"sqlite:///{self.folder}/s.db")
        begin(self.store)
        expert = Expert(id="exp-2", provenance=ORIGIN, name="Li")
        self.store.write(Batch(nodes=[expert], edges=[edge(EdgeKind.AFFILIATED_WITH, "exp-2", "ins-lab")]))
        self.leads = Leads(self.store, settings=FEW)
        self.house = {"exp-1": "ins-lab", "exp-2": "ins-lab"}
        self.ids = [suggest(self.store, public_demand(self.store, f"dem-{n}"), f"exp-{n % 2 + 1}") for n in range(8)]
        for id in self.ids:
            ready(self.leads, id)

    @rule(at=st.integers(0, 7), into=st.integers(0, 7), event=st.sampled_from(EVENTS))
    def act(self, at: int, into: int, event: str) -> None:
        says = {
            "introduce": {"agency": "need"}, "agree": {"mode": "contract", "title": "x"}, "decline": {"side": "broker", "reason": "price"},
            "reopen": {"text": "x"}, "merge": {"into": self.ids[into]},
        }.get(event, {})  # fmt: skip
        try:
            if event == "ready":
                ready(self.leads, self.ids[at])
            else:
                self.leads.do(OPERATOR, self.ids[at], event, says)
        except DovetailError:
            return

    @rule(expert=st.sampled_from(["exp-1", "exp-2"]), to=st.sampled_from(["ins-lab", "ins-firm"]))
    def move(self, expert: str, to: str) -> None:
        """An expert changes the house; one that has no room there stays."""
        holding = [value for _id, value in values(self.store, "lead") if value["state"] in HOLDING and not value["into"]]
        there = sum(self.house[value["offer"]] == to for value in holding)
        if to == self.house[expert] or there + sum(value["offer"] == expert for value in holding) > 3:
            return
        before = edge(EdgeKind.AFFILIATED_WITH, expert, self.house[expert])
        self.store.write(Batch(edges=[edge(EdgeKind.AFFILIATED_WITH, expert, to)], delete=[before.id]))
        self.house[expert] = to

    @invariant()
    def nobody_is_over(self) -> None:
        if not hasattr(self, "store"):
            return
        holding: dict[str, list[str]] = {}
        for id, value in values(self.store, "lead"):
            if value["state"] in HOLDING and not value["into"]:
                for one in (value["offer"], self.house[value["offer"]]):
                    holding.setdefault(one, []).append(id)
        assert all(len(taken) <= (3 if one.startswith("ins-") else 2) for one, taken in holding.items())
        kept = {one: sorted(taken) for one, taken in capacity.all_taken(self.store).items()}
        assert kept == {one: sorted(taken) for one, taken in holding.items()}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


Boards.TestCase.settings = settings(max_examples=15, stateful_step_count=30)
TestBoards = Boards.TestCase
