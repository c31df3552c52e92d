"""Trust by topic: the asker's own experience with a candidate, as far as it is about what is asked.

In: the asker's cooperations with a candidate, and how well the texts they used or answered fit the question. Out: the topic term.
Next: ``matcher.rank.pipeline`` adds it.

    r = sum over the cooperations w * max(v, 0) * min(1, best fit of its texts)^2      (s alike)
    term = W_topic * (r - s) / (r + s + W)

A text counts only where the question may see it: dated up to its day, and not above the viewer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from graph.dates import ordinal
from graph.model import EdgeKind
from matcher.columns import tables
from matcher.index.snapshot import Snapshot
from matcher.question import Question, Term
from matcher.trust.fusion import OWN, TrustOn, Way, grains, points
from matcher.trust.ledger import Group, Ledger

Fit = Callable[[int], float]
"""The fit of a text row to the question, in [0, 2]."""
_ABOUT = (EdgeKind.USES, EdgeKind.ADDRESSES)


@dataclass(frozen=True)
class Topic:
    """Whether past work is near a question."""

    question: Question
    snapshot: Snapshot
    trusted: TrustOn
    fit: Fit
    asker: int
    weight: float

    @cached_property
    def ledger(self) -> Ledger:
        """What cooperations rest on."""
        return Ledger(self.trusted)

    def points(self, candidate: int) -> int:
        """The points of ``term``, without its ledger."""
        return self._points([(group.r, group.s, self._near(texts)) for group, texts in self._work(candidate)])

    def term(self, candidate: int) -> Term:
        """The topic term of a candidate (a node row) with its ledger; without common work it is zero and cites nothing."""
        work = self._work(candidate)
        whole = [(group.r, group.s, self._near(texts)) for group, texts in work]
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
                    rest[at] = (group.r, group.s, self._near(kept))
            without[fact] = self._points(rest)
        return Term(name="topic", points=self._points(whole), facts=tuple(without), without=without)

    def _points(self, parts: list[tuple[float, float, float]]) -> int:
        r, s = (sum(grains(part[side] * part[2]) for part in parts) for side in (0, 1))
        return points(r, s, self.weight, self.trusted.settings)

    def _way(self, candidate: int) -> Way:
        return Way(OWN, self.asker, candidate, 1.0)

    def _work(self, candidate: int) -> list[tuple[Group, dict[int, int]]]:
        """The cooperations with a candidate, each with the edges to its texts and the text rows."""
        if self.asker == candidate:
            return []
        groups = [group for group in self.ledger.groups(self._way(candidate)) if group.joint >= 0]
        found = [(group, self._texts(group.joint)) for group in groups]
        return [(group, texts) for group, texts in found if texts]

    def _texts(self, joint: int) -> dict[int, int]:
        table, nodes = self.snapshot.edges, self.snapshot.nodes
        day, viewer = ordinal(self.question.as_of), self.question.viewer
        codes = [tables.EDGE_CODE[kind] for kind in _ABOUT]
        texts = {}
        for edge in self.snapshot.edges_of(joint).tolist():
            node = int(self.snapshot.joins.edge_target[edge])
            if table["kind"][edge] in codes and table["date"][edge] <= day and node >= 0:
                text = int(self.snapshot.texts.of_node[node])
                if text >= 0 and nodes["date"][node] <= day and viewer.sees_levels(nodes["visibility"][node]):
                    texts[edge] = text
        return texts

    def _near(self, texts: dict[int, int]) -> float:
        return min(1.0, max((self.fit(text) for text in texts.values()), default=0.0)) ** 2

    def _id(self, edge: int) -> str:
        return self.snapshot.id_of(int(self.snapshot.joins.edge_target[edge]))
