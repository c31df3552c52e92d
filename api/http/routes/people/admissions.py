"""``/v1/admissions``: letting an institution into something confidential, by both sides' word; who sees a thing, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import CHANGING, READING
from api.http.shapes.demands import EntryOut, LetIn
from api.http.shapes.people import AdmissionEventIn, AdmissionIn, AdmissionOut
from desk.people.admissions import Admissions

router = APIRouter(prefix="/v1", tags=["admissions"], route_class=Once)
AdmissionId = Annotated[str, Path(max_length=100)]
Thing = Annotated[str, Path(max_length=500, description="A node by its id, source id or name; a draft by its id.", examples=["D01"])]


@router.post("/admissions", status_code=201, responses=CHANGING)
def begin(body: AdmissionIn, actor: WriterDep, store: StoreDep, request: Request, response: Response) -> AdmissionOut:
    """Offer an institution to be let into what is yours, or ask to be let into what is another's."""
    admissions = Admissions(store)
    made = (
        admissions.offer(actor, body.to, body.guest)
        if body.guest
        else admissions.ask(actor, body.to, confidential=body.confidential)
    )  # fmt: skip
    shown = AdmissionOut.of(made)
    response.headers["Location"] = f"/v1/admissions/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("/admissions", responses=READING)
def listed(
    actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    to: Annotated[str, Query(max_length=500, description="Only those to this thing.")] = "",
) -> Page[AdmissionOut]:  # fmt: skip
    """The admissions that you ask for, are offered or give, the last moved first."""
    data, following = paged(Admissions(service.store).listed(actor, to), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[AdmissionOut.of(one) for one in data], next=following)


@router.get("/admissions/{id}", responses=READING)
def show(id: AdmissionId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> AdmissionOut:
    """An admission as it stands."""
    shown = AdmissionOut.of(Admissions(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.post("/admissions/{id}/events", responses=CHANGING)
def do(
    id: AdmissionId, body: AdmissionEventIn, actor: WriterDep, store: StoreDep, request: Request, response: Response,
    if_match: IfMatch = "",
) -> AdmissionOut:  # fmt: skip
    """Grant, enter, refuse or end an admission."""
    journal = decided(store, f"admission:{id}", if_match, lambda: AdmissionOut.of(Admissions(store).show(actor, id)))
    says = body.model_dump(exclude={"event"}, exclude_none=True, exclude_defaults=True)
    shown = AdmissionOut.of(Admissions(store, journal).do(actor, id, body.event, says))
    response.headers["Location"] = f"/v1/admissions/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("/things/{id}/let-in", responses=READING)
def who_sees(id: Thing, actor: ReaderDep, service: ServiceDep) -> list[LetIn]:
    """Who may see a thing of yours, or could until a day, and why; beyond those who see everything of its visibility."""
    return [LetIn.of(one) for one in Admissions(service.store).who_sees(actor, id)]


@router.get("/things/{id}/admissions", responses=READING)
def history(id: Thing, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """Who asked, was offered and was let into a thing of yours, and by whom, in order."""
    return [EntryOut.model_validate(entry) for entry in Admissions(service.store).history(actor, id)]
