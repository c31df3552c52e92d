"""Typed rows: what they refuse and in which words; the documentation says the same as the code."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from graph import model
from ingest.cells import words
from ingest.cells.registers import licence_forms
from ingest.cells.values import Tally
from ingest.mapping.aliases import CHINESE_NAMES, COLUMNS, column_key
from ingest.mapping.native import NativeForm, native_kind
from ingest.rows.models import DATES, LISTS, MODELS, REQUIRED, AchievementRow, Kind, PartyKind, Problem, validate
from tests.conftest import ROOT

DOCS = (ROOT / "docs" / "data-formats.md").read_text("utf-8")


def problems(kind_of_row: Kind, **fields: object) -> list[Problem]:
    found = validate(kind_of_row, fields, Tally())
    assert isinstance(found, list), found
    return found


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = problems(Kind.ACHIEVEMENTS, title="x", trl="12", date="2023-02-30", kind="blueprint")
    assert [one.field for one in found] == ["kind", "trl", "date"]
    assert str(found[1]) == "trl: must be a TRL from 1 to 9 or a stage such as 概念验证, 小试, 中试 or 产业化"
    for one in found:
        assert not re.search(r"input|value error|type=|pydantic", one.rule, re.IGNORECASE)


@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        (Kind.DEMANDS, {"id": "1"}, "title: one of title and description is required"),
        (Kind.DEMANDS, {"title": "x", "budget_min": "2", "budget_max": "1"}, "budget_max: must not be less than budget_min"),
        (Kind.DEMANDS, {"title": "x", "date": "2026", "deadline": "2025-12"}, "deadline: must not be before date"),
        (Kind.COOPERATIONS, {"parties": "a"}, "parties: must name two or more parties"),
        (Kind.COOPERATIONS, {"parties": "a; a"}, "parties: must name two or more parties"),
        (Kind.COOPERATIONS, {"parties": "a;b", "started": "2024-05", "ended": "2024-04-30"}, "ended: must not be before started"),
        (Kind.EVIDENCE, {"source": "a", "target": "a", "kind": "rating", "outcome": 1}, "target: must be another party than source"),
        (Kind.INSTITUTIONS, {"name": ["a"]}, "name: must be text"),
    ],
)
def test_rules_over_fields(kind: Kind, fields: dict[str, object], problem: str) -> None:
    assert [str(one) for one in problems(kind, **fields)] == [problem]


@pytest.mark.parametrize(("started", "ended"), [("2019", "2019-03"), ("2019-03", "2019"), ("2019", "2019"), ("2019-03-01", "2019-03")])
def test_partial_dates_that_may_be_in_order_are(started: str, ended: str) -> None:
    assert not isinstance(validate(Kind.COOPERATIONS, {"parties": "a;b", "started": started, "ended": ended}, Tally()), list)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("achievements.csv", Kind.ACHIEVEMENTS),
        ("2024-achievements.jsonl.gz", Kind.ACHIEVEMENTS),
        ("成果.csv", Kind.ACHIEVEMENTS),
        ("2024-企业.csv", Kind.INSTITUTIONS),
        ("企业需求.csv", Kind.DEMANDS),
        ("Demands.rejected.csv", Kind.DEMANDS),
        ("demands.rejected-2.jsonl", Kind.DEMANDS),
        ("part_of.csv", Kind.PART_OF),
        ("party-to.csv", Kind.PARTY_TO),
        ("party to 2024.csv", Kind.PARTY_TO),
        ("my_institutions.csv", Kind.INSTITUTIONS),
        ("topics.csv", None),
        ("judgements-dev.csv", None),
        ("demandsheet.csv", None),
        ("queries-en-dev.csv", None),
        ("评审专家.csv", Kind.EXPERTS),
    ],
)
def test_the_name_of_a_file_tells_its_kind(name: str, kind: Kind | None) -> None:
    assert native_kind(name) is kind


def test_headers_in_any_case_order_and_language() -> None:
    form = NativeForm(Kind.DEMANDS, ["Budget Max", "编号", "TITLE", "colour", "联系电话", "标题", "title"])
    tally = Tally()
    (part,) = form.parts({"Budget Max": "5", "编号": "1", "TITLE": "t", "colour": "red", "联系电话": "138", "title": "u"}, tally)
    assert part.fields == {"budget_max": "5", "id": "1", "title": "t"}
    assert form.unknown == ["colour"]
    form.prepare([])
    assert form.notes == ["标题: left out, TITLE says the same", "title: left out, TITLE says the same"]
    assert tally.contacts == 1
    assert form.column(part, "budget_max") == "Budget Max"


# -- the documentation


def _table(heading: str) -> list[list[str]]:
    section = DOCS.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| ")][1:]


def _documented(text: str) -> dict[str, str]:
    return dict(re.findall(r"`?\**(\b[a-z_]+)\**`? ([\u4e00-\u9fff]+)", text))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind in CHINESE_NAMES])
def test_files_of_nodes_are_documented(kind: Kind) -> None:
    names, columns = next(row for row in _table("Files of nodes") if row[0].split(",")[0] == kind.value)
    assert [name.strip() for name in names.split(",")] == [kind.value, *CHINESE_NAMES[kind]]
    told = _documented(columns) | {"retrieved_at": "采集日期"}
    assert set(told) == set(MODELS[kind].model_fields)
    for name, chinese in told.items():
        assert COLUMNS[kind][chinese] == name
    assert set(re.findall(r"\*\*([a-z_]+)\*\*", columns)) == set(REQUIRED[kind])


def test_files_of_edges_are_documented() -> None:
    rows = _table("Files of edges")
    told = {name.strip(): row for row in rows for name in row[0].split(",")}
    assert set(told) == {kind.value for kind in Kind if kind not in CHINESE_NAMES}
    for name, row in told.items():
        more = set(_documented(row[2])) | set(re.findall(r"`([a-z_]+)`", row[1] + row[2]))
        assert set(MODELS[Kind(name)].model_fields) - {"id", "retrieved_at", "source", "target", "date", "visibility"} == more


WORDS: dict[str, tuple[Kind, str, type[StrEnum]]] = {
    "institution kind": (Kind.INSTITUTIONS, "kind", model.InstitutionKind),
    "size": (Kind.INSTITUTIONS, "size", model.Size),
    "broker": (Kind.EXPERTS, "broker", model.BrokerLevel),
    "achievement kind": (Kind.ACHIEVEMENTS, "kind", model.AchievementKind),
    "legal_status": (Kind.ACHIEVEMENTS, "legal_status", model.LegalStatus),
    "maturity": (Kind.ACHIEVEMENTS, "maturity", model.Maturity),
    "form of licence": (Kind.ACHIEVEMENTS, "licence", model.LicenceForm),
    "transfer_forms": (Kind.ACHIEVEMENTS, "transfer_forms", model.TransferForm),
    "resource kind": (Kind.RESOURCES, "kind", model.ResourceKind),
    "demand kind": (Kind.DEMANDS, "kind", model.DemandKind),
    "route": (Kind.DEMANDS, "route", model.DemandRoute),
    "contract_type": (Kind.COOPERATIONS, "contract_type", model.ContractType),
    "demand status": (Kind.DEMANDS, "status", model.DemandStatus),
    "visibility": (Kind.DEMANDS, "visibility", model.Visibility),
    "cooperation mode": (Kind.COOPERATIONS, "mode", model.CooperationMode),
    "cooperation outcome": (Kind.COOPERATIONS, "outcome", model.Outcome),
    "evidence kind": (Kind.EVIDENCE, "kind", model.EvidenceKind),
    "source_kind, target_kind": (Kind.EVIDENCE, "source_kind", PartyKind),
}


def test_words_of_closed_lists_are_documented_and_read() -> None:
    rows = dict(row for row in _table("Words of closed lists"))
    assert set(rows) == set(WORDS)
    base = {
        Kind.INSTITUTIONS: {"name": "x"},
        Kind.EXPERTS: {"name": "x"},
        Kind.RESOURCES: {"title": "x"},
        Kind.COOPERATIONS: {"parties": "a;b"},
        Kind.EVIDENCE: {"source": "a", "target": "b", "kind": "rating", "outcome": 1},
    }
    for field, (kind, name, enum) in WORDS.items():
        told = _documented(rows[field])
        assert set(told) == {word.value for word in enum}
        for word, chinese in told.items():
            for text in (word, chinese):
                row = validate(kind, {**base.get(kind, {"title": "x"}), name: text}, Tally())
                if name == "licence":  # kept as written; its forms are read out of it
                    assert words.licence_form(text) == word
                    assert licence_forms(text) == (word,)
                else:
                    assert getattr(row, name) == ((word,) if name in LISTS else word)


def test_fields_of_several_values_and_of_dates_are_known() -> None:
    for kind, row in MODELS.items():
        several = {name for name, field in row.model_fields.items() if "tuple" in str(field.annotation)}
        assert several <= LISTS, kind
        assert {name for name in row.model_fields if name in DATES or "date" in name} <= DATES
    assert {name for row in MODELS.values() for name in row.model_fields} >= LISTS
    assert {name for row in MODELS.values() for name in row.model_fields} >= DATES


def test_a_row_cannot_be_changed() -> None:
    row = AchievementRow(title="x")
    with pytest.raises(ValueError, match="frozen"):
        row.title = "y"


def test_a_header_is_compared_without_its_dress() -> None:
    assert column_key("\ufeff Budget - Max ") == column_key("budget_max") == "budget_max"
    assert column_key("编 号") == "编_号"
