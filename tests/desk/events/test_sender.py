"""Webhooks: signed messages in order, tried until they are taken; a receiver that lost them all comes to the same state from the events."""

from __future__ import annotations

import ipaddress
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk.events.feed import Event, Feed
from desk.events.hooks import ATTEMPTS, MOST, Hooks, secrets_id, sent_id
from desk.events.secret import EventKey
from desk.events.sender import RETRIES, Sender
from desk.journal.heads import verify
from desk.people.demands import Demands
from desk.people.streams import FOLDS
from desk.process.act import STATE
from desk.process.principals import Actor, Role, Scope
from graph import Batch, Store
from graph.documents import Document, DocumentKind
from graph.errors import InvalidInput, NotAllowed, NotFound, NotPossible
from tests.conftest import ROOT
from tests.desk.events.receivers import Receiver
from tests.desk.events.test_feed import ACTORS, OPERATOR, SAID, everything, prepared

LOCAL = [ipaddress.ip_network("127.0.0.0/8")]
FIRM = ACTORS["firm"]
AT_ONCE = (timedelta(0),) * 3


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def key(tmp_path: Path, store: Store) -> EventKey:
    prepared(store)
    return EventKey(store, tmp_path / "events.key")


@pytest.fixture
def hooks(store: Store, key: EventKey) -> Hooks:
    return Hooks(store, key, LOCAL)


def sender(store: Store, hooks: Hooks, key: EventKey, **more: Any) -> Sender:
    return Sender(store, hooks, key, **({"retries": AT_ONCE, "seconds": 5.0} | more))


def made(hooks: Hooks, receiver: Receiver, actor: Actor = FIRM) -> str:
    hook, receiver.secret = hooks.create(actor, receiver.url)
    return hook.id


def test_messages_are_signed_and_come_in_order(store: Store, hooks: Hooks, key: EventKey, receiver: Receiver) -> None:
    Demands(store).draft(FIRM, SAID)
    id = made(hooks, receiver)
    sends = sender(store, hooks, key)
    assert sends.round() is True and [body["type"] for _id, body in receiver.got] == ["hook.create"]
    things = [Demands(store).draft(one, SAID).id for one in (FIRM, ACTORS["rival"], FIRM)]
    while sends.round():
        pass
    assert [body["data"]["thing"] for _id, body in receiver.got[1:]] == [things[0], things[2]]
    feed = Feed(store, key)
    told = [one.id for one in everything(feed, hooks.viewer(id, hooks.show(FIRM, id).value), 10)][1:]
    assert [one for one, _body in receiver.got] == told == [body["data"]["id"] for _id, body in receiver.got]
    assert receiver.unverified == 0 and "Coating" not in str(receiver.got)
    attempts = hooks.show(FIRM, id).sent.attempts
    assert [(one.event, one.status, one.problem) for one in attempts] == [(one, 204, "") for one in told]
    assert sends.round() is False


@pytest.mark.parametrize(("status", "problem"), [(500, "HTTP 500"), (302, "redirect"), (404, "HTTP 404"), (410, "HTTP 410")])
def test_what_is_not_taken_is_tried_again_and_then_disabled(
    store: Store, hooks: Hooks, key: EventKey, receiver: Receiver, status: int, problem: str
) -> None:
    id = made(hooks, receiver)
    sends = sender(store, hooks, key)
    receiver.answer = status
    for _ in range(10):
        sends.round()
    hook = hooks.show(FIRM, id)
    tries = 1 if status == 410 else len(AT_ONCE) + 1
    assert hook.value[STATE] == "disabled" and problem in hook.value["reason"] and hook.events == ["rotate", "enable", "remove"]
    assert len(receiver.got) == tries == len(hook.sent.attempts) and len({one for one, _body in receiver.got}) == 1, "the id is stable"
    thing = Demands(store).draft(FIRM, SAID).id
    assert sends.round() is False
    receiver.answer, receiver.got = 200, []
    hooks.enable(FIRM, id)
    while sends.round():
        pass
    assert [body["type"] for _id, body in receiver.got] == ["hook.create", "hook.disable", "demand.draft", "hook.enable"]
    assert receiver.got[2][1]["data"]["thing"] == thing, "what was missed comes first"
    assert verify(store, FOLDS)[1] == []


def test_it_is_not_tried_before_it_is_due(store: Store, hooks: Hooks, key: EventKey, receiver: Receiver) -> None:
    id = made(hooks, receiver)
    receiver.answer = 503
    sends = sender(store, hooks, key, retries=(timedelta(seconds=1),) * 5)
    assert sends.round() is True
    for _ in range(5):
        Demands(store).draft(FIRM, SAID)
        assert sends.round() is False
    sent = hooks.show(FIRM, id).sent
    assert sent.tries == 1 and sent.due and len(receiver.got) == 1
    time.sleep(1.05)
    receiver.answer = 200
    assert sends.round() is True and len(receiver.got) == 7
    assert len(RETRIES) == 10 and list(RETRIES) == sorted(RETRIES)


