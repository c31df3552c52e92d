"""Who asks over HTTP: the holder of a key or of a session, by the header Authorization; or nobody.

In: ``Bearer`` and what is shown. Out: the ``Actor``, or a refusal. Next: ``api.http.deps`` gives it to the routes;
``api.http.routes.probes`` asks for the operator before it shows what runs.
"""

from __future__ import annotations

import hashlib
import time

from desk.members.callers import actor_of
from desk.process.principals import Actor, Scope
from graph.errors import NotSignedIn, StoreError
from graph.language import _
from graph.store import Store

REMEMBERED_SECONDS = 3600
"""How long an operator's key that was good is good for the probes while the store, which alone knows, cannot be read."""


class Door:
    """Of one service; remembers the operators' keys that were good by their hashes."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._good: dict[bytes, float] = {}

    def caller(self, store: Store, authorization: str) -> Actor | None:
        """Who asks; None for a request that shows nothing. Raises NotSignedIn for what is not good."""
        if not authorization:
            return None
        kind, _blank, shown = authorization.partition(" ")
        if kind.lower() != "bearer" or not shown.strip():
            raise NotSignedIn(_("a key or a session is shown as: Authorization: Bearer dvt_..."))
        return actor_of(store, shown.strip(), self._site)

    def check_operator(self, store: Store, authorization: str) -> None:
        """Raises NotSignedIn without a good key, NotAllowed for one that is not the operator's, StoreError where nobody can tell."""
        known, now = hashlib.sha256(authorization.encode()).digest(), time.monotonic()
        try:
            actor = self.caller(store, authorization)
        except StoreError:
            if now - self._good.get(known, -REMEMBERED_SECONDS) < REMEMBERED_SECONDS:
                return
            raise
        except NotSignedIn:
            self._good.pop(known, None)
            raise
        required(actor, Scope.ADMIN)
        self._good[known] = now


def required(actor: Actor | None, scope: Scope) -> Actor:
    """``actor``, who has ``scope``. Raises NotSignedIn for nobody, NotAllowed for somebody without it."""
    if actor is None:
        raise NotSignedIn(_("this is for whoever has a key with the scope {scope} (Authorization: Bearer dvt_...)", scope=scope.value))
    actor.require(scope)
    return actor
