"""``/v1/members``: people who act for an institution, by invitation or by a claim that the operator approves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.door import required
from api.http.problems import CHANGING, READING, responses
from api.http.shapes.demands import EntryOut
from api.http.shapes.people import ClaimIn, InvitationIn, MemberEventIn, MemberOut, Sent, TokenIn
from desk.process.principals import Role, Scope

router = APIRouter(prefix="/v1/members", tags=["members"], route_class=Once)
MemberId = Annotated[str, Path(max_length=100)]


@router.post("", status_code=201, responses=CHANGING)
def invite(body: InvitationIn, actor: WriterDep, service: ServiceDep, store: StoreDep, response: Response) -> MemberOut:
    """Invite somebody into an institution: a letter goes to the address. ``appointed`` is for the operator."""
    if body.appointed or body.reviews:
        required(actor, Scope.ADMIN)
    made = service.members(store).invite(
        actor, body.mail, body.name, Role(body.role), institution=body.institution, speaks=body.language or "",
        is_appointed=body.appointed, reviews=body.reviews,
    )  # fmt: skip
    response.headers["Location"] = f"/v1/members/{made.id}"
    return MemberOut.of(made)


@router.get("", responses=READING)
def listed(actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[MemberOut]:
    """The members of your institution, the last moved first; all of them to the operator."""
    data, following = paged(service.members(service.store).listed(actor), lambda one: (one.since, one.id), limit, cursor)
    return Page(data=[MemberOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=READING)
def show(id: MemberId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> MemberOut:
    """A member."""
    shown = MemberOut.of(service.members(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.get("/{id}/history", responses=READING)
def history(id: MemberId, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """What was done with a member, in order."""
    return [EntryOut.model_validate(entry) for entry in service.members(service.store).history(actor, id)]


@router.post("/{id}/events", responses=CHANGING)
def do(id: MemberId, body: MemberEventIn, actor: WriterDep, service: ServiceDep, store: StoreDep, if_match: IfMatch = "") -> MemberOut:
    """Remind, approve, reject, remove or erase a member."""
    plain = service.members(store)
    members = service.members(store, decided(store, f"member:{id}", if_match, lambda: MemberOut.of(plain.show(actor, id))))
    if body.event == "remind":
        members.remind(actor, id)
    elif body.event == "approve":
        members.approve(actor, id)
    elif body.event == "reject":
        members.reject(actor, id, body.reason)
    elif body.event == "remove":
        members.remove(actor, id, body.reason)
    else:
        members.erase(actor, id)
    return MemberOut.of(plain.show(actor, id))


public = APIRouter(prefix="/v1", tags=["members"], route_class=Once)
_OPEN = responses(400, 401, 404, 409, 413, 422, 429, 503)


@public.post("/claims", status_code=202, responses=_OPEN)
def claim(body: ClaimIn, service: ServiceDep, store: StoreDep) -> Sent:
    """Ask to act for an institution: a letter asks whether the address is yours. The answer is the same for every address."""
    service.members(store).claim(body.mail, body.name, Role(body.role), body.number, speaks=body.language or "")
    return Sent()


@public.post("/claims/confirmed", status_code=201, responses=_OPEN, operation_id="confirm_claim")
def confirm(body: TokenIn, service: ServiceDep, store: StoreDep) -> MemberOut:
    """Put a claim before the operator, by the token of its letter."""
    return MemberOut.of(service.members(store).confirm(body.token.get_secret_value()))


@public.post("/invitations/accepted", responses=_OPEN, operation_id="accept_invitation")
def accept(body: TokenIn, service: ServiceDep, store: StoreDep) -> MemberOut:
    """Become a member by the token of an invitation."""
    return MemberOut.of(service.members(store).accept(body.token.get_secret_value()))


@public.delete("/membership", status_code=204, responses=CHANGING, operation_id="end_membership")
def leave(actor: WriterDep, service: ServiceDep, store: StoreDep) -> None:
    """End your own membership, and every session of it."""
    service.members(store).leave(actor)
