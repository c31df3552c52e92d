"""What ``graph.store`` promises, run over every store."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.errors import Conflict, FeedTruncated, InvalidInput, StoreError
from graph.model import ENDS, Decision, EdgeKind, Institution, Node, NodeKind, Record, Verdict
from graph.store import Change, Cursor, Written, chunks
from tests.graph.samples import HOSTILE, LONE, achievement, edge, expert, institution, origin, owns, trusts

ROOT = Path(__file__).parents[2]


def feed(store: Store, since: int = 0) -> list[Change]:
    """Every change after ``since``."""
    return list(store.changes(Cursor(store.cursor().epoch, since)))


def state(store: Store) -> tuple[object, ...]:
    """All that a reader can see."""
    kinds = [*NodeKind, *EdgeKind]
    return store.cursor(), store.count(), [list(store.scan(kind)) for kind in kinds], feed(store), store.check(deep=True)


def small() -> Batch:
    """Two institutions, an expert, two achievements and the edges between them."""
    return Batch(
        nodes=[institution("ins-a"), institution("ins-b"), expert("exp-a"), achievement("ach-1"), achievement("ach-2")],
        edges=[
            owns("edg-1", "ins-a", "ach-1"),
            owns("edg-2", "ins-b", "ach-2"),
            edge("edg-3", EdgeKind.CREATED, "exp-a", "ach-1"),
            edge("edg-4", EdgeKind.EVIDENCE, "ins-a", "ins-b"),
            edge("edg-5", EdgeKind.PART_OF, "ins-a", "ins-a"),
        ],
    )


# -- writing and reading back


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
    ):
        with pytest.raises(InvalidInput, match="cannot be stored"):
            store.write(batch)
        assert state(store) == before


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


# -- edges, lookup, former ids


def test_edges_by_direction_and_kind_in_order_each_once(store: Store) -> None:
    store.write(small())

    def ids(*nodes: str, **how: object) -> list[str]:
        return [one.id for one in store.edges(nodes, **how)]  # type: ignore[arg-type]

    assert ids("ins-a") == ["edg-1", "edg-4", "edg-5"]
    assert ids("ins-a", direction="out") == ["edg-1", "edg-4", "edg-5"]
    assert ids("ins-a", direction="in") == ["edg-5"]
    assert ids("ach-1") == ids("ach-1", direction="in") == ["edg-1", "edg-3"]
    assert ids("ins-a", "ins-b", "ach-1", "ins-a") == ["edg-1", "edg-2", "edg-3", "edg-4", "edg-5"]
    assert ids("ins-a", kinds=[EdgeKind.OWNS, EdgeKind.PART_OF]) == ["edg-1", "edg-5"]
    assert ids("ins-a", kinds=[]) == []
    assert ids() == ids("ins-missing") == []


def test_many_ids_in_one_call(store: Store) -> None:
    works = [achievement(f"ach-{i:05}") for i in range(1201)]
    relations = [owns(f"edg-{i:05}", "ins-a", work.id) for i, work in enumerate(works)]
    store.write(Batch(nodes=[institution("ins-a"), *works], edges=relations))
    assert len(store.get([work.id for work in works])) == 1201
    assert [one.id for one in store.edges([work.id for work in works])] == [one.id for one in relations]
    assert len(store.lookup([f"ref:{work.id}" for work in works])) == 1201
    assert [len(part) for part in chunks(map(str, range(1201)))] == [500, 500, 201]
    assert store.write(Batch(delete=[work.id for work in works])).deleted == {item.id for item in [*works, *relations]}


def test_scan_is_by_ascending_id(store: Store) -> None:
    ids = ["ins-b", "ins-ä", "ins-中", "ins-B", "ins-🧪", "ins-a", "ins-\uffff"]
    store.write(Batch(nodes=[institution(one) for one in ids]))
    assert [item.id for item in store.scan(NodeKind.INSTITUTION)] == sorted(ids)


def test_lookup_follows_the_node(store: Store) -> None:
    store.write(
        Batch(nodes=[achievement("ach-2"), Record(id="rec-1", provenance=origin("r"), of=NodeKind.EXPERT, fields="{}", keys=("k", "m"))])
    )
    store.write(Batch(nodes=[Record(id="rec-2", provenance=origin("r2"), of=NodeKind.EXPERT, fields="{}", keys=("m", "m"))]))
    assert store.lookup(["k", "m", "n", "m"]) == {"k": ("rec-1",), "m": ("rec-1", "rec-2")}
    store.write(Batch(nodes=[Record(id="rec-1", provenance=origin("r"), of=NodeKind.EXPERT, fields="{}", keys=("n",))]))
    assert store.lookup(["k", "m", "n"]) == {"m": ("rec-2",), "n": ("rec-1",)}
    store.write(Batch(delete=["rec-2"]))
    assert store.lookup(["k", "m", "n"]) == {"n": ("rec-1",)}


def test_former_ids_and_records_give_the_entity_of_now(store: Store) -> None:
    record = Record(id="rec-1", provenance=origin("1"), of=NodeKind.INSTITUTION, fields="{}")
    merged = institution("ins-1", records=("rec-1", "rec-2"), former_ids=("ins-2", "ins-3"))
    store.write(Batch(nodes=[record, merged]))
    found = store.get(["ins-2", "rec-2", "rec-1", "ins-1", "ins-9"])
    stored = msgspec.structs.replace(merged, version=1)
    assert found == {"ins-2": stored, "rec-2": stored, "ins-1": stored, "rec-1": msgspec.structs.replace(record, version=1)}
    store.write(Batch(nodes=[institution("ins-2"), institution("ins-1", records=("rec-1",))]))
    found = store.get(["ins-2", "rec-2", "ins-3"])
    assert found.keys() == {"ins-2"}
    assert found["ins-2"].id == "ins-2", "what is there under the id itself comes first"


def test_only_an_id_is_an_id(store: Store) -> None:
    decision = Decision(
        id="dec-1", provenance=origin("d"), left="rec-a", right="rec-b", verdict=Verdict.SAME, rule="name", score=1.0, reason="equal names"
    )
    record = Record(id="rec-1", provenance=origin("1"), of=NodeKind.INSTITUTION, fields="{}", keys=("name:acme",))
    store.write(Batch(nodes=[achievement("ach-1"), record, decision]))
    keys = ["ref:ach-1", "name:acme", "decision:rec-a", "decision:rec-b"]
    assert store.lookup(keys).keys() == set(keys)
    assert store.get([*keys, "rec-a"]) == {}


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


# -- the feed


def test_the_feed_tells_every_batch_once(store: Store) -> None:
    for i in range(250):
        store.write(Batch(nodes=[institution(f"ins-{i}")]))
    assert feed(store) == [Change(i + 1, (f"ins-{i}",), ()) for i in range(250)]
    assert [change.revision for change in feed(store, 199)] == list(range(200, 251))
    assert feed(store, 250) == []


def test_the_feed_goes_on_with_what_is_written_meanwhile(store: Store) -> None:
    store.write(Batch(nodes=[institution("ins-a")]))
    changes = store.changes(Cursor(store.cursor().epoch, 0))
    assert next(changes).revision == 1
    store.write(Batch(nodes=[institution("ins-b")]))
    follower = store.changes(Cursor(store.cursor().epoch, 1))
    assert [change.revision for change in follower] == [2]


def test_a_cursor_of_another_store_or_of_the_future_is_refused(store: Store, tmp_path: Path) -> None:
    store.write(small())
    epoch = store.cursor().epoch
    other = connect(f"sqlite:///{tmp_path}/other.db")
    assert other.cursor().epoch != epoch
    for cursor in (other.cursor(), Cursor(epoch, 2), Cursor(epoch, -1)):
        with pytest.raises(FeedTruncated):
            store.changes(cursor)
    other.close()


# -- meta


def test_meta_is_no_content(store: Store) -> None:
    before = state(store)
    assert store.meta("scale") is None
    store.set_meta("scale", b"\x00one")
    store.set_meta("scale", b"\xfftwo")
    store.set_meta("revision", b"7")
    store.set_meta("epoch", b"")
    assert store.meta("scale") == b"\xfftwo"
    assert store.meta("epoch") == b""
    assert state(store) == before


# -- many at once

WRITER = """
import sys
from graph import Batch, connect
from graph.model import Institution, Provenance
url, name = sys.argv[1:]
store = connect(url)
for i in range(60):
    node = Institution(id=f"ins-{name}-{i}", provenance=Provenance("tests", str(i)), name=name)
    shared = Institution(id="ins-shared", provenance=Provenance("tests", "shared"), name=f"{name} {i}")
    written = store.write(Batch(nodes=[node, shared]))
    print(written.revision, flush=True)
