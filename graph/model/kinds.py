"""The closed enums of the graph: kinds of nodes and edges, which kinds an edge may run between, and the words of closed fields.

In: nothing. Out: enums and tables by kind. Next: ``graph.model.nodes`` and ``graph.model.edges`` use them as types; ``ingest.rows.models``
reads a file's words into them; ``graph.neo4j.write`` takes the label of a kind and the type of a relationship from nowhere else.
"""

from __future__ import annotations

from enum import StrEnum


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


PREFIX = {
    NodeKind.INSTITUTION: "ins",
    NodeKind.EXPERT: "exp",
    NodeKind.ACHIEVEMENT: "ach",
    NodeKind.DEMAND: "dem",
    NodeKind.RESOURCE: "res",
    NodeKind.COOPERATION: "coo",
    NodeKind.RECORD: "rec",
    NodeKind.DECISION: "dec",
}
"""What the ids of a kind begin with (``graph.ids``)."""
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
    NEW_RD_INSTITUTE = "new_rd_institute"
    PILOT_BASE = "pilot_base"
    CONCEPT_CENTRE = "concept_centre"
    INCUBATOR = "incubator"
    OTHER = "other"


class Size(StrEnum):
    """Of an enterprise, as its country's statistics class it."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class BrokerLevel(StrEnum):
    """Of a technology broker; ``unrated`` is one whose level is not told."""

    JUNIOR = "junior"
    INTERMEDIATE = "intermediate"
    SENIOR = "senior"
    UNRATED = "unrated"


class AchievementKind(StrEnum):
    PATENT = "patent"
    PAPER = "paper"
    PROTOTYPE = "prototype"
    SOFTWARE = "software"
    PROCESS = "process"
    KNOW_HOW = "know_how"
    PROJECT_RESULT = "project_result"
    OTHER = "other"


class LegalStatus(StrEnum):
    """Of the right behind an achievement; ``pending`` is applied for, published or examined."""

    PENDING = "pending"
    GRANTED = "granted"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    INVALIDATED = "invalidated"


class Maturity(StrEnum):
    """How far a result is from use, in a word; ``ingest.cells.maturity`` says which TRL each stands for."""

    CONCEPT = "concept"
    LAB = "lab"
    PILOT = "pilot"
    INDUSTRIAL = "industrial"


class LicenceForm(StrEnum):
    """``sole``: the owner may use it too; ``open``: to anybody at a stated price; ``free_trial_then_pay``: paid for after it was used."""

    EXCLUSIVE = "exclusive"
    SOLE = "sole"
    SIMPLE = "simple"
    OPEN = "open"
    FREE_TRIAL_THEN_PAY = "free_trial_then_pay"


class TransferForm(StrEnum):
    """How an achievement may pass to its user; ``equity``: as a contribution to a company's capital."""

    TRANSFER = "transfer"
    LICENCE = "licence"
    EQUITY = "equity"
    JOINT_DEVELOPMENT = "joint_development"
    COMMISSIONED_DEVELOPMENT = "commissioned_development"
    SERVICE = "service"
    OTHER = "other"


class ResourceKind(StrEnum):
    INSTRUMENT = "instrument"
    FINANCE_PRODUCT = "finance_product"
    SERVICE = "service"
    TRAINING = "training"
    SPACE = "space"
    TESTING = "testing"
    PROOF_OF_CONCEPT = "proof_of_concept"
    PILOT_LINE = "pilot_line"
    POLICY = "policy"
    VOUCHER = "voucher"


class DemandKind(StrEnum):
    DEVELOPMENT = "development"
    INTRODUCTION = "introduction"
    TESTING = "testing"
    PILOT = "pilot"
    TALENT = "talent"
    FUNDS = "funds"


class DemandRoute(StrEnum):
    """How whoever solves a demand is found: ``open_call`` is one that anybody may answer and that is paid by its result."""

    COMMISSION = "commission"
    OPEN_CALL = "open_call"


class DemandStatus(StrEnum):
    OPEN = "open"
    IN_TALKS = "in_talks"
    SOLVED = "solved"
    WITHDRAWN = "withdrawn"


class Visibility(StrEnum):
    """Who may see something: everybody, members of the platform, or whom it is about. In this order: who sees one sees those before."""

    PUBLIC = "public"
    MEMBERS = "members"
    CONFIDENTIAL = "confidential"


class CooperationMode(StrEnum):
    JOINT_ENTITY = "joint_entity"
    CONTRACT = "contract"
    SUPERMARKET = "supermarket"


class ContractType(StrEnum):
    """Of a technology contract. ``development`` and ``licence`` are those of which no more is told."""

    DEVELOPMENT = "development"
    COMMISSIONED_DEVELOPMENT = "commissioned_development"
    JOINT_DEVELOPMENT = "joint_development"
    TRANSFER = "transfer"
    LICENCE = "licence"
    EXCLUSIVE_LICENCE = "exclusive_licence"
    SOLE_LICENCE = "sole_licence"
    SIMPLE_LICENCE = "simple_licence"
    OPEN_LICENCE = "open_licence"
    CONSULTING = "consulting"
    SERVICE = "service"


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


class Verdict(StrEnum):
    SAME = "SAME"
    NOT_SAME = "NOT_SAME"
