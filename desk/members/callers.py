"""Who shows a key or a session: the one place where either becomes an actor.

In: what somebody shows. Out: the ``Actor``. Next: ``api.cli.people.door`` and ``api.http.door``.
"""

from __future__ import annotations

from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import Post
from desk.members.sign_in import SignIn
from desk.people.keys import PREFIX, Keys
from desk.people.secret_files import MAIL, key_file
from desk.process.principals import Actor
from graph.store import Store


def actor_of(store: Store, shown: str, site: str) -> Actor:
    """Who shows a key or a session. Raises NotSignedIn for what is not good."""
    if shown.startswith(PREFIX):
        return Keys(store).actor(shown)
    accounts, post = Accounts(store, key_file(store, MAIL)), Post(None)  # no letter goes out by it
    return SignIn(store, accounts, Members(store, accounts, post, site), post, site).actor(shown)
