"""Who may see a row decides who may see whom it names, what it adds, and which rows it may join."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desk.find import find
from desk.show import describe
from graph import Store
from graph.errors import NotFound
from graph.ids import entity_id, record_id
from graph.model import EdgeKind, Evidence, Expert, Institution, NodeKind, Verdict, Visibility
from graph.viewer import OWNER, PUBLIC, Viewer
from ingest.load import ingest
from ingest.report import Report
from ingest.resolve.decide import decide
from tests.ingest.conftest import write_csv

MEMBERS = Viewer(clearance=Visibility.MEMBERS)
VIEWERS = (PUBLIC, MEMBERS, OWNER)
Feed = Callable[..., Report]


@pytest.fixture
def feed(store: Store, tmp_path: Path) -> Feed:
    """Feed tables of rows; a table is a header and rows with commas between their cells."""
    runs = iter(range(100))

    def fed(source: str = "centre", **tables: str) -> Report:
        folder = tmp_path / str(next(runs))
        folder.mkdir()
        for name, text in tables.items():
            (folder / f"{name}.csv").write_text(text.replace(" | ", "\n") + "\n", "utf-8")
        return ingest(store, [folder], source=source)

    return fed


def named(store: Store, viewer: Viewer, kind: NodeKind = NodeKind.INSTITUTION) -> list[str]:
    """The names of those of a kind that the viewer may see, as the viewer sees them."""
    nodes = [viewer.view(node) for node in store.scan(kind) if isinstance(node, Institution | Expert) and viewer.sees(node)]
    return sorted(node.name for node in nodes)


def is_hidden(store: Store, text: str, viewer: Viewer = PUBLIC) -> bool:
    try:
        find(store, text, viewer)
    except NotFound:
        return True
    return False


def test_a_party_of_hidden_rows_alone_is_hidden_in_every_form(store: Store, feed: Feed) -> None:
    feed(
        demands="id,title,posted_by,visibility | D1,Seal for hydrogen,Blackwater Aeronautics AG,confidential",
        achievements="id,title,owners,creators,visibility | A1,Elastomer,Northquay Polymers,Zelda Nightingale,confidential",
    )
    assert (named(store, PUBLIC), named(store, MEMBERS)) == ([], [])
    assert named(store, OWNER) == ["Blackwater Aeronautics AG", "Northquay Polymers"]
    assert named(store, OWNER, NodeKind.EXPERT) == ["Zelda Nightingale"]
    typed = ["Blackwater Aeronautics AG", "blackwater aeronautics", "Zelda Nightingale", "Zelda Nightingale @ Northquay Polymers"]
    for visibility in Visibility:
        one = record_id(NodeKind.INSTITUTION, "centre", "Blackwater Aeronautics AG", visibility)
        typed += [one, entity_id(NodeKind.INSTITUTION, one)]
    assert all(is_hidden(store, text) for text in typed)
    assert not is_hidden(store, "Blackwater Aeronautics AG", OWNER)


def test_the_first_public_row_that_names_it_makes_it_visible_under_its_public_id(store: Store, feed: Feed) -> None:
    feed(demands="id,title,posted_by,visibility | D1,Seal,Blackwater AG,confidential")
    (before,) = (node.id for node in store.scan(NodeKind.INSTITUTION))
    feed("fair", demands="id,title,posted_by | D9,Pump,Blackwater AG")
    now = find(store, "Blackwater AG", PUBLIC)
    assert now == entity_id(NodeKind.INSTITUTION, record_id(NodeKind.INSTITUTION, "fair", "Blackwater AG")) != before
    assert is_hidden(store, before) and is_hidden(store, before, MEMBERS)
    assert find(store, before, OWNER) == now, "the former id answers to whom may see it"
    assert [edge.name for edge in describe(store, now, viewer=PUBLIC).edges] == ["Pump"]
    assert [edge.name for edge in describe(store, now, viewer=OWNER).edges] == ["Pump", "Seal"]


def test_what_hidden_rows_say_is_seen_by_whom_may_see_them(store: Store, feed: Feed) -> None:
    feed(demands="id,title,posted_by | D1,Seal,I1")
    feed(institutions="id,name,country,description,visibility | I1,Quillon Optics,DE,Lasers,members")
    feed("list", institutions="id,name,country,region,visibility | 7,Quillon Optics,DE,Bayern,confidential")
    seen = [describe(store, "I1", viewer=viewer) for viewer in VIEWERS]
    assert len({one.id for one in seen}) == 1
    assert [one.fields["name"] for one in seen] == ["I1", "Quillon Optics", "Quillon Optics"]
    assert [one.fields["description"] for one in seen] == [None, "Lasers", "Lasers"]
    assert [one.fields["region"] for one in seen] == [None, None, "Bayern"]
    assert [is_hidden(store, "Quillon Optics", viewer) for viewer in VIEWERS] == [True, False, False]
    assert [one.version is None for one in seen] == [True, True, False]


def test_hidden_rows_never_join_two_that_others_see_apart(store: Store, feed: Feed) -> None:
    feed(institutions="id,name | I1,Harbour Polymers | I2,Northquay Chemicals")
    public = {node.id: node for node in store.scan(NodeKind.INSTITUTION)}
    feed("secret", institutions="id,name,aliases,visibility | S1,Harbour Polymers,Northquay Chemicals,confidential")
    now = {node.id: node for node in store.scan(NodeKind.INSTITUTION)}
    assert now.keys() == public.keys()
    for one, node in now.items():
        assert isinstance(node, Institution)
        before = public[one]
        assert isinstance(before, Institution)
        shown = PUBLIC.view(node)
        assert (shown.name, shown.aliases, shown.records, shown.former_ids) == (before.name, before.aliases, before.records, ())
    assert sum(len(node.records) for node in now.values() if isinstance(node, Institution)) == 3


def test_a_persons_word_about_a_hidden_row_joins_nobody_else(store: Store, feed: Feed) -> None:
    feed(institutions="id,name | I1,Harbour Polymers | I2,Northquay Chemicals")
    feed("secret", institutions="id,name,visibility | S1,Harbour Polymers,confidential")
    hidden = record_id(NodeKind.INSTITUTION, "secret", "S1", Visibility.CONFIDENTIAL)
    other = record_id(NodeKind.INSTITUTION, "centre", "I2")
    decide(store, hidden, other, Verdict.SAME, reason="seen the register")
    nodes = [node for node in store.scan(NodeKind.INSTITUTION) if isinstance(node, Institution)]
    assert sorted(len(node.records) for node in nodes) == [1, 2]
    assert next(node for node in nodes if hidden in node.records).records[0] == other


def test_a_row_that_is_hidden_later_takes_whom_it_alone_named_along(store: Store, feed: Feed) -> None:
    header = "id,title,owners,creators,visibility"
    rows = f'{header} | A1,Seal,"Faculty of Physics, University of Tarn",Zelda Nightingale,{{}} | A2,Pump,Northquay,,'
    feed(achievements=rows.format("public"))
    everybody = named(store, PUBLIC)
    assert len(everybody) == 3 and named(store, PUBLIC, NodeKind.EXPERT) == ["Zelda Nightingale"]
    feed(achievements=rows.format("confidential"))
    assert (named(store, PUBLIC), named(store, PUBLIC, NodeKind.EXPERT)) == (["Northquay"], [])
    assert named(store, OWNER) == everybody
    feed(achievements=rows.format("public"))
    assert (named(store, PUBLIC), named(store, OWNER)) == (everybody, everybody)
    assert store.check(deep=True).problems == ()


def test_a_row_without_an_id_may_be_hidden_later(store: Store, feed: Feed) -> None:
    feed(demands="title,posted_by,visibility | Seal for hydrogen,Blackwater AG,")
    feed(demands="title,posted_by,visibility | Seal for hydrogen,Blackwater AG,confidential")
    assert store.count()["Demand"] == 1
    assert (named(store, PUBLIC), named(store, OWNER)) == ([], ["Blackwater AG"])


def test_a_name_that_was_mended_leaves_no_ghost(store: Store, feed: Feed) -> None:
    feed(demands="id,title,posted_by | D1,Seal,Blakwater AG")
    feed(demands="id,title,posted_by | D1,Seal,Blackwater AG")
    assert named(store, OWNER) == ["Blackwater AG"]
    assert store.count()["Record"] == 1


def test_files_of_edges_tell_no_more_than_what_they_tie_to(store: Store, feed: Feed) -> None:
    feed(achievements="id,title,visibility | A1,Seal,confidential", owns="source,target | Orphan Works,A1")
    assert named(store, PUBLIC) == []
    feed(achievements="id,title,visibility | A1,Seal,public")
    assert named(store, PUBLIC) == ["Orphan Works"], "the edge's own row says nothing of who may see it"
    feed(achievements="id,title,visibility | A1,Seal,members")
    assert (named(store, PUBLIC), named(store, MEMBERS)) == ([], ["Orphan Works"])
    assert store.count()["OWNS"] == 1


def test_what_two_do_together_is_theirs_unless_the_file_says_otherwise(store: Store, feed: Feed) -> None:
    feed(
        cooperations="id,title,parties,visibility | C1,Secret,Alder; Birch, | C2,Known,Cedar; Dogwood,public",
        evidence="source,target,kind,outcome,visibility | Elm,Fir,delivery,1, | Ginkgo,Hazel,delivery,1,public",
    )
    assert named(store, PUBLIC) == ["Cedar", "Dogwood", "Ginkgo", "Hazel"]
    assert len(named(store, OWNER)) == 8


def test_a_rating_of_a_person_is_never_public(store: Store, feed: Feed) -> None:
    header = "source,target,target_kind,kind,outcome,visibility"
    report = feed(evidence=f"{header} | Alder,Ann Lee @ Birch,expert,rating,1,public | Alder,Birch,,rating,1,public")
    assert report.set_aside == 1
    (edge,) = (edge for edge in store.scan(EdgeKind.EVIDENCE) if isinstance(edge, Evidence) and edge.target.startswith("exp-"))
    assert edge.visibility is Visibility.CONFIDENTIAL


def test_an_edge_that_a_hidden_row_adds_is_hidden_between_two_that_are_seen(store: Store, feed: Feed) -> None:
    feed(experts="id,name,institution | E1,Tom Ashdown,Alder", institutions="id,name | I2,Birch")
    feed("secret", experts="id,name,institution,visibility | 7,Tom Ashdown,Alder; Birch,members")
    seen = [[edge.name for edge in describe(store, "E1", viewer=viewer).edges] for viewer in VIEWERS]
    assert seen[0] == ["Alder"]
    assert {*seen[1]} == {*seen[2]} == {"Alder", "Birch"}


def test_the_order_of_files_plays_no_part(tmp_path: Path, new_store: Callable[[], Store]) -> None:
    tables = {
        "institutions": [{"id": "I1", "name": "Harbour Polymers", "visibility": "members"}, {"id": "I2", "name": "Harbour Polymers Ltd"}],
        "demands": [{"id": f"D{n}", "title": "Seal", "posted_by": "I1", "visibility": level} for n, level in enumerate(Visibility)],
        "experts": [{"id": "E1", "name": "Ann Lee", "institution": "I1", "visibility": "confidential"}],
        "achievements": [{"id": "A1", "title": "Seal", "owners": "I1", "creators": "Ann Lee", "visibility": "members"}],
    }
    found = []
    for number, names in enumerate((list(tables), list(reversed(tables)))):
        opened = new_store()
        for name in names:
            folder = tmp_path / f"{number}-{name}"
            folder.mkdir()
            write_csv(folder / f"{name}.csv", tables[name])
            ingest(opened, [folder], source="centre")
        check = opened.check(deep=True)
        assert check.problems == ()
        found.append(check.content)
    assert found[0] == found[1]
