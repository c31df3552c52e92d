"""Recall: which candidates are worth scoring.

In: a question made ready and a snapshot. Out: the texts the question may see with their approximate signals, the candidate rows of the
best of them, and what was left out. Next: ``matcher.rank.pipeline`` scores them, ``matcher.rank.left_out`` counts. What else was recalled
decides who is scored, never how many points anybody gets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.model import NodeKind
from matcher.columns import tables
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Ties, Want, adopters_wanted
from matcher.rank.copies import looked_for, works_of
from matcher.rank.filters import CANDIDATE_KINDS, Bools, candidates_pass, is_closed, is_in_another_currency, texts_pass
from matcher.rank.house import House
from matcher.score import DEFAULT, Weights, closeness
from matcher.signals.meaning import approximate_meaning, exact
from matcher.signals.query import Floats, Query
from matcher.signals.segment import Segment
from matcher.signals.words import completed, rate, words

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
_ADOPTERS_TEXTS = (NodeKind.DEMAND, NodeKind.INSTITUTION)
_PROFILES = (NodeKind.INSTITUTION, NodeKind.EXPERT)
STANDING = (Want.PARTNERS, Want.EXPERTS)
"""Where candidates stand on the works of others than themselves."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidates, as node rows, each with a text row that it stands on: parallel."""

    candidate: Rows
    text: Rows

    def __getitem__(self, at: npt.NDArray[Any]) -> Pairs:
        return Pairs(self.candidate[at], self.text[at])


