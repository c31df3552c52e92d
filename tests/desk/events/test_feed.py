"""The feed of events: each sees what the things themselves show, in order, after any cursor; a cursor tells of nobody else's."""

from __future__ import annotations

import base64
import io
import secrets
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.events.feed import Event, Feed
from desk.events.hooks import Hooks
from desk.events.secret import EventKey
from desk.journal.entries import Entry
from desk.journal.heads import verify
from desk.people.admissions import Admissions
from desk.people.demands import Demands
from desk.people.files import Files
from desk.people.keys import Keys
from desk.people.streams import FOLDS
from desk.process.principals import Actor, Role, Scope
from graph import Batch, Store, connect
from graph.copy import copy
from graph.documents import DocumentKind
from graph.errors import DovetailError, InvalidInput, StoreError
from tests.graph.samples import institution

SAID = {"title": "Coating thickness measured in line"}
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
PLAIN = frozenset({Scope.READ, Scope.WRITE})
ACTORS = {
    name: Actor(id=f"key:{name}", role=role, institution=f"ins-{name}", scopes=PLAIN, is_reviewer=name == "reviewer")
    for name, role in (
        ("firm", Role.ENTERPRISE), ("broker", Role.BROKER), ("lab", Role.PROVIDER), ("rival", Role.ENTERPRISE), ("reviewer", Role.BROKER),
    )
}  # fmt: skip
EVERY = [*ACTORS.values(), OPERATOR, Actor(id="key:x", role=Role.CONSUMER, scopes=PLAIN)]


def prepared(store: Store) -> Store:
    store.write(Batch(nodes=[institution(actor.institution) for actor in ACTORS.values()]))
    return store


@pytest.fixture
def key(tmp_path: Path, store: Store) -> EventKey:
    return EventKey(store, tmp_path / "events.key")


def everything(feed: Feed, actor: Actor, limit: int, cursor: str = "") -> list[Event]:
    found: list[Event] = []
    while True:
        page = feed.after(actor, cursor, limit)
        found += page.events
        assert len(page.events) <= limit and (page.more is False or len(page.events) == limit)
        if not page.more:
            return found
        cursor = page.next


def oracle(store: Store, folder: Path, actor: Actor) -> list[tuple[str, str]]:
    """Kind and thing of every entry whose thing shows itself to the actor, by the use cases of the things."""
    shows: dict[str, Any] = {
        "demand": lambda id: Demands(store).history(actor, id), "admission": lambda id: Admissions(store).show(actor, id),
        "key": lambda id: next(one for one in Keys(store).listed(actor) if one.prefix == id),
        "file": lambda id: Files(store, folder).show(actor, id),
    }  # fmt: skip
    found = []
    for one in store.documents_since(0, [DocumentKind.ENTRY]):
        entry = Entry.from_document(one)
        kind, _colon, id = entry.stream.partition(":")
        try:
            shows[kind](id)
        except (DovetailError, StopIteration):
            continue
        found.append((f"{kind}.{entry.kind}", id))
    return found


STEPS = st.lists(
    st.tuples(st.sampled_from(["draft", "act", "act", "act", "offer", "enter", "key", "attach"]), st.integers(0, 10**6)), max_size=25
)


