"""The asker's own house: what is no partner unless it is asked for.

In: a question and a snapshot. Out: a ``House``: the asker and whoever is behind what is asked about, their parts and the parts of these,
the bodies that they are part of, and everybody who works there. Next: ``matcher.rank.recall`` leaves it out, ``matcher.rank.display``
marks it where it was asked for.

A sister (another part of the same larger body) is not of the house: the institutes of an academy are run apart and do hire each other. It
is marked as one. Who works in the house and elsewhere too is of the house. An expert who asks is of the houses that employ him or her.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graph.language import N_, _
from graph.model import EdgeKind, Institution, NodeKind
from matcher.columns import tables
from matcher.columns.tables import Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Want

_KIND_OF = {code: kind for kind, code in tables.NODE_CODE.items()}
OWN = N_("of your own house")


@dataclass(frozen=True)
class House:
    """The house of a question, empty where nobody asks. ``selves``: whoever asks, or is behind what is asked about (``_behind``):
    nobody is one's own partner."""

    question: Question
    snapshot: Snapshot
    today: int

    def __bool__(self) -> bool:
        return bool(self.selves)

    @cached_property
    def selves(self) -> tuple[int, ...]:
        asker = [self.snapshot.row(self.question.asker)] if self.question.asker else []
        about = self.snapshot.row(self.question.about) if self.question.about else -1
        return tuple(sorted({*asker, *(self._behind(about) if about >= 0 else ())}))

    def _behind(self, about: int) -> set[int]:
        """Whoever is, posted, owns or offers what is asked about. Owners and offerers are left out only where partners are wanted."""
        kind = _KIND_OF[self.snapshot.nodes["kind"][about]]
        if kind in (NodeKind.INSTITUTION, NodeKind.EXPERT):
            return {about}
        edges = {NodeKind.DEMAND: EdgeKind.POSTED}
        if self.question.want is Want.PARTNERS:
            edges |= {NodeKind.ACHIEVEMENT: EdgeKind.OWNS, NodeKind.RESOURCE: EdgeKind.OFFERS}
        return self._ends([about], edges[kind], incoming=True) if kind in edges else set()

    @cached_property
    def bodies(self) -> frozenset[int]:
        """The institutions of the house, by row."""
        return frozenset(self._reached(self._roots, incoming=True) | self.above)

    @cached_property
    def above(self) -> set[int]:
        """The institutions that ask, and all that they are part of."""
        return self._reached(self._roots, incoming=False)

    @cached_property
    def members(self) -> npt.NDArray[np.bool_]:
        """By node row, whether an institution or expert is of the house."""
        out = np.zeros(len(self.snapshot.nodes), bool)
        out[[*self.selves, *self.bodies, *self._ends(self.bodies, EdgeKind.AFFILIATED_WITH, incoming=True)]] = True
        return out

    def kinship(self, row: int) -> str:
        """What ties an institution or expert to whoever asks, in words; "" for a stranger."""
        if not self:
            return ""
        if self.members[row]:
            return _(OWN)
        is_institution = self.snapshot.nodes["kind"][row] == tables.NODE_CODE[NodeKind.INSTITUTION]
        shared = self._reached([row], incoming=False) & self.above if is_institution else set()
        nodes = self.snapshot.display.get([self.snapshot.id_of(one) for one in sorted(shared)]).values()
        larger = next((self.question.viewer.view(node).name for node in nodes if isinstance(node, Institution)), "")
        return _("a sister of yours: {larger} is above both", larger=larger) if larger else ""

    @cached_property
    def _roots(self) -> set[int]:
        persons = [one for one in self.selves if self.snapshot.nodes["kind"][one] == tables.NODE_CODE[NodeKind.EXPERT]]
        return set(self.selves) - set(persons) | self._ends(persons, EdgeKind.AFFILIATED_WITH)

    def _reached(self, start: Iterable[int], *, incoming: bool) -> set[int]:
        """Some institutions and all that PART_OF leads to, up or (``incoming``) down; a circle is gone round once."""
        found = set(start)
        todo = list(found)
        while todo:
            fresh = self._ends(todo, EdgeKind.PART_OF, incoming=incoming) - found
            found |= fresh
            todo = list(fresh)
        return found

    def _ends(self, rows: Iterable[int], kind: EdgeKind, *, incoming: bool = False) -> set[int]:
        """The nodes at the other end of the edges of a kind that the question may see."""
        joins = self.snapshot.joins
        tied = [joins.ties_of(row, kind, incoming=incoming) for row in rows]
        edges: Rows = np.concatenate(tied) if tied else np.empty(0, np.int64)
        ends = (joins.edge_source if incoming else joins.edge_target)[edges]
        seen = (ends >= 0) & (joins.edges["date"][edges] <= self.today)
        seen &= self.snapshot.sees_edges(self.question.viewer, edges)
        return set(ends[seen].tolist())
