"""What every request passes before a route: its language, the host that it names, and HEAD as GET without its body.

In: requests as they come. Out: a problem for a host that is not this service's, else what the routes answer. Next: ``api.http.app``
installs both; ``api.http.problems`` bounds bodies, ``api.http.bounded`` what comes before a request is whole.

A page that somebody visits can ask its own name for this machine's address (DNS rebinding) and then read answers as if it had been served
from here; the name that the browser sends gives it away.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem
from graph import language
from graph.language import N_

_WEIGHT = re.compile(r"q\s*=\s*([01](?:\.\d{0,3})?)", re.IGNORECASE)
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d{1,5})?\Z")


def install(app: FastAPI, names: Collection[str]) -> None:
    """Let ``app`` answer requests to one of ``names`` only, in the language that each asks for, and HEAD wherever it answers GET."""
    app.add_middleware(HeadAsGet)
    app.add_middleware(KnownHost, names=names)
    app.add_middleware(Spoken)


class Spoken:
    """Answers in the language that the header Accept-Language asks for, and says which that is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = accepted(",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"))
        language.speak(chosen)  # each request is a task of its own: nobody else hears it

        async def with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(b"content-language", chosen.encode()), (b"vary", b"Accept-Language")]
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        await self.app(scope, receive, with_language)


def accepted(header: str) -> str:
    """The one of LANGUAGES that Accept-Language (RFC 9110, section 12.5.4) prefers; English where it names none."""
    asked = []
    for place, part in enumerate(header.split(",")):
        tag, _semicolon, parameter = part.partition(";")
        name = tag.strip().lower().partition("-")[0]
        weight = _WEIGHT.fullmatch(parameter.strip()) if parameter else None
        quality = float(weight[1]) if weight else 0.0 if parameter else 1.0
        if name in language.LANGUAGES and quality > 0:
            asked.append((-quality, place, name))
    return min(asked, default=(0, 0, "en"))[2]


class KnownHost:
    """Refuses a request whose header Host is missing, said twice, or not one of some names; the port is not looked at."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app, self.names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
        found = _HOST.match(said[0]) if len(said) == 1 else None
        if found and found[1].removesuffix(".") in self.names:
            await self.app(scope, receive, send)
        else:
            refusal = problem(400, N_("the request names a host that is not this service's; names are allowed with --allow-host"))
            await refusal(scope, receive, send)


class HeadAsGet:
    """Answers HEAD as GET, with the same status and headers and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        inner = {**scope, "method": "GET"}
        try:
            await self.app(inner, receive, without_body)
        finally:
            scope.update({**inner, "method": "HEAD"})  # which route it was, for whoever records it
