"""A question's text made ready for the signals.

In: the title and text of a question, the Scale and the embedder. Out: a ``Query``: vectors of its windows and sentences, and its terms as
asked and as translated. Next: ``matcher.rank.pipeline`` gives it to ``matcher.rank.recall``; ``matcher.index.calibration`` asks everyday
questions by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from matcher.embedding.embedder import Embedder
from matcher.score import DEFAULT, Weights
from matcher.signals.gist import gist
from matcher.signals.pseudo_feedback import feedback_of
from matcher.signals.query import Query, QueryTerms
from matcher.signals.scale import Scale
from matcher.text.passages import question_passages
from matcher.text.small_talk import word_count
from matcher.text.terms import term_hash, terms
from matcher.text.translation import dictionary

FEW = 3
"""Words up to which meaning alone is no evidence: the vector of "hello" is nearer to that of a short job title than to any work's."""


def prepare(title: str, text: str, scale: Scale, embedder: Embedder, weights: Weights = DEFAULT) -> Query:
    """The query of a question. Embeds what is not in the vector cache."""
    scale = scale if weights.demands else replace(scale, demands=None)
    said = gist(text, scale, embedder)
    windows, sentences = question_passages(title, said.meaning)
    passages = [*windows, *sentences] if weights.sentences else windows
    vectors, english = scale.centred(embedder.query(passages), passages, asked=True)
    own = _added(Counter(map(term_hash, [*terms(said.words), *said.beside])), Counter(map(term_hash, terms(title))), weights)
    translate = dictionary(embedder.cache).translate
    other = _added(translate(said.words, scale.knows), translate(title, scale.knows), weights)
    wanted = tuple(QueryTerms.of(counts, scale) for counts in (own, other) if counts)
    query = Query(vectors, len(windows), wanted, english, few=word_count(f"{title}\n{text}") <= FEW)
    return replace(query, feedback=feedback_of(query, scale)) if weights.field else query


def _added(text: Mapping[int, float], title: Mapping[int, float], weights: Weights) -> dict[int, float]:
    """How often each term is asked for; one of the title counts more."""
    added = dict(text)
    for term, times in title.items():
        added[term] = added.get(term, 0.0) + (1.0 + weights.title) * times
    return added
