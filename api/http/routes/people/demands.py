"""``/v1/demands``: demands as people post them, from a draft to a solution."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import CHANGING, READING
from api.http.shapes.demands import DemandIn, DemandOut, EntryOut, EventIn, State
from desk.people.demands import Demands

router = APIRouter(prefix="/v1/demands", tags=["demands"], route_class=Once)
DemandId = Annotated[str, Path(max_length=500, description="The demand's id; of one that you may see, its node's or its teaser's too.")]


@router.post("", status_code=201, responses=CHANGING)
def draft(body: DemandIn, actor: WriterDep, store: StoreDep, request: Request, response: Response) -> DemandOut:
    """Begin a demand of your institution, or, as a broker, of a firm that has let you act for it."""
    shown = DemandOut.of(Demands(store).draft(actor, body.content, owner=body.owner, mandate=body.mandate))
    response.headers["Location"] = f"/v1/demands/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("", responses=READING)
def listed(
    actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    state: Annotated[list[State] | None, Query(max_length=11, description="Only those in one of these states.")] = None,
) -> Page[DemandOut]:  # fmt: skip
    """Your demands, the last moved first: those of your institution, those it acts for and, for a reviewer, those handed in."""
    found = Demands(service.store).listed(actor, state or ())
    data, following = paged(found, lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[DemandOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=READING)
def show(id: DemandId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> DemandOut:
    """A demand as it stands; to who may see it without having to do with it, what was published of it."""
    shown = DemandOut.of(Demands(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.post("/{id}/events", responses=CHANGING)
def do(
    id: DemandId, body: EventIn, actor: WriterDep, store: StoreDep, request: Request, response: Response, if_match: IfMatch = ""
) -> DemandOut:
    """Do something with a demand: what can be done in which state, by whom, is in docs/processes.md and in ``events``."""
    journal = decided(store, f"demand:{id}", if_match, lambda: DemandOut.of(Demands(store).show(actor, id)))
    shown = DemandOut.of(Demands(store, journal).do(actor, id, body.event, body.says(), body.content))
    response.headers["Location"] = f"/v1/demands/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("/{id}/history", responses=READING)
def history(id: DemandId, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """What was done with a demand, in order: for who has to do with it."""
    return [EntryOut.model_validate(entry) for entry in Demands(service.store).history(actor, id)]
