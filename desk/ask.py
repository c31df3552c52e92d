"""One question, from the public request to the public answer: what ``dovetail match`` and ``POST /v1/match`` both do.

In: a ``MatchRequest`` and an open snapshot. Out: the matcher's ``Answer``, and its document with trust in words and cited facts. Next:
``api.cli.match`` and ``api.http.routes.match``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from desk.facts import Fact, facts, source_notice
from desk.filters import read_filters
from desk.find import find
from desk.schemas import MatchAnswer, MatchRequest, answer_out
from desk.sources.shown import Shown
from desk.sources.terms import Redisplay
from desk.wording import standing_in_words
from graph.errors import InvalidInput
from graph.language import _
from graph.model import Demand, EdgeKind, Expert, NodeKind
from graph.store import Reader
from graph.viewer import Viewer
from matcher.question import Answer, Match, Question

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.index.snapshot import Snapshot


def ask(request: MatchRequest, snapshot: Snapshot, embedder: Embedder, *, viewer: Viewer) -> Answer:
    """Answer ``request`` for this viewer. Raises NotFound and InvalidInput as ``matcher.rank.pipeline`` does."""
    from matcher.rank import pipeline

    return pipeline.answer(question_of(request, snapshot, viewer=viewer), snapshot, embedder)


def question_of(request: MatchRequest, snapshot: Snapshot, *, viewer: Viewer) -> Question:
    """``request`` with its names resolved and its filters read. Raises NotFound and InvalidInput."""
    about = find(snapshot.display, request.about, viewer) if request.about else None
    asker = find(snapshot.display, request.asker, viewer) if request.asker else None
    question = request.to_question(about=about, asker=asker, viewer=viewer)
    return msgspec.structs.replace(question, filters=read_filters(question, snapshot))


def document(
    answer: Answer, store: Reader, *, viewer: Viewer, explained: Collection[int] = (), shown: Shown | None = None, contact: str = ""
) -> MatchAnswer:
    """``answer`` in its public shape, with the facts that the matches of these ranks (from 1) cite; ``contact`` as of ``notice``. No
    sentence is told of a work whose texts may not be ``shown``."""
    wordings = [standing_in_words(match, rank) for rank, match in enumerate(answer.matches, 1)]
    cited = [fact for rank, match in enumerate(answer.matches, 1) if rank in explained for fact in cited_ids(match)]
    told = answer_out(answer, wordings, facts(store, cited, viewer=viewer, as_of=answer.question.as_of))
    for work in (work for match in told.matches for work in match.works):
        if shown and shown.redisplay(work.source) is Redisplay.NO:
            work.sentence = ""
    return told.model_copy(update={"notice": notice(answer, store, viewer=viewer, contact=contact)})


def notice(answer: Answer, store: Reader, *, viewer: Viewer, contact: str = "") -> str:
    """From where the people are known whom an answer lists, once for all, and whom they write to (``contact``); "" where it lists
    nobody."""
    listed = [match for match in answer.matches if match.people or match.kind == NodeKind.EXPERT]
    nodes = store.get([match.candidate for match in listed if match.kind == NodeKind.EXPERT])
    sources = {viewer.view(node).provenance.source for node in nodes.values() if isinstance(node, Expert)}
    sources |= {work.source for match in listed for work in match.works}
    return source_notice(sources, viewer, contact) if listed else ""


def facts_of(match: Match, answer: Answer, store: Reader, viewer: Viewer) -> list[Fact]:
    """Every fact that ``match`` cites, in words."""
    return facts(store, cited_ids(match), viewer=viewer, as_of=answer.question.as_of)


def cited_ids(match: Match) -> list[str]:
    """The ids that the terms, works and trust items of ``match`` cite, each once, terms first."""
    cited = [fact for term in match.terms for fact in term.facts]
    cited += [fact for work in match.works for fact in (work.id, *work.via)]
    cited += [fact for item in match.trust.items for fact in item.facts]
    return list(dict.fromkeys(cited))


def of_poster(request: MatchRequest, demand: str, store: Reader, *, viewer: Viewer) -> MatchRequest:
    """``request`` about the demand that ``demand`` names, asked by the institution that posted it (the first by id if several did) unless
    somebody else asks. Raises NotFound, and InvalidInput for what is no demand."""
    found = find(store, demand, viewer)
    node = store.get([found]).get(found)
    if not isinstance(node, Demand):
        raise InvalidInput(_("{demand} is not a demand; ask with --about", demand=demand), field="--demand")
    posted = store.edges([found], kinds=[EdgeKind.POSTED], direction="in")
    ends = store.get({found, *(edge.source for edge in posted)})
    poster = min((edge.source for edge in posted if viewer.sees_edge(edge, ends)), default=None)
    return request.model_copy(update={"about": found, "asker": request.asker or poster})
