"""Similar names: what joins, what never does, and that neither order nor history plays a part."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.errors import Conflict
from graph.model import Decision, EdgeKind, NodeKind, Record, Verdict
from graph.store import Written
from ingest.load import ingest
from ingest.resolve import similar_names
from ingest.resolve.cluster import SIMILAR
from ingest.resolve.decide import decide
from ingest.resolve.likeness import BAR, Proposal, comparisons
from ingest.resolve.records import institution_record
from tests.ingest.conftest import content, edges, institutions, nodes


def together(store: Store) -> set[frozenset[str]]:
    """The rows of each institution, by their ids in the sources."""
    records = {one.id: one.provenance.source_id for one in nodes(store, NodeKind.RECORD)}
    return {frozenset(records[one] for one in entity.records) for entity in institutions(store)}


def similar(store: Store) -> list[Decision]:
    return [one for one in nodes(store, NodeKind.DECISION) if isinstance(one, Decision) and one.rule == SIMILAR]


def joined(folder: Callable[..., Path], store: Store, *names: str, **more: object) -> bool:
    """Whether rows of these names, each of a source of its own, become one institution."""
    for number, name in enumerate(names):
        extra = {key: value[number] for key, value in more.items() if isinstance(value, list)}
        ingest(store, [folder(f"s{number}", institutions=[{"id": f"r{number}", "name": name, **extra}])])
    rows = {f"r{number}" for number in range(len(names))}
    return any(rows <= one for one in together(store))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Univ. of Lunperby", "University of Lunperby"),
        ("Universität Velshanberg", "University of Velshanberg, Velshanberg, Austria"),
        ("Velkirsk Inst. of Tech.", "Velkirsk Institute of Technology"),
        ("Dorlenhaven University", "Dorlenhavn University"),
        ("Universitaet Tuevelbingen", "Universität Tüvelbingen"),
        ("Lunper Gromar Institute of Robotics (LGIR)", "Lunper Gromar Institut of Robotics, Graz"),
    ],
)
def test_spellings_join(folder: Callable[..., Path], store: Store, left: str, right: str) -> None:
    assert joined(folder, store, left, right)
    (decision,) = similar(store)
    assert decision.verdict is Verdict.SAME
    assert BAR * 0.9 - 0.001 <= decision.score <= 0.9, "never surer than a name that is the same"
    assert " ~ " in decision.reason


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("University of Lunperby", "Lunperby University"),
        ("University of Lunperby", "Lunperby University Hospital"),
        ("University of Hunvan", "University of Henvan"),
        ("Politecnico di Velkirsk", "Università di Velkirsk"),
        ("Ministry of Velkirsk", "Foundation of Velkirsk"),
        ("Institute of Physics", "Institute of Physics, Velkirsk"),
        ("Unknown", "unknown"),
        ("N/A", "n.a."),
        ("岑海大学", "岑海工业大学"),
        ("岑海大学", "岑海大学附属医院"),
        ("Department of Physics, University of Lunperby", "University of Lunperby"),
        ("Velkirsk 1 Laboratories", "Velkirsk 2 Laboratories"),
        ("L & W Velkirsk", "W. E. Velkirsk"),
        ("Lunper Velkirsk Inc", "Velkirsk Lunper GmbH"),
        ("Lunper Beam Velkirsk", "Lunper Velkirsk"),
        ("Dorlen Velkirsk University", "Velkirsk University"),
        ("Lunpergromar Inc", "Lunpergromer GmbH"),
        ("Velkirsk Dorlenhaven Agency", "Velkirsk Dorlenhaven"),
    ],
)
def test_what_only_looks_alike_stays_apart(folder: Callable[..., Path], store: Store, left: str, right: str) -> None:
    assert not joined(folder, store, left, right)


def test_external_ids_countries_and_people_forbid(folder: Callable[..., Path], new_store: Callable[[], Store]) -> None:
    names = ("Univ. of Lunperby", "University of Lunperby")
    assert not joined(folder, new_store(), *names, external_ids=["ror:05a28rw58", "ror:00a2xv884"])
    assert joined(folder, new_store(), *names, external_ids=["ror:05a28rw58", "pic:999997930"])
    assert not joined(folder, new_store(), *names, country=["DE", "CN"])


def test_campuses_are_told_apart(folder: Callable[..., Path], store: Store) -> None:
    names = ["Lunper Velkirsk", "Lunper Dorlenhaven", "Lunper, Velkirsk, Norway", "Lunper, Dorlenhaven, Norway"]
    rows = [{"id": str(number), "name": f"University of {name}"} for number, name in enumerate(names)]
    ingest(store, [folder("s", institutions=rows)])
    assert together(store) == {frozenset({"0", "2"}), frozenset({"1", "3"})}


def test_a_department_hangs_on_its_institution(folder: Callable[..., Path], store: Store) -> None:
    named = [{"id": "d", "name": "School of Physics, University of Lunperby"}, {"id": "u", "name": "University of Lunperby"}]
    ingest(store, [folder("a", institutions=named)])
    ingest(store, [folder("b", achievements=[{"id": "x", "title": "T", "owners": "Dept. of Chemistry, Univ. of Lunperby"}])])
    names = {one.id: one.name for one in institutions(store)}
    whole = {names[edge.source]: edge.target for edge in edges(store, EdgeKind.PART_OF)}
    assert set(whole) == {"School of Physics, University of Lunperby", "Dept. of Chemistry, Univ. of Lunperby"}
    assert len(set(whole.values())) == 1
    (owner,) = edges(store, EdgeKind.OWNS)
    assert names[owner.source].startswith("Dept."), "the department owns it still"


NAMES = [
    "University of Lunperby", "Univ. of Lunperby", "Université de Lunperby", "University of Lunperby, Lunperby, Norway",
    "Lunperby University", "Velkirsk Institute of Technology", "Velkirsk Inst. of Tech.", "Velkirsk Institut of Technology, Graz",
    "Dorlenhaven Coatings GmbH",
    "Dorlenhavn Coatings", "Department of Physics, University of Lunperby", "岑海理工大学", "岑海理工大学机械学院", "Unknown",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_rows_in_any_order_and_number_of_runs_come_to_the_same(
    folder: Callable[..., Path], new_store: Callable[[], Store], seed: int
) -> None:
    rows = [{"id": str(number), "name": name} for number, name in enumerate(NAMES)]
    hashes = set()
    for runs in (1, 3, len(rows)):
        random.Random(seed).shuffle(rows)
        store = new_store()
        for run in range(runs):
            ingest(store, [folder(f"s{seed}-{runs}-{run}", institutions=rows[run::runs])], source="s")
        hashes.add(content(store))
        revision = store.cursor().revision
        assert similar_names.run(store) == similar_names.Passed(), "nothing to do"
        assert store.cursor().revision == revision
    assert len(hashes) == 1


def test_a_likeness_goes_when_its_rows_no_longer_say_so(folder: Callable[..., Path], store: Store) -> None:
    assert joined(folder, store, "Univ. of Lunperby", "University of Lunperby")
    first = {one.id for one in institutions(store)}
    ingest(store, [folder("s0", institutions=[{"id": "r0", "name": "Velkirsk Coatings"}])])
    assert similar(store) == []
    assert together(store) == {frozenset({"r0"}), frozenset({"r1"})}
    assert first <= {one.id for one in institutions(store)}


@pytest.mark.parametrize("order", [("s0", "s1"), ("s1", "s0")])
def test_a_person_s_split_outlives_every_ingest(folder: Callable[..., Path], store: Store, order: tuple[str, str]) -> None:
    assert joined(folder, store, "Univ. of Lunperby", "University of Lunperby")
    (entity,) = institutions(store)
    decide(store, *entity.records, Verdict.NOT_SAME, reason="namesakes")
    apart = {frozenset({"r0"}), frozenset({"r1"})}
    assert together(store) == apart
    for number, source in enumerate(order):
        ingest(store, [folder(source, institutions=[{"id": f"r{source[1]}", "name": NAMES[1 - int(source[1])], "region": f"R{number}"}])])
    similar_names.run(store)
    assert together(store) == apart
    for one in (entity.id, *entity.former_ids):
        assert store.get([one]), "former ids still resolve"
    (decision,) = [one for one in nodes(store, NodeKind.DECISION) if isinstance(one, Decision)]
    assert decision.by_person


def test_a_proposal_waits_for_a_person(folder: Callable[..., Path], store: Store) -> None:
    assert not joined(folder, store, "University of Lunperby", "Lunperby University")
    (proposal,) = similar_names.listed(store)
    assert isinstance(proposal, Proposal)
    decide(store, proposal.left, proposal.right, Verdict.SAME, reason="one house")
    assert together(store) == {frozenset({"r0", "r1"})}
    (decision,) = similar_names.listed(store)
    assert isinstance(decision, Decision)
    assert decision.by_person
    similar_names.run(store)
    assert together(store) == {frozenset({"r0", "r1"})}


@pytest.mark.parametrize("intrusions", [4, 5])
def test_what_somebody_writes_meanwhile_is_looked_at_again_five_times(
    folder: Callable[..., Path], store: Store, monkeypatch: pytest.MonkeyPatch, intrusions: int
) -> None:
    ingest(store, [folder("s0", institutions=[{"id": "r0", "name": "Univ. of Lunperby"}])])
    write, fields = store.write, [f'{{"name":"Univ. of Lunperby","region":"R{number}"}}' for number in range(intrusions)]

    def intruded(batch: Batch, **more: Any) -> Written:
        if any(isinstance(one, Decision) for one in batch.nodes) and fields:
            with closing(connect(store.url)) as other:
                (record,) = [one for one in nodes(other, NodeKind.RECORD) if one.provenance.source_id == "r0"]
                assert isinstance(record, Record)
                other.write(Batch(nodes=[msgspec.structs.replace(record, fields=fields.pop())]))
        return write(batch, **more)

    monkeypatch.setattr(store, "write", intruded)
    second = folder("s1", institutions=[{"id": "r1", "name": "University of Lunperby"}])
    if intrusions == 5:
        with pytest.raises(Conflict):
            ingest(store, [second])
    else:
        ingest(store, [second])
        assert together(store) == {frozenset({"r0", "r1"})}


def test_a_pass_says_what_it_did_and_nothing_where_nothing_changed(folder: Callable[..., Path], store: Store) -> None:
    ingest(store, [folder("s0", institutions=[{"id": "r0", "name": NAMES[0]}, {"id": "r1", "name": NAMES[1]}])])
    again = similar_names.run(store)
    assert again.to_text() == "similar names: 0 joined (0 new, 0 no longer), 0 to look at: dovetail merges"
    assert msgspec.structs.astuple(again) == (0, 0, 0, 0, 0, 0)
    store.set_meta("merges", msgspec.json.encode(similar_names.State("another store", 0)))
    assert msgspec.structs.astuple(similar_names.run(store)) == (2, 1, 1, 0, 0, 0)


def test_the_report_counts_rows_that_joined_what_was_known(folder: Callable[..., Path], store: Store) -> None:
    def merged(source: str, **row: str) -> int:
        return ingest(store, [folder(source, institutions=[{"id": source, **row}])]).total("merged")

    assert merged("s0", name="Albanova") == 0
    assert merged("s1", name="ALBANOVA Inc.") == 1
    assert merged("s2", name="Gromar") == 0
    assert merged("s3", name="Gromar", aliases="Albanova") == 2, "a row that brings two together joins both"


def test_a_third_does_not_bring_together_what_is_unlike() -> None:
    names = ["University of Lunper", "University of Lunper Velkirsk Dorlenhaven", "Lunper Velkirsk"]
    records = [institution_record("s", str(number), {"name": name}) for number, name in enumerate(names)]
    found = comparisons(records)
    again = comparisons(records[::-1])
    assert (found.decisions, found.proposals) == (again.decisions, again.proposals)
    assert len(found.decisions) < 2
