"""The items that an answer shows: nodes and edges as a snapshot has them, so that names, sentences and cited facts need no store.

In: what ``matcher.index.generations`` reads of a store for a generation, and the changes since. Out: a ``graph.store.Reader`` of one
revision. Next: ``matcher.index.snapshot`` offers it as ``display``; ``matcher.rank.pipeline``, ``desk.ask`` and ``api.http.routes.match``
show from it, while the store is away too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import accumulate
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from graph.ids import WIDTH
from graph.model import EDGE_TYPES, NODE_TYPES, Edge, EdgeKind, Expert, Institution, Node, NodeKind
from graph.store import Direction, chunks
from matcher.columns import tables
from matcher.columns.network import Network

KINDS: tuple[NodeKind | EdgeKind, ...] = (*tables.NODE_KINDS, NodeKind.RECORD, *tables.EDGE_KINDS)
"""What is kept: what a question reads, and Records, by whose names and source ids a person finds things."""
_CODE = {kind: code for code, kind in enumerate(KINDS)}
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS: list[msgspec.msgpack.Decoder[Any]] = [
    msgspec.msgpack.Decoder(NODE_TYPES[kind] if isinstance(kind, NodeKind) else EDGE_TYPES[kind]) for kind in KINDS
]
_Item = TypeVar("_Item", bound=Node | Edge)


@dataclass(frozen=True, slots=True)
class Packed:
    """Nodes and edges by ascending id: ``contents[starts[i]:starts[i + 1]]`` is the i-th in MessagePack, ``version`` included.
    ``key_hashes``, ascending, and ``key_rows`` say which nodes may carry a lookup key."""

    item_ids: npt.NDArray[np.bytes_]
    item_kinds: npt.NDArray[np.int8]
    item_starts: npt.NDArray[np.uint64]
    contents: npt.NDArray[np.uint8]
    key_hashes: npt.NDArray[np.uint64]
    key_rows: npt.NDArray[np.uint32]

    def rows(self, ids: Iterable[str]) -> npt.NDArray[np.int64]:
        """The row of each id, -1 where there is none."""
        if not len(self.item_ids):
            return np.full(len(list(ids)), -1, np.int64)
        wanted = np.array([one.encode() if len(one) <= WIDTH and one.isascii() else b"" for one in ids], tables.ID)
        at = np.minimum(np.searchsorted(self.item_ids, wanted), len(self.item_ids) - 1)
        return np.where(self.item_ids[at] == wanted, at, -1)

    def item(self, row: int) -> Node | Edge:
        """What is kept in a row."""
        start, end = self.item_starts[row : row + 2].tolist()
        found: Node | Edge = _DECODERS[self.item_kinds[row]].decode(self.contents[start:end])
        return found

    def holders(self, key: str) -> list[str]:
        """Ids of nodes that may carry a lookup key: all that do, and by chance another."""
        digest = np.uint64(_hashed(key))
        span = slice(*(int(np.searchsorted(self.key_hashes, digest, side)) for side in ("left", "right")))
        return [one.decode("ascii") for one in self.item_ids[self.key_rows[span]].tolist()]


NOTHING = Packed(
    np.empty(0, tables.ID), np.empty(0, np.int8), np.zeros(1, np.uint64), np.empty(0, np.uint8), np.empty(0, np.uint64),
    np.empty(0, np.uint32),
)  # fmt: skip


class Packing:
    """Gathers what is read of a store."""

    def __init__(self) -> None:
        self._found: list[tuple[bytes, int, bytes]] = []
        self._keys: list[tuple[int, bytes]] = []

    def through(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """``items`` as they come, each packed."""
        for item in items:
            one = item.id.encode()
            self._found.append((one, _CODE[_kind(item)], _ENCODER.encode(item)))
            if isinstance(item, Node):
                self._keys += [(_hashed(key), one) for key in item.lookup_keys()]
            yield item

    def packed(self) -> Packed:
        """All of it: the same whatever the order it came in."""
        self._found.sort(key=lambda found: found[0])
        ids = np.array([one for one, _, _ in self._found], tables.ID)
        keys = np.array([digest for digest, _ in self._keys], np.uint64)
        rows = np.searchsorted(ids, np.array([one for _, one in self._keys], tables.ID)).astype(np.uint32)
        order = np.lexsort((rows, keys))
        starts = np.fromiter(accumulate((len(content) for _, _, content in self._found), initial=0), np.uint64, len(ids) + 1)
        contents = np.frombuffer(b"".join(content for _, _, content in self._found), np.uint8)
        return Packed(ids, np.array([kind for _, kind, _ in self._found], np.int8), starts, contents, keys[order], rows[order])


@dataclass(frozen=True)
class Items:
    """The items of a generation and those that came, changed or went (None) since, by id."""

    packed: Packed = NOTHING
    since: Mapping[str, Node | Edge | None] = field(default_factory=dict)

    def changed(self, touched: Iterable[str], now: Iterable[Node | Edge]) -> Items:
        """These items after a change: of the ids ``touched``, those in ``now`` are there."""
        return replace(self, since={**self.since, **dict.fromkeys(touched), **{item.id: item for item in now}})

    def get(self, ids: Iterable[str]) -> dict[str, Node | Edge]:
        """What is there of these ids, in their order."""
        wanted = list(dict.fromkeys(ids))
        rows = zip(wanted, self.packed.rows(wanted).tolist(), strict=True)
        held = ((one, self.since[one] if one in self.since else self.packed.item(row) if row >= 0 else None) for one, row in rows)
        return {one: item for one, item in held if item is not None}

    def lookup(self, key: str) -> tuple[str, ...]:
        """Ids of the nodes that carry a lookup key, ascending."""
        found = self.get([*self.packed.holders(key), *self._keys_since.get(key, ())]).values()
        return tuple(sorted(item.id for item in found if isinstance(item, Node) and key in item.lookup_keys()))

    def scan(self, kind: NodeKind | EdgeKind) -> Iterator[Node | Edge]:
        """All of one kind, by ascending id."""
        ids = {one.decode("ascii") for one in self.packed.item_ids[self.packed.item_kinds == _CODE.get(kind, -1)].tolist()}
        ids = ids - self.since.keys() | {one for one, item in self.since.items() if item is not None and _kind(item) is kind}
        for part in chunks(sorted(ids)):
            yield from self.get(part).values()

    @cached_property
    def _keys_since(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one, item in self.since.items():
            for key in item.lookup_keys() if isinstance(item, Node) else ():
                found.setdefault(key, []).append(one)
        return found


class Display:
    """A ``graph.store.Reader`` of a snapshot's revision. It has no TRUSTS edges, which are derived, and no Decisions."""

    def __init__(self, network: Network, items: Items, url: str) -> None:
        self._network, self._items, self.url = network, items, url

    def get(self, ids: Collection[str]) -> dict[str, Node | Edge]:
        found = self._items.get(ids)
        for one in ids:
            if one not in found:  # a former id, or a Record's that is gone
                holders = self._items.get(self._items.lookup(one)).values()
                found.update([(one, item) for item in holders if isinstance(item, Institution | Expert)][:1])
        return found

    def scan(self, kind: NodeKind | EdgeKind) -> Iterator[Node | Edge]:
        return self._items.scan(kind)

    def edges(
        self, nodes: Collection[str], *, kinds: Collection[EdgeKind] | None = None, direction: Direction = "both"
    ) -> list[Edge]:
        network = self._network
        rows = [row for row in network.node_rows(nodes).tolist() if row >= 0]
        out = [network.edges_of(row) for row in rows if direction != "in"]
        into = [network.edges_of(row, incoming=True) for row in rows if direction != "out"]
        found = np.unique(np.concatenate([np.empty(0, np.int64), *out, *into]))
        if kinds is not None:
            found = found[np.isin(network.edges_at(found)["kind"], [tables.EDGE_CODE[kind] for kind in kinds])]
        items = self._items.get(sorted(network.edge_id(row) for row in found.tolist()))
        return [item for item in items.values() if isinstance(item, Edge)]

    def lookup(self, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        return {key: ids for key in sorted(set(keys)) if (ids := self._items.lookup(key))}


def _kind(item: Node | Edge) -> NodeKind | EdgeKind:
    return item.kind_of_node if isinstance(item, Node) else item.kind


def _hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
