"""Weighing: what items of evidence say on a day, and what that comes to for each pair.

In: the parts of ``matcher.columns.evidence``. Out: a ``Day``: weights and values of items, sums of pairs, and the walk over positive trust.
Next: ``matcher.trust.fusion`` joins the sums, and gives the walk to ``matcher.trust.pagerank``; ``matcher.trust.ledger`` and
``matcher.trust.stages`` weigh single items.

    weight of an item  w = w_kind * 2^(-(t - date) / halflife_kind), times 1/(n - 1) in a cooperation of n parties
    value of a rating  v - (sum of the rater's ratings) / (their number + leniency_prior): freed of how lenient the rater is
    r = sum w * max(v, 0)      s = sum w * max(-v, 0)  of the items that have not expired (``matcher.trust.decay.expiry``)

Between two days on which an item begins or ends to hold, only the weights differ: the rest is kept (``Period``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.columns.evidence import KINDS, RATING, EvidenceItems, EvidencePart, Floats, Pairs, Rows, begins
from matcher.trust.decay import expiry, remaining
from matcher.trust.opinion import net
from matcher.trust.settings import TrustSettings

GRAIN = 2.0**-36
"""Weights times values are whole multiples of this (1.5e-11), so that sums of up to 100,000 are exact in float64: the same in any
order, and the same whether a fact was taken out or never there."""
DAYS = 4
"""How many days are kept ready."""


def weights(kind: Any, date: Any, parties: Any, day: Any, settings: TrustSettings) -> Floats:
    """The weight of items on a day, or each on its own; arrays of one length."""
    fresh = np.array([settings.kinds[name].weight for name in KINDS])[kind]
    halflife = np.array([settings.kinds[name].halflife for name in KINDS])[kind]
    return np.asarray(fresh * remaining(date, day, halflife, settings) / np.maximum(np.asarray(parties) - 1, 1))


def freed(value: Any, leniency: Any) -> Floats:
    """A rating freed of the rater's leniency, in [-1, 1]."""
    return np.asarray(np.clip(np.asarray(value) - leniency, -1.0, 1.0))


def good_and_bad(weight: Any, value: Any, expired: Any = False) -> tuple[Floats, Floats]:
    """What items say for and against, in whole grains; nothing against where they ``expired``."""
    said = in_grains(weight, value)
    return np.maximum(said, 0.0), np.where(expired, 0.0, np.maximum(-said, 0.0))


def in_grains(factor: Any, said: Any) -> Floats:
    """``factor * said`` in whole grains."""
    out: Floats = np.asarray(np.multiply(factor, said))
    out *= 1 / GRAIN  # a power of two: exact
    np.rint(out, out=out)
    out *= GRAIN
    return out


@dataclass(frozen=True)
class Weighed:
    """The items of a part that hold on a day with their ``value`` and ``weight``, and the sums ``r`` and ``s`` of each pair.
    ``leniency`` is by node row."""

    settings: TrustSettings
    day: int
    items: EvidenceItems
    pairs: Pairs
    carries: npt.NDArray[np.bool_]
    value: Floats
    weight: Floats
    leniency: Floats
    r: Floats
    s: Floats

    def good_and_bad(self, at: Any, value: Floats | None = None) -> tuple[Floats, Floats]:
        """What some items say for and against on this day, each by itself; ``value``: theirs, in place of what they have here."""
        expired = expiry(self.items.date[at], self.settings) <= self.day
        return good_and_bad(self.weight[at], self.value[at] if value is None else value, expired)

    @cached_property
    def witnessed(self) -> tuple[tuple[Rows, Rows, Floats], ...]:
        """Who says what for, and against, whom, capped: most pairs say something for, few against."""
        (source, target), cap, at = self.pairs.ends, self.settings.cap, np.flatnonzero(self.s)
        return (source, target, np.minimum(self.r, cap)), (source[at], target[at], np.minimum(self.s[at], cap))

    @cached_property
    def steps(self) -> Any:
        """The rows of the walk (see ``matcher.trust.pagerank``) of this part's sources: a scipy CSR array of shape (nodes, nodes), rows
        summing to 1 or 0."""
        from scipy.sparse import csr_array

        nodes = len(self.carries)
        weight = net(self.r, self.s, self.settings)
        kept = np.flatnonzero((weight > 0) & self.carries[self.pairs.target])
        weight, source, target = weight[kept], self.pairs.source[kept], self.pairs.target[kept]
        weight /= np.bincount(source, weight, minlength=nodes)[source]
        return csr_array((weight, target, begins(source, nodes)), shape=(nodes, nodes))


