"""Small stores for tests of matching: a dozen real sentences, combined at random, so that vectors come from the cache."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from graph import Batch, Store, connect
from graph.ids import edge_id, entity_id, node_id, record_id
from graph.model import (
    Achievement,
    Cooperation,
    Demand,
    Edge,
    EdgeKind,
    Evidence,
    EvidenceKind,
    Expert,
    Institution,
    Node,
    NodeKind,
    Outcome,
    PartyTo,
    Provenance,
    Visibility,
)
from matcher.index.snapshot import Snapshot
from matcher.question import Opinion
from matcher.trust.ledger import Ledger
from matcher.trust.settings import SETTINGS, TrustSettings

WORKS = [
    ("耐高温陶瓷涂层制备工艺", "采用等离子喷涂在镍基合金上制备氧化锆热障涂层。涂层结合强度达到45 MPa，可在1200摄氏度下工作。"),
    ("Ceramic separator for lithium cells", "A ceramic coated separator shuts down at 130 C. It was tested on 200 pouch cells."),
    ("温室番茄病害图像识别", "用卷积神经网络识别番茄叶片病害，准确率96%。"),
    (
        "Thermal barrier coatings for turbine blades",
        "Plasma sprayed zirconia coatings survive 1,000 cycles at 1200 C. Bond strength is 45 MPa.",
    ),
    ("", "污水处理厂曝气系统节能控制，能耗降低20%。"),
    ("Infrared inspection of coatings", ""),
]
QUESTIONS = [
    "航空发动机叶片需要耐高温涂层",
    "a fire safe separator for battery cells",
    "Which coating survives 1200 C? How is its bond inspected?",
]
ASKER = entity_id(NodeKind.INSTITUTION, record_id(NodeKind.INSTITUTION, "t", "asker"))


def party(n: int) -> str:
    return entity_id(NodeKind.INSTITUTION, record_id(NodeKind.INSTITUTION, "t", f"i{n}"))


def person(n: int) -> str:
    return entity_id(NodeKind.EXPERT, record_id(NodeKind.EXPERT, "t", f"e{n}"))


def work(n: int) -> str:
    return node_id(NodeKind.ACHIEVEMENT, "t", f"a{n}")


def demand(n: int) -> str:
    return node_id(NodeKind.DEMAND, "t", f"d{n}")


def origin(one: str) -> Provenance:
    return Provenance("t", one)


def edge(kind: EdgeKind, source: str, target: str, date: str | None = None, *more: str) -> Edge:
    return Edge(id=edge_id(kind, source, target, "t", *more), kind=kind, source=source, target=target, provenance=origin("edge"), date=date)


def party_to(institution: str, cooperation: str) -> PartyTo:
    made = edge_id(EdgeKind.PARTY_TO, institution, cooperation, "t")
    return PartyTo(id=made, kind=EdgeKind.PARTY_TO, source=institution, target=cooperation, provenance=origin("party"))


def evidence(source: str, target: str, kind: EvidenceKind, outcome: float, date: str | None) -> Evidence:
    made = edge_id(EdgeKind.EVIDENCE, source, target, "t", kind, str(date))
    return Evidence(
        visibility=Visibility.PUBLIC,
        id=made,
        kind=EdgeKind.EVIDENCE,
        source=source,
        target=target,
        provenance=origin("evidence"),
        evidence=kind,
        outcome=outcome,
        date=date,
    )


DATES = st.sampled_from([None, "2015", "2019-06", "2023-03-01", "2027"])


@st.composite
def demands(draw: st.DrawFn) -> Batch:
    """Up to three demands, each posted by up to two institutions, once or twice."""
    asked = sorted(draw(st.sets(st.integers(0, 2))))
    nodes = [Demand(id=demand(n), provenance=origin(f"d{n}"), title=QUESTIONS[n], description=WORKS[n][1], date=draw(DATES)) for n in asked]
    edges = []
    for n in asked:
        for poster in sorted(draw(st.sets(st.integers(0, 3), max_size=2))):
            again = draw(st.sampled_from([1, 1, 2]))
            edges += [edge(EdgeKind.POSTED, party(poster), demand(n), draw(DATES), str(time)) for time in range(again)]
    return Batch(nodes=nodes, edges=edges)


@st.composite
def worlds(draw: st.DrawFn) -> Batch:
    """Four institutions, two experts, some works and demands, cooperations with one to three parties beside the asker, and evidence."""
    nodes: list[Node] = [Institution(id=ASKER, provenance=origin("asker"), name="asker")]
    nodes += [Institution(id=party(n), provenance=origin(f"i{n}"), name=f"institution {n}") for n in range(3)]
    nodes.append(Institution(id=party(3), provenance=origin("i3"), name="institution 3", description="涂层检测与表面工程服务机构。"))
    nodes += [Expert(id=person(n), provenance=origin(f"e{n}"), name=f"person {n}") for n in range(2)]
    edges: dict[str, Edge] = {}

    def add(one: Edge) -> None:
        edges[one.id] = one

    for n, (title, abstract) in enumerate(WORKS):
        nodes.append(Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, date=draw(DATES)))
        for owner in draw(st.sets(st.integers(0, 3), max_size=2)):
            for again in range(draw(st.sampled_from([1, 1, 2]))):
                add(edge(EdgeKind.OWNS, party(owner), work(n), draw(DATES), str(again)))
        for creator in draw(st.sets(st.integers(0, 1), max_size=1)):
            add(edge(EdgeKind.CREATED, person(creator), work(n)))
    posted = draw(demands())
    nodes += posted.nodes
    for one in posted.edges:
        add(one)
    for n in draw(st.sets(st.integers(0, 1))):
        add(edge(EdgeKind.AFFILIATED_WITH, person(n), party(n), draw(DATES)))
    for n in range(draw(st.integers(0, 4))):
        coop = node_id(NodeKind.COOPERATION, "t", f"c{n}")
        started, ended, outcome = draw(DATES), draw(DATES), draw(st.sampled_from(list(Outcome)))
        told = {"title": f"cooperation {n}", "started": started, "ended": ended, "outcome": outcome, "visibility": Visibility.PUBLIC}
        nodes.append(Cooperation(id=coop, provenance=origin(f"c{n}"), **told))
        for one in [ASKER, *(party(i) for i in sorted(draw(st.sets(st.integers(0, 3), min_size=1, max_size=3))))]:
            add(party_to(one, coop))
        for used in draw(st.sets(st.integers(0, 5), max_size=2)):
            add(edge(EdgeKind.USES, coop, work(used), draw(DATES)))
    for _ in range(draw(st.integers(0, 5))):
        source = draw(st.sampled_from([ASKER, ASKER, party(2), party(3)]))
        target = draw(st.sampled_from([party(0), party(1), party(2), person(0)]))
        if source != target:
            kind, outcome = draw(st.sampled_from(list(EvidenceKind))), draw(st.sampled_from([-1.0, -0.25, 0.5, 1.0]))
            add(evidence(source, target, kind, outcome, draw(DATES)))
    for child, parent in draw(st.sets(st.sampled_from([(ASKER, party(3)), (ASKER, party(2)), (party(2), party(3)), (party(1), party(3))]))):
        add(edge(EdgeKind.PART_OF, child, parent, draw(DATES)))
    return Batch(nodes=nodes, edges=list(edges.values()))


def store_of(batch: Batch, folder: Path) -> Store:
    store = connect(f"sqlite:///{folder}/world.db")
    store.write(batch)
    return store


def opinion(asker: str | None, target: str, as_of: str, snapshot: Snapshot, settings: TrustSettings = SETTINGS) -> Opinion:
    """What ``asker`` may believe of ``target`` (ids) as of a day."""
    ledger = Ledger(snapshot.trust(settings).on(as_of))
    return ledger.opinion(snapshot.row(asker) if asker else -1, snapshot.row(target))
