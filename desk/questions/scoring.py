"""What every score is made of, as the code has it: each term with its weight, its formula and where it is explained.

In: the weights of ``matcher.score``, the constants of ``matcher.trust.settings``. Out: public shapes. Next: ``api.http.routes.scoring``;
a test computes each formula and compares it with the code, and looks for each number in docs/scoring.md.
"""

from __future__ import annotations

import math
from typing import Any

from pydantic import Field

from desk.schemas import Public
from graph.language import N_, _
from matcher.question import Want
from matcher.score import DEFAULT, FIT_BANDS, Weights
from matcher.trust.terms import TOPIC, TrustTerm

PAGE = "docs/scoring.md"
_WORKS = "sum over works i of pool[i] * factor[i] * {signal}[i]"
_MEANING = N_("how near the works are to the question: cosines of centred vectors, of windows and of sentences")
_WORDS = N_("the words that the works share with the question, as asked or as translated, as a share of what any text could share")
_FIELD = N_("how near the works are to the field of the question; where experts are asked for")
_TRUST = {
    "trust": N_("the opinion: what speaks for a candidate less what speaks against it, by everything that is known and heard"),
    "dealings": N_("own experience, and that of the larger body"),
    TOPIC: N_("own cooperations that are about what is asked"),
    "heard": N_("what those whom the asker trusts have been through with the candidate"),
}


class TermDoc(Public):
    """A term of a score. Its points are at most ``weight`` either way, in whole points."""

    name: str
    about: str
    weight: float
    formula: str = Field(description="What its points are, in whole points; ^ is a power.")
    documentation: str


class FormulaDoc(Public):
    """A quantity that formulas of terms name."""

    name: str
    formula: str
    documentation: str


class EvidenceDoc(Public):
    """What an item of evidence says: its weight when it is fresh, its value (null: its own), the years in which it halves."""

    kind: str
    weight: float
    value: float | None
    halflife: float


class BandDoc(Public):
    """A word for a fit, and from where on it is said."""

    band: str
    least: float


class WantedDoc(Public):
    """How what is wanted is scored."""

    wanted: list[Want]
    terms: list[TermDoc]
    pool: list[float] = Field(description="What the best, second, third ... work of a candidate add.")
    fit: str = Field(description="The technical fit by the points of the terms of text.")


class ScoringOut(Public):
    """What scores are made of. ``score`` is the sum of the points of its terms, in millionths."""

    score: str
    wanted: list[WantedDoc]
    quantities: list[FormulaDoc]
    fit_bands: list[BandDoc]
    evidence: list[EvidenceDoc]
    settings: dict[str, Any] = Field(description="Further constants of trust (docs/trust.md).")
    documentation: str


def scoring(weights: Weights = DEFAULT) -> ScoringOut:
    """The terms and constants by which every question is answered."""
    trust = weights.trust_settings
    settings = {
        name: getattr(trust, name)
        for name in ("prior", "base_rate", "leniency_prior", "institution_discount", "unknown_age", "part_of", "heard", "cap", "damping")
    }
    return ScoringOut(
        score="1000000 * sum over terms of points",
        wanted=[
            _wanted([one for one in Want if one is not Want.EXPERTS], weights), _wanted([Want.EXPERTS], weights.wanting(Want.EXPERTS)),
        ],
        quantities=_quantities(weights),
        fit_bands=[BandDoc(band=band, least=least) for band, least in FIT_BANDS],
        evidence=[
            EvidenceDoc(kind=name, weight=kind.weight, value=kind.value or None, halflife=kind.halflife)
            for name, kind in trust.kinds.items()
        ],
        settings=settings, documentation=PAGE,
    )  # fmt: skip


def _wanted(wanted: list[Want], weights: Weights) -> WantedDoc:
    text = [("meaning", _MEANING, weights.meaning), ("words", _WORDS, weights.words), ("field", _FIELD, weights.field)]
    terms = [
        TermDoc(
            name=name, about=_(about), weight=weight, formula=f"{weight:g} * {_WORKS.format(signal=name)}",
            documentation=f"{PAGE}#the-terms",
        )
        for name, about, weight in text if weight
    ]  # fmt: skip
    terms += [
        TermDoc(name=one.name, about=_(_TRUST[one.name]), weight=one.weight, formula=_of_trust(one), documentation=f"{PAGE}#the-terms")
        for one in weights.trust_terms
    ]
    slope, level = weights.fit
    return WantedDoc(wanted=wanted, terms=terms, pool=list(weights.pool), fit=f"1 / (1 + e ^ (-({slope:g} * points + {level:g})))")


def _of_trust(term: TrustTerm) -> str:
    narrow = "" if math.isinf(term.narrow) else f"{term.narrow:g} / ({term.narrow:g} + breadth) * "
    return f"{term.weight:g} * {narrow}(r - s) / (r + s + {term.half:g})"


def _quantities(weights: Weights) -> list[FormulaDoc]:
    lasting, halflife = weights.lasting, weights.halflife
    formulas = {
        "words": f"s / (s + {weights.saturation:g} * S ^ {weights.attainable:g})",
        "factor": f"{lasting:g} + {1 - lasting:g} * 2 ^ (-years / {halflife:g})",
        "profile": f"{weights.profile:g} * factor",
        "closeness": "meaning * (1 + words)",
    }
    return [FormulaDoc(name=name, formula=formula, documentation=f"{PAGE}#the-terms") for name, formula in formulas.items()]
