"""The one pipeline: a Question to an Answer.

In: a question, a snapshot and the embedder. Out: matches with terms that add up, works, opinion and gaps, or the reason why there is no
credible match. Next: ``desk.ask`` answers by it; ``matcher.evaluate.match``, ``matcher.evaluate.experts``, ``matcher.evaluate.partners``
and ``matcher.evaluate.losses`` measure it.

Recall decides who is scored; the points of the best are computed again in float64 from the facts they cite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np

from graph.dates import check_date
from graph.errors import InvalidInput, NotFound
from graph.model import Demand, Expert, Institution, Node
from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Opinion, Question, Term, Want
from matcher.rank import explain
from matcher.rank.copies import standing
from matcher.rank.display import Shown, displayed
from matcher.rank.left_out import counted
from matcher.rank.recall import Recalled, recall, within
from matcher.rank.standing import Candidate, Standing, factors, meanings
from matcher.rank.topic import Topic
from matcher.score import DEFAULT, Scored, Weights, best, fit, text_points
from matcher.signals.meaning import exact
from matcher.signals.prepare import prepare
from matcher.signals.query import Floats, Query
from matcher.text.passages import text_of
from matcher.trust import fusion
from matcher.trust.ledger import Ledger
from matcher.trust.opinion import opinion_of

SPARE = 12
"""Candidates beyond k whose points are computed: some of them may be credible where better ones are not."""


def answer(
    question: Question, snapshot: Snapshot, embedder: Embedder, weights: Weights = DEFAULT,
    *, hearings: Mapping[str, fusion.Hearing] | None = None,
) -> Answer:  # fmt: skip
    """Rank the candidates of a question, by what the snapshot has and with nothing else. ``hearings`` (by asker) are voices of an
    earlier revision to be held. Raises InvalidInput for a question that asks nothing, NotFound for ids that are not there (or may
    not be seen)."""
    about = _checked(question, snapshot)
    title, text = _wording(question, about)
    weights = weights.wanting(question.want)
    query = prepare(title, text, snapshot.scale, embedder, weights)
    recalled = recall(question, query, snapshot, weights)
    believed = _believed(question, query, recalled, snapshot, weights, hearings)
    ranked = _ranked(question, query, recalled, snapshot, weights, believed)
    bar = snapshot.scale.bar(f"{title}\n{text}")
    strong = [one for one in ranked if any(work.fit >= bar for work in one.works)]
    kept = ranked if question.among is not None or question.include_weak else strong
    told = [believed.with_ledger(one) for one in kept[: question.k]]
    matches = displayed(Shown(question, about, f"{title}\n{text}", query, recalled, snapshot, weights), told)
    return Answer(
        question=question,
        matches=matches,
        credible=bool(strong),
        reason="" if strong else _reason(ranked, recalled, bar),
        revision=snapshot.cursor.revision,
        scale=snapshot.scale.name,
        model=embedder.name,
        candidates=len(recalled.candidates),
        closed=explain.closed(about, question.as_of) if isinstance(about, Demand) else "",
        left_out=counted(question, query, snapshot, recalled, bar),
    )


def scores(question: Question, snapshot: Snapshot, embedder: Embedder, weights: Weights = DEFAULT) -> dict[str, int]:
    """The points of the best ``k`` candidates by id, best first, credible or not, without what a person reads."""
    about = _checked(question, snapshot)
    weights = weights.wanting(question.want)
    query = prepare(*_wording(question, about), snapshot.scale, embedder, weights)
    recalled = recall(question, query, snapshot, weights)
    ranked = _ranked(question, query, recalled, snapshot, weights, _believed(question, query, recalled, snapshot, weights, None))
    return {snapshot.id_of(one.row): one.score for one in ranked[: question.k]}


def _checked(question: Question, snapshot: Snapshot) -> Node | None:
    """The node that a question is about, if it names one. Its ids are taken as they are: ``desk.find`` makes them of what a
    person typed."""
    try:
        check_date(question.as_of)
    except ValueError as error:
        raise InvalidInput(str(error), field="as_of") from error
    if question.k < 1:
        raise InvalidInput("at least one match must be asked for", field="k")
    if question.filters.price_max is not None and not question.filters.currency:
        raise InvalidInput("names no currency, and prices in several cannot be compared", field="price_max")
    if question.asker and question.asker in (question.among or ()):
        raise InvalidInput("the asker cannot be ranked for itself", field="among")
    ids = [one for one in (question.about, question.asker) if one]
    found = {one: item for one, item in snapshot.display.get(ids).items() if isinstance(item, Node) and item.id == one}
    for one in ids:
        if one not in found or not question.viewer.sees(found[one]):
            raise NotFound(f"there is no {one} in {snapshot.url}")
    if question.asker and not isinstance(found[question.asker], Institution | Expert):
        raise InvalidInput("the asker must be an institution or an expert", field="asker")
    return found.get(question.about or "")


def _wording(question: Question, about: Node | None) -> tuple[str, str]:
    """The title and text that are asked: the question's own words, with those of the node it is about."""
    said = text_of(about) if about else None
    title = _storable(question.title) or (said.title if said else "")
    parts = [_storable(question.text), " ".join((said.body, said.more)).strip() if said else ""]
    text = "\n".join(part for part in parts if part.strip())
    if not title.strip() and not text.strip():
        raise InvalidInput("there is nothing to ask: give a text, or the id of something that has one", field="text")
    return title, text


