"""Jobs: each is done once, by one process, with a report and rows to mend; for whom it is, and for nobody else."""

from __future__ import annotations

import io
import stat
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk.jobs import leases
from desk.jobs.incoming import Incoming, TooLarge, bare_name
from desk.jobs.jobs import WAITING, Jobs
from desk.jobs.work import Work
from desk.journal.heads import verify
from desk.journal.journal import Journal
from desk.people.streams import FOLDS
from desk.process.act import STATE
from desk.process.principals import Actor, Role, Scope
from desk.process.programs.job import JOB, TRIES
from graph import Batch, Store
from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, NotFound, NotPossible, StoreAway
from graph.model import NodeKind

LAB = Actor(id="key:lab", role=Role.PROVIDER, institution="ins-lab", scopes=frozenset({Scope.READ, Scope.INGEST}))
RIVAL = Actor(id="key:rival", role=Role.PROVIDER, institution="ins-rival", scopes=frozenset({Scope.READ, Scope.INGEST}))
READER = Actor(id="key:reader", role=Role.PROVIDER, institution="ins-lab", scopes=frozenset({Scope.READ}))
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
ROWS = "id,name,kind\nF1,Alfa Coatings GmbH,enterprise\nF2,,enterprise\nF3,贝塔焊接有限公司,enterprise\n"
SHORT: dict[str, timedelta] = {"lasts": timedelta(seconds=0.6), "renewed": timedelta(seconds=0.1)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jobs"


@pytest.fixture
def jobs(store: Store, folder: Path) -> Jobs:
    return Jobs(store, folder)


def submitted(jobs: Jobs, text: str | bytes = ROWS, *, actor: Actor = LAB, name: str = "institutions.csv", **more: Any) -> str:
    with Incoming(jobs.folder, 1 << 20) as content:
        content.add(text.encode() if isinstance(text, str) else text)
        return jobs.submit(actor, name, more.pop("source", "lab"), content, **more).id


def test_a_file_is_read_and_told_of(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs, name="C:\\data\\institutions.csv")
    waiting = jobs.show(LAB, id)
    assert (waiting.value[STATE], waiting.name, waiting.events) == ("waiting", "institutions.csv", ["cancel"])
    assert waiting.value["size"] == len(ROWS.encode())
    (kept,) = (path for path in folder.rglob("*") if path.is_file())
    assert waiting.value["digest"] in str(kept) and stat.S_IMODE(kept.stat().st_mode) == 0o600
    work = Work(store, folder=folder)
    assert work.one() == id and work.one() is None
    done = jobs.show(LAB, id)
    assert done.value[STATE] == "done" and done.value["tries"] == 1 and done.has_rejects
    assert done.value["counts"] | {"read": 3, "added": 2, "rejected": 1} == done.value["counts"]
    report = jobs.report(LAB, id)
    assert report["total"]["added"] == 2 and "revision" not in report and str(folder) not in str(report)
    assert [(one["line"], one["problems"][0]["field"]) for one in report["files"][0]["rejections"]] == [(3, "name")]
    assert report["files"][0]["file"] == "institutions.csv"
    rows = jobs.rejects(LAB, id).read_text("utf-8-sig")
    assert "F2,,enterprise" in rows and "F1" not in rows
    assert len(list(store.scan(NodeKind.INSTITUTION))) == 2
    work.sweep()
    assert not kept.exists() and jobs.rejects(LAB, id).is_file()
    assert verify(store, FOLDS)[1] == []
    assert not store.documents([f"lease:job:{id}"])


def test_for_whom_a_job_is(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)
    Work(store, folder=folder).one()
    for stranger in (RIVAL, READER):
        assert list(jobs.listed(stranger)) == []
        for ask in (jobs.show, jobs.report, jobs.rejects, jobs.cancel):
            with pytest.raises(NotFound, match=f"there is no job {id}"):
                ask(stranger, id)
    assert [one.id for one in jobs.listed(OPERATOR)] == [id]
    assert jobs.show(OPERATOR, id).value["owner"] == "ins-lab"


def test_contact_data_of_rows_to_mend_is_masked(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs, "id,name,kind,description\nF2,,enterprise,call li.min@example.org or 13812345678\n")
    Work(store, folder=folder).one()
    rows = jobs.rejects(LAB, id).read_text("utf-8-sig")
    assert "example.org" not in rows and "13812345678" not in rows and "F2" in rows


def test_a_file_that_is_no_table_fails_with_the_reason(jobs: Jobs, store: Store, folder: Path) -> None:
    for text, name in (("a,b\n1,2\n", "numbers.csv"), (b"\x00\x01", "picture.png"), (b"PK\x03\x04broken", "broken.xlsx"), ("x", ".csv")):
        id = submitted(jobs, text, name=name)
        Work(store, folder=folder).one()
        failed = jobs.show(LAB, id).value
        assert failed[STATE] == "failed" and failed["reason"] and str(folder) not in failed["reason"], failed
    assert store.count() == {}


def test_a_workbook_s_rows_to_mend_come_in_one_archive(jobs: Jobs, store: Store, folder: Path) -> None:
    with io.BytesIO() as packed:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("institutions.csv", "id,name,kind\nF2,,enterprise\n")
            archive.writestr("experts.csv", "id,name\nE2,\n")
        id = submitted(jobs, packed.getvalue(), name="all.zip")
    Work(store, folder=folder).one()
    assert jobs.show(LAB, id).value["counts"]["rejected"] == 2
    with zipfile.ZipFile(jobs.rejects(LAB, id)) as archive:
        assert len(archive.namelist()) == 2


@pytest.mark.parametrize("name", ["", " ", "/", "..", "a/..", "x\n.csv", "x" * 250, "文" * 70, "\ud800.csv"])
def test_a_name_that_is_no_file_s_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        bare_name(name)


def test_what_may_not_be_handed_in(jobs: Jobs, folder: Path) -> None:
    sources = ({"source": one} for one in ("desk", " ", "x" * 101, "a\nb"))
    for text, more in (("", {}), (ROWS, {"name": ".."}), *((ROWS, one) for one in sources)):
        with pytest.raises(InvalidInput):
            submitted(jobs, text, **more)
    with pytest.raises(TooLarge), Incoming(folder, 3) as content:
        content.add(b"abcd")
    assert not [path for path in folder.rglob("*") if path.is_file()]
    for _ in range(WAITING):
        submitted(jobs)
    with pytest.raises(NotPossible):
        submitted(jobs)
    submitted(jobs, actor=RIVAL)


def test_a_job_is_one_worker_s(jobs: Jobs, store: Store, folder: Path) -> None:
    """Eight workers at once on ten jobs: each is begun once."""
    ids = {submitted(jobs, ROWS.replace("F", f"G{n}-")) for n in range(10)}
    workers = [Work(store, folder=folder) for _ in range(8)]
    done: list[str] = []

    def work(one: Work) -> None:
        for _ in range(30):
            if id := one.one():
                done.append(id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, workers))
    assert sorted(done) == sorted(ids)
    for id in ids:
        entries = [one.id for one in store.documents_since(0, [DocumentKind.ENTRY]) if one.id.startswith(f"job:{id}/")]
        assert len(entries) == 3, "submit, take, finish"
    assert verify(store, FOLDS)[1] == []


