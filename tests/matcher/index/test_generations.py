"""Generations of an index: whole for every reader, the same for the same store, and not harmed by being killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from graph import Batch, Store, connect
from graph.errors import IndexMissing, ModelError
from graph.model import Achievement, EdgeKind, Institution, Node, Visibility
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Question, Want
from matcher.rank import pipeline
from matcher.signals.scale import META, Scale, stored_scale
from tests.conftest import ROOT
from tests.matcher.worlds import QUESTIONS, WORKS, edge, origin, party, store_of, work


@pytest.fixture(autouse=True)
def own_indexes(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Indexes of a test go to its own folder; the vectors stay where the shared embedder has them."""
    assert embedder.cache
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "index"


def result(n: int, visibility: Visibility = Visibility.PUBLIC) -> Achievement:
    """The n-th work; after the authored ones, the same abstracts under other ids and without a title."""
    title, abstract = WORKS[n % 5]
    return Achievement(id=work(n), provenance=origin(f"a{n}"), title=title if n < 5 else "", abstract=abstract, visibility=visibility)


def world(works: int = 5) -> Batch:
    nodes: list[Node] = [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(3)]
    nodes += [result(n) for n in range(works)]
    return Batch(nodes=nodes, edges=[edge(EdgeKind.OWNS, party(n % 3), work(n)) for n in range(works)])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = store_of(world(), tmp_path)
    yield opened
    opened.close()


def ask(snapshot: Snapshot, embedder: Embedder, text: str = QUESTIONS[0], want: Want = Want.PARTNERS) -> Answer:
    return pipeline.answer(Question(as_of="2025-01-01", text=text, want=want, include_weak=True), snapshot, embedder)


def folders_in(home: Path) -> set[str]:
    return {path.name for path in next(home.iterdir()).iterdir() if path.is_dir()}


# -- generations


def test_an_unchanged_store_gives_the_same_generation(store: Store, embedder: Embedder, own_indexes: Path) -> None:
    first = generations.build(store, embedder)
    content = {path.name: path.read_bytes() for path in Path(first.folder).iterdir()}
    again = generations.build(store, embedder)
    assert (again.folder, again.scale, again.rescaled, again.embedded) == (first.folder, first.scale, False, 0)
    assert {path.name: path.read_bytes() for path in Path(again.folder).iterdir()} == content
    assert folders_in(own_indexes) == {Path(first.folder).name}
    assert (first.texts, first.passages, first.rescaled) == (5, 9, True)


def test_the_current_generation_and_one_more_are_kept(store: Store, embedder: Embedder, own_indexes: Path) -> None:
    folders = []
    for n in range(5, 9):
        store.write(Batch(nodes=[result(n)]))
        folders.append(Path(generations.build(store, embedder).folder).name)
        home = next(own_indexes.iterdir())
        (home / f".making-{n}").mkdir()  # as a process leaves it that is killed
        assert {one for one in folders_in(own_indexes) if not one.startswith(".")} == set(folders[-2:])
        assert len(folders_in(own_indexes) - set(folders)) == 1
    assert generations.newest(store)[0].name == folders[-1]


def test_a_flipped_byte_is_found_and_mended_by_building_again(store: Store, embedder: Embedder) -> None:
    folder = Path(generations.build(store, embedder).folder)
    assert generations.verify(*generations.newest(store)) == []
    before = ask(Snapshot.open(store, embedder), embedder)
    for name in generations.newest(store)[1].files:
        content = bytearray((folder / name).read_bytes())
        content[-1] ^= 1
        (folder / name).write_bytes(content)
        assert generations.verify(*generations.newest(store)) == [name]
        assert generations.build(store, embedder).folder == str(folder)
        assert generations.verify(*generations.newest(store)) == []
    (folder / "ids.npy").unlink()
    assert generations.verify(*generations.newest(store)) == ["ids.npy"]
    generations.build(store, embedder)
    assert ask(Snapshot.open(store, embedder), embedder) == before


