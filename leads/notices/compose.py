"""What a member is to be told now, of all that the member wants to be told of.

In: the leads of a store, a member with searches and followings, what was told. Out: the parts of a letter, and the record as it stands once
they are told. Next: ``leads.notices.notify``.

Nothing is told twice to a member: a lead that two searches find is told by the first, and what is counted as "n more" counts as told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from desk.process.act import STATE
from desk.process.principals import Actor, Role
from desk.process.table import Value
from graph.documents import Document
from graph.errors import InvalidInput
from leads.notices import reminders
from leads.notices.record import Part, Record
from leads.notices.slots import is_due, slot
from leads.process import LEAD
from leads.subscriptions.faces import changes, face, merged
from leads.subscriptions.filters import Filters, Found, Pool, chosen, find
from leads.subscriptions.follow import BOARD, FOLLOW, latest
from leads.subscriptions.follows import Follows
from leads.subscriptions.marks import Marks, known, lead_key, mark
from leads.subscriptions.search import DAILY, SEARCH

EVERY = Filters(states=tuple(LEAD.states))
NAMED = 25
"""Leads that a letter names for one search, at most."""


class Wanted(NamedTuple):
    """What a member wants to be told of. ``searches`` by number, active ones with what they look for; ``follows`` by number, with the
    board's, whether ended or not."""

    member: str
    actor: Actor
    searches: dict[str, tuple[Value, Filters]]
    follows: dict[str, Value]

    @property
    def board(self) -> tuple[str, str] | None:
        """The number and the cadence of what is told of the board; None where nothing is."""
        id, turn, held = latest(self.follows.get, self.member, BOARD)
        if held is None:
            return (id, DAILY) if self.actor.role is Role.BROKER and not turn else None
        return id, held["cadence"]

    def wants(self, part: Part) -> bool:
        """Whether a part of a letter is wanted still."""
        kind, _colon, id = part.of.partition(":")
        if kind == SEARCH.name:
            return id in self.searches
        if self.board and self.board[0] == id:
            return True
        return id in self.follows and self.follows[id][STATE] == "following"


class Composed(NamedTuple):
    """``record``: as it stands once the ``parts`` are told; ``documents``: what else is written with it."""

    record: Record
    parts: tuple[Part, ...]
    documents: list[Document]


def compose(pool: Pool, follows: Follows, wanted: Wanted, held: Record, now: str, hour: int = 0) -> Composed:
    """What is to be told to a member at the instant ``now``."""
    slots, parts, keys, documents = dict(held.slots), list[Part](), set[str](), list[Document]()
    marks = Marks.of(held.told)

    def begins(of: str, cadence: str, begun: str) -> bool:
        last = slots.get(of) or (slot(cadence, begun, hour) if begun else "")
        if not is_due(cadence, last, now, hour):
            return False
        if cadence != "at_once":
            slots[of] = slot(cadence, now, hour)
        return True

    for id, (value, filters) in wanted.searches.items():
        if begins(f"{SEARCH.name}:{id}", value["cadence"], value["created"]):
            without = (marks, known(pool.store, id), Marks(map(mark, keys)))
            part, told = _searched(pool, wanted.actor, id, value["cap"], filters, without)
            parts += [part] if told else []
            keys |= told
    for id, value in wanted.follows.items():
        is_followed = value[STATE] == "following" and value["thing"] != BOARD
        if is_followed and begins(f"{FOLLOW.name}:{id}", value["cadence"], value["begun"]):
            for part, document in _followed(pool, follows, wanted.actor, id, value["thing"]):
                parts += [part] if part.changes else []
                documents.append(document)
    board = wanted.board
    if board and begins(f"{FOLLOW.name}:{board[0]}", board[1], wanted.follows.get(board[0], {}).get("begun", "")):
        due = [one for one in reminders.tasks(pool, wanted.actor) if not marks.has(one.key)]
        parts += [Part(of=f"{FOLLOW.name}:{board[0]}", thing=BOARD, tasks=tuple(one.id for one in due))] if due else []
        keys |= {one.key for one in due}
    after = msgspec.structs.replace(held, slots=slots, told=marks.packed(keys) if keys else held.told)
    return Composed(after, tuple(parts), documents)


def _searched(pool: Pool, actor: Actor, id: str, cap: int, filters: Filters, without: tuple[Marks, ...]) -> tuple[Part, set[str]]:
    found = _found(pool, actor, filters, without)
    shown = chosen(found, cap, NAMED)
    more = tuple((partner, tuple(one.id for one in some)) for partner, some in sorted(shown.more.items()))
    part = Part(of=f"{SEARCH.name}:{id}", leads=tuple(one.id for one in shown.named), more=more, rest=tuple(one.id for one in shown.rest))
    return part, {lead_key(one.id) for one in found}


def _found(pool: Pool, actor: Actor, filters: Filters, without: tuple[Marks, ...]) -> list[Found]:
    """What a search finds; nothing where what it names is not there any more."""
    try:
        return find(pool, actor, filters, without=without)
    except InvalidInput:
        return []


def _followed(pool: Pool, follows: Follows, actor: Actor, id: str, thing: str) -> Iterator[tuple[Part, Document]]:
    """What has changed of a thing, and what keeps how it looks now; nothing where it looks as it did, or is not there for the member."""
    seen = face(pool.store, actor, thing)
    before, version = follows.face(id)
    if seen and merged(before, seen[0]) != before:
        part = Part(of=f"{FOLLOW.name}:{id}", thing=thing, changes=changes(before, *seen))
        yield part, follows.document(id, merged(before, seen[0]), version)


def still_seen(pool: Pool, wanted: Wanted, part: Part) -> Part | None:
    """Of a part that was put on record what is wanted still and may still be seen; None for nothing."""
    if not wanted.wants(part):
        return None
    ids = {*part.leads, *part.rest, *(id for _partner, some in part.more for id in some)}
    seen = {one.id for one in find(pool, wanted.actor, EVERY, among=ids)} if ids else set()
    tasks = {one.id for one in reminders.tasks(pool, wanted.actor, part.tasks)} if part.tasks else set()
    is_there = not part.changes or face(pool.store, wanted.actor, part.thing) is not None
    left = msgspec.structs.replace(
        part,
        leads=tuple(id for id in part.leads if id in seen),
        more=tuple((partner, kept) for partner, some in part.more if (kept := tuple(id for id in some if id in seen))),
        rest=tuple(id for id in part.rest if id in seen),
        changes=part.changes if is_there else (),
        tasks=tuple(id for id in part.tasks if id in tasks),
    )
    return left if left.leads or left.more or left.rest or left.changes or left.tasks else None
