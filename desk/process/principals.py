"""Principals: who acts on the platform, in which role and for which institution.

In: nothing. Out: an ``Actor``. Next: ``desk.people.keys`` makes one of a key; ``desk.people.demands`` asks what an actor is to a thing.
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


class Scope(StrEnum):
    """What a key opens: reading and matching; posting and acting on what is one's own; feeding files; running the platform."""

    READ = "read"
    WRITE = "write"
    INGEST = "ingest"
    ADMIN = "admin"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts. ``id``: as the journal names it; ``institution``: the id of the one that it is a member of, "" for none;
    ``is_reviewer``: named by the operator to look things over."""

    id: str
    role: Role
    institution: str = ""
    is_reviewer: bool = False
    scopes: frozenset[Scope] = frozenset(Scope)

    @property
    def reviews(self) -> bool:
        return self.is_reviewer or self.role is Role.OPERATOR


CLOCK = Actor(id="clock", role=Role.CLOCK)
