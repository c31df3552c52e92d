"""What is stored as it is is left out of a write, and yet every ingest comes to what one that leaves out nothing comes to."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from graph import Batch, Store, connect
from graph.model import EdgeKind, Evidence, NodeKind, Verdict
from graph.store import Written
from ingest.edges import Earlier
from ingest.load import ingest
from ingest.resolve.decide import decide
from tests.ingest.conftest import content, edges, nodes

FIRMS = ["Albanova", "Gromar Systems", "Velkirsk Coatings", "Lunper GmbH"]


def rows(seeded: random.Random, count: int = 30) -> dict[str, list[dict[str, object]]]:
    works: list[dict[str, object]] = [
        {"id": f"A{at}", "title": f"Work {at}", "owners": "; ".join(seeded.sample(FIRMS, 2)), "creators": f"P{seeded.randrange(5)} Q"}
        for at in range(count)
    ]
    pacts: list[dict[str, object]] = [
        {"id": f"C{at}", "title": "Pact", "parties": "; ".join(seeded.sample(FIRMS, 2)), "uses": f"A{at}", "started": "2020"}
        for at in range(count)
    ]
    return {"achievements": works, "cooperations": pacts}


def test_a_second_pass_writes_what_no_column_tells_at_most(
    store: Store, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = folder("s", **rows(random.Random(0)))
    ingest(store, [data])
    write, asked = store.write, list[Batch]()

    def heard(batch: Batch, **more: Any) -> Written:
        asked.append(batch)
        return write(batch, **more)

    monkeypatch.setattr(store, "write", heard)
    report = ingest(store, [data])
    assert {(one.added, one.changed, one.unchanged) for one in report.files} == {(0, 0, 30)}
    assert asked
    assert not any(one.nodes or one.delete for one in asked)
    # where a creator works is told by another row's owner: no column of the creator's own says it
    assert {edge.kind for one in asked for edge in one.edges} <= {EdgeKind.AFFILIATED_WITH}


@pytest.mark.parametrize("seed", range(8))
def test_what_is_left_out_changes_nothing(
    new_store: Callable[[], Store], folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Rows again after edits, deletions and merges: with and without leaving out."""
    found = []
    slow = Earlier.edges
    for is_slow in (False, True):
        seeded = random.Random(seed)
        store = new_store()
        data = rows(seeded)
        with monkeypatch.context() as patched:
            if is_slow:
                patched.setattr(Earlier, "edges", lambda *given: (slow(*given)[0], set()))
                patched.setattr(Earlier, "nodes", lambda *_: set())
            told = []
            for turn in range(6):
                report = ingest(store, [folder(f"{is_slow}{turn}", **data)], source="s")
                told.append([(one.added, one.changed, one.unchanged, one.nodes, one.edges) for one in report.files])
                way = seeded.randrange(4)
                if way == 0:
                    gone = seeded.choice(sorted(one.id for one in nodes(store, NodeKind.ACHIEVEMENT)))
                    store.write(Batch(delete=[gone]))
                elif way == 1:
                    gone = seeded.choice(sorted(one.id for one in edges(store, EdgeKind.OWNS)))
                    store.write(Batch(delete=[gone]))
                elif way == 2:
                    left, right = seeded.sample(sorted(one.id for one in nodes(store, NodeKind.INSTITUTION)), 2)
                    decide(store, left, right, Verdict.SAME, reason="one house")
                    if len(nodes(store, NodeKind.INSTITUTION)) < 3:
                        break
                changed = rows(seeded)
                for kind, old in data.items():
                    old[3], old[7] = changed[kind][3], changed[kind][7]
        found.append((told, content(store)))
    assert found[0] == found[1]


def test_what_somebody_takes_away_meanwhile_is_written_again(
    store: Store, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = rows(random.Random(1))
    ingest(store, [folder("s", **data)])
    data["achievements"][0]["title"] = "Another title"
    expected_edges = {one.id for one in edges(store, EdgeKind.OWNS)}
    write, intruders = store.write, [sorted(expected_edges)[0]]

    def intruded(batch: Batch, **more: Any) -> Written:
        if intruders:
            with closing(connect(store.url)) as other:
                other.write(Batch(delete=[intruders.pop()]))
        return write(batch, **more)

    monkeypatch.setattr(store, "write", intruded)
    report = ingest(store, [folder("s", **data)])
    assert {one.id for one in edges(store, EdgeKind.OWNS)} == expected_edges
    (first, _) = report.files
    assert first.added == 0
    assert first.changed in (1, 2), "the row of the new title, and that of the edge that was put back"


@pytest.mark.parametrize("done", [{"withdrawn": "2026-02-01", "withdrawn_for": "another firm"}, {"objected": "2026-02-01"}])
def test_what_was_corrected_or_objected_to_is_not_put_back_by_a_file_that_still_has_it(
    new_store: Callable[[], Store], folder: Callable[..., Path], done: dict[str, str]
) -> None:
    store = new_store()
    said = {"id": "E1", "source": FIRMS[0], "target": FIRMS[1], "kind": "delivery", "outcome": "-1", "date": "2026-01-01"}
    other = said | {"id": "E2", "target": FIRMS[2]}
    ingest(store, [folder("s", evidence=[said, other])])
    (one, left) = sorted((edge for edge in store.scan(EdgeKind.EVIDENCE) if isinstance(edge, Evidence)), key=lambda edge: edge.id)
    store.write(Batch(edges=[msgspec.structs.replace(one, **done)]))
    ingest(store, [folder("s", evidence=[said | {"document": "D-1"}, other | {"document": "D-2"}])])
    found = store.get([one.id, left.id])
    assert [getattr(found[one.id], name) for name in done] == list(done.values())
    assert {found[each.id].document for each in (one, left)} == {"D-1", "D-2"}  # type: ignore[union-attr]
    assert found[left.id].withdrawn is None and found[left.id].objected is None  # type: ignore[union-attr]


def test_a_row_that_others_may_see_now_stays_corrected(new_store: Callable[[], Store], folder: Callable[..., Path]) -> None:
    store = new_store()
    said = {"source": FIRMS[0], "target": FIRMS[1], "kind": "delivery", "outcome": "-1", "date": "2026-01-01", "document": "D-1"}
    ingest(store, [folder("s", evidence=[said])])
    (one,) = store.scan(EdgeKind.EVIDENCE)
    store.write(Batch(edges=[msgspec.structs.replace(one, withdrawn="2026-02-01", withdrawn_for="another firm")]))  # type: ignore[arg-type,list-item,type-var]
    ingest(store, [folder("s", evidence=[said | {"visibility": "members"}])])
    (now,) = store.scan(EdgeKind.EVIDENCE)
    assert isinstance(now, Evidence) and now.id != one.id
    assert (now.withdrawn, now.withdrawn_for, now.visibility.value) == ("2026-02-01", "another firm", "members")
