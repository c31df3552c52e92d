"""The field of a question: made of the sample in the Scale, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import Batch
from graph.model import Achievement, Demand, Visibility
from matcher import index, measuring
from matcher.embed import Embedder
from matcher.scale import English, Scale, stored_scale
from matcher.signals import FIELD, FIELD_SHARE, Asked, field_of
from tests.matcher.worlds import QUESTIONS, WORKS, demand, origin, store_of, work


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def scale_of(sample: np.ndarray) -> Scale:
    none = np.empty(0, np.int32)
    return Scale(0, 1.0, none.astype(np.uint64), none, np.zeros((2, 4)), (0.0, 0.0), "", 0, None, sample)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3, FIELD, 40, 300]), st.integers(0, 5))
def test_it_is_the_mean_of_the_nearest_of_the_sample(seed: int, size: int, sentences: int) -> None:
    draw = np.random.default_rng(seed)
    sample, asked = (unit(draw.normal(size=(n, 4))) for n in (size, 1 + sentences))
    found = field_of(Asked(asked, 1, ()), scale_of(sample))
    if not size:
        assert found is None
        return

    def near(one: np.ndarray) -> float:
        window, *rest = (float(q.astype(float) @ one.astype(float)) for q in asked)
        three = sum(sorted(rest)[-3:]) / 3 if sentences >= 3 else window
        return max(0.0, (window + max(rest, default=window) + three) / 3)

    nearest = sorted(sample, key=near, reverse=True)[: max(FIELD, size // FIELD_SHARE)]
    mean = np.sum(nearest, axis=0, dtype=float)
    assert found is not None
    assert np.sort([near(one) for one in nearest])[0] == 0.0 or np.allclose(found.vectors[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert found.windows == len(found.vectors) == 1
    assert not found.wanted  # it asks for no words


def test_what_the_english_model_did_not_read_of_the_question_has_no_part_in_it() -> None:
    draw = np.random.default_rng(1)
    first, english = unit(draw.normal(size=(40, 4))), unit(draw.normal(size=(40, 3)))
    english[::2] = 0.0
    scale = scale_of(np.hstack([first, english]))
    asked = first[:1]
    alone = field_of(Asked(asked, 1, ()), scale)
    assert alone
    assert alone.english is None
    assert alone.vectors.tobytes() == field_of(Asked(asked, 1, ()), scale_of(first)).vectors.tobytes()  # type: ignore[union-attr]

    both = field_of(Asked(asked, 1, (), English.of(np.zeros(1, np.int64), english[1:2])), scale)
    assert both
    assert both.english
    ahead, beside = (first @ asked[0]).tolist(), (english @ english[1]).tolist()
    near = [a if not e.any() else (a + b) / 2 for a, b, e in zip(ahead, beside, english, strict=True)]
    nearest = sorted(range(40), key=lambda one: -max(0.0, near[one]))[:FIELD]
    for found, part in ((both.vectors, first), (both.english.vectors, english)):
        np.testing.assert_allclose(found, unit(np.mean([part[one] for one in nearest], axis=0, dtype=float)[None]), atol=1e-6)


def test_the_sample_is_of_works_that_everybody_may_see(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    nodes = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]
    hidden = [replace_visibility(nodes[0], 90)]
    posted = [Demand(id=demand(n), provenance=origin(f"d{n}"), title=asked) for n, asked in enumerate(QUESTIONS)]

    def sample(name: str, *more: Achievement | Demand) -> np.ndarray:
        (tmp_path / name).mkdir()
        store = store_of(Batch(nodes=[*nodes, *more]), tmp_path / name)
        index.build(store, embedder)
        scale = stored_scale(store)
        assert scale
        again = Scale.from_bytes(scale.to_bytes())
        assert again.name == scale.name
        assert again.sample.tobytes() == scale.sample.tobytes()
        store.close()
        return scale.sample

    plain = sample("plain")
    assert len(plain) == len(nodes)
    np.testing.assert_allclose(np.linalg.norm(plain, axis=1), 1.0, atol=1e-6)
    assert sample("hidden", *hidden).tobytes() == plain.tobytes()
    assert sample("posted", *posted).tobytes() == plain.tobytes()
    monkeypatch.setattr(measuring, "SAMPLE", 2)
    assert sample("few").tobytes() == plain[:2].tobytes()


def replace_visibility(one: Achievement, number: int) -> Achievement:
    return Achievement(
        id=work(number), provenance=origin(f"a{number}"), title=one.title, abstract=one.abstract, visibility=Visibility.CONFIDENTIAL
    )


def test_a_scale_of_another_version_is_measured_anew(tmp_path: Path) -> None:
    scale = scale_of(unit(np.ones((1, 4))))
    (tmp_path / "world").mkdir()
    store = store_of(Batch(nodes=[]), tmp_path / "world")
    store.set_meta("scale", replace(scale, texts=3).to_bytes())
    assert stored_scale(store) is not None
    store.set_meta("scale", b"\x93NUMPY\x01\x00")
    assert stored_scale(store) is None
    store.close()
