"""Records -> entities: order plays no part, vetoes and people's decisions hold, edges follow their Records."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch, Store
from graph.errors import InvalidInput, NotFound
from graph.ids import decision_id, entity_id, record_id
from graph.model import Achievement, Decision, Edge, EdgeKind, Institution, NodeKind, Provenance, Record, Trusts, Verdict
from ingest.load import ingest
from ingest.resolve.cluster import cluster, entity
from ingest.resolve.decide import decide
from ingest.resolve.records import expert_reference, institution_record, institution_stub, is_code
from ingest.resolve.resolver import Resolver
from tests.ingest.conftest import content, edges, experts, institutions, nodes


def record(source_id: str, name: str, source: str = "a", **fields: object) -> Record:
    return institution_record(source, source_id, {"name": name, **fields})


def groups(records: Iterable[Record], decisions: Iterable[Decision] = ()) -> set[frozenset[str]]:
    return {frozenset(one.provenance.source_id for one in found) for found in cluster(list(records), decisions)[0]}


def said(left: Record, right: Record, verdict: Verdict, person: bool = True) -> Decision:
    a, b = sorted((left.id, right.id))
    return Decision(
        id=decision_id(a, b),
        provenance=Provenance("p", f"{a} {b}"),
        left=a,
        right=b,
        verdict=verdict,
        rule="r",
        score=1,
        reason="w",
        by_person=person,
    )


# -- clusters


def test_one_external_id_or_one_name_is_one_institution() -> None:
    records = [
        record("1", "Alpha GmbH", external_ids=["ror:1"]),
        record("2", "Beta", external_ids=["ror:1"]),
        record("3", "ALPHA", source="b"),
        record("4", "Gamma", aliases=["Alpha, Inc."]),
        record("5", "Delta"),
    ]
    assert groups(records) == {frozenset("1234"), frozenset("5")}


def test_two_external_ids_of_one_scheme_keep_apart() -> None:
    records = [
        record("1", "Alpha", external_ids=["ror:1"]),
        record("2", "Alpha", external_ids=["ror:2"]),
        record("3", "Alpha", external_ids=["pic:1"]),
    ]
    found = groups(records)
    assert len(found) == 2
    assert not any({"1", "2"} <= one for one in found)
    links = cluster(records)[1]
    assert {link.verdict for link in links} == {Verdict.SAME, Verdict.NOT_SAME}
    assert "different external ids of one scheme (ror)" in {link.reason for link in links}


def test_two_countries_keep_a_mere_name_apart() -> None:
    assert groups([record("1", "Institute of Physics", country="GB"), record("2", "Institute of Physics", country="CN")]) == {
        frozenset("1"),
        frozenset("2"),
    }
    same = [record("1", "Bosch", country="DE", external_ids=["lei:1"]), record("2", "Bosch", country="CN", external_ids=["lei:1"])]
    assert groups(same) == {frozenset("12")}


def test_acronyms_and_codes_name_something_within_their_source_only() -> None:
    yiab = record("1", "Yunbo Institute of Advanced Batteries", aliases=["YIAB"])
    assert groups([yiab, institution_stub("a", "YIAB")]) == {frozenset({"1", "YIAB"})}
    assert len(groups([yiab, institution_stub("b", "YIAB")])) == 2
    assert len(cluster([institution_stub("a", "I02"), institution_stub("b", "I02")])[0]) == 2
    assert groups([record("1", "3M Company"), record("2", "3M", source="b"), institution_stub("a", "3M")]) == {frozenset({"1", "2", "3M"})}
    assert groups([record("1", "IBM Corp."), institution_stub("b", "IBM")]) == {frozenset({"1", "IBM"})}


def test_people_s_decisions_come_first() -> None:
    a, b, c = (record(one, "Alpha", external_ids=[f"ror:{one}"] if one != "c" else []) for one in "abc")
    assert groups([a, b, c], [said(a, b, Verdict.SAME)]) == {frozenset("abc")}
    x, y, z = record("x", "Alpha"), record("y", "Alpha"), record("z", "Alpha")
    found = groups([x, y, z], [said(x, y, Verdict.NOT_SAME)])
    assert len(found) == 2
    assert not any({"x", "y"} <= one for one in found)
    assert groups([x, y], [said(x, y, Verdict.NOT_SAME, person=False)]) == {frozenset("xy")}, "a rule's decision is only a memory"


_names = st.sampled_from(["Alpha", "Alpha Inc", "Beta Ltd", "Beta", "Gamma", "YIAB", "3M", "阿尔法有限公司", "阿尔法"])
_records = st.lists(
    st.builds(
        lambda number, source, name, alias, ror, country: record(
            str(number), name, source, aliases=alias, external_ids=ror, **({"country": country} if country else {})
        ),
        st.integers(0, 30),
        st.sampled_from("ab"),
        _names,
        st.lists(_names, max_size=2),
        st.lists(st.sampled_from(["ror:1", "ror:2", "pic:1", "pic:2"]), max_size=2, unique=True),
        st.sampled_from([None, "DE", "CN"]),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda one: one.id,
)


@given(_records, st.data())
def test_order_plays_no_part(records: list[Record], data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(records), st.sampled_from(records), st.sampled_from(Verdict)), max_size=3))
    decisions = list({one.id: one for one in (said(a, b, verdict) for a, b, verdict in pairs if a.id != b.id)}.values())
    clusters, links = cluster(records, decisions)
    again, links_again = cluster(data.draw(st.permutations(records)), data.draw(st.permutations(decisions)))
    assert (clusters, links) == (again, links_again)
    assert [entity(one) for one in clusters] == [entity(one) for one in again]
    of = {one.id: number for number, found in enumerate(clusters) for one in found}
    assert set(of) == {one.id for one in records}
    for one in decisions:
        if one.verdict is Verdict.NOT_SAME:
            assert of[one.left] != of[one.right], "a person's word holds"
    same = [link for link in links if link.verdict is Verdict.SAME]
    assert all(of[link.left] == of[link.right] for link in same)
    assert all(of[link.left] != of[link.right] for link in links if link.verdict is Verdict.NOT_SAME)
    if not decisions:
        assert len(same) == len(records) - len(clusters), "the links are a tree in each cluster: all of them, and none twice"
        for found in clusters:
            schemes: dict[str, list[set[str]]] = {}
            for one in found:
                for key in one.keys:
                    if key.startswith("ext:"):
                        schemes.setdefault(key.split(":")[1], []).append({key})
            assert all(len(set.union(*ids)) <= 2 for ids in schemes.values())


def test_a_hot_key_costs_little() -> None:
    records = [record(str(number), "Alpha", source=str(number)) for number in range(20_000)]
    found, links = cluster(records)
    assert len(found) == 1
    assert len(links) == 19_999


# -- survivorship


def test_what_an_entity_says() -> None:
    old = institution_record("a", "1", {"name": "Alpha GmbH", "region": "Hessen", "aliases": ["Alfa"]}, retrieved_at="2020")
    new = institution_record("b", "1", {"name": "Alpha AG", "country": "DE", "kind": "enterprise"}, retrieved_at="2024-05")
    stub = institution_stub("a", "Alpha")
    found = entity(sorted([old, new, stub], key=lambda one: one.id))
    assert isinstance(found, Institution)
    assert (found.name, found.country, found.region, found.kind) == ("Alpha AG", "DE", "Hessen", "enterprise")
    assert found.aliases == ("Alfa", "Alpha", "Alpha GmbH")
    smallest, *others = sorted(one.id for one in (old, new, stub))
    assert found.id == entity_id(NodeKind.INSTITUTION, smallest)
    assert found.former_ids == tuple(entity_id(NodeKind.INSTITUTION, one) for one in others)
    assert found.provenance == new.provenance


def test_a_code_is_shown_only_where_nothing_better_is_known() -> None:
    stub, row = institution_stub("a", "ror:1"), record("1", "Alpha", external_ids=["ror:1"])
    assert entity([stub]).name == "ror:1"
    both = entity(sorted([stub, row], key=lambda one: one.id))
    assert (both.name, both.aliases) == ("Alpha", ())


@pytest.mark.parametrize(
    ("text", "owner", "found"),
    [
        ("张伟", "浙大", ("张伟 @ 浙大", "张伟", "浙大")),
        ("张伟 @ 清华", "浙大", ("张伟 @ 清华", "张伟", "清华")),
        ("E01", "浙大", ("E01", "E01", None)),
        ("zhang-wei", "浙大", ("zhang-wei", "zhang-wei", None)),
        ("Ann Lee", "X", ("Ann Lee @ X", "Ann Lee", "X")),
        ("张伟", None, ("张伟", "张伟", None)),
        ("orcid:0000-1", "X", ("orcid:0000-1", "orcid:0000-1", None)),
        ("专家01", "X", ("专家01", "专家01", None)),
    ],
)
def test_references_to_experts(text: str, owner: str | None, found: tuple[str, str, str | None]) -> None:
    assert expert_reference(text, owner) == found


def test_codes() -> None:
    assert all(is_code(text) for text in ("I02", "3M", "ror:1", "4b1a-77", "专家01"))
    assert not any(is_code(text) for text in ("IBM", "Studio 54", "浙江大学"))


# -- in a store


def brought(store: Store, *records: Record) -> None:
    resolver = Resolver(store)
    plan = resolver.plan({one.id: one for one in records})
    resolver.commit(plan, store.write(plan.batch, expect=plan.expect))


@settings(max_examples=25)
@given(_records, st.randoms(use_true_random=False))
def test_batches_in_any_order_come_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record], chance: random.Random
) -> None:
    from graph import connect

    hashes = set()
    for cut in (1, 2, len(records)):
        chance.shuffle(records)
        store = connect(f"sqlite:///{tmp_path_factory.mktemp('order')}/s.db")
        for at in range(0, len(records), cut):
            brought(store, *records[at : at + cut])
        hashes.add(content(store))
        store.close()
    assert len(hashes) == 1


def work(store: Store, owner: Record, number: str) -> Edge:
    """An achievement of the entity that ``owner`` belongs to."""
    one = Achievement(id=f"ach-{number:0>16}", provenance=Provenance("a", number), title=number)
    at = store.get([owner.id.replace("rec-", "ins-")]).popitem()[1].id
    edge = Edge(id=f"edg-{number:0>16}", kind=EdgeKind.OWNS, source=at, target=one.id, provenance=one.provenance, source_record=owner.id)
    store.write(Batch(nodes=[one], edges=[edge]))
    return edge


def owners(store: Store) -> dict[str, str]:
    return {one.target[-1]: one.source for one in edges(store, EdgeKind.OWNS)}


def test_edges_follow_their_records_through_merge_and_split(store: Store) -> None:
    a, b = record("1", "Alpha", external_ids=["ror:1"]), record("2", "Beta", external_ids=["pic:2"])
    brought(store, a)
    brought(store, b)
    work(store, a, "1")
    work(store, b, "2")
    apart = owners(store)
    assert apart["1"] != apart["2"]
    bridge = record("3", "Gamma", external_ids=["ror:1", "pic:2"])
    brought(store, bridge)
    (one,) = institutions(store)
    assert owners(store) == {"1": one.id, "2": one.id}
    for former in (*apart.values(), a.id.replace("rec-", "ins-")):
        assert store.get([former])[former].id == one.id
    brought(store, record("3", "Gamma"))
    assert len(institutions(store)) == 3
    assert owners(store) == apart
    assert content(store)


def test_an_edge_without_a_record_follows_the_one_that_named_its_entity(store: Store) -> None:
    a, b = sorted((record("1", "Alpha"), record("2", "Beta")), key=lambda one: one.id)
    brought(store, b)
    edge = work(store, b, "1")
    store.write(Batch(edges=[Edge(id=edge.id, kind=edge.kind, source=edge.source, target=edge.target, provenance=edge.provenance)]))
    trust = Trusts(
        id="edg-t",
        kind=EdgeKind.TRUSTS,
        source=edge.source,
        target=edge.source,
        provenance=edge.provenance,
        belief=1,
        disbelief=0,
        uncertainty=0,
        stage="s",
        as_of="2020",
    )
    store.write(Batch(edges=[trust]))
    brought(store, a)
    decide(store, a.id, b.id, Verdict.SAME, reason="renamed")
    assert set(owners(store).values()) == {a.id.replace("rec-", "ins-")}
    assert edges(store, EdgeKind.TRUSTS) == [], "derived edges are made again, not moved"


def test_a_decision_joins_splits_and_survives(store: Store) -> None:
    a, b = record("1", "Alpha"), record("2", "Alfa Werke")
    brought(store, a, b)
    first = content(store)
    assert len(institutions(store)) == 2
    decide(store, *(one.id for one in institutions(store)), Verdict.SAME, reason="one firm, two spellings", person="li")
    assert len(institutions(store)) == 1
    brought(store, a, b)
    brought(store, record("1", "Alpha", region="Hessen"))
    assert len(institutions(store)) == 1
    decide(store, a.id, b.id, Verdict.NOT_SAME, reason="two firms after all")
    assert len(institutions(store)) == 2
    (decision,) = nodes(store, NodeKind.DECISION)
    assert isinstance(decision, Decision)
    assert (decision.verdict, decision.by_person, decision.reason) == (Verdict.NOT_SAME, True, "two firms after all")
    assert content(store) != first


def test_a_person_parts_what_a_rule_joined(store: Store) -> None:
    a, b, c = (record(one, "Alpha", source=one) for one in "abc")
    brought(store, a, b, c)
    decide(store, a.id, b.id, Verdict.NOT_SAME, reason="namesakes")
    assert len(institutions(store)) == 2
    brought(store, record("d", "Alpha Inc", source="d"))
    assert len(institutions(store)) == 2
    together = {frozenset(one.records) for one in institutions(store)}
    assert not any({a.id, b.id} <= one for one in together)


def test_decisions_that_make_no_sense_are_refused(store: Store, folder: Callable[..., Path]) -> None:
    ingest(store, [folder("s", institutions=[{"id": "1", "name": "Alpha"}], experts=[{"id": "2", "name": "Ann Lee"}])])
    (firm,), (person,) = institutions(store), experts(store)
    with pytest.raises(InvalidInput, match="are one already"):
        decide(store, firm.id, firm.records[0], Verdict.NOT_SAME, reason="x")
    with pytest.raises(InvalidInput, match=r"is an? (Institution|Expert)"):
        decide(store, firm.id, person.id, Verdict.SAME, reason="x")
    with pytest.raises(NotFound):
        decide(store, firm.id, "ins-0000000000000000", Verdict.SAME, reason="x")


def test_every_link_is_stored_with_its_reason(store: Store) -> None:
    brought(
        store,
        record("1", "Alpha", external_ids=["ror:1"]),
        record("2", "ALPHA Inc.", external_ids=["ror:2"]),
        record("3", "Alpha", source="b"),
    )
    found = [one for one in nodes(store, NodeKind.DECISION) if isinstance(one, Decision)]
    assert {(one.verdict, one.score) for one in found} == {(Verdict.SAME, 0.9), (Verdict.NOT_SAME, 0.9)}
    assert {one.rule for one in found} == {"same name, legal forms aside"}
    brought(store, record("2", "Beta", external_ids=["ror:2"]))
    assert [one.verdict for one in nodes(store, NodeKind.DECISION) if isinstance(one, Decision)] == [Verdict.SAME], (
        "what no longer holds goes"
    )


# -- experts


def test_a_name_alone_is_no_identity(store: Store, folder: Callable[..., Path]) -> None:
    ingest(store, [folder("a", experts=[{"id": "1", "name": "张伟"}, {"id": "2", "name": "张伟", "institution": "浙江大学"}])])
    ingest(
        store,
        [
            folder(
                "b",
                experts=[
                    {"id": "1", "name": "张 伟 教授", "institution": "浙江大学"},
                    {"id": "3", "name": "张伟", "institution": "清华大学"},
                ],
            )
        ],
    )
    assert len(experts(store)) == 3


@pytest.mark.parametrize("first", ["institutions", "experts"])
def test_an_expert_meets_a_creator_once_the_institution_is_known(store: Store, folder: Callable[..., Path], first: str) -> None:
    # the expert's row names the institution by its id, the achievement by its name
    files = {
        "institutions": [{"id": "i1", "name": "Alpha Works GmbH"}],
        "experts": [{"id": "e1", "name": "Ann Lee", "institution": "i1"}],
        "achievements": [{"id": "a1", "title": "x", "owners": "Alpha Works", "creators": "Lee, Ann"}],
    }
    files["achievements"][0]["creators"] = "Dr. Ann Lee"
    for name in sorted(files, reverse=first == "institutions"):
        ingest(store, [folder("centre", **{name: files[name]}) / f"{name}.csv"])
    assert [one.name for one in experts(store)] == ["Ann Lee"]
    assert len(institutions(store)) == 1
    assert content(store)


def test_stub_and_row_have_one_record(store: Store, folder: Callable[..., Path]) -> None:
    ingest(store, [folder("s", achievements=[{"id": "a", "title": "x", "owners": "i1"}])])
    (stub,) = institutions(store)
    assert stub.name == "i1"
    ingest(store, [folder("s", institutions=[{"id": "i1", "name": "Alpha"}])])
    (row,) = institutions(store)
    assert (row.id, row.name, row.aliases) == (stub.id, "Alpha", ())
    assert row.records == (record_id(NodeKind.INSTITUTION, "s", "i1"),)
    ingest(store, [folder("s", demands=[{"id": "d", "title": "x", "posted_by": "i1"}])])
    assert institutions(store) == [row], "a reference never overwrites a row"
