"""People of one name at one institution: who is one, who is two, and that nobody is given to either by chance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest

from graph import Store
from graph.model import Decision, Expert, NodeKind, Verdict
from ingest.load import ingest
from ingest.resolve.decide import decide
from ingest.resolve.names import person_key
from tests.ingest.conftest import content, experts, nodes
from tests.ingest.test_cases import CASES

AT = {"institution": "岑海理工大学"}
REGISTER = [{"id": "T1", "name": "王伟", "keywords": "燃料电池", **AT}, {"id": "T2", "name": "王伟", "keywords": "专利法", **AT}]
NAMED = [{"id": "A1", "title": "双极板", "owners": "岑海理工大学", "creators": "王伟"}]


def together(store: Store) -> set[frozenset[str]]:
    records = {one.id: one.provenance.source_id for one in nodes(store, NodeKind.RECORD)}
    return {frozenset(records[one] for one in person.records) for person in experts(store)}


def test_two_ids_of_one_register_are_two_people(store: Store) -> None:
    ingest(store, [CASES / "field" / "namesakes-of-one-register" / "in"])
    found = {one.provenance.source_id: one for one in experts(store)}
    assert {key: (one.name, one.keywords) for key, one in found.items()} == {
        "T20110031": ("王伟", ("氢燃料电池",)),
        "T20190207": ("王伟", ("知识产权法",)),
        "T20150118": ("张敏", ("高温合金",)),
    }
    (apart,) = [one for one in nodes(store, NodeKind.DECISION) if isinstance(one, Decision) and one.rule.startswith("same name at")]
    assert (apart.verdict, apart.reason) == (Verdict.NOT_SAME, "one source gives them two ids")


def test_a_bare_reference_is_given_to_neither(folder: Callable[..., Path], store: Store) -> None:
    ingest(store, [folder("register", experts=REGISTER)])
    ingest(store, [folder("works", achievements=NAMED)])
    assert together(store) == {frozenset({"T1"}), frozenset({"T2"}), frozenset({"王伟 @ 岑海理工大学"})}
    works = nodes(store, NodeKind.ACHIEVEMENT)
    assert len(works) == 1


def test_a_reference_to_a_single_one_is_hers_until_a_second_comes(folder: Callable[..., Path], store: Store) -> None:
    ingest(store, [folder("register", experts=REGISTER[:1])])
    ingest(store, [folder("works", achievements=NAMED)])
    assert together(store) == {frozenset({"T1", "王伟 @ 岑海理工大学"})}
    ingest(store, [folder("register", experts=REGISTER)])
    assert len(together(store)) == 3


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whichever_comes_first(order: tuple[int, ...], folder: Callable[..., Path], new_store: Callable[[], Store]) -> None:
    files = [{"experts": REGISTER[:1]}, {"experts": REGISTER[1:]}, {"achievements": NAMED}]
    stores = [new_store(), new_store()]
    for store, way in zip(stores, (order, range(3)), strict=True):
        for at in way:
            ingest(store, [folder(f"f{at}", **files[at])], source="s")
    assert content(stores[0]) == content(stores[1])
    assert len(experts(stores[0])) == 3


def test_an_institution_of_one_s_own_tells_which_is_meant(folder: Callable[..., Path], store: Store) -> None:
    ingest(store, [folder("register", experts=[REGISTER[0] | {"institution": "岑海理工大学;江东大学"}, REGISTER[1]])])
    ingest(store, [folder("other", experts=[{"name": "王伟", "institution": "江东大学"}])])
    assert sorted(len(one) for one in together(store)) == [1, 2]


def test_a_person_and_an_external_id_say_that_two_rows_are_one(folder: Callable[..., Path], new_store: Callable[[], Store]) -> None:
    store = new_store()
    ingest(store, [folder("register", experts=REGISTER)])
    first, second = (one.records[0] for one in experts(store))
    decide(store, first, second, Verdict.SAME, reason="moved to another faculty")
    ingest(store, [folder("works", achievements=NAMED)])
    assert together(store) == {frozenset({"T1", "T2", "王伟 @ 岑海理工大学"})}
    store = new_store()
    ingest(store, [folder("ids", experts=[one | {"external_ids": "orcid:0000-0002-1825-0097"} for one in REGISTER])])
    assert together(store) == {frozenset({"T1", "T2"})}


def test_rows_without_ids_and_rows_of_two_sources_join_as_ever(folder: Callable[..., Path], new_store: Callable[[], Store]) -> None:
    bare = [{"name": "王伟", "headline": "教授", **AT}, {"name": "王 伟", "headline": "博导", **AT}]
    store = new_store()
    ingest(store, [folder("bare", experts=bare)])
    assert len(experts(store)) == 1
    store = new_store()
    for at, row in enumerate(REGISTER):
        ingest(store, [folder(f"r{at}", experts=[row])])
    assert len(experts(store)) == 1
    store = new_store()
    mapped = [{"id": f"Ann Lee @ {firm}", "name": "Ann Lee", "institution": firm} for firm in ("Alba", "ALBA Inc.")]
    ingest(store, [folder("mapped", experts=mapped)])
    assert len(experts(store)) == 1, "an id that is made of the name tells nobody apart"


def test_an_institution_of_two_row_ids_may_be_one(folder: Callable[..., Path], store: Store) -> None:
    ingest(store, [folder("s", institutions=[{"id": "1", "name": "Alba Inc."}, {"id": "2", "name": "ALBA"}])])
    assert not [one for one in nodes(store, NodeKind.INSTITUTION) if isinstance(one, Expert)]
    assert len(nodes(store, NodeKind.INSTITUTION)) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("Smith, John, PhD", "John Smith", "Smith, John, Ph.D., MBA", "Dr. John Smith", "John Smith, M.D."),
        ("Robert Smith Jr.", "Smith, Robert, Jr.", "Smith Jr., Robert", "Robert Smith, Junior", "Robert Smith Jr., PhD"),
        ("Robert Smith III", "Smith, Robert, 3rd", "Robert Smith III MD"),
        ("Smith, M.", "M. Smith"),
        ("Smith, D", "D Smith"),
        ("周 颖", "周颖", "周颖教授"),
    ],
)
def test_spellings_of_one(names: tuple[str, ...]) -> None:
    assert len({person_key(name) for name in names}) == 1


def test_generations_are_not_one() -> None:
    names = ["Robert Smith", "Robert Smith Jr.", "Robert Smith Sr.", "Robert Smith II", "Robert Smith III", "Robert Smith IV"]
    assert len({person_key(name) for name in names}) == len(names)
