"""The benchmark ``evaluate partners``: which institution was taken, given only what was known before?

In: a store that holds the works, the cooperations and the parts of institutions; questions, each at its own ``as_of``; and who was taken.
Out: an ``Evaluation``: a row a variant, each metric a judged pair with a bootstrap 95 % interval over questions; and the scores. Next:
``desk.judged_sets`` fills the store from files and hands the figures to ``api.cli.evaluate.partners``.

Every variant is the product's pipeline under other weights; the baselines are plain. Two further rows are the product's opinion alone, and
the pipeline under a Scale of early works.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import msgspec
import numpy as np

from graph.dates import ordinal
from graph.model import Achievement, Cooperation, Edge, EdgeKind, NodeKind
from graph.progress import Progress
from graph.store import Store
from matcher.columns import tables
from matcher.embedding.embedder import Embedder
from matcher.evaluate.baselines import random_scores
from matcher.evaluate.files import Evaluation, Ranking, Row, write_scores
from matcher.evaluate.metrics import bootstrap, order
from matcher.evaluate.standing import Sizes, Standing
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

DEPTH = 1000
"""Institutions a question in --scores."""
CUT = 100
"""Institutions a question that the table looks at; one further down counts as not found."""
HALFLIFE = 3 * 365.25
"""Days in which a dealing halves in the baseline of dealings: as a completed cooperation does in ``matcher.trust.settings``."""

Judged = Mapping[str, Sequence[str | None]]
"""By question: the institution of each judged pair, None where nobody in the store answers to the name."""
Rank = Callable[[str, Question], Ranking]

_replace = msgspec.structs.replace
TEXT_ONLY = _replace(DEFAULT, trust=0.0, topic=0.0)
VARIANTS: dict[str, Weights] = {
    "dovetail": DEFAULT,
    "text only": TEXT_ONLY,
    "dense only": _replace(TEXT_ONLY, words=0.0),
    "words only": _replace(TEXT_ONLY, meaning=0.0),
    "without age": _replace(DEFAULT, lasting=1.0),
    "without topic": _replace(DEFAULT, topic=0.0),
    "without direct": _replace(DEFAULT, trust_settings=_replace(SETTINGS, direct=False)),
    "without heard": _replace(DEFAULT, trust_settings=_replace(SETTINGS, heard=0.0)),
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
    scores: Path | None = None,
    progress: Progress | None = None,
    notes: Sequence[str] = (),
) -> Evaluation:
    """Rank institutions for each question and measure where those that were taken stand.

    ``spellings``: the names of each institution as the files write them; ``scores`` gets one row for each: query_id, institution,
    score, entity, of the best 1000 institutions a question.
    """
    tell = progress or (lambda _label, _done, _total: None)
    standing = Standing(store, EdgeKind.OWNS)
    generations.build(store, embedder, progress=progress)
    snapshot = Snapshot.open(store, embedder)
    table = _Table(judged, asked, standing, tell)
    table.baselines(Dealings(store))
    full: dict[str, Ranking] = {}

    def product(weights: Weights, seen: Snapshot, k: int = CUT) -> Rank:
        def ranking(_name: str, question: Question) -> Ranking:
            if not (question.title or question.text):
                return {}
            points = pipeline.scores(msgspec.structs.replace(question, k=k), seen, embedder, weights)
            return {one: value / MILLION for one, value in points.items()}

        return ranking

    def kept(name: str, question: Question) -> Ranking:
        full[name] = product(DEFAULT, snapshot, DEPTH)(name, question)
        return full[name]

    for name, weights in VARIANTS.items():
        table.add(name, kept if scores and weights is DEFAULT else product(weights, snapshot))
    table.add("trust only", trust_only(snapshot))
    earliest = min((question.as_of for question in asked.values()), default="")
    if earliest:
        table.add(f"Scale cut at {earliest}", product(DEFAULT, with_scale_of(earliest, snapshot, store, embedder)))
    if scores:
        write_scores(scores, _spelled(full, spellings), ("query_id", "institution", "score", "entity"))
    said = (*notes, *table.sizes.told())
    return Evaluation(
        len(asked), len(standing.bm25.ids), sum(map(len, judged.values())), "all", embedder.name, tuple(table.finished()), said
    )


class Dealings:
    """The cooperations of two institutions, read plainly from the store."""

    def __init__(self, store: Store) -> None:
        since = {node.id: ordinal(cast("Cooperation", node).started) for node in store.scan(NodeKind.COOPERATION)}
        parties: dict[str, list[str]] = {}
        for edge in store.scan(EdgeKind.PARTY_TO):
            parties.setdefault(cast("Edge", edge).target, []).append(cast("Edge", edge).source)
        self._with: dict[str, list[tuple[str, int]]] = {}
        for cooperation, members in parties.items():
            for one in members:
                self._with.setdefault(one, []).extend((other, since[cooperation]) for other in members if other != one)

    def before(self, asker: str | None, as_of: str) -> list[tuple[str, int]]:
        """Whom ``asker`` worked with up to a day, once for each time, with the ordinal of its date."""
        day = ordinal(as_of)
        return [(other, date) for other, date in self._with.get(asker or "", ()) if date <= day]

    def ranking(self, asker: str | None, as_of: str) -> Ranking:
        """ln(1 + dealings), each halved with every three years of its age; 0 for a stranger, who is left out."""
        sums: defaultdict[str, float] = defaultdict(float)
        for other, date in self.before(asker, as_of):
            sums[other] += 2.0 ** (-(ordinal(as_of) - date) / HALFLIFE)
        return {one: float(np.log1p(value)) for one, value in sums.items()}


def trust_only(snapshot: Snapshot) -> Rank:
    """Institutions by the product's own opinion alone (belief less disbelief), of whom the asker believes anything."""
    institutions = snapshot.nodes["kind"] == tables.NODE_CODE[NodeKind.INSTITUTION]

    def ranking(_name: str, question: Question) -> Ranking:
        if not question.asker:
            return {}
        believed = net(*snapshot.trust().on(question.as_of).everyone(snapshot.row(question.asker)))
        rows = np.flatnonzero((believed != 0) & institutions)
        return {snapshot.id_of(row): float(believed[row]) for row in rows.tolist()}

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


