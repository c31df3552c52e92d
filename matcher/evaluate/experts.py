"""The benchmark ``evaluate experts``: who knows the topic of a text, judged by his or her works?

In: a store that holds the works and who created them; questions; the experts to be ranked; and grades of experts for questions. Out: an
``Evaluation``: a row a variant, AUC, P@10, AP and two losses in percent with bootstrap 95 % intervals; and the scores. Next:
``desk.judged_sets`` fills the store from files and hands the figures to ``api.cli.evaluate.experts``.

A work with the question's own id is no evidence, but in the row that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from graph.model import EdgeKind
from graph.progress import Progress
from graph.store import Store
from matcher.embedding.embedder import Embedder
from matcher.evaluate.baselines import PlainCosines, random_scores
from matcher.evaluate.files import Evaluation, Ranking, Row, ranked, write_scores
from matcher.evaluate.metrics import auc, average_precision, bootstrap, kendall_loss, order, precision_at
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
COSINE = "cosine, mean of three"
"""The row of the plain way: the mean of an expert's three highest cosines of question and work."""
RELEVANT_GRADE = 0.5
"""The lowest grade that counts as relevant where somebody is or is not."""


class ExpertQuestion(msgspec.Struct, frozen=True):
    """A question, and the same with the work of its own id as evidence. ``own``: that work's id, empty where there is none."""

    question: Question
    published: Question
    own: str = ""


def evaluate_experts(
    store: Store,
    asked: Mapping[str, ExpertQuestion],
    candidates: Mapping[str, str],
    judgements: Mapping[str, Mapping[str, float]],
    *,
    embedder: Embedder,
    scores: Path | None = None,
    progress: Progress | None = None,
    notes: Sequence[str] = (),
) -> Evaluation:
    """Rank ``candidates`` (names as the files write them -> ids) for each question. ``judgements``: by question, names of candidates
    with a grade in [0, 1].

    ``scores`` gets query_id, candidate_id, score for every candidate; one without a work that may be seen has 0.
    """
    tell = progress or (lambda _label, _done, _total: None)
    standing = Standing(store, EdgeKind.CREATED)
    generations.build(store, embedder, progress=progress)
    snapshot = Snapshot.open(store, embedder)
    ids = tuple(sorted(set(candidates.values())))
    table = _Table(judgements, candidates)
    judged = [one for one in asked if judgements.get(one)]
    plain = PlainCosines(store, standing.bm25.ids, embedder)
    for done, name in enumerate(judged):
        tell("baselines", done, len(judged))
        one = asked[name]
        table.count("random", name, random_scores({name: ("", "")}, dict.fromkeys(ids, ("", "")))[name])
        text = f"{one.published.title}\n{one.published.text}"
        for row, ranking in standing.rankings(text, one.question.as_of, without=one.own).items():
            table.count(row, name, ranking)
        cosines = plain.scores(one.published.title, one.published.text)
        rows, shapes = standing.pooled(cosines, one.question.as_of, without=one.own)
        table.count(COSINE, name, standing.named(rows, shapes["mean of three"]))

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
                good = [candidates[one] for one in table.relevant(name) if one in candidates]
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
    pairs = sum(map(len, judgements.values()))
    return Evaluation(len(asked), len(standing.bm25.ids), pairs, "all", embedder.name, tuple(table.finished()), (*notes, *sizes.told()))


class _Table:
    """The rows in the making, by the names of candidates: two names of one person are two candidates with one score.

    Where all judgements have one grade, they name who is relevant, and whoever they do not name for a judged question is judged 0; else
    only the pairs that they name are judged."""

    def __init__(self, judgements: Mapping[str, Mapping[str, float]], candidates: Mapping[str, str]) -> None:
        self._judgements, self._candidates = judgements, candidates
        self._names_relevant = len({grade for graded in judgements.values() for grade in graded.values()}) == 1
        self._values: dict[str, dict[str, list[float]]] = {}
        self._scores: dict[str, dict[str, dict[str, float]]] = {}
        """By row and question, the scores of the judged."""

    def relevant(self, question: str) -> list[str]:
        """The names of whom a question's judgements call relevant."""
        return [one for one, grade in self._judgements.get(question, {}).items() if grade >= RELEVANT_GRADE]

    def count(self, row: str, question: str, ranking: Ranking) -> None:
        """Add what ``ranking`` (by ids) comes to for one question."""
        if not self._judgements.get(question):
            return
        scores = {name: ranking[one] for name, one in self._candidates.items() if one in ranking}
        self._scores.setdefault(row, {})[question] = {name: scores.get(name, -np.inf) for name in self._graded(question)}
        values = self._values.setdefault(row, {"AUC": [], "P@10": [], "AP": []})
        good = set(self.relevant(question))
        if not good:
            return
        listed = order(scores, self._candidates)
        for metric, value in (
            ("AUC", auc(scores, good, listed)),
            ("P@10", precision_at(listed, good)),
            ("AP", average_precision(listed, good)),
        ):
            if value is not None:
                values[metric].append(100 * value)

    def finished(self) -> list[Row]:
        """The rows with their intervals."""
        return [
            Row(name, {metric: bootstrap(values) for metric, values in found.items() if values} | self._losses(name))
            for name, found in self._values.items()
        ]

    def _graded(self, question: str) -> dict[str, float]:
        """The judged of a question with their grades."""
        others = dict.fromkeys(self._candidates, 0.0) if self._names_relevant else {}
        return {**others, **self._judgements[question]}

    def _losses(self, row: str) -> dict[str, tuple[float, float, float]]:
        """The weighted Kendall losses, in percent: over one expert's questions and over one question's experts, with intervals over
        experts and over questions."""
        by_question: list[tuple[list[float], list[float]]] = []
        by_expert: dict[str, tuple[list[float], list[float]]] = {}
        for question, scores in self._scores[row].items():
            grades = self._graded(question)
            by_question.append(([scores[one] for one in grades], list(grades.values())))
            for one, grade in grades.items():
                listed = by_expert.setdefault(one, ([], []))
                listed[0].append(scores[one])
                listed[1].append(grade)
        found = {}
        for metric, lists in (("loss by expert", list(by_expert.values())), ("loss by question", by_question)):
            weighed = [(100 * lost, weight) for lost, weight in (kendall_loss(*each) for each in lists) if weight]
            if weighed:
                lost, weights = zip(*weighed, strict=True)
                found[metric] = bootstrap(lost, counts=weights)
        return found
