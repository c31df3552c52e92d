"""Who looks, and what may be seen: the one rule, in a form for a node and in a form for arrays of levels.

In: a node, an edge with its ends, or the levels of many nodes (``level_of``). Out: whether the viewer may see each. Next: every read of
``desk`` takes a Viewer; ``matcher.columns.tables`` keeps levels, by which ``matcher.rank.recall`` and ``matcher.rank.topic`` ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from graph.model import INTERNAL, Edge, Node, Visibility

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LEVELS = {visibility: level for level, visibility in enumerate(Visibility)}
_NOBODY = len(_LEVELS)
"""The level of what no viewer sees: the workings of resolution."""


def level_of(node: Node) -> int:
    """How far up a viewer must stand to see ``node``, from 0. A node without a visibility of its own is public."""
    if node.kind_of_node in INTERNAL:
        return _NOBODY
    return _LEVELS[getattr(node, "visibility", Visibility.PUBLIC)]


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, and so what may be seen at all: nodes up to ``clearance``, and edges between two of them."""

    clearance: Visibility = Visibility.PUBLIC

    @property
    def is_owner(self) -> bool:
        """Whether nothing of the store is hidden, so that an answer may also name what a name could be, or how rows were joined."""
        return self.clearance is Visibility.CONFIDENTIAL

    def sees(self, node: Node) -> bool:
        """Whether ``node`` may be seen."""
        return level_of(node) <= _LEVELS[self.clearance]

    def sees_edge(self, edge: Edge, nodes: Mapping[str, object]) -> bool:
        """Whether ``edge`` may be seen: both of its ends, looked up in ``nodes`` by id, are there and may be."""
        ends = (nodes.get(edge.source), nodes.get(edge.target))
        return all(isinstance(end, Node) and self.sees(end) for end in ends)

    def sees_levels(self, levels: npt.NDArray[np.int8] | np.int8) -> npt.NDArray[np.bool_]:
        """The same of many nodes (or one) by their levels: which of them may be seen."""
        seen: Any = levels <= _LEVELS[self.clearance]
        return cast("npt.NDArray[np.bool_]", seen)


PUBLIC = Viewer()
OWNER = Viewer(clearance=Visibility.CONFIDENTIAL)
"""Whoever runs the platform, and works on the store itself."""
