"""Many small files: together in one transaction, and each as if it had been read alone."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph import Store
from ingest import load
from ingest.load import ingest
from ingest.report import FileReport, Report
from tests.ingest.conftest import content, write_csv

COUNTS = ("read", "unchanged", "rejected", "left_out", "set_aside", "merged", "contacts")
MAPPING = """
name = "lamps"
source = "lamps"

[[file]]
columns = ["what", "whose"]
rows = [{kind = "achievements", fields = {title = "{what}", owners = "{whose}"}}]
"""


def small_files(folder: Path, count: int, seed: int) -> Path:
    """Files of one to four rows: some that cannot be read, some that name each other's, firms that come again and again."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    firms = [f"{word} {kind}" for word in ("Lunper", "Brask", "Odell") for kind in ("Optics GmbH", "University", "Batteries Ltd")]
    for number in range(count):
        kind = chance.choice(["institutions", "experts", "achievements", "demands", "cooperations"])
        rows = []
        for at in range(chance.randint(1, 4)):
            one = {"id": f"{kind[0]}{number}-{at}"}
            if kind == "institutions":
                one |= {"name": chance.choice(firms), "country": chance.choice(["DE", "Germany", "nowhere"]), "phone": "+49 30 1234567"}
            elif kind == "experts":
                one |= {"name": f"Ada {chance.choice('BCD')}. Lunper", "institution": chance.choice(firms)}
            elif kind == "cooperations":
                used = chance.randrange(count)
                one |= {"title": f"work {number}", "parties": "; ".join(chance.sample(firms, 2)), "uses": f"a{used}-0"}
            else:
                date = chance.choice(["2024-05-01", "2024-02-30", ""])
                named = "owners" if kind == "achievements" else "posted_by"
                one |= {"title": chance.choice([f"thing {number}", "", "合计"]), "date": date, named: chance.choice(firms)}
            rows.append(one)
        if number and chance.random() < 0.1:
            rows[0]["id"] = f"{kind[0]}0-0"  # perhaps another file's, which says something else
        write_csv(folder / f"{number:04}-{kind}.csv", rows)
    return folder


def told(report: FileReport) -> tuple[object, ...]:
    mended = sorted(Path(report.rejects_file).read_bytes().splitlines()) if report.rejects_file else []
    counts = [getattr(report, name) for name in COUNTS if name != "merged"]
    return report.file, counts, report.rejections, report.cells, report.notes, mended


def as_told(report: Report) -> list[tuple[object, ...]]:
    return [told(one) for one in report.files]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("files", "rows"), [(3, 5_000), (100, 7), (100, 5_000)])
def test_files_read_together_come_to_what_each_alone_does(
    new_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, rows: int, seed: int
) -> None:
    folder = small_files(tmp_path / "data", 60, seed)
    monkeypatch.setattr(load, "FILES", 1)
    alone, expected = new_store(), ingest(first := new_store(), [folder], rejects=tmp_path / "first")
    monkeypatch.setattr(load, "FILES", files)
    monkeypatch.setattr(load, "ROWS", rows)
    found = ingest(alone, [folder], rejects=tmp_path / "again")
    assert content(alone) == content(first)
    assert expected.rejected
    assert expected.set_aside
    assert found.files != []
    assert as_told(found) == as_told(expected)
    assert {name: found.total(name) for name in COUNTS} == {name: expected.total(name) for name in COUNTS}
    assert found.kinds == expected.kinds
    assert sum(found.kinds.values()) <= found.total("nodes") + found.total("edges")
    for one in found.files:
        assert one.read == one.added + one.changed + one.unchanged + one.rejected + one.left_out, one.file


def test_a_second_run_of_small_files_changes_nothing(store: Store, tmp_path: Path) -> None:
    folder = small_files(tmp_path / "data", 60, 1)
    first = ingest(store, [folder], rejects=tmp_path / "bad")
    again = ingest(store, [folder], rejects=tmp_path / "bad")
    assert again.revision == first.revision
    assert (again.total("nodes"), again.total("edges"), again.total("merged")) == (0, 0, 0)
    assert again.total("unchanged") == again.total("read") - again.rejected - again.total("left_out")


