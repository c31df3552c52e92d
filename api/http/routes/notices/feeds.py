"""``/v1/feeds``: a saved search for news readers and programs, at an address that carries a secret."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.http.deps import ServiceDep
from api.http.problems import responses
from leads.notices import feeds
from leads.subscriptions.searches import Searches

router = APIRouter(prefix="/v1/feeds", tags=["notices"])
_READ = responses(404, 422, 429, 503)


def _as(type: str) -> dict[int | str, dict[str, Any]]:
    """As what a feed is sent, for the document."""
    return {200: {"content": {type.partition(";")[0]: {}}}}


FeedToken = Annotated[str, Path(max_length=100, description="The secret of the address.")]


@router.get("/{token}/atom", response_class=Response, responses=_READ | _as(feeds.ATOM_TYPE))
def atom(token: FeedToken, request: Request, service: ServiceDep) -> Response:
    """The leads of a saved search as Atom; 304 to who has them already."""
    found = feeds.feed(_searches(service), token)
    return _sent(request, feeds.atom(found, f"{service.settings.site.rstrip('/')}/v1/feeds/{token}/atom"), feeds.ATOM_TYPE)


@router.get("/{token}/json", response_class=Response, responses=_READ | _as(feeds.JSON_TYPE))
def json(token: FeedToken, request: Request, service: ServiceDep) -> Response:
    """The same as JSON Feed."""
    found = feeds.feed(_searches(service), token)
    return _sent(request, feeds.json(found, f"{service.settings.site.rstrip('/')}/v1/feeds/{token}/json"), feeds.JSON_TYPE)


def _searches(service: ServiceDep) -> Searches:
    return Searches(service.store, service.members(service.store))


def _sent(request: Request, content: bytes, type: str) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language"}
    said = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in said or "*" in said:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=type, headers=headers)
