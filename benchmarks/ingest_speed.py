"""How many rows a second an ingest takes in: a first pass, and a second that changes nothing; one checkout beside another.

    python benchmarks/ingest_speed.py FOLDER --source sbir --rounds 3
    python benchmarks/ingest_speed.py FOLDER --source sbir --rounds 3 --against /path/to/another/checkout

FOLDER is ingested into a new store in a temporary folder and then once more into the same store, each time by a process of its own
that ends with the pass over similar names. With ``--against`` the same is done with another checkout's code, in turns, so that a machine
that others use too slows both. Rows of ``raw`` are the nodes, edges and keys of that store, put into an empty file of the same
schema by one thread that does nothing else: what SQLite takes of the whole.

Printed: rows a second by the clock and by the CPU (user and system, this process's threads together), the resident set at its peak,
the content hash, and with ``--against`` the ratios of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PASSES = ("first", "second")
BATCH = 5_000
"""Rows of a file that one transaction takes."""


def one_pass(url: str, folder: str, source: str | None) -> dict[str, Any]:
    """Ingest ``folder`` into the store at ``url``, in this process; what it took."""
    from graph import connect
    from ingest.load import ingest

    store = connect(url)
    wall, cpu = time.perf_counter(), time.process_time()
    report = ingest(store, [folder], source=source)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    content = store.check(deep=True).content
    store.close()
    rows = sum(file.read for file in report.files)
    unchanged = sum(file.unchanged for file in report.files)
    return {"rows": rows, "unchanged": unchanged, "wall": wall, "cpu": cpu, "peak": peak, "content": content}


def measured(checkout: Path, url: str, folder: str, source: str | None) -> dict[str, Any]:
    """The same with another checkout's code, in a process of its own."""
    command = [sys.executable, __file__, folder, "--store", url, *(["--source", source] if source else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(checkout)})
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def raw(filled: Path, empty: Path) -> float:
    """Seconds that the rows of one file take to be put into another of the same schema, in the order in which they lie there."""
    from graph.sqlite.store import SqliteStore

    source = sqlite3.connect(filled)
    tables = {one: source.execute(f"SELECT * FROM {one}").fetchall() for one in ("node", "edge", "key")}
    source.close()
    SqliteStore(empty).close()
    target = sqlite3.connect(empty, isolation_level=None)
    target.execute("PRAGMA synchronous=NORMAL")
    target.execute("PRAGMA cache_size=-65536")
    target.execute("PRAGMA wal_autocheckpoint=10000")
    batches = max(1, -(-len(tables["node"]) // (4 * BATCH)))
    wall = time.perf_counter()
    for at in range(batches):
        target.execute("BEGIN IMMEDIATE")
        for name, rows in tables.items():
            size = -(-len(rows) // batches)
            part = rows[at * size : (at + 1) * size]
            if part:
                target.executemany(f"INSERT OR IGNORE INTO {name} VALUES ({','.join('?' * len(part[0]))})", part)
        target.execute("COMMIT")
    seconds = time.perf_counter() - wall
    target.close()
    return seconds


def compared(given: argparse.Namespace) -> None:
    """Every round with every checkout, and what came of it."""
    checkouts = {"this": ROOT} | ({"other": given.against.resolve()} if given.against else {})
    took: dict[tuple[str, str], list[dict[str, Any]]] = {(name, which): [] for name in checkouts for which in PASSES}
    plain: list[float] = []
    for number in range(given.rounds):
        for name in sorted(checkouts, reverse=bool(number % 2)):
            with tempfile.TemporaryDirectory(prefix="dovetail-benchmark-") as folder:
                file = Path(folder) / "store.db"
                for which in PASSES:
                    took[name, which].append(measured(checkouts[name], f"sqlite:///{file}", given.folder, given.source))
                if name == "this":
                    plain.append(raw(file, Path(folder) / "raw.db"))
    rows = took["this", "first"][0]["rows"]
    print(f"{rows:,} rows")
    for (name, which), runs in took.items():
        wall, cpu = (statistics.median(one[key] for one in runs) for key in ("wall", "cpu"))
        peak = max(one["peak"] for one in runs)
        print(f"{name:5} {which:6} {rows / wall:8,.0f} rows/s, {rows / cpu:8,.0f} rows/s of CPU, {peak:5.0f} MB at the peak")
    print(f"raw inserts  {rows / statistics.median(plain):8,.0f} rows/s")
    for which in PASSES if given.against else ():
        for key in ("wall", "cpu"):
            pairs = zip(took["other", which], took["this", which], strict=True)
            ratios = sorted(other[key] / this[key] for other, this in pairs)
            print(f"{which} pass, {key}: {statistics.median(ratios):.2f} times as fast [{ratios[0]:.2f}, {ratios[-1]:.2f}]")
    print("content", *sorted({one["content"] for runs in took.values() for one in runs}))


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--source")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--store", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.store:
        print(json.dumps(one_pass(given.store, given.folder, given.source)))
    else:
        compared(given)


if __name__ == "__main__":
    main()
