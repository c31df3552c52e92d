"""Amounts as people write them; what is read is what was meant, or a rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cells import money
from ingest.cells.broken import Broken
from ingest.cells.currencies import currency_code
from ingest.cells.money import Money, read_money, unit_of, with_unit


def _grouped(digits: str, mark: str) -> str:
    """``digits`` in groups of three from the right, the slow way."""
    text = ""
    for at, digit in enumerate(reversed(digits)):
        text = digit + (mark if at and at % 3 == 0 else "") + text
    return text


UNITS = {"": (1, None), "元": (1, "CNY"), "万": (10**4, "CNY"), "万元": (10**4, "CNY"), "亿元": (10**8, "CNY"), "千元": (10**3, "CNY"),
         " k€": (10**3, "EUR"), " TEUR": (10**3, "EUR"), " million USD": (10**6, "USD"), "万美元": (10**4, "USD"),
         " CHF": (1, "CHF")}  # fmt: skip
WIDE = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


@given(
    st.integers(0, 999_999),
    st.integers(0, 99),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["{}", "约{}", "{}左右", " {} ", "（人民币）{}"]),
    st.sampled_from(["plain", ",", "'", "wide"]),
)
def test_an_amount_is_read_back_from_any_form(whole: int, cents: int, unit: str, dress: str, form: str) -> None:
    scale, code = UNITS[unit]
    if "人民币" in dress:
        code = "CNY"
        if unit not in ("", "元", "万", "万元", "亿元", "千元"):
            return
    digits = _grouped(str(whole), form) if form in (",", "'") else str(whole)
    text = dress.format(f"{digits}.{cents:02}{unit}")
    meant = (whole * 100 + cents) * scale / 100
    assert read_money(text.translate(WIDE) if form == "wide" else text) == Money(meant, meant, code)


@given(
    st.integers(0, 9_999),
    st.integers(0, 9_999),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["-", "~", "—", "～", "至", "到", " - ", " bis ", " to ", "－", "——"]),
    st.booleans(),
)
def test_a_range_is_read_back_and_its_unit_goes_for_both(low: int, high: int, unit: str, mark: str, twice: bool) -> None:
    scale, code = UNITS[unit]
    text = f"{low}{unit if twice else ''}{mark}{high}{unit}"
    if low > high:
        with pytest.raises(Broken, match=money.RANGE_RULE):
            read_money(text)
    else:
        assert read_money(text) == Money(low * scale, high * scale, code)


@given(
    st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"([-~至][0-9]{1,6})?", fullmatch=True),
    st.sampled_from(["万", "元", "亿元"]),
)
def test_the_short_way_is_the_long_way(low: str, high: str, unit: str) -> None:
    text = f"{low}{high}{unit}"
    results = []
    for one in (text, f" {text}。"):  # a full stop takes the long way
        try:
            results.append(read_money(one))
        except Broken as error:
            results.append(error.rule)
    assert results[0] == results[1]


@given(st.integers(0, 999_999), st.integers(0, 99))
def test_european_points_and_commas(whole: int, cents: int) -> None:
    meant = (whole * 100 + cents) / 100
    for mark in (".", "'", " "):
        assert read_money(f"{_grouped(str(whole), mark)},{cents:02} €") == Money(meant, meant, "EUR")


ODD = st.text(alphabet="0123456789.,-~万亿元k€$¥ 至约起不低于/年以上%eE+'min（）")


@given(st.one_of(st.text(), ODD, st.integers(), st.floats(), st.none(), st.lists(st.text())))
def test_whatever_comes_is_money_or_a_rule(value: object) -> None:
    try:
        found = read_money(value)
    except Broken as error:
        assert error.rule in {getattr(money, name) for name in dir(money) if name.endswith("RULE")}
        return
    if found is not None:
        ends = [one for one in found[:2] if one is not None]
        assert ends
        assert ends == sorted(ends)
        assert 0 <= ends[0] <= ends[-1] <= money.LIMIT


@given(ODD, st.sampled_from(["万元", "k€", "EUR", "million EUR", "万元/年", "人民币"]))
def test_a_unit_of_a_column_breaks_nothing_but_rules(text: str, unit: str) -> None:
    try:
        read_money(with_unit(text, unit))
    except Broken as error:
        assert error.rule


@pytest.mark.parametrize("value", [True, None, [1], {}, "x" * 1000, float("nan"), float("inf"), -1, 10**16, 10**400, "1e16", "9" * 90])
def test_no_amounts(value: object) -> None:
    with pytest.raises(Broken):
        read_money(value)


def test_a_blank_cell_states_no_amount() -> None:
    assert read_money("") is read_money(" ") is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("8000-1万", money.RANGE_RULE),
        ("30万-50", money.RANGE_RULE),
        ("5 km", money.RULE),
        ("30天", money.RULE),
        ("5 XYZ", money.RULE),
        ("to 50", money.RULE),
        ("不低于不低于30万", money.RULE),
        ("不低于30万以下", money.RULE),
        ("1万2千", money.TWO_RULE),
        ("2023-05-01", money.TWO_RULE),
        ("20万 500", money.TWO_RULE),
        ("10-20-30万", money.TWO_RULE),
        ("30万, 50万", money.TWO_RULE),
        ("£5 - €6", money.CURRENCY_RULE),
        ("30%", money.PERCENT_RULE),
        ("股权10万", money.SHARES_RULE),
        ("8万元/人·年", money.RATE_RULE),
    ],
)
def test_rules_are_told_apart(text: str, rule: str) -> None:
    with pytest.raises(Broken) as caught:
        read_money(text)
    assert caught.value.rule == rule
    assert text not in caught.value.rule


def test_a_number_keeps_its_digits() -> None:
    """1.1 times 10^8 in binary is 110000000.00000001."""
    assert read_money("1.1亿") == Money(110_000_000.0, 110_000_000.0, "CNY")


@pytest.mark.parametrize("header", ["", "（）", "（必填）", "金额", "(" * 200, "Budget (x)", "份额（%）", "重量（吨）", "price/quality"])
def test_headers_without_a_unit(header: str) -> None:
    assert unit_of(header) is None


@given(st.text())
def test_any_header_has_a_unit_or_none(header: str) -> None:
    unit = unit_of(header)
    assert unit is None or (unit and len(unit) <= len(header) * 20)


def test_a_number_cell_is_no_thousand_by_mistake() -> None:
    assert read_money(with_unit(1.125, "TEUR")) == Money(1125.0, 1125.0, "EUR")
    with pytest.raises(Broken, match="thousand or a decimal"):
        read_money(with_unit("1.125", "TEUR"))


@pytest.mark.parametrize("value", [None, True, [5], "", "面议", "几十", float("nan")])
def test_what_is_no_number_gets_no_unit(value: object) -> None:
    assert with_unit(value, "万元") is value


def test_no_unit_changes_nothing() -> None:
    assert with_unit(50, None) == 50


CODES = [("元", "CNY"), ("us dollars", "USD"), ("PLN", "PLN"), ("pln", None), ("all", None), ("XXX", None), ("", None)]


@pytest.mark.parametrize(("text", "code"), CODES)
def test_currencies(text: str, code: str | None) -> None:
    assert currency_code(text) == code
