"""The events of saved searches and of what is followed: told to those to whom they are listed."""

from __future__ import annotations

from pathlib import Path

from api.streams import CONCERNS
from desk.events.feed import Feed
from desk.events.secret import EventKey
from desk.process.principals import Actor, Role, Scope
from leads.subscriptions.filters import Filters
from tests.desk.events.test_feed import everything
from tests.leads.notices.conftest import Desk
from tests.leads.worlds import LAB, OPERATOR, STRANGER, public_demand


def test_searches_and_follows_are_told_to_whom_they_are_listed(desk: Desk, tmp_path: Path) -> None:
    public_demand(desk.store)
    feed = Feed(desk.store, EventKey(desk.store, tmp_path / "events.key"), CONCERNS)
    scopes = frozenset({Scope.READ, Scope.WRITE})
    lone = Actor(id="key:x", role=Role.CONSUMER, scopes=scopes)
    desk.searches.save(lone, Filters(text="coating"))
    broker, firm = desk.joined["broker"], desk.joined["firm"]
    search = desk.searches.save(broker, Filters(text="gauge"))
    desk.searches.do(broker, search.id, "pause")
    desk.searches.save(OPERATOR, Filters(), member=firm.id.partition(":")[2])
    for who in (broker, firm):
        desk.follows.follow(who, "dem-1")
    desk.follows.unfollow(firm, "dem-1")
    reader = Actor(id="key:r", role=Role.BROKER, institution="ins-broker", scopes=frozenset({Scope.READ}))
    colleague = Actor(id="key:c", role=Role.BROKER, institution="ins-broker", scopes=scopes)
    for actor in (*desk.joined.values(), lone, reader, colleague, LAB, STRANGER, OPERATOR):
        events = [one for one in everything(feed, actor, 3) if one.kind.partition(".")[0] in ("search", "follow")]
        for kind, things in (("search", desk.searches), ("follow", desk.follows)):
            of = [one for one in events if one.kind.startswith(f"{kind}.")]
            assert {one.thing for one in of} == {one.id for one in things.listed(actor)}, actor.id  # type: ignore[attr-defined]
            assert all(one.place == f"/v1/{kind}{'es' if kind == 'search' else 's'}/{one.thing}" for one in of)
    mine = [one.kind for one in everything(feed, broker, 9) if one.kind.partition(".")[0] in ("search", "follow")]
    assert mine == ["search.save", "search.pause", "follow.follow"]
    assert {len(everything(feed, one, 9)) for one in (reader, STRANGER)} == {0}
