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
from typing import Protocol, cast

import msgspec
import numpy as np

from graph.dates import check_date, ordinal
from graph.errors import InvalidInput, NotFound
from graph.model import EdgeKind, Expert, Institution, Node
from graph.store import Reader
from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Match, Opinion, Question, Term, Want, Work
from matcher.rank import explain
from matcher.rank.recall import Recalled, exact, recall, within
from matcher.rank.topic import Topic
from matcher.score import DEFAULT, Scored, Weights, aged, best, fit, text_points, text_terms
from matcher.signals.prepare import prepare
from matcher.signals.query import Floats, Query
from matcher.text.passages import text_of
from matcher.trust import fusion
from matcher.trust.ledger import Ledger
from matcher.trust.opinion import opinion_of

SPARE = 12
"""Candidates beyond k whose points are computed: some of them may be credible where better ones are not."""
FEW = 16
"""Works of a candidate that are looked at exactly: the pool, what could step into it, and what may answer credibly beside it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """``works`` are its best, still without the edges, and ``texts`` their text rows."""

    row: int
    texts: Sequence[int]
    works: tuple[Scored, ...]
    beliefs: tuple[Term, ...]
    opinion: Opinion
    score: int


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
    ranked, recalled, believed = _rank(question, title, text, snapshot, embedder, weights, hearings)
    bar = snapshot.scale.bar(f"{title}\n{text}")
    strong = [one for one in ranked if any(work.fit >= bar for work in one.works)]
    kept = ranked if question.among is not None or question.include_weak else strong
    told = [believed.with_ledger(one) for one in kept[: question.k]]
    matches = _displayed(question, about, f"{title}\n{text}", told, recalled, snapshot, weights)
    return Answer(
        question=question,
        matches=matches,
        credible=bool(strong),
        reason="" if strong else _reason(ranked, recalled, bar),
        revision=snapshot.cursor.revision,
        scale=snapshot.scale.name,
        model=embedder.name,
        candidates=len(recalled.candidates),
    )


def scores(question: Question, snapshot: Snapshot, embedder: Embedder, weights: Weights = DEFAULT) -> dict[str, int]:
    """The points of the best ``k`` candidates by id, best first, credible or not, without what a person reads."""
    about = _checked(question, snapshot)
    ranked, _, _ = _rank(question, *_wording(question, about), snapshot, embedder, weights.wanting(question.want))
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


def _rank(
    question: Question, title: str, text: str, snapshot: Snapshot, embedder: Embedder, weights: Weights,
    hearings: Mapping[str, fusion.Hearing] | None = None,
) -> tuple[list[_Candidate], Recalled, _Believed]:  # fmt: skip
    query = prepare(title, text, snapshot.scale, embedder, weights)
    recalled = recall(question, query, snapshot, weights)
    believed = _believed(question, query, recalled, snapshot, weights, hearings)
    return _ranked(question, query, recalled, snapshot, weights, believed), recalled, believed


def _storable(text: str) -> str:
    """``text`` without what no model reads: NUL and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode()


class _Standing:
    """Works of candidates, best first. ``group`` says, ascending, which of ``count`` candidates each is of."""

    def __init__(self, group: Rows, values: Floats, count: int, weights: Weights) -> None:
        self.order = np.lexsort((-values, group))
        self.start = np.searchsorted(group, np.arange(count + 1))
        place = np.arange(len(group)) - self.start[group]
        share = np.append(weights.pool, 0.0)[np.minimum(place, len(weights.pool))]
        self.pooled: Floats = np.bincount(group, share * values[self.order], count).astype(np.float64)
        """What the ``pool`` best of each candidate add up to."""
        self.least = np.full(count, -np.inf)
        """The value of the last of each candidate's FEW best."""
        self.least[group[place == FEW - 1]] = values[self.order[place == FEW - 1]]

    def best(self, candidate: int) -> Rows:
        """Which are the FEW best of a candidate."""
        return self.order[self.start[candidate] : self.start[candidate + 1]][:FEW]


