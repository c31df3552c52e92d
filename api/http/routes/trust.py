"""``/v1/trust``: what one party believes of another: its own view to its members in full, to members of others in words."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.http.deps import ReaderDep, ServiceDep
from api.http.problems import READING
from desk.trust import by_role, opinions
from desk.trust.schemas import TrustListOut, TrustOut, TrustWordsListOut, TrustWordsOut

router = APIRouter(prefix="/v1", tags=["trust"])


def _day(as_of: date | None) -> str | None:
    return as_of.isoformat() if as_of else None


AsOf = Annotated[date | None, Query(description="The day; today if none is said.")]
_NAME = "Id, source id or name of an institution or expert."


@router.get("/trust", responses=READING)
def trust(
    actor: ReaderDep, service: ServiceDep, asker: Annotated[str, Query(max_length=500, description=_NAME, examples=["I06"])],
    target: Annotated[str, Query(max_length=500, description=_NAME, examples=["I02"])], as_of: AsOf = None,
) -> TrustOut | TrustWordsOut:  # fmt: skip
    """What ``asker`` may believe of ``target``: in full where it is your institution's own view, else in words."""
    snapshot, _embedder = service.ready()
    told = by_role.trust_of(actor, asker, target, _day(as_of), snapshot=snapshot, store=service.store)
    return told.public if isinstance(told, opinions.Told) else told


@router.get("/trust/{asker}", responses=READING)
def trusts(
    actor: ReaderDep, service: ServiceDep, asker: Annotated[str, Path(max_length=500, description=_NAME, examples=["I06"])],
    as_of: AsOf = None,
) -> TrustListOut | TrustWordsListOut:  # fmt: skip
    """Whom ``asker`` trusts most and least, told in the same way."""
    snapshot, _embedder = service.ready()
    return by_role.trust_list(actor, asker, _day(as_of), snapshot=snapshot, store=service.store)
