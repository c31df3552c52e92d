"""How long it takes to make a viewer and to list demands among many: what every request asks of the states that are kept in memory.

    python -m benchmarks.store.states --demands 10000

Prints milliseconds, best of several, for an embedded store in a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from desk.people.admissions import Admissions
from desk.people.demands import Demands
from desk.people.sight import viewer_of
from desk.process.principals import Actor, Role
from graph import Batch, Store, connect
from graph.documents import Document, DocumentKind
from graph.model import Institution, Provenance

ROUNDS = 5
FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
OTHER = Actor(id="key:other", role=Role.ENTERPRISE, institution="ins-other")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--demands", type=int, default=10_000)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        store = filled(Path(folder) / "states.db", given.demands)
        one = next(iter(Demands(store).listed(FIRM))).node
        for name, call in (
            ("viewer", lambda: viewer_of(store, OTHER)),
            ("list of another's", lambda: list(Demands(store).listed(OTHER))),
            ("show another's", lambda: Demands(store).show(OTHER, one)),
            ("who sees", lambda: Admissions(store).who_sees(FIRM, one)),
        ):
            sys.stdout.write(f"{name:<20} {best(call):8.2f} ms\n")
        store.close()


def filled(path: Path, count: int) -> Store:
    """A store in which a firm has one demand in the graph for members, and so many more of the same state."""
    store = connect(f"sqlite:///{path}")
    origin = Provenance("bench", "1")
    store.write(Batch(nodes=[Institution(id=one, provenance=origin, name=one) for one in ("ins-firm", "ins-other")]))
    demands, reviewer = Demands(store), Actor(id="shell", role=Role.OPERATOR)
    one = demands.draft(FIRM, {"title": "Coating"}).id
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    demands.do(reviewer, one, "accept")
    demands.do(FIRM, one, "publish", {"visibility": "members"})
    state = store.documents([f"demand:{one}"])[f"demand:{one}"].content
    for start in range(0, count, 1000):
        numbers = range(start, min(start + 1000, count))
        store.write(Batch(documents=[Document(f"demand:{number:012x}", DocumentKind.STATE, state) for number in numbers]))
    return store


def best(call: Callable[[], object]) -> float:
    """The shortest of ``ROUNDS`` runs, in milliseconds."""
    call()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return min(times) * 1000


if __name__ == "__main__":
    main()
