"""``/v1/contacts``: how people can be reached, encrypted, each reveal on record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import CHANGING, READING
from api.http.routes.people.letting import add_letting
from api.http.shapes.demands import EntryOut
from api.http.shapes.people import ContactIn, ContactOut, ReachedOut, RevealIn
from desk.people.contacts import contact_book

router = APIRouter(prefix="/v1/contacts", tags=["contacts"], route_class=Once)
ContactId = Annotated[str, Path(max_length=100)]


@router.post("", status_code=201, responses=CHANGING)
def keep(body: ContactIn, actor: WriterDep, store: StoreDep, request: Request, response: Response) -> ContactOut:
    """Keep how an institution or expert can be reached; your institution cares for it."""
    made = contact_book(store).keep(actor, body.of, body.reached(), purpose=body.purpose, consent=body.consent, date=body.date)
    shown = ContactOut.of_contact(made)
    response.headers["Location"] = f"/v1/contacts/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("", responses=READING)
def listed(
    actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    of: Annotated[str, Query(max_length=500, description="Only those of this institution or expert.")] = "",
) -> Page[ContactOut]:  # fmt: skip
    """The contacts that are yours to see, without what they say, the last moved first."""
    data, following = paged(contact_book(service.store).listed(actor, of), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[ContactOut.of_contact(one) for one in data], next=following)


@router.get("/{id}", responses=READING)
def show(id: ContactId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> ContactOut:
    """A contact without what it says."""
    shown = ContactOut.of_contact(contact_book(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.get("/{id}/history", responses=READING)
def history(id: ContactId, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """Who kept, saw and erased a contact; who was let in sees their own entries."""
    return [EntryOut.model_validate(entry) for entry in contact_book(service.store).history(actor, id)]


@router.post("/{id}/reveal", responses=CHANGING, operation_id="reveal_contact")
def reveal(id: ContactId, body: RevealIn, actor: WriterDep, store: StoreDep, response: Response) -> ReachedOut:
    """What a contact says; that you saw it, and what for, stays on record."""
    response.headers["Cache-Control"] = "no-store"
    return ReachedOut.model_validate(contact_book(store).reveal(actor, id, body.reason))


add_letting(
    router, "contact", contact_book, ContactOut, ContactOut.of_contact,
    let_in="Let an institution see a contact.", shut_out="Let an institution see a contact no more.",
)  # fmt: skip


@router.delete("/{id}", status_code=204, responses=CHANGING, operation_id="erase_contact")
def erase(
    id: ContactId, actor: WriterDep, store: StoreDep, if_match: IfMatch = "",
    reason: Annotated[str, Query(max_length=2000, description="Why; it stays on record.")] = "",
) -> None:  # fmt: skip
    """Erase what a contact says, for good. Who saw it stays on record."""
    journal = decided(store, f"contact:{id}", if_match, lambda: ContactOut.of_contact(contact_book(store).show(actor, id)))
    contact_book(store, journal).erase(actor, id, reason)
