"""What somebody is to a webhook.

In: an actor, the state of a webhook. Out: relations. Next: ``desk.events.concerns`` and ``desk.events.hooks``.
"""

from __future__ import annotations

from desk.process.principals import Actor, Scope
from desk.process.table import Value, Who


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """Its owner is whoever may act for the institution; the operator may end it."""
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(value.get("owner")) and Scope.WRITE in actor.scopes:
        found.add(Who.OWNER)
    return frozenset(found)
