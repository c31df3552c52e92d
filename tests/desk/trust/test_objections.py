"""Replies and objections: who may do what, what it does to the item, and that the journal and the graph say the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.evidence import withdraw
from desk.ingest import refresh
from desk.journal.heads import verify
from desk.people.streams import FOLDS
from desk.process.objection import OBJECTION
from desk.process.principals import Actor, Role
from desk.show import describe
from desk.trust import by_role
from desk.trust.objections import MOST, Item, Objections, replies_to, with_replies
from desk.trust.opinions import Told
from graph import Batch, Store, connect
from graph.errors import Conflict, DovetailError, InvalidInput, NotFound
from graph.model import EdgeKind, Evidence, EvidenceKind, Visibility
from graph.viewer import OWNER, PUBLIC
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from tests.graph.samples import expert, institution, origin

GAVE, ABOUT, ELSE = "ins-000000000000give", "ins-0000000000target", "ins-00000000000other"
GIVER = Actor(id="key:giver", role=Role.ENTERPRISE, institution=GAVE)
TARGET = Actor(id="key:target", role=Role.PROVIDER, institution=ABOUT)
OTHER = Actor(id="key:other", role=Role.PROVIDER, institution=ELSE)
REVIEWER = Actor(id="key:reviewer", role=Role.PROVIDER, institution=ELSE, is_reviewer=True)
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
PARTY = Actor(id="key:ours", role=Role.OPERATOR, institution=ABOUT)
"""An operator who is a member of the target."""
ONE = "edg-0000000000000001"


def item(id: str = ONE, source: str = GAVE, target: str = ABOUT, **more: object) -> Evidence:
    told = {"evidence": EvidenceKind.DELIVERY, "outcome": -1.0, "date": "2026-01-01", "verified_by": "x"} | more
    return Evidence(id=id, kind=EdgeKind.EVIDENCE, source=source, target=target, provenance=origin(id), **told)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
def filed(store: Store) -> Store:
    nodes = [institution(one) for one in (GAVE, ABOUT, ELSE)]
    store.write(Batch(nodes=[*nodes, expert("exp-1")], edges=[item()]))
    return store


def stored(store: Store, one: str = ONE) -> Evidence:
    found = store.get([one])[one]
    assert isinstance(found, Evidence)
    return found


def test_a_reply_is_shown_beside_the_item_to_whoever_may_see_it(filed: Store) -> None:
    objections = Objections(filed)
    assert objections.show(TARGET, ONE).events == ("reply", "object")
    objections.reply(TARGET, ONE, "the goods came late by agreement")
    objections.reply(TARGET, ONE, "by agreement of 3 May")
    for actor in (TARGET, GIVER, OPERATOR):
        assert objections.show(actor, ONE).reply == "by agreement of 3 May"
    with pytest.raises(NotFound, match="nothing here is called"):
        objections.show(OTHER, ONE)
    assert [one.reply for one in replies_to(filed, [ONE, GAVE, ONE])] == ["by agreement of 3 May"]
    (shown,) = [edge for edge in with_replies(filed, describe(filed, ABOUT, viewer=OWNER)).edges if edge.id == ONE]
    assert shown.reply == "by agreement of 3 May"
    assert with_replies(filed, describe(filed, ABOUT, viewer=PUBLIC)).edges == []
    assert [entry.kind for entry in objections.history(GIVER, ONE)] == ["reply", "reply"]
    objections.erase(TARGET, ONE)
    assert objections.show(GIVER, ONE).reply == "" and verify(filed, FOLDS)[1] == []
    assert not any("agreement" in repr(entry.body) for entry in objections.history(OPERATOR, ONE))


def test_an_objection_is_upheld_or_retracted_and_the_item_shows_it_while_it_is_open(filed: Store) -> None:
    objections = Objections(filed)
    made = objections.object(TARGET, ONE, "another firm of that name")
    assert (made.state, made.grounds, "objected to on" in made.what) == ("objected", "another firm of that name", True)
    assert stored(filed).objected == made.since and stored(filed).withdrawn is None
    assert objections.retract(TARGET, ONE).state == "retracted" and stored(filed).objected is None
    objections.object(TARGET, ONE, "once more")
    for actor in (TARGET, GIVER, PARTY):
        with pytest.raises(InvalidInput, match="uphold is for the"):
            objections.uphold(actor, ONE, "it is right")
    with pytest.raises(NotFound):
        objections.uphold(OTHER, ONE, "it is right")
    assert [one.grounds for one in objections.listed(REVIEWER, ["objected"])] == ["once more"]
    upheld = objections.uphold(REVIEWER, ONE, "the record of acceptance says so")
    assert (upheld.state, upheld.reason, stored(filed).objected) == ("upheld", "the record of acceptance says so", None)
    with pytest.raises(InvalidInput, match="has no object"):
        objections.object(TARGET, ONE, "and again")
    assert verify(filed, FOLDS)[1] == []


def test_a_reviewer_comes_in_by_an_objection_and_others_not_at_all(filed: Store) -> None:
    objections = Objections(filed)
    assert list(objections.listed(REVIEWER)) == []
    with pytest.raises(NotFound):
        objections.show(REVIEWER, ONE)
    objections.object(TARGET, ONE, "x")
    assert "uphold" in objections.show(REVIEWER, ONE).events
    assert [len(list(objections.listed(one))) for one in (TARGET, GIVER, OPERATOR, OTHER)] == [1, 1, 1, 0]
    assert [len(list(objections.about(one, ABOUT))) for one in (TARGET, GIVER, OPERATOR, OTHER)] == [1, 1, 1, 0]


@pytest.mark.parametrize("who", [GIVER, OPERATOR], ids=["giver", "operator"])
def test_a_correction_withdraws_the_item_in_the_same_write(filed: Store, who: Actor) -> None:
    objections = Objections(filed)
    with pytest.raises(InvalidInput, match="not there yet has no correct"):
        objections.correct(who, ONE, "wrong")
    objections.object(TARGET, ONE, "x")
    for other in (TARGET, PARTY):
        with pytest.raises(InvalidInput, match="correct is for the"):
            objections.correct(other, ONE, "wrong")
    before = filed.cursor().revision
    done = objections.correct(who, ONE, "it was another firm")
    assert (done.state, stored(filed).withdrawn, stored(filed).withdrawn_for) == ("corrected", done.since, "it was another firm")
    assert stored(filed).objected is None and filed.cursor().revision == before + 1
    for again in (lambda: objections.reply(TARGET, ONE, "y"), lambda: objections.object(TARGET, ONE, "y")):
        with pytest.raises(InvalidInput, match="was withdrawn on"):
            again()
    assert objections.erase(TARGET, ONE).state == "erased"
    assert verify(filed, FOLDS)[1] == []


def test_an_item_that_changes_meanwhile_is_not_written_over(filed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    objections = Objections(filed)
    objections.object(TARGET, ONE, "x")
    read = objections._item

    def read_and_changed(*given: object) -> Evidence:
        found = read(*given)  # type: ignore[arg-type]
        filed.write(Batch(edges=[msgspec.structs.replace(found, outcome=-0.5)]))
        return found

    monkeypatch.setattr(objections, "_item", read_and_changed)
    with pytest.raises(Conflict):
        objections.correct(OPERATOR, ONE, "wrong")
    assert stored(filed).withdrawn is None and stored(filed).outcome == -0.5
    assert Objections(filed).show(OPERATOR, ONE).state == "objected"


def test_a_rating_of_or_by_a_person_is_nobodys_to_answer(filed: Store) -> None:
    rated = [
        item("edg-0000000000000002", "exp-1", ABOUT, evidence=EvidenceKind.RATING, visibility=Visibility.PUBLIC),
        item("edg-0000000000000003", ABOUT, "exp-1", evidence=EvidenceKind.RATING),
    ]
    filed.write(Batch(edges=rated))  # type: ignore[arg-type]
    objections = Objections(filed)
    for one in rated:
        for act in (lambda one=one: objections.show(TARGET, one.id), lambda one=one: objections.object(TARGET, one.id, "x")):
            with pytest.raises(NotFound, match="nothing here is called"):
                act()
        assert objections.show(OPERATOR, one.id).state == ""
    assert [one.evidence for one in objections.about(TARGET, ABOUT)] == [ONE]


@pytest.mark.parametrize("text", ["", "  \n", "x" * (MOST + 1)])
def test_what_says_nothing_or_too_much_is_refused(filed: Store, text: str) -> None:
    objections = Objections(filed)
    before = filed.sequence()
    for act in (objections.reply, objections.object):
        with pytest.raises(InvalidInput):
            act(TARGET, ONE, text)
    assert filed.sequence() == before


def test_what_is_no_item_answers_as_what_is_not_there(filed: Store) -> None:
    for one in ("edg-0000000000000099", GAVE, "nothing"):
        with pytest.raises(NotFound):
            Objections(filed).reply(TARGET, one, "x")


def test_an_item_counts_while_it_is_objected_to_and_no_more_once_it_is_corrected(filed: Store, embedder: Embedder) -> None:
    generations.build(filed, embedder)
    objections = Objections(filed)

    def believed(day: str | None = None) -> Told:
        found = by_role.trust_of(GIVER, GAVE, ABOUT, day, snapshot=Snapshot.open(filed, embedder), store=filed)
        assert isinstance(found, Told)
        return found

    before = believed()
    objections.reply(TARGET, ONE, "late by agreement")
    objections.object(TARGET, ONE, "x")
    refresh(filed, embedder)
    after = believed()
    assert after.opinion == before.opinion and before.opinion.disbelief > 0
    assert [(one.evidence, one.state, one.reply) for one in after.public.replies] == [(ONE, "objected", "late by agreement")]
    assert before.public.replies == []
    objections.correct(GIVER, ONE, "our mistake")
    refresh(filed, embedder)
    assert believed().opinion.items == () and believed().public.replies == []
    assert believed("2026-02-01").opinion.disbelief > 0  # as of a day on which it was on file
    generations.forget(filed)


def test_who_withdraws_an_item_by_hand_closes_nothing_but_it_can_be_corrected_still(filed: Store, embedder: Embedder) -> None:
    objections = Objections(filed)
    objections.object(TARGET, ONE, "x")
    gone = withdraw(filed, embedder, ONE, date="2026-03-01", reason="filed in error")
    assert (gone.withdrawn, gone.objected) == ("2026-03-01", None)
    done = objections.correct(OPERATOR, ONE, "as withdrawn")
    assert (done.state, stored(filed).withdrawn, stored(filed).withdrawn_for) == ("corrected", "2026-03-01", "filed in error")


Do = Callable[[Objections, Actor], Item]
EVENTS: dict[str, Do] = {
    "reply": lambda one, who: one.reply(who, ONE, "so it was"),
    "object": lambda one, who: one.object(who, ONE, "it was not so"),
    "retract": lambda one, who: one.retract(who, ONE),
    "uphold": lambda one, who: one.uphold(who, ONE, "looked over"),
    "correct": lambda one, who: one.correct(who, ONE, "a mistake"),
    "erase": lambda one, who: one.erase(who, ONE),
}


STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(EVENTS)), st.sampled_from([TARGET, TARGET, GIVER, OTHER, REVIEWER, OPERATOR, PARTY])), max_size=10
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whatever_is_done_the_item_and_its_objection_say_the_same(steps: list[tuple[str, Actor]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        store = connect(f"sqlite:///{place}/o.db")
        store.write(Batch(nodes=[institution(one) for one in (GAVE, ABOUT, ELSE)], edges=[item()]))
        objections = Objections(store)
        for event, actor in steps:
            offered = objections.show(OPERATOR, ONE).state, _offered(objections, actor)
            try:
                EVENTS[event](objections, actor)
                done = True
            except DovetailError:
                done = False
            assert done is (event in offered[1])
            if not done:
                assert objections.show(OPERATOR, ONE).state == offered[0]
            state, edge = objections.show(OPERATOR, ONE).state, stored(store)
            assert (edge.objected is not None) is (state == "objected")
            assert (edge.withdrawn is not None) is (state in ("corrected", "erased"))
        assert verify(store, FOLDS)[1] == []
        assert {*OBJECTION.states} >= {state for one in objections.listed(OPERATOR) if (state := one.state)}
        store.close()


def _offered(objections: Objections, actor: Actor) -> tuple[str, ...]:
    try:
        return objections.show(actor, ONE).events
    except NotFound:
        return ()
