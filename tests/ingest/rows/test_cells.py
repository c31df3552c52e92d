"""One cell -> one value, or the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("1.200.000", 1.2e6),
        ("¥5", 5),
        ("1200 RMB", 1200),
    ],
)
def test_amounts(value: object, amount: float) -> None:
    assert cells.amount(value) == amount


@pytest.mark.parametrize(
    "value",
    ["-5", "many", "1,20,000", "12 000", "", "nan", "inf", "1e400", True, [1], "万", "5-6万", 10**400, "¥", "5 EUR", "$5", "5万起", "面议"],
)
def test_no_amounts(value: object) -> None:
    with pytest.raises(Broken):
        cells.amount(value)


@pytest.mark.parametrize(("value", "trl"), [("6", 6), (6, 6), (6.0, 6), ("TRL 6", 6), ("trl-6", 6), ("6级", 6), ("９", 9), ("中试", 6)])
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
        (cells.identifier, "2.02310E+11"),
        (cells.external_ids, "orcid:0000-0000-0000-0000"),
        (cells.external_ids, "ror:05a28rw58; duns:000000000"),
        (cells.share, "60"),
        (cells.share, "101%"),
        (cells.outcome_grade, "50%"),
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


@pytest.mark.parametrize(("value", "part"), [("60%", 0.6), (" 12.5％ ", 0.125), ("0.6", 0.6), (1, 1), ("100 %", 1)])
def test_shares(value: object, part: float) -> None:
    assert cells.share(value) == part


@pytest.mark.parametrize(
    ("value", "code"), [("EUR", "EUR"), ("eur", "EUR"), ("元", "CNY"), ("￥", "CNY"), ("美元", "USD"), ("pln", "PLN"), ("HK$", "HKD")]
)
def test_currencies(value: str, code: str) -> None:
    assert cells.currency(value) == code


def test_closed_words() -> None:
    read = cells.one_of(Visibility, "公开 会员可见 保密")
    assert [read(word) for word in ("public", "Members", " 保密 ")] == [Visibility.PUBLIC, Visibility.MEMBERS, Visibility.CONFIDENTIAL]
    with pytest.raises(Broken, match="public 公开, members 会员可见"):
        read("perhaps")
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
