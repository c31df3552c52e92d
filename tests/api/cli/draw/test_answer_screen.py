"""The screen of an answer: bars on one scale, what works are called, sentences that are said once."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.cli.draw.answer import AGAINST, BAR, FULL, GLYPHS, answer_screen, bar
from matcher.question import MILLION, Answer, Match, Question, Term, Want, Work
from tests.api.conftest import Run

POINTS = st.integers(-2 * MILLION, 3 * MILLION)


def screen(want: Want, *matches: Match) -> list[str]:
    """The lines of an answer of these matches, 100 cells wide."""
    out = io.StringIO()
    question = Question(as_of="2026-01-01", text="x", want=want)
    answer = Answer(question=question, matches=matches, credible=True, revision=1, scale="", model="", candidates=len(matches))
    answer_screen(Console(file=out, width=100), answer, "x", None, {})
    return out.getvalue().splitlines()


def matched(*works: Work, candidate: str = "c", kind: str = "Institution", name: str = "a firm", points: int = MILLION) -> Match:
    return Match(candidate=candidate, kind=kind, name=name, score=points, terms=(Term(name="meaning", points=points),), works=works)


def done(one: str, sentence: str, **more: str) -> Work:
    told = {"kind": "Achievement", "title": f"title {one}", "source_id": one.upper()} | more
    return Work(id=one, meaning=0.5, words=0.5, sentence=sentence, **told)


def test_a_cell_is_a_tenth_of_a_point() -> None:
    terms = [Term(name="meaning", points=500_000), Term(name="words", points=720_000), Term(name="trust", points=-300_000)]
    assert bar(terms).plain == "█" * 5 + "▓" * 7 + "╳" * 3
    assert bar(terms, 40).plain == "█" * 10 + "▓" * 14 + "╳" * 6


@given(here=POINTS, others=st.lists(POINTS, max_size=3))
def test_no_other_match_moves_a_bar(here: int, others: list[int]) -> None:
    alone = screen(Want.PARTNERS, matched(points=here))
    among = screen(Want.PARTNERS, matched(points=here), *(matched(points=one) for one in others))
    assert alone[2] == among[2]


@given(terms=st.lists(st.builds(Term, name=st.sampled_from([*GLYPHS]), points=POINTS), max_size=7))
def test_a_bar_is_as_long_as_its_points_and_hides_nothing_against(terms: list[Term]) -> None:
    drawn = bar(terms).plain
    against = -sum(term.points for term in terms if term.points < 0)
    size = sum(abs(term.points) for term in terms)
    assert abs(len(drawn) - min(BAR, BAR * size / FULL)) <= 1
    assert drawn.count(AGAINST[0]) == min(BAR, round(BAR * against / FULL))


@pytest.mark.parametrize(("want", "kind"), [(Want.ACHIEVEMENTS, "Achievement"), (Want.DEMANDS, "Demand"), (Want.RESOURCES, "Resource")])
def test_what_is_itself_wanted_is_called_by_its_id_in_its_source(want: Want, kind: str) -> None:
    lines = screen(want, matched(done("a7", "It works.", kind=kind, title="a pump"), candidate="a7", kind=kind, name="a pump"))
    assert lines[3] == "   A7 “It works.”"
    assert "profile" not in "\n".join(lines)


def test_what_an_institution_says_of_itself_is_its_profile() -> None:
    assert screen(Want.PARTNERS, matched(done("c", "We coat.", kind="Institution")))[3] == "   own profile “We coat.”"


def test_a_sentence_of_two_works_is_quoted_once() -> None:
    lines = screen(Want.PARTNERS, matched(done("a1", "It lasts\nlong."), done("a2", "It lasts long.")))
    assert lines[3:5] == ["   A1 title a1 “It lasts long.”", "   A2 title a2"]


def test_the_reason_names_the_way_to_see_the_nearest_works(centre: Run) -> None:
    question = "which wine goes with roast duck and plum sauce?"
    done = centre("match", question)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert said.endswith("--weak (over HTTP include_weak) lists the nearest works")
    listed = centre("match", question, "--weak").stdout
    assert listed.startswith("No credible match: ") and "--weak" not in listed
