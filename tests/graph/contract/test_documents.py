"""What every store promises of documents: written with the graph or not at all, at the version that was read, outside the revision."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import Batch, Store, connect
from graph.copy import copy
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput
from tests.conftest import EACH_STORE, new_store
from tests.graph.samples import institution, owns, small, state

ENTRY, STATE, PERSONAL = DocumentKind.ENTRY, DocumentKind.STATE, DocumentKind.PERSONAL


def document(one: str, content: bytes = b"{}", version: int = 0, kind: DocumentKind = ENTRY) -> Document:
    return Document(one, kind, content, version)


def everything(store: Store) -> list[tuple[int, str, str, bytes]]:
    return [(one.version, one.id, one.kind.value, one.content) for one in store.documents_since(0)]


def test_a_document_is_written_with_the_graph_and_beside_it(store: Store) -> None:
    store.write(small())
    before, content = state(store), store.check(deep=True).content
    written = store.write(Batch(documents=[document("b"), document("a", b"\x00\xff", kind=STATE)]))
    assert (written.sequence, written.added, written.changed, written.deleted) == (1, frozenset(), frozenset(), frozenset())
    assert (written.revision, state(store), store.check(deep=True)) == (1, before, store.check(deep=True))
    assert store.check(deep=True).content == content
    assert store.documents(["a", "b", "c"]) == {"a": document("a", b"\x00\xff", 1, STATE), "b": document("b", version=1)}
    both = store.write(Batch(nodes=[institution("ins-z")], documents=[document("c")]))
    assert (both.revision, both.sequence, both.added) == (2, 2, {"ins-z"})
    assert store.write(Batch(nodes=[institution("ins-z")])).sequence == 0
    assert store.sequence() == 2
    assert everything(store) == [(1, "a", "state", b"\x00\xff"), (1, "b", "entry", b"{}"), (2, "c", "entry", b"{}")]
    assert [one.id for one in store.documents_since(1)] == ["c"]
    assert [one.id for one in store.documents_since(0, [STATE, PERSONAL])] == ["a"]
    assert store.get(["a", "b"]) == {}


def test_all_of_a_batch_or_nothing(store: Store) -> None:
    store.write(Batch(documents=[document("a")]))
    for bad in (
        Batch(nodes=[institution("ins-z")], documents=[document("b"), document("a")]),
        Batch(nodes=[institution("ins-z")], documents=[document("a", b"2", 2)]),
        Batch(nodes=[institution("ins-z")], documents=[document("b", version=1)]),
    ):
        with pytest.raises(Conflict):
            store.write(bad)
    with pytest.raises(InvalidInput, match="is not in the store"):
        store.write(Batch(edges=[owns("edg-1", "ins-a", "ach-1")], documents=[document("b")]))
    with pytest.raises(Conflict):
        store.write(Batch(documents=[document("b")]), expect={"ins-a": 3})
    assert (store.sequence(), everything(store), store.count()) == (1, [(1, "a", "entry", b"{}")], {})


def test_what_is_removed_leaves_its_place_and_may_come_again(store: Store) -> None:
    store.write(Batch(documents=[document("a", b"secret", kind=PERSONAL)]))
    store.write(Batch(documents=[document("a", b"", 1, PERSONAL)]))
    assert store.documents(["a"]) == {}
    assert everything(store) == [(2, "a", "personal", b"")]  # whoever follows learns of it
    with pytest.raises(Conflict):
        store.write(Batch(documents=[document("a", b"again", 1, PERSONAL)]))
    store.write(Batch(documents=[document("a", b"again", kind=PERSONAL)]))  # as one that is not there
    assert store.documents(["a"])["a"].version == 3
    with pytest.raises(Conflict):
        store.write(Batch(documents=[document("a", b"twice", kind=PERSONAL)]))
    store.write(Batch(documents=[document("a", b"", 3, PERSONAL)]))
    store.write(Batch(documents=[document("a", b"at its version", 4, PERSONAL)]))
    assert store.documents(["a"])["a"].version == 5


@pytest.mark.parametrize("one", ["", "x" * 5000, "\ud800"])
def test_an_id_that_no_store_can_hold_is_refused(store: Store, one: str) -> None:
    with pytest.raises(InvalidInput, match="document's id"):
        store.write(Batch(documents=[document(one)]))
    with pytest.raises(InvalidInput, match="two documents"):
        store.write(Batch(documents=[document("a"), document("a", b"2")]))


def test_of_many_who_write_at_once_one_wins(store_url: str) -> None:
    store = connect(store_url)
    store.write(Batch(documents=[document("counter", b"0")]))
    lost = []

    def count() -> None:
        mine = connect(store_url)
        for _ in range(5):
            while True:
                now = mine.documents(["counter"])["counter"]
                try:
                    mine.write(Batch(documents=[document("counter", b"%d" % (int(now.content) + 1), now.version)]))
                    break
                except Conflict:
                    lost.append(1)
        mine.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.documents(["counter"])["counter"].content == b"20"
    assert store.sequence() == 21
    store.close()


STEPS = st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=3), st.sampled_from(DocumentKind)), max_size=12)


@pytest.mark.parametrize("name", EACH_STORE)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_copy_has_the_same_documents_in_the_same_order(
    name: str, steps: list[tuple[str, bytes, DocumentKind]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    with new_store(name, folder) as url:
        source, target = connect(url), connect(f"sqlite:///{folder}/target.db")
        held: dict[str, tuple[int, bytes, DocumentKind]] = {}
        for one, content, kind in steps:
            written = source.write(Batch(documents=[document(one, content, held[one][0] if one in held else 0, kind)]))
            held[one] = (written.sequence, content, kind)
        plain = [(one, kind, content) for one, (_, content, kind) in sorted(held.items(), key=lambda item: item[1][0]) if content]
        for _ in range(2):
            copy(source, target)
            assert [(one.id, one.kind, one.content) for one in target.documents_since(0)] == plain
            target.set_meta("copy", f"{source.cursor().epoch} {source.cursor().revision}".encode())  # as if it had been interrupted
        source.close()
        target.close()


def test_scrubbing_changes_nothing_that_is_there(store: Store) -> None:
    store.write(Batch(nodes=[institution("ins-a"), institution("ins-b")], documents=[Document("one", DocumentKind.STATE, b"kept")]))
    store.write(Batch(delete=["ins-b"]))
    before = (store.check(deep=True), store.cursor(), store.sequence(), store.documents(["one"]))
    assert all(isinstance(one, str) for one in store.scrub())
    assert (store.check(deep=True), store.cursor(), store.sequence(), store.documents(["one"])) == before
    assert store.write(Batch(nodes=[institution("ins-b")])).added == {"ins-b"}
