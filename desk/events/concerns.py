"""Whom what happened concerns: what somebody is to the thing of a stream, by the type of the stream.

In: an actor, a stream and what it has come to. Out: what the actor is to it; the institutions and things by which a stream is found. Next:
``desk.events.feed``. The rules are those by which the things themselves are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from desk.answers import answers
from desk.events.hook_relations import relations as of_hook
from desk.jobs import jobs
from desk.members import members
from desk.people import admissions, contacts, files, keys
from desk.process import demand
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.store import Store

_Related = Callable[[Store, Actor, str, Value], frozenset[Who]]
RELATED: dict[str, _Related] = {
    "demand": lambda _store, actor, _id, value: demand.relations(actor, value),
    "admission": lambda store, actor, _id, value: admissions.relations(store, actor, value),
    "key": lambda _store, actor, _id, value: keys.relations(actor, value),
    "member": lambda _store, actor, id, value: members.relations(actor, id, value),
    "contact": lambda _store, actor, _id, value: contacts.relations(actor, value),
    "file": lambda store, actor, _id, value: files.relations(store, actor, value),
    "job": lambda _store, actor, _id, value: jobs.relations(actor, value),
    "answer": lambda _store, actor, _id, value: answers.relations(actor, value),
    "hook": lambda _store, actor, _id, value: of_hook(actor, value),
}
"""What an actor is to a thing; of a type that is not here nobody is told."""
PLACES = {
    "demand": "/v1/demands/", "admission": "/v1/admissions/", "key": "/v1/keys/", "member": "/v1/members/", "contact": "/v1/contacts/",
    "file": "/v1/files/", "job": "/v1/jobs/", "hook": "/v1/webhooks/", "answer": "/v1/answers/",
    "lead": "/v1/leads/", "search": "/v1/searches/",
}  # fmt: skip
"""Where a thing is read over HTTP."""
_PARTIES = ("owner", "agent", "guest", "institution", "to", "of", "recipient")


def parties(value: Value) -> Iterator[str]:
    """The institutions and things that a state names: whom its stream may concern."""
    for name in _PARTIES:
        named = value.get(name)
        if named and isinstance(named, str):
            yield named
    yield from value.get("let_in", ())
