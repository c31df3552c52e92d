"""The benchmark ``evaluate match``: documents ranked for questions.

In: CSV files of questions, documents and judgements (docs/evaluation.md). Out: an ``Evaluation``: a row a variant, each metric with a
bootstrap 95 % interval over questions, and the scores if asked for. Next: ``api.cli.evaluate.match`` shows it.

Documents and questions go into a temporary store, as works and as demands, and through ``matcher.index.generations`` and
``matcher.rank.pipeline`` like anybody's; no path is for evaluation only.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from graph import Batch, connect
from graph.ids import node_id
from graph.language import _
from graph.model import Achievement, Demand, NodeKind, Provenance
from graph.progress import Progress
from graph.store import Store
from matcher.embedding.embedder import Embedder
from matcher.evaluate.baselines import Bm25, random_scores
from matcher.evaluate.files import Evaluation, Judgements, Pool, Ranking, Row, judged, ranked, read, whole, write_scores
from matcher.evaluate.learn import learnt
from matcher.evaluate.metrics import bootstrap, per_question
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import MILLION, Question, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT, Weights

DEPTH = 1000
"""Candidates a question in --scores over all documents."""
CUT = 100
"""Candidates a question that the table's metrics look at; a first hit further down counts as none."""
AS_OF = "9999-12-31"
"""Evaluation sets without dates see everything."""
SOURCE = "evaluation"


ABLATIONS: dict[str, Weights] = {
    "dovetail": DEFAULT,
    "dense only": msgspec.structs.replace(DEFAULT, words=0.0),
    "words only": msgspec.structs.replace(DEFAULT, meaning=0.0),
    "without sentences": msgspec.structs.replace(DEFAULT, sentences=False),
    "without title weight": msgspec.structs.replace(DEFAULT, title=0.0),
    "without demands": msgspec.structs.replace(DEFAULT, demands=False),
}
"""The product, and the product without each ingredient in turn."""


