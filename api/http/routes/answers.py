"""``/v1/answers``: what was sent to somebody, proposed, or asked to be kept; a plain match writes nothing."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.http.conventions.once import Once
from api.http.conventions.paging import DEFAULT, CursorQuery, LimitQuery, Page, paged
from api.http.deps import ReaderDep, ServiceDep, StoreDep, WriterDep
from api.http.problems import responses
from api.http.shapes.answers import AnswerIn, AnswerOut, EraseIn, ExportOut, ReplayOut
from desk.answers.answers import Answers
from desk.answers.export import export
from desk.answers.replay import replay
from desk.journal.heads import signing_key
from desk.people.secret_files import SIGNING, key_file

router = APIRouter(prefix="/v1/answers", tags=["answers"], route_class=Once)
_READ = responses(401, 403, 404, 422, 429, 503)
_WRITE = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)
AnswerId = Annotated[str, Path(max_length=100, description="The answer's id.")]
TodayQuery = Annotated[bool, Query(description="Ask as of today instead of the day that was asked for: evidence has aged too.")]


@router.post("", status_code=201, responses=_WRITE)
def keep(body: AnswerIn, actor: WriterDep, store: StoreDep, service: ServiceDep, response: Response) -> AnswerOut:
    """Ask, and keep the answer, because it is sent or proposed to somebody, or to be kept. To an institution goes what both of you may
    see, without trust."""
    snapshot, embedder = service.ready()
    kept = Answers(store).keep(actor, body.request, snapshot, embedder, purpose=body.purpose, to=body.to or "", person=body.person)
    response.headers["Location"] = f"/v1/answers/{kept.id}"
    return AnswerOut.of(kept)


@router.get("", responses=_READ)
def listed(actor: ReaderDep, service: ServiceDep, limit: LimitQuery = DEFAULT, cursor: CursorQuery = "") -> Page[AnswerOut]:
    """The answers that your institution kept, and those that were sent to it, the last moved first."""
    answers = Answers(service.store)
    data, following = paged(answers.listed(actor), lambda one: (one.at, one.id), limit, cursor)
    return Page(data=[AnswerOut.of(one) for one in data], next=following)


@router.get("/{id}", responses=_READ)
def show(id: AnswerId, actor: ReaderDep, service: ServiceDep) -> AnswerOut:
    """An answer as it was given."""
    return AnswerOut.of(Answers(service.store).show(actor, id))


@router.post("/{id}/replay", responses=_WRITE)
def ask_again(id: AnswerId, actor: ReaderDep, service: ServiceDep, today: TodayQuery = False) -> ReplayOut:
    """What would come out now, and which facts make it another. Nothing is written."""
    snapshot, embedder = service.ready()
    return ReplayOut.model_validate(replay(Answers(service.store), actor, id, snapshot, embedder, today=today))


@router.get("/{id}/export", responses=_READ)
def handed_out(id: AnswerId, actor: ReaderDep, service: ServiceDep) -> ExportOut:
    """The entries of an answer, the answer, and a signature over both: what anybody can check without this service."""
    store = service.store
    made = export(store, Answers(store), actor, id, signing_key(key_file(store, SIGNING)))
    return ExportOut.model_validate(msgspec.to_builtins(made))


@router.post("/{id}/erase", responses=_WRITE)
def erase(id: AnswerId, body: EraseIn, actor: WriterDep, store: StoreDep, response: Response) -> AnswerOut:
    """Erase what an answer said, for good; that it was given, and to which institution, stays on record."""
    response.headers["Location"] = f"/v1/answers/{id}"
    return AnswerOut.of(Answers(store).erase(actor, id, body.reason))
