"""Leads over HTTP: what is said with an event, how a lead stands, lists, the funnel and who is credited.

In: bodies; the values of ``leads``. Out: pydantic models. Next: ``api.http.routes.leads``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import ConfigDict, Field

from desk.schemas import Name, Public
from desk.shapes.fields import Flag
from leads.board.funnel import Funnel
from leads.board.listing import Listed, Listing
from leads.credit.attribution import Credit
from leads.model import Lead, Suggestion
from leads.suggest.refresh import Refreshed

State = Literal["suggested", "shortlisted", "proposed", "introduced", "talks", "agreement", "closed", "declined"]
Reason = Literal["too_early", "gain_unclear", "no_route", "wrong_field", "price", "capacity", "conflict", "no_answer", "other"]
Event = Literal[
    "shortlist", "propose", "interested", "decline", "introduce", "acknowledge", "talk", "agree", "close", "reopen", "note", "meet", "next",
    "done", "assign", "release", "merge", "unmerge",
]


class LeadIn(Public):
    """A lead to take up by hand."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"need": "D03", "offer": "I02"}]})

    need: Name = Field(description="The demand, or the institution that needs.")
    offer: Name = Field(description="The result, expert or institution that offers.")


class LeadEventIn(Public):
    """Something that is done with a lead, and what is said with it: which fields an event needs is in docs/processes.md."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event": "note", "text": "They ask for a sample first."}]})

    event: Event
    side: Literal["need", "offer", "broker"] | None = Field(None, description="Who is asked, answers or acknowledges.")
    reason: Reason | None = Field(None, description="Of decline: why.")
    text: str | None = Field(None, max_length=4000, description="In words; it can be erased.")
    on_word: Literal["phone", "visit", "mail", "message", "paper"] | None = Field(None, description="How the side's word was got.")
    contact: str | None = Field(None, max_length=100, description="Of interested: the contact that the other side may see later.")
    confidential: Flag | None = Field(None, description="Of acknowledge: what is shown will be kept confidential.")
    agency: Literal["need", "offer", "both", "none"] | None = Field(None, description="Of introduce: for which side the broker acts.")
    fee: str | None = Field(None, max_length=500, description="Of introduce: the basis of the fee.")
    mode: Literal["joint_entity", "contract", "supermarket"] | None = Field(None, description="Of agree.")
    title: str | None = Field(None, max_length=500, description="Of agree.")
    amount: float | None = Field(None, gt=0, description="Of agree, in whole units of the currency.")
    technology_amount: float | None = Field(None, ge=0, description="Of agree: the part of it that is paid for technology.")
    currency: str | None = Field(None, max_length=3, description="Of agree, as CNY.")
    started: str | None = Field(None, max_length=10, description="Of agree: a day.")
    outcome: Literal["completed", "failed", "breached"] | None = Field(None, description="Of close.")
    ended: str | None = Field(None, max_length=10, description="Of close: a day.")
    kind: Literal["visit", "call"] | None = Field(None, description="Of meet.")
    day: str | None = Field(None, max_length=10, description="Of meet, and of next: a day.")
    action: str | None = Field(None, max_length=4000, description="Of next: what is to be done; it can be erased.")
    broker: Name | None = Field(None, description="Of assign: the broker's institution.")
    person: str | None = Field(None, max_length=200, description="Of assign: the principal there.")
    into: str | None = Field(None, max_length=16, description="Of merge: the lead that goes on.")

    def says(self) -> dict[str, Any]:
        """What is said with the event."""
        return self.model_dump(exclude_none=True, exclude={"event"}, mode="json")


class FindIn(Public):
    """What leads are to be found for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"about": "D03", "limit": 5}, {"about": "I02"}]})

    about: Name = Field(description="A demand; or a result, an expert or an institution that offers.")
    limit: int = Field(20, ge=1, le=1000, description="How many at most.")


class SuggestionOut(Public):
    """A lead as it is found, whether it is suggested or not."""

    id: str
    need: str
    offer: str
    work: str = Field(description="The result that speaks most for it.")
    about: str = Field(description="The institution that needs, where every member may know.")
    fit: float
    points: int
    found: str = Field(description="The day on which it was found.")
    model: str
    hidden: bool = Field(description="The need is confidential.")

    @staticmethod
    def of(one: Suggestion) -> SuggestionOut:
        return SuggestionOut.model_validate({name: getattr(one, name) for name in SuggestionOut.model_fields})


class CostOut(Public):
    """What the bounds of suggestions cost."""

    wished: int = Field(description="The best of every need, as many as one need gets.")
    wished_fit: float = Field(description="The fit of those, added up.")
    kept: int = Field(description="What is suggested.")
    kept_fit: float
    newcomers: int = Field(description="Suggestions of candidates without any dealings.")
    floor_fit: float = Field(description="What the newcomers' share alone costs of the fit.")
    left: dict[str, int] = Field(description="How many of what was wished are not suggested, by reason.")


