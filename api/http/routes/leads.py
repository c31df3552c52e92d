"""``/v1/leads``: the broker's desk."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery
from api.http.deps import LeadSettingsDep, OperatorDep, ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import CHANGING, READING
from api.http.shapes.demands import EntryOut
from api.http.shapes.leads import (
    CreditOut,
    FindIn,
    FunnelOut,
    LeadEventIn,
    LeadIn,
    LeadOut,
    LeadsOut,
    Reason,
    RefreshedOut,
    SharingIn,
    State,
    SuggestionOut,
)
from desk import ask
from desk.find import find
from desk.people.sight import viewer_of
from desk.schemas import MatchAnswer
from desk.things.reading import shown_to
from leads.board.duplicates import duplicates
from leads.board.export import rows, to_csv, to_xlsx
from leads.board.funnel import funnel
from leads.board.listing import Sort, Wanted, listed
from leads.board.picture import to_svg
from leads.credit.attribution import attribute, credits
from leads.leads import Leads
from leads.suggest.answer import answer_of
from leads.suggest.offers import leads_of
from leads.suggest.refresh import AT_ONCE, refresh

router = APIRouter(prefix="/v1/leads", tags=["leads"], route_class=Once)
LeadId = Annotated[str, Path(max_length=16, description="The lead's id.")]
_Name = Annotated[str, Query(max_length=500)]
_Day = Annotated[str, Query(max_length=10)]
_Format = Literal["csv", "xlsx"]
_TYPES, _SVG = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, "image/svg+xml"
_TABLE: dict[int | str, dict[str, Any]] = {200: {"content": {type: {} for type in _TYPES.values()}}}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {_SVG: {}}}}


def wanted(
    actor: ReaderDep, service: ServiceDep,
    state: Annotated[list[State] | None, Query(max_length=8, description="Only those in one of these states.")] = None,
    firm: _Name = "", need: _Name = "", offer: _Name = "", field: _Name = "", region: _Name = "", broker: _Name = "", person: _Name = "",
    reason: Reason | None = None, since: _Day = "", due: _Day = "", fit: Annotated[float, Query(ge=0, le=1)] = 0.0, stuck: bool = False,
    merged: bool = False,
) -> Wanted:  # fmt: skip
    """Which leads are asked for, with ids in place of names."""
    viewer = viewer_of(service.store, actor)
    named = {name: find(service.store, text, viewer) for name, text in
             (("firm", firm), ("need", need), ("offer", offer), ("broker", broker)) if text}  # fmt: skip
    return Wanted(
        states=tuple(state or ()), field=field, region=region, person=person, reason=reason or "", since=since, due=due, fit=fit,
        stuck=stuck, merged=merged, **named,
    )  # fmt: skip


WantedDep = Annotated[Wanted, Depends(wanted)]


@router.get("", responses=READING)
def list_leads(
    actor: ReaderDep, service: ServiceDep, asked: WantedDep, sort: Sort = Sort.FIT, limit: LimitQuery = DEFAULT, cursor: CursorQuery = ""
) -> LeadsOut:
    """The leads that are yours to see; sort turns: each firm's best first."""
    return LeadsOut.of(listed(service.store, actor, asked, sort, limit=limit, cursor=cursor))


@router.post("", status_code=201, responses=CHANGING)
def begin(body: LeadIn, actor: WriterDep, store: StoreDep, request: Request, response: Response) -> LeadOut:
    """Take up a lead by hand, whether it was suggested or not."""
    shown = LeadOut.of(Leads(store).begin(actor, body.need, body.offer))
    response.headers["Location"] = f"/v1/leads/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("/export", operation_id="export_leads", responses=READING | _TABLE, response_class=Response)
def export(actor: ReaderDep, service: ServiceDep, asked: WantedDep, sort: Sort = Sort.FIT, format: _Format = "csv") -> Response:
    """The leads that are yours to see as a table, in which no cell is a formula."""
    table = rows(service.store, actor, asked, sort)
    content = to_xlsx(table) if format == "xlsx" else to_csv(table)
    headers = {"Content-Disposition": f'attachment; filename="leads.{format}"'}
    return Response(content, media_type=_TYPES[format], headers=headers)


@router.get("/funnel", operation_id="read_funnel", responses=READING)
def show_funnel(actor: ReaderDep, service: ServiceDep, asked: WantedDep) -> FunnelOut:
    """How many leads come how far, how long they stay in each state, and why they end."""
    return FunnelOut.of(funnel(service.store, actor, asked))


