"""The resolver, from Records and decisions to entities: which nodes, edges and deletions a batch of Records comes to.

In: Records as ``ingest.build`` makes them, people's decisions, and the store. Out: a ``Plan``. Next: ``ingest.load`` writes it with the
batch's other nodes in one transaction; ``ingest.resolve.similar_names`` and ``desk.merges`` have stored Records resolved again.

For the Records touched, everything that shares keys with them, directly or by way of others, is read and clustered afresh
(``ingest.resolve.cluster``), so what comes out depends on the set of Records and never on their order. A row that other people than
before may see is another Record: the former one goes, or is left as a reference where other rows still name it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec

from graph.ids import decision_id, record_id
from graph.model import DERIVED, Decision, Edge, EdgeKind, Expert, Institution, NodeKind, Provenance, Record, Visibility
from graph.store import Batch, Store, Written
from graph.viewer import level
from ingest.resolve.cluster import SIMILAR, Link, cluster, entity
from ingest.resolve.records import ROW, as_stub, fields_of, with_expert_keys

SOURCE = "dovetail"
"""The source of decisions that rules make."""
HAS_HIDDEN = "hidden-records"
"""The meta value of a store that holds, or held, Records that are not public: only there are they looked for."""
MEMORY = 50_000
"""Records remembered in a run; then forgotten and read again as they come."""
_TRIES = 5


@dataclass(slots=True)
class _Known:
    """A Record as stored, and the entity it belongs to."""

    record: Record
    version: int
    entity: str


@dataclass(slots=True)
class Plan:
    """What Records come to. ``entity_of`` answers for every Record that was asked about."""

    batch: Batch = field(default_factory=Batch)
    entity_of: dict[str, str] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    gone: dict[str, Record] = field(default_factory=dict)
    """Records that are deleted."""
    replaced: frozenset[str] = frozenset()
    """Records whose row came anew for other people to see: references now, which go if nobody names them."""
    expect: dict[str, int | None] = field(default_factory=dict)
    joined: int = 0
    """New Records less new entities: how many joined an entity that was there or another new Record. A row and a hidden reference to
    its id are no two."""


class Resolver:
    """Plans for one run over one store. Remembers the Records it has seen; ``forget`` after somebody else wrote."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}
        self._has_hidden = False

    def forget(self) -> None:
        self._known.clear()

    def make_room(self) -> None:
        """Forget where much is remembered. Between two batches: what a batch leaves out because it is remembered must stay so."""
        if len(self._known) > MEMORY:
            self.forget()

    @property
    def has_hidden(self) -> bool:
        """Whether the store holds, or held, Records that are not public."""
        self._look_for_hidden(())
        return self._has_hidden

    def entity_of(self, record: str) -> str | None:
        """The entity of a Record as of the last write, if it is remembered."""
        known = self._known.get(record)
        return known.entity if known else None

    def recall(self, ids: Iterable[str]) -> None:
        """Read the Records ``ids`` that are not remembered yet; those that are not stored are passed over."""
        wanted = [one for one in ids if one not in self._known]
        # a stored Record is a key of its entity: one look-up tells the new ones, which are most
        entities = self._store.lookup(wanted) if wanted else {}
        for one, record in self._store.get(list(entities)).items() if entities else ():
            if isinstance(record, Record):
                owner = next((hit for hit in entities[one] if hit != one), "")
                self._known[one] = _Known(msgspec.structs.replace(record, version=0), record.version, owner)

    def plan(self, incoming: Mapping[str, Record], gone: Collection[str] = (), beside: Collection[str] = ()) -> Plan:
        """What the Records ``incoming`` come to once those ``gone`` (stored, and not incoming) are deleted. A stub gives way to what is
        stored, and a row to nothing; one ``beside`` a row of something else stands beside the same row for other people to see too."""
        self._look_for_hidden(incoming.values())
        plan = Plan()
        incoming = {**incoming, **self._replaced([record for one, record in incoming.items() if one not in beside], plan)}
        incoming = {one: record for one, record in incoming.items() if one not in gone}
        self.recall([*incoming, *gone])
        plan.gone = {one: self._known[one].record for one in gone if one in self._known}
        institutions = {one: record for one, record in incoming.items() if record.of is NodeKind.INSTITUTION}
        touched = self._touched(institutions)
        experts = {one: record for one, record in incoming.items() if record.of is NodeKind.EXPERT}
        rekeyed = {one: record for one, record in self._rekeyed(touched).items() if one not in experts and one not in gone}
        experts = self._with_keys(experts | rekeyed, institutions)
        for of, records in ((NodeKind.INSTITUTION, touched), (NodeKind.EXPERT, self._touched(experts))):
            if records or any(record.of is of for record in plan.gone.values()):
                self._resolve(of, records, plan)
        for one in incoming:
            if one not in plan.entity_of:
                plan.entity_of[one] = self._known[one].entity
        return plan

    def again(self, records: Collection[str], decisions: Collection[Decision] = (), dropped: Collection[str] = ()) -> Plan:
        """What stored Records come to when asked again, ``decisions`` (not yet stored) added and those with the ids ``dropped`` gone."""
        self._look_for_hidden(())
        self.recall(records)
        plan = Plan(batch=Batch(nodes=[*decisions], delete=sorted(dropped)))
        for of in (NodeKind.INSTITUTION, NodeKind.EXPERT):
            touched = {one: self._known[one].record for one in records if one in self._known and self._known[one].record.of is of}
            if touched:
                self._resolve(of, touched, plan, {one.id: one for one in decisions}, dropped)
        return plan

    def keyed(self, experts: Mapping[str, Record], institutions: Mapping[str, Record]) -> dict[str, Record]:
        """The Records of ``experts`` that come in with ``institutions``, with the keys that they will have."""
        self._look_for_hidden(())
        self.recall(experts)
        return self._with_keys(experts, institutions)

    def tied(self, records: Iterable[str]) -> tuple[dict[str, Record], dict[str, Decision]]:
        """The institutions' Records that are tied to ``records`` as far as these are stored, and the decisions about them."""
        wanted = list(records)
        self.recall(wanted)
        known = [self._known[one].record for one in wanted if one in self._known]
        institutions = {record.id: record for record in known if record.of is NodeKind.INSTITUTION}
        decisions: dict[str, Decision] = {}
        self._look_for_hidden(())
        return (self._component(NodeKind.INSTITUTION, institutions, decisions, Plan()) if institutions else {}), decisions

    def _look_for_hidden(self, incoming: Iterable[Record]) -> None:
        """Whether there are Records that are not public: those ``incoming`` may be the first of the store."""
        if not self._has_hidden:
            self._has_hidden = self._store.meta(HAS_HIDDEN) is not None
        if not self._has_hidden and any(record.visibility is not Visibility.PUBLIC for record in incoming):
            self._store.set_meta(HAS_HIDDEN, b"1")
            self._has_hidden = True

    def _replaced(self, incoming: Collection[Record], plan: Plan) -> dict[str, Record]:
        """Records of rows whose rows come anew for other people to see, as they are named by other rows; their ids go into ``plan``."""
        if not self._has_hidden:
            return {}
        others = {
            record_id(record.of, *record.provenance.row, visibility)
            for record in incoming
            if not record.stub
            for visibility in Visibility
            if visibility is not record.visibility
        }
        self.recall(others)
        named = {record.id: record for record in incoming}
        found = {}
        for one in sorted(others - {one for one, record in named.items() if not record.stub}):
            known = self._known.get(one)
            if known and not known.record.stub:
                reference = self.as_named(one)
                found[one] = named.get(one) or reference
        plan.replaced = frozenset(found)
        return found

    def as_named(self, one: str) -> Record:
        """A stored Record as other rows name it; a reference may take its place from now on."""
        self.recall([one])
        known = self._known[one]
        known.record = msgspec.structs.replace(known.record, stub=True)
        return as_stub(known.record, known.record.visibility)

    def _touched(self, incoming: Mapping[str, Record]) -> dict[str, Record]:
        touched = {}
        for one, record in incoming.items():
            known = self._known.get(one)
            # a reference never overwrites a row; it is compared with an earlier reference, whose keys may have changed
            if known is None or (known.record != record and (known.record.stub or not record.stub)):
                touched[one] = record
        return touched

    def _rekeyed(self, touched: Mapping[str, Record]) -> dict[str, Record]:
        """Experts of institutions whose keys change: a person's keys are made of them."""
        changed = {
            one: self._known[one].entity
            for one, record in touched.items()
            if one in self._known and self._known[one].record.keys != record.keys
        }
        if self._has_hidden and touched:  # hidden references to a row that is new or changes
            rows = [record for one, record in touched.items() if one in changed or one not in self._known]
            keys = {key for record in rows for key in (f"{ROW}{record.id}", *record.keys) if key.startswith(ROW)}
            hidden = {one for ids in self._store.lookup(sorted(keys)).values() for one in ids} - touched.keys()
            self.recall(hidden)
            changed |= {one: self._known[one].entity for one in hidden if one in self._known}
        edges = self._store.edges({*changed.values()}, kinds=[EdgeKind.AFFILIATED_WITH], direction="in") if changed else []
        concerned = {edge.source_record for edge in edges if edge.target_record in changed and edge.source_record}
        self.recall(concerned)
        return {one: self._known[one].record for one in concerned if one in self._known}

    def _with_keys(self, experts: Mapping[str, Record], institutions: Mapping[str, Record]) -> dict[str, Record]:
        fresh = {}
        for one, record in experts.items():
            known = self._known.get(one)
            # what is stored of a row says more than a reference
            fresh[one] = known.record if known and record.stub and not known.record.stub else record
        within = {part for record in fresh.values() for part in _institutions(record)}
        self.recall(within)
        at_hand = {one: self._known[one].record for one in within if one in self._known}
        for one, record in institutions.items():
            if one not in at_hand or not record.stub:
                at_hand[one] = record
        if self._has_hidden:
            at_hand |= self._with_rows({one: at_hand[one] for one in within if one in at_hand}, institutions)
        return {one: with_expert_keys(record, at_hand) for one, record in fresh.items()}

    def _with_rows(self, records: Mapping[str, Record], incoming: Mapping[str, Record]) -> dict[str, Record]:
        """Hidden ones of ``records`` with the keys of the rows of the same id that more people may see."""
        found = {}
        for one, record in records.items():
            lower = [visibility for visibility in Visibility if level(visibility) < level(record.visibility)]
            ids = [record_id(record.of, *record.provenance.row, visibility) for visibility in lower]
            self.recall(ids)
            keys = set(record.keys)
            for row in ids:
                told, known = incoming.get(row), self._known.get(row)
                if told and known:
                    told = known.record if told.stub and not known.record.stub else told
                keys.update(told.keys if told else known.record.keys if known else ())
            found[one] = msgspec.structs.replace(record, keys=tuple(sorted(keys)))
        return found

    # -- one kind

    def _resolve(
        self,
        of: NodeKind,
        touched: Mapping[str, Record],
        plan: Plan,
        decided: Mapping[str, Decision] | None = None,
        dropped: Collection[str] = (),
    ) -> None:
        """Put into ``plan`` what the Records ``touched``, of one kind, come to, and all that is tied to them or to those that go."""
        decisions = dict(decided or {})
        gone = {one for one, record in plan.gone.items() if record.of is of}
        component = self._component(of, {**{one: plan.gone[one] for one in gone}, **touched}, decisions, plan)
        for one in dropped:
            decisions.pop(one, None)
        before = {one: self._known[one].entity for one in component if one in self._known and self._known[one].entity}
        kept = [record for one, record in component.items() if one not in gone]
        clusters, links = cluster(kept, decisions.values())
        entities = [entity(records) for records in clusters]
        now = {record: one.id for one in entities for record in one.records}
        plan.entity_of |= now
        plan.records |= touched
        joined = len(now) - len(before.keys() - gone) - (len(entities) - len({*before.values()}))
        plan.joined += max(0, joined - self._twins(now, before, component))
        ended = {*before.values()} - {*now.values()}
        made = _decisions(links, decisions)
        stale = [one.id for one in decisions.values() if not one.by_person and one.rule != SIMILAR and one.id not in made]
        stale += [one.id for one in decisions.values() if one.rule == SIMILAR and {one.left, one.right} & gone]
        plan.batch.nodes += [*touched.values(), *entities, *made.values()]
        plan.batch.edges += self._repointed(before, now, plan)
        plan.batch.delete += [*sorted(ended), *sorted(gone), *sorted(stale)]
        # somebody else who resolves the same Records at the same time is found out by the store
        plan.expect |= {one: self._known[one].version for one in (*touched, *gone) if one in self._known}

    def _twins(self, now: Collection[str], before: Collection[str], records: Mapping[str, Record]) -> int:
        """How many of the Records that are new are hidden references to a row that is there."""
        hidden = [records[one] for one in now if one not in before] if self._has_hidden else []
        return sum(any(key[len(ROW) :] in now for key in record.keys if key.startswith(ROW)) for record in hidden)

    def _component(
        self, of: NodeKind, touched: Mapping[str, Record], decisions: dict[str, Decision], plan: Plan
    ) -> dict[str, Record]:
        """Every Record of a kind tied to ``touched``: by a key, by a person's decision, or by being one entity so far. The decisions
        about them go into ``decisions``, the entities' versions into ``plan``."""
        component: dict[str, Record] = {}
        asked: set[str] = set()
        frontier = dict(touched)
        while frontier:
            component |= frontier
            keys = {key for record in frontier.values() for key in record.keys}
            if self._has_hidden:
                keys |= {f"{ROW}{one}" for one in frontier}
            keys -= asked
            asked |= keys
            stored = [one for one in frontier if one in self._known]
            near = {one for hits in self._store.lookup(sorted(keys)).values() for one in hits} if keys else set()
            near |= {key.removeprefix(ROW) for key in keys if key.startswith(ROW)}
            near |= self._decided(stored, decisions)
            near |= self._together(stored, plan)
            self.recall(near - component.keys())
            frontier = {
                one: self._known[one].record
                for one in near
                if one not in component and one in self._known and self._known[one].record.of is of
            }
        return component

    def _decided(self, records: Collection[str], decisions: dict[str, Decision]) -> set[str]:
        """The Records that decisions tie to ``records``; the decisions go into ``decisions``."""
        if not records:
            return set()
        hits = self._store.lookup([f"decision:{one}" for one in records])
        wanted = {one for found in hits.values() for one in found} - decisions.keys()
        found = {one: node for one, node in self._store.get(wanted).items() if isinstance(node, Decision)} if wanted else {}
        decisions |= found
        return {end for one in found.values() for end in (one.left, one.right)}

    def _together(self, records: Collection[str], plan: Plan) -> set[str]:
        entities = {self._known[one].entity for one in records} - {""}
        nodes = self._store.get(entities) if entities else {}
        plan.expect |= {one: node.version for one, node in nodes.items() if node.id == one}
        return {record for node in nodes.values() if isinstance(node, Institution | Expert) for record in node.records}

    def _repointed(self, before: Mapping[str, str], now: Mapping[str, str], plan: Plan) -> list[Edge]:
        """The edges of entities that lost a Record, each to the entity that its own Records belong to now."""
        moved = {old for record, old in before.items() if record in now and now[record] != old}
        if not moved:
            return []
        at = {edge.id: edge for edge in plan.batch.edges}
        edges = []
        for stored in self._store.edges(sorted(moved)):
            if stored.kind in DERIVED:
                continue  # made again from what it was derived from
            edge = at.get(stored.id, stored)
            ends = {"source": _end(edge.source, edge.source_record, now), "target": _end(edge.target, edge.target_record, now)}
            edges.append(msgspec.structs.replace(edge, **ends, version=0))
        return edges

    def commit(self, plan: Plan, written: Written) -> None:
        """Remember what ``plan`` made, once it is written."""
        for one, record in plan.records.items():
            changed = one in written.added or one in written.changed
            version = written.revision if changed else self._known[one].version if one in self._known else written.revision
            self._known[one] = _Known(record, version, plan.entity_of[one])
        for one, owner in plan.entity_of.items():
            if one in self._known:
                self._known[one].entity = owner
        for one in plan.gone:
            self._known.pop(one, None)


def _institutions(record: Record) -> Collection[str]:
    return cast("list[str]", fields_of(record).get("institutions", []))


def _end(end: str, record: str | None, now: Mapping[str, str]) -> str:
    # an edge made without a Record follows the Record that named its entity
    return now.get(record or f"rec{end[end.index('-') :]}", end)


def _decisions(links: Iterable[Link], decisions: Mapping[str, Decision]) -> dict[str, Decision]:
    """Links as Decisions, but for pairs that a person has decided."""
    made = {}
    for link in links:
        if link.key.startswith(ROW):
            continue  # a row and a reference to its id are one: there is nothing to decide
        one = decision_id(link.left, link.right)
        if one in decisions and decisions[one].by_person:
            continue
        left, right = sorted((link.left, link.right))
        made[one] = Decision(
            id=one,
            provenance=Provenance(SOURCE, f"{left} {right}"),
            left=left,
            right=right,
            verdict=link.verdict,
            rule=link.rule,
            score=link.score,
            reason=link.reason,
        )
    return made
