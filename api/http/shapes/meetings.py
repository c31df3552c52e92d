"""Meetings and the monthly report over HTTP.

In: bodies; what ``leads.meetings`` and ``leads.report`` give. Out: pydantic models. Next: ``api.http.routes.meetings`` and
``api.http.routes.report``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import ConfigDict, Field

from desk.schemas import Name, Public
from desk.shapes.fields import Day, Flag
from leads.meetings.meetings import Meetings
from leads.meetings.model import Meeting
from leads.meetings.process import PEOPLE, SLOTS, TABLES
from leads.report.report import Report

LeadId = Annotated[str, Field(min_length=1, max_length=100, description="A lead.")]
Side = Literal["need", "offer"]
Text = Field("", max_length=2000)
Slot = Annotated[Name, Field(max_length=40)]
Seats = Annotated[int, Field(ge=2, le=2 * PEOPLE)]


class MeetingIn(Public):
    """A meeting to be planned."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Coatings day", "day": "2026-06-10", "slots": ["09:00", "09:20"], "tables": [4, 2]}]}
    )

    title: str = Field(min_length=1, max_length=200)
    day: Day = Field(description="The day, as 2026-06-10.")
    slots: list[Slot] = Field(min_length=1, max_length=SLOTS, description="The times at which talks begin, in order.")
    tables: list[Seats] = Field(min_length=1, max_length=TABLES, description="The seats of each table.")
    place: str = Field("", max_length=200)
    organiser: Name | None = Field(None, description="As the operator: the institution that holds it.")


class InvitationsIn(Public):
    """Leads to invite."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"leads": ["0123456789abcdef"]}]})

    leads: list[LeadId] = Field(min_length=1, max_length=100, description="Leads whose two sides are invited.")


class MeetingEventIn(Public):
    """Something that is done with a meeting; which fields it takes is in docs/processes.md."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event": "cancel", "reason": "The hall is taken."}]})

    event: Literal["answer", "schedule", "attend", "close", "cancel"]
    lead: LeadId | None = Field(None, description="Of answer and attend.")
    side: Side | None = Field(None, description="Of answer and attend.")
    answer: Literal["accepted", "declined"] | None = None
    on_word: str = Field("", max_length=20, description="Of answer: how the side's word was got, where another notes it.")
    people: int | None = Field(None, ge=1, le=PEOPLE, description="Of answer: how many come.")
    delegation: int | None = Field(None, ge=1, le=PEOPLE, description="Of answer: which of its groups sits there.")
    came: Flag | None = Field(None, description="Of attend.")
    intention: Literal["", "none", "talks", "visit", "trial", "agreement"] = Field("", description="Of attend: what the side means to do.")
    anew: Flag = Field(False, description="Of schedule: nobody keeps the slot that was given before.")
    reason: str = Text

    def do(self, meetings: Meetings, actor: Any, id: str) -> Meeting:
        """Do it."""
        lead, side = self.lead or "", self.side or ""
        if self.event == "answer":
            more: dict[str, Any] = {"on_word": self.on_word, "people": self.people, "delegation": self.delegation}
            return meetings.answer(actor, id, lead, side, self.answer or "", **more)
        if self.event == "schedule":
            return meetings.schedule(actor, id, anew=self.anew)
        if self.event == "attend":
            return meetings.attend(actor, id, lead, side, came=self.came, intention=self.intention)
        return meetings.do(actor, id, self.event, self.reason)


class OutcomeIn(Public):
    """What has come of a talk."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"lead": "0123456789abcdef", "text": "They meet again in July."}]})

    lead: LeadId
    after: Literal[0, 30, 90] = Field(0, description="So many days after the meeting.")
    move: str = Field("", max_length=40, description="The event by which the lead moves; without, nothing has changed.")
    says: dict[str, str | float | bool] = Field(default_factory=dict, max_length=20, description="What is said with that event.")
    text: str = Text


class TalkOut(Public):
    lead: str
    need: str | None = Field(description="The node that needs; null where it is not for the caller's eyes.")
    offer: str
    about: str | None = Field(description="The institution that needs; null where it is not for the caller's eyes.")
    houses: list[str] = Field(description="The institutions that offer.")
    state: str = Field(description="Of the lead.")
    answers: dict[str, str] = Field(description="By side; the other side's once both have said yes.")
    people: dict[str, int]
    slot: str | None
    table: int | None = Field(description="Its number, from 1.")
    why: str = Field(description="Why it has no table, in words.")
    came: dict[str, bool]
    intentions: dict[str, str]
    outcomes: dict[str, dict[str, Any]] = Field(description="By days after the meeting.")
    due: list[str] = Field(description="Days on which it was to be followed up, and was not.")


class MeetingOut(Public):
    id: str
    state: Literal["planned", "invited", "held", "closed", "cancelled"]
    title: str
    day: str
    place: str
    organiser: str | None = Field(description="The institution that holds it; null for the operator.")
    slots: list[str]
    tables: list[int] = Field(description="The seats of each; empty for a guest.")
    talks: list[TalkOut] = Field(description="Those that are for the caller's eyes.")
    is_best: bool = Field(description="Whether no more talks can be held.")
    events: list[str] = Field(description="What the caller can do with it.")

    @staticmethod
    def of(one: Meeting) -> MeetingOut:
        said = msgspec.to_builtins(one)
        talks = [
            TalkOut(**talk | {name: talk[name] or None for name in ("need", "about", "slot", "table")}) for talk in said["talks"]
        ]  # fmt: skip
        kept = {name: said[name] for name in MeetingOut.model_fields}
        return MeetingOut(**kept | {"organiser": one.organiser or None, "talks": talks})


class CellOut(Public):
    measure: str
    by: str = Field(description="Empty for all, else type, field or district.")
    key: str = Field(description="The code of that; empty where it is not known.")
    currency: str = Field(description="Of money; empty for a count, and where it is not told.")
    is_money: bool
    value: int = Field(description="A count; of money, whole minor units of the currency.")
    documents: list[str] = Field(description="What is behind the number: nodes, entries of the journal, meetings.")


class MeaningOut(Public):
    measure: str
    version: int
    day: str = Field(description="The day from which this is its meaning.")
    text: str
    by: list[str]
    is_money: bool


class MonthOut(Public):
    """The report of a month."""

    month: str
    view: str = Field(description="Whose it is: operator, or a broker's institution.")
    is_over: bool = Field(description="Whether the month is.")
    definitions: list[MeaningOut]
    common: list[str]
    cells: list[CellOut]

    @staticmethod
    def of(one: Report) -> MonthOut:
        return MonthOut.model_validate(msgspec.to_builtins(one))
