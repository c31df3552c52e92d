"""Clusters: which Records mean one entity, and what the entity says; pure functions of the set of Records and of decisions.

In: all Records of one kind that share keys, directly or by way of others, and the decisions about them. Out: clusters, the links behind
them, and entities. Next: ``ingest.resolve.resolver`` plans what is stored of them; ``ingest.resolve.similar_names`` goes on from the
clusters by keys.

Hidden Records do not show: public Records are clustered alone, then those for members, then the confidential ones, each by the keys and
decisions that concern them. They join what is there and each other, and never two clusters that are two for those who see less.

The order in which Records came plays no part: keys are taken by (score descending, key), the Records of a key by (visibility, id).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Any

import msgspec

from graph.dates import ordinal
from graph.ids import entity_id
from graph.language import N_
from graph.model import BrokerLevel, Decision, Entity, Expert, Institution, InstitutionKind, NodeKind, Record, Size, Verdict, Visibility
from graph.viewer import Overlay, encode_overlays, level, strictest
from ingest.cells.identifiers import external_id
from ingest.resolve.records import ROW, fields_of, is_code, own_id

SCORES = {"row": 1.0, "ext": 1.0, "local": 0.95, "name": 0.9, "person": 0.9}
"""How sure a shared key of a kind makes that two Records mean one."""
SIMILAR = N_("similar name")
"""The rule of decisions that ``ingest.resolve.similar_names`` makes; they are applied after every key, so a likeness
never undoes a key."""
SETTLED = "two for those who see less"
"""Why two clusters of Records that more may see stay two, whatever hidden ones say."""
_RULES = {
    "row": N_("same id in one source"),
    "ext": N_("same external id"),
    "local": N_("same name within one source"),
    "name": N_("same name, legal forms aside"),
    "person": N_("same name at the same institution"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """Two Records found to be the same or, by a veto, not; ``key`` brought them together."""

    left: str
    right: str
    verdict: Verdict
    key: str
    reason: str

    @property
    def rule(self) -> str:
        return _RULES[self.key.partition(":")[0]]

    @property
    def score(self) -> float:
        return SCORES[self.key.partition(":")[0]]


_NOTHING: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(slots=True)
class _Cluster:
    """What a growing cluster must not contradict."""

    members: list[str]
    level: int
    """Of the visibility of its root."""
    externals: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NOTHING)
    """External ids by scheme. What a store has by the hundred thousand holds no empty sets of its own."""
    numbers: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NOTHING)
    """Of people: the ids that each source gave them."""
    countries: frozenset[str] = frozenset()
    enemies: frozenset[str] = frozenset()


class Clusters:
    """Union-find over Records; the root of a cluster is the smallest id of those that most may see."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}
        self.of: dict[str, _Cluster] = {}
        self._settled: set[str] = set()
        """The clusters of those who see less: no two of them become one."""

    def add(self, records: Iterable[Record]) -> None:
        """Take in Records, each a cluster of its own, of one visibility; what is there is settled, and was of lower ones."""
        self._settled = set(self.of)
        for record in records:
            cluster = _Cluster([record.id], level(record.visibility))
            for key in record.keys:
                if key.startswith("ext:"):
                    cluster.externals = _both(cluster.externals, {key.split(":", 2)[1]: frozenset({key})})
            own = own_id(record)
            if own:
                cluster.numbers = {record.provenance.source: frozenset({own})}
            country = fields_of(record).get("country") or ""
            if len(country) == 2:  # only codes can be told to differ
                cluster.countries = _one(country)
            self.parent[record.id] = record.id
            self.of[record.id] = cluster

    def find(self, one: str) -> str:
        root = one
        while self.parent[root] != root:
            root = self.parent[root]
        while self.parent[one] != root:
            self.parent[one], one = root, self.parent[one]
        return root

    def veto(self, left: str, right: str, by_name: bool) -> str | None:
        """Why the clusters of two roots cannot be one."""
        if self.settled(left, right):
            return SETTLED
        if self.apart(left, right):
            return "a person said that they are not the same"
        a, b = self.of[left], self.of[right]
        for scheme in sorted(a.externals.keys() & b.externals.keys()):
            if not a.externals[scheme] & b.externals[scheme]:
                return f"different external ids of one scheme ({scheme})"
        if by_name and any(not a.numbers[source] & b.numbers[source] for source in a.numbers.keys() & b.numbers.keys()):
            return "one source gives them two ids"
        if by_name and a.countries and b.countries and not a.countries & b.countries:
            return "different countries"
        return None

    def settled(self, left: str, right: str) -> bool:
        """Whether the clusters of two roots are two for those who see less."""
        return left in self._settled and right in self._settled

    def apart(self, left: str, right: str) -> bool:
        """Whether a person said that the clusters of two roots are not the same."""
        a, b = self.of[left], self.of[right]
        few, root = (a, right) if len(a.enemies) <= len(b.enemies) else (b, left)
        return any(self.find(enemy) == root for enemy in few.enemies)

    def bound(self, root: str) -> bool:
        """Whether anything could forbid the cluster of a root to be one with some other."""
        one = self.of[root]
        return bool(one.externals or one.countries or one.enemies or root in self._settled)

    def union(self, left: str, right: str) -> None:
        root, other = sorted((left, right), key=lambda one: (self.of[one].level, one))
        a, b = self.of[root], self.of.pop(other)
        self.parent[other] = root
        lowest = a.level
        if len(a.members) < len(b.members):  # the smaller is poured into the larger: near-linear in all
            a, b = b, a
        a.members += b.members
        a.countries |= b.countries
        a.enemies |= b.enemies
        a.externals, a.numbers, a.level = _both(a.externals, b.externals), _both(a.numbers, b.numbers), lowest
        self.of[root] = a

    def namesakes(self, records: Iterable[str]) -> bool:
        """Whether one source tells some of ``records`` apart by ids of its own: then their name alone means none of them."""
        at: dict[str, str] = {}
        return any(at.setdefault(source, root) != root for root in map(self.find, records) for source in self.of[root].numbers)