def test_every_file_of_a_generation_is_in_its_manifest(store: Store, embedder: Embedder) -> None:
    folder = Path(generations.build(store, embedder).folder)
    _, manifest = generations.newest(store)
    assert {path.name for path in folder.iterdir()} == {*manifest.files, "manifest.json"}
    assert (manifest.epoch, manifest.revision) == store.cursor()
    assert manifest.family == embedder.key.family


def test_there_is_no_index_before_the_first_build(store: Store, embedder: Embedder) -> None:
    with pytest.raises(IndexMissing, match="dovetail index"):
        Snapshot.open(store, embedder)


@pytest.mark.parametrize("damage", ["CURRENT", "no such", "manifest.json", "half", "layout", "no scale", "other", "no texts", "short"])
def test_a_corrupt_index_is_missing_and_made_anew(store: Store, embedder: Embedder, damage: str) -> None:
    folder = Path(generations.build(store, embedder).folder)
    manifest = folder / "manifest.json"
    match damage:
        case "CURRENT":
            (folder.parent / "CURRENT").write_bytes(b"\xff\xfe\x00")
        case "no such":
            (folder.parent / "CURRENT").write_text("0123456789abcdef")
        case "manifest.json":
            manifest.unlink()
        case "half":
            manifest.write_bytes(manifest.read_bytes()[:100])
        case "layout":
            manifest.write_text(manifest.read_text().replace(f'"layout": {generations.LAYOUT}', '"layout": 0'))
        case "no scale":
            (folder / "scale.bin").unlink()
        case "other":
            (folder / "scale.bin").write_bytes(replace(Snapshot.open(store, embedder).scale, credible=((0.0, 0.0), (0.0, 0.0))).to_bytes())
        case "no texts":
            (folder / "ids.npy").unlink()
        case "short":
            (folder / "vectors.npy").write_bytes((folder / "vectors.npy").read_bytes()[:1000])
    with pytest.raises(IndexMissing, match="dovetail index"):
        Snapshot.open(store, embedder)
    generations.build(store, embedder)
    assert ask(Snapshot.open(store, embedder), embedder).matches


def test_no_reader_sees_half_a_generation(store: Store, embedder: Embedder) -> None:
    """Readers open and ask without a pause while the store changes, is indexed, and its scale is measured anew."""
    generations.build(store, embedder)
    stop, failed, opened = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            try:
                snapshot = Snapshot.open(store, embedder)
                assert len(snapshot.texts.ids) == len(snapshot.alive)
                opened.append(len(ask(snapshot, embedder, want=Want.ACHIEVEMENTS).matches))
            except Exception as error:  # whatever it is, the test fails by it
                failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for n in range(5, 20):
            store.write(Batch(nodes=[result(n)]))
            generations.build(store, embedder, rescale=n % 3 == 0)
    finally:
        stop.set()
        for reader in readers:
            reader.join(60)
    assert not failed
    assert len(opened) > 2
    assert min(opened) == 5


def test_two_builders_at_once_leave_an_index_and_a_scale_that_belong_together(store: Store, embedder: Embedder) -> None:
    other = connect(store.url)
    for n in range(5, 12):
        store.write(Batch(nodes=[result(n), result(n + 20)]))
        builders = [threading.Thread(target=generations.build, args=(one, embedder)) for one in (store, other)]
        for builder in builders:
            builder.start()
        for builder in builders:
            builder.join(60)
        assert Snapshot.open(store, embedder).cursor == store.cursor()
    other.close()


# -- the scale


def test_the_scale_is_kept_until_the_texts_change_by_a_fifth(tmp_path: Path, embedder: Embedder) -> None:
    store = store_of(world(10), tmp_path)
    first = generations.build(store, embedder)
    assert stored_scale(store) is not None
    store.write(Batch(nodes=[result(n) for n in (10, 11)]))  # a fifth more, not over it
    kept = generations.build(store, embedder)
    assert (kept.scale, kept.rescaled, kept.texts) == (first.scale, False, 12)
    store.write(Batch(nodes=[result(12)]))
    more = generations.build(store, embedder)
    assert (more.rescaled, more.texts) == (True, 13)
    assert more.scale != first.scale
    store.write(Batch(delete=[work(n) for n in (10, 11, 12)]))
    fewer = generations.build(store, embedder)
    assert (fewer.rescaled, fewer.scale) == (True, first.scale)  # the same texts, the same scale
    store.close()


