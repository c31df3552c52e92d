"""A damaged index never answers: it gives the answer that it gave, or it is refused, and the doctor names what is damaged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest

from api.doctor import State, _index
from api.settings import Settings
from graph import Batch
from graph.errors import IndexDamaged, IndexMissing
from matcher.embedding.embedder import Embedder
from matcher.index import blocks, generations
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want
from matcher.rank import pipeline
from tests.matcher.centre import AS_OF, Desk, world
from tests.matcher.worlds import QUESTIONS, store_of, work

ASKED = [Question(text=text, want=want, as_of=AS_OF, k=20, include_weak=True) for text, want in zip(QUESTIONS * 2, Want, strict=False)]


class Index(NamedTuple):
    """An index that may be damaged, what it answered before, and the same index as it was before its scale was measured anew."""

    desk: Desk
    home: Path
    folder: Path
    answers: bytes
    older: Path
    older_current: bytes

    @property
    def files(self) -> list[Path]:
        return [*sorted(path for path in self.folder.iterdir() if path.is_file()), self.home / "CURRENT"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("damaged")
    embedder = Embedder(english="all-MiniLM-L6-v2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOVETAIL_CACHE", str(folder / "cache"))
        desk = Desk(store_of(world(), folder), embedder)
        older, _ = generations.newest(desk.store)
        older_current = (older.parent / "CURRENT").read_bytes()
        desk.store.write(Batch(delete=[work(1)]))  # almost all files become others
        generations.build(desk.store, embedder, rescale=True)
        made, _ = generations.newest(desk.store)
        assert older.exists()
        yield Index(desk, made.parent, made, answers(desk), older, older_current)
        desk.store.close()


def answers(desk: Desk) -> bytes:
    """What every question is answered by a process that opens the index now, as bytes."""
    snapshot = Snapshot.open(desk.store, desk.embedder)
    found = [pipeline.answer(question, snapshot, desk.embedder) for question in ASKED]
    items = [snapshot.display.get([match.candidate for match in answer.matches]) for answer in found]
    return msgspec.json.encode([found, items])


def judged(index: Index, file: Path) -> str:
    """What a damaged ``file`` leads to: "refused", or "same" where not one byte of an answer moved. The doctor must name it."""
    found = _index(index.desk.store, Settings(store=index.desk.store.url), deep=False)
    assert (found.state, file.name in found.what) == (State.FAIL, True), (file.name, found)
    assert found.mend.startswith("dovetail index")
    with pytest.raises(IndexMissing):
        Snapshot.open(index.desk.store, index.desk.embedder, whole=True)  # as the service does
    try:
        now = answers(index.desk)
    except IndexMissing as error:
        assert error.exit_code == 7
        assert "dovetail index --store" in str(error)
        return "refused"
    assert now == index.answers, f"{file.name}: another answer"
    return "same"


def each_flipped(index: Index, places: int, seed: int = 7) -> dict[str, int]:
    """Flip one byte at so many places of each file; how often it was refused, by file."""
    seeded = random.Random(seed)
    refused: dict[str, int] = {}
    for file in index.files:
        whole = file.read_bytes()
        at = seeded.sample(range(len(whole)), min(places, len(whole)))
        for place in at:
            file.write_bytes(whole[:place] + bytes([whole[place] ^ seeded.randint(1, 255)]) + whole[place + 1 :])
            refused[file.name] = refused.get(file.name, 0) + (judged(index, file) == "refused")
        file.write_bytes(whole)
    assert answers(index.desk) == index.answers
    return refused


def test_a_flipped_byte_is_refused_or_makes_no_difference(index: Index) -> None:
    refused = each_flipped(index, 3)
    assert len(refused) >= 28
    assert {name for name, times in refused.items() if times == 0} <= {"vectors.npy", "english_vectors.npy", "contents.npy"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_byte_flipped_at_fifty_places_of_each_file(index: Index) -> None:
    each_flipped(index, 50, seed=11)


@pytest.mark.parametrize("damage", ["cut", "empty", "zeroed", "longer", "swapped"])
def test_a_file_that_is_cut_zeroed_or_another_generations(index: Index, damage: str) -> None:
    done = 0
    for file in index.files:
        whole = file.read_bytes()
        other = index.older_current if file.name == "CURRENT" else (index.older / file.name).read_bytes()
        now = {"cut": whole[: len(whole) // 2], "empty": b"", "zeroed": bytes(len(whole)), "longer": whole + b"\0", "swapped": other}
        if now[damage] == whole:  # what both generations have alike is no damage
            continue
        file.write_bytes(now[damage])
        judged(index, file)
        file.write_bytes(whole)
        done += 1
    assert done >= 20
    assert answers(index.desk) == index.answers


def test_a_file_that_is_gone(index: Index) -> None:
    for file in index.files[:-1]:  # without CURRENT there is no index
        file.rename(file.with_name("aside"))
        judged(index, file)
        file.with_name("aside").rename(file)
    assert answers(index.desk) == index.answers


def test_damage_is_mended_by_indexing_again(index: Index) -> None:
    for name in ("CURRENT", "manifest.json", "vectors.npy", "scale.bin"):
        file = next(path for path in index.files if path.name == name)
        file.write_bytes(bytes(len(file.read_bytes())))
        generations.build(index.desk.store, index.desk.embedder)
        assert answers(index.desk) == index.answers


def test_of_a_large_array_only_what_is_read_is_checked(tmp_path: Path) -> None:
    """A byte is flipped in each block in turn; rows are refused exactly where they lie in it."""
    array = np.random.default_rng(3).normal(size=(200, 96)).astype(np.float32)
    file = tmp_path / "rows.npy"
    np.save(file, array)
    sums, whole = blocks.sums_of(file), file.read_bytes()
    begin, size = len(whole) - array.nbytes, 96 * 4
    for block in range(1, -(-len(whole) // blocks.BLOCK)):
        place = min(block * blocks.BLOCK + 77, len(whole) - 1)
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        first, end = block * blocks.BLOCK, (block + 1) * blocks.BLOCK
        hit = {row for row in range(200) if begin + row * size < end and begin + (row + 1) * size > first}
        for taken in (lambda rows, row: rows[np.array([row])], lambda rows, row: rows[row : row + 1]):
            for row in range(200):
                rows = blocks.opened(file, sums, "mend it", whole=False)
                if row in hit:
                    with pytest.raises(IndexDamaged, match=r"rows\.npy: this file of the index is damaged; mend it"):
                        taken(rows, row)
                else:
                    np.testing.assert_array_equal(taken(rows, row), array[row : row + 1])
        with pytest.raises(IndexDamaged):
            blocks.opened(file, sums, "mend it", whole=True)
