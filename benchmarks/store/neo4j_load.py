"""How fast rows reach Neo4j through ``Store``, beside the plainest script that puts the same rows there.

    NEO4J_URI=bolt://localhost:7687 NEO4J_USER=neo4j NEO4J_PASSWORD=... python benchmarks/store/neo4j_load.py --scale 1.0

At scale 1: 100,000 achievements, 10,000 institutions and 200,000 OWNS edges in batches of 5,000. The peer is UNWIND and MERGE in managed
transactions of the same driver, over the same constraints and indexes, of the same properties (hash, version and first lookup key too),
each batch also raising a revision and keeping its ids as a change; its rows are made before the clock runs, the store's are encoded,
checked and hashed while it runs. Both take turns on graphs of their own, which are deleted afterwards.

Printed: seconds of each round, by the wall and of the CPU at both ends, the first turn changing from round to round, and the ratio of the
medians; a short round before, which is not counted, lets the server plan its statements. Then a second run of the same batches through
the store, its changes and whether the server has committed anything meanwhile (others at work on it count too); then the reading of
all of it.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import neo4j

from graph import Batch, connect
from graph.ids import edge_id, node_id
from graph.model import Achievement, Edge, EdgeKind, Institution, Node, NodeKind, Provenance, encode
from graph.neo4j.rows import properties

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


class Spent(NamedTuple):
    """Seconds by the wall clock, of this process's CPU and of the server's."""

    wall: float
    client: float
    server: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s (CPU {self.client:.1f} here, {self.server:.1f} at the server)"


class Clock:
    """Runs from its making to ``spent``."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self._driver = driver
        self._server, self._client, self._wall = self._server_cpu(), time.process_time(), time.perf_counter()

    def spent(self) -> Spent:
        """The seconds since."""
        wall, client = time.perf_counter() - self._wall, time.process_time() - self._client
        return Spent(wall, client, self._server_cpu() - self._server)

    def _server_cpu(self) -> float:
        statement = "CALL dbms.queryJmx('java.lang:type=OperatingSystem') YIELD attributes RETURN attributes.ProcessCpuTime.value / 1e9"
        return float(self._driver.execute_query(statement).records[0][0])


def through_store(driver: neo4j.Driver, url: str, batches: list[list[Item]]) -> tuple[Spent, int]:
    """What it took, and how many ids were added or changed."""
    store = connect(url)
    done = 0
    clock = Clock(driver)
    for batch in batches:
        written = store.write(
            Batch(nodes=[one for one in batch if isinstance(one, Node)], edges=[one for one in batch if isinstance(one, Edge)])
        )
        done += len(written.added) + len(written.changed)
    spent = clock.spent()
    store.close()
    return spent, done


def by_script(driver: neo4j.Driver, graph: str, batches: list[list[Item]]) -> Spent:
    """What it took the peer."""
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
        clock = Clock(driver)
        for rows in prepared:
            session.execute_write(write, rows)
        return clock.spent()


def newest(driver: neo4j.Driver) -> frozenset[str]:
    """The bookmark of the newest transaction that the database has committed: the same as before if nothing was."""
    with driver.session() as session:
        session.run("RETURN 1").consume()
        return session.last_bookmarks().raw_values


def wipe(driver: neo4j.Driver, graph: str) -> None:
    """Delete what this run made."""
    with driver.session() as session:
        for label in ("Entity", "_Key", "_Change", "_Meta", "_Store"):
            statement = f"MATCH (n:{label} {{graph: $graph}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 1000 ROWS"
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
    stores, scripts = list[float](), list[float]()
    with neo4j.GraphDatabase.driver(uri, auth=auth, notifications_min_severity="OFF") as driver:

        def script(graph: str) -> None:
            spent = by_script(driver, graph, batches)
            scripts.append(spent.wall)
            print(f"script {spent}", flush=True)

        def store_(graph: str) -> None:
            spent, _ = through_store(driver, f"{uri}?graph={graph}", batches)
            stores.append(spent.wall)
            print(f"store  {spent}", flush=True)

        try:
            connect(f"{uri}?graph={names[0]}").close()  # constraints and indexes
            short = list(made(0.02))
            names += (warm := [f"bench-{secrets.token_hex(4)}" for _ in range(2)])
            by_script(driver, warm[0], short)
            through_store(driver, f"{uri}?graph={warm[1]}", short)
            for number in range(chosen.rounds):
                turn = [(store_, names[2 * number]), (script, names[2 * number + 1])]
                for way, graph in turn if number % 2 else reversed(turn):
                    way(graph)
            print(f"store / script: {statistics.median(stores) / statistics.median(scripts):.2f}")
            before = newest(driver)
            spent, changes = through_store(driver, f"{uri}?graph={names[0]}", batches)
            written = "nothing" if newest(driver) == before else "something"
            print(f"second run: {changes} changes, {written} committed on the server, {spent}")
            store = connect(f"{uri}?graph={names[0]}")
            clock = Clock(driver)
            number = sum(1 for kind in (NodeKind.INSTITUTION, NodeKind.ACHIEVEMENT, EdgeKind.OWNS) for _ in store.scan(kind))
            print(f"scan: {number:,} items in {clock.spent()}")
            store.close()
        finally:
            for name in names:
                wipe(driver, name)


if __name__ == "__main__":
    main()
