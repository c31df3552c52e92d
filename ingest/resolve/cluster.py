"""Clusters: which Records mean one entity, and what the entity says; pure functions of the set of Records and of decisions.

In: all Records of one kind that share keys, directly or by way of others, and the decisions about them. Out: clusters, the links behind
them, and entities. Next: ``ingest.resolve.resolver`` plans what is stored of them; ``ingest.resolve.similar_names`` goes on from the
clusters by keys.

The order in which Records came plays no part: keys are taken by (score descending, key), the Records of a key by id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graph.dates import ordinal
from graph.ids import entity_id
from graph.model import BrokerLevel, Decision, Entity, Expert, Institution, InstitutionKind, NodeKind, Record, Size, Verdict
from ingest.cells.identifiers import external_id
from ingest.resolve.records import fields_of, is_code, own_id

SCORES = {"ext": 1.0, "local": 0.95, "name": 0.9, "person": 0.9}
"""How sure a shared key of a kind makes that two Records mean one."""
SIMILAR = "similar name"
"""The rule of decisions that ``ingest.resolve.similar_names`` makes; they are applied after every key, so a likeness
never undoes a key."""
_RULES = {
    "ext": "same external id",
    "local": "same name within one source",
    "name": "same name, legal forms aside",
    "person": "same name at the same institution",
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


@dataclass(slots=True)
class _Cluster:
    """What a growing cluster must not contradict."""

    members: list[str]
    externals: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    numbers: dict[str, set[str]] = field(default_factory=dict)
    """Of people: the ids that each source gave them."""
    countries: set[str] = field(default_factory=set)
    enemies: set[str] = field(default_factory=set)


class Clusters:
    """Union-find over Records; the root of a cluster is its smallest id."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.parent: dict[str, str] = {}
        self.of: dict[str, _Cluster] = {}
        for record in records:
            cluster = _Cluster([record.id])
            for key in record.keys:
                if key.startswith("ext:"):
                    cluster.externals[key.split(":", 2)[1]].add(key)
            own = own_id(record)
            if own:
                cluster.numbers[record.provenance.source] = {own}
            country = fields_of(record).get("country") or ""
            if len(country) == 2:  # only codes can be told to differ
                cluster.countries.add(country)
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
        a, b = self.of[left], self.of[right]
        few, root = (a, right) if len(a.enemies) <= len(b.enemies) else (b, left)
        if any(self.find(enemy) == root for enemy in few.enemies):
            return "a person said that they are not the same"
        for scheme in sorted(a.externals.keys() & b.externals.keys()):
            if not a.externals[scheme] & b.externals[scheme]:
                return f"different external ids of one scheme ({scheme})"
        if by_name and any(not a.numbers[source] & b.numbers[source] for source in a.numbers.keys() & b.numbers.keys()):
            return "one source gives them two ids"
        if by_name and a.countries and b.countries and not a.countries & b.countries:
            return "different countries"
        return None

    def union(self, left: str, right: str) -> None:
        root, other = sorted((left, right))
        a, b = self.of[root], self.of.pop(other)
        self.parent[other] = root
        if len(a.members) < len(b.members):  # the smaller is poured into the larger: near-linear in all
            a, b = b, a
        a.members += b.members
        a.countries |= b.countries
        a.enemies |= b.enemies
        for scheme, ids in b.externals.items():
            a.externals[scheme] |= ids
        for source, ids in b.numbers.items():
            a.numbers[source] = a.numbers.get(source, set()) | ids
        self.of[root] = a

    def namesakes(self, records: Iterable[str]) -> bool:
        """Whether one source tells some of ``records`` apart by ids of its own: then their name alone means none of them."""
        at: dict[str, str] = {}
        return any(at.setdefault(source, root) != root for root in map(self.find, records) for source in self.of[root].numbers)


def cluster(records: Sequence[Record], decisions: Iterable[Decision] = ()) -> tuple[list[list[Record]], list[Link]]:
    """The clusters of ``records`` (each by ascending id) and the links that made or vetoed them.

    People's decisions come first and hold against every rule. Then each Record joins, key by key, the first cluster of the key
    that nothing vetoes. Last come the likenesses among ``decisions``, by (score descending, ids).
    """
    decided = list(decisions)
    clusters, links = by_keys(records, decided)
    for one in sorted((one for one in decided if one.rule == SIMILAR), key=lambda one: (-one.score, one.left, one.right)):
        if one.left in clusters.parent and one.right in clusters.parent:
            left, right = clusters.find(one.left), clusters.find(one.right)
            if left != right and clusters.veto(left, right, by_name=True) is None:
                clusters.union(left, right)
    by_id = {record.id: record for record in records}
    found = [[by_id[one] for one in sorted(group.members)] for _, group in sorted(clusters.of.items())]
    return found, [link for link in links if link.verdict is Verdict.SAME or clusters.find(link.left) != clusters.find(link.right)]


