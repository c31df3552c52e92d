"""The one pipeline: a Question to an Answer.

In: a question, a snapshot and the embedder. Out: matches with terms that add up, works, opinion and gaps, or the reason why there is no
credible match. Next: ``desk.ask`` answers by it; ``matcher.evaluate.match``, ``matcher.evaluate.experts``, ``matcher.evaluate.partners``
and ``matcher.evaluate.losses`` measure it.

Recall decides who is scored; the points of the best are computed again in float64 from the facts they cite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from graph.dates import check_date
from graph.errors import InvalidInput, NotFound
from graph.language import _
from graph.model import PREFIX, Achievement, Demand, Expert, Institution, Node, NodeKind
from matcher.columns import tables
from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.index.snapshot import Snapshot
from matcher.question import MILLION, Answer, Question, Role, Want
from matcher.rank import explain
from matcher.rank.beliefs import Beliefs
from matcher.rank.copies import standing
from matcher.rank.display import Shown, displayed
from matcher.rank.filters import Bools
from matcher.rank.left_out import counted
from matcher.rank.recall import Recalled, Signals, recall, within
from matcher.rank.standing import Candidate, Standing, factors, meanings
from matcher.score import DEFAULT, Scored, Weights, best, text_points
from matcher.signals.prepare import prepare
from matcher.signals.query import Floats, Query
from matcher.text.passages import text_of
from matcher.text.small_talk import asks_nothing
from matcher.trust import fusion

ROUNDED = 4 / MILLION
"""What the rounding of terms to points can move two candidates against each other."""


def answer(
    question: Question, snapshot: Snapshot, embedder: Embedder, weights: Weights = DEFAULT,
    *, hearings: Mapping[str, fusion.Hearing] | None = None,
) -> Answer:  # fmt: skip
    """Rank the candidates of a question, by what the snapshot has and with nothing else. ``hearings`` (by asker) are voices of an
    earlier revision to be held. Raises InvalidInput for a question that asks nothing, NotFound for ids that are not there (or may
    not be seen)."""
    about = _checked(question, snapshot)
    question = _with_role(question, about)
    title, text = _wording(question, about)
    weights = weights.wanting(question.want)
    asked = _Asked.of(question, title, text, snapshot, embedder, weights, hearings)
    query, recalled = asked.query, asked.recalled
    works = _Works.of(asked)
    credible = _credible(works, asked)
    ranked = _ranked(asked, works, None if question.among is not None or question.include_weak else credible)
    held = [(one, *asked.beliefs.of(one.row)) for one in ranked.best[: question.k]]
    told = [replace(one, beliefs=terms, opinion=opinion) for one, terms, opinion in held]
    shown = Shown(question, about, f"{title}\n{text}", query, recalled, snapshot, weights, asked.beliefs.history)
    return Answer(
        question=question,
        matches=displayed(shown, _placed(told, ranked, asked)),
        credible=bool(credible.any()),
        reason="" if credible.any() else _reason(works, asked),
        revision=snapshot.cursor.revision,
        scale=snapshot.scale.name,
        model=embedder.name,
        candidates=len(recalled.candidates),
        closed=explain.closed(about, question.as_of) if isinstance(about, Demand) else "",
        left_out=counted(question, snapshot, recalled, asked.bars),
    )


def scores(question: Question, snapshot: Snapshot, embedder: Embedder, weights: Weights = DEFAULT) -> dict[str, int]:
    """The points of the best ``k`` candidates by id, best first, credible or not, without what a person reads."""
    about = _checked(question, snapshot)
    question = _with_role(question, about)
    weights = weights.wanting(question.want)
    asked = _Asked.of(question, *_wording(question, about), snapshot, embedder, weights)
    return {snapshot.id_of(one.row): one.score for one in _ranked(asked, _Works.of(asked)).best[: question.k]}


@dataclass(frozen=True)
class _Asked:
    """A question in the making: what all its candidates are ranked by."""

    question: Question
    query: Query
    recalled: Recalled
    beliefs: Beliefs
    snapshot: Snapshot
    weights: Weights
    bars: Floats
    """Of credibility, by text row."""

    @classmethod
    def of(
        cls, question: Question, title: str, text: str, snapshot: Snapshot, embedder: Embedder, weights: Weights,
        hearings: Mapping[str, fusion.Hearing] | None = None,
    ) -> _Asked:  # fmt: skip
        query = prepare(title, text, snapshot.scale, embedder, weights, keep=embedder.keeps_questions or _is_kept(question))
        signals = Signals.of(question, query, snapshot, weights)
        beliefs = Beliefs(question, snapshot, weights, signals.closeness, hearings)
        bars = _bars(snapshot, f"{title}\n{text}")
        recalled = recall(question, signals, snapshot, weights, beliefs.history if weights.trust_terms else None, bars)
        return cls(question, query, recalled, beliefs, snapshot, weights, bars)


def _checked(question: Question, snapshot: Snapshot) -> Node | None:
    """The node that a question is about, if it names one. Its ids are taken as they are: ``desk.find`` makes them of what a
    person typed."""
    try:
        check_date(question.as_of)
    except ValueError as error:
        raise InvalidInput(str(error), field="as_of") from error
    if question.k < 1:
        raise InvalidInput(_("at least one match must be asked for"), field="k")
    if question.filters.price_max is not None and not question.filters.currency:
        raise InvalidInput(_("names no currency, and prices in several cannot be compared"), field="price_max")
    if question.role and question.want is not Want.PARTNERS:
        raise InvalidInput(_("is a role of partners; nothing else has one"), field="role")
    if question.ties and not question.asker:
        raise InvalidInput(_("needs an asker: nobody's ties are known"), field="ties")
    if question.asker and question.asker in (question.among or ()):
        raise InvalidInput(_("the asker cannot be ranked for itself"), field="among")
    ids = [one for one in (question.about, question.asker) if one]
    found = {one: item for one, item in snapshot.display.get(ids).items() if isinstance(item, Node) and item.id == one}
    for one in ids:
        if one not in found or not question.viewer.sees(found[one]):
            raise NotFound(_("there is no {one} in {url}", one=one, url=snapshot.url))
    if question.asker and not isinstance(found[question.asker], Institution | Expert):
        raise InvalidInput(_("the asker must be an institution or an expert"), field="asker")
    return found.get(question.about or "")


def _with_role(question: Question, about: Node | None) -> Question:
    """The question with the role of partners filled in: who has a result asks for those who would take it."""
    if question.want is not Want.PARTNERS or question.role:
        return question
    return msgspec.structs.replace(question, role=Role.ADOPTERS if isinstance(about, Achievement) else Role.PROVIDERS)


def _bars(snapshot: Snapshot, asked: str) -> Floats:
    """The closeness of a credible answer, by text row; who asks nothing has none."""
    texts = snapshot.texts
    if asks_nothing(asked):
        return np.full(len(texts.languages), np.inf)
    is_demand = texts.columns["kind"] == tables.NODE_CODE[NodeKind.DEMAND]
    works, demands = (snapshot.scale.bars(asked, of_demands=kind)[texts.languages] for kind in (False, True))
    return np.where(is_demand, demands, works)


def _is_kept(question: Question) -> bool:
    """Whether vectors of a question may be kept: not what is asked in words of one's own, nor what is said of a person, who may go."""
    is_ad_hoc = bool(question.text.strip() or question.title.strip())
    return not is_ad_hoc and bool(question.about) and not (question.about or "").startswith(PREFIX[NodeKind.EXPERT])


