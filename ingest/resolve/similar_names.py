"""Comparisons: the pass over a store that joins institutions whose names are not equal but mean one.

In: the Records of a store and people's decisions. Out: SAME decisions of the rule ``similar name``, with score and reason, and what follows
from them; pairs that fall short of the bar are kept as proposals for a person. Next: ``ingest.load`` runs the pass after the rows,
``desk.merges`` after a person's decision and ``api.cli.merges`` on demand; ``desk.merges`` lists the pairs.

What comes out follows from the set of Records and of people's decisions alone: the pass makes all of its decisions anew, and writes those
that changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from graph.errors import Conflict, FeedTruncated
from graph.ids import decision_id
from graph.model import Decision, NodeKind, Provenance, Record, Verdict
from graph.store import Cursor, Store
from ingest.resolve.cluster import SCORES, SIMILAR, Clusters, by_keys
from ingest.resolve.compare import LEVELS, START, Comparer, Name, name_of, outcomes
from ingest.resolve.fellegi_sunter import Outcome, learn
from ingest.resolve.records import fields_of, is_code
from ingest.resolve.resolver import SOURCE, Resolver

BAR = 0.99
"""The probability from which two names are taken to mean one institution."""
PROPOSED = 0.5
"""The probability from which a pair is shown to a person."""
UNLIKE = 0.02
"""Two clusters with names less probable than this do not come together by way of a third."""
PROPOSALS = 1_000
"""Pairs kept for a person to look at, the likeliest first."""
_NAMES_EACH = 20
_LINKS = 2_000
"""Decisions a transaction."""
_META = "merges"
_TRIES = 5


class Proposal(msgspec.Struct, frozen=True):
    """Two Records that may mean one institution, for a person to decide."""

    left: str
    right: str
    score: float
    reason: str


class State(msgspec.Struct, frozen=True):
    """What the last pass left behind: where in the feed it was, and what it did not dare to decide."""

    epoch: str
    revision: int
    proposals: tuple[Proposal, ...] = ()


class Passed(msgspec.Struct, frozen=True):
    """What a pass did. ``names`` were compared in ``pairs``; ``joined`` decisions hold: ``made`` are new, ``dropped`` held before."""

    names: int = 0
    pairs: int = 0
    joined: int = 0
    made: int = 0
    dropped: int = 0
    proposed: int = 0

    def to_text(self) -> str:
        """The pass in one line."""
        return (
            f"similar names: {self.joined:,} joined ({self.made:,} new, {self.dropped:,} no longer), "
            f"{self.proposed:,} to look at: dovetail merges"
        )


@dataclass(slots=True)
class Comparisons:
    """All likenesses of a set of Records, decided or proposed."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    proposals: list[Proposal] = field(default_factory=list)
    names: int = 0
    pairs: int = 0


class _Pair(NamedTuple):
    """Two names of two clusters: the less ``minus`` (the probability, negated), the likelier are they one."""

    minus: float
    left: str
    right: str
    ends: tuple[int, int]
    outcome: Outcome
    a: int
    b: int


def run(store: Store) -> Passed:
    """Make the likenesses of ``store`` what its Records say. Does nothing where no Record or decision changed since the last pass."""
    for attempt in range(_TRIES):
        cursor = store.cursor()
        if not _is_due(store, cursor):
            return Passed()
        records = [one for one in store.scan(NodeKind.RECORD) if isinstance(one, Record) and one.of is NodeKind.INSTITUTION]
        decided = [one for one in store.scan(NodeKind.DECISION) if isinstance(one, Decision)]
        found = comparisons(records, [one for one in decided if one.by_person])
        before = {one.id: one for one in decided if one.rule == SIMILAR}
        made = [one for key, one in sorted(found.decisions.items()) if key not in before or _says(one) != _says(before[key])]
        dropped = [one for key, one in sorted(before.items()) if key not in found.decisions]
        try:
            seen = _write(store, made, dropped, cursor)
        except Conflict:  # somebody else wrote meanwhile: look again
            if attempt == _TRIES - 1:
                raise
            continue
        store.set_meta(_META, msgspec.json.encode(State(seen.epoch, seen.revision, tuple(found.proposals))))
        return Passed(found.names, found.pairs, len(found.decisions), len(made), len(dropped), len(found.proposals))
    raise AssertionError("unreachable")


