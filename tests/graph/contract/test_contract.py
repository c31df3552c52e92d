"""What ``graph.store`` promises, run over every store: what is written is read back, whatever the text."""

from __future__ import annotations

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.errors import InvalidInput
from graph.model import Node, NodeKind
from graph.store import Written
from tests.graph.samples import HOSTILE, LONE, achievement, feed, institution, owns, small, state


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.cursor().revision == 0
    assert store.count() == {}
    assert store.get(["ins-a"]) == {}
    assert store.edges(["ins-a"]) == []
    assert store.lookup(["ref:x"]) == {}
    assert feed(store) == []
    assert store.check(deep=True).problems == ()


def test_what_is_written_is_read_back_with_its_version(store: Store) -> None:
    batch = small()
    written = store.write(batch)
    ids = {item.id for item in [*batch.nodes, *batch.edges]}
    assert written == Written(1, frozenset(ids), frozenset(), frozenset())
    found = store.get(ids)
    assert found == {item.id: msgspec.structs.replace(item, version=1) for item in [*batch.nodes, *batch.edges]}
    assert store.count() == {"Achievement": 2, "CREATED": 1, "EVIDENCE": 1, "Expert": 1, "Institution": 2, "OWNS": 2, "PART_OF": 1}


def test_a_store_opened_again_holds_the_same(store_url: str) -> None:
    first = connect(store_url)
    first.write(small())
    before = state(first)
    first.close()
    second = connect(store_url, create=False)
    assert state(second) == before
    assert second.url == store_url
    second.close()


def test_a_version_is_the_revision_of_the_last_change(store: Store) -> None:
    store.write(small())
    written = store.write(Batch(nodes=[institution("ins-a", name="new name"), institution("ins-b")]))
    assert written == Written(2, frozenset(), frozenset({"ins-a"}), frozenset())
    assert {one: item.version for one, item in store.get(["ins-a", "ins-b"]).items()} == {"ins-a": 2, "ins-b": 1}


def test_the_last_of_two_with_one_id_counts(store: Store) -> None:
    store.write(Batch(nodes=[institution("ins-a", name="first"), institution("ins-a", name="second")]))
    assert store.get(["ins-a"])["ins-a"] == institution("ins-a", name="second", version=1)


def test_the_same_batch_again_changes_nothing(store: Store) -> None:
    store.write(small())
    before = state(store)
    assert store.write(small()) == Written(1, frozenset(), frozenset(), frozenset())
    assert store.write(Batch()) == Written(1, frozenset(), frozenset(), frozenset())
    assert store.write(Batch(delete=["ins-z"])) == Written(1, frozenset(), frozenset(), frozenset())
    assert state(store) == before


def test_writing_back_what_was_read_changes_nothing(store: Store) -> None:
    store.write(Batch(nodes=[achievement("ach-1", price_min=5)]))
    item = store.get(["ach-1"])["ach-1"]
    assert isinstance(item, Node)
    assert store.write(Batch(nodes=[item])).revision == 1


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_hostile_text_is_data(store: Store, text: str) -> None:
    node = institution(f"ins-{text[:1000]}", name=text, aliases=(text,), description=text)
    work = achievement(f"ach-{text[:1000]}", title=text)
    relation = owns(f"edg-{text[:1000]}", node.id, work.id, source_record=text[:1000])
    store.write(Batch(nodes=[node, work], edges=[relation]))
    store.set_meta(text[:1000], text.encode())
    assert store.get([node.id])[node.id] == msgspec.structs.replace(node, version=1)
    assert list(store.scan(NodeKind.ACHIEVEMENT)) == [msgspec.structs.replace(work, version=1)]
    assert store.edges([node.id]) == [msgspec.structs.replace(relation, version=1)]
    assert store.lookup([f"ref:{work.provenance.source_id}"]) == {f"ref:{work.id}": (work.id,)}
    assert store.meta(text[:1000]) == text.encode()
    assert store.check(deep=True).problems == ()
    store.write(Batch(delete=[node.id]))
    assert store.count() == {"Achievement": 1}


@pytest.mark.parametrize(
    "made",
    [institution("ins-z", name=LONE), institution(f"ins-{LONE}"), achievement("ach-z", price_min=float("nan"))],
    ids=["text", "id", "nan"],
)
def test_what_would_not_read_back_is_refused(store: Store, made: Node) -> None:
    store.write(small())
    before = state(store)
    with pytest.raises(InvalidInput, match="cannot be stored"):
        store.write(Batch(nodes=[institution("ins-new"), made]))
    assert state(store) == before


def test_asking_by_text_that_cannot_be_stored_is_invalid(store: Store) -> None:
    for ask in (
        lambda: store.get([LONE]),
        lambda: store.edges([LONE]),
        lambda: store.lookup([LONE]),
        lambda: store.write(Batch(delete=[LONE])),
    ):
        with pytest.raises(InvalidInput):
            ask()
    assert store.count() == {}
