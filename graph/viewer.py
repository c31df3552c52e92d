"""Who looks, and what may be seen: the one rule, in a form for a node, for an edge and for arrays of levels.

In: a node, an edge with its ends, or the levels of many (``level_of``). Out: whether the viewer may see each, and what the viewer sees of
an institution or expert of whom some Records are hidden. Next: every read of ``desk`` takes a Viewer; ``matcher.columns.tables`` keeps
levels, by which ``matcher.rank.recall``, ``matcher.rank.topic`` and ``matcher.index.snapshot`` ask.

``overlays`` of an entity are JSON text: by visibility above the entity's own, what its Records up to there say otherwise than those below
(``fields``), and how many Records there are of that visibility; ``records`` and ``former_ids`` are in order of visibility.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from graph.model import INTERNAL, Edge, Evidence, EvidenceKind, Expert, Institution, Node, Record, Visibility

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LEVELS = {visibility: level for level, visibility in enumerate(Visibility)}
_NOBODY = len(_LEVELS)
"""The level of what no viewer sees: the workings of resolution."""
_Node = TypeVar("_Node", bound=Node)


class Overlay(msgspec.Struct, frozen=True):
    """What the Records of an entity up to a visibility say otherwise than those below it; ``records``: how many have that visibility."""

    fields: dict[str, Any]
    records: int


_ENCODER = msgspec.json.Encoder(order="deterministic")
_OVERLAYS = msgspec.json.Decoder(dict[Visibility, Overlay]).decode


def encode_overlays(overlays: Mapping[Visibility, Overlay]) -> str | None:
    """The field ``overlays`` of an entity; None where nothing is hidden."""
    return _ENCODER.encode(overlays).decode() if overlays else None


def level_of(node: Node) -> int:
    """How far up a viewer must stand to see ``node``, from 0. A node without a visibility of its own is public."""
    if node.kind_of_node in INTERNAL:
        return _NOBODY
    return _LEVELS[getattr(node, "visibility", Visibility.PUBLIC)]


def level(visibility: Visibility) -> int:
    """The same of a visibility."""
    return _LEVELS[visibility]


def is_personal(edge: Edge, nodes: Mapping[str, object]) -> bool:
    """Whether ``edge`` is a rating of or by a person (its ends are looked up in ``nodes``): it is shown to nobody but the operator, whoever
    let it be seen."""
    is_rating = isinstance(edge, Evidence) and edge.evidence is EvidenceKind.RATING
    return is_rating and any(isinstance(nodes.get(end), Expert) for end in (edge.source, edge.target))


def strictest(visibilities: Iterable[Visibility]) -> Visibility:
    """The visibility that fewest see; public for none."""
    return max(visibilities, key=_LEVELS.__getitem__, default=Visibility.PUBLIC)


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, and so what may be seen at all: nodes and edges up to ``clearance``, edges between two such nodes only.

    ``lets``: ids of nodes that may be seen above it, because they are the viewer's own or the viewer was let into them; with a node its
    edges may be seen, and an edge's own id may be among them.
    """

    clearance: Visibility = Visibility.PUBLIC
    lets: frozenset[str] = frozenset()

    @property
    def is_owner(self) -> bool:
        """Whether nothing of the store is hidden, so that an answer may also name what a name could be, how rows were joined, or the
        revision of the store."""
        return self.clearance is Visibility.CONFIDENTIAL

    def sees(self, node: Node) -> bool:
        """Whether ``node`` may be seen."""
        return self.sees_at(level_of(node), node.id)

    def sees_at(self, level: int, id: str) -> bool:
        """The same of a node by its level and id."""
        return level <= _LEVELS[self.clearance] or (level < _NOBODY and id in self.lets)

    def sees_record(self, record: Record) -> bool:
        """Whether what ``record`` says may be seen, in the entity that it is of."""
        return _LEVELS[record.visibility] <= _LEVELS[self.clearance]

    def sees_edge(self, edge: Edge, nodes: Mapping[str, object]) -> bool:
        """Whether ``edge`` may be seen: itself, and both of its ends, which, looked up in ``nodes`` by id, are there and may be; a rating
        of or by a person only by the owner."""
        ends = (nodes.get(edge.source), nodes.get(edge.target))
        is_let = not self.lets.isdisjoint((edge.id, edge.source, edge.target))
        is_seen = is_let or _LEVELS[edge.visibility] <= _LEVELS[self.clearance]
        is_seen = is_seen and (self.is_owner or not is_personal(edge, nodes))
        return is_seen and all(isinstance(end, Node) and self.sees(end) for end in ends)

    def sees_levels(self, levels: npt.NDArray[np.int8] | np.int8) -> npt.NDArray[np.bool_]:
        """The same of many nodes or edges (or one) by their levels alone: which of them may be seen, but for ``lets`` (see
        ``matcher.columns.network.Network.sees``)."""
        seen: Any = levels <= _LEVELS[self.clearance]
        return cast("npt.NDArray[np.bool_]", seen)

    def view(self, node: _Node) -> _Node:
        """``node`` as this viewer sees it: an institution or expert with what its Records up to the clearance say, and without those
        above; any other node as it is."""
        if not isinstance(node, Institution | Expert) or node.overlays is None:
            return node
        overlays = _OVERLAYS(node.overlays)
        seen = [overlays[one] for one in Visibility if one in overlays and _LEVELS[one] <= _LEVELS[self.clearance]]
        said: dict[str, Any] = {name: value for one in seen for name, value in one.fields.items()}
        count = len(node.records) - sum(one.records for one in overlays.values()) + sum(one.records for one in seen)
        said |= {"records": node.records[:count], "former_ids": node.former_ids[: count - 1], "overlays": None}
        return msgspec.convert(msgspec.to_builtins(node) | said, type(node))


PUBLIC = Viewer()
OWNER = Viewer(clearance=Visibility.CONFIDENTIAL)
"""Whoever runs the platform, and works on the store itself."""
