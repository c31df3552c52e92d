"""The command line in Chinese: which words choose it, screens without English prose, the same JSON, straight columns."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from api.cli import main
from graph import connect
from graph.language import cell_len
from graph.model import EdgeKind, NodeKind
from tests.api.cli.test_frame import commands
from tests.api.conftest import Run
from tests.conftest import CENTRE

# English prose is two words of small Latin letters in a row. What a person types or a file holds is none: options and what they take,
# the names of commands behind "dovetail", lines of a shell, and what stands in square brackets, quotes or backticks
TYPED = re.compile(
    r"^ *(?:\$ |用法： )?dovetail .*$|^dovetail: (?:[a-z_]+: )?|dovetail [a-z]+(?: --?[\w-]+)*|--?[a-z][\w-]*|\[[^\]]*\]"
    r"|“[^”]*”|'[^']*'|\"[^\"]*\"|`[^`]*`|pip install .*",
    re.MULTILINE,
)
PROSE = re.compile(r"\b[a-z]{2,}[,;:]? [a-z]{2,}\b")


def prose(screen: str) -> list[str]:
    """The English prose of a screen."""
    return PROSE.findall(TYPED.sub(" ", screen))


def test_the_rule_finds_prose() -> None:
    assert prose("得分 nothing fits 语义") == ["nothing fits"]
    assert not prose("请运行 dovetail index；用 --rescale 重新测定，或 [zh|en]；sqlite:///dovetail.db，docs/cli.md")


def groups(group: click.Group, path: str = "") -> list[tuple[str, click.Command]]:
    """A group, and the groups in it, with their full names."""
    found: list[tuple[str, click.Command]] = [(path, group)]
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += groups(command, f"{path} {name}".strip())
    return found


@pytest.mark.parametrize(("name", "command"), [*groups(main), *commands()], ids=lambda value: value if isinstance(value, str) else "")
def test_help_is_chinese_and_straight(run: Run, name: str, command: click.Command) -> None:
    done = run("--lang", "zh", *name.split(), "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith("用法：")
    assert not [one for one in prose(done.stdout) if "," not in one], "columns are named with commas between them"
    assert max(cell_len(line) for line in done.stdout.splitlines() if "dovetail " not in line) <= 100
    english = run("--lang", "en", *name.split(), "--help").stdout
    assert english.startswith("Usage:")
    assert not re.search("[\u4e00-\u9fff]", TYPED.sub("", english).replace("50万", ""))
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert all(option in done.stdout for option in parameter.opts)


@pytest.mark.parametrize(
    "arguments",
    [
        ("match", "--demand", "D01"),
        ("match", "--demand", "D01", "--explain", "1"),
        ("match", "--demand", "D01", "--explain", "2"),
        ("match", "什么时候吃午饭"),
        ("trust", "I06", "I02", "--log"),
        ("trust", "I06"),
        ("merges",),
        ("coverage",),
        ("match", "--demand", "D99"),
        ("trust", "I06", "I06"),
        ("match", "--want", "nobody", "x"),
        ("match", "-k", "1000", "x"),
        ("show",),
        ("index", "--lang"),
    ],
    ids=" ".join,
)
def test_a_screen_is_chinese(centre: Run, arguments: tuple[str, ...]) -> None:
    done = centre(*arguments, "--lang", "zh") if arguments[-1] != "--lang" else centre("--lang", "zh", *arguments)
    shown = done.stdout + done.stderr
    assert re.search("[\u4e00-\u9fff]", shown)
    if arguments[0] not in ("merges", "coverage"):  # what a rule wrote into the store, and the names of fields, stay as they are
        assert not prose(shown), shown


def test_the_words_of_the_house_are_used(centre: Run) -> None:
    shown = centre("match", "--demand", "D01", "--lang", "zh").stdout
    for words in ("合作方", "对接", "信任依据", "待核实", "违约记录"):
        assert words in shown


@pytest.mark.parametrize(
    "arguments", [("match", "--demand", "D01"), ("trust", "I06", "I02"), ("trust", "I06"), ("show", "D01")], ids=" ".join
)
def test_the_document_is_the_same_in_both_languages(centre: Run, arguments: tuple[str, ...]) -> None:
    told = (
        {name: json.loads(centre(*arguments, "--json", "--as-of", "2026-06-30", "--lang", name).stdout) for name in ("en", "zh")}
        if (arguments[0] != "show")
        else {name: json.loads(centre(*arguments, "--json", "--lang", name).stdout) for name in ("en", "zh")}
    )
    differing: set[str] = set()
    same(told["en"], told["zh"], "", differing)
    assert differing <= {"gaps", "in_words", "what", "reason", "closed", "why", "prospects", "notice"}
    assert differing or arguments[0] == "trust"


def same(left: Any, right: Any, name: str, differing: set[str]) -> None:
    """The two have one shape, the same numbers and the same names; the fields whose words differ go to ``differing``."""
    assert type(left) is type(right)
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        for key, value in left.items():
            same(value, right[key], key, differing)
    elif isinstance(left, list):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            same(one, other, name, differing)
    elif isinstance(left, str) and left != right:
        differing.add(name)
    else:
        assert left == right


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ({}, ["--help"], "Usage:"),
        ({"LC_ALL": "zh_CN.UTF-8"}, ["--help"], "用法："),
        ({"LC_ALL": "zh_CN.UTF-8"}, ["--lang", "en", "--help"], "Usage:"),
        ({"DOVETAIL_LANG": "zh"}, ["--help"], "用法："),
        ({"DOVETAIL_LANG": "zh"}, ["show", "--help", "--lang=en"], "Usage:"),
        ({"DOVETAIL_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, ["--help"], "Usage:"),
        ({}, ["match", "--help", "--lang", "zh"], "用法："),
        ({}, ["show", "--help", "--", "--lang", "zh"], "Usage:"),
    ],
)
def test_the_option_goes_before_the_environment_before_the_locale(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], arguments: list[str], expected: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run(*arguments).stdout.startswith(expected)


def test_a_language_that_is_not_there_is_refused(run: Run) -> None:
    done = run("show", "D01", "--lang", "fr")
    assert done.exit_code == 2
    assert "--lang" in done.stderr


# -- files


def fed(run: Run, folder: Path, *options: str) -> tuple[str, str]:
    """The report of a file whose header is Chinese, and its file to mend."""
    (folder / "成果.csv").write_text("名称,完成单位,TRL,申请日期\n甲工艺,江东大学,12,2019\n乙工艺,江东大学,6,昨天\n", "utf-8")
    done = run("ingest", "成果.csv", "--no-index", "--source", "centre", "--store", f"sqlite:///{folder}/of.db", *options)
    assert done.exit_code == 8, done.output
    return done.stdout, (folder / "rejected" / "成果.rejected.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), "应为确定的日期"), (("--lang", "en"), "must be a date of its own"), (("--lang", "zh"), "应为确定的日期")],
)
def test_problems_are_told_in_the_language_of_the_header(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    report, mend = fed(run, tmp_path, *options)
    assert expected in report
    assert expected in mend
    # and what was written is fed again, whatever its language
    Path("rejected", "成果.rejected.csv").write_text(mend.replace("昨天", "2020-05").replace("江东大学,12", "江东大学,7"), "utf-8")
    again = run(
        "ingest",
        "rejected/成果.rejected.csv",
        "--no-index",
        "--source",
        "centre",
        "--store",
        f"sqlite:///{tmp_path}/of.db",
        "--json",
        *options,
    )
    assert again.exit_code == 0, again.output
    total = json.loads(again.stdout)["ingest"]["total"]
    assert (total["read"], total["added"], total["rejected"], total["set_aside"]) == (2, 0, 0, 0)


@pytest.mark.parametrize(("options", "expected"), [((), "must be a TRL"), (("--lang", "zh"), "应为 1 到 9 的 TRL")])
def test_a_header_in_english_has_its_problems_in_english(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")  # who sits here reads Chinese; whoever made the file does not
    Path("achievements.csv").write_text("id,title,trl\nA1,银浆,12\n", "utf-8")
    done = run("ingest", "achievements.csv", "--no-index", "--store", f"sqlite:///{tmp_path}/of.db", *options)
    assert expected in done.stdout
    assert expected in Path("rejected/achievements.rejected.csv").read_text("utf-8-sig")
    assert "已写入" in done.stdout


def test_the_report_of_an_ingest_is_chinese_and_straight(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report, mend = fed(run, tmp_path, "--lang", "zh")
    assert not prose(report), report
    assert not prose(mend), mend
    head, row = report.splitlines()[:2]
    assert cell_len(head) == cell_len(row)


def test_programs_read_the_same_of_a_file_in_both_languages(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {}
    for name in ("en", "zh"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.chdir(folder)
        (folder / "成果.csv").write_text("名称,完成单位,TRL\n甲工艺,江东大学,12\n合计,,\n", "utf-8")
        done = run("ingest", "成果.csv", "--no-index", "--source", "centre", "--json", "--store", "sqlite:///of.db", "--lang", name)
        told[name] = json.loads(done.stdout)
        told[name]["ingest"].pop("seconds")
    assert told["en"] == told["zh"]


def test_a_repetition_tells_its_remarks_in_the_language_of_the_header_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "成果.csv").write_text("名称,完成单位,转让价格（万元）\n甲工艺,江东大学,30\n合计,,30\n", "utf-8")
    first, again = (run("ingest", "成果.csv", "--no-index", "--store", f"sqlite:///{tmp_path}/of.db").stdout for _time in range(2))
    assert "没有单位的数字按万元读取" in first
    told = [[line for line in screen.splitlines() if line.startswith("成果.csv: ")] for screen in (first, again)]
    assert told[0] == told[1]


def test_nothing_translated_is_stored(run: Run, tmp_path: Path) -> None:
    stored = {}
    for name in ("en", "zh"):
        url = f"sqlite:///{tmp_path}/{name}.db"
        assert run("ingest", CENTRE, "--lang", name, "--store", url).exit_code == 0
        assert run("ingest", CENTRE, "--lang", name, "--store", url).exit_code == 0  # remembers the run
        assert run("merges", "run", "--full", "--lang", name, "--store", url).exit_code == 0
        store = connect(url, create=False)
        try:
            stored[name] = {kind: sorted(repr(one) for one in store.scan(kind)) for kind in (*NodeKind, *EdgeKind)}
            last = msgspec.msgpack.decode(store.meta("last-ingest") or b"")
            stored[name]["last ingest"] = [repr((last["files"], last["skipped"]))]
        finally:
            store.close()
    assert stored["en"] == stored["zh"]


def test_the_language_is_not_left_in_the_environment_of_others(run: Run) -> None:
    run("--lang", "zh", "--help")
    run("--lang", "en", "--help")
    assert os.environ["LANGUAGE"] == "en"
