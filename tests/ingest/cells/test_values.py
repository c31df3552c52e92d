"""One cell -> one value, or the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Visibility
from ingest.cells import dates, identifiers, values, words
from ingest.cells.broken import Broken
from ingest.cells.values import Tally

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
    assert values.amount(value) == amount


@pytest.mark.parametrize(
    "value",
    ["-5", "many", "1,20,000", "12 000", "", "nan", "inf", "1e400", True, [1], "万", "5-6万", 10**400, "¥", "5 EUR", "$5", "5万起", "面议"],
)
def test_no_amounts(value: object) -> None:
    with pytest.raises(Broken):
        values.amount(value)


@pytest.mark.parametrize(("value", "trl"), [("6", 6), (6, 6), (6.0, 6), ("TRL 6", 6), ("trl-6", 6), ("6级", 6), ("９", 9), ("中试", 6)])
def test_trl(value: object, trl: int) -> None:
    assert values.trl(value) == trl


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (values.trl, "0"),
        (values.trl, "10"),
        (values.trl, "6.5"),
        (values.trl, "high"),
        (values.trl, True),
        (values.capacity, "-1"),
        (values.share, "1.4"),
        (values.outcome_grade, "-1.01"),
        (values.currency, "RMBB"),
        (values.currency, "XXX"),
        (values.external_ids, "SE-E-905"),
        (values.external_ids, "a b:c"),
        (values.identifier, "x" * 501),
        (values.identifier, ["a"]),
        (values.identifier, "zhang@example.org"),
        (values.identifier, {"a": 1}),
        (values.identifier, True),
        (values.identifier, "2.02310E+11"),
        (values.external_ids, "orcid:0000-0000-0000-0000"),
        (values.external_ids, "ror:05a28rw58; duns:000000000"),
        (values.share, "60"),
        (values.share, "101%"),
        (values.outcome_grade, "50%"),
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
    assert identifiers.external_id(text) == external


@pytest.mark.parametrize(("value", "part"), [("60%", 0.6), (" 12.5％ ", 0.125), ("0.6", 0.6), (1, 1), ("100 %", 1)])
def test_shares(value: object, part: float) -> None:
    assert values.share(value) == part


@pytest.mark.parametrize(
    ("value", "code"), [("EUR", "EUR"), ("eur", "EUR"), ("元", "CNY"), ("￥", "CNY"), ("美元", "USD"), ("pln", "PLN"), ("HK$", "HKD")]
)
def test_currencies(value: str, code: str) -> None:
    assert values.currency(value) == code


def test_closed_words() -> None:
    read = words.one_of(Visibility, "公开 会员可见 保密")
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
    assert values.country(value, INFO) == country


def test_lists_are_separated_or_given() -> None:
    assert values.words("a；b ;c|a|", INFO) == ("a", "b", "c")
    assert values.references(["a; b", "", None, 7]) == ("a; b", "7")


def test_contacts_are_counted() -> None:
    tally = Tally()
    assert values.long_text("电话 13812345678", SimpleNamespace(context=tally)) == "电话 [contact removed]"  # type: ignore[arg-type]
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
    assert values.requirements(value, INFO) == stored


def test_requirements_that_look_like_json_must_be_json() -> None:
    with pytest.raises(Broken):
        values.requirements("[a, b", INFO)


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_whatever_comes_a_cell_is_a_value_or_a_rule(value: object) -> None:
    readers = values.amount, values.trl, dates.date, values.identifier, values.references, values.external_ids, values.currency
    for read in (*readers, values.share):
        try:
            read(value)
        except Broken as error:
            assert error.rule
