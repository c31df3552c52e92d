"""Requests that are done once, however often they are sent (the header Idempotency-Key).

In: a request that creates or changes something, with a key of the client's own choice. Out: the answer; to the same key again, the same
status with the thing as it stands, and ``Idempotent-Replayed: true``. Next: the routers of what changes things have ``Once`` as their class
of routes.

    the same key, another request               422
    the same key, the first is not answered yet 409
    a key older than ``LASTS``                  a new request

The record of a request is a document that rides along in the first write that the request makes: both are stored, or neither. So a process
that is killed leaves either nothing (the same request is done anew when the claim of ``RUNNING`` has run out) or what was written with its
record. A record holds hashes and the place of the thing, no answer: what was erased or hidden since is not sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from api.http.conventions.rates import caller_of
from api.http.problems import BODY_LIMIT, problem
from api.streams import CONCERNS
from graph.documents import Document, DocumentKind
from graph.errors import Conflict
from graph.language import N_
from graph.store import Batch, Store

LASTS = timedelta(hours=24)
"""How long an answer is kept."""
RUNNING = timedelta(minutes=2)
"""How long a request is waited for that says nothing: whoever did it may have been killed."""
HEADER, REPLAYED = "idempotency-key", "Idempotent-Replayed"
BODY_HASH = "body_hash"
"""What a request's state has where its body, a file, is on disk already: the hash of it, as bytes."""
LONGEST = 200


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a request. ``request``: the hash of what was sent; ``until``: an instant; ``status``: of the answer, 0 as long as it
    is not written; ``place``: the path of the thing, "" for none."""

    request: str
    until: str
    status: int = 0
    place: str = ""


class Riding:
    """A store whose first write takes a document along."""

    def __init__(self, store: Store, made: Callable[[Batch], Document]) -> None:
        self._store, self._made = store, made
        self.has_written = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def __hash__(self) -> int:
        return hash(self._store)

    def __eq__(self, other: object) -> bool:
        return self._store == other

    def write(self, batch: Batch, *, expect: Any = None) -> Any:
        """As the store's own; the first time with the document."""
        if self.has_written:
            return self._store.write(batch, expect=expect)
        riding = Batch(nodes=batch.nodes, edges=batch.edges, delete=batch.delete, documents=[*batch.documents, self._made(batch)])
        done = self._store.write(riding, expect=expect)
        self.has_written = True
        return done