def test_one_that_lost_its_lease_ends_nothing(jobs: Jobs, store: Store, folder: Path) -> None:
    """A worker that was asleep beyond its lease: another has the job, and the first writes no end of it."""
    id = submitted(jobs)
    other = Work(store, folder=folder, **SHORT)

    def overtaken() -> None:
        held, version = leases.look(store, f"job:{id}")
        late = leases.Held(worker=held.worker, until="2000-01-01T00:00:00+00:00", told={})
        lease = leases.Lease(store, f"job:{id}", "x", version)
        store.write(_written(lease, late))
        assert other.one() == id

    asleep = Work(store, folder=folder, then=overtaken, lasts=timedelta(hours=1), renewed=timedelta(hours=1))
    assert asleep.one() == id
    value = jobs.show(LAB, id).value
    assert (value[STATE], value["tries"]) == ("done", 2)
    kinds = [one.kind for one in Journal(store, FOLDS).entries(f"job:{id}")]
    assert kinds == ["submit", "take", "resume", "finish"]


def _written(lease: leases.Lease, held: leases.Held) -> Any:
    return Batch(documents=[Document(lease.document().id, DocumentKind.LEASE, msgspec.json.encode(held), lease.document().version)])


def test_a_lease_is_renewed_while_the_work_goes_on(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)
    seen: list[str | None] = []
    other = Work(store, folder=folder, **SHORT)

    def long() -> None:
        for _ in range(10):
            threading.Event().wait(0.15)
            seen.append(other.one())

    assert Work(store, folder=folder, then=long, **SHORT).one() == id
    assert seen == [None] * 10 and jobs.show(LAB, id).value["tries"] == 1