def _both(a: Mapping[str, frozenset[str]], b: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    if not a or not b:
        return a or b
    return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in (*a, *b)}


@lru_cache(maxsize=1_000)
def _one(country: str) -> frozenset[str]:
    return frozenset({country})


def cluster(records: Sequence[Record], decisions: Iterable[Decision] = ()) -> tuple[list[list[Record]], list[Link]]:
    """The clusters of ``records`` (each by ascending visibility and id) and the links that made or vetoed them.

    People's decisions come first and hold against every rule. Then each Record joins, key by key, the first cluster of the key
    that nothing vetoes. Last come the likenesses among ``decisions``, by (score descending, ids). So it goes for each visibility.
    """
    clusters, links = Clusters(), list[Link]()
    for layer in layers(records, decisions):
        links += by_keys(layer, clusters)
        by_likeness(layer, clusters)
    by_id = {record.id: record for record in records}
    order = {one: (level(record.visibility), one) for one, record in by_id.items()}
    found = [[by_id[one] for one in sorted(group.members, key=order.__getitem__)] for _, group in sorted(clusters.of.items())]
    return found, [link for link in links if link.verdict is Verdict.SAME or clusters.find(link.left) != clusters.find(link.right)]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one visibility adds: ``own`` Records by id, to those ``below``; people's decisions and likenesses about them."""

    own: list[Record]
    below: list[Record]
    by_person: list[Decision]
    alike: list[Decision]


def layers(records: Iterable[Record], decisions: Iterable[Decision] = ()) -> Iterator[Layer]:
    """The layers of ``records``, from the one that most may see. A decision is as hidden as the Records that it is about."""
    by_id = {record.id: record for record in sorted(records, key=lambda one: (level(one.visibility), one.id))}
    about: dict[Visibility, list[Decision]] = defaultdict(list)
    for one in decisions:
        if one.left in by_id and one.right in by_id:
            about[strictest((by_id[one.left].visibility, by_id[one.right].visibility))].append(one)
    below: list[Record] = []
    for visibility in Visibility:
        own = [record for record in by_id.values() if record.visibility is visibility]
        decided = about[visibility]
        if own:
            yield Layer(own, below, [one for one in decided if one.by_person], [one for one in decided if one.rule == SIMILAR])
        below = [*below, *own]


def by_keys(layer: Layer, clusters: Clusters) -> list[Link]:
    """Take the Records of ``layer`` into ``clusters``, by people's decisions and shared keys, without likenesses; the links."""
    clusters.add(layer.own)
    by_person = sorted(layer.by_person, key=lambda one: (one.left, one.right))
    for one in by_person:
        if one.verdict is Verdict.NOT_SAME:
            clusters.of[clusters.find(one.left)].enemies |= {one.right}
            clusters.of[clusters.find(one.right)].enemies |= {one.left}
    for one in by_person:
        left, right = clusters.find(one.left), clusters.find(one.right)
        # SAME that would bring together what a person told apart is left undone: both are people's words
        is_free = left != right and not clusters.settled(left, right) and not clusters.apart(left, right)
        if one.verdict is Verdict.SAME and is_free:
            clusters.union(left, right)
    return _link(layer, clusters)


def by_likeness(layer: Layer, clusters: Clusters) -> None:
    """Join what is there by the likenesses of ``layer``."""
    for one in sorted(layer.alike, key=lambda one: (-one.score, one.left, one.right)):
        left, right = clusters.find(one.left), clusters.find(one.right)
        if left != right and clusters.veto(left, right, by_name=True) is None:
            clusters.union(left, right)


def _link(layer: Layer, clusters: Clusters) -> list[Link]:
    groups: dict[str, list[str]] = {key: [] for record in layer.own for key in record.keys}
    for record in (*layer.below, *layer.own):
        for key in (*record.keys, f"{ROW}{record.id}") if layer.below else record.keys:
            if key in groups:
                groups[key].append(record.id)
    links: list[Link] = []
    for key in sorted((key for key in groups if len(groups[key]) > 1), key=lambda key: (-SCORES[key.partition(":")[0]], key)):
        first_of: dict[str, str] = {}  # root -> the smallest Record of this key in it, in order of appearance
        if key.startswith("person:") and clusters.namesakes(groups[key]):
            links += _apart(groups[key], key, clusters)
            continue
        for one in groups[key]:
            links += _join(one, key, first_of, clusters)
    return links


