"""How many requests a caller may send in a minute.

In: requests as they come. Out: the headers RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset; 429 with Retry-After for one too many.
Next: ``api.http.app`` puts it before the routes. A caller is a key or session; without one, the address that the request comes from. Each
worker counts for itself. The probes are not counted.
"""

from __future__ import annotations

import hashlib
import math
import time

from fastapi import FastAPI
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem
from graph.language import N_

PROBES = frozenset({"/livez", "/readyz", "/metrics"})


def install(app: FastAPI, per_minute: int) -> None:
    """Let a caller of ``app`` send so many requests a minute; 0 lets all through."""
    if per_minute:
        app.add_middleware(Rates, per_minute=per_minute)


class Rates:
    """See the module's text."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._limit = RateLimitItemPerMinute(per_minute)
        self._counted = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self.app(scope, receive, send)
            return
        caller = caller_of(scope)
        is_one_too_many = not self._counted.hit(self._limit, caller)
        until, left = self._counted.get_window_stats(self._limit, caller)
        seconds = str(max(1, math.ceil(until - time.time()))).encode()
        told = [
            (b"ratelimit-limit", str(self._limit.amount).encode()), (b"ratelimit-remaining", str(max(0, left)).encode()),
            (b"ratelimit-reset", seconds),
        ]  # fmt: skip

        async def with_rates(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if is_one_too_many:
            told.append((b"retry-after", seconds))
            await problem(429, N_("too many requests within a minute"))(scope, receive, with_rates)
        else:
            await self.app(scope, receive, with_rates)


def caller_of(scope: Scope) -> str:
    """Who sends a request, by a hash of the key that is shown, or by address."""
    shown = dict(scope["headers"]).get(b"authorization", b"")
    if shown:
        return hashlib.sha256(shown).hexdigest()
    return str((scope.get("client") or ("",))[0])
