"""The public shapes of questions and answers: what ``dovetail match``, ``trust`` and ``show`` print as JSON, and what the HTTP service
takes and sends.

In: requests; values of ``matcher.question`` and ``graph.model``. Out: pydantic models apart from the stored ones, so that the store may
change and these do not. Next: ``desk.ask``, ``desk.show`` and ``desk.trust`` fill them; the modules of ``api.cli`` and ``api.http.routes``
take and send them.

Points are integers in millionths, and a match's ``score`` is exactly the sum of its terms' points.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from typing import Annotated, Any, Literal, Self

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from desk.facts import Fact
from desk.filters import currency, price_limit
from desk.shapes.fields import Amount, Day, Flag, Maturity, Whole
from graph.language import _
from graph.viewer import PUBLIC, Viewer
from matcher.question import Answer, Filters, Opinion, PartnerRole, Question, Ties, Want

TEXT_LIMIT = 20_000
K_LIMIT = 100

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"\S")]
Language = Literal["zh", "en"]


class Public(BaseModel):
    """What every public model is: closed, so that a misspelt field is an error and not silence."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class FiltersIn(Public):
    """What a match must satisfy. What is unknown of it passes (but for ``language``): ask about it before the first meeting. A word that
    nobody knows is an error. An expert is filtered by the institutions that employ him or her, and one of none does not pass."""

    countries: list[Name] = Field(default_factory=list, max_length=50)
    regions: list[Name] = Field(default_factory=list, max_length=50)
    kinds: list[Name] = Field(default_factory=list, max_length=20)
    trl_min: Maturity | None = None
    price_max: Amount | None = Field(
        default=None, description="The highest price of a work: an amount with its currency (50万, 80000 EUR), or a number beside currency."
    )
    currency: Name | None = Field(
        default=None, description="Of price_max; that of the demand asked about if none is named. A work priced in another does not pass."
    )
    language: Language | None = None
    maturities: list[Name] = Field(default_factory=list, max_length=20, description="Of works: concept, lab, pilot, industrial.")
    legal_statuses: list[Name] = Field(default_factory=list, max_length=20, description="Of works: granted, pending, ...")
    licences: list[Name] = Field(default_factory=list, max_length=20, description="Of works: forms of licence that are offered.")
    transfer_forms: list[Name] = Field(default_factory=list, max_length=20, description="Of works: transfer, licence, equity, ...")
    routes: list[Name] = Field(default_factory=list, max_length=20, description="Of demands: commission, open_call.")
    sizes: list[Name] = Field(default_factory=list, max_length=20, description="Of institutions: micro, small, medium, large.")
    industries: list[Name] = Field(
        default_factory=list, max_length=50, description="Of institutions and demands: what a name or a code of theirs begins with."
    )
    qualifications: list[Name] = Field(
        default_factory=list, max_length=50, description="Of institutions: a part of the name of one that they hold on the day."
    )

    @field_validator("maturities", "legal_statuses", "licences", "transfer_forms", "routes", "sizes")
    @classmethod
    def _are_of_the_list(cls, words: list[str], info: ValidationInfo) -> list[str]:
        """The words of a closed list, in either language, as the store has them. Raises ValueError with the words that will do."""
        from ingest.cells import words as lists

        read = {
            "maturities": lists.maturity, "legal_statuses": lists.legal_status, "licences": lists.licence_form,
            "transfer_forms": lists.transfer_form, "routes": lists.demand_route, "sizes": lists.size,
        }[str(info.field_name)]  # fmt: skip
        return [read(word).value for word in words]

    @field_validator("price_max")
    @classmethod
    def _is_an_amount(cls, value: float | str | None) -> float | str | None:
        if value is not None:
            price_limit(value)
        return value

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, value: str | None) -> str | None:
        return value and currency(value)

    @model_validator(mode="after")
    def _price_has_one_currency(self) -> Self:
        if self.price_max is not None:
            self.price_max, named = price_limit(self.price_max)
            if named and self.currency and named != self.currency:
                raise ValueError(_("price_max is in {named} and currency is {currency}: name one", named=named, currency=self.currency))
            self.currency = named or self.currency
        return self

    def to_filters(self) -> Filters:
        """As the matcher takes them."""
        return msgspec.convert(self.model_dump(), Filters)


