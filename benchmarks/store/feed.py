"""How much memory it takes to read a long change feed: the whole of it beside its last tenth.

    python benchmarks/store/feed.py                                                  # a new SQLite file
    NEO4J_USER=neo4j NEO4J_PASSWORD=... python benchmarks/store/feed.py bolt://localhost:7687  # a graph of its own there, deleted after it

Institutions with a name and nothing else, written in batches of 5,000, so that each change carries 5,000 ids; then each reading by a
process of its own, which lets go of a change before it takes the next. Printed: rows, seconds, and the resident set of that process
when the store is open and at its peak. Linux only.
"""

from __future__ import annotations

import argparse
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BATCH = 5000


def write(url: str, rows: int) -> None:
    """``rows`` institutions."""
    from graph import Batch, connect
    from graph.model import Institution, Provenance

    store = connect(url)
    for start in range(0, rows, BATCH):
        ids = (f"ins-{i:016}" for i in range(start, start + BATCH))
        store.write(Batch(nodes=[Institution(id=one, provenance=Provenance("bench", one), name=one) for one in ids]))
    store.close()


def read(url: str, after: int) -> None:
    """All changes after revision ``after``."""
    from graph import connect
    from graph.store import Cursor

    store = connect(url, create=False)
    epoch, _ = store.cursor()
    opened, began, rows = resident("VmRSS"), time.perf_counter(), 0
    for change in store.changes(Cursor(epoch, after)):
        rows += len(change.written)
    seconds = time.perf_counter() - began
    print(f"  {rows:>9,} rows in {seconds:5.1f} s; resident {opened:.0f} MB when open, {resident('VmHWM'):.0f} MB at its peak", flush=True)
    store.close()


def resident(which: str) -> float:
    """MB of this process's resident set: ``VmRSS`` as it is, ``VmHWM`` at its largest."""
    return next(int(line.split()[1]) / 1024 for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith(which))


def delete(url: str) -> None:
    """Delete what this run made on a server."""
    import neo4j

    from graph.neo4j.session import Address, credentials

    at = Address.parse(url)
    with neo4j.GraphDatabase.driver(at.server, auth=credentials()) as driver, driver.session(database=at.database) as session:
        for label in ("Entity", "_Change", "_Store"):
            statement = f"MATCH (n:{label} {{graph: $graph}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 1000 ROWS"
            session.run(statement, graph=at.graph).consume()


def main() -> None:
    """Write once, read twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?", help="address of a Neo4j server; a new SQLite file if it is not given")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--read", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.read is not None:
        read(chosen.server, chosen.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"{chosen.server}?graph=bench-{secrets.token_hex(4)}" if chosen.server else f"sqlite:///{Path(folder)}/feed.db"
        try:
            write(url, chosen.rows)
            changes = -(-chosen.rows // BATCH)
            print(url.partition("?")[0])
            for after in (changes - changes // 10, 0):
                subprocess.run([sys.executable, __file__, url, "--read", str(after)], check=True)
        finally:
            if chosen.server:
                delete(url)


if __name__ == "__main__":
    main()
