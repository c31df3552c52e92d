"""A snapshot that follows in steps: each bounded and whole, never knowing less than the last, in the end the same as one opened anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch, Store
from graph.model import EdgeKind
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index import snapshot as module
from matcher.index.one_embeds import embedding
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Want
from matcher.signals.postings import count_terms
from matcher.signals.scale import English
from matcher.signals.segment import Segment, settled
from matcher.text.passages import Text, text_of
from tests.matcher.index.test_generations import ask, own_indexes, result, world
from tests.matcher.worlds import QUESTIONS, edge, party, store_of, work

__all__ = ["own_indexes"]
FIRST, ALL = 5, 40


@pytest.fixture
def store(embedder: Embedder, tmp_path: Path) -> Iterator[Store]:
    """A store that is indexed."""
    opened = store_of(world(FIRST), tmp_path)
    generations.build(opened, embedder)
    yield opened
    opened.close()


def more(first: int, last: int) -> Batch:
    nodes = [msgspec.structs.replace(result(n), title=f"work {n} of a series") for n in range(first, last)]
    return Batch(nodes=list(nodes), edges=[edge(EdgeKind.OWNS, party(n % 3), work(n)) for n in range(first, last)])


def texts_of(snapshot: Snapshot) -> set[str]:
    return {one.decode() for one in snapshot.texts.ids[snapshot.alive].tolist()}


def answers(snapshot: Snapshot, embedder: Embedder) -> list[Answer]:
    return [ask(snapshot, embedder, text, want) for text in QUESTIONS[:2] for want in (Want.PARTNERS, Want.ACHIEVEMENTS)]


def forget_vectors(embedder: Embedder, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts of ``batch`` count as not embedded until a step has read them."""
    new = {passage for node in batch.nodes if (text := text_of(node)) for passage in text.passages}
    real, embedded = embedder.missing, embedder.passages

    def passages(texts: list[str], *more: object) -> object:
        new.difference_update(texts)
        return embedded(texts, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(embedder, "missing", lambda texts: [text in new or is_new for text, is_new in zip(texts, real(texts), strict=True)])
    monkeypatch.setattr(embedder, "passages", passages)


def test_each_step_knows_more_and_the_last_is_the_store(store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_PASSAGES", 4)
    before = Snapshot.open(store, embedder)
    batch = more(FIRST, ALL)
    store.write(batch)
    forget_vectors(embedder, batch, monkeypatch)
    assert before.texts_behind(store) == ALL - FIRST
    steps = [before]
    while (after := steps[-1].stepped(store, embedder)) is not steps[-1]:
        assert texts_of(after) > texts_of(steps[-1])
        assert after.cursor == store.cursor()
        assert after.texts_behind(store) == len(after.unread) == ALL - len(texts_of(after))
        assert answers(after, embedder) == answers(after, embedder)
        steps.append(after)
    assert len(steps) > 5
    assert len(steps[-1].segments) < 6
    whole = Snapshot.open(store, embedder)
    assert texts_of(steps[-1]) == texts_of(whole)
    assert answers(steps[-1], embedder) == answers(whole, embedder)
    assert answers(before, embedder) != answers(whole, embedder)


def test_of_several_that_follow_one_embeds_and_the_others_take_it_from_the_cache(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, batch = Snapshot.open(store, embedder), more(FIRST, ALL)
    store.write(batch)
    forget_vectors(embedder, batch, monkeypatch)
    with embedding(store) as is_turn, embedding(store) as is_turn_of_another:
        assert (is_turn, is_turn_of_another) == (True, False)
        waiting = before.stepped(store, embedder)
        assert waiting.cursor == store.cursor()
        assert len(waiting.unread) == ALL - FIRST, "another embeds, and nothing is in the cache yet"
        assert waiting.stepped(store, embedder) is waiting
        embedder.passages([passage for node in batch.nodes if (text := text_of(node)) for passage in text.passages])
        assert waiting.stepped(store, embedder).unread == ()
    assert waiting.stepped(store, embedder).unread == ()
    with embedding(store) as is_turn:
        assert is_turn


def test_a_step_takes_whole_changes_up_to_a_bound(store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_IDS", 7)
    snapshot = Snapshot.open(store, embedder)
    first = store.cursor().revision
    for number in range(FIRST, FIRST + 6):
        store.write(more(number, number + 1))
    revisions = [first]
    while (after := snapshot.stepped(store, embedder)) is not snapshot:
        snapshot = after
        revisions.append(snapshot.cursor.revision)
    assert revisions == [first, first + 3, first + 6]
    assert answers(snapshot, embedder) == answers(Snapshot.open(store, embedder), embedder)


def test_a_text_that_changes_is_known_all_the_while(store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_PASSAGES", 1)
    snapshot = Snapshot.open(store, embedder)
    batch = Batch(nodes=[msgspec.structs.replace(result(n), title=f"another title of {n}") for n in range(FIRST)])
    store.write(batch)
    forget_vectors(embedder, batch, monkeypatch)
    after = snapshot.stepped(store, embedder)
    assert texts_of(after) == texts_of(snapshot)
    assert not after.unread
    assert after.stepped(store, embedder) is after


def test_what_goes_before_it_was_read_is_not_read(store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_PASSAGES", 1)
    batch = more(FIRST, FIRST + 9)
    snapshot = Snapshot.open(store, embedder)
    store.write(batch)
    forget_vectors(embedder, batch, monkeypatch)
    snapshot = snapshot.stepped(store, embedder)
    gone = snapshot.unread[-1]
    store.write(Batch(delete=[gone]))
    while (after := snapshot.stepped(store, embedder)) is not snapshot:
        snapshot = after
    assert gone not in texts_of(snapshot)
    assert texts_of(snapshot) == texts_of(Snapshot.open(store, embedder))


def test_a_new_index_takes_nothing_back(store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is made of what was there when it began; what a snapshot learnt since is in the next step too."""
    monkeypatch.setattr(module, "STEP_PASSAGES", 2)
    snapshot = Snapshot.open(store, embedder)
    store.write(more(FIRST, FIRST + 3))
    generations.build(store, embedder)
    folder = Path(generations._home(store.cursor().epoch))
    newest = (folder / "CURRENT").read_text()
    (folder / "CURRENT").write_text(snapshot.generation)
    store.write(more(FIRST + 3, FIRST + 9))
    while (after := snapshot.stepped(store, embedder)) is not snapshot:
        snapshot = after
    (folder / "CURRENT").write_text(newest)
    after = snapshot.stepped(store, embedder)
    assert after.generation == newest != snapshot.generation
    assert after.cursor == snapshot.cursor
    assert texts_of(after) == texts_of(snapshot)


def test_what_another_process_embeds_for_an_index_is_left_to_it(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Snapshot.open(store, embedder)
    batch = more(FIRST, FIRST + 4)
    store.write(batch)
    forget_vectors(embedder, batch, monkeypatch)
    assert not generations.is_being_made(store)
    with FileLock(generations._home(store.cursor().epoch) / "lock"):
        assert generations.is_being_made(store)
        after = snapshot.stepped(store, embedder)
        assert len(after.unread) == after.texts_behind(store) == 4
        assert after.stepped(store, embedder) is after
        embedder.passages([passage for node in batch.nodes[:2] if (text := text_of(node)) for passage in text.passages])
        after = after.stepped(store, embedder)
        assert len(after.unread) == 2
    assert not after.stepped(store, embedder).unread


def test_a_step_ends_when_another_process_begins_an_index(store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the step had embedded is not lost: it is in the vector cache."""
    monkeypatch.setattr("matcher.embedding.embedder.CHUNK", 1)
    snapshot = Snapshot.open(store, embedder)
    never_seen = [msgspec.structs.replace(result(n), title=f"氧化锆毡 {uuid4()}", abstract="") for n in range(FIRST, FIRST + 4)]
    store.write(Batch(nodes=[*never_seen]))
    lock = FileLock(generations._home(store.cursor().epoch) / "lock")

    def begins(done: int, _total: int) -> None:
        if done == 1:
            lock.acquire()

    after = snapshot.stepped(store, embedder, begins)
    assert lock.is_locked
    assert len(after.unread) == 3
    assert after.stepped(store, embedder) is after
    lock.release()
    assert not after.stepped(store, embedder).unread


def test_a_stop_is_heard_between_two_chunks(store: Store, embedder: Embedder) -> None:
    snapshot = Snapshot.open(store, embedder)
    store.write(Batch(nodes=[msgspec.structs.replace(result(99), title="never embedded before: zirconia felt 7781")]))

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        snapshot.stepped(store, embedder, stop)


# -- segments that are joined

WORDS = st.lists(st.sampled_from(["laser", "weld", "涂层", "steel", "of", "材料"]), max_size=6).map(" ".join)


def segment(texts: list[str], english: bool, seed: int) -> Segment:
    drawn = np.random.default_rng(seed)
    said = [Text("", text) for text in texts]
    count = sum(len(one.passages) for one in said)
    vectors = drawn.normal(size=(count, 4)).astype(np.float32)
    rows = np.arange(0, count, 2)
    read = English.of(rows, drawn.normal(size=(len(rows), 3)).astype(np.float32)) if english and len(rows) else None
    ids = [f"ach-{seed:08d}{n:08d}" for n in range(len(texts))]
    return Segment.of(ids, said, vectors, count_terms(one.words for one in said), read)


@settings(max_examples=60)
@given(parts=st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=5), st.booleans()), min_size=2, max_size=5))
def test_joined_segments_hold_what_their_parts_held(parts: list[tuple[list[str], bool]]) -> None:
    segments = [segment(texts, english, number) for number, (texts, english) in enumerate(parts)]
    one = segments[0]
    for other in segments[1:]:
        one = one.followed_by(other)
    texts = [text for said, _ in parts for text in said]
    whole = count_terms(Text("", text).words for text in texts)
    for name in ("terms", "start", "rows", "counts", "lengths"):
        np.testing.assert_array_equal(getattr(one.postings, name), getattr(whole, name))
        assert getattr(one.postings, name).dtype == getattr(whole, name).dtype
    np.testing.assert_array_equal(one.ids, np.concatenate([part.ids for part in segments]))
    owner = np.concatenate([part.owner + sum(len(p.ids) for p in segments[:n]) for n, part in enumerate(segments)])
    np.testing.assert_array_equal(one.owner, owner)
    assert one.owner.dtype == np.int32
    np.testing.assert_array_equal(one.vectors, np.concatenate([part.vectors for part in segments]))
    np.testing.assert_array_equal(one.quantised.codes, np.concatenate([part.quantised.codes for part in segments]))
    before, rows = 0, []
    for part in segments:
        rows += (part.english.rows + before).tolist() if part.english else []
        before += len(part.vectors)
    assert (one.english.rows.tolist() if one.english else []) == rows


def test_a_thousand_portions_lie_in_few_segments_and_the_first_is_left_alone() -> None:
    base = segment(["steel"], False, 0)
    segments: tuple[Segment, ...] = (base,)
    for number in range(1, 200):
        segments = settled((*segments, segment(["laser"], False, number)))
        assert len(segments) < 10
        assert segments[0] is base
    assert sum(len(part.ids) for part in segments) == 200


def test_a_snapshot_that_is_refreshed_leaves_nothing_unread(store: Store, embedder: Embedder) -> None:
    snapshot = Snapshot.open(store, embedder)
    assert snapshot.unread == ()
    assert replace(snapshot, unread=(work(0),)).refreshed(store, embedder).unread == ()
