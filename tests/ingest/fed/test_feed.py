"""Rows that a program sends: the same as those of a file, told line by line; taken back, as if they had never been fed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph import Store
from graph.errors import InvalidInput, NotFound
from graph.model import Achievement, EdgeKind, Evidence, Institution, NodeKind, Record
from ingest.fed.feed import feed
from ingest.fed.stored import row_of, row_of_evidence
from ingest.fed.withdraw import withdraw
from ingest.load import ingest
from ingest.rows.models import Kind
from tests.conftest import CENTRE

KINDS = (
    Kind.INSTITUTIONS, Kind.EXPERTS, Kind.ACHIEVEMENTS, Kind.DEMANDS, Kind.RESOURCES, Kind.COOPERATIONS, Kind.EVIDENCE,
)  # fmt: skip


def lines(*rows: object) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows).encode()


def content(store: Store) -> str:
    return store.check(deep=True).content or ""


def test_lines_are_read_as_the_rows_of_a_file_are(store: Store, tmp_path: Path) -> None:
    rows = [
        {"id": "F1", "name": "Alfa Coatings GmbH", "kind": "企业", "country": "德国", "email": "a@example.org"},
        {"id": "F2", "名称": "贝塔焊接有限公司", "部门": "x", "part_of": ["F1"]},
    ]
    report = feed(store, Kind.INSTITUTIONS, "firms", lines(*rows))
    assert [one.result for one in report.landed or ()] == ["added", "added"]
    assert report.contacts == 1
    first = content(store)
    assert [one.result for one in feed(store, Kind.INSTITUTIONS, "firms", lines(*rows)).landed or ()] == ["unchanged", "unchanged"]
    assert content(store) == first
    from graph import connect

    other = connect(f"sqlite:///{tmp_path}/other.db")
    (tmp_path / "firms").mkdir()
    (tmp_path / "firms" / "institutions.jsonl").write_bytes(lines(*rows))
    ingest(other, [tmp_path / "firms"])
    assert content(other) == first


def test_every_line_is_told(store: Store) -> None:
    bad = [{"id": f"B{number}", "kind": "patent"} for number in range(150)]
    good = {"id": "A1", "title": "A nozzle", "trl": "many", "year": "2024"}
    report = feed(store, Kind.ACHIEVEMENTS, "lab", lines(good, "not json", *bad))
    assert [(one.line, one.result) for one in report.landed or ()] == [(1, "added")]
    assert [one.line for one in report.rejections] == [2, *range(3, 153)]
    assert [(one.line, [problem.field for problem in one.problems]) for one in report.cells] == [(1, ["trl"])]
    strict = feed(store, Kind.ACHIEVEMENTS, "lab", lines(good), strict=True)
    assert strict.landed == [] and strict.rejected == 1
    with pytest.raises(InvalidInput):
        feed(store, Kind.ACHIEVEMENTS, "lab", b" \n")


def test_a_line_says_the_whole_row(store: Store) -> None:
    feed(store, Kind.ACHIEVEMENTS, "lab", lines({"id": "A1", "title": "A nozzle", "owners": ["Alba Lab"]}))
    assert store.count()["OWNS"] == 1
    report = feed(store, Kind.ACHIEVEMENTS, "lab", lines({"id": "A1", "title": "A nozzle"}))
    assert [one.result for one in report.landed or ()] == ["changed"]
    assert "OWNS" not in store.count() and "Institution" not in store.count()


def test_rows_of_an_institution_s_own(store: Store) -> None:
    feed(store, Kind.INSTITUTIONS, "register", lines({"id": "L1", "name": "Alba Laser Laboratory"}, {"id": "R1", "name": "Rival Optics"}))
    lab, rival = (next(one for one in store.scan(NodeKind.INSTITUTION) if getattr(one, "name", "") == name)
                  for name in ("Alba Laser Laboratory", "Rival Optics"))  # fmt: skip
    assert isinstance(lab, Institution)
    owner = store.get([lab.records[0]])[lab.records[0]]
    assert isinstance(owner, Record)
    rows = [
        {"id": "A1", "title": "A nozzle", "creators": ["Li Min"]}, {"id": "A2", "title": "Another", "owners": ["Rival Optics"]},
        {"id": "A3", "title": "Theirs", "creators": ["Wang Fang @ Rival Optics"]}, {"id": "A4", "title": "B", "完成单位": "Rival Optics"},
        {"id": "A5", "title": "C", "creators": "orcid:0000-0002-1825-0097"},
    ]  # fmt: skip
    report = feed(store, Kind.ACHIEVEMENTS, lab.id, lines(*rows), owner=owner)
    assert [one.line for one in report.landed or ()] == [1]
    assert [one.line for one in report.rejections] == [2, 3, 4, 5]
    (made,) = store.scan(NodeKind.ACHIEVEMENT)
    assert isinstance(made, Achievement)
    assert {(edge.kind, edge.source) for edge in store.edges([made.id]) if edge.kind is EdgeKind.OWNS} == {(EdgeKind.OWNS, lab.id)}
    (person,) = store.scan(NodeKind.EXPERT)
    assert [edge.target for edge in store.edges([person.id], kinds=[EdgeKind.AFFILIATED_WITH])] == [lab.id]
    assert store.edges([rival.id]) == []
    feed(store, Kind.RESOURCES, lab.id, lines({"id": "S1", "title": "Laser time"}), owner=owner)
    feed(store, Kind.DEMANDS, lab.id, lines({"id": "D1", "title": "A better nozzle"}), owner=owner)
    assert {edge.kind for edge in store.edges([lab.id])} >= {EdgeKind.OFFERS, EdgeKind.POSTED}
    assert store.check(deep=True).problems == ()


def rows_of(store: Store) -> list[tuple[Kind, str, dict[str, object]]]:
    """Every row of a store, of the kinds that can be sent: its kind, its source and its cells."""
    found = []
    for kind, of in zip(KINDS[:6], NodeKind, strict=False):
        for node in store.scan(NodeKind.RECORD if of in (NodeKind.INSTITUTION, NodeKind.EXPERT) else of):
            if getattr(node, "of", of) is not of:
                continue
            row = row_of(store, kind, node.provenance.source, node.provenance.source_id)
            if row:
                found.append((kind, node.provenance.source, {"id": node.provenance.source_id, **row.cells}))
    for edge in store.scan(EdgeKind.EVIDENCE):
        assert isinstance(edge, Evidence)
        row = row_of_evidence(store, edge)
        found.append((Kind.EVIDENCE, edge.provenance.source, {"id": edge.provenance.source_id.partition(":")[2], **row.cells}))
    return found


def test_a_row_of_the_centre_fed_again_as_it_is_stored_changes_nothing(store: Store) -> None:
    ingest(store, [CENTRE])
    before, rows = content(store), rows_of(store)
    assert {kind for kind, _source, _cells in rows} == set(KINDS)
    for kind, source, cells in rows:
        report = feed(store, kind, source, lines(cells), strict=True)
        assert [one.result for one in report.landed or ()] == ["unchanged"], (kind, cells, report.rejections, report.changed)
    assert content(store) == before


def test_what_is_taken_back_is_as_if_it_had_never_been_fed(store: Store) -> None:
    feed(store, Kind.INSTITUTIONS, "lab", lines({"id": "L1", "name": "Alba Laser Laboratory", "part_of": ["Alba University"]}))
    before = content(store)
    feed(store, Kind.INSTITUTIONS, "lab", lines({"id": "F1", "name": "Beta Welding", "country": "DE", "part_of": ["Beta Group"]}))
    feed(store, Kind.EXPERTS, "lab", lines({"id": "E1", "name": "Li Min", "institution": ["L1"]}))
    feed(store, Kind.ACHIEVEMENTS, "lab", lines({"id": "A1", "title": "A nozzle", "owners": ["F1"], "creators": ["E1", "Wang Fang @ F1"]}))
    feed(store, Kind.COOPERATIONS, "lab", lines({"id": "C1", "title": "Work", "parties": ["F1", "L1"], "uses": ["A1"]}))
    for kind, one in ((Kind.INSTITUTIONS, "F1"), (Kind.EXPERTS, "E1")):
        row = row_of(store, kind, "lab", one)
        assert row
        withdraw(store, row.id)
        assert row_of(store, kind, "lab", one) is None
    named = [one for one in store.scan(NodeKind.INSTITUTION) if isinstance(one, Institution)]
    assert {one.name: one.country for one in named} == {"Alba Laser Laboratory": None, "Alba University": None, "F1": None}
    for kind, one in ((Kind.COOPERATIONS, "C1"), (Kind.ACHIEVEMENTS, "A1")):
        row = row_of(store, kind, "lab", one)
        assert row
        withdraw(store, row.id)
        with pytest.raises(NotFound):
            withdraw(store, row.id)
    assert store.check(deep=True).problems == ()
    assert content(store) == before
