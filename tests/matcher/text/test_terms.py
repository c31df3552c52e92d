"""Words: tokens, and BM25 against a plain double loop."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.score import DEFAULT
from matcher.signals.bm25 import K1, B, bm25, idf, saturate
from matcher.signals.postings import count_terms
from matcher.signals.query import QueryTerms
from matcher.signals.scale import Scale
from matcher.text.terms import term_hash, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高温涂层", ["高", "温", "涂", "层", "高温", "温涂", "涂层"]),
        ("钢", ["钢"]),
        ("ZrO2涂层，45 MPa", ["zro2", "涂", "层", "涂层", "45", "mpa"]),
        ("ＡＢＣ full-width", ["abc", "full", "width"]),
        ("The use of coatings", ["use", "coat"]),
        # the worked examples of Porter (1980) that tell most; Snowball's English stemmer agrees on them
        ("caresses ponies hopping generalizations", ["caress", "poni", "hop", "general"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text())
def test_terms_do_not_depend_on_case_or_width(text: str) -> None:
    assert terms(text) == terms(text.upper().lower()) or text.upper().lower() != text.lower()
    assert all(term for term in terms(text))


def test_idf_worked_example() -> None:
    # ln(1 + (N - n + .5) / (n + .5)) with N = 10, n = 1: ln(1 + 9.5 / 1.5) (Lucene's BM25Similarity)
    assert idf(1, 10) == pytest.approx(1.9924301646902063)
    assert idf(10, 10) > 0


WORDS = st.lists(st.sampled_from(["涂层", "高温", "steel", "Steel", "laser", "电池", "x1", "the"]), max_size=12).map(" ".join)


@given(documents=st.lists(WORDS, min_size=1, max_size=8), question=WORDS)
def test_bm25_equals_a_plain_double_loop(documents: list[str], question: str) -> None:
    postings = count_terms(documents)
    mean = max(float(postings.lengths.mean()), 1e-9)
    frequencies, bars = np.diff(postings.start).astype(np.int32), ((0.0, 0.0), (0.0, 0.0))
    scale = Scale(len(documents), mean, postings.terms, frequencies, np.zeros((2, 1)), bars, "")
    wanted = QueryTerms.of(Counter(map(term_hash, terms(question))), scale)
    got = bm25(postings, wanted.hashes, wanted.weights, scale.mean_length)
    for document, score in zip(documents, got, strict=True):
        held = terms(document)
        expected = 0.0
        for term in terms(question):
            df = sum(term in terms(other) for other in documents)
            tf = held.count(term)
            expected += math.log(1 + (len(documents) - df + 0.5) / (df + 0.5)) * tf / (tf + K1 * (1 - B + B * len(held) / mean))
        assert score == pytest.approx(expected, abs=1e-12)
        assert score <= wanted.attainable + 1e-9


def test_the_words_signal_is_half_at_the_half_point_and_never_one() -> None:
    half = DEFAULT.saturation * 50.0**DEFAULT.attainable
    nothing, middle, most = saturate(np.array([0.0, half, 1e9]), 50.0).tolist()
    assert (nothing, middle) == (0.0, pytest.approx(0.5))
    assert 0.999 < most < 1.0
    assert saturate(np.zeros(2), 0.0).tolist() == [0.0, 0.0]  # a question without words
