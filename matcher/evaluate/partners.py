"""The benchmark ``evaluate partners``: which institution was taken, given only what was known before?

In: a store that holds the works, the cooperations and the parts of institutions; questions, each at its own ``as_of``; and who was taken.
Out: an ``Evaluation``: a row a variant, each metric with a bootstrap 95 % interval over questions, and blocks of the same rows for old and
new ties (``matcher.evaluate.ties.blocks``); and the scores. Next: ``desk.judged_sets`` fills the store from files and
hands the figures to ``api.cli.evaluate.partners``.

Every variant is the product's pipeline under other weights; the baselines are plain. Two further rows are the product's opinion alone, and
the pipeline under a Scale of early works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import cast

import msgspec
import numpy as np

from graph.dates import ordinal
from graph.model import Achievement, EdgeKind, NodeKind
from graph.progress import Progress
from graph.store import Store
from matcher.columns import tables
from matcher.embedding.embedder import Embedder
from matcher.evaluate.files import Evaluation, Ranking, write_scores
from matcher.evaluate.metrics import order
from matcher.evaluate.standing import Sizes, Standing
from matcher.evaluate.ties.baselines import MIX, PartnerBaselines
from matcher.evaluate.ties.blocks import First, Table, Taken
from matcher.evaluate.ties.dealings import Dealings
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import MILLION, Question
from matcher.rank import pipeline
from matcher.score import DEFAULT, Weights
from matcher.signals.postings import count_terms
from matcher.signals.scale import measure
from matcher.text.passages import text_of
from matcher.trust.opinion import net
from matcher.trust.settings import SETTINGS
from matcher.trust.terms import TRUST_TERMS

DEPTH = 1000
"""Institutions a question in --scores."""

Judged = Mapping[str, Taken]
"""By question: the institutions that were taken."""
Rank = Callable[[str, Question], First]

_replace = msgspec.structs.replace
TEXT_ONLY = _replace(DEFAULT, **dict.fromkeys(TRUST_TERMS, 0.0))
VARIANTS: dict[str, Weights] = {
    "dovetail": DEFAULT,
    "text only": TEXT_ONLY,
    "dense only": _replace(TEXT_ONLY, words=0.0),
    "words only": _replace(TEXT_ONLY, meaning=0.0),
    "without age": _replace(DEFAULT, lasting=1.0),
    **{f"without {term}": _replace(DEFAULT, **{term: 0.0}) for term in TRUST_TERMS},
    "without voices": _replace(DEFAULT, heard=0.0, trust_settings=_replace(SETTINGS, heard=0.0)),
    "without part_of": _replace(DEFAULT, trust_settings=_replace(SETTINGS, part_of=0.0)),
}
"""The product, and the product without each ingredient."""
PAIRED = ("dovetail", "text only")
"""The two rows whose difference is shown with an interval of its own: what trust brings."""


def evaluate_partners(
    store: Store,
    asked: Mapping[str, Question],
    judged: Judged,
    *,
    embedder: Embedder,
    spellings: Mapping[str, Sequence[str]],
    by_pair: bool,
    scores: Path | None = None,
    progress: Progress | None = None,
    notes: Sequence[str] = (),
) -> Evaluation:
    """Rank institutions for each question and measure where those that were taken stand.

    ``spellings``: the names of each institution as the files write them; ``by_pair``: metrics are means over judged pairs, else over
    questions and for old and new ties too; ``scores`` gets one row for each: query_id, institution, score, entity, of the best 1000
    institutions a question.
    """
    tell = progress or (lambda _label, _done, _total: None)
    standing = Standing(store, EdgeKind.OWNS)
    dealings = Dealings(store, standing.bm25.ids)
    generations.build(store, embedder, progress=progress)
    snapshot = Snapshot.open(store, embedder)
    run = _Run(asked, {question: taken for question, taken in judged.items() if taken}, standing, dealings, Table(by_pair=by_pair), tell)
    said = run.baselines()
    full: dict[str, Ranking] = {}

    def product(weights: Weights, seen: Snapshot, kept: dict[str, Ranking] | None = None) -> Rank:
        def ranking(name: str, question: Question) -> First:
            def first(count: int) -> list[str]:
                if not (question.title or question.text):
                    return []
                depth = count if kept is None else max(count, DEPTH)
                points = pipeline.scores(msgspec.structs.replace(question, k=depth), seen, embedder, weights)
                if kept is not None:
                    kept.setdefault(name, {one: value / MILLION for one, value in islice(points.items(), DEPTH)})
                return list(points)

            return first

        return ranking

    for name, weights in VARIANTS.items():
        run.add(name, product(weights, snapshot, full if scores and weights is DEFAULT else None))
    run.add("trust only", trust_only(snapshot))
    earliest = min((question.as_of for question in asked.values()), default="")
    if earliest:
        run.add(f"Scale cut at {earliest}", product(DEFAULT, with_scale_of(earliest, snapshot, store, embedder)))
    if scores:
        write_scores(scores, _spelled(full, spellings), ("query_id", "institution", "score", "entity"))
    pairs = sum(map(len, judged.values()))
    blocks = tuple(run.table.blocks([PAIRED]))
    return Evaluation(
        len(asked), len(standing.bm25.ids), pairs, "all", embedder.name, blocks[0].rows if blocks else (),
        (*notes, *said, *run.sizes.told(), *run.popular.told()), blocks[1:],
    )  # fmt: skip


def trust_only(snapshot: Snapshot) -> Rank:
    """Institutions by the product's own opinion alone (belief less disbelief), of whom the asker believes anything."""
    institutions = snapshot.nodes["kind"] == tables.NODE_CODE[NodeKind.INSTITUTION]

    def ranking(_name: str, question: Question) -> First:
        if not question.asker:
            return lambda _count: []
        believed = net(*snapshot.trust().on(question.as_of).everyone(snapshot.row(question.asker)))
        rows = np.flatnonzero((believed != 0) & institutions)
        best = order({snapshot.id_of(row): float(believed[row]) for row in rows.tolist()})
        return lambda count: best[:count]

    return ranking


