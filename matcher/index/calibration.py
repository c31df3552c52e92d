"""A corpus measured: what makes a Scale of texts, and when it is due again.

In: the texts of a store with their postings and vectors. Out: a Scale with its bars of credibility and its sample. Next:
``matcher.index.generations`` keeps it in the store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.embedding.vectors import Embedded
from matcher.score import closeness
from matcher.signals.meaning import approximate_meaning, exact_meaning
from matcher.signals.postings import Postings, count_terms
from matcher.signals.prepare import prepare
from matcher.signals.scale import (
    LANGUAGES,
    LEAST,
    PRIOR,
    SAMPLE,
    Bars,
    Bools,
    Scale,
    background,
    languages,
    measure,
)
from matcher.signals.segment import Segment
from matcher.signals.words import completed, rate, words
from matcher.text.passages import Text

DRIFT = 0.2
"""Share by which the number of texts, or of demands or works alone, may differ from the Scale's before ``dovetail index`` measures
it anew."""
DEVIATIONS = 4.0
"""How many standard deviations above the mean of everyday questions a credible answer lies."""
UNANSWERED = 0.9
"""The share of everyday questions, those that come least near, that this is counted from: in a large corpus one or two do find an answer (a
robot that learns to ride a bicycle), and would put the bar above the questions that it is for."""


class Said(NamedTuple):
    """What a node says, and whether it stays out of the Scale (others see less), or counts as a demand or a work there."""

    id: str
    text: Text
    is_hidden: bool
    demand: bool
    work: bool


Texts = list[Said]


def drifted(scale: Scale, texts: Texts) -> bool:
    """Whether a Scale is too far from the texts that would be measured now, or holds what is no longer for everybody to see."""
    texts = [said for said in texts if not said.is_hidden]
    if len(scale.sampled) and not set(scale.sampled.tolist()) <= {said.id.encode() for said in texts}:
        return True
    demands, had = sum(said.demand for said in texts), scale.demands.count if scale.demands else 0
    apart = ((demands, had), (len(texts) - demands, scale.texts - had))
    return abs(len(texts) - scale.texts) > DRIFT * scale.texts or any(abs(now - then) > DRIFT * (then + PRIOR) for now, then in apart)


def measured(texts: Texts, postings: Postings, embedded: Embedded, passages: list[str], embedder: Embedder) -> Scale:
    """A Scale of the texts that are not hidden, with the bars of credibility (what background
    questions, which no transfer centre can answer, do not reach in this corpus) and, where there are enough works, the sample of them."""
    sizes = [len(said.text.passages) for said in texts]
    if any(said.is_hidden for said in texts):
        kept = np.array([not said.is_hidden for said in texts])
        spoken = np.repeat(kept, sizes)
        sizes = [size for size, keep in zip(sizes, kept.tolist(), strict=True) if keep]
        texts = [said for said in texts if not said.is_hidden]
        postings = count_terms(said.text.words for said in texts)
        passages = [passage for passage, keep in zip(passages, spoken.tolist(), strict=True) if keep]
        embedded = embedded[spoken]
    demand = np.array([said.demand for said in texts], bool)
    scale = measure(postings, embedded, passages, np.repeat(np.arange(len(texts)), sizes), demand, embedder)
    if not len(embedded):
        return scale
    segment = Segment.against(scale, [said.id for said in texts], [said.text for said in texts], passages, embedded, postings)
    english, chinese = np.bincount(segment.languages, minlength=len(LANGUAGES)).tolist()
    scale = replace(scale, written=(english, chinese))
    scale = _sampled(scale, segment, np.array([said.work for said in texts], bool))
    answers = np.flatnonzero(~demand if not demand.all() else demand)
    scale = replace(scale, credible=_bars(scale, segment, answers, embedder, of_demands=bool(demand.all())))
    if not scale.demands:
        return scale
    theirs = _bars(scale, segment, np.flatnonzero(demand), embedder, of_demands=True)
    count = scale.demands.count
    mixed = (count * np.array(theirs) + PRIOR * np.array(scale.credible)) / (count + PRIOR)
    (to_english, to_chinese), (from_chinese, in_chinese) = mixed.tolist()
    return replace(scale, demands=replace(scale.demands, credible=((to_english, to_chinese), (from_chinese, in_chinese))))


def _sampled(scale: Scale, segment: Segment, works: Bools) -> Scale:
    """``scale`` with its sample: the first of the ``works`` by id, and ids are hashes, so any of them."""
    spoken, _ = segment.spoken
    chosen = spoken[works[spoken]][:SAMPLE]
    return replace(scale, sample=segment.whole(chosen), sampled=segment.ids[chosen]) if len(chosen) >= LEAST else scale


def _bars(scale: Scale, segment: Segment, answers: Rows, embedder: Embedder, *, of_demands: bool) -> Bars:
    """By languages of the question and of the text, the closeness that everyday questions do not reach among some texts: of the closest
    text of each but the highest tenth, the mean and DEVIATIONS standard deviations. Apart, for a corpus answers questions in its own
    language more nearly; and demands and all other texts apart, for a demand answers nothing. (Of few demands the closest is far by their
    number alone: their bar is mixed with that of the others, which counts for PRIOR demands.) Of a language with fewer texts than PRIOR,
    too few to be a corpus, the bar is that of all texts."""
    each = [answers[segment.languages[answers] == spoken] for spoken in range(len(LANGUAGES))]
    each = [these if len(these) >= PRIOR else answers for these in each]
    length = scale.length(of_demands=of_demands)
    everyday = background()
    reached: tuple[list[list[float]], ...] = ([], [])
    for question, spoken in zip(everyday, languages(everyday).tolist(), strict=True):
        query = prepare("", question, scale, embedder)
        meaning, slack = approximate_meaning(query, segment)
        shared = words(query, segment, length)
        rates = rate(query, segment)
        roughly = meaning.astype(np.float64)
        about, slack = closeness(roughly, completed(shared, rates, roughly)), (2.0 + query.unsaid) * slack
        best = []
        for these in each:
            near = these[about[these] >= about[these].max() - 2 * slack]
            exactly = exact_meaning(query, segment, near)
            best.append(float(closeness(exactly, completed(shared[near], rates[near], exactly)).max()))
        reached[spoken].append(best)
    return _bar(reached[0]), _bar(reached[1])


def _bar(best: list[list[float]]) -> tuple[float, float]:
    """The bars of one language of the question, of the closest text of each question by language of the text."""
    english, chinese = (sorted(fits)[: int(UNANSWERED * len(fits))] for fits in zip(*best, strict=True))
    return float(np.mean(english) + DEVIATIONS * np.std(english)), float(np.mean(chinese) + DEVIATIONS * np.std(chinese))
