"""Trust by topic: the asker's own experience with a candidate, as far as it is about what is asked.

In: the asker's cooperations, and how close the texts they used or answered are to the question. Out: the topic term of a candidate with its
ledger, or its points for everybody at once. Next: ``matcher.rank.beliefs`` adds it.

    r = sum over the cooperations w * max(v, 0) * min(1, best closeness of its texts)      (s alike)
    term = W_topic * (r - s) / (r + s + half)

A text counts only where the question may see it: dated up to its day, and not above the viewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph.dates import ordinal
from graph.model import EdgeKind
from matcher.columns import tables
from matcher.columns.evidence import Floats, Rows
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Term
from matcher.trust.fusion import OWN, TrustOn, Way, grains
from matcher.trust.ledger import Group, Ledger
from matcher.trust.terms import TrustTerm
from matcher.trust.weighing import in_grains

Closeness = Callable[[Rows], Floats]
"""How close text rows are to the question, each in [0, 2]."""
_ABOUT = (EdgeKind.USES, EdgeKind.ADDRESSES)


@dataclass(frozen=True)
class Topic:
    """Whether past work is near a question."""

    question: Question
    snapshot: Snapshot
    trusted: TrustOn
    closeness: Closeness
    asker: int
    kind: TrustTerm

    @cached_property
    def ledger(self) -> Ledger:
        """What cooperations rest on."""
        return Ledger(self.trusted)

    def everyone(self) -> Rows:
        """The points of ``term`` of every node at once: shape (nodes,)."""
        part = self.trusted.pairs.of(self.asker)
        span = part.pairs.items(part.pairs.of_source(self.asker))
        near = {joint: self._nearest(texts) for joint, texts in self._texts.items()}
        factor = np.array([near.get(-1 - fact, 0.0) for fact in part.items.fact[span].tolist()])
        at = span.start + np.flatnonzero(factor)
        sums = np.zeros((2, self.trusted.pairs.nodes))
        for side, said in zip(sums, part.good_and_bad(at), strict=True):
            np.add.at(side, part.items.target[at], in_grains(said, factor[at - span.start]))
        return self.kind.all_points(*sums)

    def term(self, candidate: int) -> Term:
        """The topic term of a candidate (a node row) with its ledger; without common work it is zero and cites nothing."""
        work = self._work(candidate)
        whole = [(group.r, group.s, self._nearest(texts)) for group, texts in work]
        facts: dict[str, list[int]] = {}
        for at, (group, texts) in enumerate(work):
            ids = [self.snapshot.edge_id(edge) for edge in texts] + [self._id(edge) for edge in texts]
            for fact in dict.fromkeys([*group.facts, *ids]):
                facts.setdefault(fact, []).append(at)
        without = {}
        for fact in sorted(facts):
            rest = list(whole)
            for at in facts[fact]:
                group, texts = work[at]
                if fact in group.facts:
                    rest[at] = (*self.ledger.without(self._way(candidate), group, fact), whole[at][2])
                else:
                    kept = {edge: text for edge, text in texts.items() if fact not in (self.snapshot.edge_id(edge), self._id(edge))}
                    rest[at] = (group.r, group.s, self._nearest(kept))
            without[fact] = self._points(rest)
        return Term(name=self.kind.name, points=self._points(whole), facts=tuple(without), without=without)

    def _points(self, parts: list[tuple[float, float, float]]) -> int:
        r, s = (sum((grains(part[side] * part[2]) for part in parts), 0.0) for side in (0, 1))
        return self.kind.points(r, s)

    def _way(self, candidate: int) -> Way:
        return Way(OWN, self.asker, candidate, 1.0)

    def _work(self, candidate: int) -> list[tuple[Group, dict[int, int]]]:
        """The cooperations with a candidate, each with the edges to its texts and the text rows."""
        if self.asker == candidate:
            return []
        groups = [group for group in self.ledger.groups(self._way(candidate)) if group.joint >= 0]
        return [(group, self._texts[group.joint]) for group in groups if group.joint in self._texts]

    @cached_property
    def _texts(self) -> dict[int, dict[int, int]]:
        """By cooperation of the asker (a node row), the edges to the texts that it used or answered, each with its text row."""
        part = self.trusted.pairs.of(self.asker)
        facts = part.items.fact[part.pairs.items(part.pairs.of_source(self.asker))]
        found = {joint: self._texts_of(joint) for joint in np.unique(-1 - facts[facts < 0]).tolist()}
        return {joint: texts for joint, texts in found.items() if texts}

    def _texts_of(self, joint: int) -> dict[int, int]:
        table, nodes = self.snapshot.edges, self.snapshot.nodes
        day, viewer = ordinal(self.question.as_of), self.question.viewer
        codes = [tables.EDGE_CODE[kind] for kind in _ABOUT]
        texts = {}
        for edge in self.snapshot.edges_of(joint).tolist():
            node = int(self.snapshot.joins.edge_target[edge])
            if table["kind"][edge] in codes and table["date"][edge] <= day and node >= 0:
                text = int(self.snapshot.texts.of_node[node])
                if text >= 0 and nodes["date"][node] <= day and self.snapshot.sees(viewer, np.array([node]))[0]:
                    texts[edge] = text
        return texts

    def _nearest(self, texts: dict[int, int]) -> float:
        return min(1.0, max((self._close[text] for text in texts.values()), default=0.0))

    @cached_property
    def _close(self) -> dict[int, float]:
        """How close each of these texts is."""
        texts = sorted({text for found in self._texts.values() for text in found.values()})
        return dict(zip(texts, self.closeness(np.array(texts, np.int64)).tolist(), strict=True))

    def _id(self, edge: int) -> str:
        return self.snapshot.id_of(int(self.snapshot.joins.edge_target[edge]))
