"""Jobs: files handed in to be read, how far each is, and what came of it.

In: who hands in which file, under which source. Out: the ``Job`` as it stands; its report and its rows to mend, for the institution that
handed it in and the operator. Next: ``api.http.routes.jobs`` and ``api.cli.programs.jobs``; ``desk.jobs.work`` reads the files.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from desk.jobs.incoming import Incoming, bare_name
from desk.jobs.leases import instant, look, removals
from desk.journal.journal import Journal, State
from desk.journal.states import states
from desk.people.secret_files import jobs_folder
from desk.people.sight import SOURCE
from desk.process.act import STATE, Act, act, seen
from desk.process.principals import Actor, Scope
from desk.process.programs.job import FOLD, JOB, NAME
from desk.process.table import Value, Who
from graph.errors import Conflict, InvalidInput, NotFound, NotPossible
from graph.language import _
from graph.store import Batch, Store

FOLDS = {JOB.name: FOLD}
WAITING = 20
"""How many jobs of an institution may wait or run at a time."""
SOURCE_LETTERS = 100
_TRIES = 5
FINAL = tuple(JOB.finals)


class Progress(msgspec.Struct, frozen=True):
    """How far a job is: bytes of the file that are read and stored, all of its bytes, and the share."""

    read: int
    size: int
    share: float


class Job(msgspec.Struct, frozen=True):
    """A job as it stands. ``name``: what the file is called, empty where that was erased; ``progress``: while it runs; ``events``: what the
    one who looks can do; ``has_rejects``: whether there are rows to mend."""

    id: str
    name: str
    value: Value
    at: str
    progress: Progress | None
    has_rejects: bool
    events: list[str]


class Jobs:
    """The jobs of a store."""

    def __init__(self, store: Store, folder: Path | None = None, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)
        self.folder = folder or jobs_folder(store)

    def submit(self, actor: Actor, name: str, source: str, content: Incoming, *, encoding: str = "", strict: bool = False) -> Job:
        """Hand in a file. Raises InvalidInput for a file, a name or a source that will not do, NotPossible where too many of the
        institution wait."""
        name, source = bare_name(name), _source(source)
        if not content.size:
            raise InvalidInput("is empty", field="body")
        if not actor.institution and not actor.runs:
            raise InvalidInput("whoever hands in a file is a member of an institution", field="actor")
        unfinished = [one for one in self.listed(actor) if one.value[STATE] not in FINAL and one.value["owner"] == actor.institution]
        if len(unfinished) >= WAITING:
            raise NotPossible(_("{count} jobs wait or run already; hand it in when one is done", count=len(unfinished)))
        id = secrets.token_hex(6)
        path = content.keep(id, name)
        says: dict[str, Any] = {"digest": content.digest, "size": content.size, "source": source}
        says |= {key: said for key, said in (("owner", actor.institution), ("encoding", encoding), ("strict", strict)) if said}
        try:
            one = Act(id=id, event="submit", actor=actor.id, relations=relations(actor, says), says=says, personal={NAME: name})
            act(self._journal, JOB, one)
        except BaseException:
            path.unlink(missing_ok=True)
            path.parent.rmdir()
            raise
        return self.show(actor, id)

    def show(self, actor: Actor, id: str) -> Job:
        """A job as it stands. Raises NotFound for one that is not the actor's to see."""
        state, _related = seen(self._journal, JOB, id, lambda value: relations(actor, value))
        return self._job(actor, id, state)

    def listed(self, actor: Actor) -> Iterator[Job]:
        """The jobs that are the actor's to see, in the order of their last events."""
        for id, state in states(self._store, JOB.name):
            if relations(actor, state.value):
                yield self._job(actor, id, state)

    def cancel(self, actor: Actor, id: str) -> Job:
        """Give a job up; whoever reads it stops with the next rows. Raises NotFound for one that is not the actor's to see."""
        one = Act(id=id, event="cancel", actor=actor.id, relations=relations(actor, self.show(actor, id).value))
        for left in reversed(range(_TRIES)):
            try:
                act(self._journal, JOB, one, lambda *_: Batch(documents=removals(self._store, f"{JOB.name}:{id}")))
                break
            except Conflict:  # the lease was renewed at the same time
                if not left:
                    raise
        return self.show(actor, id)

    def report(self, actor: Actor, id: str) -> dict[str, Any]:
        """What came of the rows of a job: counts, and reasons. Raises NotFound as ``show`` does, and where there is none (any more)."""
        self.show(actor, id)
        held = self._store.documents([report_id(id)]).get(report_id(id))
        if held is None:
            raise NotFound(_("the job {id} has no report, or has it no more", id=id))
        return dict(msgspec.json.decode(held.content))

    def rejects(self, actor: Actor, id: str) -> Path:
        """The file of rows to mend. Raises NotFound as ``show`` does, and where there is none (any more)."""
        self.show(actor, id)
        found = self._rejects(id)
        if found is None:
            raise NotFound(_("the job {id} has no rows to mend, or has them no more", id=id))
        return found

    def _rejects(self, id: str) -> Path | None:
        folder = rejects_folder(self.folder, id)
        return next(iter(sorted(folder.iterdir())), None) if folder.is_dir() else None

    def _job(self, actor: Actor, id: str, state: State) -> Job:
        value, progress = state.value, None
        if value[STATE] == "running":
            told = look(self._store, f"{JOB.name}:{id}")[0].told
            size = told.get("size") or value["size"]
            read = min(told.get("read", 0), size)
            progress = Progress(read, size, round(read / size, 3) if size else 0.0)
        name = self._journal.personal(f"{JOB.name}:{id}", 1, NAME) or ""
        events = JOB.open_to(relations(actor, value), value, instant())
        return Job(id, name, value, state.at, progress, self._rejects(id) is not None, events)


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a job: whoever may feed for its institution cares for it."""
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(value.get("owner")) and Scope.INGEST in actor.scopes:
        found.add(Who.OWNER)
    return frozenset(found)


def report_id(id: str) -> str:
    """The document that keeps the report of a job."""
    return f"report:{id}"


def rejects_folder(folder: Path, id: str) -> Path:
    """Where the rows to mend of a job lie."""
    return folder / "rejects" / id


def _source(text: str) -> str:
    source = text.strip()
    if not source or len(source) > SOURCE_LETTERS or not source.isprintable():
        raise InvalidInput(_("a source has a name of 1 to {most} letters", most=SOURCE_LETTERS), field="source")
    if source == SOURCE:
        raise InvalidInput(_("{source} is the name of what is posted here", source=SOURCE), field="source")
    return source
