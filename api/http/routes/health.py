"""``/v1/health``: whether questions are answered yet."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from api.http.deps import ServiceDep
from api.http.problems import responses
from api.http.service import DAMAGED, FAILING, NO_INDEX, STARTING
from api.version import VERSION
from desk.schemas import Health
from graph.errors import StoreError
from graph.language import told

router = APIRouter(tags=["health"])
_Status = Literal["ok", "starting", "no index", "damaged index", "failing"]
_STATUS: dict[str, _Status] = {STARTING: "starting", NO_INDEX: "no index", DAMAGED: "damaged index"}


@router.get("/health", responses=responses(503))
def health(service: ServiceDep) -> Health:
    """The state of the service; ``ready`` says whether ``/v1/match`` answers. 503 if the store cannot be read and was never."""
    snapshot = service.snapshot
    try:
        revision = service.store.cursor().revision
    except StoreError:
        if snapshot is None:
            raise
        revision = None  # a service that has a snapshot is not restarted for it
    status: _Status = "ok"
    if service.reason or revision is None:
        status = _STATUS.get(service.reason, "failing")
    behind = revision - snapshot.cursor.revision if snapshot and revision is not None else None
    return Health(
        status=status, ready=snapshot is not None, version=VERSION, behind=behind, texts_behind=service.texts_behind,
        stale_seconds=round(service.stale_seconds, 1) if snapshot else None,
        model=service.model, reason=told(service.reason or (FAILING if revision is None else "")),
    )  # fmt: skip
