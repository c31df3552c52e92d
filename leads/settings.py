"""Settings of the broker's desk, in one place.

In: what a centre has decided. Out: a ``LeadSettings``. Next: ``api.settings`` fills it; ``leads.capacity``, ``leads.suggest`` and
``leads.credit`` read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

STUCK_DAYS: Mapping[str, int] = MappingProxyType({"shortlisted": 14, "proposed": 21, "introduced": 30, "talks": 90, "agreement": 365})
"""Days in a state after which a lead counts as stuck; other states never do."""


class LeadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``expert_capacity`` and ``institution_capacity``: introductions at a time, of an expert who says no number and of an institution that
    offers; ``share_days``: within how many days of the first introduction of a pair another counts beside it.

    Of suggestions: ``bar``: the least fit; ``per_need``, ``per_candidate`` and ``per_firm``: how many one need, one candidate and one
    institution with all who work for it get; ``newcomers``: the share that goes to candidates without any dealings, as far as there are
    some; ``depth``: how many candidates are looked at for a need, of which the bounds choose."""

    expert_capacity: int = 3
    institution_capacity: int = 20
    share_days: int = 30
    bar: float = 0.2
    per_need: int = 5
    per_candidate: int = 10
    per_firm: int = 20
    newcomers: float = 0.2
    depth: int = 20


DEFAULT = LeadSettings()
