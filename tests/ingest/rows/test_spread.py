"""Cells that say several things at once, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ingest.rows.models import Kind, columns_of
from ingest.rows.spread import spread

RANGES = [
    ("30-50万", 300_000, 500_000, "CNY"),
    ("30万", 300_000, 300_000, "CNY"),
    ("不低于80万", 800_000, None, "CNY"),
    ("100万元以内", None, 1_000_000, "CNY"),
    ("EUR 20000-30000", 20_000, 30_000, "EUR"),
    ("$5,000", 5_000, 5_000, "USD"),
    ("1200", 1_200, 1_200, None),
]


def fine(kind: Kind, fields: Mapping[str, object]) -> dict[str, object]:
    left, problems = spread(kind, fields)
    assert problems == []
    assert left.keys() <= {*columns_of(kind)} - {"price", "budget"}
    return dict(left)


def broken(kind: Kind, fields: Mapping[str, object]) -> list[str]:
    left, problems = spread(kind, fields)
    assert not {one.field for one in problems} & left.keys()
    return [one.field for one in problems]


@pytest.mark.parametrize(("kind", "name"), [(Kind.ACHIEVEMENTS, "price"), (Kind.DEMANDS, "budget")])
@pytest.mark.parametrize(("text", "low", "high", "named"), RANGES)
def test_a_range_has_two_ends_and_a_currency(
    kind: Kind, name: str, text: str, low: float | None, high: float | None, named: str | None
) -> None:
    expected = {f"{name}_min": low, f"{name}_max": high, "currency": named}
    assert fine(kind, {name: text}) == {key: value for key, value in expected.items() if value is not None}


@pytest.mark.parametrize("text", ["面议", "待商议"])
def test_a_price_that_is_to_be_talked_about_says_nothing(text: str) -> None:
    assert fine(Kind.ACHIEVEMENTS, {"price": text}) == {}


def test_a_range_beside_its_ends_says_the_same_twice() -> None:
    assert broken(Kind.ACHIEVEMENTS, {"price": "30-50万", "price_min": 300_000}) == ["price"]
    assert fine(Kind.ACHIEVEMENTS, {"price": "不高于50万", "price_min": 300_000}) == {
        "price_min": 300_000,
        "price_max": 500_000,
        "currency": "CNY",
    }


@pytest.mark.parametrize(
    ("price", "column", "kept"),
    [
        ("30万", "CNY", "CNY"),
        ("30万", "人民币", "人民币"),
        ("30万元", "EUR", "EUR"),  # 元 alone is any currency's
        ("30万", "perhaps", "perhaps"),  # the row names the rule
        ("1000 EUR", "欧元", "欧元"),
    ],
)
def test_a_column_of_the_currency_goes_before_the_amount_s(price: str, column: str, kept: str) -> None:
    assert fine(Kind.ACHIEVEMENTS, {"price": price, "currency": column})["currency"] == kept


@pytest.mark.parametrize(("price", "column"), [("1000 EUR", "USD"), ("30万元人民币", "EUR"), ("￥3000", "USD")])
def test_an_amount_in_another_currency_than_the_column_s_is_not_read(price: str, column: str) -> None:
    left, problems = spread(Kind.ACHIEVEMENTS, {"price": price, "currency": column})
    assert [one.rule for one in problems] == ["is in another currency than the currency column says"]
    assert left == {"currency": column}


def test_a_field_of_one_amount_takes_one_and_of_an_open_range_its_end() -> None:
    assert fine(Kind.COOPERATIONS, {"amount": "60万元"}) == {"amount": 600_000, "currency": "CNY"}
    assert broken(Kind.COOPERATIONS, {"amount": "50-60万元"}) == ["amount"]
    assert fine(Kind.DEMANDS, {"budget_min": "不低于50万"})["budget_min"] == 500_000
    assert fine(Kind.DEMANDS, {"budget_max": "不超过50万"})["budget_max"] == 500_000
    assert broken(Kind.DEMANDS, {"budget_max": "不低于50万"}) == ["budget_max"]


@pytest.mark.parametrize(
    ("fields", "trl", "word"),
    [
        ({"trl": "TRL 6"}, 6, None),
        ({"trl": "中试"}, 6, "pilot"),
        ({"trl": "TRL 7（中试）"}, 7, "pilot"),
        ({"maturity": "小试"}, 4, "lab"),
        ({"maturity": "TRL 6"}, 6, None),
        ({"trl": "5", "maturity": "小试"}, 5, "lab"),
        ({"trl": "中试", "maturity": "小试"}, 6, "lab"),
        ({"trl": "4-5"}, 4, None),
    ],
)
def test_a_maturity_has_a_level_and_a_word(fields: dict[str, object], trl: int, word: str | None) -> None:
    left = fine(Kind.ACHIEVEMENTS, fields)
    assert (left["trl"], left.get("maturity")) == (trl, word)


def test_a_demand_has_a_level_alone() -> None:
    assert fine(Kind.DEMANDS, {"trl_min": "中试"}) == {"trl_min": 6}
    assert broken(Kind.DEMANDS, {"trl_min": "high"}) == ["trl_min"]


@pytest.mark.parametrize(
    ("kind", "name"), [(Kind.DEMANDS, "deadline"), (Kind.ACHIEVEMENTS, "expires"), (Kind.COOPERATIONS, "ended")]
)
def test_an_open_end_is_none_and_another_text_is_left_to_the_row(kind: Kind, name: str) -> None:
    assert fine(kind, {name: "长期有效"}) == {}
    assert fine(kind, {name: "2025年底"}) == {name: "2025年底"}


@pytest.mark.parametrize(
    ("text", "name", "former"),
    [
        ("甲科技有限公司（原乙机械厂）", "甲科技有限公司", "乙机械厂"),
        ("甲科技有限公司（曾用名：江东（杭州）机械厂）", "甲科技有限公司", "江东（杭州）机械厂"),
        ("Alfa GmbH (formerly Beta Werke)", "Alfa GmbH", "Beta Werke"),
        ("Alfa GmbH (ehemals Beta)", "Alfa GmbH", "Beta"),
    ],
)
def test_a_former_name_is_another_name(text: str, name: str, former: str) -> None:
    assert fine(Kind.INSTITUTIONS, {"name": text}) == {"name": name, "aliases": [former]}
    assert fine(Kind.INSTITUTIONS, {"name": text, "aliases": "甲"}) == {"name": name, "aliases": ["甲", former]}


@pytest.mark.parametrize("text", ["甲科技（杭州）有限公司", "Alfa (Bavaria) GmbH", "中国原子能研究院", 7])
def test_other_brackets_stay_in_a_name(text: object) -> None:
    assert fine(Kind.INSTITUTIONS, {"name": text}) == {"name": text}


def test_a_person_s_institution_may_stand_behind_the_name() -> None:
    assert fine(Kind.EXPERTS, {"name": "周 颖"}) == {"name": "周颖"}
    assert fine(Kind.EXPERTS, {"name": "高远（越州理工学院）"}) == {"name": "高远", "institution": "越州理工学院"}
    assert fine(Kind.EXPERTS, {"name": "高远（越州理工学院）", "institution": "U1"}) == {"name": "高远", "institution": "U1"}
    assert fine(Kind.EXPERTS, {"name": "Ada Finch (Tarn)"}) == {"name": "Ada Finch (Tarn)"}


def test_a_form_of_transfer_may_name_a_form_of_licence() -> None:
    assert fine(Kind.ACHIEVEMENTS, {"transfer_forms": "独占许可"}) == {"transfer_forms": "独占许可", "licence": "独占许可"}
    assert fine(Kind.ACHIEVEMENTS, {"transfer_forms": ["转让", "作价入股"]}) == {"transfer_forms": ["转让", "作价入股"]}
    assert fine(Kind.ACHIEVEMENTS, {"transfer_forms": "独占许可", "licence": "普通许可"})["licence"] == "普通许可"


def test_a_mode_may_say_the_type_of_contract_and_a_type_the_mode() -> None:
    left = fine(Kind.COOPERATIONS, {"mode": "委托开发"})
    assert (left["mode"], left["contract_type"]) == ("委托开发", "commissioned_development")
    assert fine(Kind.COOPERATIONS, {"mode": "委托开发", "contract_type": "技术服务"})["contract_type"] == "service"
    assert fine(Kind.COOPERATIONS, {"contract_type": "共建实体"}) == {"mode": "joint_entity"}
    assert broken(Kind.COOPERATIONS, {"contract_type": "perhaps"}) == ["contract_type"]
    assert broken(Kind.COOPERATIONS, {"contract_type": "共建实体", "mode": "合同"}) == ["contract_type"]


def test_what_needs_no_spreading_is_given_back_as_it_is() -> None:
    fields = {"title": "Glue", "keywords": "a;b"}
    assert spread(Kind.ACHIEVEMENTS, fields) == (fields, [])
