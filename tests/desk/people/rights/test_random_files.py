"""Of random files with people of like names: forgetting one leaves the store that the files without that person's rows and names make."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from desk.find import find
from desk.people.rights.persons import Done, Persons
from desk.show import describe
from graph import Store, connect
from graph.errors import NotFound
from graph.model import Edge, EdgeKind, Expert, Node, NodeKind, Record, Visibility
from graph.viewer import Viewer
from ingest.load import ingest
from ingest.persons import people_of
from ingest.resolve.records import expert_reference
from ingest.suppression import Suppression, stored
from tests.desk.people.rights.conftest import OPERATOR
from tests.desk.test_hidden import Rows, tables

SOURCE = "centre"


def fed(place: Path, name: str, rows: Rows) -> Store:
    store = connect(f"sqlite:///{place / name}.db")
    feed(store, place / name, rows)
    return store


def feed(store: Store, folder: Path, rows: Rows) -> None:
    folder.mkdir(exist_ok=True)
    for table, found in rows.items():
        lines = [{name: value for name, value in one.items() if value not in ("", [])} for one in found]
        (folder / f"{table}.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(lines))
    ingest(store, [folder], source=SOURCE)


def everything(store: Store) -> dict[str, Node | Edge]:
    """All nodes and edges, without the revisions that they came with."""
    assert store.check(deep=True).problems == ()
    items = (item for kind in (*NodeKind, *EdgeKind) for item in store.scan(kind))
    return {item.id: msgspec.structs.replace(item, version=0) for item in items}


def ids_of(store: Store, person: Expert) -> set[str]:
    """The ids that the source has for a person: of rows, and of names beside employers."""
    records = store.get([one for other in people_of(store, person) for one in other.records]).values()
    return {one.provenance.source_id for one in records if isinstance(one, Record)}


def without(rows: Rows, ids: set[str]) -> Rows:
    """The files without a person: rows of experts, names in columns, rows of edge files."""

    def names(text: str, owner: str | None = None) -> bool:
        return expert_reference(text, owner)[0] in ids

    left = {table: [dict(one) for one in found] for table, found in rows.items()}
    left["experts"] = [one for one in left["experts"] if one["id"] not in ids]
    for one in left["achievements"]:
        owner = one["owners"][0] if one["owners"] else None
        one["creators"] = [name for name in one["creators"] if not names(name, owner)]
    for table in ("created", "affiliated_with"):
        left[table] = [one for one in left[table] if not names(one["source"])]
    return left


def differences(found: dict[str, Any], expected: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(found.get(one), expected.get(one)) for one in sorted({*found, *expected}) if found.get(one) != expected.get(one)]


@settings(max_examples=10)
@given(rows=tables(), at=st.integers(0, 100))
def test_forgetting_is_as_if_the_person_had_never_been_in_the_files(rows: Rows, at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = fed(place, "store", rows)
        people = [one for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert)]
        assume(people)
        person = people[at % len(people)]
        ids = ids_of(store, person)
        expected = everything(fed(place, "other", without(rows, ids)))
        Persons(store).forget(OPERATOR, person.id)
        assert not differences(everything(store), expected)
        feed(store, place / "store", rows)
        assert not differences(everything(store), expected)


@settings(max_examples=5)
@given(rows=tables(), at=st.integers(0, 100))
def test_an_objection_hides_and_stays_and_taken_back_leaves_nothing(rows: Rows, at: int) -> None:
    """Where rows for different people to see named the person, these are one hidden Record, which a feed may give another of its
    employer's Records: so the store is the same from the first feed on, and taken back, an employer may be told twice (``told_twice``)."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        store = fed(place, "store", rows)
        people = [one for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert)]
        assume(people)
        person = people[at % len(people)]
        before = everything(store)
        former = [person.id, *(one for other in people_of(store, person) for one in other.records)]
        done = Persons(store).object_to(OPERATOR, person.id)
        check_hidden(store, done, former)
        feed(store, place / "store", rows)
        after = everything(store)
        check_hidden(store, done, former)
        feed(store, place / "store", rows)
        assert not differences(everything(store), after)
        Persons(store).allow(OPERATOR, done.person)
        for _ in range(2):  # the hidden Record of a person whom an edge file names beside the row goes with the second feed
            feed(store, place / "store", rows)
        assert not [pair for pair in differences(everything(store), before) if not told_twice(pair, before)]


def told_twice(pair: tuple[Any, Any], before: dict[str, Any]) -> bool:
    """Whether what differs is one more edge to an employer, for the operator alone, beside one that was there: a confidential row names
    the person too, so the hidden Record stays, and with it the employer that a public row had given it."""
    edge, was = pair
    if was is not None or not isinstance(edge, Edge) or edge.visibility is not Visibility.CONFIDENTIAL:
        return False
    ends = (EdgeKind.AFFILIATED_WITH, edge.source, edge.target)
    return edge.kind is ends[0] and any(isinstance(one, Edge) and (one.kind, one.source, one.target) == ends for one in before.values())


def check_hidden(store: Store, done: Done, former: list[str]) -> None:
    """Nobody but the operator finds the person, under former ids either, or sees an edge to the person. Where somebody else has the name
    at the same employer, the hidden Record may be of that one's entity, which stays to be seen."""
    suppression = stored(store)
    mine = {one.id for one in store.scan(NodeKind.EXPERT) if isinstance(one, Expert) and _is_of(one, done.person, store, suppression)}
    assert mine or done.shared
    for visibility in (Visibility.PUBLIC, Visibility.MEMBERS):
        viewer = Viewer(clearance=visibility)
        for one in (*former, *mine):
            with pytest.raises(NotFound):
                find(store, one, viewer)
        for node in everything(store).values():
            if isinstance(node, Node) and viewer.sees(node):
                assert mine.isdisjoint(edge.other for edge in describe(store, node.id, viewer=viewer).edges)


def _is_of(expert: Expert, person: str, store: Store, suppression: Suppression) -> bool:
    """Whether all Records of an expert are on the list under this number."""
    held = [suppression.of(one) for one in store.get(expert.records).values() if isinstance(one, Record)]
    return all(one is not None and one.person == person for one in held)
