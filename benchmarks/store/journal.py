"""How many entries a second the journal takes, one by one and grouped, beside raw inserts.

    python benchmarks/store/journal.py

A new SQLite file each: an entry at a time by one thread; as many by 32 threads, which share commits; and the same content put by sqlite3
alone, two rows and a commit for each entry, with the store's own pragmas. In turns; printed are entries a second, and what is wrong with
a journal if anything is.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

THREADS = 32
BODY = {"title": "Recover lithium from spent batteries", "description": "We lose a third of it in leaching. " * 10}


def appended(url: str, entries: int, threads: int) -> float:
    """Seconds for ``entries`` entries, each of a stream of its own."""
    from desk.journal.entries import Entry
    from desk.journal.heads import verify
    from desk.journal.journal import Journal, Step
    from graph import connect

    def fold(_state: dict[str, Any] | None, entry: Entry) -> dict[str, Any]:
        return dict(entry.body)

    store = connect(url)
    journal = Journal(store, {"bench": fold})
    steps = [Step(stream=f"bench:{i}", kind="make", actor="bench", body=BODY) for i in range(entries)]
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(journal.append, steps))
    seconds = time.perf_counter() - began
    count, problems = verify(store, {"bench": fold})
    store.close()
    if problems or count != entries:
        sys.exit(f"{count} of {entries} entries; " + "; ".join(problems[:3]))
    return seconds


def raw(path: Path, entries: int) -> float:
    """Seconds for the rows of as many entries (the entry and its state), a commit for each."""
    content = repr(BODY).encode()
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute("CREATE TABLE document (id TEXT PRIMARY KEY, content BLOB)")
    began = time.perf_counter()
    for i in range(entries):
        base.execute("BEGIN IMMEDIATE")
        base.executemany("INSERT INTO document VALUES (?, ?)", [(f"bench:{i}/1", content), (f"bench:{i}", content)])
        base.execute("COMMIT")
    seconds = time.perf_counter() - began
    base.close()
    return seconds


def main() -> None:
    """The three in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            one = appended(f"sqlite:///{path}/one.db", chosen.entries, 1)
            grouped = appended(f"sqlite:///{path}/grouped.db", chosen.entries, THREADS)
            plain = raw(path / "raw.db", chosen.entries)
        rates = {name: chosen.entries / seconds for name, seconds in (("one by one", one), ("grouped", grouped), ("raw", plain))}
        print("  ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()))


if __name__ == "__main__":
    main()
