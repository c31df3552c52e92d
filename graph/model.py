"""The words of the graph: nodes, edges, records and decisions, and the closed enums of their kinds.

In: values that ``ingest`` has checked. Out: immutable values that a store keeps as flat properties and gives back with the
``version`` (revision of their last change). A node's content is its fields without ``version``; no clock enters it.
Amounts are in units of the named currency; dates are partial ISO dates (``graph.dates``); TRL is 1 to 9.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any, TypeVar, get_args

import msgspec


class NodeKind(StrEnum):
    """Labels. Record and Decision are internal: they carry resolution and are hidden from matching."""

    INSTITUTION = "Institution"
    EXPERT = "Expert"
    ACHIEVEMENT = "Achievement"
    DEMAND = "Demand"
    RESOURCE = "Resource"
    COOPERATION = "Cooperation"
    RECORD = "Record"
    DECISION = "Decision"


class EdgeKind(StrEnum):
    """Relationship types. TRUSTS is derived: outside the feed, the revision and the content hash."""

    OWNS = "OWNS"
    CREATED = "CREATED"
    AFFILIATED_WITH = "AFFILIATED_WITH"
    PART_OF = "PART_OF"
    POSTED = "POSTED"
    OFFERS = "OFFERS"
    PARTY_TO = "PARTY_TO"
    ADDRESSES = "ADDRESSES"
    USES = "USES"
    EVIDENCE = "EVIDENCE"
    TRUSTS = "TRUSTS"


INTERNAL = frozenset({NodeKind.RECORD, NodeKind.DECISION})
DERIVED = frozenset({EdgeKind.TRUSTS})

_PARTY = frozenset({NodeKind.INSTITUTION, NodeKind.EXPERT})
_I, _E, _A, _D, _R, _C = (frozenset({kind}) for kind in list(NodeKind)[:6])
ENDS: dict[EdgeKind, tuple[frozenset[NodeKind], frozenset[NodeKind]]] = {
    EdgeKind.OWNS: (_I, _A),
    EdgeKind.CREATED: (_E, _A),
    EdgeKind.AFFILIATED_WITH: (_E, _I),
    EdgeKind.PART_OF: (_I, _I),
    EdgeKind.POSTED: (_I, _D),
    EdgeKind.OFFERS: (_I, _R),
    EdgeKind.PARTY_TO: (_I, _C),
    EdgeKind.ADDRESSES: (_C, _D),
    EdgeKind.USES: (_C, _A | _R),
    EdgeKind.EVIDENCE: (_PARTY, _PARTY),
    EdgeKind.TRUSTS: (_PARTY, _PARTY),
}
"""The node kinds that an edge kind may run from and to."""


class InstitutionKind(StrEnum):
    ENTERPRISE = "enterprise"
    UNIVERSITY = "university"
    RESEARCH_INSTITUTE = "research_institute"
    GOVERNMENT = "government"
    FINANCE = "finance"
    TRANSFER_SERVICE = "transfer_service"
    ADVISORY = "advisory"
    RESOURCE_PROVIDER = "resource_provider"
    OTHER = "other"


class AchievementKind(StrEnum):
    PATENT = "patent"
    PAPER = "paper"
    PROTOTYPE = "prototype"
    SOFTWARE = "software"
    PROCESS = "process"
    KNOW_HOW = "know_how"
    PROJECT_RESULT = "project_result"
    OTHER = "other"


class ResourceKind(StrEnum):
    INSTRUMENT = "instrument"
    FINANCE_PRODUCT = "finance_product"
    SERVICE = "service"
    TRAINING = "training"
    SPACE = "space"


class DemandStatus(StrEnum):
    OPEN = "open"
    IN_TALKS = "in_talks"
    SOLVED = "solved"
    WITHDRAWN = "withdrawn"


class Visibility(StrEnum):
    PUBLIC = "public"
    MEMBERS = "members"
    CONFIDENTIAL = "confidential"


class CooperationMode(StrEnum):
    JOINT_ENTITY = "joint_entity"
    CONTRACT = "contract"
    SUPERMARKET = "supermarket"


class Outcome(StrEnum):
    UNKNOWN = "unknown"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    FAILED = "failed"
    BREACHED = "breached"


class EvidenceKind(StrEnum):
    RATING = "rating"
    PAYMENT = "payment"
    DELIVERY = "delivery"
    CONTRACT = "contract"
    HARM_CHECK = "harm_check"
    DISPUTE = "dispute"


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a value came from: the source's name, its id there, and the day it was retrieved as the file says it."""

    source: str
    source_id: str
    retrieved_at: str | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every node has. ``version`` is the revision of its last change, 0 before it is stored."""

    id: str
    provenance: Provenance
    version: int = 0

    @property
    def kind_of_node(self) -> NodeKind:
        return _KIND_OF[type(self)]

    def lookup_keys(self) -> tuple[str, ...]:
        """The keys by which ``Store.lookup`` finds this node besides its id."""
        return (f"ref:{self.provenance.source_id}",)


class Institution(Node, frozen=True, kw_only=True, omit_defaults=True):
    """An entity: what its Records say together. ``records`` are their ids; ``former_ids`` still resolve to it."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: InstitutionKind = InstitutionKind.OTHER
    country: str | None = None
    region: str | None = None
    description: str | None = None
    external_ids: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    former_ids: tuple[str, ...] = ()

    def lookup_keys(self) -> tuple[str, ...]:
        return (*self.records, *self.former_ids)


