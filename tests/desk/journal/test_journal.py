"""The journal: chains, states that are folds, consequences in the same write, personal values that can be erased."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.journal.entries import Entry, personal_id
from desk.journal.heads import Head, head, signing_key, verify
from desk.journal.journal import Journal, State, Step
from graph import Batch, Store, connect
from graph.copy import copy
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput, NotFound, StoreError
from tests.graph.samples import institution, owns

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def tally(before: dict[str, Any] | None, entry: Entry) -> dict[str, Any]:
    """How often each thing was done, and by whom last."""
    done = dict(before["done"]) if before else {}
    return {"done": done | {entry.kind: done.get(entry.kind, 0) + 1}, "by": entry.actor}


FOLDS = {"lead": tally, "demand": tally}


def journal_of(store: Store) -> Journal:
    ticks = iter(range(10**6))
    return Journal(store, FOLDS, now=lambda: MORNING + timedelta(seconds=next(ticks)))


@pytest.fixture
def journal(store: Store) -> Journal:
    return journal_of(store)


def step(stream: str = "lead:1", kind: str = "moved", **more: Any) -> Step:
    return Step(stream=stream, kind=kind, actor="key:a", **more)


def test_an_entry_follows_the_one_before_it(journal: Journal) -> None:
    first, second = journal.append(step(body={"to": "proposed"})), journal.append(step(kind="noted"))
    assert (first.number, first.previous, first.at) == (1, "", "2026-03-02T08:00:00.000000+00:00")
    assert (second.number, second.previous) == (2, first.hash)
    # by hand: the canonical JSON has its keys in order and no blanks
    plain = json.dumps({name: getattr(first, name) for name in ("actor", "at", "body", "kind", "number", "previous", "stream")},
                       sort_keys=True, separators=(",", ":"), ensure_ascii=False)  # fmt: skip
    assert first.hash == hashlib.sha256(plain.encode()).hexdigest()
    assert list(journal.entries("lead:1")) == [first, second]
    state = journal.state("lead:1")
    assert state is not None
    assert (state.number, state.hash, state.value) == (2, second.hash, {"done": {"moved": 1, "noted": 1}, "by": "key:a"})
    assert journal.state("lead:2") is None and list(journal.entries("lead:2")) == []


def test_what_follows_in_the_graph_is_written_with_it_or_not_at_all(journal: Journal, store: Store) -> None:
    journal.append(step(batch=Batch(nodes=[institution("ins-a")], documents=[Document("note", DocumentKind.USE, b"x")])))
    assert "ins-a" in store.get(["ins-a"]) and store.documents(["note"])
    version = store.get(["ins-a"])["ins-a"].version
    for bad, error in (
        (step(batch=Batch(nodes=[institution("ins-b")], edges=[owns("edg-1", "ins-a", "ach-1")])), InvalidInput),
        (step(batch=Batch(nodes=[institution("ins-b")]), expect={"ins-a": version + 1}), Conflict),
        (step(batch=Batch(nodes=[institution("ins-b")]), number=1), Conflict),
    ):
        with pytest.raises(error):
            journal.append(bad)
    assert store.get(["ins-b"]) == {} and len(list(journal.entries("lead:1"))) == 1
    with pytest.raises(InvalidInput, match="no such type of stream"):
        journal.append(step("tender:1"))


def test_a_store_where_nothing_is_matched_anew_by_an_entry(journal: Journal, store: Store) -> None:
    before = store.cursor(), store.check(deep=True).content
    journal.append(step())
    assert (store.cursor(), store.check(deep=True).content) == before


def test_of_many_who_act_on_one_thing_all_are_in_the_chain(store_url: str) -> None:
    """Threads of two processes' worth of journals on streams that they share: none is lost, none twice, and every chain verifies."""
    stores = [connect(store_url) for _ in range(2)]
    journals = [journal_of(one) for one in stores]
    done: list[str] = []

    def work(journal: Journal, name: str) -> None:
        for n in range(10):
            while True:
                try:
                    done.append(journal.append(step(f"lead:{n % 2}", kind=f"{name}{n}")).kind)
                    break
                except Conflict:
                    continue

    threads = [threading.Thread(target=work, args=(journals[n % 2], f"t{n}-")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [entry.kind for stream in ("lead:0", "lead:1") for entry in journals[0].entries(stream)]
    assert sorted(kinds) == sorted(done) and len(set(kinds)) == 40
    assert verify(stores[0], FOLDS) == (40, [])
    for one in stores:
        one.close()


def test_steps_that_wait_share_a_commit(tmp_path: Path) -> None:
    store = connect(f"sqlite:///{tmp_path}/s.db")
    journal = journal_of(store)
    journal._writing.acquire()  # as if a commit were under way
    threads = [threading.Thread(target=journal.append, args=(step(f"lead:{n}"),)) for n in range(8)]
    for thread in threads:
        thread.start()
    while len(journal._queue) < 8:
        pass
    journal._writing.release()
    for thread in threads:
        thread.join()
    assert store.sequence() == 1
    assert verify(store, FOLDS) == (8, [])
    store.close()


def test_one_that_cannot_be_done_keeps_nobody_who_shares_its_commit(tmp_path: Path) -> None:
    store = connect(f"sqlite:///{tmp_path}/s.db")
    journal = journal_of(store)
    found: dict[str, str] = {}

    def work(name: str, one: Step) -> None:
        try:
            found[name] = journal.append(one).kind
        except (InvalidInput, Conflict) as error:
            found[name] = type(error).__name__

    journal._writing.acquire()
    steps = {"good": step("lead:1"), "bad": step("lead:2", batch=Batch(edges=[owns("edg-1", "x", "y")])), "late": step("lead:3", number=4)}
    threads = [threading.Thread(target=work, args=item) for item in steps.items()]
    for thread in threads:
        thread.start()
    while len(journal._queue) < 3:
        pass
    journal._writing.release()
    for thread in threads:
        thread.join()
    assert found == {"good": "moved", "bad": "InvalidInput", "late": "Conflict"}
    assert verify(store, FOLDS) == (1, [])
    store.close()


# -- personal values


def test_a_personal_value_can_be_erased_and_its_entry_stays(journal: Journal, store: Store) -> None:
    entry = journal.append(step(body={"to": "introduced"}, personal={"name": "沈砚秋"}))
    assert "沈砚秋" not in entry.to_bytes().decode() and entry.body["to"] == "introduced"
    assert journal.personal(entry.stream, entry.number, "name") == "沈砚秋"
    kept = msgspec.json.decode(store.documents([personal_id(entry.id, "name")])[personal_id(entry.id, "name")].content)
    commitment = hashlib.sha256(bytes.fromhex(kept["salt"]) + "沈砚秋".encode()).hexdigest()
    assert entry.body["name"] == {"commitment": commitment} and len(kept["salt"]) == 32
    assert journal.erase("lead:1", 1, "name") and not journal.erase("lead:1", 1, "name")
    assert journal.personal(entry.stream, entry.number, "name") is None
    assert list(journal.entries("lead:1")) == [entry] and verify(store, FOLDS) == (1, [])
    for number, name in ((1, "phone"), (1, "to"), (2, "name")):
        with pytest.raises(NotFound):
            journal.erase("lead:1", number, name)


# -- what verify finds


def replayed(journal: Journal, stream: str) -> State | None:
    """The state that the entries of a stream fold to, read from the first."""
    state = None
    for entry in journal.entries(stream):
        state = State(entry.number, entry.hash, entry.at, tally(state.value if state else None, entry))
    return state


STEPS = st.lists(st.tuples(st.sampled_from(["lead:1", "lead:2", "demand:1"]), st.sampled_from(["a", "b"]), st.booleans()), max_size=12)


@given(STEPS)
def test_every_journal_verifies_and_its_states_are_replayed(steps: list[tuple[str, str, bool]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store, target = connect(f"sqlite:///{folder}/s.db"), connect(f"sqlite:///{folder}/t.db")
        journal, key = journal_of(store), signing_key(Path(folder) / "key")
        heads = [head(store, key, now=MORNING)]
        for stream, kind, is_personal in steps:
            journal.append(step(stream, kind, personal={"who": "x"} if is_personal else {}))
            heads.append(head(store, key, now=MORNING))
        for stream in {stream for stream, _, _ in steps}:
            assert replayed(journal, stream) == journal.state(stream)
        copy(store, target)
        for one in (store, target):
            for earlier in heads:  # a copy continues what was handed out of the first
                assert verify(one, FOLDS, earlier=Head.from_bytes(earlier.to_bytes()), key=heads[0].key) == (len(steps), [])
        store.close()
        target.close()


def edited(store: Store, one: str, content: bytes) -> None:
    held = next(document for document in store.documents_since(0) if document.id == one)
    store.write(Batch(documents=[Document(one, held.kind, content, held.version)]))


@pytest.fixture
def written(tmp_path: Path) -> tuple[Store, Journal, Head]:
    store = connect(f"sqlite:///{tmp_path}/s.db")
    journal = journal_of(store)
    for n in range(3):
        journal.append(step("lead:1", f"k{n}", personal={"who": "x"}))
    journal.append(step("lead:2"))
    return store, journal, head(store, signing_key(tmp_path / "key"), now=MORNING)


def test_an_entry_that_was_changed_breaks_its_chain(written: tuple[Store, Journal, Head]) -> None:
    store, journal, earlier = written
    entry = list(journal.entries("lead:1"))[1]
    edited(store, entry.id, msgspec.structs.replace(entry, actor="key:b").to_bytes())
    _, problems = verify(store, FOLDS, earlier=earlier)
    assert any("does not follow entry" in one for one in problems)
    assert any("does not continue the head" in one for one in problems)


def test_a_state_that_was_changed_is_found(written: tuple[Store, Journal, Head]) -> None:
    store, journal, _ = written
    state = journal.state("lead:1")
    assert state is not None
    edited(store, "lead:1", msgspec.structs.replace(state, value={"done": {}}).to_bytes())
    assert verify(store, FOLDS)[1] == ["lead:1: its state is not what its entries come to"]


def test_a_tail_that_was_cut_off_shows_by_an_earlier_head(written: tuple[Store, Journal, Head], tmp_path: Path) -> None:
    _, _, earlier = written
    shorter = connect(f"sqlite:///{tmp_path}/cut.db")
    journal = journal_of(shorter)
    for n in range(3):
        journal.append(step("lead:1", f"k{n}"))
    assert verify(shorter, FOLDS) == (3, [])
    _, (problem,) = verify(shorter, FOLDS, earlier=earlier)
    assert "does not continue the head of 2026-03-02T08:00:00+00:00 with 4 entries: it has 3 of them" in problem
    journal.append(step("lead:2", "another"))
    assert "another root" in verify(shorter, FOLDS, earlier=earlier)[1][0]
    shorter.close()


def test_a_personal_value_that_was_exchanged_is_found(written: tuple[Store, Journal, Head]) -> None:
    store, journal, _ = written
    entry = next(iter(journal.entries("lead:1")))
    for content in (msgspec.json.encode({"salt": "00" * 16, "value": "y"}), b"[", msgspec.json.encode({"salt": "x", "value": "y"})):
        edited(store, personal_id(entry.id, "who"), content)
        assert verify(store, FOLDS)[1] == [f"{entry.id}: the value kept of who is not the one that was committed to"]


def test_an_entry_that_cannot_be_read_is_named(written: tuple[Store, Journal, Head]) -> None:
    store, journal, _ = written
    for content in (b"{}", b"no JSON", next(iter(journal.entries("lead:1"))).to_bytes() + b" "):
        edited(store, "lead:1/0000000001", content)
        count, problems = verify(store, FOLDS)
        assert count == 3 and problems[0].startswith("journal entry lead:1/0000000001 ")
        assert "lead:1/0000000002: it does not follow entry 0 of its stream" in problems


# -- heads and keys


def test_a_head_is_signed_and_its_key_is_for_its_owner_alone(written: tuple[Store, Journal, Head], tmp_path: Path) -> None:
    store, _, made = written
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert Head.from_bytes(made.to_bytes()) == made and made.entries == 4
    assert head(store, signing_key(tmp_path / "key"), now=MORNING) == made  # the same key, the same bytes
    for forged in (msgspec.structs.replace(made, entries=3), msgspec.structs.replace(made, key="00" * 32)):
        with pytest.raises(InvalidInput, match=r"signature|not a head"):
            Head.from_bytes(forged.to_bytes())
    for content in (b"", b"{}", b"[1]"):
        with pytest.raises(InvalidInput, match="not a head"):
            Head.from_bytes(content)
    other = head(store, signing_key(tmp_path / "other"), now=MORNING)
    assert "another key" in verify(store, FOLDS, earlier=other, key=made.key)[1][0]
    (tmp_path / "bad").write_text("nothing")
    with pytest.raises(StoreError, match="signing key"):
        signing_key(tmp_path / "bad")


def test_an_empty_journal_has_a_head_that_everything_continues(journal: Journal, store: Store, tmp_path: Path) -> None:
    earlier = head(store, signing_key(tmp_path / "key"), now=MORNING)
    assert (earlier.entries, earlier.root) == (0, hashlib.sha256(b"").hexdigest())
    journal.append(step())
    assert verify(store, FOLDS, earlier=earlier) == (1, [])
