"""The secret of a store's events: what makes cursors and ids opaque, and what the secrets of webhooks are encrypted with.

In: the file of the key beside the store. Out: sealed and opened bytes, ids. Next: ``desk.events.feed`` and ``desk.events.hooks``.

One key of 32 random bytes; from it HKDF (RFC 5869, SHA-256) makes one for each use. Cursors and secrets are sealed by Fernet, whose random
vector makes two cursors of one place as different as those of two places; an id is an HMAC, so that it is the same in every process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk.people.secret_files import EVENTS, key_file
from graph import private
from graph.documents import DocumentKind
from graph.errors import InvalidInput, StoreError
from graph.language import _
from graph.store import Store

ID_LETTERS = 24


class EventKey:
    """See the module's text. Made at first use. Raises StoreError where it is missing and webhooks need it, or is none."""

    def __init__(self, store: Store, path: Path | None = None) -> None:
        self._path = path or key_file(store, EVENTS)
        if not self._path.exists():
            if next((one for one in store.documents_since(0, [DocumentKind.HOOK]) if one.content), None) and not self._path.exists():
                raise StoreError(_("{path}: missing, and the webhooks of the store need it; take it from a backup", path=self._path))
            private.begin(self._path, secrets.token_hex(32).encode() + b"\n")
        try:
            root = bytes.fromhex(private.narrowed(self._path).read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise StoreError(_("{path}: cannot be read as the key of events: {error}", path=self._path, error=error)) from error
        if len(root) != 32:
            raise StoreError(_("{path}: cannot be read as the key of events: {error}", path=self._path, error=f"{len(root)} bytes"))
        self._ids = _derived(root, b"ids")
        self._cursors = Fernet(base64.urlsafe_b64encode(_derived(root, b"cursors")))
        self._hooks = Fernet(base64.urlsafe_b64encode(_derived(root, b"hooks")))

    def event_id(self, entry: str) -> str:
        """What the event of an entry is called, wherever and however often it is told."""
        return "evt_" + hmac.new(self._ids, entry.encode(), hashlib.sha256).hexdigest()[:ID_LETTERS]

    def cursor(self, place: bytes) -> str:
        """A cursor for a place in the feed."""
        return self._cursors.encrypt(place).decode()

    def place(self, cursor: str) -> bytes:
        """The inverse. Raises InvalidInput for what is no cursor of this store."""
        try:
            return self._cursors.decrypt(cursor.encode())
        except (InvalidToken, ValueError) as error:
            raise InvalidInput(_("is no cursor of this service; begin without one"), field="after") from error

    def seal(self, content: bytes) -> bytes:
        """The secrets of a webhook, encrypted."""
        return self._hooks.encrypt(content)

    def open(self, content: bytes) -> bytes:
        """The inverse. Raises StoreError where the key is another."""
        try:
            return self._hooks.decrypt(content)
        except InvalidToken as error:
            raise StoreError(_("{path}: not the key that the webhooks were made with", path=self._path)) from error


def _derived(root: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"dovetail events " + use).derive(root)
