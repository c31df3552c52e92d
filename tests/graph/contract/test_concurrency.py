"""What every store promises to many at once: whole batches, no revision lost, one revision a scan; and when it is closed."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.errors import Conflict, StoreError
from graph.model import Institution, NodeKind
from graph.store import Change, Cursor
from tests.conftest import ROOT
from tests.graph.samples import institution, origin, small, trusts

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


def test_threads_read_all_or_nothing_of_what_another_deletes(store: Store) -> None:
    ids = [f"ins-{i:03}" for i in range(200)]
    batch = Batch(nodes=[institution(one) for one in ids], edges=[trusts(f"edg-{one}", one, ids[0]) for one in ids[1:]])
    stop = threading.Event()

    def read() -> set[tuple[int, int, int]]:
        seen: set[tuple[int, int, int]] = set()
        while not stop.is_set() or not seen:
            seen.add((len(store.get(ids)), len(store.edges(ids)), len(list(store.scan(NodeKind.INSTITUTION)))))
        return seen

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(6)]
        try:
            for _ in range(30):
                store.write(batch)
                store.write(Batch(delete=ids))
        finally:
            stop.set()
    for nodes, edges, scanned in set.union(*(reader.result() for reader in readers)):
        assert {nodes, scanned} <= {0, 200}, "half a batch"
        assert edges in {0, 199}


def test_threads_write_without_losing_a_batch(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda i: store.write(Batch(nodes=[institution(f"ins-{i}")])), range(200)))
    assert sorted(one.revision for one in written) == list(range(1, 201))
    assert store.count() == {"Institution": 200}


@pytest.mark.parametrize("each", [10, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_eight_writers_leave_no_gap_and_two_followers_miss_nothing(store_url: str, each: int) -> None:
    stores = [connect(store_url) for _ in range(10)]
    done = threading.Event()

    def write(number: int) -> list[tuple[int, str]]:
        ids = [f"ins-{number}-{i}" for i in range(each)]
        return [(stores[number].write(Batch(nodes=[institution(one), institution("ins-shared", name=one)])).revision, one) for one in ids]

    def follow(number: int) -> list[Change]:
        seen: list[Change] = []
        is_over = False
        while not is_over:
            is_over = done.is_set()  # looked at first: what was written before is in the feed that is read next
            seen += stores[number].changes(Cursor(stores[number].cursor().epoch, len(seen)))
        return seen

    with ThreadPoolExecutor(10) as pool:
        followers = [pool.submit(follow, number) for number in (8, 9)]
        try:
            written = sorted(one for part in pool.map(write, range(8)) for one in part)
        finally:
            done.set()
    assert [revision for revision, _ in written] == list(range(1, 8 * each + 1))
    for follower in followers:
        assert follower.result() == [Change(revision, (one, "ins-shared"), ()) for revision, one in written]
    for opened in stores:
        opened.close()


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
