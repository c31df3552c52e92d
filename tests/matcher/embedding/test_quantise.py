"""8-bit codes: how far off they are is known, and what they leave out was not wanted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch
from graph.model import Achievement, EdgeKind, Institution, Node
from matcher.embedding.embedder import Embedder
from matcher.embedding.quantise import LEVELS, cosines, quantise
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline, recall
from matcher.signals.meaning import approximate_meaning, exact_meaning
from matcher.signals.postings import count_terms
from matcher.signals.query import Query
from matcher.signals.segment import Segment
from matcher.text.passages import Text
from tests.matcher.worlds import QUESTIONS, WORKS, edge, origin, party, store_of, work


def units(seeded: np.random.Generator, count: int, dimension: int, *, spiky: bool = False) -> np.ndarray:
    """Random unit rows; with ``spiky`` one value of each is most of it, as bad for codes as can be."""
    rows = seeded.standard_normal((count, dimension))
    if spiky:
        rows[:, 0] *= 50
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def plain_meaning(asked: Query, passages: np.ndarray) -> float:
    """In numbers of Python, one product after the other."""
    if not len(passages):
        return 0.0
    best = [max(sum(float(a) * float(b) for a, b in zip(query, row, strict=True)) for row in passages) for query in asked.vectors]
    window, sentences = max(best[: asked.windows]), sorted(best[asked.windows :])
    three = sum(sentences[-3:]) / 3 if len(sentences) >= 3 else window
    return max(0.0, (window + (sentences[-1] if sentences else window) + three) / 3)


def world(seed: int, sizes: list[int], asked: int, windows: int, *, spiky: bool = False) -> tuple[Segment, Query, list[np.ndarray]]:
    """Texts with so many passages (0, 1 or 2), and a question of so many vectors."""
    seeded = np.random.default_rng(seed)
    texts = [(Text("", "", ""), Text("a", ""), Text("a", "b"))[size] for size in sizes]
    vectors = units(seeded, sum(sizes), 24, spiky=spiky)
    segment = Segment.of([f"{n:020}" for n in range(len(sizes))], texts, vectors, count_terms(text.words for text in texts))
    question = Query(units(seeded, asked, 24, spiky=spiky), windows, ())
    return segment, question, np.split(vectors, np.cumsum(sizes)[:-1])


WORLDS = {
    "seed": st.integers(0, 2**32 - 1),
    "sizes": st.lists(st.sampled_from([0, 1, 2]), min_size=1, max_size=30),
    "sentences": st.integers(0, 5),
    "spiky": st.booleans(),
}


@settings(max_examples=60)
@given(**WORLDS)
def test_no_meaning_is_further_off_than_told(seed: int, sizes: list[int], sentences: int, spiky: bool) -> None:
    segment, asked, passages = world(seed, sizes, 1 + sentences, 1, spiky=spiky)
    exact = exact_meaning(asked, segment, np.arange(len(sizes)))
    assert exact == pytest.approx([plain_meaning(asked, rows) for rows in passages], abs=1e-12)
    rough, slack = approximate_meaning(asked, segment)
    assert np.abs(rough - exact).max() <= slack
    assert slack < 0.2


@settings(max_examples=60)
@given(**WORLDS, count=st.integers(1, 30))
def test_the_highest_are_among_what_codes_leave(seed: int, sizes: list[int], sentences: int, spiky: bool, count: int) -> None:
    segment, asked, _ = world(seed, sizes, 1 + sentences, 1, spiky=spiky)
    exact = exact_meaning(asked, segment, np.arange(len(sizes)))
    rough, slack = approximate_meaning(asked, segment)
    assert set(np.argsort(-exact, kind="stable")[:count].tolist()) <= set(recall.within(rough, count, 2 * slack).tolist())


@settings(max_examples=30)
@given(**WORLDS, data=st.data())
def test_exact_meaning_does_not_depend_on_what_it_is_computed_with(
    seed: int, sizes: list[int], sentences: int, spiky: bool, data: st.DataObject
) -> None:
    segment, asked, _ = world(seed, sizes, 1 + sentences, 1, spiky=spiky)
    whole = exact_meaning(asked, segment, np.arange(len(sizes)))
    some = np.array(data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=12)), np.int64)
    assert exact_meaning(asked, segment, some).tobytes() == whole[some].tobytes()
    assert all(exact_meaning(asked, segment, np.array([n])).tobytes() == whole[[n]].tobytes() for n in range(len(sizes)))


def test_blocks_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    segment, asked, _ = world(1, [2, 1, 0, 2, 2, 1] * 5, 4, 1)
    texts = np.arange(30)
    before = exact_meaning(asked, segment, texts)
    monkeypatch.setattr("matcher.signals.meaning._BLOCK", 7)
    monkeypatch.setattr("matcher.embedding.quantise._BLOCK", 7)
    assert exact_meaning(asked, segment, texts).tobytes() == before.tobytes()
    again = quantise(segment.vectors)
    for name in ("codes", "steps", "lost"):
        np.testing.assert_array_equal(getattr(again, name), getattr(segment.quantised, name))


def test_products_of_codes_are_exact_integers() -> None:
    """At the largest codes there are, so that no machine's instructions saturate; and a row of zeros has a cosine of zero."""
    ends = np.full((3, 384), 1 / np.sqrt(384), np.float32)
    ends[1] *= -1
    ends[2] = 0
    quantised = quantise(ends)
    assert quantised.codes.tolist() == [[LEVELS] * 384, [-LEVELS] * 384, [0] * 384]
    found, slack = cosines(quantised, ends[:2])
    assert found == pytest.approx(np.array([[1, -1, 0], [-1, 1, 0]]), abs=1e-5)
    assert slack < 1e-4


