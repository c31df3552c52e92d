"""What one worker of the HTTP service carries: start ``dovetail serve`` on an indexed store and send it requests from this process.

    python benchmarks/service/load.py --store sqlite:////tmp/centre.db --clients 4 --requests 200 --minutes 10

Printed, in this order: the seconds until a cold process is ready; for an empty route (``/livez``), for stored demands and for fresh texts
the requests, errors, requests a second, p50 and p99 in milliseconds, with so many clients at once; the slowest of 20 concurrent questions
of two pages beside one batched encode of the very same sentences and windows in this process (no service beside it), and their ratio;
and, over ``--minutes`` of mixed questions and writes (demands that are begun), the memory of the service by the minute.

The service listens on a free port of 127.0.0.1 and is ended by its process id. It writes to a copy of the store (SQLite) beside a key that
is made for the run. An index of another model than the bundled one: name that in DOVETAIL_MODEL.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from latency import ANSWER_SECONDS, ROOT, question, served

sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks" / "cold"))
from question_length import PAGES, text

from api.settings import load
from desk.people.keys import Keys
from desk.process.principals import Actor, Role, Scope
from graph import connect
from graph.model import Demand, NodeKind, Visibility
from matcher.embedding.embedder import Embedded, Embedder
from matcher.index.generations import english_of
from matcher.index.snapshot import Snapshot
from matcher.signals.prepare import prepare

LONG_QUESTIONS = 20
Ask = Callable[[int, random.Random], None]


class Caller:
    """Somebody with a key."""

    def __init__(self, address: str, key: str = "") -> None:
        self._address = address
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def __call__(self, path: str, body: dict[str, Any] | None = None, seconds: float = ANSWER_SECONDS) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, self._headers)
        with urllib.request.urlopen(request, timeout=seconds) as response:
            return json.load(response)


class Recording(Embedder):
    """An embedder that notes what it is asked to embed of questions."""

    parts: list[str]

    def query(self, texts: Sequence[str], *, keep: bool = True) -> Embedded:
        self.parts.extend(texts)
        return super().query(texts, keep=keep)


def timed(name: str, ask: Ask, count: int, clients: int, seed: int) -> int:
    """Let so many clients ask so often together, print a line and give the number of errors."""
    taken: list[float] = []
    errors: list[str] = []

    def client(share: range) -> None:
        drawn = random.Random(f"{seed} {share.start}")
        for number in share:
            began = time.perf_counter()
            try:
                ask(number, drawn)
                taken.append(1000 * (time.perf_counter() - began))
            except (urllib.error.URLError, OSError, ValueError) as error:
                errors.append(str(error))

    began = time.perf_counter()
    threads = [threading.Thread(target=client, args=(range(one, count, clients),)) for one in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    sys.stdout.write(f"{name:14}{count:8}{len(errors):8}{len(taken) / wall:10.1f}{cuts[49]:10.1f}{cuts[98]:10.1f}\n")
    sys.stdout.writelines(f"  {one}\n" for one in sorted(set(errors)))
    return len(errors)


def concurrent(call: Caller, texts: list[str]) -> float:
    """The seconds of the slowest of these questions, all asked at once."""
    taken: list[float] = []

    def one(said: str) -> None:
        began = time.perf_counter()
        call("/v1/match", {"text": said, "k": 5}, 300.0)
        taken.append(time.perf_counter() - began)

    threads = [threading.Thread(target=one, args=(said,)) for said in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(taken)


def raw(store: str, texts: list[str]) -> float:
    """The seconds that one batched encode takes of what these questions have embedded."""
    opened = connect(store)
    chosen = load(store=store)
    embedder = Recording(chosen.model, english=english_of(opened))
    embedder.parts = []
    embedder.load()
    snapshot = Snapshot.open(opened, embedder)
    for said in texts:
        prepare("", said, snapshot.scale, embedder, keep=False)
    parts = list(embedder.parts)
    began = time.perf_counter()
    Embedder.query(embedder, parts, keep=False)
    taken = time.perf_counter() - began
    opened.close()
    return taken


def resident(process: int) -> float:
    """MiB that a process holds."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def mixed(call: Caller, process: int, minutes: int, clients: int, seed: int) -> None:
    """Ask and write for so many minutes, and print what the process holds after each."""
    until, stop = time.monotonic() + 60 * minutes, threading.Event()
    done = [0, 0]

    def client(number: int) -> None:
        drawn = random.Random(f"mixed {seed} {number}")
        while not stop.is_set():
            said = question(drawn, number)
            if number % 2:
                call("/v1/match", {"text": said, "k": 5})
                done[0] += 1
            else:
                call("/v1/demands", {"content": {"title": said, "description": said}})
                done[1] += 1

    threads = [threading.Thread(target=client, args=(one,)) for one in range(max(2, clients))]
    sys.stdout.write(f"memory at the start: {resident(process):.0f} MiB\n")
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        time.sleep(min(60.0, max(0.1, until - time.monotonic())))
        sys.stdout.write(f"  {resident(process):.0f} MiB after {done[0]} questions and {done[1]} demands begun\n")
        sys.stdout.flush()
    stop.set()
    for thread in threads:
        thread.join()


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True, help="address of an indexed SQLite store, such as sqlite:///centre.db")
    parser.add_argument("--requests", type=int, default=200, help="requests of each kind (default: 200)")
    parser.add_argument("--clients", type=int, default=4, help="who ask at once (default: 4)")
    parser.add_argument("--minutes", type=int, default=10, help="of mixed questions and writes (default: 10)")
    parser.add_argument("--seed", type=int, default=time.time_ns(), help="of the questions (default: another one each time)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dovetail-load-") as scratch:
        folder = Path(scratch)
        path = given.store.removeprefix("sqlite:///")
        shutil.copy(path, folder / "store.db")
        url = f"sqlite:///{folder}/store.db"
        store = connect(url)
        firm = next(one.id for one in store.scan(NodeKind.INSTITUTION))
        scanned = store.scan(NodeKind.DEMAND)
        demands = [one.id for one in scanned if isinstance(one, Demand) and one.visibility is Visibility.PUBLIC]
        operator = Actor(id="shell", role=Role.OPERATOR)
        key = Keys(store).create(operator, Role.ENTERPRISE, "load", institution=firm, scopes=(Scope.READ, Scope.WRITE))
        store.close()
        drawn = random.Random(given.seed)
        texts = [text(language, PAGES[language], drawn) for language in ("en", "zh") for _ in range(LONG_QUESTIONS // 2)]
        plain = raw(url, texts)
        with served(url, folder) as (address, service):
            anybody, member = Caller(address), Caller(address, key)
            sys.stdout.write(f"{'':14}{'requests':>8}{'errors':>8}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}\n")
            stored: Ask = lambda number, _drawn: anybody("/v1/match", {"about": demands[number % len(demands)], "k": 5})  # noqa: E731
            fresh: Ask = lambda number, drawn: anybody("/v1/match", {"text": question(drawn, number), "k": 5})  # noqa: E731
            errors = timed("empty route", lambda *_: anybody("/livez"), given.requests, given.clients, given.seed)
            errors += timed("stored demand", stored, given.requests, given.clients, given.seed) if demands else 0
            errors += timed("fresh text", fresh, given.requests, given.clients, given.seed)
            slowest = concurrent(anybody, texts)
            times = f"encoded in one batch {plain:.1f} s; {slowest / plain:.2f} times"
            sys.stdout.write(f"{LONG_QUESTIONS} of two pages at once: {slowest:.1f} s; {times}\n")
            sys.stdout.flush()
            if given.minutes:
                mixed(member, service.pid, given.minutes, given.clients, given.seed)
    return int(bool(errors))


if __name__ == "__main__":
    sys.exit(main())
