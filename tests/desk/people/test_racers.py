"""Many who act on one demand at once: each version is one's who is told so, the others are told that they came too late."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from desk.journal.heads import verify
from desk.journal.journal import Journal, Step
from desk.people.demands import Demands
from desk.people.streams import FOLDS
from desk.process.principals import Actor, Role
from graph import Batch, connect
from graph.errors import Conflict, InvalidInput
from tests.conftest import ROOT
from tests.graph.samples import institution

FIRM = Actor(id="key:firm", role=Role.ENTERPRISE, institution="ins-firm")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
BEFORE = 4
"""Entries of a demand before the race: drafted, handed in, looked over, published."""
MANY = [pytest.param(16, id="16"), pytest.param(100, id="100", marks=[pytest.mark.slow, pytest.mark.timeout(900)])]


def racer(number: int) -> Actor:
    return Actor(id=f"key:racer{number}", role=Role.ENTERPRISE, institution="ins-firm")


def published(url: str) -> str:
    store = connect(url)
    store.write(Batch(nodes=[institution("ins-firm")]))
    demands = Demands(store)
    one = demands.draft(FIRM, {"title": "x"}).id
    demands.do(FIRM, one, "submit", {"no_secrets": True})
    demands.do(OPERATOR, one, "accept")
    demands.do(FIRM, one, "publish", {"visibility": "confidential"})
    store.close()
    return one


@pytest.mark.parametrize("many", MANY)
def test_of_all_who_do_one_thing_one_does_it(store_url: str, many: int) -> None:
    """All are let loose on the same version, in four rounds; half of them on another connection and journal than the others."""
    one = published(store_url)
    stores = [connect(store_url) for _ in range(2)]
    doors = [Demands(store) for store in stores]
    rounds = ("talk", "part", "talk", "part")
    barrier = threading.Barrier(many)
    told: list[list[tuple[int, str]]] = [[] for _ in rounds]

    def race(number: int) -> None:
        for event, found in zip(rounds, told, strict=True):
            barrier.wait()
            try:
                doors[number % 2].do(racer(number), one, event)
                found.append((number, ""))
            except (Conflict, InvalidInput) as error:
                found.append((number, str(error)))

    threads = [threading.Thread(target=race, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = doors[0].history(FIRM, one)
    assert [len(found) for found in told] == [many] * len(rounds)
    winners = [[number for number, error in found if not error] for found in told]
    assert [[entry.actor] for entry in entries[BEFORE:]] == [[racer(number).id for number in won] for won in winners]
    for event, found in zip(rounds, told, strict=True):
        refused = {error for _number, error in found if error}
        assert refused and all(f"has no {event}; it has" in error or "changed" in error or one in error for error in refused), refused
    assert verify(stores[0], FOLDS) == (BEFORE + len(rounds), [])
    for store in stores:
        store.close()


@pytest.mark.parametrize("many", MANY)
def test_of_all_who_read_one_version_one_writes_the_next(store_url: str, many: int) -> None:
    """All have read the same state, and append to it what was decided by it."""
    one = published(store_url)
    stores = [connect(store_url) for _ in range(2)]
    journals = [Journal(store, FOLDS) for store in stores]
    barrier, won, lost = threading.Barrier(many), list[int](), list[int]()

    def race(number: int) -> None:
        state = journals[0].state(f"demand:{one}")
        assert state
        barrier.wait()
        step = Step(stream=f"demand:{one}", kind="talk", actor=racer(number).id, number=state.number + 1)
        try:
            journals[number % 2].append(step)
            won.append(number)
        except Conflict:
            lost.append(number)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, many - 1)
    assert [entry.actor for entry in journals[0].entries(f"demand:{one}")][BEFORE:] == [racer(won[0]).id]
    assert verify(stores[0], FOLDS) == (BEFORE + 1, [])
    for store in stores:
        store.close()


RACERS = """
import sys, threading
from desk.people.demands import Demands
from graph import connect
from graph.errors import Conflict, InvalidInput
from tests.desk.people.test_racers import racer

url, one, first, count, tries = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
demands = Demands(connect(url))
lock = threading.Lock()
print("ready", flush=True)
sys.stdin.readline()

def race(number):
    for n in range(tries):
        told = "lost"
        try:
            demands.do(racer(number), one, ("talk", "part")[(number + n) % 2])
            told = "won"
        except (Conflict, InvalidInput):
            pass
        with lock:
            print(told, number, flush=True)

threads = [threading.Thread(target=race, args=(first + n,)) for n in range(count)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize("each", [pytest.param(4, id="16"), pytest.param(25, id="100", marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_racers_of_several_processes(tmp_path: Path, each: int) -> None:
    """Four processes on one SQLite file: as many entries as there were winners, each under the winner's name."""
    url, tries = f"sqlite:///{tmp_path}/race.db", 6
    one = published(url)
    command = [sys.executable, "-c", RACERS, url, one]
    racers = [
        subprocess.Popen(
            [*command, str(each * n), str(each), str(tries)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]  # fmt: skip
    for process in racers:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in racers:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    lines = [line.split() for process in racers for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in racers] == [0] * 4
    assert len(lines) == 4 * each * tries
    won = Counter(racer(int(number)).id for told, number in lines if told == "won")
    store = connect(url)
    entries = Demands(store).history(FIRM, one)[BEFORE:]
    assert Counter(entry.actor for entry in entries) == won and len(entries) >= 2
    assert [entry.kind for entry in entries] == [("talk", "part")[n % 2] for n in range(len(entries))]
    assert verify(store, FOLDS) == (BEFORE + len(entries), [])
    store.close()
