"""Who is told what of trust: whatever is hidden from who asks changes no byte, personal ratings reach nobody, words carry nothing else."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from desk.ask import ask, document
from desk.facts import facts
from desk.ingest import refresh
from desk.people.sight import viewer_of
from desk.process.principals import Actor, Role, Scope
from desk.schemas import MatchRequest
from desk.show import describe
from desk.trust import by_role
from desk.trust.opinions import Told
from desk.trust.schemas import TrustWordsOut
from graph import Batch, Store, connect
from graph.errors import InvalidInput, NotFound, NotSignedIn
from graph.model import (
    Achievement,
    Cooperation,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Expert,
    Institution,
    Node,
    Outcome,
    PartyTo,
    Provenance,
    Visibility,
)
from graph.viewer import is_personal
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot

DAY = "2026-01-01"
FIRMS = tuple(f"ins-000000000000000{n}" for n in range(4))
PEOPLE = tuple(f"exp-000000000000000{n}" for n in range(2))
NAMES = {**{one: f"Firm {'ABCD'[n]}" for n, one in enumerate(FIRMS)}, **{one: f"Person {'PQ'[n]}" for n, one in enumerate(PEOPLE)}}
MEMBERS = [Actor(id=f"key:{one}", role=Role.PROVIDER, institution=one) for one in FIRMS]
OPERATOR = Actor(id="shell", role=Role.OPERATOR)
RATING = st.just(EvidenceKind.RATING)


def origin(one: str) -> Provenance:
    return Provenance("t", one)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@st.composite
def items(draw: st.DrawFn) -> list[Evidence]:
    """Evidence of every kind, of and by institutions and persons, for anybody to see."""
    count = draw(st.integers(1, 9))
    found = {}
    for n in range(count):
        source, target = draw(st.sampled_from([*FIRMS, *PEOPLE])), draw(st.sampled_from([*FIRMS, *PEOPLE]))
        kind = draw(st.one_of(RATING, st.sampled_from(list(EvidenceKind))))
        when = draw(st.sampled_from([None, "2019-03-01", "2024-06-01", "2025-11-30"]))
        made = Evidence(
            id=f"edg-{n:016}", kind=EdgeKind.EVIDENCE, source=source, target=target, provenance=origin(str(n)), date=when, evidence=kind,
            outcome=draw(st.sampled_from([-1.0, 0.3, 1.0])), verified_by=draw(st.sampled_from([None, "the chamber"])),
            visibility=draw(st.sampled_from(list(Visibility))),
        )  # fmt: skip
        if source != target:
            found[made.id] = made
    return list(found.values())


@st.composite
def worlds(draw: st.DrawFn) -> Batch:
    nodes: list[Node] = [Institution(id=one, provenance=origin(one), name=NAMES[one]) for one in FIRMS]
    nodes += [Expert(id=one, provenance=origin(one), name=NAMES[one]) for one in PEOPLE]
    edges: list[Edge] = list(draw(items()))
    for n, one in enumerate(PEOPLE):
        edges.append(Edge(id=f"edg-9{n:015}", kind=EdgeKind.AFFILIATED_WITH, source=one, target=FIRMS[n], provenance=origin(one)))
    for n in range(2):
        who = draw(st.sampled_from(list(Visibility)))
        joint = f"coo-{n:016}"
        nodes.append(Cooperation(
            id=joint, provenance=origin(joint), title="joint", visibility=who, ended=draw(st.sampled_from([None, "2018-01-01", "2025"])),
            outcome=draw(st.sampled_from([Outcome.COMPLETED, Outcome.BREACHED, Outcome.UNKNOWN])),
        ))  # fmt: skip
        for at, party in enumerate(sorted(draw(st.sets(st.sampled_from(FIRMS), min_size=2, max_size=3)))):
            made = f"edg-8{n}{at:014}"
            edges.append(PartyTo(
                id=made, kind=EdgeKind.PARTY_TO, source=party, target=joint, provenance=origin(made), visibility=who,
            ))  # fmt: skip
    nodes.append(Achievement(id="ach-0000000000000001", provenance=origin("a"), title="Seal for hydrogen", abstract="An elastomer seal."))
    owned = {"source": FIRMS[1], "target": "ach-0000000000000001"}
    edges.append(Edge(id="edg-7000000000000000", kind=EdgeKind.OWNS, provenance=origin("a"), **owned))
    return Batch(nodes=nodes, edges=edges)


@contextmanager
def opened(batch: Batch, embedder: Embedder) -> Iterator[tuple[Store, Snapshot]]:
    with tempfile.TemporaryDirectory() as place:
        store = connect(f"sqlite:///{place}/trust.db")
        store.write(batch)
        generations.build(store, embedder)
        refresh(store, embedder)
        try:
            yield store, Snapshot.open(store, embedder)
        finally:
            generations.forget(store)
            store.close()


def told(actor: Actor, store: Store, snapshot: Snapshot, embedder: Embedder, ids: list[str]) -> dict[str, str]:
    """All that ``actor`` is told of trust and evidence, by the question."""
    viewer = viewer_of(store, actor)
    found = {"facts": repr(facts(store, ids, viewer=viewer, as_of=DAY))}
    for one in FIRMS:
        found[f"list {one}"] = by_role.trust_list(actor, one, DAY, snapshot=snapshot, store=store).model_dump_json()
        for other in {*FIRMS, *PEOPLE} - {one}:
            answer = by_role.trust_of(actor, one, other, DAY, snapshot=snapshot, store=store)
            found[f"{one} {other}"] = (answer.public if isinstance(answer, Told) else answer).model_dump_json()
    for one in (*FIRMS, *PEOPLE):
        found[f"show {one}"] = describe(store, one, viewer=viewer).model_dump_json()
    request = MatchRequest(text="seal of elastomer for hydrogen", asker=actor.institution, k=9, include_weak=True, as_of=DAY)
    answer = ask(request, snapshot, embedder, viewer=viewer)
    found["match"] = document(answer, snapshot.display, viewer=viewer, explained=range(1, 9)).model_dump_json()
    return found


def without(batch: Batch, is_gone: Callable[[object], bool]) -> Batch:
    nodes = [node for node in batch.nodes if not is_gone(node)]
    left = {node.id for node in nodes}
    edges = [edge for edge in batch.edges if not is_gone(edge) and {edge.source, edge.target} <= left]
    return Batch(nodes=nodes, edges=edges)


CHECKED = settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@CHECKED
@given(batch=worlds(), actor=st.sampled_from(MEMBERS))
def test_a_rating_of_or_by_a_person_is_to_everybody_but_the_operator_as_if_it_were_not_there(
    batch: Batch, actor: Actor, embedder: Embedder
) -> None:
    by_id = {node.id: node for node in batch.nodes}
    personal = {edge.id for edge in batch.edges if is_personal(edge, by_id)}
    ids = [edge.id for edge in batch.edges]
    with opened(batch, embedder) as (store, snapshot):
        found = told(actor, store, snapshot, embedder, ids)
        assert not any(one in answer for one in personal for answer in found.values())
        whole = repr(facts(store, ids, viewer=viewer_of(store, OPERATOR)))
        assert all(one in whole for one in personal)
    with opened(without(batch, lambda item: isinstance(item, Edge) and item.id in personal), embedder) as (store, snapshot):
        assert told(actor, store, snapshot, embedder, ids) == found


@CHECKED
@given(batch=worlds(), actor=st.sampled_from(MEMBERS))
def test_what_a_member_may_not_see_changes_no_byte_of_what_it_is_told(batch: Batch, actor: Actor, embedder: Embedder) -> None:
    ids = [edge.id for edge in batch.edges]
    with opened(batch, embedder) as (store, snapshot):
        viewer, nodes = viewer_of(store, actor), {node.id: node for node in batch.nodes}
        found = told(actor, store, snapshot, embedder, ids)

    def is_hidden(item: object) -> bool:
        return not viewer.sees(item) if isinstance(item, Node) else not viewer.sees_edge(item, nodes)  # type: ignore[arg-type]

    with opened(without(batch, is_hidden), embedder) as (store, snapshot):
        assert told(actor, store, snapshot, embedder, ids) == found


@CHECKED
@given(batch=worlds(), actor=st.sampled_from(MEMBERS))
def test_words_have_no_number_no_item_and_nobody_but_whom_was_asked_for(batch: Batch, actor: Actor, embedder: Embedder) -> None:
    with opened(batch, embedder) as (store, snapshot):
        for one in {*FIRMS} - {actor.institution}:
            for other in {*FIRMS, *PEOPLE} - {one}:
                answer = by_role.trust_of(actor, one, other, DAY, snapshot=snapshot, store=store)
                assert isinstance(answer, TrustWordsOut)
                assert (answer.asker, answer.target, answer.name, answer.as_of) == (one, other, NAMES[other], DAY)
                said = answer.model_dump(exclude={"asker", "target", "name", "as_of"})
                assert all(isinstance(value, str) and not re.search(r"[0-9]", value) for value in said.values())
                assert not any(name in value for name in (*NAMES.values(), "chamber") for value in said.values())
                assert (said["evidence"] == "none") is (said["leaning"] == "unknown")


def plain_world() -> Batch:
    nodes: list[Node] = [Institution(id=one, provenance=origin(one), name=NAMES[one]) for one in FIRMS]
    edges: list[Edge] = [
        Evidence(
            id=f"edg-{n:016}", kind=EdgeKind.EVIDENCE, source=FIRMS[0], target=FIRMS[1], provenance=origin(str(n)), date="2025-12-31",
            evidence=EvidenceKind.DELIVERY, outcome=1.0, verified_by="the chamber", visibility=who,
        )
        for n, who in enumerate((Visibility.CONFIDENTIAL, Visibility.MEMBERS))
    ]  # fmt: skip
    return Batch(nodes=nodes, edges=edges)


def test_the_same_relation_as_each_is_told_it(embedder: Embedder) -> None:
    with opened(plain_world(), embedder) as (store, snapshot):

        def asked(actor: Actor | None, asker: str = FIRMS[0], target: str = FIRMS[1]) -> Told | TrustWordsOut:
            return by_role.trust_of(actor, asker, target, DAY, snapshot=snapshot, store=store)

        for actor in (MEMBERS[0], OPERATOR):
            full = asked(actor)
            assert isinstance(full, Told) and len(full.opinion.items) == 2
        target, other = asked(MEMBERS[1]), asked(MEMBERS[2])
        assert isinstance(target, TrustWordsOut) and isinstance(other, TrustWordsOut)
        # both items are the target's to see (r near 2), another member knows of the one for members (r near 1)
        assert target.in_words == "a relation that is forming; some evidence; good on the whole"
        assert other.in_words == "a relation that is forming; a little evidence; good on the whole"
        assert asked(MEMBERS[2], FIRMS[3], FIRMS[1]).in_words == "no relation yet; no evidence"  # type: ignore[union-attr]
        with pytest.raises(InvalidInput):
            asked(MEMBERS[2], FIRMS[0], FIRMS[0])
        with pytest.raises(NotFound):
            asked(MEMBERS[2], "ins-nowhere")
        nobody = Actor(id="x", role=Role.CONSUMER)
        for refused in (None, nobody):
            texts = []
            for name in (FIRMS[0], "ins-nowhere"):
                with pytest.raises(NotSignedIn) as error:
                    asked(refused, name)
                texts.append(str(error.value))
            assert texts[0] == texts[1]
        with pytest.raises(InvalidInput, match="scope read"):
            asked(Actor(id="x", role=Role.PROVIDER, institution=FIRMS[0], scopes=frozenset({Scope.WRITE})))
