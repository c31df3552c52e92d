"""The README shows what the commands print: each is run, and its lines are found in the true output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from graph import connect
from graph.model import Achievement, NodeKind
from ingest.load import ingest
from tests.conftest import ROOT
from tests.pages import commands

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [entry for entry in commands(README) if entry[0].startswith("dovetail ")]
"""Each ``$ dovetail`` command with the lines that the README shows under it, to the digit."""


IN_FLOAT32 = """
from matcher.embedding import embedder
embedder._has_bfloat16 = lambda: False
from api.cli import main
main()
"""
"""The figures are those of a CPU that computes in float32; one that has bfloat16 rounds the last digit otherwise."""


def run(command: str, environment: dict[str, str]) -> str:
    words = re.findall(r'"[^"]*"|\S+', command)
    arguments = [word.strip('"') for word in words[1:]]
    program = [sys.executable, "-c", IN_FLOAT32, *arguments]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(600)
def test_every_command_prints_what_the_readme_shows(tmp_path: Path) -> None:
    environment = os.environ | {"DOVETAIL_STORE": f"sqlite:///{tmp_path}/readme.db", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    assert len(COMMANDS) >= 3
    for command, lines in COMMANDS:
        printed = [line.rstrip() for line in run(command, environment).splitlines()]
        if command.startswith("dovetail ingest"):  # its report is longer and tells seconds
            assert lines and set(lines) <= set(printed), command
        else:
            assert lines == printed, command


def test_the_python_example_runs(tmp_path: Path) -> None:
    example = re.search(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert example
    program = example[1].replace("sqlite:///dovetail.db", f"sqlite:///{tmp_path}/readme.db") + "\nassert answer.credible\n"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)


def test_the_first_command_stands_in_the_first_lines() -> None:
    lines = README.splitlines()
    assert "$ make demo" in "\n".join(lines[:8])
    assert any(line.startswith("$ dovetail match") for line in lines[:20])


def test_every_page_it_links_is_there() -> None:
    for page in re.findall(r"\]\(([^)#]+)\)", README):
        assert page.startswith("http") or (ROOT / page).exists(), page


def test_the_table_that_it_shows_is_read(tmp_path: Path) -> None:
    table = re.search(r"^```csv\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert table
    (tmp_path / "成果.csv").write_text(table[1], "utf-8")
    store = connect(f"sqlite:///{tmp_path}/readme.db")
    (report,) = ingest(store, [tmp_path / "成果.csv"]).files
    assert (report.added, report.rejected, report.set_aside, report.unknown_columns) == (1, 0, 0, ())
    (work,) = (one for one in store.scan(NodeKind.ACHIEVEMENT) if isinstance(one, Achievement))
    assert (work.title, work.maturity, work.price_min, work.price_max) == ("高韧性CBN单晶制备工艺", "pilot", 300_000, 500_000)
