"""Situations that people who do this job have met, each by a small input of its own: what is right of it, in words and asserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph import Store
from graph.model import Achievement, Demand, EdgeKind, NodeKind, PartyTo
from ingest.build import CONTENT
from ingest.load import ingest
from ingest.mapping.mapped import compiled
from ingest.mapping.suggest import suggest
from ingest.report import Report
from tests.ingest.conftest import edges, experts, institutions, nodes
from tests.ingest.test_cases import CASES

FIELD = CASES / "field"


def fed(store: Store, *path: str, **given: object) -> Report:
    return ingest(store, [FIELD.joinpath(*path)], **given)  # type: ignore[arg-type]


def achievements(store: Store) -> dict[str, Achievement]:
    return {one.provenance.source_id: one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)}


def demands(store: Store) -> dict[str, Demand]:
    return {one.provenance.source_id: one for one in nodes(store, NodeKind.DEMAND) if isinstance(one, Demand)}


def test_a_date_with_an_hour_of_one_digit_is_a_date(store: Store) -> None:
    report = fed(store, "hour-of-one-digit", "in")
    assert (report.total("added"), report.rejected, report.set_aside) == (4, 0, 0)
    assert {key: (one.date, one.deadline) for key, one in demands(store).items()} == {
        "D1": ("2023-05-06", "2024-05-06"),
        "D2": ("2023-05-07", "2024-05-07"),
        "D3": ("2023-05-08", "2024-05-08"),
        "D4": ("2023-05-09", "2024-05-09"),
    }


def test_a_korean_file_has_korean_names(store: Store) -> None:
    report = fed(store, "korean-csv", "in")
    assert report.rejected == 0
    assert {one.name for one in institutions(store)} == {"한빛정밀", "서해기술연구원", "미래소재산업"}


def test_a_header_that_is_repeated_is_no_row(store: Store) -> None:
    report = fed(store, "header-again", "in")
    assert {one.title for one in achievements(store).values()} == {"低温银浆", "石墨烯导热膜", "高镍正极材料", "钠离子电池隔膜"}
    assert [line for line, _ in report.files[0].no_records] == [4]


def test_the_delimiter_is_that_of_header_and_rows_whatever_the_title_above_holds(store: Store) -> None:
    report = fed(store, "title-with-comma", "in")
    assert (report.total("added"), report.rejected, report.skipped) == (3, 0, [])
    titles = {key: one.title for key, one in achievements(store).items()}
    assert titles == {"A1": "Silver paste", "A2": "Heat spreader", "B1": "Silver paste"}
    assert achievements(store)["A1"].abstract == "Sinters at 120 degrees, adheres to glass"


def test_names_and_codes_of_a_country_are_one_country(store: Store) -> None:
    fed(store, "country-words", "in")
    fed(store, "country-words", "openalex")
    assert len(institutions(store)) == 7, "each firm is one, whatever its country is written as"
    assert {one.country for one in institutions(store)} == {"BR", "CZ", "KR", "CN", "GB", "TR", "DE"}


@pytest.mark.parametrize("drafted", [False, True])
def test_a_number_is_in_the_unit_of_its_header(drafted: bool, store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(suggest([FIELD / "unit-in-header" / "in"]), "utf-8")
    fed(store, "unit-in-header", "in", mapping=mapping if drafted else None)
    assert {key: (one.budget_min, one.budget_max, one.currency) for key, one in demands(store).items()} == {
        "D1": (500_000, 800_000, "CNY"),
        "D2": (300_000, 600_000, "CNY"),
    }


def test_what_a_spreadsheet_left_of_an_id_is_none(store: Store, tmp_path: Path) -> None:
    report = fed(store, "id-in-exponent", "in", rejects=tmp_path)
    assert {one.title for one in achievements(store).values()} == {"Bipolar plate", "Membrane", "Catalyst"}
    assert [key for key in achievements(store) if not key.startswith(CONTENT)] == ["202310456789.X"]
    assert not any("E+11" in key for key in achievements(store))
    assert [(one.line, one.problems[0].field, one.problems[0].detail) for one in report.files[0].cells] == [
        (2, "id", " (2.02310E+11)"),
        (3, "id", " (2.02310E+11)"),
    ]
    mended = Path(report.files[0].rejects_file or "")
    assert mended.read_text("utf-8-sig").count("2.02310E+11") == 4, "both rows, the cell and what is wrong with it"


def test_patents_are_achievements_whose_expiry_is_not_their_date(store: Store, tmp_path: Path) -> None:
    path = FIELD / "patents-with-status" / "in" / "patents.csv"
    draft = suggest([path])
    form = compiled(draft)[0]
    assert form.kind.value == "achievements"
    assert {"expires", "title"} <= form.present(form.kind)
    assert not {"date", "deadline", "status"} & form.present(form.kind)
    mapping = tmp_path / "m.toml"
    mapping.write_text(draft, "utf-8")
    ingest(store, [path], mapping=mapping)
    found = {one.title: one for one in achievements(store).values()}
    assert len(found) == 6
    assert {title: (one.date, one.expires) for title, one in found.items()} == {
        "Wire insulation that mends itself": (None, "2035-03-10"),
        "Training that steadies the stomach": (None, "2034-06-16"),
        "Probe for many kinds of tissue": (None, "1932-08-31"),
        "Metrics for body sensing": (None, None),
        "Wet waste drying bag": (None, "2031-05-02"),
        "Grid generation for ducts": (None, "2038-12-24"),
    }


def test_a_firm_is_known_by_its_duns_under_another_name_and_without_a_uei(store: Store) -> None:
    fed(store, "duns-without-uei", "sbir")
    firms = [one for one in institutions(store) if one.external_ids]
    assert {one.external_ids: one.region for one in firms} == {
        ("duns:081234567",): "CO",
        ("duns:071234568", "uei:QX7ZT4LM2PK9"): "OH",
    }
    quill = next(one for one in firms if one.region == "CO")
    assert {quill.name, *quill.aliases} == {"Quill Photonics LLC", "Quill Photonic Systems"}


def test_na_is_namibia(store: Store) -> None:
    fed(store, "namibia", "cordis")
    assert {one.name: one.country for one in institutions(store)} == {"ERONGO WATER INSTITUTE": "NA", "KESTREL MEMBRANES BV": "NL"}
    shares = sorted(one.share or 0 for one in edges(store, EdgeKind.PARTY_TO) if isinstance(one, PartyTo))
    assert shares == pytest.approx([0.39999975, 0.60000025]), "600000,25 is a number with a decimal comma"
    fed(store, "namibia", "in")
    assert {one.country for one in institutions(store) if "Karas" in one.name or "rongo" in one.name.lower()} == {"NA"}


def test_names_in_gbk_within_a_zip_archive_are_read(store: Store) -> None:
    report = fed(store, "gbk-names-in-zip", "export.zip", source="case")
    assert (len(achievements(store)), len(demands(store))) == (1, 1)
    assert all(one.reason for one in report.skipped)
    assert not report.skipped_tables


def test_dates_that_two_forms_allow_are_not_decided_silently() -> None:
    draft = suggest([FIELD / "day-month" / "in" / "list.csv"])
    assert "%d/%m/%Y" in draft
    assert "%m/%d/%Y" in draft


def test_cells_without_an_address_stand_in_order_and_a_reading_is_no_text(store: Store) -> None:
    fed(store, "cells-without-address", "in")
    found = achievements(store)
    assert len(found) == 2
    assert found["A1"].title == "燃料電池"


def test_an_author_works_at_both_institutions(store: Store) -> None:
    fed(store, "two-affiliations", "works.jsonl")
    assert len(experts(store)) == 1
    homes = {one.target for one in edges(store, EdgeKind.AFFILIATED_WITH)}
    assert {one.name for one in institutions(store) if one.id in homes} == {"Tarn Lunar Laboratory", "University of Tarn"}
    (work,) = achievements(store).values()
    assert (work.title, "&amp;" in (work.abstract or "")) == ("Dust on small moons & rings", False)


def test_of_a_dump_in_both_schemas_each_institution_comes_once(store: Store, tmp_path: Path) -> None:
    report = fed(store, "ror-dump-both-schemas", "dump.zip", rejects=tmp_path)
    assert len(institutions(store)) == 2
    assert report.rejected == 1
    assert report.skipped
    assert all(one.reason for one in report.skipped)
