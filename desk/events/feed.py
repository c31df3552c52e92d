"""The feed of events: what happened that concerns somebody, in order, after a cursor.

In: the entries of the journal as they are written, an actor, a cursor. Out: a ``Page`` of events. Next: ``api.http.routes.events``;
``desk.events.sender`` pushes the same.

An event is an entry without what it says: its kind, the thing and the instant. All entries are kept in columns in memory, each read once;
with them, of each institution or thing, the streams that name it. So a page looks at the streams of whoever asks, and never at all entries
from the beginning, but for the operator's, whom they all concern.

A cursor is a place in the order of all entries with the hash of the entry before it, encrypted: it tells nothing of how many others there
are, and where the store was put back to an earlier state it is refused. Entries are never removed, so that a place stays the same over
restarts, in every process and in a copy of the store.
"""

from __future__ import annotations

import hashlib
import heapq
import struct
import sys
import threading
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from desk.events.concerns import CONCERNS, Concern, Step, parties
from desk.events.secret import EventKey
from desk.journal import states
from desk.journal.entries import Entry, entry_id
from desk.journal.journal import State
from desk.people.sight import nodes_of
from desk.process.demand import DEMAND
from desk.process.principals import Actor
from desk.process.table import Value, Who
from graph.documents import DocumentKind
from graph.errors import InvalidInput
from graph.language import _
from graph.store import OnePerStore, Store

_PLACE = struct.Struct(">QQ")
_LETTING = ("let_in", "shut_out")


class Event(msgspec.Struct, frozen=True):
    """Something that happened. ``id``: the same wherever it is told; ``kind``: the type of the thing and what was done with it;
    ``thing``: its id, ``place``: where it is read over HTTP; ``at``: the instant."""

    id: str
    kind: str
    thing: str
    place: str
    at: str


class Page(msgspec.Struct, frozen=True):
    """Events in order. ``next``: the cursor behind them; ``more``: whether there are more now."""

    events: list[Event]
    next: str
    more: bool


class _Line(msgspec.Struct):
    """Of an entry what the feed keeps."""

    stream: str
    number: int
    kind: str
    body: dict[str, Any]


class _State(msgspec.Struct):
    value: dict[str, Any]


_lines, _states = msgspec.json.Decoder(_Line), msgspec.json.Decoder(_State)


class _Columns:
    """The entries of a store up to ``sequence``; ``named``: by place, the institution that an entry lets in or shuts out;
    ``last``: by type of stream, the place of its last entry."""

    def __init__(self) -> None:
        self.sequence = 0
        self.streams: list[str] = []
        self.kinds: list[str] = []
        self.numbers, self.marks = array("L"), array("Q")
        self.named: dict[int, str] = {}
        self.places: dict[str, array[int]] = {}
        self.last: dict[str, int] = {}
        self.naming: defaultdict[str, set[str]] = defaultdict(set)
        self.lock = threading.Lock()

    def follow(self, store: Store) -> None:
        """Take in what is new."""
        for one in store.documents_since(self.sequence, [DocumentKind.ENTRY, DocumentKind.STATE]):
            if one.kind is DocumentKind.STATE:
                for named in parties(_states.decode(one.content).value):
                    self.naming[named].add(one.id)
            else:
                self._add(_lines.decode(one.content), one.content)
            self.sequence = one.version

    def _add(self, line: _Line, content: bytes) -> None:
        stream = sys.intern(line.stream)
        place = len(self.streams)
        self.streams.append(stream)
        self.kinds.append(sys.intern(line.kind))
        self.numbers.append(line.number)
        self.marks.append(int.from_bytes(hashlib.sha256(content).digest()[:8], "big"))
        self.places.setdefault(stream, array("L")).append(place)
        self.last[sys.intern(stream.partition(":")[0])] = place
        named = line.body.get("institution")
        if line.kind in _LETTING and isinstance(named, str):
            self.named[place] = named
            self.naming[named].add(stream)

    def mark(self, place: int) -> int:
        """The hash of the entry before a place, 0 before the first."""
        return self.marks[place - 1] if place else 0


class _Look:
    """What concerns an actor, for one page: the things of each type, and what the actor is to each, looked up once; for whom all of them
    may concern, the states of a type are read together."""

    def __init__(self, store: Store, actor: Actor, concerns: Mapping[str, Concern]) -> None:
        self._store, self._actor = store, actor
        self.things = {kind: one.things(store, actor) for kind, one in concerns.items()}
        self._all: dict[str, dict[str, State]] = {}
        self._found: dict[str, tuple[frozenset[Who], Value]] = {}

    def related(self, stream: str) -> tuple[frozenset[Who], Value]:
        """What the actor is to the thing of a stream, and what the thing has come to."""
        if stream not in self._found:
            kind, _colon, id = stream.partition(":")
            held = self._held(kind, id) if kind in self.things else None
            self._found[stream] = (self.things[kind].related(id, held.value), held.value) if held else (frozenset(), {})
        return self._found[stream]

    def _held(self, kind: str, id: str) -> State | None:
        if not self._actor.runs:
            return states.state(self._store, kind, id)
        if kind not in self._all:
            self._all[kind] = dict(states.states(self._store, kind))
        return self._all[kind].get(id)


