"""How long a refresh of leads takes: all demands, nothing new, new works; and whether step by step comes to the same as all at once.

    python benchmarks/lead_refresh.py sqlite:///copy.db --as-of 2026-11-28 --bar 0.1 --model FOLDER --english-model none --whole

The store must be indexed; works are written into it, so give it a copy. A new work says the first half of one work and the end of another,
is of 2025 and owned by any institution. ``--whole``: ask every demand again at the end and compare.
"""

from __future__ import annotations

import argparse
import random
import time

from api.settings import embedder as make
from api.settings import load
from graph import Batch, connect
from graph.ids import edge_id, node_id
from graph.model import Achievement, Edge, EdgeKind, NodeKind, Provenance
from graph.store import Store
from leads import suggestions
from leads.model import Suggestion
from leads.settings import LeadSettings
from leads.suggest.refresh import refresh
from matcher.index.snapshot import Snapshot

SOURCE = "benchmark"


def new_works(store: Store, count: int, draw: random.Random) -> Batch:
    """Some works that are like those of the store, with their owners."""
    works = [node for node in store.scan(NodeKind.ACHIEVEMENT) if isinstance(node, Achievement)]
    owners = [node.id for node in store.scan(NodeKind.INSTITUTION)]
    stamp = f"{time.time_ns()}"
    batch = Batch()
    for number, one in enumerate(draw.sample(works, count)):
        name, other = f"{stamp}-{number}", draw.choice(works)
        said, more = one.abstract or "", other.abstract or ""
        id, origin = node_id(NodeKind.ACHIEVEMENT, SOURCE, name), Provenance(SOURCE, name)
        batch.nodes.append(
            Achievement(id=id, provenance=origin, title=one.title, abstract=f"{said[: len(said) // 2]} {more[-200:]}", date="2025")
        )
        owner = draw.choice(owners)
        owns = edge_id(EdgeKind.OWNS, owner, id, SOURCE)
        batch.edges.append(Edge(id=owns, kind=EdgeKind.OWNS, source=owner, target=id, provenance=origin))
    return batch


def main() -> None:
    """Refresh a store step by step and print what each step took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--bar", type=float, default=LeadSettings().bar)
    parser.add_argument("--works", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--model")
    parser.add_argument("--english-model")
    parser.add_argument("--whole", action="store_true")
    given = parser.parse_args()
    store = connect(given.store)
    embedder = make(load(store=given.store, model=given.model, english_model=given.english_model), store)
    bounds, draw = LeadSettings(bar=given.bar), random.Random(7)
    snapshot = Snapshot.open(store, embedder)

    def timed(label: str, *, every: bool = False) -> list[Suggestion]:
        began, work = time.monotonic(), time.process_time()
        done = refresh(store, snapshot, embedder, bounds, given.as_of, every=every)
        wall, cpu = time.monotonic() - began, time.process_time() - work
        print(f"{label}: {done.asked:,} asked, {done.joined:,} joined, {done.changed:,} changed, {wall:.1f} s ({cpu:.1f} s of CPU)")
        return sorted(suggestions.read(store), key=lambda one: one.id)

    timed("as it is")
    found = timed("nothing new")
    for _round in range(given.rounds):
        store.write(new_works(store, given.works, draw))
        began = time.monotonic()
        snapshot = snapshot.refreshed(store, embedder)
        print(f"the snapshot follows and embeds: {time.monotonic() - began:.1f} s")
        found = timed(f"{given.works} new works")
    if given.whole:
        print("the same" if timed("every demand", every=True) == found else "NOT THE SAME")
    store.close()


if __name__ == "__main__":
    main()
