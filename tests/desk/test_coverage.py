"""Coverage: every count against a plain loop over everything, and the cases that are easy to get wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desk import coverage as module
from desk.coverage import Coverage, coverage
from graph import Batch, Store
from graph.ids import edge_id, entity_id, node_id, record_id
from graph.model import Achievement, Cooperation, Edge, EdgeKind, Institution, NodeKind, Outcome, Provenance, Record
from graph.viewer import OWNER


def record(source: str, name: str, *, stub: bool = False, **fields: Any) -> Record:
    return Record(
        id=record_id(NodeKind.INSTITUTION, source, name),
        provenance=Provenance(source, name),
        of=NodeKind.INSTITUTION,
        fields=json.dumps({"name": name, **fields}),
        stub=stub,
    )


def institution(*records: Record) -> Institution:
    first = min(records, key=lambda one: one.id)
    one = entity_id(NodeKind.INSTITUTION, first.id)
    return Institution(id=one, provenance=first.provenance, name="x", records=tuple(sorted(other.id for other in records)))


def achievement(source: str, number: int, **fields: Any) -> Achievement:
    one = node_id(NodeKind.ACHIEVEMENT, source, str(number))
    return Achievement(id=one, provenance=Provenance(source, str(number)), **fields)


def owns(owner: Institution, work: Achievement) -> Edge:
    one = edge_id(EdgeKind.OWNS, owner.id, work.id, "a")
    return Edge(id=one, kind=EdgeKind.OWNS, source=owner.id, target=work.id, provenance=work.provenance)


SHARED = [record("a", "Alfa", external_ids=["ror:1", "tax:9"], country="DE"), record("b", "Alfa GmbH", external_ids=["ror:1"])]
ALONE = [record("a", "Beta", external_ids=["tax:8"])]
MENTIONED = [record("b", "Gamma", stub=True)]
ENTITIES = [institution(*records) for records in (SHARED, ALONE, MENTIONED)]
WORKS = [
    *(achievement("a", number, title="t", abstract="x" if number % 3 else "", trl=5 if number == 1 else None) for number in range(7)),
    achievement("b", 0, abstract="y"),
]
COOPERATIONS = [
    Cooperation(id=node_id(NodeKind.COOPERATION, "a", outcome), provenance=Provenance("a", outcome), outcome=outcome, started="2020")
    for outcome in (Outcome.UNKNOWN, Outcome.COMPLETED)
]


@pytest.fixture
def filled(store: Store) -> Store:
    edges = [owns(ENTITIES[0], work) for work in WORKS[:4]] + [owns(ENTITIES[1], WORKS[0])]
    store.write(Batch(nodes=[*SHARED, *ALONE, *MENTIONED, *ENTITIES, *WORKS, *COOPERATIONS], edges=edges))
    return store


def share(found: Coverage, source: str, kind: NodeKind, field: str) -> tuple[int, int]:
    return next((one.filled, one.rows) for one in found.filled if (one.source, one.kind, one.field) == (source, kind, field))


@pytest.mark.parametrize("part", [1, 3, 5_000])
def test_counts_whatever_the_size_of_a_part(filled: Store, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(module, "PART", part)
    found = coverage(filled, OWNER)
    for source in ("a", "b"):
        own = [work for work in WORKS if work.provenance.source == source]
        for field in ("title", "abstract", "trl", "date"):
            assert share(found, source, NodeKind.ACHIEVEMENT, field) == (sum(bool(getattr(work, field)) for work in own), len(own))
    assert share(found, "a", NodeKind.ACHIEVEMENT, "owners") == (4, 7)  # one of them has two owners
    assert share(found, "b", NodeKind.ACHIEVEMENT, "owners") == (0, 1)
    assert found.empty(NodeKind.ACHIEVEMENT, "abstract") == (3, 8)


def test_an_institution_counts_by_the_rows_that_its_sources_have(filled: Store) -> None:
    found = coverage(filled, OWNER)
    assert share(found, "a", NodeKind.INSTITUTION, "country") == (1, 2)
    assert share(found, "b", NodeKind.INSTITUTION, "country") == (0, 1)  # a mention is no row
    islands = next(one for one in found.islands if one.kind is NodeKind.INSTITUTION)
    assert (islands.entities, islands.shared, islands.by_reference, islands.islands) == (3, 1, 1, {"a": 1, "b": 1})


def test_which_ids_join_and_who_has_none(filled: Store) -> None:
    found = coverage(filled, OWNER)
    told = {one.scheme: (one.sources, one.entities, one.joined) for one in found.schemes}
    assert told == {"ror": ({"a": 1, "b": 1}, 1, 1), "tax": ({"a": 2}, 2, 0)}
    assert found.unidentified == {"b": 1}


def test_what_is_not_known_is_not_filled(filled: Store) -> None:
    found = coverage(filled, OWNER)
    assert share(found, "a", NodeKind.COOPERATION, "outcome") == (1, 2)
    assert share(found, "a", NodeKind.COOPERATION, "started") == (2, 2)
    assert share(found, "a", NodeKind.ACHIEVEMENT, "kind") == (0, 7)
    assert not [one for one in found.filled if one.field in ("id", "version", "visibility", "mode")]


def test_an_empty_store_has_nothing_to_tell(store: Store) -> None:
    found = coverage(store, OWNER)
    assert (found.filled, found.schemes, found.unidentified) == ((), (), {})
    assert [one.entities for one in found.islands] == [0, 0]