def _storable(text: str) -> str:
    """``text`` without what no model reads: NUL and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode()


def _ranked(
    question: Question, query: Query, recalled: Recalled, snapshot: Snapshot, weights: Weights, believed: _Believed
) -> list[Candidate]:
    """The best candidates by exact points, ties by id: at least k of them where there are so many."""
    count = len(recalled.candidates)
    # a work stands once for a candidate, however many edges tie them
    once = np.unique(recalled.candidate * len(recalled.words) + recalled.text, return_index=True)[1]
    group, text, work = np.searchsorted(recalled.candidates, recalled.candidate[once]), recalled.text[once], recalled.work[once]
    words, factor = recalled.words[text], factors(question, text, recalled.edge[once], snapshot, weights)
    field = meanings(query.feedback, snapshot, text) if query.feedback else np.zeros(len(text))

    # approximate values tell which candidates, and which of their works, can be among the best
    slack = 2 * weights.meaning * recalled.slack
    values = factor * weights.worth(recalled.meaning[text].astype(np.float64), words, field)
    ids = snapshot.texts.ids
    best_of = Standing(group, values, count, weights, standing(group, work, text, values, ids))
    near = np.zeros(count, bool)
    near[_reach(question, best_of.pooled, slack * sum(weights.pool), weights)] = True
    kept = np.flatnonzero(near[group] & (values >= best_of.least[group] - slack))

    # exact values rank those
    group, text, work = group[kept], text[kept], work[kept]
    words, factor, field = words[kept], factor[kept], field[kept]
    meaning = meanings(query, snapshot, text)
    values = factor * weights.worth(meaning, words, field)
    best_of = Standing(group, values, count, weights, standing(group, work, text, values, ids))
    found = []
    for one in _reach(question, np.where(near, best_of.pooled, -np.inf), 0.0, weights).tolist():
        few = best_of.best(one)
        signals = zip(ids[text[few]].tolist(), *(each[few].tolist() for each in (meaning, words, factor, field)), strict=True)
        works = [Scored(id=each.decode("ascii"), meaning=m, words=w, factor=f, field=near_by) for each, m, w, f, near_by in signals]
        key = int(recalled.candidates[one])
        # of an achievement that is listed several times the best row is the candidate
        row = int(snapshot.texts.node[text[few[0]]]) if question.want is Want.ACHIEVEMENTS and len(few) else key
        found.append(_candidate(row, key, text[few].tolist(), works, weights, believed))
    return sorted(found, key=lambda one: (-one.score, snapshot.id_of(one.row)))


def _reach(question: Question, pooled: Floats, slack: float, weights: Weights) -> Rows:
    """Which candidates are looked at, if what their works add up to is wrong by half of ``slack`` at most."""
    reach = within(pooled, question.k + SPARE, slack)
    if question.asker and (weights.trust or weights.topic):
        # an opinion can add its weight to one and take it from another: whoever is that near must be looked at too
        reach = np.union1d(reach, within(pooled, question.k, slack + 2 * (weights.trust + weights.topic)))
    return reach


def _candidate(row: int, key: int, texts: Sequence[int], works: Sequence[Scored], weights: Weights, believed: _Believed) -> Candidate:
    terms = believed.points(row)
    score = sum(text_points(best(works, weights), weights).values()) + sum(term.points for term in terms)
    return Candidate(row, key, texts, tuple(works), terms, Opinion(), score)


class _Believed(Protocol):
    """What the asker believes of candidates: the terms of trust, first without and, for those that will be shown, with the ledger."""

    def points(self, row: int) -> tuple[Term, ...]: ...
    def with_ledger(self, one: Candidate) -> Candidate: ...


@dataclass(frozen=True)
class _Nobody:
    """Without an asker nothing is believed, and no trust is computed."""

    weights: Weights

    def points(self, _row: int) -> tuple[Term, ...]:
        return tuple(Term(name=name, points=0) for name in (("trust", "topic") if self.weights.topic else ("trust",)))

    def with_ledger(self, one: Candidate) -> Candidate:
        return replace(one, opinion=opinion_of(0.0, 0.0, (), self.weights.trust_settings))


@dataclass(frozen=True)
class _Asker:
    trusted: fusion.TrustOn
    topic: Topic
    asker: int
    weights: Weights

    def points(self, row: int) -> tuple[Term, ...]:
        trust = Term(name="trust", points=self.trusted.points(self.asker, row, self.weights.trust))
        return (trust, Term(name="topic", points=self.topic.points(row))) if self.weights.topic else (trust,)

    def with_ledger(self, one: Candidate) -> Candidate:
        term, opinion = Ledger(self.trusted).term(self.asker, one.row, self.weights.trust)
        beliefs = (term, self.topic.term(one.row)) if self.weights.topic else (term,)
        return replace(one, beliefs=beliefs, opinion=opinion)


def _believed(
    question: Question, query: Query, recalled: Recalled, snapshot: Snapshot, weights: Weights,
    hearings: Mapping[str, fusion.Hearing] | None,
) -> _Believed:  # fmt: skip
    if not question.asker:
        return _Nobody(weights)

    @cache
    def near(text: int) -> float:
        return fit(float(exact(query, snapshot.segments, np.array([text]))[0]), float(recalled.words[text]))

    trusted = snapshot.trust(weights.trust_settings, question.viewer).on(question.as_of, hearings)
    asker = snapshot.row(question.asker)
    return _Asker(trusted, Topic(question, snapshot, trusted, near, asker, weights.topic), asker, weights)


def _reason(ranked: Sequence[Candidate], recalled: Recalled, bar: float) -> str:
    if not len(recalled.candidates):
        return "no credible match: nothing that this question may see shares a word or a meaning with it and passes the filters"
    nearest = max((work.fit for one in ranked for work in one.works), default=0.0)
    return (
        f"no credible match: the nearest work fits {nearest:.2f}, and everyday questions that no centre can answer come near"
        f" {bar:.2f} here; say more of the technical problem, or feed more works"
    )
