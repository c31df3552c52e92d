"""The networkx view: what is within so many steps, and no more than the limit."""

from __future__ import annotations

import networkx as nx
import pytest

from graph import Batch, Store
from graph.model import EdgeKind
from graph.view import neighbourhood
from tests.graph.samples import achievement, edge, institution, owns


@pytest.fixture
def chain(store: Store) -> Store:
    """ins-0 PART_OF ins-1 PART_OF ... ins-4, and ins-0 OWNS ach-0."""
    nodes = [institution(f"ins-{i}", former_ids=("ins-old",) if i == 2 else ()) for i in range(5)]
    parts = [edge(f"edg-{i}", EdgeKind.PART_OF, f"ins-{i}", f"ins-{i + 1}") for i in range(4)]
    store.write(Batch(nodes=[*nodes, achievement("ach-0")], edges=[*parts, owns("edg-o", "ins-0", "ach-0")]))
    return store


@pytest.mark.parametrize("hops", range(6))
def test_hops_are_distances(chain: Store, hops: int) -> None:
    whole = neighbourhood(chain, ["ins-0"], hops=9)
    near = nx.single_source_shortest_path_length(whole.to_undirected(), "ins-0", cutoff=hops)
    view = neighbourhood(chain, ["ins-0"], hops=hops)
    assert set(view) == set(near)
    assert set(view.edges) == {one for one in whole.edges if {one[0], one[1]} <= set(near)}


def test_values_are_the_stores(chain: Store) -> None:
    view = neighbourhood(chain, ["ins-old", "ins-missing"])
    assert set(view) == {"ins-1", "ins-2", "ins-3"}
    assert view.nodes["ins-2"]["node"] == chain.get(["ins-2"])["ins-2"]
    assert view.edges["ins-1", "ins-2", "edg-1"]["edge"] == chain.get(["edg-1"])["edg-1"]
    assert nx.is_frozen(view)


def test_kinds(chain: Store) -> None:
    assert set(neighbourhood(chain, ["ins-0"], kinds=[EdgeKind.OWNS])) == {"ins-0", "ach-0"}
    assert set(neighbourhood(chain, ["ins-0"], kinds=[])) == {"ins-0"}


def test_the_limit_keeps_what_is_near_then_smaller_ids(chain: Store) -> None:
    assert set(neighbourhood(chain, ["ins-0"], hops=9, limit=2)) == {"ins-0", "ach-0"}
    assert set(neighbourhood(chain, ["ins-0"], hops=9, limit=4)) == {"ins-0", "ach-0", "ins-1", "ins-2"}
    assert set(neighbourhood(chain, ["ins-3", "ins-1", "ins-2"], limit=2)) == {"ins-1", "ins-2"}


def test_the_limit_takes_smaller_ids_of_many(store: Store) -> None:
    works = [achievement(f"ach-{i:02}") for i in range(40)]
    store.write(Batch(nodes=[institution("ins-0"), *works], edges=[owns(f"edg-{work.id}", "ins-0", work.id) for work in works]))
    assert set(neighbourhood(store, ["ins-0"], limit=9)) == {"ins-0", *(work.id for work in works[:8])}


def test_an_edge_is_no_node(chain: Store) -> None:
    assert set(neighbourhood(chain, ["edg-1", "ins-4"], hops=0)) == {"ins-4"}
    assert set(neighbourhood(chain, ["edg-1"])) == set()
