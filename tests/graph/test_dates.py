"""Partial dates: precision is kept, a period counts from its end, what is no day is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dates import check_date, end_of_period, has_happened, ordinal


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2019", date(2019, 12, 31)),
        ("2019-07", date(2019, 7, 31)),
        ("2019-12", date(2019, 12, 31)),
        ("2019-02", date(2019, 2, 28)),
        ("2020-02", date(2020, 2, 29)),
        ("1900-02", date(1900, 2, 28)),
        ("2019-07-01", date(2019, 7, 1)),
        ("0001", date(1, 12, 31)),
        ("9999", date(9999, 12, 31)),
    ],
)
def test_a_period_counts_from_its_end(text: str, end: date) -> None:
    assert check_date(text) == text
    assert end_of_period(text) == end
    assert ordinal(text) == end.toordinal()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "19",
        "2019-",
        "2019-7",
        "2019-13",
        "2019-00",
        "2019-07-00",
        "2019-00-00",
        "2019-02-29",
        "2019-04-31",
        "0000",
        "20190701",
        "2019-07-01T00:00",
        " 2019",
        "2019\n",
        "٢٠١٩",
        "2019/07/01",
        "-2019",
        "99999",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"YYYY|calendar"):
        check_date(text)


@given(st.dates())
def test_a_period_ends_on_the_day_before_the_next_begins(day: date) -> None:
    month_end, year_end = end_of_period(f"{day:%Y-%m}".zfill(7)), end_of_period(f"{day.year:04}")
    assert day <= month_end <= year_end
    assert (month_end.year, month_end.month) == (day.year, day.month)
    assert year_end.year == day.year
    for end in (month_end, year_end):
        assert end == date.max or (end + timedelta(1)).day == 1


@given(st.dates(), st.dates())
def test_visible_on_the_day_and_after(fact: date, asked: date) -> None:
    assert has_happened(fact.isoformat(), asked.isoformat()) == (fact <= asked)


def test_unknown_is_always_visible() -> None:
    assert has_happened(None, "1900")
    assert has_happened("2999", None)
    assert ordinal(None) == 0


def test_a_partial_date_is_not_seen_before_its_period_is_over() -> None:
    assert not has_happened("2019", "2019-12-30")
    assert has_happened("2019", "2019-12-31")
    assert has_happened("2019", "2019")
    assert not has_happened("2019-07", "2019-06")
