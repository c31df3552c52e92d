"""Recall: which candidates are worth scoring.

In: a question made ready and a snapshot. Out: the texts the question may see with their approximate signals, and the candidate rows of the
best of them. Next: ``matcher.rank.pipeline`` scores them. What else was recalled decides who is scored, never how many points anybody gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.codes import industry_within
from graph.dates import end_of_period, ordinal
from graph.model import Demand, DemandStatus, Edge, Institution, Node, NodeKind
from matcher.columns import places, tables
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Filters, Question, Want
from matcher.score import DEFAULT, Weights
from matcher.signals.meaning import approximate_meaning, exact_meaning
from matcher.signals.query import Floats, Query
from matcher.signals.words import words

DEPTH = 200
"""Texts taken from each of the two rankings, by meaning and by words."""
RANK_OFFSET = 60
"""The constant of reciprocal-rank fusion (Cormack et al., SIGIR 2009)."""

_TEXT_KINDS = {
    Want.PARTNERS: (NodeKind.ACHIEVEMENT, NodeKind.INSTITUTION, NodeKind.EXPERT),
    Want.EXPERTS: (NodeKind.ACHIEVEMENT, NodeKind.EXPERT),
    Want.ACHIEVEMENTS: (NodeKind.ACHIEVEMENT,),
    Want.DEMANDS: (NodeKind.DEMAND,),
    Want.RESOURCES: (NodeKind.RESOURCE,),
}
_CANDIDATE_KINDS = {
    Want.PARTNERS: (NodeKind.INSTITUTION, NodeKind.EXPERT),
    Want.EXPERTS: (NodeKind.EXPERT,),
    Want.ACHIEVEMENTS: (NodeKind.ACHIEVEMENT,),
    Want.DEMANDS: (NodeKind.DEMAND,),
    Want.RESOURCES: (NodeKind.RESOURCE,),
}


@dataclass(frozen=True, slots=True)
class Recalled:
    """Per text row its signals, of meaning an approximate one that is wrong by ``slack`` at most. ``candidates``: node rows, ascending.
    ``candidate``, ``text``, ``edge``: parallel arrays of who stands on which text, ascending by candidate."""

    meaning: npt.NDArray[np.float32]
    slack: float
    words: Floats
    candidates: Rows
    candidate: Rows
    text: Rows
    edge: Rows


def recall(question: Question, query: Query, snapshot: Snapshot, weights: Weights = DEFAULT) -> Recalled:
    """The candidates of a question and all their works that it may see."""
    quantised = [approximate_meaning(query, segment) for segment in snapshot.segments]
    meaning, slack = np.concatenate([values for values, _ in quantised]), max(most for _, most in quantised)
    length = snapshot.scale.length(of_demands=question.want is Want.DEMANDS)
    shared = np.concatenate([words(query, segment, length, weights) for segment in snapshot.segments])
    today = ordinal(question.as_of)
    seen = _visible_texts(question, snapshot, today)
    candidate, text, edge = _links(question, snapshot, seen, today)
    if question.among is not None:
        wanted = snapshot.node_rows(question.among)
        chosen = np.unique(wanted[wanted >= 0])
    else:
        best = _fused(query, snapshot, meaning, slack, shared, np.flatnonzero(seen), max(DEPTH, 2 * question.k), weights)
        chosen = np.unique(candidate[_marked(best, len(seen))[text]])
    chosen = chosen[_passes(question, snapshot, chosen)]
    if question.want is Want.PARTNERS and question.among is None:
        chosen = chosen[~_marked(_inside(snapshot, chosen, today), len(snapshot.nodes))[chosen]]
    kept = _marked(chosen, len(snapshot.nodes))[candidate]
    return Recalled(meaning, slack, shared, chosen, candidate[kept], text[kept], edge[kept])


def exact(query: Query, snapshot: Snapshot, texts: Rows) -> Floats:
    """The meaning signal of some text rows in float64."""
    out = np.zeros(len(texts))
    start = 0
    for segment in snapshot.segments:
        here = np.flatnonzero((texts >= start) & (texts < start + len(segment.ids)))
        out[here] = exact_meaning(query, segment, texts[here] - start)
        start += len(segment.ids)
    return out


def within(values: npt.NDArray[Any], count: int, slack: float) -> Rows:
    """Where the ``count`` highest of ``values`` can be if each is wrong by half of ``slack`` at most."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.flatnonzero(values >= np.partition(values, len(values) - count)[len(values) - count] - slack)


