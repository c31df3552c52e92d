"""How long matches take while rows come in: start ``dovetail serve`` on an indexed store, let clients ask, and feed it meanwhile.

    python benchmarks/service/while_feeding.py --rows 3000
    python benchmarks/service/while_feeding.py --rows 27000 --no-index

Three phases: ``before`` (nothing is fed), ``during`` (from the start of ``dovetail ingest`` until it has ended and ``/readyz`` says that
nothing is behind, or ``--seconds``), ``after``. Clients ask without a pause, each question new, so that each is embedded. The rows are
achievements of made-up owners, drawn with ``--seed``.

Printed for each phase: questions, errors, p50, p99 and the slowest in milliseconds, and the ratio of the p99 to that before. Then the lag:
how often the service said that it is behind, when it first said that nothing is after the ingest had ended, and when a question first found
the last of a sample of the rows. The exit code is 1 if a question failed.

The service listens on a free port of 127.0.0.1; it and the ingest are ended by their process ids. The store is in a temporary folder,
beside a copy of the vector cache.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from latency import DOVETAIL, ROOT, call, question, served

sys.path.insert(0, str(ROOT))
from matcher.embedding.embedder import cache_folder

MAKES = ["coating", "sensor", "battery", "catalyst", "membrane", "motor", "涂层", "传感器", "电池", "催化剂", "薄膜", "轴承"]
OF = ["silver", "zirconia", "graphene", "nickel", "cellulose", "银", "氧化锆", "石墨烯", "镍", "纤维素"]
DOES = ["resists heat", "saves energy", "works under water", "needs no lead", "耐高温", "节能", "可在水下工作", "无铅"]
SAMPLE = [
    "quokka telescopes", "lagoon harps", "basalt violins", "meteor umbrellas", "otter ladders", "glacier drums", "pollen clocks",
    "amber kites",
]
"""Titles of some rows, spread over the file, that nothing else resembles."""


def drawn(seeded: random.Random) -> str:
    """A thing that somebody makes."""
    return f"{seeded.choice(OF)} {seeded.choice(MAKES)}"


def rows(folder: Path, count: int, seeded: random.Random) -> Path:
    """A file of achievements, each with an abstract of its own."""
    file = folder / "achievements.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "title", "abstract", "owner"])
        for number in range(count):
            at, is_of_sample = divmod(number * len(SAMPLE), count)
            title = SAMPLE[at] if is_of_sample < len(SAMPLE) else f"{drawn(seeded)} {number}"
            said = ". ".join(f"{drawn(seeded)} {seeded.choice(DOES)} {seeded.randrange(10**9)}" for _ in range(6))
            writer.writerow([f"W{number}", title, said, f"Maker {number % 97} Ltd"])
    return file


class Clients:
    """Threads that ask without a pause; answers are kept by phase."""

    def __init__(self, address: str, count: int, seed: int) -> None:
        self.address, self.phase, self.stopped = address, "before", False
        self.taken: dict[str, list[float]] = {"before": [], "during": [], "after": []}
        self.errors: dict[str, list[str]] = {name: [] for name in self.taken}
        self.threads = [threading.Thread(target=self.ask, args=(seed + number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def ask(self, seed: int) -> None:
        seeded, number = random.Random(seed), 0
        while not self.stopped:
            phase, began = self.phase, time.perf_counter()
            try:
                call(f"{self.address}/v1/match", {"text": question(seeded, number), "k": 5})
                self.taken[phase].append(1000 * (time.perf_counter() - began))
            except Exception as error:
                self.errors[phase].append(f"{type(error).__name__}: {error}")
            number += 1

    def stop(self) -> None:
        self.stopped = True
        for thread in self.threads:
            thread.join()


def during(clients: Clients, command: list[str], folder: Path, given: argparse.Namespace) -> list[str]:
    """Feed the rows; what the service said of it beside what was so, as lines."""
    began = time.monotonic()
    clients.phase = "during"
    caught_up = ended = None
    looks, late, found = 0, {"behind": 0, "texts_behind": 0}, dict[str, float]()
    with (folder / "ingest.log").open("wb") as out:
        feeding = subprocess.Popen(command, env=environment(folder), stdout=out, stderr=subprocess.STDOUT)
    try:
        while time.monotonic() - began < given.seconds and not (caught_up and len(found) == len(SAMPLE)):
            time.sleep(0.5)
            if feeding.poll() is not None and ended is None:
                ended = time.monotonic() - began
                if feeding.returncode:
                    raise SystemExit((folder / "ingest.log").read_text("utf-8", errors="replace"))
            state = call(f"{clients.address}/readyz")
            looks, late = looks + 1, {name: before + bool(state[name]) for name, before in late.items()}
            if ended and caught_up is None and not state["behind"] and not state["texts_behind"]:
                caught_up = time.monotonic() - began
            for title in [one for one in SAMPLE if one not in found][:2]:
                answer = call(f"{clients.address}/v1/match", {"text": title, "want": "achievements", "k": 1})
                if [one["name"] for one in answer["matches"]] == [title]:
                    found[title] = time.monotonic() - began
    finally:
        feeding.terminate()
        feeding.wait()
    at = sorted(found.values())
    return [
        f"the ingest took {ended:.1f} s" if ended else "the ingest did not end in time",
        f"of {looks} looks {late['behind']} saw changes and {late['texts_behind']} texts behind; {given.rows} rows were fed",
        f"nothing was behind after {caught_up:.1f} s" if caught_up else f"behind after {given.seconds} s: {state}",
        f"{len(at)} of a sample of {len(SAMPLE)} rows were found, after {', '.join(f'{one:.1f}' for one in at)} s",
    ]


def environment(folder: Path) -> dict[str, str]:
    """Of the ingest."""
    return os.environ | {"PYTHONPATH": str(ROOT), "DOVETAIL_CACHE": str(folder / "cache")}


def report(clients: Clients) -> None:
    """A line a phase."""
    first = 0.0
    print(f"{'phase':>8} {'asked':>6} {'errors':>6} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'p99 to before':>14}")
    for phase, taken in clients.taken.items():
        cuts = statistics.quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else [*taken, 0.0] * 99
        first = first or cuts[98]
        errors = len(clients.errors[phase])
        print(f"{phase:>8} {len(taken):6} {errors:6} {cuts[49]:8.0f} {cuts[98]:8.0f} {max(taken, default=0):8.0f} {cuts[98] / first:14.2f}")
    for error in sorted({one for found in clients.errors.values() for one in found})[:5]:
        print(f"error: {error}", file=sys.stderr)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000, help="achievements that are fed (default: 3000)")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--no-index", action="store_true", help="feed with --no-index: the service embeds alone")
    parser.add_argument("--seconds", type=float, default=1800, help="give up waiting after so long (default: 1800)")
    parser.add_argument("--around", type=float, default=20, help="seconds of the phases before and after (default: 20)")
    parser.add_argument("--store", help="an empty store; SQLite in the temporary folder if it is not given")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6, help="of rows and questions (default: another one each time)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dovetail-feeding-") as name:
        folder = Path(name)
        store = given.store or f"sqlite:///{folder}/store.db"
        quiet: Any = {"env": environment(folder), "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        (folder / "cache").mkdir()
        (cache_folder() / "models").mkdir(parents=True, exist_ok=True)
        (folder / "cache" / "models").symlink_to(cache_folder() / "models")
        if (cache_folder() / "vectors").exists():  # those of the example centre, perhaps; what is fed is new in any case
            shutil.copytree(cache_folder() / "vectors", folder / "cache" / "vectors")
        subprocess.run([*DOVETAIL, "ingest", str(ROOT / "examples" / "centre"), "--store", store], check=True, **quiet)
        file = rows(folder, given.rows, random.Random(given.seed))
        with served(store, folder, cache=folder / "cache") as (address, _service):
            clients = Clients(address, given.clients, given.seed)
            try:
                time.sleep(given.around)
                feed = [*DOVETAIL, "ingest", str(file), "--store", store, *(["--no-index"] if given.no_index else [])]
                said = during(clients, feed, folder, given)
                clients.phase = "after"
                time.sleep(given.around)
            finally:
                clients.stop()
        if os.environ.get("SHOW_LOG"):
            print("\n".join(line for line in (folder / "log").read_text("utf-8").splitlines() if " HTTP/1" not in line), file=sys.stderr)
    report(clients)
    print("\n".join(said))
    return int(any(clients.errors.values()))


if __name__ == "__main__":
    sys.exit(main())
