"""The trust of a day: what an asker may believe of a partner, by its own experience, that of its larger body, and what it hears from
others.

In: a network, an asker, a target and a day. Out: the sums r and s for and against the target, the ``Way``s behind them, and the points of a
trust term. Next: ``matcher.index.snapshot`` keeps it ready; ``matcher.trust.ledger`` makes opinions of it, ``matcher.rank.pipeline`` and
``matcher.rank.topic`` count its points, ``desk.trust`` lists whom an asker believes.

    r = r_own + sum over relatives part_of^steps * r_kj + heard * sum over others voice_i * min(r_ij, cap)      (s alike)

Whoever tells of a target tells of it by one ``Way``. An expert's opinion joins its own ways with those to its institution, discounted.
Voices and the leniency of witnesses are constants of a day and a revision (``Hearing``): asked again with them held, an answer
without a fact is what the ledger says it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.model import EdgeKind, NodeKind
from matcher.columns import tables
from matcher.columns.evidence import RATING, Floats, Rows
from matcher.columns.joins import Once
from matcher.columns.network import Network
from matcher.trust.pagerank import FLOOR, personalised_pagerank, strongest_path
from matcher.trust.settings import SETTINGS, TrustSettings
from matcher.trust.weighing import DAYS, GRAIN, Day, Weighed, Weighing, freed, in_grains

BLOCK = 1 << 17
"""How many pairs are summed at a time: what is between stays small enough for memory that is at hand."""
HEARINGS = 32
"""How many askers of a day are kept ready."""
OWN, PART_OF, HEARD = "own", "part_of", "heard"
DIRECT = (OWN, PART_OF)
"""The ways of experience: one's own and that of one's larger body."""
WAYS = (*DIRECT, HEARD)
Sums = tuple[Floats, Floats]
"""r and s, each of shape (nodes,)."""


@dataclass(frozen=True)
class Hearing:
    """What an asker hears with: the voice and the leniency of every node row, as of a day and a revision. ``from_anchors``: the
    asker trusts nobody yet, and hears the platform's verified anchors and whom they trust. ``breadth``: r of all that the asker itself has
    been through with anybody."""

    pagerank: Floats
    leniency: Floats
    from_anchors: bool
    breadth: float

    def moved(self, old: Network, new: Network) -> Hearing:
        """The same constants for the rows of another network."""
        rows = old.node_rows(one.decode("ascii") for one in new.joins.node_ids.tolist())
        voice, leniency = (np.where(rows >= 0, each[rows], 0.0) for each in (self.pagerank, self.leniency))
        return Hearing(voice, leniency, self.from_anchors, self.breadth)


@dataclass(frozen=True)
class Way:
    """One way to know of ``about`` (the target, or the institution of an expert): what ``giver`` has been through with it counts
    ``factor``, up to ``cap`` for and against. ``path``: the edges that tie giver or target to it."""

    kind: str
    giver: int
    about: int
    factor: float
    cap: float = np.inf
    path: tuple[int, ...] = ()
    leniency: float = 0.0
    """Of a witness, as the Hearing has it."""

    def counts(self, r: float, s: float) -> tuple[float, float]:
        """What the giver's sums come to, in whole grains."""
        return grains(self.factor * min(r, self.cap)), grains(self.factor * min(s, self.cap))


def grains(value: float) -> float:
    """The nearest whole number of grains: sums of such numbers are exact."""
    return round(value / GRAIN) * GRAIN


