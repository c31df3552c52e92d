"""Accounts: for each mail address, who signs in by it and what opens for it, by hashes alone.

In: an address, or a token that somebody shows. Out: an ``Account``; a new token, once. Next: ``desk.members.members`` and
``desk.members.sign_in``.

    mark of an address = HMAC-SHA256 of it, cut to 96 bits, under a secret in a file beside the store (mode 600)
    token              = mark + ``_`` + 32 random bytes in base 64; the store holds its SHA-256

A copy of the store without that file tells no address, and cannot be asked for one; addresses themselves are encrypted (Fernet). All that
there is of an address is one document, written at the version that was read: of two who use one token at once, one wins.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from graph import private
from graph.documents import Document, DocumentKind
from graph.errors import Conflict, InvalidInput, NotSignedIn, StoreError
from graph.language import _
from graph.store import Batch, Store

LETTERS = 5
"""Letters to one address within ``WINDOW``, at most."""
WINDOW = timedelta(hours=1)
SESSIONS = 10
"""Sessions of one account at a time; the oldest goes."""
TRIES = 50
_MARK = 24
_TOKEN = re.compile(r"([0-9a-f]{24})_([A-Za-z0-9_-]{43})", re.ASCII)
_MAIL = re.compile(r"([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63})", re.ASCII)
_T = TypeVar("_T")


class Purpose(StrEnum):
    """What a token opens."""

    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    CLAIM = "claim"
    SESSION = "session"


LASTS = {
    Purpose.SIGN_IN: timedelta(minutes=15), Purpose.INVITATION: timedelta(days=14), Purpose.CLAIM: timedelta(hours=24),
    Purpose.SESSION: timedelta(hours=12),
}  # fmt: skip

_SIGNED_IN = (Purpose.SIGN_IN, Purpose.SESSION)


class Token(msgspec.Struct, frozen=True):
    """What is kept of a token. ``expires``: an instant, UTC; ``about``: the member who is invited, or the claim, sealed."""

    purpose: Purpose
    hash: str
    expires: str
    about: str = ""


class Account(msgspec.Struct, frozen=True):
    """What there is of an address. ``member``: who signs in by it, "" for nobody; ``letters``: when letters went to it lately."""

    member: str = ""
    letters: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()


class Opened(NamedTuple):
    """What a token has opened: the account at the ``version`` that was read."""

    mark: str
    account: Account
    version: int
    token: Token


class Accounts:
    """The accounts of a store. ``key``: the file of their secret, made at first use."""

    def __init__(self, store: Store, key: Path) -> None:
        self._store, self._key = store, key
        self._secret = b""

    def mark(self, mail: str) -> str:
        """What an address goes by. Raises InvalidInput for what is none."""
        return hmac.new(self._derived(b"mark"), normal(mail).encode(), hashlib.sha256).hexdigest()[:_MARK]

    def seal(self, text: str) -> str:
        """``text`` encrypted."""
        return self._fernet().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The inverse. Raises StoreError where the secret is not the one that it was sealed with."""
        with suppress(InvalidToken):
            return self._fernet().decrypt(sealed.encode()).decode()
        raise StoreError(_("{path}: not the secret that addresses were sealed with", path=self._key))

    def sign(self, text: str) -> str:
        """A tag by which this server knows ``text`` again as its own."""
        return hmac.new(self._derived(b"sign"), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def read(self, mark: str) -> tuple[Account, int]:
        """An account and its version; an empty one where there is none yet."""
        held = self._store.documents([f"account:{mark}"]).get(f"account:{mark}")
        return (msgspec.json.decode(held.content, type=Account), held.version) if held else (Account(), 0)

    def document(self, mark: str, account: Account, version: int) -> Document:
        """The document that keeps ``account``, in place of that ``version``."""
        return Document(f"account:{mark}", DocumentKind.ACCOUNT, msgspec.json.encode(account), version)

    def letter(self, mark: str, purpose: Purpose, about: str = "", *, now: datetime | None = None) -> str | None:
        """A token for a letter; None where too many letters went to the address lately. It takes the place of earlier ones of the same
        purpose about the same thing, but for signing in, where each opens."""
        now = now or datetime.now(UTC)

        def do() -> str | None:
            account, version = self.read(mark)
            lately = tuple(at for at in account.letters if datetime.fromisoformat(at) > now - WINDOW)
            if len(lately) >= LETTERS:
                return None
            others = (one for one in account.tokens if purpose is Purpose.SIGN_IN or (one.purpose, one.about) != (purpose, about))
            token, kept = _made(mark, purpose, about, now)
            after = Account(account.member, (*lately, now.isoformat()), (*_alive(others, now), kept))
            self._store.write(Batch(documents=[self.document(mark, after, version)]))
            return token

        return again(do)

    def session(self, mark: str, account: Account, *, now: datetime) -> tuple[str, Account]:
        """A token for a session, and the account with it."""
        token, kept = _made(mark, Purpose.SESSION, "", now)
        alive = _alive(account.tokens, now)
        sessions = [one for one in alive if one.purpose is Purpose.SESSION][-(SESSIONS - 1) :]
        others = [one for one in alive if one.purpose is not Purpose.SESSION]
        return token, msgspec.structs.replace(account, tokens=(*others, *sessions, kept))

    def opened(self, token: str, purpose: Purpose, *, now: datetime | None = None) -> Opened:
        """What ``token`` opens. Raises NotSignedIn, in the same words whether it never was, was used, or has expired."""
        now = now or datetime.now(UTC)
        form = _TOKEN.fullmatch(token)
        mark = form[1] if form else "0" * _MARK
        account, version = self.read(mark)
        shown, found = _hash(token), None
        for one in account.tokens:  # all of them: the time tells nothing of which
            if hmac.compare_digest(one.hash, shown) and one.purpose is purpose and datetime.fromisoformat(one.expires) > now:
                found = one
        if not form or not found:
            raise NotSignedIn(_("the link or the session is not good, or not any more; ask for a new link"))
        return Opened(mark, account, version, found)

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derived(b"seal")))

    def _derived(self, purpose: bytes) -> bytes:
        """A key of its own for each purpose: the secret is uniformly random, so one HMAC derives it (RFC 5869, expand)."""
        return hmac.new(self._read_secret(), purpose + b"\x01", hashlib.sha256).digest()

    def _read_secret(self) -> bytes:
        if not self._secret:
            if not self._key.exists():
                self._make()
            try:
                secret = bytes.fromhex(private.narrowed(self._key).read_text("ascii").strip())
            except (OSError, ValueError) as error:
                raise StoreError(_("{path}: cannot be read as the secret of mail addresses", path=self._key)) from error
            if len(secret) != 32:
                raise StoreError(_("{path}: cannot be read as the secret of mail addresses", path=self._key))
            self._secret = secret
        return self._secret

    def _make(self) -> None:
        """Put a new secret in its place, whole, unless another process does so first. Raises StoreError where accounts are there already:
        under another secret nobody would be known any more."""
        is_used = next(self._store.documents_since(0, [DocumentKind.ACCOUNT]), None) is not None
        if self._key.exists():  # made meanwhile, as it is before the first account
            return
        if is_used:
            raise StoreError(_("{path}: missing, and the accounts of the store need it; take it from a backup", path=self._key))
        private.begin(self._key, secrets.token_hex(32).encode() + b"\n")


