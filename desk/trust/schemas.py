"""The public shapes of what is told of trust: what ``dovetail trust`` prints as JSON.

In: what ``desk.trust.opinions``, ``desk.trust.words`` and ``desk.trust.objections`` found. Out: models that change only with a new version
of the API, as those of ``desk.schemas``. Next: the same modules fill them; ``api.cli.trust`` prints them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.schemas import OpinionOut, Public


class TransitionOut(Public):
    """A step of a relation from stage to stage, and the facts that caused it. ``date`` is null for evidence without one."""

    date: str | None
    before: str
    after: str
    belief: float
    why: str
    facts: list[str]


class ReplyOut(Public):
    """What the party that an item of evidence is about says to it, and where its objection to it stands, if it has made one."""

    evidence: str = Field(description="The id of the item.")
    state: str = Field(description="replied, objected, retracted, upheld or corrected.")
    reply: str = Field(description="Its reply; empty where it has made none, or erased it.")


class TrustOut(Public):
    """What one party may believe of another. ``stage`` and ``log`` are of their direct relation."""

    asker: str
    target: str
    as_of: str
    opinion: OpinionOut
    stage: str = Field(description="none, forming, consolidated or trusted.")
    heard_through: list[list[str]] = Field(description="Names from the asker (or an anchor) over witnesses to the target.")
    prospects: list[str] = Field(description="What would change the stage, in words.")
    log: list[TransitionOut]
    replies: list[ReplyOut] = Field(description="What the target says to items that the opinion cites.")


class TrustedOut(Public):
    """An opinion in a list."""

    target: str
    name: str
    stage: str
    belief: float
    disbelief: float
    uncertainty: float


class TrustListOut(Public):
    """Whom a party trusts most and least, of the ``known`` of whom it has any evidence."""

    asker: str
    as_of: str
    known: int
    from_anchors: bool = Field(description="Whether the asker trusts nobody yet and hears the platform's anchors.")
    most: list[TrustedOut]
    least: list[TrustedOut]


class TrustWordsOut(Public):
    """What is told of a relation to those whose relation it is not: words, made of what they may see. No number, item, giver or path."""

    asker: str
    target: str
    name: str
    as_of: str
    stage: str = Field(description="none, forming, consolidated or trusted.")
    evidence: Literal["none", "little", "some", "much"]
    leaning: Literal["good", "mixed", "poor", "unknown"]
    in_words: str


class TrustWordsListOut(Public):
    """Of whom a party knows or has heard anything, each in words: the best first, then by name."""

    asker: str
    as_of: str
    relations: list[TrustWordsOut]
