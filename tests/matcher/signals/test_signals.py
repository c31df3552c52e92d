"""The words signal of a question in two languages."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.score import DEFAULT
from matcher.signals.bm25 import bm25, saturate
from matcher.signals.meaning import approximate_meaning, exact_meaning
from matcher.signals.postings import count_terms
from matcher.signals.query import Query, QueryTerms
from matcher.signals.scale import Scale
from matcher.signals.segment import Segment
from matcher.signals.words import completed, rate, words
from matcher.text.passages import Text
from matcher.text.terms import term_hash

NOTHING = np.empty((0, 1), np.float32)
TEXTS = ["SVM 的故障诊断", "故障诊断的方法", "fault diagnosis with an SVM", "poems about the sea"]


def corpus() -> tuple[Segment, Scale]:
    postings = count_terms(TEXTS)
    frequencies = np.diff(postings.start).astype(np.int32)
    scale = Scale(len(TEXTS), float(postings.lengths.mean()), postings.terms, frequencies, np.zeros((2, 1)), ((0.0, 0.0), (0.0, 0.0)), "")
    return Segment.of([""] * len(TEXTS), [Text("", text, windows=0) for text in TEXTS], NOTHING, postings), scale


def wanted(scale: Scale, **counts: float) -> QueryTerms:
    return QueryTerms.of({term_hash(term): times for term, times in counts.items()}, scale)


def test_a_text_counts_by_the_reading_it_shares_more_with() -> None:
    segment, scale = corpus()
    asked, other = wanted(scale, 故障=1, 诊断=1), wanted(scale, fault=1, diagnosi=1)
    both = words(Query(NOTHING, 0, (asked, other)), segment, scale.mean_length)
    alone = words(Query(NOTHING, 0, (asked,)), segment, scale.mean_length)
    assert alone[2] == 0.0 < both[2]
    assert both[3] == 0.0
    scores = bm25(segment.postings, asked.hashes, asked.weights, scale.mean_length)
    assert alone.tolist() == saturate(scores, asked.attainable, DEFAULT).tolist()
    assert both[:2].tolist() == saturate(scores, max(asked.attainable, other.attainable), DEFAULT)[:2].tolist()


def test_one_word_that_is_left_does_not_stand_for_the_whole_question() -> None:
    segment, scale = corpus()
    asked, name = wanted(scale, 故障=3, 诊断=3, svm=1), wanted(scale, svm=1)
    both = words(Query(NOTHING, 0, (asked, name)), segment, scale.mean_length)
    assert both.tolist() == words(Query(NOTHING, 0, (asked,)), segment, scale.mean_length).tolist()
    assert both[0] > both[1] > both[2] > 0.0
    assert words(Query(NOTHING, 0, ()), segment, scale.mean_length).tolist() == [0.0] * len(TEXTS)


def test_both_readings_are_measured_against_the_larger_attainable_score() -> None:
    segment, scale = corpus()
    asked, other = wanted(scale, fault=1), wanted(scale, 故障=3, 诊断=3, 方法=2)
    assert asked.attainable < other.attainable
    both = words(Query(NOTHING, 0, (asked, other)), segment, scale.mean_length)
    scores = bm25(segment.postings, asked.hashes, asked.weights, scale.mean_length)
    assert both[2] == saturate(scores, other.attainable)[2] > 0.0


def test_what_the_other_language_would_have_shared_grows_with_meaning() -> None:
    segment, _ = corpus()
    assert segment.languages.tolist() == [1, 1, 0, 0]
    meaning, shared = np.array([0.5, 0.1, 0.5, 0.25]), np.array([0.2, 0.0, 0.1, 0.95])
    rates = rate(Query(NOTHING, 0, (), language=1, unsaid=0.4), segment)
    assert rates.tolist() == [0.0, 0.0, 0.4, 0.4]
    assert completed(shared, rates, meaning).tolist() == pytest.approx([0.2, 0.0, 0.1 + 0.4 * 0.5, 1.0])  # never beyond 1
    assert completed(shared, rate(Query(NOTHING, 0, (), language=1), segment), meaning).tolist() == shared.tolist()


unit_vectors = st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).filter(lambda row: math.hypot(*row) > 0.1)


@given(st.lists(st.tuples(unit_vectors, st.booleans()), min_size=1, max_size=8), unit_vectors, unit_vectors, st.floats(0.5, 3))
def test_a_text_of_the_other_language_is_asked_in_both_readings(
    said: list[tuple[list[float], bool]], asked: list[float], glossed: list[float], across: float
) -> None:
    """Against the mean of two cosines, a pair at a time."""

    def unit(row: list[float]) -> list[float]:
        return [value / math.hypot(*row) for value in row]

    def cosine(one: list[float], other: list[float]) -> float:
        return max(0.0, sum(a * b for a, b in zip(unit(one), unit(other), strict=True)))

    texts = [Text("", "故障" if chinese else "fault") for _, chinese in said]
    vectors = np.array([unit(row) for row, _ in said], np.float32)
    segment = Segment.of([""] * len(said), texts, vectors, count_terms(text.words for text in texts))
    gloss = Query(np.array([unit(glossed)], np.float32), 1, (), language=0)
    for query, readings in (
        (Query(np.array([unit(asked)], np.float32), 1, (), language=1, across=across, gloss=gloss), (asked, glossed)),
        (Query(np.array([unit(asked)], np.float32), 1, (), language=1, across=across), (asked,)),  # nothing of it can be translated
    ):
        expected = [
            cosine(asked, row) if chinese else min(1.0, across * sum(cosine(one, row) for one in readings) / len(readings))
            for row, chinese in said
        ]
        exact = exact_meaning(query, segment, np.arange(len(said)))
        assert exact == pytest.approx(expected, abs=1e-6)
        rough, slack = approximate_meaning(query, segment)
        assert np.abs(rough - exact).max() <= slack
