"""The same work listed several times: it counts once and is shown once, and no hidden row tells that it is there."""

from __future__ import annotations

from collections import defaultdict

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import Batch
from graph.model import Achievement, EdgeKind, Visibility
from matcher.columns import same
from matcher.index.snapshot import Snapshot
from matcher.question import Answer, Match, Viewer, Want
from matcher.rank.copies import standing, works_of
from matcher.score import DEFAULT, Scored, best, same_works, text_terms
from tests.matcher.centre import BLADES, Desk, firm
from tests.matcher.centre import works_of as shown_works
from tests.matcher.worlds import QUESTIONS, WORKS, edge, origin, party, work

TITLE, ABSTRACT = WORKS[BLADES]
MAKER, OTHER = party(6), party(7)


def row(n: int, title: str = TITLE, abstract: str = ABSTRACT, **more: object) -> Achievement:
    return Achievement(id=work(n), provenance=origin(f"a{n}"), title=title, abstract=abstract, date="2019", **more)  # type: ignore[arg-type]


def feed(own: Desk, *rows: Achievement, owner: int = 6) -> None:
    own.write(Batch(nodes=[firm(owner), *rows], edges=[edge(EdgeKind.OWNS, party(owner), one.id) for one in rows]))


def match_of(answer: Answer, candidate: str) -> Match:
    return next(match for match in answer.matches if match.candidate == candidate)


# -- which rows are one work


@pytest.mark.parametrize(
    ("left", "right", "is_one"),
    [
        (row(1), row(2), True),
        (row(1, "A  Thermal\u3000Coating", "x"), row(2, "a thermal coating", "Ｘ"), True),
        (row(1, "耐高温 涂层", ""), row(2, "耐高温涂层", ""), True),
        (row(1, "a", "b"), row(2, "ab", ""), False),
        (row(1, "a", "b"), row(2, "a", "c"), False),
        (row(1, "", ""), row(2, "", ""), False),
        (row(1, "a", external_ids=("doi:10.1000/ABC",)), row(2, "b", external_ids=("DOI:10.1000/abc",)), True),
        (row(1, "a", external_ids=("application:CN1", "x:1")), row(2, "b", external_ids=("registration:CN1", "x:1")), False),
        (row(1, "a", external_ids=("project:7",)), row(2, "b", external_ids=("project:7",)), False),  # several works come of a project
    ],
)
def test_which_rows_are_one_work(left: Achievement, right: Achievement, is_one: bool) -> None:
    assert bool(set(same.marks_of(left)) & set(same.marks_of(right))) == is_one


PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=25)


@given(PAIRS)
def test_joined_is_a_search_of_neighbours(pairs: list[tuple[int, int]]) -> None:
    """A plain walk over items and keys, as the twin."""
    found = same.joined(10, np.array([item for item, _ in pairs], np.int64), np.array([key for _, key in pairs], np.int64))
    near = defaultdict(set)
    for item, key in pairs:
        near[item].add(-1 - key)
        near[-1 - key].add(item)
    for start in range(10):
        reached, todo = {start}, [start]
        while todo:
            fresh = near[todo.pop()] - reached
            reached |= fresh
            todo += fresh
        assert found[start] == min(one for one in reached if one >= 0)


@given(st.lists(st.tuples(st.integers(0, 4), st.sets(st.integers(0, 6), max_size=3)), max_size=9))
def test_the_best_works_are_the_best_row_of_each(drawn: list[tuple[int, set[int]]]) -> None:
    """The arrays of a ranking and the list of one candidate choose alike."""
    works = [Scored(f"w{n}", value / 4, 0.0, marks=tuple(sorted(marks))) for n, (value, marks) in enumerate(drawn)]
    item = np.array([n for n, one in enumerate(works) for _ in one.marks], np.int64)
    label = same.joined(len(works), item, np.array([mark for one in works for mark in one.marks], np.int64))
    ids = np.array([one.id.encode() for one in works], "S20")
    values = np.array([one.value(DEFAULT) for one in works])
    stands = standing(np.zeros(len(works), np.int64), label, np.arange(len(works)), values, ids)
    assert {works[at].id for at in np.flatnonzero(stands)} == {
        max(rows, key=lambda one: (one.value(DEFAULT), [-ord(c) for c in one.id])).id for rows in same_works(works)
    }
    chosen = sorted((works[at] for at in np.flatnonzero(stands)), key=lambda one: (-one.value(DEFAULT), one.id))
    assert best(works) == chosen[: len(DEFAULT.pool)]
    assert best(reversed(works)) == best(works)


@given(st.lists(st.tuples(st.integers(0, 4), st.sets(st.integers(0, 6), max_size=3)), min_size=1, max_size=9))
def test_without_a_fact_a_term_is_what_is_asked_again(drawn: list[tuple[int, set[int]]]) -> None:
    works = [Scored(f"w{n}", value / 4, 0.0, (f"e{n}",), marks=tuple(sorted(marks))) for n, (value, marks) in enumerate(drawn)]
    (meaning, _) = text_terms(works)
    for gone in works:
        (after, _) = text_terms([one for one in works if one is not gone])
        for fact in (gone.id, *gone.via):
            assert after.points == (meaning.without[fact] if fact in meaning.facts else meaning.points)


# -- in an answer


