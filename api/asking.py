"""One question, from the public request to the public answer: what ``dovetail match`` and ``POST /v1/match`` both do.

In: a MatchRequest and an open snapshot. Out: the matcher's Answer, and its document with trust in words and cited facts.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from api.facts import Fact, facts, may_see
from api.names import locate
from api.schemas import MatchAnswer, MatchRequest, answer_out
from api.wording import in_words
from graph.errors import InvalidInput, NotFound
from graph.model import EdgeKind, Node, NodeKind, Visibility
from graph.store import Reader
from matcher.question import Answer, Match

if TYPE_CHECKING:
    from matcher.embed import Embedder
    from matcher.snapshot import Snapshot


def ask(request: MatchRequest, snapshot: Snapshot, embedder: Embedder, *, clearance: Visibility) -> Answer:
    """Answer ``request`` for a viewer of this ``clearance``. Raises NotFound and InvalidInput as ``matcher.rank`` does."""
    from matcher import rank

    about = find(snapshot.display, request.about, clearance) if request.about else None
    asker = find(snapshot.display, request.asker, clearance) if request.asker else None
    question = request.to_question(about=about, asker=asker, clearance=clearance)
    return rank.answer(question, snapshot, embedder)


def document(answer: Answer, store: Reader, *, clearance: Visibility, explained: Collection[int] = ()) -> MatchAnswer:
    """``answer`` in its public shape, with the facts that the matches of these ranks (from 1) cite."""
    has_asker = answer.question.asker is not None
    wordings = [in_words(match.trust, has_asker=has_asker) for match in answer.matches]
    cited = [fact for rank, match in enumerate(answer.matches, 1) if rank in explained for fact in cited_ids(match)]
    return answer_out(answer, wordings, facts(store, cited, clearance=clearance, as_of=answer.question.as_of))


def facts_of(match: Match, answer: Answer, store: Reader, clearance: Visibility) -> list[Fact]:
    """Every fact that ``match`` cites, in words."""
    return facts(store, cited_ids(match), clearance=clearance, as_of=answer.question.as_of)


def cited_ids(match: Match) -> list[str]:
    """The ids that the terms, works and trust items of ``match`` cite, each once, terms first."""
    cited = [fact for term in match.terms for fact in term.facts]
    cited += [fact for work in match.works for fact in (work.id, *work.via)]
    cited += [fact for item in match.trust.items for fact in item.facts]
    return list(dict.fromkeys(cited))


def find(store: Reader, text: str, clearance: Visibility) -> str:
    """The id of what ``text`` names, if this viewer may see it: what is hidden answers like what is missing."""
    owns_the_store = clearance is Visibility.CONFIDENTIAL
    try:
        found = locate(store, text, scan=owns_the_store)
    except NotFound:
        found = ""
    except InvalidInput as error:
        if owns_the_store:
            raise
        raise InvalidInput(f"{text} could be several things; name one by its id") from error  # and do not list what is hidden
    node = store.get([found]).get(found)
    if not isinstance(node, Node) or not may_see(node, clearance):
        raise NotFound(f"nothing here is called {text} (an id, a source's id, or a name in full)")
    return node.id


def poster(store: Reader, demand: str) -> str | None:
    """The institution that posted ``demand``, the first by id if several did."""
    posted = store.edges([demand], kinds=[EdgeKind.POSTED], direction="in")
    return min((edge.source for edge in posted), default=None)


def is_demand(store: Reader, one: str) -> bool:
    """Whether ``one`` is the id of a demand."""
    node = store.get([one]).get(one)
    return isinstance(node, Node) and node.kind_of_node is NodeKind.DEMAND
