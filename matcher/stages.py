"""Stages of a relation: none, forming, consolidated, trusted; a pure function of the direct evidence up to a day.

In: what one party has been through with another. Out: a log of dated transitions, each citing its evidence, whose end is the stage.
Next: ``dovetail trust --log`` and the TRUSTS edges of ``matcher.trusts``.

- none -> forming: the first verified evidence (a cooperation on file, or an item that somebody verified).
- forming -> consolidated: two completions, b >= .40, no open dispute; left below b = .25.
- consolidated -> trusted: b >= .60, a contract on file and a checked harm list; left below b = .45.
- A breach drops two stages at once. A failure moves only the opinion. Silence lets belief fade into uncertainty; the step down is
  dated on the day of the crossing, not on the day somebody looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import numpy as np

from graph.model import EvidenceKind
from matcher import tables
from matcher.evidence import (
    BREACHED,
    COMPLETED,
    EVER,
    KINDS,
    RATING,
    SETTINGS,
    Floats,
    TrustSettings,
)
from matcher.snapshot import Snapshot
from matcher.weighing import YEAR, freed, good_and_bad, weights

CONTRACT, HARM_CHECK, DISPUTE = (KINDS.index(kind) for kind in (EvidenceKind.CONTRACT, EvidenceKind.HARM_CHECK, EvidenceKind.DISPUTE))


class Stage(StrEnum):
    NONE = "none"
    FORMING = "forming"
    CONSOLIDATED = "consolidated"
    TRUSTED = "trusted"


ORDER = list(Stage)


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
    items = sorted((one for one in items if one.since <= day), key=lambda one: (one.since, one.fact, one.kind))
    events = sorted({one.since for one in items} | {one.until for one in items if one.until <= day})
    log: list[Transition] = []
    for at, begun in enumerate(events):
        over = events[at + 1] if at + 1 < len(events) else day + 1
        held = [one for one in items if one.since <= begun < one.until]
        fresh = [one for one in held if one.since == begun]
        gone = [one for one in items if one.until == begun]
        first = max(begun, 1) if begun else over  # without a date, belief is that of the first dated day
        belief = beliefs(held, range(first, max(over, first + 1)), settings)
        _meet(log, held, fresh, gone, begun, float(belief[0]), limits)
        for silent in range(1, len(belief)):  # evidence came on the first day; on the others it only faded
            after = _faded(_end(log), float(belief[silent]), limits)
            if after is not _end(log):
                last = max(held or items, key=lambda one: (one.date, one.fact))
                why = f"belief faded to {belief[silent]:.2f} without new evidence"
                log.append(Transition(tables.iso(first + silent), _end(log), after, float(belief[silent]), why, (last.fact,)))
    return log


def beliefs(items: Sequence[Item], days: range, settings: TrustSettings = SETTINGS) -> Floats:
    """b on each of some days, in steps of one."""
    r, s = sums(items, days, settings)
    return np.asarray(r / (r + s + settings.prior))


def sums(items: Sequence[Item], days: range, settings: TrustSettings = SETTINGS) -> tuple[Floats, Floats]:
    """r and s on each of some days, in steps of one."""
    r, s = np.zeros(len(days)), np.zeros(len(days))
    on = np.arange(days.start, days.stop)
    for one in items:
        there = (on >= one.since) & (on < one.until)
        weight = weights(np.full(1, one.kind), np.full(1, one.date), np.full(1, one.parties), days.start, settings)[0]
        fades = np.exp2(-(on - days.start) / (YEAR * settings.kinds[KINDS[one.kind]].halflife)) if one.date else 1.0
        good, bad = good_and_bad(weight * fades, one.value)
        r, s = r + there * good, s + there * bad
    return r, s


def replay(log: Sequence[Transition]) -> Stage:
    """The stage that a log ends in. Raises ValueError where a step does not begin where the one before it ended."""
    stage = Stage.NONE
    for step in log:
        if step.before is not stage:
            raise ValueError(f"{step.date}: a step from {step.before} cannot follow one to {stage}")
        stage = step.after
    return stage


def prospects(items: Sequence[Item], day: int, limits: Thresholds = THRESHOLDS, settings: TrustSettings = SETTINGS) -> list[str]:
    """What would change the stage, in words: what would raise it, what would lower it, and until when it holds by itself."""
    now = replay(history(items, day, limits, settings))

    def then(*more: int) -> Stage:
        values = [settings.kinds[KINDS[kind]].value or 1.0 for kind in more]
        added = [Item(kind, value, day, day, fact=f"~{at}") for at, (kind, value) in enumerate(zip(more, values, strict=True))]
        return replay(history([*items, *added], day, limits, settings))

    told = []
    for more, words in (
        ((COMPLETED,), "one completed cooperation"),
        ((CONTRACT, HARM_CHECK), "a contract on file and a checked harm list"),
        ((COMPLETED,) * 2, "two completed cooperations"),
        ((COMPLETED,) * 3, "three completed cooperations"),
        ((COMPLETED,) * 3 + (CONTRACT, HARM_CHECK), "three completed cooperations, a contract on file and a checked harm list"),
    ):
        after = then(*more)
        if ORDER.index(after) > ORDER.index(now):
            told.append(f"{words} would move it to {after}")
            break
    if now is not Stage.NONE and then(BREACHED) is not now:
        told.append(f"a breach would drop it to {then(BREACHED)}")
    later = [step for step in history(items, day + 3653, limits, settings) if step.date and step.date > (tables.iso(day) or "")]
    fades = next((step for step in later if step.why.startswith("belief faded")), None)
    if fades:
        told.append(f"without new evidence it is {fades.after} from {fades.date}")
    return told


def relation(snapshot: Snapshot, source: int, target: int) -> list[Item]:
    """The direct evidence that a node row holds about another, with the facts' ids. A rating is freed by the leniency that its rater
    had shown up to its day, so that later ratings of others rewrite no history."""
    mine = snapshot.evidence.of_source(source)
    rates = mine[mine.kind == RATING]
    found = []
    for at in np.flatnonzero(mine.target == target).tolist():
        kind, fact, date, since = int(mine.kind[at]), int(mine.fact[at]), int(mine.date[at]), int(mine.since[at])
        value = float(mine.value[at]) if fact >= 0 else SETTINGS.kinds[KINDS[kind]].value
        if kind == RATING:
            before = rates.value[rates.since <= since]
            value = float(freed(value, before.sum() / (len(before) + SETTINGS.leniency_prior)))
        verified = fact < 0 or bool(snapshot.edges_at(np.array([fact]))["verified"][0])
        ident = snapshot.id_of(-1 - fact) if fact < 0 else snapshot.edge_id(fact)
        found.append(Item(kind, value, date, since, int(mine.until[at]), int(mine.parties[at]), verified, ident))
    return found


def _end(log: Sequence[Transition]) -> Stage:
    return log[-1].after if log else Stage.NONE


def _faded(stage: Stage, belief: float, limits: Thresholds) -> Stage:
    if stage is Stage.TRUSTED and belief < limits.doubt:
        return Stage.CONSOLIDATED
    return Stage.FORMING if stage is Stage.CONSOLIDATED and belief < limits.forget else stage


def _meet(
    log: list[Transition], held: Sequence[Item], fresh: Sequence[Item], gone: Sequence[Item], day: int, belief: float, limits: Thresholds
) -> None:
    """The steps on the day on which ``fresh`` evidence came, or was withdrawn (``gone``): breaches first, then down by belief, then
    up as far as it goes."""

    def step(after: Stage, why: str, facts: Sequence[Item]) -> None:
        cited = tuple(dict.fromkeys(one.fact for one in facts))
        log.append(Transition(tables.iso(day), _end(log), after, belief, why, cited))

    def of(kind: int) -> list[Item]:
        return [one for one in held if one.kind == kind and one.value > 0]

    breaches = [one for one in fresh if one.kind == BREACHED]
    for one in breaches:
        if _end(log) is not Stage.NONE:
            step(ORDER[max(0, ORDER.index(_end(log)) - limits.breach)], "a breach", [one])
    while (lower := _faded(_end(log), belief, limits)) is not _end(log):
        step(lower, f"belief fell to {belief:.2f}", fresh or gone)
    if _end(log) is Stage.NONE and not breaches:
        verified = [one for one in fresh if one.verified]
        if verified:
            step(Stage.FORMING, "the first verified evidence" if len(held) == len(fresh) else "verified evidence", verified[:1])
    done = {one.fact: one for one in of(COMPLETED)}
    if _end(log) is Stage.FORMING and len(done) >= limits.completions and belief >= limits.consolidate and not _disputed(held):
        step(Stage.CONSOLIDATED, f"{len(done)} completions, belief {belief:.2f}, no open dispute", list(done.values()))
    if _end(log) is Stage.CONSOLIDATED and belief >= limits.trust and of(CONTRACT) and of(HARM_CHECK) and not breaches:
        step(Stage.TRUSTED, f"belief {belief:.2f}, a contract on file, the harm list checked", [of(CONTRACT)[-1], of(HARM_CHECK)[-1]])


def _disputed(held: Sequence[Item]) -> bool:
    """Whether the last word about a dispute is that it was opened (an outcome below 0)."""
    disputes = [one for one in held if one.kind == DISPUTE]
    return bool(disputes) and max(disputes, key=lambda one: (one.since, one.fact)).value < 0