@router.get("/funnel.svg", operation_id="read_funnel_picture", responses=READING | _PICTURE, response_class=Response)
def show_picture(actor: ReaderDep, service: ServiceDep, asked: WantedDep) -> Response:
    """The funnel as a picture (SVG)."""
    return Response(to_svg(funnel(service.store, actor, asked)), media_type=_SVG)


@router.get("/duplicates", operation_id="list_lead_duplicates", responses=READING)
def list_duplicates(actor: ReaderDep, service: ServiceDep) -> list[list[str]]:
    """Groups of leads of the same two, the one that is furthest first."""
    return duplicates(service.store, actor)


@router.get("/credits", operation_id="list_credits", responses=READING)
def list_credits(actor: ReaderDep, service: ServiceDep, bounds: LeadSettingsDep) -> list[CreditOut]:
    """Which broker made the introduction of each pair of institutions, and how several share."""
    return [CreditOut.of(one) for one in credits(service.store, actor, bounds)]


@router.post("/credits", operation_id="decide_credit", responses=CHANGING)
def decide(body: SharingIn, actor: OperatorDep, store: StoreDep, bounds: LeadSettingsDep) -> CreditOut:
    """Decide, as the operator, how the brokers of a pair share."""
    return CreditOut.of(attribute(store, actor, body.need, body.offer, body.parts, body.reason, bounds))


@router.post("/refresh", operation_id="refresh_leads", responses=CHANGING)
def refresh_now(_actor: OperatorDep, service: ServiceDep, store: StoreDep, bounds: LeadSettingsDep) -> RefreshedOut:
    """Bring the suggestions up to date, as the operator, where little has changed: 409 where more than 20 demands are to be asked, as on a
    new day. `dovetail leads refresh` asks them all."""
    snapshot, embedder = service.ready()
    return RefreshedOut.of(refresh(store, snapshot, embedder, bounds, date.today().isoformat(), most=AT_ONCE))


@router.post("/find", operation_id="find_leads", responses=CHANGING)
def find_now(body: FindIn, actor: OperatorDep, service: ServiceDep, bounds: LeadSettingsDep) -> list[SuggestionOut]:
    """Find leads by hand, as the operator: for a demand who could meet it; for a result, an expert or an institution the open demands that
    it could meet. All that are above the bar, whatever bounds the suggestions; nothing is kept."""
    viewer = viewer_of(service.store, actor)
    id, (snapshot, embedder) = find(service.store, body.about, viewer), service.ready()
    found = leads_of(id, service.store, snapshot, embedder, bounds, date.today().isoformat(), viewer, body.limit)
    return [SuggestionOut.of(one) for one in found]


@router.get("/{id}", responses=READING)
def show(id: LeadId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> LeadOut:
    """A lead as it stands."""
    shown = LeadOut.of(Leads(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.post("/{id}/events", responses=CHANGING)
def do(
    id: LeadId, body: LeadEventIn, actor: WriterDep, store: StoreDep, bounds: LeadSettingsDep, request: Request, response: Response,
    if_match: IfMatch = "",
) -> LeadOut:  # fmt: skip
    """Do something with a lead: what can be done in which state, by whom, is in docs/processes.md and in ``events``."""
    journal = decided(store, f"lead:{id}", if_match, lambda: LeadOut.of(Leads(store).show(actor, id)))
    shown = LeadOut.of(Leads(store, journal, bounds).do(actor, id, body.event, body.says()))
    response.headers["Location"] = f"/v1/leads/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("/{id}/history", responses=READING)
def history(id: LeadId, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """What was done with a lead, in order; for a side without what others noted."""
    return [EntryOut.model_validate(entry) for entry in Leads(service.store).history(actor, id)]


@router.get("/{id}/answer", operation_id="read_lead_answer", responses=READING)
def answer(id: LeadId, actor: ReaderDep, service: ServiceDep, response: Response) -> MatchAnswer:
    """What the lead rests on, as an answer of the matcher at this moment: the terms, works, trust and gaps of the one candidate."""
    snapshot, embedder = service.ready()
    response.headers["Age"] = service.age
    found, viewer = answer_of(service.store, actor, id, snapshot, embedder), viewer_of(service.store, actor)
    shown, explained = shown_to(service.store, actor, viewer), range(1, len(found.matches) + 1)
    return ask.document(
        found, snapshot.display, viewer=viewer, explained=explained, shown=shown, contact=service.settings.operator_contact
    )  # fmt: skip


@router.get("/{id}/texts", responses=READING)
def texts(id: LeadId, actor: ReaderDep, service: ServiceDep) -> dict[int, str]:
    """What was said in words with the events of a lead, by the number of the entry, for who works on it."""
    return Leads(service.store).texts(actor, id)
