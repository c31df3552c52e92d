"""What tests of notices share: members with letters on a real mail server, leads, and a clock that is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from desk.journal.journal import Journal
from desk.members.post import MailServer, Post, Tls
from desk.process.principals import Actor, Role
from graph import Store
from leads.leads import Leads
from leads.notices.notify import Notifier, Round
from leads.subscriptions.follows import Follows
from leads.subscriptions.searches import Searches
from leads.subscriptions.stops import Stops
from tests.desk.members.conftest import SENDER, SITE, Mailbox, People, made, mailbox
from tests.leads.worlds import FOLDS, begin, public_demand, suggest

__all__ = ["mailbox"]
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Desk:
    """A store with members, leads, and what tells of them."""

    store: Store
    people: People
    clock: Clock
    leads: Leads
    searches: Searches
    follows: Follows
    stops: Stops
    notifier: Notifier
    joined: dict[str, Actor] = field(default_factory=dict)

    def round(self, **move: float) -> Round:
        """Move the clock and make a round."""
        self.clock.move(**move)
        return self.notifier.round()

    def letters(self, name: str) -> list[EmailMessage]:
        """The notices that came to a member so far."""
        return [one for one in self.people.mailbox.letters if one["To"] == f"{name}@example.org" and one["List-Unsubscribe"]]

    def lead(self, number: int, offer: str = "exp-1", *, fit: float = 0.8, owner: str = "ins-firm") -> str:
        """A lead of a new public demand."""
        return suggest(self.store, public_demand(self.store, f"dem-{number}", owner), offer, fit=fit, about=owner)


def body(letter: EmailMessage, kind: str = "plain") -> str:
    """What a letter says."""
    part = letter.get_body((kind,))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def desk_of(store: Store, people: People, clock: Clock) -> Desk:
    """The desk of a store by a clock."""
    journal = Journal(store, FOLDS, now=clock)
    times = {"lasts": timedelta(seconds=2), "renewed": timedelta(seconds=0.2)}
    notifier = Notifier(store, people.members, people.accounts, SITE, journal=journal, sender=SENDER, **times)
    return Desk(
        store, people, clock, Leads(store, journal), Searches(store, people.members, journal), Follows(store, people.members, journal),
        Stops(store, people.accounts, journal), notifier,
    )  # fmt: skip


@pytest.fixture
def desk(store: Store, tmp_path: Path, mailbox: Mailbox) -> Iterator[Desk]:
    begin(store)
    post = Post(MailServer(host="127.0.0.1", port=mailbox.port, sender=SENDER, tls=Tls.NONE))
    people = made(store, tmp_path / "keys" / "mail.key", post, mailbox)
    one = desk_of(store, people, Clock())
    for name, role in (("broker", Role.BROKER), ("rival", Role.BROKER), ("firm", Role.ENTERPRISE), ("lab", Role.PROVIDER)):
        one.joined[name] = people.joined(f"{name}@example.org", role, f"ins-{name}")
    yield one
    post.close()
