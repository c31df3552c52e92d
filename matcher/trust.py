"""Evidence to opinions: what an asker may believe of a partner from its own experience.

In: a snapshot, an asker, a target and a day. Out: a subjective opinion with the items of evidence behind it. Next: the trust
term of ``matcher.score``. Only direct evidence counts here; nobody else is asked yet.

    weight of an item  w = w_kind * 2^(-(t - date) / halflife_kind), times 1/(n - 1) in a cooperation of n parties
    r = sum w * max(v, 0)      s = sum w * max(-v, 0)
    belief b = r/(r+s+W)   disbelief d = s/(r+s+W)   uncertainty u = W/(r+s+W)   expectation P = b + a*u

(A. Josang, *Subjective Logic*, Springer 2016, ch. 3; W = 2.) No evidence is (0, 0, 1): uncertainty, never distrust.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from graph.dates import ordinal
from graph.model import EdgeKind, EvidenceKind, NodeKind, Outcome
from matcher import tables
from matcher.question import Opinion, Term, TrustItem
from matcher.score import MILLION
from matcher.snapshot import Snapshot

YEAR = 365.25


class Kind(msgspec.Struct, frozen=True):
    """How much an item of a kind weighs when it is fresh, what it says in [-1, 1], and the years in which it halves.
    An item that brings its own value has 0 here."""

    weight: float
    value: float
    halflife: float


class TrustSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Every constant of the trust model."""

    kinds: dict[str, Kind] = msgspec.field(
        default_factory=lambda: {
            "completed": Kind(1.0, 1.0, 3.0),
            "failed": Kind(1.0, -0.5, 3.0),
            "breached": Kind(2.0, -1.0, 5.0),
            "took_part": Kind(0.2, 1.0, 3.0),
            EvidenceKind.RATING.value: Kind(0.5, 0.0, 2.0),
            EvidenceKind.PAYMENT.value: Kind(0.5, 0.0, 3.0),
            EvidenceKind.DELIVERY.value: Kind(1.0, 0.0, 3.0),
            EvidenceKind.CONTRACT.value: Kind(0.5, 0.0, 5.0),
            EvidenceKind.HARM_CHECK.value: Kind(0.5, 0.0, 2.0),
            EvidenceKind.DISPUTE.value: Kind(1.0, 0.0, 3.0),
        }
    )
    prior: float = 2.0
    """W: how much evidence it takes to halve the uncertainty."""
    base_rate: float = 0.5
    """a: what is expected where nothing is known."""
    leniency_prior: float = 5.0
    """Ratings of value 0 that every rater is taken to have given: a mean of two ratings says little about a rater."""
    institution_discount: float = 0.5
    """How much of the experience with an expert's institution counts for the expert."""
    unknown_age: float = 1.0
    """Half-lives that an item without a date is taken to be old."""


SETTINGS = TrustSettings()

_OUTCOMES = {Outcome.COMPLETED: "completed", Outcome.FAILED: "failed", Outcome.BREACHED: "breached"}


@dataclass(frozen=True, slots=True)
class _Item:
    kind: str
    value: float
    weight: float
    date: int
    facts: tuple[str, ...]


def opinion_of(items: Iterable[_Item], settings: TrustSettings = SETTINGS) -> Opinion:
    """The opinion that these items make, the strongest items first. Sums are exact (fsum), so their order does not matter."""
    listed = sorted(items, key=lambda item: (-item.weight * abs(item.value), item.facts))
    r = math.fsum(item.weight * max(item.value, 0.0) for item in listed)
    s = math.fsum(item.weight * max(-item.value, 0.0) for item in listed)
    total = r + s + settings.prior
    belief, disbelief, uncertainty = r / total, s / total, settings.prior / total
    shown = tuple(
        TrustItem(kind=item.kind, value=item.value, weight=item.weight, date=tables.iso(item.date), facts=item.facts) for item in listed
    )
    return Opinion(
        belief=belief, disbelief=disbelief, uncertainty=uncertainty, expectation=belief + settings.base_rate * uncertainty, items=shown
    )


