"""Keys: how programs and people show who they are.

In: a role, an institution, scopes, a last day; or a key that somebody shows. Out: a new key, once; an ``Actor`` for a key that is good; the
keys that there are, without what they open with. Next: ``api.cli.people.keys``; every door makes its caller an ``Actor`` by it.

A key is ``dvt_`` + 8 characters to know it by + ``_`` + 32 random bytes in base 64. The store holds its SHA-256 alone: there is nothing to
guess in 256 random bits, so a slow hash would protect nothing more. No key is shipped, and none is made by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from desk.find import find_institution
from desk.journal.journal import Journal, State
from desk.journal.states import states, values
from desk.people.sight import placed, viewer_of
from desk.process.act import STATE, Act, act, seen, value_of
from desk.process.key import FOLD, KEY, PERSON
from desk.process.principals import Actor, Role, Scope
from desk.process.table import Value, Who
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput, NotSignedIn
from graph.language import _
from graph.store import Batch, Store
from graph.viewer import OWNER

FOLDS = {KEY.name: FOLD}
DAYS = 365
"""How long a key is good if nobody says otherwise."""
PREFIX = "dvt_"
_KEY = re.compile(rf"{PREFIX}([0-9a-f]{{8}})_([A-Za-z0-9_-]{{43}})")
_STALE = timedelta(minutes=1)
"""A use is noted if the last one noted is older."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key without what it opens with. ``prefix``: what it is known by; ``person``: who holds it, empty where that was erased;
    ``at``: the instant of the last step; ``last_used``: an instant, to the minute, "" for never."""

    prefix: str
    role: Role
    institution: str
    scopes: tuple[Scope, ...]
    reviews: bool
    person: str
    created: str
    expires: str
    state: str
    at: str
    last_used: str


class Keys:
    """The keys of a store."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self._store, self._journal = store, journal or Journal(store, FOLDS)

    def create(
        self, actor: Actor, role: Role, person: str, *, institution: str | None = None, scopes: Collection[Scope] = (Scope.READ,),
        expires: str | None = None, reviews: bool = False,
    ) -> str:  # fmt: skip
        """Make a key; it is returned and never shown again. Raises InvalidInput for a role, an institution or a day that will not do,
        NotFound for an institution that is not there."""
        if not person.strip():
            raise InvalidInput("names nobody who holds the key", field=PERSON)
        prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        key = f"{PREFIX}{prefix}_{secret}"
        says: dict[str, Any] = {
            "role": role.value, "scopes": sorted({scope.value for scope in scopes}), "hash": _hash(key),
            "expires": expires or (datetime.now(UTC).date() + timedelta(days=DAYS)).isoformat(),
        }  # fmt: skip
        viewer = OWNER if actor.runs else viewer_of(self._store, actor)  # who may make none learns no more of a name than by looking it up
        says |= {"institution": find_institution(self._store, institution, viewer, "institution")} if institution else {}
        says |= {"reviews": True} if reviews else {}
        one = Act(id=prefix, event="create", actor=actor.id, relations=relations(actor, {}), says=says, personal={PERSON: person.strip()})
        act(self._journal, KEY, one)
        return key

    def revoke(self, actor: Actor, prefix: str, reason: str = "") -> Key:
        """End a key at once. Raises NotFound for one that is not the actor's to see."""
        value = value_of(self._journal, KEY, prefix)
        says = {"reason": reason} if reason else {}
        one = Act(id=prefix, event="revoke", actor=actor.id, relations=relations(actor, value), says=says)
        act(self._journal, KEY, one)
        return self.show(actor, prefix)

    def show(self, actor: Actor, prefix: str) -> Key:
        """A key, without what it opens with. Raises NotFound for one that is not the actor's to see."""
        state, _related = seen(self._journal, KEY, prefix, lambda value: relations(actor, value))
        return self._key(prefix, state)

    def listed(self, actor: Actor) -> Iterator[Key]:
        """The keys that are the actor's to see: all of them to the operator, to others those of their own institution."""
        for prefix, state in states(self._store, KEY.name):
            if relations(actor, state.value):
                yield self._key(prefix, state)

    def has_good(self) -> bool:
        """Whether there is a key that opens something today."""
        today = datetime.now(UTC).date().isoformat()
        return any(value[STATE] == "active" and value["expires"] >= today for _id, value in values(self._store, KEY.name))

    def actor(self, key: str, *, now: datetime | None = None) -> Actor:
        """Who shows ``key``. Raises NotSignedIn for one that is not good: the same words whether it never was, has expired or was
        revoked."""
        now = now or datetime.now(UTC)
        form = _KEY.fullmatch(key)
        state = self._journal.state(f"{KEY.name}:{form[1]}") if form else None
        value: Value = state.value if state else {}
        is_right = hmac.compare_digest(value.get("hash", "0" * 64), _hash(key))
        if not form or not is_right or value.get(STATE) != "active" or now.date().isoformat() > value["expires"]:
            raise NotSignedIn(_("the key is not good; ask the operator for one (dovetail keys create)"))
        self._note(form[1], now)
        made = Actor(
            id=f"{KEY.name}:{form[1]}", role=Role(value["role"]), institution=value["institution"], is_reviewer=value["reviews"],
            scopes=frozenset(map(Scope, value["scopes"])),
        )  # fmt: skip
        return placed(self._store, made)

    def _note(self, prefix: str, now: datetime) -> None:
        """Keep when the key was last used; somebody else's note of the same minute will do."""
        one = f"use:{prefix}"
        held = self._store.documents([one]).get(one)
        if held and datetime.fromisoformat(held.content.decode()) > now - _STALE:
            return
        content = now.astimezone(UTC).isoformat(timespec="minutes").encode()
        try:
            self._store.write(Batch(documents=[Document(one, DocumentKind.USE, content, held.version if held else 0)]))
        except Conflict:
            return

    def _key(self, prefix: str, state: State) -> Key:
        value = state.value
        used = self._store.documents([f"use:{prefix}"]).get(f"use:{prefix}")
        return Key(
            prefix=prefix, role=Role(value["role"]), institution=value["institution"], scopes=tuple(map(Scope, value["scopes"])),
            reviews=value["reviews"], person=self._journal.personal(f"{KEY.name}:{prefix}", 1, PERSON) or "", created=value["created"],
            expires=value["expires"], state=value[STATE], at=state.at, last_used=used.content.decode() if used else "",
        )  # fmt: skip


def relations(actor: Actor, value: Value) -> frozenset[Who]:
    """What somebody is to a key."""
    found = {Who.OPERATOR} if actor.runs else set()
    if actor.is_of(value.get("institution")) and Scope.WRITE in actor.scopes:
        found.add(Who.OWNER)
    return frozenset(found)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
