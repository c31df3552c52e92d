"""Bytes, rows and workbooks that nobody would write, and machines at their limits: a clear error, bounded memory, the store whole."""

from __future__ import annotations

import csv
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import Store, connect
from graph.errors import DovetailError, InvalidInput
from ingest.load import ingest
from ingest.read.delimited import ROW_BYTES
from ingest.read.readers import RowFile
from ingest.read.spreadsheets import guarded, restored
from ingest.read.tables import tables
from tests.conftest import ROOT
from tests.ingest.conftest import content
from tests.ingest.read.office.books import write_book

FORMULA = tuple("=+-@＝＋－＠")

# -- damaged files of every kind: (seed, number) says how to make each again

_TEXT = 'id,name,aliases\nI1,甲公司,"a;b\nc"\nI2,Beta,\n'.encode()
_LINES = '{"id": "I1", "name": "甲公司", "aliases": ["a"]}\n{"id": "I2", "name": "Beta"}\n'.encode()
_TOKENS = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b";",
    b"\t",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{",
    b"[",
    b"<",
    b">",
    b"&",
    b"'",
    b"=",
    b"#N/A",
    b"PK",
]
_XML = [
    b"<c>",
    b"</row>",
    b'<row r="1">',
    b'<c r="A1" t="s">',
    b"<v>99</v>",
    b"<f>",
    b'r="ZZZ1"',
    b"&amp;",
    b"&x;",
    b"<is>",
    b"1e999",
    b"-1",
]


def damaged(data: bytes, chance: random.Random, tokens: list[bytes]) -> bytes:
    """``data`` with a few bytes changed, cut, doubled, or tokens put in."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(made) + 1)
        end = min(len(made), at + chance.randint(0, 12))
        match chance.randrange(5):
            case 0:
                made[at:end] = chance.randbytes(end - at)
            case 1:
                del made[at:end]
            case 2:
                made[at:at] = chance.choice(tokens)
            case 3:
                made[at:at] = made[at:end] * chance.randint(1, 30)
            case _:
                del made[at:]
    return bytes(made)


def packed(parts: dict[str, bytes]) -> bytes:
    """An archive of ``parts``, the same bytes at any time of day."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def cases(folder: Path, seed: int, count: int) -> Iterator[Path]:
    """``count`` damaged files: text, archives, and workbooks damaged inside their parts."""
    book = write_book(folder / "whole.xlsx", 机构=[["编号", "名称"], ["I1", "甲公司"], [2, 3.5]], demands=[["id", "title"], [1, True]])
    with zipfile.ZipFile(book) as archive:
        parts = {one: archive.read(one) for one in archive.namelist() if "theme" not in one and "docProps" not in one}
    whole = {
        "institutions.csv": _TEXT,
        "institutions.jsonl": _LINES,
        "centre.zip": packed({"institutions.csv": _TEXT}),
        "institutions.xlsx": packed(parts),
    }
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        name = chance.choice([*whole, "parts"])
        path = folder / (name if name in whole else "institutions.xlsx")
        if name in whole:
            text = (
                whole[name]
                if chance.random() < 0.7 or "." not in name
                else whole[name].decode("utf-8", "replace").encode("gb18030", "replace")
            )
            path.write_bytes(damaged(text, chance, _TOKENS))
        else:
            part = chance.choice(list(parts))
            path.write_bytes(packed({one: damaged(data, chance, _TOKENS + _XML) if one == part else data for one, data in parts.items()}))
        yield path


def read_whole(path: Path) -> int:
    """Everything that reads a file, in reading order; how many rows came."""
    count = 0
    for table in tables(path):
        if isinstance(table, InvalidInput):
            continue
        lines = [one.line for one in table.rows()]
        assert lines == sorted(set(lines)), f"{path}: lines out of order"
        count += len(lines)
    return count


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_no_damage_breaks_the_readers(tmp_path: Path) -> None:
    rows = sum(read_whole(path) for path in cases(tmp_path, 0, 1_500))
    assert rows > 500, "most cases are not refused at the door"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("batch", range(int(os.environ.get("FUZZ_BATCHES", "10"))))
def test_no_damage_breaks_the_readers_in_100_000_cases(tmp_path: Path, batch: int) -> None:
    """FUZZ_BATCHES batches of 10,000 from FUZZ_SEED."""
    seed = int(os.environ.get("FUZZ_SEED", "1")) * 1_000 + batch
    assert sum(read_whole(path) for path in cases(tmp_path, seed, 10_000)) > 3_000


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_no_damage_breaks_ingest(store: Store, tmp_path: Path) -> None:
    for path in cases(tmp_path, 7, 150):
        try:
            report = ingest(store, [path], rejects=tmp_path / "bad")
        except InvalidInput:
            continue
        for one in report.files:
            assert one.read == one.added + one.changed + one.unchanged + one.rejected
    assert content(store)