store.close()
"""


def test_four_processes_write_without_gap_or_repeat_and_a_follower_misses_nothing(store: Store) -> None:
    begin = store.cursor()
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, store.url, name], cwd=ROOT, stdout=subprocess.PIPE, text=True) for name in "abcd"
    ]
    seen: list[Change] = []
    while any(writer.poll() is None for writer in writers):
        seen += store.changes(Cursor(begin.epoch, seen[-1].revision if seen else 0))
    seen += store.changes(Cursor(begin.epoch, seen[-1].revision if seen else 0))
    revisions = [int(line) for writer in writers for line in writer.communicate()[0].split()]
    assert [writer.returncode for writer in writers] == [0] * 4
    assert sorted(revisions) == list(range(1, 241))
    assert [change.revision for change in seen] == list(range(1, 241))
    assert {one for change in seen for one in change.written} == {"ins-shared"} | {f"ins-{name}-{i}" for name in "abcd" for i in range(60)}
    assert store.get(["ins-shared"])["ins-shared"].version == 240


def test_a_scan_is_of_one_revision_while_others_write(store: Store) -> None:
    store.write(Batch(nodes=[institution(f"ins-{i:04}", name="old") for i in range(600)]))
    rows = store.scan(NodeKind.INSTITUTION)
    first = next(rows)
    store.write(Batch(nodes=[institution(f"ins-{i:04}", name="new") for i in range(500, 700)], delete=["ins-0300"]))
    seen = [first, *rows]
    assert [item.id for item in seen] == [f"ins-{i:04}" for i in range(600)]
    assert {item.name for item in seen if isinstance(item, Institution)} == {"old"}
    assert {item.version for item in seen} == {1}
    assert sum(1 for _ in store.scan(NodeKind.INSTITUTION)) == 699


def test_a_scan_that_is_given_up_holds_nothing(store: Store) -> None:
    store.write(Batch(nodes=[institution(f"ins-{i:04}") for i in range(600)]))
    for _ in range(40):
        rows = store.scan(NodeKind.INSTITUTION)
        next(rows)
        del rows
    assert store.write(Batch(delete=["ins-0000"])).revision == 2
    assert store.get(["ins-0000"]) == {}


def test_threads_read_whole_batches_while_one_writes(store: Store) -> None:
    pair = [f"ins-{i:03}" for i in range(501)]  # more than one statement asks for
    store.write(Batch(nodes=[institution(one, name="0") for one in pair]))
    stop = threading.Event()

    def read() -> int:
        reads = 0
        while not stop.is_set() or not reads:
            found = store.get(pair)
            assert len({item.name for item in found.values() if isinstance(item, Institution)}) == 1, "half a batch"
            assert len({item.version for item in found.values()}) == 1
            reads += 1
        return reads

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(read) for _ in range(8)]
        try:
            for i in range(1, 31):
                store.write(Batch(nodes=[institution(one, name=str(i)) for one in pair]))
        finally:
            stop.set()
        assert all(reader.result() > 0 for reader in readers)
    assert store.cursor().revision == 31


def test_threads_write_without_losing_a_batch(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda i: store.write(Batch(nodes=[institution(f"ins-{i}")])), range(200)))
    assert sorted(one.revision for one in written) == list(range(1, 201))
    assert store.count() == {"Institution": 200}


def test_of_two_that_expect_the_same_version_one_wins(store: Store) -> None:
    store.write(Batch(nodes=[institution("ins-a", name="0")]))

    def add_one(_: int) -> int:
        tries = 0
        while True:
            tries += 1
            now = store.get(["ins-a"])["ins-a"]
            assert isinstance(now, Institution)
            try:
                store.write(Batch(nodes=[institution("ins-a", name=str(int(now.name) + 1))]), expect={"ins-a": now.version})
                return tries
            except Conflict:
                continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_one, range(100)))
    assert store.get(["ins-a"])["ins-a"] == institution("ins-a", name="100", version=101)


def test_a_closed_store_refuses(store_url: str) -> None:
    store = connect(store_url)
    store.write(small())
    rows = store.scan(NodeKind.ACHIEVEMENT)
    assert next(rows).id == "ach-1"
    store.close()
    store.close()
    assert [item.id for item in rows] == ["ach-2"], "what was begun before may be read to its end"
    for call in (
        lambda: store.get(["ins-a"]),
        lambda: next(store.scan(NodeKind.EXPERT)),
        lambda: store.edges(["ins-a"]),
        lambda: store.lookup(["k"]),
        lambda: store.write(small()),
        lambda: store.changes(Cursor("e", 0)),
        store.cursor,
        store.count,
        lambda: store.meta("k"),
        lambda: store.set_meta("k", b""),
        store.check,
    ):
        with pytest.raises(StoreError, match="closed"):
            call()


def test_closing_while_threads_read(store_url: str) -> None:
    store = connect(store_url)
    store.write(small())
    begun = threading.Barrier(5)

    def read() -> str:
        begun.wait()
        while True:
            try:
                assert len(store.get(["ins-a", "ins-b"])) == 2
            except StoreError as error:
                return str(error)

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        begun.wait()
        store.close()
        assert {reader.result() for reader in readers} == {f"{store_url}: the store was closed"}


def test_equal_content_has_an_equal_hash_whatever_the_way_there(store: Store, tmp_path: Path) -> None:
    store.write(small())
    other = connect(f"sqlite:///{tmp_path}/other.db")
    batch = small()
    for node in reversed(batch.nodes):
        other.write(Batch(nodes=[msgspec.structs.replace(node, provenance=origin("first"))]))
    other.write(Batch(nodes=[institution("ins-z")]))
    other.write(Batch(nodes=batch.nodes, edges=batch.edges, delete=["ins-z"]))
    assert store.check(deep=True).content == other.check(deep=True).content
    assert store.check().content is None
    other.write(Batch(delete=["edg-5"]))
    assert store.check(deep=True).content != other.check(deep=True).content
    other.close()
