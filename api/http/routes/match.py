"""``/v1/match``: a question in, ranked matches with their reasons out."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http.deps import ServiceDep
from api.http.problems import responses
from desk import ask
from desk.schemas import MatchAnswer, MatchRequest
from graph.language import N_, _
from graph.viewer import PUBLIC

router = APIRouter(tags=["match"])

ASKER = N_("asker and ties add nothing: trust is between its parties, and this service cannot tell yet who asks")


@router.post("/match", responses=responses(400, 404, 413, 422, 503))
def match(request: MatchRequest, service: ServiceDep, response: Response) -> MatchAnswer:
    """Rank who or what fits. No credible match is an answer too: 200, ``credible`` false, and the reason."""
    snapshot, embedder = service.ready()
    response.headers["Age"] = service.age
    notes = [_(ASKER)] if request.asker or request.ties else []
    answer = ask.ask(request.model_copy(update={"asker": None, "ties": None}), snapshot, embedder, viewer=PUBLIC)
    explained = range(1, len(answer.matches) + 1) if request.explain else ()
    contact = service.settings.operator_contact
    out = ask.document(answer, snapshot.display, viewer=PUBLIC, explained=explained, contact=contact)
    return out.model_copy(update={"notes": notes})
