"""The form in which names are compared, and the files."""

from __future__ import annotations

import csv
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.codes import lists
from graph.codes.lists import fold
from tests.conftest import ROOT

DATA = ROOT / "graph" / "codes" / "data"
FILES = sorted(file.name for file in DATA.glob("*.csv"))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("U.K.", "uk"), ("The  Netherlands", "netherlands"), ("Côte d’Ivoire", "cote divoire"),
        ("Trinidad & Tobago", "trinidad and tobago"),
        ("Łódzkie", "lodzkie"), ("Baden-Württemberg", "baden wurttemberg"), ("Korea, Republic of", "korea republic of"),
        ("south_korea", "south korea"), ("Straße", "strasse"), ("ＣＨＩＮＡ", "china"),
        ("中国 台湾", "中国台湾"), ("浙江-杭州", "浙江杭州"),
        ("대한민국", "대한민국"), ("The", "the"), ("", ""), ("...", ""),
    ],
)  # fmt: skip
def test_names_that_differ_in_spelling_only_fold_alike(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_where_it_is_from_and_has_each_code_once(name: str) -> None:
    lines = (DATA / name).read_text("utf-8").splitlines()
    said = " ".join(line for line in lines if line.startswith("#"))
    assert "20" in said
    assert any(word in said for word in ("CLDR", "Eurostat", "National Bureau of Statistics"))
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[1:] == list(lists.rows(name))
    codes = [row[0] for row in rows]
    assert len(set(codes)) == len(codes)
    assert all(cell == " ".join(cell.split()) for row in rows for cell in row)


def test_the_lists_are_small() -> None:
    assert sum(file.stat().st_size for file in DATA.iterdir()) < 600_000


def test_nothing_is_read_before_the_first_question() -> None:
    code = (
        "import sys, graph; assert 'graph.codes' not in sys.modules\n"
        "import graph.codes, ingest.rows.models, matcher.question\n"
        "from graph.codes import countries, industries, places\n"
        "made = (countries.names, countries.countries, places.table, industries._lists)\n"
        "assert not any(one.cache_info().currsize for one in made)\n"
        "assert graph.codes.region('杭州') and places.table.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
