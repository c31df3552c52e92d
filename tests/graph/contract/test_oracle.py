"""Any sequence of batches: a store says what a plain dictionary that keeps the contract's rules says."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from graph import Batch, connect
from graph.errors import Conflict, InvalidInput
from graph.model import DERIVED, ENDS, Edge, EdgeKind, Node, NodeKind, encode
from graph.store import Change, Cursor
from tests.conftest import EACH_STORE, new_store
from tests.graph.samples import achievement, edge, expert, institution, owns, trusts

IDS = [f"{prefix}-{i}" for prefix in ("ins", "exp", "ach") for i in range(3)] + [f"edg-{i}" for i in range(4)]
nodes = st.one_of(
    st.builds(
        institution,
        st.sampled_from(["ins-0", "ins-1", "ins-2"]),
        name=st.sampled_from("ab"),
        former_ids=st.sampled_from([(), ("old-1",), ("old-1", "ins-2")]),
    ),
    st.builds(expert, st.sampled_from(["exp-0", "exp-1", "ins-0"]), name=st.sampled_from("ab")),
    st.builds(achievement, st.sampled_from(["ach-0", "ach-1"]), title=st.sampled_from("ab"), price_min=st.sampled_from([None, 1, 1.0])),
)
_edge_ids, _parties = st.sampled_from(IDS[-4:]), st.sampled_from(["ins-0", "ins-1", "exp-0"])
edges = st.one_of(
    st.builds(owns, _edge_ids, _parties, st.sampled_from(["ach-0", "ach-1"]), date=st.sampled_from([None, "2020"])),
    st.builds(edge, _edge_ids, st.just(EdgeKind.EVIDENCE), _parties, _parties),
    st.builds(trusts, st.sampled_from(["edg-2", "edg-3"]), _parties, _parties, stage=st.sampled_from("ab")),
)
batches = st.builds(
    Batch, nodes=st.lists(nodes, max_size=4), edges=st.lists(edges, max_size=3), delete=st.lists(st.sampled_from(IDS), max_size=2)
)


class Plain:
    """The contract once more, in the plainest words: a dictionary that is copied for every batch."""

    def __init__(self) -> None:
        self.items: dict[str, Node | Edge] = {}
        self.log: list[Change] = []

    def write(self, batch: Batch, expect: dict[str, int | None]) -> tuple[set[str], set[str], set[str]]:
        stale = [one for one, version in expect.items() if version != getattr(self.items.get(one), "version", None)]
        if stale:
            raise Conflict(sorted(stale))
        now = {
            one: item
            for one, item in self.items.items()
            if one not in batch.delete and not (isinstance(item, Edge) and {item.source, item.target} & set(batch.delete))
        }
        last: dict[str, Node | Edge] = {item.id: item for item in [*batch.nodes, *batch.edges]}
        for item in last.values():
            if item.id in now and _label(now[item.id]) != _label(item):
                raise InvalidInput("another kind")
        for one, item in last.items():
            old = now.get(one)
            if old is None or encode(old) != encode(item):
                now[one] = item
        for one in now.values():
            if isinstance(one, Edge):
                for end, allowed in zip((one.source, one.target), ENDS[one.kind], strict=True):
                    holder = now.get(end)
                    if not isinstance(holder, Node) or holder.kind_of_node not in allowed:
                        raise InvalidInput("no such end")
        put = {one for one in now if now[one] is not self.items.get(one)}
        gone = self.items.keys() - now.keys()
        return self._commit(now, put, gone)

    def _commit(self, now: dict[str, Node | Edge], put: set[str], gone: set[str]) -> tuple[set[str], set[str], set[str]]:
        added, changed = put - self.items.keys(), put & self.items.keys()
        facts = {one for one in put if not _derived(now[one])}
        lost = {one for one, item in self.items.items() if not _derived(item) and (one in gone or _derived(now[one]))}
        if facts or lost:
            self.log.append(Change(len(self.log) + 1, tuple(sorted(facts)), tuple(sorted(lost))))
        self.items = {one: msgspec.structs.replace(item, version=len(self.log)) if one in put else item for one, item in now.items()}
        return added, changed, gone


def _label(item: Node | Edge) -> str:
    return (item.kind_of_node if isinstance(item, Node) else item.kind).value


def _derived(item: Node | Edge) -> bool:
    return isinstance(item, Edge) and item.kind in DERIVED


class Machine(RuleBasedStateMachine):
    """Writes to both, compares all that can be read."""

    name: str

    @initialize()
    def begin(self) -> None:
        self.kept = ExitStack()
        folder = self.kept.enter_context(tempfile.TemporaryDirectory())
        self.store = connect(self.kept.enter_context(new_store(self.name, Path(folder))))
        self.plain = Plain()

    @rule(batch=batches, expect=st.dictionaries(st.sampled_from(IDS), st.none() | st.integers(1, 4), max_size=1) | st.just({}))
    def write(self, batch: Batch, expect: dict[str, int | None]) -> None:
        try:
            want = self.plain.write(batch, expect)
        except (Conflict, InvalidInput) as error:
            with pytest.raises(type(error)):
                self.store.write(batch, expect=expect)
            return
        done = self.store.write(batch, expect=expect)
        assert (done.added, done.changed, done.deleted, done.revision) == (*want, len(self.plain.log))

    @rule()
    def open_again(self) -> None:
        url = self.store.url
        self.store.close()
        self.store = connect(url, create=False)

    @invariant()
    def reads_the_same(self) -> None:
        items = self.plain.items
        relations = [items[one] for one in sorted(items) if isinstance(items[one], Edge)]
        assert self.store.get(IDS) == {one: self._at(one) for one in IDS if self._at(one)}
        for kind in (NodeKind.INSTITUTION, NodeKind.EXPERT, NodeKind.ACHIEVEMENT, EdgeKind.OWNS, EdgeKind.EVIDENCE, EdgeKind.TRUSTS):
            assert list(self.store.scan(kind)) == [items[one] for one in sorted(items) if _label(items[one]) == kind.value]
        for ends in (["ins-0"], ["ins-1", "ach-0"]):
            touching = [one for one in relations if isinstance(one, Edge) and {one.source, one.target} & set(ends)]
            assert self.store.edges(ends) == touching
            assert self.store.edges(ends, direction="in", kinds=[EdgeKind.OWNS]) == [
                one for one in touching if one.target in ends and one.kind is EdgeKind.OWNS
            ]
        assert self.store.count() == Counter(map(_label, items.values()))
        assert self.store.lookup(["old-1", "ref:ach-0"]) == {key: ids for key in ("old-1", "ref:ach-0") if (ids := self._carriers(key))}
        assert list(self.store.changes(Cursor(self.store.cursor().epoch, 0))) == self.plain.log
        assert self.store.check(deep=True).problems == ()

    def _at(self, one: str) -> Node | Edge | None:
        carriers = [self.plain.items[carrier] for carrier in self._carriers(one)]
        return self.plain.items.get(one) or next(iter(carriers), None)

    def _carriers(self, key: str) -> tuple[str, ...]:
        return tuple(one for one, item in sorted(self.plain.items.items()) if isinstance(item, Node) and key in item.lookup_keys())

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.kept.close()


@pytest.mark.parametrize("name", EACH_STORE)
def test_any_sequence_of_batches(name: str) -> None:
    examples = 40 if name == "sqlite" else 12  # each step asks some twenty questions, and a server is some miles away
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        type("Over", (Machine,), {"name": name}), settings=settings(max_examples=examples, stateful_step_count=12)
    )
