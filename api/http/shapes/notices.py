"""Saved searches, what is followed, and the hand-over of a board, over HTTP.

In: values of ``leads.subscriptions`` and ``leads.board.hand_over``. Out: pydantic models. Next: the modules of ``api.http.routes.notices``.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from pydantic import ConfigDict, Field

from api.http.shapes.leads import State
from desk.schemas import Name, Public
from leads.board.hand_over import HandOver
from leads.subscriptions.filters import Filters, Found
from leads.subscriptions.follows import Follow
from leads.subscriptions.search import CAP, MOST
from leads.subscriptions.searches import Search

Cadence = Literal["at_once", "daily", "weekly"]
_TEXT = 200


class LeadFilters(Public):
    """Which leads a search finds; nothing said is no filter."""

    text: str = Field("", max_length=_TEXT, description="Words that all stand in what you see of both ends.")
    side: Literal["", "need", "offer"] = Field("", description="What you look for, and so whose leads the cap counts.")
    states: list[State] = Field([], max_length=8, description="States of a lead; those that are open, if none is named.")
    firm: str = Field("", max_length=_TEXT, description="An institution on either side.")
    need: str = Field("", max_length=_TEXT, description="A demand, or an institution that needs.")
    offer: str = Field("", max_length=_TEXT, description="A result, an expert or an institution that offers.")
    field: str = Field("", max_length=_TEXT, description="A code or words of an industry.")
    region: str = Field("", max_length=_TEXT, description="A place that the need lies in.")
    broker: str = Field("", max_length=_TEXT, description="The broker to whom it is assigned.")
    fit: float = Field(0.0, ge=0, le=1, description="How well it fits, at least.")

    def filters(self) -> Filters:
        """The same for ``leads``."""
        return msgspec.convert({name: said for name, said in self.model_dump().items() if said not in ("", [], 0.0)}, Filters)


class SearchIn(Public):
    """A search to save."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Coatings", "filters": {"text": "coating"}}]})

    name: str = Field("", max_length=_TEXT, description="What you call it.")
    filters: LeadFilters = Field(default_factory=lambda: LeadFilters.model_validate({}))
    cadence: Cadence = Field("daily", description="When letters go out.")
    cap: int = Field(CAP, ge=1, le=MOST, description="Leads of one partner that a letter names; the others are counted.")
    member: str = Field("", max_length=100, description="The member of your institution to whom letters go; you, if you are one.")


class SearchOut(Public):
    """A saved search as it stands."""

    id: str
    name: str
    state: Literal["active", "paused", "stopped"]
    filters: LeadFilters
    cadence: Cadence
    cap: int
    by: str = Field(description="Who saved it.")
    member: str = Field(description="To whom letters go; empty for nobody: then it is read as a feed.")
    institution: str
    created: str
    since: str = Field(description="When it was moved last.")
    has_feed: bool = Field(description="Whether there is an address where a program reads it.")
    events: list[str] = Field(description="What you can do with it.")

    @staticmethod
    def of(one: Search) -> SearchOut:
        """The shape of a search."""
        plain = {name: one.value[name] for name in ("state", "cadence", "cap", "by", "member", "institution", "created", "since")}
        filters = LeadFilters.model_validate({name: getattr(one.filters, name) for name in LeadFilters.model_fields})
        return SearchOut(id=one.id, name=one.name, filters=filters, has_feed=one.has_feed, events=list(one.events), **plain)


class FoundOut(Public):
    """A lead that a search finds."""

    id: str
    state: str
    fit: float = Field(description="0 where the need is not yours to see.")
    found: str = Field(description="The day on which it came up.")
    since: str = Field(description="The day since which it is in its state.")
    need: str = Field(description="What the need is called; empty where it is not yours to see.")
    offer: str = Field(description="What the offer is called.")

    @staticmethod
    def of(one: Found) -> FoundOut:
        """The shape of a found lead."""
        return FoundOut(id=one.id, state=one.state, fit=one.fit, found=one.day, since=one.since, need=one.need, offer=one.offer)


class FeedOut(Public):
    """The addresses of a search's feed, which are shown this once: whoever has them reads it."""

    atom: str
    json_feed: str


class FollowIn(Public):
    """A thing to follow."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"thing": "D03"}]})

    thing: Name = Field(description="A lead, a demand, a result, an expert, an institution; or board, for your own leads.")
    cadence: Cadence = "daily"
    member: str = Field("", max_length=100, description="The member of your institution who follows; you, if you are one.")


class FollowOut(Public):
    """What is followed."""

    id: str
    thing: str = Field(description="Its id; of a lead with lead: before it.")
    state: Literal["following", "ended"]
    member: str
    cadence: Cadence
    since: str

    @staticmethod
    def of(one: Follow) -> FollowOut:
        """The shape of a following."""
        plain = {name: one.value[name] for name in ("state", "member", "cadence", "since")}
        return FollowOut(id=one.id, thing=one.thing, **plain)


class HandOverIn(Public):
    """A board to hand over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"of": "I13", "to": "I04"}]})

    to: Name = Field(description="The broker who takes it.")
    of: str = Field("", max_length=_TEXT, description="Whose board; your own, if it is not said.")
    person: str = Field("", max_length=100, description="The principal there who gets the leads.")


class KeptOut(Public):
    """A lead that did not go over, and why."""

    id: str
    reason: str


class HandOverOut(Public):
    """What went over, and what did not."""

    moved: list[str]
    kept: list[KeptOut]

    @staticmethod
    def of(one: HandOver) -> HandOverOut:
        """The shape of a hand-over."""
        return HandOverOut(moved=one.moved, kept=[KeptOut(id=kept.id, reason=kept.reason) for kept in one.kept])


class Stopped(Public):
    """What a link ended."""

    ended: int = Field(description="Searches and followings; 0 where that was done before.")
