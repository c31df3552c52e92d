"""Kill ``dovetail ingest`` and ``dovetail index`` at random moments (SIGKILL), look at the store after each, and complete them.

    python benchmarks/kill.py examples/centre --store /tmp/killed.db --rounds 20 --seed 1

First both commands run once without interruption on a store of their own: how long they take and what content they give. Then
``ingest --no-index`` is killed ``--rounds`` times on ``--store`` (which must not be there yet), each time somewhere between its
start and its usual end; a run that ends before its kill is compared and begun anew on an empty store. ``index`` likewise, on
copies of the ingested store and each with a vector cache that is empty at first: what was embedded before a kill is kept.

Printed: a line a kill (which command, after how many seconds, whether it still ran, the store's revision after it, what a deep
check found), then a line a comparison of the completed store and Scale with those never interrupted, and last the number of
kills, problems and differences. The exit code is 1 if there is a problem or a difference, else 0. Vectors and indexes go to
new folders; ``--cache`` names one whose vectors are used instead (for data that take hours to embed). The unpacked model of the
user's cache is used where it is there.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DOVETAIL = [sys.executable, "-c", "from api.cli import main; main(prog_name='dovetail')"]
DONE = (0, 8)
"""Exit codes of a command that did its work; 8 says that rows were rejected, and the rest landed."""


class State(NamedTuple):
    """A store after a deep check."""

    revision: int
    problems: tuple[str, ...]
    content: str | None
    scale: str


class Bench:
    """The two commands on one data path, and what was counted."""

    def __init__(self, data: list[str], folder: Path, models: Path, cache: Path | None, seed: int) -> None:
        self.data, self.folder, self.models, self.cache, self.seeded = data, folder, models, cache, random.Random(seed)
        self.lives = self.kills = self.problems = self.differences = 0
        self.begin()

    def begin(self) -> None:
        """From here on another cache, without vectors unless one was named."""
        self.lives += 1
        cache = self.cache or self.folder / f"cache{self.lives}"
        cache.mkdir(parents=True, exist_ok=True)
        if self.models.is_dir() and not (cache / "models").exists():
            (cache / "models").symlink_to(self.models)
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "DOVETAIL_CACHE": str(cache)}

    def command(self, what: str, store: Path) -> list[str]:
        more = [*self.data, "--no-index", "--rejects", str(self.folder / "rejects")] if what == "ingest" else []
        return [*DOVETAIL, what, *more, "--store", url(store)]

    def start(self, what: str, store: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(what, store), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def complete(self, what: str, store: Path) -> float:
        """Run a command to its end; how many seconds it took."""
        began = time.monotonic()
        process = self.start(what, store)
        said = process.communicate()[1].decode("utf-8", "replace")
        if process.returncode not in DONE:
            raise SystemExit(f"{what} failed with exit code {process.returncode}: {said}")
        return time.monotonic() - began

    def kill(self, what: str, store: Path, usual: float, number: int) -> bool:
        """Kill a command somewhere in its usual time; whether it had ended before."""
        after = self.seeded.uniform(0, usual)
        process = self.start(what, store)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        ended = process.poll() is not None
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        said = process.communicate()[1].decode("utf-8", "replace").strip()
        if ended and process.returncode not in DONE:
            self.problems += 1
            print(f"  {what} failed by itself with exit code {process.returncode}: {said}")
        self.kills += not ended
        found = state(store)
        self.problems += len(found.problems)
        verdict = "; ".join(found.problems) or "clean"
        print(f"{what:7} {number:5} {after:8.2f} {'ended' if ended else 'killed':7} {found.revision:9}  {verdict}", flush=True)
        return ended

    def compare(self, what: str, store: Path, expected: State) -> None:
        """Complete the work and say whether it is what an uninterrupted run gives."""
        self.complete(what, store)
        found = state(store)
        same = found.content == expected.content and not found.problems and (what == "ingest" or found.scale == expected.scale)
        self.differences += not same
        print(f"{what:7} completed: content {found.content}, scale {found.scale or '-'}: {'the same' if same else 'DIFFERENT'}", flush=True)


def url(store: Path) -> str:
    """The address of a store's file."""
    return f"sqlite:///{store}"


def state(store: Path) -> State:
    """What a deep check finds; a store that was not made yet has nothing wrong."""
    from graph import connect
    from graph.errors import DovetailError

    if not store.exists():
        return State(0, (), None, "")
    try:
        opened = connect(url(store), create=True)
    except DovetailError as error:
        return State(0, (f"does not open: {error}",), None, "")
    try:
        check = opened.check(deep=True)
        scale = opened.meta("scale")
        return State(opened.cursor().revision, check.problems, check.content, hashlib.sha256(scale).hexdigest()[:16] if scale else "")
    finally:
        opened.close()


def copy(source: Path, store: Path) -> None:
    """A store file at another place; nobody has it open."""
    remove(store)
    shutil.copy(source, store)


def remove(store: Path) -> None:
    """Delete a store's files, if they are there."""
    for end in ("", "-wal", "-shm", "-journal"):
        store.with_name(store.name + end).unlink(missing_ok=True)


def run(bench: Bench, store: Path, rounds: int) -> int:
    """The whole benchmark; its exit code."""
    ingested, whole = bench.folder / "ingested.db", bench.folder / "whole.db"
    times = {"ingest": bench.complete("ingest", ingested)}
    for _ in range(2 if bench.cache else 1):  # a second time with the vectors there, as the killed runs will find them
        copy(ingested, whole)
        times["index"] = bench.complete("index", whole)
    expected = state(whole)
    print(f"uninterrupted: ingest {times['ingest']:.2f} s, index {times['index']:.2f} s, revision {expected.revision}")
    print(f"content {expected.content}, scale {expected.scale}")
    print(f"{'command':7} {'round':>5} {'after s':>8} {'state':7} {'revision':>9}  deep check")
    for what in ("ingest", "index"):
        is_new = True
        for number in range(1, rounds + 1):
            if is_new:
                bench.begin()
                remove(store) if what == "ingest" else copy(ingested, store)
            is_new = bench.kill(what, store, times[what], number)
            if is_new:
                bench.compare(what, store, expected)
        if not is_new:
            bench.compare(what, store, expected)
    print(f"{bench.kills} kills, {bench.problems} problems, {bench.differences} differences")
    return int(bool(bench.problems or bench.differences))


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="files or folders for dovetail ingest")
    parser.add_argument("--store", type=Path, required=True, help="path of a SQLite store that is not there yet; it is kept at the end")
    parser.add_argument("--rounds", type=int, default=20, help="kills of each command (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments (default: 1)")
    parser.add_argument("--cache", type=Path, help="folder whose vectors are used (default: new ones)")
    given = parser.parse_args()
    if given.store.exists():
        parser.error(f"{given.store} is there already; name a new one")
    sys.path.insert(0, str(ROOT))
    from matcher.embedding.embedder import cache_folder

    with tempfile.TemporaryDirectory(prefix="dovetail-kill-") as name:
        folder = Path(name)
        cache = given.cache.absolute() if given.cache else None
        bench = Bench(given.data, folder, (cache_folder() / "models").absolute(), cache, given.seed)
        return run(bench, given.store.absolute(), given.rounds)


if __name__ == "__main__":
    sys.exit(main())