def opinion(asker: str | None, target: str, as_of: str, snapshot: Snapshot, settings: TrustSettings = SETTINGS) -> Opinion:
    """What ``asker`` may believe of ``target`` (ids of institutions or experts) as of a day, from its own experience."""
    return opinion_of((item for source in _sources(asker, target, as_of, snapshot, settings) for item in source.items()), settings)


def trust_term(
    asker: str | None, target: str, as_of: str, snapshot: Snapshot, weight: float, settings: TrustSettings = SETTINGS
) -> tuple[Term, Opinion]:
    """The trust term of a candidate and the opinion it is made of. Without evidence it is zero and cites nothing."""
    sources = _sources(asker, target, as_of, snapshot, settings)
    items = [source.items() for source in sources]
    cites: dict[str, list[int]] = {}
    for at, source in enumerate(sources):
        for fact in source.facts:
            cites.setdefault(fact, []).append(at)
    without = {}
    for fact, places in cites.items():  # one fact may carry several: an affiliation, each cooperation of the institution
        rest = [sources[at].items(fact) if at in places else listed for at, listed in enumerate(items)]
        without[fact] = _points(opinion_of(itertools.chain(*rest), settings), weight)
    held = opinion_of(itertools.chain(*items), settings)
    facts = tuple(sorted(without))
    return Term(name="trust", points=_points(held, weight), facts=facts, without={fact: without[fact] for fact in facts}), held


def _points(held: Opinion, weight: float) -> int:
    return round(MILLION * weight * (held.belief - held.disbelief))


@dataclass(frozen=True)
class _Source:
    """Facts that make items together: a cooperation with its parties, an evidence edge, or all the ratings of one rater."""

    snapshot: Snapshot
    settings: TrustSettings
    as_of: int
    asker: int
    target: int
    cooperation: int = -1
    edges: tuple[int, ...] = ()
    discount: float = 1.0
    affiliation: int = -1

    @property
    def facts(self) -> tuple[str, ...]:
        """The ids of what the items rest on."""
        own = [self.snapshot.id_of(self.cooperation)] if self.cooperation >= 0 else []
        also = [self.affiliation] if self.affiliation >= 0 else []
        return (*own, *(self.snapshot.edge_id(edge) for edge in (*self.edges, *also)))

    def items(self, without: str | None = None) -> list[_Item]:
        """The items, or what they would be without one of the facts."""
        if without is not None and self.affiliation >= 0 and without == self.snapshot.edge_id(self.affiliation):
            return []
        if self.cooperation >= 0:
            return self._cooperation(without)
        return self._evidence([edge for edge in self.edges if self.snapshot.edge_id(edge) != without])

    def _cooperation(self, without: str | None) -> list[_Item]:
        if without == self.snapshot.id_of(self.cooperation):
            return []
        edges = [edge for edge in self.edges if self.snapshot.edge_id(edge) != without]
        parties = {int(self.snapshot.edge_source[edge]) for edge in edges}
        node = self.snapshot.nodes[self.cooperation]
        dated = cooperation_reads(int(node["started"]), int(node["ended"]), int(node["status"]), self.as_of)
        if dated is None or not {self.asker, self.target} <= parties:
            return []
        kind, date = dated
        constants = self.settings.kinds[kind]
        return [_Item(kind, constants.value, self._weight(kind, date) / (len(parties) - 1), date, self.facts)]

    def _evidence(self, edges: list[int]) -> list[_Item]:
        table = self.snapshot.edges
        rating = tables.EVIDENCE_CODE[EvidenceKind.RATING]
        ratings = [float(table["value"][edge]) for edge in edges if table["category"][edge] == rating]
        leniency = math.fsum(ratings) / (len(ratings) + self.settings.leniency_prior)
        found = []
        for edge in edges:
            if self.snapshot.edge_target[edge] != self.target:
                continue  # a rating of somebody else: it only tells how lenient the rater is
            kind = _EVIDENCE_KINDS[int(table["category"][edge])]
            value = float(table["value"][edge])
            if table["category"][edge] == rating:
                value = max(-1.0, min(1.0, value - leniency))
            found.append(_Item(kind, value, self._weight(kind, int(table["date"][edge])), int(table["date"][edge]), self.facts))
        return found

    def _weight(self, kind: str, date: int) -> float:
        constants = self.settings.kinds[kind]
        age = (self.as_of - date) / (YEAR * constants.halflife) if date else self.settings.unknown_age
        return float(constants.weight * 2.0**-age * self.discount)


