"""Who objects is hidden and who asks for it is forgotten, in whichever way the person is fed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.ask import ask
from desk.copy import copy
from desk.find import find
from desk.journal.entries import COMMITMENT, Personal
from desk.people.rights.persons import Exported, Persons
from desk.people.streams import entries_of, verified
from desk.process.person import WHO
from desk.process.principals import Actor, Role, Scope
from desk.schemas import MatchRequest
from desk.show import describe
from graph import Store, connect
from graph.errors import InvalidInput, NotFound, StoreError
from graph.key_files import SUPPRESSION, key_path
from graph.model import EdgeKind, NodeKind, Record, Visibility
from graph.viewer import OWNER, PUBLIC, Viewer
from ingest.load import ingest
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from tests.desk.people.rights.conftest import (
    EMPLOYER,
    FILES,
    NAME,
    OPERATOR,
    ORCID,
    ROW,
    fed,
    people,
    without_person,
    written,
)  # fmt: skip

MEMBER = Viewer(clearance=Visibility.MEMBERS)


def content(store: Store) -> str | None:
    checked = store.check(deep=True)
    assert checked.problems == ()
    return checked.content


def fresh(folder: Path, files: dict[str, str]) -> Store:
    """Another store that was fed these files."""
    folder.mkdir()
    store = connect(f"sqlite:///{folder / 'other.db'}")
    fed(store, folder, files)
    return store


def test_forgotten_is_as_if_never_fed_before_and_after_the_files_come_again(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    assert NAME in people(store)
    done, _texts = Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    expected = fresh(tmp_path / "without", without_person())
    assert content(store) == content(expected)
    assert (done.shared, done.namesakes) == (0, [])
    report = fed(store, tmp_path)
    assert content(store) == content(expected)
    assert (report.total("suppressed"), report.total("unnamed")) == (5, 2)
    assert report.total("read") == sum(map(report.total, ("added", "changed", "unchanged", "rejected", "left_out", "suppressed")))
    assert not report.total("added") + report.total("changed")


def test_forgotten_stays_out_with_other_columns_and_in_new_rows_of_known_and_unknown_sources(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    anew = {
        "alpha/experts.csv": f"id,name,institution,headline\n{ROW},{NAME},另一家研究所,院长\n",
        "gamma/experts.csv": f"id,name,institution,external_ids\nG1,{NAME} 教授,{EMPLOYER},\nG2,Cen Zhiyuan,别处研究所,orcid:{ORCID}\n",
        "gamma/achievements.csv": f"id,title,owners,creators\nGA,银粉,{EMPLOYER},{NAME}\n",
        "gamma/affiliated_with.csv": f"source,target\n{NAME},{EMPLOYER}\n",
        "delta/created.csv": "source,target\n",
        "delta/experts.csv": f"name,institution,headline\n{NAME},{EMPLOYER},没有编号\n孟禾,{EMPLOYER},没有编号\n",
    }
    report = fed(store, tmp_path / "anew", anew)
    assert (report.total("suppressed"), report.total("unnamed"), report.total("added")) == (5, 1, 2)
    names = {one["name"] for one in (_said(record) for record in store.scan(NodeKind.RECORD))}
    assert not {name for name in names if "知远" in name and "林" not in name} and "Cen Zhiyuan" not in names
    assert "孟禾" in people(store) and "王伟" in people(store)


def test_others_in_the_same_row_land(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    anew = {"gamma/experts.csv": f"name,institution,电话\n{NAME}；孟禾；林知微,{EMPLOYER},13800138000\n"}
    report = fed(store, tmp_path / "anew", anew)
    assert (report.total("suppressed"), report.total("unnamed")) == (0, 1)
    assert {"孟禾", "林知微"} <= people(store).keys() and NAME not in people(store)
    fed(store, tmp_path / "anew", anew)
    assert store.check(deep=True).problems == ()


def _said(record: object) -> dict[str, str]:
    from ingest.resolve.records import fields_of

    assert isinstance(record, Record)
    return fields_of(record)


def test_others_of_the_name_stay(store: Store, tmp_path: Path) -> None:
    """A name alone is on nobody's list; at one employer the source's ids tell namesakes apart."""
    files = {
        "alpha/experts.csv": f"id,name,institution\nW1,王伟,{EMPLOYER}\nW2,王伟,北湾材料研究院\nW3,李娜,{EMPLOYER}\nW4,李娜,{EMPLOYER}\n",
        "alpha/achievements.csv": f"id,title,owners,creators\nA1,一,{EMPLOYER},李娜\nA2,二,北湾材料研究院,王伟\n",
    }
    fed(store, tmp_path, files)
    persons = Persons(store)
    done, _ = persons.forget(OPERATOR, f"王伟 @ {EMPLOYER}")
    assert done.shared == 0 and len(done.namesakes) == 1
    other, _ = persons.forget(OPERATOR, "W3")
    assert other.shared == 1 and len(other.namesakes) == 1  # W4, whom what the achievement says joins now
    files["alpha/experts.csv"] += f"W5,王伟,{EMPLOYER}\n"
    report = fed(store, tmp_path, files)
    rows = {record.provenance.source_id for record in store.scan(NodeKind.RECORD) if isinstance(record, Record) and record.of == "Expert"}
    assert rows == {"W2", "W4", "W5", f"李娜 @ {EMPLOYER}", "王伟 @ 北湾材料研究院"}
    assert report.total("suppressed") == 2


def test_who_objects_is_in_no_answer_but_the_operators(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    one = people(store)[NAME].id
    Persons(store).object_to(OPERATOR, f"{NAME} @ {EMPLOYER}")
    after = content(store)
    report = fed(store, tmp_path)
    assert content(store) == after and report.total("changed") == 0  # fed again, nothing of it shows
    hidden = people(store)[NAME]
    assert hidden.visibility is Visibility.CONFIDENTIAL and find(store, f"{NAME} @ {EMPLOYER}", OWNER) == hidden.id
    for viewer in (PUBLIC, MEMBER):
        for typed in (one, hidden.id, ROW, f"orcid:{ORCID}", f"{NAME} @ {EMPLOYER}"):
            with pytest.raises(NotFound):
                find(store, typed, viewer)
        assert NAME not in describe(store, "A1", viewer=viewer).model_dump_json()
        assert NAME not in describe(store, EMPLOYER, viewer=viewer).model_dump_json()
        assert "王伟" in describe(store, "A1", viewer=viewer).model_dump_json()


def test_who_objects_is_ranked_for_the_operator_alone(tmp_path: Path) -> None:
    store, embedder = connect(f"sqlite:///{tmp_path / 'centre.db'}"), Embedder()
    fed(store, tmp_path)
    request = MatchRequest(text="低温烧结银浆", want="experts", k=10, include_weak=True, as_of="2026-01-01")

    def listed(viewer: Viewer) -> set[str]:
        generations.build(store, embedder)
        answer = ask(request, Snapshot.open(store, embedder), embedder, viewer=viewer)
        return {match.name for match in answer.matches}

    assert NAME in listed(PUBLIC)
    Persons(store).object_to(OPERATOR, f"{NAME} @ {EMPLOYER}")
    assert NAME in listed(OWNER)
    assert listed(PUBLIC) == listed(MEMBER) == {"王伟", "林知远"}
    generations.forget(store)


def test_an_objection_taken_back_shows_the_person_with_the_next_feed(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    before = content(store)
    persons = Persons(store)
    persons.object_to(OPERATOR, f"{NAME} @ {EMPLOYER}")
    assert persons.allow(OPERATOR, f"{NAME} @ {EMPLOYER}").state == "allowed"
    fed(store, tmp_path)
    assert people(store)[NAME].visibility is Visibility.PUBLIC
    assert content(store) == before
    again, _ = persons.forget(OPERATOR, f"{NAME} @ {EMPLOYER}")  # the same keys come onto the list again
    assert [one.state for one in persons.listed(OPERATOR)] == ["allowed", "forgotten"]
    persons.allow(OPERATOR, again.person)
    fed(store, tmp_path)
    assert content(store) == before
    with pytest.raises(NotFound, match="nobody on the list"):
        persons.allow(OPERATOR, "王伟")


def test_who_objected_can_be_forgotten(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    persons = Persons(store)
    first = persons.object_to(OPERATOR, f"{NAME} @ {EMPLOYER}")
    done, _ = persons.forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    assert done.person == first.person
    fed(store, tmp_path)
    assert content(store) == content(fresh(tmp_path / "without", without_person()))


def test_the_entry_proves_it_and_does_not_name_the_person(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    done, _ = Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}", "by letter")
    (entry,) = entries_of(store, f"person:{done.person}")
    assert (entry.kind, entry.actor, entry.body["reason"]) == ("forget", "shell", "by letter")
    assert entry.body[WHO] == {COMMITMENT: Personal(done.receipt, NAME).commitment}
    assert NAME not in str(entry)
    assert verified(store) == (1, [])


def test_only_the_operator_may(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    firm = Actor(id="key:1", role=Role.ENTERPRISE, institution="ins-x")
    reader = Actor(id="key:2", role=Role.OPERATOR, scopes=frozenset({Scope.READ}))
    persons = Persons(store)
    for actor in (firm, reader):
        for call in (persons.find, persons.object_to, persons.forget, persons.allow):
            with pytest.raises(InvalidInput, match=r"operator|scope"):
                call(actor, NAME)
        for other in (persons.again, persons.exported, lambda actor: list(persons.listed(actor))):
            with pytest.raises(InvalidInput, match=r"operator|scope"):
                other(actor)
    with pytest.raises(InvalidInput, match="no expert"):
        persons.find(OPERATOR, EMPLOYER)


def test_a_restored_backup_is_brought_to_what_the_list_says(store: Store, tmp_path: Path) -> None:
    backup = fresh(tmp_path / "backup", dict(FILES))
    fed(store, tmp_path)
    persons, restored = Persons(store), Persons(backup)
    done, _ = persons.forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    objected = persons.object_to(OPERATOR, "林知远 @ 北湾材料研究院")
    carried = persons.exported(OPERATOR)
    with pytest.raises(InvalidInput, match="another key"):
        restored.again(OPERATOR, carried)
    key_path(backup.url, SUPPRESSION).write_bytes(key_path(store.url, SUPPRESSION).read_bytes())
    found, texts = restored.again(OPERATOR, carried)
    assert (found, bool(texts)) == (sorted([done.person, objected.person]), True)
    assert content(backup) == content(store)
    assert restored.again(OPERATOR, carried) == ([], [])
    assert {one.person: one.state for one in restored.listed(OPERATOR)} == {done.person: "forgotten", objected.person: "objected"}
    assert verified(backup)[1] == []
    assert isinstance(carried, Exported) and NAME not in str(carried)


def test_a_restored_list_goes_on_from_where_it_was(store: Store, tmp_path: Path) -> None:
    """Who had objected when the backup was made has been forgotten since, and who had been forgotten has taken it back."""
    fed(store, tmp_path)
    persons = Persons(store)
    first = persons.object_to(OPERATOR, f"{NAME} @ {EMPLOYER}")
    second, _ = persons.forget(OPERATOR, "林知远 @ 北湾材料研究院")
    backup = connect(f"sqlite:///{tmp_path / 'backup.db'}")
    copy(store, backup)
    persons.forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    persons.allow(OPERATOR, second.person)
    restored = Persons(backup)
    found, _texts = restored.again(OPERATOR, persons.exported(OPERATOR))
    assert found == [first.person]
    assert content(backup) == content(store)
    assert {one.person: one.state for one in restored.listed(OPERATOR)} == {first.person: "forgotten", second.person: "allowed"}
    assert [entry.kind for entry in entries_of(backup, f"person:{first.person}")] == ["object", "forget", "forget_again"]
    fed(backup, tmp_path)
    assert "林知远" in people(backup) and NAME not in people(backup)
    assert verified(backup)[1] == []


def test_without_its_key_nothing_is_fed(store: Store, tmp_path: Path) -> None:
    fed(store, tmp_path)
    Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    path = key_path(store.url, SUPPRESSION)
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(StoreError, match=r"suppression\.key: missing.*from a backup"):
        fed(store, tmp_path)
    path.write_bytes(b"short")
    with pytest.raises(StoreError, match="not the key of a list"):
        fed(store, tmp_path)
    path.write_bytes(kept)
    fed(store, tmp_path)
    assert NAME not in people(store)


def test_what_else_holds_the_name_is_told_and_left(store: Store, tmp_path: Path) -> None:
    files = dict(FILES)
    files["beta/demands.csv"] = f"id,title,description,posted_by\nD1,找人,请联系{NAME}教授。,北湾材料研究院\n"
    files["beta/achievements.csv"] += f"B2,炉子,另一台,北湾材料研究院,{NAME}\n"
    fed(store, tmp_path, files)
    done, _ = Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    (demand,) = store.scan(NodeKind.DEMAND)
    assert [(one.id, one.fields) for one in done.mentions] == [(demand.id, ("description",))]
    assert len(done.namesakes) == 1  # at another institute: nobody can tell
    assert store.edges([done.namesakes[0].id], kinds=[EdgeKind.CREATED])


def test_the_key_lies_apart_and_the_list_tells_no_name(tmp_path: Path) -> None:
    store = connect(f"sqlite:///{tmp_path / 'centre.db'}")
    fed(store, tmp_path)
    Persons(store).forget(OPERATOR, f"{NAME} @ {EMPLOYER}")
    path = tmp_path / "centre.db.suppression.key"
    assert path.stat().st_mode & 0o777 == 0o600 and len(path.read_bytes()) == 32
    other = connect(f"sqlite:///{tmp_path / 'other.db'}")
    ingest(other, written(tmp_path))
    assert NAME in people(other)
