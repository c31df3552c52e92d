"""``/v1/rows``: what a source says, row by row: put, changed, taken back, or sent many at a time.

A row is not a thing: an institution is what the rows of several sources come to. A row that is sent is read as a row of a file is.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from api.http.conventions.etags import IfMatch, check, tagged
from api.http.conventions.once import Once
from api.http.deps import FeederDep, StoreDep
from api.http.problems import responses
from desk.shapes.fields import Day, FlagQuery
from desk.sources.terms import LONGEST
from desk.things.feeding import Decided, FedOut, Feeding, RowKind, RowOut
from graph.language import N_, told

LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
router = APIRouter(prefix="/v1/rows", tags=["rows"], route_class=Once)
many = APIRouter(prefix="/v1/rows", tags=["rows"])
"""Rows sent together: to send them again changes nothing, so no request has to be remembered."""
_READ = responses(400, 401, 403, 404, 409, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 412, 413, 422, 429, 503)
_Kind = Annotated[RowKind, Path(description="The kind of the rows.", examples=["achievements"])]
_Source = Annotated[
    str,
    Path(
        min_length=1, max_length=LONGEST, examples=["centre"], description="The source: of an institution's key, its institution's id."
    ),
]  # fmt: skip
_RowId = Annotated[
    str, Path(min_length=1, max_length=500, description="The row's id in its source; may hold slashes.", examples=["A01"])
]  # fmt: skip
_Cells = Annotated[
    dict[str, Any],
    Body(
        description="Fields of a row of this kind, with values as a file may have them (docs/data-formats.md).",
        examples=[{"title": "Low-temperature silver sintering paste", "kind": "process", "trl": 6, "owners": ["I02"]}],
    ),
]


def feeding(kind: _Kind, source: _Source, actor: FeederDep, store: StoreDep) -> Feeding:
    """What the caller feeds."""
    return Feeding(store, actor, kind, source)


FeedingDep = Annotated[Feeding, Depends(feeding)]


async def lines_of(request: Request) -> bytes:
    """The body of a request that sends rows."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in LINES:
        raise HTTPException(415, told(N_("rows are sent as application/x-ndjson, one JSON object a line")))
    return await request.body()


@router.get("/{kind}/{source}/{source_id:path}", responses=_READ, operation_id="read_row")
def show(source_id: _RowId, found: FeedingDep, request: Request, response: Response) -> RowOut:
    """A row as it is stored, in the fields in which it would be fed again: for who may feed it."""
    shown = found.show(source_id)
    tagged(request, response, shown)
    return shown


@router.put("/{kind}/{source}/{source_id:path}", responses=_WRITE | {201: {"model": RowOut}}, operation_id="put_row")
def put(
    source_id: _RowId, body: _Cells, found: FeedingDep, request: Request, response: Response, if_match: IfMatch = ""
) -> RowOut:
    """Feed a row in place of the one that has its id: 201 where there was none. A field that cannot be read rejects it."""
    shown, is_new = found.put(source_id, body, _decided(if_match))
    return _fed(shown, request, response, 201 if is_new else 200)


@router.patch("/{kind}/{source}/{source_id:path}", responses=_WRITE, operation_id="patch_row")
def patch(
    source_id: _RowId, body: _Cells, found: FeedingDep, request: Request, response: Response, if_match: IfMatch = ""
) -> RowOut:
    """Change some fields of a row: null takes one away (RFC 7396)."""
    return _fed(found.patch(source_id, body, _decided(if_match)), request, response, 200)


@router.delete("/{kind}/{source}/{source_id:path}", status_code=204, responses=_WRITE, operation_id="withdraw_row")
def withdraw(
    source_id: _RowId, found: FeedingDep, if_match: IfMatch = "",
    reason: Annotated[str, Query(max_length=2000, description="Of evidence, which stays on file: why. Required there.")] = "",
    date: Annotated[Day | None, Query(description="Of evidence: the day from which it counts no more; today if none is given.")] = None,
) -> None:  # fmt: skip
    """Take a row back: it goes, with what only it said. An item of evidence stays on file, and counts no more from the day on."""
    found.withdraw(source_id, date=date or "", reason=reason, decided=_decided(if_match))


@many.post(
    "/{kind}/{source}", responses=responses(400, 401, 403, 409, 413, 415, 422, 429, 503), operation_id="feed_rows",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string", "minLength": 1},
                    "example": '{"id": "A1", "title": "Low-temperature silver sintering paste", "owners": "I02"}\n'
                    '{"id": "A2", "title": "Coating thickness by thermal waves", "owners": "I02"}\n',
                }
            },
        }
    },
)  # fmt: skip
def feed(
    found: FeedingDep, lines: Annotated[bytes, Depends(lines_of)],
    strict: Annotated[FlagQuery, Query(description="Reject a row of which a cell or a field is bad; else it lands without.")] = False,
) -> FedOut:  # fmt: skip
    """Send up to 1,000 rows, one JSON object a line (NDJSON), and be told of each: added, changed, unchanged, rejected or left out. The
    rows that are good land."""
    return found.feed(lines, strict=strict)


def _decided(if_match: str) -> Decided | None:
    """Asks whether a row is the one that the caller decided upon."""
    return (lambda now: check(if_match, now)) if if_match else None


def _fed(shown: RowOut, request: Request, response: Response, status: int) -> RowOut:
    response.status_code = status
    response.headers["Location"] = request.url.path
    tagged(request, response, shown)
    return shown
