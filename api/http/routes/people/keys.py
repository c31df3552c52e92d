"""``/v1/keys``: the keys by which people and programs show who they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import OperatorDep, ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import CHANGING, READING
from api.http.shapes.people import KeyIn, KeyMade, KeyOut
from desk.people.keys import PREFIX, Keys
from desk.process.principals import Role

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=Once)
Prefix = Annotated[str, Path(max_length=100, description="The eight characters after dvt_.")]


@router.post("", status_code=201, responses=CHANGING)
def create(body: KeyIn, actor: OperatorDep, store: StoreDep, response: Response) -> KeyMade:
    """Make a key: it is in this answer, and nowhere else. The answer to the same Idempotency-Key again is without it."""
    said = body.model_dump(exclude={"role", "person"})
    made = Keys(store).create(actor, Role(body.role), body.person, **said)
    shown = KeyOut.of(Keys(store).show(actor, made.removeprefix(PREFIX)[:8]))
    response.headers["Location"] = f"/v1/keys/{shown.prefix}"
    response.headers["Cache-Control"] = "no-store"
    return KeyMade(key=made, **shown.model_dump())


@router.get("", responses=READING)
def listed(actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[KeyOut]:
    """The keys that are yours to see, the last moved first: those of your institution; all of them to the operator."""
    data, following = paged(Keys(service.store).listed(actor), lambda one: (one.at, one.prefix), limit, cursor)
    return Page(data=[KeyOut.of(one) for one in data], next=following)


@router.get("/{prefix}", responses=READING)
def show(prefix: Prefix, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> KeyOut:
    """A key, without what it opens with."""
    shown = KeyOut.of(Keys(service.store).show(actor, prefix))
    tagged(request, response, shown)
    return shown


@router.delete("/{prefix}", responses=CHANGING, operation_id="revoke_key")
def revoke(
    prefix: Prefix, actor: WriterDep, store: StoreDep, if_match: IfMatch = "",
    reason: Annotated[str, Query(max_length=2000, description="Why; it stays on record.")] = "",
) -> KeyOut:  # fmt: skip
    """End a key at once and for good."""
    journal = decided(store, f"key:{prefix}", if_match, lambda: KeyOut.of(Keys(store).show(actor, prefix)))
    return KeyOut.of(Keys(store, journal).revoke(actor, prefix, reason))
