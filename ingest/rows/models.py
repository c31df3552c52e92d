"""Typed input rows: the model of each native file kind, with the words of its closed lists in English and Chinese.

In: cells by field name, blanks left out (``ingest.mapping.native`` and ``ingest.mapping.mapped`` make them). Out: frozen rows, or
``Problem``s: the field and the rule in plain words. Next: ``ingest.rows.aside`` checks rows by it, and ``ingest.build`` builds nodes and
edges of them. docs/data-formats.md lists the same fields and words; a test keeps the two in step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, PlainValidator, TypeAdapter, ValidationError, model_validator

from graph import model
from graph.language import N_, Message, _, told
from ingest.cells import dates, registers, values, words
from ingest.cells.broken import Broken
from ingest.cells.values import Tally


class Kind(StrEnum):
    """The kinds of native files, in the order in which they depend on each other."""

    INSTITUTIONS = "institutions"
    EXPERTS = "experts"
    ACHIEVEMENTS = "achievements"
    DEMANDS = "demands"
    RESOURCES = "resources"
    COOPERATIONS = "cooperations"
    OWNS = "owns"
    CREATED = "created"
    AFFILIATED_WITH = "affiliated_with"
    PART_OF = "part_of"
    POSTED = "posted"
    OFFERS = "offers"
    ADDRESSES = "addresses"
    USES = "uses"
    PARTY_TO = "party_to"
    EVIDENCE = "evidence"


class Problem(NamedTuple):
    """What is wrong with a row: the column as the file names it (empty if the row as a whole is meant) and the rule, which is
    the same for all rows that break it; ``detail`` is of this row. As a ``str`` it is told in the current language."""

    field: str
    rule: str
    detail: str = ""

    def __str__(self) -> str:
        return (_("{field}: {rule}", field=self.field, rule=told(self.rule)) if self.field else told(self.rule)) + told(self.detail)


_Text = Annotated[str, PlainValidator(values.line_text)]
_Long = Annotated[str, PlainValidator(values.long_text)]
_Id = Annotated[str, PlainValidator(values.identifier)]
_Words = Annotated[tuple[str, ...], PlainValidator(values.words)]
_Refs = Annotated[tuple[str, ...], PlainValidator(values.references)]
_Parties = Annotated[tuple[str, ...], PlainValidator(values.parties)]
_End = Annotated[str, PlainValidator(values.party)]
_Externals = Annotated[tuple[str, ...], PlainValidator(values.external_ids)]
_Date = Annotated[str, PlainValidator(dates.date)]
_Amount = Annotated[float, PlainValidator(values.amount)]
_Currency = Annotated[str, PlainValidator(values.currency)]
_Trl = Annotated[int, PlainValidator(values.trl)]
_Visibility = Annotated[model.Visibility, PlainValidator(words.visibility)]
_Classes = Annotated[tuple[str, ...], PlainValidator(registers.classes)]


class Row(BaseModel):
    """What every row may say: its id in the source, and the day it was retrieved there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: _Id | None = None
    retrieved_at: _Date | None = None


class InstitutionRow(Row):
    name: _Text
    aliases: _Words = ()
    kind: Annotated[model.InstitutionKind | None, PlainValidator(words.institution_kind)] = None
    country: Annotated[str | None, PlainValidator(values.country)] = None
    region: _Text | None = None
    industry: _Words = ()
    size: Annotated[model.Size | None, PlainValidator(words.size)] = None
    qualifications: Annotated[tuple[str, ...], PlainValidator(registers.qualifications)] = ()
    description: _Long | None = None
    external_ids: _Externals = ()
    visibility: _Visibility | None = None
    part_of: _Parties = ()


class ExpertRow(Row):
    name: _Text
    aliases: _Words = ()
    institution: _Parties = ()
    headline: _Text | None = None
    broker: Annotated[model.BrokerLevel | None, PlainValidator(words.broker)] = None
    bio: _Long | None = None
    keywords: _Words = ()
    capacity: Annotated[int | None, PlainValidator(values.capacity)] = None
    external_ids: _Externals = ()
    visibility: _Visibility | None = None