NONE = Pairs(np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Aside:
    """What was left out, by the reason."""

    own_house: Pairs = NONE
    closed: Pairs = NONE
    other_currency: Pairs = NONE
    other_ties: Pairs = NONE


@dataclass(frozen=True, slots=True)
class Signals:
    """Per text row what it shares with a question: of meaning about what it is, wrong by ``slack`` at most; of words what is there, and
    ``rates`` tell what is taken to be shared beyond (``matcher.signals.words``)."""

    query: Query
    segments: Sequence[Segment]
    meaning: npt.NDArray[np.float32]
    slack: float
    words: Floats
    rates: Floats
    credit: Floats
    """What the closeness of each text counts: ``profile`` of the weights for what a candidate says of itself, 1 for any other."""

    @classmethod
    def of(cls, question: Question, query: Query, snapshot: Snapshot, weights: Weights = DEFAULT) -> Signals:
        """Of every text of a snapshot."""
        quantised = [approximate_meaning(query, segment) for segment in snapshot.segments]
        meaning, slack = np.concatenate([values for values, _ in quantised]), max(most for _, most in quantised)
        kinds = snapshot.texts.columns["kind"]
        length = snapshot.scale.length(of_demands=question.want is Want.DEMANDS)
        lengths: Sequence[float | Floats] = [length] * len(snapshot.segments)
        if adopters_wanted(question):  # demands beside profiles
            demands = kinds == tables.NODE_CODE[NodeKind.DEMAND]
            by_text = np.where(demands, snapshot.scale.length(of_demands=True), length)
            lengths = np.split(by_text, np.cumsum([len(segment.ids) for segment in snapshot.segments])[:-1])
        wanted = np.concatenate([words(query, *one, weights) for one in zip(snapshot.segments, lengths, strict=True)])
        rates = np.concatenate([rate(query, segment) for segment in snapshot.segments])
        profiles = np.isin(kinds, [tables.NODE_CODE[kind] for kind in _PROFILES])
        return cls(query, snapshot.segments, meaning, slack, wanted, rates, np.where(profiles, weights.profile, 1.0))

    def completed(self, texts: Rows, meaning: Floats) -> Floats:
        """The words of some text rows with what they are taken to share beyond, if this is their meaning."""
        return completed(self.words[texts], self.rates[texts], meaning)

    def closeness(self, texts: Rows) -> Floats:
        """How close some text rows are to the question, exactly (``matcher.score.closeness``), with their credit."""
        meaning = exact(self.query, self.segments, texts)
        return np.asarray(self.credit[texts] * closeness(meaning, self.completed(texts, meaning)))

    def about(self, texts: Rows) -> tuple[Floats, float]:
        """About how close some text rows are, and the most that is wrong."""
        meaning = self.meaning[texts].astype(np.float64)
        about = self.credit[texts] * closeness(meaning, self.completed(texts, meaning))
        return np.asarray(about), (2.0 + self.query.unsaid) * self.slack

    def evident(self, texts: Rows) -> Bools:
        """Which texts can be credible at all: those that share a word with a question of few."""
        return np.asarray((self.words[texts] > 0) | (not self.query.few), bool)

    def close(self, texts: Rows, bars: Floats) -> Bools:
        """Which texts are as close to the question as their ``bars`` ask, and closer than not at all: parallel arrays."""
        # computed exactly only where the approximate closeness is near the bar
        about, slack = self.about(texts)
        near = np.flatnonzero(np.abs(about - bars) <= slack)
        about[near] = self.closeness(texts[near])
        return np.asarray((about >= bars) & (about > 0) & (self.evident(texts) | (bars <= 0)), bool)


@dataclass(frozen=True, slots=True)
class Recalled:
    """``signals`` of the texts; ``candidates``: node rows, ascending.
    ``candidate``, ``text``, ``edge``, ``work``: parallel arrays of who stands on which text, ascending by candidate; of one candidate,
    texts of one ``work`` are the same work, and a text that is listed once is its own. An achievement is a work: its candidate is one row
    of it."""

    signals: Signals
    candidates: Rows
    candidate: Rows
    text: Rows
    edge: Rows
    work: Rows
    house: House
    aside: Aside


def recall(
    question: Question, signals: Signals, snapshot: Snapshot, weights: Weights = DEFAULT,
    history: Bools | None = None, floors: Floats | None = None,
) -> Recalled:  # fmt: skip
    """The candidates of a question and all their works that it may see. Whom the asker has a ``history`` with (by node row) is a candidate
    too, if one of its works is as close as ``floors`` (by text row) ask: a tie alone brings nobody in."""
    today = ordinal(question.as_of)
    house = House(question, snapshot, today)
    history = np.zeros(len(snapshot.nodes), bool) if history is None else history
    seen, links, aside = visible(question, snapshot, house, history, today)
    marks = snapshot.texts.shared_marks
    if question.among is not None:
        wanted = snapshot.node_rows(question.among)
        chosen = np.unique(wanted[wanted >= 0])
        aside = Aside(*(pairs[_marked(chosen, len(snapshot.nodes))[pairs.candidate]] for pairs in _each(aside)))
        chosen = chosen[~_left(question, snapshot, house, history, seen)[chosen]]
    else:
        listed = np.flatnonzero(seen & marks.has)
        work = works_of(marks, listed)
        seen[listed] = False
        seen[looked_for(listed, work, signals.meaning[listed] + signals.words[listed])] = True  # many rows of one work take one place
        best = _fused(signals, np.flatnonzero(seen), max(DEPTH, 2 * question.k), weights)
        reached = _marked(best, len(seen))
        reached[listed] = np.isin(work, work[reached[listed]])
        if question.want is Want.ACHIEVEMENTS and len(listed):
            links = links.as_works(listed, work, snapshot.texts.node)
        chosen = np.unique(links.candidate[reached[links.text]])
        if question.want in STANDING and floors is not None:
            known = links[history[links.candidate]]
            chosen = np.union1d(chosen, known.candidate[signals.close(known.text, floors[known.text])])
    chosen = chosen[candidates_pass(question, snapshot, chosen, today)]
    if question.want is Want.PARTNERS and question.among is None:
        chosen = chosen[~snapshot.employed(chosen, today)]
    links = links[_marked(chosen, len(snapshot.nodes))[links.candidate]]
    if question.want in STANDING:
        links = Links(links.candidate, links.text, links.edge, works_of(marks, links.text, links.candidate))
    return Recalled(signals, chosen, links.candidate, links.text, links.edge, links.work, house, aside)


def within(values: npt.NDArray[Any], count: int, slack: float) -> Rows:
    """Where the ``count`` highest of ``values`` can be if each is wrong by half of ``slack`` at most."""
    if len(values) <= count:
        return np.arange(len(values))
    return np.flatnonzero(values >= np.partition(values, len(values) - count)[len(values) - count] - slack)


@dataclass(frozen=True, slots=True)
class Links:
    """Who stands on which text: parallel arrays, as in ``Recalled``."""

    candidate: Rows
    text: Rows
    edge: Rows
    work: Rows

    def __getitem__(self, at: npt.NDArray[Any]) -> Links:
        return Links(self.candidate[at], self.text[at], self.edge[at], self.work[at])

    def as_works(self, listed: Rows, work: Rows, node: Rows) -> Links:
        """These of texts that speak for themselves, with the rows of one work as one candidate."""
        of_text = np.full(len(node), -1, np.int64)
        of_text[listed] = work
        named = np.where(of_text[self.text] >= 0, of_text[self.text], self.text)
        candidate = node[named]
        order = np.argsort(candidate, kind="stable")
        return Links(candidate[order], self.text[order], self.edge[order], named[order])


def _each(aside: Aside) -> tuple[Pairs, ...]:
    return aside.own_house, aside.closed, aside.other_currency, aside.other_ties


def visible(question: Question, snapshot: Snapshot, house: House, history: Bools, today: int) -> tuple[Bools, Links, Aside]:
    """Which texts the question looks at, who stands on them (by candidate), and what was left out for a reason that is counted."""
    seen = _visible_texts(question, snapshot, today) & texts_pass(question, snapshot, today)
    closed = other = NONE
    if question.want is Want.DEMANDS or adopters_wanted(question):
        over = is_closed(snapshot, today)
        closed = _pairs(_links(question, snapshot, seen & over, today))
        seen &= ~over
    if question.filters.price_max is not None:
        dear = is_in_another_currency(question, snapshot)
        other = _pairs(_links(question, snapshot, seen & dear, today))
        seen &= ~dear
    links = _links(question, snapshot, seen, today)
    if not house or question.want not in (*STANDING, Want.ACHIEVEMENTS):
        return seen, links, Aside(NONE, closed, other)
    if question.want is Want.ACHIEVEMENTS:
        inside = _house_works(question, snapshot, house, seen, today)[links.text]
    else:
        left = _left(question, snapshot, house, history, seen)
        inside = left[links.candidate]
        other = other[~left[other.candidate]]
    seen &= ~_only(links.text, inside, len(seen))
    own = _pairs(links[inside])
    own = own[~np.isin(own.candidate, house.selves)]
    by_ties = (~house.members[own.candidate] | question.own_house) & (question.want in STANDING)
    return seen, links[~inside], Aside(own[~by_ties], closed, other, own[by_ties])


def _left(question: Question, snapshot: Snapshot, house: House, history: Bools, seen: Bools) -> Bools:
    """By node row, who is left out for the asker's sake: the house, or, where that is asked for, whoever asks; of achievements those whose
    texts are not seen."""
    out = np.zeros(len(snapshot.nodes), bool)
    if not house:
        return out
    if question.want in STANDING:
        out[list(house.selves)] = True
        if question.ties:
            out |= history != (question.ties is Ties.KNOWN)
        return out if question.own_house else out | house.members
    if question.want is Want.ACHIEVEMENTS:
        texts = snapshot.texts.node
        out[texts[(texts >= 0) & ~seen]] = True
    return out


def _pairs(links: Links) -> Pairs:
    return Pairs(links.candidate, links.text)


def _only(text: Rows, inside: Bools, count: int) -> Bools:
    """By text row, whether all that stand on it are ``inside``, and any are."""
    out = np.zeros(count, bool)
    out[text[inside]] = True
    out[text[~inside]] = False
    return out


def _house_works(question: Question, snapshot: Snapshot, house: House, seen: Bools, today: int) -> Bools:
    """By text row, which works are the house's alone: all who own it are of the house or, if nobody does, all who created it."""
    if question.own_house:
        return np.zeros(len(seen), bool)
    links = snapshot.texts.links
    tied = (links.edge >= 0) & seen[links.text] & (links.date <= today) & (links.candidate >= 0)
    tied &= snapshot.sees(question.viewer, links.candidate)
    owns = links.kind == tables.NODE_CODE[NodeKind.INSTITUTION]
    owned = _marked(links.text[tied & owns], len(seen))
    counts = tied & (owns | ~owned[links.text])
    return _only(links.text[counts], house.members[links.candidate[counts]], len(seen))


def _visible_texts(question: Question, snapshot: Snapshot, today: int) -> Bools:
    """Which texts the question may see: alive, of the kinds it stands on, dated up to ``as_of``, and not above the viewer."""
    rows = snapshot.texts.node
    nodes = snapshot.texts.columns
    kinds = [tables.NODE_CODE[kind] for kind in (_ADOPTERS_TEXTS if adopters_wanted(question) else _TEXT_KINDS[question.want])]
    seen = (rows >= 0) & np.isin(nodes["kind"], kinds) & (nodes["date"] <= today)
    seen &= snapshot.sees(question.viewer, rows)
    if question.about:
        seen &= rows != snapshot.row(question.about)
    return np.asarray(seen, bool)


def _links(question: Question, snapshot: Snapshot, seen: Bools, today: int) -> Links:
    if question.want not in STANDING:
        text = np.flatnonzero(seen)
        text = text[np.argsort(snapshot.texts.node[text], kind="stable")]
        return Links(snapshot.texts.node[text], text, np.full(len(text), -1, np.int64), text)
    links = snapshot.texts.adopters if adopters_wanted(question) else snapshot.texts.links
    kinds = [tables.NODE_CODE[kind] for kind in CANDIDATE_KINDS[question.want]]
    seen_links = (links.candidate >= 0) & seen[links.text] & np.isin(links.kind, kinds)
    seen_links &= links.date <= today
    if len(links.candidate):
        seen_links &= snapshot.sees(question.viewer, links.candidate)
    text = links.text[seen_links]
    return Links(links.candidate[seen_links], text, links.edge[seen_links], text)


def _fused(signals: Signals, rows: Rows, depth: int, weights: Weights) -> Rows:
    """The best of the text ``rows`` by reciprocal-rank fusion of the ``depth`` best by meaning and the ``depth`` best by words."""
    near = rows[within(signals.meaning[rows], depth, 2 * signals.slack)]
    points = np.zeros(len(signals.words))
    if weights.meaning:
        _rank_points(points, near, exact(signals.query, signals.segments, near), depth)
    if weights.words:
        _rank_points(points, rows, signals.words[rows], depth)
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
