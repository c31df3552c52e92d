"""Every broken row of the examples is rejected where and as it should be, and every good row beside it lands."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from graph import Store
from ingest.load import ingest
from tests.conftest import BROKEN, ROOT


def test_broken_rows_are_rejected_broken_cells_set_aside_and_the_others_land(store: Store, tmp_path: Path) -> None:
    with (ROOT / "examples" / "expected-rejections.csv").open(encoding="utf-8", newline="") as stream:
        expected = [(row["file"], int(row["line"]), row["what"], row["field"], row["rule"]) for row in csv.DictReader(stream)]
    report = ingest(store, [BROKEN], rejects=tmp_path)
    got = [
        (Path(one.file).name, one.line, what, problem.field, problem.rule)
        for file in report.files
        for what, told in (("row", file.rejections), ("cell", file.cells))
        for one in told
        for problem in one.problems
    ]
    assert sorted(got) == sorted(expected)
    counts = Counter(what for _, _, what, _, _ in expected)
    assert (report.rejected, report.set_aside) == (counts["row"], counts["cell"])
    assert report.total("added") == report.total("read") - counts["row"]
    assert report.total("changed") == report.total("unchanged") == 0
    assert "@example.org" not in report.to_text() + str(report.to_dict()) + "".join(
        one.read_text("utf-8") for one in tmp_path.glob("*.rejected*")
    )


def test_rejected_rows_keep_their_columns(store: Store, tmp_path: Path) -> None:
    report = ingest(store, [BROKEN], rejects=tmp_path)
    for file in report.files:
        assert file.rejects_file
        if file.rejects_file.endswith(".csv"):
            with Path(file.rejects_file).open(encoding="utf-8-sig", newline="") as stream:
                header, *rows = csv.reader(stream)
            with Path(file.file).open(encoding="utf-8", newline="", errors="replace") as stream:
                assert header == [*next(csv.reader(stream)), "_problem", "_row"]
            assert len(rows) == file.rejected + len(file.cells)
            assert all(row[-2].startswith(f"{file.file}:") for row in rows)


def test_a_strict_ingest_rejects_every_row_with_a_broken_cell(store: Store) -> None:
    report = ingest(store, [BROKEN], strict=True)
    with (ROOT / "examples" / "expected-rejections.csv").open(encoding="utf-8", newline="") as stream:
        lines = {(row["file"], row["line"]) for row in csv.DictReader(stream)}
    assert report.set_aside == 0
    assert {(Path(one.file).name, str(one.line)) for file in report.files for one in file.rejections} >= lines
