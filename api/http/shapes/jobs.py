"""Jobs over HTTP: how one stands, and what came of its rows.

In: ``Job`` of ``desk.jobs.jobs``, and its report. Out: pydantic models. Next: ``api.http.routes.jobs``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from desk.jobs.jobs import Job
from desk.schemas import Public


class ProgressOut(Public):
    """How far a job is."""

    read: int = Field(description="Bytes of the file whose rows are stored.")
    size: int = Field(description="Bytes of the file.")
    share: float = Field(description="The one by the other, from 0 to 1.")


class JobOut(Public):
    """A job as it stands."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    name: str = Field(description="What the file is called; empty where that was erased.")
    source: str
    owner: str = Field(description="The institution that handed it in.")
    size: int
    digest: str = Field(description="SHA-256 of the file.")
    encoding: str
    strict: bool
    submitted: str
    since: str = Field(description="When its state came about.")
    tries: int = Field(description="How often it was begun.")
    progress: ProgressOut | None = Field(description="While it runs.")
    counts: dict[str, int] | None = Field(description="Rows by what came of them, once it is done.")
    reason: str = Field(description="Why it failed.")
    unindexed: str = Field(description="Why questions do not find its rows yet, where something stood in the way of that.")
    has_rejects: bool = Field(description="Whether there are rows to mend.")
    events: list[str] = Field(description="What you can do with it.")

    @staticmethod
    def of(job: Job) -> JobOut:
        """The shape of a job."""
        value = job.value
        plain = {name: value[name] for name in ("state", "source", "owner", "size", "digest", "encoding", "strict", "submitted", "tries")}
        return JobOut(
            **plain, id=job.id, name=job.name, since=value["since"], counts=value.get("counts"), reason=value.get("reason", ""),
            unindexed=value.get("unindexed", ""), has_rejects=job.has_rejects, events=job.events,
            progress=ProgressOut.model_validate(job.progress) if job.progress else None,
        )  # fmt: skip


class ReportOut(Public):
    """What came of the rows of a job, as ``dovetail ingest --json`` tells it."""

    files: list[dict[str, Any]] = Field(description="Of each table: counts, reasons, the first 100 rejections, cells set aside, notes.")
    skipped: list[dict[str, Any]] = Field(description="Tables that were not read, with the reason.")
    total: dict[str, int] = Field(description="The counts of all tables.")