def normal(mail: str) -> str:
    """The one form of an address: small letters, the domain in ASCII (IDNA). Raises InvalidInput for what is no address."""
    name, at, domain = mail.strip().rpartition("@")
    with suppress(UnicodeError):
        text = f"{name}{at}{domain.encode('idna').decode()}".lower()
        if len(text) <= 254 and _MAIL.fullmatch(text):
            return text
    raise InvalidInput(_("is no mail address"), field="mail")


def again(do: Callable[[], _T]) -> _T:
    """What ``do`` gives; it is done again where somebody else wrote in between. Raises Conflict when that does not end."""
    for _try in range(TRIES - 1):
        with suppress(Conflict):
            return do()
    return do()


def without(account: Account, token: Token) -> Account:
    """``account`` when ``token`` is used."""
    return msgspec.structs.replace(account, tokens=tuple(one for one in account.tokens if one != token))


def ended(account: Account, member: str) -> Account:
    """``account`` when ``member`` is none any more: no session of it is left, and no invitation."""
    is_theirs = account.member == member
    kept = [one for one in account.tokens if one.about != member and not (is_theirs and one.purpose in _SIGNED_IN)]
    return Account("" if is_theirs else account.member, account.letters, tuple(kept))


def _made(mark: str, purpose: Purpose, about: str, now: datetime) -> tuple[str, Token]:
    token = f"{mark}_{secrets.token_urlsafe(32)}"
    return token, Token(purpose, _hash(token), (now + LASTS[purpose]).isoformat(), about)


def _alive(tokens: Iterable[Token], now: datetime) -> list[Token]:
    return [one for one in tokens if datetime.fromisoformat(one.expires) > now]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
