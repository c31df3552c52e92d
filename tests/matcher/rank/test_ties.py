"""Known and new partners: marks, lists of either alone, the place by text alone, and whom a history lets in."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from graph import Batch
from graph.errors import InvalidInput
from graph.ids import node_id
from graph.model import Cooperation, EdgeKind, Expert, NodeKind, Outcome, Visibility
from matcher.question import LeftOut, Question, Ties, Want
from matcher.rank import pipeline
from matcher.score import DEFAULT
from matcher.trust.terms import TRUST_TERMS
from tests.matcher.centre import AS_OF, Desk
from tests.matcher.worlds import ASKER, QUESTIONS, edge, origin, party, party_to, person

TEXT_ONLY = msgspec.structs.replace(DEFAULT, **dict.fromkeys(TRUST_TERMS, 0.0))


def worked_with(*partners: str, outcome: Outcome = Outcome.COMPLETED, ended: str = "2024-06-30") -> Batch:
    """A cooperation of the asker with each."""
    ids = [node_id(NodeKind.COOPERATION, "t", f"with {one}") for one in partners]
    told = {"ended": ended, "outcome": outcome, "visibility": Visibility.PUBLIC}
    nodes = [Cooperation(id=one, provenance=origin(one), **told) for one in ids]
    return Batch(nodes=list(nodes), edges=[party_to(end, one) for one, other in zip(ids, partners, strict=True) for end in (ASKER, other)])


def test_a_match_is_known_or_new_and_nobody_knows_anybody_where_nobody_asks(own: Desk) -> None:
    own.write(worked_with(party(3)))
    marks = {match.candidate: match.known for match in own.ask(QUESTIONS[0], asker=ASKER).matches}
    assert marks[party(3)] is True
    assert {known for one, known in marks.items() if one != party(3)} == {False}
    early = own.ask(QUESTIONS[0], asker=ASKER, as_of="2024-06-29")
    assert {match.known for match in early.matches} == {False}
    for match in own.ask(QUESTIONS[0]).matches:
        assert match.known is None and match.text_rank == 0


@pytest.mark.parametrize("want", [Want.PARTNERS, Want.EXPERTS])
def test_either_can_be_asked_for_alone_and_the_other_is_counted(own: Desk, want: Want) -> None:
    own.write(worked_with(party(0), party(3)))
    everybody = own.ask(QUESTIONS[0], want=want, asker=ASKER).matches
    for ties in Ties:
        answer = own.ask(QUESTIONS[0], want=want, asker=ASKER, ties=ties)
        wanted = [match.candidate for match in everybody if match.known is (ties is Ties.KNOWN)]
        assert [match.candidate for match in answer.matches] == wanted
        assert answer.left_out == LeftOut(other_ties=len(everybody) - len(wanted))
        alone = own.ask(QUESTIONS[0], want=want, asker=ASKER, ties=ties, among=tuple(match.candidate for match in everybody))
        assert [match.candidate for match in alone.matches] == wanted


def test_ties_are_of_somebody(own: Desk) -> None:
    with pytest.raises(InvalidInput, match="needs an asker"):
        own.ask(QUESTIONS[0], ties=Ties.NEW)


def test_an_expert_is_known_through_the_institution(own: Desk) -> None:
    own.write(worked_with(party(0)))
    marks = {match.candidate: match.known for match in own.ask(QUESTIONS[0], want=Want.EXPERTS, asker=ASKER).matches}
    assert marks[person(0)] is True
    assert marks[person(1)] is False


@pytest.mark.parametrize("outcome", [Outcome.COMPLETED, Outcome.BREACHED])
@pytest.mark.parametrize("partner", range(4))
def test_the_place_by_text_alone_is_the_one_without_any_term_of_trust(own: Desk, partner: int, outcome: Outcome) -> None:
    own.write(worked_with(party(partner), outcome=outcome))
    asked = Question(as_of=AS_OF, text=QUESTIONS[2], asker=ASKER, k=10, include_weak=True)
    plain = list(pipeline.scores(asked, own.snapshot, own.embedder, TEXT_ONLY).values())
    by_text = pipeline.scores(asked, own.snapshot, own.embedder, TEXT_ONLY)
    for match in own.ask(QUESTIONS[2], asker=ASKER).matches:
        assert match.text_rank == 1 + sum(value > by_text[match.candidate] for value in plain)


def test_who_has_no_history_ranks_as_if_there_were_no_trust(own: Desk) -> None:
    own.write(worked_with(party(0)))
    stranger = node_id(NodeKind.INSTITUTION, "t", "i5")
    own.write(Batch(nodes=[msgspec.structs.replace(own.store.get([party(4)])[party(4)], id=stranger, provenance=origin("i5"))]))
    asked = Question(as_of=AS_OF, text=QUESTIONS[0], asker=stranger, k=10, include_weak=True)
    assert pipeline.scores(asked, own.snapshot, own.embedder) == pipeline.scores(asked, own.snapshot, own.embedder, TEXT_ONLY)


def test_a_history_lets_in_whom_recall_missed_if_a_work_of_its_fits(own: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.rank.recall.DEPTH", 1)
    asked = Question(as_of=AS_OF, text=QUESTIONS[0], asker=ASKER, k=1, include_weak=True)
    fits = {match.candidate: max(work.meaning * (1 + work.words) for work in match.works) for match in own.ask(QUESTIONS[0], k=10).matches}

    def scored() -> set[str]:
        made = pipeline._Asked.of(asked, "", QUESTIONS[0], own.snapshot, own.embedder, DEFAULT)
        return {own.snapshot.id_of(row) for row in made.recalled.candidates.tolist()}

    alone = scored()
    missed = [one for one in fits if one not in alone and one.startswith("ins")]
    assert missed
    for one in missed:
        own.write(worked_with(one))
        for floor in (fits[one] + 1e-6, fits[one] - 1e-6):
            monkeypatch.setattr("matcher.signals.scale.Scale.bars", lambda _scale, _text, bar=floor, **_of: np.full(3, bar))
            assert scored() == alone | ({one} if fits[one] >= floor else set())
        own.write(Batch(delete=[worked_with(one).nodes[0].id]))


def test_a_person_who_works_at_a_partners_is_no_partner_beside_it(own: Desk) -> None:
    own.write(worked_with(party(0)))
    own.write(Batch(nodes=[Expert(id=person(2), provenance=origin("e2"), name="Li", bio=QUESTIONS[0])]))
    own.write(Batch(edges=[edge(EdgeKind.AFFILIATED_WITH, person(2), party(0))]))
    assert person(2) not in own.found(QUESTIONS[0], asker=ASKER)
