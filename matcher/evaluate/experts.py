"""The benchmark ``evaluate experts``: who knows the topic of a text, judged by his or her works?

In: a store that holds the works and who created them; questions; the experts to be ranked; and who is relevant. Out: an ``Evaluation``: a
row a variant, AUC, P@10 and AP in percent with a bootstrap 95 % interval over questions; and the scores. Next: ``desk.judged_sets`` fills
the store from files and hands the figures to ``api.cli.evaluate.experts``.

A work with the question's own id is no evidence, but in the row that says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from graph.model import EdgeKind
from graph.progress import Progress
from graph.store import Store
from matcher.embedding.embedder import Embedder
from matcher.evaluate.baselines import random_scores
from matcher.evaluate.files import Evaluation, Ranking, Row, ranked, write_scores
from matcher.evaluate.metrics import auc, average_precision, bootstrap, order, precision_at
from matcher.evaluate.standing import Sizes, Standing
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import MILLION, Question
from matcher.rank import pipeline
from matcher.score import DEFAULT, Weights

VARIANTS: dict[str, Weights] = {
    "dovetail": DEFAULT,
    "dense only": msgspec.structs.replace(DEFAULT, words=0.0),
    "words only": msgspec.structs.replace(DEFAULT, meaning=0.0, experts_field=0.0),
    "without sentences": msgspec.structs.replace(DEFAULT, sentences=False),
    "without field": msgspec.structs.replace(DEFAULT, experts_field=0.0),
    "best work only": msgspec.structs.replace(DEFAULT, experts=(1.0,)),
}
"""The product, and the product without each ingredient."""
OWN_COUNTED = "own work counted"
"""The row in which the work that is asked about is evidence too, as in the published figures."""


class ExpertQuestion(msgspec.Struct, frozen=True):
    """A question, and the same with the work of its own id as evidence. ``own``: that work's id, empty where there is none."""

    question: Question
    published: Question
    own: str = ""


def evaluate_experts(
    store: Store,
    asked: Mapping[str, ExpertQuestion],
    candidates: Mapping[str, str],
    relevant: Mapping[str, Collection[str]],
    *,
    embedder: Embedder,
    scores: Path | None = None,
    progress: Progress | None = None,
    notes: Sequence[str] = (),
) -> Evaluation:
    """Rank ``candidates`` (names as the files write them -> ids) for each question. ``relevant``: by question, names of candidates.

    ``scores`` gets query_id, candidate_id, score for every candidate; one without a work that may be seen has 0.
    """
    tell = progress or (lambda _label, _done, _total: None)
    standing = Standing(store, EdgeKind.CREATED)
    generations.build(store, embedder, progress=progress)
    snapshot = Snapshot.open(store, embedder)
    ids = tuple(sorted(set(candidates.values())))
    table = _Table(relevant, candidates)
    judged = [one for one in asked if relevant.get(one)]
    for done, name in enumerate(judged):
        tell("baselines", done, len(judged))
        one = asked[name]
        table.count("random", name, random_scores({name: ("", "")}, dict.fromkeys(ids, ("", "")))[name])
        text = f"{one.published.title}\n{one.published.text}"
        for row, ranking in standing.rankings(text, one.question.as_of, without=one.own).items():
            table.count(row, name, ranking)

    def product(question: Question, weights: Weights) -> Ranking:
        among = msgspec.structs.replace(question, among=ids, k=len(ids))
        return {one: points / MILLION for one, points in pipeline.scores(among, snapshot, embedder, weights).items()}

    rankings: dict[str, Ranking] = {}
    sizes = Sizes()
    for row, weights in VARIANTS.items():
        for done, name in enumerate(asked if weights is DEFAULT and scores else judged):
            tell(row, done, len(judged))
            ranking = product(asked[name].question, weights)
            if weights is DEFAULT:
                rankings[name] = ranking
                good = [candidates[one] for one in relevant.get(name, ()) if one in candidates]
                sizes.add(standing.works(asked[name].question.as_of), order(ranking)[:10], good)
            table.count(row, name, ranking)
    if any(one.own for one in asked.values()):
        for name in judged:
            table.count(OWN_COUNTED, name, product(asked[name].published, DEFAULT))
    if scores:
        everybody = {
            question: {name: ranking.get(one, 0.0) for name, one in candidates.items()} for question, ranking in rankings.items()
        }
        write_scores(scores, ranked(everybody))
    pairs = sum(map(len, relevant.values()))
    return Evaluation(len(asked), len(standing.bm25.ids), pairs, "all", embedder.name, tuple(table.finished()), (*notes, *sizes.told()))


class _Table:
    """The rows in the making, by the names of candidates: two names of one person are two candidates with one score."""

    def __init__(self, relevant: Mapping[str, Collection[str]], candidates: Mapping[str, str]) -> None:
        self._relevant, self._candidates = relevant, candidates
        self._values: dict[str, dict[str, list[float]]] = {}

    def count(self, row: str, question: str, ranking: Ranking) -> None:
        """Add what ``ranking`` (by ids) comes to for one question."""
        good = self._relevant.get(question)
        if not good:
            return
        scores = {name: ranking[one] for name, one in self._candidates.items() if one in ranking}
        listed = order(scores, self._candidates)
        values = self._values.setdefault(row, {"AUC": [], "P@10": [], "AP": []})
        for metric, value in (
            ("AUC", auc(scores, good, listed)),
            ("P@10", precision_at(listed, good)),
            ("AP", average_precision(listed, good)),
        ):
            if value is not None:
                values[metric].append(100 * value)

    def finished(self) -> list[Row]:
        """The rows with their intervals."""
        return [Row(name, {metric: bootstrap(found) for metric, found in values.items()}) for name, values in self._values.items()]