# -- size


def peak_of(path: Path) -> tuple[list[tuple[int, str]], int]:
    tracemalloc.start()
    found = [(one.line, one.problem.rule if one.problem else "") for one in RowFile(path).rows()]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, peak


@pytest.mark.parametrize("megabytes", [64, pytest.param(2048, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
@pytest.mark.parametrize("name", ["institutions.csv", "institutions.jsonl"])
def test_an_endless_line_costs_itself_and_no_memory(tmp_path: Path, name: str, megabytes: int) -> None:
    path = tmp_path / name
    row = b"%d,a\n" if name.endswith("csv") else b'{"id": "%d", "name": "a"}\n'
    with path.open("wb") as stream:
        stream.write((b"id,name\n" if name.endswith("csv") else b"") + b"".join(row % number for number in range(20_000)))
        stream.seek(megabytes << 20, os.SEEK_CUR)  # a hole: the disk holds none of it
        stream.write(b"\n" + row % 7)
    found, peak = peak_of(path)
    assert [rule for _, rule in found[-2:]] == ["is longer than 4 MiB", ""]
    assert peak < 16 * ROW_BYTES


def test_rows_of_a_million_columns(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "institutions.csv"
    path.write_text("id,name\nI1,A\n" + "x," * 1_000_000 + "\nI2,B\n", "utf-8")
    found, _ = peak_of(path)
    assert found == [(2, ""), (3, "has more cells than the header"), (4, "")]
    path.write_text("id,name," + ",".join(f"c{number}" for number in range(500_000)) + "\n", "utf-8")
    with pytest.raises(InvalidInput, match="more than 16,384 columns"):
        ingest(store, [path])
    lines = tmp_path / "institutions.jsonl"
    lines.write_text('{"id": "I1", "name": "A", %s}\n' % ", ".join(f'"k{n}": {n}' for n in range(200_000)), "utf-8")  # noqa: UP031
    report = ingest(store, [lines])
    assert report.total("added") == 1
    assert len(report.files[0].unknown_columns) == 100


# -- formulas in files of rejected rows


@given(st.text(st.sampled_from([*FORMULA, "'", ";", "\t", "\n", "\r", " ", "a", "1", ".", '"', ","]), max_size=12))
def test_no_text_is_a_formula_once_guarded_and_all_are_restored(text: str) -> None:
    safe = guarded(text)
    assert restored(safe) == text
    if not re.fullmatch(r"[+-]?[\d.,e+-]+%?", safe):
        assert not any(part.lstrip(" ").startswith(FORMULA) for part in re.split(r"[;\t\r\n]", safe))


def test_a_file_of_rejected_rows_runs_nothing_and_reads_back(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "institutions.csv"
    rows = [["=1+1", "", "+1", "-0.5", "@SUM(A1)"], ["I2", "", "'=x", "a;=1+1", "\t=1"]]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["id", "name", "=HYPERLINK(A1)", "aliases", "description"], *rows])
    (file,) = [one.rejects_file for one in ingest(store, [path], rejects=tmp_path / "bad").files]
    assert file
    with Path(file).open(encoding="utf-8-sig", newline="") as stream:
        header, *cells = csv.reader(stream)
    assert header[:3] == ["id", "name", "'=HYPERLINK(A1)"]
    assert [row[:5] for row in cells] == [["'=1+1", "", "+1", "-0.5", "'@SUM(A1)"], ["I2", "", "''=x", "a;'=1+1", "\t'=1"]]
    assert [list(one.cells.values())[:5] for one in RowFile(Path(file)).rows()] == rows
    assert RowFile(Path(file)).columns[2] == "=HYPERLINK(A1)"


# -- a file that changes, a disk that is full, a folder that is closed


@pytest.mark.parametrize("name", ["institutions.csv", "institutions.jsonl", "institutions.xlsx"])
@pytest.mark.parametrize("how", ["grows", "replaced", "gone"])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / name
    if name.endswith("xlsx"):
        write_book(path, Sheet1=[["id", "name"], ["I1", "A"], ["I2", "B"]])
    else:
        path.write_bytes(b"id,name\nI1,A\nI2,B\n" if name.endswith("csv") else b'{"id": "I1", "name": "A"}\n{"id": "I2", "name": "B"}\n')
    (table,) = tables(path)
    assert not isinstance(table, InvalidInput)
    rows = table.rows()
    seen = [next(rows)]
    if how == "grows":
        with path.open("ab") as stream:
            stream.write(b"\n")
    elif how == "replaced":
        other = tmp_path / "other"
        other.write_bytes(path.read_bytes())
        other.replace(path)
    else:
        path.unlink()
    seen += rows
    assert [one.problem.rule if one.problem else "" for one in seen][-1] == "the file was changed while it was read: feed it again"
    assert [one.cells["id"] for one in seen[:-1]] == ["I1", "I2"]


def _firms(path: Path, good: int, bad: int) -> Path:
    lines = [f"G{number},Firm number {number}" for number in range(good)] + [f"B{number}," for number in range(bad)]
    path.write_text("\n".join(["id,name", *lines, ""]), "utf-8")
    return path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_rejected_rows_on_a_full_disk_stop_the_run_with_the_store_whole(store: Store, tmp_path: Path) -> None:
    path = _firms(tmp_path / "institutions.csv", 10, 20_000)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "institutions.rejected.csv.part").symlink_to("/dev/full")
    with pytest.raises(DovetailError, match=r"institutions\.rejected\.csv: rejected rows cannot be written here: No space left") as caught:
        ingest(store, [path], rejects=bad)
    assert caught.value.exit_code == 1
    assert not list(bad.iterdir())
    assert content(store)
    assert ingest(store, [path], rejects=bad).rejected == 20_000


_UNDER_LIMIT = """
import resource, sys
from api.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


def _limited(limit: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _UNDER_LIMIT, str(limit), *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=100, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )


def test_a_store_on_a_full_disk_holds_whole_batches_and_goes_on(tmp_path: Path) -> None:
    path, url = _firms(tmp_path / "institutions.csv", 6_000, 0), f"sqlite:///{tmp_path}/x.db"
    done = _limited(2_000_000, "ingest", path, "--no-index", "--store", url)
    assert done.returncode == 5, done.stderr
    assert done.stderr.count("\n") == 1
    assert url in done.stderr
    store = connect(url)
    assert store.check(deep=True).problems == ()
    assert store.count().get("Institution", 0) % 5_000 == 0
    assert ingest(store, [path]).rejected == 0
    assert store.count()["Institution"] == 6_000
    store.close()


# root may write everywhere until it lays the right to do so down
_AS_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] if os.getuid() == 0 else []


@pytest.mark.skipif(bool(_AS_OTHERS) and not shutil.which("setpriv"), reason="root, and no setpriv")
def test_folders_in_which_nothing_may_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "open").mkdir(mode=0o777)
        (folder / "open").chmod(0o777)
        folder.chmod(0o555)
        try:
            path = folder / "open" / "institutions.csv"
            _firms(path, 2, 1).chmod(0o444)

            def run(*arguments: object) -> subprocess.CompletedProcess[str]:
                command = [
                    *_AS_OTHERS,
                    sys.executable,
                    "-c",
                    "from api.cli import main; main()",
                    "ingest",
                    str(path),
                    "--no-index",
                    *map(str, arguments),
                ]
                return subprocess.run(
                    command,
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=100,
                    cwd=folder / "open",
                    env=os.environ | {"PYTHONPATH": str(ROOT)},
                )

            shut = run("--store", f"sqlite:///{folder}/x.db")
            assert (shut.returncode, "may you write there" in shut.stderr) == (5, True), shut.stderr
            told = run("--store", "sqlite:///x.db", "--rejects", folder / "bad")
            assert told.returncode == 1, told.stderr
            assert "rejected rows cannot be written here: Permission denied" in told.stderr
            done = run("--store", "sqlite:///x.db")
            assert done.returncode == 8, done.stderr
            (folder / "open").chmod(0o555)
            trial = run("--store", "sqlite:///x.db", "--dry-run")
            assert trial.returncode == 8, trial.stderr
        finally:
            folder.chmod(0o755)
            (folder / "open").chmod(0o755)


def test_memory_is_bounded_by_the_row_not_by_the_sheet(tmp_path: Path) -> None:
    path = tmp_path / "institutions.xlsx"
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    write_book(path, Sheet1=[["id"]])
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in parts.items():
            if one != "xl/worksheets/sheet1.xml":
                archive.writestr(one, data)
        with archive.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(head + b'<row r="1"><c r="A1" t="str"><v>name</v></c></row>')
            for number in range(2, 15_000):
                stream.write(b'<row r="%d"><c r="A%d" t="str"><v>Firm %d %s</v></c></row>' % (number, number, number, b"x" * 1500))
            stream.write(b"</sheetData></worksheet>")
    tracemalloc.start()
    (table,) = tables(path)
    assert not isinstance(table, InvalidInput)
    assert sum(1 for _ in table.rows()) == 14_998
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000