def test_a_receiver_that_is_away_and_a_name_that_moved_are_attempts(store: Store, key: EventKey, receiver: Receiver) -> None:
    """The address is checked each time: a name that stands for another network by now gets nothing (DNS rebinding)."""
    stands_for = ["127.0.0.1"]
    hooks = Hooks(store, key, LOCAL, lambda *_: stands_for)
    url = receiver.url.replace("127.0.0.1", "crm.example.org")
    hook, receiver.secret = hooks.create(FIRM, url)
    sends = sender(store, hooks, key)
    for moved in ("10.0.0.7", "169.254.169.254", "::1"):
        stands_for[:] = [moved]
        sends.round()
        assert "not everybody's" in hooks.show(FIRM, hook.id).sent.attempts[-1].problem
    assert receiver.got == []
    receiver.close()
    stands_for[:] = ["127.0.0.1"]
    sends.round()
    assert hooks.show(FIRM, hook.id).sent.attempts[-1].problem == "ConnectionRefusedError"


def test_old_and_new_secret_sign_for_a_while(
    store: Store, hooks: Hooks, key: EventKey, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = made(hooks, receiver)
    old, sends = receiver.secret, sender(store, hooks, key)
    _hook, new = hooks.rotate(FIRM, id)
    assert old != new and old.startswith("whsec_") and new.startswith("whsec_")
    sends.round()
    assert [body["type"] for _id, body in receiver.got] == ["hook.create", "hook.rotate"], "who has the old one still verifies"
    receiver.secret = new
    Demands(store).draft(FIRM, SAID)
    sends.round()
    assert len(receiver.got) == 3 and receiver.unverified == 0
    monkeypatch.setattr("desk.events.hooks.instant", lambda *_: "2999-01-01T00:00:00")
    receiver.secret = old
    Demands(store).draft(FIRM, SAID)
    sends.round()
    assert receiver.unverified == 1, "after the window the old one signs no more"
    for held in store.documents_since(0):
        assert old.encode() not in held.content and new.encode() not in held.content


def test_for_whom_a_webhook_is(store: Store, hooks: Hooks, key: EventKey, receiver: Receiver) -> None:
    id = made(hooks, receiver)
    for stranger in (ACTORS["rival"], msgspec.structs.replace(FIRM, scopes=frozenset({Scope.READ}))):
        assert list(hooks.listed(stranger)) == []
        for ask in (hooks.show, hooks.rotate, hooks.enable, hooks.remove):
            with pytest.raises(NotFound):
                ask(stranger, id)
    assert hooks.show(OPERATOR, id).url == "http://127.0.0.1" and hooks.show(FIRM, id).url == receiver.url
    with pytest.raises(NotAllowed):
        hooks.rotate(OPERATOR, id)
    with pytest.raises(InvalidInput):
        hooks.create(Actor(id="x", role=Role.CONSUMER), receiver.url)
    with pytest.raises(InvalidInput):
        Hooks(store, key).create(FIRM, receiver.url)
    for _ in range(MOST - 1):
        hooks.create(FIRM, receiver.url)
    with pytest.raises(NotPossible):
        hooks.create(FIRM, receiver.url)
    hooks.remove(OPERATOR, id)
    assert hooks.show(FIRM, id).url == "" and not store.documents([secrets_id(id), sent_id(id)])
    hooks.create(FIRM, receiver.url)
    assert not [one for one in store.documents_since(0, [DocumentKind.ENTRY]) if b"/hook" in one.content], "the address is in no entry"
    assert verify(store, FOLDS)[1] == []


def test_two_processes_do_not_both_send(store: Store, hooks: Hooks, key: EventKey, receiver: Receiver) -> None:
    made(hooks, receiver)
    for _ in range(20):
        Demands(store).draft(FIRM, SAID)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: [one.round() for _ in range(10)], [sender(store, hooks, key) for _ in range(4)]))
    ids = [one for one, _body in receiver.got]
    assert len(ids) == len(set(ids)) == 21
    order = {one.id: at for at, one in enumerate(everything(Feed(store, key), FIRM, 100))}
    assert [order[one] for one in ids] == sorted(order[one] for one in ids)


def test_where_the_store_was_put_back_it_goes_on_from_now(store: Store, hooks: Hooks, key: EventKey, receiver: Receiver) -> None:
    id = made(hooks, receiver)
    sent, version = hooks.sent(id)
    ahead = msgspec.structs.replace(sent, cursor=key.cursor((10**6).to_bytes(8, "big") + bytes(8)))
    store.write(Batch(documents=[Document(sent_id(id), DocumentKind.HOOK, msgspec.json.encode(ahead), version)]))
    sends = sender(store, hooks, key)
    assert sends.round() is False
    Demands(store).draft(FIRM, SAID)
    assert sends.round() is True and [body["type"] for _id, body in receiver.got] == ["demand.draft"]


