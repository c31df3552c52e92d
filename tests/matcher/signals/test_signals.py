"""The words signal of a question in two languages."""

from __future__ import annotations

import numpy as np

from matcher.score import DEFAULT
from matcher.signals.bm25 import bm25, saturate
from matcher.signals.postings import count_terms
from matcher.signals.query import Query, QueryTerms
from matcher.signals.scale import Scale
from matcher.signals.segment import Segment
from matcher.signals.words import words
from matcher.text.terms import term_hash

NOTHING = np.empty((0, 1), np.float32)
TEXTS = ["SVM 的故障诊断", "故障诊断的方法", "fault diagnosis with an SVM", "poems about the sea"]


def corpus() -> tuple[Segment, Scale]:
    postings = count_terms(TEXTS)
    frequencies = np.diff(postings.start).astype(np.int32)
    scale = Scale(len(TEXTS), float(postings.lengths.mean()), postings.terms, frequencies, np.zeros((2, 1)), (0.0, 0.0), "")
    return Segment.of([""] * len(TEXTS), [], NOTHING, postings), scale


def wanted(scale: Scale, **counts: float) -> QueryTerms:
    return QueryTerms.of({term_hash(term): times for term, times in counts.items()}, scale)


def test_a_text_counts_by_the_reading_it_shares_more_with() -> None:
    segment, scale = corpus()
    asked, other = wanted(scale, 故障=1, 诊断=1), wanted(scale, fault=1, diagnosi=1)
    both = words(Query(NOTHING, 0, (asked, other)), segment, scale.mean_length)
    alone = words(Query(NOTHING, 0, (asked,)), segment, scale.mean_length)
    assert both[:2].tolist() == alone[:2].tolist()  # a text in the question's language does not move
    assert alone[2] == 0.0 < both[2]
    assert both[3] == 0.0
    scores = bm25(segment.postings, asked.hashes, asked.weights, scale.mean_length)
    assert alone.tolist() == saturate(scores, asked.attainable, DEFAULT).tolist()


def test_one_word_that_is_left_does_not_stand_for_the_whole_question() -> None:
    segment, scale = corpus()
    asked, name = wanted(scale, 故障=3, 诊断=3, svm=1), wanted(scale, svm=1)
    both = words(Query(NOTHING, 0, (asked, name)), segment, scale.mean_length)
    assert both.tolist() == words(Query(NOTHING, 0, (asked,)), segment, scale.mean_length).tolist()
    assert both[0] > both[1] > both[2] > 0.0
    assert words(Query(NOTHING, 0, ()), segment, scale.mean_length).tolist() == [0.0] * len(TEXTS)
