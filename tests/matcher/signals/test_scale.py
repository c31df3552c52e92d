"""The Scale: what the demands of a corpus have in common, measured plainly again; and what it changes in a question."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from graph import Batch
from graph.model import Achievement, Demand, Node
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT
from matcher.signals.prepare import prepare
from matcher.signals.scale import PRIOR, Scale, background, languages, stored_scale
from matcher.signals.words import words
from matcher.text.passages import text_of
from matcher.text.terms import term_hash, terms
from tests.matcher.worlds import QUESTIONS, WORKS, demand, origin, store_of, work

LONG = "我公司急需降低能耗。" * 120
POSTED = [(QUESTIONS[0], "我公司急需解决该技术难题。"), (QUESTIONS[1], ""), ("污水处理", LONG)]


def works() -> list[Node]:
    return [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=text) for n, (title, text) in enumerate(WORKS)]


def demands() -> list[Node]:
    return [Demand(id=demand(n), provenance=origin(f"d{n}"), title=title, description=text) for n, (title, text) in enumerate(POSTED)]


def scale_of(nodes: list[Node], folder: Path, embedder: Embedder) -> Scale:
    folder.mkdir()
    store = store_of(Batch(nodes=nodes), folder)
    generations.build(store, embedder)
    scale = stored_scale(store)
    store.close()
    assert scale
    return scale


@pytest.fixture
def scale(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> Scale:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    return scale_of([*works(), *demands()], tmp_path / "both", embedder)


def test_demands_are_measured_apart(scale: Scale, tmp_path: Path, embedder: Embedder) -> None:
    assert scale.demands
    plain = scale_of(works(), tmp_path / "works", embedder)
    assert plain.demands is None
    np.testing.assert_allclose(scale.centres.vectors, plain.centres.vectors, atol=1e-12)  # demands do not move what is said of works
    assert scale.mean_length == plain.mean_length
    texts = [text for node in demands() if (text := text_of(node))]
    held = [terms(text.words) for text in texts]
    assert scale.demands.count == 3
    assert scale.demands.mean_length == pytest.approx(sum(map(len, held)) / 3)
    counted = Counter(term_hash(term) for one in held for term in set(one))
    assert dict(zip(scale.terms.tolist(), scale.demands.frequencies.tolist(), strict=True)) == {
        one: counted[one] for one in scale.terms.tolist()
    }
    assert max(len(text.passages) for text in texts) > 3
    passages = [passage for text in texts for passage in text.passages[:2]]  # a long demand counts as much as any
    vectors, spoken = embedder.passages(passages).vectors.astype(np.float64), languages(passages)
    for one in range(2):
        mine = [vector for vector, tongue in zip(vectors, spoken, strict=True) if tongue == one]
        mean = (sum(mine) + PRIOR / 2 * plain.centres.vectors[one]) / (len(mine) + PRIOR / 2)
        np.testing.assert_allclose(scale.demands.centres.vectors[one], mean, atol=1e-6)


def test_what_many_demands_say_tells_less(scale: Scale) -> None:
    def telling(term: str) -> float:
        return float(scale.telling(np.array([term_hash(term)], np.uint64))[0])

    rare = math.log(1 + (51 - 2 + 0.5) / 2.5) / math.log(1 + (51 - 1 + 0.5) / 1.5)
    assert telling("公司") == pytest.approx(math.sqrt(rare))  # two of the three and forty-eight
    assert telling("污水") == telling("番茄") == telling("unheard") == 1.0  # one demand, none, and no text at all


def test_a_scale_with_demands_reads_back(scale: Scale) -> None:
    back = Scale.from_bytes(scale.to_bytes())
    assert back.name == scale.name
    assert back.demands and scale.demands
    assert (back.demands.count, back.demands.mean_length) == (scale.demands.count, scale.demands.mean_length)
    np.testing.assert_array_equal(back.demands.frequencies, scale.demands.frequencies)
    np.testing.assert_array_equal(back.demands.centres.vectors, scale.demands.centres.vectors)


def test_questions_are_measured_against_demands_unless_left_out(scale: Scale, embedder: Embedder) -> None:
    assert scale.demands
    text = "我公司急需耐高温涂层。"
    asked, without = prepare("", text, scale, embedder), prepare("", text, scale, embedder, msgspec.structs.replace(DEFAULT, demands=False))
    vector = embedder.query([text]).vectors[0].astype(np.float64)
    for made, centre in ((asked, scale.demands.centres.vectors[1]), (without, scale.centres.vectors[1])):
        moved = vector - centre
        np.testing.assert_allclose(made.vectors[0], moved / np.linalg.norm(moved), atol=1e-6)
    before = dict(zip(without.terms[0].hashes.tolist(), without.terms[0].weights.tolist(), strict=True))
    after = dict(zip(asked.terms[0].hashes.tolist(), asked.terms[0].weights.tolist(), strict=True))
    assert after[term_hash("公司")] < before[term_hash("公司")]
    assert after[term_hash("涂层")] == before[term_hash("涂层")]


def test_many_new_demands_are_a_reason_to_measure_anew(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    many = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=background()[n % 40], abstract="") for n in range(100)]
    store = store_of(Batch(nodes=list(many)), tmp_path)
    generations.build(store, embedder)
    more = [Demand(id=demand(n), provenance=origin(f"d{n}"), title=QUESTIONS[n % 3]) for n in range(10)]
    store.write(Batch(nodes=list(more[:9])))
    assert not generations.build(store, embedder).rescaled  # less than a fifth of the forty-eight that are taken for granted
    store.write(Batch(nodes=list(more[9:])))
    assert generations.build(store, embedder).rescaled
    store.close()


def test_the_first_works_beside_many_demands_are_a_reason_too(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    many = [Demand(id=demand(n), provenance=origin(f"d{n}"), title=background()[n % 40]) for n in range(100)]
    store = store_of(Batch(nodes=list(many)), tmp_path)
    generations.build(store, embedder)
    scale = stored_scale(store)
    assert scale and scale.demands and scale.mean_length == scale.demands.mean_length  # nothing else is known yet
    more = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=background()[n], abstract="") for n in range(10)]
    store.write(Batch(nodes=list(more[:9])))
    assert not generations.build(store, embedder).rescaled
    store.write(Batch(nodes=list(more[9:])))
    assert generations.build(store, embedder).rescaled  # ten are more than a fifth of forty-eight, if not of a hundred and ten
    store.close()


def test_the_bar_is_what_everyday_questions_reach(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    # a work that answers one everyday question, and a demand that says another: neither may lift the bar
    everyday = background()
    answered = Achievement(id=work(40), provenance=origin("a40"), title=everyday[0], abstract="")
    posted = Demand(id=demand(9), provenance=origin("d9"), title=everyday[1], description="")
    store = store_of(Batch(nodes=[*works(), *demands(), answered, posted]), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    best: dict[int, list[float]] = {0: [], 1: []}
    for text, spoken in zip(everyday, languages(everyday).tolist(), strict=True):
        question = Question(text=text, as_of="2026-01-01", want=Want.ACHIEVEMENTS, k=50, include_weak=True)
        found = [shown for match in pipeline.answer(question, snapshot, embedder).matches for shown in match.works]
        best[spoken].append(max((shown.meaning * (1 + shown.words) for shown in found), default=0.0))
    for spoken, fits in best.items():
        least = sorted(fits)[:21]  # of 24
        mean = sum(least) / 21
        deviation = math.sqrt(sum((one - mean) ** 2 for one in least) / 21)
        bar = pytest.approx(mean + 4 * deviation, abs=1e-9)
        assert snapshot.scale.credible[spoken] == (bar, bar)  # of so few texts no language has a bar of its own
        asked = everyday[languages(everyday).tolist().index(spoken)]
        assert snapshot.scale.bars(asked).tolist() == list(snapshot.scale.credible[spoken])
    assert max(best[languages(everyday)[0]]) > 1 > max(bar for row in snapshot.scale.credible for bar in row)
    store.close()


CHINESE = ["激光焊接", "陶瓷涂层", "污水处理", "锂电池回收", "图像识别", "风机叶片", "铸造缺陷检测", "机器人抓取"]
ENGLISH = ["laser welding", "ceramic coating", "sewage treatment", "battery recycling", "image recognition", "turbine blades",
           "casting defects", "robot gripping"]  # fmt: skip
SIDES = (("装置与控制方法", "工艺及其优化", "的质量标准", "用材料", "的仿真模型", "产线改造"),
         ("device with control", "process and tuning", "quality standard", "materials", "simulation model", "refit"))  # fmt: skip


def test_each_language_has_a_bar_of_its_own(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    titles = [f"{topic}{side}" for topic in CHINESE for side in SIDES[0]] + [f"{topic} {side}" for topic in ENGLISH for side in SIDES[1]]
    nodes = [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract="") for n, title in enumerate(titles)]
    store = store_of(Batch(nodes=list(nodes)), tmp_path)
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    scale, (segment,) = snapshot.scale, snapshot.segments
    said = {one.id: one.title for one in nodes}
    names = [said[one.decode()] for one in segment.ids.tolist()]
    assert scale.written == (48, 48)
    assert len({bar for row in scale.credible for bar in row}) == 4  # of 48 texts in each
    assert Scale.from_bytes(scale.to_bytes()).written == scale.written
    for text, spoken in (("激光焊接工艺", 1), ("laser welding process", 0)):
        question = Question(text=text, as_of="2026-01-01", want=Want.ACHIEVEMENTS, k=40, include_weak=True)
        for match in pipeline.answer(question, snapshot, embedder).matches:
            (shown,) = match.works
            row = names.index(said[match.candidate])
            shared = words(prepare("", text, scale, embedder), segment, scale.mean_length)[row]
            assert shown.words == pytest.approx(shared + shown.estimated, abs=1e-12)
            guess = 0.0 if segment.languages[row] == spoken else min(DEFAULT.unsaid * shown.meaning, 1 - shared)
            assert shown.estimated == pytest.approx(guess, abs=1e-12)
            assert {term.name: term.points for term in match.terms}["words"] == round(1e6 * DEFAULT.words * shown.words)
    store.close()
