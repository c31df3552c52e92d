"""The builder of what a typed row comes to in the graph: a node or a Record, stubs for what it refers to, and edges in the making.

In: rows of ``ingest.rows.models``. Out: ``Built``, whose edges end at Records and nodes. Next: ``ingest.load`` puts the entities in place
of the Records once these are resolved. Everything here follows from the row and its source alone, never from what is stored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from graph import model
from graph.ids import edge_id, node_id, record_id
from graph.language import N_
from graph.model import EDGE_TYPES, Edge, EdgeKind, Node, NodeKind, PartyTo, Provenance, Record, Visibility
from graph.viewer import strictest
from ingest.cells.registers import licence_forms
from ingest.resolve.affiliations import affiliation
from ingest.resolve.records import expert_record, expert_reference, expert_stub, fields_of, institution_record, institution_stub
from ingest.rows.models import (
    AchievementRow,
    CooperationRow,
    DemandRow,
    EdgeRow,
    EvidenceRow,
    ExpertRow,
    InstitutionRow,
    Kind,
    PartyKind,
    PartyToRow,
    ResourceRow,
    Row,
)

CONTENT = "~"
"""What the id of a row begins with that its source gives none."""
STUBS = 200_000
"""References remembered with their stubs."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_ROW = "row"
"""What tells the edge of a row of an edge file, beside its id, from one that a column makes."""


class Need(msgspec.Struct, frozen=True, gc=False):
    """A node that must be known for the row to land: one of ``ids``, named in ``field``; else the achievement whose number
    ``text`` is."""

    field: str
    ids: tuple[str, ...]
    rule: str
    text: str
    """The reference as written."""
    may_be_number: bool = False
    """Whether it may be the number of a right or a text, under which any source may know an achievement."""


class Draft(msgspec.Struct, frozen=True, gc=False):
    """An edge in the making. Its ends are Records or nodes; ``targets`` are tried in order."""

    kind: EdgeKind
    source: str
    targets: tuple[str, ...]
    provenance: Provenance
    visibility: Visibility
    date: str | None = None
    apart: tuple[str, ...] = ()
    """What tells it from another edge of its kind between the same ends."""
    more: Mapping[str, Any] = _NOTHING

    @classmethod
    def again(cls, edge: Edge, source: str, target: str, visibility: Visibility) -> Draft:
        """What a stored edge was drawn from, between other ends and as said by a row that others may see."""
        of_file = edge.provenance.source_id.startswith(f"{edge.kind.value.lower()}:")
        role = getattr(edge, "role", None)
        apart = (_ROW, edge.provenance.source_id) if of_file else (role,) if role else ()
        more = {"role": role, "share": edge.share} if isinstance(edge, PartyTo) else _NOTHING
        return cls(edge.kind, source, (target,), edge.provenance, visibility, edge.date, apart, more)

    def edge(self, source: str, target: str, target_end: str) -> Edge:
        """The edge between two nodes; ``target_end`` is the one of ``targets`` that is meant."""
        kind, source_end, provenance = self.kind, self.source, self.provenance
        return EDGE_TYPES[kind](
            id=edge_id(kind, source_end, target_end, provenance.source, *self.apart),
            kind=kind,
            source=source,
            target=target,
            provenance=provenance,
            date=self.date,
            visibility=self.visibility,
            source_record=source_end if source_end[:4] == "rec-" else None,
            target_record=target_end if target_end[:4] == "rec-" else None,
            **self.more,
        )


class Built(msgspec.Struct, frozen=True, gc=False):
    """What one row comes to. ``id``: its node, its Record or (a row of an edge file) its edge; ``visibility``: of all of it."""

    id: str
    kind: Kind
    provenance: Provenance
    visibility: Visibility = Visibility.PUBLIC
    node: Node | None = None
    record: Record | None = None
    stubs: tuple[Record, ...] = ()
    drafts: tuple[Draft, ...] = ()
    needs: tuple[Need, ...] = ()
    row: EdgeRow | None = None
    """That of an edge file: what it ties to something hidden is as hidden (``Builder.hidden``)."""
    is_beside: bool = False
    """Whether it stands beside the row's own part, in a mapped file: others of its id may be for other people to see."""

    @property
    def row_id(self) -> str:
        """The same for every row of the source that has this row's id, whoever may see it."""
        return record_id(self.record.of, *self.provenance.row) if self.record else self.id

    def content(self, own: bool) -> int:
        """A hash of what it says, to tell two rows of one id apart. An institution or expert that a mapped row names beside its
        ``own`` part may say its relations in some rows only."""
        edges = self.drafts if own or self.node else ()
        return hash((self.node, self.record, *[(one.kind, one.source, one.targets, one.date, one.apart) for one in edges]))


