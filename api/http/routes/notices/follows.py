"""``/v1/follows``: what members follow."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import responses
from api.http.shapes.notices import FollowIn, FollowOut
from leads.subscriptions.follows import Follows

router = APIRouter(prefix="/v1/follows", tags=["notices"], route_class=Once)
_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)
MemberQuery = Annotated[str, Query(max_length=100, description="The member of your institution who follows; you, if you are one.")]
FollowId = Annotated[str, Path(max_length=100, description="The id of the following.")]
ThingQuery = Annotated[str, Query(max_length=200, description="What is followed, or board.", examples=["D03"])]


def _follows(store: StoreDep, service: ServiceDep) -> Follows:
    return Follows(store, service.members(store))


FollowsDep = Annotated[Follows, Depends(_follows)]


@router.post("", status_code=201, responses=_WRITE)
def follow(body: FollowIn, actor: WriterDep, follows: FollowsDep, response: Response) -> FollowOut:
    """Have a member told of what changes of a thing from now on."""
    made = follows.follow(actor, body.thing, cadence=body.cadence, member=body.member or None)
    response.headers["Location"] = f"/v1/follows/{made.id}"
    return FollowOut.of(made)


@router.get("", responses=responses(401, 403, 422, 429, 503))
def listed(actor: ReaderDep, follows: FollowsDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[FollowOut]:
    """What you and your institution's members follow, the last moved first."""
    data, following = paged(follows.listed(actor), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[FollowOut.of(one) for one in data], next=following)


@router.get("/{id}", operation_id="read_follow", responses=_READ)
def show(id: FollowId, actor: ReaderDep, follows: FollowsDep) -> FollowOut:
    """What one member follows, as it stands."""
    return FollowOut.of(follows.show(actor, id))


@router.delete("", operation_id="end_follow", status_code=204, responses=_WRITE)
def unfollow(actor: WriterDep, follows: FollowsDep, thing: ThingQuery, member: MemberQuery = "") -> None:
    """End it; board ends the reminders of one's own leads."""
    follows.unfollow(actor, thing, member=member or None)
