"""``dovetail evaluate match`` from files to figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.api.conftest import Run

QUERIES = "id,title,description\nq1,刀具涂层,高速铣刀涂层\nq2,battery recycling,recover LFP cathode\n"
DOCUMENTS = """\
id,title,abstract
d1,TiAlSiN 刀具涂层工艺,硬质合金铣刀
d2,Direct relithiation of LFP cathode,spent battery powder
d3,Orange peel pectin,food
"""
JUDGEMENTS = "query_id,candidate_id,grade\nq1,d1,1\nq1,d2,0\nq2,d2,1\nq2,d3,0\n"


@pytest.fixture
def given(tmp_path: Path) -> list[object]:
    """The options that name a small judged set."""
    found: list[object] = []
    for name, text in (("queries", QUERIES), ("documents", DOCUMENTS), ("judgements", JUDGEMENTS)):
        file = tmp_path / f"{name}.csv"
        file.write_text(text, "utf-8")
        found += [f"--{name}", file]
    return found


def test_figures_and_scores(run: Run, given: list[object], tmp_path: Path) -> None:
    scores, figures = tmp_path / "scores.csv", tmp_path / "figures.json"
    done = run("evaluate", "match", *given, "--scores", scores, "--json", figures)
    assert done.exit_code == 0, done.output
    assert "BM25" in done.stdout
    rows = {row["name"]: row["metrics"] for row in json.loads(figures.read_text("utf-8"))["rows"]}
    assert rows["dovetail"]["hit@1"]["value"] == 1
    assert rows["dovetail"]["hit@1"].keys() == {"value", "low", "high"}
    with scores.open(encoding="utf-8", newline="") as file:
        pairs = [(row["query_id"], row["candidate_id"]) for row in csv.DictReader(file)]
    assert sorted(pairs) == [("q1", "d1"), ("q1", "d2"), ("q2", "d2"), ("q2", "d3")]


def test_json_on_stdout_is_alone_there(run: Run, given: list[object]) -> None:
    done = run("evaluate", "match", *given, "--pool", "all", "--json", "-")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["questions"] == 2


def test_a_file_with_other_columns_is_refused(run: Run, given: list[object], tmp_path: Path) -> None:
    (tmp_path / "queries.csv").write_text("id,text\nq1,x\n", "utf-8")
    done = run("evaluate", "match", *given)
    assert done.exit_code == 2
    assert "queries.csv" in done.stderr
