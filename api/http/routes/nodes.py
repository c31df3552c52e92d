"""``/v1/nodes/{id}``: one node, as the public may see it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.http.deps import ServiceDep
from api.http.problems import responses
from desk.schemas import NodeOut
from desk.show import describe
from desk.trust.objections import with_replies
from graph.viewer import PUBLIC

router = APIRouter(tags=["nodes"])

NodeId = Annotated[
    str, Path(max_length=500, description="Id, former id, source id or name of a node.", examples=["ach-0123456789abcdef"])
]


@router.get("/nodes/{id}", responses=responses(404, 422, 503))
def node(id: NodeId, service: ServiceDep) -> NodeOut:
    """A node with its fields and edges. What is not public answers like what is not there."""
    return with_replies(service.store, describe(service.store, id, viewer=PUBLIC))
