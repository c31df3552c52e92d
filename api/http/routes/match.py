"""``/v1/match``: a question in, ranked matches with their reasons out."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from api.http.deps import FOR_ANYBODY, CallerDep, ServiceDep, ViewerDep
from api.http.problems import known, responses
from desk import ask
from desk.people.asking import in_ones_own_name
from desk.process.principals import Actor
from desk.questions.batch import answers
from desk.schemas import MatchAnswer, MatchRequest, Problem, Public
from desk.things.reading import shown_to
from graph.store import Store
from graph.viewer import Viewer
from leads.board.matches import met, with_leads

router = APIRouter(tags=["match"], prefix="/v1")


class BatchIn(Public):
    """Questions that are asked together."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"questions": [{"about": "D03", "k": 3}, {"text": "Low-temperature sintering of silver paste"}]}]}
    )

    questions: list[MatchRequest] = Field(min_length=1, max_length=100)


class AnsweredOut(Public):
    """An answer, or the problem that the question alone would have been answered with."""

    answer: MatchAnswer | None
    problem: Problem | None


class BatchOut(Public):
    """What each question is answered with, in their order."""

    answers: list[AnsweredOut]


@router.post("/match", responses=responses(400, 401, 403, 404, 413, 422, 429, 503), operation_id="match", openapi_extra=FOR_ANYBODY)
def match(request: MatchRequest, service: ServiceDep, viewer: ViewerDep, asking: CallerDep, response: Response) -> MatchAnswer:
    """Rank who or what fits. No credible match is an answer too: 200, ``credible`` false, and the reason."""
    snapshot, embedder = service.ready()
    response.headers["Age"] = service.age
    asked, notes = in_ones_own_name(service.store, asking, request)
    answer = ask.ask(asked, snapshot, embedder, viewer=viewer)
    explained = range(1, len(answer.matches) + 1) if request.explain else ()
    shown = shown_to(service.store, asking, viewer)
    contact = service.settings.operator_contact
    told = ask.document(answer, snapshot.display, viewer=viewer, explained=explained, shown=shown, contact=contact)
    return _met(service.store, asking, viewer, told.model_copy(update={"notes": notes}))


@router.post("/match/batch", responses=responses(400, 401, 413, 422, 429, 503), operation_id="match_batch", openapi_extra=FOR_ANYBODY)
def batch(body: BatchIn, service: ServiceDep, viewer: ViewerDep, asking: CallerDep, response: Response) -> BatchOut:
    """Ask up to 100 questions at once. Each is answered as if it had been asked alone, or has its problem."""
    snapshot, embedder = service.ready()
    response.headers["Age"] = service.age
    found = answers(service.store, asking, viewer, body.questions, snapshot, embedder, contact=service.settings.operator_contact)
    told = [_met(service.store, asking, viewer, one) if isinstance(one, MatchAnswer) else one for one in found]
    return BatchOut(answers=[_answered(one) for one in told])


def _met(store: Store, asking: Actor | None, viewer: Viewer, told: MatchAnswer) -> MatchAnswer:
    """An answer with what has become of the leads that who asks may see."""
    if asking is None:
        return told
    return with_leads(told, met(store, asking, viewer, told.question.about, [one.candidate for one in told.matches]))


def _answered(found: MatchAnswer | Exception) -> AnsweredOut:
    if isinstance(found, MatchAnswer):
        return AnsweredOut(answer=found, problem=None)
    told = known(found)
    if told is None:
        raise found
    return AnsweredOut(answer=None, problem=Problem.model_validate(json.loads(bytes(told.body))))