def evaluate_match(
    queries: Path,
    documents: Path,
    judgements: Path | None = None,
    *,
    embedder: Embedder,
    clean: Callable[[str], str] = str.strip,
    pool: Pool = "judged",
    learn: Path | None = None,
    scores: Path | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Rank documents for questions and measure the ranking against judgements.

    Graded sets (more than two grades): nDCG@10 over each question's judged documents and R@100 of grade >= 3 over all documents.
    Binary sets: hit@1, hit@10 and MRR over all documents. ``pool`` decides what ``scores`` holds: every judged pair, or the top
    1000 of all documents; ``clean`` is what ingest does to a text at the door. ``learn``: judgements to choose weights by (by
    nDCG@10, or MRR); they make the row ``learnt`` and the scores. Raises InvalidInput naming file, line and column.
    """
    tell = progress or (lambda _label, _done, _total: None)
    asked = {row["id"]: (clean(row["title"]), clean(row["description"])) for row in read(queries, ("id", "title", "description"))}
    texts = {row["id"]: (clean(row["title"]), clean(row["abstract"])) for row in read(documents, ("id", "title", "abstract"))}
    grades = graded(judgements, asked, texts) if judgements else {}
    taught = graded(learn, asked, texts) if learn else {}
    variants, weights, notes = dict(ABLATIONS), DEFAULT, list[str]()
    with tempfile.TemporaryDirectory(prefix="dovetail-evaluate-") as folder:
        store = connect(f"sqlite:///{folder}/evaluation.db")
        try:
            fill(store, texts, asked, tell)
            generations.build(store, embedder, progress=progress)
            run = _Run(asked, grades, Snapshot.open(store, embedder), embedder, tell)
            plain = {"random": random_scores(asked, texts), "BM25": Bm25(texts).rank_all(asked)}
            rows = [_row(name, ranking, ranking, grades) for name, ranking in plain.items()] if grades else []
            if learn:
                found = learnt(_Run(asked, taught, run.snapshot, embedder, tell).quality)
                variants["learnt"] = weights = found.weights
                both = len(taught.keys() & grades.keys())
                notes = [
                    str(found),
                    *([_("{count} of the questions were also learnt from: the row learnt flatters itself", count=both)] if both else []),
                ]
            rows += [_row(name, *run.rank(name, variant), grades) for name, variant in variants.items()] if grades else []
            if scores:
                write_scores(scores, ranked(run.judged(weights) if pool == "judged" else run.all(weights, DEPTH)))
        finally:
            generations.forget(store)
            store.close()
    return Evaluation(len(asked), len(texts), sum(map(len, grades.values())), pool, embedder.name, tuple(rows), tuple(notes))


class _Run:
    """One evaluation set in a snapshot, ranked by the product's pipeline."""

    def __init__(
        self, asked: Mapping[str, tuple[str, str]], grades: Judgements, snapshot: Snapshot, embedder: Embedder, tell: Progress
    ) -> None:
        self.asked, self.grades, self.snapshot, self.embedder, self.tell = asked, grades, snapshot, embedder, tell

    def rank(self, name: str, weights: Weights) -> tuple[dict[str, Ranking], dict[str, Ranking]]:
        """The best of all documents, and the judged ones, for each judged question."""
        return self.best(name, weights), self.judged(weights)

    def best(self, name: str, weights: Weights) -> dict[str, Ranking]:
        """The best of all documents for each judged question."""
        found = {}
        for done, question in enumerate(self.grades):
            if done % 10 == 0:
                self.tell(name, done, len(self.grades))
            found[question] = self._scores(question, weights, k=CUT)
        self.tell(name, len(self.grades), len(self.grades))
        return found

    def quality(self, weights: Weights) -> list[float]:
        """nDCG@10 of each question of a graded set, MRR of a binary one."""
        if any(grade > 1 for judged in self.grades.values() for grade in judged.values()):
            return per_question({}, self.judged(weights), self.grades)["nDCG@10"]
        return per_question(self.best("learn", weights), {}, self.grades)["MRR"]

    def all(self, weights: Weights, k: int) -> dict[str, Ranking]:
        """The best ``k`` of all documents for each question."""
        return {question: self._scores(question, weights, k=k) for question in self.asked}

    def judged(self, weights: Weights) -> dict[str, Ranking]:
        """Every judged document of each question."""
        return {question: self._scores(question, weights, k=len(judged), among=list(judged)) for question, judged in self.grades.items()}

    def _scores(self, question: str, weights: Weights, *, k: int, among: Sequence[str] | None = None) -> Ranking:
        title, text = self.asked[question]
        if not (title.strip() or text.strip()):
            return {}
        ids = None if among is None else tuple(_id(one) for one in among)
        asked = Question(as_of=AS_OF, title=title, text=text, want=Want.ACHIEVEMENTS, k=k, among=ids)
        found = pipeline.scores(asked, self.snapshot, self.embedder, weights)
        names = self.names
        return {names[one]: points / MILLION for one, points in found.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """Ids of the evaluation set by ids of the store."""
        return {node.id: node.provenance.source_id for node in self.snapshot.display.scan(NodeKind.ACHIEVEMENT)}


def _row(name: str, whole: Mapping[str, Ranking], judged: Mapping[str, Ranking], grades: Judgements) -> Row:
    values = per_question(whole, judged, grades)
    return Row(name, {metric: bootstrap(found) for metric, found in values.items()})


def _id(document: str) -> str:
    return node_id(NodeKind.ACHIEVEMENT, SOURCE, document)


def fill(store: Store, texts: Mapping[str, tuple[str, str]], asked: Mapping[str, tuple[str, str]], tell: Progress) -> None:
    """The documents as works; and the questions as the demands that they are: a platform knows what it is asked, and its Scale
    what demands have in common."""
    nodes: list[Achievement | Demand] = [
        Achievement(id=_id(one), provenance=Provenance(SOURCE, one), title=title, abstract=text)
        for one, (title, text) in texts.items()
        if title or text
    ]
    nodes += [
        Demand(id=node_id(NodeKind.DEMAND, SOURCE, one), provenance=Provenance(SOURCE, one), title=title, description=text)
        for one, (title, text) in asked.items()
        if title or text
    ]
    for start in range(0, len(nodes), 5000):
        store.write(Batch(nodes=list(nodes[start : start + 5000])))
        tell("documents", min(start + 5000, len(nodes)), len(nodes))


def graded(path: Path, asked: Mapping[str, object], texts: Mapping[str, object]) -> Judgements:
    """The grades of a file of judgements, by question and document."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for question, document, grade in judged(path, asked, texts, whole):
        grades[question][document] = grade
    return grades
