"""What a service does beside its answers: files that were handed in are read, events are pushed to webhooks, notices are sent, the
house is kept.

In: a ``Service``. Out: nothing; jobs come to their end, messages are sent, demands end on their day. Next: ``api.http.app`` starts and
stops it. Every process of a service has one: the leases in the store keep two from doing the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from api.http import housekeeping
from api.http.service import Service
from api.logs import places_of
from api.settings import hook_networks
from api.streams import CONCERNS
from desk import ingest
from desk.events.hooks import Hooks
from desk.events.secret import EventKey
from desk.events.sender import Sender
from desk.jobs.work import Stopped, Work
from graph.errors import DovetailError
from leads.notices.notify import Notifier

PAUSE_SECONDS = 1.0
"""How often it is looked whether there is something to do."""
SWEEP_SECONDS = 600.0
NOTICE_SECONDS = 60.0
"""How often it is looked whether somebody is to be told something."""
HOUSE_SECONDS, AGAIN_SECONDS = 3600.0, 30.0
"""How often the house is kept, and how soon again where the store was away."""
_log = logging.getLogger("dovetail")


class Background:
    """The threads that work beside the answers of one process."""

    def __init__(self, service: Service) -> None:
        self._service, self._stop = service, threading.Event()
        self._work: Work | None = None
        self._swept = -SWEEP_SECONDS
        self._sender: Sender | None = None
        self._keeps_house_at = self._tells_at = time.monotonic()
        self._notifier: Notifier | None = None
        turns = {"jobs": self._jobs, "webhooks": self._webhooks, "notices": self._notices, "house": self._house}
        self._threads = [threading.Thread(target=self._loop, args=(turn,), name=name, daemon=True) for name, turn in turns.items()]

    def start(self) -> None:
        """Begin to work."""
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        """Leave what is begun, so that another process goes on with it."""
        self._stop.set()
        for one in self._threads:
            one.join(timeout=self._service.settings.shutdown_seconds)

    def _loop(self, turn: Callable[[], bool]) -> None:
        """Call ``turn`` until told to stop, at once again where it did something."""
        told = ""
        while not self._stop.is_set():
            did = False
            try:
                did = turn()
                told = ""
            except DovetailError as error:
                if str(error) != told:
                    told = str(error)
                    _log.warning("%s", told)
            except Exception as error:  # it must outlive whatever it met
                _log.error("%s met an error: %s", threading.current_thread().name, places_of(error))
            if not did:
                self._stop.wait(PAUSE_SECONDS)

    def _jobs(self) -> bool:
        settings = self._service.settings
        if self._work is None:
            self._work = Work(
                self._service.store, stop=self._stop, then=self._find, days=settings.job_days, keeps_files=settings.keep_job_files
            )
        done = self._work.one()
        if done:
            _log.info("job %s came to its end", done)
        if done or time.monotonic() - self._swept > SWEEP_SECONDS:
            self._work.sweep()
            self._swept = time.monotonic()
        return done is not None

    def _webhooks(self) -> bool:
        if self._sender is None:
            store = self._service.store
            key = EventKey(store)
            hooks = Hooks(store, key, hook_networks(self._service.settings))
            self._sender = Sender(store, hooks, key, stop=self._stop, concerns=CONCERNS)
        return self._sender.round()

    def _notices(self) -> bool:
        if not self._service.settings.smtp_host or time.monotonic() < self._tells_at:
            return False
        self._tells_at = time.monotonic() + NOTICE_SECONDS
        if self._notifier is None:
            self._notifier = self._service.notifier()
        done = self._notifier.round()
        if done.sent or done.dropped:
            _log.info("%d letters of notices went, %d were given up", done.sent, done.dropped)
        return False

    def _house(self) -> bool:
        if time.monotonic() < self._keeps_house_at:
            return False
        self._keeps_house_at = time.monotonic() + AGAIN_SECONDS
        ended, swept = housekeeping.keep_house(self._service.store)
        self._keeps_house_at = time.monotonic() + HOUSE_SECONDS
        if ended or swept:
            _log.info("%d demands ended, %d records of requests are gone", ended, swept)
        return False

    def _go_on(self, _what: str, _done: int, _total: int) -> None:
        if self._stop.is_set():
            raise Stopped

    def _find(self) -> None:
        """Have what was read be found: the follower takes it in, where there is an index; else one is made. The relations that follow from
        it are brought up to date."""
        service = self._service
        while service.embedder is None and service.follows and not self._stop.wait(0.1):
            pass
        if service.embedder is None:
            return
        if service.snapshot is None:
            ingest.index(service.store, service.embedder, progress=self._go_on)
        else:
            ingest.refresh(service.store, service.embedder)
