"""Demands over HTTP: what is posted, what is said with an event, how a demand stands.

In: bodies; ``Posted`` of ``desk.people.demands``. Out: pydantic models. Next: ``api.http.routes.demands``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from desk.people.admissions import Reason
from desk.people.demands import Posted
from desk.schemas import Name, Public
from graph.model import Visibility

Event = Literal[
    "revise", "confirm", "submit", "return", "accept", "publish", "tease", "untease", "reconfirm", "talk", "part", "solve", "diagnose",
    "track", "withdraw",
]
State = Literal[
    "draft", "submitted", "returned", "accepted", "published", "in_talks", "solved", "second_diagnosis", "long_tracking", "withdrawn",
    "expired",
]


class DemandIn(Public):
    """A demand to begin. ``content``: its fields, with values as a file may have them (docs/data-formats.md)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"content": {"title": "Coating thickness measured in line", "budget": "30-50万", "deadline": "2027-03"}}]
        }
    )

    content: dict[str, Any] = Field(
        description="Fields of a demand: title, description, budget, deadline, industry, regions, trl_min, requirements, ..."
    )
    owner: Name | None = Field(None, description="The firm whose demand it is, where you act for it.")
    mandate: str | None = Field(None, max_length=10, description="The day on which the firm let you act for it; with owner.")


class EventIn(Public):
    """Something that is done with a demand, and what is said with it: which fields an event needs is in docs/processes.md."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event": "withdraw", "reason": "solved in house"}]})

    event: Event
    content: dict[str, Any] | None = Field(None, description="Of revise: what the demand says now.")
    no_secrets: bool | None = Field(None, description="Of submit: it is declared that no secret is in it.")
    questions: list[str] | None = Field(None, max_length=20, description="Of return: what is to be said more clearly.")
    visibility: Visibility | None = Field(None, description="Of publish: who may see it.")
    field: str | None = Field(None, max_length=60, description="Of tease: its field, in a few words.")
    region: str | None = Field(None, max_length=60, description="Of tease: its region.")
    by: Name | None = Field(None, description="Of solve: the institution that solves it.")
    reason: str | None = Field(None, max_length=2000, description="Of withdraw: why.")

    def says(self) -> dict[str, Any]:
        """What is said with the event, without what it says of the demand itself."""
        return self.model_dump(exclude_none=True, exclude={"event", "content"}, mode="json")


class LetIn(Public):
    """Who may see a thing, or could until a day, and why."""

    institution: str
    why: str
    since: str = ""
    until: str = ""

    @staticmethod
    def of(reason: Reason) -> LetIn:
        return LetIn(institution=reason.institution, why=reason.why, since=reason.since, until=reason.until)


class DemandOut(Public):
    """A demand as it stands for the caller. Empty and null: not there yet, or not for the caller's eyes."""

    id: str
    node: str = Field(description="Its id in the graph, for /v1/nodes and /v1/match; empty before it is published.")
    state: State
    since: str
    owner: str
    content: dict[str, Any] = Field(description="What it says; empty where that was erased.")
    visibility: Visibility | None
    agent: str
    mandate: str
    confirmed: bool
    until: str = Field(description="The day until which it stands if nobody reconfirms it.")
    questions: list[str]
    teaser: str = Field(description="The source id of its teaser, where one stands.")
    solved_by: str
    seen: list[LetIn] = Field(description="Who was let in, when it is closed.")
    events: list[str] = Field(description="What the caller can do with it.")

    @staticmethod
    def of(posted: Posted) -> DemandOut:
        value = posted.value
        return DemandOut(
            id=posted.id, node=posted.node, state=value["state"], since=value["since"], owner=value["owner"], content=posted.content,
            visibility=value.get("visibility") or None, agent=value.get("agent", ""), mandate=value.get("mandate", ""),
            confirmed=value.get("confirmed", False), until=value.get("until", ""), questions=value.get("questions", []),
            teaser=value.get("teaser", ""), solved_by=value.get("solved_by", ""), seen=value.get("seen", []), events=posted.events,
        )  # fmt: skip


class EntryOut(Public):
    """A line of a history: what was done, when and by whom. Personal values are not in it."""

    number: int
    kind: str
    actor: str
    at: str
    body: dict[str, Any]
