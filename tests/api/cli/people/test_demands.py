"""The way of a demand from a draft to a match, by the commands themselves."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from api.cli import main
from desk.process.demand import DEMAND
from tests.api.cli.people.conftest import SAID, Do, drafted, good, key_of
from tests.api.conftest import invoke


def test_from_a_draft_to_a_match(centre_url: str, tmp_path: Path) -> None:
    shutil.copy(centre_url.removeprefix("sqlite:///"), tmp_path / "centre.db")

    def do(*arguments: object, key: str = "", **more: Any) -> Result:
        return invoke(*arguments, *(("--key", key) if key else ()), store=f"sqlite:///{tmp_path}/centre.db", **more)

    firm, broker, other = (
        key_of(do, role, at, "read", "write") for role, at in (("enterprise", "I06"), ("broker", "I13"), ("enterprise", "I08"))
    )
    said = {"title": "高速干切铣刀硬质涂层及逐支在线检测", "description": "抗氧化温度不低于 950 ℃。", "budget": "30-50万"}
    made = do("demands", "draft", "-", "--for", "I06", "--mandate", "2026-01-15", "--json", key=broker, stdin=json.dumps(said))
    one = good(made)["id"]
    for stranger in (other, ""):  # the operator too learns of it when it is handed in
        hidden, missing = do("demands", "show", one, key=stranger), do("demands", "show", "0" * 12, key=stranger)
        assert (hidden.exit_code, hidden.stderr.replace(one, "0" * 12), hidden.stdout) == (3, missing.stderr, missing.stdout)
    assert do("demands", "confirm", one, key=broker).exit_code == 2
    assert do("demands", "submit", one, key=broker).stderr.startswith("dovetail: nobody has declared (no_secrets)")
    assert do("demands", "submit", one, "--no-secrets", key=broker).exit_code == 0
    assert good(do("demands", "return", one, "--question", "在线还是离线？", "--json"))["value"]["questions"] == ["在线还是离线？"]
    assert "在线还是离线？" in do("demands", "show", one, key=firm).stdout
    assert do("demands", "revise", one, "-", key=broker, stdin=json.dumps(said)).exit_code == 0
    assert do("demands", "submit", one, "--no-secrets", key=broker).exit_code == 0
    assert f"{one}: accepted" in do("demands", "accept", one).stdout
    assert "has not confirmed" in do("demands", "publish", one, "--visibility", "members", key=broker).stderr
    assert do("demands", "confirm", one, key=firm).exit_code == 0
    assert do("match", "--demand", one).exit_code == 3  # nothing of it is in the graph before it is published
    head = tmp_path / "head.json"
    assert do("journal", "head", "--out", head).exit_code == 0
    published = good(do("demands", "publish", one, "--visibility", "members", "--json", key=broker))
    assert published["value"]["until"] > published["value"]["since"]
    answer = do("match", "--demand", one).stdout.splitlines()
    assert answer[0].endswith("asked by 恒岬精密机械有限公司") and answer[2].startswith("1  岑海理工大学表面工程研究所")
    assert do("match", "--demand", published["node"], "--clearance", "public").exit_code == 3
    assert [row["kind"] for row in good(do("demands", "history", one, "--json", key=firm))] == [
        "draft", "submit", "return", "revise", "submit", "accept", "confirm", "publish",
    ]  # fmt: skip
    assert good(do("journal", "verify", "--head", head, "--json")) == {"entries": 11, "problems": []}
    assert good(do("demands", "solve", one, "--by", "I02", "--json", key=firm))["value"]["solved_by"].startswith("ins-")
    assert do("demands", "list", "--state", "solved", key=other).stdout == ""
    assert one in do("demands", "list", "--state", "solved", key=firm).stdout
    assert do("demands", "show", one, "--lang", "zh", key=firm).stdout.count("已找到解决方案。") == 1


@pytest.mark.parametrize(
    ("stdin", "said"),
    [("", "is no JSON object"), ('{"title": "\\ud800"}', "is no JSON object"), ("[]", "is no JSON object"), ("{", "is no JSON object"),
     ("{}", "title: a demand needs a title"),
     ('{"title": "x", "deadline": "soon"}', "deadline: must be a date"), ('{"title": "x", "owner": "y"}', "owner: a demand has no field")],
)  # fmt: skip
def test_a_draft_that_cannot_be_read_is_refused_by_field_and_rule(do: Do, stdin: str, said: str) -> None:
    done = do("demands", "draft", "-", "--as", "F1", stdin=stdin)
    assert done.exit_code == 2 and said in done.stderr and done.stderr.count("\n") == 1
    assert good(do("journal", "verify", "--json"))["entries"] == 0


def test_a_draft_from_a_file_and_a_mandate_without_a_firm(do: Do, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(SAID))
    assert do("demands", "draft", tmp_path / "p.json", "--as", "F1").stdout.endswith(": draft; next: revise, submit, withdraw\n")
    assert do("demands", "draft", tmp_path / "q.json", "--as", "F1").exit_code == 2
    assert "goes with --for" in do("demands", "draft", tmp_path / "p.json", "--mandate", "2026-01-15", "--as", "F1").stderr


def test_the_shell_keeps_the_clock(do: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    one = drafted(do, "--as", "F1")
    assert do("demands", "expire", "--json").stdout == "[]\n"
    for step in (["submit", one, "--no-secrets", "--as", "F1"], ["accept", one], ["publish", one, "--visibility", "public", "--as", "F1"]):
        assert do("demands", *step).exit_code == 0
    assert do("demands", "expire").stderr == "dovetail: 0 demands have ended\n"
    assert "next: reconfirm, talk" in do("demands", "reconfirm", one, "--as", "F1").stdout
    monkeypatch.setattr("desk.process.demand._day", lambda _at: date(2999, 1, 1))
    assert do("demands", "expire").stdout == f"{one}: expired\n"
    assert good(do("demands", "expire", "--json")) == []
    assert good(do("demands", "history", one, "--json", "--as", "F1"))[-1]["actor"] == "clock"


def test_every_event_of_a_demand_is_a_command_with_what_it_says() -> None:
    group = main.commands["demands"]
    assert isinstance(group, click.Group)
    rows = {one.event: one for one in DEMAND.transitions}
    assert set(group.commands) == set(rows) | {"list", "show", "history"}
    shared = {"id", "file", "store", "model", "as_json", "key", "act_as", "debug", "lang"}
    for event, row in rows.items():
        named = {str(one.name) for one in group.commands[event].params}
        if event == "draft":  # the agent is who acts, and the content is FILE
            assert named - shared == {"owner", "mandate"} and "file" in named
        else:
            said = {*row.says, *row.may_say}
            assert named - shared == said - {"content", "teaser", "seen"} and ("file" in named) is ("content" in said)


def test_a_draft_is_refused_by_its_file_too(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"title": "x", "budget": "lots"}', "utf-8")
    assert do("demands", "draft", path, "--as", "F1").stderr.startswith(f"dovetail: {path}: budget: must be an amount")