class Trust:
    """The trust of a network under some settings; what was computed for a day and an asker is kept."""

    def __init__(self, network: Network, settings: TrustSettings = SETTINGS, before: Weighing | None = None) -> None:
        """``before``: what was weighed of an earlier network."""
        self.network, self.settings = network, settings
        self._days: OrderedDict[int, TrustOn] = OrderedDict()
        self._before = before
        self._weighed: Once[Weighing] = Once()

    def followed(self, network: Network) -> Trust:
        """The trust of the network after this one, which has the same nodes: what did not change since is weighed already."""
        return Trust(network, self.settings, self._weighed.made or self._before)

    def on(self, as_of: str, hearings: Mapping[str, Hearing] | None = None) -> TrustOn:
        """The trust of a day. ``hearings`` (by the asker's id) are held in place of this revision's."""
        day = ordinal(as_of)
        if hearings is not None:
            return TrustOn(self, day, {self.network.row(one): hearing for one, hearing in hearings.items()})
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = TrustOn(self, day, {})
            while len(self._days) > DAYS:
                self._days.popitem(last=False)
        return found

    def weighed(self, day: int) -> Day:
        """What all evidence weighs on a day (an ordinal)."""
        return Day(self._settled.on(day), self._late.on(day), self.network.evidence.moved)

    @property
    def _settled(self) -> Weighing:
        return self._weighed.get(self._weighing)

    def _weighing(self) -> Weighing:
        part = self.network.evidence.settled
        return self._before if self._before and self._before.part is part else Weighing(part, self.settings)

    @cached_property
    def _late(self) -> Weighing:
        return Weighing(self.network.evidence.late, self.settings)


