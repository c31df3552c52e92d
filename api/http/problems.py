"""Errors over HTTP: RFC 9457 problem details, always, and never with internals.

In: whatever a route or the framework raises. Out: ``application/problem+json`` with status, title, detail and, for a body that breaks
rules, each field with its rule. Next: ``api.http.app`` installs it; the routes name the statuses that they send by it. The values of a body
that breaks rules are not sent back.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Sent

from api.logs import nameless
from api.rules import rule_of
from desk.schemas import Problem
from graph.errors import (
    Conflict,
    DovetailError,
    IndexDamaged,
    IndexMissing,
    InvalidInput,
    ModelError,
    NotFound,
    NotSignedIn,
    ServiceAway,
    StoreError,
)
from graph.language import N_, Message, _, told

MEDIA = "application/problem+json"
BODY_LIMIT = 1 << 20
"""Bytes of a request's body: a text of 20,000 characters fits many times, whatever its escapes."""
MOST_ERRORS = 20
"""Errors of one body that are told; the rest are counted."""
RETRY_SECONDS = 5
_STATUS: tuple[tuple[type[DovetailError], int], ...] = (
    (NotSignedIn, 401), (NotFound, 404), (Conflict, 409), (InvalidInput, 422),
    (IndexMissing, 503), (ModelError, 503), (StoreError, 503), (ServiceAway, 503),
)  # fmt: skip
_PUBLIC_DETAIL: dict[type[DovetailError], str] = {
    IndexDamaged: N_("the index is damaged"), IndexMissing: N_("there is no index yet"),
    ModelError: N_("the model is not available"), StoreError: N_("the store is not available"),
}  # fmt: skip
_PHRASES = (
    N_("Bad Request"), N_("Unauthorized"), N_("Forbidden"), N_("Not Found"), N_("Method Not Allowed"), N_("Request Timeout"),
    N_("Conflict"),
    N_("Content Too Large"), N_("Request Entity Too Large"), N_("Unprocessable Content"), N_("Unprocessable Entity"),
    N_("Internal Server Error"), N_("Service Unavailable"),
)  # fmt: skip
"""The titles of problems, as some versions of Python call them."""
_log = logging.getLogger("dovetail")


class NotReady(DovetailError):
    """The service cannot answer yet; the message says what it waits for, in words that anybody may read."""


class NotAllowed(DovetailError):
    """What is asked for is not for whoever asks; the message says why, in words that anybody may read."""


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None, more: int | None = None) -> JSONResponse:
    """A problem as a response, in the language of the request; ``more`` errors than those told."""
    body = Problem(title=_(HTTPStatus(status).phrase), status=status, detail=_text(told(detail)), errors=errors, more=more)
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else None
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, media_type=MEDIA)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's ``responses``: these statuses send problems."""
    schema = Problem.model_json_schema()
    shown: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        phrase = HTTPStatus(status).phrase
        example = {"type": "about:blank", "title": phrase, "status": status, "detail": _EXAMPLES.get(status, phrase)}
        shown[status] = {"description": phrase, "content": {MEDIA: {"schema": schema, "example": example}}}
    return shown


_EXAMPLES = {
    400: N_("the body is not JSON"), 403: "trust is between its parties", 404: "nothing here is called D99",
    413: Message("the body is longer than {limit} bytes", limit=BODY_LIMIT), 422: "k: Input should be less than or equal to 100",
    503: "there is no index yet",
}  # fmt: skip


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem, and refuse bodies that are too long."""
    app.add_middleware(BodyLimit)
    app.add_exception_handler(DovetailError, _dovetail_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def _dovetail_error(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, NotReady):
        return problem(503, str(error))
    if isinstance(error, NotAllowed):
        return problem(403, str(error))
    for kind, status in _STATUS:
        if isinstance(error, kind):
            if status == 503:
                _log.error("%s", error)
            errors = [{"field": error.field, "rule": _text(told(error.rule))}] if isinstance(error, InvalidInput) and error.field else None
            return problem(status, next((text for known, text in _PUBLIC_DETAIL.items() if isinstance(error, known)), str(error)), errors)
    return _unexpected(_request, error)


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    errors = cast("RequestValidationError", error).errors()
    if any(one["type"] == "json_invalid" for one in errors):
        return problem(400, _EXAMPLES[400])
    if any(one["type"] in ("model_attributes_type", "missing") and len(one["loc"]) == 1 for one in errors):
        return problem(422, N_("the body must be a JSON object, sent as application/json"))
    said = errors[:MOST_ERRORS]
    broken = [{"field": _place(one["loc"]), "rule": _text(rule_of(one))} for one in said]
    first = broken[0] if broken else {"field": "", "rule": _("the request breaks a rule")}
    return problem(422, ": ".join(part for part in (first["field"], first["rule"]) if part), broken, (len(errors) - len(said)) or None)


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    known = cast("HTTPException", error)
    response = problem(known.status_code, str(known.detail))
    response.headers.update(known.headers or {})
    return response


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("%s %s failed: %s", request.method, nameless(request.url.path), type(error).__name__)
    return problem(500, N_("something went wrong here; the log says what"))


def _place(loc: Sequence[Any]) -> str:
    return _text(".".join(str(part) for part in loc[1:]))[:200]


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()


class BodyLimit:
    """Refuses a request whose body is longer than BODY_LIMIT, by its header or as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_body = any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in scope["headers"])
        if has_body and scope["method"] in ("GET", "HEAD"):
            await problem(400, _("{method} takes no body", method=scope["method"]))(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > BODY_LIMIT:
            await _refusal()(scope, receive, send)
            return
        size = 0

        async def counted() -> Sent:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > BODY_LIMIT:
                raise HTTPException(413, told(_EXAMPLES[413]))
            return message

        await self.app(scope, counted, send)


def _refusal() -> JSONResponse:
    return problem(413, _EXAMPLES[413])