def test_answers_do_not_depend_on_how_coarse_the_codes_are(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain scan in float64, the codes, and a scan that is as wrong as it says it may be: all give the same bytes."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    for name, few in (("recall.DEPTH", 6), ("standing.FEW", 4)):  # so that a small world is cut too
        monkeypatch.setattr(f"matcher.rank.{name}", few)
    pairs = [(title, abstract) for title, _ in WORKS for _, abstract in WORKS if title or abstract]
    nodes: list[Node] = [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(9)]
    nodes += [Achievement(id=work(n), provenance=origin(f"a{n}"), title=a, abstract=b) for n, (a, b) in enumerate(pairs)]
    edges = [edge(EdgeKind.OWNS, party((n * 7 + m) % (3 + 6 * m)), work(n)) for n in range(len(pairs)) for m in range(2)]
    store = store_of(Batch(nodes=nodes, edges=edges), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    seeded = np.random.default_rng(7)

    def answers() -> list[bytes]:
        asked = [
            Question(as_of="2025-01-01", text=text, k=k, want=want, include_weak=True, asker=asker)
            for text in QUESTIONS
            for k in (1, 3)
            for want in (Want.PARTNERS, Want.ACHIEVEMENTS)
            for asker in (None, party(0))
        ]
        return [msgspec.json.encode(pipeline.answer(question, snapshot, embedder)) for question in asked]

    def plain(asked: Query, segment: Segment) -> tuple[np.ndarray, float]:
        return exact_meaning(asked, segment, np.arange(len(segment.ids))), 0.0

    def wrong(asked: Query, segment: Segment) -> tuple[np.ndarray, float]:
        return plain(asked, segment)[0] + seeded.choice([-0.05, 0.0, 0.05], len(segment.ids)), 0.05 + 1e-12

    coded = answers()
    monkeypatch.setattr(recall, "approximate_meaning", plain)
    assert answers() == coded
    monkeypatch.setattr(recall, "approximate_meaning", wrong)
    assert answers() == coded
    store.close()
