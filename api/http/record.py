"""What is recorded of every request: an id, a line in the log, and counts. Nothing that somebody sent or asked is in either.

In: requests as they come. Out: the same, with the header X-Request-Id in the answer. Next: ``api.http.app`` puts it around everything
else; ``api.logs`` writes the id into every line of the request, ``api.http.problems`` into every problem.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import Metrics
from api.logs import FIELDS, request_id

STORE_FAILED = "dovetail.store_failed"
"""What a request's scope has where its answer was that the store cannot be read."""
HEADER = b"x-request-id"
_OWN_FORM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN = re.compile(r"(?!.*[0-9]{7})[A-Za-z0-9-]{1,40}")
"""A short token without a number that could be somebody's: no key, session, telephone or identity number is one."""
_UNKNOWN = "none"
_log = logging.getLogger("dovetail.access")


def install(app: FastAPI, metrics: Metrics) -> None:
    """Record every request of ``app``; to be installed last, around the others."""
    app.add_middleware(Record, metrics=metrics)


class Record:
    """See the module's text."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        id = id_of([value.decode("latin-1") for name, value in scope["headers"] if name == HEADER])
        request_id.set(id)  # each request is a task of its own: nobody else hears it
        began, status = time.perf_counter(), 500

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (HEADER, id.encode())]}
            await send(message)

        with self.metrics.in_flight.track_inprogress():
            try:
                await self.app(scope, receive, with_id)
            finally:
                self._told(scope, status, time.perf_counter() - began)

    def _told(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = route_of(scope), scope["method"]
        self.metrics.answered(route, method, status, seconds)
        if scope.get(STORE_FAILED):
            self.metrics.store_errors.inc()
        fields = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)}
        _log.info("%s %s %s in %.1f ms", *fields.values(), extra={FIELDS: fields})


def route_of(scope: Scope) -> str:
    """The template of the route that a request came to, never the path itself."""
    return str(getattr(scope.get("route"), "path_format", _UNKNOWN))


def id_of(said: list[str]) -> str:
    """The id that a client gave its request, if it is a plain token, else a new one."""
    if len(said) == 1 and (_OWN_FORM.fullmatch(said[0]) or _TOKEN.fullmatch(said[0])):
        return said[0]
    return secrets.token_hex(16)
