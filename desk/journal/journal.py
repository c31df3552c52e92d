"""The journal of a store: steps are appended, states are read, streams are replayed, personal values erased.

In: a ``Step`` (what is done, and what follows from it in the graph). Out: the ``Entry``, written together with the new state of the thing
and the consequences in one ``Store.write``, or nothing of the three. Next: ``desk.process`` decides which steps there are;
``desk.journal.heads`` signs and verifies what is written.

The state of a stream is a fold of its entries: replay gives it byte for byte. Of two who act on one stream at once, one wins and the other
gets Conflict. Steps that come at once from several threads share a commit (group commit): whoever comes first writes for those who wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from desk.journal.entries import FIRST, Entry, commitments, committed, entry_id, opened, personal_id
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, DovetailError, InvalidInput, NotFound
from graph.language import _
from graph.store import Batch, Store

Fold = Callable[[dict[str, Any] | None, Entry], dict[str, Any]]
"""The state after an entry, of the state before it (None before the first)."""
_ENCODER = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be done. ``personal``: values of the body that can be erased, by field; ``batch``: what follows in the graph;
    ``expect``: versions of nodes and edges that must hold; ``number``: the place in the stream that the step was decided for, if the state
    must not have changed since; ``at``: the instant for which it was decided, now if it is not said."""

    stream: str
    kind: str
    actor: str
    body: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    batch: Batch = field(default_factory=Batch)
    expect: Mapping[str, int | None] = field(default_factory=dict)
    number: int | None = None
    at: str = ""


class State(msgspec.Struct, frozen=True):
    """What a stream has come to: the ``number``, ``hash`` and instant of its last entry, and the ``value`` that they fold to."""

    number: int
    hash: str
    at: str
    value: dict[str, Any]

    def to_bytes(self) -> bytes:
        return _ENCODER.encode(self)


@dataclass
class _Waiting:
    """A step on its way; ``done`` is set when it is an ``entry`` or an ``error``."""

    step: Step
    done: threading.Event = field(default_factory=threading.Event)
    entry: Entry | None = None
    error: BaseException | None = None


