"""How long a list of leads takes among 100,000: every filter and order, by what somebody may see, on a store.

    python benchmarks/lead_lists.py [--store URL] [--leads 100000] [--times 30]

In: the address of an empty store (by default a new SQLite file; a Neo4j server is addressed as ever). Out: a table: for each list the
median and the slowest of ``--times``, each a page of 50; the list after an act; and how long it takes to read the board for the first time.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable

from api.settings import load, open_store
from desk.process.principals import Actor, Role
from graph import Batch, Store
from graph.ids import edge_id
from graph.model import Achievement, Demand, Edge, EdgeKind, Institution, Node, Provenance, Visibility
from graph.store import chunks
from leads.board.listing import Sort, Wanted, listed
from leads.leads import Leads
from leads.model import Suggestion
from leads.suggestions import write

FIRMS, LABS, NEEDS, OFFERS, MOVED = 1500, 3000, 2000, 15000, 1000
ORIGIN = Provenance("benchmark", "1")
ACTS: list[tuple[str, dict[str, str]]] = [
    ("shortlist", {}), ("next", {"action": "x", "day": "2026-07-01"}), ("decline", {"side": "broker", "reason": "price"}),
]  # fmt: skip
REGIONS = ("福建省", "浙江省", "江苏省", "广东省", "北京市")
BROKER = Actor(id="key:broker", role=Role.BROKER, institution="ins-broker")
LAB = Actor(id="key:lab", role=Role.PROVIDER, institution="ins-l0")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)


def fill(store: Store, count: int) -> list[str]:
    """A store of ``count`` suggestions, some of which somebody has taken up; the ids of the leads."""
    rng = random.Random(0)
    nodes: list[Node] = [Institution(id="ins-broker", provenance=ORIGIN, name="Broker")]
    for n in range(FIRMS):
        nodes.append(Institution(id=f"ins-f{n}", provenance=ORIGIN, name=f"Firm {n}", region=rng.choice(REGIONS), country="CN"))
    nodes += [Institution(id=f"ins-l{n}", provenance=ORIGIN, name=f"Lab {n}") for n in range(LABS)]
    edges = []
    for n in range(NEEDS):
        visibility = Visibility.CONFIDENTIAL if n % 20 == 0 else Visibility.PUBLIC
        industry = (f"gbt4754:C{n % 30 + 13}",)
        nodes.append(Demand(id=f"dem-{n}", provenance=ORIGIN, title=f"Demand {n}", industry=industry, visibility=visibility))
        edges.append(tie(EdgeKind.POSTED, f"ins-f{rng.randrange(FIRMS)}", f"dem-{n}", visibility))
    for n in range(OFFERS):
        nodes.append(Achievement(id=f"ach-{n}", provenance=ORIGIN, title=f"Result {n}"))
        edges.append(tie(EdgeKind.OWNS, f"ins-l{rng.randrange(LABS)}", f"ach-{n}"))
    for part in chunks(nodes, 5000):
        store.write(Batch(nodes=part))
    for ties in chunks(edges, 5000):
        store.write(Batch(edges=ties))
    made: dict[str, Suggestion] = {}
    while len(made) < count:
        offer = f"ach-{rng.randrange(OFFERS)}"
        day = f"2026-{rng.randrange(1, 7):02}-{rng.randrange(1, 29):02}"
        said = {"work": offer, "fit": rng.random(), "points": rng.randrange(10**6), "found": day}
        one = Suggestion.of(f"dem-{rng.randrange(NEEDS)}", offer, **said)
        made[one.id] = one
    started = time.perf_counter()
    write(store, made.values())
    print(f"{count:,} suggestions written in {time.perf_counter() - started:.1f} s")
    leads, ids = Leads(store), list(made)
    for id in ids[:MOVED]:
        leads.do(OPERATOR, id, *rng.choice(ACTS))
    return ids


def tie(kind: EdgeKind, source: str, target: str, visibility: Visibility = Visibility.PUBLIC) -> Edge:
    """An edge between two nodes."""
    return Edge(id=edge_id(kind, source, target, "b"), kind=kind, source=source, target=target, provenance=ORIGIN, visibility=visibility)


def timed(name: str, times: int, run: Callable[[], object]) -> None:
    """Print how long ``run`` takes."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        took.append((time.perf_counter() - started) * 1000)
    print(f"{name:<56} {statistics.median(took):7.1f} ms  slowest {max(took):7.1f} ms")


def main() -> None:
    """Fill a store, and time its lists."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=30)
    given = parser.parse_args()
    folder = tempfile.TemporaryDirectory()
    store = open_store(load(), given.store or f"sqlite:///{folder.name}/leads.db", create=True)
    ids = fill(store, given.leads)
    started = time.perf_counter()
    listed(store, OPERATOR)
    print(f"the board read for the first time in {time.perf_counter() - started:.1f} s")
    wanted = {
        "all": Wanted(), "by state": Wanted(states=("shortlisted",)), "a region and half the fits": Wanted(region="福建省", fit=0.5),
        "a field": Wanted(field="C39"), "a firm": Wanted(firm="ins-f7"), "found since": Wanted(since="2026-06-01"),
        "due": Wanted(due="2026-12-31"), "stuck": Wanted(stuck=True), "declined for the price": Wanted(reason="price"),
    }  # fmt: skip
    for name, one in wanted.items():
        timed(f"operator, {name}, by fit", given.times, lambda one=one: listed(store, OPERATOR, one, limit=50))  # type: ignore[misc]
    for sort in Sort:
        timed(f"broker, all, by {sort}", given.times, lambda sort=sort: listed(store, BROKER, sort=sort, limit=50))  # type: ignore[misc]
    page = listed(store, BROKER, limit=50)
    timed("broker, the second page", given.times, lambda: listed(store, BROKER, limit=50, cursor=page.next or ""))
    timed("a laboratory, all, by fit", given.times, lambda: listed(store, LAB, limit=50))
    leads, more = Leads(store), iter(ids[MOVED:])

    def act() -> None:
        leads.do(OPERATOR, next(more), "shortlist")

    timed("an act", given.times, act)

    def act_and_list() -> None:
        act()
        listed(store, BROKER, limit=50)

    timed("an act, and the list after it", given.times, act_and_list)


if __name__ == "__main__":
    main()
