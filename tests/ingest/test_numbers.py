"""Achievements by their numbers: what a row without an id is known by, and who may name one by a number."""

from __future__ import annotations

from pathlib import Path

from graph import Store
from graph.model import Achievement, Cooperation, EdgeKind, Expert, Institution, NodeKind
from ingest.load import ingest
from tests.ingest.conftest import institutions, nodes, write_csv

PATENTS = [
    {"名称": "涂层", "申请号": "ZL 2003 1 0102344.5", "公开号": "CN1512345A", "法律状态": "实审", "申请日": "2003-10-14",
     "许可方式": "独占或普通许可"},
    {"名称": "软件", "登记号": "2019SR0123456", "法律状态": "", "申请日": "", "许可方式": ""},
]  # fmt: skip


def works(store: Store) -> dict[str, Achievement]:
    return {one.title: one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)}


def test_a_row_without_an_id_is_known_by_its_number(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "专利.csv", PATENTS)
    assert ingest(store, [path]).total("added") == 2
    before = works(store)
    assert before["涂层"].external_ids == ("application:CN200310102344.5", "publication:CN1512345A")
    assert (before["涂层"].date, before["涂层"].filed) == ("2003-10-14", "2003-10-14")
    assert before["涂层"].licence_forms == ("exclusive", "simple")
    assert before["软件"].provenance.source_id == "registration:2019SR0123456"
    assert before["涂层"].provenance.source_id == PATENTS[0]["申请号"], "as the list writes it"
    write_csv(path, [PATENTS[0] | {"法律状态": "授权"}, PATENTS[1]])
    report = ingest(store, [path])
    assert (report.total("added"), report.total("changed"), report.total("unchanged")) == (0, 1, 1)
    assert works(store)["涂层"].legal_status == "granted"
    assert works(store)["涂层"].id == before["涂层"].id


def test_a_cooperation_names_an_achievement_of_any_source_by_its_number(store: Store, tmp_path: Path) -> None:
    ingest(store, [write_csv(tmp_path / "专利.csv", PATENTS)], source="office")
    row = {"id": "C1", "title": "许可", "parties": "甲公司;乙大学", "uses": "CN200310102344.5", "contract_type": "独占许可"}
    path = write_csv(tmp_path / "cooperations.csv", [row, row | {"id": "C2", "uses": "doi:10.5555/none"}])
    report = ingest(store, [path], source="centre")
    (aside,) = report.files[0].cells
    assert (aside.line, [one.field for one in aside.problems]) == (3, ["uses"])
    done = next(one for one in nodes(store, NodeKind.COOPERATION) if isinstance(one, Cooperation) and one.provenance.source_id == "C1")
    assert done.contract_type == "exclusive_licence"
    (edge,) = store.edges([done.id], kinds=[EdgeKind.USES])
    assert edge.target == works(store)["涂层"].id
    again = ingest(store, [path], source="centre")
    assert (again.total("added"), again.total("changed"), again.total("unchanged")) == (0, 0, 2)


def test_a_rows_own_id_goes_before_anothers_number(store: Store, tmp_path: Path) -> None:
    ingest(store, [write_csv(tmp_path / "专利.csv", PATENTS)], source="office")
    own = write_csv(tmp_path / "achievements.csv", [{"id": "200310102344", "title": "own"}])
    row = {"id": "C1", "title": "x", "parties": "甲公司;乙大学", "uses": "200310102344"}
    ingest(store, [own, write_csv(tmp_path / "cooperations.csv", [row])], source="centre")
    (done,) = nodes(store, NodeKind.COOPERATION)
    (edge,) = store.edges([done.id], kinds=[EdgeKind.USES])
    assert edge.target == works(store)["own"].id


def test_what_several_rows_say_of_an_entity_is_joined(store: Store, tmp_path: Path) -> None:
    one = {"id": "1", "name": "甲公司", "industry": "C26", "size": "小型", "qualifications": "高新技术企业@2023", "retrieved_at": "2023"}
    two = {"id": "2", "name": "甲公司", "industry": "C35", "size": "中型", "qualifications": "专精特新", "retrieved_at": "2024"}
    ingest(store, [write_csv(tmp_path / "institutions.csv", [one, two])])
    people = [{"id": "P1", "name": "李四", "institution": "甲公司", "broker": "中级技术经理人"}]
    ingest(store, [write_csv(tmp_path / "experts.csv", people)])
    found = next(one for one in institutions(store) if isinstance(one, Institution))
    assert (found.industry, found.size, found.qualifications) == (("C26", "C35"), "medium", ("专精特新", "高新技术企业@2023"))
    (person,) = nodes(store, NodeKind.EXPERT)
    assert isinstance(person, Expert)
    assert person.broker == "intermediate"
