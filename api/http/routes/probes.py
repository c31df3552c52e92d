"""``/livez``, ``/readyz`` and ``/metrics``: what whoever runs the service asks it.

In: a request. Out: whether the process is up; whether it can be sent questions; counts, for the operator's key. Next: a container's health
check, a proxy, Prometheus. These stand outside ``/v1``: they are of the service, and not of what it answers.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse, PlainTextResponse

from api.http.deps import ServiceDep
from api.http.metrics import MEDIA
from api.http.problems import problem, responses
from api.http.service import DAMAGED, FAILING, NO_INDEX, STARTING
from api.http.shapes.probes import Live, Readiness
from graph.errors import StoreError
from graph.language import told

router = APIRouter(tags=["probes"])
_State = Literal["ok", "starting", "no index", "damaged index", "failing"]
_STATE: dict[str, _State] = {STARTING: "starting", NO_INDEX: "no index", DAMAGED: "damaged index"}


@router.get("/livez")
async def livez() -> Live:
    """The process is up. Neither the store nor a thread for answers is needed to say so."""
    return Live()


@router.get("/readyz", responses=responses(503), response_model=Readiness)
def readyz(service: ServiceDep) -> JSONResponse:
    """Whether questions can be sent here: the store can be read and a snapshot answers. Else 503 with the reason and the same members."""
    snapshot, reason = service.snapshot, service.reason
    try:
        cursor = service.store.cursor()
        behind = cursor != snapshot.cursor if snapshot else None
    except StoreError:
        cursor, behind, reason = None, None, reason or FAILING
    found = Readiness(
        ready=bool(snapshot and cursor), state=_STATE.get(reason, "failing") if reason else "ok", answers=snapshot is not None,
        behind=behind, texts_behind=None if service.texts_behind is None else service.texts_behind > 0,
        stale_seconds=round(service.stale_seconds, 1) if snapshot else None, model=service.model, reason=told(reason),
    )  # fmt: skip
    if found.ready:
        return JSONResponse(found.model_dump())
    return problem(503, reason or STARTING, beside=found.model_dump())


@router.get("/metrics", responses=responses(401, 403, 503), response_class=PlainTextResponse)
def metrics(service: ServiceDep, request: Request) -> Response:
    """Counts for Prometheus, for a key of the operator with the scope ``admin``: they tell how much there is of what is hidden, too."""
    return Response(service.counted(request.headers.get("authorization", "")), media_type=MEDIA)
