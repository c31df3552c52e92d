"""``/v1/searches``: saved searches, what they find, their feeds' addresses."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response

from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import responses
from api.http.shapes.notices import FeedOut, FoundOut, SearchIn, SearchOut
from leads.subscriptions.searches import Searches

router = APIRouter(prefix="/v1/searches", tags=["notices"], route_class=Once)
_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)
SearchId = Annotated[str, Path(max_length=100, description="The search's id.")]
Event = Annotated[Literal["pause", "resume", "stop", "close_feed"], Path(description="What is done with it.", examples=["pause"])]


def _searches(store: StoreDep, service: ServiceDep) -> Searches:
    return Searches(store, service.members(store))


SearchesDep = Annotated[Searches, Depends(_searches)]


@router.post("", operation_id="save_search", status_code=201, responses=_WRITE)
def save(body: SearchIn, actor: WriterDep, searches: SearchesDep, response: Response) -> SearchOut:
    """Save a search: what it finds from now on is told, what it finds now is not."""
    filters = body.filters.filters()
    made = searches.save(actor, filters, name=body.name, cadence=body.cadence, cap=body.cap, member=body.member or None)
    response.headers["Location"] = f"/v1/searches/{made.id}"
    return SearchOut.of(made)


@router.get("", responses=_READ)
def listed(actor: ReaderDep, searches: SearchesDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[SearchOut]:
    """The saved searches of your institution, the last moved first."""
    data, following = paged(searches.listed(actor), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[SearchOut.of(one) for one in data], next=following)


@router.get("/{id}", operation_id="read_search", responses=_READ)
def show(id: SearchId, actor: ReaderDep, searches: SearchesDep) -> SearchOut:
    """A saved search as it stands."""
    return SearchOut.of(searches.show(actor, id))


@router.get("/{id}/leads", operation_id="list_search_leads", responses=_READ)
def run(id: SearchId, actor: ReaderDep, searches: SearchesDep, limit: LimitQuery = DEFAULT) -> list[FoundOut]:
    """The leads that it finds now, the best first, whether they were told or not."""
    return [FoundOut.of(one) for one in searches.run(actor, id)[:limit]]


@router.post("/{id}/feed", operation_id="open_search_feed", responses=_WRITE)
def open_feed(id: SearchId, actor: WriterDep, searches: SearchesDep, service: ServiceDep, response: Response) -> FeedOut:
    """Make the address of its feed, in this answer and in no other; an earlier one is good no more."""
    token, site = searches.open_feed(actor, id), service.settings.site.rstrip("/")
    response.headers["Cache-Control"] = "no-store"
    return FeedOut(atom=f"{site}/v1/feeds/{token}/atom", json_feed=f"{site}/v1/feeds/{token}/json")


@router.post("/{id}/events/{event}", operation_id="change_search", responses=_WRITE)
def do(id: SearchId, event: Event, actor: WriterDep, searches: SearchesDep) -> SearchOut:
    """Pause, resume or stop it, or end the address of its feed."""
    return SearchOut.of(searches.do(actor, id, event))