def _ranked(
    question: Question, query: Query, recalled: Recalled, snapshot: Snapshot, weights: Weights, believed: _Believed
) -> list[_Candidate]:
    """The best candidates by exact points, ties by id: at least k of them where there are so many."""
    count = len(recalled.candidates)
    # a work stands once for a candidate, however many edges tie them
    once = np.unique(recalled.candidate * len(recalled.words) + recalled.text, return_index=True)[1]
    group, text = np.searchsorted(recalled.candidates, recalled.candidate[once]), recalled.text[once]
    words, factor = recalled.words[text], _factors(question, text, recalled.edge[once], snapshot, weights)
    field = _exact(query.feedback, snapshot, text) if query.feedback else np.zeros(len(text))

    # approximate values tell which candidates, and which of their works, can be among the best
    slack = 2 * weights.meaning * recalled.slack
    values = factor * weights.worth(recalled.meaning[text].astype(np.float64), words, field)
    standing = _Standing(group, values, count, weights)
    near = np.zeros(count, bool)
    near[_reach(question, standing.pooled, slack * sum(weights.pool), weights)] = True
    kept = np.flatnonzero(near[group] & (values >= standing.least[group] - slack))

    # exact values rank those
    group, text, words, factor, field = group[kept], text[kept], words[kept], factor[kept], field[kept]
    meaning = _exact(query, snapshot, text)
    standing = _Standing(group, factor * weights.worth(meaning, words, field), count, weights)
    found = []
    for one in _reach(question, np.where(near, standing.pooled, -np.inf), 0.0, weights).tolist():
        few = standing.best(one)
        ids = snapshot.texts.ids[text[few]].tolist()
        signals = zip(ids, *(each[few].tolist() for each in (meaning, words, factor, field)), strict=True)
        works = [Scored(id=one.decode("ascii"), meaning=m, words=w, factor=f, field=near_by) for one, m, w, f, near_by in signals]
        found.append(_candidate(int(recalled.candidates[one]), text[few].tolist(), works, weights, believed))
    return sorted(found, key=lambda one: (-one.score, snapshot.id_of(one.row)))


def _reach(question: Question, pooled: Floats, slack: float, weights: Weights) -> Rows:
    """Which candidates are looked at, if what their works add up to is wrong by half of ``slack`` at most."""
    reach = within(pooled, question.k + SPARE, slack)
    if question.asker and (weights.trust or weights.topic):
        # an opinion can add its weight to one and take it from another: whoever is that near must be looked at too
        reach = np.union1d(reach, within(pooled, question.k, slack + 2 * (weights.trust + weights.topic)))
    return reach


def _factors(question: Question, text: Rows, edge: Rows, snapshot: Snapshot, weights: Weights) -> Floats:
    """What each work counts. Age and speaking of oneself are discounted only where works stand for whoever did them."""
    if question.want not in (Want.PARTNERS, Want.EXPERTS):
        return np.ones(len(text))
    fresh = aged(snapshot.texts.columns["date"][text], ordinal(question.as_of), weights)
    return np.where(edge < 0, weights.profile * fresh, fresh)  # a profile has no date


def _exact(query: Query, snapshot: Snapshot, text: Rows) -> Floats:
    """The exact meaning of each text; one that several candidates stand on is computed once."""
    texts, at = np.unique(text, return_inverse=True)
    return np.asarray(exact(query, snapshot, texts)[at])


def _candidate(row: int, texts: Sequence[int], works: Sequence[Scored], weights: Weights, believed: _Believed) -> _Candidate:
    terms = believed.points(row)
    score = sum(text_points(best(works, weights), weights).values()) + sum(term.points for term in terms)
    return _Candidate(row, texts, tuple(works), terms, Opinion(), score)


class _Believed(Protocol):
    """What the asker believes of candidates: the terms of trust, first without and, for those that will be shown, with the ledger."""

    def points(self, row: int) -> tuple[Term, ...]: ...
    def with_ledger(self, one: _Candidate) -> _Candidate: ...


@dataclass(frozen=True)
class _Nobody:
    """Without an asker nothing is believed, and no trust is computed."""

    weights: Weights

    def points(self, _row: int) -> tuple[Term, ...]:
        return tuple(Term(name=name, points=0) for name in (("trust", "topic") if self.weights.topic else ("trust",)))

    def with_ledger(self, one: _Candidate) -> _Candidate:
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

    def with_ledger(self, one: _Candidate) -> _Candidate:
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
        return fit(float(exact(query, snapshot, np.array([text]))[0]), float(recalled.words[text]))

    trusted = snapshot.trust(weights.trust_settings, question.viewer).on(question.as_of, hearings)
    asker = snapshot.row(question.asker)
    return _Asker(trusted, Topic(question, snapshot, trusted, near, asker, weights.topic), asker, weights)


