"""The likenesses that a change concerns: what the pass over similar names looks at where little changed since the last one.

In: the Records that changed, the blocks of the last pass and what the last full pass learnt. Out: the likenesses of the part of the store
that the change concerns, that part, and the blocks as they are now. Next: ``ingest.resolve.similar_names`` writes them.

The part is closed: it holds every cluster that a pair of names of at least ``PROPOSED`` ties to another of its clusters, so that what is
decided within it is what a look at all names by the same weights would decide there (a test holds the two against each other). Records
that are not public are no part of it: they are compared in full passes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import combinations

from graph.model import Decision, Record, Visibility
from ingest.resolve.blocks import Blocks
from ingest.resolve.compare import BLOCK, outcomes
from ingest.resolve.fellegi_sunter import Outcome
from ingest.resolve.likeness import PROPOSED, Comparisons, Learnt, Names, Pairs, Parsed

Tied = Callable[[Iterable[str]], tuple[dict[str, Record], dict[str, Decision]]]
"""Of Records by id: all Records that keys, decisions or an entity tie to them, and the decisions about these (``Resolver.tied``)."""


@dataclass(slots=True)
class Part:
    """What a change concerns: ``records`` and what they come to."""

    records: set[str]
    found: Comparisons


@dataclass(slots=True)
class _Read:
    """What was read of the store so far: whole components, so that reading on changes none of their clusters."""

    tied: Tied
    records: dict[str, Record] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    parsed: Parsed = field(default_factory=dict)
    """Names that were taken apart."""

    def more(self, ids: Iterable[str]) -> bool:
        """Read what is tied to ``ids``; whether there was anything new."""
        wanted = [one for one in ids if one not in self.records]
        tied, decisions = self.tied(wanted) if wanted else ({}, {})
        records = {one: record for one, record in tied.items() if record.visibility is Visibility.PUBLIC}
        self.records |= records
        self.decisions |= decisions
        return bool(records)

    def names(self, learnt: Learnt) -> Names:
        return Names(self.records.values(), [one for one in self.decisions.values() if one.by_person], learnt.words, self.parsed)


def changed(tied: Tied, changed_records: Collection[str], blocks: Blocks, learnt: Learnt) -> Part:
    """The part of a store that ``changed_records`` (new, changed or gone) concern. Brings ``blocks`` up to date."""
    read = _Read(tied)
    read.more(sorted(changed_records))
    # whoever a former name was joined with is among these: they were one entity. A pair that was not joined moved nothing
    fresh = {*read.records, *changed_records}
    entries = list(read.names(learnt).entries())
    lost = blocks.remove(fresh)
    gained = Counter(key for key, _ in entries)
    seeds = set(fresh)
    for key in lost.keys() | gained.keys():
        rest = blocks.size(key)
        if (rest + lost[key] > BLOCK) != (rest + gained[key] > BLOCK):
            seeds.update(blocks.holders(key))  # a block that became too common compares nobody any more, and the other way round
    blocks.add(entries)
    return _closed(read, seeds, blocks, learnt)


def _closed(read: _Read, seeds: set[str], blocks: Blocks, learnt: Learnt) -> Part:
    """The clusters of ``seeds`` and all that likely pairs tie to them, and what they come to."""
    inside = set(seeds)
    read.more(sorted(inside))
    while True:
        names = read.names(learnt)
        comparer, clusters = names.comparer, names.clusters
        roots = {clusters.find(one) for one in inside if one in clusters.parent}
        own = [names.roots[name.cluster] in roots for name in comparer.names]
        keys = [set(comparer.keys(name)) if is_own else set[int]() for name, is_own in zip(comparer.names, own, strict=True)]
        common = {key for key in set().union(*keys) if 1 < blocks.size(key) <= BLOCK}
        if read.more(sorted({holder for key in common for holder in blocks.holders(key)})):
            continue  # names of other clusters are to be known before they are compared
        members: dict[int, list[int]] = defaultdict(list)
        for at, name in enumerate(comparer.names):
            for key in common.intersection(comparer.keys(name)):
                members[key].append(at)
        cluster = [name.cluster for name in comparer.names]
        candidates = {
            pair
            for block in members.values()
            for pair in combinations(block, 2)
            if cluster[pair[0]] != cluster[pair[1]] and (own[pair[0]] or own[pair[1]])
        }
        pairs = names.allowed(sorted(candidates))
        found, _ = outcomes(comparer, pairs)
        likely = {one for one in set(found) if learnt.model.probability(one) >= PROPOSED}
        tied = {cluster[end] for pair, outcome in zip(pairs, found, strict=True) if outcome in likely for end in pair}
        new = {names.roots[one] for one in tied} - roots
        if new:
            inside |= new
            continue
        within: Pairs = [pair for pair in pairs if own[pair[0]] and own[pair[1]]]
        told: list[Outcome] = [outcome for pair, outcome in zip(pairs, found, strict=True) if own[pair[0]] and own[pair[1]]]
        records = {one for root in roots for one in clusters.of[root].members} | inside
        return Part(records, names.decided(within, told, learnt.model))