@dataclass(frozen=True)
class Period:
    """The items of a part that hold on the days from ``first`` up to, and without, ``last``, and what is the same on all of these."""

    first: int
    last: int
    settings: TrustSettings
    items: EvidenceItems
    pairs: Pairs
    carries: npt.NDArray[np.bool_]
    value: Floats
    leniency: Floats
    dates: Rows
    """The dates that items have, ascending."""
    aged: npt.NDArray[np.int32]
    """By item: its place in a table of kinds by ``dates``."""
    bad: Rows
    """The items that speak against somebody."""
    bad_pair: Rows
    bad_until: Rows
    """The day from which each of them counts no more."""

    @classmethod
    def of(cls, part: EvidencePart, day: int, settings: TrustSettings) -> Period:
        """What holds on a day (an ordinal)."""
        items, pairs, nodes = part.items, part.pairs, len(part.carries)
        turns = np.concatenate([items.since, items.until])
        first, last = turns[turns <= day].max(initial=0), turns[turns > day].min(initial=np.iinfo(np.int32).max)
        holds = (items.since <= day) & (day < items.until)
        if not holds.all():
            items = items[holds]
            pairs = Pairs.of(items, nodes)
        rates = np.flatnonzero(items.kind == RATING)
        raters = items.source[rates]
        given = np.bincount(raters, minlength=nodes)
        leniency = np.bincount(raters, items.value[rates], minlength=nodes) / (given + settings.leniency_prior)
        says = np.array([settings.kinds[name].value for name in KINDS])
        value = items.value.copy()
        joint = np.flatnonzero(items.fact < 0)
        value[joint] = says[items.kind[joint]]
        value[rates] = freed(items.value[rates], leniency[raters])
        there = np.zeros(items.date.max(initial=0) + 1, bool)
        there[items.date] = True
        dates = np.flatnonzero(there)
        aged = np.cumsum(there, dtype=np.int32)[items.date] - 1 + items.kind.astype(np.int32) * len(dates)
        bad = np.flatnonzero(value < 0)
        bad_pair = np.searchsorted(pairs.first, bad, side="right") - 1
        bad_until = expiry(items.date[bad], settings)
        return cls(int(first), int(last), settings, items, pairs, part.carries, value, leniency, dates, aged, bad, bad_pair, bad_until)

    def on(self, day: int) -> Weighed:
        """What the items weigh on one of these days."""
        kinds, dates = np.repeat(np.arange(len(KINDS)), len(self.dates)), np.tile(self.dates, len(KINDS))
        weight = weights(kinds, dates, 2, day, self.settings)[self.aged]
        many = np.flatnonzero(self.items.parties > 2)
        weight[many] /= self.items.parties[many] - 1
        said = in_grains(weight, self.value)
        against = -said[self.bad]
        s = np.asarray(np.bincount(self.bad_pair, against, minlength=len(self.pairs.first)), np.float64)
        r = np.add.reduceat(said, self.pairs.first) + s if len(said) else s  # exact, as all sums of grains
        if len(expired := np.flatnonzero(self.bad_until <= day)):
            s = s - np.bincount(self.bad_pair[expired], against[expired], minlength=len(s))
        return Weighed(self.settings, day, self.items, self.pairs, self.carries, self.value, weight, self.leniency, r, s)


class Weighing:
    """What the items of a part weigh under some settings, kept for the last few days."""

    def __init__(self, part: EvidencePart, settings: TrustSettings) -> None:
        self.part, self.settings = part, settings
        self._period: Period | None = None
        self._days: OrderedDict[int, Weighed] = OrderedDict()

    def on(self, day: int) -> Weighed:
        """What they weigh on a day (an ordinal)."""
        found = self._days.get(day)
        if found is None:
            period = self._period
            if period is None or not period.first <= day < period.last:
                self._period = period = Period.of(self.part, day, self.settings)
            found = self._days[day] = period.on(day)
            while len(self._days) > DAYS:
                self._days.popitem(last=False)
        return found


@dataclass(frozen=True)
class Day:
    """What all evidence weighs on a day: ``late`` has whatever the sources that ``moved`` say, ``settled`` what all others say."""

    settled: Weighed
    late: Weighed
    moved: npt.NDArray[np.bool_]

    @property
    def nodes(self) -> int:
        return len(self.moved)

    @cached_property
    def parts(self) -> tuple[tuple[Weighed, npt.NDArray[np.bool_]], ...]:
        """Both parts, each with the node rows whose word in it counts."""
        return (self.settled, ~self.moved), (self.late, self.moved)

    def of(self, source: int) -> Weighed:
        """The part that has what ``source`` says."""
        return self.late if self.moved[source] else self.settled

    def about(self, target: int) -> Iterator[int]:
        """The node rows that say anything of a target, ascending."""
        givers = [part.pairs.source[part.pairs.about(target)] for part, _ in self.parts]
        yield from np.sort(np.concatenate([one[counts[one]] for one, (_, counts) in zip(givers, self.parts, strict=True)])).tolist()

    @cached_property
    def leniency(self) -> Floats:
        """How lenient each node row rates."""
        return np.where(self.moved, self.late.leniency, self.settled.leniency)

    @cached_property
    def steps(self) -> Any:
        """The walk over positive trust, as ``Weighed.steps``: institutions carry voices, persons do not."""
        from scipy.sparse import csr_array

        if not self.moved.any():
            return self.settled.steps
        settled, late = self.settled.steps, self.late.steps
        rows = np.flatnonzero(self.moved)
        count = np.where(self.moved, np.diff(late.indptr), np.diff(settled.indptr))
        spans = []
        after = 0
        for row in rows.tolist():  # what stands between two of them is copied in one piece
            spans += [(settled, after, row), (late, row, row + 1)]
            after = row + 1
        spans.append((settled, after, self.nodes))
        data, target = (
            np.concatenate([getattr(each, name)[each.indptr[start] : each.indptr[end]] for each, start, end in spans])
            for name in ("data", "indices")
        )
        begin = np.zeros(self.nodes + 1, np.int32)
        np.cumsum(count, out=begin[1:], dtype=np.int32)
        return csr_array((data, target, begin), shape=(self.nodes, self.nodes))
