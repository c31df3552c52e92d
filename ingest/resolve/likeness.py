"""Likenesses: which institutions of a set of Records are one by their names, after keys and people have spoken.

In: Records and people's decisions; the words and weights of a store, or none, and then these are learnt from the set. Out: SAME decisions
of the rule ``similar name`` with score and reason, and pairs that fall short of the bar as proposals for a person. Next:
``ingest.resolve.similar_names`` makes them of a whole store, ``ingest.resolve.changed_names`` of the part of it that a change concerns.

A pure function of what goes in: no order, no clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec

from graph.ids import decision_id
from graph.model import Decision, Provenance, Record, Verdict
from ingest.resolve.cluster import SCORES, SIMILAR, Clusters, by_keys, by_likeness, layers
from ingest.resolve.compare import LEVELS, START, Comparer, outcomes
from ingest.resolve.fellegi_sunter import Model, Outcome, learn
from ingest.resolve.forms import Name, name_of
from ingest.resolve.records import fields_of, is_code
from ingest.resolve.resolver import SOURCE
from ingest.resolve.vocabulary import Vocabulary

BAR = 0.99
"""The probability from which two names are taken to mean one institution."""
PROPOSED = 0.5
"""The probability from which a pair is shown to a person."""
UNLIKE = 0.02
"""Two clusters with names less probable than this do not come together by way of a third."""
PROPOSALS = 1_000
"""Pairs kept for a person to look at, the likeliest first."""
_NAMES_EACH = 20


class Proposal(msgspec.Struct, frozen=True):
    """Two Records that may mean one institution, for a person to decide."""

    left: str
    right: str
    score: float
    reason: str


class Learnt(msgspec.Struct, frozen=True):
    """What all names of a store teach: how telling their words are, and what each outcome of a comparison says."""

    words: Vocabulary
    model: Model


@dataclass(slots=True)
class Comparisons:
    """All likenesses of a set of Records, decided or proposed."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    proposals: list[Proposal] = field(default_factory=list)
    names: int = 0
    pairs: int = 0

    def add(self, more: Comparisons) -> None:
        """Put those of another look beside these."""
        self.decisions |= more.decisions
        self.proposals += more.proposals
        self.names += more.names
        self.pairs += more.pairs


class _Pair(NamedTuple):
    """Two names of two clusters: the less ``minus`` (the probability, negated), the likelier are they one."""

    minus: float
    left: str
    right: str
    ends: tuple[int, int]
    outcome: Outcome
    a: int
    b: int


Pairs = list[tuple[int, int]]
Parsed = dict[tuple[str, bool], Name | None]
"""Names taken apart, by text and whether its row says the place in a column of its own."""


class Names:
    """The names of a set of Records, in the clusters that keys and people put them in.

    Of Records of several visibilities those that fewest see are looked at: what those below them come to by likeness too, which
    ``decisions`` say, is settled.
    """

    def __init__(
        self,
        records: Iterable[Record],
        decisions: Iterable[Decision],
        words: Vocabulary | None = None,
        parsed: Parsed | None = None,
    ) -> None:
        """``parsed``, if given, takes the names that are taken apart, so that the next one need not."""
        every = sorted(records, key=lambda one: one.id)
        self.clusters = Clusters()
        for number, layer in enumerate(found := [*layers(every, decisions)], 1):
            by_keys(layer, self.clusters)
            if number < len(found):
                by_likeness(layer, self.clusters)
        self.roots = sorted(self.clusters.of)
        names, self.holders = _names({one.id: one for one in every}, self.clusters, self.roots, parsed)
        self.texts = [name.text for name in names]
        self.comparer = Comparer(names, [self.clusters.of[root].countries for root in self.roots], words)

    def entries(self, ids: Callable[[str], bool] = lambda _: True) -> Iterable[tuple[int, str]]:
        """The key and the holder of every name, of Records whose id passes ``ids``."""
        for name, holder in zip(self.comparer.names, self.holders, strict=True):
            if ids(holder):
                yield from ((key, holder) for key in self.comparer.keys(name))

    def allowed(self, pairs: Iterable[tuple[int, int]]) -> Pairs:
        """Those of ``pairs`` that nothing forbids to be one."""
        at = [name.cluster for name in self.comparer.names]
        bound = [self.clusters.bound(root) for root in self.roots]
        return [
            (a, b)
            for a, b in pairs
            if not (bound[at[a]] and bound[at[b]]) or self.clusters.veto(self.roots[at[a]], self.roots[at[b]], by_name=True) is None
        ]

    def decided(self, pairs: Pairs, compared: Sequence[Outcome], model: Model) -> Comparisons:
        """What ``pairs``, of these outcomes, come to. Joins clusters: asked for once."""
        names, holders = self.comparer.names, self.holders
        chances = {one: model.probability(one) for one in set(compared)}
        best: dict[tuple[int, int], _Pair] = {}
        for (a, b), outcome in zip(pairs, compared, strict=True):
            x, y = names[a].cluster, names[b].cluster
            ends, chance = (x, y) if x < y else (y, x), chances[outcome]
            if chance >= PROPOSED:
                left, right = (holders[a], holders[b]) if holders[a] < holders[b] else (holders[b], holders[a])
                pair = _Pair(-chance, left, right, ends, outcome, a, b)
                best[ends] = min(pair, best.get(ends, pair))
        near = {end for ends in best for end in ends}  # no other cluster can become part of one
        likeliest: dict[tuple[int, int], float] = {}
        for (a, b), outcome in zip(pairs, compared, strict=True):
            x, y = names[a].cluster, names[b].cluster
            if x in near and y in near:
                ends = (x, y) if x < y else (y, x)
                likeliest[ends] = max(chances[outcome], likeliest.get(ends, 0.0))
        unlike = _Unlike((ends for ends, chance in likeliest.items() if chance < UNLIKE), len(self.roots))
        found = Comparisons(names=len(names), pairs=len(pairs))
        # by the score as it is stored: ``cluster`` takes the decisions in the same order
        ordered = sorted(best.values(), key=lambda one: (-score(one.minus), one.left, one.right))
        shy: list[_Pair] = []
        for pair in ordered:
            doubt = self.comparer.doubt(names[pair.a], names[pair.b], pair.outcome)
            if -pair.minus < BAR or doubt or not _join(pair, self.clusters, unlike):
                shy.append(pair)
            else:
                decision = _decision(pair, self._reason(pair))
                found.decisions[decision.id] = decision
        asked: set[frozenset[str]] = set()
        for pair in shy:
            left, right = self.clusters.find(pair.left), self.clusters.find(pair.right)
            is_open = left != right and {left, right} not in asked and self.clusters.veto(left, right, by_name=True) is None
            if len(asked) < PROPOSALS and is_open:
                asked.add(frozenset((left, right)))
                found.proposals.append(Proposal(pair.left, pair.right, score(pair.minus), self._reason(pair)))
        return found

    def _reason(self, pair: _Pair) -> str:
        said = ", ".join(words[level] for words, level in zip(LEVELS.values(), pair.outcome, strict=True) if words[level])
        return " ~ ".join(sorted((self.texts[pair.a], self.texts[pair.b]))) + f": {said}"


