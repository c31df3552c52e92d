"""The facts that a case expects of a store, as ``cases/*/expect.jsonl`` writes them: one object a line, and whether the store holds it.

In: a store, the report of the ingest that filled it, and the text of the files of rows to mend. Out: for each fact what is there instead,
or None where it is met. Next: ``tests.ingest.test_cases`` asks it of every case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from graph import Store
from graph.model import EdgeKind, Institution, Node, NodeKind, Record
from graph.store import Direction

Fact = dict[str, Any]

KINDS = (
    NodeKind.ACHIEVEMENT,
    NodeKind.DEMAND,
    NodeKind.INSTITUTION,
    NodeKind.EXPERT,
    NodeKind.COOPERATION,
    NodeKind.RESOURCE,
)
_ENDS: dict[str, tuple[EdgeKind, Direction]] = {
    "owners": (EdgeKind.OWNS, "in"),
    "creators": (EdgeKind.CREATED, "in"),
    "poster": (EdgeKind.POSTED, "in"),
    "part_of": (EdgeKind.PART_OF, "out"),
    "parties": (EdgeKind.PARTY_TO, "in"),
    "affiliations": (EdgeKind.AFFILIATED_WITH, "out"),
}
"""Fields of a fact that are the names at the other end of edges."""


class NotMet(NamedTuple):
    """What is there instead of what a fact says."""

    got: object


class Facts:
    """What a store holds, as facts ask for it."""

    def __init__(self, store: Store, told: str, rejects: str) -> None:
        """``told``: the report in words; ``rejects``: the files of rows to mend."""
        self._store, self._told, self._rejects = store, told, rejects
        self._nodes = {kind: [one for one in store.scan(kind) if isinstance(one, Node)] for kind in KINDS}
        self._all = [one for several in self._nodes.values() for one in several]
        records = [one for one in store.scan(NodeKind.RECORD) if isinstance(one, Record)]
        self._by_id = {(kind, _source_id(one)): one for kind, several in self._nodes.items() for one in several}
        self._records = {_source_id(one): one.id for one in records}
        self._everything = " ".join(map(repr, [*self._all, *records]))

    def check(self, fact: Fact) -> NotMet | None:
        """None if the fact is met."""
        for name, check in self._checks().items():
            if name in fact:
                got, is_met = check(fact)
                return None if is_met else NotMet(got)
        raise AssertionError(f"no such fact: {fact}")

    def _checks(self) -> dict[str, Callable[[Fact], tuple[object, bool]]]:
        """By the key that tells its sort; ``rejected`` and ``expert`` have a field too."""
        return {
            "count": self._count,
            "same": lambda fact: self._entities(fact["same"], 1),
            "apart": lambda fact: self._entities(fact["apart"], 2),
            "nowhere": lambda fact: self._nowhere(fact["nowhere"]),
            "no_institution": lambda fact: self._none(NodeKind.INSTITUTION, fact["no_institution"]),
            "no_expert": lambda fact: self._none(NodeKind.EXPERT, fact["no_expert"]),
            "skipped_row": lambda fact: self._no_title(fact["skipped_row"]),
            "rejected": self._is_rejected,
            "set_aside": self._is_set_aside,
            "blank": self._is_set_aside,
            "expert": self._some_expert,
            "kind": self._field,
        }

    # -- of the store

    def _count(self, fact: Fact) -> tuple[object, bool]:
        got = len(self._nodes[NodeKind(fact["count"])])
        return got, got == fact["value"]

    def _entities(self, names: list[str], number: int) -> tuple[object, bool]:
        found = [self._entity(one) for one in names]
        return found, None not in found and len(set(found)) == number

    def _nowhere(self, texts: list[str]) -> tuple[object, bool]:
        got = [one for one in texts if one in self._everything]
        return got, not got and bool(self._all)

    def _none(self, kind: NodeKind, name: str) -> tuple[object, bool]:
        got = [one for one in self._nodes[kind] if name in _names(one)]
        return got, not got and bool(self._all)

    def _no_title(self, part: str) -> tuple[object, bool]:
        got = [_title(one) for one in self._all if part in _title(one)]
        return got, not got and bool(self._all)

    # -- of rows that did not land whole

    def _is_rejected(self, fact: Fact) -> tuple[object, bool]:
        """``title``: the row of this id that landed, and the other one was rejected."""
        lines = [one for one in self._rejects.splitlines() if fact["rejected"] in one and fact.get("text", "") in one]
        landed = [_title(one) for (_, key), one in self._by_id.items() if key == fact["rejected"]]
        return (lines, landed), bool(lines) and landed == ([fact["title"]] if "title" in fact else [])

    def _is_set_aside(self, fact: Fact) -> tuple[object, bool]:
        """``set_aside``: the cell is told; ``blank``: it only is not there."""
        ref = fact.get("set_aside") or fact["blank"]
        found = [one for (_, key), one in self._by_id.items() if key == ref] or [one for one in self._all if _title(one) == ref]
        got = getattr(found[0], fact["field"]) if found else "not there"
        return got, got is None and ("blank" in fact or fact["text"] in self._told + self._rejects)

    # -- of one node

    def _some_expert(self, fact: Fact) -> tuple[object, bool]:
        got = [self._value(one, fact["field"]) for one in self._nodes[NodeKind.EXPERT] if fact["expert"] in _names(one)[:1]]
        return got, any(self._is_right(one, fact["value"], fact["field"]) for one in got)

    def _field(self, fact: Fact) -> tuple[object, bool]:
        node, name = self._find(fact), fact["field"]
        if node is None:
            return "not there", False
        if name == "aliases_contain":
            return _names(node), fact["value"] in _names(node)[1:]
        if "contains" in fact or "lacks" in fact:
            got = [text for part in name.split("|") for text in _texts(self._value(node, part))]
            return got, any(fact["contains"] in one for one in got) if "contains" in fact else not any(fact["lacks"] in one for one in got)
        value = self._value(node, name)
        return value, any(self._is_right(value, one, name) for one in fact.get("any", [fact.get("value")]))

    def _find(self, fact: Fact) -> Node | None:
        kind = NodeKind(fact["kind"])
        if "title" in fact:
            same = [one for one in self._nodes[kind] if _title(one) == fact["title"]]
            return next(iter(same or [one for one in self._nodes[kind] if fact["title"] in _names(one)]), None)
        found = self._by_id.get((kind, fact["id"]))
        entity = self._entity(fact["id"])
        if found is None and entity:
            stored = self._store.get([entity]).get(entity)
            return stored if isinstance(stored, Node) else None
        return found

    def _entity(self, ref: str) -> str | None:
        """The institution or expert of a source id, a name or an alias."""
        if ref in self._records:
            found = self._store.lookup([self._records[ref]])
            if found:
                return next(iter(found.values()))[0]
        entities = [*self._nodes[NodeKind.INSTITUTION], *self._nodes[NodeKind.EXPERT]]
        return next((one.id for one in entities if ref in _names(one)), None)

    def _value(self, node: Node, name: str) -> object:
        if name == "holders":
            ends = self._ends(node, list(EdgeKind), "in")
            return sorted(_title(one) for one in ends if isinstance(one, Institution))
        if name in _ENDS:
            kind, direction = _ENDS[name]
            return sorted(_title(one) for one in self._ends(node, [kind], direction))
        value = getattr(node, name)
        return sorted(map(_plain, value), key=str) if isinstance(value, tuple | list | set | frozenset) else _plain(value)

    def _ends(self, node: Node, kinds: list[EdgeKind], direction: Direction) -> list[object]:
        edges = self._store.edges([node.id], kinds=kinds, direction=direction)
        return list(self._store.get([one.source if direction == "in" else one.target for one in edges]).values())

    def _is_right(self, got: object, want: object, name: str) -> bool:
        """Lists without order; a list of one is its one; one institution or person is the same by whatever name."""
        if name in _ENDS or name == "holders":
            return {self._entity(one) or one for one in _texts(got)} == {self._entity(one) or one for one in _texts(want)}
        if name == "region" and isinstance(want, list):
            return got in want
        if isinstance(got, list) or isinstance(want, list):
            left, right = _texts(got), _texts(want)
            return sorted("".join(x.split()) for x in left) == sorted("".join(x.split()) for x in right)
        return got == want or (isinstance(got, float) and isinstance(want, int | float) and abs(got - want) < 0.01)


def _source_id(one: Node | Record) -> str:
    return one.provenance.source_id.split(":")[-1]


def _title(one: object) -> str:
    return getattr(one, "title", None) or getattr(one, "name", None) or ""


def _names(one: Node) -> list[str]:
    return [_title(one), *getattr(one, "aliases", ())]


def _plain(value: object) -> object:
    return getattr(value, "value", value)


def _texts(value: object) -> list[str]:
    return [*map(str, value)] if isinstance(value, list) else [] if value is None else [str(value)]
