"""The settings of trust: every constant of the model but the thresholds of the stages (``matcher.trust.stages``).

In: nothing of the project but the names of the kinds of evidence. Out: ``TrustSettings``. Next: ``matcher.trust.decay``,
``matcher.trust.weighing``, ``matcher.trust.opinion``, ``matcher.trust.fusion`` and ``matcher.trust.stages`` compute with them, and
``matcher.score``, whose weights hold them.
"""

from __future__ import annotations

import msgspec

from graph.model import EvidenceKind


class Kind(msgspec.Struct, frozen=True):
    """How much an item of a kind weighs when it is fresh, what it says in [-1, 1], and the years in which it halves.
    An item that brings its own value has 0 here. A rating is freed of its rater's leniency before it is weighed."""

    weight: float
    value: float
    halflife: float


class TrustSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every constant of the trust model. ``heard`` and ``part_of`` at 0 leave these ingredients out; ``direct`` at False, one's own."""

    kinds: dict[str, Kind] = msgspec.field(
        default_factory=lambda: {
            "completed": Kind(1.0, 1.0, 3.0),
            "failed": Kind(1.0, -0.5, 3.0),
            "breached": Kind(2.0, -1.0, 5.0),
            "took_part": Kind(0.2, 1.0, 3.0),
            EvidenceKind.RATING.value: Kind(1.0, 0.0, 2.0),
            EvidenceKind.PAYMENT.value: Kind(0.5, 0.0, 3.0),
            EvidenceKind.DELIVERY.value: Kind(1.0, 0.0, 3.0),
            EvidenceKind.CONTRACT.value: Kind(0.5, 0.0, 5.0),
            EvidenceKind.HARM_CHECK.value: Kind(0.5, 0.0, 2.0),
            EvidenceKind.DISPUTE.value: Kind(1.0, 0.0, 3.0),
        }
    )
    prior: float = 2.0
    """W: how much evidence it takes to halve the uncertainty."""
    base_rate: float = 0.5
    """a: what is expected where nothing is known."""
    leniency_prior: float = 20.0
    """Ratings of value 0 that every rater is taken to have given: a mean of few ratings says little about a rater."""
    institution_discount: float = 0.5
    """How much of the experience with an expert's institution counts for the expert."""
    unknown_age: float = 1.0
    """Half-lives that an item without a date is taken to be old."""
    negatives_expire: float | None = 5.0
    """Years after which what an item says against somebody counts no more; None: never. An item without a date does not expire."""
    direct: bool = True
    """Whether the asker's own experience counts."""
    part_of: float = 0.5
    """What each step of PART_OF leaves of a relative's experience: a parent's or an institute's counts half, a sister's a quarter."""
    heard: float = 5.0
    """kappa: how much the voices of all others together count."""
    cap: float = 1.0
    """c: the most that one witness may say, before its voice is applied: as much as one fresh completion."""
    damping: float = 0.5
    """alpha: the chance that a walk over positive trust goes on. A set of fakes holds at most alpha/(1 - alpha) of what flows into it."""


SETTINGS = TrustSettings()
