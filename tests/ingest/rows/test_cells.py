"""One cell -> one value, or the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dates import check_date
from graph.model import Visibility
from ingest.rows import cells
from ingest.rows.cells import Broken, Tally

INFO: Any = SimpleNamespace(context=None)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1200000", 1.2e6),
        ("1,200,000.50", 1200000.5),
        ("120万", 1.2e6),
        ("1.2亿", 1.2e8),
        ("3.5万元", 35000),
        ("１２０万", 1.2e6),
        ("1.1亿元", 1.1e8),
        ("2000元", 2000),
        (" 7 ", 7),
        (7, 7),
        (0.5, 0.5),
        ("1e6", 1e6),
        ("0", 0),
        ("5千", 5000),
    ],
)
def test_amounts(value: object, amount: float) -> None:
    assert cells.amount(value) == amount


@pytest.mark.parametrize(
    "value", ["-5", "many", "1,20,000", "1.200.000", "12 000", "", "nan", "inf", "1e400", True, [1], "万", "5-6万", 10**400, "¥"]
)
def test_no_amounts(value: object) -> None:
    with pytest.raises(Broken):
        cells.amount(value)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2019", "2019"),
        (2019, "2019"),
        ("2019-7", "2019-07"),
        ("2019-07-01", "2019-07-01"),
        ("2019/7/1", "2019-07-01"),
        ("2019.7.1", "2019-07-01"),
        ("2019年", "2019"),
        ("2019年7月", "2019-07"),
        ("2019年7月1日", "2019-07-01"),
        ("20190701", "2019-07-01"),
        ("2019-07-01T10:00:00Z", "2019-07-01"),
        ("2019-07-01 00:00:00", "2019-07-01"),
        ("２０１９年７月", "2019-07"),
        (" 2019 ", "2019"),
    ],
)
def test_dates(value: object, date: str) -> None:
    assert cells.date(value) == date


@pytest.mark.parametrize(
    "value", ["2023-02-30", "2019-13", "19", "last spring", "2019-7/1", "01/07/2019", "0000", 12, True, 2019.5, "2019-07-01x"]
)
def test_no_dates(value: object) -> None:
    with pytest.raises(Broken):
        cells.date(value)


def test_further_forms_of_dates() -> None:
    assert cells.date_text("February 25, 2013", ("%B %d, %Y",)) == "2013-02-25"
    assert cells.date_text("2013-02", ("%B %d, %Y",)) == "2013-02"


@given(st.dates())
def test_every_day_is_read_in_every_form(day: Any) -> None:
    iso = day.isoformat()
    forms = [iso, iso.replace("-", "/"), f"{day.year:04}年{day.month}月{day.day}日", iso.replace("-", "")]
    assert {cells.date(form) for form in forms} == {iso}
    assert check_date(iso) == iso


@pytest.mark.parametrize(("value", "trl"), [("6", 6), (6, 6), (6.0, 6), ("TRL 6", 6), ("trl-6", 6), ("6级", 6), ("９", 9)])
def test_trl(value: object, trl: int) -> None:
    assert cells.trl(value) == trl


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (cells.trl, "0"),
        (cells.trl, "10"),
        (cells.trl, "6.5"),
        (cells.trl, "high"),
        (cells.trl, True),
        (cells.capacity, "-1"),
        (cells.share, "1.4"),
        (cells.outcome_grade, "-1.01"),
        (cells.currency, "RMBB"),
        (cells.currency, "XXX"),
        (cells.external_ids, "SE-E-905"),
        (cells.external_ids, "a b:c"),
        (cells.identifier, "x" * 501),
        (cells.identifier, ["a"]),
        (cells.identifier, "zhang@example.org"),
        (cells.identifier, {"a": 1}),
        (cells.identifier, True),
    ],
)
def test_broken(read: Callable[[object], object], value: object) -> None:
    with pytest.raises(Broken) as caught:
        read(value)
    assert caught.value.rule
    assert "RMBB" not in caught.value.rule, "a rule never repeats the value, which may be personal"


@pytest.mark.parametrize(
    ("text", "external"),
    [
        ("ror:05a28rw58", "ror:05a28rw58"),
        ("https://ror.org/05a28rw58", "ror:05a28rw58"),
        ("ROR:05a28rw58", "ror:05a28rw58"),
        ("https://orcid.org/0000-0002-1825-0097", "orcid:0000-0002-1825-0097"),
        ("reg:CN-33-E-2262", "reg:CN-33-E-2262"),
        ("ACME Labs: x", None),
        ("https://example.org/x", None),
        ("I02", None),
        ("浙江大学", None),
        ("ror:", None),
        ("ror: x", None),
    ],
)
def test_external_ids(text: str, external: str | None) -> None:
    assert cells.external_id(text) == external


def test_closed_words() -> None:
    read = cells.one_of(Visibility, "公开 会员可见 保密")
    assert [read(word) for word in ("public", "Members", " 保密 ")] == [Visibility.PUBLIC, Visibility.MEMBERS, Visibility.CONFIDENTIAL]
    with pytest.raises(Broken, match="public 公开, members 会员可见"):
        read("secret")
    with pytest.raises(Broken):
        read(1)


@pytest.mark.parametrize(
    ("value", "country"),
    [("cn", "CN"), ("中国", "CN"), ("United States", "US"), ("UK", "GB"), ("el", "GR"), ("Atlantis", "Atlantis"), ("IN", "IN"),
     ("NA", "NA"), ("Republic of Korea", "KR"), ("DEU", "DE"), ("Türkiye", "TR")],
)
def test_countries(value: str, country: str) -> None:
    assert cells.country(value, INFO) == country


def test_lists_are_separated_or_given() -> None:
    assert cells.words("a；b ;c|a|", INFO) == ("a", "b", "c")
    assert cells.references(["a; b", "", None, 7]) == ("a; b", "7")


def test_contacts_are_counted() -> None:
    tally = Tally()
    assert cells.long_text("电话 13812345678", SimpleNamespace(context=tally)) == "电话 [contact removed]"  # type: ignore[arg-type]
    assert tally.contacts == 1


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a; b", '["a","b"]'),
        (["a", "b"], '["a","b"]'),
        ('{"b": 1, "a": null}', '{"a":null,"b":1}'),
        ([{"need": "tel 13812345678"}], '[{"need":"tel [contact removed]"}]'),
        ("[1, 2]", "[1,2]"),
    ],
)
def test_requirements_are_json(value: object, stored: str) -> None:
    assert cells.requirements(value, INFO) == stored


def test_requirements_that_look_like_json_must_be_json() -> None:
    with pytest.raises(Broken):
        cells.requirements("[a, b", INFO)


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_whatever_comes_a_cell_is_a_value_or_a_rule(value: object) -> None:
    for read in (cells.amount, cells.trl, cells.date, cells.identifier, cells.references, cells.external_ids, cells.currency, cells.share):
        try:
            read(value)
        except Broken as error:
            assert error.rule
