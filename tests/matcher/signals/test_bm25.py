"""BM25 and what goes into it: a worked example, and each rule beside a plain twin."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from matcher.embedding.embedder import Embedder
from matcher.score import DEFAULT
from matcher.signals import bm25 as module
from matcher.signals.bm25 import bm25, idf, saturate
from matcher.signals.postings import count_terms
from matcher.signals.prepare import prepare
from matcher.signals.scale import LANGUAGES, Centres, Demands, Scale, background, languages, measure
from matcher.text.terms import term_hash
from tests.matcher.worlds import WORKS

LAST = np.array([2**64 - 1], np.uint64)


def scale_of(texts: list[str]) -> Scale:
    postings = count_terms(texts)
    none = Centres(np.zeros((2, 384)), np.zeros((2, 0)))
    demands = Demands(2, 1.0, np.ones(len(postings.terms), np.int32), none)
    counts = np.diff(postings.start).astype(np.int32)
    return Scale(len(texts), float(postings.lengths.mean()), postings.terms, counts, none, ((0.0, 0.0), (0.0, 0.0)), "", demands)


def test_the_worked_example_of_the_formula() -> None:
    """A term asked for twice, three times in a text half as long as the mean: 2 idf 3 / (3 + 1.5 (1 - .9 + .9 / 2))."""
    postings = count_terms(["kiln kiln kiln", "kiln", "sea"])
    weight = 2 * math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    found = bm25(postings, np.array([term_hash("kiln"), term_hash("absent")], np.uint64), np.array([weight, 9.0]), 6.0)
    assert found.tolist() == pytest.approx([weight * 3 / (3 + 1.5 * (0.1 + 0.9 * 3 / 6)), weight / (1 + 1.5 * (0.1 + 0.9 / 6)), 0.0])
    assert idf(2, 3) == pytest.approx(weight / 2)
    assert saturate(np.array([4.0]), 4.0).tolist() == pytest.approx([4 / (4 + 0.3 * 4**0.9)])


def test_no_texts_have_no_postings() -> None:
    nothing = count_terms([])
    assert [len(each) for each in (nothing.terms, nothing.rows, nothing.counts, nothing.lengths)] == [0] * 4
    assert nothing.start.tolist() == [0]


def test_a_word_of_the_title_counts_three_times(embedder: Embedder) -> None:
    scale = scale_of(["kiln lining", "sea"])
    (plain,), (titled,) = (prepare(title, "kiln lining", scale, embedder).terms for title in ("", "Kiln"))
    factor = dict(zip(titled.hashes.tolist(), (titled.weights / plain.weights).tolist(), strict=True))
    assert factor == pytest.approx({term_hash("kiln"): 1 + 1 + DEFAULT.title, term_hash("line"): 1.0})


def test_a_term_that_no_text_holds_is_as_rare_as_can_be_wherever_its_hash_falls() -> None:
    scale = scale_of(["kiln", "sea"])
    assert scale.terms.max() < LAST[0]
    assert not scale.frequency(LAST).any()
    assert scale.idf(LAST).tolist() == [idf(0, 2)]
    assert scale.telling(LAST).tolist() == [1.0]
    assert replace(scale, demands=None).telling(LAST).tolist() == [1.0]


def test_centres_begin_at_the_mean_of_everyday_questions(embedder: Embedder) -> None:
    """48 of them, half in each language, stand for the corpus that is not there yet."""
    asked = background()
    spoken = languages(asked)
    nothing = embedder.passages([])
    scale = measure(count_terms([]), nothing, [], np.empty(0, np.int64), np.empty(0, bool), embedder)
    vectors = embedder.passages(asked).vectors.astype(np.float64)
    assert np.bincount(spoken).tolist() == [24, 24]
    for one in range(len(LANGUAGES)):
        np.testing.assert_allclose(scale.centres.vectors[one], vectors[spoken == one].mean(axis=0), atol=1e-9)
    assert scale.centres.english.shape == (2, 0)


def test_few_postings_add_up_to_the_same_as_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """All terms at once, or one after the other: the same bits."""
    postings = count_terms([f"{title} {text}" for title, text in WORKS] * 3)
    wanted = np.append(postings.terms[::2], np.uint64(7))
    weights = np.random.default_rng(0).random(len(wanted))
    at_once = bm25(postings, wanted, weights, 11.0)
    monkeypatch.setattr(module, "AT_ONCE", 0)
    assert at_once.any()
    assert bm25(postings, wanted, weights, 11.0).tobytes() == at_once.tobytes()
