"""Content: every kind reads back as it was, has one form, and what would not read back is refused."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import (
    DERIVED,
    EDGE_TYPES,
    ENDS,
    INTERNAL,
    NODE_TYPES,
    Edge,
    EdgeKind,
    NodeKind,
    content_hash,
    decode_edge,
    decode_node,
    encode,
)
from tests.graph.samples import HOSTILE, LONE, achievement, any_edge, any_node, edge, institution, owns


@pytest.mark.parametrize("kind", list(NodeKind))
@given(data=st.data(), version=st.integers(0, 2**60))
def test_any_node_reads_back_as_it_was(kind: NodeKind, data: st.DataObject, version: int) -> None:
    node = data.draw(any_node(kind))
    back = decode_node(kind, encode(node), version)
    assert type(back) is NODE_TYPES[kind]
    assert back == msgspec.structs.replace(node, version=version)
    assert back.kind_of_node is kind
    assert encode(back) == encode(node), "the version is no content"


@pytest.mark.parametrize("kind", list(EdgeKind))
@given(data=st.data(), version=st.integers(0, 2**60))
def test_any_edge_reads_back_as_it_was(kind: EdgeKind, data: st.DataObject, version: int) -> None:
    relation = data.draw(any_edge(kind))
    back = decode_edge(kind, encode(relation), version)
    assert type(back) is EDGE_TYPES[kind]
    assert back == msgspec.structs.replace(relation, version=version)
    assert encode(back) == encode(relation)


@given(st.data())
def test_other_content_has_another_form(data: st.DataObject) -> None:
    left, right = data.draw(any_node(NodeKind.DEMAND)), data.draw(any_node(NodeKind.DEMAND))
    assert (encode(left) == encode(right)) == (left == right)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_hostile_text_reads_back_as_it_was(text: str) -> None:
    node = institution("ins-1", name=text, aliases=(text, text), description=text)
    assert decode_node(NodeKind.INSTITUTION, encode(node), 0) == node


@pytest.mark.parametrize(
    "made",
    [
        institution("ins-1", name=LONE),
        institution(LONE),
        achievement("ach-1", price_min=math.nan),
        achievement("ach-1", price_max=math.inf),
        achievement("ach-1", title=None),
        achievement("ach-1", trl="4"),
        achievement("ach-1", keywords=["a list can be changed"]),
        edge("edg-1", EdgeKind.EVIDENCE, "ins-1", "ins-2", outcome=math.nan),
        Edge(id="edg-1", kind=EdgeKind.EVIDENCE, source="ins-1", target="ins-2", provenance=institution("x").provenance),
    ],
    ids=lambda made: made.id,
)
def test_what_would_not_read_back_is_refused(made: Any) -> None:
    with pytest.raises(ValueError):
        encode(made)


def test_a_whole_number_has_one_form_in_a_field_of_floats() -> None:
    assert encode(achievement("ach-1", price_min=5)) == encode(achievement("ach-1", price_min=5.0))


def test_a_value_written_in_two_ways_has_one_form() -> None:
    assert encode(achievement("ach-1", visibility="public", kind="other")) == encode(achievement("ach-1"))
    assert encode(edge("edg-1", EdgeKind.PARTY_TO, "ins-1", "coo-1", share=1)).endswith(b'"share":1.0}')
    assert encode(edge("edg-1", EdgeKind.EVIDENCE, "ins-1", "ins-2", outcome=1)).endswith(b'"outcome":1.0}')


def test_hash_is_blake2b_of_the_content() -> None:
    content = encode(institution("ins-1"))
    assert content == b'{"id":"ins-1","provenance":{"source":"tests","source_id":"ins-1"},"name":"ins-1"}'
    assert content_hash(content) == hashlib.blake2b(content, digest_size=16).digest()


def test_values_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        institution("ins-1").name = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        owns("edg-1", "ins-1", "ach-1").target = "other"  # type: ignore[misc]


def test_the_closed_lists_cover_every_kind() -> None:
    assert set(NODE_TYPES) == set(NodeKind)
    assert set(EDGE_TYPES) == set(ENDS) == set(EdgeKind)
    assert {NodeKind.RECORD, NodeKind.DECISION} == INTERNAL
    assert {EdgeKind.TRUSTS} == DERIVED
    assert not INTERNAL & frozenset().union(*(end for ends in ENDS.values() for end in ends))
    assert not {kind.value for kind in NodeKind} & {kind.value for kind in EdgeKind}, "count() keys them together"
