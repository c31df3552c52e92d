"""A service as processes: it ends in order, lets nobody in from elsewhere unasked, and answers alike from several workers."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from desk.people.keys import Keys
from desk.process.principals import Actor, Role, Scope
from graph import connect
from tests.api.cli.test_process import Service, get, start
from tests.api.conftest import Run
from tests.conftest import CENTRE, ROOT

T = TypeVar("T")
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
HEAD = b"POST /v1/match HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
BODY = json.dumps({"text": "laser welding"}).encode()


@contextlib.contextmanager
def serving(url: str, folder: Path, *options: object, workers: int = 1) -> Iterator[Service]:
    """A service that is ready, all workers of it; ended by its process id whatever happens."""
    log = folder / "log"
    with log.open("w", encoding="utf-8") as stream:
        process = start("serve", "--port", "0", "--json", "--workers", workers, "--store", url, *options, stderr=stream)
    try:
        for _ in range(1200):
            said = log.read_text("utf-8")
            address = re.search(r"http://127\.0\.0\.1:\d+", said)
            if address and len(pids(log, "answering from revision")) == workers:
                break
            assert process.poll() is None, said
            time.sleep(0.1)
        assert address, said
        yield Service(process, address[0], log)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{") and line.endswith("}")]


def pids(log: Path, message: str) -> set[int]:
    """The processes that logged a message that begins so."""
    return {line["process"] for line in lines(log) if line["message"].startswith(message)}


def port_of(service: Service) -> int:
    return int(service.address.rpartition(":")[2])


def begun(service: Service) -> socket.socket:
    """A connection with a request of which half has come in, and which the service has begun."""
    client = socket.create_connection(("127.0.0.1", port_of(service)), timeout=60)
    client.sendall(HEAD % len(BODY) + BODY[:5])
    time.sleep(0.5)
    return client


def read_all(client: socket.socket) -> bytes:
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65_536):
            said += part
    return said


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_that_is_running_comes_to_its_end_and_no_new_one_is_taken(centre_url: str, tmp_path: Path, workers: int) -> None:
    with serving(centre_url, tmp_path, workers=workers) as service, begun(service) as client:
        service.process.send_signal(signal.SIGTERM)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port_of(service)), timeout=5).close()
            except ConnectionRefusedError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("new connections are taken")
        assert service.process.poll() is None
        client.sendall(BODY[5:])
        said = read_all(client)
        assert said.startswith(b"HTTP/1.1 200") and b'"matches"' in said
        assert service.process.wait(30) == 0
        assert len(pids(service.log, "Application shutdown complete")) == workers
        assert not [line for line in lines(service.log) if line["level"] in ("WARNING", "ERROR")]


def test_one_that_does_not_end_is_given_up_in_the_time_that_was_set(
    centre_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOVETAIL_SHUTDOWN_SECONDS", "2")
    with serving(centre_url, tmp_path) as service, begun(service) as client:
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        read_all(client)
        assert service.process.wait(30) == 0
        assert 1.5 < time.monotonic() - began < 8


def test_ctrl_c_ends_it_in_order_too(centre_url: str, tmp_path: Path) -> None:
    with serving(centre_url, tmp_path, workers=2) as service:
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(30) == 0
        assert "Traceback" not in service.log.read_text("utf-8")


# -- several workers


@pytest.fixture
def url(tmp_path: Path, run: Run) -> str:
    made = f"sqlite:///{tmp_path}/centre.db"
    assert run("ingest", CENTRE, "--store", made).exit_code == 0
    return made


@pytest.fixture
def each_url(store_url: str, run: Run) -> str:
    """The same on a store of each sort."""
    assert run("ingest", CENTRE, "--store", store_url).exit_code == 0
    return store_url


def at_once(ask: Callable[[], T]) -> list[T]:
    """What many requests at once come to."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _number: ask(), range(40)))