class Expert(Node, frozen=True, kw_only=True, omit_defaults=True):
    """A person. ``capacity``: introductions that the person takes at a time."""

    name: str
    aliases: tuple[str, ...] = ()
    headline: str | None = None
    bio: str | None = None
    keywords: tuple[str, ...] = ()
    capacity: int | None = None
    external_ids: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    former_ids: tuple[str, ...] = ()

    def lookup_keys(self) -> tuple[str, ...]:
        return (*self.records, *self.former_ids)


class Achievement(Node, frozen=True, kw_only=True, omit_defaults=True):
    """A result somebody could use. ``trl_since`` is the date from which ``trl`` holds; earlier it reads unknown."""

    title: str = ""
    abstract: str = ""
    kind: AchievementKind = AchievementKind.OTHER
    trl: int | None = None
    trl_since: str | None = None
    date: str | None = None
    keywords: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    currency: str | None = None
    licence: str | None = None
    visibility: Visibility = Visibility.PUBLIC


class Demand(Node, frozen=True, kw_only=True, omit_defaults=True):
    """A technical problem. ``requirements`` is JSON text; ``status_since`` is the date from which ``status`` holds."""

    title: str = ""
    description: str = ""
    budget_min: float | None = None
    budget_max: float | None = None
    currency: str | None = None
    date: str | None = None
    deadline: str | None = None
    trl_min: int | None = None
    regions: tuple[str, ...] = ()
    requirements: str | None = None
    status: DemandStatus = DemandStatus.OPEN
    status_since: str | None = None
    visibility: Visibility = Visibility.PUBLIC


class Resource(Node, frozen=True, kw_only=True, omit_defaults=True):
    title: str
    description: str = ""
    kind: ResourceKind = ResourceKind.SERVICE
    terms: str | None = None
    date: str | None = None


class Cooperation(Node, frozen=True, kw_only=True, omit_defaults=True):
    """Work done together. ``outcome`` is dated ``ended``; as of an earlier day it reads ``ongoing``."""

    title: str = ""
    mode: CooperationMode = CooperationMode.CONTRACT
    started: str | None = None
    ended: str | None = None
    amount: float | None = None
    currency: str | None = None
    outcome: Outcome = Outcome.UNKNOWN


class Record(Node, frozen=True, kw_only=True, omit_defaults=True):
    """One source's row about an institution or an expert, less contact data.

    ``fields`` is JSON text of the entity fields that the row fills; ``keys`` are its resolution keys; a ``stub`` is known by
    reference only (another row names it) and gives way to a real row of the same id.
    """

    of: NodeKind
    fields: str
    keys: tuple[str, ...] = ()
    stub: bool = False

    def lookup_keys(self) -> tuple[str, ...]:
        return (*Node.lookup_keys(self), *self.keys)  # msgspec's classes have no cell for a bare super()


class Verdict(StrEnum):
    SAME = "SAME"
    NOT_SAME = "NOT_SAME"


class Decision(Node, frozen=True, kw_only=True, omit_defaults=True):
    """Whether two Records mean one entity: by which rule or person, how sure (0 to 1) and why."""

    left: str
    right: str
    verdict: Verdict
    rule: str
    score: float
    reason: str
    by_person: bool = False

    def lookup_keys(self) -> tuple[str, ...]:
        return (f"decision:{self.left}", f"decision:{self.right}")


