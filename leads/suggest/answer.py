"""The answer that a lead rests on, as the matcher gives it now: what speaks for the two, what is missing, and the trust behind it.

In: a lead as somebody sees it, a snapshot, the embedder. Out: an ``Answer`` of the one candidate. Next: ``api.cli.leads.refresh`` and
``api.http.routes.leads``, which tell it as any other answer.
"""

from __future__ import annotations

from msgspec.structs import replace

from desk.ask import question_of
from desk.people.asking import in_ones_own_name
from desk.people.sight import viewer_of
from desk.process.principals import Actor
from desk.schemas import MatchRequest
from graph.errors import NotAllowed
from graph.language import _
from graph.model import Achievement, Expert
from graph.store import Store
from leads.leads import Leads
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Want
from matcher.rank import pipeline


def answer_of(store: Store, actor: Actor, id: str, snapshot: Snapshot, embedder: Embedder, as_of: str = "") -> Answer:
    """The offer of a lead ranked for its need, however irrelevant: in the name of the actor's own institution, of the one that needs for
    the operator. ``as_of``: the day, today if it is not given. Raises NotFound for a lead that is not the actor's to see, NotAllowed
    where its need is not."""
    lead, viewer = Leads(store).show(actor, id), viewer_of(store, actor)
    need, offer = lead.suggestion.need, lead.suggestion.offer
    if not need:
        raise NotAllowed(_("the need of this lead is not shown to you"))
    node = snapshot.display.get([offer]).get(offer)
    want = Want.EXPERTS if isinstance(node, Expert) else Want.ACHIEVEMENTS if isinstance(node, Achievement) else Want.PARTNERS
    given = {"about": need, "want": want, "k": 1, "include_weak": True, "own_house": True, "as_of": as_of or None}
    asked = MatchRequest.model_validate(given)
    if actor.runs and lead.about:
        asked = asked.model_copy(update={"asker": lead.about})
    asked, _notes = in_ones_own_name(store, actor, asked)
    question = replace(question_of(asked, snapshot, viewer=viewer), among=(offer,))
    if question.asker == offer:  # nobody is ranked for itself
        question = replace(question, asker=None)
    return pipeline.answer(question, snapshot, embedder)
