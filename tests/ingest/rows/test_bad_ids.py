"""An id that is not well formed identifies nobody, by whichever way it comes in: it is told and left out, and its row lands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph import Store
from graph.model import EdgeKind, NodeKind
from ingest.load import ingest
from ingest.report import Report
from tests.ingest.conftest import edges, experts, institutions, nodes, write_csv
from tests.ingest.test_cases import CASES

GOOD = {
    "ror": "ror:05a28rw58",
    "orcid": "orcid:0000-0002-1825-0097",
    "isni": "isni:000000012281955X",
    "lei": "lei:213800KUD8LAJWSQ9D15",
    "uscc": "uscc:91110000600037341L",
    "duns": "duns:081234567",
    "uei": "uei:QX7ZT4LM2PK9",
    "pic": "pic:999997930",
    "wikidata": "wikidata:Q42944",
}
BAD = [
    "ror:05a28rw59", "ror:1", "orcid:0000-0002-1825-0098", "orcid:0000-0000-0000-0000", "isni:0000000000000000", "isni:0000000122819550",
    "lei:213800KUD8LAJWSQ9D16", "uscc:91110000600037341M", "uscc:000000000000000000", "duns:00-000-0000", "duns:81234567", "duns:8.123E+7",
    "uei:000000000000", "uei:QX7ZT4LM2PKI", "uei:123456789ABC", "pic:99999793", "pic:111111111", "wikidata:42944", "https://ror.org/05a28rw59",
    "https://orcid.org/0000-0002-1825-0098", "foo:000000000", "foo:2.02310E+11",
]  # fmt: skip


def told(report: Report) -> list[str]:
    """The cells set aside, as the report names them."""
    return [str(one) for file in report.files for cell in file.cells for one in cell.problems]


def externals(store: Store) -> list[tuple[str, ...]]:
    return sorted(one.external_ids for one in institutions(store))


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_id_joins_nobody_and_leaves_its_row_and_the_ids_beside_it(bad: str, folder: Callable[..., Path], store: Store) -> None:
    rows = [{"id": "1", "name": "Alba Gromar", "external_ids": f"{bad};tax:7"}, {"id": "2", "name": "Brun Velkirsk", "external_ids": bad}]
    report = ingest(store, [folder("s", institutions=rows)])
    assert externals(store) == [(), ("tax:7",)]
    assert (report.rejected, report.set_aside) == (0, 2)
    assert all(one.startswith("external_ids: ") and one.endswith(f"({bad})") for one in told(report))


@pytest.mark.parametrize("good", [*GOOD.values(), "foo:bar", "grid:grid.1.2", "tax:1", "openalex:I9"])
def test_a_good_id_and_one_of_an_unknown_scheme_join(good: str, folder: Callable[..., Path], store: Store) -> None:
    rows = [
        {"id": "1", "name": "Alba Gromar", "external_ids": good},
        {"id": "2", "name": "Brun Velkirsk", "external_ids": f" {good} ;tax:7"},
    ]
    report = ingest(store, [folder("s", institutions=rows)])
    assert (externals(store), report.set_aside) == ([tuple(sorted((good, "tax:7")))], 0)


@pytest.mark.parametrize("scheme", sorted(GOOD))
def test_a_column_of_one_scheme_has_its_rules(scheme: str, store: Store, tmp_path: Path) -> None:
    good = GOOD[scheme].partition(":")[2]
    rows = [
        {"id": "1", "name": "Alba", scheme: good},
        {"id": "2", "name": "Brun", scheme: f"{good};0000000"},
        {"id": "3", "name": "Cirk", scheme: "?1"},
    ]
    report = ingest(store, [write_csv(tmp_path / "institutions.csv", rows)])
    assert externals(store) == [(), (GOOD[scheme],)]
    assert [one.partition(":")[0] for one in told(report)] == [scheme, scheme]


@pytest.mark.parametrize("bad", ["duns:000000000", "ror:05a28rw59", "https://ror.org/05a28rw59", "pic:1"])
def test_a_reference_by_a_bad_id_is_left_out(bad: str, folder: Callable[..., Path], store: Store) -> None:
    given = {
        "institutions": [{"id": "I1", "name": "Alba", "part_of": bad}],
        "experts": [{"id": "E1", "name": "Ann Lee", "institution": f"Alba;{bad}"}],
        "achievements": [{"id": "A1", "title": "Glue", "owners": f"{bad};I1", "creators": f"Bo Fisk @ {bad}"}],
        "demands": [{"id": "D1", "title": "Cold glue", "posted_by": bad}],
        "resources": [{"id": "R1", "title": "Oven", "offered_by": bad}],
        "cooperations": [{"id": "C1", "title": "Trial", "parties": f"funder={bad};contractor=I1;Brun"}],
    }
    report = ingest(store, [folder("s", **given)])
    assert report.rejected == 0
    assert {one.name for one in institutions(store)} == {"Alba", "Brun"}
    assert {one.name for one in experts(store)} == {"Ann Lee"}
    assert [one.partition(":")[0] for one in told(report)] == [
        "part_of", "institution", "owners", "creators", "posted_by", "offered_by", "parties",
    ]  # fmt: skip
    assert len(edges(store, EdgeKind.PARTY_TO)) == 2, "the good parties stay"
    assert not [key for one in nodes(store, NodeKind.RECORD) for key in getattr(one, "keys", ()) if key.startswith("ext:")]


def test_a_reference_in_another_spelling_means_the_same(folder: Callable[..., Path], store: Store) -> None:
    ids = "ror:05A28RW58;isni:0000 0001 2281 955X"
    given = {
        "institutions": [{"id": "I1", "name": "Alba", "external_ids": ids}],
        "achievements": [{"id": "A1", "title": "Glue", "owners": "https://ror.org/05a28rw58"}],
        "cooperations": [{"id": "C1", "title": "Trial", "parties": "funder=ISNI:0000-0001-2281-955X;Brun"}],
    }
    report = ingest(store, [folder("s", **given)])
    assert report.set_aside == 0
    assert {one.name for one in institutions(store)} == {"Alba", "Brun"}


def test_an_edge_with_a_bad_end_says_nothing(store: Store, tmp_path: Path) -> None:
    write_csv(tmp_path / "institutions.csv", [{"id": "I1", "name": "Alba"}])
    rows = [{"source": "duns:000000000", "target": "I1", "kind": "rating", "outcome": "1"}]
    report = ingest(store, [write_csv(tmp_path / "evidence.csv", rows), tmp_path / "institutions.csv"])
    assert report.rejected == 1
    assert [one.name for one in institutions(store)] == ["Alba"]


def test_a_template_of_a_mapping_has_the_rules(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        'name = "own"\n[[file]]\ncolumns = ["Firm", "Duns", "Uei"]\n[[file.rows]]\nkind = "institutions"\n[file.rows.fields]\n'
        'id = "{Firm}"\nname = "{Firm}"\nexternal_ids = ["duns:{Duns}", "uei:{Uei}"]\n',
        "utf-8",
    )
    rows = [
        {"Firm": "Alba", "Duns": "081234567", "Uei": "N/A"},
        {"Firm": "Brun", "Duns": "000000000", "Uei": "QX7ZT4LM2PK9"},
        {"Firm": "Cirk", "Duns": "00-000-0000", "Uei": ""},
    ]
    report = ingest(store, [write_csv(tmp_path / "firms.csv", rows)], mapping=mapping)
    assert {one.name: one.external_ids for one in institutions(store)} == {
        "Alba": ("duns:081234567",), "Brun": ("uei:QX7ZT4LM2PK9",), "Cirk": (),
    }  # fmt: skip
    assert (report.rejected, report.set_aside) == (0, 2)
    assert "duns:000000000" in report.to_text()


def test_a_placeholder_stands_where_no_id_is_known(store: Store, new_store: Callable[[], Store]) -> None:
    report = ingest(store, [CASES / "field" / "dummy-identifier" / "in"])
    assert (len(institutions(store)), len(experts(store)), report.rejected, report.set_aside) == (4, 2, 0, 6)
    assert "is a placeholder, not an id" in report.to_text()
    sbir = new_store()
    report = ingest(sbir, [CASES / "field" / "dummy-identifier" / "sbir"])
    assert {one.name for one in institutions(sbir)} == {"Quill Photonics LLC", "Barrow Turbines Inc.", "Department of Energy"}
    assert not [one for one in institutions(sbir) if one.external_ids]
    assert report.rejected == 0
