"""Answers that are kept, over HTTP.

In: bodies; values of ``desk.answers``. Out: pydantic models. Next: ``api.http.routes.answers``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from desk.answers.answers import Kept
from desk.schemas import MatchAnswer, MatchRequest, Name, Public


class AnswerIn(Public):
    """A question whose answer is to be kept, and why."""

    request: MatchRequest = Field(description="The question, as for /v1/match.")
    purpose: Literal["sent", "proposed", "kept"] = Field(description="Why it is kept.")
    to: Name | None = Field(None, description="The institution that it is sent or proposed to.")
    person: str = Field("", max_length=500, description="Who it is sent or proposed to, where that is no institution here.")


class AnswerOut(Public):
    """An answer that was kept."""

    id: str
    state: Literal["kept", "erased"]
    purpose: str
    owner: str = Field(description="The institution that keeps it.")
    recipient: str = Field(description="The institution that it was sent to; empty for none.")
    person: str = Field(description="Who it was sent to otherwise; for the owner.")
    kept: str = Field(description="When it was given.")
    hash: str = Field(description="Commitment to the answer: SHA-256 of a random salt and its canonical JSON.")
    revision: int | None = Field(description="Of the store, for the operator; null for others.")
    scale: str
    model: str
    asks: dict[str, Any] = Field(description="What was asked for, without its text: the filters too.")
    answer: dict[str, Any] | None = Field(description="The answer, as /v1/match gave it; null where it was erased.")
    events: list[str] = Field(description="What you can do with it.")

    @staticmethod
    def of(kept: Kept) -> AnswerOut:
        """The shape of an answer that was kept."""
        names = ("state", "purpose", "owner", "recipient", "kept", "hash", "scale", "model", "asks")
        plain = {name: kept.value[name] for name in names}
        return AnswerOut(id=kept.id, person=kept.person, revision=kept.revision, answer=kept.answer, events=kept.events, **plain)


class EraseIn(Public):
    """Why something is erased."""

    reason: str = Field("", max_length=2000)


class FactChangeOut(Public):
    """A fact that is another than it was."""

    id: str
    change: Literal["changed", "new", "gone"]
    what: str = Field(description="What it says in words; of one that is gone, what it said.")


class TermChangeOut(Public):
    """A term's points then and now."""

    name: str
    then: int | None
    now: int | None


class CandidateChangeOut(Public):
    """A candidate that stands otherwise than it did; null where it was not, or is not, listed."""

    candidate: str
    name: str
    rank_then: int | None
    rank_now: int | None
    score_then: int | None
    score_now: int | None
    terms: list[TermChangeOut]
    facts: list[str] = Field(description="The changed facts that its match cites, then or now.")


class ReplayOut(Public):
    """What comes out now, and what changed it."""

    id: str
    hash: str = Field(description="Of the answer that was kept.")
    as_of: str
    same: bool = Field(description="Whether it is the answer that was kept.")
    scale_changed: bool = Field(description="Whether points are measured otherwise.")
    model_changed: bool = Field(description="Whether texts are read by another model.")
    candidates: list[CandidateChangeOut]
    facts: list[FactChangeOut]
    answer: MatchAnswer


class ExportOut(Public):
    """What anybody can check without this service: ``dovetail answers verify``."""

    format: str
    entries: list[dict[str, Any]]
    personal: dict[str, dict[str, dict[str, str]]]
    head: dict[str, Any]
