"""What a snapshot shows is what the store holds: from a generation, after changes, and for every way to name a thing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.model import Edge, EdgeKind, Node, NodeKind
from graph.store import Direction
from ingest.load import ingest
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index import items as module
from matcher.index.snapshot import Snapshot
from tests.conftest import CENTRE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The example centre."""
    opened = connect(f"sqlite:///{tmp_path}/one.db")
    ingest(opened, [CENTRE])
    yield opened
    opened.close()


def everything(store: Store) -> list[Node | Edge]:
    return [item for kind in module.KINDS for item in store.scan(kind)]


def assert_shows(snapshot: Snapshot, store: Store, also: list[str]) -> None:
    """The snapshot shows what the store does, whatever is asked."""
    shown, items = snapshot.display, everything(store)
    ids = [*also, *(item.id for item in items)]
    assert shown.get(ids) == {one: item for one, item in store.get(ids).items() if not _internal(item)}
    for kind in (*NodeKind, *EdgeKind):
        assert list(shown.scan(kind)) == ([] if kind not in module.KINDS else list(store.scan(kind))), kind
    keys = [*also, "name:nobody", *(key for item in items if isinstance(item, Node) for key in item.lookup_keys())]
    assert shown.lookup(keys) == store.lookup(keys)
    for direction in get_args(Direction):
        for kinds in (None, [EdgeKind.CREATED], [EdgeKind.OWNS, EdgeKind.EVIDENCE], []):
            assert shown.edges(ids, kinds=kinds, direction=direction) == store.edges(ids, kinds=kinds, direction=direction)
    assert shown.url == store.url


def _internal(item: Node | Edge) -> bool:
    return isinstance(item, Node) and item.kind_of_node is NodeKind.DECISION


def test_it_shows_what_the_store_holds(store: Store, embedder: Embedder) -> None:
    also = ["", "none", "ach-", "\ud800", "x" * 5000, *(item.id for item in store.scan(NodeKind.DECISION))]
    asked = [one for one in also if one != "\ud800"]  # which no store is asked
    generations.build(store, embedder)
    snapshot = Snapshot.open(store, embedder)
    assert_shows(snapshot, store, asked)
    assert snapshot.display.get(also) == {} == snapshot.display.lookup(also[:5])

    # changed, new, gone, and an entity that another was merged into
    firms = list(store.scan(NodeKind.INSTITUTION))
    work = next(iter(store.scan(NodeKind.ACHIEVEMENT)))
    owned = store.edges([work.id], kinds=[EdgeKind.OWNS])
    other = next(iter(store.scan(NodeKind.DEMAND)))
    merged = msgspec.structs.replace(firms[0], name="Merged", former_ids=(firms[1].id,))
    new = msgspec.structs.replace(work, id="ach-" + "v" * 16, title="new")
    edge = msgspec.structs.replace(owned[0], id="edg-" + "v" * 16, target=new.id)
    assert isinstance(merged, Node) and isinstance(new, Node)
    store.write(Batch(nodes=[merged, new], edges=[edge], delete=[firms[1].id, other.id]))
    later = snapshot.refreshed(store, embedder)
    also = [*asked, firms[1].id, other.id]
    assert_shows(later, store, also)
    assert later.display.get([firms[1].id])[firms[1].id].id == firms[0].id
    assert other.id in snapshot.display.get([other.id]), "the older snapshot goes on showing what it had"

    # gone again, and gone since: the tail itself changes
    store.write(Batch(delete=[new.id, work.id]))
    assert_shows(later.refreshed(store, embedder), store, [*also, new.id, work.id, edge.id])
    generations.build(store, embedder)
    assert_shows(Snapshot.open(store, embedder), store, [*also, new.id, work.id, edge.id])


def test_what_is_packed_does_not_depend_on_the_order_it_came_in(store: Store) -> None:
    def packed(items: list[Node | Edge]) -> list[bytes]:
        packing = module.Packing()
        assert list(packing.through(items)) == items
        made = packing.packed()
        return [getattr(made, name).tobytes() for name in made.__slots__]

    items = everything(store)
    assert packed(items) == packed(items[::-1])


def test_a_key_that_hashes_alike_finds_nothing_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_hashed", lambda _key: 7)
    packing = module.Packing()
    items = list(packing.through(everything(store)))
    held = module.Items(packing.packed())
    for item in items[:50]:
        for key in item.lookup_keys() if isinstance(item, Node) else ():
            assert held.lookup(key) == store.lookup([key])[key]
    assert held.lookup("name:nobody") == ()


def test_an_empty_store_shows_nothing() -> None:
    held = module.Items()
    assert held.get(["ins-a"]) == {} and held.lookup("x") == () and not list(held.scan(NodeKind.RECORD))
