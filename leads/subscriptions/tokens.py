"""What opens without signing in: the link in a letter that ends what it tells, and the address of a feed.

In: the secret beside the store. Out: tokens, and what they open. Next: ``leads.subscriptions.stops``, ``leads.subscriptions.searches``.

A link to stop carries what it stops and an HMAC of that: it opens nothing else, works as long as there is anything to stop (RFC 8058 asks
for no less), and twice does no harm. An address of a feed carries 256 random bits of which the journal has the SHA-256 alone; it ends when
another is made.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from desk.members.accounts import Accounts
from graph.errors import NotFound
from graph.language import _

ALL = "all"
_STOP = re.compile(r"(search|follow|board|all)\.([0-9a-f]{1,40})\.([0-9a-f]{32})", re.ASCII)
_FEED = re.compile(r"([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


def stop_token(accounts: Accounts, kind: str, id: str) -> str:
    """What ends the search or the following ``id``; of ``board`` and ``ALL``, what the member ``id`` is told of a board, or of all."""
    return f"{kind}.{id}.{_tag(accounts, kind, id)}"


def stopped_by(accounts: Accounts, token: str) -> tuple[str, str]:
    """The type and the id that a token ends. Raises NotFound for what is none."""
    form = _STOP.fullmatch(token)
    if not form or not hmac.compare_digest(_tag(accounts, form[1], form[2]), form[3]):
        raise NotFound(_("the link is not good; it may be broken over two lines"))
    return form[1], form[2]


def feed_token(search: str) -> tuple[str, str]:
    """A new secret for the address of a search's feed, and the hash that is kept of it."""
    token = f"{search}_{secrets.token_urlsafe(32)}"
    return token, hashed(token)


def search_of(token: str) -> str:
    """The search that an address names; "" for what is no address."""
    form = _FEED.fullmatch(token)
    return form[1] if form else ""


def is_of(token: str, kept: str) -> bool:
    """Whether a token is the one of which the hash is kept."""
    return hmac.compare_digest(hashed(token), kept or "-" * 64)


def hashed(token: str) -> str:
    """What is kept of an address."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _tag(accounts: Accounts, kind: str, id: str) -> str:
    return accounts.sign(f"notices stop {kind} {id}")[:32]
