"""Acting on a thing: an event is found in its process, checked, and written to the journal with what follows from it.

In: a journal, a process, an event with who does it and what is said. Out: the ``Entry``, or the reason why it may not be. Next: the modules
of ``desk`` that have things with a life call it, and nothing else moves a state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from desk.journal.entries import Entry
from desk.journal.journal import Fold, Journal, State, Step
from desk.process.table import Process, Transition, Value, Who
from graph.errors import InvalidInput, NotAllowed
from graph.language import _, word
from graph.store import Batch

STATE = "state"
"""The field of a thing's value that holds its state."""
Consequences = Callable[[Value, Mapping[str, Any], str], Batch]
"""What follows in the graph: of the value after the event, what was said with it, and the instant."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """``event`` on the thing ``id`` by ``actor``, who is to it what ``relations`` say. ``personal``: what is said that can be erased;
    ``expect``: the versions of nodes and edges that it was decided on."""

    id: str
    event: str
    actor: str
    relations: Collection[Who]
    says: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, int | None] = field(default_factory=dict)


def act(journal: Journal, process: Process, one: Act, consequences: Consequences | None = None) -> Entry:
    """Do it. Raises what ``allowed`` raises; Conflict where somebody else acted on the thing meanwhile."""
    found, now, at = allowed(journal, process, one)
    value: Value = now.value if now else {}
    after = {**value, STATE: found.after or value.get(STATE, "")}
    batch = consequences(after, one.says, at) if consequences else Batch()
    number = now.number + 1 if now else 1
    step = Step(
        stream=f"{process.name}:{one.id}", kind=one.event, actor=one.actor, body=one.says, personal=one.personal, batch=batch,
        number=number, at=at, expect=one.expect,
    )  # fmt: skip
    return journal.append(step)


def allowed(journal: Journal, process: Process, one: Act) -> tuple[Transition, State | None, str]:
    """The transition by which it can be done, what the thing has come to, and the instant for which that holds; nothing is done. Raises
    InvalidInput for what the process does not have and for what is said amiss; NotPossible for what the thing, as it stands, does not
    allow; NotAllowed for who may not; NotFound for who has nothing to do with the thing."""
    now = journal.state(f"{process.name}:{one.id}")
    value: Value = now.value if now else {}
    if now and not one.relations:
        raise process.missing(one.id)  # what is not for one's eyes answers like what is not there
    found = process.find(value.get(STATE, ""), one.event)
    if not found.who & set(one.relations):
        who = _(" or the ").join(word(who, "Who") for who in sorted(found.who))
        raise NotAllowed(_("{event} is for the {who}", event=one.event, who=who))
    said = {*one.says, *one.personal}
    for name, words in found.says.items():
        if one.says.get(name) in (None, "", [], {}) and name not in one.personal:
            raise InvalidInput(_("{event} needs {name}: {what}", event=one.event, name=name, what=_(words)), field=name)
    if unknown := sorted(said - found.says.keys() - found.may_say.keys()):
        raise InvalidInput(_("{event} has no field {name}", event=one.event, name=unknown[0]), field=unknown[0])
    at = journal.now()
    found.check(value, one.says, at)
    return found, now, at


def value_of(journal: Journal, process: Process, id: str) -> Value:
    """What a thing has come to. Raises NotFound for one that never was."""
    state = journal.state(f"{process.name}:{id}")
    if state is None:
        raise process.missing(id)
    return state.value


def seen(
    journal: Journal, process: Process, id: str, relations: Callable[[Value], frozenset[Who]]
) -> tuple[State, frozenset[Who]]:
    """What a thing has come to, and what who asks is to it by ``relations``. Raises NotFound for one that never was, and in the same words
    for one that is nothing to who asks: it is looked into as much for the one as for the other, so that the time tells nothing either."""
    state = journal.state(f"{process.name}:{id}")
    related = relations(state.value if state else {})
    if not state or not related:
        raise process.missing(id)
    return state, related


def folded(process: Process, update: Callable[[Value, Entry], Value]) -> Fold:
    """The fold of a process: the state moves as its table says, the rest of the value as ``update`` says."""

    def fold(before: Value | None, entry: Entry) -> Value:
        value = before or {}
        found = process.find(value.get(STATE, ""), entry.kind)
        return update(value, entry) | {STATE: found.after or value.get(STATE, "")}

    return fold
