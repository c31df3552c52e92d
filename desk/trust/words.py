"""Trust in words: what is told of a relation to those whose relation it is not.

In: the sums r and s of what an asker may believe of a target, and the stage of their relation. Out: how much evidence there is and how it
leans, in buckets. Next: ``desk.trust.by_role`` tells them. No number, item, giver, path or date goes out.

    evidence   none: r + s = 0     a little: up to LITTLE     some: up to SOME     much: more
    leaning    unknown: r + s = 0  good: r / (r + s) >= GOOD  poor: <= POOR        mixed: between

A completed cooperation of today is 1, so "a little" is that or less.
"""

from __future__ import annotations

from typing import Literal

from desk.trust.schemas import TrustWordsOut
from graph.language import N_, _
from matcher.trust.stages import Stage

Evidence = Literal["none", "little", "some", "much"]
Leaning = Literal["good", "mixed", "poor", "unknown"]
LITTLE, SOME = 1.0, 4.0
"""The most of r + s that is "a little", and "some"."""
GOOD, POOR = 2 / 3, 1 / 3
"""From which share of r on it is good, and up to which it is poor."""
_STAGES = {
    Stage.NONE: N_("no relation yet"),
    Stage.FORMING: N_("a relation that is forming"),
    Stage.CONSOLIDATED: N_("a consolidated relation"),
    Stage.TRUSTED: N_("a relation of trust"),
}
_EVIDENCE: dict[Evidence, str] = {
    "none": N_("no evidence"),
    "little": N_("a little evidence"),
    "some": N_("some evidence"),
    "much": N_("much evidence"),
}
_LEANINGS: dict[Leaning, str] = {
    "good": N_("good on the whole"),
    "mixed": N_("mixed"),
    "poor": N_("poor on the whole"),
    "unknown": N_("nothing known"),
}


def evidence_of(r: float, s: float) -> Evidence:
    """How much evidence there is: none, little, some or much."""
    total = r + s
    return "none" if not total else "little" if total <= LITTLE else "some" if total <= SOME else "much"


def leaning_of(r: float, s: float) -> Leaning:
    """How it leans: good, mixed or poor; unknown without any."""
    total = r + s
    return "unknown" if not total else "good" if r >= GOOD * total else "poor" if r <= POOR * total else "mixed"


def bucket(r: float, s: float) -> tuple[int, int]:
    """The place of what is told in a list: the best first and, of what is as good, that of which there is most evidence."""
    return list(_LEANINGS).index(leaning_of(r, s)), -list(_EVIDENCE).index(evidence_of(r, s))


def words_of(asker: str, target: str, name: str, as_of: str, stage: Stage, r: float, s: float) -> TrustWordsOut:
    """A relation in words; ``asker``, ``target`` (called ``name``) and ``as_of`` as they were asked for."""
    evidence, leaning = evidence_of(r, s), leaning_of(r, s)
    told = [_(_STAGES[stage]), _(_EVIDENCE[evidence])] + ([_(_LEANINGS[leaning])] if evidence != "none" else [])
    return TrustWordsOut(
        asker=asker, target=target, name=name, as_of=as_of, stage=stage.value, evidence=evidence, leaning=leaning,
        in_words=_("; ").join(told),
    )  # fmt: skip