def asked(address: str, body: dict[str, Any]) -> bytes:
    """The answer over a connection of its own."""
    request = urllib.request.Request(f"{address}/v1/match", json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - a loopback address
        content: bytes = response.read()
    return content


def test_two_workers_answer_with_the_same_bytes_after_the_same_writes(each_url: str, tmp_path: Path, run: Run) -> None:
    body = {"text": "superconducting magnets for cyclotrons", "include_weak": True, "explain": True, "as_of": "2026-06-30", "k": 20}
    with serving(each_url, tmp_path, workers=2) as service:
        for turn in range(3):
            file = tmp_path / f"later{turn}" / "institutions.csv"
            file.parent.mkdir()
            rows = [f"Z{turn}{n},Zeta {turn} {n},enterprise,Superconducting magnets number {turn} {n} {time.time_ns()}" for n in range(8)]
            file.write_text("\n".join(["id,name,kind,description", *rows]) + "\n", "utf-8")
            assert run("ingest", file, "--no-index", "--store", each_url).exit_code == 0
            with contextlib.closing(connect(each_url)) as store:
                revision = store.cursor().revision
            done = f"answering from revision {revision}; texts to go: 0"
            for _ in range(600):
                if len(pids(service.log, done)) == 2:
                    break
                time.sleep(0.1)
            assert len(pids(service.log, done)) == 2, service.log.read_text("utf-8")
            before = len(lines(service.log))
            answers = set(at_once(lambda: asked(service.address, body)))
            assert len(answers) == 1
            assert f"Zeta {turn}" in answers.pop().decode()
            answered = {line["process"] for line in lines(service.log)[before:] if line["message"].startswith("POST /v1/match 200")}
            assert len(answered) == 2, "only one of the two was asked"


def test_counts_are_of_all_workers_and_a_worker_that_dies_is_replaced(url: str, tmp_path: Path) -> None:
    with contextlib.closing(connect(url)) as store:
        key = Keys(store).create(OPERATOR, Role.OPERATOR, "monitoring", scopes=[Scope.ADMIN])

    def count() -> float:
        request = urllib.request.Request(f"{service.address}/metrics", headers={"Authorization": f"Bearer {key}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - a loopback address
            said = response.read().decode()
        assert "dovetail_snapshot_age_seconds" in said and "dovetail_journal_entries 1.0" in said
        return float(re.search(r'dovetail_requests_total\{method="GET",route="/livez",status="2xx"\} (\S+)', said)[1])  # type: ignore[index]

    with serving(url, tmp_path, workers=2) as service:
        assert {status for status, _ in at_once(lambda: get(f"{service.address}/livez"))} == {200}
        assert count() == 40
        assert len(pids(service.log, "GET /livez")) == 2
        (victim, *_others) = pids(service.log, "answering from revision")
        os.kill(victim, signal.SIGKILL)
        for _ in range(600):
            if len(pids(service.log, "answering from revision")) == 3:
                break
            time.sleep(0.1)
        assert len(pids(service.log, "answering from revision")) == 3
        assert [line for line in lines(service.log) if line["message"].startswith(f"worker {victim} ended by itself")]
        assert {get(f"{service.address}/readyz")[0] for _ in range(20)} == {200}
        assert count() == 40


def test_workers_whose_parent_was_killed_end_by_themselves(centre_url: str, tmp_path: Path) -> None:
    with serving(centre_url, tmp_path, workers=2) as service:
        found = pids(service.log, "answering from revision")
        service.process.kill()
        service.process.wait()
        for _ in range(300):
            if not [one for one in found if Path(f"/proc/{one}").exists()]:
                break
            time.sleep(0.1)
        assert not [one for one in found if Path(f"/proc/{one}").exists()]
        assert len(pids(service.log, "Application shutdown complete")) == 2


IN_VAIN = """
import socket, sys
from api.http.running import Workers
from api.settings import load
from graph.errors import DovetailError
if __name__ == "__main__":
    try:
        Workers(load(store=sys.argv[1], workers=2), socket.create_server(("127.0.0.1", 0))).run()
    except DovetailError as error:
        print(error)
"""


def test_workers_that_never_get_to_work_are_given_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", IN_VAIN, f"sqlite:///{tmp_path}/none.db"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "the workers end as soon as they begin; the lines above say why\n"
    assert "there is no store" in done.stderr


# -- who may reach it


def other_address() -> str:
    """An address of this machine that other machines would reach it by, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            pytest.skip("this machine has no address but its own")
        return str(probe.getsockname()[0])


def test_beyond_this_machine_it_listens_where_a_key_is_good_or_it_is_meant(url: str) -> None:
    address = other_address()

    def begins(*options: object) -> tuple[bool, str]:
        process = start("serve", "--host", address, "--port", "0", "--store", url, *options, stderr=subprocess.PIPE)
        assert process.stderr
        first = process.stderr.readline()
        process.terminate()
        process.communicate(timeout=60)
        return "serving" in first, first

    started, said = begins()
    assert not started and "no key that is good" in said and "dovetail keys create" in said and "--behind-proxy" in said
    assert begins("--behind-proxy")[0]
    with contextlib.closing(connect(url)) as store:
        key = Keys(store).create(OPERATOR, Role.OPERATOR, "somebody", scopes=[Scope.READ])
        assert Keys(store).has_good()
        assert begins()[0]
        Keys(store).revoke(OPERATOR, key[4:12])
        assert not Keys(store).has_good()
    assert not begins()[0]