class Once(APIRoute):
    """A route that does a request with an Idempotency-Key once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        plain = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER, "")
            if not key or request.method in ("GET", "HEAD"):
                return await plain(request)
            if len(key) > LONGEST or not key.isascii() or not key.isprintable():
                return problem(422, N_("an Idempotency-Key is 1 to 200 printable ASCII characters"))
            body = getattr(request.state, BODY_HASH, None) or await _body(request)
            sent = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body).hexdigest()
            record = Record(request.app.state.service.store, caller_of(request.scope), key, sent)
            kept = await run_in_threadpool(record.begin)
            if kept is not None:
                return await _again(request, kept, sent)
            request.state.store = record.riding
            try:
                response = await plain(request)
            except BaseException:
                await run_in_threadpool(record.release)
                raise
            await run_in_threadpool(record.finish, response)
            return response

        return once


async def _body(request: Request) -> bytes:
    """What tells two requests with one key apart: the body, and of a file, which is not held in memory, its length."""
    length = request.headers.get("content-length", "")
    return length.encode() if length.isdigit() and int(length) > BODY_LIMIT else await request.body()


async def _again(request: Request, kept: Kept, sent: str) -> Response:
    """The answer to a request that was sent before."""
    if kept.request != sent:
        return problem(422, N_("this Idempotency-Key was used for another request"))
    if not kept.status:
        return problem(409, N_("the request with this Idempotency-Key is not answered yet"))
    if not kept.place or kept.status == 204:
        return Response(status_code=kept.status, headers={REPLAYED: "true"})
    sent_head: list[tuple[bytes, bytes]] = [(b"idempotent-replayed", b"true")]
    status, content = kept.status, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            sent_head.extend(message["headers"])
        else:
            content.extend(message.get("body", b""))

    headers = [(name, value) for name, value in request.scope["headers"] if name in (b"host", b"authorization", b"accept-language")]
    path = {"method": "GET", "path": kept.place, "raw_path": kept.place.encode(), "query_string": b"", "headers": headers}
    await request.app.router({**request.scope, **path}, receive, send)
    response = Response(bytes(content), kept.status if status == 200 else status)
    response.raw_headers = sent_head
    return response


class Record:
    """The record of one request."""

    def __init__(self, store: Store, caller: str, key: str, sent: str) -> None:
        self._store, self._sent = store, sent
        self._id = "once:" + hashlib.sha256(f"{caller} {key}".encode()).hexdigest()[:40]
        self._version = 0
        self._riding = Riding(store, self._ridden)

    @property
    def riding(self) -> Store:
        """The store that takes the record along."""
        return cast("Store", self._riding)

    def begin(self) -> Kept | None:
        """Claim the request; None where it is to be done now, else what is known of it."""
        kept, version = self._read()
        if kept and datetime.fromisoformat(kept.until) > datetime.now(UTC):
            return kept
        claim = Kept(request=self._sent, until=_after(RUNNING))
        try:
            self._write(claim, version)
        except Conflict:  # the same request, sent twice at once
            return claim
        _claim, self._version = self._read()
        return None

    def finish(self, response: Response) -> None:
        """Keep where the answer is of what was written; a request that wrote nothing may be sent again."""
        if not self._riding.has_written or response.status_code >= 500:
            self.release()
            return
        kept, version = self._read()
        if kept:
            place = response.headers.get("location", kept.place)
            self._write(msgspec.structs.replace(kept, status=response.status_code, place=place), version)

    def release(self) -> None:
        """Give up the claim of a request that wrote nothing."""
        if not self._riding.has_written:
            with suppress(Conflict):  # it took too long, and somebody else has claimed it
                self._store.write(Batch(documents=[Document(self._id, DocumentKind.ONCE, b"", self._version)]))

    def _read(self) -> tuple[Kept | None, int]:
        """What is known of the request, and at which version; 0 where nothing is."""
        held = self._store.documents([self._id]).get(self._id)
        return (msgspec.json.decode(held.content, type=Kept), held.version) if held else (None, 0)

    def _ridden(self, batch: Batch) -> Document:
        states = [(one.id.partition(":"), one.version) for one in batch.documents if one.kind is DocumentKind.STATE]
        places = [(f"{CONCERNS[kind].place}{id}", version) for (kind, _colon, id), version in states if kind in CONCERNS]
        place, version = places[0] if places else ("", 1)
        kept = Kept(request=self._sent, until=_after(LASTS), status=200 if version else 201, place=place)
        return self._document(kept, self._version)

    def _document(self, kept: Kept, version: int) -> Document:
        return Document(self._id, DocumentKind.ONCE, msgspec.json.encode(kept), version)

    def _write(self, kept: Kept, version: int) -> None:
        self._store.write(Batch(documents=[self._document(kept, version)]))


def sweep(store: Store) -> int:
    """Remove the records that have run out; how many."""
    now = datetime.now(UTC)
    old = [
        one for one in store.documents_since(0, [DocumentKind.ONCE])
        if one.content and datetime.fromisoformat(msgspec.json.decode(one.content, type=Kept).until) < now
    ]  # fmt: skip
    for one in old:
        with suppress(Conflict):  # claimed anew meanwhile
            store.write(Batch(documents=[Document(one.id, one.kind, b"", one.version)]))
    return len(old)


def _after(time: timedelta) -> str:
    return (datetime.now(UTC) + time).isoformat()
