"""The topic term: own experience counts as far as it is about what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from graph import Batch
from graph.ids import edge_id, node_id
from graph.model import Cooperation, Edge, EdgeKind, NodeKind, Outcome, Visibility
from graph.viewer import Viewer
from matcher.question import Term
from matcher.score import DEFAULT
from tests.matcher.centre import COATING, SEPARATOR, SEWAGE, TOMATO, Desk, result
from tests.matcher.worlds import ASKER, QUESTIONS, edge, origin, party, party_to, work

JOINT = node_id(NodeKind.COOPERATION, "t", "joint")


def dealt(*used: Edge, ended: str = "2024-12-31") -> Batch:
    """A completed cooperation of the asker with the owner of the coating, which used some works."""
    joint = Cooperation(id=JOINT, visibility=Visibility.PUBLIC, provenance=origin("joint"), ended=ended, outcome=Outcome.COMPLETED)
    return Batch(nodes=[joint], edges=[party_to(ASKER, JOINT), party_to(party(0), JOINT), *used])


def uses(n: int, date: str | None = None) -> Edge:
    return edge(EdgeKind.USES, JOINT, work(n), date)


def topic(desk: Desk, candidate: str = party(0), **more: Any) -> Term:
    asked = {"asker": ASKER, "as_of": "2024-12-31", "among": (candidate,)} | more
    (match,) = desk.ask(QUESTIONS[0], **asked).matches
    return next(term for term in match.terms if term.name == "topic")


def test_work_on_what_is_asked_counts_and_other_work_less(own: Desk) -> None:
    own.write(dealt(uses(COATING)))
    (match,) = own.ask(QUESTIONS[0], asker=ASKER, as_of="2024-12-31", among=(party(0),)).matches
    near = min(1.0, match.works[0].meaning * (1 + match.works[0].words))
    term = topic(own)
    # a completion of that day weighs 1
    assert term.points == pytest.approx(1e6 * DEFAULT.topic * near / (near + DEFAULT.topic_half), abs=1)
    assert term.points > 0
    assert set(term.facts) == {JOINT, work(COATING), uses(COATING).id, *(party_to(one, JOINT).id for one in (ASKER, party(0)))}
    assert all(without == 0 for without in term.without.values())

    own.write(Batch(delete=[uses(COATING).id]))
    own.write(Batch(edges=[uses(SEPARATOR)]))
    assert 0 <= topic(own).points < term.points


def test_what_nothing_is_known_of_counts_nothing(own: Desk) -> None:
    own.write(dealt())
    assert topic(own) == Term(name="topic", points=0)


def test_texts_and_ties_of_later_days_do_not_count(own: Desk) -> None:
    own.write(dealt(uses(COATING, "2024-06-01"), ended="2019-12-31"))
    assert topic(own, as_of="2024-06-01").points > 0
    assert topic(own, as_of="2024-05-31").points == 0
    own.write(Batch(nodes=[result(COATING, date="2024-06-01")], delete=[uses(COATING, "2024-06-01").id], edges=[uses(COATING)]))
    assert topic(own, as_of="2024-06-01").points > 0
    assert topic(own, as_of="2024-05-31").facts == ()


@pytest.mark.parametrize(("used", "least"), [(TOMATO, Visibility.MEMBERS), (SEWAGE, Visibility.CONFIDENTIAL)])
def test_a_text_that_may_not_be_seen_does_not_count(own: Desk, used: int, least: Visibility) -> None:
    own.write(dealt(uses(used)))
    asked = QUESTIONS[1] if used == TOMATO else "污水处理厂曝气系统怎样节能"
    for level in Visibility:
        (match,) = own.ask(asked, asker=ASKER, as_of="2024-12-31", among=(party(0),), viewer=Viewer(clearance=level)).matches
        term = next(one for one in match.terms if one.name == "topic")
        assert bool(term.facts) == (list(Visibility).index(level) >= list(Visibility).index(least))


def test_nobody_asks_and_nobody_is_a_partner_of_itself(own: Desk) -> None:
    last = max([ASKER, *(party(n) for n in range(5))])
    others = [one for one in (party(0), party(1)) if one != last]
    node = Cooperation(id=JOINT, visibility=Visibility.PUBLIC, provenance=origin("joint"), ended="2024-12-31", outcome=Outcome.COMPLETED)
    own.write(Batch(nodes=[node], edges=[party_to(last, JOINT), *(party_to(one, JOINT) for one in others), uses(COATING)]))
    assert topic(own, others[0], asker=None) == Term(name="topic", points=0)
    assert topic(own, others[0], asker=last).points > 0
    assert edge_id(EdgeKind.USES, JOINT, work(COATING), "t") == uses(COATING).id
