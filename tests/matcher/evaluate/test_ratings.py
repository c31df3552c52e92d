"""The trust benchmark: splits that leak nothing, baselines against plain loops, the opinion left out one by one, and its errors."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from matcher.evaluate import rating_splits, ratings
from matcher.evaluate.left_out import REACH, UNHEARD, USUAL_PRIOR, Usual, closed_form, foretold
from matcher.evaluate.rating_baselines import BASELINES, CLOSED_FORM, Ratings, fairness_goodness, joint_effects, pagerank
from matcher.evaluate.rating_predictor import features, supervised
from matcher.trust.opinion import opinion_of
from matcher.trust.settings import SETTINGS


def sample(count: int = 160, people: int = 14, seed: int = 1) -> list[tuple[str, str, float, int]]:
    """Ratings of people some of whom are bad, one a pair."""
    draw = random.Random(seed)
    pairs = sorted({(draw.randrange(people), draw.randrange(people)) for _ in range(count)})
    draw.shuffle(pairs)
    rows = []
    for at, (i, j) in enumerate(pairs):
        if i != j:
            value = (-0.8 if j % 5 == 0 else 0.3) + draw.choice([-0.1, 0.0, 0.1])
            rows.append((f"p{i}", f"p{j}", round(value, 2), 1_300_000_000 + at * 86_400))
    return rows


@pytest.fixture
def edges(tmp_path: Path) -> Path:
    file = tmp_path / "edges.csv"
    file.write_text("source,target,weight,time\n" + "".join(f"{i},{j},{v},{t}\n" for i, j, v, t in sample()), "utf-8")
    return file


def known() -> Ratings:
    rows = sample()
    return Ratings(
        np.array([int(i[1:]) for i, *_ in rows]), np.array([int(j[1:]) for _, j, *_ in rows]), np.array([v for *_, v, _ in rows]), 14
    )


def test_a_split_by_time_knows_nothing_of_its_moment_or_later(edges: Path) -> None:
    split = rating_splits.temporal(edges, 0.2)
    assert max(one.time for one in split.known) < min(one.time for one in split.asked)
    assert len(split.known) + len(split.asked) == len(sample())


def test_a_random_split_is_the_same_again_and_another_with_another_seed(edges: Path) -> None:
    one = rating_splits.holdout(edges, 0.1, 0)
    assert rating_splits.holdout(edges, 0.1, 0) == one
    assert rating_splits.holdout(edges, 0.1, 1) != one
    assert not {(r.source, r.target) for r in one.known} & {(r.source, r.target) for r in one.asked}


@pytest.mark.parametrize("name", ["fairness x goodness", "opinion", "calibrated"])
def test_what_was_asked_for_is_never_seen(edges: Path, tmp_path: Path, name: str) -> None:
    split = rating_splits.holdout(edges, 0.2, 0)
    turned = [rating_splits.Rating(one.source, one.target, -one.weight, one.time) for one in split.asked]
    told = []
    for number, asked in enumerate((split.asked, turned)):
        scores = tmp_path / f"{number}.csv"
        one = rating_splits.Split(split.known, asked, "test")
        if name == "fairness x goodness":
            names = {end: n for n, end in enumerate(sorted({e for r in (*one.known, *one.asked) for e in (r.source, r.target)}))}
            numbered = ratings._numbered(one.asked, names)
            told.append(fairness_goodness(ratings._numbered(one.known, names), numbered.source, numbered.target).tolist())
        else:
            ratings.evaluate_trust(one, calibrated=name == "calibrated", scores=scores)
            told.append(scores.read_text("utf-8"))
    assert told[0] == told[1]


def test_fairness_and_goodness_by_plain_loops() -> None:
    one = known()
    triples = list(zip(one.source.tolist(), one.target.tolist(), one.weight.tolist(), strict=True))
    fair, good = dict.fromkeys(range(14), 1.0), dict.fromkeys(range(14), 0.0)
    for _ in range(200):
        for v in range(14):
            given = [fair[i] * w for i, j, w in triples if j == v]
            good[v] = sum(given) / len(given) if given else 0.0
        for u in range(14):
            off = [abs(w - good[j]) / 2 for i, j, w in triples if i == u]
            fair[u] = 1 - (sum(off) / len(off) if off else 0.0)
    expected = [fair[i] * good[j] for i, j, _ in triples]
    assert fairness_goodness(one, one.source, one.target) == pytest.approx(expected, abs=1e-6)


def test_pagerank_is_networkx() -> None:
    import networkx as nx

    one = known()
    graph = nx.DiGraph()
    graph.add_nodes_from(range(14))
    triples = zip(*(each.tolist() for each in (one.source, one.target, one.weight)), strict=True)
    graph.add_weighted_edges_from((i, j, w) for i, j, w in triples if w > 0)
    expected = nx.pagerank(graph, alpha=0.85, personalization={3: 1.0}, dangling={3: 1.0}, tol=1e-13, max_iter=1000)
    found = pagerank(one, np.full(14, 3), np.arange(14))
    assert found == pytest.approx([expected[n] for n in range(14)], abs=1e-3)


@pytest.mark.parametrize("name", CLOSED_FORM)
def test_a_closed_form_row_left_out_is_the_row_without_that_rating(name: str) -> None:
    one = known()
    found = closed_form(name, one)
    for at in (0, 7, 30):
        rest = np.arange(len(one.weight)) != at
        part = Ratings(one.source[rest], one.target[rest], one.weight[rest], one.people)
        assert found[at] == pytest.approx(BASELINES[name](part, one.source[at : at + 1], one.target[at : at + 1])[0], abs=1e-12)


def test_the_opinion_left_out_is_the_opinion_without_that_rating(edges: Path) -> None:
    # without times: the day of the opinion would move with the latest rating that is left
    rows = [rating_splits.Rating(one.source, one.target, one.weight, 0.0) for one in rating_splits.read_ratings(edges)]
    names = {one: n for n, one in enumerate(sorted({end for row in rows for end in (row.source, row.target)}))}
    found = ratings.opinions(rating_splits.Split(rows, rows, "test", leave_one_out=True), names, SETTINGS, lambda *_: None)
    for at in (0, 5, 60):
        rest = [row for n, row in enumerate(rows) if n != at]
        alone = ratings.opinions(rating_splits.Split(rest, [rows[at]], "test"), names, SETTINGS, lambda *_: None)
        assert found[at] == pytest.approx(alone[0], abs=2e-5)  # the floor of voices apart


SUMS = st.floats(0, 20)


@given(SUMS, SUMS, SUMS, st.floats(-1, 1), st.floats(0, 1))
def test_the_foretold_rating_is_bounded_and_follows_the_evidence(r: float, s: float, more: float, usual: float, spread: float) -> None:
    def told(r: float, s: float) -> float:
        return float(foretold(r, s, usual, spread, SETTINGS))

    held = opinion_of(r, s)
    balance = (held.belief - held.disbelief) / (held.belief + held.disbelief + UNHEARD * held.uncertainty)
    assert told(r, s) == pytest.approx(np.clip(usual + REACH * spread * balance, -1, 1), abs=1e-9)
    assert told(0.0, 0.0) == usual
    assert abs(told(r, s) - usual) <= REACH * spread + 1e-12
    assert told(r, s + more) <= told(r, s) + 1e-12 and told(r, s) <= told(r + more, s) + 1e-12
    if r + s + more > 0:
        for r_more, s_more in ((r + more, s), (r, s + more)):
            assert abs(told(r_more, s_more) - told(r, s)) <= 2 * REACH * spread * more / (more + r + s) + 1e-9


def test_what_a_rater_usually_says_by_plain_loops() -> None:
    rows = [rating_splits.Rating(i, j, v, 0.0) for i, j, v, _ in sample()]
    usual = Usual.of(rows)
    for without in (None, rows[3].weight):
        kept = rows if without is None else rows[:3] + rows[4:]
        told = [one.weight for one in kept]
        own = [one.weight for one in kept if one.source == rows[3].source]
        mean, shrunk = np.mean(told), len(own) + USUAL_PRIOR
        strays = (len(own) * np.var(own) + USUAL_PRIOR * np.var(told)) / shrunk
        expected = ((sum(own) + USUAL_PRIOR * mean) / shrunk, np.sqrt(strays))
        assert usual.of_rater(rows[3].source, without) == pytest.approx(expected, abs=1e-12)
    assert usual.of_rater("nobody") == pytest.approx((np.mean([one.weight for one in rows]), np.std([one.weight for one in rows])))


def test_the_last_row_is_how_far_the_opinion_is_ahead_on_the_same_ratings(edges: Path) -> None:
    for split in (rating_splits.holdout(edges, 0.3, 0), rating_splits.leave_one_out(edges)):
        found = {row.name.removesuffix(" (10 folds)"): row.metrics for row in ratings.evaluate_trust(split).rows}
        for metric, (ahead, low, high) in found["opinion less fairness x goodness"].items():
            assert ahead == pytest.approx(found["opinion"][metric][0] - found["fairness x goodness"][metric][0], abs=1e-12)
            assert low < ahead < high


def test_where_nobody_is_heard_the_opinion_is_the_raters_mean(edges: Path) -> None:
    split = rating_splits.holdout(edges, 0.3, 0)
    names = {end: n for n, end in enumerate(sorted({end for row in (*split.known, *split.asked) for end in (row.source, row.target)}))}
    told = ratings.opinions(split, names, msgspec.structs.replace(SETTINGS, heard=0.0), lambda *_: None)
    part, asked = ratings._numbered(split.known, names), ratings._numbered(split.asked, names)
    assert told == pytest.approx(BASELINES["rater's mean"](part, asked.source, asked.target), abs=1e-12)


def test_a_known_rating_is_left_out_of_its_own_features() -> None:
    one = known()
    turned = Ratings(one.source, one.target, np.where(np.arange(len(one.weight)) == 4, -one.weight, one.weight), one.people)
    before = features(one, one.source, one.target, one.weight)[4]
    after = features(turned, one.source, one.target, turned.weight)[4]
    moved = np.abs(before - after)
    # what is left is the mean of all, and through it the shrinking; no column follows the rating itself
    assert moved.max() < 0.12 < abs(2 * one.weight[4])


def test_learned_rows_beat_the_mean_on_ratings_that_can_be_learned() -> None:
    one = known()
    half = np.arange(len(one.weight)) % 2 == 0
    part = Ratings(one.source[half], one.target[half], one.weight[half], one.people)
    truth = one.weight[~half]
    for predict in (*supervised().values(), joint_effects):
        told = predict(part, one.source[~half], one.target[~half])
        assert np.mean((told - truth) ** 2) < np.mean((part.mean - truth) ** 2)


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("source,target,weight\na,b,2\n", 2, "weight"), ("source,target,weight\na,b,nan\n", 2, "weight"),
        ("source,target,weight,time\na,b,1,soon\n", 2, "time"), ("source,target,weight\n,b,1\n", 2, "source"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named(tmp_path: Path, text: str, line: int, field: str) -> None:
    file = tmp_path / "e.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidInput) as error:
        rating_splits.read_ratings(file)
    assert (error.value.line, error.value.field) == (line, field)


def test_a_split_by_time_needs_times(tmp_path: Path) -> None:
    file = tmp_path / "e.csv"
    file.write_text("source,target,weight\na,b,1\nb,a,1\n", "utf-8")
    with pytest.raises(InvalidInput, match="time"):
        rating_splits.temporal(file, 0.5)
