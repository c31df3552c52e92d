"""How fast rows reach Neo4j through ``Store``, beside the plainest script that puts the same rows there.

    NEO4J_URI=bolt://localhost:7687 NEO4J_USER=neo4j NEO4J_PASSWORD=... python benchmarks/neo4j_load.py --scale 1.0

At scale 1: 100,000 achievements, 10,000 institutions and 200,000 OWNS edges in batches of 5,000. The peer is UNWIND and MERGE in managed
transactions of the same driver, over the same constraints and indexes, of the same properties (hash, version and first lookup key too),
each batch also raising a revision and keeping its ids as a change; its rows are made before the clock runs, the store's are encoded,
checked and hashed while it runs. Both take turns on graphs of their own, which are deleted afterwards.

Printed: seconds of each round and the ratio of the medians; then a second run of the same batches through the store, its changes
and whether the server has committed anything meanwhile (others at work on it count too); then the reading of all of it.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import time
from collections.abc import Iterator
from typing import Any

import neo4j

from graph import Batch, connect
from graph.ids import edge_id, node_id
from graph.model import Achievement, Edge, EdgeKind, Institution, Node, NodeKind, Provenance, encode
from graph.neo4j_rows import properties

BATCH = 5000
Item = Node | Edge


def made(scale: float) -> Iterator[list[Item]]:
    """The rows in batches: institutions, achievements, then edges."""
    firms, works, edges = (int(scale * number) for number in (10_000, 100_000, 200_000))
    owners = [node_id(NodeKind.INSTITUTION, "bench", str(i)) for i in range(firms)]
    results = [node_id(NodeKind.ACHIEVEMENT, "bench", str(i)) for i in range(works)]
    text = "A method that is described here in about five hundred characters. " * 8

    def rows() -> Iterator[Item]:
        for i, one in enumerate(owners):
            yield Institution(id=one, provenance=Provenance("bench", str(i)), name=f"Firm {i}", country="DE", records=(f"rec-{i}",))
        for i, one in enumerate(results):
            told = Provenance("bench", str(i))
            yield Achievement(id=one, provenance=told, title=f"Method {i}", abstract=f"{i} {text}", date="2024", trl=5)
        for i in range(edges):
            source, target = owners[i * 7919 % firms], results[i % works]
            yield Edge(
                id=edge_id(EdgeKind.OWNS, source, target, "bench", str(i)), kind=EdgeKind.OWNS, source=source, target=target,
                provenance=Provenance("bench", str(i)), date="2024",
            )  # fmt: skip

    part: list[Item] = []
    for row in rows():
        if len(part) == BATCH or (part and isinstance(part[0], Edge) != isinstance(row, Edge)):
            yield part
            part = []
        part.append(row)
    yield part


def through_store(url: str, batches: list[list[Item]]) -> tuple[float, int]:
    """Seconds, and how many ids were added or changed."""
    store = connect(url)
    done = 0
    began = time.perf_counter()
    for batch in batches:
        written = store.write(
            Batch(nodes=[one for one in batch if isinstance(one, Node)], edges=[one for one in batch if isinstance(one, Edge)])
        )
        done += len(written.added) + len(written.changed)
    seconds = time.perf_counter() - began
    store.close()
    return seconds, done


def by_script(driver: neo4j.Driver, graph: str, batches: list[list[Item]]) -> float:
    """Seconds of the peer."""
    prepared: list[dict[str, list[Any]]] = []
    for batch in batches:
        rows: dict[str, list[Any]] = {}
        for one in batch:
            row = properties(one, encode(one), graph, 1)
            if isinstance(one, Edge):
                rows.setdefault("OWNS", []).append([one.source, one.target, one.id, row])
            else:
                rows.setdefault(type(one).__name__, []).append(row)
        prepared.append(rows)

    def write(tx: neo4j.ManagedTransaction, rows: dict[str, list[Any]]) -> None:
        for kind, part in rows.items():
            if kind == "OWNS":
                tx.run(
                    "UNWIND $rows AS row MATCH (s:Entity {graph: $graph, id: row[0]}) MATCH (t:Entity {graph: $graph, id: row[1]}) "
                    "MERGE (s)-[r:OWNS {graph: $graph, id: row[2]}]->(t) SET r = row[3]",
                    graph=graph, rows=part,
                ).consume()  # fmt: skip
            else:
                tx.run(
                    f"UNWIND $rows AS row MERGE (n:Entity {{graph: $graph, id: row.id}}) SET n:{kind}, n = row", graph=graph, rows=part
                ).consume()
        ids = [row[2] if isinstance(row, list) else row["id"] for part in rows.values() for row in part]
        tx.run(
            "MATCH (s:_Store {graph: $graph}) SET s.revision = s.revision + 1 "
            "CREATE (:_Change {graph: $graph, revision: s.revision, written: $ids})",
            graph=graph, ids=ids,
        ).consume()  # fmt: skip

    with driver.session() as session:
        session.run("CREATE (:_Store {graph: $graph, revision: 0, schema: 1, epoch: 'script'})", graph=graph).consume()
        began = time.perf_counter()
        for rows in prepared:
            session.execute_write(write, rows)
        return time.perf_counter() - began


def newest(driver: neo4j.Driver) -> frozenset[str]:
    """The bookmark of the newest transaction that the database has committed: the same as before if nothing was."""
    with driver.session() as session:
        session.run("RETURN 1").consume()
        return session.last_bookmarks().raw_values


def wipe(driver: neo4j.Driver, graph: str) -> None:
    """Delete what this run made."""
    with driver.session() as session:
        for label in ("Entity", "_Key", "_Change", "_Meta", "_Store"):
            statement = f"MATCH (n:{label} {{graph: $graph}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 10000 ROWS"
            session.run(statement, graph=graph).consume()


def main() -> None:
    """Both ways, in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    uri, auth = os.environ["NEO4J_URI"], (os.environ.get("NEO4J_USER", "neo4j"), os.environ["NEO4J_PASSWORD"])
    batches = list(made(chosen.scale))
    names = [f"bench-{secrets.token_hex(4)}" for _ in range(2 * chosen.rounds)]
    stores, scripts = [], []
    with neo4j.GraphDatabase.driver(uri, auth=auth, notifications_min_severity="OFF") as driver:
        try:
            connect(f"{uri}?graph={names[0]}").close()  # constraints and indexes
            for own, other in zip(names[::2], names[1::2], strict=True):
                scripts.append(by_script(driver, other, batches))
                stores.append(through_store(f"{uri}?graph={own}", batches)[0])
                print(f"script {scripts[-1]:.1f} s, store {stores[-1]:.1f} s")
            print(f"store / script: {statistics.median(stores) / statistics.median(scripts):.2f}")
            before = newest(driver)
            seconds, changes = through_store(f"{uri}?graph={names[0]}", batches)
            written = "nothing" if newest(driver) == before else "something"
            print(f"second run: {changes} changes, {written} committed on the server, {seconds:.1f} s")
            store = connect(f"{uri}?graph={names[0]}")
            began = time.perf_counter()
            number = sum(1 for kind in (NodeKind.INSTITUTION, NodeKind.ACHIEVEMENT, EdgeKind.OWNS) for _ in store.scan(kind))
            print(f"scan: {number:,} items in {time.perf_counter() - began:.1f} s")
            store.close()
        finally:
            for name in names:
                wipe(driver, name)


if __name__ == "__main__":
    main()
