"""Rows -> Store: again, in another order, cut off, beside somebody else; what the report says; rejected rows fed again."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import Batch, Store, connect
from graph.errors import InvalidInput
from graph.model import Achievement, EdgeKind, Evidence, NodeKind, PartyTo, Provenance
from graph.store import Written
from ingest import load
from ingest.load import ingest
from ingest.report import Report
from tests.conftest import CENTRE, ROOT
from tests.ingest.conftest import content, edges, experts, institutions, nodes, write_csv


def adds_up(report: Report) -> None:
    for one in report.files:
        assert one.read == one.added + one.changed + one.unchanged + one.rejected, one.file


def shuffled(source: Path, target: Path, seed: int) -> Path:
    """The files of ``source`` with their rows in another order."""
    place = target / source.name
    place.mkdir(parents=True)
    chance = random.Random(seed)
    for file in sorted(source.iterdir()):
        if file.suffix == ".csv":
            with file.open(encoding="utf-8-sig", newline="") as stream:
                rows = list(csv.DictReader(stream))
            chance.shuffle(rows)
            write_csv(place / file.name, rows)
        else:
            lines = file.read_text("utf-8").splitlines()
            chance.shuffle(lines)
            (place / file.name).write_text("\n".join(lines), "utf-8")
    return place


def test_the_example_lands_whole_and_only_once(store: Store) -> None:
    report = ingest(store, [CENTRE])
    adds_up(report)
    assert (report.rejected, report.skipped) == (0, [])
    assert report.total("added") + report.total("changed") == report.total("read") == 201
    assert (len(institutions(store)), len(experts(store))) == (36, 21)
    before = content(store)
    again = ingest(store, [CENTRE])
    adds_up(again)
    assert again.total("unchanged") == 201
    assert (again.total("nodes"), again.total("edges"), again.revision) == (0, 0, report.revision)
    assert content(store) == before


@pytest.mark.parametrize("rows", [1, 7, 2_000])
def test_rows_in_any_order_and_batches_of_any_size_come_to_the_same(
    new_store: Callable[[], Store], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    plain, other = new_store(), new_store()
    ingest(plain, [CENTRE])
    monkeypatch.setattr(load, "ROWS", rows)
    report = ingest(other, [shuffled(CENTRE, tmp_path / "shuffled", rows)])
    assert report.rejected == 0
    assert content(other) == content(plain)


def test_a_changed_row_changes_its_node_and_takes_its_old_edges_away(store: Store, folder: Callable[..., Path]) -> None:
    firms = [{"id": one, "name": f"Firm {one}"} for one in "ABC"]
    row = {"id": "1", "title": "x", "owners": "A;B", "creators": "Ann Lee", "trl": "5"}
    cooperation = {"id": "k", "parties": "A;B", "uses": "1"}
    ingest(
        store,
        [
            folder(
                "s",
                institutions=firms,
                achievements=[row],
                cooperations=[cooperation],
                owns=[{"source": "A", "target": "1", "date": "2020"}],
            )
        ],
    )
    report = ingest(
        store,
        [
            folder(
                "s", achievements=[{**row, "owners": "B;C", "creators": ""}], cooperations=[{**cooperation, "uses": "", "parties": "A;C"}]
            )
        ],
    )
    adds_up(report)
    assert report.total("changed") == 2
    names = {one.id: one.name for one in institutions(store)}
    assert sorted((names[one.source], one.date) for one in edges(store, EdgeKind.OWNS)) == [
        ("Firm A", "2020"),
        ("Firm B", None),
        ("Firm C", None),
    ]
    assert edges(store, EdgeKind.CREATED) == edges(store, EdgeKind.USES) == []
    assert {names[one.source] for one in edges(store, EdgeKind.PARTY_TO)} == {"Firm A", "Firm C"}
    without = folder("t", achievements=[{"id": "1", "title": "y"}]) / "achievements.csv"
    ingest(store, [without], source="s")
    assert len(edges(store, EdgeKind.OWNS)) == 3, "a file without the column says nothing about owners"


def test_rows_that_repeat_and_rows_that_contradict(store: Store, folder: Callable[..., Path]) -> None:
    rows = [
        {"id": "1", "title": "x"},
        {"id": "1", "title": "x"},
        {"id": "1", "title": "y"},
        {"id": "", "title": "z"},
        {"id": "", "title": "z"},
    ]
    report = ingest(store, [folder("s", demands=rows)])
    adds_up(report)
    assert (report.total("added"), report.total("unchanged"), report.rejected) == (2, 2, 1)
    (rejection,) = report.files[0].rejections
    assert str(rejection).endswith("demands.csv:4: id: is the id of another row that says something else (line 2)")
    again = ingest(store, [folder("s", demands=rows)])
    assert (again.total("unchanged"), again.rejected, again.revision) == (4, 1, report.revision)


def test_a_row_with_anothers_id_does_not_take_its_place_when_it_is_fed_again(
    store: Store, folder: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [{"id": "1", "title": "x", "deadline": "2030"}, {"id": "1", "title": "y", "deadline": "2031"}]
    report = ingest(store, [folder("s", demands=rows)], rejects=tmp_path / "bad")
    mended = Path(str(report.files[0].rejects_file))
    again = ingest(store, [mended], source="s", rejects=tmp_path / "again")
    assert (again.rejected, again.revision) == (1, report.revision)
    assert "id: is the id of another row that says something else (as before" in str(again.files[0].rejections[0])
    text = mended.read_text("utf-8-sig")
    mended.write_text(text.replace("\n1,", "\n2,"), "utf-8")
    assert ingest(store, [mended], source="s").total("added") == 1
    mended.write_text(text.replace("not:1", ""), "utf-8")
    assert ingest(store, [mended], source="s").total("changed") == 1, "a person said that it takes the other's place"
    assert sorted(getattr(one, "title", "") for one in nodes(store, NodeKind.DEMAND)) == ["y", "y"]


def test_the_same_as_above_and_several_people_in_a_row(store: Store, folder: Callable[..., Path], tmp_path: Path) -> None:
    rows = [
        {"姓名": "王芳", "工作单位": "江东大学", "职称": "教授"},
        {"姓名": "赵敏、孙磊", "工作单位": "同上", "职称": "讲师"},
        {"姓名": "李四", "工作单位": "〃", "职称": "同上", "对接上限": "许多"},
    ]
    report = ingest(store, [folder("s", 专家=rows)], rejects=tmp_path / "bad")
    assert (report.rejected, report.set_aside, report.total("read")) == (0, 1, 3)
    assert {one.name: one.headline for one in experts(store)} == {"王芳": "教授", "赵敏": "讲师", "孙磊": "讲师", "李四": "讲师"}
    assert {one.name for one in institutions(store)} == {"江东大学"}
    assert len(edges(store, EdgeKind.AFFILIATED_WITH)) == 4
    assert "李四,江东大学,讲师,许多" in Path(str(report.files[0].rejects_file)).read_text("utf-8-sig"), "the row stands alone there"


def test_rejected_rows_are_mended_and_fed_again(store: Store, folder: Callable[..., Path], tmp_path: Path) -> None:
    rows = [{"id": "1", "name": "A", "kind": "guild", "电话": "13812345678"}, {"id": "2", "name": "B", "kind": "企业", "电话": ""}]
    place = folder("s", institutions=rows)
    (place / "demands.jsonl").write_text(
        '{"id": "d1", "title": "x"}\n{"id": "d2", "title":\n{"id": "d3", "trl_min": 0, "title": "y"}\n', "utf-8"
    )
    report = ingest(store, [place], rejects=tmp_path / "bad")
    adds_up(report)
    assert (report.total("added"), report.rejected, report.set_aside, report.total("contacts")) == (4, 1, 2, 1)
    firms, demands = (Path(str(one.rejects_file)) for one in report.files)
    assert firms.name == "institutions.rejected.csv"
    assert "13812345678" not in firms.read_text("utf-8")
    firms.write_text(firms.read_text("utf-8").replace(",guild,", ",enterprise,"), "utf-8")
    demands.write_text(
        demands.read_text("utf-8").replace('\\"title\\":', '\\"title\\":\\"z\\"}').replace('"trl_min":0', '"trl_min":1'), "utf-8"
    )
    again = ingest(store, [tmp_path / "bad"], source="s", rejects=tmp_path / "bad")
    assert (again.total("added"), again.total("changed"), again.rejected, again.set_aside) == (1, 2, 0, 0), again.to_text()
    assert [one.unknown_columns for one in again.files] == [(), ()]
    assert (len(institutions(store)), len(nodes(store, NodeKind.DEMAND))) == (2, 3)


def test_a_file_of_rejected_rows_is_not_written_over_while_it_is_read(store: Store, folder: Callable[..., Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    ingest(store, [folder("s", institutions=[{"id": "1", "name": ""}])], rejects=bad)
    before = (bad / "institutions.rejected.csv").read_text("utf-8")
    report = ingest(store, [bad / "institutions.rejected.csv"], source="s", rejects=bad)
    assert Path(str(report.files[0].rejects_file)).name == "institutions.rejected-2.csv"
    assert (bad / "institutions.rejected.csv").read_text("utf-8") == before


def test_references_to_what_is_not_known_are_set_aside_until_it_is(store: Store, folder: Callable[..., Path]) -> None:
    place = folder(
        "s",
        cooperations=[{"id": "k", "parties": "A;B", "uses": "w1;r1", "demands": "d1"}],
        party_to=[{"source": "C", "target": "k", "share": "0.5"}],
    )
    report = ingest(store, [place])
    assert [[str(problem) for problem in one.problems] for one in report.files[0].cells] == [
        [
            "demands: no demand of this source has this id (d1)",
            "uses: no achievement or resource of this source has this id (w1)",
            "uses: no achievement or resource of this source has this id (r1)",
        ]
    ]
    assert (report.rejected, report.set_aside) == (0, 3)
    assert len(edges(store, EdgeKind.PARTY_TO)) == 3
    strict = ingest(store, [place], strict=True)
    assert strict.rejected == 1, "a whole row, as it is without its demand and its works"
    folder("s", demands=[{"id": "d1", "title": "x"}], achievements=[{"id": "w1", "title": "x"}], resources=[{"id": "r1", "title": "x"}])
    report = ingest(store, [place])
    assert (report.rejected, report.set_aside) == (0, 0)
    assert len(edges(store, EdgeKind.USES)) == 2
    (shared,) = [one for one in edges(store, EdgeKind.PARTY_TO) if isinstance(one, PartyTo) and one.share]
    assert shared.share == 0.5


def test_evidence_between_firms_and_people(store: Store, folder: Callable[..., Path]) -> None:
    base = {
        "source": "A",
        "target": "Ann Lee @ B",
        "source_kind": "",
        "target_kind": "专家",
        "kind": "评分",
        "outcome": "0.5",
        "date": "2020",
    }
    report = ingest(store, [folder("s", evidence=[base, {**base, "outcome": "-1"}, base])])
    assert (report.total("added"), report.total("unchanged")) == (2, 1)
    found = [one for one in edges(store, EdgeKind.EVIDENCE) if isinstance(one, Evidence)]
    assert sorted(one.outcome for one in found) == [-1, 0.5]
    assert {store.get([one.target])[one.target].id for one in found} == {experts(store)[0].id}
    assert len(institutions(store)) == 2


def test_paths_and_files_that_cannot_be_read(store: Store, folder: Callable[..., Path]) -> None:
    place = folder("s", institutions=[{"id": "1", "name": "A"}], notes=[{"a": "b"}], experts=[{"id": "1", "title": "x"}])
    (place / "deeper").mkdir()
    write_csv(place / "deeper" / "demands.csv", [{"id": "1", "title": "x"}])
    (place / "README.md").write_text("x", "utf-8")
    (place / "demands.csv").write_bytes(b"id,t\x81\n")
    report = ingest(store, [place, place / "institutions.csv"])
    reasons = {Path(file).name: reason for file, reason, *_ in report.skipped}
    assert set(reasons) == {"notes.csv", "experts.csv", "README.md", "demands.csv"}
    assert "neither its name nor its columns" in reasons["notes.csv"]
    assert reasons["experts.csv"].startswith("name: the header lacks this column")
    assert "not UTF-8" in reasons["demands.csv"]
    assert report.total("read") == 1, "a file named twice is read once"
    for name in ("notes.csv", "experts.csv", "demands.csv", "README.md", "none.csv"):
        with pytest.raises(InvalidInput):
            ingest(store, [place / name])


def test_contact_data_never_reaches_the_store(store: Store, folder: Callable[..., Path], tmp_path: Path) -> None:
    rows = [{"id": "1", "name": "A", "description": "电话13812345678, a@example.org", "Email": "b@example.org", "联系人": "王五"}]
    report = ingest(store, [folder("s", institutions=rows)])
    assert report.total("contacts") == 4
    assert report.files[0].unknown_columns == ()
    raw = b"".join(one.read_bytes() for one in tmp_path.glob("store-*.db*"))
    assert b"[contact removed]" in raw  # what was read is what was written
    for secret in ("13812345678", "example.org", "王五"):
        assert secret.encode() not in raw


def test_the_report_is_plain_data_and_plain_words(store: Store, folder: Callable[..., Path], tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": str(number), "name": "" if number % 2 else f"Firm {number}", "colour": "red"} for number in range(300)
    ]
    seen: list[tuple[int, int | None, str]] = []
    report = ingest(store, [folder("s", institutions=rows)], rejects=tmp_path / "bad", progress=lambda *told: seen.append(told))
    adds_up(report)
    told = report.to_dict()
    assert told["total"]["rejected"] == 150
    assert told["files"][0]["reasons"] == [{"field": "name", "rule": "is required", "rows": 150}]
    assert len(told["files"][0]["rejections"]) == 100
    text = report.to_text()
    assert "columns not known and left out: colour" in text
    assert "150 x name: is required" in text
    assert "feed them again with: dovetail ingest" in text
    size = (tmp_path / "s" / "institutions.csv").stat().st_size
    assert seen[-1] == (size, size, str(tmp_path / "s" / "institutions.csv"))


def test_a_run_that_was_killed_is_completed_by_running_it_again(new_store: Callable[[], Store], tmp_path: Path) -> None:
    place = tmp_path / "s"
    place.mkdir()
    write_csv(
        place / "achievements.csv", [{"id": number, "title": f"t{number}", "owners": f"Firm {number % 50}"} for number in range(3_000)]
    )
    db = tmp_path / "killed.db"
    program = (
        "import sys; from graph import connect; from ingest import load; load.ROWS = 100\n"
        "load.ingest(connect(sys.argv[1]), [sys.argv[2]], progress=lambda *told: sys.stdout.write('.') and sys.stdout.flush())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, f"sqlite:///{db}", str(place)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.read(5) == b"....."
    process.send_signal(signal.SIGKILL)
    process.communicate()
    plain, cut = new_store(), connect(f"sqlite:///{db}")
    before = len(nodes(cut, NodeKind.ACHIEVEMENT))
    assert 500 <= before < 3_000
    assert before % 100 == 0, "whole batches only"
    report = ingest(cut, [place])
    assert report.total("unchanged") == before
    ingest(plain, [place])
    assert content(cut) == content(plain)
    cut.close()


def test_somebody_else_writes_at_the_same_time(
    new_store: Callable[[], Store], folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, plain = new_store(), new_store()
    mine = folder("mine", institutions=[{"id": str(number), "name": f"Firm {number}"} for number in range(20)])
    theirs = folder("theirs", institutions=[{"id": str(number), "name": f"FIRM {number}, Inc."} for number in range(20)])
    ingest(plain, [mine, theirs])
    other, write, done = connect(store.url), store.write, []

    def interrupted(batch: Batch, **more: object) -> Written:
        if not done:
            done.append(ingest(other, [theirs]))
        return write(batch, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "write", interrupted)
    ingest(store, [mine])
    other.close()
    assert len(institutions(store)) == 20
    assert content(store) == content(plain)


def test_somebody_else_merges_away_what_our_edges_end_at(
    store: Store, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(store, [folder("s", institutions=[{"id": "1", "name": "Alpha"}])])
    (alpha,) = institutions(store)
    names = [f"x{number}" for number in range(50)]
    smaller = next(one for one in names if _record("t", one) < alpha.records[0])
    theirs = folder("t", institutions=[{"id": smaller, "name": "Alpha Inc"}])
    other, write, done = connect(store.url), store.write, []

    def interrupted(batch: Batch, **more: object) -> Written:
        if not done:
            done.append(ingest(other, [theirs]))
        return write(batch, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "write", interrupted)
    ingest(store, [folder("u", achievements=[{"id": "a", "title": "x", "owners": "1"}]) / "achievements.csv"], source="s")
    other.close()
    (merged,) = institutions(store)
    assert merged.id != alpha.id
    assert [one.source for one in edges(store, EdgeKind.OWNS)] == [merged.id]


def _record(source: str, one: str) -> str:
    from graph.ids import record_id

    return record_id(NodeKind.INSTITUTION, source, one)


def test_parties_with_roles_and_dates_of_edges(store: Store, folder: Callable[..., Path]) -> None:
    rows = [{"id": "k", "parties": "funder=National Fund; contractor = I02", "started": "2019-07"}]
    ingest(store, [folder("s", cooperations=rows, achievements=[{"id": "1", "title": "x", "owner": "I02", "date": "2018"}])])
    found = [one for one in edges(store, EdgeKind.PARTY_TO) if isinstance(one, PartyTo)]
    assert {(one.role, one.date) for one in found} == {("funder", "2019-07"), ("contractor", "2019-07")}
    (owns,) = edges(store, EdgeKind.OWNS)
    assert (owns.date, owns.provenance) == ("2018", Provenance("s", "1"))


def test_lone_surrogates_and_odd_texts(store: Store, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    path = tmp_path / "s" / "achievements.jsonl"
    path.write_text(
        '{"id": "1", "title": "a &#xD800; b &amp;amp; c\\u0000d"}\n{"id": "2", "title": {"x": 1}}\n{"id": "3", "title": 5}\n', "utf-8"
    )
    report = ingest(store, [path])
    assert (report.total("added"), report.rejected) == (2, 1)
    titles = {one.title for one in nodes(store, NodeKind.ACHIEVEMENT) if isinstance(one, Achievement)}
    assert titles == {"a \ufffd b & c d", "5"}


def test_importing_ingest_is_light() -> None:
    program = "import sys, ingest.load; sys.exit(bool({'torch', 'neo4j', 'numpy', 'matcher', 'api'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_a_run_that_forgets_its_records_draws_edges_between_entities(
    new_store: Callable[[], Store], folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a batch leaves out because it is remembered is still remembered when its edges are drawn."""
    from ingest.resolve import resolver

    works = [{"id": f"A{n}", "title": f"work {n}", "owners": f"Firm {n % 3}", "creators": f"Ada Ford{n % 3}"} for n in range(24)]
    place = folder("centre", achievements=works)
    plain = new_store()
    ingest(plain, [place])
    monkeypatch.setattr(load, "ROWS", 4)
    monkeypatch.setattr(resolver, "MEMORY", 5)
    forgetful = new_store()
    ingest(forgetful, [place])
    assert content(forgetful) == content(plain)
