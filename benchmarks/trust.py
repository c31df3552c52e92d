"""How long trust takes on a large platform: all opinions of one asker, and one new item of evidence.

    python benchmarks/trust.py --institutions 100000 --items 1000000

Makes ratings, deliveries and disputes at random (``--seed``) as tables in memory and prints, in milliseconds of CPU (median of
``--rounds``): reading the tables into items (once a snapshot), the first opinions of a day, of another asker of that day, of one asked
again, one opinion of an asker whose voices are known, and one new item: the next snapshot with it, and the first opinions there.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from graph.ids import edge_id, entity_id, record_id
from graph.model import EdgeKind, EvidenceKind, NodeKind
from matcher.columns import tables
from matcher.columns.network import Network
from matcher.trust.fusion import Trust

DAY = "2024-01-01"


def platform(institutions: int, items: int, seed: int) -> Network:
    """Tables of a platform: a few have much evidence, most have little."""
    draw = np.random.default_rng(seed)
    made = (entity_id(NodeKind.INSTITUTION, record_id(NodeKind.INSTITUTION, "b", str(n))) for n in range(institutions))
    ids = np.array(sorted(made), tables.ID)
    nodes = np.zeros(institutions, tables.NODE)
    nodes["id"], nodes["kind"] = ids, tables.NODE_CODE[NodeKind.INSTITUTION]
    edges = np.zeros(items, tables.EDGE)
    edges["id"] = np.array(sorted(edge_id(EdgeKind.EVIDENCE, "b", str(n), "b") for n in range(items)), tables.ID)
    edges["kind"] = tables.EDGE_CODE[EdgeKind.EVIDENCE]
    for end in ("source", "target"):
        edges[end] = ids[(institutions * draw.random(items) ** 2).astype(int)]
    kinds = [tables.EVIDENCE_CODE[kind] for kind in (EvidenceKind.RATING, EvidenceKind.DELIVERY, EvidenceKind.DISPUTE)]
    edges["category"] = draw.choice(kinds, items, p=[0.5, 0.4, 0.1])
    edges["value"] = np.where(draw.random(items) < 0.85, draw.random(items), -draw.random(items))
    edges["date"] = draw.integers(735_000, 738_000, items)
    return Network.of(nodes, edges)


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds of CPU that ``work`` takes: other programs on the machine do not count."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--institutions", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    network = platform(given.institutions, given.items, given.seed)
    network.joins.ends  # noqa: B018  (joins that other questions need too)

    def tell(name: str, works: Iterable[Callable[[], Any]]) -> None:
        print(f"{name:22} {statistics.median(timed(work) for work in works):8.1f} ms")

    rounds = range(given.rounds)
    print(f"{given.institutions:,} institutions, {given.items:,} items, median of {given.rounds}")
    tell("items from tables", (lambda: read_anew(network) for _ in rounds))
    _ = network.evidence.settled.pairs.by_target
    trust = Trust(network)
    tell("first of a day", (lambda n=n: trust.on(f"2024-02-{n + 1:02}").everyone(5) for n in rounds))  # type: ignore[misc]
    trusted = trust.on(DAY)
    trusted.everyone(5)
    tell("another asker", (lambda n=n: trusted.everyone(6 + n) for n in rounds))  # type: ignore[misc]
    tell("asked again", (lambda: trusted.everyone(6) for _ in rounds))
    tell("one opinion", (lambda n=n: trusted.sums(6, 77 + n) for n in rounds))  # type: ignore[misc]
    after = [trust]
    tell("one new item", (lambda n=n: after.append(with_item(after[-1], n)) for n in rounds))  # type: ignore[misc]
    later = (one.on(DAY) for one in after[1:])
    tell("first after it", (lambda one=one: one.everyone(5) for one in later))  # type: ignore[misc]


def read_anew(network: Network) -> None:
    """Read the tables into items, as if for the first time."""
    network.items_of_evidence.made = None
    network.evidence  # noqa: B018


def with_item(trust: Trust, number: int) -> Trust:
    """The trust after one more delivery, of the institution in row 5."""
    before = trust.network
    made = edge_id(EdgeKind.EVIDENCE, "new", str(number), "b").encode()
    new = np.zeros(1, tables.EDGE)
    new["id"], new["kind"], new["value"], new["date"] = made, tables.EDGE_CODE[EdgeKind.EVIDENCE], 1.0, 738_000
    new["source"], new["target"] = before.joins.node_ids[5], before.joins.node_ids[77 + number]
    new["category"] = tables.EVIDENCE_CODE[EvidenceKind.DELIVERY]
    return trust.followed(before.edited(new["id"], np.empty(0, tables.NODE), new))


if __name__ == "__main__":
    main()
