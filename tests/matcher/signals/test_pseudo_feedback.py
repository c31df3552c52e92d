"""The field of a question: made of the sample in the Scale, and of nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import Batch
from graph.model import Achievement, Demand, Institution, Node, Visibility
from matcher.embedding.embedder import Embedder
from matcher.embedding.vectors import Embedded
from matcher.index import calibration, generations
from matcher.signals.pseudo_feedback import SHARE, feedback_of
from matcher.signals.query import Query
from matcher.signals.scale import Centres, English, Scale, stored_scale
from matcher.text.terms import TERMS
from tests.matcher.worlds import QUESTIONS, WORKS, demand, origin, party, store_of, work


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def scale_of(sample: Embedded) -> Scale:
    none = np.empty(0, np.int32)
    centres, bars = Centres(np.zeros((2, 4)), np.zeros((2, 0))), ((0.0, 0.0), (0.0, 0.0))
    return Scale(0, 1.0, none.astype(np.uint64), none, centres, bars, "", None, sample)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 40, 300]), st.integers(0, 5))
def test_it_is_the_mean_of_the_nearest_of_the_sample(seed: int, size: int, sentences: int) -> None:
    draw = np.random.default_rng(seed)
    sample, asked = (unit(draw.normal(size=(n, 4))) for n in (size, 1 + sentences))
    found = feedback_of(Query(asked, 1, ()), scale_of(Embedded.of(sample)))
    if not size:
        assert found is None
        return

    def near(one: np.ndarray) -> float:
        window, *rest = (float(q.astype(float) @ one.astype(float)) for q in asked)
        three = sum(sorted(rest)[-3:]) / 3 if sentences >= 3 else window
        return max(0.0, (window + max(rest, default=window) + three) / 3)

    nearest = sorted(sample, key=near, reverse=True)[: max(1, size // SHARE)]
    mean = np.sum(nearest, axis=0, dtype=float)
    assert found is not None
    if near(nearest[-1]) > 0:  # below zero all are alike, and which come first follows from their ids
        np.testing.assert_allclose(found.vectors, unit(mean[None]), atol=1e-6)
    assert found.windows == len(found.vectors) == 1
    assert not found.terms  # it asks for no words


def test_what_the_english_model_did_not_read_of_the_question_has_no_part_in_it() -> None:
    draw = np.random.default_rng(1)
    first, english = unit(draw.normal(size=(160, 4))), unit(draw.normal(size=(160, 3)))
    english[::2] = 0.0
    read = np.flatnonzero(english.any(axis=1))
    scale = scale_of(Embedded(first, read, english[read]))
    asked = first[:1]
    alone = feedback_of(Query(asked, 1, ()), scale)
    assert alone
    assert alone.english is None
    assert alone.vectors.tobytes() == feedback_of(Query(asked, 1, ()), scale_of(Embedded.of(first))).vectors.tobytes()  # type: ignore[union-attr]

    both = feedback_of(Query(asked, 1, (), English.of(np.zeros(1, np.int64), english[1:2])), scale)
    assert both
    assert both.english
    ahead, beside = (first @ asked[0]).tolist(), (english @ english[1]).tolist()
    near = [a if not e.any() else (a + b) / 2 for a, b, e in zip(ahead, beside, english, strict=True)]
    nearest = sorted(range(160), key=lambda one: -max(0.0, near[one]))[: 160 // SHARE]
    for found, part in ((both.vectors, first), (both.english.vectors, english)):
        np.testing.assert_allclose(found, unit(np.mean([part[one] for one in nearest], axis=0, dtype=float)[None]), atol=1e-6)


def test_the_sample_is_of_works_that_everybody_may_see(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(calibration, "LEAST", 2)
    nodes = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    posted = [Demand(id=demand(n), provenance=origin(f"d{n}"), title=asked) for n, asked in enumerate(QUESTIONS)]
    said = Institution(id=party(3), provenance=origin("i3"), name="institution 3", description=QUESTIONS[0])

    def scale(name: str, *nodes: Node) -> Scale:
        (tmp_path / name).mkdir()
        store = store_of(Batch(nodes=nodes), tmp_path / name)
        generations.build(store, embedder)
        made = stored_scale(store)
        assert made
        again = Scale.from_bytes(made.to_bytes())
        assert (again.name, again.sampled.tolist()) == (made.name, made.sampled.tolist())
        assert again.sample.vectors.tobytes() == made.sample.vectors.tobytes()
        store.close()
        return made

    plain = scale("plain", *nodes)
    assert plain.sampled.tolist() == sorted(node.id.encode() for node in nodes)
    np.testing.assert_allclose(np.linalg.norm(plain.sample.vectors, axis=1), 1.0, atol=1e-6)
    more = scale("more", *nodes, hidden(nodes[0], 90), *posted)
    assert (more.sampled.tolist(), more.sample.vectors.tobytes()) == (plain.sampled.tolist(), plain.sample.vectors.tobytes())
    assert scale("profile", *nodes, said).sampled.tolist() == plain.sampled.tolist()
    monkeypatch.setattr(calibration, "SAMPLE", 2)
    assert scale("few", *nodes).sample.vectors.tobytes() == plain.sample.vectors[:2].tobytes()
    monkeypatch.setattr(calibration, "LEAST", len(nodes) + 1)
    assert not len(scale("none", *nodes).sample)


@pytest.mark.parametrize("gone", [True, False])
def test_what_is_no_longer_for_everybody_leaves_the_sample(
    gone: bool, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(calibration, "LEAST", 2)
    nodes = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    store = store_of(Batch(nodes=nodes), tmp_path)
    generations.build(store, embedder)
    store.write(Batch(delete=[work(0)]) if gone else Batch(nodes=[hidden(nodes[0], 0)]))
    assert generations.build(store, embedder).rescaled
    scale = stored_scale(store)
    assert scale
    assert scale.sampled.tolist() == sorted(node.id.encode() for node in nodes[1:])
    assert not generations.build(store, embedder).rescaled
    store.close()


def hidden(one: Achievement, number: int) -> Achievement:
    return Achievement(
        id=work(number), provenance=origin(f"a{number}"), title=one.title, abstract=one.abstract, visibility=Visibility.CONFIDENTIAL
    )


def test_a_scale_of_another_version_is_measured_anew(tmp_path: Path) -> None:
    scale = scale_of(Embedded.of(unit(np.ones((1, 4)))))
    store = store_of(Batch(nodes=[]), tmp_path)
    store.set_meta("scale", scale.to_bytes())
    assert stored_scale(store) is not None
    before = io.BytesIO()  # the first array had five numbers, six, or eight
    np.lib.format.write_array(before, np.array([TERMS, 3, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]), allow_pickle=False)
    store.set_meta("scale", before.getvalue() + scale.to_bytes())
    assert stored_scale(store) is None
    store.close()
