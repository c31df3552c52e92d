"""``/v1/health``: whether questions are answered yet."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from api.deps import NO_INDEX, STARTING, ServiceDep
from api.problems import responses
from api.schemas import Health
from api.version import VERSION

router = APIRouter(tags=["health"])


@router.get("/health", responses=responses(503))
def health(service: ServiceDep) -> Health:
    """The state of the service; ``ready`` says whether ``/v1/match`` answers. 503 if the store does not open."""
    snapshot = service.snapshot
    status: Literal["ok", "starting", "no index", "failing"] = "ok"
    if service.reason:
        status = "starting" if service.reason == STARTING else "no index" if service.reason == NO_INDEX else "failing"
    return Health(
        status=status, ready=snapshot is not None, version=VERSION, revision=service.store.cursor().revision,
        snapshot=snapshot.cursor.revision if snapshot else None, model=service.model, reason=service.reason,
    )  # fmt: skip