class RefreshedOut(Public):
    """What a refresh did."""

    needs: int = Field(description="Demands that are open.")
    asked: int = Field(description="Those that were held against all works.")
    joined: int = Field(description="Those that were held against changed works alone, and took some up.")
    is_whole: bool = Field(description="Nothing was kept from before.")
    found: int = Field(description="Candidates above the bar, over all demands.")
    changed: int = Field(description="Suggestions that were written or removed.")
    cost: CostOut
    as_of: str
    revision: int
    scale: str
    seconds: float

    @staticmethod
    def of(done: Refreshed) -> RefreshedOut:
        return RefreshedOut.model_validate(msgspec.to_builtins(done))


class LeadOut(Public):
    """A lead as it stands for the caller. Empty and null: not there, or not for the caller's eyes."""

    id: str
    need: str
    offer: str
    work: str = Field(description="The result that speaks most for it.")
    about: str = Field(description="The institution that needs.")
    houses: list[str] = Field(description="The institutions that offer.")
    fit: float
    points: int
    found: str = Field(description="The day on which it was found.")
    model: str
    state: State
    since: str
    at: str = Field(description="The instant of its last step; empty while it is only suggested.")
    value: dict[str, Any] = Field(description="What the journal says of it: sides, receipts, declines, the introduction, the cooperation.")
    events: list[str] = Field(description="What the caller can do with it.")

    @staticmethod
    def of(lead: Lead) -> LeadOut:
        one = lead.suggestion
        return LeadOut(
            id=lead.id, need=one.need, offer=one.offer, work=one.work, about=lead.about, houses=list(lead.houses), fit=one.fit,
            points=one.points, found=one.found, model=one.model, state=lead.state,  # type: ignore[arg-type]
            since=lead.since, at=lead.at, value=lead.value, events=list(lead.events),
        )  # fmt: skip


class BeforeOut(Public):
    """That an offer was declined before for the same firm."""

    side: str
    reason: str
    day: str
    lead: str


class ListedOut(LeadOut):
    """A lead of a list."""

    is_stuck: bool = Field(description="Longer in its state than is good.")
    declined: BeforeOut | None = Field(description="The last decline between the same firm and the same offer.")
    same: list[str] = Field(description="Other leads of the same two.")

    @staticmethod
    def of_listed(one: Listed) -> ListedOut:
        before = one.declined
        declined = BeforeOut(side=before.side, reason=before.reason, day=before.day, lead=before.lead) if before else None
        return ListedOut(**LeadOut.of(one.lead).model_dump(), is_stuck=one.is_stuck, declined=declined, same=list(one.same))


class LeadsOut(Public):
    """A page of leads. ``next``: the cursor of the next page, null on the last; ``count``: how many there are in all pages."""

    data: list[ListedOut]
    next: str | None
    count: int

    @staticmethod
    def of(found: Listing) -> LeadsOut:
        return LeadsOut(data=[ListedOut.of_listed(one) for one in found.data], next=found.next, count=found.count)


class StageOut(Public):
    """A state of the funnel."""

    name: str
    reached: int
    now: int
    days: float | None = Field(description="The median of the days in it.")
    reasons: dict[str, int] = Field(description="Why leads were declined in it.")


class FunnelOut(Public):
    """How far leads come. ``by``: for field, place, broker and month, of each value how many reached each stage, in order."""

    day: str
    stages: list[StageOut]
    by: dict[str, dict[str, list[int]]]

    @staticmethod
    def of(found: Funnel) -> FunnelOut:
        return FunnelOut.model_validate(msgspec.to_builtins(found))


class ClaimOut(Public):
    """An introduction. ``why``: why it earns nothing; empty where it counts."""

    lead: str
    broker: str
    agency: str
    fee: str
    at: str
    need_received: str
    offer_received: str
    why: str


class CreditOut(Public):
    """Who introduced a pair of institutions, and how several share: ``parts``, whole numbers, by institution."""

    need: str
    offer: str
    basis: str
    parts: dict[str, int]
    claims: list[ClaimOut]
    reason: str

    @staticmethod
    def of(one: Credit) -> CreditOut:
        return CreditOut.model_validate(msgspec.to_builtins(one))


class SharingIn(Public):
    """The operator's decision on how the brokers of a pair share."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"need": "I06", "offer": "I02", "parts": {"I13": 2, "I04": 1}, "reason": "Both went there."}]}
    )

    need: Name
    offer: Name
    parts: dict[Name, Annotated[int, Field(ge=1)]] = Field(min_length=1, max_length=20, description="Whole parts by institution.")
    reason: str = Field(min_length=1, max_length=2000)
