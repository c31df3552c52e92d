"""Mappings: what they say, which are refused, and the two that come along."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import Store
from graph.errors import InvalidInput
from graph.model import Achievement, Cooperation, Demand, EdgeKind, Institution, NodeKind, PartyTo
from ingest.cells.values import Tally
from ingest.load import ingest
from ingest.mapping.mapped import bundled_forms, bundled_specs, compiled, read_mapping
from ingest.read.readers import Raw
from tests.conftest import ROOT
from tests.ingest.conftest import edges, experts, institutions, nodes, write_csv

AWARD = {
    "id": "a1",
    "title": "A valve",
    "abstract": "It closes.",
    "firm": "Valve Works, Inc.",
    "agency": "Navy",
    "phase": "Phase II",
    "program": "SBIR",
    "year": "1998",
    "principal_investigator": "Dr. Ann Lee",
    "amount_usd": "750000.0",
}
TOPIC = {
    "id": "t1",
    "topic_name": "A better valve",
    "description": "It must close.",
    "agency": "Department of Defense,Navy,Department of Defense",
    "phase": "Phase I",
    "program": "SBIR",
    "release_date": "January 31, 2013",
    "open_date": "February 25, 2013",
    "close_date": "NA",
}


def example() -> str:
    """The mapping that the documentation shows."""
    text = (ROOT / "docs" / "data-formats.md").read_text("utf-8")
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]


def test_the_documented_mapping_does_what_is_said(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "mine.toml"
    mapping.write_text(example(), "utf-8")
    row = {
        "No.": "7",
        "Result": "Glue",
        "Firm": "Klebe; Co. GmbH",
        "Year": "2019",
        "Level": "invention",
        "Fields": "bonding, wood ,",
        "Phone": "13812345678",
    }
    path = write_csv(tmp_path / "results-2019.csv", [row, {**row, "No.": "8", "Year": "19??", "Firm": "n/a"}])
    report = ingest(store, [path], mapping=mapping)
    assert (report.total("added"), report.total("contacts"), report.files[0].source) == (2, 2, "my-centre")
    assert report.files[0].unknown_columns == ()
    first, second = sorted(
        (one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)), key=lambda one: one.provenance.source_id
    )
    assert (first.kind, first.date, first.keywords) == ("patent", "2019", ("bonding", "wood"))
    assert second.date is None
    assert [one.name for one in institutions(store)] == ["Klebe; Co. GmbH"]
    assert len(edges(store, EdgeKind.OWNS)) == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (('title = "{Result}"', 'headline = "{Result}"'), "there is no such field; achievements have: id"),
        (('title = "{Result}"', 'title = "{Colour}"'), "column 'colour' must be listed"),
        (('title = "{Result}"', 'title = "{Result"'), "braces"),
        (('kind = "achievements"', 'kind = "works"'), "breaks a rule"),
        (('kind = "achievements"', 'kin = "achievements"'), "breaks a rule"),
        (('name = "my-centre"', "name = my-centre"), "not TOML"),
        (("'\\d{4}'", "'(\\d{4}'"), "not a regular expression"),
        (('require = ["Firm"]', 'when = { Firm = "(" }'), "not a regular expression"),
        (('require = ["Firm"]', 'require = ["Colour"]'), "column 'colour' must be listed"),
        (('missing = ["999", "see file"]', 'flatten = "ours"'), "flatten must be one of: funding-tenders.topic, openalex.author"),
        (('missing = ["999", "see file"]', 'first.one = ["{Colour}"]'), "column 'colour' must be listed"),
        (('columns = ["No.", "Result", "Firm"]', 'columns = ["No.", "Result", "Firm"]\nskip = "x"'), "either rows or a reason"),
    ],
)
def test_a_mapping_that_breaks_a_rule_is_refused(tmp_path: Path, change: tuple[str, str], rule: str) -> None:
    path = tmp_path / "mine.toml"
    assert change[0] in example()
    path.write_text(example().replace(*change), "utf-8")
    with pytest.raises(InvalidInput, match=re.escape(rule)) as caught:
        read_mapping(path)
    assert caught.value.file == str(path)


def test_a_mapping_that_fits_nothing_is_told(store: Store, tmp_path: Path, folder: Callable[..., Path]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(example(), "utf-8")
    with pytest.raises(InvalidInput, match=r"fits none of the files: its columns are No\., Result, Firm"):
        ingest(store, [folder("s", institutions=[{"id": "1", "name": "x"}])], mapping=path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        ingest(store, [tmp_path], mapping=tmp_path / "none.toml")


def test_problems_name_the_file_s_own_column(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "awards.csv", [{**AWARD, "title": "", "abstract": ""}, {**AWARD, "id": "a2", "firm": "x@example.org"}])
    report = ingest(store, [path])
    assert [str(one.problems[0]) for one in report.files[0].rejections] == ["title: one of title and abstract is required"]
    assert {str(one) for told in report.files[0].cells for one in told.problems} == {
        "firm: must not be an e-mail address ([contact removed])",
        "id: must not be an e-mail address (Dr. Ann Lee @ [contact removed])",
        "creators: must not be an e-mail address (Dr. Ann Lee @ [contact removed])",
        "parties: must not be an e-mail address (funder=Navy; contractor=[contact removed])",
    }, "each cell that names the firm"


def test_awards(store: Store, tmp_path: Path) -> None:
    other = {
        **AWARD,
        "id": "a2",
        "firm": "VALVE WORKS INC",
        "agency": "",
        "year": "n/a",
        "amount_usd": "",
        "principal_investigator": "Lee, Ann",
    }
    third = {**AWARD, "id": "a3", "firm": "Other Works", "principal_investigator": "Ann Lee"}
    write_csv(tmp_path / "awards.csv", [AWARD, other, third])
    report = ingest(store, [tmp_path / "awards.csv"], source="sbir")
    assert (report.total("added"), report.total("rejected"), report.total("merged")) == (3, 0, 2)
    works = {one.provenance.source_id: one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)}
    assert (works["a1"].kind, works["a1"].date, works["a2"].date) == ("project_result", "1998", None)
    firms = {one.name: one for one in institutions(store)}
    assert {(name, one.kind, one.country) for name, one in firms.items() if "Navy" in name} == {("Navy", "government", "US")}
    assert len(firms) == 3, "two spellings of one firm"
    assert len(experts(store)) == 2, "one name in two firms is two people; in two spellings of one firm, one"
    cooperations = {one.provenance.source_id: one for one in nodes(store, NodeKind.COOPERATION) if isinstance(one, Cooperation)}
    assert set(cooperations) == {"a1", "a3"}, "who funded a2 is not known: with one party it is no cooperation"
    assert (cooperations["a1"].title, cooperations["a1"].amount, cooperations["a1"].currency) == ("SBIR Phase II", 750000, "USD")
    roles = {
        (one.role, one.source)
        for one in edges(store, EdgeKind.PARTY_TO)
        if isinstance(one, PartyTo) and one.target == cooperations["a1"].id
    }
    owner = next(one.source for one in edges(store, EdgeKind.OWNS) if one.target == works["a1"].id)
    assert roles == {("funder", firms["Navy"].id), ("contractor", owner)}
    assert {one.date for one in edges(store, EdgeKind.OWNS)} == {"1998", None}


@pytest.mark.parametrize(
    ("agency", "poster", "part_of"),
    [
        ("Department of Defense,Navy,Department of Defense", "Navy", 1),
        ("Department of Defense,Army,Navy", "Department of Defense", 2),
        ("National Science Foundation,National Science Foundation", "National Science Foundation", 0),
        ("Department of Energy", "Department of Energy", 0),
    ],
)
def test_topics(store: Store, tmp_path: Path, agency: str, poster: str, part_of: int) -> None:
    ingest(store, [write_csv(tmp_path / "topics.csv", [{**TOPIC, "agency": agency}])])
    (demand,) = nodes(store, NodeKind.DEMAND)
    assert isinstance(demand, Demand)
    assert (demand.title, demand.date, demand.deadline) == ("A better valve", "2013-02-25", None)
    (posted,) = edges(store, EdgeKind.POSTED)
    named = store.get([posted.source])[posted.source]
    assert isinstance(named, Institution)
    assert named.name == poster
    assert len(edges(store, EdgeKind.PART_OF)) == part_of


def test_awards_and_topics_name_one_agency_once(store: Store, tmp_path: Path) -> None:
    write_csv(tmp_path / "awards.csv", [AWARD])
    write_csv(tmp_path / "topics.csv", [TOPIC])
    assert ingest(store, [tmp_path]).rejected == 0
    assert [one.name for one in institutions(store) if one.kind == "government"].count("Navy") == 1
    again = ingest(store, [tmp_path])
    assert (again.total("unchanged"), again.total("edges")) == (2, 0)
    assert len(edges(store, EdgeKind.PART_OF)) == 1, "awards do not say of whom the Navy is part, and take nothing away"


def test_techmatch(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "techmatch-zh"
    place.mkdir()
    write_csv(place / "achievements.csv", [{"id": "a0", "title": "防水涂料"}])
    write_csv(
        place / "demands.csv", [{"id": "d0", "title": "涂料", "description": "防水"}, {"id": "d1", "title": "涂料", "description": "防水"}]
    )
    write_csv(place / "queries-en-dev.csv", [{"id": "d0", "title": "Paint", "description": "Waterproof"}])
    write_csv(place / "judgements-dev.csv", [{"demand_id": "d0", "achievement_id": "a0", "grade": "4"}])
    report = ingest(store, [place])
    assert (report.total("read"), report.total("added")) == (3, 3), "demands of one text under two ids are two demands"
    assert [Path(file).name for file, *_ in report.skipped] == ["judgements-dev.csv", "queries-en-dev.csv"]
    assert all("dovetail evaluate" in reason for _, reason, *_ in report.skipped)


def test_the_mappings_that_come_along_say_what_they_are() -> None:
    assert all(one.about for one in bundled_specs())
    form = next(one for one in bundled_forms() if one.fits("awards", list(AWARD))).fresh()
    assert [part.kind for part in form.parts({**AWARD, "colour": "red"}, Tally())] == [
        "achievements",
        "institutions",
        "institutions",
        "experts",
        "cooperations",
    ]
    assert form.unknown == ["colour"]


PLAIN = """
name = "mine"
[[file]]
columns = ["Title", "Price", "People", "Firms"]
{options}
[[file.rows]]
kind = "achievements"
[file.rows.fields]
title = "{{Title}}"
price_min = "{{Price}}"
creators = ["{{People}}"]
owners = ["{{Firms}}"]
"""


def parts_of(options: str, **cells: object) -> dict[str, object]:
    """The native cells that a mapping with ``options`` makes of a row."""
    form = compiled(PLAIN.format(options=options))[0]
    row = {"Title": "Glue", **{name.title(): value for name, value in cells.items()}}
    form.prepare([Raw(2, row)])
    return form.parts(row, Tally())[0].fields


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ("divide = { Colour = 100 }", "column 'colour' must be listed"),
        ("units = { Colour = '万元' }", "column 'colour' must be listed"),
        ("several = { Colour = 'people' }", "column 'colour' must be listed"),
        ("decimal_comma = ['Colour']", "column 'colour' must be listed"),
        ("divide = { Price = 0 }", "dividing 'Price' by 0 has no effect or no meaning"),
        ("divide = { Price = 1 }", "dividing 'Price' by 1 has no effect or no meaning"),
        ("divide = { Price = nan }", "no effect or no meaning"),
        ("divide = { Price = inf }", "no effect or no meaning"),
        ("optional = ['Share']\ndivide = { Share = 100 }", "dividing 'Share' has no effect: no field uses it"),
        ("several = { People = 'persons' }", "breaks a rule"),
        ("units = { Price = 5 }", "breaks a rule"),
    ],
)
def test_an_option_of_a_column_that_is_not_there_or_without_effect_is_refused(options: str, rule: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(rule)):
        compiled(PLAIN.format(options=options))


@pytest.mark.parametrize(("value", "read"), [("50", 0.5), (50, 0.5), ("many", "many")])
def test_a_number_is_divided_and_a_text_left_to_the_row(value: object, read: object) -> None:
    assert parts_of("divide = { Price = 100 }", price=value)["price_min"] == read


@pytest.mark.parametrize(("value", "read"), [("50", "50万元"), (50, "50万元"), ("50万", "50万"), ("30-50", "30-50万元")])
def test_a_unit_is_that_of_numbers_which_say_none(value: object, read: str) -> None:
    assert parts_of("units = { Price = '万元' }", price=value)["price_min"] == read


def test_a_cell_that_the_unit_does_not_fit_costs_no_row(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(PLAIN.format(options="units = { Price = '万元' }"), "utf-8")
    rows = [{"Title": name, "Price": price, "People": "", "Firms": ""} for name, price in {"Glue": "USD 50", "Valve": "50"}.items()]
    report = ingest(store, [write_csv(tmp_path / "x.csv", rows)], mapping=mapping)
    assert (report.rejected, report.set_aside, report.total("added")) == (0, 1, 2)
    (told,) = report.files[0].cells
    assert (told.line, told.problems[0].field, told.problems[0].detail) == (2, "Price", " (USD 50)")


def test_a_unit_that_a_mapping_gives_is_that_of_the_store(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(PLAIN.format(options="units = { Price = '万元' }"), "utf-8")
    rows = [{"Title": "Glue", "Price": "50", "People": "", "Firms": ""}, {"Title": "Valve", "Price": "5元", "People": "", "Firms": ""}]
    ingest(store, [write_csv(tmp_path / "x.csv", rows)], mapping=mapping)
    works = [one for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)]
    assert {one.title: (one.price_min, one.currency) for one in works} == {"Glue": (500_000, "CNY"), "Valve": (5, "CNY")}


@pytest.mark.parametrize(
    ("options", "cells", "field", "read"),
    [
        ("several = { People = 'people' }", {"people": "林小满、周颖"}, "creators", ["林小满", "周颖"]),
        ("several = { People = 'people' }", {"people": "林小满 周颖"}, "creators", ["林小满", "周颖"]),
        ("several = { Firms = 'institutions' }", {"firms": "甲州大学/乙州研究院"}, "owners", ["甲州大学", "乙州研究院"]),
        ("", {"people": "林小满、周颖"}, "creators", ["林小满、周颖"]),
    ],
)
def test_several_of_a_column_are_told_apart_as_in_a_native_file(
    options: str, cells: dict[str, object], field: str, read: list[str]
) -> None:
    found = parts_of(options, **cells)[field]
    assert (found if isinstance(found, list) else [found]) == read
