"""The terms of trust: how much of what an asker may believe counts in a ranking.

In: the sums r and s of what some ways tell for and against a candidate. Out: points. Next: ``matcher.score`` holds the weights,
``matcher.trust.ledger`` makes terms with what they would be without each fact, ``matcher.rank.beliefs`` counts them for all candidates.

    points = weight * narrow / (narrow + breadth) * (r - s) / (r + s + half)

A term is never more than its weight either way, whatever is said and by however many, and exactly zero where nothing is known. With
``half`` the prior of an opinion it is weight * (belief - disbelief). ``breadth`` is what the asker has been through with everybody together
(``matcher.trust.fusion.Hearing``): that an agency has once paid a firm says little where it has paid thousands.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from matcher.columns.evidence import Floats, Rows
from matcher.question import MILLION
from matcher.trust.fusion import HEARD, WAYS, Hearing

TOPIC = "topic"
"""The name of the term of dealings that are about what is asked (``matcher.rank.topic``); the others are of the ways alone."""

TRUST_TERMS = ("trust", "dealings", TOPIC, "heard")
"""The names of all terms of trust, in the order in which a score lists them."""


class TrustTerm(msgspec.Struct, frozen=True):
    """A term by its name: ``weight``, which is also its cap, in points of a score of 1; ``half``, how much evidence makes half of it;
    the ``ways`` by which it is known; and ``narrow``, the breadth of an asker for whom it counts half."""

    name: str
    weight: float
    half: float
    ways: tuple[str, ...] = WAYS
    narrow: float = math.inf

    def counted(self, hearing: Hearing) -> TrustTerm:
        """The term as it counts for an asker. What anchors lend to one who trusts nobody yet is no voice of its partners."""
        if self.ways == (HEARD,) and hearing.from_anchors:
            return msgspec.structs.replace(self, weight=0.0)
        share = 1.0 if math.isinf(self.narrow) else self.narrow / (self.narrow + hearing.breadth)
        return msgspec.structs.replace(self, weight=self.weight * share)

    def points(self, r: float, s: float) -> int:
        """In millionths."""
        return int(self.all_points(np.array([r]), np.array([s]))[0])

    def all_points(self, r: Floats, s: Floats) -> Rows:
        """``points`` of arrays, element by element."""
        return np.rint(MILLION * self.weight * ((r - s) / (r + s + self.half))).astype(np.int64)
