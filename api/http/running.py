"""The running of a service: one process, or several over one socket, until a signal ends them in order.

In: settings and a socket that listens. Out: nothing; requests are answered meanwhile. Next: ``api.cli.serve``.

Told to stop (SIGTERM, Ctrl-C), a service takes no new connection, lets the requests that it has begun come to their end for
``shutdown_seconds``, and closes its store. Of several workers each has its own store, embedder, follower and snapshot (``--workers``); this
process answers nothing itself, starts another for one that dies, and ends with them. A worker whose parent is gone stops by itself.
"""

from __future__ import annotations

import logging
import logging.config
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType

import uvicorn

from api.http.app import create_app
from api.http.bounded import HEAD_LIMIT, KEEP_SECONDS, Bounded
from api.http.metrics import FOLDER
from api.logs import configuration
from api.settings import Settings
from graph.errors import DovetailError
from graph.language import _

SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXTRA_SECONDS = 10
"""How much longer than ``shutdown_seconds`` a worker may take to end: it closes its store."""
SOON_SECONDS = 10
"""A worker that ends within so many seconds did not get to work."""
TRIES = 5
"""How many such ends in a row are too many."""
_log = logging.getLogger("dovetail")


def run(settings: Settings, listener: socket.socket) -> None:
    """Answer requests in this process until SIGTERM or SIGINT."""
    answer(settings, listener, lambda _server: None)


def answer(settings: Settings, listener: socket.socket, started: Callable[[uvicorn.Server], None]) -> None:
    """As ``run``; ``started`` is given the server that it can be stopped by."""
    config = uvicorn.Config(
        create_app(settings), http=Bounded, ws="none", log_config=_logging(settings), access_log=False, lifespan="on",
        proxy_headers=False, server_header=False, h11_max_incomplete_event_size=HEAD_LIMIT, timeout_keep_alive=KEEP_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )  # fmt: skip
    server = uvicorn.Server(config)
    started(server)
    for number in SIGNALS:  # the server takes both, ends in order, and then raises them again
        signal.signal(number, _heard)
    server.run(sockets=[listener])


def _heard(_number: int, _frame: FrameType | None) -> None:
    """The signal was heard, and its work is done."""


def _logging(settings: Settings) -> dict[str, object]:
    return configuration(settings.log_level, as_json=settings.log_format == "json")


class Workers:
    """Several processes that answer over one socket."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings, self._listener = settings, listener
        self._context = multiprocessing.get_context("spawn")  # a fork would share connections and threads' locks
        self._began: dict[SpawnProcess, float] = {}
        self._in_vain = 0
        self._told, self._tell = os.pipe()

    def run(self) -> None:
        """Keep ``settings.workers`` at work until SIGTERM or SIGINT. Raises DovetailError where none gets to work."""
        logging.config.dictConfig(_logging(self._settings))
        for number in SIGNALS:
            signal.signal(number, lambda *_: os.write(self._tell, b"."))
        with tempfile.TemporaryDirectory(prefix="dovetail-") as folder:
            os.environ[FOLDER] = folder
            try:
                while len(self._began) < self._settings.workers:
                    self._start()
                while self._told not in (ready := wait([self._told, *(one.sentinel for one in self._began)])):
                    self._replace([one for one in self._began if one.sentinel in ready])
            finally:
                self._listener.close()  # what is not accepted yet is refused
                self._end()
                del os.environ[FOLDER]

    def _start(self) -> None:
        one = self._context.Process(target=work, args=(self._settings, self._listener), name="dovetail worker")
        one.start()
        self._began[one] = time.monotonic()

    def _replace(self, dead: list[SpawnProcess]) -> None:
        for one in dead:
            self._forget(one)
            seconds = time.monotonic() - self._began.pop(one)
            self._in_vain = self._in_vain + 1 if seconds < SOON_SECONDS else 0
            _log.warning("worker %s ended by itself (exit code %s) after %.0f s", one.pid, one.exitcode, seconds)
            if self._in_vain >= TRIES:
                raise DovetailError(_("the workers end as soon as they begin; the lines above say why"))
            if self._in_vain:
                wait([self._told], timeout=1.0)  # not as fast as it can
            self._start()

    def _end(self) -> None:
        """Have all workers end in order, and those that do not by force."""
        for one in self._began:
            one.terminate()
        end = time.monotonic() + self._settings.shutdown_seconds + EXTRA_SECONDS
        for one in self._began:
            one.join(max(0.0, end - time.monotonic()))
            if one.is_alive():
                _log.error("worker %s did not end in time and is killed", one.pid)
                one.kill()
                one.join()

    @staticmethod
    def _forget(one: SpawnProcess) -> None:
        """What a dead worker counted as of now counts no more."""
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(one.pid, os.environ[FOLDER])  # type: ignore[no-untyped-call]


def work(settings: Settings, listener: socket.socket) -> None:
    """A worker: answer until a signal, or until the parent is gone."""
    answer(settings, listener, _stop_with_parent)


def _stop_with_parent(server: uvicorn.Server) -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        server.should_exit = True

    threading.Thread(target=watch, name="parent", daemon=True).start()