def _visible_texts(question: Question, snapshot: Snapshot, today: int) -> npt.NDArray[np.bool_]:
    """Which texts the question may see: alive, of the kinds it stands on, dated up to ``as_of``, and not above the viewer."""
    rows = snapshot.texts.node
    nodes = snapshot.texts.columns
    kinds = [tables.NODE_CODE[kind] for kind in _TEXT_KINDS[question.want]]
    seen = (rows >= 0) & np.isin(nodes["kind"], kinds) & (nodes["date"] <= today)
    seen &= question.viewer.sees_levels(nodes["visibility"])
    if question.about:
        seen &= rows != snapshot.row(question.about)
    if question.want is Want.DEMANDS:
        known = nodes["status_since"] <= today
        closed = [tables.STATUS_CODE[status] for status in (DemandStatus.SOLVED, DemandStatus.WITHDRAWN)]
        seen &= ~(known & np.isin(nodes["status"], closed)) & ((nodes["deadline"] == 0) | (nodes["deadline"] >= today))
    if question.filters.language:
        of_language = nodes["language"] == tables.LANGUAGE_CODE.get(question.filters.language, -1)
        seen &= of_language
    if question.filters.trl_min is not None:
        holds = (nodes["trl"] > 0) & (nodes["trl_since"] <= today)
        seen &= ~holds | (nodes["trl"] >= question.filters.trl_min)
    if question.filters.price_max is not None:
        seen &= ~(nodes["price"] > question.filters.price_max)
    for column, wanted in _of_texts(question.filters):
        seen &= _has(column, snapshot.texts.column(column), wanted)
    return np.asarray(seen, bool)


def _of_texts(filters: Filters) -> list[tuple[str, tuple[str, ...]]]:
    """The filters over closed lists of works and demands that are set, by column."""
    every = (
        ("maturity", filters.maturities), ("legal_status", filters.legal_statuses), ("licences", filters.licences),
        ("transfer_forms", filters.transfer_forms), ("route", filters.routes),
    )  # fmt: skip
    return [(column, wanted) for column, wanted in every if wanted]


