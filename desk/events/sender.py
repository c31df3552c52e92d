"""The sending of webhooks: what happened since the last message that was taken, in order, signed, again and again until it is taken.

In: the webhooks of a store. Out: messages; the attempts on record; a webhook that takes nothing for days disabled. Next:
``api.http.background`` runs one ``Sender`` a process.

A message is an event. Its id is the event's, so a receiver that gets one twice (whoever sends may die before it is noted) knows it again.
Signed by Standard Webhooks: HMAC-SHA256 over id, time and body, by every secret that is good. One process sends to a webhook at a time, by
a lease. The events stay the truth: a webhook only says sooner what ``/v1/events`` says too.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
from standardwebhooks import Webhook

from desk.events.concerns import CONCERNS, Concern
from desk.events.feed import Event, Feed
from desk.events.hooks import ATTEMPTS, FOLDS, Attempt, Hooks, Sent, sent_id
from desk.events.secret import EventKey
from desk.events.targets import SECONDS, post, target
from desk.jobs.leases import LASTS, RENEWED, Lease, Lost, instant, taken
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.process.act import STATE, Act, act
from desk.process.principals import CLOCK
from desk.process.programs.hook import HOOK
from desk.process.table import Value, Who
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput, NotPossible
from graph.language import _
from graph.store import Batch, Store

RETRIES = tuple(timedelta(seconds=one) for one in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400))
"""How long after each attempt that failed the next one comes; after the last the webhook is disabled."""
AT_ONCE = 50
"""Messages of a webhook before others get their turn."""
THREADS = 4
GONE = 410


class Sender:
    """What one process sends."""

    def __init__(
        self, store: Store, hooks: Hooks, key: EventKey, *, stop: threading.Event | None = None, seconds: float = SECONDS,
        retries: tuple[timedelta, ...] = RETRIES, lasts: timedelta = LASTS, renewed: timedelta = RENEWED,
        concerns: Mapping[str, Concern] = CONCERNS,
    ) -> None:  # fmt: skip
        self._store, self._hooks, self._feed = store, hooks, Feed(store, key, concerns)
        self._stop, self._seconds, self._retries = stop or threading.Event(), seconds, retries
        self._times = {"lasts": lasts, "renewed": renewed}
        self._journal = Journal(store, FOLDS)
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._idle: dict[str, int] = {}
        """Of webhooks that had nothing to send: the store's sequence then."""

    def round(self) -> bool:
        """Send what is due to every webhook; whether anything was tried. Raises StoreError where the store is away."""
        sequence = self._store.sequence()
        due = [
            (id, value) for id, value in values(self._store, HOOK.name)
            if value[STATE] == "active" and self._idle.get(id) != sequence and self._is_due(id)
        ]  # fmt: skip
        waiting = []
        for id, value in due:
            if self._has_more(id, value):
                waiting.append((id, value))
            else:
                self._idle[id] = sequence
        if not waiting:
            return False
        with ThreadPoolExecutor(THREADS, "webhooks") as pool:
            return any(list(pool.map(lambda one: self._serve(*one), waiting)))

    def _is_due(self, id: str) -> bool:
        return self._hooks.sent(id)[0].due <= instant()

    def _serve(self, id: str, value: Value) -> bool:
        """Send to one webhook what it has not got, under a lease; whether anything was tried."""
        thing = f"{HOOK.name}:{id}"
        lease = taken(self._store, thing, self._name, lambda one: self._store.write(Batch(documents=[one])), **self._times)
        if lease is None:
            return False
        tried = False
        try:
            for _turn in range(AT_ONCE):
                sent, version = self._hooks.sent(id)
                if not version or sent.due > instant() or self._stop.is_set():
                    break
                page = self._feed.after(self._hooks.viewer(id, value), sent.cursor, 1)
                lease.check()
                if not page.events:
                    break
                tried = True
                if not self._tried(id, sent, version, page.events[0], page.next):
                    break
        except (Conflict, Lost, NotPossible):  # enabled or removed meanwhile, or another's: the next round sees
            pass
        finally:
            self._give_up(lease)
        return tried

    def _tried(self, id: str, sent: Sent, version: int, event: Event, cursor: str) -> bool:
        """Send one message and note what came of it; whether it was taken."""
        attempt = self._send(id, event)
        attempts = (*sent.attempts, attempt)[-ATTEMPTS:]
        if not attempt.problem:
            self._note(id, Sent(cursor, 0, "", attempts), version)
            return True
        is_over = attempt.status == GONE or sent.tries >= len(self._retries)
        due = "" if is_over else instant(datetime.now(UTC) + self._retries[sent.tries])
        document = self._noted(id, Sent(sent.cursor, sent.tries + 1, due, attempts), version)
        if is_over:
            one = Act(id=id, event="disable", actor=CLOCK.id, relations={Who.CLOCK}, says={"reason": attempt.problem})
            act(self._journal, HOOK, one, lambda *_: Batch(documents=[document]))
        else:
            self._store.write(Batch(documents=[document]))
        return False

    def _send(self, id: str, event: Event) -> Attempt:
        began, status, problem = time.monotonic(), 0, ""
        at = datetime.now(UTC)
        try:
            to = target(self._hooks.url(id), self._hooks.networks, self._hooks.resolve)
            body = message(event)
            status = post(to, body, signed(event.id, body, [one.text for one in self._hooks.secrets(id)[0]], at), seconds=self._seconds)
            problem = "" if 200 <= status < 300 else _("a redirect, which is not followed") if 300 <= status < 400 else f"HTTP {status}"
        except InvalidInput as error:
            problem = error.rule
        except OSError as error:
            problem = type(error).__name__
        return Attempt(instant(at), event.id, event.kind, status, str(problem), round((time.monotonic() - began) * 1000))

    def _has_more(self, id: str, value: Value) -> bool:
        """Whether there is anything to send. Where the store was put back to an earlier state, it goes on from now."""
        sent, version = self._hooks.sent(id)
        try:
            return bool(version and self._feed.after(self._hooks.viewer(id, value), sent.cursor, 1).events)
        except InvalidInput:
            with suppress(Conflict):  # another process has said so
                self._note(id, Sent(self._feed.now(), attempts=sent.attempts), version)
            return False

    def _note(self, id: str, sent: Sent, version: int) -> None:
        self._store.write(Batch(documents=[self._noted(id, sent, version)]))

    def _noted(self, id: str, sent: Sent, version: int) -> Document:
        return Document(sent_id(id), DocumentKind.HOOK, msgspec.json.encode(sent), version)

    def _give_up(self, lease: Lease) -> None:
        lease.end()
        with suppress(Conflict):  # it is another's
            self._store.write(Batch(documents=[lease.removal()]))


def message(event: Event) -> bytes:
    """The body that an event is pushed as."""
    told = {"type": event.kind, "timestamp": event.at, "data": {"id": event.id, "thing": event.thing, "place": event.place}}
    return msgspec.json.encode(told)


def signed(id: str, body: bytes, by: list[str], at: datetime) -> Mapping[str, str]:
    """The headers of a message, with a signature by each secret."""
    signatures = " ".join(Webhook(one).sign(id, at, body.decode()) for one in by)
    return {
        "content-type": "application/json", "webhook-id": id, "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures, "user-agent": "Dovetail",
    }  # fmt: skip
