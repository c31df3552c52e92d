"""The frame of the command line: light to start, one line for an error, the documented exit code for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import click
import pytest

from api.cli import main
from api.cli.frame import EXIT_CODES
from api.cli.leads import acts, lists
from api.cli.match import CLEARANCES, WANTS
from api.http.shapes import leads as shapes
from graph import errors
from graph.model import Visibility
from leads import process
from leads.board.listing import Sort
from leads.process import LEAD
from matcher.question import Want
from tests.api.conftest import Run
from tests.conftest import ROOT


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom api.cli import main\ntry:\n    main(['--help'], prog_name='dovetail')\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(' '.join({'numpy', 'pydantic', 'rich', 'torch', 'fastapi', 'msgspec', 'sqlite3', 'asyncio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Examples" not in done.stdout
    assert all(command in done.stdout for command in main.commands)


def commands(group: click.Group = main, path: str = "") -> list[tuple[str, click.Command]]:
    """Every command with its full name."""
    found = []
    for name, command in group.commands.items():
        full = f"{path} {name}".strip()
        found += commands(command, full) if isinstance(command, click.Group) else [(full, command)]
    return found


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_has_help_an_example_and_json(run: Run, name: str, command: click.Command) -> None:
    done = run(*name.split(), "--help")
    assert done.exit_code == 0
    assert f"dovetail {name}" in done.stdout.partition("Examples:")[2]
    assert any("--json" in parameter.opts for parameter in command.params)
    assert all(parameter.help for parameter in command.params if isinstance(parameter, click.Option))


def test_words_of_options_are_the_words_of_the_model() -> None:
    assert set(WANTS) == {want.value for want in Want}
    assert set(CLEARANCES) == {one.value for one in Visibility}


def test_words_of_leads_are_the_words_of_their_process() -> None:
    assert set(lists.STATES) == set(LEAD.states) == set(get_args(shapes.State))
    assert set(lists.REASONS) == set(process.REASONS) == set(get_args(shapes.Reason))
    assert set(acts.WORDS) == set(process.WORDS)
    assert set(acts.EVENTS) == {one.event for one in LEAD.transitions} == set(get_args(shapes.Event))
    assert set(lists.SORTS) == set(Sort)


def test_exit_codes_are_told_as_the_errors_have_them() -> None:
    told = {int(part.split()[0]) for part in EXIT_CODES.removeprefix("Exit codes: ").split("; ")}
    assert {
        error.exit_code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.DovetailError)
    } <= told
    for code, words in [(3, "not found"), (5, "store"), (6, "model"), (7, "no index")]:
        assert f"{code} {words}" in EXIT_CODES


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["match"], 2, "ask something"),
        (["match", "x", "--demand", "D1", "--about", "D2"], 2, "two questions"),
        (["match", "x", "--wont", "experts"], 2, "No such option"),
        (["matsch"], 2, "No such command"),
        (["ingest"], 2, "Missing argument"),
        (["show", "x", "--store", "sqlite:///missing.db"], 5, "there is no store"),
        (["show", "x", "--store", "oracle://x"], 2, "not a store address"),
        (["serve", "--port", "99999", "--store", "sqlite:///missing.db"], 2, "port"),
        (["evaluate", "match", "--queries", "missing.csv", "--documents", "d.csv"], 2, "no such file"),
        (["ingest", "missing.csv", "--store", "sqlite:///never.db"], 2, "no such file"),
    ],
)
def test_a_mistake_is_one_line_and_its_code(
    run: Run, arguments: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert done.stderr.startswith("dovetail: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_no_command_shows_the_help(run: Run) -> None:
    done = run()
    assert done.exit_code == 0
    assert "Commands:" in done.stdout
    assert run("evaluate").exit_code == 0


def test_version(run: Run) -> None:
    assert run("--version").stdout.startswith("dovetail ")


def test_debug_shows_where(run: Run) -> None:
    done = run("show", "x", "--store", "sqlite:///missing.db", "--debug")
    assert done.exit_code == 5
    assert "Traceback" in done.stderr
    assert "Traceback" not in run("show", "x", "--store", "sqlite:///missing.db").stderr


def test_debug_by_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_DEBUG", "1")
    assert "Traceback" in run("show", "x", "--store", "sqlite:///missing.db").stderr


def test_debug_by_the_env_file(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DOVETAIL_DEBUG=true\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert "Traceback" in run("show", "x", "--store", "sqlite:///missing.db").stderr


def test_a_bug_is_one_line_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import frame

    def broken(**_given: object) -> None:
        raise ZeroDivisionError("nothing\nto divide")

    monkeypatch.setattr(frame, "settings", broken)
    done = run("show", "x")
    assert (done.exit_code, done.stderr) == (1, "dovetail: unexpected ZeroDivisionError: nothing to divide; add --debug to see where\n")


def test_a_setting_that_breaks_a_rule_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_PORT", "high")
    done = run("show", "x")
    assert done.exit_code == 2
    assert "DOVETAIL_PORT" in done.stderr


def test_options_go_before_the_environment_and_that_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.settings import load

    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DOVETAIL_STORE=sqlite:///file.db\nDOVETAIL_PORT=81\nOTHER=1\n", "utf-8")
    monkeypatch.setenv("DOVETAIL_STORE", "sqlite:///environment.db")
    assert load().store == "sqlite:///environment.db"
    assert load(store="sqlite:///option.db", port=None).store == "sqlite:///option.db"
    assert load().port == 81
