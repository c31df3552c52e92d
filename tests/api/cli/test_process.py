"""The command line as real processes: pipes, Ctrl-C, and the service on a port of its own."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from graph.address import connect
from tests.api.conftest import Run
from tests.conftest import ROOT

DOVETAIL = [sys.executable, "-c", "from api.cli import main; main(prog_name='dovetail')"]
ROWS = 80_000


def start(*arguments: object, **more: Any) -> subprocess.Popen[str]:
    """``dovetail ARGUMENTS`` as a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    # a shell gives what it runs in the background a deaf ear for Ctrl-C, which a child would inherit
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen([*DOVETAIL, *map(str, arguments)], text=True, encoding="utf-8", env=environment, preexec_fn=heard, **streams)  # noqa: PLW1509


def test_help_answers_at_once() -> None:
    best = float("inf")
    for _ in range(5):  # the best of five, in time of the processor: the machine does other things too
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out, _ = start("--help").communicate(timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert "Commands:" in out
    assert best < 0.3


def test_a_reader_that_goes_away_is_no_error(centre_url: str) -> None:
    process = start("match", "--demand", "D01", "-k", "100", "--weak", "--json", "--store", centre_url)
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == "{\n"
    process.stdout.close()
    said = process.stderr.read()
    assert (process.wait(60), said) == (141, "")


def test_results_and_messages_go_apart_in_a_pipe(centre_url: str) -> None:
    process = start("match", "--demand", "D03", "--json", "--store", centre_url)
    out, said = process.communicate(timeout=100)
    assert (process.returncode, said) == (0, "")
    assert json.loads(out)["credible"]


def test_two_processes_give_the_same_bytes(centre_url: str) -> None:
    ask = ("match", "--demand", "D12", "--as-of", "2026-06-30", "--store", centre_url)
    first, again = start(*ask), start(*ask, "--json")
    third = start(*ask)
    assert first.communicate(timeout=100)[0] == third.communicate(timeout=100)[0]
    assert again.communicate(timeout=100)[0]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file that takes a while."""
    file = tmp_path / "many" / "achievements.csv"
    file.parent.mkdir()
    lines = ["id,title,abstract,owners"]
    lines += [f"M{n},Process number {n},Step {n} of a long way with some words to read,Firm {n % 997}" for n in range(ROWS)]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_ctrl_c_in_ingest_leaves_a_good_store_and_says_how_to_go_on(many: Path, tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path}/stopped.db"
    process = start("ingest", many, "--no-index", "--store", url)
    for _ in range(600):
        time.sleep(0.05)
        if (tmp_path / "stopped.db").exists() and landed(url) > 0:
            break
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=100)
    assert (process.returncode, out) == (130, ""), said
    assert said.splitlines()[-1] == "dovetail: stopped; the store holds whole batches; run the same command again to go on"
    before = landed(url)
    assert 0 < before < ROWS
    store = connect(url, create=False)
    assert store.check(deep=True).problems == ()
    store.close()
    done = run("ingest", many, "--no-index", "--json", "--store", url)
    total = json.loads(done.stdout)["ingest"]["total"]
    assert (total["added"], total["unchanged"], total["rejected"]) == (ROWS - before, before, 0)
    assert landed(url) == ROWS


def landed(url: str) -> int:
    """How many achievements are in the store."""
    store = connect(url)
    try:
        return store.count().get("Achievement", 0)
    finally:
        store.close()


class Service(NamedTuple):
    """A service in a process of its own: its address, and the file that its log goes to (a pipe that nobody reads would fill)."""

    process: subprocess.Popen[str]
    address: str
    log: Path


@contextlib.contextmanager
def serving(url: str, folder: Path) -> Iterator[Service]:
    """A service of the store at ``url`` on a free port of this machine."""
    log = folder / "log"
    with log.open("w", encoding="utf-8") as stream:
        process = start("serve", "--port", "0", "--store", url, stderr=stream)
    try:
        for _ in range(600):
            address = re.search(r"http://127\.0\.0\.1:\d+", log.read_text("utf-8"))
            if address:
                break
            time.sleep(0.1)
        assert address, log.read_text("utf-8")
        yield Service(process, address[0], log)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def service(centre_url: str, tmp_path: Path) -> Iterator[Service]:
    """A service of the example centre."""
    with serving(centre_url, tmp_path) as made:
        yield made


def get(address: str) -> tuple[int, Any]:
    """Status and JSON of a URL."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:  # noqa: S310 - a loopback address
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_serve_answers_until_ctrl_c(service: Service) -> None:
    process, address, log = service
    for _ in range(100):
        assert get(f"{address}/livez") == (200, {"live": True})
        status, state = get(f"{address}/readyz")
        assert status == (200 if state["ready"] else 503)
        if state["ready"]:
            break
        time.sleep(0.5)
    body = json.dumps({"about": "D01"}).encode()
    request = urllib.request.Request(f"{address}/v1/match", body, {"Content-Type": "application/json"})  # noqa: S310 - a loopback address
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - a loopback address
        assert json.load(response)["credible"]
    assert get(f"{address}/v1/nodes/none")[0] == 404
    assert get(f"{address}/openapi.json")[1]["info"]["title"] == "Dovetail"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    said = log.read_text("utf-8")
    assert (process.returncode, out) == (0, ""), said
    assert "Traceback" not in said
    assert "POST /v1/match 200" in said


def test_a_service_starts_while_its_server_is_away_and_says_so(tmp_path: Path) -> None:
    with serving("bolt://127.0.0.1:1", tmp_path) as service:
        said = service.log.read_text("utf-8")
        assert "bolt://127.0.0.1:1: the server does not answer" in said
        assert "serving nevertheless" in said
        body = json.dumps({"about": "D01"}).encode()
        match = urllib.request.Request(f"{service.address}/v1/match", body, {"Content-Type": "application/json"})  # noqa: S310
        for asked in (f"{service.address}/readyz", f"{service.address}/v1/nodes/none", match):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(asked, timeout=60)  # noqa: S310 - a loopback address
            assert caught.value.code == 503
            assert int(caught.value.headers["Retry-After"]) > 0
            caught.value.close()
        service.process.send_signal(signal.SIGINT)
        service.process.communicate(timeout=60)
        assert service.process.returncode == 0


def test_a_port_that_is_taken_is_told_in_one_line(service: Service, centre_url: str) -> None:
    port = service.address.rpartition(":")[2]
    process = start("serve", "--port", port, "--store", centre_url)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.count("\n") == 1
    assert "cannot listen" in said
