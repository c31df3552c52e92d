"""The cost of a missing field in matching: how many of its points a work or a cooperation keeps without it.

In: a snapshot and an embedder. Out: a ``Loss`` a field, with the share of points that are kept. Next: ``desk.coverage`` adds it to what a
store lacks; ``api.cli.coverage`` and ``api.web.coverage`` show it.

Titles and abstracts are measured on the store's own demands, and not guessed. Dates and outcomes follow from the constants of
``matcher.score`` and ``matcher.trust.settings``.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from typing import cast

import msgspec
import numpy as np

from graph.language import N_, Message
from graph.model import Achievement, Demand, NodeKind, Visibility
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT, aged
from matcher.text.passages import Text, text_of
from matcher.trust.settings import SETTINGS

DEMANDS = 8
"""Demands that are asked. Which ones follows from their ids, so that a second run asks the same."""
TOP = 10
AS_OF = "9999-12-31"
WEIGHTS = msgspec.structs.replace(DEFAULT, sentences=False)
"""Those of the product, but that demands are asked in windows only: their sentences might have to be embedded first."""


class Loss(msgspec.Struct, frozen=True):
    """What works lose by a field that nobody filled. ``kept``: the share of their points that they keep without it, in [0, 1];
    ``fallen``: the share of them that would no longer be among the first; both None where nothing could be measured."""

    kind: NodeKind
    field: str
    kept: float | None
    fallen: float | None
    how: str
    """How it was measured, in a sentence."""


def losses(snapshot: Snapshot, embedder: Embedder) -> list[Loss]:
    """What titles, abstracts and dates of achievements, and outcomes of cooperations, are worth in the snapshot's store."""
    return [*_texts(snapshot, embedder), _date(), _outcome()]


def _texts(snapshot: Snapshot, embedder: Embedder) -> Iterable[Loss]:
    """The works that fit a sample of demands best, scored again as if a field had been left empty."""
    asked = [
        Question(as_of=AS_OF, about=one.id, want=Want.ACHIEVEMENTS, k=TOP + 1)
        for one in _sample(cast("Demand", node) for node in snapshot.display.scan(NodeKind.DEMAND))
    ]
    found = [pipeline.scores(question, snapshot, embedder, WEIGHTS) for question in asked]
    works = cast("dict[str, Achievement]", snapshot.display.get({one for points in found for one in points}))
    whole = {one: text for one, work in works.items() if (text := text_of(work)) and text.title and text.body}
    for field, bare in (
        ("abstract", {one: Text(text.title, "", text.more) for one, text in whole.items()}),
        ("title", {one: Text("", text.body, text.more) for one, text in whole.items()}),
    ):
        segment = generations.segment_of(bare, snapshot.scale, embedder)
        left = snapshot.with_texts(segment)
        before = after = fallen = count = 0
        for question, points in zip(asked, found, strict=True):
            best = [one for one in list(points)[:TOP] if one in bare]
            bar = min(points.values(), default=0) if len(points) > TOP else 0  # what the first one outside has
            alone = msgspec.structs.replace(question, among=tuple(best), k=TOP)
            again = pipeline.scores(alone, left, embedder, WEIGHTS) if best else {}
            before += sum(points[one] for one in best)
            after += sum(again.get(one, 0) for one in best)
            fallen += sum(again.get(one, 0) < bar for one in best)
            count += len(best)
        other = "title" if field == "abstract" else "abstract"
        how = Message(
            "the {top} best works for {demands} demands of this store ({count} with both texts), read by their {other}s alone",
            top=TOP, demands=len(asked), count=count, other=other,
        )  # fmt: skip
        if before:
            yield Loss(NodeKind.ACHIEVEMENT, field, after / before, fallen / count, how)
        else:
            yield Loss(NodeKind.ACHIEVEMENT, field, None, None, N_("no demand here finds works that have both texts"))


def _date() -> Loss:
    """A work of this day against one of a day that nobody gave."""
    today, unknown = aged(np.array([1, 0], np.int32), 1, DEFAULT).tolist()
    how = Message("a work of this year counts {today:.2f} for who did it, one without a date {unknown:.2f}", today=today, unknown=unknown)
    return Loss(NodeKind.ACHIEVEMENT, "date", unknown / today, None, how)


def _outcome() -> Loss:
    """A cooperation of this day that was completed, against one of which only the beginning is known."""
    fresh = {name: SETTINGS.kinds[name].weight for name in ("completed", "took_part")}
    points = {name: DEFAULT.trust * weight / (weight + SETTINGS.prior) for name, weight in fresh.items()}
    how = Message(
        "one fresh cooperation is worth {took_part:.3f} points to its parties where the outcome is not known,"
        " and {completed:.3f} where it was completed",
        took_part=points["took_part"],
        completed=points["completed"],
    )
    return Loss(NodeKind.COOPERATION, "outcome", points["took_part"] / points["completed"], None, how)


def _sample(demands: Iterable[Demand]) -> list[Demand]:
    public = (one for one in demands if one.visibility is Visibility.PUBLIC and text_of(one))
    return heapq.nsmallest(DEMANDS, public, key=lambda one: hashlib.blake2b(one.id.encode()).digest())
