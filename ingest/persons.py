"""Stored people: taken out of the store, or hidden, with everything that follows for the Records and edges around them.

In: the Records of an expert that go, or that only the operator is to see. Out: a ``Change``: one batch, as if the files had been fed
without them (or with them hidden). Next: ``desk.people.rights`` writes it together with the entry of the journal and the list
(``ingest.suppression``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from graph.ids import edge_id
from graph.model import Decision, Edge, EdgeKind, Evidence, Expert, NodeKind, Record, Visibility
from graph.store import Batch, Store
from ingest.build import Draft
from ingest.resolve.names import person_key
from ingest.resolve.records import fields_of, is_code, own_id
from ingest.resolve.resolver import Resolver
from ingest.retold import orphans
from ingest.suppression import Suppression, called, hidden, is_bare, keys_of


@dataclass(frozen=True)
class Change:
    """What is to be written; ``expect``: the versions that must hold."""

    batch: Batch
    expect: dict[str, int | None]


@dataclass(frozen=True)
class Keys:
    """By what a person is known: the keys of Records, by Record, and the names beside employers that mean nobody else. ``sources`` gave
    the person an id; ``schemes``: of the person's external ids."""

    records: dict[str, list[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    schemes: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    """Names without an employer."""
    shared: list[str] = field(default_factory=list)
    """Names beside employers that somebody else has too."""


def people_of(store: Store, entity: Expert) -> list[Expert]:
    """A person, with whoever is known by the bare name alone and tied to the same employer: the same, by all that is known. Nobody else
    where several have the name there."""
    if keys_of_person(store, [entity]).shared:
        return [entity]
    houses, names = _employers(store, entity), _called(_records(store, [entity]).values())
    found = [entity]
    for other in store.scan(NodeKind.EXPERT):
        if isinstance(other, Expert) and other.id != entity.id and person_key(other.name) in names:
            records = _records(store, [other]).values()
            if all(map(is_bare, records)) and not houses.isdisjoint(_employers(store, other)):
                found.append(other)
    return found


def _records(store: Store, people: Iterable[Expert]) -> dict[str, Record]:
    """The Records of people, by id."""
    wanted = [one for person in people for one in person.records]
    return {one: record for one, record in store.get(wanted).items() if isinstance(record, Record)}


def _called(records: Iterable[Record]) -> set[str]:
    """What people are called, as names of people are compared."""
    said = (name for record in records for name in (fields_of(record)["name"], *fields_of(record).get("aliases", ())))
    return {person_key(name) for name in said if not is_code(name)} - {""}


def keys_of_person(store: Store, people: Collection[Expert]) -> Keys:
    """By what ``people``, who are one person, are known, as resolution would join another Record to it."""
    records = _records(store, people)
    found = {one: [key for key in keys_of(record) if not key.startswith("person:")] for one, record in records.items()}
    names = {key for record in records.values() for key in record.keys if key.startswith("person:")}
    houses = store.get({house for person in people for house in _employers(store, person)}).values()
    places = store.get({one for house in houses for one in getattr(house, "records", ())}).values()
    at = {key for place in places if isinstance(place, Record) for key in place.keys if key.startswith(("name:", "ext:"))}
    names |= {f"person:{name}|{place}" for name in _called(records.values()) for place in at}
    others = {key for key, ids in store.lookup(names).items() if not set(ids) <= records.keys()}
    return Keys(
        records=found,
        names=sorted(names - others),
        sources=sorted({record.provenance.source for record in records.values() if own_id(record) is not None}),
        schemes=sorted({key.split(":", 2)[1] for keys in found.values() for key in keys if key.startswith("ext:")}),
        called=sorted(map(called, _called(records.values()))),
        shared=sorted(others),
    )


def _employers(store: Store, person: Expert) -> set[str]:
    return {edge.target for edge in store.edges([person.id], kinds=[EdgeKind.AFFILIATED_WITH], direction="out")}


def on_list(store: Store, suppression: Suppression) -> dict[str, Record]:
    """The stored Records of people who are on the list, by id."""
    found: dict[str, Record] = {}
    for record in store.scan(NodeKind.RECORD):
        if isinstance(record, Record) and record.of is NodeKind.EXPERT and suppression.of(record):
            found[record.id] = record
    return found


def removed(store: Store, records: Collection[str]) -> Change:
    """The store without these Records of experts, and without the institutions that nothing but them named."""
    lost = _edges_at(store, records)
    orphaned, ending = orphans(store, lost, {}, (), ())
    gone = {*records, *orphaned}
    resolver = Resolver(store)
    plan = resolver.plan({}, gone)
    plan.batch.edges = [edge for edge in plan.batch.edges if edge.id not in ending]
    plan.batch.delete += [*sorted(ending), *_decisions_about(store, gone)]
    return Change(plan.batch, plan.expect)


def concealed(store: Store, records: Collection[str]) -> Change:
    """The store with these Records of experts as rows that only the operator may see would have made them."""
    stored = {one: record for one, record in store.get(records).items() if isinstance(record, Record)}
    instead = {one: hidden(record) for one, record in stored.items() if record.visibility is not Visibility.CONFIDENTIAL}
    lost = _edges_at(store, instead)
    resolver = Resolver(store)
    plan = resolver.plan({record.id: record for record in instead.values()}, set(instead))
    gone = {edge.id for edge in lost}
    kept = [edge for edge in plan.batch.edges if edge.id not in gone]
    plan.batch.edges = kept + [_redrawn(edge, instead, plan.entity_of) for edge in lost]
    plan.batch.delete += [*sorted(gone), *_decisions_about(store, instead)]
    return Change(plan.batch, plan.expect)


def _edges_at(store: Store, records: Collection[str]) -> list[Edge]:
    """The edges that came with these Records."""
    holders = {entity for ids in store.lookup(list(records)).values() for entity in ids}
    return [edge for edge in store.edges(holders) if {edge.source_record, edge.target_record} & set(records)]


def _redrawn(edge: Edge, instead: Mapping[str, Record], entity_of: Mapping[str, str]) -> Edge:
    """``edge`` between the Records that take the place of its own, as hidden as these."""
    ends = {"source": edge.source_record or edge.source, "target": edge.target_record or edge.target}
    changed: dict[str, object] = {"visibility": Visibility.CONFIDENTIAL, "version": 0}
    for name, end in ends.items():
        if end in instead:
            ends[name] = instead[end].id
            changed |= {name: entity_of[ends[name]], f"{name}_record": ends[name]}
    draft = Draft.again(edge, ends["source"], ends["target"], Visibility.CONFIDENTIAL)
    by_hand = isinstance(edge, Evidence) and not draft.apart
    one = edge.id if by_hand else edge_id(edge.kind, ends["source"], ends["target"], edge.provenance.source, *draft.apart)
    return msgspec.structs.replace(edge, id=one, **changed)


def _decisions_about(store: Store, records: Iterable[str]) -> list[str]:
    """Decisions about Records that go: their reasons quote names."""
    hits = store.lookup([f"decision:{one}" for one in records])
    found = store.get({one for ids in hits.values() for one in ids})
    return sorted(one for one, node in found.items() if isinstance(node, Decision))
