"""The nodes of the graph, one class for each label, and the type of each label.

In: values that ``ingest`` has checked. Out: immutable values, which a store gives back with the ``version`` (revision of their last
change). Next: ``graph.model.codec`` encodes them, ``graph.model.edges`` shares ``Provenance``; every package takes the classes from
``graph.model``.

A node's content is its fields without ``version``; no clock enters it. Texts, numbers and tuples of them make no cycle, so the collector of
cycles need not see them (``gc=False``, here and for edges). Amounts are in units of the named currency; dates are partial ISO
dates (``graph.dates``); TRL is 1 to 9.
"""

from __future__ import annotations

import msgspec

from graph.model.kinds import (
    AchievementKind,
    BrokerLevel,
    ContractType,
    CooperationMode,
    DemandKind,
    DemandRoute,
    DemandStatus,
    InstitutionKind,
    LegalStatus,
    LicenceForm,
    Maturity,
    NodeKind,
    Outcome,
    ResourceKind,
    Size,
    TransferForm,
    Verdict,
    Visibility,
)


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a value came from: the source's name, its id there, and the day it was retrieved as the file says it."""

    source: str
    source_id: str
    retrieved_at: str | None = None

    @property
    def row(self) -> tuple[str, str]:
        """Which row of which source it is, whenever that was retrieved."""
        return self.source, self.source_id


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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
    """An entity: what its Records say together. ``records`` are their ids; ``former_ids`` still resolve to it.

    ``visibility`` is that of the Records that most may see; the fields are what these say. What others add is in ``overlays``: JSON
    text, by visibility, of which ``graph.viewer`` makes what a viewer sees. A qualification is its name, or ``name@day``: held up to that
    (partial) day.
    """

    name: str
    aliases: tuple[str, ...] = ()
    kind: InstitutionKind = InstitutionKind.OTHER
    country: str | None = None
    region: str | None = None
    industry: tuple[str, ...] = ()
    size: Size | None = None
    qualifications: tuple[str, ...] = ()
    description: str | None = None
    external_ids: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    former_ids: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    overlays: str | None = None

    def lookup_keys(self) -> tuple[str, ...]:
        return (*self.records, *self.former_ids)


class Expert(Node, frozen=True, kw_only=True, omit_defaults=True):
    """A person; Records and visibility as an Institution's. ``capacity``: introductions that the person takes at a time; ``broker``: the
    level of one who brokers technology."""

    name: str
    aliases: tuple[str, ...] = ()
    headline: str | None = None
    broker: BrokerLevel | None = None
    bio: str | None = None
    keywords: tuple[str, ...] = ()
    capacity: int | None = None
    external_ids: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    former_ids: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    overlays: str | None = None

    def lookup_keys(self) -> tuple[str, ...]:
        return (*self.records, *self.former_ids)


class Achievement(Node, frozen=True, kw_only=True, omit_defaults=True):
    """A result somebody could use. ``trl_since`` is the date from which ``trl`` holds; earlier it reads unknown.

    ``external_ids`` are the numbers of the right or the text (``application:``, ``publication:``, ``registration:``, ``doi:``), the same
    in every source. ``licence`` is as the source words it, ``licence_forms`` what that comes to. ``expires`` is the right's last day.
    """

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
    licence_forms: tuple[LicenceForm, ...] = ()
    transfer_forms: tuple[TransferForm, ...] = ()
    maturity: Maturity | None = None
    rights: str | None = None
    legal_status: LegalStatus | None = None
    filed: str | None = None
    granted: str | None = None
    expires: str | None = None
    ipc: tuple[str, ...] = ()
    cpc: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC

    def lookup_keys(self) -> tuple[str, ...]:
        return (*Node.lookup_keys(self), *[f"ext:{one}" for one in self.external_ids])


class Demand(Node, frozen=True, kw_only=True, omit_defaults=True):
    """A technical problem. ``requirements`` is JSON text; ``status_since`` is the date from which ``status`` holds."""

    title: str = ""
    description: str = ""
    kind: DemandKind | None = None
    industry: tuple[str, ...] = ()
    route: DemandRoute | None = None
    call_number: str | None = None
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
    visibility: Visibility = Visibility.PUBLIC


class Cooperation(Node, frozen=True, kw_only=True, omit_defaults=True):
    """Work done together. ``outcome`` is dated ``ended``; as of an earlier day it reads ``ongoing``.

    ``amount`` is the contract's whole value, ``technology_amount`` the part that is paid for technology; ``registered`` is the day on
    which ``registration_office`` put the contract on file as ``registration_number``. What two parties do together is theirs to tell: it is
    confidential unless its source says otherwise.
    """

    title: str = ""
    mode: CooperationMode = CooperationMode.CONTRACT
    contract_type: ContractType | None = None
    started: str | None = None
    ended: str | None = None
    amount: float | None = None
    technology_amount: float | None = None
    currency: str | None = None
    payments: tuple[str, ...] = ()
    registration_number: str | None = None
    registration_office: str | None = None
    registered: str | None = None
    outcome: Outcome = Outcome.UNKNOWN
    visibility: Visibility = Visibility.CONFIDENTIAL


class Record(Node, frozen=True, kw_only=True, omit_defaults=True):
    """One source's row about an institution or an expert, less contact data.

    ``fields`` is JSON text of the entity fields that the row fills; ``keys`` are its resolution keys; a ``stub`` is known by
    reference only (another row names it) and gives way to a real row of the same id. ``visibility`` is the row's, or that of the rows
    that name it: one that others than the public may see has an id of its own.
    """

    of: NodeKind
    fields: str
    keys: tuple[str, ...] = ()
    stub: bool = False
    visibility: Visibility = Visibility.PUBLIC

    def lookup_keys(self) -> tuple[str, ...]:
        return (*Node.lookup_keys(self), *self.keys)  # msgspec's classes have no cell for a bare super()


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
_KIND_OF = {type_: kind for kind, type_ in NODE_TYPES.items()}

Entity = Institution | Expert