def state(store: Store) -> State | None:
    """What the last pass left behind; None if there was none."""
    said = store.meta(_META)
    return msgspec.json.decode(said, type=State) if said else None


def _is_due(store: Store, cursor: Cursor) -> bool:
    last = state(store)
    if last is None or last.epoch != cursor.epoch:
        return True
    try:
        return any(
            one.startswith(("rec-", "dec-"))
            for change in store.changes(Cursor(last.epoch, last.revision))
            for one in (*change.written, *change.deleted)
        )
    except FeedTruncated:
        return True


def _says(one: Decision) -> tuple[object, ...]:
    return (one.left, one.right, one.verdict, one.score, one.reason)


def _write(store: Store, made: Sequence[Decision], dropped: Sequence[Decision], since: Cursor) -> Cursor:
    """Write what changed; the place in the feed up to which the pass has seen everything."""
    resolver = Resolver(store)
    seen = since.revision
    alone = True
    for decisions, gone in ((dropped, True), (made, False)):
        for start in range(0, len(decisions), _LINKS):
            part = decisions[start : start + _LINKS]
            ends = sorted({end for one in part for end in (one.left, one.right)})
            plan = resolver.again(ends, [] if gone else part, [one.id for one in part] if gone else ())
            written = store.write(plan.batch, expect=plan.expect)
            resolver.commit(plan, written)
            alone = alone and written.revision <= seen + 1
            seen = written.revision
    return Cursor(since.epoch, seen) if alone else since  # what others wrote meanwhile is for the next pass


# -- the decisions


def comparisons(records: Sequence[Record], by_person: Sequence[Decision] = ()) -> Comparisons:
    """Which of ``records`` are one by their names, after keys and people have spoken. A pure function of the two sets."""
    clusters, _ = by_keys(records, by_person)
    roots = sorted(clusters.of)
    names, holders = _names(records, clusters, {root: at for at, root in enumerate(roots)})
    comparer = Comparer(names, [frozenset(clusters.of[root].countries) for root in roots])
    pairs = _allowed(comparer, clusters, roots)
    compared, counts = outcomes(comparer, pairs)
    model = learn(counts, START)
    chances = {one: model.probability(one) for one in counts}
    best: dict[tuple[int, int], _Pair] = {}
    likeliest: dict[tuple[int, int], float] = {}
    for (a, b), outcome in zip(pairs, compared, strict=True):
        x, y = names[a].cluster, names[b].cluster
        ends, chance = (x, y) if x < y else (y, x), chances[outcome]
        likeliest[ends] = max(chance, likeliest.get(ends, 0.0))
        if chance >= PROPOSED:
            left, right = (holders[a], holders[b]) if holders[a] < holders[b] else (holders[b], holders[a])
            pair = _Pair(-chance, left, right, ends, outcome, a, b)
            best[ends] = min(pair, best.get(ends, pair))
    unlike = _Unlike((ends for ends, chance in likeliest.items() if chance < UNLIKE), len(roots))
    found = Comparisons(names=len(names), pairs=len(pairs))
    # by the score as it is stored: ``cluster`` takes the decisions in the same order
    ordered = sorted(best.values(), key=lambda one: (-_score(one.minus), one.left, one.right))
    shy: list[_Pair] = []
    for pair in ordered:
        doubt = comparer.doubt(comparer.names[pair.a], comparer.names[pair.b], pair.outcome)
        if -pair.minus < BAR or doubt or not _join(pair, clusters, unlike):
            shy.append(pair)
        else:
            decision = _decision(pair, _reason(names[pair.a], names[pair.b], pair.outcome))
            found.decisions[decision.id] = decision
    asked: set[frozenset[str]] = set()
    for pair in shy:
        left, right = clusters.find(pair.left), clusters.find(pair.right)
        if len(asked) < PROPOSALS and left != right and {left, right} not in asked and clusters.veto(left, right, by_name=True) is None:
            asked.add(frozenset((left, right)))
            reason = _reason(names[pair.a], names[pair.b], pair.outcome)
            found.proposals.append(Proposal(pair.left, pair.right, _score(pair.minus), reason))
    return found