def test_told_to_stop_it_leaves_the_job_for_the_next(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)
    stop = threading.Event()
    work = Work(store, folder=folder, stop=stop)
    progress = leases.Lease.tell

    def stopped(self: leases.Lease, **told: Any) -> None:
        stop.set()
        progress(self, **told)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(leases.Lease, "tell", stopped)
        assert work.one() == id
    value = jobs.show(LAB, id).value
    assert (value[STATE], value["tries"]) == ("waiting", 0)
    assert Work(store, folder=folder).one() == id
    assert jobs.show(LAB, id).value["counts"]["unchanged"] == 2, "the rows had landed, and nothing is there twice"


def test_a_job_that_is_cancelled_while_it_runs_stops(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)

    def cancelled() -> None:
        assert jobs.show(LAB, id).progress is not None
        jobs.cancel(LAB, id)

    Work(store, folder=folder, then=cancelled).one()
    assert jobs.show(LAB, id).value[STATE] == "cancelled"
    assert [one.kind for one in Journal(store, FOLDS).entries(f"job:{id}")] == ["submit", "take", "cancel"]
    with pytest.raises(NotPossible):
        jobs.cancel(LAB, id)
    assert Work(store, folder=folder).one() is None
    Work(store, folder=folder).sweep()
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_one_that_ends_its_process_each_time_is_given_up(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)

    def dies() -> None:
        raise KeyboardInterrupt

    for _ in range(TRIES):
        with pytest.raises(KeyboardInterrupt):
            Work(store, folder=folder, then=dies, **SHORT).one()
        assert jobs.show(LAB, id).value[STATE] == "running"
        threading.Event().wait(0.7)
    assert Work(store, folder=folder).one() is None
    assert jobs.show(LAB, id).value[STATE] == "failed"
    assert not store.documents([f"lease:job:{id}"])


def test_a_store_that_is_away_fails_no_job_and_a_mistake_does(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)

    def away() -> None:
        raise StoreAway("away")

    with pytest.raises(StoreAway):
        Work(store, folder=folder, then=away).one()
    assert jobs.show(LAB, id).value[STATE] == "waiting"

    def mistake() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Work(store, folder=folder, then=mistake).one()
    assert jobs.show(LAB, id).value[STATE] == "failed"


def test_what_is_old_goes(jobs: Jobs, store: Store, folder: Path) -> None:
    id = submitted(jobs)
    Work(store, folder=folder, keeps_files=True).one()
    Work(store, folder=folder, keeps_files=True).sweep()
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2
    Work(store, folder=folder, days=0, keeps_files=True).sweep()
    assert not [path for path in folder.rglob("*") if path.is_file()]
    for ask in (jobs.report, jobs.rejects):
        with pytest.raises(NotFound):
            ask(LAB, id)
    assert jobs.show(LAB, id).value["counts"]["read"] == 3
    assert verify(store, FOLDS)[1] == []


def test_the_states_of_the_table_are_those_that_are_asked_for() -> None:
    assert set(JOB.finals) == {"done", "failed", "cancelled"}
