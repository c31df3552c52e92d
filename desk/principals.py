"""Principals: who acts on the platform, in which role and for which institution.

In: nothing yet but what a door knows of its caller. Out: an ``Actor``. Next: ``desk.demands`` asks what an actor is to a thing.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a principal is on the platform. ``clock`` is the platform itself."""

    ENTERPRISE = "enterprise"
    PROVIDER = "provider"
    BROKER = "broker"
    CONSUMER = "consumer"
    OPERATOR = "operator"
    CLOCK = "clock"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts. ``id``: as the journal names it; ``institution``: the id of the one that it is a member of, "" for none;
    ``is_reviewer``: named by the operator to look things over."""

    id: str
    role: Role
    institution: str = ""
    is_reviewer: bool = False

    @property
    def reviews(self) -> bool:
        return self.is_reviewer or self.role is Role.OPERATOR


CLOCK = Actor(id="clock", role=Role.CLOCK)
