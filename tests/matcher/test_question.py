"""What cannot be asked, what can although it is odd, and how a node is found by what a person has."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from graph.errors import InvalidInput, NotFound
from tests.matcher.centre import COATING, Desk
from tests.matcher.worlds import party, work

# -- what cannot be asked


@pytest.mark.parametrize(
    ("text", "more", "field"),
    [
        ("", {}, "text"), (" \t\n", {}, "text"), ("\0\0", {}, "text"), ("\ud800", {}, "text"), ("", {"about": party(0)}, "text"),
        ("x", {"as_of": "tomorrow"}, "as_of"), ("x", {"as_of": "2025-02-30"}, "as_of"), ("x", {"as_of": ""}, "as_of"),
        ("x", {"k": 0}, "k"), ("x", {"k": -3}, "k"), ("x", {"asker": work(COATING)}, "asker"),
    ],
)  # fmt: skip
def test_wrong_questions_name_their_field(shared: Desk, text: str, more: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as failed:
        shared.ask(text, **more)
    assert failed.value.field == field


@pytest.mark.parametrize("field", ["about", "asker"])
@pytest.mark.parametrize("one", ["ins-0000000000000000", "nobody", "\0", "中文", "edg-", "x" * 5000])
def test_unknown_ids_are_not_found(shared: Desk, field: str, one: str) -> None:
    with pytest.raises(NotFound):
        shared.ask("x", **{field: one})


@pytest.mark.parametrize("field", ["about", "asker"])
def test_an_id_that_is_no_text_is_refused(shared: Desk, field: str) -> None:
    with pytest.raises((NotFound, InvalidInput)):
        shared.ask("x", **{field: "\ud800"})


@pytest.mark.parametrize(
    "text",
    [
        "耐高温\0涂层", "coating \ud800\udfff for blades", "\u202ecoating\u202c \u200b", "{}[]()\"'; DROP TABLE node; --", "%s %n ${x} {0}",
        "1" * 3000, "。" * 500, "\U0001f525" * 300, "́" * 2000, "a",
    ],
)  # fmt: skip
def test_odd_texts_are_answered(shared: Desk, text: str) -> None:
    answer = shared.ask(text, title=text[:50])
    assert msgspec.json.decode(msgspec.json.encode(answer.matches), type=list[Any]) is not None


@pytest.mark.parametrize("text", ["耐高温涂层。coating. " * 50_000, "x" * 1_000_000, "涂" * 350_000, "\n" * 999_999 + "coating"])
def test_a_megabyte_is_answered(shared: Desk, text: str) -> None:
    assert shared.ask(text).question.text == text
