"""Bounds of the service: who may be named, what a request may carry, how long it may take, and where it may listen."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http import bounded, guards, page, problems
from api.http.app import create_app
from api.http.bounded import Bounded
from api.http.problems import BODY_LIMIT, MOST_ERRORS
from api.settings import Settings
from tests.api.conftest import Run

MUCH = 32 << 20
NAMES = Settings(hosts="match.example.org", host="::1").names


def small_app() -> FastAPI:
    """A route that takes no body and one that does, behind all guards."""
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app)
    guards.install(app, NAMES)
    page.install(app)

    @app.get("/read")
    def read() -> dict[str, str]:
        """Say something."""
        return {"said": "something"}

    @app.get("/much")
    def much() -> str:
        """Say more than the buffers between here and a client hold."""
        return "x" * MUCH

    @app.post("/write")
    def write(body: dict[str, int]) -> int:
        """Count."""
        return len(body)

    return app


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(small_app(), base_url="http://127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:80", "[::1]", "match.example.org", "localhost."])
def test_a_request_to_a_known_host_is_answered(client: TestClient, host: str) -> None:
    assert client.get("/read", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80:80", "localhost@evil.example", "", "::1", "a b"])
def test_a_request_to_another_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/read", headers={"host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (400, problems.MEDIA)
    assert host not in answer.text or not host


def test_head_is_answered_where_get_is_and_has_no_body(client: TestClient) -> None:
    for path in ("/read", "/docs", "/openapi.json"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(got.content))
    assert client.head("/write").status_code == 405
    assert client.head("/nothing").status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_where_none_belongs_is_refused(client: TestClient, method: str) -> None:
    assert client.request(method, "/read", content=b"x").status_code == 400
    assert client.request(method, "/read", content=iter([b"x"])).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_body_is_bounded_on_every_route(client: TestClient, method: str) -> None:
    for path in ("/read", "/write", "/nothing"):
        assert client.request(method, path, content=b" " * (BODY_LIMIT + 1)).status_code == 413


def test_a_thousand_errors_of_one_body_are_cut_short(client: TestClient) -> None:
    told = client.post("/write", json={f"f{n}": "x" for n in range(1000)}).json()
    assert (len(told["errors"]), told["more"]) == (MOST_ERRORS, 1000 - MOST_ERRORS)
    assert "more" not in client.post("/write", json={"f": "x"}).json()


def test_docs_need_nothing_from_elsewhere_and_name_every_route() -> None:
    app = create_app(Settings())
    with_routes = page.page(app.openapi())
    for path in app.openapi()["paths"]:
        assert f"{path}</code>" in with_routes
    assert "MatchRequest" in with_routes
    assert not any(mark in with_routes for mark in ("http://", "https://", "<script", "src="))
    assert "<b>" not in page.page({"info": {"title": "<b>", "version": ""}, "paths": {}})


# -- on a socket: what is half sent


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of the small app, with small bounds, on a port of the loopback address."""
    monkeypatch.setattr(bounded, "READ_SECONDS", 0.5)
    monkeypatch.setattr(bounded, "SEND_SECONDS", 1.0)
    monkeypatch.setattr(bounded, "CONNECTIONS", 4)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(small_app(), http=Bounded, ws="none", log_level="critical", h11_max_incomplete_event_size=bounded.HEAD_LIMIT)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def answer_to(port: int, *parts: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of what comes back until the server closes the connection."""
    with connected(port) as client:
        for part in parts:
            client.sendall(part)
        return read_all(client)


def read_all(client: socket.socket) -> tuple[int, dict[str, Any]]:
    said = b""
    while part := client.recv(65_536):
        said += part
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /read HT",
        b"GET /read HTTP/1.1\r\nhost: localhost\r\n",
        b"POST /write HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n\r\n{",
        b"POST /write HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
)
def test_a_request_that_is_half_sent_is_given_up(port: int, half: bytes) -> None:
    status, told = answer_to(port, half)
    assert (status, told["status"]) == (408, 408)


def test_a_file_that_keeps_coming_is_waited_for_and_one_that_trickles_is_not(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "FILES", "/write")
    monkeypatch.setattr(bounded, "SEND_BYTES", 1000)
    head = b"POST /write HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 8000\r\n\r\n"
    for size, status in ((400, 400), (40, 408)):  # in 0.1 s each: 2,000 bytes a time of the clock, or 200
        with connected(port) as client:
            client.sendall(head)
            began = time.monotonic()
            for _ in range(8000 // size):
                client.sendall(b" " * size)
                time.sleep(0.1)
                if status == 408 and time.monotonic() - began > 0.25:
                    break
            assert read_all(client)[0] == status
            assert status == 408 or time.monotonic() - began > 1.5, "longer than a request may take"


def test_a_client_that_sends_a_byte_now_and_then_is_given_up_too(port: int) -> None:
    with connected(port) as client:
        began = time.monotonic()
        client.settimeout(0.05)
        said = b""
        for byte in b"GET /read HTTP/1.1\r\nx-slow: " + b"y" * 400:
            try:
                client.send(bytes([byte]))
                said = client.recv(100)
                break
            except TimeoutError:
                continue
        assert said.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 15


@pytest.mark.parametrize("more", [b"", b"connection: close\r\n"])
def test_a_client_that_does_not_read_its_answer_is_given_up(port: int, more: bytes) -> None:
    with connected(port) as client:
        client.sendall(b"GET /much HTTP/1.1\r\nhost: localhost\r\n" + more + b"\r\n")
        time.sleep(3 * bounded.SEND_SECONDS)
        said = 0
        with contextlib.suppress(ConnectionResetError):
            while part := client.recv(1 << 20):
                said += len(part)
        assert said < MUCH


def test_a_client_that_reads_slowly_gets_its_answer(port: int) -> None:
    with connected(port) as client:
        client.sendall(b"GET /much HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        said, began = 0, time.monotonic()
        while part := client.recv(1 << 20):
            said += len(part)
            time.sleep(0.1)
        assert said > MUCH
        assert time.monotonic() - began > 2 * bounded.SEND_SECONDS


def test_a_head_that_is_too_long_is_refused(port: int) -> None:
    status, told = answer_to(port, b"GET /read HTTP/1.1\r\nx: " + b"y" * (bounded.HEAD_LIMIT + 1))
    assert (status, told["title"]) == (400, "Bad Request")


def test_what_is_no_http_is_a_problem(port: int) -> None:
    assert answer_to(port, b"\x16\x03\x01 hello\r\n\r\n")[0] == 400


def test_one_connection_too_many_is_refused_and_the_next_is_answered_when_one_ends(port: int) -> None:
    held = [connected(port) for _ in range(4)]
    try:
        for client in held:
            client.sendall(b"GET /read HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert client.recv(4).startswith(b"HTTP")  # so that all of them are counted before the next
        assert answer_to(port)[0] == 503
    finally:
        for client in held:
            client.close()
    done = b"GET /read HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    for _ in range(100):
        status, _told = answer_to(port, done)
        if status == 200:
            break
        time.sleep(0.02)
    assert status == 200


def test_two_requests_sent_at_once_are_both_answered(port: int) -> None:
    one = b"GET /read HTTP/1.1\r\nhost: localhost\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    with connected(port) as client:
        client.sendall(one + last)
        said = b""
        while part := client.recv(65_536):
            said += part
    assert said.count(b"HTTP/1.1 200") == 2


def test_half_a_request_that_was_sent_ahead_is_given_up(port: int) -> None:
    with connected(port) as client:
        whole = b"GET /read HTTP/1.1\r\nhost: localhost\r\n\r\n"
        client.sendall(whole + b"POST /write HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{")
        said = b""
        while part := client.recv(65_536):
            said += part
    assert said.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in said


# -- where it listens


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 - refused
def test_it_listens_on_this_machine_only_until_a_proxy_is_named(centre: Run, host: str) -> None:
    done = centre("serve", "--host", host, "--port", "0")
    assert done.exit_code == 2
    assert "--behind-proxy" in done.stderr
    assert "no key that is good" in done.stderr


def test_names_of_settings() -> None:
    assert {"127.0.0.1", "localhost", "[::1]", "match.example.org"} == NAMES
    assert "10.0.0.5" in Settings(host="10.0.0.5", hosts=" A.example , ").names
    assert "a.example" in Settings(hosts=" A.example , ").names
