"""Admissions, contacts, files, keys and members over HTTP.

In: bodies; what ``desk.people`` and ``desk.members`` give. Out: pydantic models. Next: ``api.http.routes.people``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, SecretStr

from desk.members.members import Member
from desk.people.admissions import Admission
from desk.people.contacts import Contact, Reached
from desk.people.files import Attached
from desk.people.keys import Key
from desk.process.principals import Role, Scope
from desk.schemas import Language, Name, Public

Reason = Field("", max_length=2000, description="Why; it stays on record.")
Mail = Field(max_length=254, description="A mail address.")
PersonName = Field(min_length=1, max_length=200, description="How the person is called; it can be erased.")
MemberRole = Literal["enterprise", "provider", "broker", "consumer"]


class AdmissionIn(Public):
    """Letting somebody in: with ``guest`` it is offered, as the owner; without, it is asked for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "D01", "guest": "I02"}]})

    to: Name = Field(description="What it is about; a confidential demand, by its teaser.")
    guest: Name | None = Field(None, description="The institution that is offered to be let in.")
    confidential: bool = Field(False, description="Of who asks: it will be kept confidential.")


class AdmissionEventIn(Public):
    model_config = ConfigDict(json_schema_extra={"examples": [{"event": "refuse", "reason": "the talks are over"}]})

    event: Literal["grant", "enter", "refuse", "end"]
    confidential: bool | None = Field(None, description="Of enter: it will be kept confidential.")
    reason: str = Reason


class AdmissionOut(Public):
    id: str
    state: Literal["asked", "offered", "open", "refused", "ended"]
    to: str
    guest: str
    owner: str | None = Field(description="Whose it is; null for a guest who has asked and is not let in yet.")
    events: list[str] = Field(description="What the caller can do with it.")

    @staticmethod
    def of(one: Admission) -> AdmissionOut:
        value = one.value
        return AdmissionOut(
            id=one.id, state=value["state"], to=value["to"], guest=value["guest"], owner=value.get("owner"), events=one.events
        )


class ContactIn(Public):
    """How somebody can be reached, what for and on what ground. It is encrypted, and in no list, log or journal."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "of": "I06", "name": "Purchasing", "mails": ["purchasing@firm.example"], "purpose": "talks about offers",
                    "consent": "told by mail", "date": "2026-01-15",
                }
            ]
        }
    )  # fmt: skip

    of: Name = Field(description="The institution or expert that it is of.")
    name: str = Field("", max_length=200)
    phones: list[str] = Field(default_factory=list, max_length=10)
    mails: list[str] = Field(default_factory=list, max_length=10)
    note: str = Field("", max_length=2000)
    purpose: str = Field(min_length=1, max_length=500, description="What it may be used for.")
    consent: str = Field(min_length=1, max_length=500, description="On what ground it is kept.")
    date: str = Field(max_length=10, description="The day of that.")

    def reached(self) -> Reached:
        return Reached(name=self.name, phones=tuple(self.phones), mails=tuple(self.mails), note=self.note)


class ContactOut(Public):
    """A contact without what it says."""

    id: str
    state: Literal["kept", "erased"]
    of: str
    owner: str
    purpose: str
    consent: str
    date: str
    source: str
    let_in: list[str]

    @staticmethod
    def of_contact(one: Contact) -> ContactOut:
        return ContactOut(id=one.id, **{name: one.value[name] for name in ContactOut.model_fields if name != "id"})


class RevealIn(Public):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "to send an offer"}]})

    reason: str = Field(min_length=1, max_length=2000, description="What for; it stays on record.")


class ReachedOut(Public):
    """What a contact says."""

    name: str
    phones: list[str]
    mails: list[str]
    note: str


class LettingIn(Public):
    model_config = ConfigDict(json_schema_extra={"examples": [{"institution": "I02"}]})

    institution: Name


class ReasonIn(Public):
    reason: str = Reason


class FileOut(Public):
    """A file without its content."""

    id: str
    name: str = Field(description="Empty where it was erased.")
    state: Literal["attached", "removed"]
    to: str
    owner: str
    purpose: str
    type: str
    size: int
    digest: str = Field(description="SHA-256 of its content.")
    let_in: list[str]

    @staticmethod
    def of(one: Attached) -> FileOut:
        return FileOut(id=one.id, name=one.name, **{name: one.value[name] for name in FileOut.model_fields if name not in ("id", "name")})


class KeyIn(Public):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "provider", "person": "Zhou Yi", "institution": "I02", "scopes": ["read", "write"]}]}
    )

    role: Literal["enterprise", "provider", "broker", "consumer", "operator"]
    person: str = PersonName
    institution: Name | None = None
    scopes: list[Scope] = Field(default=[Scope.READ], min_length=1, max_length=4)
    expires: str | None = Field(None, max_length=10, description="Its last day; in a year if none is said.")
    reviews: bool = False


class KeyOut(Public):
    """A key without what it opens with."""

    prefix: str
    state: Literal["active", "revoked"]
    role: Role
    institution: str
    scopes: list[Scope]
    reviews: bool
    person: str
    created: str
    expires: str
    last_used: str

    @staticmethod
    def of(one: Key) -> KeyOut:
        return KeyOut(**{name: getattr(one, name) for name in KeyOut.model_fields})


class KeyMade(KeyOut):
    """A key that was just made; ``key`` is shown this once, and only a hash of it is kept."""

    key: str


class InvitationIn(Public):
    """Somebody is invited into an institution; by the operator also ``appointed``, to run the platform or to review."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"mail": "zhou@firm.example", "name": "Zhou Yi", "role": "enterprise", "institution": "I06"}]}
    )

    mail: str = Mail
    name: str = PersonName
    role: Literal["enterprise", "provider", "broker", "consumer", "operator"]
    institution: Name | None = Field(None, description="Your own if you are no operator.")
    language: Language | None = Field(None, description="Of letters; that of the request if none is said.")
    appointed: bool = False
    reviews: bool = False


class MemberEventIn(Public):
    model_config = ConfigDict(json_schema_extra={"examples": [{"event": "remove", "reason": "left the firm"}]})

    event: Literal["remind", "approve", "reject", "remove", "erase"]
    reason: str = Reason


class MemberOut(Public):
    """A member; name and address are empty where they were erased."""

    id: str
    state: Literal["invited", "claimed", "active", "rejected", "ended", "erased"]
    institution: str
    role: Role
    reviews: bool
    since: str
    language: str
    number: str
    name: str
    mail: str
    events: list[str]

    @staticmethod
    def of(one: Member) -> MemberOut:
        return MemberOut(**{name: getattr(one, name) for name in MemberOut.model_fields if name != "events"}, events=list(one.events))


class ClaimIn(Public):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"mail": "zhou@university.example", "name": "Zhou Yi", "role": "provider", "number": "reg:CN-33-U-0012"}]
        }
    )

    mail: str = Mail
    name: str = PersonName
    role: MemberRole
    number: Name = Field(description="The institution's credit code, or its number in another register (reg:...).")
    language: Language | None = None


class MailIn(Public):
    model_config = ConfigDict(json_schema_extra={"examples": [{"mail": "zhou@firm.example"}]})

    mail: str = Mail


class TokenIn(Public):
    """What stands behind the # of a letter's link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "1Yc0Zr7w3nq9-fictitious"}]})

    token: SecretStr = Field(max_length=200)


class Sent(Public):
    """A letter is on its way, if there is somebody to write to and not too many went there."""

    sent: bool = True


class SessionOut(Public):
    """A session, to be shown as a key is: ``Authorization: Bearer``. Good for twelve hours."""

    session: str
