"""What an asker may believe of a partner: its own experience, that of its larger body, and what it hears from others.

In: a snapshot, an asker, a target and a day. Out: an opinion with the items behind it, and the trust term of a score. Next:
``matcher.rank`` adds the term, ``api`` shows the opinion.

    r = r_own + sum over relatives part_of^steps * r_kj + heard * sum over others voice_i * min(r_ij, cap)      (s alike)

Whoever tells of a target tells of it by one ``Way``. An expert's opinion joins its own ways with those to its institution, discounted.
Voices and the leniency of witnesses are constants of a day and a revision (``Hearing``): asked again with them held, an answer
without a fact is what the ledger says it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.dates import ordinal
from graph.model import EdgeKind, NodeKind
from matcher import tables
from matcher.evidence import GRAIN, KINDS, RATING, SETTINGS, Day, Floats, Rows, TrustSettings, freed, good_and_bad, weights
from matcher.opinion import net, opinion_of
from matcher.question import Opinion, Term, TrustItem
from matcher.score import MILLION
from matcher.voices import FLOOR, strongest_path, voices, walks

if TYPE_CHECKING:
    from matcher.snapshot import Snapshot

DAYS, HEARINGS = 4, 64
"""How many days, and how many askers of a day, are kept ready."""
OWN, PART_OF, HEARD = "own", "part_of", "heard"


@dataclass(frozen=True)
class Hearing:
    """What an asker hears with: the voice and the leniency of every node row, as of a day and a revision. ``from_anchors``: the
    asker trusts nobody yet, and hears the platform's verified anchors and whom they trust."""

    voice: Floats
    leniency: Floats
    from_anchors: bool

    def moved(self, old: Snapshot, new: Snapshot) -> Hearing:
        """The same constants for the rows of another snapshot."""
        rows = old.node_rows(one.decode("ascii") for one in new.node_ids.tolist())
        voice, leniency = (np.where(rows >= 0, each[rows], 0.0) for each in (self.voice, self.leniency))
        return Hearing(voice, leniency, self.from_anchors)


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


@dataclass(frozen=True)
class Group:
    """Items that rest on the same facts: a cooperation with its parties, an edge, or all the ratings of a rater."""

    facts: tuple[str, ...]
    items: tuple[TrustItem, ...]
    r: float
    s: float
    joint: int = -1
    """The node row of the cooperation, the first of the facts."""


def _told(factor: Any, said: Floats) -> Floats:
    """``factor * said`` in whole grains."""
    return np.asarray(np.rint(factor * said * (1 / GRAIN)) * GRAIN)


def grains(value: float) -> float:
    """The nearest whole number of grains: sums of such numbers are exact."""
    return round(value / GRAIN) * GRAIN


class Trust:
    """The trust of a snapshot under some settings; what was computed for a day and an asker is kept."""

    def __init__(self, snapshot: Snapshot, settings: TrustSettings = SETTINGS) -> None:
        self.snapshot, self.settings = snapshot, settings
        self._days: OrderedDict[int, TrustOn] = OrderedDict()

    def on(self, as_of: str, hearings: Mapping[str, Hearing] | None = None) -> TrustOn:
        """The trust of a day. ``hearings`` (by the asker's id) are held in place of this revision's."""
        day = ordinal(as_of)
        if hearings is not None:
            return TrustOn(self, day, {self.snapshot.row(one): hearing for one, hearing in hearings.items()})
        if day not in self._days:
            self._days[day] = TrustOn(self, day, {})
            while len(self._days) > DAYS:
                self._days.popitem(last=False)
        return self._days[day]


