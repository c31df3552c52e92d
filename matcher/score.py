"""Signals to points: pure functions and every weight of the ranking in one place.

In: a candidate's works with their meaning, words and field. Out: text terms whose integer points add up, and the weights. Next:
``matcher.rank.pipeline`` adds the terms of trust (``matcher.rank.beliefs``); ``matcher.signals.words`` and ``matcher.signals.prepare``
read the weights. Each signal is on a scale that no other candidate moves.

    meaning(q, d) = max(0, mean of [best cosine of a window of q, best of a sentence, mean of the best three sentences]),
                    each taken over the passages of d; all vectors centred on the mean of their language (those of q on that of
                    the demands) and made unit; with an English model the mean of both models' cosines where both texts are in English;
                    of a text in the other language ``across`` times the mean of that of q and that of its gloss, at most 1
    words(q, d)   = s / (s + a * S^p)   s: BM25 of q and d, a word of many demands counting less; S: the most that any text could
                    score for q (every tf infinite), as asked or as translated, whichever is larger; s as asked or as translated, likewise;
                    of a text in the other language ``unsaid`` * meaning more, at most 1
    field(q, d)   = max(0, best cosine of the field of q over the passages of d)   the field: the mean of the works nearest to q in the
                    sample of the Scale; only where experts are asked for
    factor        = lasting + (1 - lasting) * 2^(-age / halflife) of a work of a partner or expert; where it speaks of itself, ``profile``
                    times that of a work without a date
    work          = factor * (W_meaning * meaning + W_words * words + W_field * field)
    text term     = sum over the best works, best first, of pool[i] * factor * W * signal; a work that is listed several times
                    counts once, as the best of its rows
    terms of trust = weight * (r - s) / (r + s + half), see ``matcher.trust.terms``
    fit           = 1 / (1 + e^-(slope * points + level)) of the text terms' points together: the technical fit of a candidate, in [0, 1].
                    It compares between questions, and trust has no part in it
    closeness     = meaning * (1 + words) of a work     compared with the bar of the Scale; it decides who is credible and gives no points
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from matcher.question import MILLION, Term, Want
from matcher.trust.decay import remaining
from matcher.trust.fusion import DIRECT, HEARD, OWN
from matcher.trust.settings import SETTINGS, TrustSettings
from matcher.trust.terms import TOPIC, TrustTerm

Number = TypeVar("Number", float, npt.NDArray[np.float64])


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The weights of the ranking. Chosen on development labels; docs/scoring.md tells which and what was measured."""

    meaning: float = 1.0
    words: float = 1.8
    field: float = 0.0
    trust: float = 0.1
    """Of the opinion. This and the three that follow are also caps: none can move a candidate by more, and 0 leaves a term out."""
    dealings: float = 0.2
    """Of one's own dealings and those of one's larger body, which say more of who is taken than an opinion does."""
    topic: float = 0.3
    """Of one's own dealings as far as they are about what is asked."""
    heard: float = 0.3
    """Of what those whom one trusts have been through with a candidate: partners of partners."""
    dealings_half: float = 0.05
    """The evidence that makes half of ``dealings``, in completions of today; a participation of two weighs .2."""
    topic_half: float = 0.02
    """The same of ``topic``."""
    heard_half: float = 0.05
    """The same of ``heard``."""
    narrow: float = 3.0
    """The breadth of an asker for whom ``dealings`` and ``heard`` count half: what it has been through with everybody, in completions of
    today. Whoever has dealt with thousands says little by having dealt with one."""
    trust_settings: TrustSettings = SETTINGS
    """The constants of the trust model; its ingredients can be left out one by one."""
    saturation: float = 0.3
    """``a`` of the words formula: the share of the attainable score at which words count half."""
    attainable: float = 0.9
    """``p`` of the words formula: how the half point grows with the length of the question."""
    title: float = 2.0
    """How many times more a word of the question's title counts than one of its text."""
    pool: tuple[float, ...] = (1.0, 0.1, 0.05)
    """What the best, second and third work of a candidate add: several works beat one, size alone does not."""
    experts: tuple[float, ...] = (0.247, 0.198, 0.158, 0.126, 0.101, 0.081, 0.065, 0.052, 0.041, 0.033, 0.027, 0.021)
    """``pool`` where experts are asked for: what a person knows shows in most of what they did (.8 to the power of the place, and
    the sum of ``pool``)."""
    across: float = 1.2
    """What meaning counts between a question and a text in the other language: the mean of two cosines, of the question and of its gloss,
    is so much lower among the nearest texts than that of the same question asked in their language."""
    unsaid: float = 0.1
    """What a text in the other language is taken to share beyond the translation, for each unit of meaning."""
    experts_words: float = 0.2
    """The share of ``words`` that counts where experts are asked for: who knows a topic has other words for it in each work."""
    experts_field: float = 0.5
    """``field`` where experts are asked for: who knows the field of a question may never have worked on just that."""
    halflife: float = 8.0
    """Years in which half of what age takes from a partner's work is gone: whoever works on it now is nearer than who once did."""
    lasting: float = 0.5
    """The share of its value that a work never loses; 1 leaves age out. Of one without a date see ``trust_settings.unknown_age``."""
    fit: tuple[float, float] = (3.8, -3.1)
    """``slope`` and ``level`` of the fit: how often works of so many points were judged good (docs/evaluation.md)."""
    experts_fit: tuple[float, float] = (14.0, -5.0)
    """``fit`` where experts are asked for, whose points come from another pool."""
    profile: float = 0.8
    """What a candidate says of itself, against a result without a date that it has to show."""
    sentences: bool = True
    """Whether a long question is also asked sentence by sentence."""
    demands: bool = True
    """Whether a question is measured against what the demands of the Scale have in common."""

    def worth(self, meaning: Number, words: Number, field: Number) -> Number:
        """What signals of a work add up to, before its factor; of numbers, or of arrays element by element."""
        return self.meaning * meaning + self.words * words + self.field * field

    @property
    def trust_terms(self) -> tuple[TrustTerm, ...]:
        """The terms of trust that count."""
        terms = (
            TrustTerm("trust", self.trust, self.trust_settings.prior),
            TrustTerm("dealings", self.dealings, self.dealings_half, DIRECT, self.narrow),
            TrustTerm(TOPIC, self.topic, self.topic_half, (OWN,)),
            TrustTerm("heard", self.heard, self.heard_half, (HEARD,), self.narrow),
        )
        return tuple(term for term in terms if term.weight)

    def wanting(self, want: Want) -> Weights:
        """The weights for what is wanted: with the pool, the words and the field of experts, or as they are."""
        if want is not Want.EXPERTS:
            return self
        words = self.experts_words * self.words
        return msgspec.structs.replace(self, pool=self.experts, words=words, field=self.experts_field, fit=self.experts_fit)


