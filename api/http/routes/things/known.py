"""``/v1/coverage`` and ``/v1/merges``: what a store knows and lacks, and which rows were taken to be one."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from api.http.conventions.once import Once
from api.http.deps import FOR_ANYBODY, OperatorDep, ServiceDep, StoreDep, ViewerDep
from api.http.problems import responses
from desk import coverage as desk_coverage
from desk import merges as desk_merges
from desk.schemas import Name, Public
from graph.model import NodeKind, Verdict
from graph.viewer import OWNER

router = APIRouter(prefix="/v1", tags=["coverage"], route_class=Once)


class FilledOut(Public):
    """In how many of the rows of a source a field says something."""

    source: str
    kind: NodeKind
    field: str
    filled: int
    rows: int


class IslandsOut(Public):
    """Institutions or experts by how many sources know them."""

    kind: NodeKind
    entities: int
    shared: int = Field(description="How many several sources know.")
    by_reference: int = Field(description="How many are known from mentions only.")
    islands: dict[str, int] = Field(description="By source: how many only this source knows.")


class SchemeOut(Public):
    """Entities that carry an external id of a scheme."""

    kind: NodeKind
    scheme: str
    sources: dict[str, int]
    entities: int
    joined: int = Field(description="How many several sources share already.")


class CoverageOut(Public):
    """What of the store you may see, counted."""

    revision: int | None = Field(description="Of the store; null to whom something of it is hidden.")
    nodes: dict[str, int]
    filled: list[FilledOut]
    islands: list[IslandsOut]
    schemes: list[SchemeOut]
    unidentified: dict[str, int] = Field(description="By source: entities on which it puts no external id at all.")


class RowOfOut(Public):
    """One side of a pair."""

    id: str
    name: str
    source: str
    source_id: str


class MergeOut(Public):
    """A pair of rows with what was decided, by which rule or person, how sure and why."""

    left: RowOfOut
    right: RowOfOut
    verdict: Literal["SAME", "NOT_SAME", "PROPOSED"]
    rule: str
    score: float
    reason: str
    by_person: bool


class MergesOut(Public):
    """The first pairs, borderline first, of how many."""

    total: int
    pairs: list[MergeOut]


class DecisionIn(Public):
    """A person's word that two rows are one institution or expert, or two. It is never overruled."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"left": "I24", "right": "I25", "verdict": "NOT_SAME", "reason": "two houses of one group"}]}
    )

    left: Name = Field(description="The id of a row of /v1/merges, or whatever finds an institution or expert.")
    right: Name
    verdict: Verdict
    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


class DecidedOut(Public):
    """What followed from a decision."""

    changed: int = Field(description="How many nodes and edges were written or went.")


@router.get("/coverage", responses=responses(400, 401, 429, 503), operation_id="read_coverage", openapi_extra=FOR_ANYBODY)
def coverage(service: ServiceDep, viewer: ViewerDep) -> CoverageOut:
    """How much of each field each source fills, and who is known to one source only, of what you may see. Reads all of the store."""
    return CoverageOut.model_validate(msgspec.to_builtins(desk_coverage.coverage(service.store, viewer)))


@router.get("/merges", responses=responses(400, 401, 403, 422, 429, 503), operation_id="list_merges")
def merges(
    service: ServiceDep, _operator: OperatorDep,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many pairs at most.")] = 20,
) -> MergesOut:  # fmt: skip
    """Decisions on which rows are one, and pairs that nobody decided yet, borderline first: for the operator."""
    found, total = desk_merges.listed(service.store, limit, OWNER)
    return MergesOut.model_validate({"total": total, "pairs": msgspec.to_builtins(found)})


@router.post("/merges", responses=responses(400, 401, 403, 404, 409, 413, 422, 429, 503), operation_id="decide_merge")
def decide(body: DecisionIn, _operator: OperatorDep, store: StoreDep) -> DecidedOut:
    """Decide for good whether two rows are one: for the operator."""
    written, passed = desk_merges.decide(store, body.left, body.right, body.verdict, reason=body.reason)
    return DecidedOut(changed=len(written.added | written.changed | written.deleted) + passed.made + passed.dropped)