class AchievementRow(Row):
    """The four sorts of numbers end up in the node's ``external_ids``."""

    title: _Text | None = None
    abstract: _Long | None = None
    kind: Annotated[model.AchievementKind | None, PlainValidator(words.achievement_kind)] = None
    trl: _Trl | None = None
    trl_since: _Date | None = None
    date: _Date | None = None
    keywords: _Words = ()
    price_min: _Amount | None = None
    price_max: _Amount | None = None
    currency: _Currency | None = None
    licence: _Text | None = None
    transfer_forms: Annotated[tuple[model.TransferForm, ...], PlainValidator(registers.several(words.transfer_form))] = ()
    maturity: Annotated[model.Maturity | None, PlainValidator(words.maturity)] = None
    rights: _Text | None = None
    legal_status: Annotated[model.LegalStatus | None, PlainValidator(words.legal_status)] = None
    filed: _Date | None = None
    granted: _Date | None = None
    expires: _Date | None = None
    ipc: _Classes = ()
    cpc: _Classes = ()
    application_numbers: Annotated[tuple[str, ...], PlainValidator(registers.applications)] = ()
    publication_numbers: Annotated[tuple[str, ...], PlainValidator(registers.publications)] = ()
    registration_numbers: Annotated[tuple[str, ...], PlainValidator(registers.registrations)] = ()
    dois: Annotated[tuple[str, ...], PlainValidator(registers.dois)] = ()
    external_ids: Annotated[tuple[str, ...], PlainValidator(registers.work_ids)] = ()
    visibility: _Visibility | None = None
    owners: _Parties = ()
    creators: _Parties = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its external ids, the application's first: that is the same from the first day to the last."""
        several = self.application_numbers + self.publication_numbers + self.registration_numbers + self.dois + self.external_ids
        return tuple(dict.fromkeys(several)) if several else ()

    @property
    def day(self) -> str | None:
        """The day of the work: that on which it was filed, where no other is told."""
        return self.date or self.filed

    @model_validator(mode="after")
    def _together(self) -> AchievementRow:
        _one_of_two("title", self.title, "abstract", self.abstract)
        _ordered("price_min", self.price_min, "price_max", self.price_max)
        _in_time("filed", self.filed, "granted", self.granted)
        _in_time("filed", self.filed, "expires", self.expires)
        return self


class DemandRow(Row):
    title: _Text | None = None
    description: _Long | None = None
    kind: Annotated[model.DemandKind | None, PlainValidator(words.demand_kind)] = None
    industry: _Words = ()
    route: Annotated[model.DemandRoute | None, PlainValidator(words.demand_route)] = None
    call_number: _Text | None = None
    budget_min: _Amount | None = None
    budget_max: _Amount | None = None
    currency: _Currency | None = None
    date: _Date | None = None
    deadline: _Date | None = None
    trl_min: _Trl | None = None
    regions: _Words = ()
    requirements: Annotated[str | None, PlainValidator(values.requirements)] = None
    status: Annotated[model.DemandStatus | None, PlainValidator(words.demand_status)] = None
    status_since: _Date | None = None
    visibility: _Visibility | None = None
    posted_by: _Parties = ()

    @model_validator(mode="after")
    def _together(self) -> DemandRow:
        _one_of_two("title", self.title, "description", self.description)
        _ordered("budget_min", self.budget_min, "budget_max", self.budget_max)
        _in_time("date", self.date, "deadline", self.deadline)
        return self


class ResourceRow(Row):
    title: _Text
    description: _Long | None = None
    kind: Annotated[model.ResourceKind | None, PlainValidator(words.resource_kind)] = None
    terms: _Long | None = None
    date: _Date | None = None
    visibility: _Visibility | None = None
    offered_by: _Parties = ()


class CooperationRow(Row):
    title: _Text | None = None
    mode: Annotated[model.CooperationMode | None, PlainValidator(words.cooperation_mode)] = None
    contract_type: Annotated[model.ContractType | None, PlainValidator(words.contract_type)] = None
    started: _Date | None = None
    ended: _Date | None = None
    amount: _Amount | None = None
    technology_amount: _Amount | None = None
    currency: _Currency | None = None
    payments: _Words = ()
    registration_number: _Text | None = None
    registration_office: _Text | None = None
    registered: _Date | None = None
    outcome: Annotated[model.Outcome | None, PlainValidator(words.outcome)] = None
    visibility: _Visibility | None = None
    parties: _Parties = ()
    demands: _Refs = ()
    uses: _Refs = ()

    @model_validator(mode="after")
    def _together(self) -> CooperationRow:
        if len(self.parties) == 1:
            raise Broken("must name two or more parties", "parties")
        _in_time("started", self.started, "ended", self.ended)
        _ordered("technology_amount", self.technology_amount, "amount", self.amount)
        return self


class EdgeRow(Row):
    source: _End
    target: _End
    date: _Date | None = None
    visibility: _Visibility | None = None


class PartyToRow(EdgeRow):
    role: _Text | None = None
    share: Annotated[float | None, PlainValidator(values.share)] = None


class PartyKind(StrEnum):
    INSTITUTION = "institution"
    EXPERT = "expert"


_Party = Annotated[PartyKind, PlainValidator(words.one_of(PartyKind, "机构 专家"))]


