"""A question goes before the next chunk, a chunk waits for no question that came after it, and what is cached waits for nobody."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from matcher.embedding import embedder as module
from matcher.embedding.embedder import Embedder
from matcher.embedding.turns import Turns
from tests.matcher.embedding.test_embedder import TEXTS, fresh

SOON = 60
"""Seconds after which a test fails that would hang else."""


def waiting(turns: Turns, count: int) -> None:
    """Wait until so many threads wait for their turn."""
    done = threading.Event()
    for _ in range(6000):
        if len(turns._waiting) == count:
            return
        done.wait(0.01)
    raise AssertionError(f"{len(turns._waiting)} wait, not {count}")


def test_turns_are_given_in_the_order_of_arrival() -> None:
    turns, heard = Turns(), list[int]()

    def take(number: int) -> None:
        with turns:
            heard.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            waiting(turns, number + 1)
    for thread in threads:
        thread.join(SOON)
    assert heard == list(range(8))
    with turns:
        pass


def test_a_turn_that_fails_is_given_on() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="x"), turns:
        raise ValueError("x")
    with turns:
        pass


class Engine:
    """A small engine whose passages wait to be let go, and that remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.is_embedding, self.may_go_on = threading.Event(), threading.Semaphore(0)

    def query(self, texts: list[str]) -> module.Vectors:
        self.heard += [f"question {text}" for text in texts]
        return np.ones((len(texts), 3), np.float32)

    def passage(self, texts: list[str]) -> module.Vectors:
        self.heard += [f"passage {text}" for text in texts]
        self.is_embedding.set()
        assert self.may_go_on.acquire(timeout=SOON)
        return np.ones((len(texts), 3), np.float32)


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Embedder, Engine]:
    """An embedder that embeds one passage a chunk, each when it is let go."""
    monkeypatch.setattr(module, "CHUNK", 1)
    own, engine = fresh(tmp_path / "cache"), Engine()
    vars(own)["_engine"] = engine
    return own, engine


def test_what_is_cached_is_answered_while_a_chunk_is_embedded(slow: tuple[Embedder, Engine]) -> None:
    own, engine = slow
    own.query(["asked before"])
    feeding = threading.Thread(target=own.passages, args=(TEXTS[:1],))
    feeding.start()
    assert engine.is_embedding.wait(SOON)
    answered = threading.Thread(target=own.query, args=(["asked before"],))
    answered.start()
    answered.join(SOON)
    assert not answered.is_alive() and feeding.is_alive()
    engine.may_go_on.release()
    feeding.join(SOON)


def test_a_question_is_embedded_before_the_next_chunk(slow: tuple[Embedder, Engine]) -> None:
    own, engine = slow
    feeding = threading.Thread(target=own.passages, args=(TEXTS[:3],))
    feeding.start()
    assert engine.is_embedding.wait(SOON)
    asking = threading.Thread(target=own.query, args=(["new"],))
    asking.start()
    waiting(own._small, 1)
    engine.may_go_on.release()
    asking.join(SOON)  # two chunks are still to come, and nobody lets them go
    assert not asking.is_alive() and feeding.is_alive()
    assert [said.split()[0] for said in engine.heard][:2] == ["passage", "question"]
    for _ in range(2):
        engine.may_go_on.release()
    feeding.join(SOON)
    assert not feeding.is_alive()
    assert own.missing([*TEXTS[:3], "other"]) == [False, False, False, True]


def test_many_passages_and_a_question_use_different_engines(slow: tuple[Embedder, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    own, engine = slow
    monkeypatch.setattr(module, "FEW", 2)
    began, go_on = threading.Event(), threading.Event()

    class Model:
        def encode(self, texts: list[str], **_: object) -> module.Vectors:
            began.set()
            assert go_on.wait(SOON)
            return np.ones((len(texts), 3), np.float32)

    vars(own)["_model"] = Model()
    feeding = threading.Thread(target=own.passages, args=(TEXTS[:5],))
    feeding.start()
    assert began.wait(SOON)
    own.query(["new"])
    assert engine.heard == ["question new"]
    go_on.set()
    feeding.join(SOON)


def test_a_text_that_another_stored_meanwhile_is_not_embedded_again(slow: tuple[Embedder, Engine]) -> None:
    own, engine = slow
    threads = [threading.Thread(target=own.passages, args=(TEXTS[:1],)) for _ in range(2)]
    threads[0].start()
    assert engine.is_embedding.wait(SOON)
    threads[1].start()
    waiting(own._small, 1)
    engine.may_go_on.release()
    for thread in threads:
        thread.join(SOON)
    assert len(engine.heard) == 1
