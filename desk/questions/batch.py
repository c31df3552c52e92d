"""Many questions at once: each is answered or has its problem, and the texts of what is asked about are embedded in one batch.

In: who asks, requests, an open snapshot. Out: for each request its answer, or the error that it alone would have been answered with. Next:
``api.http.routes.match``. An answer is the same as to the question asked alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desk.ask import document, question_of
from desk.people.asking import in_ones_own_name
from desk.process.principals import Actor
from desk.schemas import MatchAnswer, MatchRequest
from desk.things.reading import shown_to
from graph.errors import InvalidInput, NotFound
from graph.store import Store
from graph.viewer import Viewer
from matcher.question import Question

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.index.snapshot import Snapshot


def answers(
    store: Store, actor: Actor | None, viewer: Viewer, requests: Sequence[MatchRequest], snapshot: Snapshot, embedder: Embedder,
    *, contact: str = "",
) -> list[MatchAnswer | InvalidInput | NotFound]:  # fmt: skip
    """The answers to ``requests``, in their order; ``contact`` as of ``desk.ask.notice``."""
    from matcher.rank import pipeline

    asked: list[tuple[Question, list[str], bool] | InvalidInput | NotFound] = []
    for request in requests:
        try:
            own, notes = in_ones_own_name(store, actor, request)
            asked.append((question_of(own, snapshot, viewer=viewer), notes, request.explain))
        except (InvalidInput, NotFound) as error:
            asked.append(error)
    pipeline.embed([one[0] for one in asked if isinstance(one, tuple)], snapshot, embedder)
    shown = shown_to(store, actor, viewer)
    found: list[MatchAnswer | InvalidInput | NotFound] = []
    for one in asked:
        if not isinstance(one, tuple):
            found.append(one)
            continue
        question, notes, explain = one
        try:
            answer = pipeline.answer(question, snapshot, embedder)
        except (InvalidInput, NotFound) as error:
            found.append(error)
            continue
        ranks = range(1, len(answer.matches) + 1) if explain else ()
        told = document(answer, snapshot.display, viewer=viewer, explained=ranks, shown=shown, contact=contact)
        found.append(told.model_copy(update={"notes": notes}))
    return found
