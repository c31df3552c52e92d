"""The vector cache: what is damaged counts as missing, what is kept is its owner's alone, and a full disk is told."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from graph.errors import DovetailError, ModelError
from matcher.embedding import vector_cache
from matcher.embedding.embedder import Embedder

DIMENSION = 384


def vectors(count: int, seed: int = 1) -> dict[bytes, bytes]:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {b"%016d" % n: row.astype(np.float32).tobytes() for n, row in enumerate(rows)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors" / "some.vectors"


@pytest.fixture
def cache(path: Path) -> Iterator[sqlite3.Connection]:
    made = vector_cache.opened(path)
    yield made
    made.close()


def test_a_damaged_vector_is_not_there_and_is_kept_anew(cache: sqlite3.Connection, path: Path) -> None:
    kept = vectors(20)
    assert vector_cache.keep(cache, kept) == kept == dict(vector_cache.stored(cache, list(kept)))
    for place in range(0, DIMENSION * 4, 97):
        one = b"%016d" % (place % 20)
        value = bytearray(kept[one])
        value[place] ^= 1
        with cache:
            cache.execute("UPDATE vector SET value = ? WHERE hash = ?", (bytes(value), one))
        assert dict(vector_cache.stored(cache, list(kept))) == {name: row for name, row in kept.items() if name != one}
        assert vector_cache.damage(path) == ["1 vectors are not what was written; they are embedded anew when they are needed"]
        assert vector_cache.keep(cache, {one: kept[one]}) == {one: kept[one]}
        assert dict(vector_cache.stored(cache, list(kept))) == kept
    assert vector_cache.damage(path) == []


def test_the_first_vector_of_a_text_is_kept(cache: sqlite3.Connection) -> None:
    first, other = vectors(5), vectors(8, seed=2)
    vector_cache.keep(cache, first)
    assert vector_cache.keep(cache, other) == {**other, **first}


def test_vectors_of_a_version_without_checksums_are_taken_if_they_are_unit(cache: sqlite3.Connection) -> None:
    kept = vectors(3)
    with cache:
        cache.executemany("INSERT INTO vector VALUES (?, ?)", kept.items())
        cache.execute("UPDATE vector SET value = zeroblob(1536) WHERE hash = ?", (b"%016d" % 1,))
    assert set(dict(vector_cache.stored(cache, list(kept)))) == {b"%016d" % 0, b"%016d" % 2}


def test_a_cache_that_is_no_database_is_told(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, and long enough to be looked at" * 100)
    with pytest.raises(ModelError, match="cannot be opened: file is not a database; name another folder with DOVETAIL_CACHE"):
        vector_cache.opened(path)
    assert "cannot be read" in vector_cache.damage(path)[0]


def test_zeroed_pages_of_a_cache_are_told(path: Path) -> None:
    cache = vector_cache.opened(path)
    kept = vectors(200)
    vector_cache.keep(cache, kept)
    cache.close()
    whole = path.read_bytes()
    for start in range(4096, len(whole), 4096 * 7):
        path.write_bytes(whole[:start] + bytes(4096) + whole[start + 4096 :])
        assert vector_cache.damage(path)
        try:
            cache = vector_cache.opened(path)
            found = dict(vector_cache.stored(cache, list(kept)))
        except ModelError as error:
            assert "cannot be" in str(error)  # read or opened
        else:
            assert all(kept[one] == value for one, value in found.items())


def test_a_cache_is_its_owners_alone_though_it_was_not_before(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.touch(0o644)
    cache = vector_cache.opened(path)
    vector_cache.keep(cache, vectors(2))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.iterdir())}
    cache.close()
    assert modes == {"vectors": 0o700, path.name: 0o600, f"{path.name}-wal": 0o600, f"{path.name}-shm": 0o600}


def test_with_a_full_disk_a_question_is_answered_and_a_corpus_is_refused(tmp_path: Path, embedder: Embedder) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "models").symlink_to(embedder.path.parent)
    own = Embedder(cache=cache)
    own.query(["a question that is kept"])
    database = own._database
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then says what it says of a full disk
    asked = [f"question {n} that cannot be kept" for n in range(8)]
    np.testing.assert_array_equal(own.query(asked).vectors, Embedder().query(asked).vectors)
    with pytest.raises(DovetailError, match=r"vectors cannot be kept: the disk is full; make room there, or name another folder"):
        own.passages(asked)
