"""In whose name a question is asked: trust is between its parties, so nobody asks in another's.

In: a question and who asks. Out: the question as it is answered, with notes on what of it was not used. Next: ``api.http.routes.match``.
"""

from __future__ import annotations

from desk.find import find
from desk.people.sight import viewer_of
from desk.process.principals import Actor, Role
from desk.schemas import MatchRequest
from graph.errors import NotAllowed
from graph.language import N_, _
from graph.store import Store

UNUSED = N_("asker and ties add nothing: trust is between its parties, and nobody is signed in here")


def in_ones_own_name(store: Store, actor: Actor | None, request: MatchRequest) -> tuple[MatchRequest, list[str]]:
    """``request`` as it is answered to ``actor``: its ``asker`` is the actor's own institution, or, for who runs the platform, anybody.
    A firm and a provider ask for themselves unless they say so otherwise; a broker asks for its clients, a program for nobody. Raises
    NotAllowed for another's, NotFound for one that the actor may not see."""
    if actor is None:
        notes = [_(UNUSED)] if request.asker or request.ties else []
        return request.model_copy(update={"asker": None, "ties": None}), notes
    if request.asker and not actor.runs:
        named = find(store, request.asker, viewer_of(store, actor))
        if not actor.is_of(named):
            raise NotAllowed("is not your institution: nobody asks in another's name", field="asker")
    if not request.asker and actor.role in (Role.ENTERPRISE, Role.PROVIDER):
        return request.model_copy(update={"asker": actor.institution or None}), []
    return request, []
