"""``/v1/institutions``, ``/v1/experts`` and so on: the graph's things, listed and read.

Demands that stand in the graph are ``/v1/published-demands``, whoever posted them: ``/v1/demands`` are those that somebody has to do with,
from their draft on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.http.conventions.etags import tagged
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, behind, closed
from api.http.deps import FOR_ANYBODY, CallerDep, ServiceDep
from api.http.problems import responses
from desk.schemas import Name, NodeOut
from desk.shapes.fields import Day
from desk.things.lists import Filters
from desk.things.reading import EvidenceOut, Reading, ThingOut
from graph.model import CooperationMode, EvidenceKind, NodeKind

router = APIRouter(prefix="/v1", tags=["things"])
_READ = responses(400, 401, 404, 422, 429, 503)
_Source = Annotated[list[Name] | None, Query(max_length=20, description="Only what one of these sources has a row of.")]
_Retrieved = Annotated[Day | None, Query(description="Only what its source says was retrieved on this day or later.")]
_Since = Annotated[Day | None, Query(description="Only what is dated on this day or later; a month or year counts from its end.")]
_Until = Annotated[Day | None, Query(description="Only what is dated on this day or earlier.")]
_Kind = Annotated[list[Name] | None, Query(max_length=20, description="Only of one of these kinds, in words that a file may use.")]
_Country = Annotated[list[Name] | None, Query(max_length=50, description="Only of one of these countries, by code or name.")]
_Region = Annotated[list[Name] | None, Query(max_length=50, description="Only in one of these regions, or in what lies in one.")]


def reading(service: ServiceDep, caller: CallerDep) -> Reading:
    """What the caller is shown."""
    return Reading(service.store, caller, contact=service.settings.operator_contact)


ReadingDep = Annotated[Reading, Depends(reading)]


def _page(found: tuple[list[Any], bool], name: str) -> dict[str, Any]:
    items, has_more = found
    return {"data": items, "next": closed((name, items[-1].id)) if has_more else None}


def _things(found: Reading, kind: NodeKind, name: str, filters: Filters, limit: int, cursor: str) -> Page[ThingOut]:
    return Page[ThingOut](**_page(found.listed(kind, filters, limit, behind(name, cursor)), name))


def _filters(**given: Any) -> Filters:
    return msgspec.convert({name: value for name, value in given.items() if value is not None}, Filters)


@router.get("/institutions", responses=_READ, operation_id="list_institutions", openapi_extra=FOR_ANYBODY)
def institutions(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "", kind: _Kind = None, country: _Country = None,
    region: _Region = None, source: _Source = None, retrieved_since: _Retrieved = None,
) -> Page[ThingOut]:  # fmt: skip
    """Institutions, by id."""
    filters = _filters(kinds=kind, countries=country, regions=region, sources=source, retrieved_since=retrieved_since)
    return _things(found, NodeKind.INSTITUTION, "institutions", filters, limit, cursor)


@router.get("/experts", responses=_READ, operation_id="list_experts", openapi_extra=FOR_ANYBODY)
def experts(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "", source: _Source = None, retrieved_since: _Retrieved = None,
) -> Page[ThingOut]:  # fmt: skip
    """Experts, by id."""
    return _things(found, NodeKind.EXPERT, "experts", _filters(sources=source, retrieved_since=retrieved_since), limit, cursor)


@router.get("/achievements", responses=_READ, operation_id="list_achievements", openapi_extra=FOR_ANYBODY)
def achievements(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "", kind: _Kind = None, source: _Source = None,
    retrieved_since: _Retrieved = None, dated_since: _Since = None, dated_until: _Until = None,
) -> Page[ThingOut]:  # fmt: skip
    """Achievements, by id."""
    filters = _filters(
        kinds=kind, sources=source, retrieved_since=retrieved_since, dated_since=dated_since, dated_until=dated_until
    )  # fmt: skip
    return _things(found, NodeKind.ACHIEVEMENT, "achievements", filters, limit, cursor)


@router.get("/published-demands", responses=_READ, operation_id="list_published_demands", openapi_extra=FOR_ANYBODY)
def published_demands(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "", kind: _Kind = None, region: _Region = None,
    source: _Source = None, retrieved_since: _Retrieved = None, dated_since: _Since = None, dated_until: _Until = None,
) -> Page[ThingOut]:  # fmt: skip
    """Demands that stand in the graph, whoever posted them, solved and withdrawn ones too, by id."""
    filters = _filters(
        kinds=kind, regions=region, sources=source, retrieved_since=retrieved_since, dated_since=dated_since, dated_until=dated_until
    )  # fmt: skip
    return _things(found, NodeKind.DEMAND, "published-demands", filters, limit, cursor)


@router.get("/resources", responses=_READ, operation_id="list_resources", openapi_extra=FOR_ANYBODY)
def resources(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "", kind: _Kind = None, source: _Source = None,
    retrieved_since: _Retrieved = None, dated_since: _Since = None, dated_until: _Until = None,
) -> Page[ThingOut]:  # fmt: skip
    """Resources, by id."""
    filters = _filters(
        kinds=kind, sources=source, retrieved_since=retrieved_since, dated_since=dated_since, dated_until=dated_until
    )  # fmt: skip
    return _things(found, NodeKind.RESOURCE, "resources", filters, limit, cursor)


@router.get("/cooperations", responses=_READ, operation_id="list_cooperations", openapi_extra=FOR_ANYBODY)
def cooperations(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    mode: Annotated[list[CooperationMode] | None, Query(max_length=3, description="Only in one of these modes.")] = None,
    source: _Source = None, retrieved_since: _Retrieved = None, dated_since: _Since = None, dated_until: _Until = None,
) -> Page[ThingOut]:  # fmt: skip
    """Cooperations that you may see, by id; dated when they began."""
    filters = _filters(
        kinds=mode, sources=source, retrieved_since=retrieved_since, dated_since=dated_since, dated_until=dated_until
    )  # fmt: skip
    return _things(found, NodeKind.COOPERATION, "cooperations", filters, limit, cursor)


@router.get("/evidence", responses=_READ, operation_id="list_evidence", openapi_extra=FOR_ANYBODY)
def evidence(
    found: ReadingDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    kind: Annotated[list[EvidenceKind] | None, Query(max_length=6, description="Only of one of these kinds.")] = None,
    source: _Source = None, retrieved_since: _Retrieved = None, dated_since: _Since = None, dated_until: _Until = None,
) -> Page[EvidenceOut]:  # fmt: skip
    """Items of evidence that you may see, by id."""
    filters = _filters(
        kinds=kind, sources=source, retrieved_since=retrieved_since, dated_since=dated_since, dated_until=dated_until
    )  # fmt: skip
    return Page[EvidenceOut](**_page(found.evidence(filters, limit, behind("evidence", cursor)), "evidence"))


def _one(kind: NodeKind, about: str, example: str) -> Callable[[str, Reading, Request, Response], NodeOut]:
    named = Path(min_length=1, max_length=500, description="Id, former id, source id, external id or name.", examples=[example])

    def one(id: Annotated[str, named], found: ReadingDep, request: Request, response: Response) -> NodeOut:
        shown = found.thing(kind, id)
        tagged(request, response, shown)
        return shown

    one.__doc__ = about
    one.__annotations__["id"] = Annotated[str, named]
    return one


for _name, _single, _of, _about, _example in (
    ("institutions", "institution", NodeKind.INSTITUTION, "An institution with its fields and edges.", "I06"),
    ("experts", "expert", NodeKind.EXPERT, "An expert with fields and edges.", "E01"),
    ("achievements", "achievement", NodeKind.ACHIEVEMENT, "An achievement with its fields and edges.", "A01"),
    ("published-demands", "published_demand", NodeKind.DEMAND, "A demand that stands in the graph, with its fields and edges.", "D01"),
    ("resources", "resource", NodeKind.RESOURCE, "A resource with its fields and edges.", "R01"),
    ("cooperations", "cooperation", NodeKind.COOPERATION, "A cooperation with its fields and edges.", "C01"),
):
    router.add_api_route(
        f"/{_name}/{{id}}", _one(_of, _about, _example), methods=["GET"], responses=_READ, operation_id=f"read_{_single}",
        openapi_extra=FOR_ANYBODY, name=_single,
    )  # fmt: skip


@router.get("/evidence/{id}", responses=_READ, operation_id="read_evidence", openapi_extra=FOR_ANYBODY)
def item(
    id: Annotated[str, Path(min_length=1, max_length=500, description="The item's id.")],
    found: ReadingDep, request: Request, response: Response,
) -> EvidenceOut:  # fmt: skip
    """An item of evidence."""
    shown = found.item(id)
    tagged(request, response, shown)
    return shown
