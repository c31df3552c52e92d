"""The benchmark ``evaluate leads``: is what stands first in one list over all demands good?

In: CSV files of questions, documents and judgements, as of ``matcher.evaluate.match``. Out: an ``Evaluation``: of the judged pairs of all
demands in one list, sorted by fit, by points, and by each demand's best in turn, how many of the first are good. Next:
``api.cli.evaluate.leads`` shows it.

Two demands that say the same are one. What is chosen on one half of the demands must hold on the other: each half is a block of its own.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graph import connect
from graph.ids import node_id
from graph.language import N_, _
from graph.model import Demand, NodeKind, Provenance
from graph.progress import Progress
from leads.suggest.find import Need, need_of
from leads.suggest.fit import fit
from matcher.embedding.embedder import Embedder
from matcher.evaluate.files import Block, Evaluation, Row, read
from matcher.evaluate.match import AS_OF, SOURCE, fill, graded
from matcher.evaluate.metrics import RELEVANT, auc, average_precision, precision_at
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import MILLION
from matcher.rank.recall import Signals
from matcher.score import DEFAULT
from matcher.signals.meaning import exact

COUNTS = (20, 100)
"""How many of the list are looked at: what a broker reads on a Monday, and in a week."""
ROUNDS = 200
"""Draws of demands, for the intervals."""
EACH = 5
"""Of the rows with a cap: how many of one demand are in the list."""
HALVES = (N_("one half of the demands"), N_("the other half"))


class Pair(NamedTuple):
    """A judged pair. ``is_good``: judged fair or strong."""

    demand: str
    work: str
    fit: float
    points: float
    is_good: bool


def evaluate_leads(
    queries: Path, documents: Path, judgements: Path, *, embedder: Embedder, clean: Callable[[str], str] = str.strip,
    progress: Progress | None = None,
) -> Evaluation:  # fmt: skip
    """Measure the list over all demands. Raises InvalidInput naming file, line and column."""
    asked = {row["id"]: (clean(row["title"]), clean(row["description"])) for row in read(queries, ("id", "title", "description"))}
    texts = {row["id"]: (clean(row["title"]), clean(row["abstract"])) for row in read(documents, ("id", "title", "abstract"))}
    grades = graded(judgements, asked, texts)
    with tempfile.TemporaryDirectory(prefix="dovetail-evaluate-") as folder:
        store = connect(f"sqlite:///{folder}/evaluation.db")
        try:
            fill(store, texts, asked, progress or (lambda _label, _done, _total: None))
            generations.build(store, embedder, progress=progress)
            pairs = _pairs(asked, grades, Snapshot.open(store, embedder), embedder)
        finally:
            generations.forget(store)
            store.close()
    halves = [[pair for one in pairs if half(asked[one]) == side for pair in pairs[one]] for side in (0, 1)]
    every = [pair for one in pairs for pair in pairs[one]]
    blocks = tuple(Block(_(name), len({pair.demand for pair in part}), rows(part)) for name, part in zip(HALVES, halves, strict=True))
    return Evaluation(len(pairs), len(texts), len(every), "judged", embedder.name, rows(every), (), blocks)


def half(asked: tuple[str, str]) -> int:
    """Which half a demand is of, by a hash of what it says."""
    return hashlib.sha256("\n".join(asked).encode()).digest()[-1] % 2


def rows(pairs: Sequence[Pair]) -> tuple[Row, ...]:
    """A row for each way to sort, with intervals over demands, and what is gained by the fit, drawn together."""
    of_demand: dict[str, list[Pair]] = {}
    for one in pairs:
        of_demand.setdefault(one.demand, []).append(one)
    demands = [of_demand[one] for one in sorted(of_demand)]
    if not demands:
        return ()
    draw = np.random.default_rng(0)
    chosen = [range(len(demands)), *(draw.integers(0, len(demands), len(demands)).tolist() for _round in range(ROUNDS))]
    # a demand that is drawn twice is two demands
    drawn = [[[one._replace(demand=f"{turn:05} {one.demand}") for one in demands[at]] for turn, at in enumerate(each)] for each in chosen]
    figures = {name: [_figures(way([one for part in parts for one in part])) for parts in drawn] for name, way in LISTS.items()}
    figures[TURNS] = [{f"P@{count}": _by_turns(parts, count) for count in COUNTS} for parts in drawn]
    figures[GAIN] = [
        {name: by_fit[name] - by_points[name] for name in by_fit}
        for by_fit, by_points in zip(figures["fit"], figures["points"], strict=True)
    ]
    return tuple(Row(name, {each: _interval([one[each] for one in found]) for each in found[0]}) for name, found in figures.items())


def _interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The first value, which is of all demands as they are, and the interval of the others."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return values[0], float(low), float(high)


def _figures(listed: Sequence[Pair]) -> dict[str, float]:
    ids = [f"{one.demand} {one.work}" for one in listed]
    good = {id for id, one in zip(ids, listed, strict=True) if one.is_good}
    found = {f"P@{count}": precision_at(ids, good, count) for count in COUNTS}
    found["AP"] = average_precision(ids, good) or 0.0
    found["AUC"] = auc({id: -float(at) for at, id in enumerate(ids)}, good, ids) or 0.0
    return found


def _by_turns(demands: Sequence[Sequence[Pair]], count: int) -> float:
    """The precision to expect of the first ``count`` if each demand in turn, in any order, gives its best by points, then each its second
    best."""
    hits, left = 0.0, count
    sorted_each = [by_points(one) for one in demands]
    for place in range(max(map(len, sorted_each))):
        round_of = [one[place].is_good for one in sorted_each if len(one) > place]
        hits += min(left, len(round_of)) * sum(round_of) / len(round_of)
        left -= min(left, len(round_of))
    return hits / count


def by_fit(pairs: Sequence[Pair]) -> list[Pair]:
    """The list by fit, ties by ids."""
    return sorted(pairs, key=lambda one: (-one.fit, one.demand, one.work))


def by_points(pairs: Sequence[Pair]) -> list[Pair]:
    """The list by points, ties by ids."""
    return sorted(pairs, key=lambda one: (-one.points, one.demand, one.work))


def capped(listed: Sequence[Pair], most: int) -> list[Pair]:
    """The list with the first ``most`` of each demand."""
    had: dict[str, int] = {}
    kept = []
    for one in listed:
        had[one.demand] = had.get(one.demand, 0) + 1
        if had[one.demand] <= most:
            kept.append(one)
    return kept


LISTS: dict[str, Callable[[Sequence[Pair]], list[Pair]]] = {
    "fit": by_fit,
    "points": by_points,
    f"fit, {EACH} a demand": lambda pairs: capped(by_fit(pairs), EACH),
    f"points, {EACH} a demand": lambda pairs: capped(by_points(pairs), EACH),
}
TURNS, GAIN = "by turns", "fit less points"


def _pairs(
    asked: Mapping[str, tuple[str, str]], grades: Mapping[str, Mapping[str, int]], snapshot: Snapshot, embedder: Embedder
) -> dict[str, list[Pair]]:
    """The judged pairs by demand, each with its fit and points; of demands that say the same the first."""
    found: dict[str, list[Pair]] = {}
    said = set()
    for one in sorted(grades):
        if asked[one] in said or not any(asked[one]):
            continue
        said.add(asked[one])
        title, text = asked[one]
        id = node_id(NodeKind.DEMAND, SOURCE, one)
        need = need_of(Demand(id=id, provenance=Provenance(SOURCE, one), title=title, description=text), snapshot, embedder, AS_OF)
        found[one] = list(_judged(one, need, grades[one], snapshot))
    return found


def _judged(demand: str, need: Need, grades: Mapping[str, int], snapshot: Snapshot) -> list[Pair]:
    ids = {one: node_id(NodeKind.ACHIEVEMENT, SOURCE, one) for one in sorted(grades)}
    text = snapshot.texts.of_node[snapshot.node_rows(ids.values())]
    signals = Signals.of(need.question, need.query, snapshot)
    meaning = exact(need.query, snapshot.segments, text)
    words = signals.completed(text, meaning)
    fits = fit(need.background.distinct(meaning, words, np.ones(len(text))))
    points = np.rint(MILLION * (DEFAULT.meaning * meaning + DEFAULT.words * words))
    each = zip(sorted(grades), fits.tolist(), points.tolist(), strict=True)
    return [Pair(demand, work, fits, points, grades[work] >= RELEVANT) for work, fits, points in each]
