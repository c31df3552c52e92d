"""docs/headers.md cannot lie: its tables and lists are those of the code, and each header on it is read as the page says."""

from __future__ import annotations

import re

import pytest

from ingest.cells.contacts import is_contact_column
from ingest.mapping import aliases, columns, recognise
from ingest.mapping.aliases import COLUMNS, LIKE_COLUMNS
from ingest.mapping.columns import assigned
from ingest.rows.models import Kind, columns_of
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "headers.md").read_text("utf-8")
NODES = recognise.NODE_KINDS
EDGES = [kind for kind in Kind if kind not in NODES]


def section(heading: str) -> str:
    """The text under a heading, up to the next one."""
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def rows(heading: str) -> list[str]:
    """The rows of the table under a heading."""
    return [line for line in section(heading).splitlines() if line.startswith("| `")]


def cells(row: str) -> list[list[str]]:
    """What stands in backticks in each cell of a row."""
    return [re.findall("`([^`]+)`", cell) for cell in row.strip("|").split("|")]


def quoted(words: list[str]) -> str:
    return " ".join(f"`{one}`" for one in words)


def due(kind: Kind, field: str) -> str:
    """The row that the page owes a field."""
    own = [header for header, name in COLUMNS[kind].items() if name == field and header != field]
    return f"| `{field}` | {quoted(own)} | {quoted([*LIKE_COLUMNS[kind][field]])} |"


@pytest.mark.parametrize("kind", NODES)
def test_every_header_of_a_kind_is_on_the_page(kind: Kind) -> None:
    assert rows(kind.value) == [due(kind, field) for field in columns_of(kind)]


@pytest.mark.parametrize("kind", NODES)
def test_every_header_on_the_page_names_its_field(kind: Kind) -> None:
    for row in rows(kind.value):
        (field,), own, like = cells(row)
        for header in [field, *own]:
            column = assigned(kind, [header])[header]
            assert column.field == field or column.scheme == "doi", header  # a DOI is an external id
        for header in like:  # alone, a header goes to the field that it is nearest to
            ranks = aliases.fields_of(kind, header)
            assert field in ranks, header
            if is_contact_column(header):
                continue
            column = assigned(kind, [header])[header]
            special = column.of or column.scheme or column.role or column.is_negated or column.field == "visibility"
            assert special or ranks[column.field] == min(ranks.values()), header


def test_headers_of_edge_files() -> None:
    fields = list(dict.fromkeys(field for kind in EDGES for field in columns_of(kind)))
    expected = []
    for field in fields:
        kinds = [kind for kind in EDGES if field in columns_of(kind)]
        assert len({due(kind, field) for kind in kinds}) == 1
        expected.append(due(kinds[0], field))
    assert rows("Files of edges") == expected


@pytest.mark.parametrize("kind", list(aliases._ALIKE))
def test_forms_of_headers(kind: Kind) -> None:
    blocks = dict(re.findall(r"^\*\*([a-z]+)\*\*\n\n```text\n(.*?)```", section("Headers alike"), re.MULTILINE | re.DOTALL))
    assert blocks.keys() == {one.value for one in aliases._ALIKE}
    told = [tuple(line.split(maxsplit=1)) for line in blocks[kind.value].splitlines()]
    assert told == [(field, form.pattern) for field, form in aliases._ALIKE[kind]]


def test_words_that_no_form_reads() -> None:
    assert f"`{aliases._NEVER.pattern}`" in section("Headers alike")


def test_words_of_kinds() -> None:
    told = {row[0][0]: row[1] for row in map(cells, rows("Words of the kind"))}
    assert told == {kind.value: words.split() for kind, words in aliases._KIND_WORDS.items()}


def test_headers_that_tell_a_kind() -> None:
    told = {row[0][0]: row[1] for row in map(cells, rows("Headers that tell a kind"))}
    assert {kind: set(headers) for kind, headers in told.items()} == {kind.value: set(one) for kind, one in recognise._TELLING.items()}


def test_what_fields_weigh() -> None:
    told = {row[0][0]: row[1] for row in map(cells, rows("What fields weigh"))}
    assert told == {kind.value: [f"{name} {weight:g}" for name, weight in one.items()] for kind, one in recognise._WEIGHTS.items()}
    for kind, one in recognise._WEIGHTS.items():
        assert one.keys() <= {*columns_of(kind)}


def test_words_that_tell_a_kind() -> None:
    (words,) = re.findall(r"```text\n(.*?)```", section("Words that tell a kind"), re.DOTALL)
    assert [line.split() for line in words.splitlines()] == [[kind.value, form.pattern] for kind, form in recognise._WORDS.items()]


def test_roles() -> None:
    roles = cells(section("Roles of parties").strip().split("\n\n")[-1])[0]
    assert roles == columns._ROLES.split()
    for one in roles:
        (column,) = assigned(Kind.COOPERATIONS, [one]).values()
        assert (column.field, column.role) == ("parties", one)


def test_schemes() -> None:
    told = {header: row[0][0] for row in map(cells, rows("External ids")) for header in row[1]}
    assert told == columns._SCHEMES
    for header, scheme in told.items():
        assert assigned(Kind.INSTITUTIONS, [header])[header].scheme == scheme


def test_headers_of_the_institution_beside_a_row() -> None:
    told = {header: row[0][0] for row in map(cells, rows("The institution beside a row")) for header in row[1]}
    assert told == columns._OF_THE_INSTITUTION
    for header, field in told.items():
        for kind, of in columns._BESIDE.items():
            column = assigned(kind, [header])[header]
            assert (column.field, column.of) == (field, of)


def test_kinds_that_a_header_implies() -> None:
    told = {(row[0][0], header): row[1][0] for row in map(cells, rows("Kinds that a header implies")) for header in row[2]}
    assert told == {(kind.value, header): implied for kind, found in columns._IMPLIED.items() for header, implied in found.items()}


def test_who_may_see_a_row() -> None:
    told = {row[1][0]: row[0] for row in map(cells, rows("Who may see a row"))}
    for yes, headers in told.items():
        for header in headers:
            (column,) = assigned(Kind.DEMANDS, [header]).values()
            assert (column.field, column.is_negated) == ("visibility", yes == "confidential"), header
    assert {*columns._NEGATED} <= {*told["confidential"]}


def test_the_page_is_linked() -> None:
    assert "](headers.md)" in (ROOT / "docs" / "data-formats.md").read_text("utf-8")