class _Whole(msgspec.Struct, frozen=True, gc=False):
    """The institution that a division, by its name, is part of."""

    id: str
    """The division's Record."""
    stub: Record
    draft: Draft


_NOT_FIELDS = {"id", "retrieved_at"}
_NOT_CONTENT = {*_NOT_FIELDS, "visibility"}
_NOT_INSTITUTIONS, _NOT_EXPERTS = {*_NOT_FIELDS, "part_of", "visibility"}, {*_NOT_FIELDS, "institution", "visibility"}
_NUMBERS = {"application_numbers", "publication_numbers", "registration_numbers", "dois"}
_NODE_OF = {
    Kind.ACHIEVEMENTS: (NodeKind.ACHIEVEMENT, model.Achievement, {*_NOT_FIELDS, "owners", "creators", *_NUMBERS}),
    Kind.DEMANDS: (NodeKind.DEMAND, model.Demand, {*_NOT_FIELDS, "posted_by"}),
    Kind.RESOURCES: (NodeKind.RESOURCE, model.Resource, {*_NOT_FIELDS, "offered_by"}),
    Kind.COOPERATIONS: (NodeKind.COOPERATION, model.Cooperation, {*_NOT_FIELDS, "parties", "demands", "uses"}),
}
_REFERRED = (NodeKind.ACHIEVEMENT, NodeKind.DEMAND, NodeKind.RESOURCE, NodeKind.COOPERATION)
_NEEDS = {
    (NodeKind.ACHIEVEMENT,): N_("no achievement of this source has this id"),
    (NodeKind.DEMAND,): N_("no demand of this source has this id"),
    (NodeKind.RESOURCE,): N_("no resource of this source has this id"),
    (NodeKind.COOPERATION,): N_("no cooperation of this source has this id"),
    (NodeKind.ACHIEVEMENT, NodeKind.RESOURCE): N_("no achievement or resource of this source has this id"),
}
_ROLE = re.compile(r"([^=]{1,60})=\s*(\S.*)")


class _Tie(NamedTuple):
    """A node in the making, with the stubs and drafts of those it names."""

    node: str
    provenance: Provenance
    visibility: Visibility
    stubs: list[Record]
    drafts: list[Draft]


_OWNING = frozenset({EdgeKind.OWNS, EdgeKind.POSTED, EdgeKind.OFFERS})