class Journal:
    """See the module's text. Safe to be used by several threads."""

    def __init__(self, store: Store, folds: Mapping[str, Fold], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """``folds``: by the type of a stream, what is before its colon."""
        self._store, self._folds, self._now = store, folds, now
        self._seen: dict[str, int] = {}
        self._queue: list[_Waiting] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def now(self) -> str:
        """The instant by the journal's clock, UTC, ISO 8601 to the microsecond."""
        return self._now().astimezone(UTC).isoformat(timespec="microseconds")

    def decided_upon(self, stream: str, number: int) -> None:
        """Whoever acts by this journal has decided upon the entry ``number`` of a stream: the next step of that is refused if it has moved
        since."""
        self._seen[stream] = number

    def append(self, step: Step) -> Entry:
        """Do ``step``. Raises Conflict where somebody else acted on the stream (or on what ``expect`` names) meanwhile, InvalidInput for
        a type of stream that there is not, and what the fold and the store raise."""
        self._fold_of(step.stream)
        waiting = _Waiting(step)
        with self._lock:
            self._queue.append(waiting)
        with self._writing:  # whoever gets here first takes along what the others have queued meanwhile
            if not waiting.done.is_set():
                with self._lock:
                    group, self._queue = self._queue, []
                self._write(group)
        waiting.done.wait()
        if waiting.error:
            raise waiting.error
        if waiting.entry is None:  # pragma: no cover - the writer sets one of the two
            raise Conflict([step.stream])
        return waiting.entry

    def state(self, stream: str) -> State | None:
        """What a stream has come to; None before its first entry."""
        held = self._store.documents([stream]).get(stream)
        is_state = held is not None and held.kind is DocumentKind.STATE  # an entry's own id names no stream
        return msgspec.json.decode(held.content, type=State) if held and is_state else None

    def entries(self, stream: str) -> Iterator[Entry]:
        """The entries of a stream, in order. Raises StoreError for one that cannot be read."""
        state = self.state(stream)
        last = state.number if state else 0
        for start in range(1, last + 1, _PAGE):
            ids = [entry_id(stream, number) for number in range(start, min(start + _PAGE, last + 1))]
            found = self._store.documents(ids)
            yield from (Entry.from_document(found[one]) for one in ids if one in found)

    def personal(self, stream: str, number: int, name: str) -> str | None:
        """A personal value of an entry; None where it was erased, or never was."""
        one = personal_id(entry_id(stream, number), name)
        held = self._store.documents([one]).get(one)
        return opened(held).value if held else None

    def erase(self, stream: str, number: int, name: str) -> bool:
        """Erase a personal value of an entry for good; the entry and its hash stay. Whether there was one. Raises NotFound for an entry or
        a field that there is not."""
        found = self._store.documents([entry_id(stream, number)]).get(entry_id(stream, number))
        if found is None or name not in commitments(Entry.from_document(found)):
            raise NotFound(_("{id} has no personal value {field}", id=entry_id(stream, number), field=name))
        one = personal_id(entry_id(stream, number), name)
        held = self._store.documents([one]).get(one)
        if held is None:
            return False
        self._store.write(Batch(documents=[Document(one, DocumentKind.PERSONAL, b"", held.version)]))
        return True

    def _fold_of(self, stream: str) -> Fold:
        fold = self._folds.get(stream.partition(":")[0])
        if fold is None:
            raise InvalidInput(_("{stream}: there is no such type of stream", stream=stream), field="stream")
        return fold

    def _write(self, group: list[_Waiting]) -> None:
        """Write steps in one commit; where that fails, each by itself, so that nobody fails for another's reason."""
        try:
            self._commit(group)
        except BaseException as error:
            if len(group) == 1 or not isinstance(error, DovetailError):
                for one in group:
                    one.error = error
            else:
                for one in group:
                    self._write([one])
                return
        for one in group:
            one.done.set()

    def _commit(self, group: list[_Waiting]) -> None:
        held = self._store.documents({one.step.stream for one in group})
        states = {stream: msgspec.json.decode(one.content, type=State) for stream, one in held.items()}
        batch, expect, made = Batch(), dict[str, int | None](), list[Entry]()
        for one in group:
            entry, documents = self._entry(one.step, states)
            for name in ("nodes", "edges", "delete", "documents"):
                getattr(batch, name).extend(getattr(one.step.batch, name))
            batch.documents += documents
            if any(expect.get(name, version) != version for name, version in one.step.expect.items()):
                raise Conflict(sorted(one.step.expect))
            expect.update(one.step.expect)
            made.append(entry)
        for stream in {one.step.stream for one in group}:
            version = held[stream].version if stream in held else 0
            batch.documents.append(Document(stream, DocumentKind.STATE, states[stream].to_bytes(), version))
        self._store.write(batch, expect=expect)
        for one, entry in zip(group, made, strict=True):
            one.entry = entry

    def _entry(self, step: Step, states: dict[str, State]) -> tuple[Entry, list[Document]]:
        """The next entry of a stream with its documents; puts what the stream then comes to into ``states``."""
        state = states.get(step.stream)
        number = state.number + 1 if state else 1
        seen = self._seen.pop(step.stream, number - 1)
        if seen != number - 1 or (step.number is not None and step.number != number):
            raise Conflict([step.stream])
        entry = Entry(
            stream=step.stream, number=number, kind=step.kind, actor=step.actor, previous=state.hash if state else FIRST,
            at=step.at or self.now(), body=dict(step.body),
        )  # fmt: skip
        stand_ins, documents = committed(entry.id, step.personal)
        entry = msgspec.structs.replace(entry, body=entry.body | stand_ins)
        entry = Entry.from_document(entry.document())  # as it will be read: what JSON has no word for is refused here
        value = self._fold_of(step.stream)(state.value if state else None, entry)
        states[step.stream] = State(number, entry.hash, entry.at, value)
        return entry, [entry.document(), *documents]


_PAGE = 500
