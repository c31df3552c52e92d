"""The edges of a process: streams that are closed, disks that are full, stores that cannot be written, names that a shell would split.

Each ends in one line in words and the exit code that the documentation has, never in a traceback.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.conftest import Run
from tests.conftest import CENTRE, ROOT

PROGRAM = [sys.executable, "-c", "from api.cli import main; main(prog_name='dovetail')"]


def shell(command: str, *redirected: str, cwd: Path | None = None, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """``dovetail COMMAND REDIRECTED`` in a shell, where ``dovetail`` is this code."""
    line = f"dovetail() {{ {shlex.join(PROGRAM)} \"$@\"; }}; dovetail {command} {' '.join(redirected)}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | (more or {})
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    done = subprocess.run(["bash", "-c", line], check=False, cwd=cwd, env=environment, timeout=200, **streams)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    ("command", "redirected", "code", "said"),
    [
        ("match silver", ">&-", 1, "the output cannot be written: stdout is closed"),
        ("match silver --json", ">/dev/full", 1, "the output cannot be written: No space left on device"),
        ("show D01", ">&-", 1, "the output cannot be written: stdout is closed"),
        ("match silver", "2>&-", 0, ""),
        ("match silver", "<&-", 0, ""),
        ("match -", "<&-", 2, "TEXT: give text or about"),
        ("show nobody", "2>&-", 3, ""),
        ("show nobody", ">&- 2>&- <&-", 3, ""),
        ("--help", ">&-", 1, "the output cannot be written: stdout is closed"),
    ],
)
def test_closed_streams(centre_url: str, command: str, redirected: str, code: int, said: str) -> None:
    more = "" if command == "--help" else f" --store {shlex.quote(centre_url)}"
    done = shell(command + more, redirected)
    assert done.returncode == code, done.stderr
    assert done.stderr == (f"dovetail: {said}\n" if said else "")
    assert bool(done.stdout) == (">&-" not in redirected.replace("2>&-", "") and "/dev/full" not in redirected and code == 0)


def test_a_file_does_not_take_the_place_of_a_stream_that_is_closed(tmp_path: Path) -> None:
    done = shell(f"ingest {CENTRE} --no-index --store sqlite:///{tmp_path}/new.db --rejects {tmp_path}/r", ">&-", "2>&-", "<&-")
    assert done.returncode == 1  # what should be shown is lost, the rows are not
    assert shell(f"show D01 --json --store sqlite:///{tmp_path}/new.db").stdout.startswith("{")


# -- names


def test_printed_commands_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "what's in $HOME; a folder"
    folder.mkdir()
    rows = folder / "institutions.csv"
    rows.write_text("id,name,kind\nF1,Alfa Coatings GmbH,enterprise\nF2,,enterprise\n", "utf-8")
    url = f"sqlite:///{folder}/a store.db"
    quoted = shlex.quote(url)
    done = shell(f"ingest {shlex.quote(str(rows))} --store {quoted} --no-index --rejects {shlex.quote(str(folder / 'to mend'))}")
    assert done.returncode == 8, done.stderr
    again = re.search(r"feed them again with: dovetail (.*)", done.stdout)
    assert again
    mended = next((folder / "to mend").iterdir())
    mended.write_text(mended.read_text("utf-8-sig").replace("F2,,", "F2,Beta GmbH,"), "utf-8")
    done = shell(again[1], "--no-index", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    missing = shell(f"match x --store {quoted}")
    assert missing.returncode == 7
    index = re.search(r"make it with: dovetail (.*)", missing.stderr)
    assert index
    assert shell(index[1], cwd=tmp_path).returncode == 0
    assert shell(f"match coatings --store {quoted}").returncode == 0


# -- who may read what


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_what_is_made_is_its_owners_alone(tmp_path: Path, firms: Path, umask: int, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    for wide in ("cache/vectors", "cache/index", "to mend"):  # there before, open to all
        (tmp_path / wide).mkdir(parents=True)
        (tmp_path / wide).chmod(0o755)
    shutil.copytree(Path(os.environ["DOVETAIL_CACHE"]) / "models", cache / "models")
    wide_file = tmp_path / "to mend" / "institutions.rejected.csv"
    wide_file.touch()
    wide_file.chmod(0o644)
    monkeypatch.setenv("DOVETAIL_CACHE", str(cache))
    before = os.umask(umask)
    try:
        url = f"sqlite:///{tmp_path}/deep/er/new.db"
        assert run("ingest", firms, "--store", url, "--rejects", tmp_path / "to mend").exit_code == 8
    finally:
        os.umask(before)
    made = [path for folder in (tmp_path / "deep", cache / "vectors", cache / "index") for path in folder.rglob("*")]
    for path in (tmp_path / "deep", wide_file, *made):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


# -- disks


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 1 MB; a test that may not mount one is skipped."""
    folder = Path(tempfile.mkdtemp(prefix="dovetail-disk-"))
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "dovetail", str(folder)], capture_output=True, check=False)
    if made.returncode:
        folder.rmdir()
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def fill(folder: Path, left: int) -> None:
    """Leave so many bytes free."""
    free = shutil.disk_usage(folder).free
    (folder / "filler").write_bytes(bytes(max(0, free - left)))


