"""``/v1/trust``: what one party may believe of another, or of everybody."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.asking import find
from api.deps import ServiceDep
from api.problems import responses
from api.schemas import TrustListOut, TrustOut
from api.trusting import trust_list, trust_of
from graph.dates import end_of_period
from graph.errors import InvalidInput
from graph.model import Visibility

router = APIRouter(tags=["trust"])

Party = Annotated[str, Query(min_length=1, max_length=500, description="Id, source id or name of an institution or an expert.")]
Day = Annotated[str | None, Query(max_length=10, description="An ISO day: later facts do not exist. Today if it is not given.")]


@router.get("/trust", responses=responses(404, 422, 503))
def trust(service: ServiceDep, response: Response, asker: Party, target: Party, as_of: Day = None) -> TrustOut:
    """An opinion with its stage, its evidence, the path of what was heard, what would change it, and the log of its transitions."""
    snapshot, _ = service.ready()
    response.headers["Age"] = service.age
    ends = [find(snapshot.display, one, Visibility.PUBLIC) for one in (asker, target)]
    return trust_of(ends[0], ends[1], _day(as_of), snapshot, snapshot.display, Visibility.PUBLIC)


@router.get("/trust/{asker}", responses=responses(404, 422, 503))
def trusts(asker: str, service: ServiceDep, response: Response, as_of: Day = None) -> TrustListOut:
    """Whom a party trusts most and least."""
    snapshot, _ = service.ready()
    response.headers["Age"] = service.age
    return trust_list(find(snapshot.display, asker, Visibility.PUBLIC), _day(as_of), snapshot, snapshot.display, Visibility.PUBLIC)


def _day(text: str | None) -> str:
    try:
        return end_of_period(text).isoformat() if text else date.today().isoformat()
    except ValueError as error:
        raise InvalidInput(str(error), field="as_of") from error
