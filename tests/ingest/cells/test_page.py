"""docs/cells.md cannot lie: every example on it goes through the readers, and every list of words is the code's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum

import pytest

from graph import model
from ingest.cells import currencies, dates, identifiers, maturity, money, names, registers, values, words
from ingest.cells.broken import Broken
from ingest.cells.placeholders import PLACEHOLDERS, is_placeholder
from ingest.rows import models
from ingest.rows.lists import ListReader, Several
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "cells.md").read_text("utf-8")
NOTHING = "nothing more"


def tables(heading: str) -> list[list[tuple[list[str], str]]]:
    """The tables of a section: of each row what stands in backticks in its first cell (or the cell), and the second cell."""
    section = re.split(r"\n##+ ", PAGE.split(f"# {heading}\n", 1)[1], maxsplit=1)[0]
    found: list[list[tuple[list[str], str]]] = []
    for block in re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE):
        rows = [line.strip().strip("|").split("|") for line in block.splitlines()[2:]]
        assert all(len(row) == 2 for row in rows), rows
        found.append([(quoted(left) or [left.strip()], right.strip()) for left, right in rows])
    return found


def quoted(text: str) -> list[str]:
    return re.findall("`([^`]+)`", text)


def told(read: Callable[[], str]) -> str:
    try:
        return read()
    except Broken as error:
        return f"broken: {error.rule}"


def amount(found: money.Money | None) -> str:
    if found is None:
        return "no amount is stated"
    low, high = (f"{one:,.15g}" if one is not None else "" for one in found[:2])
    code = f" {found.currency}" if found.currency else ""
    if low == high:
        return low + code
    return f"{low} to {high}{code}" if low and high else f"{low}{code} or more" if low else f"up to {high}{code}"


def amount_with(unit: str) -> Callable[[str], str]:
    return lambda text: amount(money.read_money(money.with_unit(text, unit)))


def level(text: str) -> str:
    trl, stage = maturity.read_maturity(text)
    return f"{trl} {stage}" if stage else str(trl)


def names_of(heading: str) -> Callable[[str], str]:
    split = names.split_people if heading == "People" else names.split_institutions
    return lambda text: " ".join(f"`{one}`" for one in split(text))


EACH: dict[str, Callable[[str], str]] = {
    "Nothing to say": lambda text: "nothing" if is_placeholder(text) else "a text",
    "Money": lambda text: amount(money.read_money(text)),
    "The unit of a column": lambda text: f"`{unit}`" if (unit := money.unit_of(text)) else "none",
    "Dates": dates.date,
    "Maturity": level,
    "People": names_of("People"),
    "Institutions": names_of("Institutions"),
    "Lists of words": lambda text: " ".join(f"`{one}`" for one in ListReader(Several.WORDS, ()).read(text)),
    "Shares": lambda text: f"{values.share(text):g}",
    "Ids": lambda text: "as written" if values.identifier(text) == text else "otherwise",
}


@pytest.mark.parametrize("heading", EACH)
def test_each_example_is_read_as_the_page_says(heading: str) -> None:
    read = EACH[heading]
    assert tables(heading)[0]
    for written, expected in tables(heading)[0]:
        for text in written:
            assert told(lambda text=text: read(text)) == expected, text  # type: ignore[misc]


def test_cells_with_the_unit_of_their_column() -> None:
    for (value, unit), expected in tables("The unit of a column")[1]:
        read = amount_with(unit)
        assert told(lambda read=read, value=value: read(value)) == expected, value  # type: ignore[misc]


def test_number_cells_that_are_dates() -> None:
    for (number,), expected in tables("Dates")[1]:
        assert told(lambda number=number: dates.date(float(number))) == expected  # type: ignore[misc]


@pytest.mark.parametrize("heading", ["People", "Institutions"])
def test_columns_of_names(heading: str) -> None:
    for column, expected in tables(heading)[1]:
        chosen = [one.replace("space", " ") for one in quoted(expected)]
        assert expected == NOTHING or chosen
        assert set(names.separators_of(column, people=heading == "People")) == set(chosen), column


def test_bare_values_of_schemes() -> None:
    for (scheme, value), expected in tables("Ids")[1]:
        assert told(lambda scheme=scheme, value=value: f"`{identifiers.external_id_of(scheme, value)}`") == expected  # type: ignore[misc]
    assert {scheme for (scheme, _), _ in tables("Ids")[1]} == identifiers.SCHEMES.keys()


# -- lists of words


def test_words_of_money() -> None:
    listed = {row[0][0]: set(quoted(row[1])) for row in tables("Money")[1]}
    lists = {
        "the amount or more, before it": money.LOW,
        "the amount or more, after it": money.LOW_AFTER,
        "up to the amount, before it": money.HIGH,
        "up to the amount, after it": money.HIGH_AFTER,
        "about the amount": money.AROUND,
        "before an amount, without meaning": money.LABELS,
        "after an amount, without meaning": money.REMARKS,
    }
    expected = {name: {word.replace("_", " ") for word in text.split()} for name, text in lists.items()}
    expected |= {"no amount is stated": set(money.NOT_STATED), "0": set(money.FREE)}
    several: dict[str, set[str]] = defaultdict(set)
    for word, scale in money.SCALES.items():
        several[f"times {scale:,}"].add(word)
    for word, code in currencies.WORDS.items():
        several[code].add(word)
    assert listed == expected | several


def test_words_of_money_are_read() -> None:
    listed = {row[0][0]: quoted(row[1]) for row in tables("Money")[1]}
    for word in listed["no amount is stated"]:
        assert money.read_money(word) is None
    for word in listed["0"]:
        assert money.read_money(word) == (0, 0, None)
    ends = {"the amount or more": (5, None, "EUR"), "up to the amount": (None, 5, "EUR")}
    for name, found in ends.items():
        assert {money.read_money(f"{word} 5 EUR") for word in listed[f"{name}, before it"]} == {found}
        assert {money.read_money(f"5 EUR {word}") for word in listed[f"{name}, after it"]} == {found}
    assert {money.read_money(f"{word} 5 EUR") for word in listed["before an amount, without meaning"]} == {(5, 5, "EUR")}
    assert {money.read_money(f"5 EUR {word}") for word in listed["after an amount, without meaning"]} == {(5, 5, "EUR")}
    for word in listed["about the amount"]:
        assert money.read_money(f"{word} 5 EUR") == money.read_money(f"5 EUR {word}") == (5, 5, "EUR")
    for word, scale in money.SCALES.items():
        assert money.read_money(f"2{word} EUR") == (2 * scale, 2 * scale, "EUR"), word
    for word, code in currencies.WORDS.items():
        assert money.read_money(f"2 {word}") == money.read_money(f"{word} 2") == (2, 2, code), word
        assert values.currency(word) == code


def test_words_of_dates_maturity_and_placeholders() -> None:
    section = PAGE.split("# Dates\n", 1)[1].split("\n## ", 1)[0]
    months, open_ended = (quoted(line) for line in section.splitlines() if line.startswith(("Names of months", "There is no deadline")))
    assert set(months) == dates.MONTHS.keys()
    assert all(dates.date(f"{name} 2024") == f"2024-{dates.MONTHS[name]:02}" for name in months)
    assert set(open_ended) == dates.OPEN_ENDED
    assert all(map(dates.is_open_ended, open_ended))
    section = PAGE.split("# Nothing to say\n", 1)[1].split("\n## ", 1)[0]
    (placeholders,) = (quoted(line) for line in section.splitlines() if line.startswith("Words, compared"))
    assert set(placeholders) == PLACEHOLDERS
    assert all(map(is_placeholder, placeholders))
    listed = {row[0][0]: quoted(row[1]) for row in tables("Maturity")[1]}
    assert {word for found in listed.values() for word in found} == maturity.WORDS.keys()
    for meaning, found in listed.items():
        assert {level(word) for word in found} == {meaning}


FIELDS: dict[str, tuple[type[StrEnum], models.Kind, str]] = {
    "visibility": (model.Visibility, models.Kind.DEMANDS, "visibility"),
    "demand status": (model.DemandStatus, models.Kind.DEMANDS, "status"),
    "cooperation outcome": (model.Outcome, models.Kind.COOPERATIONS, "outcome"),
    "cooperation mode": (model.CooperationMode, models.Kind.COOPERATIONS, "mode"),
    "institution kind": (model.InstitutionKind, models.Kind.INSTITUTIONS, "kind"),
    "achievement kind": (model.AchievementKind, models.Kind.ACHIEVEMENTS, "kind"),
    "resource kind": (model.ResourceKind, models.Kind.RESOURCES, "kind"),
    "demand kind": (model.DemandKind, models.Kind.DEMANDS, "kind"),
    "route": (model.DemandRoute, models.Kind.DEMANDS, "route"),
    "contract type": (model.ContractType, models.Kind.COOPERATIONS, "contract_type"),
    "size": (model.Size, models.Kind.INSTITUTIONS, "size"),
    "broker": (model.BrokerLevel, models.Kind.EXPERTS, "broker"),
    "legal status": (model.LegalStatus, models.Kind.ACHIEVEMENTS, "legal_status"),
    "form of licence": (model.LicenceForm, models.Kind.ACHIEVEMENTS, "licence"),
    "form of transfer": (model.TransferForm, models.Kind.ACHIEVEMENTS, "transfer_forms"),
}


def test_words_of_closed_lists() -> None:
    listed: dict[type[StrEnum], dict[StrEnum, set[str]]] = defaultdict(dict)
    for (meaning,), text in tables("Words of closed lists")[0]:
        enum, kind, field = FIELDS[meaning.rpartition(" ")[0]]
        member = enum(meaning.rpartition(" ")[2])
        listed[enum][member] = set(quoted(text))
        for word in quoted(text):
            row = models.validate(kind, {_name_of(kind): "x", field: word}, values.Tally())
            found = getattr(row, field)
            assert (registers.licence_forms(found) if field == "licence" else found) in (member, (member,)), word
    assert listed.keys() == words.SYNONYMS.keys()
    for enum, each in words.SYNONYMS.items():
        assert listed[enum] == {one: {word.replace("_", " ") for word in found} for one, found in each.items()}


def _name_of(kind: models.Kind) -> str:
    return "name" if kind in (models.Kind.INSTITUTIONS, models.Kind.EXPERTS) else "title"


def test_the_page_is_linked() -> None:
    assert "](cells.md)" in (ROOT / "docs" / "data-formats.md").read_text("utf-8")
