"""Stages of a relation: none, forming, consolidated, trusted; a pure function of the direct evidence up to a day.

In: what one party has been through with another. Out: a log of dated transitions, each citing its evidence, whose end is the stage. Next:
``desk.trust`` tells the stage and the log, ``matcher.trust.derived_edges`` stores the stage in the TRUSTS edges.

- none -> forming: the first verified evidence that is not against the party (a cooperation on file that did not fail, or an item that
  somebody verified). What is against it opens nothing.
- forming -> consolidated: two completions, b >= .40, no open dispute; left below b = .25.
- consolidated -> trusted: b >= .60, a contract on file and a checked harm list; left below b = .45.
- A breach drops two stages at once, where there is a relation. A failure moves only the opinion. Silence lets belief fade into
  uncertainty; the step down is dated on the day of the crossing, not on the day somebody looked.
- What is against the party counts until it expires or is withdrawn: it then holds the relation down no more, and the step up is dated on
  that day. A relation that a breach had ended is forming again, if evidence that opens one is on file.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec
import numpy as np

from graph.language import N_, Message, _, word
from graph.model import EvidenceKind
from matcher.columns import tables
from matcher.columns.evidence import BREACHED, COMPLETED, EVER, KINDS, RATING, Floats
from matcher.columns.network import Network
from matcher.trust.decay import YEAR, expiry
from matcher.trust.settings import SETTINGS, TrustSettings
from matcher.trust.weighing import freed, good_and_bad, weights

CONTRACT, HARM_CHECK, DISPUTE = (KINDS.index(kind) for kind in (EvidenceKind.CONTRACT, EvidenceKind.HARM_CHECK, EvidenceKind.DISPUTE))


class Stage(StrEnum):
    NONE = "none"
    FORMING = "forming"
    CONSOLIDATED = "consolidated"
    TRUSTED = "trusted"

    @property
    def told(self) -> str:
        """In the language of the output."""
        return word(self.value, "Stage")


FADED = N_("belief faded to {belief:.2f} without new evidence")
ORDER = list(Stage)
DIGITS = 9
"""Of a belief: a threshold that is met exactly is met, in whatever order the evidence was added up."""


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """When a relation moves from stage to stage."""

    completions: int = 2
    consolidate: float = 0.40
    forget: float = 0.25
    """Below this belief a consolidated relation is only forming."""
    trust: float = 0.60
    doubt: float = 0.45
    """Below this belief a trusted relation is only consolidated."""
    breach: int = 2
    """How many stages a breach drops."""


THRESHOLDS = Thresholds()


@dataclass(frozen=True)
class Item:
    """An item of direct evidence: it holds from ``since`` up to, and without, ``until`` (ordinals; 0 is an unknown day)."""

    kind: int
    value: float
    date: int
    since: int
    until: int = EVER
    parties: int = 2
    verified: bool = True
    fact: str = ""


class Transition(msgspec.Struct, frozen=True):
    """A step of a relation: when (None: by evidence without a date), from where to where, with which belief, why, and by which facts."""

    date: str | None
    before: Stage
    after: Stage
    belief: float
    why: str
    facts: tuple[str, ...]


def history(items: Sequence[Item], day: int, limits: Thresholds = THRESHOLDS, settings: TrustSettings = SETTINGS) -> list[Transition]:
    """The transitions up to a day, oldest first. The order of ``items`` does not matter."""
    held = [one for one in expiring(items, settings) if one.since <= day and one.since < one.until]
    items = sorted(held, key=lambda one: (one.since, one.fact, one.kind, msgspec.json.encode(one)))
    events = sorted({one.since for one in items} | {one.until for one in items if one.until <= day})
    spans = list(itertools.pairwise([*events, day + 1]))
    first = {begun: begun or over for begun, over in spans}  # without a date, belief is that of the first dated day
    came = _weights(items, [first[one.since] for one in items], settings)
    went = _weights(items, [first.get(one.until, 1) for one in items], settings)
    fresh: dict[int, list[int]] = {event: [] for event in events}
    gone: dict[int, list[int]] = {event: [] for event in events}
    for at, one in enumerate(items):
        fresh[one.since].append(at)
        if one.until <= day:
            gone[one.until].append(at)
    current = _Current(settings)
    log: list[Transition] = []
    for begun, over in spans:
        current.wait(first[begun])
        for at in gone[begun]:
            current.lose(at, items[at], went[at])
        for at in fresh[begun]:
            current.gain(at, items[at], came[at])
        _meet(log, current, [items[at] for at in fresh[begun]], [items[at] for at in gone[begun]], begun, limits)
        _fade(log, current, range(first[begun] + 1, over), limits)
    return log


class _Current:
    """What holds at a moment of a history: the items by kind, oldest first, and what they come to on the day ``wait`` was told."""

    def __init__(self, settings: TrustSettings) -> None:
        self.settings = settings
        self.items: dict[int, dict[int, Item]] = {}
        self._halved = [YEAR * settings.kinds[name].halflife for name in KINDS]
        self._day = 1
        self._sums: dict[tuple[int, bool], list[float]] = {}
        """By kind and whether dated: r and s on the day. What has no date does not age."""

    @property
    def count(self) -> int:
        """How many items hold."""
        return sum(map(len, self.items.values()))

    def wait(self, day: int) -> None:
        """Let the sums age up to a day."""
        for (kind, dated), both in self._sums.items():
            if dated:
                fades = 2.0 ** (-(day - self._day) / self._halved[kind])
                both[0], both[1] = both[0] * fades, both[1] * fades
        self._day = day

    def gain(self, at: int, one: Item, weight: float) -> None:
        """Take in an item that weighs so much on this day; ``at`` tells it from others."""
        self.items.setdefault(one.kind, {})[at] = one
        both = self._sums.setdefault((one.kind, one.date > 0), [0.0, 0.0])
        both[one.value < 0] += weight * abs(one.value)

    def lose(self, at: int, one: Item, weight: float) -> None:
        """Let an item go."""
        del self.items[one.kind][at]
        both = self._sums[one.kind, one.date > 0]
        both[one.value < 0] = max(0.0, both[one.value < 0] - weight * abs(one.value))

    def latest(self, kind: int) -> Iterator[Item]:
        """The items of a kind, newest first."""
        return reversed(self.items.get(kind, {}).values())

    def beliefs(self, days: range) -> Floats:
        """b on each of some days, this one or later, if nothing comes or goes."""
        r, s = np.zeros(len(days)), np.zeros(len(days))
        on = np.arange(days.start, days.stop) - self._day
        for (kind, dated), (good, bad) in self._sums.items():
            fades = np.exp2(-on / self._halved[kind]) if dated else 1.0
            r, s = r + good * fades, s + bad * fades
        return np.asarray((r / (r + s + self.settings.prior)).round(DIGITS))

    @property
    def opener(self) -> Item | None:
        """The newest item that holds and would open a relation."""
        opens = (one for few in self.items.values() for one in few.values() if one.verified and one.value >= 0)
        return max(opens, key=lambda one: (one.since, one.fact), default=None)

    @property
    def disputed(self) -> bool:
        """Whether the last word about a dispute is that it was opened (an outcome below 0)."""
        last = next(self.latest(DISPUTE), None)
        return last is not None and last.value < 0

    @property
    def belief(self) -> float:
        """b on this day."""
        r, s = (sum(both[side] for both in self._sums.values()) for side in (0, 1))
        return round(float(r / (r + s + self.settings.prior)), DIGITS)


def _weights(items: Sequence[Item], days: Sequence[int], settings: TrustSettings) -> list[float]:
    """What each item weighs on a day of its own."""
    kind, date, parties = (np.array([getattr(one, name) for one in items], np.int64) for name in ("kind", "date", "parties"))
    found: list[float] = weights(kind, date, parties, np.array(days, np.int64), settings).tolist()
    return found


def _fade(log: list[Transition], current: _Current, days: range, limits: Thresholds) -> None:
    """The steps down on days on which nothing comes, and evidence only fades."""
    while days and _faded(_end(log), 0.0, limits) is not _end(log):
        belief = current.beliefs(days)
        low = np.flatnonzero(belief < (limits.doubt if _end(log) is Stage.TRUSTED else limits.forget))
        if not len(low):
            return
        at = int(low[0])
        last = max((one for few in current.items.values() for one in few.values()), key=lambda one: (one.date, one.fact))
        why = Message(FADED, belief=float(belief[at]))
        log.append(Transition(tables.iso(days[at]), _end(log), _faded(_end(log), 0.0, limits), float(belief[at]), why, (last.fact,)))
        days = days[at + 1 :]


def sums(items: Sequence[Item], day: int, settings: TrustSettings = SETTINGS) -> tuple[float, float]:
    """r and s on a day of the items that hold on it."""
    there = [one for one in expiring(items, settings) if one.since <= day < one.until]
    r, s = good_and_bad(_weights(there, [day] * len(there), settings), [one.value for one in there])
    return float(r.sum()), float(s.sum())


def expiring(items: Sequence[Item], settings: TrustSettings = SETTINGS) -> list[Item]:
    """The items, each that is against the party held until the day on which it expires at the latest."""
    ends = expiry([one.date for one in items], settings).tolist()
    return [replace(one, until=min(one.until, end)) if one.value < 0 else one for one, end in zip(items, ends, strict=True)]


def replay(log: Sequence[Transition]) -> Stage:
    """The stage that a log ends in. Raises ValueError where a step does not begin where the one before it ended."""
    stage = Stage.NONE
    for step in log:
        if step.before is not stage:
            raise ValueError(f"{step.date}: a step from {step.before} cannot follow one to {stage}")
        stage = step.after
    return stage


def prospects(items: Sequence[Item], day: int, limits: Thresholds = THRESHOLDS, settings: TrustSettings = SETTINGS) -> list[str]:
    """What would change the stage, in words: what would raise it, what would lower it, and until when it holds by itself. What is on file
    of later days is not known yet."""
    items = [one if one.until <= day else replace(one, until=EVER) for one in items if one.since <= day]
    now = replay(history(items, day, limits, settings))

    def then(*more: int) -> Stage:
        values = [settings.kinds[KINDS[kind]].value or 1.0 for kind in more]
        added = [Item(kind, value, day, day, fact=f"~{at}") for at, (kind, value) in enumerate(zip(more, values, strict=True))]
        return replay(history([*items, *added], day, limits, settings))

    told = []
    for more, words in (
        ((COMPLETED,), N_("one completed cooperation would move it to {stage}")),
        ((CONTRACT, HARM_CHECK), N_("a contract on file and a checked harm list would move it to {stage}")),
        ((COMPLETED,) * 2, N_("two completed cooperations would move it to {stage}")),
        ((COMPLETED,) * 3, N_("three completed cooperations would move it to {stage}")),
        (
            (COMPLETED,) * 3 + (CONTRACT, HARM_CHECK),
            N_("three completed cooperations, a contract on file and a checked harm list would move it to {stage}"),
        ),
    ):
        after = then(*more)
        if ORDER.index(after) > ORDER.index(now):
            told.append(_(words, stage=after.told))
            break
    if now is not Stage.NONE and then(BREACHED) is not now:
        told.append(_("a breach would drop it to {stage}", stage=then(BREACHED).told))
    later = [step for step in history(items, day + 3653, limits, settings) if step.date and step.date > (tables.iso(day) or "")]
    if later:
        told.append(_("without new evidence it is {stage} from {day}", stage=later[0].after.told, day=later[0].date))
    return told


def relation(network: Network, source: int, target: int) -> list[Item]:
    """The direct evidence that a node row holds about another, with the facts' ids. A rating is freed by the leniency that its rater
    had shown up to its day, so that later ratings of others rewrite no history."""
    mine = network.evidence.of_source(source)
    rates = mine[mine.kind == RATING]
    order = np.argsort(rates.since, kind="stable")
    given = np.concatenate([[0.0], np.cumsum(rates.value[order])])
    about = mine[mine.target == target]
    shown = np.searchsorted(rates.since[order], about.since, side="right")
    edge = about.fact >= 0
    value = np.where(edge, about.value, np.array([SETTINGS.kinds[name].value for name in KINDS])[about.kind])
    value = np.where(about.kind == RATING, freed(value, given[shown] / (shown + SETTINGS.leniency_prior)), value)
    verified = ~edge
    verified[edge] = network.edges_at(about.fact[edge].astype(np.int64))["verified"] != 0
    facts = [network.edge_id(fact) if fact >= 0 else network.id_of(-1 - fact) for fact in about.fact.tolist()]
    columns = (each.tolist() for each in (about.kind, value, about.date, about.since, about.until, about.parties, verified))
    return [Item(*one) for one in zip(*columns, facts, strict=True)]


def _end(log: Sequence[Transition]) -> Stage:
    return log[-1].after if log else Stage.NONE


def _faded(stage: Stage, belief: float, limits: Thresholds) -> Stage:
    if stage is Stage.TRUSTED and belief < limits.doubt:
        return Stage.CONSOLIDATED
    return Stage.FORMING if stage is Stage.CONSOLIDATED and belief < limits.forget else stage


def _meet(log: list[Transition], current: _Current, fresh: Sequence[Item], gone: Sequence[Item], day: int, limits: Thresholds) -> None:
    """The steps on the day on which ``fresh`` evidence came, or was withdrawn or expired (``gone``): breaches first, then down by belief,
    then up as far as it goes."""
    belief = current.belief

    def step(after: Stage, why: str, facts: Sequence[Item]) -> None:
        cited = tuple(dict.fromkeys(one.fact for one in facts))
        log.append(Transition(tables.iso(day), _end(log), after, belief, why, cited))

    breaches = [one for one in fresh if one.kind == BREACHED]
    for one in breaches:
        if _end(log) is not Stage.NONE:
            step(ORDER[max(0, ORDER.index(_end(log)) - limits.breach)], N_("a breach"), [one])
    while (lower := _faded(_end(log), belief, limits)) is not _end(log):
        step(lower, Message("belief fell to {belief:.2f}", belief=belief), fresh or gone)
    if _end(log) is Stage.NONE and not breaches:
        opens = [one for one in fresh if one.verified and one.value >= 0]
        lifted = [one for one in gone if one.kind == BREACHED]
        if opens:
            is_first = current.count == len(fresh)
            step(Stage.FORMING, N_("the first verified evidence") if is_first else N_("verified evidence"), opens[:1])
        elif lifted and (opener := current.opener):
            step(Stage.FORMING, N_("a breach counts no more, and there is verified evidence"), [lifted[0], opener])
    if _end(log) is Stage.FORMING and belief >= limits.consolidate and not current.disputed:
        done = {one.fact: one for one in current.items.get(COMPLETED, {}).values() if one.value > 0}
        if len(done) >= limits.completions:
            why = Message("{count} completions, belief {belief:.2f}, no open dispute", count=len(done), belief=belief)
            step(Stage.CONSOLIDATED, why, list(done.values()))
    if _end(log) is Stage.CONSOLIDATED and belief >= limits.trust and not breaches:
        contract, checked = (next((one for one in current.latest(kind) if one.value > 0), None) for kind in (CONTRACT, HARM_CHECK))
        if contract and checked:
            why = Message("belief {belief:.2f}, a contract on file, the harm list checked", belief=belief)
            step(Stage.TRUSTED, why, [contract, checked])
