"""The journal after ``kill -9``: every step that was acknowledged is there with all that followed from it, and the chains verify."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from desk.journal.heads import verify
from graph import connect
from tests.conftest import ROOT
from tests.desk.journal.test_journal import FOLDS

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


@pytest.mark.parametrize("round_", range(3))
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
