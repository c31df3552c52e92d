"""Letting in: what a contact and a file have alike. Whoever cares for one says which institutions may see it, and ends that.

In: the state in which it may be done. Out: the two transitions, their fold, and what an actor is to such a thing. Next:
``desk.process.contact`` and ``desk.process.file``.
"""

from __future__ import annotations

from desk.journal.entries import Entry
from desk.process.principals import Actor
from desk.process.table import Transition, Value, Who, transition

CARE = (Who.OWNER, Who.OPERATOR)


def letting(state: str, *, let_in: str, shut_out: str) -> tuple[Transition, Transition]:
    """The transitions of a thing in ``state``; ``let_in`` and ``shut_out`` are what they do, in words."""
    return (
        transition("let_in", state, "", CARE, let_in, says={"institution": "who is let in"}),
        transition("shut_out", state, "", CARE, shut_out, says={"institution": "who is let in no more"}),
    )


def let_in_after(value: Value, entry: Entry) -> Value:
    """``value`` after an entry, in what concerns letting in."""
    if entry.kind == "let_in":
        return value | {"let_in": sorted({*value["let_in"], entry.body["institution"]})}
    if entry.kind == "shut_out":
        return value | {"let_in": sorted({*value["let_in"]} - {entry.body["institution"]})}
    return value


def relations(actor: Actor, value: Value, *owners: str | None) -> frozenset[Who]:
    """What ``actor`` is to a thing that ``owners`` care for."""
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(*owners):
        found.add(Who.OWNER)
    elif actor.is_of(*value.get("let_in", ())):
        found.add(Who.LET_IN)
    return frozenset(found)


def told(actor: Actor, related: frozenset[Who], value: Value) -> Value:
    """``value`` as somebody sees it who is ``related`` to such a thing: who is let in sees of the others nobody."""
    if related & {*CARE, Who.AGENT}:
        return value
    return value | {"let_in": [one for one in value["let_in"] if actor.is_of(one)]}