class EvidenceRow(EdgeRow):
    source_kind: _Party = PartyKind.INSTITUTION
    target_kind: _Party = PartyKind.INSTITUTION
    kind: Annotated[model.EvidenceKind, PlainValidator(words.evidence_kind)]
    outcome: Annotated[float, PlainValidator(values.outcome_grade)]
    verified_by: _Text | None = None
    document: _Text | None = None

    @model_validator(mode="after")
    def _together(self) -> EvidenceRow:
        if (self.source, self.source_kind) == (self.target, self.target_kind):
            raise Broken("must be another party than source", "target")
        if self.verified_by is not None and self.verified_by == self.target:
            raise Broken("must be another party than target", "verified_by")
        of_person = self.kind is model.EvidenceKind.RATING and PartyKind.EXPERT in (self.source_kind, self.target_kind)
        if of_person and self.visibility not in (None, model.Visibility.CONFIDENTIAL):
            raise Broken("must be confidential: a rating of or by a person is its parties' to see", "visibility")
        return self


def _one_of_two(left: str, a: object, right: str, b: object) -> None:
    if a is None and b is None:
        raise Broken(Message("one of {left} and {right} is required", left=left, right=right), left)


def _ordered(low: str, a: float | None, high: str, b: float | None) -> None:
    if a is not None and b is not None and a > b:
        raise Broken(Message("must not be less than {low}", low=low), high)


def _in_time(first: str, a: str | None, last: str, b: str | None) -> None:
    # partial dates are compared as far as both are known: 2019 to 2019-03 may well be in order
    if a is not None and b is not None and a[: len(b)] > b[: len(a)]:
        raise Broken(Message("must not be before {first}", first=first), last)


MODELS: dict[Kind, type[Row]] = dict.fromkeys(Kind, EdgeRow) | {
    Kind.INSTITUTIONS: InstitutionRow,
    Kind.EXPERTS: ExpertRow,
    Kind.ACHIEVEMENTS: AchievementRow,
    Kind.DEMANDS: DemandRow,
    Kind.RESOURCES: ResourceRow,
    Kind.COOPERATIONS: CooperationRow,
    Kind.PARTY_TO: PartyToRow,
    Kind.EVIDENCE: EvidenceRow,
}
_VALIDATE = {kind: TypeAdapter(row).validator.validate_python for kind, row in MODELS.items()}


def validate(kind: Kind, fields: Mapping[str, object], tally: Tally) -> Row | list[Problem]:
    """The typed row, or everything that is wrong with it, by native field name."""
    try:
        row: Row = _VALIDATE[kind](fields, context=tally)
    except ValidationError as error:
        return [_problem(one) for one in error.errors(include_url=False, include_input=False)]
    return row


def _problem(error: Any) -> Problem:
    field = str(error["loc"][0]) if error["loc"] else ""
    broken = error.get("ctx", {}).get("error")
    if isinstance(broken, Broken):
        return Problem(broken.field or field, broken.rule)
    return Problem(field, N_("is required") if error["type"] == "missing" else str(error["msg"]))


WIDE = {Kind.ACHIEVEMENTS: ("price",), Kind.DEMANDS: ("budget",)}
"""By kind: columns whose one cell says the lower and the upper end of a range (``ingest.rows.spread``)."""


def columns_of(kind: Kind) -> tuple[str, ...]:
    """The names of all columns of a kind: its fields, and its wide columns."""
    return (*MODELS[kind].model_fields, *WIDE.get(kind, ()))


_LISTS = """
aliases external_ids part_of institution keywords owners creators regions requirements posted_by offered_by parties demands uses
industry qualifications transfer_forms ipc cpc application_numbers publication_numbers registration_numbers dois payments
"""
LISTS = frozenset(_LISTS.split())
"""Fields of several values."""
BY_PART: dict[str, Callable[[object], object]] = {
    **dict.fromkeys(["part_of", "institution", "owners", "creators", "posted_by", "offered_by", "parties"], values.parties),
    "external_ids": values.external_ids,
}
"""Lists of which a bad part costs itself and no other: who an id that is well formed means does not hang on the one beside it."""
_CLOSED = "kind status visibility mode outcome source_kind target_kind legal_status contract_type size broker route maturity"
CLOSED = frozenset(_CLOSED.split())
"""Fields of a closed list of words."""
_DATES = "retrieved_at trl_since date deadline status_since started ended filed granted expires registered"
DATES = frozenset(_DATES.split())
"""Fields that hold a date."""
REQUIRED: dict[Kind, tuple[str, ...]] = {
    kind: tuple(name for name, field in row.model_fields.items() if field.is_required()) for kind, row in MODELS.items()
}
"""By kind: fields without which no row can be read."""