def _allowed(comparer: Comparer, clusters: Clusters, roots: Sequence[str]) -> list[tuple[int, int]]:
    """The candidate pairs that nothing forbids to be one."""
    at = [name.cluster for name in comparer.names]
    groups = [clusters.of[root] for root in roots]
    bound = [bool(one.externals or one.countries or one.enemies) for one in groups]
    return [
        (a, b)
        for a, b in comparer.pairs()
        if not (bound[at[a]] and bound[at[b]]) or clusters.veto(roots[at[a]], roots[at[b]], by_name=True) is None
    ]


def _join(pair: _Pair, clusters: Clusters, unlike: _Unlike) -> bool:
    left, right = clusters.find(pair.left), clusters.find(pair.right)
    if left == right or clusters.veto(left, right, by_name=True) is not None or not unlike.join(*pair.ends):
        return False
    clusters.union(left, right)
    return True


def _names(records: Sequence[Record], clusters: Clusters, number: dict[str, int]) -> tuple[list[Name], list[str]]:
    """The names to compare, in an order of their own, each with the smallest Record that carries it."""
    by_cluster: dict[int, dict[str, str]] = defaultdict(dict)
    for record in sorted(records, key=lambda one: one.id):
        said = by_cluster[number[clusters.find(record.id)]]
        fields = fields_of(record)
        for text in (fields["name"], *fields.get("aliases", ())):
            if not is_code(text) and len(said) < _NAMES_EACH:
                said.setdefault(text, record.id)
    names: list[Name] = []
    holders: list[str] = []
    for cluster in sorted(by_cluster):
        seen: set[object] = set()
        for text, holder in sorted(by_cluster[cluster].items()):
            name = name_of(text, cluster)
            if name and (name.core, name.place) not in seen:
                seen.add((name.core, name.place))
                names.append(name)
                holders.append(holder)
    return names, holders


class _Unlike:
    """Which groups hold names that are too different to be one."""

    def __init__(self, pairs: Iterable[tuple[int, int]], size: int) -> None:
        self._root = list(range(size))
        self._foes: dict[int, set[int]] = defaultdict(set)
        for a, b in pairs:
            self._foes[a].add(b)
            self._foes[b].add(a)

    def join(self, a: int, b: int) -> bool:
        """Make the groups of ``a`` and ``b`` one, unless they are unlike."""
        a, b = self._find(a), self._find(b)
        few, many = sorted((a, b), key=lambda one: (len(self._foes[one]), one))
        if any(self._find(foe) == many for foe in self._foes[few]):
            return False
        self._root[few] = many
        self._foes[many] |= self._foes.pop(few)
        return True

    def _find(self, one: int) -> int:
        while self._root[one] != one:
            self._root[one] = one = self._root[self._root[one]]
        return one


def _score(minus: float) -> float:
    # names that are alike are no surer than names that are the same; three digits, so that one more row does not move every decision
    return round(-minus * SCORES["name"], 3)


def _reason(one: Name, other: Name, outcome: Outcome) -> str:
    said = ", ".join(words[level] for words, level in zip(LEVELS.values(), outcome, strict=True) if words[level])
    return " ~ ".join(sorted((one.text, other.text))) + f": {said}"


def _decision(pair: _Pair, reason: str) -> Decision:
    return Decision(
        id=decision_id(pair.left, pair.right),
        provenance=Provenance(SOURCE, f"{pair.left} {pair.right}"),
        left=pair.left,
        right=pair.right,
        verdict=Verdict.SAME,
        rule=SIMILAR,
        score=_score(pair.minus),
        reason=reason,
    )


# -- for a person


def listed(store: Store) -> list[Decision | Proposal]:
    """The decisions and proposals, borderline first: by how near the score is to the bar, people's own last."""
    last = state(store)
    decided = [one for one in store.scan(NodeKind.DECISION) if isinstance(one, Decision)]
    taken = {one.id for one in decided}  # a person may have decided since
    found: list[Decision | Proposal] = [one for one in (last.proposals if last else ()) if decision_id(one.left, one.right) not in taken]
    found += decided
    bar = _score(-BAR)
    return sorted(found, key=lambda one: (isinstance(one, Decision) and one.by_person, abs(one.score - bar), one.left, one.right))