def test_a_full_disk_of_the_store(small_disk: Path, tmp_path: Path) -> None:
    fill(small_disk, 1 << 17)
    done = shell(f"ingest {CENTRE} --no-index --store sqlite:///{small_disk}/s.db --rejects {tmp_path}/r")
    assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stderr
    assert re.search(r"s\.db: (database or disk is full|disk I/O error)", done.stderr)


def test_a_full_disk_of_rejected_rows(small_disk: Path, tmp_path: Path, firms: Path) -> None:
    fill(small_disk, 0)
    done = shell(f"ingest {firms} --no-index --store sqlite:///{tmp_path}/s.db --rejects {small_disk}/r")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("full_of", ["vectors", "index"])
def test_a_full_disk_of_the_cache(small_disk: Path, centre_url: str, full_of: str) -> None:
    """No room for the first vector; or vectors that lie elsewhere, and a disk that is smaller than the index."""
    for part in ("models", "vectors") if full_of == "index" else ("models",):
        (small_disk / part).symlink_to(Path(os.environ["DOVETAIL_CACHE"]) / part)
    fill(small_disk, 0 if full_of == "vectors" else 1 << 20)
    done = shell(f"index --store {centre_url}", more={"DOVETAIL_CACHE": str(small_disk)})
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert re.search(r"(the disk is full|No space left on device)(; make room there|; make room), or name another folder", done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_question_needs_no_room_in_the_cache(small_disk: Path, firms: Path, tmp_path: Path, how: str) -> None:
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    (small_disk / "models").symlink_to(Path(os.environ["DOVETAIL_CACHE"]) / "models")
    more = {"DOVETAIL_CACHE": str(small_disk)}
    rows = tmp_path / "few" / "achievements.csv"
    rows.parent.mkdir()
    rows.write_text("id,title,owners\nA1,Silver paste that sinters at low temperature,Alfa Coatings GmbH\n", "utf-8")
    url = f"sqlite:///{tmp_path}/s.db"
    assert shell(f"ingest {firms.parent} {rows} --english-model none --store {url} --rejects {tmp_path}/r", more=more).returncode == 8
    fill(small_disk, 0)
    if how == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = shell(f"match 'silver paste, asked for the first time' --weak --store {url}", more=more)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Alfa Coatings GmbH" in done.stdout
    done = shell(f"index --rescale --english-model all-MiniLM-L6-v2 --store {url}", more=more)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


def test_a_read_only_store_in_a_read_only_folder_is_matched_and_shown(small_disk: Path, centre_url: str) -> None:
    shutil.copy(centre_url.removeprefix("sqlite:///"), small_disk / "centre.db")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        url = f"sqlite:///{small_disk}/centre.db"
        ask = "match --demand D03 --as-of 2026-06-30 --json"
        assert shell(f"{ask} --store {url}").stdout == shell(f"{ask} --store {centre_url}").stdout
        assert shell(f"show D03 --store {url}").returncode == 0
        done = shell(f"ingest {CENTRE} --no-index --source other --store {url}")
        assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stderr
        assert "readonly" in done.stderr
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
