"""A corpus measured: what makes a Scale of texts, and when it is due again.

In: the texts of a store with their postings and vectors. Out: a Scale with its bars of credibility and its sample. Next:
``matcher.index.generations`` keeps it in the store.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.columns.tables import Rows
from matcher.embedding.embedder import Embedder
from matcher.embedding.vectors import Embedded
from matcher.score import fit
from matcher.signals.meaning import approximate_meaning, exact_meaning
from matcher.signals.postings import Postings, count_terms
from matcher.signals.prepare import prepare
from matcher.signals.scale import LEAST, PRIOR, SAMPLE, Scale, background, languages, measure
from matcher.signals.segment import Segment
from matcher.signals.words import words
from matcher.text.passages import Text

DRIFT = 0.2
"""Share by which the number of texts, or of demands or works alone, may differ from the Scale's before ``dovetail index`` measures
it anew."""
DEVIATIONS = 4.0
"""How many standard deviations above the mean of everyday questions a credible answer lies."""
UNANSWERED = 0.9
"""The share of everyday questions, those that fit least, that this is counted from: in a large corpus one or two do find an answer (a
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
    """A Scale of the texts that are not hidden, with the bars of credibility (what background questions, which no transfer centre
    can answer, do not reach in this corpus) and, where there are enough works, the sample of them."""
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
    scale = _sampled(scale, segment, np.array([said.work for said in texts], bool))
    answers = np.flatnonzero(~demand if not demand.all() else demand)
    scale = replace(scale, credible=_bars(scale, segment, answers, embedder, of_demands=bool(demand.all())))
    if not scale.demands:
        return scale
    theirs = _bars(scale, segment, np.flatnonzero(demand), embedder, of_demands=True)
    count = scale.demands.count
    mixed = [(count * own + PRIOR * other) / (count + PRIOR) for own, other in zip(theirs, scale.credible, strict=True)]
    return replace(scale, demands=replace(scale.demands, credible=(mixed[0], mixed[1])))


def _sampled(scale: Scale, segment: Segment, works: npt.NDArray[np.bool_]) -> Scale:
    """``scale`` with its sample: the first of the ``works`` by id, and ids are hashes, so any of them."""
    spoken, _ = segment.spoken
    chosen = spoken[works[spoken]][:SAMPLE]
    return replace(scale, sample=segment.whole(chosen), sampled=segment.ids[chosen]) if len(chosen) >= LEAST else scale


def _bars(scale: Scale, segment: Segment, answers: Rows, embedder: Embedder, *, of_demands: bool) -> tuple[float, float]:
    """By language of LANGUAGES, the fit that everyday questions do not reach among some texts: of the best fits of all of them but the
    highest tenth, the mean and DEVIATIONS standard deviations. Apart, for a corpus answers questions in its own language more nearly; and
    demands and all other texts apart, for a demand answers nothing. (Of few demands the best fit is low by their number alone: their bar
    is mixed with that of the others, which counts for PRIOR demands.)"""
    length = scale.length(of_demands=of_demands)
    everyday = background()
    reached: tuple[list[float], list[float]] = ([], [])
    for question, spoken in zip(everyday, languages(everyday).tolist(), strict=True):
        query = prepare("", question, scale, embedder)
        shared = words(query, segment, length)
        meaning, slack = approximate_meaning(query, segment)
        fits = fit(meaning.astype(np.float64), shared)[answers]
        near = answers[fits >= fits.max() - 4 * slack]  # a fit is wrong by less than 2 * slack
        reached[spoken].append(float(fit(exact_meaning(query, segment, near), shared[near]).max()))
    least = [sorted(fits)[: int(UNANSWERED * len(fits))] for fits in reached]
    english, chinese = (float(np.mean(fits) + DEVIATIONS * np.std(fits)) for fits in least)
    return english, chinese
