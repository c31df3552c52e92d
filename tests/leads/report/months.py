"""A spring of a small centre: what came from files and what was done, by a clock that is set by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from api.streams import FOLDS
from desk.journal.journal import Journal
from desk.people.demands import Demands
from desk.process.principals import Actor
from graph import Batch, Store
from graph.model import Achievement, Cooperation, CooperationMode, Demand, EdgeKind, Provenance, Visibility
from leads.leads import Leads
from leads.meetings.meetings import Meetings
from leads.model import lead_id
from leads.report.report import Report, monthly
from tests.graph import samples
from tests.graph.samples import institution
from tests.leads import worlds
from tests.leads.worlds import BROKER, FIRM, LAB, OPERATOR, RIVAL, edge

HIDDEN = Visibility.CONFIDENTIAL
LATER = datetime(2026, 9, 1, tzinfo=UTC)


class Spring:
    """The centre: a firm of Fuzhou with demands of April and May, a laboratory of Hangzhou with results, and contracts from files."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, datetime(2026, 4, 1, tzinfo=UTC)
        worlds.begin(store)
        firm = institution("ins-firm", region="福州市", country="CN", industry=("gbt4754:C33",))
        lab = institution("ins-lab", region="杭州市西湖区", country="CN", industry=("gbt4754:M73",))
        store.write(
            Batch(
                nodes=[
                    firm,
                    lab,
                    self.demand("dem-4", "2026-04-30"),
                    self.demand("dem-5", "2026-05", industry=("gbt4754:C39",)),
                    self.demand("dem-h", "2026-05-31", visibility=HIDDEN),
                    Achievement(id="ach-5", provenance=Provenance("t", "ach-5"), title="Probe", date="2026-05-02"),
                    Achievement(id="ach-y", provenance=Provenance("t", "ach-y"), title="Paste", date="2026"),
                    self.contract("coo-5", "2026-05-20", 1_000_000.1, "CNY", 400_000, visibility=Visibility.PUBLIC),
                    self.contract("coo-r", "2025-01-01", 1200, "JPY", registered="2026-05-03", visibility=Visibility.PUBLIC),
                    self.contract("coo-u", "2026-05-09", None, None, visibility=Visibility.PUBLIC),
                    self.contract("coo-h", "2026-05-09", 5, "CNY"),
                ],
                edges=[
                    edge(EdgeKind.POSTED, "ins-firm", "dem-4"),
                    edge(EdgeKind.POSTED, "ins-firm", "dem-5"),
                    edge(EdgeKind.POSTED, "ins-firm", "dem-h", HIDDEN),
                    edge(EdgeKind.OWNS, "ins-lab", "ach-5"),
                    samples.edge("edg-1", EdgeKind.PARTY_TO, "ins-firm", "coo-5"),
                    samples.edge("edg-2", EdgeKind.PARTY_TO, "ins-lab", "coo-r"),
                    edge(EdgeKind.ADDRESSES, "coo-5", "dem-4"),
                ],
            )
        )
        self.journal = Journal(store, FOLDS, now=self)
        self.leads, self.meetings, self.demands = (of(store, self.journal) for of in (Leads, Meetings, Demands))

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def on(self, day: str) -> None:
        self.now = datetime.fromisoformat(f"{day}T12:00:00+00:00")

    @staticmethod
    def demand(id: str, day: str, **more: Any) -> Demand:
        return Demand(id=id, provenance=Provenance("t", id), **({"title": id, "date": day} | more))

    @staticmethod
    def contract(
        id: str, started: str, amount: float | None, currency: str | None, technology: float | None = None, **more: Any
    ) -> Cooperation:
        said = {"started": started, "amount": amount, "currency": currency, "technology_amount": technology}
        return Cooperation(id=id, provenance=Provenance("t", id), mode=CooperationMode.CONTRACT, **(said | more))

    def lead(self, need: str, broker: Actor = BROKER) -> str:
        """The lead of a demand and the expert, taken up if nobody has done so; its id."""
        id = lead_id(need, "exp-1")
        return id if self.journal.state(f"lead:{id}") else self.leads.begin(broker, need, "exp-1").id

    def introduced(self, need: str, day: str, broker: Actor = BROKER) -> str:
        """A lead that ``broker`` introduced on a day; its id."""
        self.on(day)
        id = self.lead(need, broker)
        if broker is RIVAL:
            self.leads.do(OPERATOR, id, "assign", {"broker": "ins-rival"})
        for side, who in (("need", FIRM), ("offer", LAB)):
            self.leads.do(broker, id, "propose", {"side": side})
            self.leads.do(who, id, "interested", {"side": side})
        self.leads.do(broker, id, "introduce", {"agency": "need"})
        return id

    def held(self, need: str, day: str) -> str:
        """A meeting to which the firm came; its id."""
        self.on(day)
        id = self.meetings.plan(BROKER, "Day", day, ["09:00"], [4]).id
        self.meetings.invite(BROKER, id, self.lead(need))
        self.meetings.attend(BROKER, id, self.lead(need), "need", came=True)
        return id

    def report(self, month: str, who: Actor = OPERATOR, now: datetime = LATER) -> Report:
        return monthly(self.store, who, month, now=lambda: now)

