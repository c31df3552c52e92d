"""What a report counts: each a fact with the document that it stands in, its field, its district and its money.

In: a store, who asks, a month. Out: ``Fact``: a demand, a result, a meeting, an introduction, a contract. Next:
``leads.report.definitions`` says which of these are which number, ``leads.report.report`` adds them up.

Facts are of the month in which they came about: what is done on the platform by the instant of its entry in the journal, which no later
step changes; what comes from files by its date. What the one who asks may not see is no fact of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from desk.journal import states
from desk.journal.entries import Entry
from desk.journal.journal import Journal
from desk.people.demands import FOLDS as DEMAND_FOLDS
from desk.people.sight import SOURCE, demand_of, node_of, viewer_of
from desk.process.demand import DEMAND
from desk.process.principals import Actor
from desk.process.table import Value
from graph.codes import industry, region
from graph.model import Achievement, Cooperation, Demand, Edge, EdgeKind, Institution, Node, NodeKind
from graph.store import Store, chunks
from leads.meetings.meetings import Meetings
from leads.meetings.process import MEETING
from leads.outcomes import cooperation_id
from leads.parties import Parties, houses_of, parties, relations
from leads.process import FOLD as LEAD_FOLD
from leads.process import LEAD
from leads.report.money import minor
from leads.report.period import Month


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """``document``: the node or the entry of the journal; ``kind``: the mode of a contract; ``field`` and ``district``: codes, "" where
    they are not known; ``value`` and ``technology``: minor units of ``currency``, None where they are not told."""

    document: str
    kind: str = ""
    field: str = ""
    district: str = ""
    currency: str = ""
    value: int | None = None
    technology: int | None = None


class _Lead(NamedTuple):
    """A lead that is for the eyes of who asks, with its entries up to the end of the month."""

    id: str
    value: Value
    of: Parties
    entries: list[Entry]


class Facts:
    """What ``actor`` may count in a month."""

    def __init__(self, store: Store, actor: Actor, month: Month) -> None:
        self.month = month
        self._store, self._actor, self._viewer = store, actor, viewer_of(store, actor)
        self._journal = Journal(store, {**DEMAND_FOLDS, LEAD.name: LEAD_FOLD})

    def demands(self) -> Iterator[Fact]:
        """Demands that were published. A teaser counts only for who cannot see the demand behind it: to them it is as any other."""
        found = [node for node in self._scan(NodeKind.DEMAND) if isinstance(node, Demand) and self._was_posted(node)]
        owners = self._ends(found, EdgeKind.POSTED)
        for node in found:
            yield Fact(document=node.id, field=_field(node.industry) or self._field(owners[node.id]),
                       district=self._district(owners[node.id]))  # fmt: skip

    def results(self) -> Iterator[Fact]:
        """Achievements by their date."""
        found = [node for node in self._scan(NodeKind.ACHIEVEMENT) if isinstance(node, Achievement) and self.month.has_date(node.date)]
        owners = self._ends(found, EdgeKind.OWNS)
        for node in found:
            houses = owners[node.id] or houses_of(self._store, node)
            yield Fact(document=node.id, field=self._field(houses), district=self._district(houses))

    def meetings(self) -> Iterator[Fact]:
        """Meetings to which somebody came, by the entry that noted the first who did."""
        for one in Meetings(self._store).listed(self._actor):
            if self.month.has(one.held):
                yield Fact(document=f"{MEETING.name}:{one.id}")

    def introductions(self) -> Iterator[Fact]:
        """First introductions of leads."""
        for one in self._leads("introduced"):
            entry = next((entry for entry in one.entries if entry.kind == "introduce"), None)
            if entry and self.month.has(entry.at):
                yield Fact(document=entry.id, field=self._field_of_lead(one.of), district=self._district(self._owners(one.of)))

    def contracts(self) -> Iterator[Fact]:
        """Agreements of leads, and cooperations from files."""
        for one in self._leads("agreement"):
            entry = next((entry for entry in one.entries if entry.kind == "agree"), None)
            if entry and self.month.has(entry.at):
                says = entry.body
                yield _contract(entry.id, says["mode"], says.get("currency"), says.get("amount"), says.get("technology_amount"),
                                self._field_of_lead(one.of), self._district(self._owners(one.of)))  # fmt: skip
        found = [node for node in self._scan(NodeKind.COOPERATION) if isinstance(node, Cooperation)]
        found = [node for node in found if self.month.has_date(node.registered or node.started) and not self._is_of_a_lead(node)]
        parties_, needs = self._ends(found, EdgeKind.PARTY_TO), self._ends(found, EdgeKind.ADDRESSES)
        for node in found:
            field = self._field(needs[node.id]) or self._field(parties_[node.id])
            yield _contract(node.id, node.mode.value, node.currency, node.amount, node.technology_amount, field,
                            self._district(parties_[node.id]))  # fmt: skip

    def _scan(self, kind: NodeKind) -> Iterator[Node]:
        return (node for node in self._store.scan(kind) if isinstance(node, Node) and self._viewer.sees(node))

    def _was_posted(self, node: Demand) -> bool:
        known = demand_of(self._store, node.id) if node.provenance.source == SOURCE else None
        if not known:
            return self.month.has_date(node.date)
        behind = node_of(known[0])
        if behind != node.id:
            demand = self._store.get([behind]).get(behind)
            is_seen = isinstance(demand, Demand) and self._viewer.sees(demand)
            return not is_seen and self.month.has_date(node.date)
        entries = self._journal.entries(f"{DEMAND.name}:{known[0]}")
        return self.month.has(next((entry.at for entry in entries if entry.kind == "publish"), ""))

    def _leads(self, state: str) -> Iterator[_Lead]:
        """The leads that came into ``state`` in the month, and were not merged into another by its end."""
        for id, value in states.values(self._store, LEAD.name):
            if not any(name == state and self.month.has(day) for name, day in value["path"]):
                continue
            of = parties(self._store, value["need"], value["offer"])
            if relations(self._actor, self._viewer, of, value):
                entries = [one for one in self._journal.entries(f"{LEAD.name}:{id}") if one.at[:10] <= self.month.last.isoformat()]
                merges = [one.kind for one in entries if one.kind in ("merge", "unmerge")]
                if merges[-1:] != ["merge"]:
                    yield _Lead(id, value, of, entries)

    def _is_of_a_lead(self, node: Cooperation) -> bool:
        """Whether a cooperation came of a lead that the one who asks sees, by whose agreement it is counted."""
        id = node.provenance.source_id.partition("lead:")[2] if node.provenance.source == SOURCE else ""
        state = states.state(self._store, LEAD.name, id) if id else None
        if state is None or cooperation_id(id) != node.id:
            return False
        of = parties(self._store, state.value["need"], state.value["offer"])
        return bool(relations(self._actor, self._viewer, of, state.value))

    def _ends(self, nodes: Iterable[Node], kind: EdgeKind) -> dict[str, tuple[str, ...]]:
        """By node, the other ends of its edges of a kind that may be seen, by id."""
        ids = [node.id for node in nodes]
        found: dict[str, set[str]] = {one: set() for one in ids}
        for part in chunks(ids):
            edges = self._store.edges(part, kinds=[kind])
            ends = {end for edge in edges for end in (edge.source, edge.target)}
            there = self._store.get(list(ends)) if ends else {}
            for edge in edges:
                if isinstance(edge, Edge) and self._viewer.sees_edge(edge, there):
                    own, other = (edge.source, edge.target) if edge.source in found else (edge.target, edge.source)
                    found[own].add(other)
        return {one: tuple(sorted(others)) for one, others in found.items()}

    def _field_of_lead(self, of: Parties) -> str:
        field = _field(of.need.industry) if isinstance(of.need, Demand) and self._viewer.sees(of.need) else ""
        return field or self._field(self._owners(of))

    def _owners(self, of: Parties) -> tuple[str, ...]:
        """Whose the need is, where the one who asks may know it."""
        nodes = self._store.get([*of.owners, *([of.need.id] if of.need else [])])
        return of.owners if of.sees_owner(self._viewer, nodes) else ()

    def _seen(self, ids: Iterable[str]) -> Iterator[Node]:
        wanted = list(ids)
        found = self._store.get(wanted) if wanted else {}
        nodes = (found.get(one) for one in wanted)
        return (self._viewer.view(one) for one in nodes if isinstance(one, Node) and self._viewer.sees(one))

    def _field(self, ids: Iterable[str]) -> str:
        """The field of the first of some demands and institutions that has one."""
        fields = (_field(one.industry) for one in self._seen(ids) if isinstance(one, Demand | Institution))
        return next((one for one in fields if one), "")

    def _district(self, ids: Iterable[str]) -> str:
        """The district of the first of some institutions of which it is known."""
        places = (_district(one) for one in self._seen(ids) if isinstance(one, Institution))
        return next((one for one in places if one), "")


def _field(industries: Iterable[str]) -> str:
    """The code of the first industry, to the level that has a name; as written where it is in no list."""
    first = next(iter(industries), "")
    known = industry(first) if first else None
    return known.code if known else first


def _district(one: Institution) -> str:
    """The code of the place that an institution names, else of its country."""
    place = region(one.region, one.country) if one.region else None
    country = region(one.country, one.country) if one.country and not place else None
    return place.code if place else country.code if country else ""


def _contract(
    document: str, mode: str, currency: str | None, amount: float | None, technology: float | None, field: str, district: str
) -> Fact:
    unit = currency or ""
    value, technical = (minor(one, unit) if one is not None else None for one in (amount, technology))
    return Fact(document=document, kind=mode, field=field, district=district, currency=unit, value=value, technology=technical)