class MatchRequest(Public):
    """A question. ``text`` or ``about`` (a node whose text is the question) must be given, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "Low-temperature sintering of silver paste for power modules", "k": 5},
                {"about": "D03", "asker": "I06", "as_of": "2026-06-30", "filters": {"countries": ["CN"], "trl_min": 5}},
            ],
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string", "pattern": r"\S"}}} for name in ("text", "title", "about")
            ],
        }
    )

    text: str = Field("", max_length=TEXT_LIMIT, description="What is looked for, in Chinese or English.")
    title: str = Field("", max_length=1000, description="A title of the text, if it has one.")
    about: Name | None = Field(None, description="Id, source id or name of the node whose text is the question.")
    want: Want = Field(Want.PARTNERS, description="What is looked for.")
    role: PartnerRole | None = Field(
        None,
        description="Of partners: providers, who have or could develop it, or adopters, who would take it into use. Adopters where about is"
        " an achievement, else providers.",
    )
    k: Whole = Field(5, ge=1, le=K_LIMIT, description="How many matches at most.")
    asker: Name | None = Field(None, description="Id, source id or name of the institution that asks: its experience makes the trust term.")
    as_of: Day | None = Field(None, description="A day: later facts do not exist. Today if it is not given.", examples=["2026-06-30"])
    filters: FiltersIn = FiltersIn()
    include_weak: Flag = Field(False, description="Also send what is below the bar of credibility.")
    own_house: Flag = Field(False, description="Also send the asker's own house: its parts, what it is part of, and who works there.")
    ties: Ties | None = Field(None, description="Send only candidates that the asker knows (known) or does not (new). Needs an asker.")
    explain: Flag = Field(False, description="Send every cited fact in words too.")

    @field_validator("text", "title", "about", "asker")
    @classmethod
    def _is_text(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise ValueError(_("a lone surrogate is not text")) from error
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.text.strip() and not self.title.strip() and not self.about:
            raise ValueError(_("give text or about"))
        return self

    def to_question(self, *, about: str | None, asker: str | None, viewer: Viewer = PUBLIC) -> Question:
        """The question with its names resolved to ids, on the day it is asked if no other is named."""
        return Question(
            as_of=self.as_of or Date.today().isoformat(), text=self.text, title=self.title, about=about, want=self.want, k=self.k,
            asker=asker, viewer=viewer, filters=self.filters.to_filters(), include_weak=self.include_weak,
            own_house=self.own_house, ties=self.ties, role=self.role,
        )  # fmt: skip


class QuestionOut(Public):
    """The question as it was understood: names resolved, the day filled in."""

    text: str
    title: str
    about: str | None
    want: Want
    role: PartnerRole | None
    k: int
    asker: str | None
    as_of: str
    filters: FiltersIn
    include_weak: bool
    own_house: bool
    ties: Ties | None


class TermOut(Public):
    """A part of a score. ``facts`` are the ids it is computed from; ``without`` its points if one of them were not there."""

    name: str
    points: int
    facts: list[str]
    without: dict[str, int]


class WorkOut(Public):
    """A text the candidate stands on, and the sentence of it that fits best. ``field``: how near it is to the field of the
    question, where experts are asked for; ``factor``: what all that counts, less with age and for what a candidate says of
    itself; ``via``: the edges that tie it to the candidate; ``also``: further rows that list the same work, which counts once.
    ``estimated``: what of ``words`` is not shared but estimated, for a text in the other language than the question's."""

    id: str
    kind: str
    title: str
    meaning: float
    words: float
    estimated: float
    field: float
    factor: float
    via: list[str]
    date: str | None
    trl: int | None
    sentence: str
    source: str
    source_id: str
    also: list[str]


class TrustItemOut(Public):
    """An item of evidence, its value in [-1, 1] and its weight on the day asked for. ``way``: own, part_of or heard; ``giver``:
    whose experience it is, if not the asker's; ``until``: the day from which an item against the party counts no more."""

    kind: str
    value: float
    weight: float
    date: str | None
    facts: list[str]
    title: str
    way: str
    giver: str
    until: str | None


class OpinionOut(Public):
    """belief + disbelief + uncertainty = 1; no evidence is (0, 0, 1). ``in_words`` says it for a person."""

    belief: float
    disbelief: float
    uncertainty: float
    expectation: float
    items: list[TrustItemOut]
    from_anchors: bool = Field(description="Whether what was heard came through the platform's anchors.")
    in_words: str


class MetOut(Public):
    """What has become of a lead between what was asked about and a candidate."""

    id: str = Field(description="The lead's id.")
    state: str = Field(description="How far it has come (docs/leads.md).")
    side: str = Field(description="Of its last decline: who declined, need or offer; empty where there was none.")
    reason: str = Field(description="Of its last decline: why.")
    day: str = Field(description="Of its last decline: when.")


class MatchOut(Public):
    """A candidate with the reasons for and against it; ``score`` is the sum of the terms' ``points``."""

    rank: int
    candidate: str
    kind: str
    name: str
    score: int
    fit: float = Field(description="How well its works answer, from 0 to 1, without trust; comparable between questions. No probability.")
    fit_band: Literal["strong", "good", "fair", "weak"] = Field(description="The same in a word.")
    terms: list[TermOut]
    works: list[WorkOut]
    people: list[str]
    owners: list[str] = Field(description="Who owns it, for an achievement, by whichever row of it.")
    trust: OpinionOut
    known: bool | None = Field(description="Whether the asker itself has a history with it; null where nobody asks.")
    text_rank: int = Field(description="Its place by its works alone, among all that were scored; 0 where nobody asks.")
    gaps: list[str]
    lead: MetOut | None = Field(None, description="The lead with it that somebody has taken up, for who may see that; null for all others.")