class Edge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A relation. ``source_record`` and ``target_record`` name the Records it came with, so that a merge or a split of
    entities re-points it exactly."""

    id: str
    kind: EdgeKind
    source: str
    target: str
    provenance: Provenance
    date: str | None = None
    source_record: str | None = None
    target_record: str | None = None
    version: int = 0


class PartyTo(Edge, frozen=True, kw_only=True, omit_defaults=True):
    """``role`` in the cooperation as the source words it; ``share`` of the amount, 0 to 1."""

    role: str | None = None
    share: float | None = None


class Evidence(Edge, frozen=True, kw_only=True, omit_defaults=True):
    """An item of trust evidence: ``outcome`` in [-1, 1]; who verified it and which document is behind it. ``withdrawn``: the day
    from which it counts no more."""

    evidence: EvidenceKind
    outcome: float
    verified_by: str | None = None
    document: str | None = None
    withdrawn: str | None = None
    withdrawn_for: str | None = None


class Trusts(Edge, frozen=True, kw_only=True, omit_defaults=True):
    """Derived: an opinion (belief + disbelief + uncertainty = 1) and the stage of a relation."""

    belief: float
    disbelief: float
    uncertainty: float
    stage: str
    as_of: str


NODE_TYPES: dict[NodeKind, type[Node]] = {
    NodeKind.INSTITUTION: Institution,
    NodeKind.EXPERT: Expert,
    NodeKind.ACHIEVEMENT: Achievement,
    NodeKind.DEMAND: Demand,
    NodeKind.RESOURCE: Resource,
    NodeKind.COOPERATION: Cooperation,
    NodeKind.RECORD: Record,
    NodeKind.DECISION: Decision,
}
_OWN_TYPE: dict[EdgeKind, type[Edge]] = {EdgeKind.PARTY_TO: PartyTo, EdgeKind.EVIDENCE: Evidence, EdgeKind.TRUSTS: Trusts}
EDGE_TYPES: dict[EdgeKind, type[Edge]] = {kind: _OWN_TYPE.get(kind, Edge) for kind in EdgeKind}
_KIND_OF = {type_: kind for kind, type_ in NODE_TYPES.items()}

Entity = Institution | Expert
Stored = TypeVar("Stored", Node, Edge)

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS: dict[StrEnum, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(type_) for kind, type_ in NODE_TYPES.items()}
_DECODERS.update((kind, msgspec.json.Decoder(type_)) for kind, type_ in EDGE_TYPES.items())


def _exact(type_: type[Node | Edge]) -> list[tuple[str, type]]:
    """The fields in which one value can be written in two ways (5 and 5.0, ``"public"`` and its enum), and their types."""
    found = []
    for one in msgspec.structs.fields(type_):
        plain = next(part for part in (*get_args(one.type), one.type) if part is not type(None))
        if plain is float or (isinstance(plain, type) and issubclass(plain, StrEnum) and not one.required):  # a default is left out
            found.append((one.name, plain))
    return found


def _whole(type_: type[Node | Edge]) -> list[str]:
    return [one.name for one in msgspec.structs.fields(type_) if int in (one.type, *get_args(one.type))]


_CODES = {type_: (_DECODERS[kind].decode, _exact(type_), _whole(type_)) for kind, type_ in NODE_TYPES.items()}
_EDGE_CODES = {kind: (_DECODERS[kind].decode, _exact(type_), _whole(type_)) for kind, type_ in EDGE_TYPES.items()}
ID_BYTES = 4096
"""Bytes of an id in UTF-8, at most: what every store can index."""


def encode(item: Node | Edge) -> bytes:
    """The content of a node or edge as canonical JSON, ``version`` left out.

    Raises ValueError for what would not read back as it is: a lone surrogate, NaN or infinity (JSON has neither), a value of
    another type than its field's; and for what not every store can hold: an id of more than ID_BYTES, a whole number of more than
    64 bits. A whole number in a field of floats is written as a float, so that one content has one form.
    """
    bare = item if item.version == 0 else msgspec.structs.replace(item, version=0)
    decode, exact, whole = _CODES[type(item)] if isinstance(item, Node) else _EDGE_CODES[item.kind]
    if len(item.id) > ID_BYTES // 4 and len(item.id.encode()) > ID_BYTES:
        raise ValueError(f"{item.id[:40]}...: an id of more than {ID_BYTES} bytes")
    for name in whole:
        number = getattr(item, name)
        if isinstance(number, int) and not -(2**63) <= number < 2**63:
            raise ValueError(f"{item.id}: {name} of more than 64 bits")
    content = _ENCODER.encode(bare)
    back: Node | Edge = decode(content)
    if back != bare:
        raise ValueError(f"{item.id}: a value that would not read back as it is")
    for name, type_ in exact:
        value = getattr(bare, name)
        if value is not None and type(value) is not type_:
            return _ENCODER.encode(back)
    return content


def decode_node(kind: NodeKind, content: bytes | str, version: int) -> Node:
    """The inverse of ``encode`` for a node; ``version`` as the store knows it."""
    node: Node = _DECODERS[kind].decode(content)
    msgspec.structs.force_setattr(node, "version", version)
    return node


def decode_edge(kind: EdgeKind, content: bytes | str, version: int) -> Edge:
    """The inverse of ``encode`` for an edge; ``version`` as the store knows it."""
    edge: Edge = _DECODERS[kind].decode(content)
    msgspec.structs.force_setattr(edge, "version", version)
    return edge


def content_hash(content: bytes) -> bytes:
    """BLAKE2b-128 of an encoded node or edge: equal content, equal hash, in every store."""
    return hashlib.blake2b(content, digest_size=16).digest()
