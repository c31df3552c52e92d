"""Signing in by a link that comes by mail, and sessions.

In: a mail address; the token of a link; a session. Out: a letter; a session; the ``Actor`` of a member. Next: ``desk.members.openid``
opens sessions too; every door makes its caller an ``Actor`` by one.

Whoever asks with an address gets the same answer whether it is known or not: both write the same document, and a thread of its own looks
whether there is a member to write to. There are no passwords.
"""

from __future__ import annotations

from datetime import UTC, datetime

from desk.members import letters
from desk.members.accounts import LASTS, Account, Accounts, Purpose, again, normal, without
from desk.members.members import Members
from desk.members.post import Post
from desk.process.principals import Actor
from graph.errors import NotSignedIn
from graph.language import _
from graph.store import Batch, Store

_MINUTES = int(LASTS[Purpose.SIGN_IN].total_seconds() // 60)


class SignIn:
    """The sessions of a store's members. ``site``: the address under which people reach the service, for the links of letters."""

    def __init__(self, store: Store, accounts: Accounts, members: Members, post: Post, site: str) -> None:
        self._store, self._accounts, self._members, self._post, self._site = store, accounts, members, post, site

    def sign_in(self, mail: str, *, now: datetime | None = None) -> None:
        """Send a link to the member with this address, if there is one and not too many letters went to it within the hour. Raises
        InvalidInput for what is no address, and where no mail server is named."""
        self._post.ready()
        mail = normal(mail)
        mark = self._accounts.mark(mail)
        token = self._accounts.letter(mark, Purpose.SIGN_IN, now=now)
        if token:
            self._post.later(lambda: self._write(mark, mail, token))

    def session(self, token: str, *, now: datetime | None = None) -> str:
        """A session for the token of a link, which opens once. Raises NotSignedIn for one that is not good."""
        now = now or datetime.now(UTC)

        def do() -> str:
            found = self._accounts.opened(token, Purpose.SIGN_IN, now=now)
            return self._begin(found.mark, without(found.account, found.token), found.version, now)

        return again(do)

    def session_of(self, mail: str, *, now: datetime | None = None) -> str:
        """A session for an address that somebody trusted has verified. Raises NotSignedIn where it is no member's."""
        now = now or datetime.now(UTC)
        mark = self._accounts.mark(mail)
        return again(lambda: self._begin(mark, *self._accounts.read(mark), now))

    def actor(self, session: str, *, now: datetime | None = None) -> Actor:
        """Who acts in a session. Raises NotSignedIn for one that is not good: the same words whether it never was, has expired, or its
        member is none any more."""
        return self._members.actor(self._accounts.opened(session, Purpose.SESSION, now=now).account.member)

    def sign_out(self, session: str, *, now: datetime | None = None) -> None:
        """End a session. Raises NotSignedIn for one that is not good."""

        def do() -> None:
            found = self._accounts.opened(session, Purpose.SESSION, now=now)
            after = without(found.account, found.token)
            self._store.write(Batch(documents=[self._accounts.document(found.mark, after, found.version)]))

        again(do)

    def _begin(self, mark: str, account: Account, version: int, now: datetime) -> str:
        if not account.member:
            raise NotSignedIn(_("no member has this address; ask somebody of your institution, or the operator, for an invitation"))
        session, after = self._accounts.session(mark, account, now=now)
        self._store.write(Batch(documents=[self._accounts.document(mark, after, version)]))
        return session

    def _write(self, mark: str, mail: str, token: str) -> None:
        """Write to the member with this address; to nobody where there is none."""
        account, _version = self._accounts.read(mark)
        if account.member:
            self._post.send(mail, *letters.sign_in(self._members.speaks(account.member), self._site, token, _MINUTES))