class FactOut(Public):
    """A cited node or edge in words."""

    id: str
    what: str
    date: str | None
    source: str
    source_id: str


class LeftOutOut(Public):
    """How many were left out who would answer credibly (at all, with ``include_weak``) and pass the filters, by the reason."""

    own_house: int = Field(description="Candidates of the asker's own house; own_house brings them in.")
    closed: int = Field(description="Demands that are solved, withdrawn or past their deadline.")
    other_currency: int = Field(description="Works priced in another currency than price_max.")
    other_ties: int = Field(description="Candidates that the asker knows where ties asks for new ones, and the other way round.")


class MatchAnswer(Public):
    """The matches, best first. ``credible`` is false where nothing fits; ``reason`` then says why."""

    question: QuestionOut
    credible: bool
    reason: str
    candidates: int = Field(description="How many were scored.")
    closed: str = Field(description="Why the demand that is asked about is closed on the day; empty where it is open.")
    left_out: LeftOutOut
    revision: int | None = Field(description="Of the store, as the answer saw it; null to whom something of it is hidden.")
    scale: str | None = Field(description="What the points were measured by; null where nothing was scored.")
    model: str
    matches: list[MatchOut]
    facts: list[FactOut] = Field(default_factory=list, description="Every cited fact, if asked for.")
    notes: list[str] = Field(default_factory=list, description="What of the question was not used, and why.")
    notice: str = Field("", description="Of people who are listed: from which files they are known, and how they object.")


class EdgeOut(Public):
    """An edge of the node: its kind, the node at its other end, and which way it runs."""

    id: str
    kind: str
    direction: Literal["out", "in"]
    other: str
    name: str
    what: str
    date: str | None
    source: str
    reply: str | None = Field(description="Of evidence: what the party that it is about replies.")


class AlsoOut(Public):
    """Another row about the same achievement, which carries one of its external ids."""

    id: str
    name: str
    source: str
    source_id: str
    shares: list[str] = Field(description="The external ids that both carry.")


class LicenceOut(Public):
    """The terms of a source, carried along with what it says."""

    source: str
    licence: str = Field(description="The licence's name or SPDX identifier; empty where none is told.")
    url: str = Field(description="Where it can be read; empty where no address is told.")
    redisplay: Literal["yes", "summary", "no"] = Field(
        description="How much of its texts others than who feeds it are shown: all, the first sentence of each, none."
    )


class NodeOut(Public):
    """A node with its fields and edges. ``version`` is the revision of its last change, null to whom something of the store is hidden."""

    id: str
    kind: str
    version: int | None
    source: str
    source_id: str
    fields: dict[str, Any]
    edges: list[EdgeOut]
    edges_total: int = Field(description="How many edges there are; at most 100 are sent.")
    also: list[AlsoOut] = Field(default_factory=list, description="Other rows about the same achievement, by external ids.")
    licence: LicenceOut | None = Field(None, description="The terms of its source, where they are told.")
    notice: str = Field("", description="Of an expert: from which files the person is known, and how to object.")


class Problem(BaseModel):
    """RFC 9457 problem details, as application/problem+json."""

    type: str = "about:blank"
    code: str = Field(description="What a program goes by: it never changes, and the words may.")
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None
    more: int | None = None
    """Errors beyond those that are told."""
    request_id: str | None = None
    """The id of the request, as its lines in the log have it."""


def opinion_out(opinion: Opinion, in_words: str) -> OpinionOut:
    """An opinion with its wording."""
    return OpinionOut.model_validate(msgspec.to_builtins(opinion) | {"in_words": in_words})


def answer_out(answer: Answer, wordings: Sequence[str], cited: Sequence[Fact] = ()) -> MatchAnswer:
    """An answer in its public shape; ``wordings`` say the trust of each match in words."""
    plain = msgspec.to_builtins(answer)
    if not answer.question.viewer.is_owner:
        plain["revision"] = None
    if not answer.candidates:  # of texts that the viewer may not see it would tell that they are there
        plain["scale"] = None
    question = plain.pop("question")
    matches = [
        match | {"rank": rank, "trust": match["trust"] | {"in_words": words}}
        for rank, (match, words) in enumerate(zip(plain.pop("matches"), wordings, strict=True), 1)
    ]
    for hidden in ("viewer", "among"):
        question.pop(hidden)
    return MatchAnswer.model_validate(plain | {"question": question, "matches": matches, "facts": msgspec.to_builtins(list(cited))})
