"""Errors over HTTP: RFC 9457 problem details, always, and never with internals.

In: whatever a route or the framework raises. Out: ``application/problem+json`` with status, title, detail and, for a body that breaks
rules, each field with its rule. Next: ``api.http.app`` installs it; the routes name the statuses that they send by it. The values of a body
that breaks rules are not sent back.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Sent

from api.http.record import STORE_FAILED, route_of
from api.logs import places_of, request_id
from api.rules import rule_of
from desk.schemas import Problem
from graph.errors import (
    Conflict,
    DovetailError,
    IndexDamaged,
    IndexMissing,
    InvalidInput,
    ModelError,
    NotAllowed,
    NotFound,
    NotPossible,
    NotSignedIn,
    ServiceAway,
    StoreError,
)
from graph.language import N_, Message, _, told

MEDIA = "application/problem+json"
SCHEMA = "#/components/schemas/Problem"
"""Where ``api.http.app`` puts the schema of problems."""
BODY_LIMIT = 1 << 20
"""Bytes of a request's body: a text of 20,000 characters fits many times, whatever its escapes."""
MOST_ERRORS = 20
"""Errors of one body that are told; the rest are counted."""
RETRY_SECONDS = 5
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": str(RETRY_SECONDS)}}
_STATUS: tuple[tuple[type[DovetailError], int, str], ...] = (
    (NotSignedIn, 401, ""), (NotAllowed, 403, ""), (NotFound, 404, ""), (Conflict, 409, "changed_meanwhile"),
    (NotPossible, 409, "not_possible"), (InvalidInput, 422, ""), (IndexMissing, 503, "no_index"), (ModelError, 503, "no_model"),
    (StoreError, 503, "store_away"), (ServiceAway, 503, "service_away"),
)  # fmt: skip
_CODES = {
    400: "bad_request", 401: "not_signed_in", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed", 408: "too_slow",
    409: "still_running", 412: "changed_since", 413: "too_large", 415: "unsupported_media_type", 422: "invalid",
    429: "too_many_requests", 500: "internal", 503: "not_ready",
}  # fmt: skip
"""What a program goes by: the code of a problem never changes, its words may. By the status where nothing closer is known."""
_PUBLIC_DETAIL: dict[type[DovetailError], str] = {
    IndexDamaged: N_("the index is damaged"), IndexMissing: N_("there is no index yet"),
    ModelError: N_("the model is not available"), StoreError: N_("the store is not available"),
}  # fmt: skip
_PHRASES = (
    N_("Bad Request"), N_("Unauthorized"), N_("Forbidden"), N_("Not Found"), N_("Method Not Allowed"), N_("Request Timeout"),
    N_("Conflict"), N_("Precondition Failed"), N_("Unsupported Media Type"), N_("Too Many Requests"),
    N_("Content Too Large"), N_("Request Entity Too Large"), N_("Unprocessable Content"), N_("Unprocessable Entity"),
    N_("Internal Server Error"), N_("Service Unavailable"),
)  # fmt: skip
"""The titles of problems, as some versions of Python call them."""
_log = logging.getLogger("dovetail")


class ChangedSince(DovetailError):
    """The thing is not what the caller's ``If-Match`` names."""


class NotReady(DovetailError):
    """The service cannot answer yet; the message says what it waits for, in words that anybody may read."""


def problem(
    status: int, detail: str, errors: list[dict[str, str]] | None = None, more: int | None = None,
    beside: Mapping[str, Any] | None = None, code: str = "",
) -> JSONResponse:  # fmt: skip
    """A problem as a response, in the language of the request; ``more`` errors than those told; ``beside``: further members; ``code``: that
    of the status if none is given."""
    body = Problem(
        code=code or _CODES.get(status, "other"), title=_(HTTPStatus(status).phrase), status=status, detail=_text(told(detail)),
        errors=errors, more=more, request_id=request_id.get() or None,
    )  # fmt: skip
    content = body.model_dump(exclude_none=True) | dict(beside or {})
    return JSONResponse(content, status, _HEADERS.get(status), media_type=MEDIA)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's ``responses``: these statuses send problems."""
    shown: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        phrase = HTTPStatus(status).phrase
        detail = _EXAMPLES.get(status, phrase)
        example = {"type": "about:blank", "code": _CODES[status], "title": phrase, "status": status, "detail": detail}
        shown[status] = {"description": phrase, "content": {MEDIA: {"schema": {"$ref": SCHEMA}, "example": example}}}
    return shown


_TOO_LONG = N_("the body is longer than {limit} bytes")
_EXAMPLES = {
    400: N_("the body is not JSON"),
    401: "the key is not good; ask the operator for one (dovetail keys create)",
    403: "this needs the scope write; the key has read", 404: "nothing here is called D99",
    413: Message(_TOO_LONG, limit=BODY_LIMIT), 422: "k: Input should be less than or equal to 100",
    503: "there is no index yet",
}  # fmt: skip


READING, CHANGING = responses(401, 403, 404, 422, 429, 503), responses(400, 401, 403, 404, 409, 412, 413, 422, 429, 503)
"""What the routes may send that read, and that change, what is somebody's."""


def install(app: FastAPI, larger: Mapping[str, int] | None = None) -> None:
    """Make every error of ``app`` a problem, and refuse bodies that are too long; ``larger``: the limits of paths that take files."""
    app.add_middleware(Caught)
    app.add_middleware(BodyLimit, larger=larger or {})
    app.add_exception_handler(DovetailError, _dovetail_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)


def _dovetail_error(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, StoreError):
        request.scope[STORE_FAILED] = True
    if isinstance(error, NotReady):
        return problem(503, str(error))
    if isinstance(error, ChangedSince):
        return problem(412, str(error))
    for kind, status, code in _STATUS:
        if isinstance(error, kind):
            if status == 503:
                _log.error("%s", error)
            errors = [{"field": error.field, "rule": _text(told(error.rule))}] if isinstance(error, InvalidInput) and error.field else None
            detail = next((text for known, text in _PUBLIC_DETAIL.items() if isinstance(error, known)), str(error))
            return problem(status, detail, errors, code=code)
    return _unexpected(request.scope, error)


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


def _unexpected(scope: Scope, error: Exception) -> JSONResponse:
    _log.error("%s %s failed: %s", scope["method"], route_of(scope), places_of(error))
    return problem(500, N_("something went wrong here; the log says what"))


def _place(loc: Sequence[Any]) -> str:
    return _text(".".join(str(part) for part in loc[1:]))[:200]


def _text(text: str) -> str:
    return text.encode(errors="replace").decode()


class Caught:
    """Answers a mistake of the service with a problem; what the mistake says is told to nobody, the log neither."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def noted(message: Sent) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http" or has_begun:
                raise
            await _unexpected(scope, error)(scope, receive, send)


class BodyLimit:
    """Refuses a request whose body is longer than BODY_LIMIT, or than its path takes, by its header or as it comes."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self.app, self._larger = app, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_body = any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in scope["headers"])
        if has_body and scope["method"] in ("GET", "HEAD"):
            await problem(400, _("{method} takes no body", method=scope["method"]))(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], BODY_LIMIT)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await problem(413, Message(_TOO_LONG, limit=limit))(scope, receive, send)
            return
        size = 0

        async def counted() -> Sent:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413, told(Message(_TOO_LONG, limit=limit)))
            return message

        await self.app(scope, counted, send)
