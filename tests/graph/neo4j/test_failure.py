"""A Neo4j server that goes away and comes back: what is told, what waits, and that nothing is lost or doubled. These tests start a
server of their own, by the program that NEO4J_START names."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest
from fastapi.testclient import TestClient

from graph import Batch, connect
from graph.errors import StoreError
from graph.neo4j.schema import NEEDED
from graph.store import Cursor
from tests import servers
from tests.conftest import ROOT
from tests.graph.samples import achievement, institution, owns, small, state

pytestmark = [pytest.mark.neo4j, pytest.mark.slow, pytest.mark.timeout(900)]
KILLS = int(os.environ.get("DOVETAIL_TEST_KILLS", "3"))
"""How often the server, and how often a writer, is killed."""


class Own:
    """A server of a test's own."""

    def __init__(self, script: str, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.start_program, self.stop_program, self.home = script, str(Path(script).parent / "stop"), str(home)

    def start(self, setting: str = "") -> dict[str, str]:
        """Start, or start again, and wait until it answers; a busy machine may take longer than the program waits. The program writes
        what it is told into neo4j.conf, and so a line of settings more."""
        command = [self.start_program, "--home", self.home, "--port", self.port, "--heap", "512m", "--pagecache", f"128m\n{setting}"]
        for _ in range(300):
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            with socket.socket() as door:
                if not done.returncode and not door.connect_ex(("127.0.0.1", int(self.port))):
                    return dict(line.split("=", 1) for line in done.stdout.splitlines())
            time.sleep(1.0)
        raise AssertionError(done.stderr)

    def kill(self) -> None:
        subprocess.run([self.stop_program, "--home", self.home, "--kill"], check=True)

    def wipe(self) -> None:
        subprocess.run([self.stop_program, "--home", self.home, "--kill", "--wipe"], check=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    """A server that may be taken down."""
    made = Own(servers.start_script(), tmp_path_factory.mktemp("neo4j") / "server")
    try:
        yield made
    finally:
        made.wipe()


@pytest.fixture
def own(server: Own, monkeypatch: pytest.MonkeyPatch) -> tuple[Own, str]:
    """That server, running, and the address of a new graph on it."""
    for name, value in server.start().items():
        monkeypatch.setenv(name, value)
    return server, servers.new_graph()


def test_constraints_and_indexes_are_there_and_mended(own: tuple[Own, str]) -> None:
    _, url = own  # what is dropped here would be missed by tests beside this one
    connect(url).close()
    assert {name for (name,) in servers.by_hand(url, "SHOW INDEXES YIELD name RETURN name")} >= NEEDED.keys()
    for _ in range(5):
        servers.by_hand(url, "DROP CONSTRAINT dovetail_uses_id", "DROP INDEX dovetail_key_id")
        with ThreadPoolExecutor(6) as pool:  # all of them find that it is not there
            list(pool.map(lambda _: connect(url).close(), range(6)))
    store = connect(url, create=False)
    assert store.check().problems == ()
    servers.by_hand(url, "DROP INDEX dovetail_key_id", "CREATE INDEX another FOR (k:_Key) ON (k.graph, k.id)")
    assert store.check().problems == ("the constraint or index dovetail_key_id is missing; open the store again to have it made",)
    with pytest.raises(StoreError, match="dovetail_key_id is not made: is there one of another name that does the same"):
        connect(url)
    servers.by_hand(url, "DROP INDEX another")
    connect(url).close()
    assert store.check().problems == ()
    store.close()


def test_a_write_waits_for_a_server_that_comes_back(own: tuple[Own, str]) -> None:
    server, url = own
    store = connect(url, wait_seconds=300)
    store.write(Batch(nodes=[institution("ins-a")]))
    server.kill()
    back = threading.Thread(target=server.start)
    back.start()
    assert store.write(Batch(nodes=[institution("ins-b")])).revision == 2
    back.join()
    assert store.count() == {"Institution": 2}
    store.close()


def test_a_server_that_stays_away_is_told(own: tuple[Own, str]) -> None:
    server, url = own
    store = connect(url, wait_seconds=1)
    store.write(Batch(nodes=[institution("ins-a")]))
    server.kill()
    for call in (store.cursor, store.count, lambda: store.get(["ins-a"]), lambda: store.write(Batch(nodes=[institution("ins-b")]))):
        with pytest.raises(StoreError, match="does not answer; is it running"):
            call()
    with pytest.raises(StoreError, match="does not answer; is it running"):
        connect(url)
    store.close()


def test_a_read_only_database_is_read_and_what_wants_to_write_is_told(own: tuple[Own, str]) -> None:
    server, url = own
    store = connect(url)
    store.write(small())
    before = state(store)
    store.close()
    server.kill()
    server.start("server.databases.default_to_read_only=true")
    try:
        store = connect(url, create=False)
        assert state(store) == before
        assert store.write(small()).revision == 1, "what is there already is not written"
        for write in (lambda: store.write(Batch(nodes=[institution("ins-new")])), lambda: store.set_meta("k", b"v")):
            with pytest.raises(StoreError, match=r"the database neo4j is read-only; see server\.databases\.read_only"):
                write()
        with pytest.raises(StoreError, match="the database neo4j is read-only"):
            connect(servers.new_graph())
        assert state(store) == before
        store.close()
    finally:
        server.kill()


def test_a_server_killed_again_and_again_under_a_writer_loses_and_doubles_nothing(own: tuple[Own, str]) -> None:
    server, url = own
    store = connect(url, wait_seconds=300)
    done: list[int] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            i = len(done)
            works = [achievement(f"ach-{i}-{j}") for j in range(50)]
            edges = [owns(f"edg-{work.id}", f"ins-{i}", work.id) for work in works]
            written = store.write(Batch(nodes=[institution(f"ins-{i}"), *works], edges=edges))
            assert len(written.added) == 101
            done.append(written.revision)

    writer = threading.Thread(target=write)
    writer.start()
    seeded = random.Random(1)
    try:
        for _ in range(KILLS):
            before = len(done)
            while len(done) == before and writer.is_alive():  # a server that is killed before it is warm never ends a write
                time.sleep(0.05)
            time.sleep(seeded.uniform(0.0, 2.0))
            server.kill()
            server.start()
    finally:
        stop.set()
        writer.join()
    assert done == list(range(1, len(done) + 1))
    assert store.count() == {"Achievement": 50 * len(done), "Institution": len(done), "OWNS": 50 * len(done)}
    assert [change.revision for change in store.changes(Cursor(store.cursor().epoch, 0))] == done
    assert store.check(deep=True).problems == ()
    store.close()


VICTIM = """
import sys
from graph import Batch, connect
from tests.graph.samples import achievement, institution, owns
store = connect(sys.argv[1])
for batch in range(10_000):
    works = [achievement(f"ach-{batch:05}-{i:03}") for i in range(100)]
    store.write(Batch(nodes=[institution("ins-a", name=str(batch)), *works], edges=[owns(f"edg-{w.id}", "ins-a", w.id) for w in works]))
    print(batch + 1, flush=True)
"""


@pytest.mark.parametrize("round_", range(KILLS))
def test_after_kill_9_of_a_writer_there_are_whole_batches_only(neo4j_url: str, round_: int) -> None:
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, neo4j_url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "1\n"
    time.sleep(random.Random(round_).uniform(0.0, 1.0))
    victim.send_signal(signal.SIGKILL)
    told = int((["1", *victim.stdout.read().split()])[-1])
    victim.wait()
    store = connect(neo4j_url, create=False)
    revision = store.write(Batch(nodes=[institution("ins-b")])).revision - 1  # after what the killed one still had under way
    assert revision in (told, told + 1)
    assert store.count() == {"Achievement": 100 * revision, "Institution": 2, "OWNS": 100 * revision}
    assert store.check(deep=True).problems == ()
    store.close()


def test_the_service_outlives_its_server(own: tuple[Own, str]) -> None:
    from api.http.app import create_app
    from api.http.service import REQUEST_SECONDS
    from api.settings import load
    from ingest.load import ingest
    from matcher.embedding.embedder import Embedder
    from matcher.index.generations import build

    server, url = own
    store = connect(url)
    ingest(store, [ROOT / "examples" / "centre"])
    build(store, Embedder(None))
    store.close()
    with TestClient(create_app(load(store=url, follow_seconds=0.2)), raise_server_exceptions=False) as client:

        def until(**wanted: object) -> dict[str, object]:
            for _ in range(600):
                state: dict[str, object] = client.get("/readyz").json()
                if all(state.get(name) == value for name, value in wanted.items()):
                    return state
                time.sleep(0.2)
            raise AssertionError(f"not {wanted}: {state}")

        until(state="ok", ready=True)
        asked = {"about": "D01", "asker": "I06", "as_of": "2026-06-30", "explain": True}
        before = client.post("/v1/match", json=asked)
        assert before.json()["matches"]
        server.kill()
        took = []
        for _ in range(20):  # also before anybody has noticed
            began = time.monotonic()
            assert client.post("/v1/match", json=asked).json() == before.json()
            took.append(time.monotonic() - began)
        assert median(took) < REQUEST_SECONDS, "each waits for the server"
        assert until(state="failing", ready=False, answers=True)["behind"] is None
        assert client.get("/livez").status_code == 200
        age = int(client.post("/v1/match", json=asked).headers["age"])
        time.sleep(2.5)
        assert age + 1 < int(client.post("/v1/match", json=asked).headers["age"]) <= float(client.get("/readyz").json()["stale_seconds"])
        began = time.monotonic()
        response = client.get("/v1/nodes/none")
        assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
        assert int(response.headers["retry-after"]) > 0
        assert time.monotonic() - began < 30
        assert "127.0.0.1" not in response.text
        server.start()
        until(state="ok", ready=True)
        answer = client.post("/v1/match", json=asked)
        assert (answer.json(), answer.headers["age"]) == (before.json(), "0")
        store = connect(url)
        written = store.write(Batch(nodes=[institution("ins-new")]))
        store.close()
        until(state="ok", behind=False)
        assert client.app.state.service.snapshot.cursor.revision == written.revision  # type: ignore[attr-defined]


def test_a_service_that_starts_before_its_server_answers_as_soon_as_that_is_there(own: tuple[Own, str]) -> None:
    from api.http.app import create_app
    from api.settings import load
    from ingest.load import ingest
    from matcher.embedding.embedder import Embedder
    from matcher.index.generations import build

    server, url = own
    store = connect(url)
    ingest(store, [ROOT / "examples" / "centre"])
    build(store, Embedder(None))
    revision = store.cursor().revision
    store.close()
    server.kill()
    asked = {"about": "D01", "as_of": "2026-06-30"}
    with TestClient(create_app(load(store=url, follow_seconds=0.2)), raise_server_exceptions=False) as client:
        for _ in range(10):
            for response in (client.get("/readyz"), client.get("/v1/nodes/none"), client.post("/v1/match", json=asked)):
                assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
                assert int(response.headers["retry-after"]) > 0
            time.sleep(0.3)
        server.start()
        began = time.monotonic()
        while client.post("/v1/match", json=asked).status_code == 503:
            assert time.monotonic() - began < 60
            time.sleep(0.1)
        answer = client.post("/v1/match", json=asked)
        assert answer.status_code == 200
        assert answer.json()["matches"]
        assert client.app.state.service.snapshot.cursor.revision == revision  # type: ignore[attr-defined]
        state = client.get("/readyz").json()
        assert (state["state"], state["behind"]) == ("ok", False)