class Builder:
    """Builds the rows of one source; remembers the stubs it made."""

    def __init__(self, source: str, owner: Record | None = None) -> None:
        """``owner``: a stored Record of the institution whose the rows of the source are, whatever they say themselves."""
        self.source, self._owner = source, owner
        self._stubs: dict[tuple[str, ...], Record] = {}
        self._wholes: dict[str, _Whole | None] = {}
        self._last: tuple[NodeKind, str, str] | None = None

    def build(self, kind: Kind, row: Row) -> Built:
        """What ``row`` comes to; a department that it names hangs on its institution."""
        built = self._built(kind, row)
        found: dict[str, _Whole] = {}
        wholes = self._wholes
        for record in built.stubs:
            one = wholes[record.id] if record.id in wholes else self._whole_of(record)
            if one:
                found[one.id] = one
        if built.record and built.kind is Kind.INSTITUTIONS and not built.drafts:  # a row's own word on what it is part of comes first
            whole = self._whole_of(built.record)
            if whole:
                found[whole.id] = whole
        if not found:
            return built
        stubs, drafts = (one.stub for one in found.values()), (one.draft for one in found.values())
        return msgspec.structs.replace(built, stubs=(*built.stubs, *stubs), drafts=(*built.drafts, *drafts))

    def _whole_of(self, part: Record) -> _Whole | None:
        """The institution that the name of ``part`` says it is a division of."""
        if part.id not in self._wholes:
            if len(self._wholes) > STUBS:
                self._wholes.clear()
            self._wholes[part.id] = self._whole(part)
        return self._wholes[part.id]

    def _whole(self, part: Record) -> _Whole | None:
        if part.of is not NodeKind.INSTITUTION:
            return None
        parts = affiliation(fields_of(part)["name"])
        if not parts.divisions:
            return None
        stub = self._institution_of(parts.whole, part.visibility)
        draft = Draft(EdgeKind.PART_OF, part.id, (stub.id,), Provenance(self.source, part.provenance.source_id), part.visibility)
        return _Whole(part.id, stub, draft) if stub.id != part.id else None

    def _built(self, kind: Kind, row: Row) -> Built:
        if isinstance(row, InstitutionRow):
            return self._institution(row)
        if isinstance(row, ExpertRow):
            return self._expert(row)
        if isinstance(row, EdgeRow):
            return self._edge(kind, row)
        return self._node(kind, row)

    # -- references

    def _institution_of(self, text: str, seen_by: Visibility) -> Record:
        """The stub of an institution that a row names which ``seen_by`` may see."""
        key = (seen_by, text)
        stub = self._stubs.get(key)
        if stub is None:
            stub = self._remember(key, institution_stub(self.source, text, seen_by))
        return stub

    def _expert_of(self, text: str, owner: str | None, seen_by: Visibility) -> tuple[Record, Record | None]:
        """The stub of an expert, and that of the institution that the reference places the person at."""
        source_id, name, place = expert_reference(text, self._owner.id if self._owner else owner)
        institution = (self._owner or self._institution_of(place, seen_by)) if place else None
        key = (seen_by, "", source_id)
        stub = self._stubs.get(key)
        if stub is None:
            stub = self._remember(key, expert_stub(self.source, source_id, name, institution.id if institution else None, seen_by))
        return stub, institution

    def _remember(self, key: tuple[str, ...], stub: Record) -> Record:
        if len(self._stubs) > STUBS:
            self._stubs.clear()
        self._stubs[key] = stub
        return stub

    def _provenance(self, row: Row, prefix: str = "") -> Provenance:
        number = row.numbers[0] if isinstance(row, AchievementRow) and not row.id and row.numbers else None
        return Provenance(self.source, prefix + (row.id or number or _content_id(row)), row.retrieved_at)

    # -- kinds

    def _institution(self, row: InstitutionRow) -> Built:
        provenance, seen_by = self._provenance(row), row.visibility or Visibility.PUBLIC
        said = _fields(row, _NOT_INSTITUTIONS)
        record = institution_record(self.source, provenance.source_id, said, retrieved_at=row.retrieved_at, visibility=seen_by)
        parents = [self._institution_of(one, seen_by) for one in row.part_of]
        # the edge says the same whichever row brings it, so it does not carry this row's retrieved_at
        plain = Provenance(self.source, provenance.source_id)
        drafts = tuple(Draft(EdgeKind.PART_OF, record.id, (one.id,), plain, seen_by) for one in parents if one.id != record.id)
        return Built(record.id, Kind.INSTITUTIONS, provenance, seen_by, record=record, stubs=tuple(parents), drafts=drafts)

    def _expert(self, row: ExpertRow) -> Built:
        provenance, seen_by = self._provenance(row), row.visibility or Visibility.PUBLIC
        places = [self._institution_of(one, seen_by) for one in row.institution]
        ids, said = [one.id for one in places], _fields(row, _NOT_EXPERTS)
        record = expert_record(self.source, provenance.source_id, said, ids, retrieved_at=row.retrieved_at, visibility=seen_by)
        drafts = tuple(self._affiliation(record, one) for one in places)
        return Built(record.id, Kind.EXPERTS, provenance, seen_by, record=record, stubs=tuple(places), drafts=drafts)

    def _affiliation(self, expert: Record, institution: Record) -> Draft:
        said_by = Provenance(self.source, expert.provenance.source_id)
        return Draft(EdgeKind.AFFILIATED_WITH, expert.id, (institution.id,), said_by, expert.visibility)

    def _node(self, kind: Kind, row: Row) -> Built:
        node_kind, type_, references = _NODE_OF[kind]
        provenance = self._provenance(row)
        one = node_id(node_kind, self.source, provenance.source_id)
        fields = _fields(row, references)
        if isinstance(row, AchievementRow):
            fields |= _told_by(row)
        node = type_(id=one, provenance=provenance, **fields)
        seen_by: Visibility = node.visibility
        stubs: list[Record] = []
        drafts: list[Draft] = []
        needs: list[Need] = []
        tie = _Tie(one, provenance, seen_by, stubs, drafts)
        if isinstance(row, AchievementRow):
            self._add_institutions(tie, EdgeKind.OWNS, row.owners, row.day)
            self._add_creators(tie, row)
        elif isinstance(row, DemandRow):
            self._add_institutions(tie, EdgeKind.POSTED, row.posted_by, row.date)
        elif isinstance(row, ResourceRow):
            self._add_institutions(tie, EdgeKind.OFFERS, row.offered_by, row.date)
        elif isinstance(row, CooperationRow):
            self._add_institutions(tie, EdgeKind.PARTY_TO, row.parties, row.started)
            for name, field, edge, kinds in (
                (row.demands, "demands", EdgeKind.ADDRESSES, (NodeKind.DEMAND,)),
                (row.uses, "uses", EdgeKind.USES, (NodeKind.ACHIEVEMENT, NodeKind.RESOURCE)),
            ):
                for text in name:
                    need = self._need(field, text, kinds)
                    needs.append(need)
                    drafts.append(Draft(edge, one, need.ids, provenance, seen_by, row.started))
        self._last = (node_kind, provenance.source_id, one)
        return Built(one, kind, provenance, seen_by, node=node, stubs=tuple(stubs), drafts=tuple(drafts), needs=tuple(needs))

    def _add_institutions(self, tie: _Tie, edge: EdgeKind, texts: Iterable[str], date: str | None) -> None:
        if self._owner and edge in _OWNING:
            tie.stubs.append(self._owner)
            tie.drafts.append(Draft(edge, self._owner.id, (tie.node,), tie.provenance, tie.visibility, date))
            return
        for text in texts:
            role, party = _role(text) if edge is EdgeKind.PARTY_TO else (None, text)
            stub = self._institution_of(party, tie.visibility)
            tie.stubs.append(stub)
            apart, more = ((role,), {"role": role}) if role else ((), _NOTHING)
            tie.drafts.append(Draft(edge, stub.id, (tie.node,), tie.provenance, tie.visibility, date, apart, more))

    def _add_creators(self, tie: _Tie, row: AchievementRow) -> None:
        for text in row.creators:
            expert, institution = self._expert_of(text, row.owners[0] if row.owners else None, tie.visibility)
            tie.stubs.append(expert)
            tie.drafts.append(Draft(EdgeKind.CREATED, expert.id, (tie.node,), tie.provenance, tie.visibility, row.day))
            if institution:
                tie.stubs.append(institution)
                tie.drafts.append(self._affiliation(expert, institution))

    def _need(self, field: str, text: str, kinds: tuple[NodeKind, ...]) -> Need:
        if self._last and self._last[:2] == (kinds[0], text):
            return Need(field, (self._last[2],), _NEEDS[kinds], text)  # a mapped row makes an achievement and the cooperation that uses it
        ids = tuple(node_id(kind, self.source, text) for kind in kinds)
        return Need(field, ids, _NEEDS[kinds], text, NodeKind.ACHIEVEMENT in kinds)

    # -- rows of edge files

    def hidden(self, built: Built, visibility: Visibility) -> Built:
        """What ``built``, of a row of an edge file, comes to where it ties its parties to something that only ``visibility`` may see: it
        tells of them no more than that may."""
        if built.row is None or strictest((built.visibility, visibility)) is built.visibility:
            return built
        return self._edge(built.kind, built.row, visibility)

    def otherwise(self, built: Built) -> list[str]:
        """The ids that the edge of ``built``, of a row of an edge file, would have if others could see it."""
        if built.row is None:
            return []
        others = [self._edge(built.kind, built.row, one).drafts[0] for one in Visibility if one is not built.visibility]
        return [draft.edge(draft.source, target, target).id for draft in others for target in draft.targets]

    def _edge(self, kind: Kind, row: EdgeRow, seen_by: Visibility | None = None) -> Built:
        edge = EdgeKind(kind.value.upper())
        provenance = self._provenance(row, f"{kind.value}:")
        stubs: list[Record] = []
        needs: list[Need] = []
        more: dict[str, Any] = {}
        own = row.visibility or Visibility.PUBLIC
        if isinstance(row, PartyToRow):
            more = {"role": row.role, "share": row.share}
        elif isinstance(row, EvidenceRow):
            more = {"evidence": row.kind, "outcome": row.outcome, "verified_by": row.verified_by, "document": row.document}
            own = row.visibility or Visibility.CONFIDENTIAL
        seen_by = seen_by or own
        drafts: list[Draft] = []
        tie = _Tie("", provenance, seen_by, stubs, drafts)
        sources = self._edge_end("source", edge, row, tie, needs)
        targets = self._edge_end("target", edge, row, tie, needs)
        drafts.insert(0, Draft(edge, sources[0], targets, provenance, own, row.date, (_ROW, provenance.source_id), more))
        return Built(provenance.source_id, kind, provenance, seen_by, None, None, tuple(stubs), tuple(drafts), tuple(needs), row)

    def _edge_end(self, field: str, edge: EdgeKind, row: EdgeRow, tie: _Tie, needs: list[Need]) -> tuple[str, ...]:
        text = row.source if field == "source" else row.target
        kinds = model.ENDS[edge][0 if field == "source" else 1]
        party = None
        if isinstance(row, EvidenceRow):
            party = row.source_kind if field == "source" else row.target_kind
        if party is PartyKind.EXPERT or kinds == {NodeKind.EXPERT}:
            expert, institution = self._expert_of(text, None, tie.visibility)
            tie.stubs.append(expert)
            if institution:
                tie.stubs.append(institution)
                tie.drafts.append(self._affiliation(expert, institution))
            return (expert.id,)
        if NodeKind.INSTITUTION in kinds:
            tie.stubs.append(self._institution_of(text, tie.visibility))
            return (tie.stubs[-1].id,)
        need = self._need(field, text, tuple(kind for kind in _REFERRED if kind in kinds))
        needs.append(need)
        return need.ids