def _has(column: str, values: npt.NDArray[Any], wanted: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Where a value of a closed list is one of the words ``wanted``, or unknown."""
    return np.asarray((values == 0) | (values & tables.bits(column, *wanted) != 0), bool)


def _links(question: Question, snapshot: Snapshot, seen: npt.NDArray[np.bool_], today: int) -> tuple[Rows, Rows, Rows]:
    if question.want not in (Want.PARTNERS, Want.EXPERTS):
        text = np.flatnonzero(seen)
        order = np.argsort(snapshot.texts.node[text], kind="stable")
        return snapshot.texts.node[text][order], text[order], np.full(len(text), -1, np.int64)
    links = snapshot.texts.links
    kinds = [tables.NODE_CODE[kind] for kind in _CANDIDATE_KINDS[question.want]]
    seen_links = (links.candidate >= 0) & seen[links.text] & np.isin(links.kind, kinds)
    seen_links &= links.date <= today
    return links.candidate[seen_links], links.text[seen_links], links.edge[seen_links]


def _fused(
    query: Query,
    snapshot: Snapshot,
    meaning: npt.NDArray[np.float32],
    slack: float,
    shared: Floats,
    rows: Rows,
    depth: int,
    weights: Weights,
) -> Rows:
    """The best of the text ``rows`` by reciprocal-rank fusion of the ``depth`` best by meaning and the ``depth`` best by words."""
    near = rows[within(meaning[rows], depth, 2 * slack)]
    points = np.zeros(len(shared))
    if weights.meaning:
        _rank_points(points, near, exact(query, snapshot, near), depth)
    if weights.words:
        _rank_points(points, rows, shared[rows], depth)
    best = np.flatnonzero(points)
    return _top(best, points[best], 2 * depth)


def _rank_points(points: Floats, rows: Rows, values: Floats, depth: int) -> None:
    top = _top(rows, values, depth)
    points[top] += 1.0 / (RANK_OFFSET + 1 + np.arange(len(top)))


def _top(rows: Rows, values: Floats, count: int) -> Rows:
    """Those of ``rows`` whose ``values`` are the highest above zero, highest first, ties by row."""
    positive = np.flatnonzero(values > 0)
    at = positive[within(values[positive], count, 0.0)]
    return rows[at[np.lexsort((rows[at], -values[at]))][:count]]


def _marked(rows: Rows, count: int) -> npt.NDArray[np.bool_]:
    """Which of ``count`` rows are among ``rows``: np.isin would sort them."""
    out = np.zeros(count, bool)
    out[rows] = True
    return out


def _inside(snapshot: Snapshot, chosen: Rows, today: int) -> Rows:
    """The experts of institutions that are candidates themselves: a person is named there, not ranked beside the employer."""
    edges = snapshot.joins.affiliations
    inside = _marked(chosen, len(snapshot.nodes))[edges.target] & (edges.target >= 0) & (edges.source >= 0)
    return edges.source[inside & (edges.date <= today)]


def _passes(question: Question, snapshot: Snapshot, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which candidates have the kind wanted and pass the filters; an unknown value passes."""
    nodes = snapshot.nodes[rows]
    kept = np.isin(nodes["kind"], [tables.NODE_CODE[kind] for kind in _CANDIDATE_KINDS[question.want]])
    kept &= question.viewer.sees_levels(nodes["visibility"])
    filters = question.filters
    if filters.countries:
        kept &= np.isin(nodes["country"], places.wanted_countries(filters.countries))
    if filters.regions:
        kept &= np.isin(nodes["region"], places.wanted_regions(filters.regions, filters.countries))
    if filters.kinds:
        kept &= np.isin(nodes["category"], [0, *map(places.word_code, filters.kinds)])
    if filters.sizes:
        kept &= _has("size", nodes["size"], filters.sizes)
    if filters.industries or filters.qualifications:
        kept[kept] &= _listed(question, snapshot, rows[kept])
    if question.asker and question.want in (Want.PARTNERS, Want.EXPERTS):
        kept &= rows != snapshot.row(question.asker)
    return np.asarray(kept, bool)


def _listed(question: Question, snapshot: Snapshot, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which candidates have one of the industries and one of the qualifications wanted. These are open lists of any length, so they are
    read from the candidates themselves, of which there are some hundreds, and not from a column."""
    ids = [snapshot.id_of(row) for row in rows.tolist()]
    found = snapshot.display.get(ids)
    return np.array([_fits(question, found.get(one)) for one in ids], bool)


def _fits(question: Question, node: Node | Edge | None) -> bool:
    filters = question.filters
    listed = node.industry if filters.industries and isinstance(node, Institution | Demand) else ()
    if listed and not any(industry_within(one, wanted) for one in listed for wanted in filters.industries):
        return False
    if filters.qualifications and isinstance(node, Institution) and node.qualifications:
        held = [name.casefold() for name, still in (_held(one, question.as_of) for one in node.qualifications) if still]
        return any(one.casefold() in name for one in filters.qualifications for name in held)
    return True


def _held(qualification: str, as_of: str) -> tuple[str, bool]:
    """A qualification's name, and whether it is held on the day ``as_of``: ``name@day`` is up to the end of that (partial) day."""
    name, at, until = qualification.rpartition("@")
    try:
        return (name, end_of_period(until) >= end_of_period(as_of)) if at else (qualification, True)
    except ValueError:
        return qualification, True  # no day follows: it is a name with an @ in it
