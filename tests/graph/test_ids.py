"""Ids: the same row gives the same id for ever, another row another, in any process."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.ids import WIDTH, decision_id, edge_id, entity_id, node_id, record_id
from graph.model import PREFIX, EdgeKind, NodeKind
from tests.conftest import ROOT

FORM = re.compile(r"[a-z]{3}-[0-9a-v]{16}")


@given(st.sampled_from(list(NodeKind)), st.text(), st.text())
def test_form(kind: NodeKind, source: str, source_id: str) -> None:
    one = node_id(kind, source, source_id)
    assert FORM.fullmatch(one)
    assert len(one) == WIDTH
    assert one.startswith(PREFIX[kind])
    assert one == node_id(kind, source, source_id)


@given(st.text(), st.text(), st.text(), st.text())
def test_other_parts_other_id(a: str, b: str, c: str, d: str) -> None:
    assert (node_id(NodeKind.DEMAND, a, b) == node_id(NodeKind.DEMAND, c, d)) == ((a, b) == (c, d))


@pytest.mark.parametrize("border", ["\x1f", "\x00", ":", "1:", "|"])
def test_no_character_shifts_the_border_between_two_parts(border: str) -> None:
    assert node_id(NodeKind.DEMAND, f"a{border}b", "c") != node_id(NodeKind.DEMAND, "a", f"b{border}c")
    assert edge_id(EdgeKind.OWNS, "s", "t", f"o{border}1") != edge_id(EdgeKind.OWNS, "s", "t", "o", "1")


def test_a_record_tells_its_entity_and_the_kind_counts() -> None:
    record = record_id(NodeKind.INSTITUTION, "centre", "I1")
    assert record.startswith("rec-")
    assert entity_id(NodeKind.INSTITUTION, record) == f"ins{record[3:]}"
    assert record != record_id(NodeKind.EXPERT, "centre", "I1")


def test_a_decision_is_about_two_records_in_any_order() -> None:
    assert decision_id("rec-a", "rec-b") == decision_id("rec-b", "rec-a") != decision_id("rec-a", "rec-c")


@given(st.text(), st.text())
def test_the_text_of_an_id_is_base_32_hex(source: str, source_id: str) -> None:
    said = f"6:Demand{len(source)}:{source}{len(source_id)}:{source_id}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(said, digest_size=10).digest()
    assert node_id(NodeKind.DEMAND, source, source_id) == f"dem-{base64.b32hexencode(digest).decode().lower()}"


def test_prefixes_tell_the_kinds_apart() -> None:
    assert set(PREFIX) == set(NodeKind)
    assert len(set(PREFIX.values())) == len(PREFIX)
    assert "edg" not in PREFIX.values()


def test_an_id_is_the_same_in_every_process_and_release() -> None:
    program = "from graph.ids import node_id; from graph.model import NodeKind; print(node_id(NodeKind.DEMAND, '成果', 'D01'), end='')"
    root = ROOT
    said = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", program], cwd=root, env=environment, capture_output=True, text=True, check=True)
        said.add(done.stdout)
    assert said == {node_id(NodeKind.DEMAND, "成果", "D01")} == {"dem-6m5el1ij1a8jps4c"}, (
        "stores hold these ids: another hash is a breaking change"
    )
