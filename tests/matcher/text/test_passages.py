"""Passages and sentences: nothing is lost, nothing is longer than asked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Achievement, Demand, Expert, Provenance
from matcher.text.passages import (
    MAX_WINDOWS,
    calm,
    estimated_tokens,
    language,
    question_passages,
    requirements_of,
    sentences,
    text_of,
    windows,
)

TEXTS = st.text(st.sampled_from("ab涂层。. ！?；; \n电池X1"), max_size=400)


@given(TEXTS)
def test_sentences_and_windows_lose_nothing_but_white_space(text: str) -> None:
    def bare(part: str) -> str:
        return re.sub(r"\s", "", part)

    assert bare("".join(sentences(text))) == bare(text)
    assert bare("".join(windows(text, 16))) == bare(text)


@given(TEXTS, st.integers(4, 64))
def test_windows_keep_to_their_size(text: str, size: int) -> None:
    for window in windows(text, size):
        assert estimated_tokens(window) <= size * 3 + 1  # a run without a sentence end is cut by its main script
        assert window.strip()


def test_sentences_end_in_both_scripts() -> None:
    assert sentences("结合强度45 MPa。可在1200℃工作！ It works. Really? v1.2 stays whole.") == [
        "结合强度45 MPa。",
        "可在1200℃工作！",
        "It works.",
        "Really?",
        "v1.2 stays whole.",
    ]


def test_capitals_are_read_as_small_letters_and_names_are_left_alone() -> None:
    assert calm("VERAC PROPOSES USING ITS EXPERTISE") == "verac proposes using its expertise"
    assert calm("VERAC proposes using its expertise") == "VERAC proposes using its expertise"
    assert calm("AMTEC-3") == "AMTEC-3"


@pytest.mark.parametrize(
    ("text", "expected"), [("耐高温涂层", "zh"), ("a ZrO2 涂层 coating of great length", "en"), ("", "en"), ("ZrO2涂层", "zh")]
)
def test_language(text: str, expected: str) -> None:
    assert language(text) == expected


def test_a_question_is_asked_whole_and_by_sentence_under_its_title() -> None:
    whole, parts = question_passages("Coating", "It must hold 1200 C. It must be thin.")
    assert whole == ["Coating. It must hold 1200 C. It must be thin."]
    assert parts == ["Coating. It must hold 1200 C.", "Coating. It must be thin."]
    assert question_passages("", "one sentence only") == (["one sentence only"], [])
    assert question_passages("title only", "") == (["title only"], [])


def test_texts_of_nodes() -> None:
    origin = Provenance("t", "1")
    demand = Demand(id="dem-1", provenance=origin, title="T", description="D.", requirements='{"strength": "45 MPa"}')
    assert requirements_of(demand) == ["strength: 45 MPa"]
    assert text_of(demand).words == "T\nD.\nstrength: 45 MPa"  # type: ignore[union-attr]
    assert text_of(Expert(id="exp-1", provenance=origin, name="a bare name")) is None
    only_keywords = text_of(Achievement(id="ach-1", provenance=origin, title="T", keywords=("laser", "welding")))
    assert only_keywords is not None and only_keywords.passages == ["T", "laser welding"]


def test_a_demand_is_embedded_in_full_and_a_work_by_how_it_begins() -> None:
    origin, long = Provenance("t", "1"), " ".join(f"Sentence {n} says what is needed of the coating." for n in range(400))
    parts = windows(long)
    assert len(parts) > MAX_WINDOWS
    asked = text_of(Demand(id="dem-1", provenance=origin, title="T", description=long))
    done = text_of(Achievement(id="ach-1", provenance=origin, title="T", abstract=long))
    assert asked is not None and asked.passages == ["T", *parts[:MAX_WINDOWS]]
    assert done is not None and done.passages == ["T", parts[0]]


@pytest.mark.parametrize(("given", "expected"), [('["a", "b"]', ["a", "b"]), ("plain words", ["plain words"]), ("3", ["3"]), (None, [])])
def test_requirements(given: str | None, expected: list[str]) -> None:
    assert requirements_of(Demand(id="dem-1", provenance=Provenance("t", "1"), title="T", requirements=given)) == expected
