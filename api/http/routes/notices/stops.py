"""``/v1/notices/stop``: the links of letters that end what they tell, without signing in (RFC 8058)."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse

from api.http.deps import ServiceDep
from api.http.problems import responses
from api.http.shapes.notices import Stopped
from graph.language import _
from leads.notices.page import dressed
from leads.subscriptions.stops import Stops

router = APIRouter(prefix="/v1/notices/stop", tags=["notices"])
_READ, _WRITE = responses(404, 422, 429, 503), responses(404, 409, 422, 429, 503)
StopToken = Annotated[str, Path(max_length=100, description="What the link of the letter carries.")]
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@router.get("/{token}", operation_id="read_stop", response_class=HTMLResponse, responses=_READ)
def look(token: StopToken, service: ServiceDep) -> HTMLResponse:
    """A page with a button that ends it: programs that fetch every link of a letter end nothing."""
    asked = Stops(service.store, service.accounts(service.store)).look(token)
    button = "padding:10px 20px;font-size:15px;border:0;border-radius:6px;background:#0b5394;color:#ffffff"
    inner = f'<form method="post" style="padding:8px 24px 24px"><button style="{button}">{escape(_("Stop"))}</button></form>'
    return HTMLResponse(dressed(asked, inner), headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"})


@router.post("/{token}", operation_id="stop_notices", responses=_WRITE)
def stop(token: StopToken, service: ServiceDep) -> Stopped:
    """End it. Mail programs send this by themselves when their button is pressed; again does no harm."""
    return Stopped(ended=Stops(service.store, service.accounts(service.store)).stop(token))
