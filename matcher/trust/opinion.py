"""Opinions: sums of evidence to belief, disbelief and uncertainty.

In: r and s, what evidence says for and against. Out: a subjective opinion. Next: ``matcher.trust.ledger`` and ``matcher.trust.fusion`` make
the trust term of it, ``matcher.trust.weighing`` the walk over positive trust, ``matcher.trust.derived_edges`` the TRUSTS edges;
``desk.trust`` and ``api.web.neighbourhood`` show it.

    belief b = r/(r+s+W)   disbelief d = s/(r+s+W)   uncertainty u = W/(r+s+W)   expectation P = b + a*u

(A. Josang, *Subjective Logic*, Springer 2016, ch. 3; W = 2.) No evidence is (0, 0, 1): uncertainty, never distrust.
"""

from __future__ import annotations

from typing import Any

from matcher.question import Opinion, TrustItem
from matcher.trust.settings import SETTINGS, TrustSettings


def opinion_of(r: float, s: float, items: tuple[TrustItem, ...] = (), settings: TrustSettings = SETTINGS, **more: Any) -> Opinion:
    """The opinion of the sums ``r`` and ``s`` (both >= 0); ``more`` are further fields of the Opinion."""
    total = r + s + settings.prior
    belief, uncertainty = r / total, settings.prior / total
    expectation = belief + settings.base_rate * uncertainty
    return Opinion(belief=belief, disbelief=s / total, uncertainty=uncertainty, expectation=expectation, items=items, **more)


def net(r: Any, s: Any, settings: TrustSettings = SETTINGS) -> Any:
    """belief - disbelief, in (-1, 1); numbers or arrays."""
    return (r - s) / (r + s + settings.prior)