_EVIDENCE_KINDS = {code: kind.value for kind, code in tables.EVIDENCE_CODE.items()}


def cooperation_reads(started: int, ended: int, outcome: int, as_of: int) -> tuple[str, int] | None:
    """What a cooperation says as of a day (kind of evidence, date as ordinal), None where it was not known yet. An outcome is
    dated ``ended``; before that day, and where it is unknown, to have taken part is all that is known."""
    kind = _OUTCOMES.get(list(Outcome)[outcome])
    if kind and ended and ended <= as_of:
        return kind, ended
    if kind and not ended and not started:
        return kind, 0
    if started:
        return ("took_part", started) if started <= as_of else None
    return ("took_part", ended) if ended <= as_of else None


def _sources(asker: str | None, target: str, as_of: str, snapshot: Snapshot, settings: TrustSettings) -> list[_Source]:
    a = snapshot.row(asker) if asker else -1
    t = snapshot.row(target)
    if a < 0 or t < 0 or a == t:
        return []
    day = ordinal(as_of)
    found = list(_direct(snapshot, settings, day, a, t))
    if snapshot.nodes["kind"][t] == tables.NODE_CODE[NodeKind.EXPERT]:
        for edge in _visible(snapshot, t, EdgeKind.AFFILIATED_WITH, day):
            institution = int(snapshot.edge_target[edge])
            if institution >= 0 and institution != a:
                found += _direct(snapshot, settings, day, a, institution, settings.institution_discount, int(edge))
    return found


def _direct(
    snapshot: Snapshot, settings: TrustSettings, day: int, a: int, t: int, discount: float = 1.0, affiliation: int = -1
) -> Iterator[_Source]:
    party = tables.EDGE_CODE[EdgeKind.PARTY_TO]
    mine = {int(snapshot.edge_target[edge]) for edge in _visible(snapshot, a, EdgeKind.PARTY_TO, day)}
    theirs = {int(snapshot.edge_target[edge]) for edge in _visible(snapshot, t, EdgeKind.PARTY_TO, day)}
    for cooperation in sorted(mine & theirs - {-1}):
        into = snapshot.edges_of(cooperation, incoming=True)
        edges = tuple(int(edge) for edge in into if snapshot.edges["kind"][edge] == party and snapshot.edges["date"][edge] <= day)
        yield _Source(snapshot, settings, day, a, t, cooperation, edges, discount, affiliation)
    rating = tables.EVIDENCE_CODE[EvidenceKind.RATING]
    evidence = _visible(snapshot, a, EdgeKind.EVIDENCE, day)
    ratings = tuple(edge for edge in evidence if snapshot.edges["category"][edge] == rating)
    if any(snapshot.edge_target[edge] == t for edge in ratings):
        yield _Source(snapshot, settings, day, a, t, -1, ratings, discount, affiliation)
    for edge in evidence:
        if edge not in ratings and snapshot.edge_target[edge] == t:
            yield _Source(snapshot, settings, day, a, t, -1, (edge,), discount, affiliation)


def _visible(snapshot: Snapshot, node: int, kind: EdgeKind, day: int) -> list[int]:
    """The edges of a kind that leave a node and are dated up to a day, or not at all."""
    edges = snapshot.edges_of(node)
    table = snapshot.edges
    return [int(edge) for edge in edges[(table["kind"][edges] == tables.EDGE_CODE[kind]) & (table["date"][edges] <= day)]]