class TrustOn:
    """The trust of one day: opinions are asked of it."""

    def __init__(self, trust: Trust, day: int, fixed: dict[int, Hearing]) -> None:
        self._trust, self.day, self._fixed = trust, day, fixed
        self.network, self.settings = trust.network, trust.settings
        self._hearings: OrderedDict[int, Hearing] = OrderedDict()
        self._everyone: OrderedDict[int, tuple[Sums, Sums]] = OrderedDict()

    @cached_property
    def pairs(self) -> Day:
        """Every item and pair that holds on this day."""
        return self._trust.weighed(self.day)

    def make_ready(self) -> None:
        """Compute now what is the same for every asker of this day."""
        for part, _ in self.pairs.parts:
            part.witnessed, part.pairs.by_target  # noqa: B018
        self.steps  # noqa: B018

    @property
    def steps(self) -> Any:
        """The walk over positive trust (see ``matcher.trust.pagerank``)."""
        return self.pairs.steps

    def anchors(self) -> Rows:
        """The node rows of the platform's verified anchors."""
        rows = self.network.node_rows(self.network.anchors)
        return rows[rows >= 0]

    def hearing(self, asker: int) -> Hearing:
        """The voices that an asker (a node row) hears; all silent where it trusts nobody and there is no anchor."""
        if asker in self._fixed:
            return self._fixed[asker]
        found = self._hearings.get(asker)
        if found is None:
            start, from_anchors = self.start(asker)
            restart = np.zeros(self.pairs.nodes)
            restart[start] = 1.0
            voice = personalised_pagerank(self.steps, restart, self.settings.damping)
            voice[voice < FLOOR] = 0.0
            found = self._hearings[asker] = Hearing(voice, self.pairs.leniency, from_anchors, self.breadth(asker))
            while len(self._hearings) > HEARINGS:
                self._hearings.popitem(last=False)
        return found

    def start(self, asker: int) -> tuple[Rows, bool]:
        """Where the walk begins (node rows), and whether these are the anchors: an asker that trusts somebody is its own start."""
        if asker >= 0 and self.steps.data[self.steps.indptr[asker] : self.steps.indptr[asker + 1]].sum() > 0:
            return np.array([asker]), False
        return self.anchors(), True

    def breadth(self, asker: int) -> float:
        """r of all that an asker has been through with anybody, exact in grains."""
        part = self.pairs.of(asker)
        return float(part.r[part.pairs.of_source(asker)].sum()) if asker >= 0 else 0.0

    # -- the ways

    def ways(self, asker: int, target: int, skip: str | None = None) -> list[Way]:
        """Everyone who can tell the asker of the target, and how much it counts; ``skip``: an edge that is taken as not there."""
        if asker < 0 or target < 0 or asker == target:
            return []
        abouts: list[tuple[int, float, tuple[int, ...]]] = [(target, 1.0, ())]
        if self.network.nodes["kind"][target] == tables.NODE_CODE[NodeKind.EXPERT]:
            places = self._ends(target, EdgeKind.AFFILIATED_WITH, skip)
            abouts += [(place, self.settings.institution_discount, (edge,)) for place, edge in places.items() if place != asker]
        relatives = self._relatives(asker, skip) if self.settings.part_of else {}
        found = []
        for about, discount, path in abouts:
            if self.settings.direct:
                found.append(Way(OWN, asker, about, discount, path=path))
            for relative, (steps, edges) in relatives.items():
                if relative not in (target, about):
                    factor = discount * self.settings.part_of**steps
                    found.append(Way(PART_OF, relative, about, factor, path=(*path, *edges)))
            if self.settings.heard:
                found += self._witnesses(asker, target, about, discount, path)
        return found

    def _witnesses(self, asker: int, target: int, about: int, discount: float, path: tuple[int, ...]) -> Iterator[Way]:
        hearing = self.hearing(asker)
        for giver in self.pairs.about(about):
            voice = float(hearing.pagerank[giver])
            if voice > 0 and giver not in (asker, target):
                factor = discount * self.settings.heard * voice
                yield Way(HEARD, giver, about, factor, self.settings.cap, path, float(hearing.leniency[giver]))

    def _relatives(self, asker: int, skip: str | None) -> dict[int, tuple[int, tuple[int, ...]]]:
        """Institutions within two steps of PART_OF: parent and institutes, then sisters and what lies beyond; with the edges
        there. Of several ways the shortest counts, then the one of the smaller ids."""
        found: dict[int, tuple[int, tuple[int, ...]]] = {asker: (0, ())}
        frontier = [asker]
        for step in (1, 2):
            reached: dict[int, tuple[int, ...]] = {}
            for one in frontier:
                for incoming in (False, True):
                    for other, edge in self._ends(one, EdgeKind.PART_OF, skip, incoming=incoming).items():
                        path = (*found[one][1], edge)
                        if other not in found and (other not in reached or path < reached[other]):
                            reached[other] = path
            found.update((one, (step, path)) for one, path in reached.items())
            frontier = sorted(reached)
        del found[asker]
        return found

    def _ends(self, node: int, kind: EdgeKind, skip: str | None, *, incoming: bool = False) -> dict[int, int]:
        """The nodes at the other ends of a node's visible edges of a kind, each with the edge of the smallest id."""
        edges = self.network.joins.ties_of(node, kind, incoming=incoming)
        ends = self.network.joins.edge_source if incoming else self.network.joins.edge_target
        out: dict[int, int] = {}
        for edge in edges[self.network.edges["date"][edges] <= self.day].tolist():
            other = int(ends[edge])
            if other >= 0 and other != node and other not in out and (skip is None or self.network.edge_id(edge) != skip):
                out[other] = edge
        return out

    # -- sums

    def sums(self, asker: int, target: int, skip: str | None = None, ways: Sequence[str] = WAYS) -> tuple[float, float]:
        """r and s of what the asker may believe of the target by some ``ways``, exact in grains."""
        told = [way.counts(*self._said(way)) for way in self.ways(asker, target, skip) if way.kind in ways]
        return sum((r for r, _ in told), 0.0), sum((s for _, s in told), 0.0)

    def _said(self, way: Way) -> tuple[float, float]:
        """What a giver's items say for and against, before they are discounted."""
        part = self.pairs.of(way.giver)
        span = part.pairs.pair(way.giver, way.about)
        if span.start == span.stop:
            return 0.0, 0.0
        items = part.items[span]
        value = part.value[span]
        if way.kind == HEARD:
            value = np.where(items.kind == RATING, freed(items.value, way.leniency), value)
        r, s = part.good_and_bad(span, value)
        return float(r.sum()), float(s.sum())

    def everyone(self, asker: int, ways: Sequence[str] = WAYS) -> Sums:
        """``sums`` about every node at once, by all ways, those of experience (DIRECT) or what is heard: r and s, shape (nodes,). Kept for
        the last few askers."""
        if asker not in self._everyone:
            self._everyone[asker] = self._all(asker)
            while len(self._everyone) > HEARINGS:
                self._everyone.popitem(last=False)
        direct, heard = self._everyone[asker]
        if HEARD not in ways:
            return direct
        return (direct[0] + heard[0], direct[1] + heard[1]) if OWN in ways else heard

    def _all(self, asker: int) -> tuple[Sums, Sums]:
        """What is known by experience, and what is heard."""
        factors: dict[int, float] = {}
        if self.settings.part_of:
            factors = {one: self.settings.part_of**steps for one, (steps, _) in self._relatives(asker, None).items()}
        if self.settings.direct:
            factors[asker] = 1.0
        voice = np.zeros(0)
        if self.settings.heard:
            voice = self.settings.heard * self.hearing(asker).pagerank
            voice[asker] = 0.0
        direct, heard = np.zeros((2, 2, self.pairs.nodes))
        for part, counts in self.pairs.parts if len(voice) else ():
            loud = voice * counts
            for side, (giver, about, capped) in zip(heard, part.witnessed, strict=True):
                for start in range(0, len(about), BLOCK):
                    some = slice(start, start + BLOCK)
                    told = in_grains(loud[giver[some]], capped[some])
                    np.add(side, np.bincount(about[some], told, minlength=self.pairs.nodes), out=side)
        for one, factor in factors.items():
            part = self.pairs.of(one)
            span = part.pairs.of_source(one)
            for side, said in zip(direct, (part.r, part.s), strict=True):
                np.add.at(side, part.pairs.target[span], in_grains(factor, said[span]))
        self._add_employees(direct, heard, asker, factors, voice)
        direct[:, asker] = heard[:, asker] = 0.0
        return (direct[0], direct[1]), (heard[0], heard[1])

    def _add_employees(self, direct: Floats, heard: Floats, asker: int, factors: dict[int, float], voice: Floats) -> None:
        """Add what is told of institutions for those who work there, discounted."""
        counted = np.zeros(self.pairs.nodes)
        counted[list(factors)] = list(factors.values())
        discount = self.settings.institution_discount
        person, place = self._employees(asker)
        for part, counts in self.pairs.parts if len(person) else ():
            persons, givers, at = _of_employees(person, place, part, counts)
            for known, loud, said in zip(direct, heard, (part.r[at], part.s[at]), strict=True):
                np.add.at(known, persons, in_grains(discount * counted[givers], said))
                if len(voice):
                    np.add.at(loud, persons, in_grains(discount * voice[givers], np.minimum(said, self.settings.cap)))

    def _employees(self, asker: int) -> tuple[Rows, Rows]:
        """Who works where on this day, the asker's own people apart: persons and places, each tie once."""
        ties = self.network.joins.affiliations
        holds = (ties.date <= self.day) & (ties.source >= 0) & (ties.target >= 0) & (ties.target != asker)
        person, place = np.unique(np.stack([ties.source[holds], ties.target[holds]], axis=1), axis=0).T
        return person, place

    def dealt_with(self, asker: int) -> npt.NDArray[np.bool_]:
        """By node row, with whom the asker itself has any history on this day: shape (nodes,). An expert's institution speaks for it."""
        out = np.zeros(self.pairs.nodes, bool)
        if asker >= 0:
            part = self.pairs.of(asker)
            out[part.pairs.target[part.pairs.of_source(asker)]] = True
            person, place = self._employees(asker)
            out[person[out[place]]] = True
            out[asker] = False
        return out

    def path(self, asker: int, giver: int) -> list[int]:
        """The node rows through which the asker heard of ``giver``'s word; from an anchor for a newcomer. Empty if it did not."""
        return strongest_path(self.steps, self.start(asker)[0], giver)


def _of_employees(person: Rows, place: Rows, part: Weighed, counts: npt.NDArray[np.bool_]) -> tuple[Rows, Rows, Rows]:
    """Each pair about an institution, of givers that count, once for each person who works there: persons, givers, places of the pairs."""
    order, start = part.pairs.by_target
    begin, count = start[place], start[place + 1] - start[place]
    at = order[np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())]
    persons, givers = np.repeat(person, count), part.pairs.source[at]
    kept = (persons != givers) & counts[givers]  # nobody is a witness of itself
    return persons[kept], givers[kept], at[kept]
