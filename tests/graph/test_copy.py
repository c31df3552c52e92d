"""``graph.copy``: between stores of all sorts the same comes out, after a kill and while the source is written to."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.copy import _documents, copy
from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, StoreError
from graph.model import EdgeKind, NodeKind
from tests.conftest import EACH_STORE, ROOT, new_store
from tests.graph.samples import achievement, edge, institution, owns, small, trusts


@pytest.fixture(params=EACH_STORE)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A second new store, of each sort."""
    (tmp_path / "target").mkdir()
    with new_store(request.param, tmp_path / "target") as url:
        opened = connect(url)
        yield opened
        opened.close()


def contents(store: Store) -> list[object]:
    """Every node and edge without its version: a copy has revisions of its own."""
    return [msgspec.structs.replace(item, version=0) for kind in (*NodeKind, *EdgeKind) for item in store.scan(kind)]


def fill(store: Store) -> None:
    store.write(small())
    store.write(Batch(nodes=[institution("ins-c", former_ids=("ins-old",))], edges=[trusts("edg-t", "ins-a", "ins-b")]))
    store.write(Batch(delete=["ach-2"]))
    store.set_meta("scale", b"\x00measures")


def test_a_copy_holds_the_same_and_begins_a_feed_of_its_own(store: Store, target: Store) -> None:
    fill(store)
    before = store.cursor()
    copied = copy(store, target, meta=["scale", "none"])
    assert contents(target) == contents(store)
    assert copied.counts == store.count() == target.count()
    assert copied.content == store.check(deep=True).content == target.check(deep=True).content
    assert (copied.epoch, copied.revision) == target.cursor()
    assert target.cursor().epoch != before.epoch
    assert target.get(["ins-old"])["ins-old"].id == "ins-c"
    assert (target.meta("scale"), target.meta("none")) == (b"\x00measures", None)
    assert store.cursor() == before


def test_a_target_that_holds_something_else_is_refused(store: Store, target: Store, tmp_path: Path) -> None:
    fill(store)
    target.write(Batch(nodes=[institution("ins-z")]))
    with pytest.raises(InvalidInput, match="is not empty"):
        copy(store, target)
    assert target.count() == {"Institution": 1}
    third = connect(f"sqlite:///{tmp_path}/third.db")
    copy(store, third)
    with pytest.raises(InvalidInput, match="is not empty"):
        copy(store, third)
    third.close()


def test_a_copy_that_stopped_goes_on_but_not_from_another_source(store: Store, target: Store, tmp_path: Path) -> None:
    fill(store)

    def stop(_kind: str, done: int, _total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(store, target, progress=stop)
    store.write(Batch(nodes=[institution("ins-a", name="new")], delete=["ins-b"]))
    other = connect(f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(InvalidInput, match="part of a copy of another store"):
        copy(other, target)
    other.close()
    copied = copy(store, target)
    assert copied.counts == store.count()
    assert contents(target) == contents(store)


def test_a_copy_that_goes_on_erases_what_was_erased_meanwhile(store: Store, target: Store) -> None:
    name = Document("personal:1", DocumentKind.PERSONAL, b"Li Min")
    store.write(Batch(documents=[name, Document("entry:1", DocumentKind.ENTRY, b"{}")]))
    _documents(store, target)
    assert target.documents(["personal:1"])["personal:1"].content == b"Li Min"
    version = store.documents(["personal:1"])["personal:1"].version
    store.write(Batch(documents=[Document(name.id, name.kind, b"", version)]))
    for _ in range(2):
        _documents(store, target)
        assert [one.id for one in target.documents_since(0) if one.content] == ["entry:1"] and not target.documents(["personal:1"])


def test_what_is_written_to_the_source_meanwhile_comes_along(store: Store, target: Store) -> None:
    fill(store)
    written = threading.Event()

    def write(kind: str, _done: int, _total: int) -> None:
        if kind == "copy Institution" and not written.is_set():
            written.set()
            new = [achievement("ach-9"), institution("ins-9")]
            store.write(Batch(nodes=new, edges=[owns("edg-9", "ins-9", "ach-9")], delete=["ins-b"]))
            store.write(Batch(edges=[edge("edg-8", EdgeKind.EVIDENCE, "ins-9", "ins-a"), trusts("edg-u", "ins-9", "ins-a")]))

    copy(store, target, progress=write)
    assert written.is_set()
    assert contents(target) == contents(store)


def test_a_target_that_somebody_else_writes_to_is_told(store: Store, target: Store) -> None:
    fill(store)

    def meddle(_kind: str, _done: int, _total: int) -> None:
        target.write(Batch(nodes=[institution("ins-meddler")]))

    with pytest.raises(StoreError, match="differs from"):
        copy(store, target, progress=meddle)


VICTIM = """
import sys
from graph import connect
from graph.copy import _documents, copy
from graph.documents import Document, DocumentKind
source, target = map(connect, sys.argv[1:])
copy(source, target, progress=lambda *told: print(*told, flush=True))
"""


def test_after_kill_9_the_same_copy_completes_it(tmp_path: Path, target: Store) -> None:
    source = connect(f"sqlite:///{tmp_path}/source.db")
    works = [achievement(f"ach-{i:05}", abstract="word " * 20) for i in range(7000)]
    source.write(Batch(nodes=[institution("ins-a"), *works], edges=[owns(f"edg-{work.id}", "ins-a", work.id) for work in works]))
    victim = subprocess.Popen([sys.executable, "-c", VICTIM, source.url, target.url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    while "Achievement" not in victim.stdout.readline():
        pass
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    victim.stdout.close()
    assert target.count()["Achievement"] >= 2000
    copied = copy(source, target)
    assert copied.counts == {"Achievement": 7000, "Institution": 1, "OWNS": 7000}
    assert copied.content == source.check(deep=True).content
    source.close()