def comparisons(records: Iterable[Record], by_person: Iterable[Decision] = (), learnt: Learnt | None = None) -> Comparisons:
    """Which of ``records`` are one by their names. A pure function of the sets, and of what was ``learnt`` if that is given."""
    return compared(Names(records, by_person, learnt.words if learnt else None), learnt)[0]


def compared(names: Names, learnt: Learnt | None = None) -> tuple[Comparisons, Learnt]:
    """Which of ``names`` are one, and what was learnt of them for it, or ``learnt``."""
    pairs = names.allowed(names.comparer.pairs())
    found, counts = outcomes(names.comparer, pairs)
    learnt = learnt or Learnt(names.comparer.words, learn(counts, START))
    return names.decided(pairs, found, learnt.model), learnt


def _join(pair: _Pair, clusters: Clusters, unlike: _Unlike) -> bool:
    left, right = clusters.find(pair.left), clusters.find(pair.right)
    if left == right or clusters.veto(left, right, by_name=True) is not None or not unlike.join(*pair.ends):
        return False
    clusters.union(left, right)
    return True


def _names(
    records: Mapping[str, Record], clusters: Clusters, roots: Sequence[str], parsed: Parsed | None
) -> tuple[list[Name], list[str]]:
    """The names to compare, in an order of their own, each with the smallest Record that carries it."""
    names: list[Name] = []
    holders: list[str] = []
    for cluster, root in enumerate(roots):
        said: dict[str, str] = {}
        is_placed = False
        for one in sorted(clusters.of[root].members):
            fields = fields_of(records[one])
            is_placed = is_placed or bool(fields.get("country") or fields.get("region"))
            for text in (fields["name"], *fields.get("aliases", ())):
                if not is_code(text) and len(said) < _NAMES_EACH:
                    said.setdefault(text, one)
        seen: set[object] = set()
        for text, holder in sorted(said.items()):
            name = _parsed(text, cluster, is_placed, parsed)
            if name and (name.core, name.place, name.part) not in seen:
                seen.add((name.core, name.place, name.part))
                names.append(name)
                holders.append(holder)
    return names, holders


def _parsed(text: str, cluster: int, has_place: bool, parsed: Parsed | None) -> Name | None:
    key = text, has_place
    if parsed is None or key not in parsed:
        name = name_of(text, cluster, has_place=has_place)
    else:
        kept = parsed[key]
        name = replace(kept, cluster=cluster) if kept else None
    if parsed is not None:
        parsed[key] = name
    return name


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


def score(minus: float) -> float:
    """The score that a pair of this probability (negated) is stored with."""
    # names that are alike are no surer than names that are the same; three digits, so that one more row does not move every decision
    return round(-minus * SCORES["name"], 3)


def _decision(pair: _Pair, reason: str) -> Decision:
    return Decision(
        id=decision_id(pair.left, pair.right),
        provenance=Provenance(SOURCE, f"{pair.left} {pair.right}"),
        left=pair.left,
        right=pair.right,
        verdict=Verdict.SAME,
        rule=SIMILAR,
        score=score(pair.minus),
        reason=reason,
    )
