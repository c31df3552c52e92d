"""Jobs after ``kill -9`` of the process that reads them, at several moments: another goes on, all rows are there, and none twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from desk.jobs.incoming import Incoming
from desk.jobs.jobs import Jobs
from desk.jobs.work import Work
from desk.journal.heads import verify
from desk.people.streams import FOLDS
from desk.process.act import STATE
from desk.process.principals import Actor, Role, Scope
from graph import connect
from graph.model import NodeKind
from ingest import load
from tests.conftest import ROOT

LAB = Actor(id="key:lab", role=Role.PROVIDER, institution="ins-lab", scopes=frozenset({Scope.READ, Scope.INGEST}))
ROWS, JOBS, BATCH = 600, 3, 50
STORED = (0, 50, 600, 1450)
"""Rows that are there before the process is killed: none yet, in the first job, between two, in the last."""
VICTIM = """
import sys
from datetime import timedelta
from pathlib import Path
from desk.jobs.work import Work
from graph import connect
from ingest import load

load.ROWS = int(sys.argv[3])
work = Work(connect(sys.argv[1]), folder=Path(sys.argv[2]), lasts=timedelta(seconds=1), renewed=timedelta(seconds=0.2))
print("begun", flush=True)
while work.one():
    print("one", flush=True)
"""


@pytest.mark.parametrize("round_", range(len(STORED)))
def test_what_was_acknowledged_is_done_once(store_url: str, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "jobs"
    store = connect(store_url)
    jobs, ids = Jobs(store, folder), []
    for n in range(JOBS):
        with Incoming(folder, 1 << 20) as content:
            content.add(b"id,title,abstract\n" + b"".join(b"A%d-%d,Result %d of %d,text\n" % (n, row, row, n) for row in range(ROWS)))
            ids.append(jobs.submit(LAB, "achievements.csv", "lab", content).id)
    command = [sys.executable, "-c", VICTIM, store_url, str(folder), str(BATCH)]
    victim = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None and victim.stdout.readline() == "begun\n"
    for _ in range(2000):
        if store.count().get("Achievement", 0) >= STORED[round_]:
            break
        time.sleep(0.01)
    time.sleep(random.Random(round_).uniform(0.0, 0.05))
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    before = {id: jobs.show(LAB, id).value[STATE] for id in ids}
    monkeypatch.setattr(load, "ROWS", BATCH)
    work = Work(store, folder=folder, lasts=timedelta(seconds=1), renewed=timedelta(seconds=0.2))
    for _ in range(600):
        work.one()
        if {jobs.show(LAB, id).value[STATE] for id in ids} == {"done"}:
            break
        time.sleep(0.05)
    assert {jobs.show(LAB, id).value[STATE] for id in ids} == {"done"}, before
    nodes = [one.id for one in store.scan(NodeKind.ACHIEVEMENT)]
    assert len(nodes) == len(set(nodes)) == ROWS * JOBS
    for id in ids:
        counts = jobs.show(LAB, id).value["counts"]
        assert counts["added"] + counts["unchanged"] == ROWS == counts["read"], "no row is there twice, and none was lost"
    count, problems = verify(store, FOLDS)
    assert problems == [] and store.check(deep=True).problems == ()
    assert count == 3 * JOBS + sum(jobs.show(LAB, id).value["tries"] - 1 for id in ids)
    store.close()
