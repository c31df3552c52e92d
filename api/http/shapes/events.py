"""Events and webhooks over HTTP.

In: values of ``desk.events``. Out: pydantic models. Next: ``api.http.routes.events`` and ``api.http.routes.webhooks``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.events.hooks import Hook
from desk.schemas import Public


class EventOut(Public):
    """Something that happened; what it says is read at ``place``."""

    id: str = Field(description="The same wherever and however often it is told.")
    kind: str = Field(description="The type of the thing and what was done with it.", examples=["demand.publish"])
    thing: str = Field(description="The id of the thing.")
    place: str = Field(description="Where the thing is read, as far as you may.", examples=["/v1/demands/4f1c2a9b7d30"])
    at: str = Field(description="The instant, UTC.")


class EventsOut(Public):
    """Events in order."""

    data: list[EventOut]
    next: str = Field(description="The cursor behind these: keep it, and ask with it as `after`.")
    more: bool = Field(description="Whether there are more now.")


class HookIn(Public):
    """A webhook to make."""

    url: str = Field(max_length=2000, description="An https address that messages are sent to.", examples=["https://crm.example.org/hook"])


class HookOut(Public):
    """A webhook as it stands."""

    id: str
    state: Literal["active", "disabled", "removed"]
    url: str = Field(description="The address; to the operator without its path, empty once it is removed.")
    owner: str = Field(description="The institution whose events are pushed.")
    scopes: list[str] = Field(description="What the events may be of.")
    created: str
    since: str = Field(description="When it was moved last.")
    reason: str = Field(description="Why it is disabled.")
    tries: int = Field(description="How often the message that is due was tried in vain.")
    due: str = Field(description="When it is tried next, if it was tried in vain.")
    events: list[str] = Field(description="What you can do with it.")

    @staticmethod
    def of(hook: Hook) -> HookOut:
        """The shape of a webhook."""
        plain = {name: hook.value[name] for name in ("state", "owner", "scopes", "created", "since", "reason")}
        return HookOut(id=hook.id, url=hook.url, tries=hook.sent.tries, due=hook.sent.due, events=hook.events, **plain)


class HookMade(Public):
    """A webhook with its secret, which is shown this once."""

    hook: HookOut
    secret: str = Field(description="What signatures are made with: keep it.")


class AttemptOut(Public):
    """A message that was sent, or could not be."""

    at: str
    event: str = Field(description="The event's id, which is the message's.")
    kind: str
    status: int = Field(description="Of the answer; 0 for none.")
    problem: str = Field(description="What was wrong; empty where it was taken.")
    milliseconds: int
