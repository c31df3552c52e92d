"""How long the HTTP service takes to answer: start ``dovetail serve``, ask it different short questions one after the other.

    python benchmarks/service/latency.py --store sqlite:////tmp/centre.db --requests 200

The service listens on a free port of the loopback address and is ended at the end by its process id. Every question is new to
it (made of words drawn with ``--seed``, and of a number), so that each is embedded and none comes from the vector cache.

Printed: the seconds until the service was ready, then requests, errors, p50, p95, p99 and the slowest in milliseconds as a
client on the same machine sees them, connection included. The exit code is 1 if a request failed or the service did not start.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOVETAIL = [sys.executable, "-c", "from api.cli import main; main(prog_name='dovetail')"]
START_SECONDS = 120.0
ANSWER_SECONDS = 30.0
NEEDS = ["coating", "sensor", "battery", "catalyst", "membrane", "motor", "涂层", "传感器", "电池", "催化剂", "薄膜", "轴承"]
PLACES = ["for a turbine", "in a greenhouse", "under water", "for steel plants", "用于高温", "用于海水", "用于汽车", "用于食品"]
AIMS = ["that lasts longer", "at lower cost", "with less energy", "without lead", "寿命更长", "成本更低", "能耗更少", "无污染"]


def question(seeded: random.Random, number: int) -> str:
    """A short question that was not asked before."""
    return f"{seeded.choice(NEEDS)} {seeded.choice(PLACES)} {seeded.choice(AIMS)} {number}-{seeded.randrange(10**9)}"


def call(address: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON that a GET, or a POST of ``body``, gives."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
        return json.load(response)


def address_of(service: subprocess.Popen[bytes], log: Path, until: float) -> str:
    """Where the service says that it listens, once it is ready to answer."""
    while time.monotonic() < until:
        said = log.read_text("utf-8", errors="replace")
        if service.poll() is not None:
            raise SystemExit(f"the service ended with exit code {service.returncode}: {said.strip()}")
        found = re.search(r"http://[^\s/]+:\d+", said)
        if found:
            try:
                if call(f"{found[0]}/readyz")["ready"]:
                    return found[0]
            except (urllib.error.URLError, OSError):
                pass
        time.sleep(0.05)
    raise SystemExit(f"the service was not ready after {START_SECONDS:.0f} s: {log.read_text('utf-8', errors='replace').strip()}")


@contextmanager
def served(
    store: str, folder: Path, *, model: str | None = None, cache: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A service of its own on ``store`` that counts no requests, once it is ready; its address and process. Its log is in ``folder``."""
    log, began = folder / "log", time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DOVETAIL_REQUESTS_PER_MINUTE": "0"}
    environment |= {"DOVETAIL_CACHE": str(cache)} if cache else {}
    command = [*DOVETAIL, "serve", "--host", "127.0.0.1", "--port", "0", "--store", store, *(["--model", model] if model else [])]
    with log.open("wb") as out:
        service = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        address = address_of(service, log, began + START_SECONDS)
        print(f"ready after {time.monotonic() - began:.1f} s")
        yield address, service
    finally:
        service.terminate()
        try:
            service.wait(60)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


def measure(address: str, count: int, seeded: random.Random) -> tuple[list[float], int]:
    """The milliseconds of each answer, and how many requests failed."""
    taken, errors = [], 0
    for number in range(count):
        text = question(seeded, number)
        began = time.perf_counter()
        try:
            call(f"{address}/v1/match", {"text": text, "k": 5})
            taken.append(1000 * (time.perf_counter() - began))
        except (urllib.error.URLError, OSError, ValueError) as error:
            errors += 1
            print(f"request {number}: {error}", file=sys.stderr)
    return taken, errors


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True, help="address of an indexed store, such as sqlite:///centre.db")
    parser.add_argument("--model", help="the model that the store is indexed with, if it is not the bundled one")
    parser.add_argument("--requests", type=int, default=200, help="questions asked (default: 200)")
    parser.add_argument("--seed", type=int, help="of the questions (default: another one each time)")
    given = parser.parse_args()
    if given.requests < 1:
        parser.error("--requests must be at least 1")
    with (
        tempfile.TemporaryDirectory(prefix="dovetail-latency-") as folder,
        served(given.store, Path(folder), model=given.model) as (address, _service),
    ):
        taken, errors = measure(address, given.requests, random.Random(given.seed))
    if taken:
        cuts = statistics.quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
        print(f"{'requests':>8} {'errors':>6} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'max ms':>8}")
        print(f"{given.requests:8} {errors:6} {cuts[49]:8.1f} {cuts[94]:8.1f} {cuts[98]:8.1f} {max(taken):8.1f}")
    return int(bool(errors or not taken))


if __name__ == "__main__":
    sys.exit(main())