def test_a_work_that_is_listed_three_times_counts_once(own: Desk) -> None:
    feed(own, row(20), row(21), row(22))
    feed(own, row(23), owner=7)
    answer = own.ask(QUESTIONS[2])
    thrice, once = match_of(answer, MAKER), match_of(answer, OTHER)
    assert thrice.score == once.score
    (only,) = thrice.works
    first, *others = sorted(work(n) for n in (20, 21, 22))
    assert (only.id, only.also) == (first, tuple(others))
    assert once.works[0].also == ()
    for term in thrice.terms[:2]:
        assert set(term.facts) == {first, *only.via}
        assert term.without[first] == term.points  # another row of the same steps in
    own.write(Batch(delete=[first]))
    after = match_of(own.ask(QUESTIONS[2]), MAKER)
    assert (after.score, after.works[0].id) == (thrice.score, others[0])


def test_rows_with_one_number_are_one_work_in_any_words(own: Desk) -> None:
    number = "doi:10.1000/182"
    feed(own, row(20, external_ids=(number,)), row(21, *WORKS[0], external_ids=(number.upper(),)))
    feed(own, row(22), owner=7)
    answer = own.ask(QUESTIONS[2])
    assert match_of(answer, MAKER).score == match_of(answer, OTHER).score, "the row that answers best stands for it"
    (only,) = match_of(own.ask(QUESTIONS[0]), MAKER).works
    assert (only.id, only.also) == (work(21), (work(20),))


def test_rows_that_a_third_joins_fall_apart_with_it(own: Desk) -> None:
    a, b = "application:CN201910123456.X", "doi:10.1000/182"
    feed(own, row(20, external_ids=(a,)), row(21, "Kiln lining", "", external_ids=(a, b)), row(22, *WORKS[0], external_ids=(b,)))
    before = match_of(own.ask(QUESTIONS[2]), MAKER)
    assert len(before.works) == 1
    assert all(work(21) in term.facts for term in before.terms[:1])
    own.write(Batch(delete=[work(21)]))
    after = match_of(own.ask(QUESTIONS[2]), MAKER)
    assert len(after.works) == 2
    for term, left in zip(before.terms[:2], after.terms[:2], strict=True):
        assert left.points == term.without.get(work(21), term.points)


@pytest.mark.parametrize("hidden", [work(20), work(21), work(22)])
@pytest.mark.parametrize("want", [Want.PARTNERS, Want.ACHIEVEMENTS])
def test_a_hidden_row_changes_nothing_of_a_public_answer(own: Desk, hidden: str, want: Want) -> None:
    """Nor does one that joins two public rows by its numbers."""
    a, b = "application:CN201910123456.X", "doi:10.1000/182"
    rows = [row(20, external_ids=(a,)), row(21, external_ids=(a, b)), row(22, *WORKS[0], external_ids=(b,))]
    feed(own, *(one for one in rows if one.id != hidden))
    before = msgspec.structs.replace(own.ask(QUESTIONS[2], want=want, k=50), revision=0)
    confidential = [msgspec.structs.replace(one, visibility=Visibility.CONFIDENTIAL) for one in rows if one.id == hidden]
    feed(own, *confidential)
    after = msgspec.structs.replace(own.ask(QUESTIONS[2], want=want, k=50), revision=0)
    assert msgspec.json.encode(after) == msgspec.json.encode(before)
    seen = own.ask(QUESTIONS[2], want=want, k=50, viewer=Viewer(clearance=Visibility.CONFIDENTIAL))
    assert hidden in {one for match in seen.matches for shown in match.works for one in (shown.id, *shown.also)}


def test_works_take_one_line_each_and_name_all_owners(own: Desk) -> None:
    feed(own, *(row(n) for n in range(20, 40)))
    feed(own, row(41), owner=7)
    answer = own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS, k=3)
    first = next(match for match in answer.matches if match.works[0].also)
    assert len(first.works[0].also) == 21  # with that of the world
    assert {first.candidate, *first.works[0].also} == {work(n) for n in (*range(20, 40), 41, BLADES)}
    assert set(first.owners) == {"institution 3", "institution 6", "institution 7"}
    assert len(answer.matches) == 3, "copies fill no list"
    assert answer.candidates == len(shown_works(own.ask(QUESTIONS[2], want=Want.ACHIEVEMENTS, k=50)))
    ids = [work(20), work(21)]
    assert set(own.found(QUESTIONS[2], want=Want.ACHIEVEMENTS, among=tuple(ids))) == set(ids), "who is named stands alone"


def test_copies_leave_room_for_others_in_recall(own: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.rank.recall.DEPTH", 2)
    before = own.found(QUESTIONS[2], k=4)
    feed(own, *(row(n) for n in range(20, 40)))
    after = own.found(QUESTIONS[2], k=5)
    assert {*before, MAKER} == set(after), "whoever owns any row of a recalled work is recalled"


@given(order=st.permutations(range(20, 24)))
def test_marks_do_not_hang_on_order(order: list[int]) -> None:
    marks = same.mark_rows((mark, one.id) for one in map(row, order) for mark in same.marks_of(one))
    assert marks.tolist() == same.mark_rows((mark, row(n).id) for n in range(20, 24) for mark in same.marks_of(row(n))).tolist()
    assert len(same.repeated(marks)) == 4


def test_what_came_since_is_joined_as_in_a_generation(own: Desk) -> None:
    feed(own, row(20), row(21))
    followed = own.snapshot
    own.write(Batch(nodes=[row(21, "Another", "text")]))
    assert len(own.ask(QUESTIONS[2], among=(MAKER,)).matches[0].works) == 2
    own.write(Batch(nodes=[row(21)]))
    again = Snapshot.open(own.store, own.embedder)
    for snapshot in (followed, own.snapshot, again):
        shared = snapshot.texts.shared_marks
        rows = np.array([int(snapshot.texts.of_node[snapshot.row(work(n))]) for n in (20, 21)])
        assert len(np.unique(works_of(shared, rows))) == 1
    assert sorted(again.marks.tolist()) == sorted(own.snapshot.marks.tolist())
