"""``dovetail ingest`` and ``index``: the report, the exit codes, rejected rows and how to go on."""

from __future__ import annotations

import json
import re
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
