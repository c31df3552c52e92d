"""The pages of the command line and of HTTP name every command, option, exit code, route and field, and their examples parse."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from api.cli import main
from api.cli.frame import EXIT_CODES
from api.http.app import create_app
from api.http.metrics import Metrics
from api.http.shapes.probes import Readiness
from api.settings import Settings
from desk.schemas import FiltersIn, MatchAnswer, MatchOut, MatchRequest, NodeOut
from graph import connect
from ingest.load import ingest
from tests import settings_page
from tests.api.cli.test_frame import commands
from tests.api.conftest import Run
from tests.conftest import ROOT

CLI = (ROOT / "docs" / "cli.md").read_text("utf-8")
HTTP = (ROOT / "docs" / "http.md").read_text("utf-8")
COMMANDS = dict(commands())
SHARED = {"--store", "--model", "--json", "--debug"}


def section(name: str) -> str:
    """The part of the page about a command: its own, or that of its group where a row of a table there is about it."""
    row = re.search(rf"^\| `dovetail {name}[ `]", CLI, re.MULTILINE)
    title = name.split(maxsplit=1)[0] if row else name
    found = re.search(rf"^## dovetail {title}\b.*?(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no part: ## dovetail {title}"
    assert not row or row[0] in found[0]
    return found[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented(name: str) -> None:
    text = section(name)
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert any(f"`{option}" in text for option in parameter.opts), parameter.opts
        else:
            assert str(parameter.name).upper() in text


def test_no_command_or_option_is_documented_that_is_not_there() -> None:
    groups = {name for name, command in main.commands.items() if isinstance(command, click.Group) and command.invoke_without_command}
    rows = set(re.findall(r"^\| `dovetail ([a-z]+(?: [a-z][a-z-]*){1,2})", CLI, re.MULTILINE))
    parts = set(re.findall(r"^## dovetail ([a-z]+(?: [a-z]+)?)", CLI, re.MULTILINE))
    assert (parts - {row.split()[0] for row in rows}) | rows == set(COMMANDS) | groups
    params = [parameter for command in COMMANDS.values() for parameter in command.params]
    known = {option for parameter in params for option in (*parameter.opts, *parameter.secondary_opts)}
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", CLI)) - {"--version", "--help"}
    assert told <= known | SHARED


def examples(text: str) -> list[str]:
    """The command lines of a page or a help text."""
    return [line.strip().partition(" < ")[0] for line in text.splitlines() if re.match(r"\s{2,}dovetail [a-z]", line)]


@pytest.mark.parametrize("line", examples(CLI) + [line for command in COMMANDS.values() for line in examples(command.epilog or "")])
def test_every_example_parses(line: str) -> None:
    words = shlex.split(line)[1:]
    name = words.pop(0)
    while words and name not in COMMANDS and not words[0].startswith("-"):
        name += f" {words.pop(0)}"
    (COMMANDS | main.commands)[name].make_context(name, words).close()


def test_the_report_that_is_shown_is_the_true_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = section("ingest")
    shown = [block.replace("\n    ", "\n").strip() for block in re.findall(r"^((?:    .*\n)+)", text, re.MULTILINE)]
    (file,) = (block for block in shown if block.startswith("名称,"))
    (report,) = (block for block in shown if block.startswith("file "))
    (tmp_path / "centre").mkdir()
    (tmp_path / "centre" / "成果.csv").write_text(file, "utf-8")
    monkeypatch.chdir(tmp_path)
    found = ingest(connect("sqlite:///docs.db"), ["centre"], rejects="rejected")
    assert found.to_text().startswith(report + "\n+3 Achievement")


def steady(line: str) -> str:
    """A line without what a CPU that has bfloat16 rounds otherwise: points, fits, and the length of bars."""
    return re.sub(r"\s+", " ", re.sub(r"[█▓░▤▒▥╳]{4,}", "#", re.sub(r"\b\d\.\d+\b", "#", line))).strip()


def test_the_chinese_answer_that_is_shown_is_the_true_one(centre: Run) -> None:
    (command, shown) = re.findall(r"^    dovetail (match .* --lang zh)\n\nprints\n\n((?:    .*\n)+)", CLI, re.MULTILINE)[0]
    printed = centre(*shlex.split(command)).stdout
    assert [steady(line) for line in shown.splitlines()] == [steady(line) for line in printed.splitlines()]


def test_every_exit_code_is_documented() -> None:
    for part in EXIT_CODES.removeprefix("Exit codes: ").split("; "):
        assert f"| {part.split()[0]} | " in CLI


def test_the_page_of_settings_is_made_of_them() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_page.page(), "run tests/settings_page.py"


def test_every_metric_is_documented() -> None:
    said = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    names = {line.split()[2] for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE dovetail")}
    told = set(re.findall(r"`(dovetail_\w+)`", said.partition("## Metrics")[2].partition("Worth an alert")[0]))
    assert told == names | {"dovetail_snapshot_age_seconds"}


def routes() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every route."""
    paths = create_app(Settings()).openapi()["paths"]
    return [(method.upper(), path, told) for path, methods in paths.items() for method, told in methods.items()]


@pytest.mark.parametrize(("method", "path", "told"), routes(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_route_is_documented(method: str, path: str, told: dict[str, Any]) -> None:
    assert f"## {method} {path}\n" in HTTP
    assert told["description"]
    for status in told["responses"]:
        if int(status) >= 400:
            assert f"| {status} | " in HTTP
            assert list(told["responses"][status]["content"]) == ["application/problem+json"]


def test_no_route_is_documented_that_is_not_there() -> None:
    told = set(re.findall(r"^## ([A-Z]+) (/\S+)$", HTTP, re.MULTILINE))
    assert told == {(method, path) for method, path, _ in routes()}


@pytest.mark.parametrize("model", [MatchRequest, FiltersIn, MatchAnswer, MatchOut, NodeOut, Readiness], ids=lambda model: model.__name__)
def test_every_field_is_documented(model: Any) -> None:
    for field in model.model_fields:
        assert f"`{field}`" in HTTP, field


def test_every_command_is_in_the_help_of_the_root() -> None:
    assert set(main.commands) == {name.split()[0] for name in COMMANDS}
