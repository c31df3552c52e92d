"""What every store promises of a batch: all of it or nothing, deletions with their edges, derived edges apart."""

from __future__ import annotations

import pytest

from graph import Batch, Store
from graph.errors import Conflict, InvalidInput
from graph.model import ENDS, EdgeKind, NodeKind
from graph.store import Change, Written
from tests.graph.samples import achievement, edge, expert, feed, institution, owns, small, state, trusts

# -- all or nothing


def test_an_edge_without_its_ends_aborts_the_whole_batch(store: Store) -> None:
    store.write(small())
    before = state(store)
    for bad in (owns("edg-9", "ins-a", "ach-missing"), owns("edg-9", "ins-missing", "ach-1"), owns("edg-9", "edg-1", "ach-1")):
        with pytest.raises(InvalidInput, match=r"edg-9.*is not in the store"):
            store.write(Batch(nodes=[institution("ins-new")], edges=[owns("edg-8", "ins-new", "ach-1"), bad], delete=["ins-b"]))
        assert state(store) == before


def test_an_edge_may_not_lose_its_end_in_its_own_batch(store: Store) -> None:
    store.write(small())
    with pytest.raises(InvalidInput, match="is not in the store"):
        store.write(Batch(delete=["ins-a"], edges=[owns("edg-1", "ins-a", "ach-1")]))
    assert store.cursor().revision == 1


@pytest.mark.parametrize("kind", list(EdgeKind))
def test_an_edge_runs_only_between_the_kinds_that_its_own_allows(store: Store, kind: EdgeKind) -> None:
    makers = {NodeKind.INSTITUTION: institution, NodeKind.EXPERT: expert, NodeKind.ACHIEVEMENT: achievement}
    store.write(Batch(nodes=[make(f"{name.value}-{side}") for name, make in makers.items() for side in "st"]))
    for source in makers:
        for target in makers:
            batch = Batch(edges=[edge(f"edg-{source.value}-{target.value}", kind, f"{source.value}-s", f"{target.value}-t")])
            if source in ENDS[kind][0] and target in ENDS[kind][1]:
                assert store.write(batch).added
            else:
                with pytest.raises(InvalidInput, match=r"its (source|target) .* is a "):
                    store.write(batch)


def test_an_id_never_changes_its_kind(store: Store) -> None:
    store.write(small())
    before = state(store)
    for batch in (
        Batch(nodes=[expert("ins-a")]),
        Batch(nodes=[institution("edg-1")]),
        Batch(edges=[owns("ins-a", "ins-b", "ach-1")]),
        Batch(edges=[trusts("edg-4", "ins-a", "ins-b")]),
        Batch(nodes=[institution("new-1")], edges=[owns("new-1", "ins-a", "ach-1")]),
        Batch(nodes=[institution(one) for one in ("edg-", "edg-0", "edg-3", "edg-9", "zzz")]),
        Batch(edges=[owns(one, "ins-a", "ach-1") for one in ("", "ach-0", "ach-2", "ach-9")]),
    ):
        with pytest.raises(InvalidInput, match="cannot be stored"):
            store.write(batch)
        assert state(store) == before


@pytest.mark.parametrize("one", ["edg-1", "edg-甲", "edg-\U0001f600", "甲", "e"])
def test_an_id_among_others_is_found_to_be_another_items(store: Store, one: str) -> None:
    store.write(Batch(nodes=[institution("ins-a"), achievement("ach-1")], edges=[owns(one, "ins-a", "ach-1")]))
    around = ["edg-0", "edg-2", "edg-\uffee", "edg-\U0001f601", "edg-\ud7ff", "乙", "d", "f"]
    with pytest.raises(InvalidInput, match="cannot be stored"):
        store.write(Batch(nodes=[institution(other) for other in [*around, one]]))
    assert store.write(Batch(nodes=[institution(other) for other in around])).added == set(around)
    with pytest.raises(InvalidInput, match="cannot be stored"):
        store.write(Batch(edges=[owns(other, "ins-a", "ach-1") for other in ["edg-1a", "乙", "z"]]))


def test_new_unchanged_and_changed_ids_in_one_batch(store: Store) -> None:
    store.write(small())
    store.write(Batch(delete=["ach-2", "edg-5"]))  # the last ones of their tables: what comes now may take their place there
    batch = Batch(
        nodes=[institution("ins-a"), institution("ins-b", name="B"), achievement("ach-0"), achievement("ach-3")],
        edges=[owns("edg-1", "ins-a", "ach-1"), owns("edg-0", "ins-b", "ach-3"), edge("edg-4", EdgeKind.EVIDENCE, "ins-b", "ins-a")],
    )
    written = store.write(batch)
    assert written == Written(3, frozenset({"ach-0", "ach-3", "edg-0"}), frozenset({"ins-b", "edg-4"}), frozenset())
    assert {one: item.version for one, item in store.get(["ins-a", "ins-b", "ach-3", "edg-0", "edg-1", "edg-4"]).items()} == {
        "ins-a": 1,
        "ins-b": 3,
        "ach-3": 3,
        "edg-0": 3,
        "edg-1": 1,
        "edg-4": 3,
    }
    assert [one.id for one in store.edges(["ins-b"], direction="out")] == ["edg-0", "edg-4"]
    assert store.write(batch) == Written(3, frozenset(), frozenset(), frozenset())
    assert store.check(deep=True).problems == ()