def _with_edges(candidate: _Candidate, recalled: Recalled, snapshot: Snapshot) -> tuple[Scored, ...]:
    """The works of a candidate with the edges that tie it to them."""
    span = slice(*np.searchsorted(recalled.candidate, (candidate.row, candidate.row + 1)))
    edge, text = recalled.edge[span], recalled.text[span]
    ties = [edge[(text == one) & (edge >= 0)].tolist() for one in candidate.texts]
    return tuple(
        msgspec.structs.replace(work, via=tuple(sorted(map(snapshot.edge_id, edges))))
        for work, edges in zip(candidate.works, ties, strict=True)
    )


def _displayed(
    question: Question,
    about: Node | None,
    asked: str,
    chosen: Sequence[_Candidate],
    recalled: Recalled,
    snapshot: Snapshot,
    weights: Weights,
) -> tuple[Match, ...]:
    works = [_with_edges(candidate, recalled, snapshot) for candidate in chosen]
    stands_on = [best(listed, weights) for listed in works]
    ids = {work.id for listed in stands_on for work in listed} | {snapshot.id_of(candidate.row) for candidate in chosen}
    ids |= {item.facts[0] for candidate in chosen for item in candidate.opinion.items if item.facts}
    found = snapshot.display.get(sorted(ids))
    creators = _creators([work.id for listed in stands_on for work in listed], question, snapshot.display)
    matches = []
    for candidate, listed, few in zip(chosen, works, stands_on, strict=True):
        node = question.viewer.view(cast("Node", found.get(snapshot.id_of(candidate.row))))
        shown = [
            (_work(work, cast("Node", found[work.id]), asked, snapshot), cast("Node", found[work.id]))
            for work in few
            if work.id in found
        ]
        opinion = msgspec.structs.replace(
            candidate.opinion,
            items=tuple(
                msgspec.structs.replace(item, title=getattr(found.get(item.facts[0]), "title", "")) for item in candidate.opinion.items
            ),
        )
        people = dict.fromkeys(name for work, _ in shown for name in creators.get(work.id, ())) if isinstance(node, Institution) else {}
        matches.append(
            Match(
                candidate=node.id,
                kind=node.kind_of_node.value,
                name=getattr(node, "name", "") or getattr(node, "title", "") or node.id,
                score=candidate.score,
                terms=(*text_terms(listed, weights), *candidate.beliefs),
                works=tuple(work for work, _ in shown),
                people=tuple(people),
                trust=opinion,
                gaps=explain.gaps(question, about, node, shown, opinion, snapshot.scale),
            )
        )
    return tuple(matches)


def _work(work: Scored, node: Node, asked: str, snapshot: Snapshot) -> Work:
    return Work(
        id=work.id,
        kind=node.kind_of_node.value,
        title=getattr(node, "title", "") or getattr(node, "headline", "") or getattr(node, "name", "") or "",
        meaning=work.meaning,
        words=work.words,
        factor=work.factor,
        field=work.field,
        via=work.via,
        date=getattr(node, "date", None),
        trl=getattr(node, "trl", None),
        sentence=explain.best_sentence(asked, node, snapshot.scale),
        source=node.provenance.source,
        source_id=node.provenance.source_id,
    )


def _creators(works: Sequence[str], question: Question, shown: Reader) -> dict[str, list[str]]:
    """The names of the experts that created each work and may be seen, by id of the work."""
    if question.want is not Want.PARTNERS:
        return {}
    edges = shown.edges(works, kinds=[EdgeKind.CREATED], direction="in")
    nodes = shown.get({end for edge in edges for end in (edge.source, edge.target)})
    names: dict[str, list[str]] = {}
    for edge in edges:
        expert = nodes.get(edge.source)
        if isinstance(expert, Expert) and question.viewer.sees_edge(edge, nodes):
            names.setdefault(edge.target, []).append(question.viewer.view(expert).name)
    return names


def _reason(ranked: Sequence[_Candidate], recalled: Recalled, bar: float) -> str:
    if not len(recalled.candidates):
        return "no credible match: nothing that this question may see shares a word or a meaning with it and passes the filters"
    nearest = max((work.fit for one in ranked for work in one.works), default=0.0)
    return (
        f"no credible match: the nearest work fits {nearest:.2f}, and everyday questions that no centre can answer come near"
        f" {bar:.2f} here; say more of the technical problem, or feed more works"
    )
