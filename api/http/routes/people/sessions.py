"""``/v1/sessions``: signing in by a link that comes by mail, or at the institution's identity provider."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Query, Response
from fastapi.responses import RedirectResponse

from api.http.deps import ServiceDep, ShownDep
from api.http.problems import responses
from api.http.shapes.people import MailIn, Sent, SessionOut, TokenIn

router = APIRouter(prefix="/v1", tags=["sessions"])
_OPEN = responses(400, 401, 413, 422, 429, 503)
COOKIE = "dovetail_openid"
_MINUTES = 10


@router.post("/sessions/links", status_code=202, responses=_OPEN, operation_id="request_session_link")
def link(body: MailIn, service: ServiceDep) -> Sent:
    """Ask for a link that signs in. The answer, and its time, are the same for every address."""
    service.sign_in().sign_in(body.mail)
    return Sent()


@router.post("/sessions", status_code=201, responses=_OPEN)
def begin(body: TokenIn, service: ServiceDep, response: Response) -> SessionOut:
    """Open a session by the token of a link, which opens once."""
    response.headers["Cache-Control"] = "no-store"
    return SessionOut(session=service.sign_in().session(body.token.get_secret_value()))


@router.delete("/sessions", status_code=204, responses=_OPEN, operation_id="end_session")
def end(shown: ShownDep, service: ServiceDep) -> None:
    """End the session that is shown."""
    service.sign_in().sign_out(shown)


@router.get("/openid", status_code=303, response_class=RedirectResponse, responses=responses(404, 429, 503), operation_id="begin_openid")
def openid(service: ServiceDep) -> RedirectResponse:
    """Go to the identity provider to sign in there; 404 where none is named."""
    begun = service.openid().begin()
    response = RedirectResponse(begun.address, 303)
    is_safe = urlsplit(service.settings.site).scheme == "https"
    response.set_cookie(COOKIE, begun.kept, max_age=_MINUTES * 60, path="/v1/openid", secure=is_safe, httponly=True, samesite="lax")
    return response


@router.get("/openid/done", responses=responses(401, 404, 422, 429, 503), operation_id="finish_openid")
def openid_done(
    service: ServiceDep, response: Response, state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "", kept: Annotated[str, Cookie(alias=COOKIE)] = "",
) -> SessionOut:  # fmt: skip
    """Come back from the identity provider, and open a session."""
    session = service.openid().finish(kept, state, code)
    response.delete_cookie(COOKIE, path="/v1/openid")
    response.headers["Cache-Control"] = "no-store"
    return SessionOut(session=session)