def test_only_the_last_attempts_are_remembered(store: Store, hooks: Hooks, key: EventKey, receiver: Receiver) -> None:
    id = made(hooks, receiver)
    for _ in range(ATTEMPTS + 5):
        Demands(store).draft(FIRM, SAID)
    while sender(store, hooks, key).round():
        pass
    assert len(hooks.show(FIRM, id).sent.attempts) == ATTEMPTS


def mirrored(events: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The state of a receiver: of each thing what was done with it, each event once."""
    state: dict[str, list[str]] = {}
    for kind, thing in events:
        state.setdefault(thing, []).append(kind)
    return state


def test_a_receiver_that_lost_every_push_comes_to_the_same_state(
    store: Store, hooks: Hooks, key: EventKey, receiver: Receiver
) -> None:
    deaf = Receiver()
    made(hooks, receiver)
    other = made(hooks, deaf)
    deaf.close()
    cursor = Feed(store, key).now()
    demands, sends, rng = Demands(store), sender(store, hooks, key, retries=(timedelta(0),) * 1000), random.Random(7)
    ids = [demands.draft(FIRM, SAID).id]
    for _ in range(30):
        actor = rng.choice([FIRM, FIRM, ACTORS["rival"]])
        if rng.random() < 0.4:
            ids.append(demands.draft(actor, SAID).id)
        else:
            try:
                demands.do(actor, rng.choice(ids), rng.choice(["submit", "withdraw"]), {"no_secrets": True} if rng.random() < 0.5 else {})
            except (InvalidInput, NotFound, NotPossible):
                continue
        sends.round()
    for _ in range(1000):
        sends.round()
        if _is_level(store, key, receiver, cursor):
            break
    lost = hooks.show(FIRM, other).sent
    assert lost.tries > 1 and {one.problem for one in lost.attempts} == {"ConnectionRefusedError"}
    pushed: dict[str, tuple[str, str]] = {}
    for one, body in receiver.got:
        pushed.setdefault(one, (body["type"], body["data"]["thing"]))
    polled: list[Event] = everything(Feed(store, key), hooks.viewer("x", {"owner": "ins-firm", "scopes": ["read", "write"]}), 3, cursor)
    after = [one for one in pushed.items() if not one[1][0].startswith("hook.create")]
    assert after == [(one.id, (one.kind, one.thing)) for one in polled] and len(polled) > 5
    assert mirrored([told for _id, told in after]) == mirrored([(one.kind, one.thing) for one in polled])
    mine = {one.id: [entry.kind for entry in demands.history(FIRM, one.id)] for one in demands.listed(FIRM)}
    assert mirrored([(one.kind.removeprefix("demand."), one.thing) for one in polled]) == mine, "and that is the state of the store"


def _is_level(store: Store, key: EventKey, receiver: Receiver, cursor: str) -> bool:
    told = {one.id for one in everything(Feed(store, key), FIRM, 100, cursor)}
    return told <= {one for one, _body in receiver.got}


VICTIM = """
import ipaddress, sys
from pathlib import Path
from datetime import timedelta
from desk.events.hooks import Hooks
from desk.events.secret import EventKey
from desk.events.sender import Sender
from graph import connect

store = connect(sys.argv[1])
key = EventKey(store, Path(sys.argv[2]))
hooks = Hooks(store, key, [ipaddress.ip_network("127.0.0.0/8")])
sender = Sender(store, hooks, key, lasts=timedelta(seconds=0.5), renewed=timedelta(seconds=0.1))
print("begun", flush=True)
while True:
    sender.round()
"""


def test_after_kill_9_of_the_sender_all_comes_and_in_order(
    store: Store, hooks: Hooks, key: EventKey, receiver: Receiver, tmp_path: Path
) -> None:
    made(hooks, receiver)
    ids = [Demands(store).draft(FIRM, SAID).id for _ in range(40)]
    for round_ in range(3):
        command = [sys.executable, "-c", VICTIM, store.url, str(tmp_path / "events.key")]
        victim = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert victim.stdout is not None and victim.stdout.readline() == "begun\n"
        for _ in range(500):
            if len(receiver.got) >= 10 * (round_ + 1):
                break
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        time.sleep(0.6)
    sends = sender(store, hooks, key)
    while sends.round():
        pass
    things = [body["data"]["thing"] for one, body in dict(receiver.got).items() if body["type"] == "demand.draft"]
    assert things == ids, "each at least once, and for the first time in order"
    assert len(receiver.got) - len(ids) <= 1 + 3, "one a death may come twice"
