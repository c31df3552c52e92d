"""``/v1/meetings``: matchmaking events, from a plan to the last follow-up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import LeadSettingsDep, ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import CHANGING, READING
from api.http.shapes.demands import EntryOut
from api.http.shapes.meetings import InvitationsIn, MeetingEventIn, MeetingIn, MeetingOut, OutcomeIn
from leads.meetings.meetings import Meetings

router = APIRouter(prefix="/v1/meetings", tags=["meetings"], route_class=Once)
several = APIRouter(prefix="/v1/meetings", tags=["meetings"])
"""Routes that write to leads before they write to the meeting. They take no Idempotency-Key: the same request again ends what one that was
cut off has begun."""
MeetingId = Annotated[str, Path(max_length=100)]


@router.post("", status_code=201, responses=CHANGING)
def plan(body: MeetingIn, actor: WriterDep, store: StoreDep, request: Request, response: Response) -> MeetingOut:
    """Plan a meeting of your institution."""
    more = {"place": body.place, "organiser": body.organiser or ""}
    shown = MeetingOut.of(Meetings(store).plan(actor, body.title, body.day, body.slots, body.tables, **more))
    response.headers["Location"] = f"/v1/meetings/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("", responses=READING)
def listed(actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[MeetingOut]:
    """The meetings that you hold or are invited to, the last moved first."""
    data, following = paged(Meetings(service.store).listed(actor), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[MeetingOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=READING)
def show(id: MeetingId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> MeetingOut:
    """A meeting as it stands, with the talks that are for your eyes."""
    shown = MeetingOut.of(Meetings(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@several.post("/{id}/invitations", operation_id="invite_to_meeting", responses=CHANGING)
def invite(
    id: MeetingId, body: InvitationsIn, actor: WriterDep, store: StoreDep, request: Request, response: Response, if_match: IfMatch = ""
) -> MeetingOut:
    """Invite both sides of leads; a side that was not asked yet whether it is interested is asked by it. Leads that are invited already
    stay as they are."""
    journal = decided(store, f"meeting:{id}", if_match, lambda: MeetingOut.of(Meetings(store).show(actor, id)))
    meetings = Meetings(store, journal)
    known = {talk.lead for talk in meetings.show(actor, id).talks}
    for lead in body.leads:
        if lead not in known:
            meetings.invite(actor, id, lead)
    shown = MeetingOut.of(meetings.show(actor, id))
    tagged(request, response, shown)
    return shown


@several.post("/{id}/outcomes", operation_id="note_meeting_outcome", responses=CHANGING)
def outcome(
    id: MeetingId, body: OutcomeIn, actor: WriterDep, store: StoreDep, bounds: LeadSettingsDep, request: Request, response: Response,
    if_match: IfMatch = "",
) -> MeetingOut:  # fmt: skip
    """Note what has come of a talk, and move the lead by it; what the lead refuses is not noted."""
    journal = decided(store, f"meeting:{id}", if_match, lambda: MeetingOut.of(Meetings(store).show(actor, id)))
    made = Meetings(store, journal, bounds).outcome(actor, id, body.lead, after=body.after, move=body.move, says=body.says, text=body.text)
    shown = MeetingOut.of(made)
    tagged(request, response, shown)
    return shown


@router.post("/{id}/events", responses=CHANGING)
def do(
    id: MeetingId, body: MeetingEventIn, actor: WriterDep, store: StoreDep, request: Request, response: Response, if_match: IfMatch = ""
) -> MeetingOut:
    """Answer, schedule, attend, close or cancel: what can be done in which state, by whom, is in docs/processes.md and in ``events``."""
    journal = decided(store, f"meeting:{id}", if_match, lambda: MeetingOut.of(Meetings(store).show(actor, id)))
    shown = MeetingOut.of(body.do(Meetings(store, journal), actor, id))
    response.headers["Location"] = f"/v1/meetings/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("/{id}/history", responses=READING)
def history(id: MeetingId, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """What was done with a meeting, in order: for who holds it."""
    return [EntryOut.model_validate(entry) for entry in Meetings(service.store).history(actor, id)]
