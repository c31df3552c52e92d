"""What every store promises of edges, lookup keys and former ids, of the feed and of named values."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.errors import FeedTruncated
from graph.model import Decision, EdgeKind, NodeKind, Record, Verdict
from graph.store import Change, Cursor, chunks
from tests.graph.samples import achievement, feed, institution, origin, owns, small, state

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


# -- the feed


def test_the_feed_tells_every_batch_once(store: Store) -> None:
    for i in range(250):
        store.write(Batch(nodes=[institution(f"ins-{i}")]))
    assert feed(store) == [Change(i + 1, (f"ins-{i}",), ()) for i in range(250)]
    assert [change.revision for change in feed(store, 199)] == list(range(200, 251))
    assert feed(store, 250) == []


def test_the_feed_is_whole_whatever_a_page_of_it_holds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.neo4j.store._FEED_IDS", 4)
    monkeypatch.setattr("graph.sqlite.store._FEED_BYTES", 80)
    sizes = [1, 9, 1, 2, 1, 1, 4, 5, 1]
    for i, size in enumerate(sizes):
        store.write(Batch(nodes=[institution(f"ins-{i}-{j}") for j in range(size)]))
    for since in range(len(sizes) + 1):
        assert [(change.revision, len(change.written)) for change in feed(store, since)] == list(enumerate(sizes, 1))[since:]


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