def _fields(row: Row, skip: set[str]) -> dict[str, Any]:
    """The entity's or node's own fields that the row fills: not ``skip``."""
    said = row.__dict__
    filled = row.__pydantic_fields_set__ - skip  # a third of the fields in most files; every default says nothing
    return {name: value for name in filled if (value := said[name]) is not None and value != ()}


def _told_by(row: AchievementRow) -> dict[str, Any]:
    """The fields of an achievement that are read out of others: where there are none, nothing."""
    told: dict[str, Any] = {"external_ids": tuple(sorted(row.numbers))} if row.numbers else {}
    if row.day:
        told["date"] = row.day
    if row.licence and (forms := licence_forms(row.licence)):
        told["licence_forms"] = forms
    return told


@lru_cache(maxsize=20_000)
def _role(text: str) -> tuple[str | None, str]:
    """A party as (role, institution): ``funder=NASA``, or an institution alone."""
    found = _ROLE.fullmatch(text)
    return (found[1].strip(), found[2]) if found else (None, text)


def _content_id(row: Row) -> str:
    """The id of a row that its source gives none: a hash of what it says. Who may see it is not said: that may change."""
    said = {name: value for name, value in row.__dict__.items() if value is not None and value != () and name not in _NOT_CONTENT}
    return CONTENT + hashlib.blake2b(msgspec.json.encode(said, order="deterministic"), digest_size=10).hexdigest()
