"""Guides are run: their commands, one after the other in one shell as a reader types them, print what the page shows."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pages import commands

PAGES = ("api.md", "broker.md", "broker-zh.md")
MARK = "-- command {number}"
CUT = "…"


def commands_of(page: str) -> list[tuple[str, list[str]]]:
    return commands((ROOT / "docs" / page).read_text("utf-8"))


def run(page: str, folder: Path) -> list[str]:
    """What each command prints, by its place."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    shim = bin_folder / "dovetail"
    program = "from api.cli import main; main(prog_name='dovetail')"
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" "$@"\n')
    shim.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = []
    for number, (command, _shown) in enumerate(commands_of(page)):
        said = command.replace("sqlite:///try.db", f"sqlite:///{folder}/try.db")
        said = said.replace("serve.log", f"{folder}/serve.log").replace("answer.txt", f"{folder}/answer.txt")
        said = said.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("dovetail serve", f"dovetail serve --port {port}")
        lines += [said, "SERVICE=${SERVICE:-$!}" if said.endswith("&") else "", f"echo; echo '{MARK.format(number=number)}'"]
    script = "\n".join(['trap \'kill "$SERVICE"; wait "$SERVICE"\' EXIT', *lines])
    environment = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    for name in ("DOVETAIL_KEY", "DOVETAIL_LANG", "LANG"):
        environment.pop(name, None)
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=280)
    parts = re.split(r"^-- command \d+$", done.stdout, flags=re.MULTILINE)
    assert len(parts) == len(commands_of(page)) + 1, done.stderr
    return [part.strip() for part in parts[:-1]]


def shows(shown: str, printed: str) -> bool:
    """Whether the pieces of a line that was cut at ``…`` stand in this order in what was printed, from its beginning."""
    at = 0
    for number, piece in enumerate(shown.split(CUT)):
        found = printed.find(piece, at)
        if found < 0 or (number == 0 and found != 0):
            return False
        at = found + len(piece)
    return shown.endswith(CUT) or at == len(printed)


def stands(shown: list[str], printed: str) -> bool:
    """Whether the lines that are shown stand in this order among those that were printed; a line that is only a cut stands for any."""
    lines = iter(printed.splitlines())
    return all(any(shows(one, line) for line in lines) for one in shown if one != CUT)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_the_page_shows(page: str, tmp_path: Path) -> None:
    for (command, shown), printed in zip(commands_of(page), run(page, tmp_path), strict=True):
        assert stands(shown, printed), f"{command}\nshown   {shown}\nprinted {printed[:4000]}"
        assert CUT in "".join(shown) or printed.splitlines() == shown, f"{command} prints more: {printed[:4000]}"


def test_partners_come_in_under_twelve_commands() -> None:
    said = [command for command, _shown in commands_of("api.md")]
    first_answer = next(number for number, command in enumerate(said, 1) if "/v1/match " in command)
    assert first_answer < 12


def test_lines_are_held_to_what_is_printed() -> None:
    assert shows('{"a":…"c":2}', '{"a":1,"b":3,"c":2}') and shows("{…", "{}") and shows("same", "same")
    assert not shows('{"a":…"c":2}', '{"a":1,"c":2,"d":1}') and not shows("…x…y", "yx") and not shows("b…", "ab")


def test_a_brokers_week_is_under_twenty_commands() -> None:
    assert len(commands_of("broker.md")) < 20
    assert [said.split()[:4] for said, _shown in commands_of("broker-zh.md")][3:] == [
        said.replace("--lang zh ", "").split()[:4] for said, _shown in commands_of("broker.md")
    ][3:]