_columns_of = OnePerStore(_Columns)


class Feed:
    """The events of a store. ``concerns``: whom the streams of each type concern; those of other types are not told."""

    def __init__(self, store: Store, key: EventKey | None = None, concerns: Mapping[str, Concern] = CONCERNS) -> None:
        self._store, self._key, self._concerns = store, key or EventKey(store), concerns
        self._columns = _columns_of(store)

    def after(self, actor: Actor, cursor: str, limit: int) -> Page:
        """The first ``limit`` events after ``cursor`` ("": from the beginning) that concern ``actor``. Raises InvalidInput for what is no
        cursor of this store as it is."""
        start = self._start(cursor) if cursor else 0
        with self._columns.lock:
            self._columns.follow(self._store)
            end = len(self._columns.streams)
            found = list(islice(self._shown(actor, start, end), limit + 1))
        more = len(found) > limit
        place = found[limit - 1] + 1 if more else end
        return Page([self._event(one) for one in self._entries(found[:limit])], self._cursor(place), more)

    def now(self) -> str:
        """The cursor behind everything that has happened."""
        with self._columns.lock:
            self._columns.follow(self._store)
        return self._cursor(len(self._columns.streams))

    def _start(self, cursor: str) -> int:
        with self._columns.lock:
            self._columns.follow(self._store)
        try:
            place, mark = _PLACE.unpack(self._key.place(cursor))
        except struct.error as error:
            raise InvalidInput(_("is no cursor of this service; begin without one"), field="after") from error
        if place > len(self._columns.streams) or self._columns.mark(place) != mark:
            raise InvalidInput(_("is a cursor of what the store does not hold any more; begin without one"), field="after")
        return int(place)

    def _cursor(self, place: int) -> str:
        return self._key.cursor(_PLACE.pack(place, self._columns.mark(place)))

    def _shown(self, actor: Actor, start: int, end: int) -> Iterator[int]:
        """The places from ``start`` on of what concerns the actor, in order."""
        look = _Look(self._store, actor, self._concerns)

        def is_shown(place: int) -> bool:
            stream = self._columns.streams[place]
            kind, _colon, id = stream.partition(":")
            if kind not in look.things:
                return False
            who, value = look.related(stream)
            does, named = self._columns.kinds[place], self._columns.named.get(place, "")
            return look.things[kind].tells(Step(id, value, who, does, named, lambda: self._entries([place])[0].body))

        if actor.runs:
            return filter(is_shown, range(start, end))
        return filter(is_shown, heapq.merge(*filter(None, (self._from(stream, start) for stream in self._streams(actor, look, start)))))

    def _from(self, stream: str, start: int) -> array[int]:
        places = self._columns.places.get(stream, array("L"))
        return places[bisect_left(places, start) :]

    def _streams(self, actor: Actor, look: _Look, start: int) -> set[str]:
        """Streams with entries from ``start`` on that may concern the actor: those that name it or its institution, those about its
        demands, and of each type those that are found otherwise."""
        ours = {actor.institution, *actor.former, actor.id, actor.id.partition(":")[2]} - {""}
        found = {stream for one in ours for stream in self._columns.naming.get(one, ())}
        if actor.reviews:
            found |= {f"{DEMAND.name}:{id}" for id, _value in states.values(self._store, DEMAND.name)}
        for stream in [one for one in found if one.startswith(f"{DEMAND.name}:")]:
            who, value = look.related(stream)
            for node in nodes_of(stream.partition(":")[2], value) if who else ():
                found |= self._columns.naming.get(node, set())
        for kind, things in look.things.items():
            if self._columns.last.get(kind, -1) >= start:
                found.update(f"{kind}:{id}" for id in things.found())
        return found | {actor.id}  # of a member: what was done with it

    def _entries(self, places: list[int]) -> list[Entry]:
        ids = [entry_id(self._columns.streams[place], self._columns.numbers[place]) for place in places]
        held = self._store.documents(ids)
        return [Entry.from_document(held[one]) for one in ids]

    def _event(self, entry: Entry) -> Event:
        kind, _colon, id = entry.stream.partition(":")
        return Event(self._key.event_id(entry.id), f"{kind}.{entry.kind}", id, f"{self._concerns[kind].place}{id}", entry.at)
