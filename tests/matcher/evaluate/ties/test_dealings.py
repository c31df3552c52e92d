"""Baselines of dealings against plain loops, and a small example by hand."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import Batch, Store
from graph.ids import node_id
from graph.model import Achievement, Cooperation, EdgeKind, Institution, NodeKind
from matcher.evaluate.ties.dealings import HALFLIFE, Dealings
from tests.matcher.worlds import edge, origin, party, party_to, store_of, work

Together = tuple[frozenset[int], str, int | None]
"""The parties of a cooperation, its start, and the achievement it uses."""
DAYS = ("2010-01-01", "2012-06-30", "2014-02-28", "2016-01-01")
AS_OF = "2014-02-28"


@contextmanager
def stored(together: list[Together], owned: list[tuple[int, int]], dates: dict[int, str]) -> Iterator[Store]:
    """A store of institutions 0 to 5, cooperations, and achievements (all of ``dates``) with their owners."""
    batch = Batch(nodes=[Institution(id=party(n), provenance=origin(f"i{n}"), name=f"Institution {n}") for n in range(6)])
    batch.nodes += [Achievement(id=work(n), provenance=origin(f"a{n}"), title=f"Work {n}", date=day) for n, day in dates.items()]
    batch.edges += [edge(EdgeKind.OWNS, party(one), work(n)) for one, n in dict.fromkeys(owned)]
    for number, (members, day, uses) in enumerate(together):
        one = node_id(NodeKind.COOPERATION, "t", f"c{number}")
        batch.nodes.append(Cooperation(id=one, provenance=origin(f"c{number}"), started=day))
        batch.edges += [party_to(party(each), one) for each in sorted(members)]
        if uses is not None:
            batch.edges.append(edge(EdgeKind.USES, one, work(uses)))
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(batch, Path(folder))
        yield store
        store.close()


def half(day: str) -> float:
    """What is left of a weight by ``AS_OF``; 0 if it is dated later."""
    age = (date.fromisoformat(AS_OF) - date.fromisoformat(day)).days
    return 0.5 ** (age / HALFLIFE) if age >= 0 else 0.0


def weight(one: int, other: int, together: list[Together], match: dict[int, float] | None = None) -> float:
    """The decayed weight of the dealings of two, by a plain loop."""
    total = 0.0
    for members, day, uses in together:
        if one != other and one in members and other in members:
            near = 1.0 if match is None else match.get(-1 if uses is None else uses, 0.0)
            total += half(day) * near / (len(members) - 1)
    return total


MEMBERS = st.frozensets(st.integers(0, 5), min_size=2, max_size=5)
TOGETHER = st.lists(st.tuples(MEMBERS, st.sampled_from(DAYS), st.sampled_from([None, 0, 1, 2])), max_size=8)
OWNED = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=6)


@given(TOGETHER, OWNED, st.lists(st.floats(0, 1), min_size=3, max_size=3))
@settings(max_examples=40, deadline=None)
def test_dealings_are_plain_loops(together: list[Together], owned: list[tuple[int, int]], near: list[float]) -> None:
    dates = dict(enumerate(DAYS[1:]))
    texts = [work(2), work(0), work(1)]  # in an order of their own
    match = {2: near[0], 0: near[1], 1: near[2]}
    with stored(together, owned, dates) as store:
        found = Dealings(store, texts)
    names = [found.institutions.index(party(n)) if party(n) in found.row else None for n in range(6)]
    asker = 0

    def values(of: np.ndarray) -> list[float]:
        return [0.0 if row is None else float(of[row]) for row in names]

    own = [weight(asker, other, together) for other in range(6)]
    assert values(found.decayed(party(asker), AS_OF)) == pytest.approx(own)
    by_topic = [weight(asker, other, together, match) for other in range(6)]
    assert values(found.decayed(party(asker), AS_OF, np.array(near))) == pytest.approx(by_topic)
    assert found.partners(party(asker), AS_OF) == {party(n) for n in range(6) if own[n] > 0}
    second = [0.0] * 6
    for other in range(1, 6):
        for p in range(1, 6):
            if own[p] > 0:
                second[other] += own[p] * weight(p, other, together) / sum(weight(p, each, together) for each in range(6))
    assert values(found.partners_of_partners(party(asker), AS_OF)) == pytest.approx(second)
    # a work, and the cooperation that uses it, are one work of an institution
    mine: list[dict[object, str]] = [{n: dates[n] for one, n in owned if one == other} for other in range(6)]
    for number, (members, day, uses) in enumerate(together):
        for one in members:
            mine[one][("c", number) if uses is None else uses] = day if uses is None else dates[uses]
    counts = [sum(map(half, each.values())) for each in mine]
    assert values(found.popularity(AS_OF)) == pytest.approx([math.log1p(count) for count in counts])
    assert values(found.seen(AS_OF).astype(float)) == [float(count > 0) for count in counts]


def test_dealings_by_hand() -> None:
    # 0 and 1 worked together four years before the day, in a work of three with 2 on the day itself; 1 worked with 3; later with 4
    together: list[Together] = [
        (frozenset({0, 1}), "2010-02-28", 0), (frozenset({0, 1, 2}), "2014-02-28", None), (frozenset({1, 3}), "2014-02-28", None),
        (frozenset({0, 4}), "2014-03-01", None),
    ]  # fmt: skip
    with stored(together, [(5, 0)], {0: "2010-02-28"}) as store:
        found = Dealings(store, [work(0)])
    row = found.row
    own = found.decayed(party(0), AS_OF)
    assert own[[row[party(n)] for n in (1, 2, 3, 4, 5)]] == pytest.approx([1.0, 0.5, 0, 0, 0])  # 1/1 * 1/2 + 1/2
    near = found.decayed(party(0), AS_OF, np.array([0.4]))
    assert near[[row[party(n)] for n in (1, 2)]] == pytest.approx([0.2, 0.0])  # what has no text is about nothing
    # of what 1 did (with 0: 1; with 2: 1/2; with 3: 1) and 2 did (with 0: 1/2; with 1: 1/2)
    second = found.partners_of_partners(party(0), AS_OF)
    assert second[[row[party(n)] for n in (0, 1, 2, 3)]] == pytest.approx([0, 0.5 * 0.5, 1.0 * 0.5 / 2.5, 1.0 * 1 / 2.5])
    assert found.partners(party(0), AS_OF) == {party(1), party(2)}
    assert found.partners(None, AS_OF) == frozenset()
    assert found.partners("ins-nobody", AS_OF) == frozenset()
    assert found.popularity(AS_OF)[row[party(1)]] == pytest.approx(math.log(1 + 0.5 + 1 + 1))
    assert not found.seen(AS_OF)[row[party(4)]]
    assert found.topical


def test_nobody_worked_with_anybody() -> None:
    with stored([], [(1, 0)], {0: "2010-02-28"}) as store:
        found = Dealings(store)
    assert found.institutions == [party(1)]
    assert found.decayed(party(1), AS_OF).tolist() == [0.0]
    assert found.partners_of_partners(party(1), AS_OF).tolist() == [0.0]
    assert not found.topical