def _wording(question: Question, about: Node | None) -> tuple[str, str]:
    """The title and text that are asked: the question's own words, with those of the node it is about."""
    said = text_of(about) if about else None
    title = _storable(question.title) or (said.title if said else "")
    parts = [_storable(question.text), " ".join((said.body, said.more)).strip() if said else ""]
    text = "\n".join(part for part in parts if part.strip())
    if not title.strip() and not text.strip():
        raise InvalidInput(_("there is nothing to ask: give a text, or the id of something that has one"), field="text")
    return title, text


def _storable(text: str) -> str:
    """``text`` without what no model reads: NUL and lone surrogates."""
    return text.replace("\0", " ").encode("utf-8", "ignore").decode()


@dataclass(frozen=True)
class _Works:
    """Which candidate (``group``, ascending, by its place among the candidates) stands on which text, and what that text is worth:
    parallel arrays."""

    group: Rows
    text: Rows
    work: Rows
    factor: Floats
    field: Floats

    @classmethod
    def of(cls, asked: _Asked) -> _Works:
        """A work stands once for a candidate, however many edges tie them."""
        recalled = asked.recalled
        once = np.unique(recalled.candidate * len(recalled.signals.words) + recalled.text, return_index=True)[1]
        text = recalled.text[once]
        factor = factors(asked.question, text, recalled.edge[once], asked.snapshot, asked.weights)
        field = meanings(asked.query.feedback, asked.snapshot, text) if asked.query.feedback else np.zeros(len(text))
        group = np.searchsorted(recalled.candidates, recalled.candidate[once])
        return cls(group, text, recalled.work[once], factor, field)

    def __getitem__(self, at: Rows) -> _Works:
        return _Works(self.group[at], self.text[at], self.work[at], self.factor[at], self.field[at])

    def best(self, meaning: Floats, asked: _Asked) -> tuple[Standing, Floats]:
        """What candidates stand on if their works mean this, and the value of each work."""
        words = asked.recalled.signals.completed(self.text, meaning)
        values = self.factor * asked.weights.worth(meaning, words, self.field)
        stands = standing(self.group, self.work, self.text, values, asked.snapshot.texts.ids)
        return Standing(self.group, values, len(asked.recalled.candidates), asked.weights, stands), values


