"""A mail server on this machine, and what the tests of members and of signing in share."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import MailServer, Post, Tls
from desk.members.sign_in import SignIn
from desk.process.principals import Actor, Role
from graph import Batch, Store
from graph.model import Node, NodeKind, Record, Visibility
from tests.graph.samples import institution, origin

SITE = "https://match.example.org"
SENDER = "desk@match.example.org"
USCC = "uscc:91350211M000100Y43"
OPERATOR = Actor(id="shell", role=Role.OPERATOR)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


@dataclass
class Mailbox:
    """What the server has taken, in order; ``refuses``: what it answers to a letter instead."""

    port: int
    refuses: str = ""
    letters: list[EmailMessage] = field(default_factory=list)
    _came: threading.Condition = field(default_factory=threading.Condition)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuses:
            return self.refuses
        with self._came:
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self._came.notify_all()
        return "250 OK"

    def wait(self, count: int) -> EmailMessage:
        """The letter that is the ``count``-th, when it has come."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.letters) >= count, timeout=30), f"{len(self.letters)} letters of {count}"
            return self.letters[count - 1]

    def token(self, count: int) -> str:
        """The token behind the link of that letter."""
        found = re.search(rf"{SITE}/[a-z-]+#(\S+)", self.wait(count).get_content())
        assert found
        return found[1]


@dataclass
class People:
    """The services of one store."""

    store: Store
    accounts: Accounts
    post: Post
    members: Members
    sign_in: SignIn
    mailbox: Mailbox

    def joined(self, mail: str, role: Role = Role.ENTERPRISE, institution: str = "ins-firm") -> Actor:
        """A new member, by invitation and acceptance."""
        self.members.invite(OPERATOR, mail, "程以沫", role, institution=institution)
        made = self.members.accept(self.mailbox.token(len(self.mailbox.letters)))
        return self.members.actor(made.id)


def registered(id: str, number: str, visibility: Visibility = Visibility.PUBLIC, **more: Any) -> list[Node]:
    """An institution with a number in a register, and the Record that says so."""
    record = Record(
        id=f"rec-{id}", provenance=origin(id), of=NodeKind.INSTITUTION, fields="{}", keys=(f"ext:{number}",), visibility=visibility
    )
    return [record, institution(id, external_ids=(number,), records=(record.id,), visibility=visibility, **more)]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    yield from mailboxes()


def mailboxes() -> Iterator[Mailbox]:
    """A mail server, until its letters are not waited for any more."""
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def people(store: Store, tmp_path: Path, mailbox: Mailbox) -> Iterator[People]:
    store.write(Batch(nodes=[*registered("ins-firm", USCC, name="恒岬精密"), institution("ins-other")]))
    post = Post(MailServer(host="127.0.0.1", port=mailbox.port, sender=SENDER, tls=Tls.NONE))
    yield made(store, tmp_path / "keys" / "mail.key", post, mailbox)
    post.close()


def made(store: Store, key: Path, post: Post, mailbox: Mailbox) -> People:
    """The services of a store with its secret in ``key``."""
    accounts = Accounts(store, key)
    members = Members(store, accounts, post, SITE)
    return People(store, accounts, post, members, SignIn(store, accounts, members, post, SITE), mailbox)
