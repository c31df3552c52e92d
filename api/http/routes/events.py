"""``/v1/events``: what happened that concerns the caller; the truth behind every push."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.conventions.paging import DEFAULT, LimitQuery
from api.http.deps import ReaderDep, ServiceDep
from api.http.problems import responses
from api.http.shapes.events import EventOut, EventsOut
from api.streams import CONCERNS
from desk.events.feed import Feed

router = APIRouter(prefix="/v1/events", tags=["events"])
AfterQuery = Annotated[str, Query(max_length=2000, description="The `next` of the page before; none to begin with the first event.")]


@router.get("", responses=responses(401, 403, 422, 429, 503))
def listed(actor: ReaderDep, service: ServiceDep, after: AfterQuery = "", limit: LimitQuery = DEFAULT) -> EventsOut:
    """What happened that concerns you, in order: with the demands, leads, meetings, admissions, keys, members, files, contacts, saved
    searches, jobs, webhooks and answers that are yours to see, and what you follow."""
    page = Feed(service.store, concerns=CONCERNS).after(actor, after, limit)
    return EventsOut(data=[EventOut.model_validate(one) for one in page.events], next=page.next, more=page.more)
