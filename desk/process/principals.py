"""Principals: who acts on the platform, in which role and for which institution.

In: nothing. Out: an ``Actor``. Next: ``desk.people.keys`` makes one of a key; ``desk.people.demands`` asks what an actor is to a thing.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from graph.errors import NotAllowed
from graph.language import _


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
    ``former``: ids that this one had before; ``is_reviewer``: named by the operator to look things over."""

    id: str
    role: Role
    institution: str = ""
    is_reviewer: bool = False
    scopes: frozenset[Scope] = frozenset(Scope)
    former: frozenset[str] = frozenset()

    def is_of(self, *institutions: str | None) -> bool:
        """Whether the actor is a member of one of these, under the id that it has now or one that it had before a merge."""
        return bool(self.institution) and not {self.institution, *self.former}.isdisjoint(institutions)

    def require(self, scope: Scope) -> None:
        """Raises NotAllowed for an actor without ``scope``, and for one who is not the operator where that is to run the platform."""
        if scope not in self.scopes:
            has = ", ".join(sorted(self.scopes))
            raise NotAllowed(_("this needs the scope {scope}; the key has {scopes}", scope=scope.value, scopes=has), field="key")
        if scope is Scope.ADMIN and self.role is not Role.OPERATOR:
            raise NotAllowed(_("this is for the operator"), field="key")

    @property
    def runs(self) -> bool:
        """Whether the actor runs the platform."""
        return self.role is Role.OPERATOR and Scope.ADMIN in self.scopes

    @property
    def reviews(self) -> bool:
        return self.is_reviewer or self.role is Role.OPERATOR


CLOCK = Actor(id="clock", role=Role.CLOCK)
