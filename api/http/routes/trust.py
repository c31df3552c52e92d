"""``/v1/trust``: closed. What one party believes of another is between the two, and the service does not know yet who asks.

In: a request for an opinion. Out: a problem, the same for every name. Next: nothing; ``desk.trust`` has the opinions, for the owner of the
store.
"""

from __future__ import annotations

from fastapi import APIRouter

from api.http.problems import responses
from graph.errors import NotAllowed
from graph.language import N_

router = APIRouter(prefix="/v1", tags=["trust"], responses=responses(403))

REASON = N_("trust is between its parties, and this service cannot tell yet who asks; on the machine itself: dovetail trust")


@router.get("/trust")
@router.get("/trust/{asker}")
def trust() -> None:
    """What one party may believe of another, or of everybody: closed to everybody, whoever is named."""
    raise NotAllowed(REASON)
