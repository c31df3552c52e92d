"""Whom what happened concerns: what somebody is to the thing of a stream, and which of its steps are told, by the type of the stream.

In: an actor, a stream and what it has come to. Out: ``CONCERNS``: what the actor is to it, whether a step is told; the institutions and
things by which a stream is found. Next: ``desk.events.feed``; ``api.streams`` adds the types of the packages that build on ``desk``. The
rules are those by which the things themselves are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

from desk.answers import answers
from desk.events.hook_relations import relations as of_hook
from desk.jobs import jobs
from desk.members import members
from desk.people import admissions, contacts, files, keys
from desk.process import demand
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.store import Store

_PARTIES = ("owner", "agent", "guest", "institution", "to", "of", "recipient", "by", "member")
_UNSHARED = ("take", "reveal")
"""What who is let in is not told of: who else looked."""
_Related = Callable[[Store, Actor, str, Value], frozenset[Who]]


class Step(NamedTuple):
    """A step of a thing. ``value``: what the thing has come to since; ``who``: what the actor is to it; ``kind``: what was done;
    ``named``: the institution that was let in or shut out by it, "" for none; ``said``: reads what the entry says."""

    id: str
    value: Value
    who: frozenset[Who]
    kind: str
    named: str
    said: Callable[[], Mapping[str, Any]]


class Things(Protocol):
    """The things of one type as they concern one actor; made anew for each page of events."""

    def related(self, id: str, value: Value) -> frozenset[Who]:
        """What the actor is to a thing that has come to ``value``."""

    def found(self) -> Iterable[str]:
        """The ids of the things that concern the actor, where their states do not name it (``parties``)."""

    def tells(self, step: Step) -> bool:
        """Whether the actor is told of a step."""


class Concern(NamedTuple):
    """How the things of a type are told. ``place``: what stands before the id where one is read over HTTP."""

    place: str
    things: Callable[[Store, Actor], Things]


class Named:
    """Things whose states name whom they concern; of what each is related to, all steps are told but those of others that are let in."""

    def __init__(self, related: _Related, store: Store, actor: Actor) -> None:
        self._related, self._store, self._actor = related, store, actor
        self._ours = {actor.institution, *actor.former} - {""}

    def related(self, id: str, value: Value) -> frozenset[Who]:
        return self._related(self._store, self._actor, id, value)

    def found(self) -> Iterable[str]:
        return ()

    def tells(self, step: Step) -> bool:
        if step.who - {Who.LET_IN}:
            return True
        return step.named in self._ours if step.named else bool(step.who) and step.kind not in _UNSHARED


def named(place: str, related: _Related) -> Concern:
    """The concern of things whose states name the institution, the key or the member that they concern."""
    return Concern(place, partial(Named, related))


CONCERNS: dict[str, Concern] = {
    "demand": named("/v1/demands/", lambda _store, actor, _id, value: demand.relations(actor, value)),
    "admission": named("/v1/admissions/", lambda store, actor, _id, value: admissions.relations(store, actor, value)),
    "key": named("/v1/keys/", lambda _store, actor, _id, value: keys.relations(actor, value)),
    "member": named("/v1/members/", lambda _store, actor, id, value: members.relations(actor, id, value)),
    "contact": named("/v1/contacts/", lambda _store, actor, _id, value: contacts.relations(actor, value)),
    "file": named("/v1/files/", lambda store, actor, _id, value: files.relations(store, actor, value)),
    "job": named("/v1/jobs/", lambda _store, actor, _id, value: jobs.relations(actor, value)),
    "answer": named("/v1/answers/", lambda _store, actor, _id, value: answers.relations(actor, value)),
    "hook": named("/v1/webhooks/", lambda _store, actor, _id, value: of_hook(actor, value)),
}
"""By type of stream; of a type that is not here nobody is told."""


def parties(value: Value) -> Iterator[str]:
    """The institutions, things, keys and members that a state names: whom its stream may concern."""
    for name in _PARTIES:
        found = value.get(name)
        if found and isinstance(found, str):
            yield found
    yield from value.get("let_in", ())
