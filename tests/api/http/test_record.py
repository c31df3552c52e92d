"""Request ids and the log: each line of a request has its id, and nothing that a client sent is in any, at the finest level."""

from __future__ import annotations

import contextlib
import json
import logging
import logging.config
import os
import re
import socket
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.http import guards, problems, record
from api.http.metrics import Metrics
from api.http.record import id_of
from api.logs import JsonFormatter, LineFormatter, configuration, places_of
from tests.api.cli.test_process import get, serving

ID = re.compile(r"[0-9a-f]{32}")
SECRET = "geheimnis"  # what every secret of these tests has in it
SECRETS = [
    f"dvt_0a1b2c3d_{SECRET}{'x' * 34}", f"{SECRET}@firm.example", f"程以沫 {SECRET}", f"+86 138 0013 8000 {SECRET}",
    f"low-temperature {SECRET}",
]  # fmt: skip


@pytest.mark.parametrize(
    "said", ["abc-123", "0f1e" * 8, "7c9e6679-7425-40de-944b-e07fc1f90ae7", "12345678-1234-1234-1234-123456789012", "0" * 32, "A", "req-17"]
)
def test_a_plain_token_is_taken_over(said: str) -> None:
    assert id_of([said]) == said


@pytest.mark.parametrize(
    "said",
    [
        "", "a b", "a\nb", "x" * 41, "张三", "li.min@firm.example", "dvt_0a1b2c3d_xyz", "13800138000", "11010519491231002X", "a_b", "a;b",
        "<b>", "x" * 20 + "=", "aB3" * 14 + "x",
    ],
)  # fmt: skip
def test_anything_else_is_not(said: str) -> None:
    assert ID.fullmatch(id_of([said]))
    assert id_of([said]) != id_of([said])


@given(st.lists(st.text(), max_size=3))
def test_an_id_is_always_a_token_of_one_line(said: list[str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]{1,40}", id_of(said))
    assert ID.fullmatch(id_of(["abc", "abc"])) and ID.fullmatch(id_of([]))


def small_app() -> FastAPI:
    """A route that fails with what it was sent, behind all that the real ones are behind."""
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app)
    guards.install(app, {"testserver"})
    record.install(app, Metrics())

    @app.get("/fail/{text}")
    def fail(text: str) -> None:
        try:
            int(text)
        except ValueError as error:
            raise RuntimeError(f"cannot do {text}") from error

    return app


@pytest.mark.parametrize("as_json", [True, False])
def test_a_mistake_is_logged_by_its_place_and_not_by_what_it_says(
    as_json: bool, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = {name: logging.getLogger(name).level for name in ("", "dovetail", "uvicorn.error")}
    handlers = logging.getLogger().handlers[:]
    logging.config.dictConfig(configuration("debug", as_json=as_json))
    try:
        with caplog.at_level(logging.DEBUG, logger="dovetail"):
            response = TestClient(small_app(), raise_server_exceptions=False).get(f"/fail/{SECRET}", headers={"x-request-id": "req-1"})
    finally:
        logging.getLogger().handlers[:] = handlers
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
    assert (response.status_code, response.headers["x-request-id"], response.json()["request_id"]) == (500, "req-1", "req-1")
    said = capsys.readouterr().err
    assert SECRET not in said + "".join(one.getMessage() for one in caplog.records if one.name.startswith("dovetail"))
    assert all(part in said for part in ("RuntimeError", "ValueError", "test_record.py", "/fail/{text}", "req-1"))
    if as_json:
        lines = [json.loads(line) for line in said.splitlines()]
        assert {line["request_id"] for line in lines} == {"req-1"}
        (access,) = [line for line in lines if line["logger"] == "dovetail.access"]
        assert (access["method"], access["route"], access["status"], access["process"]) == ("GET", "/fail/{text}", 500, os.getpid())
    else:
        assert all(line.endswith("[req-1]") for line in said.splitlines())


def test_an_error_is_told_by_types_and_places() -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError:
            raise ValueError(SECRET) from None
    except ValueError as error:
        said = places_of(error)
    assert said.splitlines()[0] == "builtins.ValueError" and SECRET not in said and "KeyError" not in said


@pytest.mark.parametrize("form", [JsonFormatter(), LineFormatter()])
def test_a_traceback_of_any_logger_says_no_more(form: logging.Formatter) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        noted = logging.LogRecord("uvicorn.error", logging.ERROR, __file__, 1, "in an app", (), sys.exc_info())
    said = form.format(noted)
    assert SECRET not in said and "builtins.ValueError" in said and "test_record.py" in said


def _send(port: int, content: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(content)
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while part := client.recv(65_536):
                said += part
    return said


def test_nothing_that_a_client_sends_is_in_the_log(centre_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_LOG_LEVEL", "debug")
    monkeypatch.setenv("DOVETAIL_LOG_FORMAT", "json")
    monkeypatch.setenv("DOVETAIL_SMTP_PASSWORD", SECRET)
    with serving(centre_url, tmp_path) as service:
        port = int(service.address.rpartition(":")[2])
        while not get(f"{service.address}/readyz")[1]["ready"]:
            pass
        statuses = []
        for secret in SECRETS:
            raw, plain = quote(secret).encode(), secret.encode()
            body = json.dumps({"text": secret, "title": secret, "asker": secret, "about": secret}).encode()
            for head, sent in (
                (b"GET /v1/nodes/" + raw, b""),
                (b"GET /v1/nodes/none?key=" + raw, b""),
                (b"GET /" + raw, b""),
                (b"DELETE /v1/nodes/" + raw, b""),
                (b"GET /metrics", b""),
                (b"GET /livez\x00" + plain, b""),
                (b"POST /v1/match", body),
                (b"POST /v1/match", json.dumps({"text": secret}).encode()),
                (b"POST /v1/match", json.dumps({"text": secret, "filters": {"countries": [secret]}, "k": secret}).encode()),
                (b"POST /v1/match", b'{"text": "' + plain),
                (b"POST /v1/match", b" " * (1 << 20) + plain),
            ):
                headers = [b"host: localhost", b"connection: close", b"content-type: application/json"]
                headers += [name + b": " + plain for name in (b"x-request-id", b"user-agent", b"cookie", b"referer", b"x-forwarded-for")]
                headers += [b"content-length: %d" % len(sent)]
                for shown in ([], [b"authorization: Bearer " + plain]):  # with a key that is not good, most are refused for that
                    said = _send(port, head + b" HTTP/1.1\r\n" + b"\r\n".join([*headers, *shown]) + b"\r\n\r\n" + sent)
                    statuses.append(int(said.split()[1]) if said else 0)
            _send(port, b"GET /livez HTTP/1.1\r\nconnection: close\r\nhost: " + plain + b"\r\n\r\n")
            _send(port, plain + b"\r\n\r\n")
        service.process.terminate()
        service.process.communicate(timeout=60)
    assert {200, 400, 401, 404, 405, 413, 422} <= set(statuses)
    said = service.log.read_text("utf-8")
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len([line for line in lines if line["logger"] == "dovetail.access"]) >= 5 * 8
    assert not re.search(rf"{SECRET}|firm\.example|程以沫|138 0013|low-temperature", said.replace("\\u", ""))
    assert not [line for line in lines if SECRET in json.dumps(line, ensure_ascii=False)]
    assert "127.0.0.1" not in said.partition("\n")[2], "whose address a client has is nobody's business either"
