"""Which candidates are worth scoring.

In: a question made ready and a snapshot. Out: the texts the question may see with their approximate signals, and the candidate
rows of the best of them. What else was recalled decides who is scored, never how many points anybody gets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.ids import WIDTH
from graph.model import DemandStatus, NodeKind
from matcher import tables
from matcher.question import Question, Want
from matcher.score import DEFAULT, Weights
from matcher.signals import Asked, Floats, bm25, meaning, saturate
from matcher.snapshot import Rows, Snapshot

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
    """Per text row: whether the question may see it, and its signals. ``candidates``: node rows, ascending. ``candidate``,
    ``text``, ``edge``: parallel arrays of who stands on which text, ascending by candidate."""

    meaning: npt.NDArray[np.float32]
    words: Floats
    candidates: Rows
    candidate: Rows
    text: Rows
    edge: Rows


def recall(question: Question, asked: Asked, snapshot: Snapshot, weights: Weights = DEFAULT) -> Recalled:
    """The candidates of a question and all their works that it may see."""
    by_meaning = np.concatenate([meaning(asked, segment) for segment in snapshot.segments])
    scores = np.concatenate([bm25(asked, segment, snapshot.scale) for segment in snapshot.segments])
    words = saturate(scores, asked.attainable, weights)
    seen = visible_texts(question, snapshot)
    candidate, text, edge = _links(question, snapshot, seen)
    if question.among is not None:
        # a longer text would be cut to the width of an id
        wanted = snapshot.node_rows([one.encode() for one in question.among if len(one) == WIDTH and one.isascii()])
        chosen = np.unique(wanted[wanted >= 0])
    else:
        best = _fused(by_meaning, words, seen, max(DEPTH, 2 * question.k), weights)
        chosen = np.unique(candidate[np.isin(text, best)])
    chosen = chosen[_passes(question, snapshot, chosen)]
    if question.want is Want.PARTNERS and question.among is None:
        chosen = chosen[~np.isin(chosen, _inside(question, snapshot, chosen))]
    kept = np.isin(candidate, chosen)
    return Recalled(by_meaning, words, chosen, candidate[kept], text[kept], edge[kept])


def visible_texts(question: Question, snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    """Which texts the question may see: alive, of the kinds it stands on, dated up to ``as_of``, and not above the viewer."""
    rows = snapshot.text_node
    nodes = snapshot.text_columns
    kinds = [tables.NODE_CODE[kind] for kind in _TEXT_KINDS[question.want]]
    as_of = ordinal(question.as_of)
    seen = (rows >= 0) & np.isin(nodes["kind"], kinds) & (nodes["date"] <= as_of)
    seen &= nodes["visibility"] <= tables.VISIBILITY_CODE[question.viewer.clearance]
    if question.about:
        seen &= rows != snapshot.row(question.about)
    if question.want is Want.DEMANDS:
        known = nodes["status_since"] <= as_of
        closed = [tables.STATUS_CODE[status] for status in (DemandStatus.SOLVED, DemandStatus.WITHDRAWN)]
        seen &= ~(known & np.isin(nodes["status"], closed)) & ((nodes["ended"] == 0) | (nodes["ended"] >= as_of))
    if question.filters.language:
        of_language = nodes["language"] == tables.LANGUAGE_CODE.get(question.filters.language, -1)
        seen &= of_language
    if question.filters.trl_min is not None:
        holds = (nodes["trl"] > 0) & (nodes["trl_since"] <= as_of)
        seen &= ~holds | (nodes["trl"] >= question.filters.trl_min)
    if question.filters.price_max is not None:
        seen &= ~(nodes["price"] > question.filters.price_max)
    return np.asarray(seen, bool)


def _links(question: Question, snapshot: Snapshot, seen: npt.NDArray[np.bool_]) -> tuple[Rows, Rows, Rows]:
    if question.want not in (Want.PARTNERS, Want.EXPERTS):
        text = np.flatnonzero(seen)
        order = np.argsort(snapshot.text_node[text], kind="stable")
        return snapshot.text_node[text][order], text[order], np.full(len(text), -1, np.int64)
    links = snapshot.links
    kinds = [tables.NODE_CODE[kind] for kind in _CANDIDATE_KINDS[question.want]]
    held = (links.candidate >= 0) & seen[links.text] & np.isin(links.kind, kinds)
    held &= links.date <= ordinal(question.as_of)
    return links.candidate[held], links.text[held], links.edge[held]


def _fused(by_meaning: npt.NDArray[np.float32], words: Floats, seen: npt.NDArray[np.bool_], depth: int, weights: Weights) -> Rows:
    """The ``depth`` best texts of either ranking by reciprocal-rank fusion, both taken to ``depth``."""
    points = np.zeros(len(seen))
    for signal, weight in ((by_meaning, weights.meaning), (words, weights.words)):
        if weight:
            top = _top(np.where(seen, signal, 0.0), depth)
            points[top] += 1.0 / (RANK_OFFSET + 1 + np.arange(len(top)))
    return _top(points, 2 * depth)


def _top(values: npt.NDArray[np.floating[npt.NBitBase]] | Floats, count: int) -> Rows:
    """The rows of the highest values above zero, highest first, ties by row."""
    if len(values) > count:
        rows = np.argpartition(-values, count)[:count]
        rows = np.flatnonzero(values >= values[rows].min())
    else:
        rows = np.arange(len(values))
    rows = rows[values[rows] > 0]
    return np.asarray(rows[np.lexsort((rows, -values[rows]))][:count], np.int64)


def _inside(question: Question, snapshot: Snapshot, chosen: Rows) -> Rows:
    """The experts of institutions that are candidates themselves: a person is named there, not ranked beside the employer."""
    edges = snapshot.affiliations
    edges = edges[snapshot.edges["date"][edges] <= ordinal(question.as_of)]
    return snapshot.edge_source[edges][np.isin(snapshot.edge_target[edges], chosen)]


def _passes(question: Question, snapshot: Snapshot, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which candidates have the kind wanted and pass the filters; an unknown value passes."""
    nodes = snapshot.nodes[rows]
    kept = np.isin(nodes["kind"], [tables.NODE_CODE[kind] for kind in _CANDIDATE_KINDS[question.want]])
    for field, wanted in (
        ("country", question.filters.countries),
        ("region", question.filters.regions),
        ("category", question.filters.kinds),
    ):
        if wanted:
            kept &= np.isin(nodes[field], [0, *map(tables.word_code, wanted)])
    if question.asker and question.want in (Want.PARTNERS, Want.EXPERTS):
        kept &= rows != snapshot.row(question.asker)
    return np.asarray(kept, bool)
