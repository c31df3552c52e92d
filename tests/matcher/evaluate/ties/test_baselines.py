"""The rankings of the plain baselines: who is ranked, in what order, and that the asker is not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from graph import Batch
from graph.ids import node_id
from graph.model import Achievement, Cooperation, EdgeKind, Institution, NodeKind
from matcher.evaluate.standing import Standing
from matcher.evaluate.ties.baselines import MIX, MIXED, PartnerBaselines
from matcher.evaluate.ties.dealings import Dealings
from matcher.question import Question
from tests.matcher.worlds import edge, origin, party, party_to, store_of, work

TEXTS = ["zirconia coating of turbine blades", "zirconia coating", "lithium cells", "leaf disease"]
TOGETHER = [((0, 1), 2, "2012"), ((0, 2), 0, "2012"), ((1, 3), None, "2013"), ((0, 3), None, "2019")]
QUESTION = Question(as_of="2014-12-31", title="zirconia coating", text="for turbine blades", asker=party(0))


@pytest.fixture(scope="module")
def baselines() -> PartnerBaselines:
    """0 asks; it worked with 1 on cells and with 2 on coatings; 3, whom 1 knows, owns nothing; 4 wrote of leaves, 5 later."""
    batch = Batch(nodes=[Institution(id=party(n), provenance=origin(f"i{n}"), name=f"Institution {n}") for n in range(6)])
    batch.nodes += [Achievement(id=work(n), provenance=origin(f"a{n}"), title=text, date="2012") for n, text in enumerate(TEXTS)]
    batch.nodes.append(Achievement(id=work(9), provenance=origin("a9"), title=TEXTS[0], date="2018"))
    batch.edges += [edge(EdgeKind.OWNS, party(one), work(n)) for one, n in [(0, 0), (2, 0), (1, 2), (0, 2), (4, 3), (1, 1), (5, 9)]]
    for number, (members, uses, day) in enumerate(TOGETHER):
        one = node_id(NodeKind.COOPERATION, "t", f"c{number}")
        batch.nodes.append(Cooperation(id=one, provenance=origin(f"c{number}"), started=day))
        batch.edges += [party_to(party(each), one) for each in members]
        if uses is not None:
            batch.edges.append(edge(EdgeKind.USES, one, work(uses)))
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(batch, Path(folder))
        standing = Standing(store, EdgeKind.OWNS)
        found = PartnerBaselines(standing, Dealings(store, standing.bm25.ids))
        store.close()
    return found


def test_who_is_ranked_and_how(baselines: PartnerBaselines) -> None:
    found = {row: first(9) for row, first in baselines.rankings("q", QUESTION, [party(2), party(5), None])}
    assert found["BM25, best work"][:2] == [party(2), party(1)]  # the whole question, then half of it
    assert set(found["BM25, best work"]) == {party(1), party(2), party(3), party(4)}  # not the asker, nor who has nothing yet
    assert set(found["random"]) == {party(1), party(2), party(4)}  # who stands on a work
    assert found["popularity"][0] == party(1)  # two works and one more cooperation: 3
    assert sorted(found["decayed dealings"]) == sorted([party(1), party(2)])  # both 1 in 2012; ties by id
    assert found["decayed dealings"] == sorted(found["decayed dealings"])
    assert found["dealings by topic"] == [party(2)]  # what 1 did with the asker shares no word with the question
    assert found["partners of partners"] == [party(3)]  # 2 knows the asker alone, and 1 knows 3
    assert all(party(0) not in ranking for ranking in found.values())
    assert {row for row in found if row not in MIXED} == {"random", "BM25, best work", "BM25, mean of three"}
    fitted, said = baselines.mixed()
    mixed = baselines.mix("q", fitted)(9)
    assert said.startswith(f"{MIX}: ")
    assert mixed[0] == party(2)
    assert set(mixed) == set(found["BM25, best work"])


def test_a_stranger_and_nobody_have_no_dealings(baselines: PartnerBaselines) -> None:
    for asker in (None, party(4), "ins-nobody"):
        asked = Question(as_of=QUESTION.as_of, title=QUESTION.title, asker=asker)
        found = {row: first(9) for row, first in baselines.rankings(f"by {asker}", asked, [party(2)])}
        assert found["decayed dealings"] == found["dealings by topic"] == found["partners of partners"] == []
        assert asker not in found["popularity"]
        assert found["BM25, best + half"][0] in (party(0), party(1), party(2))


def test_the_match_of_works_is_over_the_best_so_far() -> None:
    batch = Batch(nodes=[Institution(id=party(0), provenance=origin("i0"), name="Institution")])
    dated = [("zirconia", "2012"), ("lithium", "2012"), ("zirconia coating", "2018")]
    batch.nodes += [Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, date=day) for n, (title, day) in enumerate(dated)]
    with tempfile.TemporaryDirectory() as folder:
        store = store_of(batch, Path(folder))
        standing = Standing(store, EdgeKind.OWNS)
        store.close()
    match = dict(zip(standing.bm25.ids, standing.match("zirconia coating", "2014").tolist(), strict=True))
    assert match[work(0)] == 1.0
    assert match[work(1)] == 0.0
    assert match[work(2)] == 0.0  # the better work is dated later
    assert standing.match("nothing of it", "2014").tolist() == [0.0, 0.0, 0.0]
