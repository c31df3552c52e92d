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
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from desk.events.concerns import PLACES, RELATED, parties
from desk.events.secret import EventKey
from desk.journal import states
from desk.journal.entries import Entry, entry_id
from desk.journal.journal import State
from desk.people.sight import nodes_of
from desk.process.demand import DEMAND
from desk.process.principals import Actor
from desk.process.table import Who
from graph.documents import DocumentKind
from graph.errors import InvalidInput
from graph.language import _
from graph.store import OnePerStore, Store

_PLACE = struct.Struct(">QQ")
_LETTING = ("let_in", "shut_out")
_UNSHARED = ("take", "reveal")
"""What who is let in is not told of: who else looked."""


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
    """The entries of a store up to ``sequence``; ``named``: by place, the institution that an entry lets in or shuts out."""

    def __init__(self) -> None:
        self.sequence = 0
        self.streams: list[str] = []
        self.kinds: list[str] = []
        self.numbers, self.marks = array("L"), array("Q")
        self.named: dict[int, str] = {}
        self.places: dict[str, array[int]] = {}
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
        named = line.body.get("institution")
        if line.kind in _LETTING and isinstance(named, str):
            self.named[place] = named
            self.naming[named].add(stream)

    def mark(self, place: int) -> int:
        """The hash of the entry before a place, 0 before the first."""
        return self.marks[place - 1] if place else 0


class _Related(dict[str, frozenset[Who]]):
    """What an actor is to the things of streams, each looked up once; for whom all of them may concern, those of a type together."""

    def __init__(self, store: Store, actor: Actor) -> None:
        super().__init__()
        self._store, self._actor = store, actor
        self._all: dict[str, dict[str, State]] = {}

    def __missing__(self, stream: str) -> frozenset[Who]:
        kind, _colon, id = stream.partition(":")
        held = self._held(kind, id) if kind in RELATED else None
        self[stream] = found = RELATED[kind](self._store, self._actor, id, held.value) if held else frozenset()
        return found

    def _held(self, kind: str, id: str) -> State | None:
        if not self._actor.runs:
            return states.state(self._store, kind, id)
        if kind not in self._all:
            self._all[kind] = dict(states.states(self._store, kind))
        return self._all[kind].get(id)


_columns_of = OnePerStore(_Columns)


class Feed:
    """The events of a store."""

    def __init__(self, store: Store, key: EventKey | None = None) -> None:
        self._store, self._key = store, key or EventKey(store)
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
        return Page(self._events(found[:limit]), self._cursor(place), more)

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
        ours, related = {actor.institution, *actor.former} - {""}, _Related(self._store, actor)

        def is_shown(place: int) -> bool:
            who = related[self._columns.streams[place]]
            kind, named = self._columns.kinds[place], self._columns.named.get(place)
            if who - {Who.LET_IN}:
                return True
            return named in ours if named else bool(who) and kind not in _UNSHARED

        if actor.runs:
            return filter(is_shown, range(start, end))
        return filter(is_shown, heapq.merge(*(self._from(stream, start) for stream in self._streams(actor, ours, related))))

    def _from(self, stream: str, start: int) -> Iterator[int]:
        places = self._columns.places.get(stream, array("L"))
        return islice(places, bisect_left(places, start), None)

    def _streams(self, actor: Actor, ours: set[str], related: _Related) -> set[str]:
        """Streams that may concern the actor: those that name its institution, and those about its demands."""
        found = {stream for one in ours for stream in self._columns.naming.get(one, ())}
        if actor.reviews:
            found |= {f"{DEMAND.name}:{id}" for id, _value in states.values(self._store, DEMAND.name)}
        for stream in [one for one in found if one.startswith(f"{DEMAND.name}:") and related[one]]:
            id = stream.partition(":")[2]
            held = states.state(self._store, DEMAND.name, id)
            for node in nodes_of(id, held.value) if held else ():
                found |= self._columns.naming.get(node, set())
        return found | {actor.id}  # of a member: what was done with it

    def _events(self, places: list[int]) -> list[Event]:
        columns = self._columns
        ids = [entry_id(columns.streams[place], columns.numbers[place]) for place in places]
        held = self._store.documents(ids)
        return [self._event(Entry.from_document(held[one])) for one in ids]

    def _event(self, entry: Entry) -> Event:
        kind, _colon, id = entry.stream.partition(":")
        return Event(self._key.event_id(entry.id), f"{kind}.{entry.kind}", id, f"{PLACES[kind]}{id}", entry.at)
