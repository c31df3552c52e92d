"""A small centre with every kind of node and every value of a filter, and a way to ask it."""

from __future__ import annotations

from typing import Any

from graph import Batch, Store
from graph.ids import node_id
from graph.model import (
    Achievement,
    AchievementKind,
    Demand,
    DemandKind,
    DemandRoute,
    DemandStatus,
    EdgeKind,
    Expert,
    Institution,
    InstitutionKind,
    LegalStatus,
    LicenceForm,
    Maturity,
    Node,
    NodeKind,
    Resource,
    ResourceKind,
    Size,
    TransferForm,
    Visibility,
)
from matcher.embedding.embedder import Embedder
from matcher.index import generations
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Question
from matcher.rank import pipeline
from tests.matcher.worlds import ASKER, QUESTIONS, WORKS, edge, origin, party, person, work

AS_OF = "2025-01-01"
REQUIRED = '["1200摄氏度", "quantum teleportation"]'
COATING, SEPARATOR, TOMATO, BLADES, SEWAGE, INFRARED = range(6)
ON_TOPIC = [
    *QUESTIONS[:2],
    "用摄像头识别番茄叶子上的病害",
    "How can we cut the energy that aeration uses in a sewage plant?",
    "我们想给镍基合金零件喷涂氧化锆热障涂层，要求1200摄氏度",
]
OFF_TOPIC = [
    "How do I knit a warm scarf for my grandmother?",
    "Which restaurant near the station has the best pancakes?",
    "What shall I name my new puppy?",
    "中秋节月饼送什么口味给亲戚合适？",
    "孩子不肯写作业，家长应该怎么沟通？",
]


def demand(n: int) -> str:
    return node_id(NodeKind.DEMAND, "t", f"d{n}")


def resource(n: int) -> str:
    return node_id(NodeKind.RESOURCE, "t", f"r{n}")


def firm(n: int, **more: Any) -> Institution:
    return Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}", **more)


def result(n: int, **more: Any) -> Achievement:
    title, abstract = WORKS[n]
    return Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, **more)


def wish(n: int, text: str, **more: Any) -> Demand:
    return Demand(id=demand(n), provenance=origin(f"d{n}"), title=text, **more)


def world() -> Batch:
    """Six works of six institutions, each with a value of every filter; two experts; demands in every state; two resources."""
    nodes: list[Node] = [
        Institution(id=ASKER, provenance=origin("asker"), name="asker"),
        firm(0, country="CN", region="Zhejiang", kind=InstitutionKind.UNIVERSITY, industry=("C3512", "装备制造"), size=Size.LARGE),
        firm(
            1, country="DE", region="Bavaria", kind=InstitutionKind.ENTERPRISE, industry=("C26",), size=Size.SMALL,
            qualifications=("国家高新技术企业@2024", "ISO 9001", "a@b"),
        ),
        firm(2, country="CN", region="Jiangsu", kind=InstitutionKind.RESEARCH_INSTITUTE),
        firm(3, country="US", kind=InstitutionKind.ENTERPRISE),
        firm(4),
        Expert(id=person(0), provenance=origin("e0"), name="Wei Chen"),
        Expert(id=person(1), provenance=origin("e1"), name="Ada Braun"),
        result(COATING, trl=6, price_min=1000.0, currency="CNY", date="2020", kind=AchievementKind.PROCESS,
               maturity=Maturity.PILOT, licence_forms=(LicenceForm.SIMPLE, LicenceForm.SOLE), transfer_forms=(TransferForm.LICENCE,)),
        result(SEPARATOR, trl=8, trl_since="2024-01-01", date="2021", kind=AchievementKind.PATENT,
               maturity=Maturity.INDUSTRIAL, legal_status=LegalStatus.GRANTED, licence_forms=(LicenceForm.EXCLUSIVE,), expires="2030"),
        result(TOMATO, date="2022", visibility=Visibility.MEMBERS),
        result(BLADES, trl=3, price_min=9000.0, currency="CNY", date="2019"),
        result(SEWAGE, visibility=Visibility.CONFIDENTIAL, date="2020"),
        result(INFRARED, date="2030"),
        wish(0, QUESTIONS[0], regions=("Zhejiang",), trl_min=5, budget_max=500.0, currency="CNY", requirements=REQUIRED,
             kind=DemandKind.DEVELOPMENT, route=DemandRoute.OPEN_CALL, industry=("C26",)),
        wish(1, QUESTIONS[1], kind=DemandKind.TESTING, route=DemandRoute.COMMISSION, status=DemandStatus.SOLVED, status_since="2024-06-01"),
        wish(2, QUESTIONS[2], deadline="2023-12-31"),
        wish(3, WORKS[BLADES][0], visibility=Visibility.CONFIDENTIAL),
        Resource(id=resource(0), provenance=origin("r0"), title=WORKS[INFRARED][0], kind=ResourceKind.INSTRUMENT),
        Resource(id=resource(1), provenance=origin("r1"), title=WORKS[SEPARATOR][0], date="2030"),
    ]
    edges = [edge(EdgeKind.OWNS, party(n), work(n)) for n in range(4)]
    edges += [edge(EdgeKind.OWNS, party(4), work(n)) for n in (SEWAGE, INFRARED)]
    edges += [edge(EdgeKind.CREATED, person(0), work(COATING)), edge(EdgeKind.CREATED, person(1), work(BLADES))]
    edges.append(edge(EdgeKind.AFFILIATED_WITH, person(0), party(0)))
    edges += [edge(EdgeKind.POSTED, party(4), demand(n)) for n in range(4)]
    return Batch(nodes=nodes, edges=edges)


class Desk:
    """A store with its index, and questions to it."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self.store, self.embedder = store, embedder
        generations.build(store, embedder)
        self.snapshot = Snapshot.open(store, embedder)

    def ask(self, text: str = QUESTIONS[0], **more: Any) -> Answer:
        question = Question(text=text, **({"as_of": AS_OF, "k": 20, "include_weak": True} | more))
        return pipeline.answer(question, self.snapshot, self.embedder)

    def found(self, text: str = QUESTIONS[0], **more: Any) -> list[str]:
        return [match.candidate for match in self.ask(text, **more).matches]

    def write(self, batch: Batch) -> None:
        self.store.write(batch)
        self.snapshot = self.snapshot.refreshed(self.store, self.embedder)


def works_of(answer: Answer) -> set[str]:
    return {one.id for match in answer.matches for one in match.works}
