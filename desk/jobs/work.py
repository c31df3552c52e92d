"""The reading of the files that were handed in: a waiting job, or one whose lease has run out, is taken, read and ended.

In: a store and its folder of jobs. Out: rows in the store; the job's report and its rows to mend. Next: ``api.http.background`` runs one
``Work`` a process.

A job is taken by one write: its step in the journal and the lease together, so of two processes one gets it. After ``kill -9`` the lease
runs out, and another process reads the file from its beginning: what is stored already changes nothing. The end is one write too: the step,
the report, and the removal of the lease, which a process that has lost it cannot write.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from desk import ingest
from desk.jobs.incoming import discard, place
from desk.jobs.jobs import FINAL, FOLDS, rejects_folder, report_id
from desk.jobs.leases import LASTS, RENEWED, Lease, Lost, instant, look, removals, taken
from desk.journal.journal import Journal
from desk.journal.states import states
from desk.people.secret_files import jobs_folder
from desk.process.act import STATE, Act, act
from desk.process.principals import CLOCK
from desk.process.programs.job import JOB, TRIES
from desk.process.table import Value, Who
from graph import private
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, DovetailError, NotPossible, StoreError
from graph.language import N_, _
from graph.store import Batch, Store
from ingest.report import Report

COUNTS = ("read", "added", "changed", "unchanged", "merged", "rejected", "left_out", "set_aside")
_MISTAKE = N_("a mistake of the service; its log says what")
_GONE = N_("the file is gone; hand it in again")
_TOO_OFTEN = N_("the process that read it ended each time")


class Stopped(Exception):
    """The process is told to stop."""


class Work:
    """The jobs that this process does, one after the other. ``then``: called when the rows of one are stored; ``days``: how long reports
    and rows to mend are kept; ``keeps_files``: whether a file stays when it is read."""

    def __init__(
        self, store: Store, *, stop: threading.Event | None = None, then: Callable[[], None] = lambda: None, folder: Path | None = None,
        days: int = 30, keeps_files: bool = False, lasts: timedelta = LASTS, renewed: timedelta = RENEWED,
    ) -> None:  # fmt: skip
        self._store, self._journal, self._folder = store, Journal(store, FOLDS), folder or jobs_folder(store)
        self._stop, self._then, self._days, self._keeps_files = stop or threading.Event(), then, days, keeps_files
        self._times = {"lasts": lasts, "renewed": renewed}
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"

    def one(self) -> str | None:
        """Do one job that waits or was left; its id, None where there is none. Raises StoreError where the store is away."""
        for id, state in states(self._store, JOB.name):
            if self._stop.is_set():
                return None
            if state.value[STATE] in FINAL:
                continue
            if state.value["tries"] >= TRIES:
                self._give_up(id, state.number)
                continue
            lease = self._taken(id, state.number, "take" if state.value[STATE] == "waiting" else "resume")
            if lease:
                self._run(id, state.value, lease)
                return id
        return None

    def sweep(self) -> None:
        """Delete the files of jobs that have ended, and what is older than is kept."""
        before = instant(datetime.now(UTC) - timedelta(days=self._days))
        for id, state in states(self._store, JOB.name):
            if state.value[STATE] not in FINAL:
                continue
            if not self._keeps_files or state.at < before:
                discard(self._folder, state.value["digest"], id)
            if state.at < before or state.value[STATE] != "done":
                shutil.rmtree(rejects_folder(self._folder, id), ignore_errors=True)
                held = self._store.documents([report_id(id)]).get(report_id(id))
                if held:
                    self._store.write(Batch(documents=[Document(held.id, held.kind, b"", held.version)]))

    def _taken(self, id: str, number: int, event: str) -> Lease | None:
        def write(document: Document) -> None:
            self._act(id, event, {}, number, [document])

        return taken(self._store, f"{JOB.name}:{id}", self._name, write, **self._times)

    def _give_up(self, id: str, number: int) -> None:
        if not look(self._store, f"{JOB.name}:{id}")[0].is_good(instant()):
            with suppress(Conflict, NotPossible):  # another process has said so
                self._act(id, "fail", {"reason": _(_TOO_OFTEN)}, number, removals(self._store, f"{JOB.name}:{id}"))

    def _run(self, id: str, value: Value, lease: Lease) -> None:
        scratch = self._folder / f".rejects-{id}-{secrets.token_hex(4)}"
        try:
            self._read(id, value, lease, scratch)
        except Lost:
            return
        except (Stopped, StoreError) as error:
            self._end(id, "release", {"stopped": True} if isinstance(error, Stopped) else {}, lease)
            if isinstance(error, StoreError):
                raise
        except DovetailError as error:
            self._end(id, "fail", {"reason": str(error).replace(f"{self._path(id, value).parent}{os.sep}", "")}, lease)
        except Exception:
            self._end(id, "fail", {"reason": _(_MISTAKE)}, lease)
            raise
        finally:
            lease.end()
            shutil.rmtree(scratch, ignore_errors=True)

    def _read(self, id: str, value: Value, lease: Lease, scratch: Path) -> None:
        path = self._path(id, value)
        if not path.is_file():
            raise DovetailError(_(_GONE))
        files = ingest.Files([path], value["source"], None, value["encoding"] or None, value["strict"])

        def progress(read: int, size: int | None, _name: str) -> None:
            lease.tell(read=read, size=size or 0)
            if self._stop.is_set():
                raise Stopped

        report = ingest.ingest(self._store, files, rejects=scratch, progress=progress)
        lease.check()
        told = _told(report, path)
        says: dict[str, Any] = {"counts": {name: report.total(name) for name in COUNTS}}
        try:
            self._then()
        except StoreError:
            raise
        except DovetailError as error:
            says["unindexed"] = str(error)
        if not report.files:
            raise DovetailError(_("nothing in the file is a table that is understood; the formats are in docs/data-formats.md"))
        lease.renew()
        self._put_rejects(scratch, rejects_folder(self._folder, id))
        self._end(id, "finish", says, lease, [Document(report_id(id), DocumentKind.REPORT, msgspec.json.encode(told))])

    def _path(self, id: str, value: Value) -> Path:
        """The one file in its folder: what it is called may have been erased."""
        folder = place(self._folder, value["digest"], id, "x").parent
        return next(folder.iterdir(), folder) if folder.is_dir() else folder

    def _put_rejects(self, scratch: Path, target: Path) -> None:
        """The file of rows to mend; of several, as a workbook has them, an archive."""
        if not scratch.is_dir():
            return
        found = sorted(scratch.iterdir())
        if len(found) > 1:
            with private.writing(scratch / "rejected.zip") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
                for one in found:
                    packed.write(one, one.name)
            for one in found:
                one.unlink()
        private.folder(target.parent)
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)

    def _end(self, id: str, event: str, says: Mapping[str, Any], lease: Lease, documents: list[Document] | None = None) -> None:
        """Write the end of the work with the removal of the lease; where it is another's by now, nothing."""
        lease.end()
        try:
            self._act(id, event, says, None, [lease.removal(), *(documents or [])])
        except (Conflict, NotPossible):
            return
        except StoreError:  # it stays as it is until the lease has run out
            if event != "release":
                raise

    def _act(self, id: str, event: str, says: Mapping[str, Any], number: int | None, documents: list[Document]) -> None:
        if number is not None:
            self._journal.decided_upon(f"{JOB.name}:{id}", number)
        one = Act(id=id, event=event, actor=CLOCK.id, relations={Who.CLOCK}, says=says)
        act(self._journal, JOB, one, lambda *_: Batch(documents=documents))


def _told(report: Report, path: Path) -> dict[str, Any]:
    """The report without what tells of the store beyond the file: its revision, and how many things it holds by now."""
    plain = report.to_dict()
    shown: dict[str, Any] = {name: plain[name] for name in ("files", "skipped", "total")}
    for one in (*shown["files"], *shown["skipped"]):
        one["file"] = one["file"].replace(str(path), path.name)
    for one in shown["files"]:
        del one["rejects_file"]
    return shown
