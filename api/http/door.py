"""Who asks over HTTP, where that matters: the holder of a key.

In: the header Authorization (``Bearer`` and a key). Out: nothing for the operator's key, else a refusal. Next: ``api.http.routes.probes``
asks it before it shows what runs.
"""

from __future__ import annotations

import hashlib
import time

from api.http.problems import NotAllowed
from desk.people.keys import Keys
from desk.process.principals import Scope
from graph.errors import InvalidInput, NotSignedIn, StoreError
from graph.language import _
from graph.store import Store

REMEMBERED_SECONDS = 3600
"""How long a key that was good is good while the store, which alone knows, cannot be read."""


class Door:
    """Of one service; remembers the keys that were good by their hashes."""

    def __init__(self) -> None:
        self._good: dict[bytes, float] = {}

    def check_operator(self, store: Store, authorization: str) -> None:
        """Raises NotSignedIn without a good key, NotAllowed for one that is not the operator's, StoreError where nobody can tell."""
        kind, _blank, key = authorization.partition(" ")
        if kind.lower() != "bearer" or not key:
            raise NotSignedIn(_("this is for the operator's key, with the scope admin (Authorization: Bearer dvt_...)"))
        known, now = hashlib.sha256(key.encode()).digest(), time.monotonic()
        try:
            actor = Keys(store).actor(key.strip())
        except StoreError:
            if now - self._good.get(known, -REMEMBERED_SECONDS) < REMEMBERED_SECONDS:
                return
            raise
        except NotSignedIn:
            self._good.pop(known, None)
            raise
        try:
            actor.require(Scope.ADMIN)
        except InvalidInput as error:
            raise NotAllowed(str(error)) from error
        self._good[known] = now
