"""``/v1/hand-overs``: all leads of a broker go to another."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.conventions.once import Once
from api.http.deps import StoreDep, WriterDep
from api.http.problems import responses
from api.http.shapes.notices import HandOverIn, HandOverOut
from leads.board.hand_over import hand_over

router = APIRouter(prefix="/v1/hand-overs", tags=["leads"], route_class=Once)


@router.post("", operation_id="hand_over_board", responses=responses(400, 401, 403, 404, 409, 413, 422, 429, 503))
def create(body: HandOverIn, actor: WriterDep, store: StoreDep) -> HandOverOut:
    """Assign the leads of your house, or as the operator of another, to a broker, each by an act of its own."""
    return HandOverOut.of(hand_over(store, actor, body.to, of=body.of, person=body.person))
