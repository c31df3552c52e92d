"""Lists of leads: the same rule of who may see what as one lead has, filters, orders and pages against a slow plain oracle."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.people.demands import Demands
from desk.people.sight import node_of
from graph import Batch, Store, connect
from graph.errors import DovetailError, InvalidInput, NotFound
from graph.model import Achievement, EdgeKind, Provenance, Visibility
from leads.board.listing import Before, Listed, Sort, Wanted, listed
from leads.leads import Leads
from leads.model import Suggestion
from leads.suggestions import write
from tests.leads.worlds import (
    AGENT,
    BROKER,
    EVERYBODY,
    FIRM,
    LAB,
    OPERATOR,
    RIVAL,
    STRANGER,
    begin,
    edge,
    posted_demand,
    public_demand,
    suggest,
)

TODAY = "2999-12-31"


@pytest.fixture
def leads(store: Store) -> Leads:
    begin(store)
    return Leads(store)


def all_of(store: Store, actor: Any, wanted: Wanted | None = None, sort: Sort = Sort.FIT, *, limit: int = 1000) -> list[Listed]:
    """All pages of a list."""
    found, cursor = [], ""
    while True:
        page = listed(store, actor, wanted, sort, limit=limit, cursor=cursor, today=TODAY)
        found += page.data
        assert page.count >= len(found)
        if page.next is None:
            assert len(found) == page.count
            return found
        cursor = page.next


def ids(found: list[Listed]) -> list[str]:
    return [one.lead.id for one in found]


EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("shortlist", {}), ("propose", {"side": "offer"}), ("propose", {"side": "need"}), ("interested", {"side": "offer", "on_word": "phone"}),
    ("interested", {"side": "need"}), ("interested", {"side": "need", "on_word": "mail"}), ("introduce", {"agency": "need"}),
    ("decline", {"side": "offer", "reason": "price"}), ("decline", {"side": "broker", "reason": "conflict"}), ("reopen", {"text": "x"}),
    ("assign", {"broker": "ins-broker"}), ("assign", {"broker": "ins-rival"}), ("release", {}),
    ("next", {"action": "x", "day": "2026-03-01"}),
]  # fmt: skip


def random_world(store: Store, seed: int) -> list[str]:
    """Demands of every visibility, a teaser, results seen by few, merged and deleted things, and acts of everybody."""
    rng = random.Random(seed)
    begin(store)
    needs = [public_demand(store, f"dem-{one}", rng.choice(["ins-firm", "ins-stranger"]), rng.choice(list(Visibility))) for one in range(3)]
    needs += [posted_demand(store, rng.choice(["public", "members", "confidential"]), agent=rng.random() < 0.5), "ins-firm"]
    for one in (2, 3):
        visibility = rng.choice(list(Visibility))
        work = Achievement(id=f"ach-{one}", provenance=Provenance("t", f"ach-{one}"), title="x", visibility=visibility)
        store.write(Batch(nodes=[work], edges=[edge(EdgeKind.OWNS, rng.choice(["ins-lab", "ins-stranger"]), work.id, visibility)]))
    demands = Demands(store)
    for posted in list(demands.listed(FIRM)):
        if posted.value.get("visibility") == "confidential":
            demands.do(FIRM, posted.id, "tease", {"field": "coating"})
            needs.append(next(iter(demands.listed(FIRM))).node)
    offers = ["exp-1", "ach-1", "ach-2", "ach-3", "ins-lab", "exp-gone"]
    found = [suggest(store, need, rng.choice(offers), fit=rng.random()) for need in needs for _ in range(2)]
    leads = Leads(store)
    listed(store, OPERATOR)  # the board is kept from here on
    for _ in range(25):
        event, says = rng.choice(EVENTS)
        try:
            leads.do(rng.choice(EVERYBODY), rng.choice(found), event, says)
        except DovetailError:
            continue
    if rng.random() < 0.5:
        write(store, [], [rng.choice(found)])
    if rng.random() < 0.3:
        store.write(Batch(delete=[rng.choice(needs)]))
    return sorted(set(found))


@pytest.mark.parametrize("seed", range(12))
def test_a_list_has_what_one_may_see_one_by_one(store: Store, seed: int) -> None:
    everything = random_world(store, seed)
    leads = Leads(store)
    for actor in EVERYBODY:
        shown = {}
        for id in everything:
            try:
                shown[id] = leads.show(actor, id)
            except NotFound:
                continue
        found = all_of(store, actor, Wanted(merged=True), limit=3)
        assert sorted(ids(found)) == sorted(shown), actor.id
        for one in found:
            assert one.lead == shown[one.lead.id], actor.id


def test_filters_and_orders_against_a_plain_oracle(leads: Leads, store: Store) -> None:
    rng = random.Random(7)
    needs = [public_demand(store, f"dem-{one}", f"ins-{name}") for one, name in enumerate(["firm", "firm", "stranger", "agent"])]
    made = [
        Suggestion.of(need, offer, fit=rng.choice([0.25, 0.5, 0.75]), points=rng.randrange(5), found=f"2026-01-0{rng.randrange(1, 10)}")
        for need in needs
        for offer in ("exp-1", "ach-1", "ins-lab")
    ]
    write(store, made)
    for one in made[::3]:
        leads.do(BROKER, one.id, "next", {"action": "x", "day": f"2026-02-0{rng.randrange(1, 10)}"})
    leads.do(BROKER, made[1].id, "shortlist")
    leads.do(BROKER, made[4].id, "decline", {"side": "broker", "reason": "price"})
    owner = dict(zip(needs, ["ins-firm", "ins-firm", "ins-stranger", "ins-agent"], strict=True))
    due = {one.lead.id: one.lead.value.get("next", "") for one in all_of(store, BROKER)}

    def turns(one: Suggestion) -> int:
        same = sorted((-other.fit, other.id) for other in made if owner[other.need] == owner[one.need])
        return same.index((-one.fit, one.id))

    keys: dict[Sort, Any] = {
        Sort.FIT: lambda one: -one.fit, Sort.POINTS: lambda one: -one.points, Sort.DUE: lambda one: due[one.id] or "z",
        Sort.NEWEST: lambda one: [-ord(letter) for letter in one.found], Sort.TURNS: lambda one: (turns(one), -one.fit),
    }  # fmt: skip
    for sort, key in keys.items():
        right = [one.id for one in sorted(made, key=lambda one, key=key: (key(one), one.id))]  # type: ignore[misc]
        for limit in (1, 2, 5, 12):
            assert ids(all_of(store, BROKER, sort=sort, limit=limit)) == right, sort
    wanted: list[tuple[Wanted, Any]] = [
        (Wanted(firm="ins-firm"), lambda one: owner[one.need] == "ins-firm"),
        (Wanted(firm="ins-lab"), lambda _one: True),
        (Wanted(need="dem-2"), lambda one: one.need == "dem-2"),
        (Wanted(offer="exp-1", fit=0.5), lambda one: one.offer == "exp-1" and one.fit >= 0.5),
        (Wanted(since="2026-01-05"), lambda one: one.found >= "2026-01-05"),
        (Wanted(due="2026-02-04"), lambda one: bool(due[one.id]) and due[one.id] <= "2026-02-04"),
        (Wanted(states=("shortlisted", "declined")), lambda one: one in (made[1], made[4])),
        (Wanted(reason="price"), lambda one: one is made[4]),
        (Wanted(region="福建省"), lambda _one: True),
        (Wanted(region="浙江"), lambda _one: False),
        (Wanted(field="C39"), lambda _one: False),
        (Wanted(broker="ins-broker"), lambda _one: False),
        (Wanted(stuck=True), lambda one: one is made[1]),
    ]
    for filtered, is_wanted in wanted:
        assert sorted(ids(all_of(store, BROKER, filtered))) == sorted(one.id for one in made if is_wanted(one)), filtered


def test_what_is_stuck_and_what_was_declined_shows(leads: Leads, store: Store) -> None:
    id, other = suggest(store, public_demand(store)), suggest(store, public_demand(store, "dem-2"))
    leads.do(BROKER, id, "shortlist")
    leads.do(BROKER, other, "decline", {"side": "broker", "reason": "no_route"})
    day = leads.show(BROKER, other).since
    late = listed(store, BROKER, Wanted(stuck=True), today=TODAY)
    assert ids(late.data) == [id] and late.data[0].is_stuck
    assert not listed(store, BROKER, Wanted(stuck=True), today=leads.show(BROKER, id).since).data
    (shown,) = listed(store, BROKER, Wanted(states=("shortlisted",))).data
    assert shown.declined == Before("broker", "no_route", day, other)  # of the same firm and the same expert
    leads.do(BROKER, other, "assign", {"broker": "ins-rival"})
    (shown,) = listed(store, BROKER, Wanted(states=("shortlisted",))).data
    assert shown.declined is None  # it is not the broker's to see any more


def test_what_a_list_refuses(leads: Leads, store: Store) -> None:
    assert leads
    for wanted in (Wanted(states=("dancing",)), Wanted(reason="rain"), Wanted(region="Atlantis"), Wanted(since="soon"), Wanted(due="2026")):
        with pytest.raises(InvalidInput):
            listed(store, BROKER, wanted)
    for cursor in ("x", "!!", "W10"):
        with pytest.raises(InvalidInput, match="is no cursor"):
            listed(store, BROKER, cursor=cursor)
    with pytest.raises(InvalidInput, match="a page has"):
        listed(store, BROKER, limit=0)


def test_whose_a_teaser_is_no_filter_tells(leads: Leads, store: Store) -> None:
    demand = posted_demand(store)
    demands = Demands(store)
    (posted,) = demands.listed(FIRM)
    teased = demands.do(FIRM, posted.id, "tease", {"field": "coating"})
    assert demand == teased.node
    id = suggest(store, node_of(teased.value["teaser"]))
    assert leads.show(BROKER, id).about == "" and leads.show(FIRM, id).about == "ins-firm"
    for actor, count in ((BROKER, 0), (RIVAL, 0), (FIRM, 1), (OPERATOR, 1), (STRANGER, 0), (AGENT, 0), (LAB, 0)):
        assert listed(store, actor, Wanted(firm="ins-firm")).count == count, actor.id
    assert listed(store, BROKER).count == 1


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_any_world_lists_what_it_shows(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder: Path = tmp_path_factory.mktemp("world")
    store = connect(f"sqlite:///{folder}/s.db")
    everything = random_world(store, seed)
    leads = Leads(store)
    for actor in EVERYBODY:
        shown = set()
        for id in everything:
            try:
                leads.show(actor, id)
                shown.add(id)
            except NotFound:
                continue
        assert set(ids(all_of(store, actor, Wanted(merged=True)))) == shown, actor.id
    store.close()