class TrustOn:
    """The trust of one day: opinions are asked of it."""

    def __init__(self, trust: Trust, day: int, held: dict[int, Hearing]) -> None:
        self.snapshot, self.settings, self.day, self._held = trust.snapshot, trust.settings, day, held
        self._hearings: OrderedDict[int, Hearing] = OrderedDict()
        self._everyone: OrderedDict[int, tuple[Floats, Floats]] = OrderedDict()

    @cached_property
    def pairs(self) -> Day:
        """Every item and pair that holds on this day."""
        return self.snapshot.evidence.on(self.day, self.settings)

    @cached_property
    def steps(self) -> Any:
        """The walk over positive trust (see ``matcher.voices``): institutions carry voices, persons do not."""
        return walks(self.pairs, self.carries)

    @property
    def carries(self) -> npt.NDArray[np.bool_]:
        """Who carries a voice, by node row."""
        return np.asarray(self.snapshot.nodes["kind"] == tables.NODE_CODE[NodeKind.INSTITUTION])

    def anchors(self) -> Rows:
        """The node rows of the platform's verified anchors."""
        rows = self.snapshot.node_rows(self.snapshot.anchors)
        return rows[rows >= 0]

    def hearing(self, asker: int) -> Hearing:
        """The voices that an asker (a node row) hears; all silent where it trusts nobody and there is no anchor."""
        if asker in self._held:
            return self._held[asker]
        found = self._hearings.get(asker)
        if found is None:
            start, from_anchors = self.start(asker)
            restart = np.zeros(self.pairs.nodes)
            restart[start] = 1.0
            voice = voices(self.steps, restart, self.settings.walk) if len(self.pairs.items) else restart * 0.0
            voice[voice < FLOOR] = 0.0
            found = self._hearings[asker] = Hearing(voice, self.pairs.leniency, from_anchors)
            while len(self._hearings) > HEARINGS:
                self._hearings.popitem(last=False)
        return found

    def start(self, asker: int) -> tuple[Rows, bool]:
        """Where the walk begins (node rows), and whether these are the anchors: an asker that trusts somebody is its own start."""
        if asker >= 0 and self.steps.data[self.steps.indptr[asker] : self.steps.indptr[asker + 1]].sum() > 0:
            return np.array([asker]), False
        return self.anchors(), True

    # -- the ways

    def ways(self, asker: int, target: int, skip: str | None = None) -> list[Way]:
        """Everyone who can tell the asker of the target, and how much it counts; ``skip``: an edge that is taken as not there."""
        if asker < 0 or target < 0 or asker == target:
            return []
        abouts: list[tuple[int, float, tuple[int, ...]]] = [(target, 1.0, ())]
        if self.snapshot.nodes["kind"][target] == tables.NODE_CODE[NodeKind.EXPERT]:
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
        pairs = self.pairs.pairs
        for giver in pairs.source[pairs.about(about)].tolist():
            voice = float(hearing.voice[giver])
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
        edges = self.snapshot.ties_of(node, kind, incoming=incoming)
        ends = self.snapshot.edge_source if incoming else self.snapshot.edge_target
        out: dict[int, int] = {}
        for edge in edges[self.snapshot.edges["date"][edges] <= self.day].tolist():
            other = int(ends[edge])
            if other >= 0 and other != node and other not in out and (skip is None or self.snapshot.edge_id(edge) != skip):
                out[other] = edge
        return out

    # -- sums

    def sums(self, asker: int, target: int, skip: str | None = None) -> tuple[float, float]:
        """r and s of what the asker may believe of the target, exact in grains."""
        told = [way.counts(*self._said(way)) for way in self.ways(asker, target, skip)]
        return sum((r for r, _ in told), 0.0), sum((s for _, s in told), 0.0)

    def _said(self, way: Way) -> tuple[float, float]:
        """What a giver's items say for and against, before they are discounted."""
        span = self.pairs.pair(way.giver, way.about)
        if span.start == span.stop:
            return 0.0, 0.0
        items = self.pairs.items[span]
        value = self.pairs.value[span]
        if way.kind == HEARD:
            value = np.where(items.kind == RATING, freed(items.value, way.leniency), value)
        r, s = good_and_bad(self.pairs.weight[span], value)
        return float(r.sum()), float(s.sum())

    def everyone(self, asker: int) -> tuple[Floats, Floats]:
        """``sums`` about every node at once: r and s, shape (nodes,). Kept for the last few askers."""
        if asker not in self._everyone:
            self._everyone[asker] = self._all(asker)
            while len(self._everyone) > HEARINGS:
                self._everyone.popitem(last=False)
        return self._everyone[asker]

    @cached_property
    def _witnessed(self) -> tuple[tuple[Any, Any, Floats], ...]:
        """Who says anything for, and against, whom, and how much, capped: there is little against most."""
        day, pairs = self.pairs, self.pairs.pairs
        spoken = [np.flatnonzero(said > 0) for said in (day.r, day.s)]
        sums = zip((day.r, day.s), spoken, strict=True)
        return tuple((pairs.source[at], pairs.target[at], np.minimum(said[at], self.settings.cap)) for said, at in sums)

    def _all(self, asker: int) -> tuple[Floats, Floats]:
        day, pairs = self.pairs, self.pairs.pairs
        factors: dict[int, float] = {}
        if self.settings.part_of:
            factors = {one: self.settings.part_of**steps for one, (steps, _) in self._relatives(asker, None).items()}
        if self.settings.direct:
            factors[asker] = 1.0
        voice = np.zeros(0)
        if self.settings.heard:
            voice = self.settings.heard * self.hearing(asker).voice
            voice[asker] = 0.0
        total = np.zeros((2, day.nodes))
        for side, said, (giver, about, capped) in zip(total, (day.r, day.s), self._witnessed, strict=True):
            if len(voice):
                np.add(side, np.bincount(about, _told(voice[giver], capped), minlength=day.nodes), out=side)
            for one, factor in factors.items():
                span = slice(int(pairs.begin[one]), int(pairs.begin[one + 1]))
                np.add.at(side, pairs.target[span], _told(factor, said[span]))
        self._add_employees(total, asker, factors, voice)
        total[:, asker] = 0.0
        return total[0], total[1]

    def _add_employees(self, total: Floats, asker: int, factors: dict[int, float], voice: Floats) -> None:
        """Add what is told of institutions for those who work there, discounted."""
        persons, givers, at = self._of_employees(asker)
        counted = np.zeros(self.pairs.nodes)
        counted[list(factors)] = list(factors.values())
        discount = self.settings.institution_discount
        for side, said in zip(total, (self.pairs.r[at], self.pairs.s[at]), strict=True):
            told = _told(discount * counted[givers], said)
            if len(voice):
                told += _told(discount * voice[givers], np.minimum(said, self.settings.cap))
            np.add.at(side, persons, told)

    def _of_employees(self, asker: int) -> tuple[Rows, Rows, Rows]:
        """Each pair about an institution once for each person who works there: persons, givers, places of the pairs."""
        table, places = self.snapshot.edges, self.snapshot.edge_target
        edges = self.snapshot.edges_of_kind(EdgeKind.AFFILIATED_WITH)
        edges = edges[(table["date"][edges] <= self.day) & (places[edges] >= 0) & (places[edges] != asker)]
        works = np.unique(np.stack([self.snapshot.edge_source[edges], places[edges]], axis=1), axis=0)
        person, place = works[works[:, 0] >= 0].T
        if not len(person):
            return place, place, place
        pairs = self.pairs.pairs
        order, start = pairs.by_target
        begin, count = start[place], start[place + 1] - start[place]
        at = order[np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())]
        persons, givers = np.repeat(person, count), pairs.source[at]
        kept = persons != givers  # nobody is a witness of itself
        return persons[kept], givers[kept], at[kept]

    # -- the ledger

    def groups(self, way: Way) -> list[Group]:
        """What a giver's items rest on."""
        span, items = self.pairs.pair(way.giver, way.about), self.pairs.items
        found, rated = [], []
        for at in range(span.start, span.stop):
            fact = int(items.fact[at])
            if fact < 0:
                found.append(self._joint(way, at, -1 - fact, ()))
            elif items.kind[at] != RATING:
                found.append(self._group(way, [(at, float(self.pairs.value[at]))], (self.snapshot.edge_id(fact),)))
            elif way.kind == HEARD:
                value = float(freed(items.value[at], way.leniency))
                found.append(self._group(way, [(at, value)], (self.snapshot.edge_id(fact),)))
            else:
                rated.append(at)
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
            span = self.pairs.pair(way.giver, way.about)
            at = span.start + int(np.flatnonzero(self.pairs.items.fact[span] == -1 - group.joint)[0])
            rest = self._joint(way, at, group.joint, (fact,))
        return rest.r, rest.s

    def _joint(self, way: Way, at: int, joint: int, gone: tuple[str, ...]) -> Group:
        """The item of a cooperation, with the edges of those who had joined; without the edges ``gone``."""
        kind, date = self.pairs.items.kind[at], self.pairs.items.date[at]
        edges = self.snapshot.ties_of(joint, EdgeKind.PARTY_TO, incoming=True)
        edges = edges[(self.snapshot.edges["date"][edges] <= self.day) & (self.snapshot.edge_source[edges] >= 0)]
        kept = [edge for edge in edges.tolist() if self.snapshot.edge_id(edge) not in gone]
        parties = {int(self.snapshot.edge_source[edge]) for edge in kept}
        facts = (self.snapshot.id_of(joint), *(self.snapshot.edge_id(edge) for edge in kept))
        if not {way.giver, way.about} <= parties:
            return Group(facts, (), 0.0, 0.0, joint)
        weight = weights(np.array([kind]), np.array([date]), np.array([len(parties)]), self.day, self.settings)
        said = [(KINDS[kind], float(self.pairs.value[at]), float(weight[0]), int(date))]
        return replace(self._made(way, facts, said), joint=joint)

    def _ratings(self, way: Way, gone: str | None) -> Group:
        """All visible ratings of the giver: they tell its leniency; those of ``about`` are the items."""
        rows, held = self.pairs.items, self.pairs.items_of(way.giver)
        at = np.flatnonzero(rows.kind[held] == RATING) + held.start
        ids = [self.snapshot.edge_id(int(fact)) for fact in rows.fact[at]]
        kept = [place for place, one in zip(at.tolist(), ids, strict=True) if one != gone]
        source = rows.source[kept]
        # summed as Evidence.on sums them, so that the leniency is the same to the last bit
        total = np.bincount(np.zeros(len(source), np.int64), rows.value[kept], minlength=1)[0]
        leniency = total / (len(kept) + self.settings.leniency_prior)
        of_it = [place for place in kept if rows.target[place] == way.about]
        return self._group(way, [(place, float(freed(rows.value[place], leniency))) for place in of_it], tuple(sorted(ids)))

    def _group(self, way: Way, places: list[tuple[int, float]], facts: tuple[str, ...]) -> Group:
        rows = self.pairs.items
        said = [(KINDS[rows.kind[at]], value, float(self.pairs.weight[at]), int(rows.date[at])) for at, value in places]
        return self._made(way, facts, said)

    def _made(self, way: Way, facts: tuple[str, ...], said: list[tuple[str, float, float, int]]) -> Group:
        r, s = good_and_bad([weight for _, _, weight, _ in said], [value for _, value, _, _ in said])
        path = tuple(self.snapshot.edge_id(edge) for edge in way.path)
        giver = "" if way.kind == OWN else self.snapshot.id_of(way.giver)
        items = tuple(
            TrustItem(kind=kind, value=value, weight=way.factor * weight, date=tables.iso(date), facts=(*facts, *path), way=way.kind,
                      giver=giver)
            for kind, value, weight, date in said
        )  # fmt: skip
        return Group(facts, items, float(r.sum()), float(s.sum()))

    def opinion(self, asker: int, target: int) -> Opinion:
        """What the asker may believe of the target, with every item behind it, the strongest first."""
        r, s = self.sums(asker, target)
        items = [item for way in self.ways(asker, target) for group in self.groups(way) for item in group.items]
        items.sort(key=lambda item: (-item.weight * abs(item.value), item.way, item.giver, item.facts))
        anchored = self.settings.heard > 0 and any(item.way == HEARD for item in items) and self.hearing(asker).from_anchors
        return opinion_of(r, s, tuple(items), self.settings, from_anchors=anchored)

    def term(self, asker: int, target: int, weight: float) -> tuple[Term, Opinion]:
        """The trust term of a candidate with its ledger, and the opinion it is made of. Without evidence it is zero, citing nothing."""
        r, s = self.sums(asker, target)
        rest: dict[str, list[float]] = {}
        paths: set[str] = set()
        for way in self.ways(asker, target):
            groups = self.groups(way)
            told = sum(group.r for group in groups), sum(group.s for group in groups)
            before = way.counts(*told)
            for group in groups if any(group.items for group in groups) else ():
                for fact in group.facts:
                    r_rest, s_rest = self.without(way, group, fact)
                    after = way.counts(told[0] - group.r + r_rest, told[1] - group.s + s_rest)
                    left = rest.setdefault(fact, [r, s])
                    left[0] += after[0] - before[0]
                    left[1] += after[1] - before[1]
            if any(group.items for group in groups):
                paths.update(self.snapshot.edge_id(edge) for edge in way.path)
        for fact in paths:
            rest[fact] = list(self.sums(asker, target, skip=fact))
        without = {fact: points(rest[fact][0], rest[fact][1], weight, self.settings) for fact in sorted(rest)}
        term = Term(name="trust", points=points(r, s, weight, self.settings), facts=tuple(without), without=without)
        return term, self.opinion(asker, target)

    def points(self, asker: int, target: int, weight: float) -> int:
        """The points of ``term``, without its ledger."""
        return points(*self.sums(asker, target), weight, self.settings)

    def path(self, asker: int, giver: int) -> list[int]:
        """The node rows through which the asker heard of ``giver``'s word; from an anchor for a newcomer. Empty if it did not."""
        return strongest_path(self.steps, self.start(asker)[0], giver)


def points(r: float, s: float, weight: float, settings: TrustSettings = SETTINGS) -> int:
    """weight * (belief - disbelief) in millionths."""
    return round(MILLION * weight * float(net(r, s, settings)))


def opinion(asker: str | None, target: str, as_of: str, snapshot: Snapshot, settings: TrustSettings = SETTINGS) -> Opinion:
    """What ``asker`` may believe of ``target`` (ids of institutions or experts) as of a day."""
    trusted = snapshot.trust(settings).on(as_of)
    return trusted.opinion(snapshot.row(asker) if asker else -1, snapshot.row(target))
