"""What the probes tell of a service.

In: nothing. Out: pydantic models. Next: ``api.http.routes.probes``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.schemas import Public


class Live(Public):
    """The process is up."""

    live: Literal[True] = True


class Readiness(Public):
    """Whether a service can be sent questions. How far it is behind is told without numbers, which would tell of what is hidden."""

    ready: bool = Field(description="The store can be read, and a snapshot answers.")
    state: Literal["ok", "starting", "no index", "damaged index", "failing"]
    answers: bool = Field(description="A snapshot answers questions, whether the store can be read or not.")
    behind: bool | None = Field(
        description="The store has changes that answers do not know of yet; null while one of the two is not there."
    )
    texts_behind: bool | None = Field(
        description="There are texts that no answer knows of yet, as far as changes have been read; null before the first snapshot."
    )
    stale_seconds: float | None = Field(description="How long ago the snapshot was last known to be the newest state of the store.")
    model: str | None = Field(description="The model that answers, or the one that will; null before it is known.")
    reason: str = ""
