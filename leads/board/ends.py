"""The ends of leads, what needs and what offers, as columns: who may see each, and whose it is.

In: ids of nodes, and the change feed of the store. Out: ``Ends``: by row of an end its visibility, its field and place, and the
institutions behind it. Next: ``leads.board.board`` keeps one; ``leads.board.sight`` asks it who may see what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.codes import country_code, regions_in
from graph.errors import FeedTruncated
from graph.model import Achievement, Demand, Edge, EdgeKind, Expert, Institution, Node, Visibility
from graph.store import Cursor, Store, chunks
from graph.viewer import level, level_of
from leads.board.growing import Growing
from leads.parties import TIES

ENOUGH = 12
"""Letters and figures of a demand by which a copy is told, at least."""
GONE = 9
"""The level of a node that is not there: nobody sees it."""
_NOT_THERE: dict[str, Any] = {
    "level": GONE, "owner_level": GONE, "behind_level": GONE, "owner": 0, "field": 0, "place": 0, "owner_place": 0, "now": 0, "copy": 0,
    "is_confidential": False,
}  # fmt: skip


class Codes:
    """Values by number, in the order in which they came; 0 is nothing."""

    def __init__(self, nothing: Any = "") -> None:
        self.values: list[Any] = [nothing]
        self._number: dict[Any, int] = {nothing: 0}

    def number(self, value: Any) -> int:
        """The number of a value, a new one for a new value."""
        found = self._number.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found

    def known(self, values: Iterable[Any]) -> list[int]:
        """The numbers of those values that have one."""
        return [self._number[one] for one in values if one in self._number]


class Ends:
    """The ends by row. ``level``: who may see it (``GONE``: it is not there); ``owner_level``: who may know whose a need is, and
    ``behind_level``: who of those that were let into the need; ``owner``: the code of the first institution behind it; ``field``,
    ``place``, ``owner_place``: codes of tuples; ``now``: the code of the id that it has now, ``copy``: of what a demand says, the same for
    its copies."""

    def __init__(self) -> None:
        self.row: dict[str, int] = {}
        self.ids: list[str] = []
        self.houses: list[tuple[str, ...]] = []
        self.columns = Growing(
            level=np.int8, owner_level=np.int8, behind_level=np.int8, owner=np.int32, field=np.int32, place=np.int32, owner_place=np.int32,
            now=np.int32, copy=np.int32, is_confidential=np.bool_,
        )  # fmt: skip
        self.institutions, self.fields, self.places, self.current = Codes(), Codes(()), Codes(()), Codes()
        self.copies = Codes()
        self.of_house: dict[str, set[int]] = {}
        self.by_id: dict[str, set[int]] = {}
        self._cursor: Cursor | None = None
        self._watched: dict[str, set[int]] = {}

    def column(self, name: str) -> npt.NDArray[Any]:
        return self.columns[name]

    def add(self, store: Store, ids: Iterable[str]) -> None:
        """Know these ends too."""
        new = [one for one in dict.fromkeys(ids) if one not in self.row]
        for one in new:
            self.row[one] = len(self.ids)
            self.ids.append(one)
            self.houses.append(())
            self.columns.add(**_NOT_THERE)
        self._read(store, [self.row[one] for one in new])

    def follow(self, store: Store) -> bool:
        """Bring the ends up to date with the graph; whether it has moved."""
        now = store.cursor()
        if now == self._cursor:
            return False
        before, self._cursor = self._cursor, now
        if before is None:
            return True
        try:
            changes = [(one.written, one.deleted) for one in store.changes(before)]
        except FeedTruncated:
            self._read(store, range(len(self.ids)))
            return True
        touched = {row for written, _ in changes for id in written for row in self._watched.get(id, ())}
        edges = [id for written, _ in changes for id in written if id.startswith("edg-")]
        for part in chunks(edges):
            for edge in store.get(part).values():
                if isinstance(edge, Edge) and edge.kind in TIES:
                    touched |= self._watched.get(edge.source, set()) | self._watched.get(edge.target, set())
        is_deleted = any(deleted for _, deleted in changes)  # an edge that is gone does not say whose it was
        self._read(store, range(len(self.ids)) if is_deleted else sorted(touched))
        return True

    def _read(self, store: Store, rows: Collection[int]) -> None:
        for part in chunks(rows):
            self._read_part(store, part)

    def _read_part(self, store: Store, rows: list[int]) -> None:
        nodes = {id: one for id, one in store.get([self.ids[row] for row in rows]).items() if isinstance(one, Node)}
        ties, values = _Ties(store, nodes), list[dict[str, Any]]()
        for row in rows:
            node = nodes.get(self.ids[row])
            houses = ties.houses(node)
            for one in self.houses[row]:
                self.of_house[one].discard(row)
            self.houses[row] = houses
            for one in houses:
                self.of_house.setdefault(one, set()).add(row)
            for one in (self.ids[row], *([node.id] if node else ()), *houses, *ties.creators(node)):
                self._watched.setdefault(one, set()).add(row)
            self.by_id.get(self.current.values[self.column("now")[row]], set()).discard(row)
            if node is None:
                values.append(_NOT_THERE)
                continue
            self.by_id.setdefault(node.id, set()).add(row)
            values.append({
                "level": level_of(node), "owner_level": ties.owner_level(node), "behind_level": ties.behind_level(node),
                "owner": self.institutions.number(houses[0] if houses else ""),
                "field": self.fields.number(_fields(node)), "place": self.places.number(_places(node)),
                "owner_place": self.places.number(_places(ties.institutions.get(houses[0]) if houses else None)),
                "now": self.current.number(node.id), "copy": self.copies.number(_text(node) or node.id),
                "is_confidential": getattr(node, "visibility", None) is Visibility.CONFIDENTIAL,
            })  # fmt: skip
        self.columns.put(rows, values)


class _Ties:
    """The edges of some nodes to the institutions behind them, read together."""

    def __init__(self, store: Store, nodes: dict[str, Node]) -> None:
        ids = {one.id for one in nodes.values()}
        edges = store.edges(ids, kinds=TIES) if ids else []
        self._creators: dict[str, list[str]] = {}
        for edge in edges:
            if edge.kind is EdgeKind.CREATED and edge.target in ids:
                self._creators.setdefault(edge.target, []).append(edge.source)
        experts = {one for found in self._creators.values() for one in found} - ids
        if experts:
            edges += store.edges(experts, kinds=[EdgeKind.AFFILIATED_WITH], direction="out")
        self._posted: dict[str, list[Edge]] = {}
        self._owned: dict[str, set[str]] = {}
        self._works_at: dict[str, set[str]] = {}
        for edge in edges:
            if edge.kind is EdgeKind.POSTED and edge.target in ids:
                self._posted.setdefault(edge.target, []).append(edge)
            elif edge.kind is EdgeKind.OWNS and edge.target in ids:
                self._owned.setdefault(edge.target, set()).add(edge.source)
            elif edge.kind is EdgeKind.AFFILIATED_WITH:
                self._works_at.setdefault(edge.source, set()).add(edge.target)
        behind = {one for node in nodes.values() for one in self.houses(node)}
        self.institutions = {id: one for id, one in store.get(behind).items() if isinstance(one, Institution)} if behind else {}

    def creators(self, node: Node | None) -> list[str]:
        return self._creators.get(node.id, []) if isinstance(node, Achievement) else []

    def houses(self, node: Node | None) -> tuple[str, ...]:
        """The institutions behind a node: of a demand who posted it, else as ``leads.parties.houses_of`` has them."""
        if isinstance(node, Institution):
            return (node.id,)
        if isinstance(node, Demand):
            return tuple(sorted({edge.source for edge in self._posted.get(node.id, ())}))
        if isinstance(node, Expert):
            return tuple(sorted(self._works_at.get(node.id, ())))
        if isinstance(node, Achievement):
            owners = self._owned.get(node.id, set())
            return tuple(sorted(owners or {one for expert in self.creators(node) for one in self._works_at.get(expert, ())}))
        return ()

    def behind_level(self, node: Node) -> int:
        """How far up a viewer must stand to see an institution behind a node."""
        return min((level_of(self.institutions[one]) for one in self.houses(node) if one in self.institutions), default=GONE)

    def owner_level(self, node: Node) -> int:
        """How far up a viewer must stand to know whose a need is, who may see the need itself."""
        if isinstance(node, Institution):
            return level_of(node)
        levels = [
            max(level(edge.visibility), level_of(self.institutions[edge.source]))
            for edge in self._posted.get(node.id, ())
            if edge.source in self.institutions
        ]
        return min(levels, default=GONE)


def _text(node: Node) -> str:
    """What a demand says, without regard to how it is set; empty where that is too little to tell copies by."""
    if not isinstance(node, Demand):
        return ""
    text = "".join(letter for letter in f"{node.title} {node.description}".casefold() if letter.isalnum())
    return blake2b(text.encode(), digest_size=16).hexdigest() if len(text) >= ENOUGH else ""


def _fields(node: Node) -> tuple[str, ...]:
    return tuple(getattr(node, "industry", ()) or ())


def _places(node: Node | None) -> tuple[str, ...]:
    """The codes of the places that a demand or an institution names."""
    if isinstance(node, Demand):
        # a country is itself, and no region elsewhere that is written alike: NL is no part of Canada
        return tuple(dict.fromkeys(place.code for text in node.regions for place in regions_in(text, country_code(text))))
    if isinstance(node, Institution) and node.region:
        return tuple(place.code for place in regions_in(node.region, node.country))
    return ()