def test_a_scale_of_another_version_does_not_let_another_model_in(store: Store, embedder: Embedder) -> None:
    generations.build(store, embedder)
    store.set_meta(META, b"of another version")
    assert stored_scale(store) is None
    with pytest.raises(ModelError, match="another model"):
        generations.build(store, Embedder(english="all-MiniLM-L6-v2"))
    assert generations.build(store, embedder).rescaled


def test_the_scale_is_measured_anew_when_asked_to(store: Store, embedder: Embedder) -> None:
    first = generations.build(store, embedder)
    store.write(Batch(nodes=[result(5)]))
    assert generations.build(store, embedder).scale == first.scale
    anew = generations.build(store, embedder, rescale=True)
    assert anew.rescaled
    assert anew.scale != first.scale
    assert generations.build(store, embedder).scale == anew.scale


def test_confidential_texts_stay_out_of_the_scale(tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "without").mkdir()
    without = store_of(world(4), tmp_path / "without")
    store = store_of(world(4), tmp_path)
    hidden = [result(n, Visibility.CONFIDENTIAL) for n in (4, 9, 14)]
    store.write(Batch(nodes=list(hidden), edges=[edge(EdgeKind.OWNS, party(0), hidden[0].id)]))
    report, plain = generations.build(store, embedder), generations.build(without, embedder)
    assert (report.texts, plain.texts) == (7, 4)
    assert store.meta(META) == without.meta(META)
    scale = stored_scale(store)
    assert scale
    assert scale.texts == 4
    assert not generations.build(store, embedder).rescaled  # nor does their number make it drift
    shown = ask(Snapshot.open(store, embedder), embedder)
    assert [(match.candidate, match.score) for match in shown.matches] == [
        (match.candidate, match.score) for match in ask(Snapshot.open(without, embedder), embedder).matches
    ]
    store.close()
    without.close()


def test_a_scale_is_named_by_its_content_and_reads_back(store: Store, embedder: Embedder) -> None:
    generations.build(store, embedder)
    scale = stored_scale(store)
    assert scale
    back = Scale.from_bytes(scale.to_bytes())
    assert back.name == scale.name
    assert (back.texts, back.mean_length, back.family) == (scale.texts, scale.mean_length, scale.family)
    assert (back.credible, back.written) == (scale.credible, scale.written)
    np.testing.assert_array_equal(back.centres.vectors, scale.centres.vectors)


# -- edges of the ordinary


@pytest.mark.parametrize("nodes", [[], [Institution(id=party(0), provenance=origin("i0"), name="a bare name")]])
@pytest.mark.parametrize("want", list(Want))
def test_a_store_without_texts_is_indexed_and_asked(tmp_path: Path, embedder: Embedder, nodes: list[Node], want: Want) -> None:
    store = store_of(Batch(nodes=nodes), tmp_path)
    report = generations.build(store, embedder)
    assert (report.texts, report.passages, report.embedded) == (0, 0, 0)
    snapshot = Snapshot.open(store, embedder)
    answer = ask(snapshot, embedder, want=want)
    assert (answer.matches, answer.credible) == ((), False)
    assert answer.reason.startswith("no credible match")
    store.write(world())
    assert ask(snapshot.refreshed(store, embedder), embedder).matches
    assert generations.build(store, embedder).rescaled
    store.close()


