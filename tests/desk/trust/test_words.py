"""Buckets: their borders, that they part everything, and that the page says them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.trust.words import GOOD, LITTLE, POOR, SOME, bucket, evidence_of, leaning_of
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("r", "s", "evidence", "leaning"),
    [
        (0.0, 0.0, "none", "unknown"), (1e-9, 0.0, "little", "good"), (1.0, 0.0, "little", "good"), (0.5, 0.5, "little", "mixed"),
        (1.01, 0.0, "some", "good"), (2.0, 1.0, "some", "good"), (1.99, 1.0, "some", "mixed"), (1.0, 2.0, "some", "poor"),
        (1.0, 1.99, "some", "mixed"), (2.0, 2.0, "some", "mixed"), (4.0, 0.01, "much", "good"), (0.0, 9.0, "much", "poor"),
    ],
)  # fmt: skip
def test_the_borders(r: float, s: float, evidence: str, leaning: str) -> None:
    assert (evidence_of(r, s), leaning_of(r, s)) == (evidence, leaning)


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 10))
def test_more_good_never_reads_worse_and_more_bad_never_better(r: float, s: float, more: float) -> None:
    if r + s:
        assert bucket(r + more, s)[0] <= bucket(r, s)[0] <= bucket(r, s + more)[0]
        assert bucket(r + more, s)[1] <= bucket(r, s)[1]


def test_the_page_says_them() -> None:
    page = (ROOT / "docs" / "trust.md").read_text("utf-8")
    for said in (f"up to {LITTLE:g}", f"up to {SOME:g}", f"more than {SOME:g}"):
        assert said in page
    assert (GOOD, POOR) == (2 / 3, 1 / 3) and "at least two thirds" in page and "at most one third" in page
