"""Webhooks: addresses of an institution that its events are pushed to.

In: who has which address. Out: the ``Hook`` as it stands, its secret once, the attempts of late. Next: ``api.http.routes.webhooks``;
``desk.events.sender`` sends. How messages are signed, and how often they are tried: docs/events.md.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from desk.events.feed import Feed
from desk.events.hook_relations import relations
from desk.events.secret import EventKey
from desk.events.targets import Network, Resolve, resolved, target
from desk.jobs.leases import instant
from desk.journal.journal import Journal
from desk.journal.states import values
from desk.people.sight import placed
from desk.process.act import STATE, Act, act, seen
from desk.process.principals import Actor, Role, Scope
from desk.process.programs.hook import FOLD, HOOK, URL
from desk.process.table import Value, Who
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput, NotPossible
from graph.language import _
from graph.store import Batch, Store

FOLDS = {HOOK.name: FOLD}
PREFIX = "whsec_"
MOST = 10
"""Webhooks of an institution, at most."""
ATTEMPTS = 20
"""How many attempts are remembered."""
_TRIES = 5
WINDOW = timedelta(hours=24)
"""How long the old secret signs beside a new one."""


class Attempt(msgspec.Struct, frozen=True):
    """A message that was sent, or could not be. ``status``: of the answer, 0 for none; ``problem``: what was wrong, "" where it was
    taken."""

    at: str
    event: str
    kind: str
    status: int
    problem: str
    milliseconds: int


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a webhook is. ``cursor``: behind the last event that was taken; ``tries``: of the one after it; ``due``: the instant before
    which it is not tried again; ``attempts``: the last ones."""

    cursor: str
    tries: int = 0
    due: str = ""
    attempts: tuple[Attempt, ...] = ()


class Secret(msgspec.Struct, frozen=True):
    """A secret that signs, until an instant ("": until it is rotated)."""

    text: str
    until: str = ""


class Hook(msgspec.Struct, frozen=True):
    """A webhook as it stands. ``url``: the address, for the operator without its path; ``events``: what the one who looks can do."""

    id: str
    url: str
    value: Value
    sent: Sent
    events: list[str]