def _join(one: str, key: str, first_of: dict[str, str], clusters: Clusters) -> list[Link]:
    root = clusters.find(one)
    if root in first_of:
        return []
    vetoed: list[Link] = []
    by_name = not key.startswith(("ext:", ROW))
    for other, anchor in first_of.items():
        reason = clusters.veto(other, root, by_name)
        if reason is None:
            clusters.union(other, root)
            if clusters.find(one) != other:  # under its new root, in its old place
                renamed = [(clusters.find(anchor), anchor) for anchor in first_of.values()]
                first_of.clear()
                first_of.update(renamed)
            return [*vetoed, Link(anchor, one, Verdict.SAME, key, f"both carry {key}")]
        if not vetoed and reason != SETTLED:  # one is enough to see why: a hot key would else store a pair for every two clusters
            vetoed.append(Link(anchor, one, Verdict.NOT_SAME, key, reason))
    first_of[root] = one
    return vetoed


def _apart(records: Sequence[str], key: str, clusters: Clusters) -> list[Link]:
    """What namesakes come to: nobody is joined by their name, each is told from the first."""
    first = records[0]
    others = {clusters.find(one): one for one in reversed(records) if clusters.find(one) != clusters.find(first)}
    reason = "several people of one source have this name here"
    root = clusters.find(first)
    new = {other: one for other, one in others.items() if not clusters.settled(root, other)}
    return [Link(first, one, Verdict.NOT_SAME, key, clusters.veto(root, other, True) or reason) for other, one in new.items()]


# -- survivorship

_LISTS = ("aliases", "keywords", "external_ids", "industry", "qualifications")
_SINGLE = {
    NodeKind.INSTITUTION: ("country", "region", "size", "description"),
    NodeKind.EXPERT: ("headline", "broker", "bio", "capacity"),
}
_ENUMS: dict[str, type[StrEnum]] = {"size": Size, "broker": BrokerLevel}


def entity(records: Sequence[Record]) -> Entity:
    """What ``records`` (a cluster, by ascending visibility and id) say together.

    They are asked in this order: rows before references, the newest ``retrieved_at``, the fullest, the smallest id. The first
    that says something wins; lists are sorted unions; names that lose become aliases. The fields are what the Records say that most may
    see; what the others add is kept apart, by visibility.
    """
    seen: list[Record] = []
    said: dict[str, Any] = {}
    overlays: dict[Visibility, Overlay] = {}
    for visibility, part in groupby(records, key=lambda one: one.visibility):
        own = [*part]
        fields = _said([*seen, *own])
        if seen:
            now, below = msgspec.to_builtins(fields), msgspec.to_builtins(said)
            below |= {name: value for overlay in overlays.values() for name, value in overlay.fields.items()}
            overlays[visibility] = Overlay({name: value for name, value in now.items() if value != below[name]}, len(own))
        else:
            said = fields
        seen += own
    common: dict[str, Any] = {
        "id": entity_id(records[0].of, records[0].id),
        "records": tuple(record.id for record in records),
        "former_ids": tuple(entity_id(record.of, record.id) for record in records[1:]),
        "visibility": records[0].visibility,
        "overlays": encode_overlays(overlays),
    }
    type_ = Expert if records[0].of is NodeKind.EXPERT else Institution
    return type_(**common, **said)


def _said(records: Sequence[Record]) -> dict[str, Any]:
    """The fields of an entity of these Records."""
    said = {record.id: fields_of(record) for record in records}
    order = sorted(
        records,
        key=lambda one: (one.stub, -ordinal(one.provenance.retrieved_at), -len(said[one.id]), one.id),
    )
    fields = [said[one.id] for one in order]
    # one known by its id alone has that for a name: shown only where nothing better is known
    names = [
        one["name"]
        for record, one in zip(order, fields, strict=True)
        if not (external_id(one["name"]) or (record.stub and is_code(one["name"])))
    ]
    values: dict[str, Any] = {"name": (names or [fields[0]["name"]])[0], "provenance": order[0].provenance}
    for name in _SINGLE[records[0].of]:
        said_first = next((one[name] for one in fields if one.get(name) is not None), None)
        values[name] = _ENUMS[name](said_first) if name in _ENUMS and said_first is not None else said_first
    lists = {name: {part for one in fields for part in one.get(name, ())} for name in _LISTS}
    lists["aliases"] = (lists["aliases"] | {*names}) - {values["name"]}
    values |= {name: tuple(sorted(lists[name])) for name in ("aliases", "external_ids")}
    if records[0].of is NodeKind.EXPERT:
        return values | {"keywords": tuple(sorted(lists["keywords"]))}
    kind = next((one["kind"] for one in fields if one.get("kind")), InstitutionKind.OTHER)
    values |= {name: tuple(sorted(lists[name])) for name in ("industry", "qualifications")}
    return values | {"kind": InstitutionKind(kind)}
