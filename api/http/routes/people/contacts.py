"""``/v1/contacts``: how people can be reached, encrypted, each reveal on record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.conventions.etags import IfMatch, decided, tagged
from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import responses
from api.http.shapes.demands import EntryOut
from api.http.shapes.people import ContactIn, ContactOut, LettingIn, ReachedOut, RevealIn
from desk.journal.journal import Journal
from desk.people.contacts import Contacts
from desk.people.secret_files import CONTACTS, key_file
from graph.store import Store

router = APIRouter(prefix="/v1/contacts", tags=["contacts"], route_class=Once)
_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 412, 413, 422, 429, 503)
ContactId = Annotated[str, Path(max_length=100)]


def _book(store: Store, journal: Journal | None = None) -> Contacts:
    return Contacts(store, key_file(store, CONTACTS), journal)


@router.post("", status_code=201, responses=_WRITE)
def keep(body: ContactIn, actor: WriterDep, store: StoreDep, request: Request, response: Response) -> ContactOut:
    """Keep how an institution or expert can be reached; your institution cares for it."""
    made = _book(store).keep(actor, body.of, body.reached(), purpose=body.purpose, consent=body.consent, date=body.date)
    shown = ContactOut.of_contact(made)
    response.headers["Location"] = f"/v1/contacts/{shown.id}"
    tagged(request, response, shown)
    return shown


@router.get("", responses=_READ)
def listed(
    actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "",
    of: Annotated[str, Query(max_length=500, description="Only those of this institution or expert.")] = "",
) -> Page[ContactOut]:  # fmt: skip
    """The contacts that are yours to see, without what they say, the last moved first."""
    data, following = paged(_book(service.store).listed(actor, of), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[ContactOut.of_contact(one) for one in data], next=following)


@router.get("/{id}", responses=_READ)
def show(id: ContactId, actor: ReaderDep, service: ServiceDep, request: Request, response: Response) -> ContactOut:
    """A contact without what it says."""
    shown = ContactOut.of_contact(_book(service.store).show(actor, id))
    tagged(request, response, shown)
    return shown


@router.get("/{id}/history", responses=_READ)
def history(id: ContactId, actor: ReaderDep, service: ServiceDep) -> list[EntryOut]:
    """Who kept, saw and erased a contact; who was let in sees their own entries."""
    return [EntryOut.model_validate(entry) for entry in _book(service.store).history(actor, id)]


@router.post("/{id}/reveal", responses=_WRITE)
def reveal(id: ContactId, body: RevealIn, actor: WriterDep, store: StoreDep, response: Response) -> ReachedOut:
    """What a contact says; that you saw it, and what for, stays on record."""
    response.headers["Cache-Control"] = "no-store"
    return ReachedOut.model_validate(_book(store).reveal(actor, id, body.reason))


@router.post("/{id}/let-in", responses=_WRITE)
def let_in(id: ContactId, body: LettingIn, actor: WriterDep, store: StoreDep, if_match: IfMatch = "") -> ContactOut:
    """Let an institution see a contact."""
    journal = decided(store, f"contact:{id}", if_match, lambda: ContactOut.of_contact(_book(store).show(actor, id)))
    return ContactOut.of_contact(_book(store, journal).let_in(actor, id, body.institution))


@router.post("/{id}/shut-out", responses=_WRITE)
def shut_out(id: ContactId, body: LettingIn, actor: WriterDep, store: StoreDep, if_match: IfMatch = "") -> ContactOut:
    """Let an institution see a contact no more."""
    journal = decided(store, f"contact:{id}", if_match, lambda: ContactOut.of_contact(_book(store).show(actor, id)))
    return ContactOut.of_contact(_book(store, journal).let_in(actor, id, body.institution, out=True))


@router.delete("/{id}", status_code=204, responses=_WRITE)
def erase(
    id: ContactId, actor: WriterDep, store: StoreDep, if_match: IfMatch = "",
    reason: Annotated[str, Query(max_length=2000, description="Why; it stays on record.")] = "",
) -> None:  # fmt: skip
    """Erase what a contact says, for good. Who saw it stays on record."""
    journal = decided(store, f"contact:{id}", if_match, lambda: ContactOut.of_contact(_book(store).show(actor, id)))
    _book(store, journal).erase(actor, id, reason)
