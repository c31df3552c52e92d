"""What a typed name finds, and that nothing is guessed where it could be two."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.settings import load
from desk.find import find, name_keys
from desk.show import describe
from graph.address import connect
from graph.errors import InvalidInput, NotFound
from graph.ids import node_id
from graph.model import Achievement, Expert, NodeKind, Provenance, Visibility
from graph.store import Batch, Store
from graph.viewer import OWNER, PUBLIC
from tests.api.conftest import Run

PEOPLE = "id,name,institution\nP1,Chen Wei,{0}\nP2,Ada Lind,{0}\n"


@pytest.fixture
def url(tmp_path: Path, run: Run) -> str:
    """Two sources with the same ids, and two people of one name."""
    address = f"sqlite:///{tmp_path}/names.db"
    for source, firm in (("north", "Aurora Alloys GmbH"), ("south", "Borealis Beams Ltd")):
        folder = tmp_path / source
        folder.mkdir()
        (folder / "institutions.csv").write_text(f"id,name,external_ids\nF1,{firm},register:{source}\n", "utf-8")
        people = PEOPLE if source == "north" else PEOPLE.replace("P2,Ada Lind,{0}\n", "")
        (folder / "experts.csv").write_text(people.format("F1"), "utf-8")
        assert run("ingest", folder, "--no-index", "--store", address).exit_code == 0
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """That store."""
    opened = connect(url)
    yield opened
    opened.close()


def test_an_id_and_a_source_id(store: Store) -> None:
    found = find(store, "P2", OWNER)
    assert find(store, found, OWNER) == found
    with pytest.raises(NotFound, match="nothing here is called F9"):
        find(store, "F9", OWNER)


def test_the_id_of_a_record_finds_what_it_says_something_of(store: Store) -> None:
    found = store.get([find(store, "P2", OWNER)])
    (entity,) = found.values()
    assert isinstance(entity, Expert)
    assert find(store, entity.records[0], OWNER) == entity.id


def test_what_is_hidden_answers_like_what_is_missing(store: Store) -> None:
    one, origin = node_id(NodeKind.ACHIEVEMENT, "t", "W1"), Provenance("t", "W1")
    work = Achievement(id=one, provenance=origin, title="x", visibility=Visibility.MEMBERS)
    store.write(Batch(nodes=[work]))
    assert find(store, "W1", OWNER) == find(store, work.id, OWNER) == work.id
    told = []
    for name in ("W1", "W2", work.id):
        with pytest.raises(NotFound) as caught:
            find(store, name, PUBLIC)
        told.append(str(caught.value).replace(name, "NAME"))
    assert len(set(told)) == 1
    with pytest.raises(InvalidInput, match="could be any of"):
        find(store, "F1", OWNER)
    with pytest.raises(InvalidInput, match="could be several things; name one by its id"):
        find(store, "F1", PUBLIC)


def test_names_in_full_with_or_without_legal_form(store: Store) -> None:
    assert find(store, "Aurora Alloys", OWNER) == find(store, "AURORA ALLOYS GmbH", OWNER) == find(store, "register:north", OWNER)


def test_people_by_name_and_institution(store: Store) -> None:
    north, south = find(store, "Chen Wei @ Aurora Alloys", OWNER), find(store, "Chen Wei @ Borealis Beams", OWNER)
    assert north != south
    assert find(store, "Dr. Ada Lind", OWNER) == find(store, "Ada Lind @ Aurora Alloys", OWNER)
    with pytest.raises(InvalidInput, match="name @ institution"):
        find(store, "Chen Wei", OWNER)
    with pytest.raises(NotFound):
        find(store, "Ada Lind", PUBLIC)


def test_two_sources_with_one_id_are_not_guessed(store: Store, url: str, run: Run) -> None:
    with pytest.raises(InvalidInput, match="could be any of"):
        find(store, "F1", OWNER)
    done = run("show", "F1", "--store", url)
    assert (done.exit_code, done.stdout) == (2, "")


def test_the_service_does_not_list_what_a_name_could_be(url: str, run: Run) -> None:
    assert run("index", "--store", url).exit_code == 0
    with TestClient(create_app(load(store=url, follow_seconds=0.1))) as client:
        while not client.get("/readyz").json()["ready"]:
            time.sleep(0.1)
        response = client.post("/v1/match", json={"about": "F1"})
        assert (response.status_code, response.json()["detail"]) == (422, "F1 could be several things; name one by its id")


@pytest.mark.parametrize("text", ["", "@", "!!", "@ x", "x @"])
def test_odd_texts_are_not_found(store: Store, text: str) -> None:
    with pytest.raises(NotFound):
        find(store, text, OWNER)


def result(source: str, visibility: Visibility = Visibility.PUBLIC, *numbers: str) -> Achievement:
    origin = Provenance(source, "W7")
    one = node_id(NodeKind.ACHIEVEMENT, source, "W7")
    return Achievement(id=one, provenance=origin, title=f"a result in {source}", visibility=visibility, external_ids=numbers)


@pytest.mark.parametrize(
    "text",
    ["ZL201910123456.X", "zl 2019 1 0123456 X", "201910123456", "application:CN201910123456.X", "CN110123456A", "110123456 A",
     "https://doi.org/10.1000/ABC", "doi:10.1000/abc", "10.1000/abc", "2019SR0123456"],
)  # fmt: skip
def test_an_achievement_is_found_by_its_numbers(store: Store, text: str) -> None:
    numbers = ("application:CN201910123456.X", "doi:10.1000/abc", "publication:CN110123456A", "registration:2019SR0123456")
    store.write(Batch(nodes=[result("north", Visibility.PUBLIC, *numbers)]))
    assert find(store, text, PUBLIC) == result("north").id


def test_of_several_rows_about_one_right_that_is_found_which_most_may_see(store: Store) -> None:
    hidden, seen = result("south", Visibility.MEMBERS, "doi:10.1000/abc"), result("north", Visibility.PUBLIC, "doi:10.1000/abc")
    store.write(Batch(nodes=[hidden, seen, result("east", Visibility.CONFIDENTIAL, "doi:10.1000/abc", "doi:10.1000/other")]))
    assert find(store, "10.1000/abc", PUBLIC) == find(store, "10.1000/abc", OWNER) == seen.id
    with pytest.raises(NotFound):
        find(store, "10.1000/other", PUBLIC)


def test_other_rows_about_the_same_right_are_shown_as_far_as_they_may_be(store: Store) -> None:
    rows = [result("north", Visibility.PUBLIC, "doi:10.1000/abc", "doi:10.1000/b"), result("south", Visibility.PUBLIC, "doi:10.1000/abc")]
    rows += [result("east", Visibility.MEMBERS, "doi:10.1000/b"), result("west", Visibility.PUBLIC, "doi:10.1000/c")]
    store.write(Batch(nodes=rows))
    told = describe(store, rows[0].id, viewer=OWNER).also
    assert [(one.source, one.shares, one.id) for one in told] == [
        ("east", ["doi:10.1000/b"], rows[2].id),
        ("south", ["doi:10.1000/abc"], rows[1].id),
    ]
    assert [one.source for one in describe(store, rows[0].id, viewer=PUBLIC).also] == ["south"]
    assert describe(store, rows[3].id, viewer=OWNER).also == []


def test_other_rows_are_told_on_the_screen(store: Store, url: str, run: Run) -> None:
    store.write(Batch(nodes=[result(source, Visibility.PUBLIC, "doi:10.1000/abc") for source in ("north", "south")]))
    screen = run("show", result("north").id, "--store", url).stdout
    assert f"also known in source south as W7 ({result('south').id}), by doi:10.1000/abc" in " ".join(screen.split())


def test_keys_of_a_name() -> None:
    assert name_keys("application:zl201910123456.x")[-1] == "ext:application:CN201910123456.X"
    assert name_keys("https://ror.org/05a28rw58") == ["ext:ror:05a28rw58"]
    assert name_keys("Aurora Alloys GmbH") == ["name:aurora alloys"]