@settings(max_examples=30)
@given(steps=STEPS, limit=st.integers(1, 7))
def test_each_sees_what_the_things_show(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], limit: int) -> None:
    folder = tmp_path_factory.mktemp("feed")
    store = prepared(connect(f"sqlite:///{folder}/s.db"))
    feed, demands, admissions = Feed(store), Demands(store), Admissions(store)
    ids: list[str] = []
    for step, n in steps:
        actor = [*ACTORS.values(), OPERATOR][n % 6]
        try:
            if step == "draft":
                owned = {"owner": "ins-firm", "mandate": "2026-01-01"} if actor is ACTORS["broker"] else {}
                ids.append(demands.draft(actor, SAID, **owned).id)
            elif step == "act" and ids:
                _do(demands, actor, ids[n // 7 % len(ids)], n // 50)
            elif step == "offer" and ids:
                admissions.offer(actor, ids[n // 7 % len(ids)], "ins-lab")
            elif step == "enter":
                for one in admissions.listed(ACTORS["lab"]):
                    admissions.do(ACTORS["lab"], one.id, "enter", {"confidential": True})
            elif step == "key":
                Keys(store).create(OPERATOR, Role.PROVIDER, "x", institution="ins-lab")
            elif step == "attach" and ids:
                Files(store, folder).attach(actor, ids[n // 7 % len(ids)], "a.txt", io.BytesIO(b"a"), purpose="nda")
        except DovetailError:
            continue
    for actor in EVERY:
        found = everything(feed, actor, limit)
        assert [(one.kind, one.thing) for one in found] == oracle(store, folder, actor), actor.id
        assert len({one.id for one in found}) == len(found)
        assert found == everything(Feed(connect(store.url)), actor, 100), "another process tells the same"
    store.close()


def _do(demands: Demands, actor: Actor, id: str, n: int) -> None:
    events = demands.show(actor, id).events
    event = sorted(events)[n % len(events)] if events else "submit"
    says = {
        "submit": {"no_secrets": True}, "publish": {"visibility": ("public", "confidential")[n % 2]}, "return": {"questions": ["?"]},
        "tease": {"field": "coating"},
    }  # fmt: skip
    demands.do(actor, id, event, says.get(event, {}), SAID if event == "revise" else None)


def test_a_cursor_goes_on_where_it_was_in_every_process(store: Store, key: EventKey, store_url: str) -> None:
    feed, demands, firm = Feed(prepared(store), key), Demands(store), ACTORS["firm"]
    first = [demands.draft(firm, SAID).id for _ in range(3)]
    page = feed.after(firm, "", 2)
    assert [one.thing for one in page.events] == first[:2] and page.more
    for _ in range(5):
        demands.draft(ACTORS["rival"], SAID)
    other = Feed(connect(store_url), key)
    later = other.after(firm, page.next, 10)
    assert [one.thing for one in later.events] == first[2:] and not later.more
    assert other.after(firm, later.next, 10).events == []
    last = demands.draft(firm, SAID).id
    assert [one.thing for one in feed.after(firm, later.next, 10).events] == [last]
    for cursor in (feed.after(firm, later.next, 1).next, feed.now()):
        assert feed.after(firm, cursor, 10).events == []


def test_what_is_hidden_changes_nothing_that_can_be_told(store: Store, key: EventKey) -> None:
    """Cursors of all places are of one length and differ each time, whether anything happened or not."""
    feed, firm = Feed(prepared(store), key), ACTORS["firm"]
    Demands(store).draft(firm, SAID)
    idle = [feed.after(firm, "", 5) for _ in range(3)]
    for _ in range(4):
        Demands(store).draft(ACTORS["rival"], SAID)
    busy = [feed.after(firm, "", 5) for _ in range(3)]
    first = (len(idle[0].next), tuple(idle[0].events), False)
    assert {(len(page.next), tuple(page.events), page.more) for page in (*idle, *busy)} == {first}
    assert len({page.next for page in (*idle, *busy)}) == 6
    bodies = [base64.urlsafe_b64decode(page.next)[9:] for page in (*idle, *busy)]
    assert len({body[:16] for body in bodies}) == 6, "what is behind the instant of making is random"


@pytest.mark.parametrize("cursor", ["x", "!", "文", "gAAAAA==", secrets.token_urlsafe(90)])
def test_what_is_no_cursor_is_refused(store: Store, key: EventKey, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        Feed(store, key).after(OPERATOR, cursor, 5)


def test_a_cursor_of_what_is_not_there_any_more_is_refused(tmp_path: Path) -> None:
    """A store is put back to an earlier state and goes on otherwise: who was further is told, and does not miss what is there now."""
    store = prepared(connect(f"sqlite:///{tmp_path}/s.db"))
    key = EventKey(store)
    demands, firm = Demands(store), ACTORS["firm"]
    demands.draft(firm, SAID)
    kept = Feed(store, key).now()
    store.close()
    shutil.copy(tmp_path / "s.db", tmp_path / "earlier.db")
    store = connect(f"sqlite:///{tmp_path}/s.db")
    Demands(store).draft(firm, SAID)
    ahead = Feed(store, key).now()
    store.close()
    back = connect(f"sqlite:///{tmp_path}/earlier.db")
    feed = Feed(back, key)
    assert feed.after(firm, kept, 5).events == []
    with pytest.raises(InvalidInput, match="begin without"):
        feed.after(firm, ahead, 5)
    Demands(back).draft(firm, SAID)
    with pytest.raises(InvalidInput, match="begin without"):
        feed.after(firm, ahead, 5)
    assert len(feed.after(firm, kept, 5).events) == 1
    back.close()


def test_a_copy_of_a_store_goes_on_with_the_same_cursors(tmp_path: Path, store: Store, key: EventKey) -> None:
    demands, firm = Demands(prepared(store)), ACTORS["firm"]
    for _ in range(3):
        demands.draft(firm, SAID)
    page = Feed(store, key).after(firm, "", 1)
    target = connect(f"sqlite:///{tmp_path}/copy.db")
    copy(store, target)
    assert Feed(target, key).after(firm, page.next, 9).events == Feed(store, key).after(firm, page.next, 9).events
    assert verify(target, FOLDS)[1] == []


def test_who_is_let_in_is_told_of_itself_alone(store: Store, tmp_path: Path, key: EventKey) -> None:
    demands, files, firm, lab = Demands(prepared(store)), Files(store, tmp_path / "f"), ACTORS["firm"], ACTORS["lab"]
    to = demands.draft(firm, SAID).id
    id = files.attach(firm, to, "a.txt", io.BytesIO(b"x"), purpose="nda").id
    feed = Feed(store, key)
    for guest in ("ins-rival", "ins-lab"):
        files.let_in(firm, id, guest)
    files.take(firm, id)
    assert [one.kind for one in everything(feed, lab, 5)] == ["file.attach", "file.let_in"]
    before = feed.after(lab, "", 9).next
    files.let_in(firm, id, "ins-lab", out=True)
    files.take(firm, id)
    for told in (feed, Feed(connect(store.url), key)):
        assert [one.kind for one in told.after(lab, before, 9).events] == ["file.shut_out"], "and that it is not any more"
    mine = [one.kind for one in everything(feed, firm, 2) if one.kind.startswith("file")]
    assert mine == ["file.attach", "file.let_in", "file.let_in", "file.take", "file.shut_out", "file.take"]


def test_the_key_is_one_s_own_and_is_missed_where_webhooks_need_it(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "k" / "events.key"
    prepared(store)
    key = EventKey(store, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert EventKey(store, path).event_id("a/1") == key.event_id("a/1") != key.event_id("a/2")
    Hooks(store, key, resolve=lambda *_: ["93.184.216.34"]).create(ACTORS["firm"], "https://crm.example.org/")
    path.rename(tmp_path / "lost")
    with pytest.raises(StoreError, match="the webhooks of the store need it"):
        EventKey(store, path)
    for text in ("zz", "00" * 8):
        path.write_text(text)
        with pytest.raises(StoreError, match="cannot be read as the key of events"):
            EventKey(store, path)
