"""``dovetail ingest`` and ``index``: the report, the exit codes, rejected rows and how to go on."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.conftest import Run
from tests.conftest import BROKEN, CENTRE, ROOT


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A working folder of the test's own; the address of its store."""
    monkeypatch.chdir(tmp_path)
    return "sqlite:///new.db"


def test_rejected_rows_are_told_and_everything_else_lands(run: Run, firms: Path, elsewhere: str) -> None:
    done = run("ingest", firms, "--no-index", "--store", elsewhere)
    assert done.exit_code == 8
    assert "institutions.csv:3: name" in done.stdout
    assert "rejected/institutions.rejected.csv" in done.stdout
    assert "1 row rejected; everything else landed" in done.stderr
    assert run("show", "F3", "--store", elsewhere).exit_code == 0
    assert run("show", "F2", "--store", elsewhere).exit_code == 3


def test_a_mended_file_is_fed_again(run: Run, firms: Path, elsewhere: str) -> None:
    assert run("ingest", firms, "--no-index", "--rejects", "bad", "--store", elsewhere).exit_code == 8
    rejected = Path("bad/institutions.rejected.csv")
    rejected.write_text(rejected.read_text("utf-8").replace("F2,,", "F2,Gamma Optics,"), "utf-8")
    done = run("ingest", rejected, "--source", "firms", "--no-index", "--json", "--store", elsewhere)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["ingest"]["total"]["added"] == 1
    assert run("show", "Gamma Optics", "--store", elsewhere).exit_code == 0


def test_again_changes_nothing(run: Run, elsewhere: str) -> None:
    first = json.loads(run("ingest", CENTRE, "--no-index", "--json", "--store", elsewhere).stdout)["ingest"]
    again = json.loads(run("ingest", CENTRE, "--no-index", "--json", "--store", elsewhere).stdout)["ingest"]
    assert first["total"]["added"] + first["total"]["changed"] == again["total"]["unchanged"] == first["total"]["read"]
    assert again["total"]["added"] == again["total"]["changed"] == 0
    assert first["revision"] == again["revision"]


def test_the_index_is_made_along_and_can_be_made_alone(run: Run, firms: Path, elsewhere: str) -> None:
    done = run("ingest", firms, "--json", "--store", elsewhere)
    assert done.exit_code == 8
    told = json.loads(done.stdout)
    assert told["index"]["revision"] == told["ingest"]["revision"]
    assert "index: " in run("index", "--store", elsewhere).stdout
    again = json.loads(run("index", "--rescale", "--json", "--store", elsewhere).stdout)
    assert (again["embedded"], again["rescaled"]) == (0, True)


def test_a_person_reads_a_table_and_the_index(run: Run, firms: Path, elsewhere: str) -> None:
    lines = run("ingest", firms, "--store", elsewhere).stdout.splitlines()
    assert lines[0].split() == ["file", "read", "added", "changed", "unchanged", "rejected", "merged"]
    assert lines[-1].startswith("index: ")


def test_an_index_needs_a_store(run: Run) -> None:
    assert run("index", "--store", "sqlite:///none.db").exit_code == 5
    assert not Path("none.db").exists()


def test_a_model_that_is_not_there_leaves_the_rows(run: Run, firms: Path, elsewhere: str) -> None:
    Path("empty").mkdir()
    done = run("ingest", firms, "--model", "empty", "--store", elsewhere)
    assert done.exit_code == 6
    assert "no weights" in done.stderr
    assert run("show", "F1", "--store", elsewhere).exit_code == 0


def test_a_folder_with_nothing_in_it_is_told(run: Run, elsewhere: str) -> None:
    Path("letters").mkdir()
    Path("letters/dear.txt").write_text("hello", "utf-8")
    done = run("ingest", "letters", "--no-index", "--store", elsewhere)
    assert done.exit_code == 2
    assert "dear.txt" in done.stdout


def test_a_dry_run_says_what_would_happen_and_writes_nothing(run: Run, elsewhere: str) -> None:
    trial = run("ingest", BROKEN, "--dry-run", "--json", "--store", elsewhere)
    assert trial.exit_code == 8
    assert list(Path().iterdir()) == [], "no store, no rejected rows"
    told = json.loads(trial.stdout)["ingest"]
    done = json.loads(run("ingest", BROKEN, "--no-index", "--json", "--store", elsewhere).stdout)["ingest"]
    assert told["dry_run"]
    for name in ("total", "kinds", "skipped", "revision"):
        assert told[name] == done[name]
    before = Path("new.db").read_bytes()
    again = run("ingest", CENTRE, "--dry-run", "--store", elsewhere)
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1].startswith("dry run: ")
    assert Path("new.db").read_bytes() == before
    assert sorted(map(str, Path().iterdir())) == ["new.db", "rejected"]


def test_a_dry_run_shows_ten_problems_in_all(run: Run, elsewhere: str) -> None:
    lines = run("ingest", BROKEN, "--dry-run", "--store", elsewhere).stdout.splitlines()
    assert len([line for line in lines if re.match(r".*\.(csv|jsonl):\d+: ", line)]) == 10
    assert not [line for line in lines if "mend" in line]


