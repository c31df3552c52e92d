"""The services that people join and sign in by, and who shows a key or a session: the one place where either becomes an actor.

In: a store; what somebody shows. Out: ``Services``; the ``Actor``. Next: ``api.cli.people`` and ``api.http``.
"""

from __future__ import annotations

from typing import NamedTuple

from desk.journal.journal import Journal
from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import Post
from desk.members.sign_in import SignIn
from desk.people.keys import PREFIX, Keys
from desk.people.secret_files import MAIL, key_file
from desk.process.principals import Actor
from graph.store import Store


class Services(NamedTuple):
    """What people join and sign in by."""

    accounts: Accounts
    members: Members
    sign_in: SignIn


def services(store: Store, post: Post, site: str, journal: Journal | None = None) -> Services:
    """The services of a store, by the secret that lies beside the store. ``site``: the address under which people reach the service."""
    accounts = Accounts(store, key_file(store, MAIL))
    members = Members(store, accounts, post, site, journal)
    return Services(accounts, members, SignIn(store, accounts, members, post, site))


def actor_of(store: Store, shown: str, site: str) -> Actor:
    """Who shows a key or a session. Raises NotSignedIn for what is not good."""
    if shown.startswith(PREFIX):
        return Keys(store).actor(shown)
    return services(store, Post(None), site).sign_in.actor(shown)  # no letter goes out by it
