"""The journal after ``kill -9``: every step that was acknowledged is there with all that followed from it, and the chains verify."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

from desk.journal.heads import verify
from desk.journal.journal import Journal, Step
from graph import Batch, connect
from graph.errors import Conflict
from tests.conftest import ROOT
from tests.desk.journal.test_journal import FOLDS
from tests.graph.neo4j.test_failure import Own, own, server
from tests.graph.samples import achievement

__all__ = ["own", "server"]
KILLS = int(os.environ.get("DOVETAIL_TEST_KILLS", "3"))
"""How often whoever appends, and how often the server, is killed; what is beyond three is slow."""
ROUNDS = [pytest.param(n, marks=[pytest.mark.slow] if n >= 3 else []) for n in range(max(KILLS, 3))]

VICTIM = """
import sys, threading
from desk.journal.journal import Journal, Step
from graph import Batch, connect
from graph.model import Achievement, Provenance
from tests.desk.journal.test_journal import FOLDS

store = connect(sys.argv[1])
journal = Journal(store, FOLDS)
lock = threading.Lock()

def work(thread):
    for n in range(10_000):
        made = Achievement(id=f"ach-{thread}-{n}", provenance=Provenance("tests", "x"), title="t")
        journal.append(Step(stream=f"lead:{thread}", kind="moved", actor="a", batch=Batch(nodes=[made])))
        with lock:
            print(f"lead:{thread} {n + 1}", flush=True)

for thread in range(4):
    threading.Thread(target=work, args=(thread,)).start()
"""


@pytest.mark.parametrize("round_", ROUNDS)
def test_what_was_acknowledged_is_there_with_all_that_followed(store_url: str, round_: int) -> None:
    connect(store_url).close()
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, store_url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    first = victim.stdout.readline()
    time.sleep(random.Random(round_).uniform(0.0, 0.6))
    victim.send_signal(signal.SIGKILL)
    told = [first, *victim.stdout.read().splitlines(keepends=True)]
    victim.wait()
    acknowledged: dict[str, int] = {}
    for line in told:
        if line.endswith("\n"):
            stream, number = line.split()
            acknowledged[stream] = max(acknowledged.get(stream, 0), int(number))
    store = connect(store_url)
    count, problems = verify(store, FOLDS)
    assert problems == [] and store.check(deep=True).problems == ()
    assert count == store.count().get("Achievement", 0)  # a step and what followed from it, or neither
    states = {one.id: one for one in store.documents_since(0)}
    for stream, number in acknowledged.items():
        assert f"{stream}/{number:010d}" in states
    store.close()


@pytest.mark.neo4j
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_was_acknowledged_outlives_the_server(own: tuple[Own, str]) -> None:
    """The server is killed under four who append, again and again: nothing acknowledged is lost, and nothing is there twice."""
    server, url = own
    store = connect(url, wait_seconds=300)
    journal = Journal(store, FOLDS)
    stop, acknowledged = threading.Event(), list[str]()
    refused = 0

    def work(thread: int) -> None:
        nonlocal refused
        n = 0
        while not stop.is_set():
            n += 1
            step = Step(stream=f"lead:{thread}", kind="moved", actor="a", batch=Batch(nodes=[achievement(f"ach-{thread}-{n}")]))
            try:
                acknowledged.append(journal.append(step).id)
            except Conflict:  # it was written as the server went, and so was there already when it was tried again
                refused += 1

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    seeded = random.Random(2)
    try:
        for _ in range(KILLS):
            before = len(acknowledged)
            while len(acknowledged) < before + 4 and any(thread.is_alive() for thread in threads):
                time.sleep(0.05)
            time.sleep(seeded.uniform(0.0, 2.0))
            server.kill()
            server.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    count, problems = verify(store, FOLDS)
    assert problems == [] and store.check(deep=True).problems == ()
    there = {one.id for one in store.documents_since(0)}
    assert set(acknowledged) <= there and len(set(acknowledged)) == len(acknowledged)
    assert len(acknowledged) <= count <= len(acknowledged) + refused
    assert count == store.count()["Achievement"]
    store.close()
