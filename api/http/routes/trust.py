"""``/v1/trust``: what one party may believe of another, or of everybody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.deps import ServiceDep
from api.http.problems import responses
from desk.find import find
from desk.schemas import TrustListOut, TrustOut
from desk.trust import day_of, trust_list, trust_of
from graph.viewer import PUBLIC

router = APIRouter(tags=["trust"])

Party = Annotated[str, Query(min_length=1, max_length=500, description="Id, source id or name of an institution or an expert.")]
Day = Annotated[str | None, Query(max_length=10, description="An ISO day: later facts do not exist. Today if it is not given.")]


@router.get("/trust", responses=responses(404, 422, 503))
def trust(service: ServiceDep, response: Response, asker: Party, target: Party, as_of: Day = None) -> TrustOut:
    """An opinion with its stage, its evidence, the path of what was heard, what would change it, and the log of its transitions."""
    snapshot, _ = service.ready()
    response.headers["Age"] = service.age
    ends = [find(snapshot.display, one, PUBLIC) for one in (asker, target)]
    return trust_of(ends[0], ends[1], day_of(as_of, "as_of"), snapshot, snapshot.display, PUBLIC).public


@router.get("/trust/{asker}", responses=responses(404, 422, 503))
def trusts(asker: str, service: ServiceDep, response: Response, as_of: Day = None) -> TrustListOut:
    """Whom a party trusts most and least."""
    snapshot, _ = service.ready()
    response.headers["Age"] = service.age
    party = find(snapshot.display, asker, PUBLIC)
    return trust_list(party, day_of(as_of, "as_of"), snapshot, snapshot.display, PUBLIC)
