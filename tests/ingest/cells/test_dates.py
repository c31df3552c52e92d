"""Dates as people write them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date as Day
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dates import check_date
from ingest.cells import dates
from ingest.cells.broken import Broken
from ingest.cells.dates import date, date_text, is_ambiguous, is_open_ended

DAYS = st.dates(Day(1900, 1, 1), Day(2100, 12, 31))
RULES = {getattr(dates, name) for name in dir(dates) if name.endswith("RULE")}
EN_NAMES = "January February March April May June July August September October November December"
DE_NAMES = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
EN, DE = EN_NAMES.split(), DE_NAMES.split()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2019", "2019"),
        (2019, "2019"),
        (2019.0, "2019"),
        ("2019-7", "2019-07"),
        ("2019-07-01", "2019-07-01"),
        ("2019/7/1", "2019-07-01"),
        ("2019.7.1", "2019-07-01"),
        ("2019年7月1日", "2019-07-01"),
        ("20190701", "2019-07-01"),
        ("2019-07-01T10:00:00Z", "2019-07-01"),
        ("2019-07-01 00:00:00", "2019-07-01"),
        ("2019-07-01T10:00:00.000+08:00", "2019-07-01"),
        ("２０１９年７月", "2019-07"),
        (" 2019 ", "2019"),
        (45108, "2023-07-01"),
        (20190701, "2019-07-01"),
        ("05/05/2023", "2023-05-05"),
    ],
)
def test_dates(value: object, read: str) -> None:
    assert date(value) == read


@pytest.mark.parametrize(
    "value",
    ["2023-02-30", "2019-13", "19", "last spring", "2019-7/1", "01/07/2019", "0000", "0000年底", "0000Q1", 12, True, 2019.5, "2019-07-01x",
     "2019-07-01 to", None, [2019], float("nan"), float("inf"), 1e300, -45108, 19_999, 80_001, "2" * 100, "2023年13月底", "长期"],
)  # fmt: skip
def test_no_dates(value: object) -> None:
    with pytest.raises(Broken) as caught:
        date(value)
    assert caught.value.rule in RULES, "a rule never repeats the value"


@given(DAYS)
def test_every_day_is_read_in_every_form(day: Day) -> None:
    iso = day.isoformat()
    forms = [
        iso,
        iso.replace("-", "/"),
        iso.replace("-", ""),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day} 0:00",
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
        f"{day.day} {EN[day.month - 1]} {day.year}",
        f"{EN[day.month - 1]} {day.day}, {day.year}",
        f"{day.day:02}-{EN[day.month - 1][:3]}-{day.year}",
        f"{day.day}. {DE[day.month - 1]} {day.year}",
    ]
    assert {date(form) for form in forms} == {iso}
    assert check_date(iso) == iso


@given(DAYS)
def test_slashes_are_read_where_the_numbers_tell(day: Day) -> None:
    for text in (f"{day.day}/{day.month}/{day.year}", f"{day.month:02}/{day.day:02}/{day.year}"):
        if day.day > 12 or day.day == day.month:
            assert date(text) == day.isoformat()
        else:
            assert is_ambiguous(text)
            with pytest.raises(Broken, match="give the form in a mapping"):
                date(text)
    assert not is_ambiguous(day.isoformat())


@given(st.integers(20_000, 80_000))
def test_serial_numbers_count_days(serial: int) -> None:
    assert date(serial) == (Day(1954, 10, 3) + timedelta(days=serial - 20_000)).isoformat()  # 20000 in a spreadsheet
    with pytest.raises(Broken):
        date(str(serial))


@given(st.integers(1900, 2100), st.integers(1, 12))
def test_periods_are_their_last_day(year: int, month: int) -> None:
    last = f"{year}-{month:02}-{monthrange(year, month)[1]:02}"
    forms = [f"{year}年{month}月底", f"{year}年{month}月下旬", f"end of {EN[month - 1]} {year}", f"Ende {DE[month - 1]} {year}"]
    if month % 3 == 0:
        quarter = month // 3
        forms += [f"{year}Q{quarter}", f"Q{quarter} {year}", f"{year}年第{'一二三四'[quarter - 1]}季度", f"{quarter}. Quartal {year}"]
    if month % 6 == 0:
        forms += [f"{year}年{'上下'[month // 12]}半年", f"{year}-H{month // 6}", f"H{month // 6} {year}"]
    if month == 12:
        forms += [f"{year}年底", f"{year}年末", f"end of {year}", f"Ende {year}"]
    assert {date(form) for form in forms} == {last}


def test_further_forms_of_dates_go_first() -> None:
    assert date_text("February 25, 2013", ("%B %d, %Y",)) == "2013-02-25"
    assert date_text("2013-02", ("%B %d, %Y",)) == "2013-02"
    assert date_text("08/05/2023", ("%d/%m/%Y",)) == "2023-05-08"
    assert date_text("08/05/2023", ("%m/%d/%Y",)) == "2023-08-05"
    assert date_text("2023-08-05", ("%Y-%d-%m",)) == "2023-05-08"


@given(st.one_of(st.text(), st.text(alphabet="0123456789-/.年月日底上下半季度QH第一Mayend T:"), st.integers(), st.floats()))
def test_whatever_comes_is_a_date_or_a_rule(value: object) -> None:
    try:
        assert check_date(date(value))
    except Broken as error:
        assert error.rule in RULES


@pytest.mark.parametrize("text", ["长期", " 长期有效。", "Rolling", "until  filled", "bis auf Weiteres", "ＯＰＥＮ"])
def test_open_ended(text: str) -> None:
    assert is_open_ended(text)


@pytest.mark.parametrize("text", ["", "2024", "长期股权", "opening", "x" * 1000])
def test_not_open_ended(text: str) -> None:
    assert not is_open_ended(text)
