"""Any value: stored and read back unchanged, or refused by the one rule of ``graph.model.encode`` before any store sees it."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import Batch, Store, connect
from graph.errors import InvalidInput
from graph.model import ID_BYTES, Edge, EdgeKind, Node, NodeKind, encode
from tests.conftest import EACH_STORE, new_store
from tests.graph.samples import HOSTILE, achievement, any_edge, any_node, edge, expert, institution, origin

ENDS = {EdgeKind.TRUSTS: ("ins-end", "ins-end"), EdgeKind.EVIDENCE: ("ins-end", "ins-end"), EdgeKind.PART_OF: ("ins-end", "ins-end")}
texts = st.text() | st.sampled_from([*(text for text in HOSTILE if len(text) < 1000), "`) DETACH DELETE n //", "}}) RETURN 1", "\x00"])
numbers = st.sampled_from([2**63 - 1, -(2**63), 2**63, 2**64, 0, -1])


@pytest.mark.parametrize("name", EACH_STORE)
def test_any_node_and_edge_is_read_back_or_refused(name: str) -> None:
    with ExitStack() as kept:
        folder = kept.enter_context(tempfile.TemporaryDirectory())
        store = connect(kept.enter_context(new_store(name, Path(folder))))
        kept.callback(store.close)
        store.write(Batch(nodes=[institution("ins-end")]))
        items = st.one_of(*(any_node(kind) for kind in NodeKind), *(any_edge(kind) for kind in ENDS))

        @settings(max_examples=150 if name == "sqlite" else 60, suppress_health_check=[HealthCheck.too_slow])
        @given(item=items, one=texts, number=numbers)
        def each(item: Node | Edge, one: str, number: int) -> None:
            ends = dict(zip(("source", "target"), ENDS[item.kind], strict=True)) if isinstance(item, Edge) else {}
            capacity = {"capacity": number} if hasattr(item, "capacity") else {}
            item = msgspec.structs.replace(item, id=f"x-{one}", **ends, **capacity)
            batch = Batch(nodes=[item]) if isinstance(item, Node) else Batch(edges=[item])
            try:
                content = encode(item)
            except ValueError:
                with pytest.raises(InvalidInput, match="cannot be stored"):
                    store.write(batch)
                return
            written = store.write(batch)
            assert encode(store.get([item.id])[item.id]) == content
            if isinstance(item, Node):
                keys = item.lookup_keys()
                assert all(item.id in ids for ids in store.lookup(keys).values())
                assert store.lookup(keys).keys() == set(keys)
            assert store.write(batch).revision == written.revision
            assert store.check(deep=True).problems == ()
            assert store.write(Batch(delete=[item.id])).deleted == {item.id}

        each()


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**200])
def test_a_whole_number_of_more_than_64_bits_is_refused(store: Store, number: int) -> None:
    with pytest.raises(InvalidInput, match="capacity of more than 64 bits"):
        store.write(Batch(nodes=[expert("exp-a", capacity=number)]))
    store.write(Batch(nodes=[expert("exp-a", capacity=2**63 - 1), expert("exp-b", capacity=-(2**63))]))
    assert [getattr(item, "capacity", None) for item in store.get(["exp-a", "exp-b"]).values()] == [2**63 - 1, -(2**63)]


def test_an_id_may_be_as_long_as_every_store_can_index(store: Store) -> None:
    longest = "针" * (ID_BYTES // 3)
    for long in (longest, "x" * ID_BYTES):
        store.write(Batch(nodes=[institution(long)], edges=[edge(f"-{long[1:]}", EdgeKind.EVIDENCE, long, long)]))
        assert store.get([long])[long].id == long
        assert [one.source for one in store.edges([long])] == [long]
    for long in (f"{longest}xxx", "x" * (ID_BYTES + 1)):
        with pytest.raises(InvalidInput, match="an id of more than 4096 bytes"):
            store.write(Batch(nodes=[institution(long)]))


def test_a_source_id_may_be_longer_than_an_index_takes(store: Store) -> None:
    node = msgspec.structs.replace(achievement("ach-1"), provenance=origin("s" * 1_000_000))
    store.write(Batch(nodes=[node]))
    key = f"ref:{node.provenance.source_id}"
    assert store.lookup([key, key[:-1]]) == {key: (node.id,)}
    assert store.check(deep=True).problems == ()

