"""Keys: shown once, kept as a hash, good until a day or until they are revoked, and the same words for every key that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.journal.heads import verify
from desk.people.keys import Keys
from desk.people.streams import FOLDS
from desk.process.principals import CLOCK, Actor, Role, Scope
from graph import Batch, Store, connect
from graph.errors import InvalidInput, NotFound, NotSignedIn
from tests.graph.samples import achievement, institution

OPERATOR = Actor(id="shell", role=Role.OPERATOR)
READS = frozenset({Scope.READ})


@pytest.fixture
def keys(store: Store) -> Keys:
    store.write(Batch(nodes=[institution("ins-a"), institution("ins-b"), achievement("ach-1")]))
    return Keys(store)


def test_a_key_opens_as_who_it_was_made_for(keys: Keys, store: Store) -> None:
    key = keys.create(OPERATOR, Role.BROKER, "顾闻笛", institution="ins-a", scopes=[Scope.READ, Scope.WRITE], reviews=True)
    made = keys.actor(key)
    assert (made.role, made.institution, made.is_reviewer, made.scopes) == (Role.BROKER, "ins-a", True, {Scope.READ, Scope.WRITE})
    assert made.id == f"key:{key[4:12]}"
    (known,) = keys.listed(OPERATOR)
    assert (known.prefix, known.person, known.state) == (key[4:12], "顾闻笛", "active") and known.last_used
    assert not any(key[13:].encode() in one.content for one in store.documents_since(0))  # what it opens with is nowhere
    assert verify(store, FOLDS) == (1, [])


def test_a_key_that_is_not_good_is_answered_in_the_same_words(keys: Keys) -> None:
    key = keys.create(OPERATOR, Role.CONSUMER, "a", institution="ins-a", expires="2999-01-01")
    revoked = keys.create(OPERATOR, Role.CONSUMER, "b", institution="ins-a")
    assert keys.revoke(OPERATOR, revoked[4:12], "lost").state == "revoked"
    late = datetime(2999, 1, 2, tzinfo=UTC)
    last = datetime(2999, 1, 1, 23, 59, tzinfo=UTC)
    assert keys.actor(key, now=last).role is Role.CONSUMER
    said = set()
    another = key[:-1] + ("A" if key[-1] != "A" else "B")
    never = [(shown, None) for shown in (revoked, another, "dvt_00000000_" + "A" * 43, "", key + " ")]
    for shown, now in ((key, late), *never):
        with pytest.raises(NotSignedIn) as refused:
            keys.actor(shown, now=now)
        said.add(str(refused.value))
    assert len(said) == 1


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shown=st.one_of(st.text(max_size=60), st.from_regex(r"dvt_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", fullmatch=True)))
def test_nothing_that_is_made_up_opens(shown: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = connect(f"sqlite:///{tmp_path_factory.mktemp('keys')}/s.db")
    keys = Keys(store)
    keys.create(OPERATOR, Role.OPERATOR, "x")
    with pytest.raises(NotSignedIn):
        keys.actor(shown)
    store.close()


def test_who_may_make_see_and_revoke_one(keys: Keys) -> None:
    key = keys.create(OPERATOR, Role.ENTERPRISE, "a", institution="ins-a", scopes=list(Scope))
    holder, prefix = keys.actor(key), key[4:12]
    stranger = Actor(id="key:x", role=Role.ENTERPRISE, institution="ins-b")
    for actor in (holder, stranger, CLOCK, Actor(id="o", role=Role.OPERATOR, scopes=READS)):
        with pytest.raises(InvalidInput, match="create is for the operator"):
            keys.create(actor, Role.CONSUMER, "b", institution="ins-a")
    assert [one.prefix for one in keys.listed(holder)] == [prefix] and list(keys.listed(stranger)) == []
    for actor in (stranger, Actor(id="key:y", role=Role.ENTERPRISE, institution="ins-a", scopes=READS)):
        with pytest.raises(NotFound):
            keys.revoke(actor, prefix)
    with pytest.raises(NotFound):
        keys.revoke(OPERATOR, "00000000")
    assert keys.revoke(holder, prefix).state == "revoked"
    with pytest.raises(InvalidInput, match="that is revoked has no revoke"):
        keys.revoke(holder, prefix)


@pytest.mark.parametrize(
    ("given_so", "rule"),
    [({"person": " "}, "names nobody"), ({"role": Role.CLOCK}, "role is one of"), ({"institution": None}, "names an institution"),
     ({"scopes": []}, "create needs scopes"), ({"expires": "2020-01-01"}, "a day to come"), ({"expires": "soon"}, "YYYY-MM-DD"),
     ({"expires": "20991231"}, "YYYY-MM-DD"), ({"institution": "ach-1"}, "institution: ach-1 is no institution")],
)  # fmt: skip
def test_a_key_that_will_not_do_is_refused(keys: Keys, store: Store, given_so: dict[str, object], rule: str) -> None:
    asked: dict[str, object] = {"role": Role.CONSUMER, "person": "a", "institution": "ins-a"} | given_so
    with pytest.raises(InvalidInput, match=rule):
        keys.create(OPERATOR, asked.pop("role"), asked.pop("person"), **asked)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        keys.create(OPERATOR, Role.CONSUMER, "a", institution="ins-nobody")
    assert store.sequence() == 0


def test_a_use_is_noted_once_a_minute(keys: Keys, store: Store) -> None:
    key = keys.create(OPERATOR, Role.OPERATOR, "a")
    began, noted = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC), []
    for seconds in (0, 10, 29, 40, 200):
        keys.actor(key, now=began + timedelta(seconds=seconds))
        noted.append((next(keys.listed(OPERATOR)).last_used, store.sequence()))
    assert [minute for minute, _ in noted] == ["2026-03-01T12:00+00:00"] * 3 + ["2026-03-01T12:01+00:00", "2026-03-01T12:03+00:00"]
    assert [number for _, number in noted] == [2, 2, 2, 3, 4]
