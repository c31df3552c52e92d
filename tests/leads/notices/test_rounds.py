"""Rounds of notices: a month by a moved clock, two processes at once, and processes that are killed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from desk.members.post import MailServer, Post, Tls
from desk.process.principals import Role
from graph import connect
from leads.notices import record
from leads.subscriptions.filters import Filters
from tests.conftest import ROOT
from tests.desk.members.conftest import SENDER, SITE, Mailbox, made
from tests.leads.notices.conftest import Clock, Desk, body, desk_of
from tests.leads.worlds import begin

_LEAD = re.compile(r"since [0-9-]{10} · ([0-9a-f]{16})")


def test_a_month(desk: Desk) -> None:
    """Leads come up at random times of a month, a round every six hours; the mail server is away for two days."""
    chance = random.Random(20260302)
    wants = {"broker": "daily", "rival": "weekly", "firm": "at_once"}
    for name, cadence in wants.items():
        side = "offer" if name == "firm" else "need"  # of the firm all offers are of one laboratory
        desk.searches.save(desk.joined[name], Filters(side=side), name=name, cadence=cadence, cap=2)
    owners: dict[str, str] = {}
    for turn in range(4 * 40):
        for _one in range(chance.choice((0, 0, 1, 3)) if turn < 4 * 31 else 0):
            owner = chance.choice(("ins-firm", "ins-firm", "ins-firm", "ins-stranger"))
            owners[desk.lead(len(owners), owner=owner, fit=chance.random())] = owner
        if chance.random() < 0.1 and owners:
            desk.leads.do(desk.joined["broker"], chance.choice(sorted(owners)), "note", {"text": "x"})
        desk.people.mailbox.refuses = "451 away" if 40 <= turn < 48 else ""
        desk.round(hours=6)
    for name, cadence in wants.items():
        letters = desk.letters(name)
        named = [id for letter in letters for id in _LEAD.findall(body(letter))]
        assert len(named) == len(set(named)), "each once"
        counted = sum(int(one) for letter in letters for one in re.findall(r"^\+(\d+) more", body(letter), re.MULTILINE))
        owned = [id for id, owner in owners.items() if name != "firm" or owner == "ins-firm"]
        assert len(named) + counted == len(owned), name
        for letter in letters:
            by_owner = Counter(owners[id] for id in _LEAD.findall(body(letter)))
            assert max(by_owner.values(), default=0) <= 2, "none over its cap"
        days = [datetime.strptime(str(one["Date"]), "%a, %d %b %Y %H:%M:%S %z").astimezone(UTC).date() for one in letters]
        assert cadence == "at_once" or len(days) == len(set(days))
        assert cadence != "weekly" or (all(day.weekday() == 0 for day in days) and len(days) <= 6)
        assert len({one["Message-ID"] for one in letters}) == len(letters)
    assert len(desk.letters("rival")) >= 4 and len(desk.letters("broker")) >= 20 and desk.letters("lab") == []


def test_a_clock_that_goes_back_brings_nothing_again(desk: Desk) -> None:
    desk.searches.save(desk.joined["broker"], Filters(), cadence="daily")
    desk.lead(1)
    assert (desk.round(days=3).sent, desk.round(days=-2).sent, desk.round(days=1).sent) == (1, 0, 0)


def test_a_letter_that_cannot_go_is_tried_and_then_dropped(desk: Desk) -> None:
    desk.searches.save(desk.joined["broker"], Filters(), cadence="at_once")
    desk.lead(1)
    desk.people.mailbox.refuses = "550 no such box"
    done = [desk.round(days=2) for _try in range(6)]
    assert [one.late for one in done] == [1, 1, 1, 1, 1, 0] and done[-1].dropped == 1
    desk.people.mailbox.refuses = ""
    assert desk.round(days=2).sent == 0
    desk.lead(2)
    assert desk.round().sent == 1


def test_several_at_once_send_each_thing_once(desk: Desk) -> None:
    for name in ("broker", "rival", "firm"):
        desk.searches.save(desk.joined[name], Filters(), cadence="at_once", cap=50)
    desks = [desk_of(desk.store, desk.people, desk.clock) for _one in range(4)]
    came = []
    with ThreadPoolExecutor(4) as pool:
        for number in range(12):
            came.append(desk.lead(number))
            list(pool.map(lambda one: one.round(), desks))
    desk.round()
    for name in ("broker", "rival", "firm"):
        named = [id for letter in desk.letters(name) for id in _LEAD.findall(body(letter))]
        assert sorted(named) == sorted(came)


_ROUNDS = f"""
import sys, time
from datetime import timedelta
from pathlib import Path
from desk.members.accounts import Accounts
from desk.members.members import Members
from desk.members.post import MailServer, Post, Tls
from graph import connect
from leads.notices.notify import Notifier
url, key, port = sys.argv[1:]
store = connect(url)
post = Post(MailServer(host="127.0.0.1", port=int(port), sender={SENDER!r}, tls=Tls.NONE))
accounts = Accounts(store, Path(key))
notifier = Notifier(store, Members(store, accounts, post, {SITE!r}), accounts, {SITE!r}, sender={SENDER!r},
                    lasts=timedelta(seconds=1), renewed=timedelta(seconds=0.2))
print("ready", flush=True)
while True:
    notifier.round()
    time.sleep(0.01)
"""


def test_killed_at_any_moment_each_thing_is_in_one_letter(tmp_path: Path, mailbox: Mailbox) -> None:
    """Two processes make rounds while leads come up; twenty times one is killed. Each lead is in one letter alone, by Message-ID."""
    url, key = f"sqlite:///{tmp_path}/s.db", tmp_path / "keys" / "mail.key"
    store = connect(url)
    begin(store)
    post = Post(MailServer(host="127.0.0.1", port=mailbox.port, sender=SENDER, tls=Tls.NONE))
    desk = desk_of(store, made(store, key, post, mailbox), Clock(datetime.now(UTC)))
    desk.joined["broker"] = desk.people.joined("broker@example.org", Role.BROKER, "ins-broker")
    desk.searches.save(desk.joined["broker"], Filters(), cadence="at_once", cap=50)
    chance, came = random.Random(7), list[str]()

    def started() -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", _ROUNDS, url, str(key), str(mailbox.port)]
        one = subprocess.Popen(arguments, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
        assert one.stdout and one.stdout.readline() == "ready\n"
        return one

    running = [started(), started()]
    try:
        for _kill in range(20):
            came.append(desk.lead(len(came)))
            came.append(desk.lead(len(came)))
            time.sleep(chance.uniform(0.0, 0.15))
            victim = chance.randrange(2)
            running[victim].send_signal(signal.SIGKILL)
            running[victim].wait()
            running[victim] = started()
        end = time.monotonic() + 30
        member = desk.joined["broker"].id.partition(":")[2]
        while time.monotonic() < end and _told(desk) < set(came):
            time.sleep(0.1)
        while time.monotonic() < end and record.read(store, member)[0].waiting:
            time.sleep(0.1)
    finally:
        for one in running:
            one.kill()
            one.wait()
            assert one.stdout
            one.stdout.close()
        post.close()
    by_letter = {str(one["Message-ID"]): frozenset(_LEAD.findall(body(one))) for one in desk.letters("broker")}
    named = [id for ids in by_letter.values() for id in ids]
    assert sorted(named) == sorted(came), "each in one letter, and none is lost"


def _told(desk: Desk) -> set[str]:
    return {id for letter in desk.letters("broker") for id in _LEAD.findall(body(letter))}
