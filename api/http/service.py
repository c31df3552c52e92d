"""The service behind the routes: one store, one embedder, and the newest snapshot, kept by one follower thread.

In: ``Settings``. Out: a ``Service``, started and stopped by ``api.http.app``. Next: ``api.http.deps`` gives it to the routes. The follower
takes in what changed in steps, embeds beside the questions and after those that wait, and swaps each step's ``Snapshot`` in whole; a
request that has one keeps it to its end.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from api.http.door import Door
from api.http.metrics import Metrics
from api.http.problems import NotReady
from api.logs import places_of
from api.settings import Settings, embedder, identity_provider, load_model, mail_server, open_store
from desk.ingest import refresh_to
from desk.journal.journal import Journal
from desk.members.accounts import Accounts
from desk.members.callers import services
from desk.members.members import Members
from desk.members.openid import OpenId
from desk.members.post import Post
from desk.members.sign_in import SignIn
from desk.sources.terms import terms_of
from graph.documents import DocumentKind
from graph.errors import DovetailError, IndexDamaged, IndexMissing, InvalidInput, NotFound, StoreAway, StoreError
from graph.language import N_, _
from graph.store import Store
from leads.notices.notify import Notifier

if TYPE_CHECKING:
    from matcher.embedding.embedder import Embedder
    from matcher.index.snapshot import Snapshot

_log = logging.getLogger("dovetail")

STARTING = N_("the model is being loaded")
NO_INDEX = N_("there is no index yet")
DAMAGED = N_("the index is damaged; `dovetail index` makes it anew, from the vectors that are kept")
FAILING = N_("the store or the model is not available")
WAITING_SECONDS = 5.0
"""How often texts are looked for in the vector cache that another process embeds."""
REQUEST_SECONDS = 2.0
"""How long a request waits for a store that is busy or was lost, before it is answered 503."""


class Service:
    """The one store and embedder of a process, and the follower that keeps the snapshot fresh."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Raises StoreError and InvalidInput if the store does not open; one whose server is away is opened when that answers."""
        self.settings, self._metrics, self.door = settings, metrics, Door(settings.site)
        self._sequence = self._entries = 0
        self._counting = threading.Lock()
        self.reason = STARTING
        self._store: Store | None = None
        self._post = Post(mail_server(settings))
        self._openid: OpenId | None = None
        with suppress(StoreAway):
            self._store = self._open()
        self._ready: tuple[Snapshot, Embedder] | None = None
        self._current = time.monotonic()
        self.texts_behind: int | None = None
        """Texts of the store that no answer knows of yet, as far as its changes have been read; None before the first snapshot."""
        self._embedder: Embedder | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def start(self) -> None:
        """Begin to follow the store; the first snapshot comes when the model is loaded."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following and close the store."""
        self._stop.set()
        self._thread.join(timeout=self.settings.shutdown_seconds)
        self._post.close()
        if self._store:
            self._store.close()

    @property
    def store(self) -> Store:
        """The store. Raises StoreAway as long as its server has not answered once."""
        if self._store is None:
            raise StoreAway(_("{store}: the server has not answered yet", store=self.settings.store))
        return self._store

    def _open(self) -> Store:
        return open_store(self.settings, wait_seconds=REQUEST_SECONDS)

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot, None before the first."""
        return self._ready[0] if self._ready else None

    @property
    def embedder(self) -> Embedder | None:
        """The model that the follower has loaded; None before that."""
        return self._embedder

    @property
    def follows(self) -> bool:
        """Whether the follower is at work."""
        return self._thread.is_alive()

    @property
    def stale_seconds(self) -> float:
        """How long ago the snapshot was last known to be what the store holds."""
        return time.monotonic() - self._current

    @property
    def age(self) -> str:
        """``stale_seconds`` as the header Age of an answer (RFC 9111, section 5.1): whole seconds."""
        return str(int(self.stale_seconds))

    @property
    def model(self) -> str | None:
        """The name of the model that answers, or of the one that will; None before it is loaded."""
        made = self._ready[1] if self._ready else self._embedder
        return made.name if made else None

    def ready(self) -> tuple[Snapshot, Embedder]:
        """The newest snapshot and the embedder it belongs to. Raises NotReady with what is missing."""
        if self._ready is None:
            raise NotReady(self.reason)
        return self._ready

    def members(self, store: Store, journal: Journal | None = None) -> Members:
        """The members of ``store``: the service's own, or the same with a record that rides along."""
        return services(store, self._post, self.settings.site, journal).members

    def notifier(self) -> Notifier:
        """What sends the notices."""
        made, settings = services(self.store, self._post, self.settings.site), self.settings
        return Notifier(self.store, made.members, made.accounts, settings.site, hour=settings.notice_hour, sender=settings.smtp_from)

    def accounts(self, store: Store) -> Accounts:
        """The accounts of ``store``, by which links of letters are known."""
        return services(store, self._post, self.settings.site).accounts

    def sign_in(self) -> SignIn:
        """The sessions of members."""
        return services(self.store, self._post, self.settings.site).sign_in

    def openid(self) -> OpenId:
        """Signing in at the identity provider. Raises NotFound where none is named."""
        if self._openid is None:
            provider = identity_provider(self.settings)
            if provider is None:
                raise NotFound(_("no identity provider is named here"))
            made = services(self.store, self._post, self.settings.site)
            self._openid = OpenId(provider, made.accounts, made.sign_in)
        return self._openid

    def counted(self, authorization: str) -> bytes:
        """The counts of the service, for the operator's key. Raises what ``Door.check_operator`` raises."""
        self.door.check_operator(self.store, authorization)
        with suppress(StoreError):
            self._count_entries()
        return self._metrics.text()

    def _count_entries(self) -> None:
        """Those that are new since it was asked last: all are read once."""
        with self._counting:
            for one in self.store.documents_since(self._sequence, [DocumentKind.ENTRY]):
                self._sequence = one.version
                self._entries += 1
            self._metrics.entries.set(self._entries)

    def _follow(self) -> None:
        told = ""
        while True:
            pause = self.settings.follow_seconds
            try:
                pause = self._refresh()
                self.reason = told = ""
            except _Stopped:
                return
            except IndexMissing as error:
                self.reason, told = DAMAGED if isinstance(error, IndexDamaged) else NO_INDEX, _once(told, str(error))
            except DovetailError as error:
                self.reason, told = FAILING, _once(told, str(error))
                if isinstance(error, StoreError):
                    self._metrics.store_errors.inc()
            except Exception as error:  # the follower must outlive whatever it met: the last snapshot goes on answering
                self.reason = FAILING
                _log.error("the follower met an error: %s", places_of(error))
            if self._stop.wait(pause):
                return

    def _refresh(self) -> float:
        """Go one step towards what the store holds now. The seconds until the next."""
        from matcher.index.generations import english_of
        from matcher.index.snapshot import Snapshot

        if self._store is None:
            self._store = self._open()
        if self._embedder is None or self._embedder.beside != english_of(self.store):
            made = embedder(self.settings, self.store)
            made.leave_cores()
            load_model(made)  # now, and not in somebody's first request
            self._embedder = made
        last = self.snapshot
        terms_of(self.store, follows=True)  # so that answers keep to them while the store cannot be read
        began = time.monotonic()
        if last:
            self.texts_behind = last.texts_behind(self.store)  # a step takes a while, and its end says how many are left
        made = self._embedder
        newest = last.stepped(self.store, made, self._go_on) if last else Snapshot.of_index(self.store, made, whole=True)
        newest.make_ready(date.today().isoformat())  # no question waits for it, the first of a new day neither
        if newest is not last:
            self._ready = (newest, self._embedder)
        self.texts_behind = newest.texts_behind(self.store)
        changes = self.store.cursor().revision - newest.cursor.revision
        self._metrics.followed(behind=max(0, changes), texts_behind=self.texts_behind)
        if newest is not last:
            told = newest.cursor.revision, self.texts_behind, time.monotonic() - began
            _log.info("answering from revision %s; texts to go: %s (%.1f s)", *told)
        if newest is not last:
            return 0.0
        self._refresh_relations(newest)
        if newest.unread:
            return max(WAITING_SECONDS, self.settings.follow_seconds)
        self._current = time.monotonic()
        return self.settings.follow_seconds

    def _refresh_relations(self, snapshot: Snapshot) -> None:
        """Bring the TRUSTS edges up to what is fed and done over HTTP, as ``dovetail ingest`` does with what it feeds."""
        with suppress(InvalidInput):  # a party has gone since: the next step knows it
            refresh_to(self.store, snapshot)

    def _go_on(self, _done: int, _total: int) -> None:
        """Told of each chunk that is embedded: a service that is stopped does not wait for the rest."""
        if self._stop.is_set():
            raise _Stopped


class _Stopped(Exception):
    """The service was stopped while the follower embedded."""


def _once(told: str, message: str) -> str:
    if message != told:
        _log.warning("%s", message)
    return message
