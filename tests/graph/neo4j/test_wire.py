"""A connection that breaks while a commit is under way: a relay between the store and the real server breaks it on purpose."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from graph import Batch, connect
from graph.store import Written
from tests import servers
from tests.graph.samples import feed, institution

pytestmark = pytest.mark.neo4j
COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""The message as the Bolt protocol writes it: a chunk of two bytes, a structure without fields, the end."""


class Relay:
    """Passes on what client and server say. At the first COMMIT after ``armed`` is set, it breaks the connection: before the server has
    heard it, or, if ``passes_on``, when the server has answered."""

    def __init__(self, server: tuple[str, int], *, passes_on: bool) -> None:
        self.armed, self._server, self._passes_on = threading.Event(), server, passes_on
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(self._server)
            answered = threading.Event()
            answered.set()
            threading.Thread(target=self._say, args=(client, server, answered), daemon=True).start()
            threading.Thread(target=self._answer, args=(server, client, answered), daemon=True).start()

    def _say(self, client: socket.socket, server: socket.socket, passed: threading.Event) -> None:
        while said := _heard(client):
            if self.armed.is_set() and COMMIT in said:
                self.armed.clear()
                if self._passes_on:
                    passed.clear()  # the answer to this stays here
                    server.sendall(said)
                    continue
                break
            server.sendall(said)
        _shut(client, server)

    def _answer(self, server: socket.socket, client: socket.socket, passed: threading.Event) -> None:
        while (answer := _heard(server)) and passed.is_set():
            client.sendall(answer)
        _shut(client, server)


def _heard(one: socket.socket) -> bytes:
    try:
        return one.recv(1 << 16)
    except OSError:
        return b""


def _shut(*both: socket.socket) -> None:
    for one in both:
        with contextlib.suppress(OSError):  # the other end was first
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.fixture(params=[True, False], ids=["committed", "not committed"])
def relay(request: pytest.FixtureRequest) -> Iterator[Relay]:
    """A relay to the server."""
    at = urlsplit(servers.needed())
    made = Relay((str(at.hostname), at.port or 7687), passes_on=request.param)
    yield made
    made.close()


def test_a_write_whose_commit_nobody_confirms_takes_place_once(neo4j_url: str, relay: Relay) -> None:
    connect(neo4j_url).close()
    store = connect(f"bolt://127.0.0.1:{relay.port}?graph={neo4j_url.partition('?graph=')[2]}", create=False)
    store.write(Batch(nodes=[institution("ins-a")]))
    relay.armed.set()
    written = store.write(Batch(nodes=[institution("ins-a", name="new"), institution("ins-b")]))
    assert not relay.armed.is_set(), "it was broken"
    assert written == Written(2, frozenset({"ins-b"}), frozenset({"ins-a"}), frozenset())
    assert [(change.revision, change.written) for change in feed(store)] == [(1, ("ins-a",)), (2, ("ins-a", "ins-b"))]
    assert store.check(deep=True).problems == ()
    store.close()