def test_expect_holds_or_nothing_is_written(store: Store) -> None:
    store.write(small())
    before = state(store)
    update = Batch(nodes=[institution("ins-a", name="new"), institution("ins-c")])
    with pytest.raises(Conflict) as caught:
        store.write(update, expect={"ins-a": 0, "ins-b": 1, "ins-c": None, "edg-1": None, "ach-missing": 1})
    assert caught.value.ids == ("ach-missing", "edg-1", "ins-a")
    assert state(store) == before
    store.write(update, expect={"ins-a": 1, "edg-1": 1, "ins-c": None})
    with pytest.raises(Conflict):
        store.write(update, expect={"ins-a": 1})


# -- deleting


def test_deleting_a_node_takes_its_edges_along(store: Store) -> None:
    store.write(small())
    written = store.write(Batch(delete=["ins-a", "ins-missing", "edg-2", "ins-a"]))
    assert written == Written(2, frozenset(), frozenset(), frozenset({"ins-a", "edg-1", "edg-2", "edg-4", "edg-5"}))
    assert feed(store, 1) == [Change(2, (), ("edg-1", "edg-2", "edg-4", "edg-5", "ins-a"))]
    assert store.get(["ins-a", "edg-1"]) == {}
    assert store.edges(["ach-1"]) == [edge("edg-3", EdgeKind.CREATED, "exp-a", "ach-1", version=1)]
    assert store.check(deep=True).problems == ()


def test_deleted_and_written_in_one_batch_is_a_change(store: Store) -> None:
    store.write(small())
    written = store.write(Batch(delete=["ins-a"], nodes=[institution("ins-a", name="anew")], edges=[owns("edg-1", "ins-a", "ach-1")]))
    assert written == Written(2, frozenset(), frozenset({"ins-a", "edg-1"}), frozenset({"edg-4", "edg-5"}))
    assert feed(store, 1) == [Change(2, ("edg-1", "ins-a"), ("edg-4", "edg-5"))]


# -- derived edges


def test_derived_edges_are_outside_revision_feed_and_content_hash(store: Store) -> None:
    store.write(small())
    cursor, changes, content = store.cursor(), feed(store), store.check(deep=True).content
    written = store.write(Batch(edges=[trusts("edg-t", "ins-a", "ins-b")]))
    assert written == Written(1, frozenset({"edg-t"}), frozenset(), frozenset())
    assert store.edges(["ins-b"], kinds=[EdgeKind.TRUSTS]) == [trusts("edg-t", "ins-a", "ins-b", version=1)]
    assert store.write(Batch(edges=[trusts("edg-t", "ins-a", "ins-b", belief=0.75)])).changed == {"edg-t"}
    assert (store.cursor(), feed(store), store.check(deep=True).content) == (cursor, changes, content)
    assert store.write(Batch(delete=["edg-t"])) == Written(1, frozenset(), frozenset(), frozenset({"edg-t"}))
    assert (store.cursor(), feed(store)) == (cursor, changes)


def test_a_derived_edge_goes_with_its_node_and_is_not_in_the_feed(store: Store) -> None:
    store.write(small())
    store.write(Batch(edges=[trusts("edg-t", "ins-a", "ins-b"), trusts("edg-u", "exp-a", "ins-b")]))
    written = store.write(Batch(delete=["ins-b"], nodes=[institution("ins-b")], edges=[trusts("edg-t", "ins-a", "ins-b")]))
    assert written == Written(2, frozenset(), frozenset({"ins-b", "edg-t"}), frozenset({"edg-2", "edg-4", "edg-u"}))
    assert feed(store, 1) == [Change(2, ("ins-b",), ("edg-2", "edg-4"))]
    assert [one.version for one in store.edges(["ins-b"])] == [2]


def test_a_fact_that_makes_way_for_a_derived_edge_leaves_the_feed(store: Store) -> None:
    store.write(small())
    assert store.write(Batch(delete=["edg-4"], edges=[trusts("edg-4", "ins-a", "ins-b")])).changed == {"edg-4"}
    assert store.write(Batch(delete=["edg-4"], edges=[edge("edg-4", EdgeKind.EVIDENCE, "ins-a", "ins-b")])).changed == {"edg-4"}
    assert feed(store, 1) == [Change(2, (), ("edg-4",)), Change(3, ("edg-4",), ())]
