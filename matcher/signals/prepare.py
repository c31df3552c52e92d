"""A question's text made ready for the signals.

In: the title and text of a question, the Scale and the embedder. Out: a ``Query``: vectors of its windows and sentences, and its terms as
asked and as translated. Next: ``matcher.rank.pipeline`` gives it to ``matcher.rank.recall``; ``matcher.index.calibration`` asks everyday
questions by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from matcher.embedding.embedder import Embedder
from matcher.score import DEFAULT, Weights
from matcher.signals.gist import doubted, gist
from matcher.signals.pseudo_feedback import feedback_of
from matcher.signals.query import Query, QueryTerms
from matcher.signals.scale import Scale, languages
from matcher.text.passages import question_passages
from matcher.text.small_talk import word_count
from matcher.text.terms import term_hash, terms
from matcher.text.translation import dictionary

FEW = 3
"""Words up to which meaning alone is no evidence: the vector of "hello" is nearer to that of a short job title than to any work's."""


def prepare(title: str, text: str, scale: Scale, embedder: Embedder, weights: Weights = DEFAULT, *, keep: bool = True) -> Query:
    """The query of a question. Embeds what is not in the vector cache, and keeps it there with ``keep`` alone."""
    scale = scale if weights.demands else replace(scale, demands=None)
    book, said = dictionary(embedder.cache), gist(text, scale, embedder, keep=keep)
    asked, glossed = _passages(title, said.meaning, text, scale, embedder, weights)
    own = _added(Counter(map(term_hash, [*terms(said.words), *said.beside])), Counter(map(term_hash, terms(title))), weights)
    other = _added(book.translate(said.words, scale.frequency), book.translate(title, scale.frequency), weights)
    wanted = tuple(QueryTerms.of(counts, scale) for counts in (own, other) if counts)
    spoken = _spoken(title, text)
    passages = [*asked[0], *asked[1], *glossed]
    embedded, first = embedder.query(passages, keep=keep), len(asked[0]) + len(asked[1])
    is_gloss = np.arange(len(passages)) >= first
    vectors, english = scale.centred(embedded[~is_gloss], passages[:first], asked=True)
    few = word_count(f"{title}\n{text}") <= FEW
    query = Query(vectors, len(asked[0]), wanted, english, few=few, language=spoken, across=weights.across, unsaid=weights.unsaid)
    if is_gloss.any():
        vectors, english = scale.centred(embedded[is_gloss], passages[first:], asked=True)
        query = replace(query, gloss=Query(vectors, len(glossed), (), english, language=1 - spoken))
    return replace(query, feedback=feedback_of(query, scale)) if weights.field else query


def embed(questions: Iterable[tuple[str, str]], scale: Scale, embedder: Embedder, weights: Weights = DEFAULT) -> None:
    """Embed what the queries of questions, each a title and a text, will ask for: in one batch, and nothing that is in the vector cache.
    All of it is kept there."""
    scale = scale if weights.demands else replace(scale, demands=None)
    every = list(questions)
    embedder.query(list(dict.fromkeys(one for _title, text in every for one in doubted(text))))
    passages: dict[str, None] = {}
    for title, text in every:
        asked, glossed = _passages(title, gist(text, scale, embedder).meaning, text, scale, embedder, weights)
        passages |= dict.fromkeys([*asked[0], *asked[1], *glossed])
    embedder.query(list(passages))


def _passages(
    title: str, meaning: str, text: str, scale: Scale, embedder: Embedder, weights: Weights
) -> tuple[tuple[list[str], list[str]], list[str]]:
    """What is embedded of a question: windows and sentences, and windows of its gloss where there are texts in the other language."""
    asked = question_passages(title, meaning)
    glossed: list[str] = []
    if scale.written[1 - _spoken(title, text)]:  # in windows alone: a sentence put word by word says too little
        book = dictionary(embedder.cache)
        glossed, _ = question_passages(book.gloss(title, scale.frequency), book.gloss(meaning, scale.frequency))
    return (asked if weights.sentences else (asked[0], [])), glossed


def _spoken(title: str, text: str) -> int:
    return int(languages([f"{title}\n{text}"])[0])


def _added(text: Mapping[int, float], title: Mapping[int, float], weights: Weights) -> dict[int, float]:
    """How often each term is asked for; one of the title counts more."""
    added = dict(text)
    for term, times in title.items():
        added[term] = added.get(term, 0.0) + (1.0 + weights.title) * times
    return added