def test_progress_is_told(tmp_path: Path, store: Store, embedder: Embedder) -> None:
    told: list[tuple[str, int, int]] = []
    own = Embedder(cache=linked(tmp_path / "own", embedder))
    report = generations.build(store, own, progress=lambda *what: told.append(what))
    assert {label for label, _, _ in told} == {"count words", "embed"}
    assert [(done, total) for label, done, total in told if label == "embed"] == [(0, report.embedded), (report.embedded, report.embedded)]
    assert report.embedded == report.passages == 9


def linked(cache: Path, embedder: Embedder) -> Path:
    """``cache`` with the unpacked model of ``embedder`` and without vectors."""
    cache.mkdir(exist_ok=True)
    (cache / "models").symlink_to(embedder.path.parent)
    return cache


# -- kill -9

BUILD = """
import sys
from graph import connect
from matcher.embedding import embedder as module
from matcher.embedding.embedder import Embedder
from matcher.index import generations
module.CHUNK = 8
store, embedder = connect(sys.argv[1]), Embedder()
embedder.load()
print("ready", flush=True)
print(generations.build(store, embedder, rescale=len(sys.argv) > 2).scale)
"""


def environment(cache: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "DOVETAIL_CACHE": str(cache), "OMP_NUM_THREADS": "1"}


def start(url: str, cache: Path) -> subprocess.Popen[str]:
    """A process that builds an index; it has said that it is about to."""
    process = subprocess.Popen([sys.executable, "-c", BUILD, url], env=environment(cache), stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def killed_and_built_again(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    """Kill a build at random moments, build to the end, and compare with a store whose build was never stopped."""
    seeded = random.Random(4)
    expected: list[bytes] = []
    length = 1.0
    for n in range(rounds + 1):
        folder = tmp_path / f"round{n}"
        folder.mkdir()
        store = store_of(world(12), folder)
        cache = linked(folder / "cache", embedder)
        if n:
            for _ in range(seeded.randint(1, 3)):
                process = start(store.url, cache)
                time.sleep(seeded.uniform(0, length))
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=60)
        began = time.monotonic()
        process = start(store.url, cache)
        scale = process.communicate(timeout=100)[0].strip()
        assert process.returncode == 0
        if not n:
            length = time.monotonic() - began
        monkeypatch.setenv("DOVETAIL_CACHE", str(cache))
        own = Embedder()
        snapshot = Snapshot.open(store, own)
        assert snapshot.scale.name == scale
        assert generations.verify(*generations.newest(store)) == []
        home = generations.newest(store)[0].parent
        assert not [path for path in home.iterdir() if path.name.startswith(".making-")]
        said = [msgspec.json.encode(ask(snapshot, own, text)) for text in QUESTIONS]
        found = [store.meta(META) or b"", *said]
        expected = expected or found
        assert found == expected
        store.close()


KILLED = """
import os, signal, sys
from graph import connect
from matcher.embedding.embedder import Embedder
from matcher.index import generations
generations._publish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
generations.build(connect(sys.argv[1]), Embedder(), rescale=True)
"""


def test_killed_between_the_scale_and_its_generation_the_old_one_still_answers(store: Store, embedder: Embedder, tmp_path: Path) -> None:
    cache = linked(tmp_path / "cache", embedder)
    generations.build(store, embedder)
    before = ask(Snapshot.open(store, embedder), embedder)
    scale = store.meta(META)
    store.write(Batch(nodes=[result(5)]))
    killed = subprocess.run([sys.executable, "-c", KILLED, store.url], env=environment(cache), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert store.meta(META) != scale  # the new one is stored, and what is asked is still the old generation
    opened = Snapshot.open(store, embedder)
    assert opened.scale.name == before.scale
    assert opened.scale.to_bytes() == scale
    assert {one.candidate for one in ask(opened, embedder).matches} >= {one.candidate for one in before.matches}
    assert not generations.build(store, embedder).rescaled
    assert Snapshot.open(store, embedder).scale.to_bytes() == store.meta(META)


def test_a_killed_build_is_completed_by_the_next(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_and_built_again(tmp_path, embedder, monkeypatch, 1)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_builds_killed_at_many_moments(tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_and_built_again(tmp_path, embedder, monkeypatch, 20)
