"""What rejects a row, what is set aside, and what a message shows of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Visibility
from ingest.cells.contacts import MARK
from ingest.cells.values import Tally
from ingest.rows.aside import SHOWN, Reading, read, shown
from ingest.rows.models import REQUIRED, AchievementRow, CooperationRow, DemandRow, Kind, columns_of


def aside(reading: Reading) -> list[str]:
    assert reading.row is not None, reading.problems
    return [one.field for one in reading.problems]


def test_a_good_row_has_no_problems() -> None:
    found = read(Kind.ACHIEVEMENTS, {"title": "Glue", "trl": "6"}, Tally())
    assert isinstance(found.row, AchievementRow)
    assert (found.row.trl, found.problems) == (6, ())


def test_cells_that_cannot_be_read_are_left_out_and_told_each_with_its_text() -> None:
    found = read(Kind.DEMANDS, {"title": "Glue", "budget": "many", "deadline": "soon", "status": "open"}, Tally())
    assert isinstance(found.row, DemandRow)
    assert (found.row.budget_min, found.row.deadline, found.row.status) == (None, None, "open")
    assert {one.field: one.detail for one in found.problems} == {"budget": " (many)", "deadline": " (soon)"}
    assert all(one.rule for one in found.problems)


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (Kind.INSTITUTIONS, {"kind": "firm"}, "name"),
        (Kind.INSTITUTIONS, {"name": "长" * 2_001, "region": "浙江"}, "name"),
        (Kind.EXPERTS, {"headline": "教授"}, "name"),
        (Kind.RESOURCES, {"terms": "free"}, "title"),
        (Kind.ACHIEVEMENTS, {"trl": "6"}, "title"),
        (Kind.DEMANDS, {"budget": "30万"}, "title"),
        (Kind.OWNS, {"source": "a"}, "target"),
        (Kind.OWNS, {"source": "a", "target": "x@example.org"}, "target"),
        (Kind.EVIDENCE, {"source": "a", "target": "b", "kind": "rating", "outcome": "good"}, "outcome"),
        (Kind.EVIDENCE, {"source": "a", "target": "a", "kind": "rating", "outcome": "1"}, "target"),
    ],
)
def test_a_row_without_what_it_must_have_is_rejected(kind: Kind, fields: dict[str, object], field: str) -> None:
    found = read(kind, fields, Tally())
    assert found.row is None
    assert field in [one.field for one in found.problems]


def test_a_rejected_row_tells_its_other_bad_cells_too() -> None:
    found = read(Kind.DEMANDS, {"budget": "many", "trl_min": "high"}, Tally())
    assert found.row is None
    assert {one.field for one in found.problems} == {"budget", "trl_min", "title"}


def test_one_party_is_no_cooperation_but_the_row_lives() -> None:
    found = read(Kind.COOPERATIONS, {"title": "Glue", "parties": ["Alfa"]}, Tally())
    assert isinstance(found.row, CooperationRow)
    assert (aside(found), found.row.parties) == (["parties"], ())


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        (Kind.DEMANDS, {"date": "2023-05-06", "deadline": "2022"}, "deadline"),
        (Kind.DEMANDS, {"budget_min": "30", "budget_max": "20"}, "budget_max"),
        (Kind.ACHIEVEMENTS, {"filed": "2023", "granted": "2021", "expires": "2040"}, "granted"),
        (Kind.COOPERATIONS, {"amount": "10", "technology_amount": "20"}, "amount"),
    ],
)
def test_of_two_cells_that_contradict_each_other_one_is_set_aside(kind: Kind, fields: dict[str, object], field: str) -> None:
    found = read(kind, {"title": "Glue", **fields}, Tally())
    assert aside(found) == [field]
    kept = fields.keys() - {field}
    assert all(getattr(found.row, name) is not None for name in kept)


def test_what_breaks_a_rule_only_after_a_cell_went_is_told_too() -> None:
    found = read(Kind.ACHIEVEMENTS, {"title": "x", "filed": "2023", "granted": "2021", "expires": "2020"}, Tally())
    assert aside(found) == ["granted", "expires"]


@pytest.mark.parametrize("text", ["保密（待定）", "无", "？", "perhaps", "-1", "x" * 999])
@pytest.mark.parametrize("kind", [Kind.ACHIEVEMENTS, Kind.DEMANDS])
def test_who_may_see_a_row_is_never_public_where_it_cannot_be_read(kind: Kind, text: str) -> None:
    found = read(kind, {"title": "Glue", "visibility": text}, Tally())
    assert found.row is not None
    assert found.row.visibility is Visibility.CONFIDENTIAL  # type: ignore[attr-defined]


def test_strictly_any_bad_cell_rejects() -> None:
    found = read(Kind.DEMANDS, {"title": "Glue", "budget": "many", "deadline": "soon"}, Tally(), strict=True)
    assert found.row is None
    assert {one.field for one in found.problems} == {"budget", "deadline"}
    assert read(Kind.DEMANDS, {"title": "Glue", "budget": "30万"}, Tally(), strict=True).row is not None


def test_contacts_are_counted_once_and_masked_where_a_cell_is_told() -> None:
    tally = Tally()
    found = read(Kind.DEMANDS, {"title": "Glue", "description": "call 13812345678", "deadline": "ask 13812345678"}, tally)
    assert tally.contacts == 1
    assert [one.detail for one in found.problems] == [f" (ask {MARK})"]


def test_a_message_shows_one_short_line() -> None:
    assert shown(" a\n b\t") == "a b"
    assert shown(["x", 1]) == "x; 1"
    assert shown("长" * (SHOWN + 1)) == "长" * SHOWN + " ..."
    assert shown("长" * SHOWN) == "长" * SHOWN
    assert shown(f"{'长' * (SHOWN - 4)}13812345678") == f"{'长' * (SHOWN - 4)}{MARK}"[:SHOWN] + " ..."


@given(st.sampled_from(list(Kind)[:6]), st.data())
def test_whatever_the_cells_hold_an_end_is_found_and_a_row_has_its_name(kind: Kind, data: st.DataObject) -> None:
    cell = st.one_of(st.text(max_size=12), st.integers(), st.floats(), st.lists(st.text(max_size=3)), st.booleans(), st.just({"a": "b"}))
    names = [name for name in columns_of(kind) if name not in ("name", "title")]
    fields = data.draw(st.dictionaries(st.sampled_from(names), cell))
    required = REQUIRED[kind] or ("title",)
    found = read(kind, {**fields, required[0]: "Glue"}, Tally())
    assert found.row is not None
    assert len({(one.field, one.detail) for one in found.problems}) == len(found.problems), "each bad cell, and bad part of a list, once"
    assert {one.field for one in found.problems} <= {*columns_of(kind)}
    strict = read(kind, {**fields, required[0]: "Glue"}, Tally(), strict=True)
    assert (strict.row is None) == bool(found.problems)
