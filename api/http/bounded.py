"""Connections with bounds: how long a request may take to come in, how slowly its answer may be read, how many connections there may be.

In: bytes of clients. Out: requests that are whole, for the app; a problem and the end of the connection for what is late, too long or one
too many. Next: ``api.cli.serve`` gives it to uvicorn, which bounds idle connections only.

The time of a request runs from its first byte (of a new connection, from its beginning) to its last, so that a client that sends a byte a
minute is not waited for; what the making of the answer takes is not counted. A file that is handed in (``FILES``) may take longer, as long
as it keeps coming.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.problems import RETRY_SECONDS, problem

READ_SECONDS = 10
"""How long a request may take to come in whole."""
SEND_SECONDS, SEND_BYTES = 10, 64 << 10
"""An answer of which fewer bytes are taken in so many seconds, and that is not at its end, is given up."""
FILES = "/v1/jobs"
"""The path that takes files: of one, SEND_BYTES must come in each READ_SECONDS."""
KEEP_SECONDS = 5
"""How long a connection may stay open between two requests."""
CONNECTIONS = 256
"""How many connections there may be at a time."""
HEAD_LIMIT = 16 << 10
"""Bytes of a request's line and headers."""


class Bounded(H11Protocol):
    """uvicorn's protocol with a clock."""

    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _came = 0
    """Bytes that have come since the clock was set."""
    _left = 0
    """Bytes that the client had not taken when this was looked at last."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, or refuse one connection too many."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._refuse(503, "too many connections")
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes; the clock runs until they make the request whole."""
        self._came += len(data)
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()

    def handle_events(self) -> None:
        """As uvicorn does it, for bytes that come and for those that were sent ahead while the last answer was made."""
        super().handle_events()
        if self.conn.their_state is h11.SEND_BODY:
            self._wait()
        elif self.conn.their_state is not h11.IDLE:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """There is more to send than the client takes: begin to watch it."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """It has taken almost all."""
        self._stop_watching()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """What is left of an answer that is made must be taken too, and goes on being watched if it is."""
        super().on_response_complete()
        if self._unread is None and self.transport.get_write_buffer_size():
            self._watch()

    def _watch(self) -> None:
        self._stop_watching()
        self._left = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(SEND_SECONDS, self._look)

    def _stop_watching(self) -> None:
        if self._unread:
            self._unread.cancel()
            self._unread = None

    def _look(self) -> None:
        """End the connection of a client that took hardly anything; watch on while it takes something."""
        self._unread, left = None, self.transport.get_write_buffer_size()
        if left and self._left - left < SEND_BYTES:
            self.transport.abort()
        elif left:
            self._watch()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or has too long a head."""
        self._refuse(400, msg)

    def _wait(self) -> None:
        if self._late is None and not self.transport.is_closing():
            self._came = 0
            self._late = self.loop.call_later(READ_SECONDS, self._overdue)

    def _overdue(self) -> None:
        """Wait on for a file that keeps coming; nothing else is waited for longer."""
        self._late = None
        is_file = self.conn.their_state is h11.SEND_BODY and self.scope is not None and self.scope["path"] == FILES
        if is_file and self._came >= SEND_BYTES:
            self._wait()
        else:
            self._refuse(408, f"the request did not come in whole within {READ_SECONDS} s")

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: int, detail: str) -> None:
        """Say why, if no answer has begun, and close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            answer = problem(status, detail)
            lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"content-type: {answer.media_type}"]
            lines += [f"content-length: {len(answer.body)}", "connection: close"]
            lines += [f"retry-after: {RETRY_SECONDS}"] if status == 503 else []
            self.transport.write("\r\n".join([*lines, "", ""]).encode("ascii") + bytes(answer.body))
        self.transport.close()