def test_a_draft_of_a_mapping_goes_straight_in(run: Run, elsewhere: str) -> None:
    draft = run("ingest", CENTRE, "--suggest-mapping")
    assert draft.exit_code == 0
    assert json.loads(run("ingest", CENTRE, "--suggest-mapping", "--json").stdout) == {"mapping": draft.stdout}
    Path("draft.toml").write_text(draft.stdout, "utf-8")
    assert run("ingest", CENTRE, "--mapping", "draft.toml", "--no-index", "--store", elsewhere).exit_code == 0


def test_an_encoding_may_be_named(run: Run, elsewhere: str) -> None:
    Path("institutions.csv").write_bytes("id,name,страна\nF1,Завод эмали,RU\n".encode("cp1251"))
    assert "--encoding" in run("ingest", "institutions.csv", "--no-index", "--store", elsewhere).stderr
    done = run("ingest", "institutions.csv", "--encoding", "cp1251", "--no-index", "--store", elsewhere)
    assert done.exit_code == 0, done.output
    assert "read as CP1251" in done.stdout
    assert run("ingest", "institutions.csv", "--encoding", "klingon", "--store", elsewhere).exit_code == 2


def test_without_an_index_no_matcher_is_loaded(tmp_path: Path) -> None:
    given = ["ingest", str(CENTRE), "--no-index", "--store", f"sqlite:///{tmp_path}/light.db"]
    program = (
        f"import sys\nfrom api.cli import main\ntry:\n    main({given})\nexcept SystemExit as done:\n    assert not done.code\n"
        "sys.exit(bool({'matcher.index', 'matcher.trust', 'torch', 'fastapi'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "written" in done.stdout) == (0, True), done.stderr


MAPPING = """
name = "their own"
[[file]]
columns = ["Nr", "Was", "Kosten"]
[[file.rows]]
kind = "demands"
[file.rows.fields]
id = "{Nr}"
title = "{Was}"
budget_max = "{Kosten}"
"""


def offered(text: str) -> list[str]:
    """The command that a report prints for feeding mended rows again, as a shell would take it."""
    (command,) = re.findall(r"(?:feed them again with: |再用以下命令读入：)(.*)", text)
    program, *arguments = shlex.split(command)
    assert program == "dovetail"
    return arguments


def test_a_cell_set_aside_is_told_apart_from_rejected_rows(run: Run, elsewhere: str) -> None:
    Path("demands.csv").write_text("id,title,budget,deadline\nD1,Glue,many,soon\nD2,,30,2030\nD3,Valve,30,2030\n", "utf-8")
    done = run("ingest", "demands.csv", "--no-index", "--store", elsewhere)
    assert done.exit_code == 8
    lines = done.stdout.splitlines()
    assert lines[1].split() == ["demands.csv", "3", "2", "0", "0", "1", "0"]
    aside = [line for line in lines if line.endswith("; set aside")]
    assert len(aside) == 1
    assert aside[0].startswith("demands.csv:2: budget: ")
    assert " (many)" in aside[0]
    assert "demands.csv:2: deadline: " in aside[0]
    assert "demands.csv:3: title: one of title and description is required" in lines
    assert "1 row rejected, 2 cells set aside; everything else landed" in done.stderr
    told = json.loads(run("ingest", "demands.csv", "--no-index", "--json", "--store", elsewhere).stdout)["ingest"]
    assert (told["total"]["rejected"], told["total"]["set_aside"]) == (1, 2)
    (file,) = told["files"]
    assert (file["rejected"], file["set_aside"], file["read"]) == (1, 2, 3)
    assert [one["line"] for one in file["rejections"]] == [3]
    assert [(one["line"], {problem["field"] for problem in one["problems"]}) for one in file["cells"]] == [(2, {"budget", "deadline"})]
    assert {(one["field"], one["rows"]) for one in file["reasons"]} == {("title", 1)}


def test_a_single_cell_set_aside_gives_exit_code_8(run: Run, elsewhere: str) -> None:
    Path("demands.csv").write_text("id,title,budget\nD1,Glue,many\n", "utf-8")
    done = run("ingest", "demands.csv", "--no-index", "--store", elsewhere)
    assert done.exit_code == 8
    assert "1 cell set aside; everything else landed" in done.stderr
    assert "rejected;" not in done.stderr
    assert run("show", "D1", "--store", elsewhere).exit_code == 0


def test_strictly_the_row_is_rejected(run: Run, elsewhere: str) -> None:
    Path("demands.csv").write_text("id,title,budget\nD1,Glue,many\nD2,Valve,30\n", "utf-8")
    done = run("ingest", "demands.csv", "--strict", "--no-index", "--store", elsewhere)
    assert done.exit_code == 8
    assert "1 row rejected; everything else landed" in done.stderr
    assert "set aside" not in done.output
    assert run("show", "D1", "--store", elsewhere).exit_code == 3
    assert run("show", "D2", "--store", elsewhere).exit_code == 0
    trial = run("ingest", "demands.csv", "--strict", "--dry-run", "--store", elsewhere)
    assert (trial.exit_code, "1 row rejected; everything else would land" in trial.stderr) == (8, True)


def test_a_table_that_is_not_read_is_told_in_a_banner_with_its_header(run: Run, elsewhere: str) -> None:
    Path("centre").mkdir()
    Path("centre/成果.csv").write_text("编号,名称\nA1,低温银浆\n", "utf-8")
    Path("centre/库存.csv").write_text("颜色 (RAL),Weight / kg,货架\nred,3,A\nblue,4,B\n", "utf-8")
    Path("centre/notes.txt").write_text("Dear all\n", "utf-8")
    done = run("ingest", "centre", "--no-index", "--store", elsewhere)
    assert done.exit_code == 8
    lines = done.stdout.splitlines()
    at = lines.index("NOT READ: centre/库存.csv")
    assert lines[at + 1] == "  its header: 颜色 (RAL) | Weight / kg | 货架"
    assert "--suggest-mapping" in lines[at + 2]
    assert "1 table not read; everything else landed" in done.stderr
    assert [line for line in lines if line.startswith("skipped ")] == [line for line in lines if "notes.txt" in line]
    told = json.loads(run("ingest", "centre", "--no-index", "--json", "--store", elsewhere).stdout)["ingest"]
    assert {one["file"]: one["header"] for one in told["skipped"]} == {
        "centre/库存.csv": ["颜色 (RAL)", "Weight / kg", "货架"],
        "centre/notes.txt": [],
    }
    Path("centre/库存.csv").unlink()
    assert run("ingest", "centre", "--no-index", "--store", elsewhere).exit_code == 0, "a note is no table"


@pytest.mark.parametrize("has_mapping", [False, True])
@pytest.mark.parametrize("place", ["centre", "江东 技术 (2024)", "it's 100% & more"])
def test_the_command_that_is_offered_works_as_it_is_printed(run: Run, place: str, has_mapping: bool) -> None:
    Path(place).mkdir()
    store, rejects = f"sqlite:///{place}/our store.db", Path(place) / "zu ändern"
    if has_mapping:
        (Path(place) / "our own.toml").write_text(MAPPING, "utf-8")
        (Path(place) / "Gesuche 2024.csv").write_text("Nr,Was,Kosten\nD1,Glue,many\nD2,Valve,30\n", "utf-8")
        options = ["--mapping", Path(place) / "our own.toml"]
    else:
        (Path(place) / "需求 2024.csv").write_text("编号,名称,拟投入资金（万元）\nD1,Glue,many\nD2,Valve,30\n", "utf-8")
        options = []
    done = run("ingest", place, *options, "--no-index", "--store", store, "--rejects", rejects)
    assert done.exit_code == 8, done.output
    arguments = offered(done.stdout)
    (mended,) = rejects.iterdir()
    assert str(mended) in arguments
    mended.write_text(mended.read_text("utf-8-sig").replace("Glue,many", "Glue,50"), "utf-8")
    again = run(*arguments, "--no-index", "--json")
    assert again.exit_code == 0, again.output
    total = json.loads(again.stdout)["ingest"]["total"]
    assert (total["read"], total["changed"], total["added"], total["rejected"], total["set_aside"]) == (1, 1, 0, 0, 0)
    shown = json.loads(run("show", "D1", "--json", "--store", store).stdout)
    assert ("50.0" if has_mapping else "500000.0") in json.dumps(shown)


def test_a_row_without_an_id_is_mended_in_place(run: Run, elsewhere: str) -> None:
    Path("需求.csv").write_text("名称,预算\nGlue,many\nValve,30\n", "utf-8")
    done = run("ingest", "需求.csv", "--no-index", "--store", elsewhere, "--source", "our centre")
    mended = Path("rejected/需求.rejected.csv")
    mended.write_text(mended.read_text("utf-8-sig").replace("Glue,many", "Glue,50"), "utf-8")
    again = run(*offered(done.stdout), "--no-index", "--json")
    assert again.exit_code == 0, again.output
    told = json.loads(again.stdout)["ingest"]
    assert (told["total"]["added"], told["total"]["changed"], told["kinds"]) == (0, 1, {})


def test_the_names_of_a_country_are_one_filter(run: Run, elsewhere: str) -> None:
    given = ROOT / "tests" / "ingest" / "cases" / "field" / "country-words" / "in"
    assert run("ingest", given, "--store", elsewhere).exit_code == 0
    for country, owner in {"KR": "Hanbit Precision", "CZ": "Vltava Institute of Optics", "TR": "Bosporus Ceramics"}.items():
        done = run("match", "viscosity sensor for molten polymer", "--country", country, "--store", elsewhere)
        assert done.exit_code == 0, done.output
        others = {"Hanbit Precision", "Vltava Institute of Optics", "Bosporus Ceramics"} - {owner}
        assert owner in done.stdout
        assert not [one for one in others if one in done.stdout]