def by_keys(records: Iterable[Record], decisions: Iterable[Decision] = ()) -> tuple[Clusters, list[Link]]:
    """What people's decisions and shared keys come to, without likenesses."""
    by_id = {record.id: record for record in sorted(records, key=lambda one: one.id)}
    clusters = Clusters(by_id.values())
    by_person = sorted(
        (one for one in decisions if one.by_person and one.left in by_id and one.right in by_id), key=lambda one: (one.left, one.right)
    )
    for one in by_person:
        if one.verdict is Verdict.NOT_SAME:
            clusters.of[one.left].enemies.add(one.right)
            clusters.of[one.right].enemies.add(one.left)
    for one in by_person:
        left, right = clusters.find(one.left), clusters.find(one.right)
        # SAME that would bring together what a person told apart is left undone: both are people's words
        if one.verdict is Verdict.SAME and left != right and not any(clusters.find(enemy) == right for enemy in clusters.of[left].enemies):
            clusters.union(left, right)
    return clusters, _link(by_id, clusters)


def _link(by_id: dict[str, Record], clusters: Clusters) -> list[Link]:
    groups: dict[str, list[str]] = defaultdict(list)
    for record in by_id.values():
        for key in record.keys:
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
    by_name = not key.startswith("ext:")
    for other, anchor in first_of.items():
        reason = clusters.veto(other, root, by_name)
        if reason is None:
            clusters.union(other, root)
            if clusters.find(one) != other:  # under its new root, in its old place
                renamed = [(clusters.find(anchor), anchor) for anchor in first_of.values()]
                first_of.clear()
                first_of.update(renamed)
            return [*vetoed, Link(anchor, one, Verdict.SAME, key, f"both carry {key}")]
        if not vetoed:  # one is enough to see why: a hot key would else store a pair for every two clusters
            vetoed.append(Link(anchor, one, Verdict.NOT_SAME, key, reason))
    first_of[root] = one
    return vetoed


def _apart(records: Sequence[str], key: str, clusters: Clusters) -> list[Link]:
    """What namesakes come to: nobody is joined by their name, each is told from the first."""
    first = records[0]
    others = {clusters.find(one): one for one in reversed(records) if clusters.find(one) != clusters.find(first)}
    reason = "several people of one source have this name here"
    root = clusters.find(first)
    return [Link(first, one, Verdict.NOT_SAME, key, clusters.veto(root, other, True) or reason) for other, one in others.items()]


# -- survivorship

_LISTS = ("aliases", "keywords", "external_ids", "industry", "qualifications")
_SINGLE = {
    NodeKind.INSTITUTION: ("country", "region", "size", "description"),
    NodeKind.EXPERT: ("headline", "broker", "bio", "capacity"),
}
_ENUMS: dict[str, type[StrEnum]] = {"size": Size, "broker": BrokerLevel}


def entity(records: Sequence[Record]) -> Entity:
    """What ``records`` (a cluster, by ascending id) say together.

    They are asked in this order: rows before references, the newest ``retrieved_at``, the fullest, the smallest id. The first
    that says something wins; lists are sorted unions; names that lose become aliases.
    """
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
    values: dict[str, Any] = {"name": (names or [fields[0]["name"]])[0]}
    for name in _SINGLE[records[0].of]:
        said_first = next((one[name] for one in fields if one.get(name) is not None), None)
        values[name] = _ENUMS[name](said_first) if name in _ENUMS and said_first is not None else said_first
    lists = {name: {part for one in fields for part in one.get(name, ())} for name in _LISTS}
    lists["aliases"] = (lists["aliases"] | {*names}) - {values["name"]}
    common = {
        "id": entity_id(records[0].of, records[0].id),
        "provenance": order[0].provenance,
        "name": values.pop("name"),
        "aliases": tuple(sorted(lists["aliases"])),
        "external_ids": tuple(sorted(lists["external_ids"])),
        "records": tuple(record.id for record in records),
        "former_ids": tuple(entity_id(record.of, record.id) for record in records[1:]),
    }
    if records[0].of is NodeKind.EXPERT:
        return Expert(**common, **values, keywords=tuple(sorted(lists["keywords"])))
    kind = next((one["kind"] for one in fields if one.get("kind")), InstitutionKind.OTHER)
    values |= {name: tuple(sorted(lists[name])) for name in ("industry", "qualifications")}
    return Institution(**common, **values, kind=InstitutionKind(kind))