class _Table:
    """The rows in the making: of each, the values a question."""

    def __init__(self, judged: Judged, asked: Mapping[str, Question], standing: Standing, tell: Progress) -> None:
        self._judged = {question: taken for question, taken in judged.items() if taken}
        self._asked, self._standing, self._tell = asked, standing, tell
        self._values: dict[str, dict[str, list[float]]] = {}
        self.sizes = Sizes()

    def add(self, name: str, ranking: Rank) -> None:
        """A row by the ranking of each judged question."""
        for done, (question, taken) in enumerate(self._judged.items()):
            self._tell(name, done, len(self._judged))
            best = self._count(name, ranking(question, self._asked[question]), taken)
            if name == PAIRED[0]:
                self.sizes.add(self._standing.works(self._asked[question].as_of), best[:10], [one for one in taken if one])
        self._tell(name, len(self._judged), len(self._judged))

    def baselines(self, dealings: Dealings) -> None:
        """The rows of the plain baselines."""
        for done, (name, taken) in enumerate(self._judged.items()):
            self._tell("baselines", done, len(self._judged))
            question = self._asked[name]
            visible = dict.fromkeys(self._standing.works(question.as_of), ("", ""))
            rows = random_scores({name: ("", "")}, visible)
            self._count("random", rows[name], taken)
            for row, ranking in self._standing.rankings(f"{question.title}\n{question.text}", question.as_of).items():
                self._count(row, ranking, taken)
            self._count("dealings only", dealings.ranking(question.asker, question.as_of), taken)

    def finished(self) -> Iterator[Row]:
        """The rows with their intervals, and the difference of the paired two."""
        counts = [len(taken) for taken in self._judged.values()]
        for name, values in self._values.items():
            yield Row(name, {metric: bootstrap(found, counts=counts) for metric, found in values.items()})
        with_, without = (self._values.get(name) for name in PAIRED)
        if with_ and without:
            gains = {metric: np.subtract(with_[metric], without[metric]) for metric in with_}
            yield Row(" less ".join(PAIRED), {metric: bootstrap(gain, counts=counts) for metric, gain in gains.items()})

    def _count(self, row: str, ranking: Ranking, taken: Sequence[str | None]) -> list[str]:
        best = heapq.nsmallest(CUT, ranking, key=lambda one: (-ranking[one], one))
        places = {one: place for place, one in enumerate(best, start=1)}
        ranks = [places.get(one or "", 0) for one in taken]
        values = self._values.setdefault(row, {"hit@1": [], "hit@10": [], "hit@50": [], "MRR": []})
        for k in (1, 10, 50):
            values[f"hit@{k}"].append(float(sum(0 < one <= k for one in ranks)))
        values["MRR"].append(sum(1.0 / one for one in ranks if one))
        return best


def _spelled(rankings: Mapping[str, Ranking], spellings: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, str, str]]:
    for question, ranking in rankings.items():
        for one in order(ranking):
            yield from ((question, name, f"{ranking[one]:.6f}", one) for name in spellings.get(one, ()))
