"""``/v1/match``: a question in, ranked matches with their reasons out."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http.deps import CallerDep, ServiceDep, ViewerDep
from api.http.problems import responses
from desk import ask
from desk.people.asking import in_ones_own_name
from desk.schemas import MatchAnswer, MatchRequest

router = APIRouter(tags=["match"], prefix="/v1")


@router.post("/match", responses=responses(400, 401, 403, 404, 413, 422, 429, 503))
def match(request: MatchRequest, service: ServiceDep, viewer: ViewerDep, asking: CallerDep, response: Response) -> MatchAnswer:
    """Rank who or what fits. No credible match is an answer too: 200, ``credible`` false, and the reason."""
    snapshot, embedder = service.ready()
    response.headers["Age"] = service.age
    asked, notes = in_ones_own_name(service.store, asking, request)
    answer = ask.ask(asked, snapshot, embedder, viewer=viewer)
    explained = range(1, len(answer.matches) + 1) if request.explain else ()
    contact = service.settings.operator_contact
    out = ask.document(answer, snapshot.display, viewer=viewer, explained=explained, contact=contact)
    return out.model_copy(update={"notes": notes})