@pytest.mark.parametrize("packed", [True, False])
def test_a_thousand_files_take_a_transaction_for_each_hundred(store: Store, tmp_path: Path, packed: bool) -> None:
    place = tmp_path / "data.zip" if packed else tmp_path / "data"
    texts = {f"achievements-{number:04}.csv": f"id,title\nA{number},Membrane number {number}\n" for number in range(1_000)}
    if packed:
        with zipfile.ZipFile(place, "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
    else:
        place.mkdir()
        for name, text in texts.items():
            (place / name).write_text(text, "utf-8")
    report = ingest(store, [place])
    assert (len(report.files), report.total("added")) == (1_000, 1_000)
    assert all((one.read, one.added, one.nodes) == (1, 1, 1) for one in report.files)
    assert report.revision == 1_000 // load.FILES


def open_now() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_files_of_rows_to_mend_are_open_for_a_batch_and_no_longer(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    for number in range(3 * load.FILES):
        (place / f"demands-{number:04}.csv").write_text(f"id,title\nD{number},\n", "utf-8")
        (place / f"resources-{number:04}.csv").write_text(f"id,title,date\nR{number},Laser {number},someday\n", "utf-8")
    open_files: list[int] = []
    before = open_now()
    report = ingest(store, [place], rejects=tmp_path / "bad", progress=lambda *_: open_files.append(open_now()))
    assert (report.rejected, report.set_aside) == (3 * load.FILES, 3 * load.FILES)
    assert len({one.rejects_file for one in report.files}) == 6 * load.FILES
    assert load.FILES <= max(open_files) - before <= load.FILES + 10
    assert open_now() <= before + 2  # those of the store


def test_a_run_that_is_cut_off_among_small_files_is_completed(
    new_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_files(tmp_path / "data", 60, 2)
    monkeypatch.setattr(load, "FILES", 5)
    ingest(whole := new_store(), [folder])
    batches = iter(range(4))

    def stopped(*_: object) -> None:
        if next(batches, None) is None:
            raise KeyboardInterrupt

    store = new_store()
    with pytest.raises(KeyboardInterrupt):
        ingest(store, [folder], progress=stopped)
    assert 0 < sum(store.count().values()) < sum(whole.count().values())
    ingest(store, [folder])
    assert content(store) == content(whole)


def test_what_a_mapping_learns_of_one_file_is_not_told_of_another(store: Store, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, "utf-8")
    place = tmp_path / "data"
    place.mkdir()
    for name, extra in (("a", "colour"), ("b", "weight"), ("c", "weight")):
        write_csv(place / f"{name}.csv", [{"what": f"lamp {name}", "whose": "Brask Optics GmbH", extra: "7"}])
    report = ingest(store, [place], mapping=mapping)
    assert [one.unknown_columns for one in report.files] == [("colour",), ("weight",), ("weight",)]


def test_the_files_of_a_batch_share_what_is_written(store: Store, tmp_path: Path) -> None:
    """Each id is the file's that says it first; of firms that several files bring, the first joins nothing."""
    place = tmp_path / "data"
    place.mkdir()
    names = ("Brask University", "University of Brask", "Brask University")
    for number, name in enumerate(names):
        write_csv(place / f"institutions-{number}.csv", [{"id": f"I{number}", "name": name, "external_ids": "ror:05a28rw58"}])
    report = ingest(store, [place])
    assert [one.merged for one in report.files] == [0, 1, 1]
    assert [one.added for one in report.files] == [1, 1, 1]
    assert report.files[0].nodes == 2, "the Record and the institution"
    assert sum(_written(report)) == sum(report.kinds.values())


def _written(report: Report) -> Iterator[int]:
    for one in report.files:
        yield one.nodes + one.edges