DEFAULT = Weights()

FIT_BANDS = (("strong", 0.4), ("good", 0.2), ("fair", 0.1), ("weak", 0.0))
"""The words for a fit, and from where on each is said."""


class Scored(msgspec.Struct, frozen=True):
    """A work of a candidate with its signals in [0, 1]. ``via``: the edges that tie it to the candidate, none for a profile;
    ``factor``: what it counts, in (0, 1]. ``marks``: works of a candidate that share one are the same work, listed several times."""

    id: str
    meaning: float
    words: float
    via: tuple[str, ...] = ()
    factor: float = 1.0
    field: float = 0.0
    marks: tuple[int, ...] = ()

    def value(self, weights: Weights) -> float:
        return self.factor * weights.worth(self.meaning, self.words, self.field)


def closeness(meaning: Number, words: Number) -> Number:
    """How credibly a work answers, in [0, 2]: meaning * (1 + words), of numbers, or of arrays element by element. A word shared by chance
    counts nothing without meaning."""
    return meaning * (1.0 + words)


def fit(points: int, weights: Weights = DEFAULT) -> float:
    """The technical fit of a candidate, in [0, 1], whose text terms add up to ``points``: how well its works answer, by a logistic curve
    that was fitted on judged pairs of many questions. The more points, the higher; whoever else is listed, and what the asker believes,
    do not move it."""
    slope, level = weights.fit
    return round(1.0 / (1.0 + math.exp(-(slope * points / MILLION + level))), 6)


