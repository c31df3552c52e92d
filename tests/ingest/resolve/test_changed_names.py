"""A pass over what changed decides what a pass over everything by the same weights decides."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from graph import Store
from graph.errors import InvalidInput
from graph.model import Decision, NodeKind, Record, Verdict
from ingest.load import ingest
from ingest.resolve import similar_names
from ingest.resolve.cluster import SIMILAR
from ingest.resolve.decide import decide
from ingest.resolve.likeness import Comparisons, comparisons
from tests.ingest.conftest import nodes

WORDS = ["Lunper", "Velkirsk", "Dorlenhaven", "Gromar", "Shantus", "Folri", "Persalun", "Wickgotra"]
SHAPES = [
    "University of {a}", "Univ. of {a}", "Université de {a}", "University of {a}, {b}, Norway", "{a} University",
    "{a} {b} Institute of Physics", "{a} {b} Inst. of Physics", "{a} {b} GmbH", "The {a} {b}", "{a} {b} Systems Inc",
    "University of {a} {b}", "{b} {a} GmbH",
]  # fmt: skip


def name(seeded: random.Random) -> str:
    a, b = seeded.sample(WORDS, 2)
    text = seeded.choice(SHAPES).format(a=a, b=b)
    if seeded.random() < 0.2:
        at = seeded.randrange(2, len(text) - 1)
        text = text[:at] + text[at + 1 :]
    return text


def row(number: int, seeded: random.Random) -> dict[str, str]:
    said = {"id": str(number), "name": name(seeded)}
    if seeded.random() < 0.3:
        said["country"] = seeded.choice(["DE", "NO", "CN"])
    if seeded.random() < 0.2:
        said["external_ids"] = f"ror:{seeded.randrange(30)}"
    if seeded.random() < 0.2:
        said["aliases"] = name(seeded)
    return said


def whole(store: Store) -> Comparisons:
    """The slow way: everything, by what was kept."""
    kept = similar_names._kept(store)
    assert kept
    records = [one for one in nodes(store, NodeKind.RECORD) if isinstance(one, Record) and one.of is NodeKind.INSTITUTION]
    return comparisons(records, [one for one in decisions(store) if one.by_person], kept.learnt)


def decisions(store: Store) -> list[Decision]:
    return [one for one in nodes(store, NodeKind.DECISION) if isinstance(one, Decision)]


def says(one: Decision) -> tuple[object, ...]:
    return (one.left, one.right, one.verdict, one.score, one.reason)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores, blocks and shares small enough that a few rows cross every bound."""
    monkeypatch.setattr(similar_names, "FEW", 10)
    monkeypatch.setattr(similar_names, "_SHARE", 0.2)  # five times the Records may change before the next full pass
    monkeypatch.setattr(similar_names, "_AT_ONCE", 1)
    for module in ("ingest.resolve.compare", "ingest.resolve.changed_names"):
        monkeypatch.setattr(f"{module}.BLOCK", 6)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(12))
def test_a_pass_over_what_changed_equals_one_over_everything(folder: Callable[..., Path], store: Store, seed: int) -> None:
    seeded = random.Random(seed)
    rows = {number: row(number, seeded) for number in range(30)}
    ingest(store, [folder("s", institutions=list(rows.values()))], source="s")
    assert similar_names._kept(store), "a full pass keeps what it learnt"
    for turn in range(12):
        way = seeded.randrange(4)
        if way == 0:  # a person's word
            left, right = seeded.sample(sorted(one.id for one in nodes(store, NodeKind.RECORD)), 2)
            try:
                decide(store, left, right, seeded.choice([Verdict.SAME, Verdict.NOT_SAME]), reason="seen")
            except InvalidInput:
                continue
            similar_names.run(store)
        else:
            batch = [row(seeded.randrange(30 + 4 * turn), seeded) for _ in range(seeded.choice([1, 2, 6]))]
            batch = list({one["id"]: one for one in batch}.values())
            ingest(store, [folder(f"s{turn}", institutions=batch)], source=seeded.choice(["s", "t"]))
        expected = whole(store)
        found = {one.id: says(one) for one in decisions(store) if one.rule == SIMILAR}
        assert found == {key: says(one) for key, one in expected.decisions.items()}
        last, kept = similar_names.state(store), similar_names._kept(store)
        assert last
        assert kept
        assert sorted(last.proposals, key=str) == sorted(expected.proposals, key=str)
        assert kept.joined == found.keys()
        assert kept.moved > 0 or turn == 0, "no full pass in between"


@pytest.mark.usefixtures("small")
def test_a_row_is_looked_at_without_reading_the_others(folder: Callable[..., Path], store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = random.Random(1)
    ingest(store, [folder("s", institutions=[row(number, seeded) for number in range(40)])], source="s")
    monkeypatch.setattr(store, "scan", lambda _: pytest.fail("reads everything"))
    ingest(store, [folder("t", institutions=[{"id": "x", "name": "Zentrum Brandnau"}])], source="s")
    assert similar_names.run(store) == similar_names.Passed()


@pytest.mark.usefixtures("small")
def test_a_full_pass_comes_when_asked_for_or_when_a_fifth_changed(
    folder: Callable[..., Path], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar_names, "_SHARE", 5)
    seeded = random.Random(2)
    ingest(store, [folder("s", institutions=[row(number, seeded) for number in range(40)])], source="s")
    moved = []
    for turn in range(12):
        new = {"id": f"x{turn}", "name": f"Zentrum {'abcdefghijkl'[turn] * 5}"}
        ingest(store, [folder(f"t{turn}", institutions=[new])], source="s")
        kept = similar_names._kept(store)
        assert kept
        moved.append(kept.moved)
    assert moved[:9] == [*range(1, 9), 0]
    similar_names.run(store, full=True)
    kept = similar_names._kept(store)
    assert kept
    assert (kept.records, kept.moved) == (52, 0)
    store.set_meta("similar-names", b"of another version")
    ingest(store, [folder("u", institutions=[{"id": "u", "name": "Zentrum Ulm"}])], source="s")
    kept = similar_names._kept(store)
    assert kept
    assert kept.records == 53
