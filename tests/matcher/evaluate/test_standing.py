"""Partners and experts: baselines against plain loops, and what a set must show whatever the ranking is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from graph import Batch
from graph.model import Achievement
from matcher.embedding.embedder import Embedder, default_english
from matcher.evaluate.baselines import PlainCosines, best_works
from matcher.evaluate.metrics import auc, average_precision, bootstrap, order, precision_at
from matcher.text.passages import language
from tests.matcher.worlds import QUESTIONS, WORKS, origin, store_of, work

SCORES = st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=10)
POOL = list("abcdefghij")


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 9)), min_size=1, max_size=30))
def test_candidates_by_their_works_are_a_plain_loop(works: list[tuple[int, float]]) -> None:
    found = best_works(np.array([score for _, score in works]), np.array([one for one, _ in works]), 5)
    for candidate in range(5):
        own = sorted((score for one, score in works if one == candidate), reverse=True)[:3]
        best = own[0] if own else 0.0
        mean = sum(own) / len(own) if own else 0.0
        expected = {"best work": best, "mean of three": mean, "best + half": best + mean / 2}
        assert {name: values[candidate] for name, values in found.items()} == pytest.approx(expected)


@given(SCORES, st.sets(st.sampled_from(POOL), min_size=1, max_size=9))
def test_auc_is_the_share_of_pairs_and_sklearn_agrees(scores: dict[str, float], relevant: set[str]) -> None:
    values = [scores.get(one, -1.0) for one in POOL]
    labels = [one in relevant for one in POOL]
    assert auc(scores, relevant, POOL) == pytest.approx(roc_auc_score(labels, values))


@given(st.permutations(POOL), st.sets(st.sampled_from(POOL), min_size=1))
def test_average_precision_and_precision_agree_with_sklearn(ranking: list[str], relevant: set[str]) -> None:
    labels = [one in relevant for one in ranking]
    falling = -np.arange(len(ranking))
    assert average_precision(ranking, relevant) == pytest.approx(average_precision_score(labels, falling))
    assert precision_at(ranking, relevant, 4) == sum(labels[:4]) / 4


def test_nothing_to_tell_apart() -> None:
    assert auc({}, set(), ["a", "b"]) is None
    assert auc({}, {"a", "b"}, ["a", "b"]) is None
    assert auc({}, {"a"}, ["a", "b"]) == 0.5  # neither has a score: a tie
    assert average_precision(["a"], set()) is None
    assert precision_at(["a"], {"a"}, 10) == 0.1


def test_pairs_of_one_question_are_drawn_together() -> None:
    # question 1 has three pairs, all found, question 2 one, not found: the mean is over pairs, and no draw splits a question
    value, low, high = bootstrap([3.0, 0.0], counts=[3, 1])
    assert value == 0.75
    assert (low, high) == (0.0, 1.0)
    assert bootstrap([1.0, 0.0, 1.0], counts=[1, 1, 1]) == bootstrap([1.0, 0.0, 1.0])


def test_order_breaks_ties_by_id() -> None:
    assert order({"b": 1.0, "a": 1.0, "c": 2.0}, ["a", "b", "c", "d"]) == ["c", "a", "b", "d"]


def test_plain_cosines_are_those_of_a_loop_over_passages(embedder: Embedder, tmp_path: Path) -> None:
    """With both models: what is English by the mean of their cosines, everything else by the first model alone."""
    both = Embedder(english=default_english(None), cache=embedder.cache)
    works = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    store = store_of(Batch(nodes=list(works)), tmp_path)
    plain = PlainCosines(store, [one.id for one in works], both)

    def unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        mean = sum(row.astype(np.float64) for row in rows)
        return np.asarray(mean / math.sqrt(float(mean @ mean)))

    for question in QUESTIONS:
        asked = both.query([question])
        for (title, text), found in zip(WORKS, plain.scores("", question).tolist(), strict=True):
            said = both.passages([part for part in (title, text) if part])
            cosines = [float(unit(said.vectors) @ unit(asked.vectors))]
            if language(question) == "en" and language(title or text) == "en":
                cosines.append(float(unit(said.english) @ unit(asked.english)))
            assert found == pytest.approx(sum(cosines) / len(cosines))
    store.close()