class Hooks:
    """The webhooks of a store. ``networks``: those that may be sent to though they are not everybody's."""

    def __init__(
        self, store: Store, key: EventKey | None = None, networks: Collection[Network] = (), resolve: Resolve = resolved,
        journal: Journal | None = None,
    ) -> None:  # fmt: skip
        self._store, self._key, self._journal = store, key or EventKey(store), journal or Journal(store, FOLDS)
        self.networks, self.resolve = networks, resolve

    def create(self, actor: Actor, url: str) -> tuple[Hook, str]:
        """Have events pushed to ``url`` from now on; the webhook, and its secret, which is never shown again. Raises InvalidInput for an
        address that nothing is sent to, NotPossible for one too many."""
        if not actor.institution:
            raise InvalidInput("a webhook is an institution's", field="actor")
        target(url, self.networks, self.resolve)
        if sum(one.value[STATE] != "removed" and one.value["owner"] == actor.institution for one in self.listed(actor)) >= MOST:
            raise NotPossible(_("there are {count} webhooks already; remove one", count=MOST))
        id, secret = secrets.token_hex(6), _secret()
        scopes = sorted(actor.scopes - {Scope.ADMIN})
        role = Role.CONSUMER if actor.role is Role.OPERATOR else actor.role
        says: dict[str, Any] = {"owner": actor.institution, "scopes": scopes, "role": role.value}
        documents = [
            Document(secrets_id(id), DocumentKind.HOOK, self._sealed([Secret(secret)])),
            Document(sent_id(id), DocumentKind.HOOK, msgspec.json.encode(Sent(Feed(self._store, self._key).now()))),
        ]
        one = Act(id=id, event="create", actor=actor.id, relations=relations(actor, says), says=says, personal={URL: url})
        act(self._journal, HOOK, one, lambda *_: Batch(documents=documents))
        return self.show(actor, id), secret

    def show(self, actor: Actor, id: str) -> Hook:
        """A webhook as it stands. Raises NotFound for one that is not the actor's to see."""
        state, _related = seen(self._journal, HOOK, id, lambda value: relations(actor, value))
        return self._hook(actor, id, state.value)

    def listed(self, actor: Actor) -> Iterator[Hook]:
        """The webhooks that are the actor's to see, in the order of their last events."""
        for id, value in values(self._store, HOOK.name):
            if relations(actor, value):
                yield self._hook(actor, id, value)

    def rotate(self, actor: Actor, id: str) -> tuple[Hook, str]:
        """Make a new secret, which is never shown again; the old one signs too for ``WINDOW``. Raises NotFound as ``show`` does."""
        value = self.show(actor, id).value
        until, secret = instant(datetime.now(UTC) + WINDOW), _secret()
        kept, version = self.secrets(id)
        older = [msgspec.structs.replace(one, until=one.until or until) for one in kept]
        document = Document(secrets_id(id), DocumentKind.HOOK, self._sealed([Secret(secret), *older]), version)
        one = Act(id=id, event="rotate", actor=actor.id, relations=relations(actor, value), says={"until": until})
        act(self._journal, HOOK, one, lambda *_: Batch(documents=[document]))
        return self.show(actor, id), secret

    def enable(self, actor: Actor, id: str) -> Hook:
        """Push again to one that was disabled, what was missed first. Raises NotFound as ``show`` does, InvalidInput as ``create``."""
        value = self.show(actor, id).value
        if value[STATE] == "disabled":
            target(self.url(id), self.networks, self.resolve)

        def again() -> list[Document]:
            sent, version = self.sent(id)
            fresh = msgspec.structs.replace(sent, tries=0, due="")
            return [Document(sent_id(id), DocumentKind.HOOK, msgspec.json.encode(fresh), version)]

        self._act_beside_sender(Act(id=id, event="enable", actor=actor.id, relations=relations(actor, value)), again)
        return self.show(actor, id)

    def remove(self, actor: Actor, id: str) -> None:
        """End it; address, secrets and attempts are gone for good. Raises NotFound as ``show`` does."""
        value = self.show(actor, id).value

        def gone() -> list[Document]:
            held = self._store.documents([secrets_id(id), sent_id(id)])
            return [Document(one.id, one.kind, b"", one.version) for one in held.values()]

        self._act_beside_sender(Act(id=id, event="remove", actor=actor.id, relations=relations(actor, value)), gone)
        self._journal.erase(f"{HOOK.name}:{id}", 1, URL)

    def url(self, id: str) -> str:
        """The address of a webhook; empty where it was erased."""
        return self._journal.personal(f"{HOOK.name}:{id}", 1, URL) or ""

    def secrets(self, id: str) -> tuple[list[Secret], int]:
        """The secrets that sign now, the newest first, and the version of their document."""
        held = self._store.documents([secrets_id(id)]).get(secrets_id(id))
        if held is None:
            return [], 0
        found = msgspec.json.decode(self._key.open(held.content), type=list[Secret])
        return [one for one in found if not one.until or one.until > instant()], held.version

    def sent(self, id: str) -> tuple[Sent, int]:
        """How far a webhook is, and the version of that document."""
        held = self._store.documents([sent_id(id)]).get(sent_id(id))
        return (msgspec.json.decode(held.content, type=Sent), held.version) if held else (Sent(""), 0)

    def viewer(self, id: str, value: Value) -> Actor:
        """Whose events a webhook gets: those of a member of its institution, with the role and the scopes of who made it, never the
        operator's."""
        scopes, role = frozenset(map(Scope, value["scopes"])), Role(value.get("role", Role.CONSUMER))
        return placed(self._store, Actor(id=f"hook:{id}", role=role, institution=value["owner"], scopes=scopes))

    def _act_beside_sender(self, one: Act, documents: Callable[[], list[Document]]) -> None:
        """Do something that writes what the sender writes too: again, where it did so at the same moment."""
        for left in reversed(range(_TRIES)):
            try:
                act(self._journal, HOOK, one, lambda *_: Batch(documents=documents()))
                return
            except Conflict:
                if not left:
                    raise

    def _hook(self, actor: Actor, id: str, value: Value) -> Hook:
        related, url = relations(actor, value), self.url(id)
        shown = url if Who.OWNER in related else "{0.scheme}://{0.hostname}".format(urlsplit(url)) if url else ""
        return Hook(id, shown, value, self.sent(id)[0], HOOK.open_to(related, value, instant()))

    def _sealed(self, kept: list[Secret]) -> bytes:
        return self._key.seal(msgspec.json.encode(kept))


def secrets_id(id: str) -> str:
    """The document that keeps the secrets of a webhook."""
    return f"secrets:{HOOK.name}:{id}"


def sent_id(id: str) -> str:
    """The document that keeps how far a webhook is."""
    return f"sent:{HOOK.name}:{id}"


def _secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
