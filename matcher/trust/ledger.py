"""The ledger of trust: which facts an opinion rests on, and what it would be without each.

In: the trust of a day, an asker and a target. Out: an opinion with its items, and the terms of trust with what each would be without
each fact that it cites. Next: ``matcher.rank.beliefs`` and ``matcher.rank.topic`` add terms, ``desk.trust`` shows the opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from graph.model import EdgeKind
from matcher.columns import tables
from matcher.columns.evidence import EVER, KINDS, RATING
from matcher.question import Opinion, Term, TrustItem
from matcher.trust.decay import expiry
from matcher.trust.fusion import HEARD, OWN, TrustOn, Way
from matcher.trust.opinion import opinion_of
from matcher.trust.terms import TrustTerm
from matcher.trust.weighing import freed, good_and_bad, weights

DIGITS = 9
"""Of the weight of an item that is shown: the last digits of a voice depend on how many nodes there are, hidden ones too."""


@dataclass(frozen=True)
class Group:
    """Items that rest on the same facts: a cooperation with its parties, an edge, or all the ratings of a rater. An item that has expired
    is none of them."""

    facts: tuple[str, ...]
    items: tuple[TrustItem, ...]
    r: float
    s: float
    joint: int = -1
    """The node row of the cooperation, the first of the facts."""


class Ledger:
    """The ledger of a day's trust."""

    def __init__(self, trusted: TrustOn) -> None:
        self._trusted, self._day = trusted, trusted.pairs
        self.network, self.settings = trusted.network, trusted.settings
        self._last: tuple[tuple[int, int], list[tuple[Way, list[Group]]]] | None = None

    def groups(self, way: Way) -> list[Group]:
        """What a giver's items rest on. What has expired rests on nothing, but ratings do: with another leniency one may speak for it."""
        part = self._day.of(way.giver)
        span, items = part.pairs.pair(way.giver, way.about), part.items
        found, rated = [], []
        for at in range(span.start, span.stop):
            fact = int(items.fact[at])
            if fact < 0:
                found.append(self._joint(way, at, -1 - fact, ()))
            elif items.kind[at] != RATING:
                found.append(self._group(way, [(at, float(part.value[at]))], (self.network.edge_id(fact),)))
            elif way.kind == HEARD:
                value = float(freed(items.value[at], way.leniency))
                found.append(self._group(way, [(at, value)], (self.network.edge_id(fact),)))
            else:
                rated.append(at)
        found = [group for group in found if group.items]
        if rated:
            found.append(self._ratings(way, None))
        return found

    def without(self, way: Way, group: Group, fact: str) -> tuple[float, float]:
        """r and s of a group without one of its facts."""
        if len(group.facts) == 1 or (fact == group.facts[0] and group.joint >= 0):
            return 0.0, 0.0
        if group.joint < 0:
            rest = self._ratings(way, fact)
        else:
            part = self._day.of(way.giver)
            span = part.pairs.pair(way.giver, way.about)
            at = span.start + int(np.flatnonzero(part.items.fact[span] == -1 - group.joint)[0])
            rest = self._joint(way, at, group.joint, (fact,))
        return rest.r, rest.s

    def _joint(self, way: Way, at: int, joint: int, gone: tuple[str, ...]) -> Group:
        """The item of a cooperation, with the edges of those who had joined; without the edges ``gone``."""
        part = self._day.of(way.giver)
        kind, date = part.items.kind[at], part.items.date[at]
        edges = self.network.joins.ties_of(joint, EdgeKind.PARTY_TO, incoming=True)
        edges = edges[(self.network.edges["date"][edges] <= self._trusted.day) & (self.network.joins.edge_source[edges] >= 0)]
        kept = [edge for edge in edges.tolist() if self.network.edge_id(edge) not in gone]
        parties = {int(self.network.joins.edge_source[edge]) for edge in kept}
        facts = (self.network.id_of(joint), *(self.network.edge_id(edge) for edge in kept))
        if not {way.giver, way.about} <= parties:
            return Group(facts, (), 0.0, 0.0, joint)
        weight = weights(np.array([kind]), np.array([date]), np.array([len(parties)]), self._trusted.day, self.settings)
        said = [(KINDS[kind], float(part.value[at]), float(weight[0]), int(date))]
        return replace(self._made(way, facts, said), joint=joint)

    def _ratings(self, way: Way, gone: str | None) -> Group:
        """All visible ratings of the giver: they tell its leniency; those of ``about`` are the items."""
        part = self._day.of(way.giver)
        rows, span = part.items, part.pairs.items(part.pairs.of_source(way.giver))
        at = np.flatnonzero(rows.kind[span] == RATING) + span.start
        ids = [self.network.edge_id(int(fact)) for fact in rows.fact[at]]
        kept = [place for place, one in zip(at.tolist(), ids, strict=True) if one != gone]
        source = rows.source[kept]
        # summed as matcher.trust.weighing sums them, so that the leniency is the same to the last bit
        total = np.bincount(np.zeros(len(source), np.int64), rows.value[kept], minlength=1)[0]
        leniency = total / (len(kept) + self.settings.leniency_prior)
        of_it = [place for place in kept if rows.target[place] == way.about]
        return self._group(way, [(place, float(freed(rows.value[place], leniency))) for place in of_it], tuple(sorted(ids)))

    def _group(self, way: Way, places: list[tuple[int, float]], facts: tuple[str, ...]) -> Group:
        part = self._day.of(way.giver)
        said = [(KINDS[part.items.kind[at]], value, float(part.weight[at]), int(part.items.date[at])) for at, value in places]
        return self._made(way, facts, said)

    def _made(self, way: Way, facts: tuple[str, ...], said: list[tuple[str, float, float, int]]) -> Group:
        until = expiry([date for _, _, _, date in said], self.settings).tolist()
        told = [(*one, end if one[1] < 0 else EVER) for one, end in zip(said, until, strict=True)]
        told = [one for one in told if one[-1] > self._trusted.day]
        r, s = good_and_bad([weight for _, _, weight, _, _ in told], [value for _, value, _, _, _ in told])
        path = tuple(self.network.edge_id(edge) for edge in way.path)
        giver = "" if way.kind == OWN else self.network.id_of(way.giver)
        items = tuple(
            TrustItem(
                kind=kind, value=value, weight=round(way.factor * weight, DIGITS), date=tables.iso(date), facts=(*facts, *path),
                way=way.kind, giver=giver, until=tables.iso(end) if end < EVER else None,
            )
            for kind, value, weight, date, end in told
        )  # fmt: skip
        return Group(facts, items, float(r.sum()), float(s.sum()))

    def opinion(self, asker: int, target: int) -> Opinion:
        """What the asker may believe of the target, with every item behind it, the strongest first."""
        r, s = self._trusted.sums(asker, target)
        items = [item for _, groups in self._known(asker, target) for group in groups for item in group.items]
        items.sort(key=lambda item: (-item.weight * abs(item.value), item.way, item.giver, item.facts))
        anchored = self.settings.heard > 0 and any(item.way == HEARD for item in items) and self._trusted.hearing(asker).from_anchors
        return opinion_of(r, s, tuple(items), self.settings, from_anchors=anchored)

    def terms(self, asker: int, target: int, wanted: Sequence[TrustTerm]) -> tuple[Term, ...]:
        """The terms of a candidate, as they count for the asker (``TrustTerm.counted``), each with its ledger. One without evidence is zero
        and cites nothing."""
        known = self._known(asker, target)
        return tuple(self._term(asker, target, term, [one for one in known if one[0].kind in term.ways]) for term in wanted)

    def _known(self, asker: int, target: int) -> list[tuple[Way, list[Group]]]:
        """The ways by which anything is known, with what each rests on; kept for the last pair, whose opinion and terms both ask."""
        if self._last is None or self._last[0] != (asker, target):
            found = [(way, self.groups(way)) for way in self._trusted.ways(asker, target)]
            self._last = (asker, target), [(way, groups) for way, groups in found if groups]
        return self._last[1]

    def _term(self, asker: int, target: int, term: TrustTerm, known: Sequence[tuple[Way, list[Group]]]) -> Term:
        if not term.weight:
            return Term(name=term.name, points=0)
        r, s = self._trusted.sums(asker, target, ways=term.ways)
        rest: dict[str, list[float]] = {}
        paths: set[str] = set()
        for way, groups in known:
            told = sum(group.r for group in groups), sum(group.s for group in groups)
            before = way.counts(*told)
            for group in groups:
                for fact in group.facts:
                    r_rest, s_rest = self.without(way, group, fact)
                    after = way.counts(told[0] - group.r + r_rest, told[1] - group.s + s_rest)
                    left = rest.setdefault(fact, [r, s])
                    left[0] += after[0] - before[0]
                    left[1] += after[1] - before[1]
            paths.update(self.network.edge_id(edge) for edge in way.path)
        for fact in paths:
            rest[fact] = list(self._trusted.sums(asker, target, skip=fact, ways=term.ways))
        without = {fact: term.points(*rest[fact]) for fact in sorted(rest)}
        return Term(name=term.name, points=term.points(r, s), facts=tuple(without), without=without)