def with_scale_of(day: str, snapshot: Snapshot, store: Store, embedder: Embedder) -> Snapshot:
    """``snapshot`` under a Scale of the works that are dated up to a day: document frequencies, lengths and centres that no later
    text had a part in, and no demand."""
    works = [cast("Achievement", node) for node in store.scan(NodeKind.ACHIEVEMENT)]
    texts = {work.id: text for work in works if (text := text_of(work))}
    early = [texts[work.id] for work in works if work.id in texts and ordinal(work.date) <= ordinal(day)]
    passages = [passage for text in early for passage in text.passages]
    owner = np.repeat(np.arange(len(early)), [len(text.passages) for text in early])
    postings = count_terms(text.words for text in early)
    scale = measure(postings, embedder.passages(passages), passages, owner, np.zeros(len(early), bool), embedder)
    segment = generations.segment_of(texts, scale, embedder)
    return replace(snapshot, scale=scale, segments=(segment,), alive=np.ones(len(segment.ids), bool))


@dataclass(frozen=True)
class _Run:
    """The questions with judgements, and the table in the making."""

    asked: Mapping[str, Question]
    judged: Judged
    standing: Standing
    dealings: Dealings
    table: Table
    tell: Progress
    sizes: Sizes = field(default_factory=Sizes)
    popular: Sizes = field(default_factory=lambda: Sizes("popularity"))

    def add(self, row: str, ranking: Rank) -> None:
        """A row by the ranking of each question."""
        for name, question, taken in self._each(row):
            best = self._count(row, ranking(name, question), question, taken)
            if row == PAIRED[0]:
                some = [one for one in taken if one]
                self.sizes.add(self.standing.works(question.as_of), best[:10], some)
                popularity = self.dealings.popularity(question.as_of)
                here = np.flatnonzero(self.dealings.seen(question.as_of)).tolist()
                self.popular.add({self.dealings.institutions[at]: float(popularity[at]) for at in here}, best[:10], some)

    def baselines(self) -> tuple[str, ...]:
        """The rows of the plain baselines; what must be known to read them."""
        plain = PartnerBaselines(self.standing, self.dealings)
        for name, question, taken in self._each("baselines"):
            for row, first in plain.rankings(name, question, taken):
                self._count(row, first, question, taken)
        fitted, said = plain.mixed()
        for name, question, taken in self._each(MIX):
            self._count(MIX, plain.mix(name, fitted), question, taken)
        return (said,)

    def _count(self, row: str, first: First, question: Question, taken: Taken) -> list[str]:
        return self.table.count(row, first, taken, self.dealings.partners(question.asker, question.as_of))

    def _each(self, label: str) -> Iterator[tuple[str, Question, Taken]]:
        for done, (name, taken) in enumerate(self.judged.items()):
            self.tell(label, done, len(self.judged))
            yield name, self.asked[name], taken
        self.tell(label, len(self.judged), len(self.judged))


def _spelled(rankings: Mapping[str, Ranking], spellings: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, str, str]]:
    for question, ranking in rankings.items():
        for one in order(ranking):
            yield from ((question, name, f"{ranking[one]:.6f}", one) for name in spellings.get(one, ()))
