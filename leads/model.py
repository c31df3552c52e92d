"""A lead: a demand or an institution that needs, and an institution, an expert or a result that offers.

In: the ids of the two. Out: a ``Suggestion``, as it was found, and a ``Lead``, as it stands for somebody. Next: ``leads.suggestions`` keeps
the first, ``leads.leads`` makes the second.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from desk.process.table import Value


def lead_id(need: str, offer: str) -> str:
    """The id of the lead of two nodes: the same whoever finds it, and however."""
    return blake2b(f"{len(need)}:{need}{len(offer)}:{offer}".encode(), digest_size=8).hexdigest()


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A lead as it was found. ``need``: the id of a Demand, or of an Institution that needs; ``offer``: of an Institution, Expert or
    Achievement; ``work``: the result that speaks most for it; ``fit``: 0 to 1, comparable across demands; ``points``: as in the answer;
    ``found``: the day, ``model``: by which model; ``about``: the institution that needs; ``hidden``: not everybody may see the need."""

    id: str
    need: str
    offer: str
    work: str = ""
    fit: float = 0.0
    points: int = 0
    found: str = ""
    model: str = ""
    about: str = ""
    hidden: bool = False

    @staticmethod
    def of(need: str, offer: str, **more: Any) -> Suggestion:
        """The suggestion of two nodes, under the id that is theirs."""
        return Suggestion(id=lead_id(need, offer), need=need, offer=offer, **more)


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A lead as it stands for whoever looks. ``value``: what the journal says of it, empty while it is only suggested; ``state`` and
    ``since``: its state and the day since which it is in that; ``at``: the instant of its last step; ``about``: the institution that
    needs, empty where that is not for one's eyes; ``houses``: the institutions that offer; ``events``: what the one who looks can do."""

    suggestion: Suggestion
    state: str
    since: str
    at: str
    about: str
    houses: tuple[str, ...]
    value: Value
    events: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.suggestion.id