@dataclass(frozen=True)
class _Ranked:
    """The best candidates by exact points, ties by id; and about what every candidate's works add up to, wrong by half of ``slack`` at
    most, -inf for one that is not ranked."""

    best: list[Candidate]
    works: _Works
    pooled: Floats
    slack: float


def _credible(works: _Works, asked: _Asked) -> Bools:
    """Which candidates have a work that is as close as the bar asks."""
    out = np.zeros(len(asked.recalled.candidates), bool)
    out[works.group[asked.recalled.signals.close(works.text, asked.bars[works.text])]] = True
    return out


def _ranked(asked: _Asked, works: _Works, among: Bools | None = None) -> _Ranked:
    """At least ``k`` candidates where there are so many; only some (``among``, by place among the candidates)."""
    question, snapshot, weights, signals = asked.question, asked.snapshot, asked.weights, asked.recalled.signals
    believed = _believed(asked)

    # approximate values tell which candidates, and which of their works, can be among the best
    wrong = 2 * (weights.meaning + weights.words * weights.unsaid) * signals.slack
    slack = wrong * sum(weights.pool) + ROUNDED
    about, values = works.best(signals.meaning[works.text].astype(np.float64), asked)
    pooled = about.pooled if among is None else np.where(among, about.pooled, -np.inf)
    near = np.zeros(len(pooled), bool)
    near[within(pooled + believed / MILLION, question.k, slack)] = True
    near &= pooled > -np.inf
    some = works[np.flatnonzero(near[works.group] & (values >= about.least[works.group] - wrong))]

    # exact values rank those
    meaning = meanings(asked.query, snapshot, some.text)
    words = signals.completed(some.text, meaning)
    exactly, _ = some.best(meaning, asked)
    found = []
    for one in np.flatnonzero(near).tolist():
        few = exactly.best(one)
        signs = (meaning[few], words[few], some.factor[few], some.field[few])
        each = zip(snapshot.texts.ids[some.text[few]].tolist(), *(sign.tolist() for sign in signs), strict=True)
        scored = tuple(Scored(id=name.decode("ascii"), meaning=m, words=w, factor=f, field=near_by) for name, m, w, f, near_by in each)
        key = int(asked.recalled.candidates[one])
        # of an achievement that is listed several times the best row is the candidate
        row = int(snapshot.texts.node[some.text[few[0]]]) if question.want is Want.ACHIEVEMENTS and len(few) else key
        by_text = sum(text_points(best(scored, weights), weights).values())
        found.append(Candidate(row, key, some.text[few].tolist(), scored, by_text + int(believed[one]), by_text))
    found.sort(key=lambda one: (-one.score, snapshot.id_of(one.row)))
    return _Ranked(found, works, pooled, slack)


def _placed(told: Sequence[Candidate], ranked: _Ranked, asked: _Asked) -> list[Candidate]:
    """The candidates with the place that each would have by its works alone, among all that are ranked; who is level shares a place."""
    if asked.beliefs.asker < 0 or not told:
        return list(told)
    points = np.array([one.text_points for one in told])[:, None]
    about = ranked.pooled * MILLION
    unsure = np.abs(about - points) <= ranked.slack * MILLION
    some = ranked.works[np.flatnonzero(unsure.any(axis=0)[ranked.works.group])]
    exactly = np.rint(some.best(meanings(asked.query, asked.snapshot, some.text), asked)[0].pooled * MILLION)
    above = np.where(unsure, exactly > points + 2, about > points)  # what is rounded term by term may differ by 2
    return [replace(one, text_rank=1 + int(count)) for one, count in zip(told, above.sum(axis=1).tolist(), strict=True)]


def _believed(asked: _Asked) -> Rows:
    """The points of the terms of trust together, a candidate."""
    terms = asked.beliefs.everyone.values()
    return np.asarray(sum((points[asked.recalled.candidates] for points in terms), np.zeros(len(asked.recalled.candidates), np.int64)))


def _reason(works: _Works, asked: _Asked) -> str:
    """Why none of the works is credible."""
    signals, listed = asked.recalled.signals, asked.question.include_weak
    if len(asked.bars) and np.isinf(asked.bars).all():
        return explain.nothing_asked(listed=listed)
    if not len(works.text):
        return _("no credible match: nothing that this question may see shares a word or a meaning with it and passes the filters")
    works = works[np.flatnonzero(signals.evident(works.text))]
    if not len(works.text):
        return explain.no_word_shared(listed=listed)
    about, slack = signals.about(works.text)
    about -= asked.bars[works.text]
    texts = works.text[about >= about.max() - 2 * slack]
    near = signals.closeness(texts)
    at = int(np.argmax(near - asked.bars[texts]))
    return explain.too_far(float(near[at]), float(asked.bars[texts[at]]), listed=listed)
