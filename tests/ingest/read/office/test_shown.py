"""Number formats: what they show counts where it means something else than the number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.read.office.shown import style_of, value_of


@pytest.mark.parametrize(
    ("code", "number", "held"),
    [
        ("00000000", 12345, "00012345"),
        ("000-0000", 1234567, "123-4567"),
        ("000000", 1234567, "1234567"),
        ('"JD"0000', 12, "JD0012"),
        ('"JD"0', 12, "JD12"),
        (r"\J\D0000", 12, "JD0012"),
        ('"JD"0000', 12.5, 12.5),
        ('"第"0"期"', 3, "第3期"),
        ("0%", 0.6, "60%"),
        ("0.00%", 0.6, "60.00%"),
        ("0.##%", 0.655, "65.5%"),
        ("0%", 1.005, "101%"),
        ("0%", -0.05, "-5%"),
        ('0.0"万元"', 12.34, "12.3万元"),
        ('#,##0"亿"', 1200, "1200亿"),
    ],
)
def test_text_that_is_seen(code: str, number: float, held: object) -> None:
    style = style_of(code)
    assert style is not None
    assert value_of(number, style, False) == held


@pytest.mark.parametrize(
    "code",
    [
        *("General", "0", "0.00", "#,##0", "#,##0.00", "# ##0", '"¥"#,##0.00', "[$€-407]#,##0.00", "[$￥-804]#,##0"),
        *('"USD "0', '#,##0 "days"'),
        *('0"级"', "[Red]0", "0_ ", "0.00E+00", "# ?/?", "@", "0,", r'0\.0,"万"', '0.0,,"M"', "[>=100]0000;0", '"yes";"no"', "", '"'),
        *("_ * #,##0.00_ ;_ * -#,##0.00_ ", "0" * 60, "0." + "0" * 40 + "%"),
    ],
)
def test_formats_that_show_the_number_and_no_more(code: str) -> None:
    assert style_of(code) is None


@given(st.text(st.sampled_from([*'0#?.,%"\\;[]_*Ee/@ ', "J", "万", "-"]), max_size=14), st.floats(allow_nan=False, allow_infinity=False))
def test_no_format_breaks_a_number(code: str, number: float) -> None:
    style = style_of(code)
    if style is not None:
        assert value_of(number, style, False) != ""


@given(st.integers(0, 10**12), st.integers(2, 14))
def test_zeros_before_an_id_are_as_many_as_the_format_says(number: int, width: int) -> None:
    style = style_of("0" * width)
    assert style is not None
    assert value_of(number, style, False) == str(number).zfill(width)


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 4))
def test_per_cent_are_a_hundredth(number: Decimal, decimals: int) -> None:
    style = style_of("0" + ("." + "0" * decimals if decimals else "") + "%")
    assert style is not None
    text = str(value_of(float(number), style, False))
    assert abs(Decimal(text.removesuffix("%")) / 100 - number) <= Decimal(5).scaleb(-decimals - 3)
