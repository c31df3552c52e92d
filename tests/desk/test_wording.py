"""Trust and facts in words."""

from __future__ import annotations

from typing import Any

import pytest

from desk.facts import HIDDEN, edge_in_words, facts, name_of, node_in_words
from desk.wording import NOBODY, in_words, item_in_words
from graph.address import connect
from graph.model import (
    Achievement,
    AchievementKind,
    BrokerLevel,
    ContractType,
    Cooperation,
    Demand,
    DemandKind,
    DemandRoute,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Expert,
    Institution,
    LegalStatus,
    LicenceForm,
    Maturity,
    Outcome,
    PartyTo,
    Provenance,
    Size,
    TransferForm,
    Visibility,
)
from graph.store import Batch
from graph.viewer import OWNER, PUBLIC
from matcher.question import NEW, Opinion, TrustItem

FROM = Provenance("test", "x")


def item(kind: str, value: float, date: str | None = None) -> TrustItem:
    """An item of evidence."""
    return TrustItem(kind=kind, value=value, weight=1.0, date=date, facts=())


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([item("completed", 1, "2024-05-31"), item("completed", 1, "2021"), item("completed", 1)], "3 completed together, last 2024"),
        ([item("completed", 1, "2024-05")], "1 completed together, 2024"),
        ([item("breached", -1, "2022")], "1 breach in 2022"),
        ([item("breached", -1, "2022"), item("breached", -1, "2023")], "2 breaches, last 2023"),
        ([item("failed", -0.5, "2020"), item("completed", 1, "2024")], "1 completed together, 2024; 1 failure in 2020"),
        ([item("rating", 0.5, "2024"), item("rating", 1.0)], "2 ratings (+0.8), last 2024"),
        ([item("took_part", 1)], "1 took part together"),
        ([item("delivery", 1), item("delivery", 1)], "2 deliveries (+1.0)"),
        ([item("harm_check", 1, "2024")], "1 harm check (+1.0) in 2024"),
    ],
)
def test_evidence_in_words(items: list[TrustItem], said: str) -> None:
    assert in_words(Opinion(items=tuple(items))) == said


def test_no_evidence_is_no_history_and_no_asker_is_nobody() -> None:
    assert in_words(Opinion()) == NEW
    assert in_words(Opinion(), has_asker=False) == NOBODY


def test_an_item_in_words() -> None:
    told = TrustItem(kind="took_part", value=1.0, weight=0.2, date=None, facts=(), title="Kiln")
    assert item_in_words(told) == "took part (+1.00): Kiln"


ALFA = Institution(id="ins-1", provenance=FROM, name="Alfa", country="DE", region="Hessen")
WORK = Achievement(id="ach-1", provenance=FROM, title="Kiln lining", visibility=Visibility.CONFIDENTIAL)
DONE = Cooperation(id="coo-1", provenance=FROM, title="Kiln", started="2020", ended="2022", outcome=Outcome.COMPLETED)


def test_nodes_in_words() -> None:
    assert node_in_words(ALFA) == "Alfa (other, DE, Hessen)"
    assert node_in_words(WORK) == "other: Kiln lining"
    assert node_in_words(Expert(id="exp-1", provenance=FROM, name="B. Ody", headline="Head")) == "B. Ody (expert, Head)"


def test_what_centres_say_of_their_nodes_in_words() -> None:
    firm = Institution(id="ins-2", provenance=FROM, name="Beta", size=Size.SMALL, qualifications=("ISO 9001@2027",))
    assert node_in_words(firm) == "Beta (other, small in size, ISO 9001@2027)"
    work = Achievement(
        id="ach-3", provenance=FROM, title="Kiln", kind=AchievementKind.PATENT, maturity=Maturity.PILOT, legal_status=LegalStatus.GRANTED,
        expires="2039-05", licence_forms=(LicenceForm.FREE_TRIAL_THEN_PAY,), transfer_forms=(TransferForm.LICENCE, TransferForm.EQUITY),
    )  # fmt: skip
    assert node_in_words(work) == "patent: Kiln (pilot; granted; until 2039-05; licence free trial then pay; by licence, equity)"
    wish = Demand(id="dem-1", provenance=FROM, title="Lining", kind=DemandKind.PILOT, route=DemandRoute.OPEN_CALL, call_number="7")
    assert node_in_words(wish) == "demand: Lining (pilot; open call; call 7)"
    assert node_in_words(Demand(id="dem-2", provenance=FROM, title="Lining")) == "demand: Lining"
    person = Expert(id="exp-2", provenance=FROM, name="C. Cee", broker=BrokerLevel.SENIOR)
    assert node_in_words(person) == "C. Cee (expert, technology broker, senior)"
    deal = Cooperation(id="coo-2", provenance=FROM, title="Kiln", contract_type=ContractType.SOLE_LICENCE, registration_number="HT-1")
    assert node_in_words(deal) == "cooperation (contract, sole licence, registered as HT-1): Kiln, outcome unknown"


def test_an_outcome_is_dated_by_the_end() -> None:
    assert node_in_words(DONE, "2022-12-31").endswith("completed")
    assert node_in_words(DONE, "2022-12-30").endswith("ongoing")


def edge(kind: EdgeKind, source: str, target: str, cls: type[Edge] = Edge, **more: Any) -> Edge:
    """An edge of the test's source."""
    return cls(id=f"edg-{kind}-{source}-{target}", kind=kind, source=source, target=target, provenance=FROM, **more)


def test_edges_in_words() -> None:
    names = {"a": "Alfa", "b": "Beta"}
    assert edge_in_words(edge(EdgeKind.PART_OF, "a", "b"), names) == "Alfa is part of Beta"
    share = edge(EdgeKind.PARTY_TO, "a", "b", PartyTo, role="lead", share=0.25)
    assert edge_in_words(share, names) == "Alfa took part in Beta as lead with a share of 25%"
    paid = edge(EdgeKind.EVIDENCE, "a", "b", Evidence, evidence=EvidenceKind.PAYMENT, outcome=-0.5, verified_by="bank", document="no. 7")
    assert edge_in_words(paid, names) == "payment of Beta by Alfa: -0.50, verified by bank (no. 7)"


def test_a_long_text_without_a_title_is_cut() -> None:
    assert len(name_of(Achievement(id="ach-2", provenance=FROM, abstract="x" * 5000))) == 200


def test_facts_leave_out_what_is_hidden_or_missing(tmp_path: object) -> None:
    store = connect(f"sqlite:///{tmp_path}/facts.db")
    owns = edge(EdgeKind.OWNS, "ins-1", "ach-1", date="2021")
    store.write(Batch(nodes=[ALFA, WORK], edges=[owns]))
    ids = [owns.id, "ins-1", "ach-1", "ins-1", "nothing"]
    everything = facts(store, ids, viewer=OWNER)
    assert [fact.id for fact in everything] == [owns.id, "ins-1", "ach-1"]
    assert (everything[0].what, everything[0].date, everything[0].source) == ("Alfa owns Kiln lining", "2021", "test")
    public = facts(store, ids, viewer=PUBLIC)
    assert [fact.id for fact in public] == ["ins-1"]
    assert not any(HIDDEN in fact.what for fact in public)
    store.close()


def test_what_gaps_share_is_said_once() -> None:
    from api.cli.draw.answer import folded

    assert folded(["no work mentions: a", "maturity unknown", "no work mentions: b"]) == "no work mentions: a, b; maturity unknown"
    assert folded([]) == ""