def band(fit: float) -> str:
    """A fit in one word, of FIT_BANDS."""
    return next(name for name, least in FIT_BANDS if fit >= least)


def aged(dates: npt.NDArray[np.int32], as_of: int, weights: Weights) -> npt.NDArray[np.float64]:
    """The factor of works with these dates on the day ``as_of``, both ordinals (0: unknown); in (``lasting``, 1]."""
    left = np.minimum(remaining(dates, as_of, weights.halflife, weights.trust_settings), 1.0)
    return np.asarray(weights.lasting + (1.0 - weights.lasting) * left, np.float64)


def best(works: Iterable[Scored], weights: Weights = DEFAULT) -> list[Scored]:
    """The works that a candidate stands on, best first, ties by id; as many as ``pool`` is long. A work that is listed several times
    counts once, as the best of its rows."""
    ranked = sorted(works, key=lambda work: (-work.value(weights), work.id))
    if any(work.marks for work in ranked):
        ranked = [rows[0] for rows in same_works(ranked)]
    return ranked[: len(weights.pool)]


def same_works(works: Iterable[Scored]) -> list[list[Scored]]:
    """Works in groups of the same one, in the order of their first: those that share a mark, or that a chain of others joins."""
    groups: dict[int, list[Scored]] = {}
    holder: dict[int, int] = {}
    for at, work in enumerate(works):
        before = sorted({holder[mark] for mark in work.marks if mark in holder})
        first = before[0] if before else at
        for other in before[1:]:
            moved = groups.pop(other)
            groups[first] += moved
            holder.update((mark, first) for one in moved for mark in one.marks)
        groups.setdefault(first, []).append(work)
        holder.update(dict.fromkeys(work.marks, first))
    return list(groups.values())


def text_terms(works: Sequence[Scored], weights: Weights = DEFAULT) -> list[Term]:
    """The terms of what the works of a candidate say: meaning, words and, where it counts, field (of all works, or the best few and
    one more, with every row of these).

    Each cites its best works and the edges to them; ``without`` is the term after one of those facts is removed. Another row of one
    of these works steps in for it, and is cited itself only where its own removal would change the term.
    """
    chosen = best(works, weights)
    points = text_points(chosen, weights)
    without: dict[str, dict[str, int]] = {name: {} for name in points}
    for work in (*chosen, *_bridges(works, chosen)):
        rest = text_points(best([w for w in works if w.id != work.id], weights), weights)
        if work not in chosen and rest == points:
            continue
        for name, value in points.items():
            without[name][work.id] = rest[name]
            # one of several edges to the same work can go without harm
            without[name].update(dict.fromkeys(work.via, rest[name] if len(work.via) == 1 else value))
    return [Term(name=name, points=value, facts=tuple(without[name]), without=without[name]) for name, value in points.items()]


def _bridges(works: Sequence[Scored], chosen: Sequence[Scored]) -> list[Scored]:
    """The other rows of chosen works whose removal may take one apart: none, where one mark is on all of its rows."""
    if not any(work.marks for work in works):
        return []
    ids = {work.id for work in chosen}
    groups = [rows for rows in same_works(works) if len(rows) > 2 and any(work.id in ids for work in rows)]
    apart = [rows for rows in groups if not set.intersection(*(set(work.marks) for work in rows))]
    return [work for rows in apart for work in rows if work.id not in ids]


def text_points(chosen: Sequence[Scored], weights: Weights = DEFAULT) -> dict[str, int]:
    """The points of each text term for the ``best`` works of a candidate."""
    pairs = list(zip(weights.pool, chosen, strict=False))
    counted = {"meaning": weights.meaning, "words": weights.words} | ({"field": weights.field} if weights.field else {})
    return {
        name: round(MILLION * weight * sum(share * work.factor * getattr(work, name) for share, work in pairs))
        for name, weight in counted.items()
    }
