"""Leases: who works on something until when, by compare and set, so that no two do at once and another goes on after one that died.

In: the name of a thing, a store. Out: a ``Lease`` that is held, renewed and given up, or lost. Next: ``desk.jobs.work`` reads files under
one, ``desk.events.sender`` sends webhooks.

A lease is a document of the store. Whoever takes it writes it at the version that was read, so of two one gets Conflict; a process that is
killed renews it no more, and it runs out. Clocks of the processes must agree to within a few seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from graph.documents import Document, DocumentKind
from graph.errors import Conflict, NotPossible, StoreError
from graph.store import Batch, Store

LASTS, RENEWED = timedelta(seconds=60), timedelta(seconds=10)
"""How long a lease is good, and how often it is renewed."""


class Held(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the document says: the ``worker`` ("" for none), the instant ``until`` which it is good, and what is told of the work."""

    worker: str = ""
    until: str = ""
    told: dict[str, Any] = {}

    def is_good(self, at: str) -> bool:
        return bool(self.worker) and self.until > at


class Lost(Exception):
    """Somebody else holds the lease by now, or the thing was ended."""


def instant(moment: datetime | None = None) -> str:
    """An instant as leases are compared by: UTC, ISO 8601 to the microsecond."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")


def look(store: Store, thing: str) -> tuple[Held, int]:
    """What is held of ``thing``, and the version of that, 0 where nothing ever was."""
    held = store.documents([_id(thing)]).get(_id(thing))
    return (msgspec.json.decode(held.content, type=Held), held.version) if held else (Held(), 0)


class Lease:
    """A lease of ``thing`` by ``worker``, once ``document`` was written; renewed by a thread until it ends."""

    def __init__(
        self, store: Store, thing: str, worker: str, version: int, *, lasts: timedelta = LASTS, renewed: timedelta = RENEWED,
    ) -> None:  # fmt: skip
        """``version``: of what was read of it before."""
        self._store, self._thing, self._worker, self._version = store, thing, worker, version
        self._lasts, self._renewed = lasts, renewed
        self._told: dict[str, Any] = {}
        self._lock, self._end = threading.Lock(), threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def document(self) -> Document:
        """What is to be written to take it, or to hold it on."""
        until = instant(datetime.now(UTC) + self._lasts)
        held = Held(worker=self._worker, until=until, told=self._told)
        return Document(_id(self._thing), DocumentKind.LEASE, msgspec.json.encode(held), self._version)

    def removal(self) -> Document:
        """What is to be written to give it up; refused where it is lost."""
        return Document(_id(self._thing), DocumentKind.LEASE, b"", self._version)

    def begin(self) -> None:
        """Hold it, once its document is written. Raises Lost where it is another's already."""
        held, self._version = look(self._store, self._thing)
        if held.worker != self._worker:
            raise Lost
        self._thread.start()

    def tell(self, **told: Any) -> None:
        """What is written with the next renewal. Raises Lost."""
        with self._lock:
            self._told = told
        self.check()

    def check(self) -> None:
        """Raises Lost where it is another's."""
        if self._lost:
            raise Lost

    def end(self) -> None:
        """Renew it no more; it is good for what it has left, so that what ends the work can be written with its removal."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def renew(self) -> None:
        """Write it again. Raises Lost."""
        with self._lock:
            try:
                self._version = self._store.write(Batch(documents=[self.document()])).sequence
            except Conflict:
                self._lost = True
        self.check()

    def _renew(self) -> None:
        while not self._end.wait(self._renewed.total_seconds()):
            try:
                self.renew()
            except Lost:
                return
            except StoreError:  # away or busy: it runs out meanwhile, or is renewed the next time
                continue


def taken(store: Store, thing: str, worker: str, write: Callable[[Document], object], **times: timedelta) -> Lease | None:
    """The lease of ``thing``, taken by ``write``, which puts a document into the store; None where somebody else has it."""
    held, version = look(store, thing)
    if held.is_good(instant()):
        return None
    lease = Lease(store, thing, worker, version, **times)
    try:
        write(lease.document())
        lease.begin()
    except (Conflict, Lost, NotPossible):
        return None
    return lease


def removals(store: Store, thing: str) -> list[Document]:
    """What is to be written to take the lease of ``thing`` from whoever has it."""
    held, version = look(store, thing)
    return [Document(_id(thing), DocumentKind.LEASE, b"", version)] if held.worker else []


def _id(thing: str) -> str:
    return f"lease:{thing}"
