"""``/v1/nodes/{id}``: one node, as the caller may see it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.http.deps import FOR_ANYBODY, CallerDep, ServiceDep, ViewerDep
from api.http.problems import responses
from desk.schemas import NodeOut
from desk.show import describe
from desk.things.reading import shown_to
from desk.trust.objections import with_replies

router = APIRouter(prefix="/v1", tags=["nodes"])

NodeId = Annotated[
    str, Path(max_length=500, description="Id, former id, source id or name of a node.", examples=["ach-0123456789abcdef"])
]


@router.get("/nodes/{id}", responses=responses(401, 404, 422, 429, 503), operation_id="read_node", openapi_extra=FOR_ANYBODY)
def node(id: NodeId, service: ServiceDep, viewer: ViewerDep, asking: CallerDep) -> NodeOut:
    """A node with its fields and edges. What the caller may not see answers like what is not there."""
    shown, contact = shown_to(service.store, asking, viewer), service.settings.operator_contact
    return with_replies(service.store, describe(service.store, id, viewer=viewer, shown=shown, contact=contact))
